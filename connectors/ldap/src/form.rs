//! How does a value look on the wire? One [`Form`] for each kind of attribute, both ways.

use provisio_model::{Text, Timestamp, Value, ValueKind};

/// How the values of an attribute look on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// UTF-8.
    Text,
    /// `TRUE` or `FALSE`.
    Bool,
    /// Decimal digits.
    Int,
    /// Generalised time (RFC 4517 section 3.3.13), with or without a fraction of a second when it is written.
    Time { fraction: bool },
    /// Intervals of 100 ns since 1601; 0 and the largest number are no time.
    FileTime,
    /// Sixteen bytes of which the first eight are in an order of their own (MS-DTYP section 2.3.4).
    Guid,
    /// A security identifier (MS-DTYP section 2.4.2).
    Sid,
    /// Bytes.
    Binary,
    /// A distinguished name.
    Reference,
    /// A password that is written as it is (RFC 4519 section 2.41).
    Password,
    /// A password in quotes, in UTF-16 (MS-ADTS section 3.1.1.3.1.5.1).
    UnicodePassword,
}

/// Seconds from 1601-01-01 to 1970-01-01.
const FILE_TIME_EPOCH: i64 = 11_644_473_600;
/// What stands for no time in a FILETIME.
pub(crate) const FILE_TIME_NEVER: i64 = i64::MAX;

impl Form {
    /// Returns the type of the values.
    pub(crate) fn kind(self) -> ValueKind {
        match self {
            Self::Text | Self::Guid | Self::Sid => ValueKind::Text,
            Self::Bool => ValueKind::Bool,
            Self::Int => ValueKind::Int,
            Self::Time { .. } | Self::FileTime => ValueKind::Timestamp,
            Self::Binary => ValueKind::Binary,
            Self::Reference => ValueKind::Reference,
            Self::Password | Self::UnicodePassword => ValueKind::Secret,
        }
    }

    /// Reads a value; `None` where the bytes say that there is none. Of passwords nothing is read.
    ///
    /// # Errors
    /// What the bytes are not.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Option<Value>, &'static str> {
        let text = || std::str::from_utf8(bytes).map_err(|_| "UTF-8 text");
        Ok(Some(match self {
            Self::Text => Value::Text(text()?.into()),
            Self::Bool => Value::Bool(match bytes {
                b"TRUE" => true,
                b"FALSE" => false,
                _ => return Err("TRUE or FALSE"),
            }),
            Self::Int => Value::Int(text()?.parse().map_err(|_| "a whole number of 64 bits")?),
            Self::Time { .. } => Value::Timestamp(generalised_time(text()?).ok_or("a time")?),
            Self::FileTime => match text()?.parse().map_err(|_| "a time")? {
                0 | FILE_TIME_NEVER => return Ok(None),
                intervals => Value::Timestamp(from_file_time(intervals)),
            },
            Self::Guid => Value::Text(guid(bytes).ok_or("a GUID")?),
            Self::Sid => Value::Text(sid(bytes).ok_or("a security identifier")?.into()),
            Self::Binary => Value::Binary(bytes.to_vec()),
            Self::Reference => Value::Reference(text()?.into()),
            Self::Password | Self::UnicodePassword => return Ok(None),
        }))
    }

    /// Writes a value; references are written by who knows where they point.
    ///
    /// # Errors
    /// What the value is not.
    pub(crate) fn encode(self, value: &Value) -> Result<Vec<u8>, &'static str> {
        Ok(match (self, value) {
            // An empty value is not the absence of one, and directories refuse it in ways that nobody understands.
            (Self::Text, Value::Text(text)) if text.is_empty() => return Err("text that is not empty"),
            (Self::Text, Value::Text(text)) => text.as_bytes().to_vec(),
            (Self::Bool, Value::Bool(value)) => if *value { "TRUE" } else { "FALSE" }.into(),
            (Self::Int, Value::Int(value)) => value.to_string().into_bytes(),
            (Self::Time { fraction }, Value::Timestamp(time)) => {
                written_time(*time, fraction).ok_or("a time after the year 0")?.into_bytes()
            }
            (Self::FileTime, Value::Timestamp(time)) => {
                to_file_time(*time).ok_or("a time after the year 1601")?.to_string().into_bytes()
            }
            (Self::Guid, Value::Text(text)) => guid_bytes(text).ok_or("a GUID")?.to_vec(),
            (Self::Sid, Value::Text(text)) => sid_bytes(text).ok_or("a security identifier")?,
            (Self::Binary, Value::Binary(bytes)) => bytes.clone(),
            (Self::Password, Value::Secret(secret)) => secret.expose().as_bytes().to_vec(),
            (Self::UnicodePassword, Value::Secret(secret)) => {
                let quoted = std::iter::once(u16::from(b'"')).chain(secret.expose().encode_utf16());
                quoted.chain([u16::from(b'"')]).flat_map(u16::to_le_bytes).collect()
            }
            (form, _) => return Err(form.kind().name()),
        })
    }
}

/// Reads generalised time: at least to the hour, with a fraction and a zone.
fn generalised_time(text: &str) -> Option<Timestamp> {
    let digits = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    let (stamp, rest) = text.split_at(digits);
    if !matches!(digits, 10 | 12 | 14) {
        return None;
    }
    let number =
        |range: std::ops::Range<usize>| stamp.get(range).map_or(Some(0), |it| it.parse::<i16>().ok());
    let byte = |range| number(range).and_then(|it| i8::try_from(it).ok());
    // A leap second is the second after it: nothing else here knows them.
    let second = byte(12..14)?.min(59);
    let civil = jiff::civil::DateTime::new(
        number(0..4)?,
        byte(4..6)?,
        byte(6..8)?,
        byte(8..10)?,
        byte(10..12)?,
        second,
        0,
    );
    let civil = civil.ok()?;
    let (fraction, zone) = match rest.strip_prefix(['.', ',']) {
        Some(rest) => {
            let end = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
            (&rest[..end], &rest[end..])
        }
        None => ("", rest),
    };
    // A fraction is one of the smallest unit that is written.
    let unit: i64 = match digits {
        10 => 3_600,
        12 => 60,
        _ => 1,
    };
    let places = fraction.get(..9.min(fraction.len()))?;
    let billionths = if places.is_empty() {
        0
    } else {
        places.parse::<i64>().ok()? * 10_i64.pow(9 - u32::try_from(places.len()).ok()?)
    };
    let nanoseconds = billionths * unit;
    let offset = match zone {
        "Z" => 0,
        _ => {
            let (sign, zone) = match zone.split_at_checked(1)? {
                ("+", zone) => (1, zone),
                ("-", zone) => (-1, zone),
                _ => return None,
            };
            let is_zone = matches!(zone.len(), 2 | 4) && zone.bytes().all(|it| it.is_ascii_digit());
            let part =
                |range: std::ops::Range<usize>| zone.get(range).map_or(Some(0), |it| it.parse::<i64>().ok());
            sign * (part(0..2).filter(|_| is_zone)? * 3_600 + part(2..4)? * 60)
        }
    };
    let base = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
    let second = base.as_second() - offset + nanoseconds / 1_000_000_000;
    Some(Timestamp::from_parts(second, u32::try_from(nanoseconds % 1_000_000_000).ok()?))
}

fn written_time(time: Timestamp, fraction: bool) -> Option<String> {
    let civil =
        jiff::Timestamp::from_second(time.second()).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    if civil.year() < 0 {
        return None;
    }
    let (year, month, day) = (civil.year(), civil.month(), civil.day());
    let (hour, minute, second) = (civil.hour(), civil.minute(), civil.second());
    let end = if fraction { ".0Z" } else { "Z" };
    Some(format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{end}"))
}

fn from_file_time(intervals: i64) -> Timestamp {
    let second = intervals.div_euclid(10_000_000) - FILE_TIME_EPOCH;
    let rest = intervals.rem_euclid(10_000_000) * 100;
    Timestamp::from_parts(second, u32::try_from(rest).unwrap_or(0))
}

fn to_file_time(time: Timestamp) -> Option<i64> {
    let seconds = time.second().checked_add(FILE_TIME_EPOCH)?;
    let intervals = seconds.checked_mul(10_000_000)?.checked_add(i64::from(time.nanosecond() / 100))?;
    (intervals > 0 && intervals < FILE_TIME_NEVER).then_some(intervals)
}

/// In which place of the text each byte of a GUID stands.
const GUID_ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/// Writes a GUID as text: `c5c4c476-3dca-4805-a67c-c17b5e987a27`.
pub(crate) fn guid(bytes: &[u8]) -> Option<Text> {
    let bytes: &[u8; 16] = bytes.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (place, &from) in GUID_ORDER.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [bytes[from] >> 4, bytes[from] & 0x0f] {
            text.push(char::from_digit(u32::from(digit), 16)?);
        }
    }
    Some(text.into())
}

/// Reads a GUID of text.
pub(crate) fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|it| it.len()).collect();
    if lengths != [8, 4, 4, 4, 12] || !text.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-') {
        return None;
    }
    let digits = groups.concat();
    let mut bytes = [0; 16];
    for (place, &to) in GUID_ORDER.iter().enumerate() {
        bytes[to] = u8::from_str_radix(digits.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn sid(bytes: &[u8]) -> Option<String> {
    let [revision, count, authority @ ..] = bytes else { return None };
    let (authority, rest) = authority.split_at_checked(6)?;
    if rest.len() != usize::from(*count) * 4 {
        return None;
    }
    let authority = authority.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let mut text = format!("S-{revision}-{authority}");
    for part in rest.chunks_exact(4) {
        text.push_str(&format!("-{}", u32::from_le_bytes(part.try_into().ok()?)));
    }
    Some(text)
}

fn sid_bytes(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.strip_prefix("S-")?.split('-');
    let revision: u8 = parts.next()?.parse().ok()?;
    let authority: u64 = parts.next()?.parse().ok()?;
    let rest: Vec<u32> = parts.map(|it| it.parse().ok()).collect::<Option<_>>()?;
    let mut bytes = vec![revision, u8::try_from(rest.len()).ok()?];
    bytes.extend_from_slice(authority.to_be_bytes().get(2..)?);
    bytes.extend(rest.into_iter().flat_map(u32::to_le_bytes));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use provisio_model::Secret;

    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn times_are_read_as_they_are_written_anywhere() {
        let read = |text: &str| generalised_time(text).map(|it| it.to_string());
        assert_eq!(read("20261122090524Z").as_deref(), Some("2026-11-22T09:05:24Z"));
        assert_eq!(read("20261122090524.0Z").as_deref(), Some("2026-11-22T09:05:24Z"));
        assert_eq!(read("20261122090524.25+0130").as_deref(), Some("2026-11-22T07:35:24.25Z"));
        assert_eq!(read("202611220905.5Z").as_deref(), Some("2026-11-22T09:05:30Z"));
        assert_eq!(read("2026112209-03").as_deref(), Some("2026-11-22T12:00:00Z"));
        for text in [
            "",
            "20261322090524Z",
            "20261122090524",
            "2026112209052Z",
            "20261122090524Zx",
            "20261122090524+é",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_file_time_that_is_none_is_none() {
        assert_eq!(Form::FileTime.decode(b"0"), Ok(None));
        assert_eq!(Form::FileTime.decode(b"9223372036854775807"), Ok(None));
        let value = Form::FileTime.decode(b"134397694550620140").expect("a time").expect("a value");
        assert_eq!(value, Value::Timestamp(time("2026-11-21T21:17:35.062014Z")));
        assert_eq!(Form::FileTime.encode(&value).expect("it can be written"), b"134397694550620140");
    }

    #[test]
    fn identifiers_are_text_as_windows_shows_it() {
        let bytes = b"\xc4\xc4\xc5v\xca=\x05H\xa6|\xc1{^\x98z'";
        assert_eq!(guid(bytes).as_deref(), Some("76c5c4c4-3dca-4805-a67c-c17b5e987a27"));
        assert_eq!(guid_bytes("76C5C4C4-3dca-4805-a67c-c17b5e987a27").as_ref(), Some(bytes));
        assert_eq!(guid_bytes("76c5c4c43dca4805a67cc17b5e987a27"), None);
        let bytes = b"\x01\x02\x00\x00\x00\x00\x00\x05 \x00\x00\x00!\x02\x00\x00";
        assert_eq!(sid(bytes).as_deref(), Some("S-1-5-32-545"));
        assert_eq!(sid_bytes("S-1-5-32-545").as_deref(), Some(&bytes[..]));
    }

    #[test]
    fn a_password_for_active_directory_is_quoted_in_utf_16() {
        let secret = Value::Secret(Secret::new("p\u{1d11e}"));
        let bytes = Form::UnicodePassword.encode(&secret).expect("it can be written");
        assert_eq!(bytes, b"\"\0p\0\x34\xd8\x1e\xdd\"\0");
        assert_eq!(Form::UnicodePassword.decode(&bytes), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(second in -62_000_000_000_i64..250_000_000_000) {
            let value = Value::Timestamp(Timestamp::from_second(second));
            for fraction in [false, true] {
                let form = Form::Time { fraction };
                if let Ok(bytes) = form.encode(&value) {
                    prop_assert_eq!(form.decode(&bytes), Ok(Some(value.clone())));
                }
            }
            if let Ok(bytes) = Form::FileTime.encode(&value) {
                prop_assert_eq!(Form::FileTime.decode(&bytes), Ok(Some(value)));
            }
        }

        #[test]
        fn no_bytes_make_a_form_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), text in "[0-9+Z.,S-]{0,20}") {
            for form in [Form::Time { fraction: false }, Form::FileTime, Form::Guid, Form::Sid, Form::Int] {
                let _ = form.decode(&bytes);
                let _ = form.decode(text.as_bytes());
            }
            let _ = (guid_bytes(&text), sid_bytes(&text));
        }
    }
}
