//! Why something outside did not work, as data that a caller can act on.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Text;

/// What kind of failure it is: ConnId's exceptions, SCIM's `scimType`s and LDAP's result codes folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// Credentials are missing or wrong.
    Unauthenticated,
    /// The credentials do not allow it.
    PermissionDenied,
    /// The object does not exist.
    NotFound,
    /// The object exists already.
    AlreadyExists,
    /// A unique value is taken by another object.
    UniquenessViolated,
    /// A value is not acceptable.
    InvalidValue,
    /// An attribute or object type is unknown, or a required one is missing.
    SchemaViolation,
    /// The attribute or object cannot be written.
    ReadOnly,
    /// The object has another version than expected.
    PreconditionFailed,
    /// The request or a value is too large.
    TooLarge,
    /// The system asks for fewer requests.
    RateLimited,
    /// No answer came in time.
    Timeout,
    /// The system cannot be reached.
    Unreachable,
    /// The connector or the system does not offer it.
    Unsupported,
    /// The configuration is wrong.
    ConfigInvalid,
    /// Anything else.
    Unexpected,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unauthenticated => "not authenticated",
            Self::PermissionDenied => "permission denied",
            Self::NotFound => "not found",
            Self::AlreadyExists => "already exists",
            Self::UniquenessViolated => "value taken",
            Self::InvalidValue => "invalid value",
            Self::SchemaViolation => "schema violation",
            Self::ReadOnly => "read only",
            Self::PreconditionFailed => "changed meanwhile",
            Self::TooLarge => "too large",
            Self::RateLimited => "rate limited",
            Self::Timeout => "timed out",
            Self::Unreachable => "unreachable",
            Self::Unsupported => "unsupported",
            Self::ConfigInvalid => "wrong configuration",
            Self::Unexpected => "unexpected",
        })
    }
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// It will fail again until somebody changes something.
    Never,
    /// It may work later.
    Later {
        /// Not before this much time has passed, where the system said so.
        after: Option<Duration>,
    },
    /// Its fate is unknown: look the object up first (R9).
    AfterReread,
}

/// The plain part of an error from outside: what happened and whether to try again. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}: {message}")]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// Whether to try again.
    pub retry: Retry,
    /// What happened, for people: lower case, no full stop, no secret.
    pub message: Text,
}

impl Failure {
    /// Makes a failure; its kind decides whether to try again.
    pub fn new(kind: ErrorKind, message: impl Into<Text>) -> Self {
        let retry = match kind {
            ErrorKind::RateLimited | ErrorKind::Unreachable => Retry::Later { after: None },
            ErrorKind::Timeout => Retry::AfterReread,
            _ => Retry::Never,
        };
        Self { kind, retry, message: message.into() }
    }

    /// Says whether to try again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }
}
