//! Where does a secret stand? In the environment or in a file, never in the job file.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{env, fs};

use provisio::model::{Diagnostic, Secret};
use toml::Spanned;

use super::document::Document;
use super::{fault, resolve};
use crate::exit::{Exit, Trouble};

/// The largest file with a secret, in bytes.
const BYTES_MAX: u64 = 64 * 1024;

/// Says where a secret stands: `env:NAME` or `file:PATH`.
#[derive(Clone, Debug)]
pub(crate) enum Reference {
    /// In this variable of the environment.
    Env(String),
    /// In this file, without the line break at its end.
    File(PathBuf),
}

impl Reference {
    /// Tells whether a text says where something stands, where it may also be the thing itself.
    pub(super) fn is_meant(text: &str) -> bool {
        text.starts_with("env:") || text.starts_with("file:")
    }

    /// Reads a reference; what it refers to is not looked at.
    pub(super) fn read(
        document: &mut Document<'_>,
        table: &Range<usize>,
        key: &str,
        text: &Spanned<String>,
    ) -> Option<Self> {
        let reference = match text.get_ref().split_once(':') {
            Some(("env", name)) if !name.is_empty() => Some(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Some(Self::File(path.into())),
            _ => None,
        };
        if reference.is_none() {
            // The text may be the secret itself: neither it nor its line is shown.
            let message = format!("`{key}` does not say where it stands");
            document.report(
                Diagnostic::error(fault::VALUE, table.clone(), message)
                    .with_help(format!("write `{key} = \"env:NAME\"` or `{key} = \"file:PATH\"`")),
            );
        }
        reference
    }

    /// Gets the secret.
    pub(crate) fn get(&self, job: &Path, what: &str) -> Result<Secret, Trouble> {
        let text = match self {
            Self::Env(name) => env::var(name).map_err(|error| {
                Trouble::new(Exit::Configuration, format!("{what} cannot be read from `{name}`: {error}"))
                    .with_help(format!("set the variable `{name}` of the environment"))
            })?,
            Self::File(path) => read(&resolve(job, path), what)?,
        };
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(Trouble::new(Exit::Configuration, format!("{what} is empty")));
        }
        Ok(Secret::new(text))
    }
}

fn read(path: &Path, what: &str) -> Result<String, Trouble> {
    let trouble = |error: std::io::Error| {
        Trouble::file(Exit::Configuration, "read", path, &error).under(format!("{what} cannot be read"))
    };
    let length = fs::metadata(path).map_err(trouble)?.len();
    if length > BYTES_MAX {
        return Err(trouble(std::io::Error::other(format!("it has {length} bytes, more than {BYTES_MAX}"))));
    }
    fs::read_to_string(path).map_err(trouble)
}
