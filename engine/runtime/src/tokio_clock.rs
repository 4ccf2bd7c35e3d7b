//! The clock of a machine that runs the tokio executor.

use std::time::Duration;

use async_trait::async_trait;
use provisio_connector::Clock;
use provisio_model::Timestamp;

/// The time of the machine. Waiting needs a tokio executor with time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

#[async_trait]
impl Clock for TokioClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let second = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_parts(second, since.subsec_nanos())
    }

    async fn sleep_until(&self, instant: Timestamp) {
        tokio::time::sleep(instant.since(self.now())).await;
    }
}
