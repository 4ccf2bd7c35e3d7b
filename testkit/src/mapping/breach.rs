//! How is a law broken? For people who wrote a rule, and no engine.

use std::fmt;

use provisio::model::{AttrName, Object, Text, Value, Values};

use super::Law;

/// How many characters of a text are shown.
const CHARACTERS_MAX: usize = 48;

/// How one case breaks a law.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Flaw {
    /// The rule, as it was written: `worker -> user: userName = ToLower([mail])`.
    pub rule: Text,
    /// The target attribute, if it is about one.
    pub attribute: Option<AttrName>,
    /// The source objects that it is about, by id.
    pub who: Vec<Text>,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub found: String,
    /// How it is mended.
    pub help: String,
}

impl Flaw {
    /// Says what was expected.
    pub(super) fn expected(mut self: Box<Self>, text: impl Into<String>) -> Box<Self> {
        self.expected = text.into();
        self
    }

    /// Says what came out.
    pub(super) fn found(mut self: Box<Self>, text: impl Into<String>) -> Box<Self> {
        self.found = text.into();
        self
    }

    /// Says how it is mended.
    pub(super) fn help(mut self: Box<Self>, text: impl Into<String>) -> Box<Self> {
        self.help = text.into();
        self
    }
}

/// How a mapping breaks a law, in the smallest case that was found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Breach {
    /// Which law.
    pub law: Law,
    /// How.
    pub flaw: Box<Flaw>,
    /// Everything that the source holds in the smallest case.
    pub people: Vec<Object>,
    /// Which case was the first to break it, from 1; 0 if there was no need to try any.
    pub case: u32,
    /// How many cases would have been tried.
    pub cases: u32,
}

impl std::error::Error for Breach {}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Flaw { rule, attribute: _, who, expected, found, help } = &*self.flaw;
        writeln!(formatter, "broken law {}: {}\n", self.law.name(), self.law)?;
        let who = who.iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
        for (word, text) in [("rule", rule.as_str()), ("who", &who)] {
            if !text.is_empty() {
                writeln!(formatter, "  {word:<9} {text}")?;
            }
        }
        for (word, text) in [("expected", expected), ("found", found), ("help", help)] {
            let mut lines = text.trim_end().lines();
            if let Some(first) = lines.next() {
                writeln!(formatter, "  {word:<9} {first}")?;
            }
            for line in lines {
                writeln!(formatter, "            {line}")?;
            }
        }
        if self.case == 0 {
            return Ok(());
        }
        writeln!(
            formatter,
            "\n  the smallest case that breaks it (from case {} of {}):",
            self.case, self.cases
        )?;
        if self.people.is_empty() {
            writeln!(formatter, "    a source that is empty")?;
        }
        for object in &self.people {
            writeln!(formatter, "    {} {}", object.object_type, object.id)?;
            for (name, values) in object.attributes.iter() {
                writeln!(formatter, "      {name} = {}", Shown(values))?;
            }
            if object.attributes.is_empty() {
                writeln!(formatter, "      without any attribute")?;
            }
        }
        Ok(())
    }
}

/// Shows what a person has in one line.
pub(super) fn record(object: &Object) -> String {
    let shown = object.attributes.iter().map(|(name, values)| format!("{name} = {}", Shown(values)));
    match shown.collect::<Vec<_>>() {
        all if all.is_empty() => "nothing at all".to_owned(),
        all => all.join(", "),
    }
}

/// Shows values as a plan does; long texts are cut, and their length is told.
pub(super) struct Shown<'a>(pub(super) &'a Values);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.as_slice().iter().enumerate() {
            formatter.write_str(if at > 0 { ", " } else { "" })?;
            write!(formatter, "{}", shown(value))?;
        }
        Ok(())
    }
}

/// Shows one value as [`Shown`] does.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) if text.chars().count() > CHARACTERS_MAX => {
            let length = text.chars().count();
            let head: String = text.chars().take(CHARACTERS_MAX).collect();
            format!("{}... ({length} characters)", Value::from(head).to_string().trim_end_matches('"'))
        }
        other => other.to_string(),
    }
}
