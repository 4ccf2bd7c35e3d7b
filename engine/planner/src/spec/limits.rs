//! How much may be taken away before somebody has to say yes (R4)?

use std::time::Duration;

use crate::plan::LimitKind;

/// The limits of a spec, or of one object mapping. All are on by default, for one run and over a day.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// Objects deleted.
    pub deletes: Limit,
    /// Objects disabled.
    pub disables: Limit,
    /// Members removed from the groups of an object mapping, all together.
    pub member_removals: Limit,
    /// Members removed from one group.
    pub group_removals: Limit,
    /// Members who join or leave privileged groups ([`ObjectMapping::privileged`](super::ObjectMapping::privileged)).
    pub privileged_changes: Limit,
    /// What earlier runs did counts, too; `None` if each run is counted by itself.
    pub window: Option<Window>,
}

impl Default for Limits {
    fn default() -> Self {
        let limit = Limit::default();
        Self {
            deletes: limit,
            disables: limit,
            member_removals: limit,
            group_removals: Limit::new(5, None, Some(50.0)),
            privileged_changes: Limit::at_most(3),
            window: Some(Window::default()),
        }
    }
}

impl Limits {
    /// Returns the limit of this kind on one run.
    pub fn of(&self, kind: LimitKind) -> Limit {
        match kind {
            LimitKind::Deletes => self.deletes,
            LimitKind::Disables => self.disables,
            LimitKind::MemberRemovals => self.member_removals,
            LimitKind::GroupRemovals => self.group_removals,
            LimitKind::PrivilegedChanges => self.privileged_changes,
        }
    }

    /// Sets the limit of this kind on one run.
    pub fn set(&mut self, kind: LimitKind, limit: Limit) {
        *match kind {
            LimitKind::Deletes => &mut self.deletes,
            LimitKind::Disables => &mut self.disables,
            LimitKind::MemberRemovals => &mut self.member_removals,
            LimitKind::GroupRemovals => &mut self.group_removals,
            LimitKind::PrivilegedChanges => &mut self.privileged_changes,
        } = limit;
    }

    /// Returns how far the limit of this kind looks back, and the limit on all that happens within that time; `None`
    /// if earlier runs do not count.
    pub fn over_time(&self, kind: LimitKind) -> Option<(Duration, Limit)> {
        let window = self.window.as_ref()?;
        let limit = window.of(kind)?.unwrap_or(self.of(kind));
        (limit != Limit::OFF).then_some((window.lasts, limit))
    }
}

/// A rolling window of time over which limits count, up to the time of the plan.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Window {
    /// How far back it reaches.
    pub lasts: Duration,
    /// Objects deleted; without a choice as many as in one run.
    pub deletes: Option<Limit>,
    /// Objects disabled; without a choice as many as in one run.
    pub disables: Option<Limit>,
    /// Members removed from groups; without a choice as many as in one run.
    pub member_removals: Option<Limit>,
    /// Members who join or leave privileged groups; without a choice as many as in one run.
    pub privileged_changes: Option<Limit>,
}

impl Window {
    /// Makes a window in which no more may happen than in one run.
    pub fn new(lasts: Duration) -> Self {
        Self { lasts, deletes: None, disables: None, member_removals: None, privileged_changes: None }
    }

    /// Returns the choice for a kind; `None` for one that no window counts.
    fn of(&self, kind: LimitKind) -> Option<Option<Limit>> {
        match kind {
            LimitKind::Deletes => Some(self.deletes),
            LimitKind::Disables => Some(self.disables),
            LimitKind::MemberRemovals => Some(self.member_removals),
            LimitKind::PrivilegedChanges => Some(self.privileged_changes),
            LimitKind::GroupRemovals => None,
        }
    }
}

/// A day.
impl Default for Window {
    fn default() -> Self {
        Self::new(Duration::from_secs(24 * 60 * 60))
    }
}

/// How many operations of one kind there may be. It trips when the number is above `free` and above `count` or above
/// `percent`.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Limit {
    /// So many never trip the limit.
    pub free: u64,
    /// At most so many.
    pub count: Option<u64>,
    /// At most this part of what there is, in percent: of the linked objects of the mapping, of the memberships of its
    /// groups, or of the members of the groups concerned.
    pub percent: Option<f64>,
}

impl Limit {
    /// Never trips. Written `false` in TOML.
    pub const OFF: Self = Self { free: u64::MAX, count: None, percent: None };

    /// Makes a limit.
    pub fn new(free: u64, count: Option<u64>, percent: Option<f64>) -> Self {
        Self { free, count, percent }
    }

    /// Makes a limit that trips above a number, whatever there is.
    pub fn at_most(count: u64) -> Self {
        Self::new(0, Some(count), None)
    }

    /// Tells whether `number` operations on a stock of `of` trip it.
    pub fn trips(&self, number: u64, of: u64) -> bool {
        let over_count = self.count.is_some_and(|count| number > count);
        // Both numbers are object counts, far below 2^52.
        let over_percent = self.percent.is_some_and(|percent| number as f64 * 100.0 > percent * of as f64);
        number > self.free && (over_count || over_percent)
    }

    /// Tells whether nothing trips it as long as there are not more operations than there is to operate on.
    pub fn never_trips(&self) -> bool {
        self.free == u64::MAX || (self.count.is_none() && self.percent.is_none_or(|it| it >= 100.0))
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
        assert!(Limit::OFF.never_trips() && Limit::new(5, None, Some(100.0)).never_trips());
        assert!(!limit.never_trips() && !Limit::new(5, Some(0), Some(100.0)).never_trips());
    }

    #[test]
    fn a_window_allows_what_one_run_may_do_unless_it_says_otherwise() {
        let mut limits = Limits { deletes: Limit::at_most(7), ..Limits::default() };
        let day = Duration::from_secs(86_400);
        assert_eq!(limits.over_time(LimitKind::Deletes), Some((day, Limit::at_most(7))));
        assert_eq!(limits.over_time(LimitKind::GroupRemovals), None);
        limits.disables = Limit::OFF;
        assert_eq!(limits.over_time(LimitKind::Disables), None);
        let mut window = Window::new(day);
        window.disables = Some(Limit::at_most(9));
        limits.window = Some(window);
        assert_eq!(limits.over_time(LimitKind::Disables), Some((day, Limit::at_most(9))));
        limits.window = None;
        assert_eq!(limits.over_time(LimitKind::Deletes), None);
    }
}
