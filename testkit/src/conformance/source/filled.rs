//! A target as a source: it is filled by writing it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use provisio::connector::{Context, Source, Target};
use provisio::model::{
    AttributeDelta, AttributeSchema, Dialect, Object, ObjectType, Outcome, TargetId, Text, Value,
    ValuesChange, Write, WriteAction, WriteId,
};

use crate::conformance::{Fixture, Hook, Prepared, SourceFixture, TargetFixture, Trouble};

/// The fixture of a target, for the requirements on sources.
pub(in crate::conformance) struct Filled<'a> {
    fixture: &'a dyn TargetFixture,
    /// By what it is filled.
    filler: Mutex<Option<Arc<dyn Target>>>,
    held: Mutex<Vec<Object>>,
}

impl<'a> Filled<'a> {
    pub(in crate::conformance) fn new(fixture: &'a dyn TargetFixture) -> Self {
        Self { fixture, filler: Mutex::default(), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Vec<Object>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What makes the system hold these objects instead of those that it holds; `None` for one that stays as it is.
    fn actions(&self, objects: &[Object]) -> Vec<Option<WriteAction>> {
        let held = self.held();
        let action = |object: &Object| {
            let before = held.iter().find(|it| !object.id.is_empty() && it.id == object.id);
            let Some(before) = before else {
                return Some(WriteAction::Create { attributes: object.attributes.clone() });
            };
            let deltas = changes(before, object);
            let target = TargetId::new(&object.id);
            (!deltas.is_empty()).then_some(WriteAction::Update { target, version: None, deltas })
        };
        objects.iter().map(action).collect()
    }
}

fn changes(before: &Object, after: &Object) -> Vec<AttributeDelta> {
    let set = after
        .attributes
        .iter()
        .filter(|(name, values)| before.attributes.get(name.as_str()) != Some(*values));
    let set = set.map(|(name, values)| AttributeDelta::new(name.clone(), ValuesChange::Set(values.clone())));
    let gone = before.attributes.iter().filter(|(name, _)| after.attributes.get(name.as_str()).is_none());
    set.chain(gone.map(|(name, _)| AttributeDelta::new(name.clone(), ValuesChange::Clear))).collect()
}

#[async_trait]
impl Fixture for Filled<'_> {
    fn context(&self) -> Context {
        self.fixture.context()
    }

    fn may_use(&self, object_type: &ObjectType, attribute: &AttributeSchema) -> bool {
        self.fixture.may_use(object_type, attribute)
    }

    fn value(&self, object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        self.fixture.value(object_type, attribute, number)
    }

    fn more_than_a_page(&self) -> usize {
        self.fixture.more_than_a_page()
    }

    fn dialect(&self) -> Dialect {
        self.fixture.dialect()
    }

    fn secrets(&self) -> Vec<String> {
        self.fixture.secrets()
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        self.fixture.cause(trouble).await
    }
}

#[async_trait]
impl SourceFixture for Filled<'_> {
    async fn source(&self) -> Prepared<Arc<dyn Source>> {
        let target = self.fixture.target().await?;
        let elsewhere = self.fixture.elsewhere().await?;
        *self.filler.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(elsewhere.unwrap_or_else(|| Arc::clone(&target)));
        Ok(target)
    }

    async fn hold(&self, objects: &[Object]) -> Prepared<Vec<Text>> {
        let filler = self.filler.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let filler = filler.ok_or("the target is not open")?;
        let context = self.fixture.context();
        let mut ids: Vec<Text> = objects.iter().map(|it| it.id.clone()).collect();
        let mut writes: Vec<Write> = Vec::new();
        for (at, action) in self.actions(objects).into_iter().enumerate() {
            let id = WriteId(u32::try_from(at)?);
            writes.extend(action.map(|it| Write::new(id, objects[at].object_type.clone(), it)));
        }
        for gone in self.held().iter().filter(|it| !ids.contains(&it.id)) {
            let action = WriteAction::Delete { target: TargetId::new(&gone.id), version: None };
            writes.push(Write::new(
                WriteId(u32::try_from(writes.len() + objects.len())?),
                gone.object_type.clone(),
                action,
            ));
        }
        while !writes.is_empty() {
            let rest = writes.split_off(writes.len().min(filler.capabilities().batch_max.max(1)));
            let sent = writes.len();
            let outcomes: Vec<_> =
                filler.apply(&context, std::mem::replace(&mut writes, rest)).await.collect().await;
            if outcomes.len() != sent {
                return Err(format!("{} outcomes of {sent} writes", outcomes.len()).into());
            }
            for (write, outcome) in outcomes {
                match outcome {
                    Outcome::Applied(applied) => {
                        if let Some(id) = ids.get_mut(write.0 as usize) {
                            *id = applied.id.text().clone();
                        }
                    }
                    Outcome::AlreadySatisfied => {}
                    other => return Err(format!("a write to fill the target ends with {other:?}").into()),
                }
            }
        }
        let lag = Duration::from_secs(u64::from(filler.capabilities().read_lag_seconds));
        context.clock().sleep_until(context.now().plus(lag)).await;
        let mut held = objects.to_vec();
        held.iter_mut().zip(&ids).for_each(|(object, id)| object.id = id.clone());
        *self.held() = held;
        Ok(ids)
    }
}
