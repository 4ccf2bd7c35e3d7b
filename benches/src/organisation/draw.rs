//! Random numbers without a state: each from the seed, a stream and a position.

/// Draws numbers.
#[derive(Clone, Copy)]
pub(super) struct Draw {
    pub(super) seed: u64,
}

impl Draw {
    /// The number of a stream for an object.
    pub(super) fn of(self, stream: u64, at: u64) -> u64 {
        mix(mix(self.seed ^ stream.wrapping_mul(0xd6e8_feb8_6659_fd93))
            ^ at.wrapping_mul(0xa076_1d64_78bd_642f))
    }
}

/// A step of SplitMix64.
pub(super) fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The numbers below `count` in any order, and always the same.
pub(super) fn shuffled(count: u64, seed: u64) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..u32::try_from(count).unwrap_or(u32::MAX)).collect();
    let mut state = seed;
    for at in (1..numbers.len()).rev() {
        state = mix(state);
        numbers.swap(at, (state % (at as u64 + 1)) as usize);
    }
    numbers
}

/// Picks one of a list.
pub(super) fn pick<T: Copy>(list: &[T], draw: u64) -> T {
    list[(draw % list.len() as u64) as usize]
}
