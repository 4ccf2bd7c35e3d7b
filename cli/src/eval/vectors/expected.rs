//! What may a vector expect? An exact value, an error, a flow marker, a pattern or a property.

use super::Actual;
use provisio_expression::Pattern;
use serde::Deserialize;
use serde_json::Value as Json;

/// The expected result of a vector.
pub(super) enum Expected {
    Value(Json),
    Error(String),
    IgnoreAttribute,
    IgnoreObject,
    Matches(Box<Pattern>),
    RandomString(RandomString),
}

/// What a random text must be.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(super) struct RandomString {
    length: usize,
    min_digits: usize,
    min_special: usize,
    min_upper: usize,
    min_lower: usize,
    avoid: String,
}

impl Expected {
    /// Reads the `expected` member of a vector.
    pub(super) fn read(json: &Json) -> Result<Self, String> {
        let Json::Object(members) = json else { return Ok(Self::Value(json.clone())) };
        let text = |name: &str| members.get(name).and_then(Json::as_str);
        if let Some(kind) = text("error") {
            return Ok(Self::Error(kind.to_owned()));
        }
        if members.get("ignore").is_some() {
            return Ok(if text("scope") == Some("object") {
                Self::IgnoreObject
            } else {
                Self::IgnoreAttribute
            });
        }
        if let Some(pattern) = text("expected_regex") {
            return Pattern::compile(pattern)
                .map(|it| Self::Matches(Box::new(it)))
                .map_err(|fault| fault.to_string());
        }
        match text("property") {
            Some("random_string") => serde_json::from_value(json.clone())
                .map(Self::RandomString)
                .map_err(|fault| format!("`expected` cannot be read: {fault}")),
            Some(other) => Err(format!("`expected` names an unknown property `{other}`")),
            None => Ok(Self::Value(json.clone())),
        }
    }

    /// Says whether the result is the expected one.
    pub(super) fn is_met_by(&self, actual: &Actual) -> bool {
        match (self, actual) {
            (Self::Value(expected), Actual::Value(value)) => expected == value,
            (Self::Error(expected), Actual::Error { kind, .. }) => expected == kind,
            (Self::IgnoreAttribute, Actual::IgnoreAttribute) | (Self::IgnoreObject, Actual::IgnoreObject) => {
                true
            }
            (Self::Matches(pattern), Actual::Value(Json::String(text))) => pattern.is_match(text) == Ok(true),
            (Self::RandomString(wanted), Actual::Value(Json::String(text))) => wanted.is_met_by(text),
            _ => false,
        }
    }
}

impl RandomString {
    fn is_met_by(&self, text: &str) -> bool {
        let count = |wanted: fn(char) -> bool| text.chars().filter(|letter| wanted(*letter)).count();
        text.chars().count() == self.length
            && count(|letter| letter.is_ascii_digit()) >= self.min_digits
            && count(|letter| !letter.is_ascii_alphanumeric()) >= self.min_special
            && count(|letter| letter.is_ascii_uppercase()) >= self.min_upper
            && count(|letter| letter.is_ascii_lowercase()) >= self.min_lower
            && !text.chars().any(|letter| self.avoid.contains(letter))
    }
}
