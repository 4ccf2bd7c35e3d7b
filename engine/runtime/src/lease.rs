//! Holding the lease of a job while one works on it.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, poll_fn, select};
use provisio_connector::Clock;
use provisio_model::{Text, Timestamp};

use crate::error::RunError;
use crate::event::{Event, Observer};
use crate::store::{Fence, JobId, Lease, StateStore, StoreError};
use crate::telemetry;

/// The shortest time for which a lease is taken.
pub const LEASE_TTL_MIN: Duration = Duration::from_secs(1);

/// A renewal that failed, since the store cannot be reached, is tried again after this part of the time of the lease.
const PARTS_BETWEEN_TRIES: u32 = 16;

/// How a job holds its lease while it works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeaseSettings {
    /// Says to people who holds it.
    pub holder: Text,
    /// How long a lease is good without being renewed, at least [`LEASE_TTL_MIN`]. It is renewed at half of it. The job
    /// of a worker that died waits that long for the next one; and a worker that is cut off from the store stops before
    /// it is over. Longer than a target may take over one write, since a write under way cannot be called back.
    pub ttl: Duration,
}

impl LeaseSettings {
    /// Makes settings.
    pub fn new(holder: impl AsRef<str>, ttl: Duration) -> Self {
        Self { holder: Text::new(holder), ttl: ttl.max(LEASE_TTL_MIN) }
    }
}

/// `provisio`, one minute.
impl Default for LeaseSettings {
    fn default() -> Self {
        Self::new("provisio", Duration::from_secs(60))
    }
}

/// A lease that is held, and kept.
pub(crate) struct Held<'a> {
    lease: Lease,
    store: &'a dyn StateStore,
    clock: &'a dyn Clock,
    observer: &'a dyn Observer,
    ttl: Duration,
    times: Mutex<Times>,
}

/// By the clock of the holder, counted from before the store was asked: never later than in the store.
#[derive(Clone, Copy)]
struct Times {
    renew_at: Timestamp,
    sure_until: Timestamp,
}

impl<'a> Held<'a> {
    /// Takes the lease of a job.
    pub(crate) async fn take(
        job: &JobId,
        settings: &LeaseSettings,
        store: &'a dyn StateStore,
        clock: &'a dyn Clock,
        observer: &'a dyn Observer,
    ) -> Result<Self, RunError> {
        let ttl = settings.ttl.max(LEASE_TTL_MIN);
        let now = clock.now();
        let lease = store.lease(job, &settings.holder, ttl, now).await?;
        let times = Mutex::new(Times::from(now, ttl));
        let held = Self { lease, store, clock, observer, ttl, times };
        let Lease { job, fence, .. } = &held.lease;
        held.tell(&Event::LeaseTaken { job, fence: *fence, holder: &settings.holder });
        Ok(held)
    }

    /// Returns what a commit under this lease names.
    pub(crate) fn fence(&self) -> Fence {
        self.lease.fence
    }

    /// Does the work while the lease is held. Work is dropped where it stands when the lease is lost: nothing of it
    /// could be committed any more.
    pub(crate) async fn during<T>(
        &self,
        work: impl Future<Output = Result<T, RunError>>,
    ) -> Result<T, RunError> {
        // The work first: where everything is ready at once, as with a virtual clock, no time passes for the lease.
        let result = match select(pin!(work), pin!(self.keep())).await {
            Either::Left((result, _)) => result,
            Either::Right((lost, _)) => Err(lost),
        };
        let Lease { job, fence, .. } = &self.lease;
        match &result {
            Err(RunError::LeaseLost { .. }) => self.tell(&Event::LeaseLost { job, fence: *fence }),
            _ => {
                // Should it fail, the lease ends when its time is over.
                if self.store.release(&self.lease, self.clock.now()).await.is_ok() {
                    self.tell(&Event::LeaseReleased { job, fence: *fence });
                }
            }
        }
        result
    }

    /// Renews the lease while somebody else waits; ends when it is lost.
    async fn keep(&self) -> RunError {
        loop {
            let renew_at = self.times().renew_at;
            self.clock.sleep_until(renew_at).await;
            if let Err(lost) = self.ensure().await {
                return lost;
            }
            // A clock that lets no time pass must not keep the work waiting.
            give_way().await;
        }
    }

    /// Makes sure that the lease is held now: renews it when half of its time is over. To be called before anything is
    /// written.
    ///
    /// # Errors
    /// When it is lost, or may be.
    pub(crate) async fn ensure(&self) -> Result<(), RunError> {
        let now = self.clock.now();
        if now < self.times().renew_at {
            return Ok(());
        }
        match self.store.renew(&self.lease, self.ttl, now).await {
            Ok(()) => {
                *self.times() = Times::from(now, self.ttl);
                Ok(())
            }
            Err(error @ StoreError::LeaseLost { .. }) => Err(error.into()),
            Err(_) => {
                let now = self.clock.now();
                let mut times = self.times();
                if times.sure_until <= now {
                    return Err(RunError::LeaseLost { job: self.lease.job.clone() });
                }
                times.renew_at = now.plus(self.ttl / PARTS_BETWEEN_TRIES).min(times.sure_until);
                Ok(())
            }
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: &Event<'_>) {
        telemetry::emit(event);
        self.observer.event(event);
    }
}

impl Times {
    fn from(now: Timestamp, ttl: Duration) -> Self {
        Self { renew_at: now.plus(ttl / 2), sure_until: now.plus(ttl) }
    }
}

/// Lets others go on once.
async fn give_way() {
    let mut is_first = true;
    poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}
