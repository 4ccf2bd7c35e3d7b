//! Numbers and instants as texts of ASCII, so that a row is one text.
//!
//! Equal values have equal codes. They are short and say nothing to people.

use crate::Timestamp;

/// Bits that a byte of ASCII holds.
const BITS: u32 = 7;
/// Bytes for 64 bits.
const WIDE: usize = 10;
/// Bytes for 32 bits.
const NARROW: usize = 5;

/// A code, on its way into a text.
pub(super) struct Code {
    bytes: [u8; WIDE + NARROW],
    length: usize,
}

impl Code {
    const EMPTY: Self = Self { bytes: [0; WIDE + NARROW], length: 0 };

    fn push(&mut self, mut number: u64, digits: usize) {
        for _ in 0..digits {
            self.bytes[self.length] = number as u8 & 0x7f;
            self.length += 1;
            number >>= BITS;
        }
    }

    pub(super) fn as_str(&self) -> &str {
        // ASCII always.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }

    /// Writes an integer in as many bytes as it takes; small ones are short, whatever their sign.
    pub(super) fn int(int: i64) -> Self {
        let folded = ((int << 1) ^ (int >> 63)) as u64;
        let bits = u64::BITS - folded.leading_zeros();
        let mut code = Self::EMPTY;
        code.push(folded, bits.div_ceil(BITS) as usize);
        code
    }

    pub(super) fn decimal(decimal: f64) -> Self {
        let mut code = Self::EMPTY;
        code.push(decimal.to_bits(), WIDE);
        code
    }

    pub(super) fn timestamp(timestamp: Timestamp) -> Self {
        let mut code = Self::EMPTY;
        code.push(timestamp.second() as u64, WIDE);
        code.push(timestamp.nanosecond().into(), NARROW);
        code
    }

    /// Writes which of the things is meant that lie beside a row.
    pub(super) fn place(place: usize) -> Self {
        let mut code = Self::EMPTY;
        code.push(place as u64, PLACE_BYTES);
        code
    }
}

/// Bytes of the code of a place.
pub(super) const PLACE_BYTES: usize = 2;
/// How many places have codes.
pub(super) const PLACES: usize = 1 << (BITS as usize * PLACE_BYTES);

fn number(code: &[u8]) -> u64 {
    code.iter().rev().fold(0, |number, byte| number << BITS | u64::from(byte & 0x7f))
}

pub(super) fn bool(bool: bool) -> &'static str {
    if bool { "1" } else { "0" }
}

pub(super) fn read_bool(code: &str) -> bool {
    code == "1"
}

pub(super) fn read_int(code: &str) -> i64 {
    let folded = number(code.as_bytes());
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

pub(super) fn read_decimal(code: &str) -> f64 {
    f64::from_bits(number(code.as_bytes()))
}

pub(super) fn read_timestamp(code: &str) -> Timestamp {
    let (second, nanosecond) = code.as_bytes().split_at_checked(WIDE).unwrap_or_default();
    Timestamp::from_parts(number(second) as i64, u32::try_from(number(nanosecond)).unwrap_or(0))
}

pub(super) fn read_place(code: &str) -> usize {
    number(code.as_bytes()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for int in [0, 1, -1, 63, 64, -64, -65, 1 << 40, i64::MAX, i64::MIN] {
            assert_eq!(read_int(Code::int(int).as_str()), int);
        }
        assert_eq!(Code::int(-3).as_str().len(), 1);
        for decimal in [0.0, -0.0, 0.1, f64::MAX, f64::MIN_POSITIVE, -1e-300] {
            assert_eq!(read_decimal(Code::decimal(decimal).as_str()).to_bits(), decimal.to_bits());
        }
        for (second, nanosecond) in [(0, 0), (-1, 5), (253_402_207_200, 999_999_999), (-377_705_023_201, 1)] {
            let timestamp = Timestamp::from_parts(second, nanosecond);
            assert_eq!(read_timestamp(Code::timestamp(timestamp).as_str()), timestamp);
        }
        for place in [0, 1, 127, 128, PLACES - 1] {
            assert_eq!(read_place(Code::place(place).as_str()), place);
        }
        assert!(read_bool(bool(true)) && !read_bool(bool(false)));
    }
}
