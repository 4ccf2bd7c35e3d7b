//! A source that is being checked, and what checks do with it.

use std::sync::Arc;

use provisio::connector::{Context, ReadQuery, Source, Wanted};
use provisio::model::{AttributeSchema, Capabilities, Dialect, Layout, Object, ObjectSchema, Schema};

use crate::conformance::reading::{Changes, End, Reading, changes, read};
use crate::conformance::sample::{Sampler, is_hidden};
use crate::conformance::{Fixture, Hook, SourceFixture, Stop, Trouble};

/// A source that is being checked.
pub(super) struct Trial<'a> {
    pub(super) fixture: &'a dyn SourceFixture,
    pub(super) sampler: Sampler<'a>,
    pub(super) source: Arc<dyn Source>,
    pub(super) context: Context,
    pub(super) capabilities: Capabilities,
    pub(super) schema: Schema,
    pub(super) dialect: Dialect,
}

impl<'a> Trial<'a> {
    /// Opens the source of a fixture.
    pub(super) async fn open(fixture: &'a dyn SourceFixture) -> Result<Self, Stop> {
        let source = fixture.source().await.map_err(|error| Stop::fixture(&*error))?;
        let context = fixture.context();
        let schema = source.schema(&context).await.map_err(|error| Stop::refused("`schema`", &error))?;
        let capabilities = source.capabilities();
        let sampler = Sampler { fixture: fixture as &dyn Fixture, writes: capabilities.create };
        Ok(Self { sampler, source, context, capabilities, schema, dialect: fixture.dialect(), fixture })
    }

    /// Returns an object type of which there can be samples.
    pub(super) fn subject(&self) -> Result<&ObjectSchema, Stop> {
        self.sampler.subject(&self.schema)
    }

    /// Makes the system hold so many objects, and returns them with their ids.
    pub(super) async fn hold(&self, count: usize) -> Result<Vec<Object>, Stop> {
        let subject = self.subject()?;
        let objects = (1..=count as u64).map(|it| self.sampler.object(subject, it)).collect();
        self.hold_these(objects).await
    }

    /// Makes the system hold these objects, and returns them with their ids.
    pub(super) async fn hold_these(&self, mut objects: Vec<Object>) -> Result<Vec<Object>, Stop> {
        let ids = self.fixture.hold(&objects).await.map_err(|error| Stop::fixture(&*error))?;
        if ids.len() != objects.len() {
            let seen = format!("{} ids of {} objects", ids.len(), objects.len());
            return Err(Stop::fault("the fixture returns the id of each object that it holds", seen));
        }
        objects.iter_mut().zip(ids).for_each(|(object, id)| object.id = id);
        Ok(objects)
    }

    /// Causes trouble, or skips the check if the fixture cannot.
    pub(super) async fn cause(&self, trouble: Trouble) -> Result<(), Stop> {
        let what = format!("`Trouble::{trouble:?}`");
        match self.fixture.cause(trouble).await.map_err(|error| Stop::fixture(&*error))? {
            Hook::Done => Ok(()),
            Hook::Absent => Err(Stop::skip(format!("the fixture cannot cause {what}"))),
        }
    }

    /// Asks for all objects of a type, with all that can be read.
    pub(super) fn query(&self, schema: &ObjectSchema) -> ReadQuery {
        ReadQuery::all(layout(schema, |_| true))
    }

    /// Reads as asked.
    pub(super) async fn read(&self, query: ReadQuery) -> Reading {
        read(&*self.source, &self.context, query).await
    }

    /// Reads all objects of a type; it has to be complete.
    pub(super) async fn read_all(&self, schema: &ObjectSchema) -> Result<Reading, Stop> {
        let reading = self.read(self.query(schema)).await;
        complete(reading)
    }

    /// Reads the objects that are wanted.
    pub(super) async fn look_up(&self, schema: &ObjectSchema, wanted: Wanted) -> Reading {
        let mut query = self.query(schema);
        query.wanted = wanted;
        self.read(query).await
    }

    /// Reads changes.
    pub(super) async fn changes(&self, schema: &ObjectSchema, since: &provisio::model::Watermark) -> Changes {
        changes(&*self.source, &self.context, self.query(schema), since).await
    }

    /// Skips a check of something that is not declared.
    pub(super) fn needs(&self, declared: bool, capability: &str) -> Result<(), Stop> {
        if declared { Ok(()) } else { Err(Stop::skip(format!("`{capability}` is not declared"))) }
    }
}

/// The layout of what can be read of a type.
pub(super) fn layout(schema: &ObjectSchema, which: impl Fn(&AttributeSchema) -> bool) -> Layout {
    let attributes = schema.attributes.iter().filter(|it| !is_hidden(it) && which(it)).cloned();
    Layout::new(schema.object_type.clone(), attributes)
}

/// Wants a read to be complete.
pub(super) fn complete(reading: Reading) -> Result<Reading, Stop> {
    match &reading.end {
        End::Complete(_) => Ok(reading),
        end => Err(Stop::fault("the read ends with `Complete`", end.to_string())),
    }
}
