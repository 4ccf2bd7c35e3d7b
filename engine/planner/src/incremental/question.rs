//! What has to be known before an incremental plan can be made, one question at a time, and what the answers are.
//!
//! The state of a job answers [`Question::Remembered`], [`Question::Referrers`], [`Question::Alike`] and
//! [`Question::LinksTo`]; a connector answers the others, or the state where it remembers objects.

use std::cmp::Ordering;
use std::fmt;

use provisio_model::{
    AttrName, EscapedText, Link, Object, ObjectType, SourceId, TargetId, Text, Value, ValueRef,
};

use super::baseline::Remembered;
use super::footprint::MatchKey;

/// A source object by its type and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey {
    /// Which kind of object.
    pub object_type: ObjectType,
    /// Which one.
    pub id: SourceId,
}

/// A target object by its type and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// Which kind of object.
    pub object_type: ObjectType,
    /// Which one.
    pub id: TargetId,
}

/// A value that is sought, and what it is compared by.
///
/// It is held in a box, so that the other questions, of which there are more, are small.
#[derive(Clone)]
pub struct Sought(Box<(Value, String)>);

impl Sought {
    pub(crate) fn new(value: ValueRef<'_>, key: String) -> Self {
        Self(Box::new((value.to_value(), key)))
    }

    /// Returns the value.
    pub fn value(&self) -> &Value {
        &self.0.0
    }

    /// Returns what the value shares with every value that means the same under the attribute's schema.
    pub fn key(&self) -> &str {
        &self.0.1
    }
}

impl fmt::Debug for Sought {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value().fmt(formatter)
    }
}

impl PartialEq for Sought {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Sought {}

impl PartialOrd for Sought {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sought {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(other.key())
    }
}

/// What has to be known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Question {
    /// What is remembered of a source object, and its links? Answer: [`Answer::Remembered`].
    Remembered(SourceKey),
    /// How is a source object now? Answer: [`Answer::Object`], [`Answer::Absent`] or [`Answer::Unknown`].
    Source(SourceKey),
    /// Which remembered source objects refer to an object with this id, of whatever type? Answer:
    /// [`Answer::Sources`].
    Referrers(SourceId),
    /// Which remembered source objects have this matching value? Answer: [`Answer::Sources`].
    Alike(MatchKey),
    /// How is a target object now? Answer: [`Answer::Object`], [`Answer::Absent`] or [`Answer::Unknown`].
    Target(TargetKey),
    /// Which target objects have this value, compared as the schema says? Answer: [`Answer::Objects`] or
    /// [`Answer::Unknown`].
    TargetWith {
        /// Which kind of object.
        object_type: ObjectType,
        /// In which attribute.
        attribute: AttrName,
        /// Which value.
        value: Sought,
    },
    /// Which links lead to a target object, under any object mapping? Answer: [`Answer::Links`].
    LinksTo(TargetKey),
}

/// What came of a [`Question`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// What is remembered of a source object.
    Remembered(Remembered),
    /// The object.
    Object(Object),
    /// It was asked for by its id, and the answer is that there is none.
    Absent,
    /// All objects with the value; possibly none.
    Objects(Vec<Object>),
    /// Source objects; possibly none.
    Sources(Vec<SourceKey>),
    /// Links, each with the name of its object mapping; possibly none.
    Links(Vec<(Text, Link)>),
    /// The system could not say.
    Unknown,
}

/// An answer cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// It is no answer to this question, or about another object.
    #[error("{question}: the answer is to another question")]
    OtherQuestion {
        /// The question.
        question: Text,
    },
    /// It contradicts an earlier answer: the state of the job is damaged.
    #[error("{question}: {why}")]
    Contradiction {
        /// The question.
        question: Text,
        /// What contradicts what.
        why: Text,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = |key: &SourceKey| format!("{} {}", key.object_type, EscapedText(key.id.as_str()));
        let target = |key: &TargetKey| format!("{} {}", key.object_type, EscapedText(key.id.as_str()));
        match self {
            Self::Remembered(key) => write!(formatter, "what is remembered of {}", source(key)),
            Self::Source(key) => write!(formatter, "source {}", source(key)),
            Self::Referrers(id) => write!(formatter, "who refers to {}", EscapedText(id.as_str())),
            Self::Alike(key) => write!(
                formatter,
                "who has \"{}\" as matching value {} of mapping {}",
                EscapedText(&key.key),
                key.precedence + 1,
                key.mapping.0
            ),
            Self::Target(key) => write!(formatter, "target {}", target(key)),
            Self::TargetWith { object_type, attribute, value } => {
                write!(formatter, "target {object_type} with {attribute} {}", value.value())
            }
            Self::LinksTo(key) => write!(formatter, "links to {}", target(key)),
        }
    }
}

/// How many questions were asked, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuestionCounts {
    /// [`Question::Remembered`].
    pub remembered: u64,
    /// [`Question::Source`].
    pub source: u64,
    /// [`Question::Referrers`].
    pub referrers: u64,
    /// [`Question::Alike`].
    pub alike: u64,
    /// [`Question::Target`].
    pub target: u64,
    /// [`Question::TargetWith`].
    pub target_with: u64,
    /// [`Question::LinksTo`].
    pub links_to: u64,
}

impl QuestionCounts {
    /// Returns how many there are in all.
    pub fn total(&self) -> u64 {
        let Self { remembered, source, referrers, alike, target, target_with, links_to } = self;
        remembered + source + referrers + alike + target + target_with + links_to
    }

    pub(super) fn count(&mut self, question: &Question) {
        let place = match question {
            Question::Remembered(_) => &mut self.remembered,
            Question::Source(_) => &mut self.source,
            Question::Referrers(_) => &mut self.referrers,
            Question::Alike(_) => &mut self.alike,
            Question::Target(_) => &mut self.target,
            Question::TargetWith { .. } => &mut self.target_with,
            Question::LinksTo(_) => &mut self.links_to,
        };
        *place += 1;
    }
}

impl fmt::Display for QuestionCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { remembered, source, referrers, alike, target, target_with, links_to } = self;
        write!(
            formatter,
            "{remembered} remembered, {source} source, {referrers} referrers, {alike} alike, {target} target, \
             {target_with} target values, {links_to} links"
        )
    }
}
