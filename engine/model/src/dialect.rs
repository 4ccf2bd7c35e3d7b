//! What a system makes of what it is sent, where that is more than its schema says.
//!
//! A target may take space away, keep lower case alone, cut what is long. Who knows that beforehand need not be surprised
//! by it. The conformance kit measures a [`Dialect`] and prints it as TOML; a connector that is given one refines its
//! schema with it ([`Dialect::refine`]), so that the planner plans what the target will hold: text that is not too long,
//! no difference in case alone, no attribute that nobody can write.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{AttrName, AttributeSchema, Mutability, ObjectType, Schema, Text, Value, ValueKind, Values};

/// What a system makes of the attributes of its object types. What is not named in it is kept as it is sent.
///
/// In TOML, a table for each attribute:
///
/// ```toml
/// [user.userName]
/// case = "lower"
/// trims = true
///
/// [user.title]
/// cut_to = 64
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dialect(BTreeMap<ObjectType, BTreeMap<AttrName, Habit>>);

/// What a system makes of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Habit {
    /// It accepts a write of the attribute and does nothing.
    #[serde(skip_serializing_if = "is_false")]
    pub ignored: bool,
    /// It takes space at both ends of a text away.
    #[serde(skip_serializing_if = "is_false")]
    pub trims: bool,
    /// It keeps letters in one case only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<LetterCase>,
    /// It cuts a text to so many characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_to: Option<usize>,
    /// It keeps so many values, the first ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values_max: Option<usize>,
    /// Of values that differ in case alone it keeps one.
    #[serde(skip_serializing_if = "is_false")]
    pub once_whatever_case: bool,
    /// An empty text is no value.
    #[serde(skip_serializing_if = "is_false")]
    pub empty_is_absent: bool,
    /// A read of all objects leaves it out, or some of its values; a read by id has them.
    #[serde(skip_serializing_if = "is_false")]
    pub listed_in_part: bool,
}

/// In which case letters are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LetterCase {
    /// As `to_lowercase` gives them.
    Lower,
    /// As `to_uppercase` gives them.
    Upper,
}

impl Dialect {
    /// Starts with a system that keeps everything as it is sent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says what the system makes of one attribute; without any habit, it is not named any more.
    pub fn set(&mut self, object_type: impl Into<ObjectType>, attribute: impl Into<AttrName>, habit: Habit) {
        let object_type = object_type.into();
        let of_type = self.0.entry(object_type.clone()).or_default();
        if habit == Habit::default() {
            of_type.remove(&attribute.into());
        } else {
            of_type.insert(attribute.into(), habit);
        }
        if of_type.is_empty() {
            self.0.remove(&object_type);
        }
    }

    /// Returns what the system makes of an attribute, if that is anything.
    pub fn of(&self, object_type: &ObjectType, attribute: &AttrName) -> Option<&Habit> {
        self.0.get(object_type)?.get(attribute)
    }

    /// Iterates in the order of types and attributes.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectType, &AttrName, &Habit)> {
        self.0.iter().flat_map(|(object_type, attributes)| {
            attributes.iter().map(move |(attribute, habit)| (object_type, attribute, habit))
        })
    }

    /// Tells whether the system keeps everything as it is sent.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says in a schema what schemas can say of the dialect: what is ignored is read-only, what is cut has that length, and
    /// where case is lost it does not matter.
    pub fn refine(&self, schema: &mut Schema) {
        for object in &mut schema.types {
            let Some(habits) = self.0.get(&object.object_type) else { continue };
            for attribute in &mut object.attributes {
                if let Some(habit) = habits.get(&attribute.name) {
                    habit.refine(attribute);
                }
            }
        }
    }
}

impl Habit {
    /// Returns what the system keeps of values that it is sent; `None` if it keeps none.
    pub fn keep(&self, values: &Values) -> Option<Values> {
        if self.ignored {
            return None;
        }
        let mut kept: Vec<Value> = Vec::new();
        for value in values.as_slice().iter().map(|it| self.keep_value(it)) {
            let is_absent = self.empty_is_absent && value.as_text() == Some("");
            let is_again = self.once_whatever_case && kept.iter().any(|it| differ_in_case_alone(it, &value));
            if !is_absent && !is_again {
                kept.push(value);
            }
        }
        kept.truncate(self.values_max.unwrap_or(usize::MAX));
        Values::from_many(kept)
    }

    fn keep_value(&self, value: &Value) -> Value {
        let Value::Text(text) = value else { return value.clone() };
        let text = if self.trims { text.trim() } else { text.as_str() };
        let text = match self.case {
            None => text.to_owned(),
            Some(LetterCase::Lower) => text.to_lowercase(),
            Some(LetterCase::Upper) => text.to_uppercase(),
        };
        Value::Text(Text::from(match self.cut_to {
            Some(most) => text.chars().take(most).collect(),
            None => text,
        }))
    }

    fn refine(&self, attribute: &mut AttributeSchema) {
        if self.ignored {
            attribute.mutability = Mutability::ReadOnly;
        }
        if self.case.is_some() && attribute.kind == ValueKind::Text {
            attribute.case_exact = false;
        }
        if let Some(cut_to) = self.cut_to {
            attribute.length_max = Some(attribute.length_max.map_or(cut_to, |it| it.min(cut_to)));
        }
    }
}

/// TOML, as it is read again.
impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (object_type, attribute, habit)) in self.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            writeln!(formatter, "{gap}[{}.{}]", Key(object_type.as_str()), Key(attribute.as_str()))?;
            write!(formatter, "{habit}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Habit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ignored,
            trims,
            case,
            cut_to,
            values_max,
            once_whatever_case,
            empty_is_absent,
            listed_in_part,
        } = self;
        let flag = |formatter: &mut fmt::Formatter<'_>, name, is_set: bool| {
            if is_set { writeln!(formatter, "{name} = true") } else { Ok(()) }
        };
        let number = |formatter: &mut fmt::Formatter<'_>, name, number: Option<usize>| match number {
            Some(number) => writeln!(formatter, "{name} = {number}"),
            None => Ok(()),
        };
        flag(formatter, "ignored", *ignored)?;
        flag(formatter, "trims", *trims)?;
        match case {
            Some(LetterCase::Lower) => writeln!(formatter, "case = \"lower\"")?,
            Some(LetterCase::Upper) => writeln!(formatter, "case = \"upper\"")?,
            None => {}
        }
        number(formatter, "cut_to", *cut_to)?;
        number(formatter, "values_max", *values_max)?;
        flag(formatter, "once_whatever_case", *once_whatever_case)?;
        flag(formatter, "empty_is_absent", *empty_is_absent)?;
        flag(formatter, "listed_in_part", *listed_in_part)
    }
}

/// A key of a TOML table: bare where that is allowed.
struct Key<'a>(&'a str);

impl fmt::Display for Key<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        if !self.0.is_empty() && self.0.bytes().all(is_bare) {
            return formatter.write_str(self.0);
        }
        formatter.write_str("\"")?;
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(formatter, "\\{character}")?,
                it if it.is_control() => write!(formatter, "\\u{:04x}", u32::from(it))?,
                it => write!(formatter, "{it}")?,
            }
        }
        formatter.write_str("\"")
    }
}

fn differ_in_case_alone(left: &Value, right: &Value) -> bool {
    match (left.as_text(), right.as_text()) {
        (Some(left), Some(right)) => left.to_lowercase() == right.to_lowercase(),
        _ => false,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ObjectSchema;

    fn texts<const N: usize>(texts: [&str; N]) -> Values {
        Values::from_many(texts.map(Value::from)).expect("some")
    }

    #[test]
    fn what_is_kept_of_values() {
        let habit = Habit { trims: true, case: Some(LetterCase::Lower), cut_to: Some(3), ..Habit::default() };
        assert_eq!(habit.keep(&texts(["  ÄBCD "])), Some(texts(["äbc"])));
        assert_eq!(habit.keep(&Values::one(7)), Some(Values::one(7)));
        let habit = Habit { once_whatever_case: true, values_max: Some(2), ..Habit::default() };
        assert_eq!(habit.keep(&texts(["a", "A", "b", "c"])), Some(texts(["a", "b"])));
        assert_eq!(Habit { empty_is_absent: true, ..Habit::default() }.keep(&texts([""])), None);
        assert_eq!(Habit { ignored: true, ..Habit::default() }.keep(&texts(["a"])), None);
    }

    #[test]
    fn a_schema_says_what_it_can_of_a_dialect() {
        let text = AttributeSchema::text;
        let attributes =
            [text("title").length_max(64), text("name").case_exact(), text("badge"), text("other")];
        let mut schema = Schema::new([ObjectSchema::new("user", attributes)]);
        let mut dialect = Dialect::new();
        dialect.set("user", "Title", Habit { cut_to: Some(20), ..Habit::default() });
        dialect.set("user", "name", Habit { case: Some(LetterCase::Upper), ..Habit::default() });
        dialect.set("user", "badge", Habit { ignored: true, ..Habit::default() });
        dialect.set("user", "other", Habit::default());
        dialect.refine(&mut schema);
        let refined =
            [text("title").length_max(20), text("name"), text("badge").mutability(Mutability::ReadOnly)];
        assert_eq!(schema.types[0].attributes[..3], refined);
        assert_eq!(schema.types[0].attributes[3], text("other"));
        assert_eq!(dialect.iter().count(), 3);
    }
}
