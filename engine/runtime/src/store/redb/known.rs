//! The tables of what is known of single objects, and how questions about them are answered: each with as many reads as
//! it has answers.

use provisio_model::{AttrName, ObjectType, SourceId, TargetId, Text};
use provisio_planner::{Fingerprint, Footprint, MappingId, MatchKey, Scoped, SourceKey, TargetKey};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable as _, Table, TableDefinition, WriteTransaction};

use super::error::Fault;
use super::numbers::{self, Id, Side, TypeNumbers};
use super::tables::text;
use crate::store::{Digests, JobId, KnownSource, KnownTarget, KnownValue, StateChange};

/// Digest, scopes, ids referred to, matching values.
type Source<'a> = ([u8; 16], &'a [u8], Vec<&'a [u8]>, Vec<(u16, u16, &'a [u8])>);

/// Number of an object type and source id to what is known.
const SOURCES: TableDefinition<'_, Id<'_>, Source<'_>> = TableDefinition::new("known sources");

/// Number of an object type, id referred to and source id.
///
/// INVARIANT: it holds exactly what [`SOURCES`] says.
const REFERRERS: TableDefinition<'_, (u32, &[u8], &[u8]), ()> = TableDefinition::new("referrers");

/// Number of an object type, position of an object mapping, precedence, matching value and source id.
type Alike<'a> = (u32, u16, u16, &'a [u8], &'a [u8]);

/// Who has which matching value.
///
/// INVARIANT: it holds exactly what [`SOURCES`] says.
const ALIKE: TableDefinition<'_, Alike<'_>, ()> = TableDefinition::new("matching values");

/// Digest, body, values by which it is sought.
type Target<'a> = ([u8; 16], &'a [u8], Vec<(&'a str, &'a [u8])>);

/// Number of an object type and target id to what is known.
const TARGETS: TableDefinition<'_, Id<'_>, Target<'_>> = TableDefinition::new("known targets");

/// Number of an object type, attribute in lower case, value and target id.
type Holder<'a> = (u32, &'a str, &'a [u8], &'a [u8]);

/// Who has which value in the target.
///
/// INVARIANT: it holds exactly what [`TARGETS`] says.
const VALUES: TableDefinition<'_, Holder<'_>, ()> = TableDefinition::new("target values");

/// Number of an object type to how many of its objects are known.
const COUNTS: TableDefinition<'_, u32, u64> = TableDefinition::new("known");

/// Makes the tables.
pub(super) fn make(transaction: &WriteTransaction) -> Result<(), Fault> {
    numbers::make_types(transaction)?;
    transaction.open_table(SOURCES)?;
    transaction.open_table(REFERRERS)?;
    transaction.open_table(ALIKE)?;
    transaction.open_table(TARGETS)?;
    transaction.open_table(VALUES)?;
    transaction.open_table(COUNTS)?;
    Ok(())
}

/// What is known of a job's objects, open for reading.
pub(super) struct Reader {
    source_types: Vec<(ObjectType, u32)>,
    target_types: Vec<(ObjectType, u32)>,
    sources: ReadOnlyTable<Id<'static>, Source<'static>>,
    referrers: ReadOnlyTable<(u32, &'static [u8], &'static [u8]), ()>,
    alike: ReadOnlyTable<Alike<'static>, ()>,
    targets: ReadOnlyTable<Id<'static>, Target<'static>>,
    values: ReadOnlyTable<Holder<'static>, ()>,
}

impl Reader {
    pub(super) fn new(transaction: &ReadTransaction, job: &JobId) -> Result<Self, Fault> {
        Ok(Self {
            source_types: numbers::types_of_job(transaction, job, Side::Source)?,
            target_types: numbers::types_of_job(transaction, job, Side::Target)?,
            sources: transaction.open_table(SOURCES)?,
            referrers: transaction.open_table(REFERRERS)?,
            alike: transaction.open_table(ALIKE)?,
            targets: transaction.open_table(TARGETS)?,
            values: transaction.open_table(VALUES)?,
        })
    }

    pub(super) fn source(&self, key: &SourceKey) -> Result<Option<KnownSource>, Fault> {
        let Some(number) = number_of(&self.source_types, &key.object_type) else { return Ok(None) };
        let Some(found) = self.sources.get((number, key.id.as_str().as_bytes()))? else { return Ok(None) };
        known_source(found.value()).map(Some)
    }

    pub(super) fn referrers(&self, id: &SourceId) -> Result<Vec<SourceKey>, Fault> {
        let id = id.as_str().as_bytes();
        let mut keys = Vec::new();
        for (object_type, number) in &self.source_types {
            for entry in self.referrers.range((*number, id, &[][..])..)? {
                let (key, ()) = (entry?.0, ());
                let (of_number, of_id, source) = key.value();
                if (of_number, of_id) != (*number, id) {
                    break;
                }
                keys.push(source_key(object_type, source)?);
            }
        }
        Ok(keys)
    }

    pub(super) fn alike(&self, value: &MatchKey) -> Result<Vec<SourceKey>, Fault> {
        let wanted = (value.mapping.0, value.precedence, value.key.as_bytes());
        let mut keys = Vec::new();
        for (object_type, number) in &self.source_types {
            for entry in self.alike.range((*number, wanted.0, wanted.1, wanted.2, &[][..])..)? {
                let key = entry?.0;
                let (of_number, mapping, precedence, value, source) = key.value();
                if of_number != *number || (mapping, precedence, value) != wanted {
                    break;
                }
                keys.push(source_key(object_type, source)?);
            }
        }
        Ok(keys)
    }

    pub(super) fn target(&self, key: &TargetKey) -> Result<Option<KnownTarget>, Fault> {
        let Some(number) = number_of(&self.target_types, &key.object_type) else { return Ok(None) };
        let Some(found) = self.targets.get((number, key.id.as_str().as_bytes()))? else { return Ok(None) };
        known_target(found.value()).map(Some)
    }

    pub(super) fn targets_with(
        &self,
        object_type: &ObjectType,
        value: &KnownValue,
    ) -> Result<Vec<(TargetKey, KnownTarget)>, Fault> {
        let mut found = Vec::new();
        let Some(number) = number_of(&self.target_types, object_type) else { return Ok(found) };
        let attribute = value.attribute.as_str().to_ascii_lowercase();
        let wanted = (number, attribute.as_str(), value.key.as_bytes());
        for entry in self.values.range((wanted.0, wanted.1, wanted.2, &[][..])..)? {
            let key = entry?.0;
            let (of_number, attribute, value, target) = key.value();
            if (of_number, attribute, value) != wanted {
                break;
            }
            let key = target_key(object_type, target)?;
            let known = self.target(&key)?;
            let known = known.ok_or_else(|| Fault::damaged("a value belongs to no known target object"))?;
            found.push((key, known));
        }
        Ok(found)
    }
}

pub(super) fn sources(transaction: &ReadTransaction, job: &JobId) -> Result<Digests<SourceKey>, Fault> {
    let table = transaction.open_table(SOURCES)?;
    let mut all = Vec::new();
    for (object_type, number) in numbers::types_of_job(transaction, job, Side::Source)? {
        for entry in table.range((number, &[][..])..(number.saturating_add(1), &[][..]))? {
            let (key, value) = entry?;
            all.push((source_key(&object_type, key.value().1)?, Fingerprint::from_bytes(value.value().0)));
        }
    }
    Ok(all)
}

pub(super) fn targets(transaction: &ReadTransaction, job: &JobId) -> Result<Digests<TargetKey>, Fault> {
    let table = transaction.open_table(TARGETS)?;
    let mut all = Vec::new();
    for (object_type, number) in numbers::types_of_job(transaction, job, Side::Target)? {
        for entry in table.range((number, &[][..])..(number.saturating_add(1), &[][..]))? {
            let (key, value) = entry?;
            all.push((target_key(&object_type, key.value().1)?, Fingerprint::from_bytes(value.value().0)));
        }
    }
    Ok(all)
}

/// Counts the known source objects.
pub(super) fn count_sources(transaction: &ReadTransaction, job: &JobId) -> Result<u64, Fault> {
    let counts = transaction.open_table(COUNTS)?;
    let mut all: u64 = 0;
    for (_, number) in numbers::types_of_job(transaction, job, Side::Source)? {
        all = all.saturating_add(counts.get(number)?.map_or(0, |it| it.value()));
    }
    Ok(all)
}

/// Changes what is known. Tables that nothing is written to are not opened.
pub(super) fn change(transaction: &WriteTransaction, job: &JobId, change: &StateChange) -> Result<(), Fault> {
    if !change.sources.is_empty() {
        change_sources(transaction, job, &change.sources)?;
    }
    if !change.targets.is_empty() {
        change_targets(transaction, job, &change.targets)?;
    }
    Ok(())
}

fn change_sources(
    transaction: &WriteTransaction,
    job: &JobId,
    changes: &[(SourceKey, Option<KnownSource>)],
) -> Result<(), Fault> {
    let mut numbers = TypeNumbers::new(transaction, job, Side::Source);
    let mut sources = transaction.open_table(SOURCES)?;
    let mut referrers = transaction.open_table(REFERRERS)?;
    let mut alike = transaction.open_table(ALIKE)?;
    let mut counts = transaction.open_table(COUNTS)?;
    for (key, known) in changes {
        let number = numbers.find_or_make(&key.object_type)?;
        let id = key.id.as_str().as_bytes();
        let was_known = match sources.remove((number, id))? {
            Some(old) => {
                let (_, _, refers_to, matching) = old.value();
                for referred in refers_to {
                    referrers.remove((number, referred, id))?;
                }
                for (mapping, precedence, value) in matching {
                    alike.remove((number, mapping, precedence, value, id))?;
                }
                true
            }
            None => false,
        };
        if let Some(known) = known {
            let Footprint { scoped, refers_to, matching, .. } = &known.footprint;
            let scoped: Vec<u8> = scoped.iter().map(|it| code_of_scoped(*it)).collect();
            let refers_to: Vec<&[u8]> = refers_to.iter().map(|it| it.as_str().as_bytes()).collect();
            let matching: Vec<(u16, u16, &[u8])> =
                matching.iter().map(|it| (it.mapping.0, it.precedence, it.key.as_bytes())).collect();
            for referred in &refers_to {
                referrers.insert((number, *referred, id), ())?;
            }
            for (mapping, precedence, value) in &matching {
                alike.insert((number, *mapping, *precedence, *value, id), ())?;
            }
            sources.insert((number, id), (*known.digest.as_bytes(), &scoped[..], refers_to, matching))?;
        }
        count(&mut counts, number, was_known, known.is_some())?;
    }
    Ok(())
}

fn change_targets(
    transaction: &WriteTransaction,
    job: &JobId,
    changes: &[(TargetKey, Option<KnownTarget>)],
) -> Result<(), Fault> {
    let mut numbers = TypeNumbers::new(transaction, job, Side::Target);
    let mut targets = transaction.open_table(TARGETS)?;
    let mut values = transaction.open_table(VALUES)?;
    let mut counts = transaction.open_table(COUNTS)?;
    for (key, known) in changes {
        let number = numbers.find_or_make(&key.object_type)?;
        let id = key.id.as_str().as_bytes();
        let was_known = match targets.remove((number, id))? {
            Some(old) => {
                for (attribute, value) in old.value().2 {
                    values.remove((number, attribute, value, id))?;
                }
                true
            }
            None => false,
        };
        if let Some(known) = known {
            // One name for an attribute, whatever its case.
            let sought: Vec<(String, &[u8])> = known
                .values
                .iter()
                .map(|it| (it.attribute.as_str().to_ascii_lowercase(), it.key.as_bytes()))
                .collect();
            let sought: Vec<(&str, &[u8])> = sought.iter().map(|(name, value)| (&**name, *value)).collect();
            for (attribute, value) in &sought {
                values.insert((number, *attribute, *value, id), ())?;
            }
            targets.insert((number, id), (*known.digest.as_bytes(), &known.body[..], sought))?;
        }
        count(&mut counts, number, was_known, known.is_some())?;
    }
    Ok(())
}

fn count(counts: &mut Table<'_, u32, u64>, number: u32, was: bool, is: bool) -> Result<(), Fault> {
    if was != is {
        let known = counts.get(number)?.map_or(0, |it| it.value());
        counts.insert(number, if is { known.saturating_add(1) } else { known.saturating_sub(1) })?;
    }
    Ok(())
}

fn known_source((digest, scoped, refers_to, matching): Source<'_>) -> Result<KnownSource, Fault> {
    let mut footprint = Footprint::default();
    for code in scoped {
        footprint.scoped.push(scoped_of(*code)?);
    }
    for id in refers_to {
        footprint.refers_to.push(SourceId::new(text(id)?));
    }
    for (mapping, precedence, key) in matching {
        let key = Text::new(text(key)?);
        footprint.matching.push(MatchKey { mapping: MappingId(mapping), precedence, key });
    }
    Ok(KnownSource { digest: Fingerprint::from_bytes(digest), footprint })
}

fn known_target((digest, body, values): Target<'_>) -> Result<KnownTarget, Fault> {
    let mut known =
        KnownTarget { digest: Fingerprint::from_bytes(digest), body: body.to_vec(), values: Vec::new() };
    for (attribute, key) in values {
        known.values.push(KnownValue { attribute: AttrName::new(attribute), key: Text::new(text(key)?) });
    }
    Ok(known)
}

fn number_of(types: &[(ObjectType, u32)], object_type: &ObjectType) -> Option<u32> {
    types.iter().find(|(it, _)| it == object_type).map(|(_, number)| *number)
}

fn source_key(object_type: &ObjectType, id: &[u8]) -> Result<SourceKey, Fault> {
    Ok(SourceKey { object_type: object_type.clone(), id: SourceId::new(text(id)?) })
}

fn target_key(object_type: &ObjectType, id: &[u8]) -> Result<TargetKey, Fault> {
    Ok(TargetKey { object_type: object_type.clone(), id: TargetId::new(text(id)?) })
}

fn code_of_scoped(scoped: Scoped) -> u8 {
    match scoped {
        Scoped::In => 0,
        Scoped::Out => 1,
        Scoped::Unclear => 2,
    }
}

fn scoped_of(code: u8) -> Result<Scoped, Fault> {
    match code {
        0 => Ok(Scoped::In),
        1 => Ok(Scoped::Out),
        2 => Ok(Scoped::Unclear),
        _ => Err(Fault::damaged(format_args!("{code} is not a place in scope"))),
    }
}
