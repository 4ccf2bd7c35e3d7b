//! Where does randomness come from? A seed that the caller gives, stretched by [`Random`].

/// A pseudo-random sequence (SplitMix64): the same seed gives the same sequence.
///
/// Not for secrets that must withstand an attacker who knows the seed: give each object a seed from a
/// cryptographic source if generated passwords shall be unguessable.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// Begins the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Gives the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Gives a number below `bound`, which must not be zero; zero gives zero.
    pub fn below(&mut self, bound: usize) -> usize {
        // The high half of the product is evenly spread; the bias of 2^-50 for small bounds does not matter.
        let product = u128::from(self.next_u64()) * (bound as u128);
        usize::try_from(product >> 64).unwrap_or(0)
    }
}

/// Gives the seed of one of several sequences that begin at the same `seed`.
pub(crate) fn mix(seed: u64, sequence: u32) -> u64 {
    Random::new(seed ^ u64::from(sequence).wrapping_mul(0xd6e8_feb8_6659_fd93)).next_u64()
}
