//! What can be asked about links.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use provisio::model::LinkOrigin;

use super::JobArguments;

/// `links` with all that it can do.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct LinksCommand {
    #[command(subcommand)]
    pub(crate) action: Option<LinksAction>,
    /// The job file, or a folder with a `job.toml`.
    // `None` only with a subcommand, which has its own.
    #[arg(value_name = "JOB", required = true)]
    pub(crate) job: Option<PathBuf>,
    /// Only links of this object, by its id in the source or in the target.
    #[arg(long, value_name = "ID")]
    pub(crate) object: Option<String>,
    /// Only links of this object mapping.
    #[arg(long, value_name = "MAPPING")]
    pub(crate) mapping: Option<String>,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be done to links.
#[derive(Debug, Subcommand)]
pub(crate) enum LinksAction {
    /// Links a source object to a target object. Both must be there, and neither may be linked elsewhere.
    Add(AddArguments),
    /// Removes the links of a source object. Its target object stays as it is, and belongs to nobody.
    Remove(ForgetArguments),
    /// Adds links from a file: all of them, or none if anything is wrong with one.
    ///
    /// CSV with the columns `mapping`, `source`, `target` and, if wanted, `origin`; or JSON lines with these keys.
    Import(ImportArguments),
    /// Forgets the links of a source object, so that the next run matches it anew.
    Rematch(ForgetArguments),
}

/// `links add`
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// The object mapping; it need not be named if there is only one.
    #[arg(long, value_name = "MAPPING")]
    pub(crate) mapping: Option<String>,
    /// The id of the source object.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// The id of the target object.
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,
    /// How the target object came about: only what the job created may it delete by default.
    #[arg(long, value_name = "ORIGIN", value_enum, default_value_t = Origin::Adopted)]
    pub(crate) origin: Origin,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a target object came about.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Origin {
    /// It existed before.
    Adopted,
    /// The job created it.
    Created,
}

impl From<Origin> for LinkOrigin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Adopted => Self::Adopted,
            Origin::Created => Self::Created,
        }
    }
}

/// `links remove`, `links rematch`
#[derive(Debug, Args)]
pub(crate) struct ForgetArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// The id of the source object.
    #[arg(value_name = "SOURCE")]
    pub(crate) source: String,
    /// Only under this object mapping.
    #[arg(long, value_name = "MAPPING")]
    pub(crate) mapping: Option<String>,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `links import`
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    #[command(flatten)]
    pub(crate) job: JobArguments,
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Prints one JSON document instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}
