//! Who may be recognised in the log?

use std::fmt;
use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use provisio_model::Text;
use sha2::Sha256;

use super::record::LogValue;
use crate::cycle::Initiator;

/// The shortest key that pseudonyms are made with, in bytes.
pub const PSEUDONYM_KEY_BYTES_MIN: usize = 16;

/// The word in records in which ids are pseudonyms.
pub(super) const PSEUDONYMISED: &str = "pseudonymised";

/// How much of personal data the log holds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum PersonalData {
    /// Ids, names, values and messages as they are. Secrets never are (R11).
    #[default]
    Plain,
    /// Instead of ids, names and values, pseudonyms: the same for the same text, so that records can still be joined,
    /// and found by whoever has the key. Messages of other systems are left out.
    Pseudonymised(PseudonymKey),
    /// Without names, values and messages of other systems. Ids stay.
    Omitted,
}

/// The key that pseudonyms are made with. Does not print.
#[derive(Clone)]
pub struct PseudonymKey(Hmac<Sha256>);

/// A key that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key for pseudonyms has {found} bytes, fewer than {PSEUDONYM_KEY_BYTES_MIN}")]
pub struct PseudonymKeyError {
    found: usize,
}

impl PseudonymKey {
    /// Takes a key.
    ///
    /// # Errors
    /// When it is shorter than [`PSEUDONYM_KEY_BYTES_MIN`].
    pub fn new(key: &[u8]) -> Result<Self, PseudonymKeyError> {
        let too_short = PseudonymKeyError { found: key.len() };
        if key.len() < PSEUDONYM_KEY_BYTES_MIN {
            return Err(too_short);
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| too_short)
    }

    /// Returns the pseudonym of a text: `~` and the first 128 bits of its HMAC-SHA-256, in hexadecimal digits.
    pub fn pseudonym(&self, text: &str) -> Text {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        let digest = mac.finalize().into_bytes();
        let mut pseudonym = String::with_capacity(33);
        pseudonym.push('~');
        for byte in digest.iter().take(16) {
            // Writing to a string cannot fail.
            let _ = write!(pseudonym, "{byte:02x}");
        }
        pseudonym.into()
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("<redacted>")
    }
}

impl PersonalData {
    /// Returns the word for it in records; none when everything is told.
    pub(crate) fn word(&self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Pseudonymised(_) => Some(PSEUDONYMISED),
            Self::Omitted => Some("omitted"),
        }
    }

    /// Tells whether everything is told as it is.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Returns an id as it stands in the log.
    pub fn id(&self, id: &Text) -> Text {
        match self {
            Self::Plain | Self::Omitted => id.clone(),
            Self::Pseudonymised(key) => key.pseudonym(id),
        }
    }

    /// Returns a name as it stands in the log.
    pub fn name(&self, name: &Text) -> Option<Text> {
        match self {
            Self::Plain => Some(name.clone()),
            Self::Pseudonymised(key) => Some(key.pseudonym(name)),
            Self::Omitted => None,
        }
    }

    /// Returns a text that may quote anything: a message of another system. `public` says the same without quotes.
    pub(crate) fn message(&self, message: impl fmt::Display, public: impl FnOnce() -> Text) -> Text {
        if self.is_plain() { message.to_string().into() } else { public() }
    }

    /// Returns a value that is personal as it stands in the log.
    pub(crate) fn value(&self, plain: impl FnOnce() -> LogValue, text: impl FnOnce() -> String) -> LogValue {
        match self {
            Self::Plain => plain(),
            Self::Pseudonymised(key) => LogValue::Text(key.pseudonym(&text())),
            Self::Omitted => LogValue::Withheld { withheld: "personal".into() },
        }
    }

    pub(crate) fn initiator(&self, initiator: &Initiator) -> Initiator {
        match initiator {
            Initiator::Person { name } => {
                Initiator::Person { name: self.name(name).unwrap_or_else(|| "withheld".into()) }
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_same_for_the_same_text_and_key() {
        let key = |key: &str| PseudonymKey::new(key.as_bytes()).expect("long enough");
        let (one, other) = (key("0123456789abcdef"), key("fedcba9876543210"));
        assert_eq!(one.pseudonym("W001"), one.pseudonym("W001"));
        assert_ne!(one.pseudonym("W001"), one.pseudonym("W002"));
        assert_ne!(one.pseudonym("W001"), other.pseudonym("W001"));
        assert_eq!(one.pseudonym("W001").len(), 33);
        assert_eq!(format!("{one:?}"), "<redacted>");
        assert!(PseudonymKey::new(b"short").is_err());
    }
}
