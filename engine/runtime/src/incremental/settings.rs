//! What do cycles start from, and when is everything read all the same?

use std::time::Duration;

use provisio_model::ObjectType;
use provisio_planner::{SelectionLimits, TargetKnowledge, WhyFull};

use crate::control::QuarantineSettings;

/// For how long a target is known as remembered at most. What others do to it in the meantime is not seen.
pub const REMEMBERED_FOR_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What the cycles of a job start from.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CycleSettings {
    /// What a cycle reads.
    pub from: StartFrom,
    /// How a cycle from changes knows the target. One from everything always lists it.
    ///
    /// * [`TargetKnowledge::Listing`]: it is read in full, once for each type that is asked about, and what the cycle
    ///   touches is taken from that.
    /// * [`TargetKnowledge::LookUp`]: objects are asked for one by one. A target that cannot be asked for single objects has
    ///   everything read in each cycle.
    /// * [`TargetKnowledge::Remembered`]: what the target last said of an object is taken for true; only what is not
    ///   remembered, and whatever something is to be taken away from, is asked for. A target that cannot be asked leaves
    ///   the former to the next cycle that reads everything, and the latter makes the cycle read everything.
    pub target: TargetKnowledge,
    /// After this time everything is read, whatever changed: only then is seen what others did to the target. One that is
    /// known as remembered is read in full after [`REMEMBERED_FOR_MAX`] at the latest.
    pub full_every: Duration,
    /// After this time without a cycle that came to its end, an alert says that changes are not read on.
    pub stuck_after: Duration,
    /// How many objects a cycle from changes may reach before reading everything is cheaper.
    pub limits: SelectionLimits,
    /// When the job goes into quarantine.
    pub quarantine: QuarantineSettings,
}

impl CycleSettings {
    /// Reads everything in each cycle.
    pub fn everything() -> Self {
        Self {
            from: StartFrom::Everything,
            target: TargetKnowledge::Listing,
            full_every: Duration::from_secs(24 * 60 * 60),
            stuck_after: Duration::from_secs(2 * 24 * 60 * 60),
            limits: SelectionLimits::default(),
            quarantine: QuarantineSettings::default(),
        }
    }

    /// Reads what changed, and everything once a day.
    pub fn changes() -> Self {
        Self { from: StartFrom::Changes, target: TargetKnowledge::LookUp, ..Self::everything() }
    }

    /// Knows the target in this way.
    #[must_use]
    pub fn with_target(mut self, target: TargetKnowledge) -> Self {
        self.target = target;
        self
    }

    /// Returns after which time everything is read, whatever changed.
    pub fn full_after(&self) -> Duration {
        match self.target {
            TargetKnowledge::Remembered => self.full_every.min(REMEMBERED_FOR_MAX),
            TargetKnowledge::Listing | TargetKnowledge::LookUp => self.full_every,
        }
    }

    /// Reads everything after this time.
    #[must_use]
    pub fn with_full_every(mut self, full_every: Duration) -> Self {
        self.full_every = full_every;
        self
    }
}

/// Everything is read in each cycle.
impl Default for CycleSettings {
    fn default() -> Self {
        Self::everything()
    }
}

/// What a cycle starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartFrom {
    /// Both sides are read in full.
    #[default]
    Everything,
    /// What changed in the source since the last cycle, and what it reaches. Where a source does not tell what changed,
    /// it is read in full and compared with what is remembered of it. How the target is known is a setting of its own:
    /// [`CycleSettings::target`].
    Changes,
}

/// Why a cycle reads everything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WhyEverything {
    /// The job is set so.
    #[error("the job reads everything in each cycle")]
    Setting,
    /// Nothing is remembered yet: it is the initial cycle.
    #[error("it is the first cycle")]
    Initial,
    /// The last one that read everything is too long ago.
    #[error("the last full cycle is too long ago")]
    Due,
    /// The target cannot be asked for single objects.
    #[error("the target cannot be asked for single objects by id and by value")]
    NoLookUp,
    /// What target objects hold is not remembered yet.
    #[error("nothing is remembered of the target yet")]
    NothingRemembered,
    /// Something is to be taken away from objects that are only remembered, and the target cannot be asked for them.
    #[error("something is to be taken away from {objects} objects that are only remembered")]
    OnlyRemembered {
        /// How many.
        objects: usize,
    },
    /// The feed does not reach back to the last cycle.
    #[error("the source's changes of `{0}` since the last cycle are not known any more")]
    FeedExpired(ObjectType),
    /// What changed could not be read.
    #[error("the source's changes of `{0}` could not be read")]
    FeedFailed(ObjectType),
    /// The changes cannot be planned from.
    #[error("{0}")]
    Plan(#[from] WhyFull),
}
