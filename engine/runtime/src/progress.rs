//! How far is a run, and how long will it take?

use std::time::Duration;

use provisio_model::Timestamp;

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

    /// Estimates how long it will still take, if what is left goes as fast as what is done.
    pub fn remaining(&self) -> Option<Duration> {
        let Phase::Applying { began, finished, total, .. } = self.phase else { return None };
        let left = total.saturating_sub(finished);
        if finished == 0 {
            return (left == 0).then_some(Duration::ZERO);
        }
        let seconds = self.at.since(began).as_secs_f64() / finished as f64 * left as f64;
        Duration::try_from_secs_f64(seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        let at = |second, finished| {
            let began = Timestamp::from_second(0);
            let phase = Phase::Applying { began, finished, total: 100, under_way: 0 };
            Progress::applying(Timestamp::from_second(second), phase).remaining()
        };
        assert_eq!(at(0, 0), None, "nothing is known yet");
        assert_eq!(at(10, 20), Some(Duration::from_secs(40)));
        assert_eq!(at(60, 100), Some(Duration::ZERO));
        assert_eq!(Progress::reading(Timestamp::from_second(1), "source", 7).remaining(), None);
    }
}
