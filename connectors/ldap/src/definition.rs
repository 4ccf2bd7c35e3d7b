//! What does a schema definition say? The notation of RFC 4512 section 4.1, as directories publish it.

/// The most bytes of a definition, and words in it, that are read.
const BYTES_MAX: usize = 1024 * 1024;

/// A definition: the OID and what the words behind it say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) oid: String,
    fields: Vec<(String, Vec<String>)>,
}

impl Definition {
    /// Reads a definition; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > BYTES_MAX {
            return None;
        }
        let mut words = Words(text.trim());
        if words.next()? != Word::Open {
            return None;
        }
        let Word::Plain(oid) = words.next()? else { return None };
        let mut definition = Self { oid: oid.to_owned(), fields: Vec::new() };
        let mut word = words.next()?;
        while let Word::Plain(keyword) = word {
            let mut values = Vec::new();
            word = words.next()?;
            match word {
                Word::Open => {
                    loop {
                        match words.next()? {
                            Word::Plain(value) | Word::Quoted(value) => values.push(value.to_owned()),
                            Word::Dollar => {}
                            Word::Close => break,
                            Word::Open => return None,
                        }
                    }
                    word = words.next()?;
                }
                Word::Quoted(value) => {
                    values.push(value.to_owned());
                    word = words.next()?;
                }
                Word::Plain(value) if takes_a_word(keyword) => {
                    values.push(value.to_owned());
                    word = words.next()?;
                }
                _ => {}
            }
            definition.fields.push((keyword.to_owned(), values));
        }
        (word == Word::Close).then_some(definition)
    }

    /// Tells whether a word without a value is there, such as `SINGLE-VALUE`.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.fields.iter().any(|(it, _)| it == keyword)
    }

    /// Returns the values of a word.
    pub(crate) fn all(&self, keyword: &str) -> &[String] {
        self.fields.iter().find(|(it, _)| it == keyword).map(|(_, values)| &**values).unwrap_or_default()
    }

    /// Returns the first value of a word.
    pub(crate) fn one(&self, keyword: &str) -> Option<&str> {
        self.all(keyword).first().map(String::as_str)
    }
}

/// Tells whether a word is followed by one that is its value.
fn takes_a_word(keyword: &str) -> bool {
    matches!(
        keyword,
        "SUP"
            | "EQUALITY"
            | "ORDERING"
            | "SUBSTR"
            | "SYNTAX"
            | "USAGE"
            | "MUST"
            | "MAY"
            | "AUX"
            | "NOT"
            | "NAME"
    )
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word<'t> {
    Open,
    Close,
    Dollar,
    Plain(&'t str),
    Quoted(&'t str),
}

struct Words<'t>(&'t str);

impl<'t> Iterator for Words<'t> {
    type Item = Word<'t>;

    fn next(&mut self) -> Option<Word<'t>> {
        let text = self.0.trim_start();
        let first = text.chars().next()?;
        let single = match first {
            '(' => Some(Word::Open),
            ')' => Some(Word::Close),
            '$' => Some(Word::Dollar),
            _ => None,
        };
        if let Some(word) = single {
            self.0 = text.get(1..)?;
            return Some(word);
        }
        if first == '\'' {
            let (value, rest) = text.get(1..)?.split_once('\'')?;
            self.0 = rest;
            return Some(Word::Quoted(value));
        }
        let end = text.find(|it: char| it.is_whitespace() || matches!(it, '(' | ')' | '$' | '\''));
        let (word, rest) = text.split_at(end.unwrap_or(text.len()));
        self.0 = rest;
        Some(Word::Plain(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_of_openldap_is_read() {
        let text = "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: common name(s)' SUP name )";
        let definition = Definition::parse(text).expect("a definition");
        assert_eq!(definition.oid, "2.5.4.3");
        assert_eq!(definition.all("NAME"), ["cn", "commonName"]);
        assert_eq!(definition.one("SUP"), Some("name"));
        assert!(!definition.has("SINGLE-VALUE"));
    }

    #[test]
    fn a_definition_of_active_directory_is_read() {
        let text = "( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' SYNTAX '1.3.6.1.4.1.1466.115.121.1.15' SINGLE-VALUE )";
        let definition = Definition::parse(text).expect("a definition");
        assert_eq!(definition.one("SYNTAX"), Some("1.3.6.1.4.1.1466.115.121.1.15"));
        assert!(definition.has("SINGLE-VALUE"));
        let text = "( 2.16.840.1.113730.3.2.2 NAME 'inetOrgPerson' SUP organizationalPerson STRUCTURAL MAY ( audio $ uid ) X-ORIGIN 'x' )";
        let definition = Definition::parse(text).expect("a definition");
        assert_eq!(definition.all("MAY"), ["audio", "uid"]);
        assert!(definition.has("STRUCTURAL"));
    }

    #[test]
    fn what_is_no_definition_is_none() {
        for text in ["", "(", "( 1.2 NAME", "( 1.2 NAME ( 'a' ( 'b' ) ) )", "1.2 NAME 'a'", "( 1.2 NAME 'a )"]
        {
            assert_eq!(Definition::parse(text), None, "{text}");
        }
    }
}
