//! Which job is next?
//!
//! Several workers, in one process or in many, each with a [`Fleet`] of the same jobs on a shared store, divide the work
//! among themselves: each takes the job that has waited longest and that nobody works on. There is no coordinator: who
//! works on what is known by the leases in the store.

use std::sync::Arc;
use std::time::Duration;

use provisio_connector::Context;
use provisio_model::Timestamp;
use provisio_planner::Released;

use crate::error::RunError;
use crate::job::{Cycle, Job};
use crate::store::{JobId, StateStore, StoreError, Tenure};

/// How long a worker without work waits at most before it looks again: somebody may have released a job early.
pub const LOOKED_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// Jobs that are run again and again, by whoever is free.
pub struct Fleet {
    store: Arc<dyn StateStore>,
    jobs: Vec<(Job, Duration)>,
}

/// What a worker did.
#[derive(Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Turn {
    /// It ran a job.
    Ran {
        /// Which one.
        job: JobId,
        /// What came of it.
        result: Result<Cycle, RunError>,
    },
    /// No job is due that nobody else works on.
    Idle {
        /// When to look again.
        until: Timestamp,
    },
}

impl Fleet {
    /// Makes a fleet without jobs. The store is that of its jobs.
    pub fn new(store: Arc<dyn StateStore>) -> Self {
        Self { store, jobs: Vec::new() }
    }

    /// Adds a job that is run again when `interval` has passed since somebody's last run of it.
    #[must_use]
    pub fn with(mut self, job: Job, interval: Duration) -> Self {
        self.jobs.push((job, interval));
        self
    }

    /// Runs the job that has been due longest and that nobody works on, if there is one. A job that never ran has
    /// waited longer than any that did.
    ///
    /// # Errors
    /// When the store does not tell who works on what. That a job failed is no error here, but [`Turn::Ran`].
    pub async fn turn(&self, context: &Context, released: Released) -> Result<Turn, StoreError> {
        let now = context.now();
        let records = self.store.jobs(now).await?;
        let mut due: Vec<(Duration, &Job)> = Vec::new();
        let mut until = now.plus(LOOKED_AGAIN_AFTER);
        for (job, interval) in &self.jobs {
            let tenure = records.iter().find(|it| it.job == *job.id()).map(|it| &it.tenure);
            match tenure {
                None | Some(Tenure::Vacant) => due.push((Duration::MAX, job)),
                Some(Tenure::Free { since }) => match since.checked_sub(*interval) {
                    Some(waiting) => due.push((waiting, job)),
                    None => until = until.min(now.plus(interval.saturating_sub(*since))),
                },
                Some(Tenure::Held { remaining, .. }) => until = until.min(now.plus(*remaining)),
            }
        }
        // Stable: among equals the order in which they were added.
        due.sort_by_key(|(waiting, _)| std::cmp::Reverse(*waiting));
        for (_, job) in due {
            match job.run(context, released).await {
                Err(RunError::Leased { remaining, .. }) => until = until.min(now.plus(remaining)),
                result => return Ok(Turn::Ran { job: job.id().clone(), result }),
            }
        }
        Ok(Turn::Idle { until })
    }

    /// Takes turns until it is cancelled; `report` hears of each job that was run. A store that cannot be reached is
    /// asked again.
    pub async fn work(
        &self,
        context: &Context,
        released: Released,
        mut report: impl FnMut(&JobId, &Result<Cycle, RunError>),
    ) {
        while !context.cancel().is_cancelled() {
            let until = match self.turn(context, released).await {
                Ok(Turn::Ran { job, result }) => {
                    report(&job, &result);
                    continue;
                }
                Ok(Turn::Idle { until }) => until,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the jobs cannot be listed");
                    context.now().plus(LOOKED_AGAIN_AFTER)
                }
            };
            context.clock().sleep_until(until).await;
        }
    }
}
