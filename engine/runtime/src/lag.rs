//! When do reads of the target show what was written last?
//!
//! Some targets answer reads from copies that follow behind. A cycle that began too early would not see what the last one
//! wrote, and do it again.

use std::time::Duration;

use provisio_connector::Context;
use provisio_model::{Text, Timestamp};

use crate::job::Job;
use crate::store::Head;

/// The name of the record that has the time of the last write.
pub(crate) const RECORD: &str = "written";

impl Job {
    /// Waits until reads show what was written last, if the target is one whose reads follow behind.
    pub(crate) async fn wait_for_reads(&self, context: &Context, head: &Head) {
        let Some(lag) = self.lag() else { return };
        let Some(begun) = head.applied.last().map(|it| it.at) else { return };
        let written = head.records.iter().find(|(name, _)| name.as_str() == RECORD);
        let written = written.and_then(|(_, it)| serde_json::from_slice::<Timestamp>(it).ok());
        // A run that did not come to its end may have written until just now.
        let last = written.filter(|it| *it >= begun).unwrap_or_else(|| context.now());
        let readable = last.plus(lag);
        if context.now() < readable {
            context.clock().sleep_until(readable).await;
        }
    }

    /// Returns the record of the last write, for a target whose reads follow behind.
    pub(crate) fn written(&self, context: &Context) -> Option<(Text, Option<Vec<u8>>)> {
        self.lag()?;
        let now = serde_json::to_vec(&context.now()).ok()?;
        Some((Text::new(RECORD), Some(now)))
    }

    fn lag(&self) -> Option<Duration> {
        let seconds = self.target().capabilities().read_lag_seconds;
        (seconds > 0).then(|| Duration::from_secs(u64::from(seconds)))
    }
}
