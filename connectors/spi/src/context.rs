//! What every call to a connector gets: a clock, a deadline, a way to be told to stop.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use provisio_model::{ErrorKind, Timestamp};

use crate::{Clock, ConnectorError, Result};

/// Passed first to every call of a connector. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    clock: Arc<dyn Clock>,
    cancel: CancelToken,
    deadline: Option<Timestamp>,
}

impl Context {
    /// Makes a context without a deadline.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, cancel: CancelToken::default(), deadline: None }
    }

    /// Sets the instant after which the call is of no use.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets the token that stops the call.
    #[must_use]
    pub fn with_cancel(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Returns the clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Returns the time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the instant after which the call is of no use.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Returns the token that stops the call.
    pub fn cancel(&self) -> &CancelToken {
        &self.cancel
    }

    /// Fails when the call was cancelled or its deadline has passed. For loops over pages and batches.
    ///
    /// # Errors
    /// `Timeout` in both cases; nothing was sent since the last check.
    pub fn check(&self, operation: &'static str) -> Result<()> {
        if self.cancel.is_cancelled() {
            return Err(ConnectorError::new(ErrorKind::Timeout, operation, "cancelled"));
        }
        if self.deadline.is_some_and(|deadline| self.now() >= deadline) {
            return Err(ConnectorError::new(ErrorKind::Timeout, operation, "the deadline has passed"));
        }
        Ok(())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Context").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Tells those who hold a clone of it to stop at the next safe point.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Tells whether to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
