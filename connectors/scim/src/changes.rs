//! What changed since a read? Whose `meta.lastModified` is later is asked for by a filter; what is gone shows in a count.
//!
//! A watermark holds the time on the server's clock, less an overlap, up to which everything was read; how many objects
//! had been created by then; and the ids of those created since. Of these few, each that is not among the changes is
//! asked for alone. Of the others, that none is gone follows from the server's count of what was created up to then: it
//! has to be what it is by the watermark. Where it is not, everything has to be read.
//!
//! A complete read gives such a watermark only if the server counts as the reader does, which tries the filters that
//! the next read of changes relies on.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use provisio_connector::{ChangeEvent, ChangeStream, ConnectorError, Context, Result};
use provisio_model::{Change, ErrorKind, Layout, SourceId, Text, Timestamp, Watermark};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::client::Answer;
use crate::connector::Scim;
use crate::decode;
use crate::filter;
use crate::json;
use crate::limits::RECENT_MAX;
use crate::lookup;
use crate::members::MembersByUser;
use crate::paging::Next;
use crate::profile::{ListTrust, Profile};
use crate::read::{View, facts, resources, take_resources};
use crate::service::Service;

/// What a watermark holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    /// The base URL.
    service: String,
    object_type: String,
    /// In seconds since 1970; `None` if changes cannot be read from here.
    upto: Option<i64>,
    /// How many objects were created up to then.
    settled: u64,
    /// Which objects were created since.
    recent: BTreeSet<String>,
}

impl Mark {
    fn watermark(&self) -> Watermark {
        Watermark::new(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// What is noted while objects are read, for a watermark.
#[derive(Debug)]
pub(crate) struct Horizon {
    upto: Timestamp,
    settled: u64,
    recent: BTreeSet<String>,
    /// How many changed since.
    changed: u64,
    /// Whether everything said when it was created and changed, and not too much was created since.
    is_sound: bool,
}

/// Tells whether changes are read by this profile.
pub(crate) fn are_offered(profile: &Profile) -> bool {
    profile.changes.last_modified && profile.filter.supported && profile.page.list_trust == ListTrust::Full
}

impl Horizon {
    /// Begins with the first answer of a read, from whose time on nothing is sure.
    pub(crate) fn begin(profile: &Profile, answer: &Answer) -> Option<Self> {
        if !are_offered(profile) {
            return None;
        }
        let now = answer.date.as_deref().and_then(crate::trouble::http_date);
        let overlap = Duration::from_secs(u64::from(profile.changes.overlap_seconds));
        let upto = now.map_or(Timestamp::from_second(0), |it| it.minus(overlap));
        // Without a time of the server there is nothing to start from.
        Some(Self { upto, settled: 0, recent: BTreeSet::new(), changed: 0, is_sound: now.is_some() })
    }

    /// Notes an object that was read.
    pub(crate) fn note(&mut self, resource: &Json) {
        let time = |name| decode::timestamp(json::text(json::member(resource, "meta")?, name)?);
        let (Some(id), Some(created), Some(modified)) =
            (decode::id_of(resource), time("created"), time("lastModified"))
        else {
            self.is_sound = false;
            return;
        };
        self.changed += u64::from(modified >= self.upto);
        if created <= self.upto {
            self.settled += 1;
        } else if self.recent.len() < RECENT_MAX {
            self.recent.insert(id.to_owned());
        } else {
            self.is_sound = false;
        }
    }

    /// Returns the watermark of a complete read; one from which nothing can be read if the server counts otherwise.
    pub(crate) async fn watermark(self, view: &View<'_>, context: &Context) -> Result<Watermark> {
        let all = self.settled + self.recent.len() as u64;
        // What changed while it was read changed since; who ignores a filter counts everybody.
        let is_plausible = |it: u64| it >= self.changed && (it < all || self.changed == all);
        let is_proved = self.is_sound
            && count(view, context, &created_upto(self.upto)).await? == Some(self.settled)
            && count(view, context, &changed_since(self.upto)).await?.is_some_and(is_plausible);
        if !is_proved {
            tracing::debug!(object_type = view.resource_type.name(), "changes cannot be read from here on");
        }
        let mark = Mark {
            service: view.scim.client.base().shown(),
            object_type: view.resource_type.name().to_owned(),
            upto: is_proved.then(|| self.upto.second()),
            settled: self.settled,
            recent: if is_proved { self.recent } else { BTreeSet::new() },
        };
        Ok(mark.watermark())
    }
}

fn created_upto(time: Timestamp) -> String {
    format!("meta.created le {}", filter::literal(&time.to_string()))
}

fn changed_since(time: Timestamp) -> String {
    format!("meta.lastModified ge {}", filter::literal(&time.to_string()))
}

/// Asks how many objects a filter finds; `None` if the server does not say.
async fn count(view: &View<'_>, context: &Context, filter: &str) -> Result<Option<u64>> {
    let mut query = vec![("filter", filter.to_owned())];
    query.extend(view.paging_of(1).query());
    match view.page(context, &query).await {
        Ok(page) => Ok(json::member(&page, "totalResults").and_then(json::count)),
        Err(error) => match error.kind() {
            ErrorKind::SchemaViolation | ErrorKind::InvalidValue | ErrorKind::Unsupported => Ok(None),
            _ => Err(error),
        },
    }
}

/// Reads what changed since a watermark.
pub(crate) async fn since<'a>(
    scim: &'a Scim,
    context: &'a Context,
    service: &Service,
    layout: &Arc<Layout>,
    since: &Watermark,
) -> Result<ChangeStream<'a>> {
    if !are_offered(&scim.profile) {
        let message = format!("by the profile `{}` changes are not read", scim.profile.name);
        return Err(ConnectorError::new(ErrorKind::Unsupported, "changes", message));
    }
    let view = View::new(scim, service, layout)?;
    let mark = serde_json::from_slice::<Mark>(since.as_bytes())
        .ok()
        .filter(|it| it.service == scim.client.base().shown() && it.object_type == view.resource_type.name());
    let told = match mark.and_then(|it| Some((Timestamp::from_second(it.upto?), it))) {
        Some((upto, mark)) => tell(&view, context, upto, mark).await?,
        None => None,
    };
    let events = told.unwrap_or_else(|| vec![ChangeEvent::ResyncRequired]);
    Ok(Box::pin(stream::iter(events.into_iter().map(Ok))))
}

/// Returns the changes and a checkpoint; `None` if everything has to be read.
async fn tell(
    view: &View<'_>,
    context: &Context,
    upto: Timestamp,
    mark: Mark,
) -> Result<Option<Vec<ChangeEvent>>> {
    let mut paging = view.paging();
    let mut horizon: Option<Horizon> = None;
    let mut changed: Vec<Json> = Vec::new();
    loop {
        context.check("changes")?;
        let mut query = vec![("filter", changed_since(upto))];
        query.extend(paging.query());
        let answer = view.answer(context, &query).await?;
        if horizon.is_none() {
            horizon = Horizon::begin(&view.scim.profile, &answer);
        }
        let page = answer.body;
        let taken = paging.take(&facts(&page, resources(&page)?));
        changed.extend(take_resources(page).into_iter().zip(taken.is_new).filter(|it| it.1).map(|it| it.0));
        match taken.next {
            Next::Page => {}
            Next::Complete(_) => break,
            Next::Doubtful(why) => return Err(ConnectorError::new(ErrorKind::Unexpected, "changes", why)),
        }
    }
    let Some(mut horizon) = horizon else { return Ok(None) };
    // A clock that goes back tells nothing.
    if !horizon.is_sound || horizon.upto < upto {
        return Ok(None);
    }
    let mut gone: Vec<&str> = Vec::new();
    let listed: BTreeSet<String> = changed.iter().filter_map(decode::id_of).map(str::to_owned).collect();
    for id in mark.recent.iter().filter(|it| !listed.contains(*it)) {
        match lookup::single(view, context, &Text::new(id)).await? {
            Some(resource) => changed.push(resource),
            None => gone.push(id),
        }
    }
    // Of what is known since the watermark, what had been created before it is counted there.
    let mut settled = mark.settled;
    for resource in &changed {
        horizon.note(resource);
        let created = json::member(resource, "meta").and_then(|it| json::text(it, "created"));
        let created = created.and_then(decode::timestamp);
        settled += u64::from(created.is_some_and(|it| it > upto && it <= horizon.upto));
    }
    let is_whole =
        horizon.is_sound && count(view, context, &created_upto(horizon.upto)).await? == Some(settled);
    if !is_whole {
        return Ok(None);
    }
    let checkpoint = Mark { upto: Some(horizon.upto.second()), settled, recent: horizon.recent, ..mark };
    let object_type = &view.resource_type.schema.object_type;
    let mut events: Vec<ChangeEvent> = Vec::new();
    for id in gone {
        let id = SourceId::new(id);
        events.push(ChangeEvent::Change(Change::Deleted { object_type: object_type.clone(), id }));
    }
    for resource in view.with_members(context, changed, &mut MembersByUser::default()).await? {
        // An object that cannot be read is known to a full read only.
        let Ok(object) = view.object(&resource) else { return Ok(None) };
        events.push(ChangeEvent::Change(Change::Upsert(object)));
    }
    events.push(ChangeEvent::Checkpoint(checkpoint.watermark()));
    Ok(Some(events))
}
