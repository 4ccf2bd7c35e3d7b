//! When two values mean the same: the schema's business, not the representation's.
//!
//! Text compares with or without regard to case as the attribute says; timestamps compare as instants; the
//! values of a multi-valued attribute are a set.

use std::hash::{BuildHasher, Hasher};

use crate::{AttributeSchema, ValueRef};

/// How the values of one attribute are compared. Derived once from its schema, then used in the hot loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareRule {
    /// Character by character.
    CaseExact,
    /// Text without regard to case, by Unicode's simple lower-case mapping.
    CaseIgnore,
}

impl CompareRule {
    /// Returns the rule of an attribute.
    pub fn of(attribute: &AttributeSchema) -> Self {
        if attribute.case_exact { Self::CaseExact } else { Self::CaseIgnore }
    }

    /// Tells whether two values mean the same.
    pub fn same(self, left: ValueRef<'_>, right: ValueRef<'_>) -> bool {
        match (left, right) {
            (ValueRef::Text(left), ValueRef::Text(right)) => self.same_text(left, right),
            (ValueRef::Bool(left), ValueRef::Bool(right)) => left == right,
            (ValueRef::Int(left), ValueRef::Int(right)) => left == right,
            (ValueRef::Decimal(left), ValueRef::Decimal(right)) => left == right,
            (ValueRef::Timestamp(left), ValueRef::Timestamp(right)) => left == right,
            (ValueRef::Binary(left), ValueRef::Binary(right)) => left == right,
            (ValueRef::Reference(left), ValueRef::Reference(right)) => left == right,
            (ValueRef::Complex(left), ValueRef::Complex(right)) => left == right,
            (ValueRef::Secret(left), ValueRef::Secret(right)) => left == right,
            _ => false,
        }
    }

    /// Tells whether two texts mean the same.
    pub fn same_text(self, left: &str, right: &str) -> bool {
        match self {
            Self::CaseExact => left == right,
            Self::CaseIgnore => {
                left == right
                    || (left.len() == right.len() && left.is_ascii() && left.eq_ignore_ascii_case(right))
                    || ((!left.is_ascii() || !right.is_ascii()) && folded(left).eq(folded(right)))
            }
        }
    }

    /// Tells whether two sets of values mean the same, whatever their order.
    ///
    /// Values that the rule calls equal count once. Costs a comparison of each with each when the order differs
    /// and the sets are small, a sort when they are large.
    pub fn same_set<'a>(
        self,
        left: impl ExactSizeIterator<Item = ValueRef<'a>> + Clone,
        right: impl ExactSizeIterator<Item = ValueRef<'a>> + Clone,
    ) -> bool {
        if left.len() == right.len()
            && left.clone().zip(right.clone()).all(|(left, right)| self.same(left, right))
        {
            return true;
        }
        if left.len() + right.len() <= SMALL_SET {
            return left.clone().all(|it| right.clone().any(|other| self.same(it, other)))
                && right.clone().all(|it| left.clone().any(|other| self.same(it, other)));
        }
        self.sorted_keys(left) == self.sorted_keys(right)
    }

    /// Hashes a value so that values that are the same have the same hash.
    pub fn hash(self, value: ValueRef<'_>, state: &impl BuildHasher) -> u64 {
        let mut hasher = state.build_hasher();
        match value {
            ValueRef::Text(text) if self == Self::CaseIgnore => hash_folded(text, &mut hasher),
            ValueRef::Text(text) | ValueRef::Reference(text) => hasher.write(text.as_bytes()),
            ValueRef::Bool(bool) => hasher.write_u8(u8::from(bool)),
            ValueRef::Int(int) => hasher.write_i64(int),
            ValueRef::Timestamp(timestamp) => hasher.write_i64(timestamp.second()),
            ValueRef::Binary(bytes) => hasher.write(bytes),
            ValueRef::Decimal(_) | ValueRef::Complex(_) | ValueRef::Secret(_) => {}
        }
        hasher.finish()
    }

    /// Returns a text that two values share exactly when they are the same; for sorting and keys.
    pub fn key(self, value: ValueRef<'_>) -> String {
        match value {
            ValueRef::Text(text) if self == Self::CaseIgnore => folded(text).collect(),
            ValueRef::Text(text) | ValueRef::Reference(text) => text.to_owned(),
            ValueRef::Binary(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            ValueRef::Secret(secret) => secret.expose().to_owned(),
            ValueRef::Complex(attributes) => {
                let exact = |it| Self::CaseExact.key(it);
                let values = attributes.iter().map(|(name, values)| {
                    let name = name.as_str().to_ascii_lowercase();
                    format!("{name:?}: {:?}", values.iter().map(exact).collect::<Vec<_>>())
                });
                values.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        }
    }

    fn sorted_keys<'a>(self, values: impl Iterator<Item = ValueRef<'a>>) -> Vec<String> {
        let mut keys: Vec<String> = values.map(|it| self.key(it)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Below this many values in both sets together, each is compared with each.
const SMALL_SET: usize = 24;

/// Hashes the bytes of a text in lower case, in pieces of one size: other letters may become ASCII ones.
fn hash_folded(text: &str, hasher: &mut impl Hasher) {
    if text.is_ascii() {
        let mut piece = [0; HASHED_AT_ONCE];
        for bytes in text.as_bytes().chunks(HASHED_AT_ONCE) {
            let piece = &mut piece[..bytes.len()];
            piece.copy_from_slice(bytes);
            piece.make_ascii_lowercase();
            hasher.write(piece);
        }
    } else {
        let text: String = folded(text).collect();
        text.as_bytes().chunks(HASHED_AT_ONCE).for_each(|it| hasher.write(it));
    }
}

const HASHED_AT_ONCE: usize = 64;

fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn text_compares_as_the_schema_says() {
        let same = |rule: CompareRule, left, right| rule.same(ValueRef::Text(left), ValueRef::Text(right));
        assert!(same(CompareRule::CaseIgnore, "Ångström", "ÅNGSTRÖM"));
        assert!(!same(CompareRule::CaseExact, "a", "A"));
        assert!(!same(CompareRule::CaseIgnore, "a", "b"));
        assert!(!CompareRule::CaseIgnore.same(ValueRef::Text("1"), ValueRef::Int(1)));
    }

    #[test]
    fn sets_ignore_order_and_size_does_not_matter() {
        for size in [3, 100] {
            let left: Vec<Value> = (0..size).map(|it| Value::from(format!("Value {it}"))).collect();
            let mut right: Vec<Value> =
                (0..size).rev().map(|it| Value::from(format!("VALUE {it}"))).collect();
            let same = |left: &[Value], right: &[Value]| {
                CompareRule::CaseIgnore
                    .same_set(left.iter().map(Value::borrow), right.iter().map(Value::borrow))
            };
            assert!(same(&left, &right));
            right[0] = Value::from("other");
            assert!(!same(&left, &right));
        }
    }

    #[test]
    fn equal_values_hash_and_key_alike() {
        let state = foldhash::fast::FixedState::default();
        let (left, right) = (ValueRef::Text("Straße"), ValueRef::Text("STRAße"));
        assert!(CompareRule::CaseIgnore.same(left, right));
        assert_eq!(CompareRule::CaseIgnore.hash(left, &state), CompareRule::CaseIgnore.hash(right, &state));
        assert_eq!(CompareRule::CaseIgnore.key(left), CompareRule::CaseIgnore.key(right));
        // The Kelvin sign becomes an ASCII letter, here behind the first piece that is hashed.
        let kelvin = [format!("{}K", "a".repeat(70)), format!("{}\u{212a}", "A".repeat(70))];
        let [left, right] = kelvin.each_ref().map(|it| ValueRef::Text(it));
        assert!(CompareRule::CaseIgnore.same(left, right));
        assert_eq!(CompareRule::CaseIgnore.hash(left, &state), CompareRule::CaseIgnore.hash(right, &state));
    }
}
