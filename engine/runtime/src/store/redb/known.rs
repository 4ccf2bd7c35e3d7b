//! The tables of what is known of single objects, and how questions about them are answered: each with as many reads as
//! it has answers.

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{AttrName, ObjectType, SourceId, TargetId, Text};
use provisio_planner::{Fingerprint, Footprint, MappingId, MatchKey, Scoped, SourceKey, TargetKey};
use redb::{ReadOnlyTable, ReadTransaction, ReadableTable as _, TableDefinition, WriteTransaction};

use super::error::Fault;
use super::numbers::{self, Id, Side, TypeNumbers};
use super::tables::text;
use crate::store::{Digests, JobId, KnownSource, KnownTarget, KnownValue, StateChange};

/// Position of an object mapping, precedence and matching value.
type Matching<'a> = (u16, u16, &'a [u8]);

/// Digest, scopes, ids referred to, matching values.
type Source<'a> = ([u8; 16], &'a [u8], Vec<&'a [u8]>, Vec<Matching<'a>>);

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

/// The number of an object type, an id, and what is known of the object from now on.
type Changed<'a, V> = (u32, &'a [u8], Option<&'a V>);

/// Puts changes in the order of their table, the last one of each object: pages that are filled from the first key to the
/// last are full and are written once.
fn in_order<V>(mut changes: Vec<Changed<'_, V>>) -> Vec<Changed<'_, V>> {
    changes.sort_by_key(|&(number, id, _)| (number, id));
    changes.dedup_by(|later, earlier| {
        let is_same = (later.0, later.1) == (earlier.0, earlier.1);
        if is_same {
            *earlier = *later;
        }
        is_same
    });
    changes
}

fn change_sources(
    transaction: &WriteTransaction,
    job: &JobId,
    changes: &[(SourceKey, Option<KnownSource>)],
) -> Result<(), Fault> {
    let mut numbers = TypeNumbers::new(transaction, job, Side::Source);
    let changes = changes.iter().map(|(key, known)| {
        Ok((numbers.find_or_make(&key.object_type)?, key.id.as_str().as_bytes(), known.as_ref()))
    });
    let changes = in_order(changes.collect::<Result<Vec<_>, Fault>>()?);
    let mut sources = transaction.open_table(SOURCES)?;
    let mut referrers = transaction.open_table(REFERRERS)?;
    let mut alike = transaction.open_table(ALIKE)?;
    let mut counts = Counted::default();
    let (mut new_referrers, mut new_alike) = (Vec::new(), Vec::new());
    for (number, id, known) in changes {
        let (mut refers_to, mut matching): (Vec<&[u8]>, Vec<Matching<'_>>) = match known {
            Some(KnownSource { footprint: Footprint { refers_to, matching, .. }, .. }) => (
                refers_to.iter().map(|it| it.as_str().as_bytes()).collect(),
                matching.iter().map(|it| (it.mapping.0, it.precedence, it.key.as_bytes())).collect(),
            ),
            None => Default::default(),
        };
        let old = match known {
            Some(KnownSource { digest, footprint, .. }) => {
                let scoped: Vec<u8> = footprint.scoped.iter().map(|it| code_of_scoped(*it)).collect();
                let value = (*digest.as_bytes(), &scoped[..], refers_to.clone(), matching.clone());
                sources.insert((number, id), value)?
            }
            None => sources.remove((number, id))?,
        };
        if let Some(old) = &old {
            let (_, _, old_refers_to, old_matching) = old.value();
            let (was, is) = (set(&old_refers_to), set(&refers_to));
            for referred in was.difference(&is) {
                referrers.remove((number, *referred, id))?;
            }
            refers_to.retain(|it| !was.contains(it));
            let (was, is) = (set(&old_matching), set(&matching));
            for (mapping, precedence, value) in was.difference(&is) {
                alike.remove((number, *mapping, *precedence, *value, id))?;
            }
            matching.retain(|it| !was.contains(it));
        }
        new_referrers.extend(refers_to.into_iter().map(|referred| (number, referred, id)));
        new_alike.extend(
            matching.into_iter().map(|(mapping, precedence, value)| (number, mapping, precedence, value, id)),
        );
        counts.count(number, old.is_some(), known.is_some());
    }
    new_referrers.sort_unstable();
    for key in new_referrers {
        referrers.insert(key, ())?;
    }
    new_alike.sort_unstable();
    for key in new_alike {
        alike.insert(key, ())?;
    }
    counts.note(transaction)
}

fn change_targets(
    transaction: &WriteTransaction,
    job: &JobId,
    changes: &[(TargetKey, Option<KnownTarget>)],
) -> Result<(), Fault> {
    let mut numbers = TypeNumbers::new(transaction, job, Side::Target);
    let changes = changes.iter().map(|(key, known)| {
        Ok((numbers.find_or_make(&key.object_type)?, key.id.as_str().as_bytes(), known.as_ref()))
    });
    let changes = in_order(changes.collect::<Result<Vec<_>, Fault>>()?);
    let mut targets = transaction.open_table(TARGETS)?;
    let mut values = transaction.open_table(VALUES)?;
    let mut counts = Counted::default();
    let mut new_values = Vec::new();
    for (number, id, known) in changes {
        // One name for an attribute, whatever its case.
        let name = |it: &KnownValue| Text::new(it.attribute.as_str().to_ascii_lowercase());
        let values_of = known.map(|it| it.values.as_slice()).unwrap_or_default();
        let names: Vec<Text> = values_of.iter().map(name).collect();
        let keys = values_of.iter().map(|it| it.key.as_bytes());
        let mut sought: Vec<(&str, &[u8])> = names.iter().map(Text::as_str).zip(keys).collect();
        let old = match known {
            Some(known) => {
                targets.insert((number, id), (*known.digest.as_bytes(), &known.body[..], sought.clone()))?
            }
            None => targets.remove((number, id))?,
        };
        if let Some(old) = &old {
            let old_sought = old.value().2;
            let (was, is) = (set(&old_sought), set(&sought));
            for (attribute, value) in was.difference(&is) {
                values.remove((number, *attribute, *value, id))?;
            }
            sought.retain(|it| !was.contains(it));
        }
        let known_by = |(attribute, value)| (number, Text::new(attribute), value, id);
        new_values.extend(sought.into_iter().map(known_by));
        counts.count(number, old.is_some(), known.is_some());
    }
    new_values.sort_unstable();
    for (number, attribute, value, id) in &new_values {
        values.insert((*number, attribute.as_str(), *value, *id), ())?;
    }
    counts.note(transaction)
}

fn set<T: Ord + Copy>(list: &[T]) -> BTreeSet<T> {
    list.iter().copied().collect()
}

/// How many more objects of each type are known.
#[derive(Default)]
struct Counted(BTreeMap<u32, i64>);

impl Counted {
    fn count(&mut self, number: u32, was: bool, is: bool) {
        *self.0.entry(number).or_default() += i64::from(is) - i64::from(was);
    }

    fn note(self, transaction: &WriteTransaction) -> Result<(), Fault> {
        let mut counts = transaction.open_table(COUNTS)?;
        for (number, more) in self.0 {
            if more != 0 {
                let known = counts.get(number)?.map_or(0, |it| it.value());
                counts.insert(number, known.saturating_add_signed(more))?;
            }
        }
        Ok(())
    }
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
