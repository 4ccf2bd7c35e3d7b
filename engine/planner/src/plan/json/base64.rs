//! How do bytes stand in the file? In base64 with padding (RFC 4648 section 4), in the one form that it has.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let six = (bits >> (18 - 6 * digit)) as usize & 0x3f;
            // One byte takes two digits, two take three, three take four.
            text.push(if digit <= group.len() { char::from(ALPHABET[six]) } else { '=' });
        }
    }
    text
}

/// Reads what [`encode`] wrote; `None` for any other text.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (groups, []) = text.as_bytes().as_chunks::<4>() else { return None };
    let mut bytes = Vec::with_capacity(groups.len() * 3);
    for (at, group) in groups.iter().enumerate() {
        let digits = group.iter().take_while(|it| **it != b'=').count();
        let is_last = at + 1 == groups.len();
        if digits < 2 || (digits < 4 && !is_last) || group[digits..].iter().any(|it| *it != b'=') {
            return None;
        }
        let mut bits = 0_u32;
        for digit in &group[..digits] {
            bits = bits << 6 | value(*digit)?;
        }
        let [_, all @ ..] = (bits << (6 * (4 - digits))).to_be_bytes();
        let (kept, rest) = all.split_at(digits - 1);
        if rest.iter().any(|it| *it != 0) {
            return None;
        }
        bytes.extend_from_slice(kept);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_section_10_read_and_write() {
        let vectors = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (length, text) in vectors.into_iter().enumerate() {
            let bytes = &b"foobar"[..length];
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).as_deref(), Some(bytes));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
    }

    #[test]
    fn no_other_text_is_base64() {
        for text in
            ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Z=g=", "Zm9v\n", "_-==", "é==", " Zg="]
        {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
