//! How are writes carried out, and what came of each?

mod bulk;
mod create;
mod read_back;
mod update;

use futures_util::stream::{self, StreamExt as _};
use provisio_connector::{Context, OutcomeStream};
use provisio_model::{
    Applied, AttributeSchema, Attributes, ErrorKind, Failure, Mutability, Outcome, Secret, TargetId, Text,
    Value, Values, ValuesChange, Write, WriteAction,
};
use serde_json::Value as Json;

use crate::client::Written;
use crate::connector::Scim;
use crate::decode::Shown;
use crate::encode::{Encoder, Purpose};
use crate::profile::EtagUse;
use crate::schema::ResourceType;
use crate::service::Service;
use crate::transport::Method;
use crate::trouble::Trouble;
use crate::validate;

/// Sends one write, or several: in one request if the server takes that.
pub(crate) fn apply<'a>(scim: &'a Scim, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
    if writes.len() > 1 {
        return Box::pin(stream::once(bulk::many(scim, context, writes)).flat_map(stream::iter));
    }
    Box::pin(stream::iter(writes).then(move |write| async move {
        let outcome = one(scim, context, &write).await;
        (write.id, outcome)
    }))
}

async fn one(scim: &Scim, context: &Context, write: &Write) -> Outcome {
    let service = match scim.service(context).await {
        Ok(service) => service,
        // Nothing was sent.
        Err(error) => return Outcome::Rejected(error.failure().clone()),
    };
    let Some(resource_type) = service.schema.of(&write.object_type) else {
        let message = format!("there is no resource type `{}`", write.object_type);
        return Outcome::Rejected(Failure::new(ErrorKind::SchemaViolation, message));
    };
    let writing = Writing { scim, context, service: &service, resource_type };
    if scim.profile.etag == EtagUse::Off && names_version(&write.action) {
        let message = format!("by the profile `{}` versions are not compared", scim.profile.name);
        return Outcome::Rejected(Failure::new(ErrorKind::Unsupported, message));
    }
    let done = match &write.action {
        WriteAction::Create { attributes } => writing.create(attributes).await,
        WriteAction::Update { target, version, deltas } => {
            writing.update(target, writing.version(version.as_ref()), deltas).await
        }
        WriteAction::Delete { target, version } => {
            writing.delete(target, writing.version(version.as_ref())).await
        }
        _ => Err(Trouble::new(ErrorKind::Unsupported, "the connector does not know this kind of write")),
    };
    if let Ok(Outcome::Applied(applied)) = &done {
        writing.read_back(&applied.id, &write.action).await;
    }
    done.unwrap_or_else(|trouble| trouble.outcome(secrets(&write.action).into_iter()))
}

/// A write that is under way.
#[derive(Clone, Copy)]
struct Writing<'a> {
    scim: &'a Scim,
    context: &'a Context,
    service: &'a Service,
    resource_type: &'a ResourceType,
}

type Done = Result<Outcome, Trouble>;

impl<'a> Writing<'a> {
    fn address(&self, id: Option<&str>) -> String {
        self.scim.client.base().address(&self.resource_type.path, id, &[])
    }

    fn version<'v>(&self, version: Option<&'v Text>) -> Option<&'v str> {
        version.filter(|_| self.scim.profile.etag == EtagUse::Use).map(Text::as_str)
    }

    fn encoder(&self, purpose: Purpose) -> Encoder<'a> {
        self.scim.encoder(self.service, self.resource_type, purpose)
    }

    async fn send(
        &self,
        method: Method,
        id: Option<&str>,
        body: Vec<u8>,
        version: Option<&str>,
    ) -> Result<Written, Trouble> {
        self.scim.client.write(self.context, method, &self.address(id), body, version).await
    }

    /// Reads a resource as it is now.
    async fn resource(&self, id: &str) -> Result<Json, Trouble> {
        let answer = self.scim.client.read(self.context, "apply", &self.address(Some(id))).await;
        let answer = answer.map_err(|error| {
            let failure = error.failure();
            let mut trouble = Trouble::new(failure.kind, failure.message.to_string());
            trouble.failure.retry = match failure.retry {
                // Nothing was written yet.
                provisio_model::Retry::AfterReread => provisio_model::Retry::Later { after: None },
                retry => retry,
            };
            trouble
        })?;
        Ok(answer.body)
    }

    async fn delete(&self, target: &TargetId, version: Option<&str>) -> Done {
        if !self.scim.deletes() {
            let message =
                format!("by the profile `{}` nothing is deleted on this server", self.scim.profile.name);
            return Err(Trouble::new(ErrorKind::Unsupported, message));
        }
        let result = self.send(Method::Delete, Some(target.as_str()), Vec::new(), version).await;
        self.deleted(target, result).await
    }

    /// Says what came of a delete.
    async fn deleted(&self, target: &TargetId, result: Result<Written, Trouble>) -> Done {
        match result {
            Ok(_) => Ok(Outcome::Applied(Applied::to(target.clone()))),
            Err(trouble) if trouble.failure.kind == ErrorKind::NotFound => Ok(Outcome::AlreadySatisfied),
            // A 404 that is not of SCIM may be one of a wrong path: the object itself is asked.
            Err(trouble) if trouble.status == Some(404) => match self.resource(target.as_str()).await {
                Err(gone) if gone.failure.kind == ErrorKind::NotFound => Ok(Outcome::AlreadySatisfied),
                _ => Err(trouble),
            },
            Err(trouble) => Err(trouble),
        }
    }

    /// Reports a write that was done: these attributes have values now, by their place in the schema.
    fn applied(&self, id: TargetId, answer: Written, shown: Shown, held: &[usize]) -> Applied {
        let mut applied = Applied::to(id);
        // The header belongs to HTTP; as a version it counts only where the service has versions.
        let header = answer.etag.filter(|_| self.service.config.etag == Some(true)).map(Text::from);
        // A body without an id is no resource: some answer with `{}`.
        if shown.id.is_some() {
            let is_whole = self.is_whole(&shown, held);
            applied.observed = shown.attributes.filter(|_| is_whole);
            applied.version = shown.version;
        }
        applied.version = applied.version.or(header);
        applied
    }

    /// Tells whether an answer shows an object whole: some show what changed, and nothing else, or leave members out.
    fn is_whole(&self, shown: &Shown, held: &[usize]) -> bool {
        let shows = |at: &usize| {
            let (attribute, _) = self.resource_type.at(*at);
            attribute.mutability == Mutability::WriteOnly || shown.places.contains(at)
        };
        shown.has_schemas && self.resource_type.memberships.iter().all(shows) && held.iter().all(shows)
    }

    /// Refuses what does not fit, and what the profile knows that the server does not take.
    fn check(&self, name: &str, attribute: &AttributeSchema, values: &Values) -> Result<(), Trouble> {
        validate::check(name, attribute, values)?;
        let Some(own) = self.scim.profile.attributes.get(self.resource_type.name()) else { return Ok(()) };
        let named = |it: &&str| it.eq_ignore_ascii_case(name) || attribute.name.is(it);
        for (_, own) in own.iter().filter(|(it, _)| named(&it.as_str())) {
            if own.values_max.is_some_and(|most| values.len() > most) {
                let message = format!("`{name}` has {} values, more than the server takes", values.len());
                return Err(Trouble::new(ErrorKind::InvalidValue, message));
            }
            let forbidden = own.forbidden_characters.as_deref().unwrap_or_default();
            let has_forbidden = |text: &str| text.chars().find(|it| forbidden.contains(*it));
            let mut texts = values.as_slice().iter().filter_map(Value::as_text);
            if let Some(found) = texts.find_map(has_forbidden) {
                let message = format!("`{name}` has the character {found:?}, which the server does not take");
                return Err(Trouble::new(ErrorKind::InvalidValue, message));
            }
        }
        Ok(())
    }
}

fn is_empty_text(values: &Values) -> bool {
    matches!(values.single(), Some(Value::Text(text)) if text.is_empty())
}

/// Tells whether a write is only for one version of its object.
fn names_version(action: &WriteAction) -> bool {
    matches!(
        action,
        WriteAction::Update { version: Some(_), .. } | WriteAction::Delete { version: Some(_), .. }
    )
}

/// The secrets of a write.
fn secrets(action: &WriteAction) -> Vec<&Secret> {
    fn of_values(values: &Values) -> impl Iterator<Item = &Secret> {
        values.as_slice().iter().filter_map(|it| match it {
            Value::Secret(secret) => Some(secret),
            _ => None,
        })
    }
    fn of_attributes(attributes: &Attributes) -> Vec<&Secret> {
        attributes.iter().flat_map(|(_, values)| of_values(values)).collect()
    }
    match action {
        WriteAction::Create { attributes } => of_attributes(attributes),
        WriteAction::Update { deltas, .. } => {
            let values = deltas.iter().filter_map(|it| match &it.change {
                ValuesChange::Set(values) | ValuesChange::Add(values) | ValuesChange::Remove(values) => {
                    Some(values)
                }
                ValuesChange::Clear => None,
            });
            values.flat_map(of_values).collect()
        }
        _ => Vec::new(),
    }
}
