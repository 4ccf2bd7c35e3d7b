//! When a write is sent again.

use std::time::Duration;

/// How often and after how long a write is sent again that the target refused for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often a write is sent at most.
    pub attempts_max: u32,
    /// The wait after the first refusal; it doubles with each further one.
    pub wait_first: Duration,
    /// The longest wait that is chosen here. What the target asks for may be longer.
    pub wait_max: Duration,
    /// A target that asks for a longer wait than this is not waited for in this run.
    pub patience: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 5,
            wait_first: Duration::from_secs(1),
            wait_max: Duration::from_secs(60),
            patience: Duration::from_secs(15 * 60),
        }
    }
}

impl RetryPolicy {
    /// Returns how long to wait after this many attempts, or `None` to give up.
    ///
    /// Without a wish of the target, the wait is spread over its upper half by `seed`, so that writes that were
    /// refused together do not come back together.
    pub(super) fn wait(&self, attempts: u32, asked: Option<Duration>, seed: u64) -> Option<Duration> {
        if attempts >= self.attempts_max {
            return None;
        }
        if let Some(asked) = asked {
            return (asked <= self.patience).then_some(asked);
        }
        let doubled = self.wait_first.saturating_mul(1_u32 << attempts.saturating_sub(1).min(20));
        let wait = doubled.min(self.wait_max);
        let spread = scramble(seed ^ u64::from(attempts)) % 1000;
        Some(wait / 2 + wait.mul_f64(spread as f64 / 2000.0))
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
    fn waits_double_within_bounds_and_end() {
        let policy = RetryPolicy::default();
        for seed in 0..100 {
            let waits: Vec<f64> =
                (1..5).filter_map(|it| policy.wait(it, None, seed)).map(|it| it.as_secs_f64()).collect();
            assert_eq!(waits.len(), 4);
            for (wait, most) in waits.iter().zip([1.0, 2.0, 4.0, 8.0]) {
                assert!(*wait >= most / 2.0 && *wait <= most, "{wait} of {most}");
            }
        }
        assert_eq!(policy.wait(5, None, 0), None);
    }

    #[test]
    fn the_target_decides_how_long_within_patience() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.wait(1, Some(Duration::from_secs(120)), 0), Some(Duration::from_secs(120)));
        assert_eq!(policy.wait(1, Some(Duration::from_secs(3600)), 0), None);
    }
}
