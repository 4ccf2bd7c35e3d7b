//! The two systems and the store of a simulation: everything in between may fail, at any step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::stream;
use provisio::Generation;
use provisio::connector::{
    CheckReport, Clock as _, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream, ReadEvent,
    ReadQuery, ReadStream, Result, Source, Target, Wanted,
};
use provisio::incremental::{SourceKey, TargetKey};
use provisio::model::{
    Capabilities, Completeness, ErrorKind, Failure, Object, ObjectType, Outcome, Rate, Retry, Schema, Text,
    Timestamp, Write, WriteId,
};
use provisio::store::{
    Digests, Head, JobId, JobRecord, Lease, MemoryStore, Recall, Recalled, State, StateChange, StateStore,
    StoreError,
};

use super::habits::Odd;
use crate::chance::Chance;
use crate::fault::stream::{break_off, garble, refuse_all};
use crate::rig::{StateSource, VirtualClock};

/// What is the same for all parts of one simulation.
pub(super) struct Weather {
    pub(super) chance: Chance,
    pub(super) clock: Arc<VirtualClock>,
    /// Whether anything goes wrong.
    pub(super) is_rough: AtomicBool,
    /// The process of the current run is dead: nothing that it asks for happens.
    pub(super) is_dead: AtomicBool,
}

impl Weather {
    fn is_rough(&self) -> bool {
        self.is_rough.load(Ordering::Relaxed)
    }

    fn strikes(&self, percent: u64) -> bool {
        self.is_rough() && self.chance.percent(percent)
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    fn die(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
    }
}

/// Requests that are made at once are answered one after the other in virtual time, and so seem to be made later.
const JITTER: Duration = Duration::from_secs(10);

/// What a target held, and since when.
type Past = Vec<(Timestamp, Vec<Object>)>;

/// A target between which and the engine everything may fail. Its reads may show what was some time ago.
pub(super) struct RoughTarget {
    pub(super) odd: Odd,
    pub(super) weather: Arc<Weather>,
    pub(super) types: Vec<ObjectType>,
    pub(super) batch_max: usize,
    pub(super) concurrency_max: usize,
    pub(super) lag_seconds: u32,
    /// Whether reads may ask for single objects.
    pub(super) can_be_asked: bool,
    pub(super) rate: Option<Rate>,
    past: Mutex<Past>,
    /// When each request of a run was made.
    requests: Mutex<Vec<Timestamp>>,
}

impl RoughTarget {
    pub(super) fn new(odd: Odd, weather: Arc<Weather>, types: Vec<ObjectType>) -> Self {
        let batch_max = [1, 2, 5][weather.chance.below(3) as usize];
        let concurrency_max = [1, 1, 3][weather.chance.below(3) as usize];
        let lag_seconds = [0, 0, 30][weather.chance.below(3) as usize];
        let target = Self {
            odd,
            weather,
            types,
            batch_max,
            concurrency_max,
            lag_seconds,
            can_be_asked: true,
            rate: None,
            past: Mutex::default(),
            requests: Mutex::default(),
        };
        target.remember();
        target
    }

    fn objects(&self) -> Vec<Object> {
        self.types.iter().flat_map(|it| self.odd.inner.objects(it.as_str())).collect()
    }

    /// A run begins.
    pub(super) fn begin(&self) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Tells whether the requests of a run kept the rate, as a whole; how many were too many, if not.
    pub(super) fn kept_its_rate(&self) -> std::result::Result<(), String> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(rate), Some(first), Some(last)) = (self.rate, requests.iter().min(), requests.iter().max())
        else {
            return Ok(());
        };
        let most = u64::from(rate.burst)
            + (last.since(*first) + JITTER).as_nanos() as u64 / rate.interval().as_nanos().max(1) as u64;
        if requests.len() as u64 <= most {
            return Ok(());
        }
        Err(format!("{} requests from {first} to {last}, and at most {most} may be", requests.len()))
    }

    /// Notes how the target is now.
    pub(super) fn remember(&self) {
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.push((self.weather.clock.now(), self.objects()));
    }

    /// Does writes, in the way of this target.
    fn write_all(&self, writes: Vec<Write>) -> Vec<(WriteId, Outcome)> {
        let outcomes = self.odd.write_all(writes, self.weather.clock.now(), || self.weather.strikes(8));
        self.remember();
        outcomes
    }

    /// Returns what a read shows: what is, or what was within the lag.
    fn shown(&self) -> Vec<Object> {
        let now = self.weather.clock.now();
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let lag = Duration::from_secs(u64::from(self.lag_seconds));
        // What was true at any moment since `now - lag`.
        let first = past.iter().rposition(|(since, _)| since.plus(lag) <= now).unwrap_or(0);
        let recent = &past[first..];
        let at = if self.lag_seconds == 0 || !self.weather.is_rough() {
            recent.len() - 1
        } else {
            self.weather.chance.below(recent.len() as u64) as usize
        };
        recent.get(at).map(|(_, objects)| objects.clone()).unwrap_or_default()
    }
}

#[async_trait]
impl Connector for RoughTarget {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "rough", system: Text::new("target") }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.odd.inner.capabilities();
        capabilities.batch_max = self.batch_max;
        capabilities.concurrency_max = self.concurrency_max;
        capabilities.read_lag_seconds = self.lag_seconds;
        capabilities.read_by_id &= self.can_be_asked;
        capabilities.read_by_value &= self.can_be_asked;
        capabilities.rate = self.rate;
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        if self.weather.strikes(2) {
            return Err(ConnectorError::new(ErrorKind::Unreachable, "schema", "the line is down"));
        }
        self.odd.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.odd.inner.check(context).await
    }
}

#[async_trait]
impl Source for RoughTarget {
    async fn read<'a>(&'a self, _context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let wanted = query.wanted.clone();
        let of_type = self.shown().into_iter().filter(|it| it.object_type == *query.object_type());
        let objects = of_type.filter(|it| match &wanted {
            Wanted::WithIds(ids) => ids.contains(&it.id),
            // More may be delivered than is wanted.
            _ => true,
        });
        read(&self.weather, objects.collect())
    }
}

/// Streams objects; the stream may be refused, cut off or lack one.
fn read<'a>(weather: &Weather, objects: Vec<Object>) -> Result<ReadStream<'a>> {
    if weather.is_dead() || weather.strikes(3) {
        return Err(ConnectorError::new(ErrorKind::Unreachable, "read", "the line is down"));
    }
    let mut events: Vec<Result<ReadEvent>> =
        objects.into_iter().map(|it| Ok(ReadEvent::Object(it))).collect();
    if weather.strikes(4) && !events.is_empty() {
        let at = weather.chance.below(events.len() as u64) as usize;
        garble(&mut events, at);
    }
    events.push(Ok(ReadEvent::Complete(Completeness::declared("everything"))));
    if weather.strikes(6) {
        let at = weather.chance.below(events.len() as u64) as usize;
        break_off(&mut events, at, weather.chance.percent(50));
    }
    Ok(Box::pin(stream::iter(events)))
}

/// What happens to one batch of writes.
enum Fortune {
    Fine,
    RateLimited(u64),
    Refused(ErrorKind),
    LostBefore,
    LostAfter,
    /// So many are done and answered, of the others nothing is heard.
    CutOff(usize),
    /// The process dies: so many were done, and nothing is heard of any.
    Dies(usize),
}

#[async_trait]
impl Target for RoughTarget {
    async fn apply<'a>(&'a self, _context: &'a Context, mut writes: Vec<Write>) -> OutcomeStream<'a> {
        let now = self.weather.clock.now();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(now);
        let now = now.plus(Duration::from_secs(self.weather.chance.below(3)));
        self.weather.clock.sleep_until(now).await;
        if self.weather.is_dead() {
            return Box::pin(stream::empty());
        }
        let count = writes.len();
        let some = || self.weather.chance.below(count as u64 + 1) as usize;
        let fortune = if !self.weather.is_rough() {
            Fortune::Fine
        } else {
            match self.weather.chance.below(100) {
                0..6 => Fortune::RateLimited(1 + self.weather.chance.below(120)),
                6..10 => Fortune::Refused(ErrorKind::Unreachable),
                10..12 => Fortune::Refused(ErrorKind::Unexpected),
                12..16 => Fortune::LostBefore,
                16..20 => Fortune::LostAfter,
                20..24 => Fortune::CutOff(some()),
                24..27 => Fortune::Dies(some()),
                _ => Fortune::Fine,
            }
        };
        let refused = |failure: Failure| refuse_all(&writes, &failure);
        let later = |after| Retry::Later { after };
        let outcomes = match fortune {
            Fortune::RateLimited(seconds) => {
                let after = Some(Duration::from_secs(seconds));
                refused(Failure::new(ErrorKind::RateLimited, "429").with_retry(later(after)))
            }
            Fortune::Refused(kind) => refused(Failure::new(kind, "503").with_retry(later(None))),
            Fortune::LostBefore => Vec::new(),
            Fortune::Fine | Fortune::LostAfter => {
                let outcomes = self.write_all(writes);
                if matches!(fortune, Fortune::LostAfter) { Vec::new() } else { outcomes }
            }
            Fortune::CutOff(done) | Fortune::Dies(done) => {
                writes.truncate(done);
                let outcomes = self.write_all(writes);
                if let Fortune::Dies(_) = fortune {
                    self.weather.die();
                    Vec::new()
                } else {
                    outcomes
                }
            }
        };
        Box::pin(stream::iter(outcomes))
    }
}

/// A source whose reads may fail.
pub(super) struct RoughSource {
    pub(super) inner: Arc<StateSource>,
    pub(super) weather: Arc<Weather>,
}

#[async_trait]
impl Connector for RoughSource {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.inner.check(context).await
    }
}

#[async_trait]
impl Source for RoughSource {
    async fn read<'a>(&'a self, _context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let objects = self.inner.edit(|it| it.objects.clone());
        let of_type = objects.into_iter().filter(|it| it.object_type == *query.object_type());
        read(&self.weather, of_type.collect())
    }
}

/// A store whose process may die before or after any commit.
pub(super) struct RoughStore {
    pub(super) inner: Arc<MemoryStore>,
    pub(super) weather: Arc<Weather>,
}

impl RoughStore {
    fn alive(&self) -> std::result::Result<(), StoreError> {
        if self.weather.is_dead() {
            return Err(StoreError::Failed {
                operation: "write",
                place: Text::new("memory"),
                source: "the process is dead".into(),
            });
        }
        Ok(())
    }
}

#[async_trait]
impl StateStore for RoughStore {
    async fn load(&self, job: &JobId) -> std::result::Result<State, StoreError> {
        self.alive()?;
        self.inner.load(job).await
    }

    async fn head(&self, job: &JobId) -> std::result::Result<Head, StoreError> {
        self.alive()?;
        self.inner.head(job).await
    }

    async fn recall(&self, job: &JobId, asked: &[Recall]) -> std::result::Result<Vec<Recalled>, StoreError> {
        self.alive()?;
        self.inner.recall(job, asked).await
    }

    async fn known_sources(&self, job: &JobId) -> std::result::Result<Digests<SourceKey>, StoreError> {
        self.alive()?;
        self.inner.known_sources(job).await
    }

    async fn known_targets(&self, job: &JobId) -> std::result::Result<Digests<TargetKey>, StoreError> {
        self.alive()?;
        self.inner.known_targets(job).await
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> std::result::Result<Generation, StoreError> {
        if self.weather.strikes(2) {
            self.weather.die();
        }
        self.alive()?;
        let committed = self.inner.commit(job, expected, change).await?;
        if self.weather.strikes(2) {
            self.weather.die();
        }
        self.alive()?;
        Ok(committed)
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
        self.alive()?;
        self.inner.renew(lease, ttl, now).await
    }

    /// Also for a process that is dead: the next one need not wait for the end of the lease.
    async fn release(&self, lease: &Lease, now: Timestamp) -> std::result::Result<(), StoreError> {
        self.inner.release(lease, now).await
    }

    async fn jobs(&self, now: Timestamp) -> std::result::Result<Vec<JobRecord>, StoreError> {
        self.inner.jobs(now).await
    }
}
