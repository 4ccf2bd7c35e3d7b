//! What is a point in time here? Seconds and nanoseconds; there is no clock.

/// A point in time in UTC: seconds since 1970 and nanoseconds into the second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Seconds since 1970-01-01T00:00:00Z, negative before it.
    pub seconds: i64,
    /// Nanoseconds after `seconds`.
    pub nanos: u32,
}

impl Instant {
    /// Makes an instant from seconds since 1970.
    pub const fn from_unix(seconds: i64) -> Self {
        Self { seconds, nanos: 0 }
    }
}
