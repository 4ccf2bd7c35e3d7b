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

/// So many places for each value that is sought.
const PLACES_EACH: usize = 16;
/// As many as lie near anyway.
const PLACES_MIN: usize = 1 << 12;

impl Sketch {
    /// Makes room for so many values.
    pub(crate) fn of(count: usize) -> Self {
        let places = count.saturating_mul(PLACES_EACH).max(PLACES_MIN).next_power_of_two();
        Self { bits: vec![0; places / 64], shift: 64 - places.trailing_zeros() }
    }

    /// Adds a value that is sought, which others are compared with by a rule.
    pub(crate) fn add(&mut self, value: ValueRef<'_>, rule: CompareRule) {
        let mark = match value {
            ValueRef::Text(text) | ValueRef::Reference(text) if text.is_ascii() => mark(text),
            // A letter outside of ASCII may be the same as one of ASCII, such as the sign of Kelvin and `k`.
            ValueRef::Text(_) | ValueRef::Reference(_) => {
                Some(rule.key(value)).filter(|it| it.is_ascii()).and_then(|it| mark(&it))
            }
            _ => None,
        };
        if let Some(place) = mark.map(|it| it >> self.shift)
            && let Some(bits) = self.bits.get_mut(place as usize / 64)
        {
            *bits |= 1 << (place % 64);
        }
    }

    /// Tells whether a text may be the same as one that was added. `false` is certain.
    #[inline]
    pub(crate) fn may_have(&self, text: &str) -> bool {
        let Some(place) = mark(text).map(|it| it >> self.shift) else { return true };
        self.bits.get(place as usize / 64).is_none_or(|it| it >> (place % 64) & 1 == 1)
    }
}

/// A number that ASCII texts share which differ in case alone; none for others.
#[inline]
fn mark(text: &str) -> Option<u64> {
    const AT_ONCE: usize = 8;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const CASE: u64 = 0x2020_2020_2020_2020;
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let text = text.as_bytes();
    let (first, last) = match (text.first_chunk::<AT_ONCE>(), text.last_chunk::<AT_ONCE>()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (text.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
    };
    let is_ascii = (first | last) & HIGH == 0 && (text.len() <= 2 * AT_ONCE || text.is_ascii());
    let mixed = ((first | CASE).wrapping_mul(SPREAD).rotate_left(29) ^ (last | CASE)).wrapping_mul(SPREAD);
    is_ascii.then(|| (mixed ^ text.len() as u64).wrapping_mul(SPREAD))
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
                let forms = [one.to_owned(), one.to_uppercase(), one.to_lowercase(), one.replace('\u{212a}', "k")];
                for form in forms {
                    let is_same = rule.same_text(one, &form);
                    assert!(sketch.may_have(&form) || !is_same, "{one:?} {form:?}");
                }
            }
        }
    }

    #[test]
    fn nearly_all_others_are_told_apart() {
        let number = |it: u32| format!("W{it:08}");
        let mut sketch = Sketch::of(1000);
        (0..1000).for_each(|it| sketch.add(ValueRef::Text(&number(it)), CompareRule::CaseExact));
        let wrong = (1000..101_000).filter(|it| sketch.may_have(&number(*it))).count();
        assert!(wrong < 10_000, "{wrong} of 100,000");
        assert!((0..1000).all(|it| sketch.may_have(&number(it))));
    }

    #[test]
    fn without_room_nothing_is_said() {
        assert!(Sketch::default().may_have("a"));
    }
}
