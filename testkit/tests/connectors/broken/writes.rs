//! Writes with a defect.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use provisio::connector::{Context, OutcomeStream, Target as _};
use provisio::model::{
    Applied, AttributeDelta, Attributes, ErrorKind, Failure, Mutability, Object, Outcome, Retry, TargetId,
    Value, ValueKind, Values, ValuesChange, Write, WriteAction, WriteId,
};

use super::{Broken, Defect as D, varied_schema};

/// How many members a group of a target holds that cuts them.
const GROUP_MAX: usize = 100;

/// How many values a target takes at once that does not say so.
const AT_ONCE_MAX: usize = 20;

impl Broken {
    pub(super) async fn apply_badly<'a>(
        &'a self,
        context: &'a Context,
        writes: Vec<Write>,
    ) -> OutcomeStream<'a> {
        let everybody = Context::new(Arc::new(super::super::Still(context.now())));
        let unstoppable = if self.is(D::StopIsIgnored) { &everybody } else { context };
        let mut sent = Vec::new();
        let mut outcomes: Vec<(WriteId, Outcome)> = Vec::new();
        for write in writes.iter().cloned() {
            match self.before(write) {
                Ok(write) => sent.push(write),
                Err((id, outcome)) => outcomes.push((id, outcome)),
            }
        }
        if self.is(D::WritesBackwards) {
            sent.reverse();
        }
        outcomes.extend(self.inner.apply(unstoppable, sent).await.collect::<Vec<_>>().await);
        let is_limited = |it: &(WriteId, Outcome)| matches!(&it.1, Outcome::Rejected(it) if it.kind == ErrorKind::RateLimited);
        if self.is(D::WaitsByItself) && outcomes.iter().any(is_limited) {
            context.clock().sleep_until(context.now().plus(Duration::from_secs(17))).await;
        }
        if self.is(D::LostIsRejected) && outcomes.is_empty() {
            let failure =
                Failure::new(ErrorKind::Timeout, "no answer").with_retry(Retry::Later { after: None });
            outcomes.extend(writes.iter().map(|it| (it.id, Outcome::Rejected(failure.clone()))));
        }
        if self.is(D::OneBadFailsAll)
            && let Some((_, bad)) = outcomes.iter().find(|it| matches!(it.1, Outcome::Rejected(_))).cloned()
        {
            outcomes.iter_mut().for_each(|it| it.1 = bad.clone());
        }
        if self.is(D::LastOutcomeIsMissing) && outcomes.len() > 1 {
            outcomes.pop();
        }
        for (id, outcome) in &mut outcomes {
            if let Some(write) = writes.iter().find(|it| it.id == *id) {
                self.after(write, outcome);
            }
        }
        Box::pin(stream::iter(outcomes))
    }

    fn held(&self, write: &Write) -> Option<Object> {
        match &write.action {
            WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => {
                self.directory().get(write.object_type.as_str(), target.as_str())
            }
            _ => None,
        }
    }

    /// Does what the defect does to a write before it is sent; or answers it at once.
    fn before(&self, mut write: Write) -> Result<Write, (WriteId, Outcome)> {
        let held = self.held(&write);
        let id = write.id;
        let object_type = write.object_type.clone();
        match (self.defect, &mut write.action) {
            (D::DeleteDisables, WriteAction::Delete { target, version }) if held.is_some() => {
                let deltas = vec![set("active", Value::Bool(false))];
                let (target, version) = (target.clone(), version.clone());
                write.action = WriteAction::Update { target, version, deltas };
            }
            (D::NoDeleteButNoWordOfIt, WriteAction::Delete { .. }) => {
                return Err((id, Outcome::AlreadySatisfied));
            }
            (D::DeletesTooMuch, WriteAction::Delete { target, .. }) => {
                let stem = target.as_str().split_at(target.as_str().len() - 1).0.to_owned();
                for object in self.directory().objects(object_type.as_str()) {
                    if object.id.starts_with(&stem) && *object.id != *target.as_str() {
                        let target = TargetId::new(&object.id);
                        self.directory()
                            .write(object_type.as_str(), WriteAction::Delete { target, version: None });
                    }
                }
            }
            (
                D::VersionIsIgnored,
                WriteAction::Update { version, .. } | WriteAction::Delete { version, .. },
            ) => {
                *version = None;
            }
            (D::UpdateCreates, WriteAction::Update { deltas, .. }) if held.is_none() => {
                let mut attributes: Attributes =
                    [("userName", "made"), ("password", "")].into_iter().collect();
                attributes.set("password", Value::Secret(provisio::model::Secret::new("made")));
                deltas.iter().for_each(|it| it.apply(&mut attributes));
                write.action = WriteAction::Create { attributes };
            }
            (D::ReplacesTheWholeObject, WriteAction::Update { deltas, .. }) => {
                let named: Vec<_> = deltas.iter().map(|it| it.attribute.clone()).collect();
                let optional = ["title", "tags", "age"].map(provisio::model::AttrName::new);
                let others = optional.into_iter().filter(|it| !named.contains(it));
                deltas.extend(others.map(|it| AttributeDelta::new(it, ValuesChange::Clear)));
            }
            (D::AddingAgainFails, WriteAction::Update { deltas, .. }) => {
                let is_there = |it: &AttributeDelta| match &it.change {
                    ValuesChange::Add(values) => {
                        let held = held.as_ref().and_then(|held| held.attributes.get(it.attribute.as_str()));
                        held.is_some_and(|held| {
                            values.as_slice().iter().any(|it| held.as_slice().contains(it))
                        })
                    }
                    _ => false,
                };
                if deltas.iter().any(is_there) {
                    let failure = Failure::new(ErrorKind::InvalidValue, "attributeOrValueExists");
                    return Err((id, Outcome::Rejected(failure)));
                }
            }
            (D::FewValuesAtOnce, WriteAction::Update { deltas, .. }) => {
                let count = |it: &AttributeDelta| match &it.change {
                    ValuesChange::Add(values) | ValuesChange::Remove(values) => values.len(),
                    _ => 0,
                };
                if deltas.iter().any(|it| count(it) > AT_ONCE_MAX) {
                    return Err((id, Outcome::Rejected(Failure::new(ErrorKind::TooLarge, "413"))));
                }
            }
            (D::WritesInPart, WriteAction::Update { target, deltas, .. }) => {
                for delta in deltas.iter() {
                    let action = WriteAction::Update {
                        target: target.clone(),
                        version: None,
                        deltas: vec![delta.clone()],
                    };
                    self.directory().write(object_type.as_str(), action);
                }
            }
            _ => {}
        }
        match &mut write.action {
            WriteAction::Create { attributes } => self.spoil_attributes(attributes),
            WriteAction::Update { deltas, .. } => self.spoil_deltas(deltas, held.as_ref()),
            _ => {}
        }
        Ok(write)
    }

    fn spoil_attributes(&self, attributes: &mut Attributes) {
        match self.defect {
            D::LosesAnAttribute => {
                attributes.remove("title");
            }
            D::UnknownAttributesAreIgnored => {
                attributes.remove("kitNoSuchAttribute");
            }
            _ => {}
        }
        let kept =
            attributes.iter().map(|(name, values)| (name.clone(), self.spoil_values(name.as_str(), values)));
        *attributes = kept.collect();
    }

    fn spoil_values(&self, name: &str, values: &Values) -> Values {
        let spoiled = values.as_slice().iter().map(|value| match (self.defect, value) {
            #[expect(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                reason = "it is the defect"
            )]
            (D::NumbersPassThroughFloats, Value::Int(number)) => Value::Int(*number as f64 as i64),
            (D::EscapesTwice, Value::Text(text)) if name == "title" => Value::from(text.replace('"', "\\\"")),
            (D::LongTextIsCut, Value::Text(text)) if name == "userName" => {
                Value::from(text.chars().take(64).collect::<String>())
            }
            (_, other) => other.clone(),
        });
        Values::from_many(spoiled).unwrap_or_else(|| values.clone())
    }

    fn spoil_deltas(&self, deltas: &mut Vec<AttributeDelta>, held: Option<&Object>) {
        let schema = varied_schema();
        let is_immutable = |it: &AttributeDelta| {
            let attribute = schema.types[0].attribute(it.attribute.as_str());
            attribute.is_some_and(|it| it.mutability == Mutability::Immutable)
        };
        match self.defect {
            D::UnknownAttributesAreIgnored => deltas.retain(|it| !it.attribute.is("kitNoSuchAttribute")),
            D::ImmutableIsIgnored => deltas.retain(|it| !is_immutable(it)),
            _ => {}
        }
        for delta in deltas {
            let current = held.and_then(|it| it.attributes.get(delta.attribute.as_str()));
            let is_members = delta.attribute.is("members");
            match (self.defect, &mut delta.change) {
                (D::SetAdds, ValuesChange::Set(values)) if delta.attribute.is("tags") => {
                    delta.change = ValuesChange::Add(values.clone());
                }
                (D::RemoveEmpties, ValuesChange::Remove(_)) => delta.change = ValuesChange::Clear,
                (D::GroupsAreCut, ValuesChange::Add(values)) if is_members => {
                    let all = current.iter().flat_map(|it| it.as_slice()).chain(values.as_slice());
                    if let Some(cut) = Values::from_many(all.take(GROUP_MAX).cloned()) {
                        delta.change = ValuesChange::Set(cut);
                    }
                }
                (D::UnknownMembersVanish, ValuesChange::Add(values)) if is_members => {
                    let is_there = |it: &&Value| match it {
                        Value::Reference(id) => self.directory().get("user", id).is_some(),
                        _ => true,
                    };
                    delta.change = match Values::from_many(values.as_slice().iter().filter(is_there).cloned())
                    {
                        Some(known) => ValuesChange::Add(known),
                        None => ValuesChange::Remove(values.clone()),
                    };
                }
                (_, ValuesChange::Set(values) | ValuesChange::Add(values)) => {
                    *values = self.spoil_values(delta.attribute.as_str(), values);
                }
                _ => {}
            }
        }
    }

    /// Does what the defect does to an outcome.
    fn after(&self, write: &Write, outcome: &mut Outcome) {
        match (self.defect, &mut *outcome) {
            (D::IdIsTheName, Outcome::Applied(applied)) => {
                if let WriteAction::Create { attributes } = &write.action
                    && let Some(name) =
                        attributes.get("userName").and_then(|it| it.single()?.as_text().map(str::to_owned))
                {
                    applied.id = TargetId::new(name);
                }
            }
            (D::AnswersWithWhatWasSent, Outcome::Applied(applied)) => {
                if let Some(observed) = &mut applied.observed {
                    observed.set("title", "what was sent");
                }
            }
            (D::TakenIsInvalid, Outcome::Conflict(failure)) => {
                *outcome = Outcome::Rejected(Failure::new(ErrorKind::InvalidValue, failure.message.clone()));
            }
            (D::TakenIsTakenOver, Outcome::Conflict(_)) => {
                if let Some(object) = self.directory().objects(write.object_type.as_str()).first() {
                    *outcome = Outcome::Applied(Applied::to(TargetId::new(&object.id)));
                }
            }
            (D::UnknownMembersVanish, Outcome::AlreadySatisfied) => {
                if let WriteAction::Update { target, .. } = &write.action {
                    *outcome = Outcome::Applied(Applied::to(target.clone()));
                }
            }
            (D::UnknownMembersVanish, Outcome::Applied(applied)) => applied.observed = None,
            (D::SecondDeleteFails, Outcome::AlreadySatisfied)
                if matches!(write.action, WriteAction::Delete { .. }) =>
            {
                *outcome = Outcome::Rejected(Failure::new(ErrorKind::NotFound, "404"));
            }
            (D::SecretInMessages, Outcome::Rejected(failure) | Outcome::Conflict(failure)) => {
                if let WriteAction::Create { attributes } = &write.action {
                    let secrets = attributes.iter().flat_map(|(_, it)| it.as_slice());
                    let secrets =
                        secrets.filter(|it| it.kind() == ValueKind::Secret).filter_map(|it| match it {
                            Value::Secret(secret) => Some(secret.expose()),
                            _ => None,
                        });
                    let text = secrets.collect::<Vec<_>>().join(",");
                    failure.message = format!("refused: {{\"password\": \"{text}\"}}").into();
                }
            }
            (D::AwayIsForever, Outcome::Rejected(failure)) => failure.retry = Retry::Never,
            (D::CredentialsAreTriedAgain, Outcome::Rejected(failure)) => {
                failure.retry = Retry::Later { after: None };
            }
            _ => {}
        }
    }
}

fn set(name: &str, value: Value) -> AttributeDelta {
    AttributeDelta::new(name, ValuesChange::Set(Values::one(value)))
}
