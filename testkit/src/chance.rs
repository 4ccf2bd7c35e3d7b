//! What goes wrong, and when: all of it follows from a seed.

use std::sync::{Mutex, PoisonError};

/// Draws numbers: the same seed gives the same numbers (SplitMix64).
pub(crate) struct Chance(Mutex<u64>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// Draws a number below `most`.
    pub(crate) fn below(&self, most: u64) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = *state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % most.max(1)
    }

    /// Draws yes in so many of a hundred cases.
    pub(crate) fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }
}
