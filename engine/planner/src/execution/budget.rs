//! When may the next request be sent, and how many at once?
//!
//! Three things hold requests back, each for the target as a whole: its rate, as a token bucket; what it asked for
//! when it refused; and how many may be under way, which halves when the target cannot keep up and grows again by
//! one for each round of writes that went well. The same answers at the same instants give the same budget.

use std::time::Duration;

use provisio_model::{Capabilities, Rate, Timestamp};

/// What may be sent to a target.
pub(super) struct Budget {
    bucket: Option<Bucket>,
    concurrency_max: usize,
    batch_max: usize,
    /// How many requests may be under way now.
    concurrency: usize,
    /// How many writes went well since `concurrency` changed.
    successes: usize,
    /// How many requests were sent.
    sent: u64,
    /// Requests from this one on were sent after the target last could not keep up: the answers to earlier ones say
    /// nothing new.
    recent: u64,
    /// How often in a row the target could not keep up.
    setbacks: u32,
    held_until: Option<Timestamp>,
    /// Since when the target has not kept up with anything.
    failing_since: Option<Timestamp>,
}

impl Budget {
    pub(super) fn of(capabilities: &Capabilities) -> Self {
        let concurrency_max = capabilities.concurrency_max.max(1);
        Self {
            bucket: capabilities.rate.map(Bucket::of),
            concurrency_max,
            batch_max: capabilities.batch_max.max(1),
            concurrency: concurrency_max,
            successes: 0,
            sent: 0,
            recent: 0,
            setbacks: 0,
            held_until: None,
            failing_since: None,
        }
    }

    /// Tells whether another request may be under way besides this many.
    pub(super) fn has_room(&self, under_way: usize) -> bool {
        under_way < self.concurrency
    }

    /// Returns from when on the next request may be sent, at the earliest `now`.
    pub(super) fn opens(&self, now: Timestamp) -> Timestamp {
        let bucket = self.bucket.as_ref().map_or(now, |it| it.opens(0, now));
        self.held_until.map_or(bucket, |it| it.max(bucket))
    }

    /// Returns how long it takes at least until the last of this many requests may be sent.
    pub(super) fn at_least(&self, requests: u64, now: Timestamp) -> Duration {
        let Some(before) = requests.checked_sub(1) else { return Duration::ZERO };
        let start = self.held_until.map_or(now, |it| it.max(now));
        let last = self.bucket.as_ref().map_or(start, |it| it.opens(before, start));
        last.since(now)
    }

    /// Notes that a request is sent, and returns its number.
    pub(super) fn send(&mut self, now: Timestamp) -> u64 {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(now);
        }
        self.sent += 1;
        self.sent - 1
    }

    /// Returns how many requests were sent.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// A write of a request went well.
    pub(super) fn succeeded(&mut self, request: u64) {
        if request < self.recent {
            return;
        }
        (self.setbacks, self.failing_since) = (0, None);
        if self.concurrency == self.concurrency_max {
            return;
        }
        self.successes += 1;
        if self.successes >= self.concurrency.saturating_mul(self.batch_max) {
            self.concurrency += 1;
            self.successes = 0;
        }
    }

    /// The target could not keep up. Counts once for all requests that were under way together; returns how often
    /// that has been so in a row, if this is the first to say so.
    pub(super) fn slow_down(&mut self, request: u64, now: Timestamp) -> Option<u32> {
        if request < self.recent {
            return None;
        }
        self.recent = self.sent;
        self.concurrency = (self.concurrency / 2).max(1);
        self.successes = 0;
        self.setbacks = self.setbacks.saturating_add(1);
        self.failing_since.get_or_insert(now);
        Some(self.setbacks)
    }

    /// Sends nothing before this instant, nor before what was said earlier. Returns from when on.
    pub(super) fn hold(&mut self, until: Timestamp) -> Timestamp {
        let until = self.held_until.map_or(until, |it| it.max(until));
        *self.held_until.insert(until)
    }

    /// Returns for how long the target will not have kept up with anything if the next try is at this instant.
    pub(super) fn failing_for(&self, until: Timestamp, now: Timestamp) -> Duration {
        until.since(self.failing_since.unwrap_or(now))
    }
}

/// A token bucket, by the instant at which it will be full again. No count of tokens, so nothing is rounded twice.
struct Bucket {
    /// How long one request takes to come back, rounded up.
    interval: Duration,
    /// How far ahead of the rate requests may be.
    slack: Duration,
    full_at: Option<Timestamp>,
}

impl Bucket {
    fn of(rate: Rate) -> Self {
        let interval = rate.interval();
        Self { interval, slack: interval.saturating_mul(rate.burst.max(1) - 1), full_at: None }
    }

    /// Returns from when on a request may be sent after this many others, at the earliest `now`.
    fn opens(&self, others: u64, now: Timestamp) -> Timestamp {
        let others = u32::try_from(others).unwrap_or(u32::MAX);
        let full_at = self.full_at.map_or(now, |it| it.max(now));
        let debt = full_at.since(now).saturating_add(self.interval.saturating_mul(others));
        now.plus(debt.saturating_sub(self.slack))
    }

    fn take(&mut self, now: Timestamp) {
        self.full_at = Some(self.full_at.map_or(now, |it| it.max(now)).plus(self.interval));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: u64) -> Timestamp {
        Timestamp::from_second(0).plus(Duration::from_secs(at))
    }

    fn budget(concurrency_max: usize, rate: Option<Rate>) -> Budget {
        let mut capabilities = Capabilities::READ_WRITE;
        (capabilities.concurrency_max, capabilities.rate) = (concurrency_max, rate);
        Budget::of(&capabilities)
    }

    #[test]
    fn a_bucket_gives_its_burst_and_then_one_by_one() {
        let mut budget = budget(1, Some(Rate::per_minute(6).with_burst(3)));
        assert_eq!(budget.at_least(5, second(0)), Duration::from_secs(20));
        for _ in 0..3 {
            assert_eq!(budget.opens(second(0)), second(0));
            budget.send(second(0));
        }
        assert_eq!(budget.opens(second(0)), second(10));
        budget.send(second(10));
        assert_eq!(budget.opens(second(10)), second(20));
        assert_eq!(budget.opens(second(25)), second(25), "five seconds of the next one are saved");
        assert_eq!(budget.at_least(2, second(25)), Duration::from_secs(5));
        assert_eq!(budget.opens(second(1000)), second(1000));
        for _ in 0..3 {
            budget.send(second(1000));
        }
        assert_eq!(budget.opens(second(1000)), second(1010), "never more than the burst is saved");
    }

    #[test]
    fn concurrency_halves_once_a_round_and_comes_back_slowly() {
        let mut budget = budget(8, None);
        let sent: Vec<u64> = (0..8).map(|_| budget.send(second(0))).collect();
        for request in &sent {
            budget.slow_down(*request, second(0));
        }
        assert!(budget.has_room(3) && !budget.has_room(4), "eight refusals of one round");
        budget.succeeded(sent[0]);
        for _ in 0..3 {
            let request = budget.send(second(1));
            budget.succeeded(request);
        }
        assert!(!budget.has_room(4), "three of a round of four");
        let request = budget.send(second(1));
        budget.succeeded(request);
        assert!(budget.has_room(4) && !budget.has_room(5));
        for _ in 0..10 {
            let request = budget.send(second(2));
            budget.slow_down(request, second(2));
        }
        assert!(budget.has_room(0) && !budget.has_room(1), "never none");
        for _ in 0..100 {
            let request = budget.send(second(3));
            budget.succeeded(request);
        }
        assert!(budget.has_room(7) && !budget.has_room(8), "never more than the target takes");
    }

    #[test]
    fn the_longest_hold_counts() {
        let mut budget = budget(1, None);
        assert_eq!(budget.hold(second(60)), second(60));
        assert_eq!(budget.hold(second(30)), second(60));
        assert_eq!(budget.opens(second(59)), second(60));
        assert_eq!(budget.opens(second(61)), second(61));
        assert_eq!(budget.at_least(1, second(50)), Duration::from_secs(10));
    }

    #[test]
    fn a_target_fails_from_the_first_setback_to_the_next_success() {
        let mut budget = budget(2, None);
        let (first, second_one) = (budget.send(second(0)), budget.send(second(0)));
        assert_eq!(budget.failing_for(second(9), second(5)), Duration::from_secs(4), "not before now");
        assert_eq!(budget.slow_down(first, second(1)), Some(1));
        assert_eq!(budget.slow_down(second_one, second(2)), None, "the same round");
        let third = budget.send(second(3));
        budget.succeeded(second_one);
        assert_eq!(budget.slow_down(third, second(4)), Some(2), "what was sent before says nothing new");
        assert_eq!(budget.failing_for(second(9), second(5)), Duration::from_secs(8));
        let fourth = budget.send(second(5));
        budget.succeeded(fourth);
        assert_eq!(budget.failing_for(second(9), second(6)), Duration::from_secs(3));
    }
}
