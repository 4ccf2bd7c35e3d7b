//! What can be asked to steer a job.

use clap::Args;
use provisio::control::RestartCriterion;

use super::{JobArguments, ShownArguments};

/// `pause`
#[derive(Debug, Args)]
pub(crate) struct PauseArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// What for; everybody who looks at the job sees it.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) why: String,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `restart`
#[derive(Debug, Args)]
pub(crate) struct RestartArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// What is let go of: Watermark, Escrows, QuarantineState, or Full for all of them.
    #[arg(long, value_name = "CRITERION", value_delimiter = ',', value_parser = criterion)]
    pub(crate) criteria: Vec<RestartCriterion>,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

fn criterion(text: &str) -> Result<RestartCriterion, String> {
    RestartCriterion::parse(text).ok_or_else(|| {
        let names = RestartCriterion::ALL.map(RestartCriterion::name).join(", ");
        format!("it is none of {names}")
    })
}

/// `provision`
#[derive(Debug, Args)]
pub(crate) struct ProvisionArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// The object: its id in the source, its id in the target, or its name as plans show it.
    #[arg(value_name = "OBJECT")]
    pub(crate) object: String,
    /// Writes at most so many other objects before it.
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) with: usize,
    /// Shows what would be done, and changes nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}
