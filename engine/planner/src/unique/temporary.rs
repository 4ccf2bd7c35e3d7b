//! A value that stands in for a while.

use provisio_model::{AttributeSchema, Text, Value};

/// How many values are tried before there is no room.
const ATTEMPTS_MAX: u32 = 64;

/// Makes a text that is free, derived from the object and the attribute, so that the same plan has the same one. It
/// looks like the text that it replaces, `adele-tmp-1f3a9c2b@contoso.example`, so that people know it again and a
/// system that wants an address gets one; where that is too long, it is the digits alone.
pub(super) fn temporary(
    schema: &AttributeSchema,
    id: &str,
    text: &str,
    is_free: impl Fn(&Value) -> bool,
) -> Option<Value> {
    let most = schema.length_max.unwrap_or(usize::MAX);
    let (local, domain) = match text.rfind('@') {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    (0..ATTEMPTS_MAX).find_map(|attempt| {
        let digits = format!("{:08x}", hash(id, schema.name.as_str(), attempt) >> 32);
        let suffix = format!("-tmp-{digits}{domain}");
        let room = most.saturating_sub(suffix.chars().count());
        let text: String = if room > 0 {
            local.chars().take(room).chain(suffix.chars()).collect()
        } else {
            digits.chars().take(most).collect()
        };
        let value = Value::Text(Text::from(text));
        (most > 0 && is_free(&value)).then_some(value)
    })
}

/// 64-bit FNV-1a, and the mixing step of SplitMix64: FNV leaves the high bits of short texts alike.
fn hash(id: &str, attribute: &str, attempt: u32) -> u64 {
    let name = attribute.bytes().map(|it| it.to_ascii_lowercase());
    let bytes = id.bytes().chain([0]).chain(name).chain([0]).chain(attempt.to_le_bytes());
    let mut bits = bytes
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(schema: &AttributeSchema, text: &str) -> Option<String> {
        temporary(schema, "u1", text, |_| true).and_then(|it| it.as_text().map(str::to_owned))
    }

    #[test]
    fn a_temporary_value_looks_like_the_one_it_replaces() {
        let mail = AttributeSchema::text("mail");
        let value = made(&mail, "adele@contoso.example").expect("room");
        assert!(value.starts_with("adele-tmp-") && value.ends_with("@contoso.example"), "{value}");
        assert_eq!(made(&mail, "adele@contoso.example"), Some(value), "the same each time");
        assert!(made(&mail, "adele").expect("room").starts_with("adele-tmp-"));
    }

    #[test]
    fn a_temporary_value_fits() {
        for most in 1..40 {
            let name = AttributeSchema::text("name").length_max(most);
            let value = made(&name, "ådele.vance@contoso").expect("room");
            assert!(value.chars().count() <= most, "{value} in {most}");
        }
        assert_eq!(made(&AttributeSchema::text("name").length_max(0), "a"), None);
    }

    #[test]
    fn a_temporary_value_is_free_or_there_is_none() {
        let name = AttributeSchema::text("name");
        let taken = made(&name, "adele").expect("room");
        let other = temporary(&name, "u1", "adele", |it| it.as_text() != Some(&*taken)).expect("another");
        assert_ne!(other.as_text(), Some(&*taken));
        assert_eq!(temporary(&name, "u1", "adele", |_| false), None);
    }
}
