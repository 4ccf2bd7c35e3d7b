//! An identity provisioning engine to embed: what a source holds becomes what a target holds.
//!
//! A [`Job`] reads a source and a target, compares them under a [`MappingSpec`], and makes a [`Plan`]: an ordered
//! list of operations, each with its reason. Carrying it out is a second step, which decides nothing. What must
//! not be forgotten between two runs, above all which target object belongs to which source object, is kept in a
//! [`store`].
//!
//! # A first job
//!
//! Source and target here are two directories in memory; any other connector takes their place.
//!
//! ```
//! use std::sync::Arc;
//!
//! use provisio::model::{AttributeSchema, Object, ObjectSchema, Schema};
//! use provisio::spec::{AttributeMapping, ObjectMapping};
//! use provisio::store::{JobId, MemoryStore};
//! use provisio::{Job, MappingSpec, Released, TokioClock};
//! use provisio_memory::{MemoryDirectory, directory_schema};
//!
//! // The source: one worker.
//! let worker = ["firstName", "lastName"].map(AttributeSchema::text);
//! let source = MemoryDirectory::new(Schema::new([ObjectSchema::new("worker", worker)]));
//! let adele = Object::new("worker", "1001").with("firstName", "Adele").with("lastName", "Vance");
//! source.insert(&adele)?;
//!
//! // What is wanted: a user for each worker.
//! let mut spec = MappingSpec::default();
//! spec.objects.push(
//!     ObjectMapping::new("worker", "user")
//!         .with(
//!             AttributeMapping::expression(
//!                 "userName",
//!                 r#"Append(ToLower(Join(".", [firstName], [lastName])), "@contoso.example")"#,
//!             )
//!             .matching(1),
//!         )
//!         .with(AttributeMapping::direct("givenName", "firstName")),
//! );
//!
//! // Read, plan, carry out.
//! let target = Arc::new(MemoryDirectory::new(directory_schema()));
//! let store = Arc::new(MemoryStore::default());
//! let job = Job::new(JobId::new("hr"), Arc::new(source), target.clone(), spec, store, Arc::new(TokioClock));
//! let context = job.context();
//! let cycle = futures::executor::block_on(job.run(&context, Released::NOTHING))?;
//! assert_eq!(cycle.planned.plan.counts().to_string(), "1 create");
//! assert!(cycle.summary.is_complete());
//! assert_eq!(target.objects("user").len(), 1);
//!
//! // Run again: there is nothing left to do.
//! let cycle = futures::executor::block_on(job.run(&context, Released::NOTHING))?;
//! assert!(cycle.planned.plan.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Step by step
//!
//! [`Job::run`] does three things that can be done one by one: [`Job::read`] gives a [`View`] of both sides,
//! [`View::plan`] makes a [`Planned`] from it, and [`Job::apply`] carries its plan out. Between them a plan can be
//! shown ([`Plan::text`]), kept ([`plan::json`]), looked through ([`Finding`]) or asked about ([`View::explain`]).
//! A plan belongs to the state that it was made from, and is carried out once.
//!
//! # Where things are
//!
//! | module | holds |
//! |---|---|
//! | the root | jobs, and the types that most programs name |
//! | [`spec`] | what is wanted: object mappings, scope, limits; and the reader of mapping files |
//! | [`plan`](mod@plan) | the parts of a plan, and its JSON form |
//! | [`planner`] | the planner as a pure function, the check of plans, stories of single objects |
//! | [`control`] | pauses, quarantine, operations that failed and wait |
//! | [`incremental`] | planning from changes alone |
//! | [`execution`] | carrying a plan out as a pure state machine, and what came of it |
//! | [`store`] | state between runs |
//! | [`rollback`] | undoing what earlier cycles did |
//! | [`log`] | the provisioning log: what happened to which object, and why |
//! | [`monitor`] | status, metrics and alerts |
//! | [`model`] | values, objects, schemas, ids, failures, diagnostics |
//! | [`connector`] | the traits of sources and targets; a connector of your own needs this and [`model`] |
//! | [`expression`] | the expression language, and functions of your own |
//!
//! # Features
//!
//! * `redb` (default): [`store::RedbStore`] keeps state in one file.
//! * `tokio` (default): [`TokioClock`], the clock for programs that run on tokio. The engine itself spawns
//!   nothing and needs no particular executor.

#![deny(missing_docs)]

#[doc(inline)]
pub use provisio_connector as connector;
#[doc(inline)]
pub use provisio_expression as expression;
#[doc(inline)]
pub use provisio_model as model;

pub use provisio_planner::spec::MappingSpec;
pub use provisio_planner::{Finding, Fingerprint, Generation, Plan, Planned, Released};
#[cfg(feature = "tokio")]
pub use provisio_runtime::TokioClock;
pub use provisio_runtime::{
    Checked, Comparison, Course, Cycle, CycleEnd, CycleId, CycleSettings, Event, Fleet, Initiator, Job,
    NoObserver, Observer, Observers, OpenCycle, Phase, Prepared, Progress, Read, RunError, StartFrom, Turn,
    Unreadable, UnreadableObjects, View, WhyEverything,
};

pub mod spec {
    //! What is wanted: the parts of a [`MappingSpec`](crate::MappingSpec), and [`load`], which reads one from TOML.

    pub use provisio_planner::spec::{
        Adopted, Adoption, Apply, AssignedGroups, Assignment, AttributeMapping, Clause, Deprovision,
        Deprovisioning, Export, FilterGroup, FlowType, LeavingAttribute, LeavingValue, Limit, Limits,
        MappingSource, MatchGroup, NullFlow, ObjectMapping, Operations, Operator, ProtectedMembers,
        Protection, Quantifier, Rehire, ScopingFilter, SoftDelete, Span, Status, Step, Steps, TargetMissing,
        Through, Tombstone, Window, load,
    };
}

pub mod plan {
    //! The parts of a [`Plan`](crate::Plan): operations with their reasons, what is held back, what is skipped.

    pub use provisio_planner::{
        Action, ActionKind, After, Assignment, AttributeDifference, Bound, Change, ChangeWrite, Counts, Fact,
        FailedClause, Held, HeldOperation, LimitKind, MappingId, MembershipDifference, NoteChange,
        ObjectDifference, OpId, Operation, Outlook, PartTooLarge, PlanDifference, PlanText, PlannedMapping,
        PlannedValues, Reason, Referent, Remember, SkipReason, Skipped, Subject, TargetKnowledge, TargetRef,
        Turn, Waiting, Why, json,
    };
}

pub mod rollback {
    //! The way back from what earlier cycles did: the log tells what was done, [`Job::read_target`](crate::Job::read_target)
    //! what the target holds now, and [`View::roll_back`](crate::View::roll_back) plans from both. What comes of it is a plan
    //! like any other. Carrying it out pauses the job: its next cycle would do everything again.
    //!
    //! ```no_run
    //! # async fn example(job: provisio::Job) -> Result<(), Box<dyn std::error::Error>> {
    //! use provisio::Released;
    //! use provisio::log::{CycleQuery, LogReader};
    //! use provisio::rollback::{Choice, Created};
    //!
    //! let choice = Choice { cycle: Some(CycleQuery::Last), ..Choice::default() };
    //! let done = LogReader::new("log/hr").deeds("hr", &choice)?;
    //! let context = job.context();
    //! let view = job.read_target(&context).await?;
    //! let back = view.roll_back(&done.deeds, Created::Deprovision, context.now(), Released::NOTHING)?;
    //! println!("{}", back.plan.text());
    //! for finding in &back.findings {
    //!     println!("{}", finding.text(&back.plan));
    //! }
    //! job.apply(&context, &back.plan).await?;
    //! # Ok(())
    //! # }
    //! ```

    pub use provisio_planner::{Created, Deed, DeedChange, NotNoted, NotUndone, Noted};
    pub use provisio_runtime::{Choice, Deeds, DeedsError};
}

pub mod planner {
    //! The planner without a job: pure functions, for tools that bring their own input.

    pub use provisio_planner::{
        AssignmentStory, ClauseStory, Compiled, CompiledSpec, Explanation, FindingKind, FingerprintError,
        FlowStory, GroupStory, LINT_RULES, LintRule, MatchStory, NoTemporary, PlanError, PlanInput,
        PolicyRow, Response, ScopeStory, ScopeVerdict, Situation, Story, Threads, Undecided, Unmanaged,
        Unresolved, Violation, check, compile, compile_both, explain, lint, plan, plan_on, roll_back,
    };
    pub use provisio_planner::{CORRECTIONS_REPORTED, SENDS_MAX};
    pub use provisio_planner::{
        MappingPreflight, PREFLIGHT_SAMPLES_MAX, Preflight, PreflightGroup, PreflightSample, TargetPreflight,
        preflight,
    };
}

pub mod incremental {
    //! Planning from changes alone: what has to be known is asked for, question by question, until there is a plan.
    //!
    //! [`Selection`] is the state machine; [`Baseline`], [`Footprint`] and [`Remembered`] are what the state of a job
    //! has to remember for it.

    pub use provisio_planner::{
        Answer, AnswerError, Baseline, Evidence, Footprint, Found, MatchKey, Open, Question, QuestionCounts,
        Remembered, Scoped, Selection, SelectionLimits, Sought, SourceKey, Standing, Step, Tally, TargetKey,
        Totals, WhyFull,
    };
    pub use provisio_runtime::REMEMBERED_FOR_MAX;
}

pub mod execution {
    //! Carrying a plan out: the state machine under [`Job::apply`](crate::Job::apply), and what it reports.

    pub use provisio_planner::execution::{
        Cost, Effort, Execution, ExecutionSettings, Failed, Fate, KEPT_MAX, LinkEffect, Recorded,
        RetryPolicy, Step, Summary,
    };
}

pub mod log {
    //! The provisioning log: what happened to which object, in which cycle, and why.
    //!
    //! [`ProvisioningLog`] is an [`Observer`](crate::Observer) that writes it, [`LogReader`] finds records in it.

    pub use provisio_runtime::{
        CHARACTERS_MAX, CURRENT, Category, CycleQuery, CycleStart, DAMAGED_KEPT_MAX, Damaged, Entry,
        ErrorNote, FindingNote, Found, Gap, Identity, LOG_FORMAT, Line, LogReader, LogSettings, LogStep,
        LogValue, ObjectRecord, OnFailure, OperationNote, PSEUDONYM_KEY_BYTES_MIN, PersonalData, Property,
        ProvisioningLog, PseudonymKey, PseudonymKeyError, Query, Rotation, Skips, Status, StepNote,
        VALUES_MAX, folder_of,
    };
}

pub mod monitor {
    //! How a job is: its status, its counters, its alerts. All of them are [`Observer`](crate::Observer)s.

    pub use provisio_runtime::{
        Alert, AlertSink, Alerts, CycleMark, CycleReport, HeldReport, JobStatus, Metrics, Notice, ReadReport,
        Running, STATUS_FORMAT, StatusFile, Totals,
    };
}

pub mod control {
    //! What stands in the way of a job: pauses, quarantine, and operations that failed and wait.

    pub use provisio_runtime::{
        Continues, Control, Controls, Escrow, EscrowKey, Paused, Quarantine, QuarantineReason,
        QuarantineSettings, RestartCriterion, Standing,
    };
}

pub mod store {
    //! What a job remembers between runs, and where it is kept.

    #[cfg(feature = "redb")]
    pub use provisio_runtime::RedbStore;
    pub use provisio_runtime::{
        APPLIED_PLANS_MAX, AppliedPlan, Digests, Fence, Head, JobId, JobRecord, KNOWN_BODY_BYTES_MAX,
        KnownSource, KnownTarget, KnownValue, LEASE_TTL_MIN, Lease, LeaseSettings, LinkChange, LinkFault,
        LinkFaultKind, MemoryStore, Recall, Recalled, RecordChanges, State, StateChange, StateStore,
        StoreError, Tenure,
    };

    pub use provisio_planner::{
        Leaving, LeavingStep, LedgerEntry, Memory, MemoryChange, Note, Release, Sent, SentValue, Staged,
        Trigger, Unanswered,
    };
}
