//! `log`: which records are wanted.

use clap::Args;
use provisio::log::Status;

use super::{Instant, JobArguments, ShownArguments};

/// `log`
#[derive(Debug, Args)]
pub(crate) struct LogArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// About this object: its id in the source or in the target, or its name.
    #[arg(long, value_name = "OBJECT")]
    pub(crate) object: Option<String>,
    /// With one of these statuses: success, failure, skipped, warning.
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = status)]
    pub(crate) status: Vec<Status>,
    /// With one of these actions: create, update, disable, delete, members, none and so on.
    #[arg(long, value_name = "ACTION", value_delimiter = ',')]
    pub(crate) action: Vec<String>,
    /// Not before this: 90s, 30m, 2h, 7d ago, or 2026-01-31, or 2026-01-31T08:30:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Instant>,
    /// Before this.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Instant>,
    /// Of the cycle whose id begins like this; `last` for the last one.
    #[arg(long, value_name = "CYCLE")]
    pub(crate) cycle: Option<String>,
    /// Of this object mapping.
    #[arg(long, value_name = "MAPPING")]
    pub(crate) mapping: Option<String>,
    /// With this error code.
    #[arg(long, value_name = "CODE")]
    pub(crate) error: Option<String>,
    /// Shows at most so many records; 0 for all.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) shown: ShownArguments,
}

fn status(text: &str) -> Result<Status, String> {
    Status::parse(text).ok_or_else(|| {
        let names = Status::ALL.map(Status::name).join(", ");
        format!("it is none of {names}")
    })
}
