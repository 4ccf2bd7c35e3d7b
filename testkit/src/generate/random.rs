//! Where does chance come from? From SplitMix64, one stream for each thing that is drawn.
//!
//! Every worker and every team has a stream of its own, so that one more draw for one of them changes nobody
//! else.

/// What a stream of random numbers is for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Post,
    Team,
    Lead,
    Person,
    Name,
}

/// A SplitMix64 generator (Steele, Lea and Flood, 2014).
pub(super) struct Random {
    state: u64,
}

const GOLDEN_GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Opens the stream of the thing number `index` of its kind.
    pub(super) fn stream(seed: u64, purpose: Purpose, index: usize) -> Self {
        let kind = mix(seed.wrapping_add(GOLDEN_GAMMA.wrapping_mul(purpose as u64 + 1)));
        Self { state: mix(kind.wrapping_add(index as u64)) }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN_GAMMA);
        mix(self.state)
    }

    /// Returns a number below `limit`, or 0 if the limit is 0.
    pub(super) fn below(&mut self, limit: u32) -> u32 {
        ((u64::from((self.next() >> 32) as u32) * u64::from(limit)) >> 32) as u32
    }

    /// Is true `permille` times in a thousand.
    pub(super) fn chance(&mut self, permille: u32) -> bool {
        self.below(1000) < permille
    }

    /// Returns an index into a list of this length, or 0 for an empty list.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(u32::try_from(length).unwrap_or(u32::MAX)) as usize
    }

    /// Returns one of the texts, or an empty text if there is none.
    pub(super) fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts.get(self.index(texts.len())).copied().unwrap_or_default()
    }
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Draws from weighted things in constant time: each has as many tickets as its weight.
pub(super) struct Lottery<T> {
    tickets: Vec<T>,
}

impl<T: Copy> Lottery<T> {
    /// Fills the drum.
    pub(super) fn new(weighted: impl IntoIterator<Item = (u32, T)>) -> Self {
        let tickets =
            weighted.into_iter().flat_map(|(weight, thing)| (0..weight).map(move |_| thing)).collect();
        Self { tickets }
    }

    /// Returns one thing, or `None` if the drum is empty.
    pub(super) fn draw(&self, random: &mut Random) -> Option<T> {
        self.tickets.get(random.index(self.tickets.len())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_numbers_of_the_published_generator() {
        let mut random = Random { state: 1_234_567 };
        let numbers: Vec<u64> = (0..3).map(|_| random.next()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn chance_is_about_as_often_as_it_says() {
        let mut random = Random::stream(1, Purpose::Post, 0);
        let hits = (0..100_000).filter(|_| random.chance(250)).count();
        assert!((24_500..25_500).contains(&hits), "{hits}");
    }
}
