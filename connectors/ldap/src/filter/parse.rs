//! Reads the text of a filter (RFC 4515), as it stands in a job file.

use super::Filter;

/// How deep filters may be in each other.
const DEPTH_MAX: usize = 50;

/// Reads a filter.
///
/// # Errors
/// What is wrong with it, and at which byte.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { text, at: 0 };
    let filter = parser.filter(0)?;
    if parser.at < text.len() {
        return parser.fault("there is something behind the filter");
    }
    Ok(filter)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn filter(&mut self, depth: usize) -> Result<Filter, String> {
        if depth > DEPTH_MAX {
            return self.fault("the filters are too deep in each other");
        }
        self.expect('(')?;
        let filter = match self.peek() {
            Some('&') => Filter::And(self.list(depth)?),
            Some('|') => Filter::Or(self.list(depth)?),
            Some('!') => {
                self.at += 1;
                Filter::Not(Box::new(self.filter(depth + 1)?))
            }
            _ => self.item()?,
        };
        self.expect(')')?;
        Ok(filter)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Filter>, String> {
        self.at += 1;
        let mut filters = Vec::new();
        while self.peek() == Some('(') {
            filters.push(self.filter(depth + 1)?);
        }
        Ok(filters)
    }

    fn item(&mut self) -> Result<Filter, String> {
        let name = self.take_until(|it| matches!(it, '=' | '<' | '>' | '~' | ':' | '(' | ')' | '*' | '\\'));
        let attribute = name.to_owned();
        let operator = self.rest();
        let operator = ["=", ">=", "<=", "~=", ":"].into_iter().find(|it| operator.starts_with(it));
        if operator != Some(":") && !is_description(&attribute) {
            return self.fault("an attribute was expected");
        }
        self.at += operator.map_or(0, str::len);
        match operator {
            Some("=") => self.equality(attribute),
            Some(">=") => Ok(Filter::AtLeast(attribute, self.value()?)),
            Some("<=") => Ok(Filter::AtMost(attribute, self.value()?)),
            Some("~=") => Ok(Filter::Approximate(attribute, self.value()?)),
            Some(_) => self.extensible(attribute),
            None => self.fault("`=`, `>=`, `<=`, `~=` or `:=` was expected"),
        }
    }

    fn equality(&mut self, attribute: String) -> Result<Filter, String> {
        let mut parts = vec![self.value()?];
        while self.peek() == Some('*') {
            self.at += 1;
            parts.push(self.value()?);
        }
        let last = parts.pop().unwrap_or_default();
        if parts.is_empty() {
            return Ok(Filter::Equal(attribute, last));
        }
        let initial = parts.remove(0);
        if initial.is_empty() && parts.is_empty() && last.is_empty() {
            return Ok(Filter::Present(attribute));
        }
        if parts.iter().any(Vec::is_empty) {
            return self.fault("there is nothing between two `*`");
        }
        Ok(Filter::Substrings { attribute, initial, middle: parts, last })
    }

    /// Reads what is behind the first colon of `attribute:dn:rule:=value`.
    fn extensible(&mut self, attribute: String) -> Result<Filter, String> {
        let mut dn = false;
        if self.rest().starts_with("dn:") {
            dn = true;
            self.at += 3;
        }
        let rule = self.take_until(|it| matches!(it, ':' | '=' | '(' | ')')).to_owned();
        if !rule.is_empty() {
            self.expect(':')?;
        }
        self.expect('=')?;
        if attribute.is_empty() && rule.is_empty() {
            return self.fault("an attribute or a matching rule was expected");
        }
        if !attribute.is_empty() && !is_description(&attribute) {
            return self.fault("an attribute was expected");
        }
        let not_empty = |text: String| (!text.is_empty()).then_some(text);
        Ok(Filter::Extensible {
            rule: not_empty(rule),
            attribute: not_empty(attribute),
            value: self.value()?,
            dn,
        })
    }

    fn value(&mut self) -> Result<Vec<u8>, String> {
        let mut value = Vec::new();
        loop {
            let part = self.take_until(|it| matches!(it, '(' | ')' | '*' | '\\' | '\0'));
            value.extend_from_slice(part.as_bytes());
            match self.peek() {
                Some('\\') => {
                    let digits = self.text.as_bytes().get(self.at + 1..self.at + 3).unwrap_or_default();
                    let byte = std::str::from_utf8(digits).ok().filter(|it| !it.starts_with('+'));
                    match byte.and_then(|it| u8::from_str_radix(it, 16).ok()).filter(|_| digits.len() == 2) {
                        Some(byte) => value.push(byte),
                        None => return self.fault("two hexadecimal digits were expected behind `\\`"),
                    }
                    self.at += 3;
                }
                Some('(' | '\0') => return self.fault("`(` in a value is written `\\28`"),
                _ => return Ok(value),
            }
        }
    }

    fn take_until(&mut self, stop: impl Fn(char) -> bool) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find(stop).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn expect(&mut self, character: char) -> Result<(), String> {
        if self.peek() == Some(character) {
            self.at += character.len_utf8();
            return Ok(());
        }
        self.fault(&format!("`{character}` was expected"))
    }

    fn fault<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("at byte {}: {what}", self.at))
    }
}

/// Tells whether text is an attribute description: a name or OID, and options behind semicolons (RFC 4512 section 2.5).
pub(crate) fn is_description(text: &str) -> bool {
    let is_good = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_');
    !text.is_empty() && text.split(';').all(|part| !part.is_empty() && part.chars().all(is_good))
}
