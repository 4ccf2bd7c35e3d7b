//! What went wrong in a connector.

use std::error::Error;
use std::fmt;

use provisio_model::{ErrorKind, Failure, Retry, Text};

/// The result of a connector's call.
pub type Result<T> = std::result::Result<T, ConnectorError>;

/// An error of a connector: what kind, in which operation, on which object, and whether to try again.
///
/// The message never holds a secret.
pub struct ConnectorError(Box<Inner>);

struct Inner {
    failure: Failure,
    operation: &'static str,
    object: Option<Text>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ConnectorError {
    /// Makes an error; its kind decides whether to try again.
    ///
    /// `operation` is the call in words (`read`, `apply`); `message` is lower case, without a full stop.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<Text>) -> Self {
        Self(Box::new(Inner { failure: Failure::new(kind, message), operation, object: None, source: None }))
    }

    /// Says which object it was about.
    #[must_use]
    pub fn with_object(mut self, object: impl Into<Text>) -> Self {
        self.0.object = Some(object.into());
        self
    }

    /// Says whether to try again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.failure.retry = retry;
        self
    }

    /// Keeps the error underneath.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns what kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.failure.kind
    }

    /// Returns whether to try again.
    pub fn retry(&self) -> Retry {
        self.0.failure.retry
    }

    /// Returns the object it was about.
    pub fn object(&self) -> Option<&str> {
        self.0.object.as_deref()
    }

    /// Returns the plain part.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: ", self.0.operation)?;
        if let Some(object) = &self.0.object {
            write!(formatter, "`{object}`: ")?;
        }
        write!(formatter, "{}", self.0.failure)
    }
}

impl fmt::Debug for ConnectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        if let Some(source) = &self.0.source {
            write!(formatter, " ({source})")?;
        }
        Ok(())
    }
}

impl Error for ConnectorError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|it| it as &(dyn Error + 'static))
    }
}
