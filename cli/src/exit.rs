//! What the caller's script sees: exit codes, and the troubles that end a command early.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use provisio::RunError;
use provisio::connector::ConnectorError;
use provisio::model::{Diagnostic, ErrorKind};
use provisio::store::StoreError;

/// How a command ended. `docs/job-format.md` and `provisio --help` list the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything is as it should be.
    Done,
    /// Anything that has no code of its own.
    Other,
    /// Under `--exit-code`: the plan has operations.
    Changes,
    /// Some objects were left alone, or the read was not complete.
    SomeFailed,
    /// A limit held operations back.
    LimitTripped,
    /// The job, its mapping or the plan file is wrong.
    Configuration,
    /// The source, the target or the state cannot be used.
    Connection,
    /// The job is paused, or in quarantine.
    Paused,
    /// The arguments are wrong.
    Usage,
    /// Somebody pressed Ctrl-C.
    Interrupted,
}

impl Exit {
    /// Returns the exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Other => 1,
            Self::Changes => 2,
            Self::SomeFailed => 3,
            Self::LimitTripped => 4,
            Self::Configuration => 5,
            Self::Connection => 6,
            Self::Paused => 7,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }

    /// Returns its name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Other => "error",
            Self::Changes => "changes",
            Self::SomeFailed => "some_failed",
            Self::LimitTripped => "limit_tripped",
            Self::Configuration => "configuration",
            Self::Connection => "connection",
            Self::Paused => "paused",
            Self::Usage => "usage",
            Self::Interrupted => "interrupted",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Files that people write have faults.
    Faults(Vec<FileFaults>),
    /// Something else.
    Message(Message),
}

/// The faults of one file.
#[derive(Debug)]
pub(crate) struct FileFaults {
    /// Which file.
    pub(crate) path: PathBuf,
    /// What it holds.
    pub(crate) text: String,
    /// What is wrong with it.
    pub(crate) faults: Vec<Diagnostic>,
}

/// One message, with what is underneath and what to do about it.
#[derive(Debug)]
pub(crate) struct Message {
    exit: Exit,
    pub(crate) text: String,
    pub(crate) causes: Vec<String>,
    pub(crate) help: Option<String>,
    /// Whether another process has the state open.
    is_in_use: bool,
}

impl Trouble {
    /// Makes a message.
    pub(crate) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self::Message(Message { exit, text: text.into(), causes: Vec::new(), help: None, is_in_use: false })
    }

    /// Makes a message of an error and everything underneath it.
    pub(crate) fn of(exit: Exit, error: &dyn Error) -> Self {
        let mut causes: Vec<String> = Vec::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors repeat what is underneath them.
            if causes.last().is_none_or(|it| !it.contains(&text)) {
                causes.push(text);
            }
            cause = error.source();
        }
        Self::Message(Message { exit, text: error.to_string(), causes, help: None, is_in_use: false })
    }

    /// Makes a message about a file that cannot be read or written.
    pub(crate) fn file(exit: Exit, verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(exit, format!("cannot {verb} `{}`: {error}", path.display()))
    }

    /// Puts a message above it, which then is the cause.
    pub(crate) fn under(self, text: impl Into<String>) -> Self {
        match self {
            Self::Message(mut message) => {
                let cause = std::mem::replace(&mut message.text, text.into());
                message.causes.insert(0, cause);
                Self::Message(message)
            }
            Self::Faults(_) => self,
        }
    }

    /// Says what is underneath it.
    pub(crate) fn because(mut self, why: impl Into<String>) -> Self {
        if let Self::Message(message) = &mut self {
            message.causes.push(why.into());
        }
        self
    }

    /// Says what to do about it.
    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        match self {
            Self::Message(message) => Self::Message(Message { help: Some(help.into()), ..message }),
            Self::Faults(_) => self,
        }
    }

    /// Tells whether another process has the state open, which may pass in a moment.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self, Self::Message(Message { is_in_use: true, .. }))
    }

    /// Returns how the command ends with it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Faults(_) => Exit::Configuration,
            Self::Message(message) => message.exit,
        }
    }

    /// Makes a message of what a run ended with; faults of the mapping are shown in its file.
    pub(crate) fn of_run(error: RunError, mapping: &Path, mapping_text: &str) -> Self {
        let faults = match error {
            RunError::Mapping(faults) => faults,
            error => return Self::of_other_run(&error),
        };
        let (path, text) = (mapping.to_owned(), mapping_text.to_owned());
        Self::Faults(vec![FileFaults { path, text, faults }])
    }

    fn in_use(self) -> Self {
        match self {
            Self::Message(message) => Self::Message(Message { is_in_use: true, ..message }),
            Self::Faults(_) => self,
        }
    }

    fn of_other_run(error: &RunError) -> Self {
        let new_plan =
            "nothing was changed; make a new plan with `provisio plan JOB --out FILE` and apply that";
        match error {
            RunError::Connect { source, .. } => Self::of(exit_of_connector(source), error),
            RunError::Store(store) => {
                let trouble = Self::of(exit_of_store(store), error);
                match store {
                    StoreError::InUse { .. } => {
                        trouble.in_use().with_help("wait until the other run has ended, and try again")
                    }
                    StoreError::Conflict { .. } => {
                        trouble.with_help("another run did something meanwhile; run again")
                    }
                    StoreError::Damaged { .. } => trouble.with_help(
                        "restore it from a backup; without it, objects are found again by their matching attributes",
                    ),
                    _ => trouble,
                }
            }
            RunError::Leased { .. } => Self::of(Exit::Connection, error).with_help(
                "wait until the other run has ended; one that was killed counts until its time is over",
            ),
            RunError::LeaseLost { .. } => Self::of(Exit::Connection, error)
                .with_help("run again: what was under way is looked up first"),
            RunError::Stale { .. } | RunError::AppliedBefore(_) | RunError::OtherMapping { .. } => {
                Self::of(Exit::Configuration, error).with_help(new_plan)
            }
            RunError::Unsound(_) => Self::of(Exit::Other, error)
                .with_help("nothing was changed; this is a fault of provisio: please report it"),
            RunError::Interrupted => Self::of(Exit::Interrupted, error),
            RunError::Paused { .. } | RunError::Quarantined { .. } => Self::of(Exit::Paused, error)
                .with_help("nothing was done; `provisio resume JOB` lets it go on"),
            _ => Self::of(Exit::Other, error),
        }
    }
}

fn exit_of_connector(error: &ConnectorError) -> Exit {
    match error.kind() {
        ErrorKind::ConfigInvalid => Exit::Configuration,
        _ => Exit::Connection,
    }
}

fn exit_of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Conflict { .. } | StoreError::Inconsistent { .. } => Exit::Other,
        _ => Exit::Connection,
    }
}
