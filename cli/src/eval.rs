//! What does an expression give? The command `provisio eval`.
//!
//! `provisio eval EXPR --attributes JSON` evaluates one expression, `--vectors FILE` runs a file of
//! expressions with expected results, `--parse FILE` checks a file of expressions.

mod attributes;
mod parsing;
mod single;
mod vectors;

use clap::{Args, ValueEnum};
use provisio_expression::{
    AttributeNames, CompileSettings, ErrorKind, FunctionTable, Names, Profile, Program,
};
use provisio_model::{Diagnostic, Severity};
use std::io::Write;
use std::path::PathBuf;
use thiserror::Error;

/// What `provisio eval` takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct EvalArguments {
    /// The expression, such as `ToLower([mail])`.
    #[arg(value_name = "EXPR", required_unless_present_any = ["vectors", "parse"])]
    pub(crate) expression: Option<String>,

    /// The values of attributes as a JSON object, or @FILE with such an object.
    #[arg(long, value_name = "JSON")]
    pub(crate) attributes: Option<String>,

    /// What `Now()` says, such as 2026-01-31T08:00:00Z; 1970 if not given.
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,

    /// The dialect of the expression.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) profile: ProfileName,

    /// Show every part of the expression with its value.
    #[arg(long)]
    pub(crate) trace: bool,

    /// Run a JSON file of expressions with attributes and expected results.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["expression", "parse"])]
    pub(crate) vectors: Option<PathBuf>,

    /// Check that the expressions of a JSON file can be read.
    #[arg(long, value_name = "FILE", conflicts_with = "expression")]
    pub(crate) parse: Option<PathBuf>,
}

/// A dialect by its name on the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileName {
    /// Provisioning to applications and from HR systems.
    #[default]
    App,
    /// Entra Cloud Sync.
    Cloudsync,
    /// Entra Connect Sync.
    Connect,
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::App => Self::App,
            ProfileName::Cloudsync => Self::CloudSync,
            ProfileName::Connect => Self::Connect,
        }
    }
}

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The expression has a result, or all cases of the file passed.
    Passed,
    /// The expression failed, or some case did.
    Failed,
}

/// Why the command could not do its work.
#[derive(Debug, Error)]
pub(crate) enum EvalCommandError {
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{what} is not the JSON that is expected")]
    Json {
        what: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("{0}")]
    Argument(String),
    #[error("cannot write the result")]
    Write(#[from] std::io::Error),
}

/// Does what the arguments ask for and writes results to `out`.
pub(crate) fn run(arguments: &EvalArguments, out: &mut dyn Write) -> Result<Verdict, EvalCommandError> {
    if let Some(path) = &arguments.vectors {
        return vectors::run(path, out);
    }
    if let Some(path) = &arguments.parse {
        return parsing::run(path, out);
    }
    single::run(arguments, out)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T, EvalCommandError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| EvalCommandError::Read { path: path.to_owned(), source })?;
    serde_json::from_str(&text)
        .map_err(|source| EvalCommandError::Json { what: path.display().to_string(), source })
}

/// Compiles with attributes that may be missing, which then are null.
fn compile(
    text: &str,
    names: &Names,
    profile: Profile,
) -> Result<(Program, Vec<Diagnostic>), Vec<Diagnostic>> {
    let settings = CompileSettings::new(profile, AttributeNames::Lenient, None);
    Program::compile(text, names, &FunctionTable::standard(), &settings)
}

/// Names the fault that counts: what cannot be read at all before what cannot be called, and so on.
fn static_fault(diagnostics: &[Diagnostic]) -> Option<(ErrorKind, &Diagnostic)> {
    let rank = |kind| match kind {
        ErrorKind::TooLong => 0,
        ErrorKind::Parse => 1,
        ErrorKind::UnknownFunction => 2,
        ErrorKind::Arity => 3,
        ErrorKind::Nesting => 4,
        _ => 5,
    };
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let faults = errors.filter_map(|diagnostic| Some((ErrorKind::of_code(diagnostic.code)?, diagnostic)));
    faults.min_by_key(|(kind, _)| rank(*kind))
}
