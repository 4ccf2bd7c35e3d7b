//! What is a target like by nature, in any weather?
//!
//! | habit | what such systems do |
//! |---|---|
//! | normalises | keeps texts trimmed, in lower case or cut off |
//! | caps | takes no more than so many members, and refuses the rest or drops it without a word |
//! | lies | says now and then, in rough weather, that it did what it did not do |
//! | soft-deletes | hides what is deleted, and keeps its unique values taken for some weeks |
//! | reuses ids | gives the id of somebody who was deleted to the next who is created |
//!
//! Each is what users of such engines report of their systems.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use provisio::MappingSpec;
use provisio::model::{
    Applied, Attributes, CompareRule, ErrorKind, Failure, Object, ObjectType, Outcome, Schema, TargetId,
    Text, Timestamp, Uniqueness, ValueKind, ValueRef, Values, ValuesChange, Write, WriteAction, WriteId,
};
use provisio::plan::{Change, PlannedValues};
use provisio_memory::MemoryDirectory;

use crate::chance::Chance;
use crate::rig::TargetForm;

/// How long the unique values of somebody who is soft-deleted stay taken.
const RETENTION: Duration = Duration::from_secs(14 * 86_400);

/// How often at most an object is lied about. Who is lied to about a value three times may leave it alone.
const LIES_MAX: u8 = 2;

/// What is special about a target.
pub(super) enum Habit {
    /// Nothing.
    Honest,
    /// It keeps the texts of these attributes in a form of its own.
    Normalises(TargetForm, Vec<Text>),
    /// It keeps so many references in one attribute.
    Caps {
        most: usize,
        /// Whether it says so when there are too many.
        says_so: bool,
    },
    /// It says that it did what it did not do.
    Lies,
    /// It keeps unique values taken after their object is gone.
    SoftDeletes,
    /// It gives ids again.
    ReusesIds,
}

impl Habit {
    /// Draws the habit of a target under this spec. What objects are known by keeps the form that it was given: otherwise
    /// nobody could tell whose object it is after an answer was lost.
    pub(super) fn draw(chance: &Chance, spec: &MappingSpec) -> Self {
        let matches = |name: &str| {
            spec.objects.iter().any(|it| {
                it.matches.iter().any(|group| group.all.iter().any(|it| it.is(name)))
                    || it.attributes.iter().any(|it| it.matching.is_some() && it.target.is(name))
            })
        };
        let texts = || {
            let texts = ["title", "tags", "displayName"].into_iter();
            texts.filter(|it| !matches(it)).map(Text::new).collect()
        };
        match chance.below(12) {
            0 => Self::Normalises(TargetForm::Trimmed, texts()),
            1 => Self::Normalises(TargetForm::LowerCase, texts()),
            2 => Self::Normalises(TargetForm::CutTo(4), texts()),
            3 => Self::Caps { most: 1 + chance.below(3) as usize, says_so: true },
            4 => Self::Caps { most: 1 + chance.below(3) as usize, says_so: false },
            5 | 6 => Self::Lies,
            7 => Self::SoftDeletes,
            8 | 9 => Self::ReusesIds,
            _ => Self::Honest,
        }
    }

    /// Says it in words.
    pub(super) fn story(&self) -> String {
        match self {
            Self::Honest => "is honest".to_owned(),
            Self::Normalises(form, _) => format!("keeps texts as {form:?}"),
            Self::Caps { most, says_so: true } => format!("refuses more than {most} members"),
            Self::Caps { most, says_so: false } => format!("drops what is more than {most} members"),
            Self::Lies => "lies about success".to_owned(),
            Self::SoftDeletes => "keeps the names of whom it deleted".to_owned(),
            Self::ReusesIds => "gives ids again".to_owned(),
        }
    }

    /// Tells whether only a read of everything shows what the target made of what it was sent.
    pub(super) fn deceives(&self) -> bool {
        !matches!(self, Self::Honest | Self::SoftDeletes | Self::ReusesIds)
    }

    /// Tells whether a value that differs is the one that was sent, in another form: the form of this target, or one that
    /// could be anybody's, so that nobody can tell it from a lie.
    pub(super) fn keeps_form(&self, change: &Change) -> bool {
        let Some(PlannedValues::Values(sent)) = &change.after else { return false };
        let held = change.before.iter().flat_map(Values::iter).map(plain).collect::<Vec<_>>();
        sent.iter().all(|sent| held.iter().any(|held| !held.is_empty() && plain(sent).starts_with(held)))
    }

    /// Tells whether a target may refuse so many references, or drop some of them.
    pub(super) fn caps(&self, references: usize) -> bool {
        matches!(self, Self::Caps { most, .. } if references > *most)
    }
}

/// A text without case, space and punctuation.
fn plain(value: ValueRef<'_>) -> String {
    value.to_string().chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A directory with a habit.
pub(super) struct Odd {
    pub(super) inner: Arc<MemoryDirectory>,
    schema: Schema,
    pub(super) habit: Habit,
    /// Who is deleted and when.
    graves: Mutex<Vec<(Object, Timestamp)>>,
    /// How often each object was lied about.
    lies: Mutex<BTreeMap<(ObjectType, Text), u8>>,
    /// Whose delete was a lie: who believed it will never look for them again.
    undead: Mutex<BTreeSet<(Text, Text)>>,
}

impl Odd {
    pub(super) fn new(inner: Arc<MemoryDirectory>, schema: Schema, habit: Habit) -> Self {
        Self {
            inner,
            schema,
            habit,
            graves: Mutex::default(),
            lies: Mutex::default(),
            undead: Mutex::default(),
        }
    }

    /// Does writes one after the other. `lies` says whether it feels like lying.
    pub(super) fn write_all(
        &self,
        writes: Vec<Write>,
        now: Timestamp,
        lies: impl Fn() -> bool,
    ) -> Vec<(WriteId, Outcome)> {
        let outcome = |mut write: Write| {
            let id = write.id;
            let is_lie = matches!(self.habit, Habit::Lies) && lies();
            (id, if is_lie { self.lie(&write) } else { None }.unwrap_or_else(|| self.write(&mut write, now)))
        };
        writes.into_iter().map(outcome).collect()
    }

    fn write(&self, write: &mut Write, now: Timestamp) -> Outcome {
        match &self.habit {
            Habit::Honest | Habit::Lies => {}
            Habit::Normalises(form, attributes) => form.write(write, attributes),
            Habit::Caps { most, says_so } => {
                if let Err(refusal) = self.cap(write, *most, *says_so) {
                    return Outcome::Rejected(refusal);
                }
            }
            Habit::SoftDeletes => {
                if let Some(refusal) = self.taken(write, now) {
                    return Outcome::Conflict(refusal);
                }
            }
            Habit::ReusesIds => {
                if let WriteAction::Create { attributes } = &write.action
                    && let Some(outcome) = self.create_again(&write.object_type, attributes)
                {
                    return outcome;
                }
            }
        }
        let deleted = match &write.action {
            WriteAction::Delete { target, .. } => self.inner.get(write.object_type.as_str(), target.as_str()),
            _ => None,
        };
        let outcome = self.inner.write(write.object_type.as_str(), write.action.clone());
        if let (Some(object), Outcome::Applied(_)) = (deleted, &outcome) {
            self.graves.lock().unwrap_or_else(PoisonError::into_inner).push((object, now));
        }
        outcome
    }

    /// Says that a write was done, without doing it.
    fn lie(&self, write: &Write) -> Option<Outcome> {
        let id = match &write.action {
            WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => Some(target.clone()),
            _ => None,
        };
        let mut lies = self.lies.lock().unwrap_or_else(PoisonError::into_inner);
        let key = id.as_ref().map_or_else(|| Text::new(""), |it| it.text().clone());
        let number = lies.entry((write.object_type.clone(), key)).or_default();
        *number += 1;
        let id =
            id.unwrap_or_else(|| TargetId::new(format!("{}-that-never-was-{number}", write.object_type)));
        if *number > LIES_MAX {
            return None;
        }
        if let WriteAction::Delete { .. } = &write.action {
            let key = (Text::new(write.object_type.as_str()), id.text().clone());
            self.undead.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
        Some(Outcome::Applied(Applied::to(id)))
    }

    /// Tells whether an object is there although its delete was answered.
    pub(super) fn is_undead(&self, object_type: &Text, id: &Text) -> bool {
        let undead = self.undead.lock().unwrap_or_else(PoisonError::into_inner);
        undead.contains(&(object_type.clone(), id.clone()))
    }

    /// Takes away from a write, or refuses it, what is too much.
    fn cap(&self, write: &mut Write, most: usize, says_so: bool) -> Result<(), Failure> {
        let too_many = |name: &str| Failure::new(ErrorKind::InvalidValue, format!("`{name}` is full"));
        let schema = self.schema.of(&write.object_type);
        let is_capped = |name: &str| {
            schema
                .and_then(|it| it.attribute(name))
                .is_some_and(|it| it.kind == ValueKind::Reference && it.multi_valued)
        };
        let cut = |values: &mut Values, held: usize, name: &str| {
            if held + values.len() <= most || !is_capped(name) {
                return Ok(true);
            }
            if says_so {
                return Err(too_many(name));
            }
            let kept = Values::from_many(values.as_slice().iter().take(most.saturating_sub(held)).cloned());
            let is_some = kept.is_some();
            if let Some(kept) = kept {
                *values = kept;
            }
            Ok(is_some)
        };
        match &mut write.action {
            WriteAction::Create { attributes } => {
                let mut kept = Attributes::new();
                for (name, values) in attributes.iter() {
                    let mut values = values.clone();
                    if cut(&mut values, 0, name.as_str())? {
                        kept.set(name.clone(), values);
                    }
                }
                *attributes = kept;
            }
            WriteAction::Update { target, deltas, .. } => {
                let object = self.inner.get(write.object_type.as_str(), target.as_str());
                // Who leaves in the same write makes room.
                let removed: BTreeMap<String, usize> = deltas
                    .iter()
                    .filter_map(|it| match &it.change {
                        ValuesChange::Remove(values) => {
                            Some((it.attribute.as_str().to_owned(), values.len()))
                        }
                        _ => None,
                    })
                    .collect();
                let mut failure = None;
                deltas.retain_mut(|delta| {
                    let name = delta.attribute.as_str().to_owned();
                    let held = object.as_ref().and_then(|it| it.attributes.get(&name)).map_or(0, Values::len);
                    let held = held.saturating_sub(removed.get(&name).copied().unwrap_or(0));
                    let kept = match &mut delta.change {
                        ValuesChange::Add(values) => cut(values, held, &name),
                        ValuesChange::Set(values) => cut(values, 0, &name),
                        _ => Ok(true),
                    };
                    kept.unwrap_or_else(|it| {
                        failure = Some(it);
                        true
                    })
                });
                if let Some(failure) = failure {
                    return Err(failure);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Why a write may not take a unique value: somebody who is deleted has it still.
    fn taken(&self, write: &Write, now: Timestamp) -> Option<Failure> {
        let mut graves = self.graves.lock().unwrap_or_else(PoisonError::into_inner);
        graves.retain(|(_, since)| since.plus(RETENTION) > now);
        let schema = self.schema.of(&write.object_type)?;
        let wanted: Vec<(&str, &Values)> = match &write.action {
            WriteAction::Create { attributes } => {
                attributes.iter().map(|(name, it)| (name.as_str(), it)).collect()
            }
            WriteAction::Update { deltas, .. } => {
                let set = deltas.iter().filter_map(|it| match &it.change {
                    ValuesChange::Set(values) | ValuesChange::Add(values) => {
                        Some((it.attribute.as_str(), values))
                    }
                    _ => None,
                });
                set.collect()
            }
            _ => return None,
        };
        for (name, values) in wanted {
            let Some(attribute) = schema.attribute(name).filter(|it| it.uniqueness != Uniqueness::None)
            else {
                continue;
            };
            let rule = CompareRule::of(attribute);
            let buried = graves.iter().filter(|(it, _)| it.object_type == write.object_type);
            let mut held = buried.filter_map(|(it, _)| it.attributes.get(name)).flat_map(Values::iter);
            if held.any(|held| values.iter().any(|it| rule.same(held, it))) {
                let message = format!("`{name}` is taken by an object in the recycle bin");
                return Some(Failure::new(ErrorKind::UniquenessViolated, message));
            }
        }
        None
    }

    /// Creates an object under the id of somebody who is gone, if there is one.
    fn create_again(&self, object_type: &ObjectType, attributes: &Attributes) -> Option<Outcome> {
        let mut graves = self.graves.lock().unwrap_or_else(PoisonError::into_inner);
        let at = graves.iter().position(|(it, _)| it.object_type == *object_type)?;
        let mut object = Object::new(object_type.clone(), graves[at].0.id.clone());
        object.attributes = attributes.clone();
        Some(match self.inner.insert(&object) {
            Ok(id) => {
                graves.remove(at);
                Outcome::Applied(Applied::to(id))
            }
            Err(failure) if failure.kind == ErrorKind::UniquenessViolated => Outcome::Conflict(failure),
            Err(failure) => Outcome::Rejected(failure),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_habit_occurs() {
        let spec = MappingSpec::default();
        let stories: BTreeSet<String> =
            (0..300).map(|seed| Habit::draw(&Chance::new(seed), &spec).story()).collect();
        let drawn = |of: &str| stories.iter().any(|it| it.starts_with(of));
        for of in ["is honest", "keeps texts", "refuses", "drops", "lies", "keeps the names", "gives ids"] {
            assert!(drawn(of), "{of}: {stories:?}");
        }
    }
}
