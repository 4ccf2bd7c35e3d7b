//! Is a value perhaps among those that are sought? A few bits say no of nearly all that are not, for less than a hash of
//! the value and a look-up would take.

use provisio_model::{CompareRule, ValueRef};

/// What is known of the values that are sought.
#[derive(Default)]
pub(crate) struct Sketch {
    /// A bit for each place; none if nothing can be said.
    bits: Vec<u64>,
    shift: u32,
}

/// A number that texts share which differ in case alone; of most others it is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(u32);

/// So many places for each value that is sought.
const PLACES_EACH: usize = 16;
/// As many as lie near anyway.
const PLACES_MIN: usize = 1 << 12;
const PLACES_MAX: usize = 1 << 26;

impl Sketch {
    /// Makes room for so many values.
    pub(crate) fn of(count: usize) -> Self {
        let places = count.saturating_mul(PLACES_EACH).clamp(PLACES_MIN, PLACES_MAX).next_power_of_two();
        Self { bits: vec![0; places / 64], shift: u32::BITS - places.trailing_zeros() }
    }

    /// Adds a value that is sought, which others are compared with by a rule.
    pub(crate) fn add(&mut self, value: ValueRef<'_>, rule: CompareRule) {
        let mark = match value {
            ValueRef::Text(text) | ValueRef::Reference(text) if text.is_ascii() => Mark::of(text),
            // A letter outside of ASCII may be the same as one of ASCII, such as the sign of Kelvin and `k`.
            ValueRef::Text(_) | ValueRef::Reference(_) => Mark::of(&rule.key(value)),
            _ => Mark::UNKNOWN,
        };
        let place = mark.0 >> self.shift;
        if mark != Mark::UNKNOWN
            && let Some(bits) = self.bits.get_mut(place as usize / 64)
        {
            *bits |= 1 << (place % 64);
        }
    }

    /// Tells whether a text with this mark may be the same as one that was added. `false` is certain.
    #[inline]
    pub(crate) fn may_have(&self, mark: Mark) -> bool {
        let place = mark.0 >> self.shift;
        mark == Mark::UNKNOWN
            || self.bits.get(place as usize / 64).is_none_or(|it| it >> (place % 64) & 1 == 1)
    }
}

impl Mark {
    /// Of texts that are not ASCII, and of what is no text.
    pub(crate) const UNKNOWN: Self = Self(0);

    #[inline]
    pub(crate) fn of(text: &str) -> Self {
        const AT_ONCE: usize = 8;
        const HIGH: u64 = 0x8080_8080_8080_8080;
        const CASE: u64 = 0x2020_2020_2020_2020;
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let text = text.as_bytes();
        let (first, last) = match (text.first_chunk::<AT_ONCE>(), text.last_chunk::<AT_ONCE>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => (text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
        };
        if (first | last) & HIGH != 0 || (text.len() > 2 * AT_ONCE && !text.is_ascii()) {
            return Self::UNKNOWN;
        }
        let first = (first | CASE).wrapping_mul(SPREAD).rotate_left(29);
        let mixed = (first ^ (last | CASE) ^ text.len() as u64).wrapping_mul(SPREAD);
        Self((mixed >> 32) as u32 | 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_is_never_said_not_to_be_there() {
        let sought = ["", "a", "W00365712", "Straße", "\u{212a}elvin", "Long enough for three pieces", "İ"];
        for rule in [CompareRule::CaseExact, CompareRule::CaseIgnore] {
            for one in sought {
                let mut sketch = Sketch::of(1);
                sketch.add(ValueRef::Text(one), rule);
                let forms =
                    [one.to_owned(), one.to_uppercase(), one.to_lowercase(), one.replace('\u{212a}', "k")];
                for form in forms {
                    let is_same = rule.same_text(one, &form);
                    assert!(sketch.may_have(Mark::of(&form)) || !is_same, "{one:?} {form:?}");
                }
            }
        }
    }

    #[test]
    fn nearly_all_others_are_told_apart() {
        let number = |it: u32| format!("W{it:08}");
        let mut sketch = Sketch::of(1000);
        (0..1000).for_each(|it| sketch.add(ValueRef::Text(&number(it)), CompareRule::CaseExact));
        let wrong = (1000..101_000).filter(|it| sketch.may_have(Mark::of(&number(*it)))).count();
        assert!(wrong < 10_000, "{wrong} of 100,000");
        assert!((0..1000).all(|it| sketch.may_have(Mark::of(&number(it)))));
    }

    #[test]
    fn without_room_nothing_is_said() {
        assert!(Sketch::default().may_have(Mark::of("a")));
    }
}
