//! Where time comes from.

use async_trait::async_trait;
use provisio_model::Timestamp;

/// The only source of time for connectors and runtime, so that a test can let years pass.
#[async_trait]
pub trait Clock: Send + Sync {
    /// Returns the time.
    fn now(&self) -> Timestamp;

    /// Waits until `instant`; returns at once when it has passed.
    async fn sleep_until(&self, instant: Timestamp);
}
