//! How are single resources found: by their ids, or by a value?
//!
//! Absence is concluded from an answer only if it is one (R1). Of ids that a filter did not find, each is asked for
//! alone: only an error of SCIM with 404 says that it is gone. And a filter is believed only after it found resources
//! that are known to be there, in upper and lower case where that makes no difference: servers ignore filters, know few
//! attributes, and compare as they like.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use provisio_connector::{ConnectorError, Context, ReadEvent, ReadStream, Result};
use provisio_model::{
    AttrName, AttrPath, Attributes, CompareRule, Completeness, ErrorKind, Incomplete, Layout, Mutability,
    Text, Value, ValueKind,
};
use serde_json::Value as Json;

use crate::connector::Scim;
use crate::decode;
use crate::filter::{self, batches};
use crate::learned::FilterProof;
use crate::limits::URL_BYTES_MAX;
use crate::members::MembersByUser;
use crate::paging::Next;
use crate::profile::MemberRead;
use crate::read::{View, facts, resources, take_resources};
use crate::schema::ResourceType;
use crate::service::Service;

/// How many resources of a list are looked at for values to prove a filter with.
const SAMPLE: usize = 10;

/// Reads the resources with these ids.
pub(crate) async fn with_ids<'a>(
    scim: &'a Scim,
    context: &'a Context,
    service: Arc<Service>,
    layout: Arc<Layout>,
    ids: &[Text],
) -> Result<ReadStream<'a>> {
    let view = View::new(scim, &service, &layout)?;
    let mut by_user = MembersByUser::default();
    let mut found: Vec<Json> = Vec::new();
    let mut known: HashSet<Text> = HashSet::new();
    if ids.len() > 1 && scim.profile.filter.supported && scim.profile.filter.or && may_filter(&view, "id") {
        let conditions = ids.iter().filter_map(|it| filter::equals("id", &Value::Text(it.clone())));
        let conditions: Vec<String> = conditions.collect();
        for filter in batches(&conditions, scim.profile.filter.values_max, URL_BYTES_MAX) {
            // What it does not find is asked for alone, so it does not matter what the filter is good for.
            let Ok((page, _)) = collect(&view, context, &filter).await else { break };
            for resource in page {
                let is_wanted =
                    decode::id_of(&resource).is_some_and(|id| ids.iter().any(|it| it.as_str() == id));
                if is_wanted && decode::id_of(&resource).is_some_and(|id| known.insert(Text::new(id))) {
                    found.push(resource);
                }
            }
        }
        found = view.with_members(context, found, &mut by_user).await?;
    }
    let missing: Vec<&Text> = ids.iter().filter(|it| !known.contains(*it)).collect();
    let reads: Vec<_> = missing.into_iter().map(|id| single(&view, context, id)).collect();
    let concurrency = scim.profile.http.concurrency.max(1);
    let read: Vec<Result<Option<Json>>> = stream::iter(reads).buffered(concurrency).collect().await;
    for resource in read {
        found.extend(resource?);
    }
    if scim.profile.members.read == MemberRead::ByUser {
        found = view.with_members(context, found, &mut by_user).await?;
    }
    let mut events: Vec<Result<ReadEvent>> = found.iter().map(|it| Ok(view.event(it))).collect();
    let evidence = format!("each of {} ids was found or answered with 404", ids.len());
    events.push(Ok(ReadEvent::Complete(Completeness::declared(evidence))));
    Ok(Box::pin(stream::iter(events)))
}

/// Reads one resource; `None` if it is proved that there is none.
pub(crate) async fn single(view: &View<'_>, context: &Context, id: &Text) -> Result<Option<Json>> {
    match view.scim.client.read(context, "read", &view.address(Some(id), &[])).await {
        Ok(answer) if decode::id_of(&answer.body) == Some(id) => Ok(Some(answer.body)),
        Ok(_) => {
            let message = "the server answers with another resource";
            Err(ConnectorError::new(ErrorKind::Unexpected, "read", message).with_object(id.clone()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads the resources that have one of these values in an attribute.
pub(crate) async fn with_values<'a>(
    scim: &'a Scim,
    context: &'a Context,
    service: Arc<Service>,
    layout: Arc<Layout>,
    attribute: &AttrName,
    values: &[Value],
) -> Result<ReadStream<'a>> {
    let view = View::new(scim, &service, &layout)?;
    let Some(sought) = Sought::of(view.resource_type, attribute) else {
        return Err(unsupported(format!("objects are not found by `{attribute}`")));
    };
    if !scim.profile.filter.supported || !may_filter(&view, attribute.as_str()) {
        return Err(unsupported(format!("by its profile the server does not filter by `{attribute}`")));
    }
    let Some(conditions) = values.iter().map(|it| sought.condition(it)).collect::<Option<Vec<String>>>()
    else {
        return Err(unsupported(format!("a value of `{attribute}` cannot be asked for")));
    };
    let proof = prove(&view, context, &sought, attribute).await?;
    let most = match proof {
        FilterProof::Several => scim.profile.filter.values_max,
        FilterProof::Single => 1,
        FilterProof::Useless => {
            return Err(unsupported(format!(
                "a filter by `{attribute}` does not find what is known to be there"
            )));
        }
    };
    let mut found: Vec<Json> = Vec::new();
    let mut known: HashSet<Text> = HashSet::new();
    let mut doubt = None;
    for filter in batches(&conditions, most, URL_BYTES_MAX) {
        let (page, next) = collect(&view, context, &filter).await.map_err(|error| match error.kind() {
            ErrorKind::SchemaViolation
            | ErrorKind::InvalidValue
            | ErrorKind::TooLarge
            | ErrorKind::Unsupported => {
                unsupported(format!("the server does not filter by `{attribute}`: {error}"))
            }
            _ => error,
        })?;
        if let Next::Doubtful(why) = next {
            doubt = Some(why);
        }
        for resource in page {
            if !sought.has_one_of(&resource, values) {
                // Who ignores a filter gives everybody.
                scim.learned().learn_filter(layout.object_type(), attribute, FilterProof::Useless);
                return Err(unsupported(format!("the server does not heed a filter by `{attribute}`")));
            }
            if decode::id_of(&resource).is_none_or(|id| known.insert(Text::new(id))) {
                found.push(resource);
            }
        }
    }
    let found = view.with_members(context, found, &mut MembersByUser::default()).await?;
    let mut events: Vec<Result<ReadEvent>> = found.iter().map(|it| Ok(view.event(it))).collect();
    events.push(Ok(match doubt {
        None => {
            let evidence = format!("{} values of `{attribute}` were asked for", values.len());
            ReadEvent::Complete(Completeness::declared(evidence))
        }
        Some(why) => ReadEvent::Incomplete(Incomplete::Doubtful(why.into())),
    }));
    Ok(Box::pin(stream::iter(events)))
}

fn unsupported(message: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, "read", message)
}

/// Finds the objects that hold a value in an attribute, for the story of a conflict. No proof of anything.
pub(crate) async fn holders(
    scim: &Scim,
    context: &Context,
    service: &Service,
    layout: &Layout,
    attribute: &AttrName,
    value: &Value,
) -> Option<Vec<Text>> {
    let view = View::new(scim, service, layout).ok()?;
    let sought = Sought::of(view.resource_type, attribute)?;
    if !scim.profile.filter.supported || !may_filter(&view, attribute.as_str()) {
        return None;
    }
    let (found, _) = collect(&view, context, &sought.condition(value)?).await.ok()?;
    let values = std::slice::from_ref(value);
    let found = found.iter().filter(|it| sought.has_one_of(it, values));
    Some(found.filter_map(decode::id_of).map(Text::new).collect())
}

/// Tells whether the profile lets lists be filtered by an attribute.
fn may_filter(view: &View<'_>, attribute: &str) -> bool {
    let allowed = view.scim.profile.filter.attributes.get(view.resource_type.name());
    allowed.is_none_or(|it| it.iter().any(|it| it.eq_ignore_ascii_case(attribute)))
}

/// Reads what a filter finds, page by page.
pub(crate) async fn collect(view: &View<'_>, context: &Context, filter: &str) -> Result<(Vec<Json>, Next)> {
    let mut paging = view.paging();
    let mut found = Vec::new();
    loop {
        context.check("read")?;
        let mut query = vec![("filter", filter.to_owned())];
        query.extend(paging.query());
        let page = view.page(context, &query).await?;
        let next = paging.take(&facts(&page, resources(&page)?)).next;
        found.extend(take_resources(page));
        if next != Next::Page {
            return Ok((found, next));
        }
    }
}

/// Finds out what a filter by an attribute is good for. A profile that names the attribute is believed.
async fn prove(
    view: &View<'_>,
    context: &Context,
    sought: &Sought<'_>,
    attribute: &AttrName,
) -> Result<FilterProof> {
    let object_type = &view.resource_type.schema.object_type;
    let or = view.scim.profile.filter.or;
    let believed = view.scim.profile.filter.attributes.get(view.resource_type.name());
    if believed.is_some_and(|it| it.iter().any(|it| attribute.is(it))) {
        return Ok(if or { FilterProof::Several } else { FilterProof::Single });
    }
    if let Some(proof) = view.scim.learned().filter(object_type, attribute) {
        return Ok(proof);
    }
    let page = view.page(context, &view.paging_of(SAMPLE).query()).await?;
    let listed = resources(&page)?;
    if listed.is_empty() {
        // Where nothing is, nothing is missed. As soon as there is something, it is tried.
        return Ok(FilterProof::Single);
    }
    let samples: Vec<(&str, Value)> = listed
        .iter()
        .filter_map(|it| Some((decode::id_of(it)?, sought.values(it).into_iter().next()?)))
        .collect();
    let finds = async |chosen: &[&(&str, Value)]| -> Result<bool> {
        let conditions: Option<Vec<String>> =
            chosen.iter().map(|(_, value)| sought.condition(&sought.in_other_case(value))).collect();
        let Some(conditions) = conditions else { return Ok(false) };
        match collect(view, context, &conditions.join(" or ")).await {
            Ok((found, _)) => {
                Ok(chosen.iter().all(|(id, _)| found.iter().any(|it| decode::id_of(it) == Some(id))))
            }
            Err(error) => match error.kind() {
                ErrorKind::Unreachable
                | ErrorKind::Timeout
                | ErrorKind::RateLimited
                | ErrorKind::Unauthenticated => Err(error),
                _ => Ok(false),
            },
        }
    };
    let other = samples.iter().skip(1).find(|(_, it)| samples.first().is_some_and(|(_, first)| first != it));
    let proof = match (samples.first(), other) {
        (None, _) => FilterProof::Useless,
        (Some(first), Some(second)) if or && finds(&[first, second]).await? => FilterProof::Several,
        (Some(first), _) if finds(&[first]).await? => FilterProof::Single,
        _ => FilterProof::Useless,
    };
    tracing::debug!(%object_type, %attribute, ?proof, "filter tried");
    // With a single object `or` cannot be tried; that changes.
    if !(proof == FilterProof::Single && other.is_none() && or) {
        view.scim.learned().learn_filter(object_type, attribute, proof);
    }
    Ok(proof)
}

/// An attribute, or a part of one, that resources are looked for by.
struct Sought<'a> {
    resource_type: &'a ResourceType,
    /// Where it stands in the schema.
    at: usize,
    path: Option<AttrPath>,
    rule: CompareRule,
    kind: ValueKind,
    /// How a filter names it.
    name: String,
    /// What stands before the condition, and what behind.
    around: (String, &'static str),
}

impl<'a> Sought<'a> {
    fn of(resource_type: &'a ResourceType, attribute: &AttrName) -> Option<Self> {
        let resolved = resource_type.schema.resolve(attribute.as_str()).ok()?;
        let path = resolved.path.clone().map(|it| *it);
        let whole = path.as_ref().map_or(&resolved.name, AttrPath::attribute);
        let at = resource_type.schema.attributes.iter().position(|it| it.name == *whole)?;
        let field = resource_type.fields.get(at)?;
        if matches!(resolved.kind, ValueKind::Complex | ValueKind::Secret | ValueKind::Binary)
            || resolved.mutability == Mutability::WriteOnly
        {
            return None;
        }
        let (name, around) = match &path {
            None if field.is_flat_reference => (format!("{}.value", resolved.name), (String::new(), "")),
            Some(path) if !path.filter().is_empty() => {
                let sub_attribute = path.sub_attribute()?.to_string();
                let text = path.to_string();
                let inside = text.strip_suffix(&format!("].{sub_attribute}"))?;
                (sub_attribute, (format!("{inside} and "), "]"))
            }
            _ => (resolved.name.to_string(), (String::new(), "")),
        };
        let rule = CompareRule::of(&resolved);
        Some(Self { resource_type, at, path, rule, kind: resolved.kind, name, around })
    }

    fn condition(&self, value: &Value) -> Option<String> {
        let condition = filter::equals(&self.name, value)?;
        let (before, after) = &self.around;
        Some(format!("{before}{condition}{after}"))
    }

    fn values(&self, resource: &Json) -> Vec<Value> {
        let Ok(held) = decode::attributes(self.resource_type, resource, &|at| at == self.at) else {
            return Vec::new();
        };
        self.values_of(&held)
    }

    fn values_of(&self, held: &Attributes) -> Vec<Value> {
        match &self.path {
            Some(path) => path.values(held).into_iter().cloned().collect(),
            None => held.iter().flat_map(|(_, values)| values.as_slice()).cloned().collect(),
        }
    }

    fn has_one_of(&self, resource: &Json, values: &[Value]) -> bool {
        let held = self.values(resource);
        held.iter().any(|held| values.iter().any(|it| self.rule.same(held.borrow(), it.borrow())))
    }

    /// The same value in other letters, where that makes no difference.
    fn in_other_case(&self, value: &Value) -> Value {
        match value {
            Value::Text(text) if self.kind == ValueKind::Text && self.rule == CompareRule::CaseIgnore => {
                let other = |it: char| {
                    if it.is_ascii_lowercase() { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() }
                };
                Value::Text(Text::from(text.chars().map(other).collect::<String>()))
            }
            other => other.clone(),
        }
    }
}
