//! Where is an entry? Distinguished names (RFC 4514) as data.
//!
//! Names come out of values, never out of text put together: [`Dn::child`] takes any value and escapes it. Two names are
//! of one entry when their [`Dn::key`]s are the same.

use std::fmt;

/// The most relative names in a name, and bytes of its text, that are read.
const RDNS_MAX: usize = 1_000;

/// A distinguished name: relative names, the entry's own first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dn(Vec<Rdn>);

/// A relative distinguished name: one value mostly, several where the directory has such names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rdn(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    attribute: String,
    value: PartValue,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PartValue {
    Text(Vec<u8>),
    /// `#` and hexadecimal digits: BER that is kept as it is.
    Encoded(String),
}

impl Dn {
    /// Reads a name.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence without a full stop.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rdns = Vec::new();
        // A space at the end may be escaped: it belongs to the last value, or is dropped there.
        let mut rest = text.trim_start_matches(' ');
        while !rest.is_empty() {
            let (rdn, separator, behind) = Rdn::parse(rest)?;
            rdns.push(rdn);
            rest = behind;
            if separator.is_some() && rest.trim_start_matches(' ').is_empty() {
                return Err(format!("`{}` ends with a separator", shown(text)));
            }
            if rdns.len() > RDNS_MAX {
                return Err("the name has too many parts".to_owned());
            }
        }
        Ok(Self(rdns))
    }

    /// Returns the name of the entry that this one is in; `None` for the empty name.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.0.get(1..).map(|rdns| Self(rdns.to_vec()))
    }

    /// Returns the relative name.
    pub(crate) fn rdn(&self) -> Option<&Rdn> {
        self.0.first()
    }

    /// Returns the name of an entry within this one.
    pub(crate) fn child(&self, attribute: &str, value: &str) -> Self {
        self.within(Rdn::new(attribute, value))
    }

    /// Returns the name of an entry within this one.
    pub(crate) fn within(&self, rdn: Rdn) -> Self {
        Self(std::iter::once(rdn).chain(self.0.iter().cloned()).collect())
    }

    /// Tells whether an entry is this one or beneath it.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        let Some(start) = other.0.len().checked_sub(self.0.len()) else { return false };
        other.0.iter().skip(start).map(Rdn::key).eq(self.0.iter().map(Rdn::key))
    }

    /// Returns a text that two names share exactly when they are of the same entry: without regard to case and to
    /// repeated spaces, as directories compare nearly every naming attribute.
    pub(crate) fn key(&self) -> String {
        let keys: Vec<String> = self.0.iter().map(Rdn::key).collect();
        keys.join(",")
    }
}

/// Returns the key of a name that stands in text; that of the text itself if it is no name.
pub(crate) fn key_of(text: &str) -> String {
    plain_key(text).unwrap_or_else(|| Dn::parse(text).map_or_else(|_| text.to_lowercase(), |dn| dn.key()))
}

/// Returns the key of a name in which nothing needs a second look, as most are; `None` for others.
fn plain_key(text: &str) -> Option<String> {
    let is_attribute = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_alphabetic())
            && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    let is_value = |it: &str| {
        let is_plain = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'.' | b'_' | b'@' | b' ');
        it.bytes().all(is_plain) && it.split(' ').all(|it| !it.is_empty())
    };
    let mut parts = text.split(',');
    let is_part =
        |it: &str| it.split_once('=').is_some_and(|(name, value)| is_attribute(name) && is_value(value));
    parts.all(is_part).then(|| text.to_ascii_lowercase())
}

impl Rdn {
    /// Returns its value if it has one, and that is text.
    pub(crate) fn only_value(&self) -> Option<&str> {
        match &self.0[..] {
            [Part { value: PartValue::Text(bytes), .. }] => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    pub(crate) fn new(attribute: &str, value: &str) -> Self {
        let value = PartValue::Text(value.as_bytes().to_vec());
        Self(vec![Part { attribute: attribute.to_owned(), value }])
    }

    /// Returns the value that an attribute has in the name.
    pub(crate) fn value(&self, attribute: &str) -> Option<&str> {
        let part = self.0.iter().find(|it| it.attribute.eq_ignore_ascii_case(attribute))?;
        match &part.value {
            PartValue::Text(bytes) => std::str::from_utf8(bytes).ok(),
            PartValue::Encoded(_) => None,
        }
    }

    /// Tells how many values the name is made of.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the attribute that comes first in the name.
    pub(crate) fn attribute(&self) -> &str {
        self.0.first().map_or("", |it| it.attribute.as_str())
    }

    /// Returns the name with another value of an attribute; parts of other attributes stay.
    pub(crate) fn with(&self, attribute: &str, value: &str) -> Self {
        let mut parts = self.0.clone();
        match parts.iter_mut().find(|it| it.attribute.eq_ignore_ascii_case(attribute)) {
            Some(part) => part.value = PartValue::Text(value.as_bytes().to_vec()),
            None => return Self::new(attribute, value),
        }
        Self(parts)
    }

    fn key(&self) -> String {
        let mut keys: Vec<String> = self.0.iter().map(Part::key).collect();
        keys.sort_unstable();
        keys.join("+")
    }

    /// Reads one relative name, the separator behind it, and returns what follows.
    fn parse(text: &str) -> Result<(Self, Option<char>, &str), String> {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let Some((attribute, behind)) = rest.split_once('=') else {
                return Err(format!("`{}` has no `=`", shown(rest)));
            };
            let attribute = attribute.trim_matches(' ');
            if !crate::filter::is_description(attribute) {
                return Err(format!("`{}` is no attribute", shown(attribute)));
            }
            let (value, separator, behind) = parse_value(behind)?;
            parts.push(Part { attribute: attribute.to_owned(), value });
            rest = behind;
            match separator {
                Some('+') if parts.len() < RDNS_MAX => {}
                Some('+') => return Err("the name has too many parts".to_owned()),
                other => return Ok((Self(parts), other, rest)),
            }
        }
    }
}

impl Part {
    fn key(&self) -> String {
        let mut key = self.attribute.to_ascii_lowercase();
        key.push('=');
        match &self.value {
            PartValue::Encoded(text) => key.push_str(&text.to_ascii_lowercase()),
            PartValue::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => {
                    let words = text.split(' ').filter(|it| !it.is_empty());
                    let folded = words.collect::<Vec<_>>().join(" ").to_lowercase();
                    key.push_str(&EscapedValue(folded.as_bytes()).to_string());
                }
                Err(_) => key.push_str(&EscapedValue(bytes).to_string()),
            },
        }
        key
    }
}

/// Reads a value up to a separator that is not escaped.
fn parse_value(text: &str) -> Result<(PartValue, Option<char>, &str), String> {
    let text = text.trim_start_matches(' ');
    if let Some(digits) = text.strip_prefix('#') {
        let length = digits.find([',', '+', ';']).unwrap_or(digits.len());
        let hexadecimal = digits[..length].trim_end_matches(' ');
        let is_good = !hexadecimal.is_empty()
            && hexadecimal.len() % 2 == 0
            && hexadecimal.bytes().all(|it| it.is_ascii_hexdigit());
        if !is_good {
            return Err(format!("`{}` is no value in hexadecimal digits", shown(text)));
        }
        let separator = digits[length..].chars().next();
        let behind = digits.get(length + 1..).unwrap_or_default();
        return Ok((PartValue::Encoded(format!("#{hexadecimal}")), separator, behind));
    }
    let mut value: Vec<u8> = Vec::new();
    // Where the last character ends that is no space at the end.
    let mut kept = 0;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            ',' | '+' | ';' => {
                value.truncate(kept);
                return Ok((PartValue::Text(value), Some(character), &text[at + 1..]));
            }
            '\\' => {
                let Some((_, next)) = characters.next() else {
                    return Err(format!("`{}` ends within an escape", shown(text)));
                };
                match (next.to_digit(16), characters.clone().next().and_then(|(_, it)| it.to_digit(16))) {
                    (Some(high), Some(low)) => {
                        value.push(u8::try_from(high * 16 + low).unwrap_or_default());
                        characters.next();
                    }
                    _ if next.is_ascii_punctuation() || next == ' ' => value.push(next as u8),
                    _ => return Err(format!("`{}` has an escape that means nothing", shown(text))),
                }
                kept = value.len();
            }
            '"' if value.is_empty() => {
                return Err(format!("`{}` begins with a quote; escape it as `\\\"`", shown(text)));
            }
            other => {
                value.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                if other != ' ' {
                    kept = value.len();
                }
            }
        }
    }
    value.truncate(kept);
    Ok((PartValue::Text(value), None, ""))
}

impl fmt::Display for Dn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, rdn) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str(",")?;
            }
            write!(formatter, "{rdn}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.0.iter().enumerate() {
            if position > 0 {
                formatter.write_str("+")?;
            }
            write!(formatter, "{}=", part.attribute)?;
            match &part.value {
                PartValue::Text(bytes) => write!(formatter, "{}", EscapedValue(bytes))?,
                PartValue::Encoded(text) => formatter.write_str(text)?,
            }
        }
        Ok(())
    }
}

/// A value as it stands in the text of a name (RFC 4514 section 2.4).
pub(crate) struct EscapedValue<'a>(pub(crate) &'a [u8]);

impl fmt::Display for EscapedValue<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        let last = self.0.len().saturating_sub(1);
        let mut at = 0;
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' | '+' | ',' | ';' | '<' | '>' | '=' | '\\' => write!(formatter, "\\{character}")?,
                    ' ' | '#' if at == 0 => write!(formatter, "\\{character}")?,
                    ' ' if at == last => formatter.write_str("\\ ")?,
                    '\0'..='\x1f' | '\x7f' => write!(formatter, "\\{:02X}", u32::from(character))?,
                    other => formatter.write_char(other)?,
                }
                at += character.len_utf8();
            }
            chunk.invalid().iter().try_for_each(|byte| write!(formatter, "\\{byte:02X}"))?;
            at += chunk.invalid().len();
        }
        Ok(())
    }
}

/// Returns the beginning of a text, for a message.
fn shown(text: &str) -> String {
    const CHARACTERS: usize = 60;
    let start: String = text.chars().take(CHARACTERS).collect();
    provisio_model::EscapedText(&start).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![r#"[ ,+"\\<>;=#\x00\n/a-zÉß𝄞]{1,16}"#, "\\PC{1,12}", "[ #][a-z ]{0,6}[ \\\\]"]
    }

    proptest! {
        #[test]
        fn a_plain_name_has_the_key_of_a_parsed_one(text in "([a-cA]{1,2}=[a-b0 .#+A_]{0,4},?){1,3}") {
            if let Some(key) = plain_key(&text) {
                prop_assert_eq!(Dn::parse(&text).map(|it| it.key()), Ok(key));
            }
        }

        #[test]
        fn any_value_stays_one_value_of_one_entry(value in hostile(), other in hostile()) {
            let base = Dn::parse("dc=example,dc=org").expect("a name");
            let name = base.child("ou", &other).child("cn", &value);
            let again = Dn::parse(&name.to_string()).expect("it can be read");
            prop_assert_eq!(&again, &name);
            prop_assert_eq!(again.rdn().and_then(|it| it.value("CN")), Some(&*value));
            prop_assert_eq!(again.parent().and_then(|it| it.parent()), Some(base.clone()));
            prop_assert!(base.holds(&again));
        }

        #[test]
        fn a_key_is_that_of_the_text_of_the_key(value in hostile()) {
            let name = Dn::default().child("CN", &value);
            prop_assert_eq!(key_of(&name.to_string()), name.key());
            prop_assert_eq!(key_of(&name.key()), name.key());
            prop_assert_eq!(plain_key(&name.to_string()).unwrap_or(name.key()), name.key());
        }

        #[test]
        fn different_values_have_different_keys(left in "[a-c,+=\\\\#]{1,5}", right in "[a-c,+=\\\\#]{1,5}") {
            let name = |value: &str| Dn::default().child("cn", value).key();
            prop_assert_eq!(name(&left) == name(&right), left == right);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in r#"[ ,+"\\<>;=#\x00a-f0-9é]{0,30}"#) {
            let _ = Dn::parse(&text);
        }
    }

    #[test]
    fn names_are_the_same_whatever_their_case_and_spaces() {
        let key = key_of("CN=Ann  Lee, OU=People,DC=Example,DC=org");
        assert_eq!(key, key_of("cn=ann lee,ou=people,dc=example,dc=org"));
        assert_eq!(key_of("cn=a+uid=b,dc=x"), key_of("UID=B+CN=A,DC=X"));
        assert_eq!(key_of("cn=Lu\\C4\\8Di\\C4\\87"), key_of("cn=Lučić"));
        assert_ne!(key_of("cn=a\\,dc\\=x"), key_of("cn=a,dc=x"));
    }

    #[test]
    fn an_entry_is_within_a_base_by_whole_names_only() {
        let dn = |text| Dn::parse(text).expect("a name");
        assert!(dn("dc=org").holds(&dn("ou=a,dc=org")));
        assert!(dn("dc=org").holds(&dn("dc=org")));
        assert!(!dn("dc=org").holds(&dn("ou=a,dc=xorg")));
        assert!(!dn("ou=a,dc=org").holds(&dn("dc=org")));
        assert!(!dn("ou=b,dc=org").holds(&dn("cn=ou\\=b\\,dc\\=org,dc=org")));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["cn", "=x", "cn=a,", "cn=a\\", "cn=#0", "c n=a", "cn=a\\zz"] {
            assert!(Dn::parse(text).is_err(), "{text}");
        }
    }
}
