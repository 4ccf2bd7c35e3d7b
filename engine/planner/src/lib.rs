//! The pure core: what a source holds, what a target holds and what somebody wants become an ordered plan.
//!
//! [`plan`] is a function. It reads no clock, does no I/O and draws no random numbers; the same input gives the
//! same plan, byte for byte, whatever the order of its parts (R6). Its stages are modules, to be read in this
//! order:
//!
//! * `scope`: which source objects are in scope;
//! * `matching`: which target object belongs to which source object, by links first, then by matching
//!   attributes;
//! * `flow`: what a source object gives for one target attribute;
//! * `diff`: where that differs from what the target holds;
//! * `membership`: who joins and who leaves groups;
//! * `lifecycle`: what happens to target objects whose source object left;
//! * `limits`: what is held back until somebody says yes;
//! * `container`: what would end up within itself, or be left in a container that goes;
//! * `unique`: which values would clash, and which are exchanged;
//! * `order`: what must come before what.
//!
//! `rollback` plans the way back from what earlier cycles did; limits, unique values, containers and the order are those of
//! every plan.
//!
//! From changes alone, a [`Selection`] gathers what the same stages need, and no more.
//!
//! [`check`](fn@check) judges a plan independently of these stages; [`explain`](fn@explain) tells the story of one object;
//! [`execution::Execution`] is the second pure state machine, which carries a plan out.

mod blend;
mod check;
mod compile;
mod compiled;
mod container;
mod convert;
mod diff;
mod draft;
pub mod execution;
mod explain;
mod expressions;
mod finding;
mod fingerprint;
mod flow;
mod incremental;
mod input;
mod lifecycle;
mod limits;
mod lint;
mod matching;
mod membership;
mod memory;
mod oracle;
mod order;
mod parallel;
mod plan;
mod planning;
mod policy;
mod prefix;
mod preflight;
mod protect;
mod reference;
mod returning;
mod rollback;
mod scope;
mod sent;
mod situation;
mod sketch;
pub mod spec;
mod unique;
mod value_index;

pub use check::{Violation, ViolationKind, check};
pub use compile::{Compiled, compile, compile_both};
pub use compiled::CompiledSpec;
pub use explain::{
    AssignmentStory, ClauseStory, Explanation, FlowStory, GroupStory, MatchStory, ScopeStory, ScopeVerdict,
    Story, Unmanaged, explain,
};
pub use finding::{Finding, FindingKind, NoTemporary, Undecided, Unresolved};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use incremental::{
    Answer, AnswerError, Baseline, Evidence, Footprint, Found, MatchKey, Open, Question, QuestionCounts,
    Remembered, Scoped, Selection, SelectionLimits, Sought, SourceKey, Standing, Step, Tally, TargetKey,
    Totals, WhyFull,
};
pub use input::{PlanError, PlanInput, Released};
pub use lint::{LintRule, RULES as LINT_RULES, lint};
pub use memory::{
    Fact, Leaving, LeavingStep, LedgerEntry, Memory, MemoryChange, Note, NoteChange, Release, Remember, Sent,
    SentValue, Staged, Trigger, Unanswered,
};
pub use parallel::Threads;
pub use plan::{
    Action, ActionKind, After, Assignment, AttributeDifference, Bound, Change, ChangeWrite, Counts,
    FailedClause, Generation, Held, HeldOperation, LimitKind, MappingId, MembershipDifference,
    ObjectDifference, OpId, Operation, Outlook, PartTooLarge, Plan, PlanDifference, PlanText, PlannedMapping,
    PlannedValues, Reason, Referent, SkipReason, Skipped, Subject, TargetKnowledge, TargetRef, Turn, Waiting,
    Why, json,
};
pub use planning::{Planned, plan, plan_on};
pub use policy::{PolicyRow, Response};
pub use preflight::{
    MappingPreflight, PREFLIGHT_SAMPLES_MAX, Preflight, PreflightGroup, PreflightSample, TargetPreflight,
    preflight,
};
pub use rollback::{Created, Deed, DeedChange, NotNoted, NotUndone, Noted, roll_back};
pub use sent::{CORRECTIONS_REPORTED, SENDS_MAX};
pub use situation::Situation;
