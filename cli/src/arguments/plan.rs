//! `plan`, `plan diff`, `plan verify`, `apply`, `rollback`: plans that are shown, saved and carried out.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use provisio::model::Timestamp;

use super::{JobArguments, LimitArguments, ShownArguments};

/// `plan` with all that it can do.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct PlanCommand {
    #[command(subcommand)]
    pub(crate) action: Option<PlanAction>,
    /// The job file, or a folder with a `job.toml`.
    // `None` only with a subcommand, which needs no job.
    #[arg(value_name = "JOB", required = true)]
    pub(crate) job: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) plan: PlanArguments,
}

/// What can be done with saved plans, but for carrying them out.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanAction {
    /// Shows which objects and memberships two saved plans treat differently.
    Diff(DiffArguments),
    /// Tells whether a saved plan is fit to be carried out now: reads both sides and judges the plan by the rules that
    /// never bend, independently of what made it.
    Verify(VerifyArguments),
}

/// `plan diff`
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The first plan.
    #[arg(value_name = "A")]
    pub(crate) first: PathBuf,
    /// The second plan.
    #[arg(value_name = "B")]
    pub(crate) second: PathBuf,
    /// Exits with 2 when they differ.
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `plan verify`
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The file that `provisio plan JOB --out FILE` wrote.
    #[arg(value_name = "PLANFILE")]
    pub(crate) plan: PathBuf,
    /// The job file, if it was moved since; otherwise the plan file knows it.
    #[arg(long, value_name = "JOB")]
    pub(crate) job: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a plan is made, and what becomes of it.
#[derive(Debug, Args)]
pub(crate) struct MadeArguments {
    #[command(flatten)]
    pub(crate) limits: LimitArguments,
    /// Saves the plan in this file, for `provisio apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exits with 2 when the plan has changes.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

/// `plan JOB`
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) made: MadeArguments,
    /// Shows what this mapping would do differently than the job's own, from one read of both sides.
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub(crate) mapping: Option<PathBuf>,
    /// Plans as if it were this time: 2026-01-31 or 2026-01-31T08:30:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}

/// `apply`
#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The file that `provisio plan JOB --out FILE` wrote.
    #[arg(value_name = "PLANFILE")]
    pub(crate) plan: PathBuf,
    /// The job file, if it was moved since; otherwise the plan file knows it.
    #[arg(long, value_name = "JOB")]
    pub(crate) job: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}

/// `rollback`
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["cycle", "from", "object"]))]
pub(crate) struct RollbackArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// What the cycle did whose id begins like this; `last` for the last one.
    #[arg(long, value_name = "CYCLE", conflicts_with = "from")]
    pub(crate) cycle: Option<String>,
    /// What this cycle and all later ones did.
    #[arg(long, value_name = "CYCLE")]
    pub(crate) from: Option<String>,
    /// Only what was done to this object: its id in the source or in the target, or its name. Without a cycle, what the last
    /// cycle did that did something to it.
    #[arg(long, value_name = "OBJECT", value_delimiter = ',')]
    pub(crate) object: Vec<String>,
    /// Only the operations with these numbers in the plan of the cycle.
    #[arg(long, value_name = "NUMBER", value_delimiter = ',', requires = "cycle")]
    pub(crate) operation: Vec<u32>,
    /// Deletes objects that were created and that nobody changed since. Without it, the mapping decides, and at most
    /// disables them.
    #[arg(long)]
    pub(crate) delete_created: bool,
    #[command(flatten)]
    pub(crate) made: MadeArguments,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}
