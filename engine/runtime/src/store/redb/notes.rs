//! The tables of what cycles noted: who is leaving, what was sent, what limits count, what is held back and
//! released. Enums are kept as numbers that never change their meaning.

use std::collections::BTreeMap;

use provisio_model::{AttrName, SourceId, TargetId, Text, Timestamp, ValueKind};
use provisio_planner::{
    ActionKind, Fingerprint, Leaving, LeavingStep, LedgerEntry, LimitKind, Memory, MemoryChange, Note,
    Release, Sent, SentValue, Staged, Trigger, Unanswered,
};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable as _, Table, TableDefinition, WriteTransaction};

use super::error::Fault;
use super::numbers::{Id, MappingNumbers};
use super::tables::text;
use crate::store::JobId;

/// A second and the nanosecond in it.
type Instant = (i64, u32);

/// Trigger, first notice, step, when, target id.
type Left<'a> = (u8, Instant, u8, Instant, &'a [u8]);

/// Number of an object mapping and source id to who is leaving.
const LEAVING: TableDefinition<'_, Id<'_>, Left<'_>> = TableDefinition::new("leaving");

/// Number of an object mapping, source id and attribute.
type Attribute<'a> = (u32, &'a [u8], &'a str);

/// What was sent, what was read back, and how often it was sent.
type Prints = ([u8; 16], Option<[u8; 16]>, u32);

/// Attribute of an object to the fingerprints of what was sent and of what was read back.
const SENT: TableDefinition<'_, Attribute<'_>, Prints> = TableDefinition::new("sent");

/// Attribute, type of the value, and the value.
type Value<'a> = (&'a str, &'a str, &'a [u8]);

/// Number of an object mapping and source id to the create whose answer is not known.
const UNANSWERED: TableDefinition<'_, Id<'_>, (Instant, Vec<Value<'_>>)> = TableDefinition::new("unanswered");

/// Job, second, number of an object mapping and limit to how many acts.
const LEDGER: TableDefinition<'_, (&str, i64, u32, u8), u64> = TableDefinition::new("ledger");

/// Number of an object mapping, source id, action and attribute.
type Held<'a> = (u32, &'a [u8], u8, Option<&'a str>);

/// Operation to since when it is held back.
const STAGED: TableDefinition<'_, Held<'_>, Instant> = TableDefinition::new("staged");

/// Job, limit, name of an object mapping and source id.
type Pattern<'a> = (&'a str, Option<u8>, Option<&'a str>, Option<&'a str>);

/// What is released to until when.
const RELEASES: TableDefinition<'_, Pattern<'_>, Instant> = TableDefinition::new("releases");

/// Makes the tables.
pub(super) fn make(transaction: &WriteTransaction) -> Result<(), Fault> {
    transaction.open_table(LEAVING)?;
    transaction.open_table(SENT)?;
    transaction.open_table(UNANSWERED)?;
    transaction.open_table(LEDGER)?;
    transaction.open_table(STAGED)?;
    transaction.open_table(RELEASES)?;
    Ok(())
}

pub(super) fn load(
    transaction: &ReadTransaction,
    job: &JobId,
    mappings: &[(Text, u32)],
) -> Result<Memory, Fault> {
    let mut change = MemoryChange::default();
    for (mapping, number) in mappings {
        load_notes(transaction, mapping, *number, &mut change)?;
        load_staged(transaction, mapping, *number, &mut change)?;
    }
    load_ledger(transaction, job, mappings, &mut change)?;
    load_releases(transaction, job, &mut change)?;
    let mut memory = Memory::default();
    memory.apply(&change);
    Ok(memory)
}

/// Loads what every cycle needs: the notes of who is leaving, and what is not about single objects.
pub(super) fn load_for_every_cycle(
    transaction: &ReadTransaction,
    job: &JobId,
    mappings: &[(Text, u32)],
) -> Result<Memory, Fault> {
    let mut change = MemoryChange::default();
    let reader = Reader::new(transaction)?;
    for (mapping, number) in mappings {
        let end = number.saturating_add(1);
        for entry in reader.leaving.range((*number, &[][..])..(end, &[][..]))? {
            let source = SourceId::new(text(entry?.0.value().1)?);
            let note = reader.note(*number, source.as_str())?.unwrap_or_default();
            change.notes.push((mapping.clone(), source, note));
        }
        for entry in reader.unanswered.range((*number, &[][..])..(end, &[][..]))? {
            let source = SourceId::new(text(entry?.0.value().1)?);
            let note = reader.note(*number, source.as_str())?.unwrap_or_default();
            change.notes.push((mapping.clone(), source, note));
        }
        load_staged(transaction, mapping, *number, &mut change)?;
    }
    load_ledger(transaction, job, mappings, &mut change)?;
    load_releases(transaction, job, &mut change)?;
    let mut memory = Memory::default();
    memory.apply(&change);
    Ok(memory)
}

/// The tables of notes, open for reading.
pub(super) struct Reader {
    leaving: ReadOnlyTable<Id<'static>, Left<'static>>,
    sent: ReadOnlyTable<Attribute<'static>, Prints>,
    unanswered: ReadOnlyTable<Id<'static>, (Instant, Vec<Value<'static>>)>,
}

impl Reader {
    pub(super) fn new(transaction: &ReadTransaction) -> Result<Self, Fault> {
        Ok(Self {
            leaving: transaction.open_table(LEAVING)?,
            sent: transaction.open_table(SENT)?,
            unanswered: transaction.open_table(UNANSWERED)?,
        })
    }

    /// Returns what is noted of one source object, if anything is.
    pub(super) fn note(&self, number: u32, source: &str) -> Result<Option<Note>, Fault> {
        let mut note = Note::default();
        if let Some(found) = self.leaving.get((number, source.as_bytes()))? {
            note.leaving = Some(leaving(found.value())?);
        }
        if let Some(found) = self.unanswered.get((number, source.as_bytes()))? {
            note.unanswered = Some(unanswered(found.value())?);
        }
        for entry in self.sent.range((number, source.as_bytes(), "")..)? {
            let (key, value) = entry?;
            let (of_number, of_source, attribute) = key.value();
            if (of_number, of_source) != (number, source.as_bytes()) {
                break;
            }
            note.sent.insert(AttrName::new(attribute), sent(value.value()));
        }
        Ok(Some(note).filter(|it| !it.is_empty()))
    }
}

fn leaving((trigger, since, step, at, target): Left<'_>) -> Result<Leaving, Fault> {
    let target = TargetId::new(text(target)?);
    let mut leaving = Leaving::new(trigger_of(trigger)?, step_of(step)?, target, timestamp(at));
    leaving.since = timestamp(since);
    Ok(leaving)
}

fn unanswered((at, values): (Instant, Vec<Value<'_>>)) -> Result<Unanswered, Fault> {
    let mut unanswered = Unanswered::new(timestamp(at), []);
    for (attribute, kind, value) in values {
        let kind = ValueKind::parse(kind);
        let kind = kind.ok_or_else(|| Fault::damaged("a value that was sent has no type"))?;
        let text = Text::new(text(value)?);
        unanswered.values.push(SentValue { attribute: AttrName::new(attribute), kind, text });
    }
    Ok(unanswered)
}

fn sent((sent, observed, times): Prints) -> Sent {
    let mut sent = Sent::new(Fingerprint::from_bytes(sent), observed.map(Fingerprint::from_bytes));
    sent.times = times;
    sent
}

fn load_notes(
    transaction: &ReadTransaction,
    mapping: &Text,
    number: u32,
    change: &mut MemoryChange,
) -> Result<(), Fault> {
    let mut notes: Vec<(SourceId, Note)> = Vec::new();
    let end = number.saturating_add(1);
    for entry in transaction.open_table(LEAVING)?.range((number, &[][..])..(end, &[][..]))? {
        let (key, value) = entry?;
        let mut note = Note::default();
        note.leaving = Some(leaving(value.value())?);
        notes.push((SourceId::new(text(key.value().1)?), note));
    }
    let leavers = notes.len();
    for entry in transaction.open_table(SENT)?.range((number, &[][..], "")..(end, &[][..], ""))? {
        let (key, value) = entry?;
        let (_, source, attribute) = key.value();
        let source = text(source)?;
        let at = match notes[leavers..].last() {
            Some((last, _)) if last.as_str() == source => notes.len() - 1,
            // INVARIANT: the first part is in the order of the table, bytewise order, which is that of the text.
            _ => match notes[..leavers].binary_search_by(|(it, _)| it.as_str().cmp(source)) {
                Ok(at) => at,
                Err(_) => {
                    notes.push((SourceId::new(source), Note::default()));
                    notes.len() - 1
                }
            },
        };
        notes[at].1.sent.insert(AttrName::new(attribute), sent(value.value()));
    }
    let mut pending: BTreeMap<SourceId, Unanswered> = BTreeMap::new();
    for entry in transaction.open_table(UNANSWERED)?.range((number, &[][..])..(end, &[][..]))? {
        let (key, value) = entry?;
        pending.insert(SourceId::new(text(key.value().1)?), unanswered(value.value())?);
    }
    if !pending.is_empty() {
        notes.iter_mut().for_each(|(source, note)| note.unanswered = pending.remove(source));
        notes.extend(pending.into_iter().map(|(source, unanswered)| {
            let mut note = Note::default();
            note.unanswered = Some(unanswered);
            (source, note)
        }));
    }
    change.notes.extend(notes.into_iter().map(|(source, note)| (mapping.clone(), source, note)));
    Ok(())
}

fn load_staged(
    transaction: &ReadTransaction,
    mapping: &Text,
    number: u32,
    change: &mut MemoryChange,
) -> Result<(), Fault> {
    let first = |number| (number, &[][..], 0, None);
    for entry in transaction.open_table(STAGED)?.range(first(number)..first(number.saturating_add(1)))? {
        let (key, since) = entry?;
        let (_, source, action, attribute) = key.value();
        let staged = Staged {
            mapping: mapping.clone(),
            source: SourceId::new(text(source)?),
            action: action_of(action)?,
            attribute: attribute.map(AttrName::new),
        };
        change.staged.push((staged, Some(timestamp(since.value()))));
    }
    Ok(())
}

fn load_ledger(
    transaction: &ReadTransaction,
    job: &JobId,
    mappings: &[(Text, u32)],
    change: &mut MemoryChange,
) -> Result<(), Fault> {
    let job = job.as_str();
    let all = (job, i64::MIN, 0, 0)..=(job, i64::MAX, u32::MAX, u8::MAX);
    for entry in transaction.open_table(LEDGER)?.range(all)? {
        let (key, number) = entry?;
        let (_, second, mapping, limit) = key.value();
        let name = mappings.iter().find(|(_, number)| *number == mapping).map(|(name, _)| name.clone());
        change.acts.push(LedgerEntry {
            at: Timestamp::from_second(second),
            mapping: name.ok_or_else(|| Fault::damaged("acts belong to no object mapping"))?,
            limit: limit_of(limit)?,
            number: number.value(),
        });
    }
    Ok(())
}

fn load_releases(transaction: &ReadTransaction, job: &JobId, change: &mut MemoryChange) -> Result<(), Fault> {
    for entry in transaction.open_table(RELEASES)?.range((job.as_str(), None, None, None)..)? {
        let (key, until) = entry?;
        let (of_job, limit, mapping, source) = key.value();
        if of_job != job.as_str() {
            break;
        }
        let release = Release {
            limit: limit.map(limit_of).transpose()?,
            mapping: mapping.map(Text::new),
            source: source.map(SourceId::new),
        };
        change.releases.push((release, Some(timestamp(until.value()))));
    }
    Ok(())
}

/// Changes what is noted. Tables that nothing is written to are not opened.
pub(super) fn change(
    transaction: &WriteTransaction,
    numbers: &mut MappingNumbers<'_>,
    job: &JobId,
    change: &MemoryChange,
) -> Result<(), Fault> {
    if !change.notes.is_empty() {
        change_notes(transaction, numbers, &change.notes)?;
    }
    if change.acts_forgotten_until.is_some() || !change.acts.is_empty() {
        change_ledger(transaction, numbers, job, change)?;
    }
    for (staged, since) in &change.staged {
        let number = numbers.find_or_make(&staged.mapping)?;
        let source = staged.source.as_str().as_bytes();
        // One name for an attribute, whatever its case.
        let attribute = staged.attribute.as_ref().map(|it| it.as_str().to_ascii_lowercase());
        let mut table = transaction.open_table(STAGED)?;
        let key = (number, source, code_of_action(staged.action)?, attribute.as_deref());
        set(&mut table, key, *since)?;
    }
    for (release, until) in &change.releases {
        let limit = release.limit.map(code_of_limit);
        let mapping = release.mapping.as_deref();
        let source = release.source.as_ref().map(SourceId::as_str);
        let mut table = transaction.open_table(RELEASES)?;
        set(&mut table, (job.as_str(), limit, mapping, source), *until)?;
    }
    Ok(())
}

fn set<K: redb::Key + 'static>(
    table: &mut Table<'_, K, Instant>,
    key: K::SelfType<'_>,
    instant: Option<Timestamp>,
) -> Result<(), Fault> {
    match instant {
        Some(instant) => {
            table.insert(key, parts(instant))?;
        }
        None => {
            table.remove(key)?;
        }
    }
    Ok(())
}

fn change_notes<'a>(
    transaction: &WriteTransaction,
    numbers: &mut MappingNumbers<'_>,
    notes: &'a [(Text, SourceId, Note)],
) -> Result<(), Fault> {
    let mut leaving = transaction.open_table(LEAVING)?;
    let mut sent = transaction.open_table(SENT)?;
    let mut unanswered = transaction.open_table(UNANSWERED)?;
    for (mapping, source, note) in notes {
        let number = numbers.find_or_make(mapping)?;
        let source = source.as_str().as_bytes();
        match &note.leaving {
            Some(it) => {
                let target = it.target.as_str().as_bytes();
                let (trigger, step) = (code_of_trigger(it.trigger), code_of_step(it.step));
                let value = (trigger, parts(it.since), step, parts(it.at), target);
                leaving.insert((number, source), value)?;
            }
            None => {
                leaving.remove((number, source))?;
            }
        }
        match &note.unanswered {
            Some(it) => {
                let value = |it: &'a SentValue| (it.attribute.as_str(), it.kind.name(), it.text.as_bytes());
                unanswered.insert((number, source), (parts(it.at), it.values.iter().map(value).collect()))?;
            }
            None => {
                unanswered.remove((number, source))?;
            }
        }
        let mut known: Vec<String> = Vec::new();
        for entry in sent.range((number, source, "")..)? {
            let (key, _) = entry?;
            let (of_number, of_source, attribute) = key.value();
            if (of_number, of_source) != (number, source) {
                break;
            }
            known.push(attribute.to_owned());
        }
        for attribute in known {
            sent.remove((number, source, attribute.as_str()))?;
        }
        for (attribute, it) in &note.sent {
            let value = (*it.sent.as_bytes(), it.observed.as_ref().map(|it| *it.as_bytes()), it.times);
            sent.insert((number, source, attribute.as_str()), value)?;
        }
    }
    Ok(())
}

fn change_ledger(
    transaction: &WriteTransaction,
    numbers: &mut MappingNumbers<'_>,
    job: &JobId,
    change: &MemoryChange,
) -> Result<(), Fault> {
    let mut ledger = transaction.open_table(LEDGER)?;
    if let Some(until) = change.acts_forgotten_until {
        let past = (job.as_str(), i64::MIN, 0, 0)..=(job.as_str(), until.second(), u32::MAX, u8::MAX);
        ledger.retain_in(past, |_, _| false)?;
    }
    for LedgerEntry { at, mapping, limit, number } in &change.acts {
        let mapping = numbers.find_or_make(mapping)?;
        let key = (job.as_str(), at.second(), mapping, code_of_limit(*limit));
        let known = ledger.get(key)?.map_or(0, |it| it.value());
        ledger.insert(key, known.saturating_add(*number))?;
    }
    Ok(())
}

fn parts(timestamp: Timestamp) -> Instant {
    (timestamp.second(), timestamp.nanosecond())
}

fn timestamp((second, nanosecond): Instant) -> Timestamp {
    Timestamp::from_parts(second, nanosecond)
}

fn code_of_trigger(trigger: Trigger) -> u8 {
    match trigger {
        Trigger::OutOfScope => 0,
        Trigger::Unassigned => 1,
        Trigger::SourceDisabled => 2,
        Trigger::SourceDeleted => 3,
    }
}

fn trigger_of(code: u8) -> Result<Trigger, Fault> {
    let found = Trigger::ALL.into_iter().find(|it| code_of_trigger(*it) == code);
    found.ok_or_else(|| Fault::damaged(format_args!("{code} is not a reason to leave")))
}

fn code_of_step(step: LeavingStep) -> u8 {
    match step {
        LeavingStep::Noticed => 0,
        LeavingStep::Disabled => 1,
        LeavingStep::SoftDeleted => 2,
        LeavingStep::Deleted => 3,
    }
}

fn step_of(code: u8) -> Result<LeavingStep, Fault> {
    let found = LeavingStep::ALL.into_iter().find(|it| code_of_step(*it) == code);
    found.ok_or_else(|| Fault::damaged(format_args!("{code} is not a step of leaving")))
}

fn code_of_limit(limit: LimitKind) -> u8 {
    match limit {
        LimitKind::Deletes => 0,
        LimitKind::Disables => 1,
        LimitKind::MemberRemovals => 2,
        LimitKind::GroupRemovals => 3,
        LimitKind::PrivilegedChanges => 4,
    }
}

fn limit_of(code: u8) -> Result<LimitKind, Fault> {
    let found = LimitKind::ALL.into_iter().find(|it| code_of_limit(*it) == code);
    found.ok_or_else(|| Fault::damaged(format_args!("{code} is not a limit")))
}

/// What can be held back has a number; an action without one cannot be kept.
fn code_of_action(action: ActionKind) -> Result<u8, Fault> {
    let code = ACTIONS.iter().find(|(it, _)| *it == action).map(|(_, code)| *code);
    code.ok_or_else(|| Fault::damaged(format_args!("{action} has no number")))
}

fn action_of(code: u8) -> Result<ActionKind, Fault> {
    let found = ACTIONS.iter().find(|(_, it)| *it == code).map(|(action, _)| *action);
    found.ok_or_else(|| Fault::damaged(format_args!("{code} is not an action")))
}

const ACTIONS: [(ActionKind, u8); 10] = [
    (ActionKind::Create, 0),
    (ActionKind::Adopt, 1),
    (ActionKind::Update, 2),
    (ActionKind::Enable, 3),
    (ActionKind::Disable, 4),
    (ActionKind::Delete, 5),
    (ActionKind::ChangeMembers, 6),
    (ActionKind::Unlink, 7),
    (ActionKind::SoftDelete, 8),
    (ActionKind::Restore, 9),
];
