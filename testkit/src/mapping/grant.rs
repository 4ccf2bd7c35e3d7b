//! What the schemas do not say: which characters a target takes, and who may have what.

use std::fmt;
use std::sync::Arc;

use provisio::model::{AttrName, Object, ObjectType, Text, Value};

/// The characters that a target attribute takes.
#[derive(Clone)]
pub struct Characters {
    words: Text,
    takes: Arc<dyn Fn(char) -> bool + Send + Sync>,
}

impl Characters {
    /// Those for which a function says yes; `words` tells people which.
    pub fn new(words: impl Into<Text>, takes: impl Fn(char) -> bool + Send + Sync + 'static) -> Self {
        Self { words: words.into(), takes: Arc::new(takes) }
    }

    /// ASCII that can be seen.
    pub fn ascii() -> Self {
        Self::new("characters of ASCII that can be seen", |it| it.is_ascii_graphic() || it == ' ')
    }

    /// What Entra takes in the user principal name: letters and digits of ASCII, `' . - _ ! # ^ ~` and `@`.
    pub fn principal_name() -> Self {
        Self::new("letters and digits of ASCII and ' . - _ ! # ^ ~ @", |it| {
            it.is_ascii_alphanumeric() || "'.-_!#^~@".contains(it)
        })
    }

    /// What Active Directory takes in `sAMAccountName`: everything that can be seen but `" / \ [ ] : ; | = , + * ? < >`.
    pub fn account_name() -> Self {
        Self::new("characters that can be seen, but for \" / \\ [ ] : ; | = , + * ? < >", |it| {
            !it.is_control() && !"\"/\\[]:;|=,+*?<>".contains(it)
        })
    }

    /// Everything but what cannot be seen: control characters, line breaks, changes of the writing direction.
    pub fn visible() -> Self {
        Self::new("characters that can be seen", |it| {
            !provisio::model::misleads(it) && !matches!(it, '\u{200b}'..='\u{200d}')
        })
    }

    /// Returns the first character of a text that is none of them.
    pub fn refused(&self, text: &str) -> Option<char> {
        text.chars().find(|it| !(self.takes)(*it))
    }
}

impl fmt::Display for Characters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words)
    }
}

impl fmt::Debug for Characters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Characters({})", self.words)
    }
}

/// Something that not everybody may have: a membership, or a value of an attribute.
#[derive(Clone)]
pub struct Grant {
    pub(super) what: What,
    pub(super) who: Text,
    may: Arc<dyn Fn(&Object) -> bool + Send + Sync>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// A membership in a target object of this type: any, or those that hold a value.
    Member { of: ObjectType, called: Option<(AttrName, Value)> },
    /// A value of an attribute of one's own.
    Value { attribute: AttrName, value: Value },
}

impl Grant {
    /// Being a member of any target object of a type.
    pub fn member_of(object_type: impl Into<ObjectType>) -> Self {
        Self::of(What::Member { of: object_type.into(), called: None })
    }

    /// Being a member of the target objects of a type that have this value.
    pub fn member_of_those(
        object_type: impl Into<ObjectType>,
        attribute: impl Into<AttrName>,
        value: impl Into<Value>,
    ) -> Self {
        let called = Some((attribute.into(), value.into()));
        Self::of(What::Member { of: object_type.into(), called })
    }

    /// Having this value in a target attribute.
    pub fn value(attribute: impl Into<AttrName>, value: impl Into<Value>) -> Self {
        Self::of(What::Value { attribute: attribute.into(), value: value.into() })
    }

    fn of(what: What) -> Self {
        Self { what, who: Text::new("nobody"), may: Arc::new(|_| false) }
    }

    pub(super) fn for_those(self, who: Text, may: Arc<dyn Fn(&Object) -> bool + Send + Sync>) -> Self {
        Self { what: self.what, who, may }
    }

    /// Tells whether a source object may have it.
    pub(super) fn may(&self, source: &Object) -> bool {
        (self.may)(source)
    }

    /// Returns the target attribute and the value that it is about.
    pub(super) fn named(&self) -> Option<(&AttrName, &Value)> {
        match &self.what {
            What::Member { called, .. } => called.as_ref().map(|(name, value)| (name, value)),
            What::Value { attribute, value } => Some((attribute, value)),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Member { of, called: None } => write!(formatter, "a membership in a {of}"),
            What::Member { of, called: Some((name, value)) } => {
                write!(formatter, "a membership in the {of} with {name} = {value}")
            }
            What::Value { attribute, value } => write!(formatter, "{attribute} = {value}"),
        }
    }
}
