//! What can be asked on the command line.

mod links;
mod log;
mod operations;
mod plan;
mod time;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use provisio::Released;
use provisio::plan::LimitKind;
use tracing_subscriber::filter::LevelFilter;

use crate::eval::EvalArguments;

pub(crate) use links::{AddArguments, ForgetArguments, ImportArguments, LinksAction, LinksCommand};
pub(crate) use log::LogArguments;
pub(crate) use operations::{PauseArguments, ProvisionArguments, RestartArguments};
pub(crate) use plan::{
    ApplyArguments, DiffArguments, MadeArguments, PlanAction, PlanArguments, PlanCommand, RollbackArguments,
    VerifyArguments,
};
pub(crate) use time::{Instant, Lasts};

/// Makes a directory hold what another system says it should: reads both sides, plans, and carries the plan out.
///
/// Everything is described in a job file (docs/job-format.md). To begin, look at what a job would do, then do it:
///
///   provisio plan examples/quickstart/job.toml
///   provisio run  examples/quickstart/job.toml
#[derive(Debug, Parser)]
#[command(name = "provisio", version, verbatim_doc_comment, after_help = EXIT_CODES, max_term_width = 110)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Writes what happens to standard error, at this level and above.
    #[arg(long, global = true, value_name = "LEVEL", value_enum)]
    pub(crate) log: Option<LogLevel>,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or nothing to do
    2  the plan has changes (only with `plan --exit-code`)
    3  some objects were left alone, or a side was not completely read; everything else was done
    4  a limit held operations back; everything else was done
    5  the job, its mapping or the plan file is wrong; nothing was done
    6  the source, the target or the state cannot be used
    7  the job is paused, or in quarantine; what was under way was finished
   64  the arguments are wrong
  130  interrupted with Ctrl-C
    1  anything else
If several apply: 130, 7, 4, 3, 2, in this order.";

/// One command.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Reads both sides, plans, and carries the plan out.
    ///
    /// Run it as often as you like: what is as it should be is not touched. An interrupted run is continued by
    /// the next one.
    Run(RunArguments),
    /// Shows what `run` would do, and changes nothing.
    ///
    ///   provisio plan JOB                     the plan
    ///   provisio plan JOB --mapping OTHER     what another mapping would do differently
    ///   provisio plan diff A B                what differs between two saved plans
    ///   provisio plan verify FILE             whether a saved plan is fit to be carried out
    #[command(verbatim_doc_comment)]
    Plan(PlanCommand),
    /// Carries out a plan that was saved with `plan --out`, once.
    ///
    /// The plan is refused when it was carried out before, when the job's state has moved on since, or when its
    /// mapping was changed.
    Apply(ApplyArguments),
    /// Tells why something happens to an object, or why nothing does.
    ///
    /// Follows one object through import, scope, match, flow and plan. Changes nothing.
    Explain(ExplainArguments),
    /// Provisions one object now: shows import, scope, match and flow, and carries out what is to be done.
    ///
    ///   provisio provision JOB W000007             by its id in the source or in the target, or its name
    ///   provisio provision JOB W000007 --dry-run   only shows
    ///
    /// Objects that it refers to and that are not there yet are created first. What a limit would hold back in a run is
    /// held back here. The next run goes on as if this had not been.
    #[command(verbatim_doc_comment)]
    Provision(ProvisionArguments),
    /// Validates the job and its mapping, and tests both connections.
    Check(CheckArguments),
    /// Evaluates an expression, as a mapping may hold it.
    ///
    ///   provisio eval 'ToUpper([lastName])' --attributes '{"lastName": "Vance"}'
    #[command(verbatim_doc_comment)]
    Eval(EvalArguments),
    /// Shows how the job is: what its last cycle did, how many objects it manages, and which plans it carried out.
    ///
    /// While a run is under way, shows how far it is.
    Status(FactsArguments),
    /// Pauses a job: no cycle begins until it is resumed, and one that is under way stops at the next safe point.
    ///
    ///   provisio pause JOB --why 'audit until Friday'
    ///
    /// Everything is kept. `provisio status` says that it is paused, by whom and why.
    #[command(verbatim_doc_comment)]
    Pause(PauseArguments),
    /// Lets a paused job go on where it left off, and takes it out of quarantine.
    ///
    /// A `run --watch` that waits goes on by itself.
    Resume(FactsArguments),
    /// Lets a job begin anew: the next cycle reads everything, tries again what failed, and is not put off. Links stay.
    ///
    ///   provisio restart JOB                             QuarantineState, Watermark and Escrows
    ///   provisio restart JOB --criteria Escrows          only try again what failed
    ///   provisio restart JOB --criteria Watermark        only read everything
    ///   provisio restart JOB --criteria ForceDeletes     let deletes pass that a limit holds back
    ///
    /// A job that is paused stays paused.
    #[command(verbatim_doc_comment)]
    Restart(RestartArguments),
    /// Shows which target object belongs to which source object, and changes that by hand.
    ///
    ///   provisio links JOB --object W000007               the links of an object, by its id in the source or the target
    ///   provisio links add JOB --mapping M SOURCE TARGET  links two objects
    ///   provisio links remove JOB SOURCE                  the target object then belongs to nobody
    ///   provisio links rematch JOB SOURCE                 the next run matches it anew
    ///   provisio links import JOB FILE                    CSV or JSON lines: mapping, source, target, origin
    ///
    /// After a change the next run reads everything, and decides by the links as they are then.
    #[command(verbatim_doc_comment)]
    Links(LinksCommand),
    /// Lets operations pass that a limit holds back, or shows what is held back.
    ///
    ///   provisio release JOB --list                   what is held back, and since when
    ///   provisio release JOB --object W000007         what is held back for one source object
    ///   provisio release JOB --all --kind deletes     all deletes that are held back now
    ///
    /// The next run carries out what is released. A release is for what is held back now, and for nothing that comes
    /// later: it is spent when the operation is done or not wanted any more, and when its time is over.
    #[command(verbatim_doc_comment)]
    Release(ReleaseArguments),
    /// Plans the way back from what earlier cycles did, and changes nothing.
    ///
    ///   provisio rollback JOB --cycle last --out back.plan   what the last cycle did
    ///   provisio rollback JOB --from 20260131T0830           what this cycle and all later ones did
    ///   provisio rollback JOB --object W000007               what was last done to an object
    ///   provisio apply back.plan                             carries it out, and pauses the job
    ///
    /// What the provisioning log says that attributes held, they are to hold again; what somebody else changed since stays
    /// as it is and is listed. The job is paused, since the next cycle would do the same again: mend what was wrong,
    /// look at `provisio plan`, then `provisio resume`.
    #[command(verbatim_doc_comment)]
    Rollback(RollbackArguments),
    /// Shows what happened to objects, and why, the latest first.
    ///
    ///   provisio log JOB --object W000007
    ///   provisio log JOB --status failure --since 2h
    ///   provisio log JOB --cycle last --action create,delete
    #[command(verbatim_doc_comment)]
    Log(LogArguments),
}

/// A job.
#[derive(Debug, Args)]
pub(crate) struct JobArguments {
    /// The job file, or a folder with a `job.toml`.
    #[arg(value_name = "JOB")]
    pub(crate) job: PathBuf,
}

/// `run`
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// Runs again and again, until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
    /// With --watch: so many minutes from the end of a cycle to the beginning of the next, instead of what the job file
    /// says.
    #[arg(long, value_name = "MINUTES", requires = "watch", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) interval: Option<u64>,
    /// Reads everything, also in a job that starts from changes.
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}

/// `explain`
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// The object: its id in the source, its id in the target, or its name as plans show it.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `check`
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    #[command(flatten)]
    pub(crate) facts: FactsArguments,
    /// Prints what each object mapping answers to every situation that an object can be in.
    #[arg(long)]
    pub(crate) situations: bool,
    /// Reads both sides and counts who is linked, would be taken over or created, cannot be matched without a guess,
    /// and is in the target alone.
    #[arg(long)]
    pub(crate) preflight: bool,
    /// Exits with 5 when there is a warning about the mapping.
    #[arg(long)]
    pub(crate) deny_warnings: bool,
}

/// `status`
#[derive(Debug, Args)]
pub(crate) struct FactsArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `release`
#[derive(Debug, Args)]
pub(crate) struct ReleaseArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// Releases what is held back for this source object, by its id.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub(crate) object: Vec<String>,
    /// Releases everything that is held back now.
    #[arg(long, conflicts_with = "object")]
    pub(crate) all: bool,
    /// Shows what is held back, and changes nothing.
    #[arg(long, conflicts_with_all = ["object", "all"], required_unless_present_any = ["object", "all"])]
    pub(crate) list: bool,
    /// Only what this limit counts.
    #[arg(long, value_name = "LIMIT", value_enum)]
    pub(crate) kind: Option<Allowed>,
    /// How long it is released: 30m, 2h, 7d; a day without it.
    #[arg(long = "for", value_name = "TIME")]
    pub(crate) lasts: Option<Lasts>,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How results are shown.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ShownArguments {
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Shows long lists to their end.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// Limits that do not count this time.
#[derive(Debug, Args)]
pub(crate) struct LimitArguments {
    /// Lets everything of a kind pass that a limit would hold back, this once.
    #[arg(long, value_name = "LIMIT", value_enum, value_delimiter = ',')]
    pub(crate) allow: Vec<Allowed>,
}

impl LimitArguments {
    /// Returns the limits that do not count this time.
    pub(crate) fn released(&self) -> Released {
        self.allow.iter().fold(Released::NOTHING, |released, it| released.and(it.limit()))
    }
}

/// A limit, as the command line calls it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Allowed {
    /// Objects that are deleted.
    #[value(name = "deletes")]
    Deletes,
    /// Objects that are disabled.
    #[value(name = "disables")]
    Disables,
    /// Members that are removed from groups.
    #[value(name = "member_removals", alias = "member-removals")]
    MemberRemovals,
    /// Members that are removed from one group.
    #[value(name = "group_removals", alias = "group-removals")]
    GroupRemovals,
    /// Members who join or leave privileged groups.
    #[value(name = "privileged_changes", alias = "privileged-changes")]
    PrivilegedChanges,
}

impl Allowed {
    /// Returns the limit.
    pub(crate) fn limit(self) -> LimitKind {
        match self {
            Self::Deletes => LimitKind::Deletes,
            Self::Disables => LimitKind::Disables,
            Self::MemberRemovals => LimitKind::MemberRemovals,
            Self::GroupRemovals => LimitKind::GroupRemovals,
            Self::PrivilegedChanges => LimitKind::PrivilegedChanges,
        }
    }
}

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    /// Only what ends a run.
    Error,
    /// And what should be looked at.
    Warn,
    /// And the steps of a run.
    Info,
    /// And each operation.
    Debug,
    /// And everything else.
    Trace,
}

impl LogLevel {
    pub(crate) fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
