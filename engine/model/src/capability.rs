//! What a connector can do, as plain data. The planner shapes operations by it, so what a target cannot do is
//! known before the first write.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a connector and the system behind it can do.
///
/// Naming: `verb` for whether it can, `verb_with_detail` for a way of doing it, `noun_max` for a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Capabilities {
    /// Objects can be created.
    pub create: bool,
    /// Attributes can be changed one by one.
    pub update: bool,
    /// Objects can be deleted.
    pub delete: bool,
    /// Single values can be added to and removed from a multi-valued attribute; otherwise the whole set is sent.
    pub update_with_add_remove: bool,
    /// An update or delete can require the object's version.
    pub update_with_version: bool,
    /// A reference to an object may be set before that object exists.
    pub dangling_references: bool,
    /// The source tells what changed since a watermark.
    pub changes: bool,
    /// A read can ask for single objects by their id.
    pub read_by_id: bool,
    /// A read can ask for the objects that have certain values. Not necessarily of every attribute: for one that the
    /// system does not search by, the read is refused as unsupported.
    pub read_by_value: bool,
    /// How many ids or values one such read may ask for.
    pub read_max: usize,
    /// How many seconds after a write a read may still show what was before. A cycle waits that long after the last write
    /// of the one before it, so that nothing is done twice.
    pub read_lag_seconds: u32,
    /// How many writes `apply` takes at once.
    pub batch_max: usize,
    /// How many `apply` calls may be under way at once. Fewer are while the target cannot keep up.
    pub concurrency_max: usize,
    /// How many `apply` calls may be made in which time; `None` if the target does not say. Where it refuses more
    /// by itself, the connector passes its `Retry-After` on, in [`Retry::Later`](crate::Retry::Later).
    pub rate: Option<Rate>,
    /// How many values one `Add` or `Remove` may carry.
    pub values_per_change_max: Option<usize>,
}

impl Capabilities {
    /// Can be read, nothing else.
    pub const READ_ONLY: Self = Self {
        create: false,
        update: false,
        delete: false,
        update_with_add_remove: false,
        update_with_version: false,
        dangling_references: false,
        changes: false,
        read_by_id: false,
        read_by_value: false,
        read_max: 100,
        read_lag_seconds: 0,
        batch_max: 1,
        concurrency_max: 1,
        rate: None,
        values_per_change_max: None,
    };

    /// Can create, update with single values, and delete, one write at a time.
    pub const READ_WRITE: Self =
        Self { create: true, update: true, delete: true, update_with_add_remove: true, ..Self::READ_ONLY };
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::READ_ONLY
    }
}

/// How often something may be done.
///
/// In any stretch of time there are at most `burst` requests, and `requests` more for each `per` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rate {
    /// How many requests, at least 1.
    pub requests: u32,
    /// In which time.
    pub per: Duration,
    /// How many may be sent at once after a pause, at least 1.
    pub burst: u32,
}

impl Rate {
    /// So many requests a second, each on its own.
    pub const fn per_second(requests: u32) -> Self {
        Self { requests, per: Duration::from_secs(1), burst: 1 }
    }

    /// So many requests a minute, each on its own.
    pub const fn per_minute(requests: u32) -> Self {
        Self { requests, per: Duration::from_secs(60), burst: 1 }
    }

    /// Says how many may be sent at once after a pause.
    #[must_use]
    pub const fn with_burst(mut self, burst: u32) -> Self {
        self.burst = burst;
        self
    }

    /// Returns the time between two requests, rounded up to a nanosecond.
    pub fn interval(self) -> Duration {
        let nanoseconds = self.per.as_nanos().div_ceil(u128::from(self.requests.max(1)));
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_never_exceeded_by_rounding() {
        assert_eq!(Rate::per_second(3).interval(), Duration::from_nanos(333_333_334));
        assert_eq!(Rate::per_minute(120).with_burst(9).interval(), Duration::from_millis(500));
        assert_eq!(Rate::per_second(0).interval(), Duration::from_secs(1));
    }
}
