//! How far is a run, and how long will it take?

use std::time::Duration;

use provisio_model::Timestamp;
use provisio_planner::execution::Effort;

/// After how many objects a read tells how far it is.
pub(crate) const OBJECTS_PER_REPORT: usize = 10_000;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// When that was so.
    pub at: Timestamp,
    /// What is done, and how much of it.
    pub phase: Phase,
}

/// What a run is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Objects are read; how many there are is not known before the end.
    Reading {
        /// `source` or `target`.
        side: &'static str,
        /// How many objects of the type under way.
        objects: usize,
    },
    /// A plan is carried out.
    Applying {
        /// When that began.
        began: Timestamp,
        /// How many operations have their fate.
        finished: usize,
        /// How many there are.
        total: usize,
        /// How many were sent and have no fate yet: the depth of the queue.
        under_way: usize,
        /// How many requests that took so far, and how many are left.
        effort: Effort,
    },
}

impl Progress {
    /// Reports how far a read is.
    pub fn reading(at: Timestamp, side: &'static str, objects: usize) -> Self {
        Self { at, phase: Phase::Reading { side, objects } }
    }

    /// Reports how far a plan is carried out.
    pub fn applying(at: Timestamp, phase: Phase) -> Self {
        Self { at, phase }
    }

    /// Estimates how long it will still take: as long for each request as so far, and not less than the target's rate
    /// and what it asked for when it refused.
    pub fn remaining(&self) -> Option<Duration> {
        let Phase::Applying { began, finished, total, effort, .. } = self.phase else { return None };
        if finished >= total || effort.requests_left == 0 {
            return Some(Duration::ZERO);
        }
        if effort.requests == 0 {
            return Some(effort.at_least).filter(|it| !it.is_zero());
        }
        let seconds =
            self.at.since(began).as_secs_f64() / effort.requests as f64 * effort.requests_left as f64;
        Duration::try_from_secs_f64(seconds).ok().map(|it| it.max(effort.at_least))
    }

    /// Estimates when it will be done, as [`Progress::remaining`] does.
    pub fn eta(&self) -> Option<Timestamp> {
        self.remaining().map(|it| self.at.plus(it))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remaining(second: i64, requests: u64, requests_left: u64, at_least: u64) -> Option<Duration> {
        let began = Timestamp::from_second(0);
        let effort = Effort::new(requests, requests_left, Duration::from_secs(at_least));
        let phase = Phase::Applying { began, finished: 1, total: 100, under_way: 0, effort };
        Progress::applying(Timestamp::from_second(second), phase).remaining()
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        assert_eq!(remaining(0, 0, 100, 0), None, "nothing is known yet");
        assert_eq!(remaining(10, 20, 80, 0), Some(Duration::from_secs(40)));
        assert_eq!(remaining(60, 100, 0, 0), Some(Duration::ZERO));
        assert_eq!(Progress::reading(Timestamp::from_second(1), "source", 7).remaining(), None);
    }

    #[test]
    fn what_is_left_does_not_go_faster_than_the_target_wants() {
        assert_eq!(remaining(0, 0, 100, 50), Some(Duration::from_secs(50)), "known before the first answer");
        assert_eq!(remaining(10, 20, 80, 90), Some(Duration::from_secs(90)));
        assert_eq!(remaining(10, 20, 80, 9), Some(Duration::from_secs(40)));
    }
}
