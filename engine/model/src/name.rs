//! Names of attributes and object types.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

use crate::Text;

/// The name of an attribute: compared without regard to ASCII case, printed as given.
///
/// SCIM (RFC 7643 section 2.1) and LDAP (RFC 4512 section 2.5) both say so. An expression may still insist on
/// the exact spelling, as Entra does.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttrName(Text);

impl AttrName {
    /// Makes a name.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Text::new(name))
    }

    /// Returns the name as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether another name is written in the same letters, upper and lower case told apart.
    #[inline]
    pub fn is_written_like(&self, other: &Self) -> bool {
        self.0 == other.0
    }

    /// Tells whether `other` names the same attribute.
    pub fn is(&self, other: &str) -> bool {
        *self.0 == *other || self.0.eq_ignore_ascii_case(other)
    }

    /// Returns the first letters without regard to ASCII case, as a number that is in their order: names whose numbers differ
    /// are different.
    #[inline]
    pub fn first_letters(&self) -> u64 {
        lower_case(self.0.as_bytes())
    }

    /// Compares two names without regard to ASCII case.
    #[inline]
    pub fn compare(left: &str, right: &str) -> Ordering {
        let (mut left, mut right) = (left.as_bytes(), right.as_bytes());
        // Eight letters at a time: most names differ in the first ones.
        loop {
            let order = lower_case(left).cmp(&lower_case(right));
            if order.is_ne() || left.len() <= AT_ONCE || right.len() <= AT_ONCE {
                return order.then_with(|| left.len().cmp(&right.len()));
            }
            (left, right) = (&left[AT_ONCE..], &right[AT_ONCE..]);
        }
    }
}

const AT_ONCE: usize = 8;

/// The first letters in lower case, as a number that is in their order.
#[inline]
fn lower_case(name: &[u8]) -> u64 {
    let mut first = [0; AT_ONCE];
    match name.first_chunk() {
        Some(letters) => first = *letters,
        None => first[..name.len()].copy_from_slice(name),
    }
    lower_case_of(u64::from_be_bytes(first))
}

/// ASCII letters in lower case, eight at a time.
#[inline]
fn lower_case_of(letters: u64) -> u64 {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    const EACH: u64 = 0x0101_0101_0101_0101;
    let seven_bits = letters & !HIGH;
    // The high bit of each: whether it is `A` or behind, and whether it is behind `Z`.
    let from_a = seven_bits + EACH * (0x80 - u64::from(b'A'));
    let after_z = seven_bits + EACH * (0x7f - u64::from(b'Z'));
    letters | ((from_a ^ after_z) & !letters & HIGH) >> 2
}

impl PartialEq for AttrName {
    fn eq(&self, other: &Self) -> bool {
        self.is(other.as_str())
    }
}

impl Eq for AttrName {}

impl PartialOrd for AttrName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AttrName {
    fn cmp(&self, other: &Self) -> Ordering {
        Self::compare(self.as_str(), other.as_str())
    }
}

impl Hash for AttrName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in self.0.bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

impl From<&str> for AttrName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for AttrName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for AttrName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// The kind of object in a system, such as `user`, `group` or `worker`; compared exactly.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectType(Text);

impl ObjectType {
    /// Makes an object type.
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Text::new(name))
    }

    /// Returns its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for ObjectType {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for ObjectType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_compare_without_case_and_print_as_given() {
        assert_eq!(AttrName::new("userName"), AttrName::new("USERNAME"));
        assert_eq!(AttrName::new("userName").to_string(), "userName");
        assert!(AttrName::new("a") < AttrName::new("B"));
        assert_ne!(ObjectType::new("user"), ObjectType::new("User"));
    }

    #[test]
    fn letters_become_lower_case_and_nothing_else_changes() {
        for byte in 0..=u8::MAX {
            let eight = [byte, b'a', byte, b'Z', b'@', b'[', 0xff, byte];
            let lower_case = u64::from_be_bytes(eight.map(|it| it.to_ascii_lowercase()));
            assert_eq!(lower_case_of(u64::from_be_bytes(eight)), lower_case, "{byte}");
        }
    }

    #[test]
    fn attribute_names_are_in_the_order_of_their_lower_case_letters() {
        let names =
            ["", "a", "A1", "aB", "abcdefgh", "ABCDEFGHI", "abcdefghIJKLMNOP", "abcdefghijklmnopq", "é"];
        for (at, left) in names.iter().enumerate() {
            for (other_at, right) in names.iter().enumerate() {
                let slowly = left.to_ascii_lowercase().cmp(&right.to_ascii_lowercase());
                assert_eq!(AttrName::compare(left, right), slowly, "{left} {right}");
                assert_eq!(at.cmp(&other_at), slowly);
            }
        }
    }
}
