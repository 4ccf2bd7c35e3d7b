//! What can be wrong with a plan file, or with a plan that should become one?

use std::error::Error;
use std::fmt;

use provisio_model::AttrName;

use super::path::Path;
use super::{BYTES_MAX, VERSION, place};
use crate::fingerprint::Fingerprint;

/// A plan that cannot be written as JSON, or JSON that is not a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanJsonError {
    path: Box<str>,
    kind: Box<PlanJsonErrorKind>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanJsonErrorKind {
    /// The document is longer than [`BYTES_MAX`].
    #[error("{bytes} bytes are more than the {BYTES_MAX} that a plan file may have")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// The text is not JSON, or does not have the form of a plan.
    #[error("{why} (line {line}, column {column})")]
    Malformed {
        /// What is wrong.
        why: String,
        /// Where, from 1.
        line: usize,
        /// Where in the line, in bytes from 1.
        column: usize,
    },
    /// The document has another version.
    #[error("the plan file has version {found}, and this release reads version {VERSION}")]
    Version {
        /// Which version it has.
        found: u64,
    },
    /// The plan holds a secret, which no plan file does (R11).
    #[error("`{attribute}` of {object} is secret, and a plan file holds no secret")]
    Secret {
        /// Which attribute.
        attribute: AttrName,
        /// The operation: its position in the plan or the limit that holds it back, and its object.
        object: String,
    },
    /// The plan is not sound in itself.
    #[error("{why}")]
    Unsound {
        /// What is wrong.
        why: String,
    },
    /// The content is not what the fingerprint was made from.
    #[error(
        "the plan was edited after it was made: it says fingerprint {recorded}, and its content has {found}"
    )]
    Edited {
        /// What the document says.
        recorded: Fingerprint,
        /// What its content has.
        found: Fingerprint,
    },
}

impl PlanJsonError {
    /// Returns the place in the document, such as `operations[12].attributes.manager`; empty when it is about
    /// the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong.
    pub fn kind(&self) -> &PlanJsonErrorKind {
        &self.kind
    }

    /// Returns what one can do about it.
    pub fn help(&self) -> Option<&'static str> {
        match *self.kind {
            PlanJsonErrorKind::Secret { .. } => Some("carry the plan out at once with `provisio run`"),
            PlanJsonErrorKind::Version { .. } | PlanJsonErrorKind::Edited { .. } => {
                Some("make the plan again with `provisio plan`")
            }
            _ => None,
        }
    }

    pub(super) fn at(path: Path<'_>, why: impl Into<String>) -> Self {
        Self::new(path.to_string(), PlanJsonErrorKind::Unsound { why: why.into() })
    }

    pub(super) fn secret(path: Path<'_>, attribute: &AttrName, object: String) -> Self {
        Self::new(path.to_string(), PlanJsonErrorKind::Secret { attribute: attribute.clone(), object })
    }

    pub(super) fn too_large(bytes: usize) -> Self {
        Self::new(String::new(), PlanJsonErrorKind::TooLarge { bytes })
    }

    pub(super) fn version(found: u64) -> Self {
        Self::new("version".to_owned(), PlanJsonErrorKind::Version { found })
    }

    pub(super) fn edited(recorded: Fingerprint, found: Fingerprint) -> Self {
        Self::new("fingerprint".to_owned(), PlanJsonErrorKind::Edited { recorded, found })
    }

    pub(super) fn malformed(text: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let why = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
        // A wrong character is counted in; a wrong value ends where the reader stands.
        let before = if error.is_data() { column } else { column.saturating_sub(1) };
        let path = place::path_before(text, line, before);
        Self::new(path, PlanJsonErrorKind::Malformed { why: readable(why), line, column })
    }

    pub(super) fn unwritable(error: &impl Error) -> Self {
        Self::at(Path::Document, error.to_string())
    }

    fn new(path: String, kind: PlanJsonErrorKind) -> Self {
        Self { path: path.into(), kind: Box::new(kind) }
    }
}

impl fmt::Display for PlanJsonError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(formatter, "{}: ", self.path)?;
        }
        self.kind.fmt(formatter)
    }
}

impl Error for PlanJsonError {}

/// A message that quotes the file: on one line and not endless.
fn readable(message: &str) -> String {
    const LONGEST: usize = 300;
    let mut readable = String::new();
    for character in message.chars().take(LONGEST) {
        if provisio_model::misleads(character) {
            readable.extend(character.escape_unicode());
        } else {
            readable.push(character);
        }
    }
    if message.chars().nth(LONGEST).is_some() {
        readable.push('…');
    }
    readable
}
