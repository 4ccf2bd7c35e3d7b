//! What was sent, where the target does not tell it or keeps another value: notes of earlier cycles and what is
//! desired now in, whether to send (again) and what to note out.
//!
//! * **Write-only attributes** are sent when an object is created, and later when the value differs from what was
//!   last sent. What was never sent to an object is noted and not sent: it may hold something of its own.
//! * **Values that the target changes** as it takes them (case, space, truncation) are sent, seen to be another, and
//!   not sent again as long as the target holds that and the source gives the same.
//! * **Values that are changed back** again and again are reported, with how often.
//!
//! Only fingerprints are noted. They are salted by mapping, object and attribute, so equal values do not show. Those
//! of write-only attributes are hashed [`SECRET_ROUNDS`] times. That slows guessing down and does not stop it: whoever
//! can read the state and knows all but a few digits of a secret can find these.

use std::collections::BTreeMap;

use provisio_model::{AttrName, CompareRule, SourceId, ValueKind, ValueRef, Values};
use sha2::{Digest as _, Sha256};

use crate::compiled::{CompiledAttribute, CompiledObject};
use crate::fingerprint::Fingerprint;
use crate::input::PlanInput;
use crate::memory::{Fact, Note, NoteChange, Remember, Sent};
use crate::parallel::{Threads, put_behind};
use crate::plan::{Action, Change, ChangeWrite, MappingId, Operation, PlannedValues};
use crate::spec::Apply;

/// How often the value of a write-only attribute is hashed: some hundredths of a millisecond.
pub(crate) const SECRET_ROUNDS: usize = 256;
/// How often a value is sent that the target then shows as another one; then it is left as it is.
pub const SENDS_MAX: u32 = 3;
/// From how many corrections of one value on that it is changed back is reported.
pub const CORRECTIONS_REPORTED: u32 = 5;
/// So many values of one object mapping are watched after they were seen to be kept; of more, those that were never
/// corrected are forgotten.
const WATCHED_MAX: usize = 10_000;

/// The notes of the source objects of one object mapping.
pub(crate) type Notes<'a> = Option<&'a BTreeMap<SourceId, Note>>;

/// Identifies the values of one attribute of one object.
pub(crate) fn fingerprint<'v>(
    mapping: &CompiledObject,
    source: &str,
    attribute: &CompiledAttribute,
    values: impl Iterator<Item = ValueRef<'v>>,
) -> Fingerprint {
    let mut content = Vec::with_capacity(TYPICAL);
    add(&mut content, [&mapping.name]);
    add(&mut content, [source]);
    let name = add(&mut content, [attribute.name.as_str()]);
    content[name..].make_ascii_lowercase();
    let mut values = values.peekable();
    match (values.next(), values.peek()) {
        (Some(ValueRef::Text(text)), None) => _ = add(&mut content, [ValueKind::Text.name(), " ", text]),
        (first, _) => {
            let mut keys: Vec<String> = first.into_iter().chain(values).map(key).collect();
            keys.sort_unstable();
            keys.iter().for_each(|it| _ = add(&mut content, [it]));
        }
    }
    let mut digest = Sha256::digest(content);
    if attribute.write_only {
        for _ in 1..SECRET_ROUNDS {
            digest = Sha256::digest(digest);
        }
    }
    Fingerprint::of(digest)
}

/// Enough for what identifies most values.
const TYPICAL: usize = 192;

/// Adds a text, which may be in parts, and its length before it; returns where it begins.
fn add<const PARTS: usize>(content: &mut Vec<u8>, parts: [&str; PARTS]) -> usize {
    let length: usize = parts.iter().map(|it| it.len()).sum();
    content.extend_from_slice(&(length as u64).to_le_bytes());
    let begin = content.len();
    parts.iter().for_each(|it| content.extend_from_slice(it.as_bytes()));
    begin
}

/// The kind of a value, and the value.
fn key(value: ValueRef<'_>) -> String {
    let mut key = tag(value).to_string();
    key.push(' ');
    match value {
        ValueRef::Text(text) => key.push_str(text),
        value => key.push_str(&CompareRule::CaseExact.key(value)),
    }
    key
}

/// A secret and the text that it is made of are the same value.
fn tag(value: ValueRef<'_>) -> ValueKind {
    match value {
        ValueRef::Secret(_) => ValueKind::Text,
        value => value.kind(),
    }
}

/// What to do about a value that differs from what the target holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Send it.
    Send,
    /// Send it; it was changed back so often.
    ChangedBack(u32),
    /// The target keeps it in a form of its own.
    Kept,
    /// It was sent so often, and the target holds something else.
    NotKept(u32),
}

/// Judges a change by what was noted of the attribute.
pub(crate) fn judge(
    noted: &Sent,
    mapping: &CompiledObject,
    source: &str,
    attribute: &CompiledAttribute,
    change: &Change,
) -> Judgement {
    let print = |values: Option<&Values>| {
        fingerprint(mapping, source, attribute, values.into_iter().flat_map(Values::iter))
    };
    let (before, after) = (change.before.as_ref(), known(change.after.as_ref()));
    if noted.sent != print(after) {
        return Judgement::Send;
    }
    let is_same_again = noted.observed == Some(print(before));
    if is_same_again && is_form_of(before, after) {
        Judgement::Kept
    } else if is_same_again && noted.times >= SENDS_MAX {
        Judgement::NotKept(noted.times)
    } else if noted.times >= CORRECTIONS_REPORTED {
        Judgement::ChangedBack(noted.times)
    } else {
        Judgement::Send
    }
}

fn known(values: Option<&PlannedValues>) -> Option<&Values> {
    match values {
        Some(PlannedValues::Values(values)) => Some(values),
        _ => None,
    }
}

/// Tells whether every value that was sent is there in another form: other case, space or punctuation, cut off, or
/// to the day.
fn is_form_of(held: Option<&Values>, sent: Option<&Values>) -> bool {
    let (Some(held), Some(sent)) = (held, sent) else { return false };
    sent.iter().all(|sent| held.iter().any(|held| is_value_form_of(held, sent)))
}

fn is_value_form_of(held: ValueRef<'_>, sent: ValueRef<'_>) -> bool {
    const SECONDS_OF_A_DAY: i64 = 86_400;
    match (held, sent) {
        (ValueRef::Text(held), ValueRef::Text(sent)) => {
            let (held, sent) = (plain(held), plain(sent));
            !held.is_empty() && sent.starts_with(&held)
        }
        (ValueRef::Timestamp(held), ValueRef::Timestamp(sent)) => {
            held.second().div_euclid(SECONDS_OF_A_DAY) == sent.second().div_euclid(SECONDS_OF_A_DAY)
        }
        (ValueRef::Decimal(held), ValueRef::Decimal(sent)) => (held - sent).abs() <= sent.abs() * 1e-3,
        (held, sent) => CompareRule::CaseExact.same(held, sent),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What was found about the notes of one plan.
#[derive(Default)]
pub(crate) struct Found {
    /// What a write-only attribute would be given, of objects to which it was never sent.
    unsent: Vec<(MappingId, SourceId, AttrName, Fingerprint)>,
    /// Attributes that hold what was sent.
    settled: Vec<(MappingId, SourceId, AttrName)>,
}

/// How much is found.
pub(crate) struct Mark {
    unsent: usize,
    settled: usize,
}

impl Found {
    pub(crate) fn mark(&self) -> Mark {
        Mark { unsent: self.unsent.len(), settled: self.settled.len() }
    }

    /// Drops what was found since.
    pub(crate) fn go_back(&mut self, mark: &Mark) {
        self.unsent.truncate(mark.unsent);
        self.settled.truncate(mark.settled);
    }

    /// Adds what was found about other objects.
    pub(crate) fn append(&mut self, others: Self) {
        put_behind(&mut self.unsent, others.unsent);
        put_behind(&mut self.settled, others.settled);
    }

    /// Notes what was never sent.
    pub(crate) fn unsent(
        &mut self,
        mapping: MappingId,
        source: SourceId,
        name: &AttrName,
        sent: Fingerprint,
    ) {
        self.unsent.push((mapping, source, name.clone(), sent));
    }

    /// Notes that the target holds what was sent.
    pub(crate) fn settled(&mut self, mapping: MappingId, source: SourceId, name: &AttrName) {
        self.settled.push((mapping, source, name.clone()));
    }

    /// Returns everything that is to be remembered, sorted. What only tidies up waits for a plan that does something,
    /// so that a plan with nothing to do is empty (R5).
    pub(crate) fn remember(
        self,
        input: &PlanInput<'_>,
        operations: &[Operation],
        threads: Threads,
    ) -> Vec<Remember> {
        let note = |mapping, source, change| Fact::Note { mapping, source, change };
        let mut all: Vec<Remember> = Vec::new();
        for part in threads.share(operations.len(), |range| {
            let facts = operations[range].iter().flat_map(|operation| {
                written(input, operation).into_iter().map(|change| Remember {
                    once: Some(operation.id),
                    fact: note(operation.mapping, operation.source.clone(), change),
                })
            });
            facts.collect::<Vec<_>>()
        }) {
            put_behind(&mut all, part);
        }
        let Self { mut unsent, mut settled } = self;
        if !operations.is_empty() {
            settled.sort_unstable();
            settled.dedup();
            for (mapping, source, attribute) in settled {
                let change = settle(input, mapping, &source, attribute);
                all.extend(change.map(|it| Remember { once: None, fact: note(mapping, source, it) }));
            }
        }
        unsent.sort_unstable();
        for (mapping, source, attribute, sent) in unsent {
            let change = NoteChange::Sent { attribute, sent: Sent::new(sent, None) };
            all.push(Remember { once: None, fact: note(mapping, source, change) });
        }
        all.sort_by_key(|it| it.once);
        all
    }
}

/// What is noted of an attribute that holds what was sent.
fn settle(
    input: &PlanInput<'_>,
    mapping: MappingId,
    source: &SourceId,
    attribute: AttrName,
) -> Option<NoteChange> {
    let notes = input.memory.notes_of(&input.spec.mappings[usize::from(mapping.0)].name)?;
    let noted = notes.get(source)?.sent.get(&attribute)?;
    if noted.times <= 1 && notes.len() > WATCHED_MAX {
        return Some(NoteChange::Forgets { attribute });
    }
    noted.observed?;
    let sent = Sent { observed: None, ..*noted };
    Some(NoteChange::Sent { attribute, sent })
}

/// What an operation makes true of what was sent.
fn written(input: &PlanInput<'_>, operation: &Operation) -> Vec<NoteChange> {
    let mapping = &input.spec.mappings[usize::from(operation.mapping.0)];
    let source = operation.source.as_str();
    let named = |name: &AttrName| mapping.attribute(name);
    match &operation.action {
        Action::Create { .. } if !mapping.attributes.iter().any(|it| it.write_only) => Vec::new(),
        Action::Create { attributes } => {
            let secret = attributes.iter().filter_map(|(name, values)| {
                let attribute = named(name).filter(|it| it.write_only && it.apply == Apply::Always)?;
                let sent = fingerprint(mapping, source, attribute, known(Some(values))?.iter());
                Some(NoteChange::Sent { attribute: name.clone(), sent: Sent::new(sent, None) })
            });
            secret.collect()
        }
        Action::Delete | Action::Unlink => {
            let note = input.memory.note(&mapping.name, source);
            let names = note.into_iter().flat_map(|it| it.sent.keys());
            names.map(|it| NoteChange::Forgets { attribute: it.clone() }).collect()
        }
        action => {
            let note = input.memory.note(&mapping.name, source);
            let noted = |name: &AttrName| note.and_then(|it| it.sent.get(name));
            let changes = action.changes().iter().filter_map(|change| {
                let attribute = named(&change.attribute)?;
                let sent = sent_by(mapping, source, attribute, change, noted(&change.attribute))?;
                Some(NoteChange::Sent { attribute: change.attribute.clone(), sent })
            });
            changes.collect()
        }
    }
}

/// What is noted of a change once it is made; nothing where no target would keep another value.
pub(crate) fn sent_by(
    mapping: &CompiledObject,
    source: &str,
    attribute: &CompiledAttribute,
    change: &Change,
    noted: Option<&Sent>,
) -> Option<Sent> {
    let print = |values: Option<&Values>| {
        fingerprint(mapping, source, attribute, values.into_iter().flat_map(Values::iter))
    };
    let after = known(change.after.as_ref())?;
    if attribute.write_only {
        return Some(Sent::new(print(Some(after)), None));
    }
    let changes_form = matches!(attribute.kind, ValueKind::Text | ValueKind::Timestamp | ValueKind::Decimal);
    if !changes_form || change.repeats() || change.write == ChangeWrite::Temporary {
        return None;
    }
    let sent = Sent::new(print(Some(after)), Some(print(change.before.as_ref())));
    let times = noted.filter(|it| it.sent == sent.sent).map_or(1, |it| it.times.saturating_add(1));
    Some(Sent { times, ..sent })
}
