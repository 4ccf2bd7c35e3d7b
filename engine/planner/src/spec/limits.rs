//! How much a plan may take away before somebody has to say yes (R4).

/// The limits of one spec. All are on by default.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Objects deleted.
    pub deletes: Limit,
    /// Objects disabled.
    pub disables: Limit,
    /// Members removed from groups.
    pub member_removals: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        let limit = Limit::default();
        Self { deletes: limit, disables: limit, member_removals: limit }
    }
}

/// How many operations of one kind a plan may hold. It trips when the number is above `free` and above `count`
/// or above `percent`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limit {
    /// So many never trip the limit.
    pub free: u64,
    /// At most so many.
    pub count: Option<u64>,
    /// At most this part of what there is, in percent: of the linked objects of the mapping, or of the
    /// memberships of its groups.
    pub percent: Option<f64>,
}

impl Limit {
    /// Never trips. Written `false` in TOML.
    pub const OFF: Self = Self { free: u64::MAX, count: None, percent: None };

    /// Makes a limit.
    pub fn new(free: u64, count: Option<u64>, percent: Option<f64>) -> Self {
        Self { free, count, percent }
    }

    /// Tells whether `number` operations on a stock of `of` trip it.
    pub fn trips(&self, number: u64, of: u64) -> bool {
        let over_count = self.count.is_some_and(|count| number > count);
        // Both numbers are object counts, far below 2^52.
        let over_percent = self.percent.is_some_and(|percent| number as f64 * 100.0 > percent * of as f64);
        number > self.free && (over_count || over_percent)
    }
}

impl Default for Limit {
    /// Five are free, then at most ten percent.
    fn default() -> Self {
        Self { free: 5, count: None, percent: Some(10.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_free_and_then_a_tenth_is_the_limit() {
        let limit = Limit::default();
        assert!(!limit.trips(5, 5), "five are free even if they are everything");
        assert!(limit.trips(6, 59));
        assert!(!limit.trips(6, 60));
        assert!(!Limit::OFF.trips(1_000_000, 1_000_000));
        assert!(Limit::new(0, Some(3), None).trips(4, 1_000_000));
    }
}
