//! The connectors and the store of a rig: what can be interrupted, and how.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use provisio::Generation;
use provisio::connector::{
    CancelToken, CheckReport, Connector, ConnectorInfo, Context, OutcomeStream, ReadEvent, ReadQuery,
    ReadStream, Result, Source, Target, Wanted,
};
use provisio::incremental::{SourceKey, TargetKey};
use provisio::model::{
    AttrName, AttributeDelta, Capabilities, Completeness, ErrorKind, Failure, Incomplete, Object, ObjectType,
    Schema, Text, Timestamp, Value, Values, ValuesChange, Write, WriteAction,
};
use provisio::store::{
    Digests, Head, JobId, JobRecord, Lease, MemoryStore, Recall, Recalled, State, StateChange, StateStore,
    StoreError,
};
use provisio_memory::MemoryDirectory;

use crate::world::SystemState;

/// What goes wrong in one run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interruption {
    /// Nothing.
    #[default]
    None,
    /// The run is told to stop after so many writes.
    StopAfterWrites(u64),
    /// This write, counted from 0, is done, and its answer is lost.
    LoseAnswer(u64),
    /// This write, counted from 0, is lost, and so is its answer.
    LoseWrite(u64),
    /// This commit of the state, counted from 0, and all later ones fail: the process was killed before it.
    FailCommit(u64),
}

/// What a target makes of the texts that it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetForm {
    /// It keeps them as they are.
    #[default]
    AsSent,
    /// It takes space at both ends away.
    Trimmed,
    /// It keeps lower case alone.
    LowerCase,
    /// It keeps so many characters.
    CutTo(usize),
    /// It keeps something of its own instead, whatever it is sent.
    Replaced(&'static str),
}

impl TargetForm {
    /// Returns what is kept of a text.
    pub fn keep(self, text: &str) -> String {
        match self {
            Self::AsSent => text.to_owned(),
            Self::Trimmed => text.trim().to_owned(),
            Self::LowerCase => text.to_lowercase(),
            Self::CutTo(most) => text.chars().take(most).collect(),
            Self::Replaced(other) => other.to_owned(),
        }
    }

    fn values(self, values: &Values) -> Option<Values> {
        let kept = values.as_slice().iter().map(|it| match it {
            Value::Text(text) => Value::from(self.keep(text)),
            other => other.clone(),
        });
        Values::from_many(kept)
    }

    fn delta(self, delta: &mut AttributeDelta) {
        if let ValuesChange::Set(values) | ValuesChange::Add(values) = &mut delta.change
            && let Some(kept) = self.values(values)
        {
            *values = kept;
        }
    }

    /// Changes the texts of these attributes in a write.
    pub(crate) fn write(self, write: &mut Write, attributes: &[Text]) {
        let is_changed = |name: &AttrName| attributes.iter().any(|it| name.is(it));
        match &mut write.action {
            WriteAction::Create { attributes } => {
                let kept = attributes.iter().map(|(name, values)| {
                    let kept = if is_changed(name) { self.values(values) } else { None };
                    (name.clone(), kept.unwrap_or_else(|| values.clone()))
                });
                *attributes = kept.collect();
            }
            WriteAction::Update { deltas, .. } => {
                deltas.iter_mut().filter(|it| is_changed(&it.attribute)).for_each(|it| self.delta(it));
            }
            _ => {}
        }
    }
}

/// A source that reads a [`SystemState`].
pub struct StateSource(Mutex<SystemState>);

impl StateSource {
    /// Reads this state.
    pub fn new(state: SystemState) -> Self {
        Self(Mutex::new(state))
    }

    /// Changes what the next read gives.
    pub fn edit<R>(&self, change: impl FnOnce(&mut SystemState) -> R) -> R {
        change(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, SystemState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Connector for StateSource {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "test", system: Text::new("source") }
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::READ_ONLY
    }

    async fn schema(&self, _context: &Context) -> Result<Schema> {
        Ok(self.lock().schema.clone())
    }

    async fn check(&self, _context: &Context) -> Result<CheckReport> {
        Ok(CheckReport::default())
    }
}

#[async_trait]
impl Source for StateSource {
    async fn read<'a>(&'a self, _context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let state = self.lock();
        let objects: Vec<Object> = state.objects.clone();
        Ok(Box::pin(stream::iter(events(&state, query.object_type(), objects))))
    }
}

/// What a read of one type gives: the objects that the state lets be seen, and how it ends.
fn events(state: &SystemState, object_type: &ObjectType, objects: Vec<Object>) -> Vec<Result<ReadEvent>> {
    let mut events = Vec::new();
    for object in objects.into_iter().filter(|it| it.object_type == *object_type) {
        if state.is_read(&object) {
            events.push(Ok(ReadEvent::Object(object)));
        }
    }
    for id in state.unreadable_ids(object_type) {
        let failure = Failure::new(ErrorKind::InvalidValue, "cannot be read");
        events.push(Ok(ReadEvent::Unreadable { id: Some(id.clone()), failure }));
    }
    events.push(Ok(match state.incomplete.get(object_type) {
        Some(why) => ReadEvent::Incomplete(Incomplete::Doubtful(why.clone())),
        None => ReadEvent::Complete(Completeness::declared("everything that the test holds")),
    }));
    events
}

/// A directory that takes one write at a time and can be interrupted at any of them.
pub(super) struct Fragile {
    inner: Arc<MemoryDirectory>,
    reads: SystemState,
    interruption: Interruption,
    form: (TargetForm, Vec<Text>),
    can_be_asked: bool,
    cancel: CancelToken,
    writes: AtomicU64,
}

impl Fragile {
    pub(super) fn new(
        inner: Arc<MemoryDirectory>,
        reads: SystemState,
        interruption: Interruption,
        form: (TargetForm, Vec<Text>),
        can_be_asked: bool,
        cancel: CancelToken,
    ) -> Self {
        Self { inner, reads, interruption, form, can_be_asked, cancel, writes: AtomicU64::new(0) }
    }
}

#[async_trait]
impl Connector for Fragile {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.read_by_id &= self.can_be_asked;
        capabilities.read_by_value &= self.can_be_asked;
        if self.interruption != Interruption::None {
            capabilities.batch_max = 1;
            capabilities.concurrency_max = 1;
        }
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.inner.check(context).await
    }
}

#[async_trait]
impl Source for Fragile {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let is_open =
            |it: &SystemState| it.incomplete.is_empty() && it.hidden.is_empty() && it.unreadable.is_empty();
        if query.wanted != Wanted::All && is_open(&self.reads) {
            return self.inner.read(context, query).await;
        }
        let objects = self.inner.objects(query.object_type().as_str());
        Ok(Box::pin(stream::iter(events(&self.reads, query.object_type(), objects))))
    }
}

#[async_trait]
impl Target for Fragile {
    async fn apply<'a>(&'a self, context: &'a Context, mut writes: Vec<Write>) -> OutcomeStream<'a> {
        let (form, attributes) = &self.form;
        writes.iter_mut().for_each(|it| form.write(it, attributes));
        let at = self.writes.fetch_add(1, Ordering::Relaxed);
        if self.interruption == Interruption::LoseWrite(at) {
            return Box::pin(stream::empty());
        }
        let outcomes: Vec<_> = self.inner.apply(context, writes).await.collect().await;
        if self.interruption == Interruption::StopAfterWrites(at + 1) {
            self.cancel.cancel();
        }
        if self.interruption == Interruption::LoseAnswer(at) {
            return Box::pin(stream::empty());
        }
        Box::pin(stream::iter(outcomes))
    }
}

/// A store that dies at a commit.
pub(super) struct FailingStore {
    inner: Arc<MemoryStore>,
    interruption: Interruption,
    commits: AtomicU64,
}

impl FailingStore {
    pub(super) fn new(inner: Arc<MemoryStore>, interruption: Interruption) -> Self {
        Self { inner, interruption, commits: AtomicU64::new(0) }
    }
}

#[async_trait]
impl StateStore for FailingStore {
    async fn load(&self, job: &JobId) -> std::result::Result<State, StoreError> {
        self.inner.load(job).await
    }

    async fn head(&self, job: &JobId) -> std::result::Result<Head, StoreError> {
        self.inner.head(job).await
    }

    async fn recall(&self, job: &JobId, asked: &[Recall]) -> std::result::Result<Vec<Recalled>, StoreError> {
        self.inner.recall(job, asked).await
    }

    async fn known_sources(&self, job: &JobId) -> std::result::Result<Digests<SourceKey>, StoreError> {
        self.inner.known_sources(job).await
    }

    async fn known_targets(&self, job: &JobId) -> std::result::Result<Digests<TargetKey>, StoreError> {
        self.inner.known_targets(job).await
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> std::result::Result<Generation, StoreError> {
        let at = self.commits.fetch_add(1, Ordering::Relaxed);
        if let Interruption::FailCommit(first) = self.interruption
            && at >= first
        {
            return Err(StoreError::Failed {
                operation: "write",
                place: Text::new("memory"),
                source: "the process was killed".into(),
            });
        }
        self.inner.commit(job, expected, change).await
    }

    async fn lease(
        &self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> std::result::Result<Lease, StoreError> {
        self.inner.lease(job, holder, ttl, now).await
    }

    async fn renew(
        &self,
        lease: &Lease,
        ttl: Duration,
        now: Timestamp,
    ) -> std::result::Result<(), StoreError> {
        self.inner.renew(lease, ttl, now).await
    }

    /// Also for a process that was killed: the next run of a rig need not wait for the end of the lease.
    async fn release(&self, lease: &Lease, now: Timestamp) -> std::result::Result<(), StoreError> {
        self.inner.release(lease, now).await
    }

    async fn jobs(&self, now: Timestamp) -> std::result::Result<Vec<JobRecord>, StoreError> {
        self.inner.jobs(now).await
    }
}
