//! How are LDAP messages put into bytes, and taken out of them?
//!
//! Only the part of BER (ITU-T X.690) that RFC 4511 section 5.1 leaves: definite lengths and tags of one byte. A
//! [`Reader`] borrows and never allocates, whatever lengths the bytes claim; how deep something may be nested is up to
//! who reads it, since a `Reader` enters one element at a time.

use std::fmt;

/// `BOOLEAN`.
pub(crate) const BOOLEAN: u8 = 0x01;
/// `INTEGER`.
pub(crate) const INTEGER: u8 = 0x02;
/// `OCTET STRING`.
pub(crate) const OCTETS: u8 = 0x04;
/// `ENUMERATED`.
pub(crate) const ENUMERATED: u8 = 0x0a;
/// `SEQUENCE` and `SEQUENCE OF`.
pub(crate) const SEQUENCE: u8 = 0x30;
/// `SET` and `SET OF`.
pub(crate) const SET: u8 = 0x31;

/// Makes the tag of a primitive element `[number]`.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// Makes the tag of a constructed element `[number]`.
pub(crate) const fn context_of(number: u8) -> u8 {
    0xa0 | number
}

/// Bytes that are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "malformed: {}", self.0)
    }
}

/// Appends elements.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends an element whose content is appended by `content`.
    pub(crate) fn nested(&mut self, tag: u8, content: impl FnOnce(&mut Self)) {
        // A length of four bytes, whatever it is: what it is comes out only behind the content.
        self.bytes.extend_from_slice(&[tag, 0x84, 0, 0, 0, 0]);
        let start = self.bytes.len();
        content(self);
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        if let Some(place) = self.bytes.get_mut(start - 4..start) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    pub(crate) fn octets(&mut self, tag: u8, content: &[u8]) {
        self.bytes.push(tag);
        match u8::try_from(content.len()) {
            Ok(short) if short < 0x80 => self.bytes.push(short),
            _ => {
                self.bytes.push(0x84);
                let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
                self.bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(content);
    }

    pub(crate) fn boolean(&mut self, tag: u8, value: bool) {
        self.octets(tag, &[if value { 0xff } else { 0 }]);
    }

    pub(crate) fn integer(&mut self, tag: u8, value: i64) {
        let bytes = value.to_be_bytes();
        let is_redundant = |at: usize| {
            let sign = if bytes[at + 1] & 0x80 == 0 { 0 } else { 0xff };
            bytes[at] == sign
        };
        let start = (0..7).find(|&at| !is_redundant(at)).unwrap_or(7);
        self.octets(tag, &bytes[start..]);
    }
}

/// Reads elements one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes the next element: its tag and content.
    pub(crate) fn next(&mut self) -> Result<(u8, &'a [u8]), Malformed> {
        let header = header(self.bytes)?.ok_or(Malformed("an element is cut off"))?;
        let end = header.length.checked_add(header.start).ok_or(Malformed("a length is too large"))?;
        let content = self.bytes.get(header.start..end).ok_or(Malformed("an element is cut off"))?;
        self.bytes = self.bytes.get(end..).unwrap_or_default();
        Ok((header.tag, content))
    }

    /// Takes the next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            (found, content) if found == tag => Ok(content),
            _ => Err(Malformed("an element of another type was expected")),
        }
    }

    /// Enters the next element, which must have this tag.
    pub(crate) fn enter(&mut self, tag: u8) -> Result<Self, Malformed> {
        self.expect(tag).map(Self::new)
    }

    /// Takes the next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, Malformed> {
        if self.bytes.first() == Some(&tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// Takes a number.
    pub(crate) fn integer(&mut self, tag: u8) -> Result<i64, Malformed> {
        integer(self.expect(tag)?)
    }

    /// Takes a boolean if one is next, else `default`.
    pub(crate) fn boolean_or(&mut self, tag: u8, default: bool) -> Result<bool, Malformed> {
        Ok(self.optional(tag)?.map_or(default, |content| content != [0]))
    }
}

/// Reads the content of a number.
pub(crate) fn integer(content: &[u8]) -> Result<i64, Malformed> {
    if content.is_empty() || content.len() > 8 {
        return Err(Malformed("a number is too large"));
    }
    let sign: i64 = if content[0] & 0x80 == 0 { 0 } else { -1 };
    Ok(content.iter().fold(sign, |number, byte| number << 8 | i64::from(*byte)))
}

struct Header {
    tag: u8,
    /// Where the content begins.
    start: usize,
    length: usize,
}

/// Reads tag and length; `None` when there are too few bytes for them.
fn header(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    let [tag, first, rest @ ..] = bytes else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed("a tag of more than one byte"));
    }
    if *first < 0x80 {
        return Ok(Some(Header { tag: *tag, start: 2, length: usize::from(*first) }));
    }
    let count = usize::from(first & 0x7f);
    if count == 0 || count > 4 {
        return Err(Malformed("a length is indefinite or too large"));
    }
    let Some(digits) = rest.get(..count) else { return Ok(None) };
    let length = digits.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
    Ok(Some(Header { tag: *tag, start: 2 + count, length }))
}

/// Returns how many bytes the first element has with its tag and length; `None` when that cannot be seen yet.
pub(crate) fn element_bytes(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    match header(bytes)? {
        Some(header) if header.tag == SEQUENCE => Ok(header.start.checked_add(header.length)),
        Some(_) => Err(Malformed("this is not an LDAP message")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(number in any::<i64>()) {
            let mut writer = Writer::default();
            writer.integer(INTEGER, number);
            let bytes = writer.into_bytes();
            prop_assert_eq!(Reader::new(&bytes).integer(INTEGER), Ok(number));
        }

        #[test]
        fn octets_come_back(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut writer = Writer::default();
            writer.nested(SEQUENCE, |it| it.octets(OCTETS, &octets));
            let bytes = writer.into_bytes();
            prop_assert_eq!(element_bytes(&bytes), Ok(Some(bytes.len())));
            let mut inner = Reader::new(&bytes).enter(SEQUENCE).expect("a sequence");
            prop_assert_eq!(inner.expect(OCTETS), Ok(&*octets));
            prop_assert!(inner.is_empty());
        }

        #[test]
        fn no_bytes_make_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = element_bytes(&bytes);
            let mut reader = Reader::new(&bytes);
            while !reader.is_empty() {
                if reader.next().is_err() {
                    break;
                }
            }
        }
    }

    #[test]
    fn numbers_are_written_as_short_as_can_be() {
        let bytes = |number| {
            let mut writer = Writer::default();
            writer.integer(INTEGER, number);
            writer.into_bytes()
        };
        assert_eq!(bytes(0), [2, 1, 0]);
        assert_eq!(bytes(127), [2, 1, 127]);
        assert_eq!(bytes(128), [2, 2, 0, 128]);
        assert_eq!(bytes(-1), [2, 1, 255]);
        assert_eq!(bytes(-129), [2, 2, 255, 127]);
    }
}
