//! A target that is being checked, and what checks do with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{BoxFuture, FutureExt as _};
use provisio::connector::{Context, ReadQuery, Target, Wanted};
use provisio::model::{
    Applied, AttrName, AttributeDelta, AttributeSchema, Attributes, Capabilities, Dialect, Layout, Object,
    ObjectSchema, ObjectType, Outcome, Schema, TargetId, Text, Value, ValueKind, Values, ValuesChange, Write,
    WriteAction, WriteId,
};

use crate::conformance::reading::{End, Reading, read};
use crate::conformance::sample::{Extent, Sampler, is_hidden};
use crate::conformance::{Fixture, Hook, Stop, TargetFixture, Trouble};

/// A target that is being checked.
pub(in crate::conformance) struct Trial<'a> {
    pub(in crate::conformance) fixture: &'a dyn TargetFixture,
    pub(in crate::conformance) sampler: Sampler<'a>,
    pub(in crate::conformance) target: Arc<dyn Target>,
    pub(in crate::conformance) context: Context,
    pub(in crate::conformance) capabilities: Capabilities,
    pub(in crate::conformance) schema: Schema,
    pub(in crate::conformance) dialect: Dialect,
    next_sample: AtomicU64,
    next_write: AtomicU32,
}

/// An object that a check created.
#[derive(Clone, Debug)]
pub(in crate::conformance) struct Made {
    pub(in crate::conformance) object_type: ObjectType,
    pub(in crate::conformance) id: TargetId,
    /// What it was created with.
    pub(in crate::conformance) attributes: Attributes,
    pub(in crate::conformance) applied: Applied,
}

/// How deep required references are followed to make an object.
const REFERENCES_DEPTH_MAX: usize = 4;

impl<'a> Trial<'a> {
    /// Opens the target of a fixture.
    pub(in crate::conformance) async fn open(fixture: &'a dyn TargetFixture) -> Result<Self, Stop> {
        let target = fixture.target().await.map_err(|error| Stop::fixture(&*error))?;
        let context = fixture.context();
        let schema = target.schema(&context).await.map_err(|error| Stop::refused("`schema`", &error))?;
        let capabilities = target.capabilities();
        let sampler = Sampler { fixture: fixture as &dyn Fixture, writes: true };
        let (next_sample, next_write) = (AtomicU64::new(1), AtomicU32::new(0));
        let dialect = fixture.dialect();
        Ok(Self { sampler, target, context, capabilities, schema, dialect, fixture, next_sample, next_write })
    }

    /// Returns an object type of which there can be samples.
    pub(in crate::conformance) fn subject(&self) -> Result<&ObjectSchema, Stop> {
        self.needs(self.capabilities.create, "create")?;
        self.sampler.subject(&self.schema)
    }

    /// Skips a check of something that is not declared.
    pub(in crate::conformance) fn needs(&self, declared: bool, capability: &str) -> Result<(), Stop> {
        if declared { Ok(()) } else { Err(Stop::skip(format!("`{capability}` is not declared"))) }
    }

    /// Causes trouble, or skips the check if the fixture cannot.
    pub(super) async fn cause(&self, trouble: Trouble) -> Result<(), Stop> {
        let what = format!("`Trouble::{trouble:?}`");
        match self.fixture.cause(trouble).await.map_err(|error| Stop::fixture(&*error))? {
            Hook::Done => Ok(()),
            Hook::Absent => Err(Stop::skip(format!("the fixture cannot cause {what}"))),
        }
    }

    /// Returns the number of the next sample.
    pub(in crate::conformance) fn number(&self) -> u64 {
        self.next_sample.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns an attribute of the subject that checks may change, and that passes `which`; skips the check if there is none.
    pub(in crate::conformance) fn attribute<'s>(
        &self,
        subject: &'s ObjectSchema,
        what: &str,
        which: impl Fn(&AttributeSchema) -> bool,
    ) -> Result<&'s AttributeSchema, Stop> {
        let object_type = &subject.object_type;
        let has_values = |it: &AttributeSchema| self.sampler.values(object_type, it, 1, 0).is_some();
        let mut usable =
            subject.attributes.iter().filter(|it| self.sampler.changes(object_type, it) && which(it));
        usable.find(|it| has_values(it)).ok_or_else(|| Stop::skip(format!("`{object_type}` has no {what}")))
    }

    /// Numbers writes.
    pub(in crate::conformance) fn writes(
        &self,
        actions: impl IntoIterator<Item = (ObjectType, WriteAction)>,
    ) -> Vec<Write> {
        let next = || WriteId(self.next_write.fetch_add(1, Ordering::Relaxed));
        actions.into_iter().map(|(object_type, action)| Write::new(next(), object_type, action)).collect()
    }

    /// Applies writes as one batch, and returns what came.
    pub(in crate::conformance) async fn apply_raw(
        &self,
        context: &Context,
        writes: Vec<Write>,
    ) -> Vec<(WriteId, Outcome)> {
        self.target.apply(context, writes).await.collect().await
    }

    /// Applies writes as one batch; each has to have one outcome, and they are returned in the order of the writes.
    pub(in crate::conformance) async fn apply(
        &self,
        actions: impl IntoIterator<Item = (ObjectType, WriteAction)>,
    ) -> Result<Vec<Outcome>, Stop> {
        let writes = self.writes(actions);
        let ids: Vec<WriteId> = writes.iter().map(|it| it.id).collect();
        let outcomes = self.apply_raw(&self.context, writes).await;
        in_order(&ids, outcomes)
    }

    /// Does one write.
    pub(in crate::conformance) async fn write(
        &self,
        object_type: &ObjectType,
        action: WriteAction,
    ) -> Result<Outcome, Stop> {
        let outcomes = self.apply([(object_type.clone(), action)]).await?;
        outcomes.into_iter().next().ok_or_else(|| Stop::fault("an outcome", "none"))
    }

    /// Changes an object.
    pub(in crate::conformance) async fn update(
        &self,
        object_type: &ObjectType,
        target: &TargetId,
        deltas: Vec<AttributeDelta>,
    ) -> Result<Outcome, Stop> {
        self.needs(self.capabilities.update, "update")?;
        self.write(object_type, WriteAction::Update { target: target.clone(), version: None, deltas }).await
    }

    /// Changes an object; that has to succeed.
    pub(in crate::conformance) async fn must_update(
        &self,
        object_type: &ObjectType,
        target: &TargetId,
        deltas: Vec<AttributeDelta>,
    ) -> Result<(), Stop> {
        let what = deltas
            .iter()
            .map(|it| crate::conformance::compare::cut(&it.to_string()))
            .collect::<Vec<_>>()
            .join(", ");
        match self.update(object_type, target, deltas).await? {
            Outcome::Applied(_) | Outcome::AlreadySatisfied => Ok(()),
            other => Err(Stop::fault(format!("an update is applied: {what}"), told(&other))),
        }
    }

    /// Deletes an object; that has to succeed.
    pub(super) async fn must_delete(&self, object_type: &ObjectType, target: &TargetId) -> Result<(), Stop> {
        self.needs(self.capabilities.delete, "delete")?;
        let action = WriteAction::Delete { target: target.clone(), version: None };
        match self.write(object_type, action).await? {
            Outcome::Applied(_) => Ok(()),
            other => Err(Stop::fault("a delete of what is there is applied", told(&other))),
        }
    }

    /// Creates an object with these attributes; that has to succeed.
    pub(in crate::conformance) async fn must_create(
        &self,
        object_type: &ObjectType,
        attributes: Attributes,
    ) -> Result<Made, Stop> {
        let action = WriteAction::Create { attributes: attributes.clone() };
        match self.write(object_type, action).await? {
            Outcome::Applied(applied) => {
                Ok(Made { object_type: object_type.clone(), id: applied.id.clone(), attributes, applied })
            }
            other => Err(Stop::fault(format!("a create of `{object_type}` is applied"), told(&other))),
        }
    }

    /// Creates a sample of the subject.
    pub(in crate::conformance) async fn make(&self) -> Result<Made, Stop> {
        let subject = self.subject()?;
        let attributes = self.sample(subject, self.number());
        self.must_create(&subject.object_type, attributes).await
    }

    /// Creates samples of the subject, in batches.
    pub(in crate::conformance) async fn make_many(
        &self,
        object_type: &ObjectSchema,
        count: usize,
    ) -> Result<Vec<Made>, Stop> {
        let mut made = Vec::with_capacity(count);
        while made.len() < count {
            let few = self.capabilities.batch_max.min(count - made.len()).max(1);
            let samples: Vec<Attributes> =
                (0..few).map(|_| self.sample_of(object_type, self.number(), Extent::RequiredOnly)).collect();
            let name = &object_type.object_type;
            let actions =
                samples.iter().map(|it| (name.clone(), WriteAction::Create { attributes: it.clone() }));
            for (outcome, attributes) in self.apply(actions).await?.into_iter().zip(&samples) {
                let Outcome::Applied(applied) = outcome else {
                    return Err(Stop::fault(format!("creates of `{name}` are applied"), told(&outcome)));
                };
                let (id, attributes) = (applied.id.clone(), attributes.clone());
                made.push(Made { object_type: name.clone(), id, attributes, applied });
            }
        }
        Ok(made)
    }

    /// What a sample holds.
    pub(in crate::conformance) fn sample(&self, schema: &ObjectSchema, number: u64) -> Attributes {
        self.sample_of(schema, number, Extent::Everything)
    }

    /// What a sample holds, or only what it has to.
    pub(in crate::conformance) fn sample_of(
        &self,
        schema: &ObjectSchema,
        number: u64,
        extent: Extent,
    ) -> Attributes {
        self.sampler.attributes(schema, number, extent)
    }

    /// Creates an object of a type, and before it what its required references need.
    pub(in crate::conformance) fn make_of<'s>(
        &'s self,
        schema: &'s ObjectSchema,
        depth: usize,
    ) -> BoxFuture<'s, Result<Made, Stop>> {
        async move {
            if depth > REFERENCES_DEPTH_MAX {
                return Err(Stop::skip(format!("`{}` needs too much to refer to", schema.object_type)));
            }
            let number = self.number();
            let mut attributes = self.sample(schema, number);
            for attribute in self.sampler.lacking(schema) {
                let referents = attribute.references.iter().filter_map(|it| self.schema.of(it));
                let Some(referent) =
                    referents.into_iter().next().filter(|_| attribute.kind == ValueKind::Reference)
                else {
                    let what = format!(
                        "the fixture gives no value of `{}.{}`, which is required",
                        schema.object_type, attribute.name
                    );
                    return Err(Stop::skip(what));
                };
                let referent = self.make_of(referent, depth + 1).await?;
                attributes.set(attribute.name.clone(), reference(&referent.id));
            }
            self.must_create(&schema.object_type, attributes).await
        }
        .boxed()
    }

    /// Waits until reads show what was written.
    pub(in crate::conformance) async fn settle(&self) {
        let lag = Duration::from_secs(u64::from(self.capabilities.read_lag_seconds));
        if lag > Duration::ZERO {
            self.context.clock().sleep_until(self.context.now().plus(lag)).await;
        }
    }

    /// Asks for all objects of a type, with all that can be read.
    pub(in crate::conformance) fn query(&self, schema: &ObjectSchema) -> ReadQuery {
        let attributes = schema.attributes.iter().filter(|it| !is_hidden(it)).cloned();
        ReadQuery::all(Layout::new(schema.object_type.clone(), attributes))
    }

    /// Reads all objects of a type once what was written can be seen; the read has to be complete.
    pub(in crate::conformance) async fn read_all(
        &self,
        object_type: &ObjectType,
    ) -> Result<BTreeMap<Text, Object>, Stop> {
        let schema = self.schema.of(object_type);
        let schema = schema.ok_or_else(|| Stop::fault("a type of the schema", object_type.to_string()))?;
        self.settle().await;
        let reading = read(&*self.target, &self.context, self.query(schema)).await;
        let Reading { objects, end: End::Complete(_), .. } = reading else {
            return Err(Stop::fault("the read ends with `Complete`", reading.end.to_string()));
        };
        Ok(objects.into_iter().map(|it| (it.id.clone(), it)).collect())
    }

    /// Reads one object by its id; `None` if there is none. Only where `read_by_id` is declared.
    pub(in crate::conformance) async fn read_by_id(
        &self,
        object_type: &ObjectType,
        id: &TargetId,
    ) -> Result<Option<Object>, Stop> {
        let schema = self.schema.of(object_type);
        let schema = schema.ok_or_else(|| Stop::fault("a type of the schema", object_type.to_string()))?;
        self.settle().await;
        let mut query = self.query(schema);
        query.wanted = Wanted::WithIds(vec![id.text().clone()]);
        let reading = read(&*self.target, &self.context, query).await;
        match reading.end {
            End::Complete(_) => Ok(reading.objects.into_iter().find(|it| *it.id == *id.as_str())),
            end => Err(Stop::fault("a read by id ends with `Complete`", end.to_string())),
        }
    }

    /// Reads one object.
    pub(in crate::conformance) async fn find(
        &self,
        object_type: &ObjectType,
        id: &TargetId,
    ) -> Result<Option<Object>, Stop> {
        if self.capabilities.read_by_id {
            return self.read_by_id(object_type, id).await;
        }
        Ok(self.read_all(object_type).await?.remove(id.as_str()))
    }

    /// Reads one object that has to be there.
    pub(in crate::conformance) async fn must_find(&self, made: &Made) -> Result<Object, Stop> {
        let found = self.find(&made.object_type, &made.id).await?;
        found.ok_or_else(|| {
            let expected = format!("`{}`, which was created, among what is read", made.id);
            Stop::fault(expected, "it is not there")
        })
    }
}

/// Puts outcomes into the order of their writes; each has to have exactly one.
pub(super) fn in_order(ids: &[WriteId], outcomes: Vec<(WriteId, Outcome)>) -> Result<Vec<Outcome>, Stop> {
    let count = outcomes.len();
    let mut by_id: BTreeMap<WriteId, Outcome> = BTreeMap::new();
    for (id, outcome) in outcomes {
        if !ids.contains(&id) {
            return Err(Stop::fault(
                "outcomes of the writes that were asked for",
                format!("one of write {}", id.0),
            ));
        }
        if by_id.insert(id, outcome).is_some() {
            return Err(Stop::fault("one outcome of each write", format!("two of write {}", id.0)));
        }
    }
    let in_order: Vec<Outcome> = ids.iter().filter_map(|it| by_id.remove(it)).collect();
    if in_order.len() < ids.len() {
        return Err(Stop::fault(
            "one outcome of each write",
            format!("{count} outcomes of {} writes", ids.len()),
        ));
    }
    Ok(in_order)
}

/// Tells an outcome in words.
pub(in crate::conformance) fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied(applied) => format!("`Applied` to `{}`", applied.id),
        Outcome::AlreadySatisfied => "`AlreadySatisfied`".to_owned(),
        Outcome::Rejected(failure) => {
            format!("`Rejected` as `{:?}`, {:?}: {}", failure.kind, failure.retry, failure.message)
        }
        Outcome::Conflict(failure) => format!("`Conflict`, `{:?}`: {}", failure.kind, failure.message),
        Outcome::Unknown(failure) => format!("`Unknown`, `{:?}`: {}", failure.kind, failure.message),
    }
}

pub(in crate::conformance) fn set(name: &AttrName, values: impl Into<Values>) -> AttributeDelta {
    AttributeDelta::new(name.clone(), ValuesChange::Set(values.into()))
}

pub(in crate::conformance) fn add(name: &AttrName, values: Values) -> AttributeDelta {
    AttributeDelta::new(name.clone(), ValuesChange::Add(values))
}

pub(super) fn remove(name: &AttrName, values: Values) -> AttributeDelta {
    AttributeDelta::new(name.clone(), ValuesChange::Remove(values))
}

pub(super) fn clear(name: &AttrName) -> AttributeDelta {
    AttributeDelta::new(name.clone(), ValuesChange::Clear)
}

pub(in crate::conformance) fn reference(id: &TargetId) -> Value {
    Value::Reference(id.text().clone())
}
