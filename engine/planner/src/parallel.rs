//! Shares of one loop for several threads. What comes of them is put together in the order of the objects, so that the
//! number of threads is never seen in a plan (R6).

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

/// How many threads a plan may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads {
    most: NonZeroUsize,
    /// The smallest share that is worth a thread of its own.
    share_min: usize,
}

/// Below this many objects, starting a thread costs about as much as it saves.
const SHARE_MIN: usize = 8_192;

impl Threads {
    /// The thread that asks, and no other.
    pub const ONE: Self = Self::most(NonZeroUsize::MIN);

    /// Up to this many, as far as there is enough to do for them.
    pub const fn most(most: NonZeroUsize) -> Self {
        Self { most, share_min: SHARE_MIN }
    }

    /// As many as the machine, or what the process may use of it, runs at once.
    pub fn available() -> Self {
        Self::most(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// Uses all of them however little there is to do; for tests.
    #[doc(hidden)]
    pub fn however_little(self) -> Self {
        Self { share_min: 1, ..self }
    }

    /// Does two things, at the same time if there is more than one thread.
    pub(crate) fn both<A: Send, B>(
        self,
        first: impl FnOnce() -> A + Send,
        second: impl FnOnce() -> B,
    ) -> (A, B) {
        if self.most == NonZeroUsize::MIN {
            return (first(), second());
        }
        thread::scope(|scope| {
            let first = scope.spawn(first);
            let second = second();
            (joined(first.join()), second)
        })
    }

    /// Does work on `0..length`, in shares, and returns what comes of each, in their order.
    pub(crate) fn share<T: Send>(self, length: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
        let count = (length / self.share_min).clamp(1, self.most.get());
        let start = |share: usize| length * share / count;
        let range = |share: usize| start(share)..start(share + 1);
        if count == 1 {
            return vec![work(range(0))];
        }
        thread::scope(|scope| {
            let work = &work;
            let others: Vec<_> = (1..count).map(|it| scope.spawn(move || work(range(it)))).collect();
            let first = work(range(0));
            let others = others.into_iter().map(|it| joined(it.join()));
            std::iter::once(first).chain(others).collect()
        })
    }
}

/// Puts what comes of a share behind what came of those before. Where nothing came before, nothing is moved.
pub(crate) fn put_behind<T>(all: &mut Vec<T>, mut share: Vec<T>) {
    if all.is_empty() {
        *all = share;
    } else {
        all.append(&mut share);
    }
}

/// What a thread gave; if it panicked, so does this one.
fn joined<T>(result: thread::Result<T>) -> T {
    match result {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl Default for Threads {
    fn default() -> Self {
        Self::ONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_whole_and_in_order() {
        for (length, most) in [(0, 3), (1, 3), (7, 3), (100, 8)] {
            let threads = Threads::most(NonZeroUsize::new(most).expect("not 0")).however_little();
            let shares = threads.share(length, |range| range.collect::<Vec<usize>>());
            assert!(shares.len() <= most);
            assert_eq!(shares.concat(), (0..length).collect::<Vec<_>>());
        }
    }
}
