//! A target as a job has it: remembered between cycles, listed or looked up, and only as fast as it bears.

#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

mod pace;
mod remembered;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use provisio::connector::{
    CheckReport, Clock as _, Connector, ConnectorInfo, Context, OutcomeStream, ReadQuery, ReadStream, Result,
    Source, Target, Wanted,
};
use provisio::model::{Capabilities, ErrorKind, Failure, Outcome, Rate, Retry, Schema, Timestamp, Write};
use provisio_memory::MemoryDirectory;
use provisio_testkit::rig::VirtualClock;

/// A directory of which is known what it was asked, and when.
struct Watched {
    inner: Arc<MemoryDirectory>,
    clock: Arc<VirtualClock>,
    /// Whether reads may ask for single objects.
    can_be_asked: AtomicBool,
    /// Whether answers to writes say what the object holds.
    tells: AtomicBool,
    /// It refuses so many writes from now on, to be sent again after this time.
    refuses: Mutex<(usize, Option<Duration>)>,
    rate: Option<Rate>,
    batch_max: usize,
    concurrency_max: usize,
    /// How often it was read: in full, by ids, by values.
    listings: AtomicUsize,
    ids: AtomicUsize,
    values: AtomicUsize,
    /// When `apply` was called, and with how many writes.
    calls: Mutex<Vec<(Timestamp, usize)>>,
}

impl Watched {
    fn new(schema: Schema, clock: &Arc<VirtualClock>) -> Self {
        Self {
            inner: Arc::new(MemoryDirectory::new(schema)),
            clock: Arc::clone(clock),
            can_be_asked: AtomicBool::new(true),
            tells: AtomicBool::new(true),
            refuses: Mutex::default(),
            rate: None,
            batch_max: 1,
            concurrency_max: 1,
            listings: AtomicUsize::default(),
            ids: AtomicUsize::default(),
            values: AtomicUsize::default(),
            calls: Mutex::default(),
        }
    }

    /// How often it was read since this was asked last: in full, how many ids, how many values.
    fn reads(&self) -> (usize, usize, usize) {
        let take = |it: &AtomicUsize| it.swap(0, Ordering::Relaxed);
        (take(&self.listings), take(&self.ids), take(&self.values))
    }

    fn calls(&self) -> Vec<(Timestamp, usize)> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refuse(&self, writes: usize, after: Option<Duration>) {
        *self.refuses.lock().unwrap_or_else(PoisonError::into_inner) = (writes, after);
    }
}

#[async_trait]
impl Connector for Watched {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        let can_be_asked = self.can_be_asked.load(Ordering::Relaxed);
        (capabilities.read_by_id, capabilities.read_by_value) = (can_be_asked, can_be_asked);
        (capabilities.batch_max, capabilities.concurrency_max) = (self.batch_max, self.concurrency_max);
        capabilities.rate = self.rate;
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
impl Source for Watched {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        match &query.wanted {
            Wanted::WithIds(ids) => self.ids.fetch_add(ids.len(), Ordering::Relaxed),
            Wanted::WithValues { values, .. } => self.values.fetch_add(values.len(), Ordering::Relaxed),
            _ => self.listings.fetch_add(1, Ordering::Relaxed),
        };
        self.inner.read(context, query).await
    }
}

#[async_trait]
impl Target for Watched {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let call = (self.clock.now(), writes.len());
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        {
            let mut refuses = self.refuses.lock().unwrap_or_else(PoisonError::into_inner);
            if refuses.0 > 0 {
                refuses.0 -= 1;
                let retry = Retry::Later { after: refuses.1 };
                let failure = Failure::new(ErrorKind::RateLimited, "429").with_retry(retry);
                let refused = writes.iter().map(|it| (it.id, Outcome::Rejected(failure.clone())));
                return Box::pin(stream::iter(refused.collect::<Vec<_>>()));
            }
        }
        let mut outcomes: Vec<_> = self.inner.apply(context, writes).await.collect().await;
        for (_, outcome) in &mut outcomes {
            if let Outcome::Applied(applied) = outcome
                && !self.tells.load(Ordering::Relaxed)
            {
                applied.observed = None;
            }
        }
        Box::pin(stream::iter(outcomes))
    }
}
