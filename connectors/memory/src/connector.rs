//! The directory as a connector: source and target.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::stream;
use provisio_connector::{
    ChangeEvent, ChangeStream, CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream,
    ReadEvent, ReadQuery, ReadStream, Result, Source, Target, Wanted,
};
use provisio_model::{
    AttrName, Capabilities, Change, CompareRule, Completeness, ErrorKind, Failure, Layout, Object,
    ObjectSchema, Outcome, Retry, Schema, Slot, SourceId, Text, Value, Watermark, Write,
};

use crate::directory::{BATCH_MAX, Inner, MemoryDirectory};
use crate::feed::{Since, sequence_of, watermark};
use crate::key::TypeIndex;
use crate::state::{Stored, TypeState, object};

/// After how many objects a read looks whether it was cancelled.
const OBJECTS_BETWEEN_CHECKS: usize = 1_024;

/// How many ids or values one read may ask for.
const READ_MAX: usize = 1_000;

#[async_trait]
impl Connector for MemoryDirectory {
    fn info(&self) -> ConnectorInfo {
        let inner = self.lock();
        let system = inner.file.as_ref().map(|file| Text::from(file.path().display().to_string()));
        ConnectorInfo { kind: "directory", system: system.unwrap_or_else(|| Text::new("memory")) }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::READ_WRITE;
        capabilities.update_with_version = true;
        capabilities.changes = true;
        capabilities.read_by_id = true;
        capabilities.read_by_value = true;
        capabilities.read_max = READ_MAX;
        capabilities.batch_max = BATCH_MAX;
        capabilities
    }

    async fn schema(&self, _context: &Context) -> Result<Schema> {
        let inner = self.lock();
        Ok(Schema::new(inner.state.types.iter().map(|it| {
            let attributes = it.layout.attributes().map(|(_, attribute)| attribute.clone());
            ObjectSchema::new(it.object_type().clone(), attributes)
        })))
    }

    async fn check(&self, _context: &Context) -> Result<CheckReport> {
        let inner = self.lock();
        inner.readable("check")?;
        let count = |it: &TypeState| format!("{} {} objects", it.objects.len(), it.object_type());
        Ok(CheckReport::found(inner.state.types.iter().map(count)))
    }
}

#[async_trait]
impl Source for MemoryDirectory {
    /// Streams the objects in the order of their ids, all as they were at one moment: writes that come later do
    /// not show.
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        context.check("read")?;
        let mut inner = self.lock();
        inner.readable("read")?;
        let index = inner.type_index(&query, "read")?;
        inner.reads_started += 1;
        let type_state = inner.state.type_state(index);
        let (stored, which): (Vec<Arc<Stored>>, &str) = match &query.wanted {
            Wanted::All => (type_state.objects.values().cloned().collect(), "all"),
            Wanted::WithIds(ids) => {
                let ids: BTreeSet<&Text> = ids.iter().collect();
                (ids.into_iter().filter_map(|it| type_state.objects.get(it).cloned()).collect(), "by id,")
            }
            Wanted::WithValues { attribute, values } => {
                (type_state.with_values(&query.layout, attribute, values)?, "by value,")
            }
            other => return Err(unsupported(format!("the directory cannot look for {other:?}"))),
        };
        let view = View::new(type_state, query.layout);
        let evidence = format!(
            "{which} {} {} objects at change {}",
            stored.len(),
            type_state.object_type(),
            inner.state.sequence
        );
        let mut completeness = Completeness::declared(evidence);
        if query.wanted == Wanted::All {
            completeness = completeness.with_watermark(watermark(&inner.incarnation, inner.state.sequence));
        }
        drop(inner);
        let objects = stored.into_iter().enumerate().map(move |(position, stored)| {
            if position % OBJECTS_BETWEEN_CHECKS == 0 {
                context.check("read")?;
            }
            Ok(ReadEvent::Object(view.object(&stored)))
        });
        let complete = std::iter::once(Ok(ReadEvent::Complete(completeness)));
        Ok(Box::pin(stream::iter(until_error(objects.chain(complete)))))
    }

    /// Streams what changed, oldest change first, each object once and as it is now, then one checkpoint.
    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        context.check("changes")?;
        let mut inner = self.lock();
        inner.readable("changes")?;
        let index = inner.type_index(&query, "changes")?;
        inner.reads_started += 1;
        let Inner { state, incarnation, .. } = &*inner;
        let type_state = state.type_state(index);
        let view = View::new(type_state, query.layout);
        let known = sequence_of(since, incarnation, state.sequence);
        let Some(changes) = known.and_then(|sequence| state.feed.since(sequence)) else {
            return Ok(Box::pin(stream::iter([Ok(ChangeEvent::ResyncRequired)])));
        };
        let mut found: Vec<Found> = Vec::new();
        for change in changes {
            match change {
                Since::Changed(key) if key.object_type == index => {
                    found.extend(state.get(key).map(|stored| Found::Changed(Arc::clone(stored))));
                }
                Since::Deleted(key) if key.object_type == index => found.push(Found::Deleted(key.id.clone())),
                _ => {}
            }
        }
        let checkpoint = ChangeEvent::Checkpoint(watermark(incarnation, state.sequence));
        let object_type = type_state.object_type().clone();
        drop(inner);
        let events = found.into_iter().enumerate().map(move |(position, found)| {
            if position % OBJECTS_BETWEEN_CHECKS == 0 {
                context.check("changes")?;
            }
            Ok(ChangeEvent::Change(match found {
                Found::Changed(stored) => Change::Upsert(view.object(&stored)),
                Found::Deleted(id) => {
                    Change::Deleted { object_type: object_type.clone(), id: SourceId::new(id.as_str()) }
                }
            }))
        });
        Ok(Box::pin(stream::iter(until_error(events.chain(std::iter::once(Ok(checkpoint)))))))
    }
}

#[async_trait]
impl Target for MemoryDirectory {
    /// Does all writes before it returns; the stream only hands the outcomes over. A batch of more than
    /// [`BATCH_MAX`] writes is refused whole.
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let refusal = if writes.len() > BATCH_MAX {
            let message = format!("{} writes at once, more than {BATCH_MAX}", writes.len());
            Some(Failure::new(ErrorKind::TooLarge, message))
        } else {
            // Nothing was sent, so there is nothing to look up before trying again.
            let check = context.check("apply").err();
            check.map(|error| error.failure().clone().with_retry(Retry::Later { after: None }))
        };
        let outcomes = match refusal {
            Some(failure) => writes.iter().map(|it| (it.id, Outcome::Rejected(failure.clone()))).collect(),
            None => self.write_all(&writes),
        };
        Box::pin(stream::iter(outcomes))
    }
}

enum Found {
    Changed(Arc<Stored>),
    Deleted(Text),
}

/// Which attributes a reader sees: those that it asked for and that may be read.
struct View {
    layout: Arc<Layout>,
    readable: Vec<String>,
}

impl View {
    fn new(type_state: &TypeState, layout: Arc<Layout>) -> Self {
        // Parts of complex attributes are taken from the whole ones.
        let asked = layout.whole_names().into_iter().map(|it| it.as_str().to_owned());
        let is_readable =
            |name: &String| type_state.layout.slot(name).is_some_and(|it| type_state.is_readable(it));
        Self { readable: asked.filter(is_readable).collect(), layout }
    }

    fn object(&self, stored: &Stored) -> Object {
        let readable = self.readable.iter().map(String::as_str);
        let attributes = readable.filter_map(|name| Some((name, stored.attributes.get(name)?.clone())));
        object(self.layout.object_type(), stored, attributes)
    }
}

impl TypeState {
    /// Finds the objects that have one of these values, each once.
    fn with_values(
        &self,
        layout: &Layout,
        attribute: &AttrName,
        values: &[Value],
    ) -> Result<Vec<Arc<Stored>>> {
        let is_part = |it: Slot| layout.attribute(it).path.is_some();
        let slot = self.layout.slot(attribute.as_str()).filter(|it| self.is_readable(*it));
        let Some(slot) = slot.filter(|_| !layout.slot(attribute.as_str()).is_some_and(is_part)) else {
            return Err(unsupported(format!("objects are not found by `{attribute}`")));
        };
        let rule = CompareRule::of(self.layout.attribute(slot));
        let mut found: BTreeMap<&str, &Arc<Stored>> = BTreeMap::new();
        if let Some(unique) = self.unique.iter().find(|it| it.slot == slot) {
            let holders = values.iter().filter_map(|it| unique.holder(it.borrow()));
            found.extend(holders.filter_map(|id| Some((&**id, self.objects.get(id)?))));
        } else {
            let keys: BTreeSet<String> = values.iter().map(|it| rule.key(it.borrow())).collect();
            let has = |stored: &&Arc<Stored>| {
                let held = stored.attributes.get(attribute.as_str());
                held.is_some_and(|held| held.iter().any(|it| keys.contains(&rule.key(it))))
            };
            found.extend(self.objects.values().filter(has).map(|it| (&*it.id, it)));
        }
        Ok(found.into_values().cloned().collect())
    }
}

fn unsupported(message: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, "read", message)
}

impl Inner {
    fn readable(&self, operation: &'static str) -> Result<()> {
        self.usable().map_err(|failure| ConnectorError::new(failure.kind, operation, failure.message))
    }

    fn type_index(&self, query: &ReadQuery, operation: &'static str) -> Result<TypeIndex> {
        let object_type = query.object_type();
        self.state.type_index(object_type.as_str()).ok_or_else(|| {
            let message = format!("there is no object type `{object_type}`");
            ConnectorError::new(ErrorKind::SchemaViolation, operation, message)
        })
    }
}

/// Ends after the first error.
fn until_error<T>(events: impl Iterator<Item = Result<T>>) -> impl Iterator<Item = Result<T>> {
    let mut failed = false;
    events.take_while(move |event| {
        let ended = failed;
        failed = event.is_err();
        !ended
    })
}
