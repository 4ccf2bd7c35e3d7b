//! When a write is sent again.

use std::time::Duration;

use provisio_model::ErrorKind;

/// How often and after how long a write is sent again that the target refused for now. Bounds are for each write; an
/// operation of several has them for each, since each that was done is progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a write is sent at most.
    pub attempts_max: u32,
    /// How often a write is sent at most that the target refuses since it is asked too often: it says nothing
    /// about the write.
    pub attempts_when_rate_limited_max: u32,
    /// The wait after the first refusal; it doubles with each further one.
    pub wait_first: Duration,
    /// The longest wait that is chosen here. What the target asks for may be longer.
    pub wait_max: Duration,
    /// From its first refusal on, a write is not sent again after this time, nor is anything else while the target
    /// refuses everything; so a target that asks for a longer wait is not waited for in this run.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 5,
            attempts_when_rate_limited_max: 12,
            wait_first: Duration::from_secs(1),
            wait_max: Duration::from_secs(60),
            patience: Duration::from_secs(15 * 60),
        }
    }
}

/// Tells whether a failure says that the target cannot keep up.
pub(super) fn is_overload(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::RateLimited | ErrorKind::Unreachable | ErrorKind::Timeout)
}

impl RetryPolicy {
    /// Returns how often a write is sent at most that fails like this.
    pub(super) fn attempts_max(&self, kind: ErrorKind) -> u32 {
        match kind {
            ErrorKind::RateLimited => self.attempts_when_rate_limited_max,
            _ => self.attempts_max,
        }
    }

    /// Returns how long to wait after this many refusals, where the target does not say.
    ///
    /// The wait is spread over its upper half by `seed`, so that writes that were refused together do not come back
    /// together.
    pub(super) fn back_off(&self, refusals: u32, seed: u64) -> Duration {
        let doubled = self.wait_first.saturating_mul(1_u32 << refusals.saturating_sub(1).min(20));
        let wait = doubled.min(self.wait_max);
        let spread = scramble(seed ^ u64::from(refusals)) % 1000;
        wait / 2 + wait.mul_f64(spread as f64 / 2000.0)
    }
}

/// The mixing step of SplitMix64: spreads neighbouring seeds evenly.
fn scramble(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_bounds() {
        let policy = RetryPolicy::default();
        for seed in 0..100 {
            for (refusals, most) in (1..).zip([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]) {
                let wait = policy.back_off(refusals, seed).as_secs_f64();
                assert!(wait >= most / 2.0 && wait <= most, "{wait} of {most}");
            }
        }
    }
}
