//! What has to be done after a few changes, in proportion to them?
//!
//! ([`Baseline`], [`Change`](provisio_model::Change)s) to [`Question`]s to [`Planned`](crate::Planned): the same
//! stages as for a full plan, over only those objects that the changes reach. Whatever a stage would have to know and
//! nobody asked for becomes a question; only when no question is left is there a plan. So nothing is concluded from
//! what was not read (R1), and the plan does what a full one would do.
//!
//! * [`Selection`]: the state machine that is driven;
//! * `question`: what can be asked, and the answers;
//! * `bounds`: when a full plan is made instead;
//! * `asked`: which questions wait for an answer;
//! * `baseline`, `footprint`: what the state of a job has to remember for it;
//! * `digest`, `totals`: what is remembered of objects where a source has no feed of changes, and for limits in percent;
//! * `evidence`: what was answered, and what the stages miss;
//! * `closure`: whoever is reached without changing;
//! * `foresight`: which references will be resolved;
//! * `progress`: what is drafted already while something is missed;
//! * `sight`: which operations must not rest on how a target object is remembered.

mod asked;
mod baseline;
mod bounds;
pub(crate) mod closure;
mod digest;
mod evidence;
mod footprint;
mod foresight;
mod progress;
mod question;
mod selection;
mod sight;
mod totals;

pub use baseline::{Baseline, Open, Remembered, Scoped, Standing, Totals};
pub use bounds::{SelectionLimits, WhyFull};
pub use evidence::Evidence;
pub(crate) use evidence::Recalled;
pub use footprint::{Footprint, MatchKey};
pub(crate) use progress::Progress;
pub use question::{Answer, AnswerError, Question, QuestionCounts, Sought, SourceKey, TargetKey};
pub use selection::{Found, Selection, Step};
pub use totals::Tally;
