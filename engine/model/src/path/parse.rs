//! Reading a path.

use super::{AttrPath, PathClause, PathLiteral};
use crate::{AttrName, CompareRule, Text, misleads};

/// The longest text of a path, in bytes.
pub const PATH_BYTES_MAX: usize = 1_024;
/// The most conditions of one filter.
pub const PATH_CLAUSES_MAX: usize = 8;

/// What stands before the names of the core schemas and can be left out (RFC 7644 section 3.10).
const CORE_URNS: [&str; 2] =
    ["urn:ietf:params:scim:schemas:core:2.0:user:", "urn:ietf:params:scim:schemas:core:2.0:group:"];

/// A text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathError {
    /// It is longer than [`PATH_BYTES_MAX`].
    #[error("it is longer than {PATH_BYTES_MAX} bytes")]
    TooLong,
    /// A filter has more than [`PATH_CLAUSES_MAX`] conditions.
    #[error("its filter has more than {PATH_CLAUSES_MAX} conditions")]
    TooManyClauses,
    /// Something else was expected at a byte of the text.
    #[error("{expected} is expected at character {at}")]
    Expected {
        /// What.
        expected: &'static str,
        /// Where, in characters from 1.
        at: usize,
    },
    /// A filter says twice what one sub-attribute must be.
    #[error("its filter tests `{0}` twice")]
    TestedTwice(AttrName),
}

impl AttrPath {
    /// Reads a path. Only its form is looked at; whether a schema has what it names, [`crate::ObjectSchema::resolve`]
    /// says.
    ///
    /// # Errors
    /// When the text is not a path, or is longer than the limits above.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > PATH_BYTES_MAX {
            return Err(PathError::TooLong);
        }
        let trimmed = text.trim();
        let head_end = trimmed.find('[').unwrap_or(trimmed.len());
        let urn = urn_length(&trimmed[..head_end]);
        let prefix = if is_core(&trimmed[..urn]) { "" } else { &trimmed[..urn] };
        let mut reader = Reader { text: trimmed, at: urn };
        let name = reader.name("the name of an attribute")?;
        let attribute = AttrName::new(format!("{prefix}{name}"));
        let filter = if reader.take("[") { reader.filter()? } else { Vec::new() };
        let sub_attribute = if reader.take(".") {
            Some(AttrName::new(reader.name("the name of a sub-attribute")?))
        } else {
            None
        };
        if reader.at < trimmed.len() {
            return Err(reader.expected(if filter.is_empty() {
                "`[`, `.` or the end"
            } else {
                "`.` or the end"
            }));
        }
        Ok(Self { attribute, filter, sub_attribute, holds_element: false })
    }
}

/// The length of the URN before a name, with its last colon.
fn urn_length(head: &str) -> usize {
    let is_urn = head.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("urn:"));
    let colon = if is_urn { head.rfind(':') } else { None };
    colon.map_or(0, |it| it + 1)
}

fn is_core(urn: &str) -> bool {
    CORE_URNS.iter().any(|it| it.eq_ignore_ascii_case(urn))
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn expected(&self, expected: &'static str) -> PathError {
        PathError::Expected { expected, at: self.text[..self.at].chars().count() + 1 }
    }

    fn skip_space(&mut self) -> bool {
        let rest = self.rest();
        let space = rest.len() - rest.trim_start().len();
        self.at += space;
        space > 0
    }

    fn take(&mut self, what: &str) -> bool {
        let found = self.rest().starts_with(what);
        self.at += if found { what.len() } else { 0 };
        found
    }

    /// Takes a word without regard to case, if it is not the beginning of a longer one.
    fn take_word(&mut self, word: &str) -> bool {
        let rest = self.rest();
        let found = rest.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(is_name_character);
        self.at += if found { word.len() } else { 0 };
        found
    }

    fn name(&mut self, expected: &'static str) -> Result<&'t str, PathError> {
        let rest = self.rest();
        let length = rest.find(|it| !is_name_character(it)).unwrap_or(rest.len());
        let name = &rest[..length];
        if !name.starts_with(|it: char| it.is_ascii_alphabetic() || matches!(it, '$' | '_')) {
            return Err(self.expected(expected));
        }
        self.at += length;
        Ok(name)
    }

    /// Reads what stands behind the opening bracket, and the closing one.
    fn filter(&mut self) -> Result<Vec<PathClause>, PathError> {
        let mut clauses: Vec<PathClause> = Vec::new();
        loop {
            self.skip_space();
            let attribute = AttrName::new(self.name("the name of a sub-attribute")?);
            if clauses.iter().any(|it| it.attribute == attribute) {
                return Err(PathError::TestedTwice(attribute));
            }
            self.skip_space();
            if !self.take_word("eq") {
                return Err(self.expected("`eq`"));
            }
            self.skip_space();
            let value = self.literal()?;
            clauses.push(PathClause { attribute, value, rule: CompareRule::CaseIgnore });
            if clauses.len() > PATH_CLAUSES_MAX {
                return Err(PathError::TooManyClauses);
            }
            self.skip_space();
            if self.take("]") {
                break;
            }
            if !self.take_word("and") {
                return Err(self.expected("`and` or `]`"));
            }
        }
        clauses.sort_by(|left, right| left.attribute.cmp(&right.attribute));
        Ok(clauses)
    }

    fn literal(&mut self) -> Result<PathLiteral, PathError> {
        if self.take("\"") {
            return self.quoted();
        }
        for (word, value) in [("true", true), ("false", false)] {
            if self.take_word(word) {
                return Ok(PathLiteral::Bool(value));
            }
        }
        let rest = self.rest();
        let length = rest.find(|it: char| !it.is_ascii_digit() && it != '-').unwrap_or(rest.len());
        let int = rest[..length].parse();
        let int =
            int.map_err(|_| self.expected("text in double quotes, `true`, `false` or a whole number"))?;
        self.at += length;
        Ok(PathLiteral::Int(int))
    }

    /// Reads text up to its closing quote. `\"` and `\\` stand for the character behind the backslash.
    fn quoted(&mut self) -> Result<PathLiteral, PathError> {
        let mut text = String::new();
        let mut characters = self.rest().char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += at + 1;
                    return Ok(PathLiteral::Text(Text::from(text)));
                }
                '\\' => match characters.next() {
                    Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                    _ => {
                        self.at += at + 1;
                        return Err(self.expected("`\"` or `\\`"));
                    }
                },
                // A path is a name in plans and logs, and stands there as it is.
                hidden if misleads(hidden) => {
                    self.at += at;
                    return Err(self.expected("a visible character"));
                }
                other => text.push(other),
            }
        }
        self.at = self.text.len();
        Err(self.expected("`\"`"))
    }
}

fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '$')
}
