//! What is a number with a fraction? An exact [`Decimal`], because `f64` cannot hold what people type.
//!
//! A binary float would print `0.1 + 0.2` oddities, lose the last digits of 64-bit identifiers that come as
//! decimals, and have no total order. Eighteen digits and a scale cover every attribute seen in directories
//! and HR systems, in sixteen bytes, with exact equality and order.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number: `coefficient / 10^scale`, always in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    coefficient: i64,
    scale: u8,
}

impl Decimal {
    /// The most digits after the point.
    pub const MAX_SCALE: u8 = 18;

    /// Makes `coefficient / 10^scale`; `None` when `scale` is more than [`Self::MAX_SCALE`].
    pub fn new(coefficient: i64, scale: u8) -> Option<Self> {
        (scale <= Self::MAX_SCALE).then(|| Self { coefficient, scale }.reduced())
    }

    /// Reads `-12.50`: an optional sign, digits, and optionally a point and digits.
    ///
    /// `None` when the text is something else or has more digits than fit.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction_given = digits.len() != whole.len();
        if whole.is_empty() || (fraction_given && fraction.is_empty()) {
            return None;
        }
        let mut coefficient = 0_i64;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return None;
            }
            let digit = i64::from(digit - b'0');
            coefficient = coefficient.checked_mul(10)?;
            coefficient =
                if negative { coefficient.checked_sub(digit) } else { coefficient.checked_add(digit) }?;
        }
        Self::new(coefficient, u8::try_from(fraction.len()).ok()?)
    }

    /// Says whether the number is zero.
    pub fn is_zero(self) -> bool {
        self.coefficient == 0
    }

    /// Gives the number as an integer, if it is one.
    pub fn to_integer(self) -> Option<i64> {
        (self.scale == 0).then_some(self.coefficient)
    }

    fn reduced(mut self) -> Self {
        while self.scale > 0 && self.coefficient % 10 == 0 {
            self.coefficient /= 10;
            self.scale -= 1;
        }
        self
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { coefficient: value, scale: 0 }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let widen =
            |own: Self, scale: u8| i128::from(own.coefficient) * 10_i128.pow(u32::from(scale - own.scale));
        let scale = self.scale.max(other.scale);
        widen(*self, scale).cmp(&widen(*other, scale))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(formatter, "{}", self.coefficient);
        }
        let unit = 10_u64.pow(u32::from(self.scale));
        let size = self.coefficient.unsigned_abs();
        let sign = if self.coefficient < 0 { "-" } else { "" };
        write!(formatter, "{sign}{}.{:0width$}", size / unit, size % unit, width = usize::from(self.scale))
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn a_decimal_reads_and_prints_in_lowest_terms() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(
                Decimal::parse(text).map(|decimal| decimal.to_string()).as_deref(),
                expected,
                "{text}"
            );
        };
        check("1.50", Some("1.5"));
        check("-0.05", Some("-0.05"));
        check("+3", Some("3"));
        check("9223372036854775807", Some("9223372036854775807"));
        check("92233720368547758080", None);
        check("1.", None);
        check(".5", None);
        check("1e3", None);
        check("", None);
    }

    #[test]
    fn decimals_order_by_value() {
        let decimal = |text| Decimal::parse(text).expect("a decimal");
        assert!(decimal("1.5") > decimal("1.49999"));
        assert!(decimal("-2") < decimal("-1.999999999999999999"));
        assert_eq!(decimal("2.0"), Decimal::from(2));
    }
}
