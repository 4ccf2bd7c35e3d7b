//! The tables: what is kept under which key, and how it is read and changed.
//!
//! Ids are kept as bytes: bytewise order of UTF-8 is the order of the text.

use std::str;

use provisio_model::{Link, LinkOrigin, LinkTable, SourceId, TargetId, Text, Timestamp, Watermark};
use provisio_planner::Generation;
use redb::{
    Database, ReadTransaction, ReadableDatabase as _, ReadableTable, Table, TableDefinition, WriteTransaction,
};

use super::error::Fault;
use super::numbers::{self, Id, MAPPINGS, MappingNumbers};
use super::{known, notes};
use crate::store::{
    APPLIED_PLANS_MAX, AppliedPlan, Head, JobId, LinkChange, Recall, Recalled, State, StateChange, StoreError,
};

/// The number of the file format. It grows when a version before could not read what is written.
pub(super) const FORMAT: u64 = 3;

/// Where [`FACTS`] has the number of the format.
pub(super) const FORMAT_KEY: &str = "format";

/// What is true of the whole file.
pub(super) const FACTS: TableDefinition<'_, &str, u64> = TableDefinition::new("provisio");

/// Job to generation.
const JOBS: TableDefinition<'_, &str, u64> = TableDefinition::new("jobs");

/// Number of an object mapping and source id to origin and target id.
pub(super) const LINKS: TableDefinition<'_, Id<'_>, (u8, &[u8])> = TableDefinition::new("links");

/// Number of an object mapping and target id to source id.
///
/// INVARIANT: it holds exactly the links of [`LINKS`], turned round.
const TARGETS: TableDefinition<'_, Id<'_>, &[u8]> = TableDefinition::new("targets");

/// Job and object type to watermark.
const WATERMARKS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("watermarks");

/// Job and the generation that the commit made, to plan and second and nanosecond of its beginning.
const APPLIED: TableDefinition<'_, (&str, u64), (&str, i64, u32)> = TableDefinition::new("applied plans");

/// Job and name to what the runtime keeps there.
const RECORDS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("records");

/// Makes all tables, so that a table that is missing later is damage.
pub(super) fn make(database: &Database) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    transaction.open_table(FACTS)?.insert(FORMAT_KEY, FORMAT)?;
    transaction.open_table(JOBS)?;
    transaction.open_table(MAPPINGS)?;
    transaction.open_table(LINKS)?;
    transaction.open_table(TARGETS)?;
    transaction.open_table(WATERMARKS)?;
    transaction.open_table(APPLIED)?;
    transaction.open_table(RECORDS)?;
    notes::make(&transaction)?;
    known::make(&transaction)?;
    Ok(transaction.commit()?)
}

/// Brings a file of an older format to this one, all or nothing.
///
/// Format 1 had no notes, format 2 nothing for incremental cycles. Tables that are there already stay as they are.
pub(super) fn upgrade(database: &Database) -> Result<(), Fault> {
    let transaction = database.begin_write()?;
    notes::make(&transaction)?;
    known::make(&transaction)?;
    transaction.open_table(RECORDS)?;
    transaction.open_table(FACTS)?.insert(FORMAT_KEY, FORMAT)?;
    Ok(transaction.commit()?)
}

pub(super) fn load(database: &Database, job: &JobId) -> Result<State, Fault> {
    let transaction = database.begin_read()?;
    let generation = transaction.open_table(JOBS)?.get(job.as_str())?.map_or(0, |it| it.value());
    let mappings = numbers::of_job(&transaction, job)?;
    Ok(State {
        generation: Generation(generation),
        links: load_links(&transaction, &mappings)?,
        memory: notes::load(&transaction, job, &mappings)?,
        watermarks: load_watermarks(&transaction, job)?,
        applied: load_applied(&transaction, job)?,
        records: load_records(&transaction, job)?,
    })
}

pub(super) fn load_head(database: &Database, job: &JobId) -> Result<Head, Fault> {
    let transaction = database.begin_read()?;
    let generation = transaction.open_table(JOBS)?.get(job.as_str())?.map_or(0, |it| it.value());
    let mappings = numbers::of_job(&transaction, job)?;
    Ok(Head {
        generation: Generation(generation),
        memory: notes::load_for_every_cycle(&transaction, job, &mappings)?,
        watermarks: load_watermarks(&transaction, job)?,
        applied: load_applied(&transaction, job)?,
        records: load_records(&transaction, job)?,
        sources: known::count_sources(&transaction, job)?,
    })
}

/// Answers questions, all from the same moment.
pub(super) fn recall(database: &Database, job: &JobId, asked: &[Recall]) -> Result<Vec<Recalled>, Fault> {
    let transaction = database.begin_read()?;
    let mappings = numbers::of_job(&transaction, job)?;
    let number = |name: &Text| mappings.iter().find(|(it, _)| it == name).map(|(_, number)| *number);
    let known = known::Reader::new(&transaction, job)?;
    let notes = notes::Reader::new(&transaction)?;
    let links = transaction.open_table(LINKS)?;
    let targets = transaction.open_table(TARGETS)?;
    let link_of = |number: u32, source: &[u8]| -> Result<Option<Link>, Fault> {
        links.get((number, source))?.map(|found| link(source, found.value())).transpose()
    };
    let mut all = Vec::with_capacity(asked.len());
    for asked in asked {
        all.push(match asked {
            Recall::Source { key, mappings } => {
                let (mut of_links, mut of_notes) = (Vec::new(), Vec::new());
                for name in mappings {
                    let Some(number) = number(name) else { continue };
                    let link = link_of(number, key.id.as_str().as_bytes())?;
                    of_links.extend(link.map(|it| (name.clone(), it)));
                    let note = notes.note(number, key.id.as_str())?;
                    of_notes.extend(note.map(|it| (name.clone(), it)));
                }
                Recalled::Source { known: known.source(key)?, links: of_links, notes: of_notes }
            }
            Recall::Referrers(id) => Recalled::Sources(known.referrers(id)?),
            Recall::Alike(value) => Recalled::Sources(known.alike(value)?),
            Recall::LinksTo { target, mappings } => {
                let mut found = Vec::new();
                for name in mappings {
                    let Some(number) = number(name) else { continue };
                    let source = targets.get((number, target.as_str().as_bytes()))?;
                    if let Some(source) = source {
                        let link = link_of(number, source.value())?;
                        found.extend(link.map(|it| (name.clone(), it)));
                    }
                }
                Recalled::Links(found)
            }
            Recall::Target(key) => {
                Recalled::Targets(known.target(key)?.map(|it| (key.clone(), it)).into_iter().collect())
            }
            Recall::TargetsWith { object_type, value } => {
                Recalled::Targets(known.targets_with(object_type, value)?)
            }
        });
    }
    Ok(all)
}

fn load_records(transaction: &ReadTransaction, job: &JobId) -> Result<Vec<(Text, Vec<u8>)>, Fault> {
    let mut records = Vec::new();
    for entry in transaction.open_table(RECORDS)?.range((job.as_str(), "")..)? {
        let (key, value) = entry?;
        let (of_job, name) = key.value();
        if of_job != job.as_str() {
            break;
        }
        records.push((Text::new(name), value.value().to_vec()));
    }
    Ok(records)
}

/// Lists the jobs that were ever committed.
pub(super) fn generations(database: &Database) -> Result<Vec<(JobId, Generation)>, Fault> {
    let transaction = database.begin_read()?;
    let mut generations = Vec::new();
    for entry in transaction.open_table(JOBS)?.iter()? {
        let (job, generation) = entry?;
        generations.push((JobId::new(job.value()), Generation(generation.value())));
    }
    Ok(generations)
}

fn load_links(transaction: &ReadTransaction, mappings: &[(Text, u32)]) -> Result<LinkTable, Fault> {
    let mut table = LinkTable::new();
    let links = transaction.open_table(LINKS)?;
    for (mapping, number) in mappings {
        let mut stored = links.range((*number, &[][..])..(number.saturating_add(1), &[][..]))?.peekable();
        if stored.peek().is_none() {
            continue;
        }
        let into = table.of_mut(mapping);
        for entry in stored {
            let (key, value) = entry?;
            into.insert(link(key.value().1, value.value())?).map_err(Fault::damaged)?;
        }
    }
    Ok(table)
}

fn link(source: &[u8], (origin, target): (u8, &[u8])) -> Result<Link, Fault> {
    Ok(Link {
        source: SourceId::new(text(source)?),
        target: TargetId::new(text(target)?),
        origin: origin_of(origin)?,
    })
}

fn load_watermarks(transaction: &ReadTransaction, job: &JobId) -> Result<Vec<(Text, Watermark)>, Fault> {
    let mut watermarks = Vec::new();
    for entry in transaction.open_table(WATERMARKS)?.range((job.as_str(), "")..)? {
        let (key, watermark) = entry?;
        let (of_job, object_type) = key.value();
        if of_job != job.as_str() {
            break;
        }
        watermarks.push((Text::new(object_type), Watermark::new(watermark.value())));
    }
    Ok(watermarks)
}

fn load_applied(transaction: &ReadTransaction, job: &JobId) -> Result<Vec<AppliedPlan>, Fault> {
    let mut applied = Vec::new();
    for entry in transaction.open_table(APPLIED)?.range((job.as_str(), 0)..=(job.as_str(), u64::MAX))? {
        let (_, value) = entry?;
        let (fingerprint, second, nanosecond) = value.value();
        let fingerprint = fingerprint.parse().map_err(Fault::damaged)?;
        applied.push(AppliedPlan { fingerprint, at: Timestamp::from_parts(second, nanosecond) });
    }
    Ok(applied)
}

/// Changes the state in one transaction. An error drops the transaction, and with it every change.
pub(super) fn commit(
    database: &Database,
    job: &JobId,
    expected: Generation,
    change: &StateChange,
) -> Result<Generation, Fault> {
    let transaction = database.begin_write()?;
    let next = advance(&transaction, job, expected)?;
    let mut numbers = MappingNumbers::new(&transaction, job);
    change_links(&transaction, &mut numbers, job, &change.links)?;
    notes::change(&transaction, &mut numbers, job, &change.memory)?;
    known::change(&transaction, job, change)?;
    change_records(&transaction, job, &change.records)?;
    let mut watermarks = transaction.open_table(WATERMARKS)?;
    for (object_type, watermark) in &change.watermarks {
        watermarks.insert((job.as_str(), object_type.as_str()), watermark.as_bytes())?;
    }
    drop(watermarks);
    if let Some(applied) = &change.applied {
        remember_applied(&transaction, job, next, applied)?;
    }
    transaction.commit()?;
    Ok(next)
}

fn change_records(
    transaction: &WriteTransaction,
    job: &JobId,
    changes: &[(Text, Option<Vec<u8>>)],
) -> Result<(), Fault> {
    let mut records = transaction.open_table(RECORDS)?;
    for (name, value) in changes {
        let key = (job.as_str(), name.as_str());
        match value {
            Some(value) => records.insert(key, &value[..])?,
            None => records.remove(key)?,
        };
    }
    Ok(())
}

fn advance(transaction: &WriteTransaction, job: &JobId, expected: Generation) -> Result<Generation, Fault> {
    let mut jobs = transaction.open_table(JOBS)?;
    let found = Generation(jobs.get(job.as_str())?.map_or(0, |it| it.value()));
    if found != expected {
        return Err(Fault::Refused(StoreError::Conflict { job: job.clone(), expected, found }));
    }
    let next = Generation(found.0.saturating_add(1));
    jobs.insert(job.as_str(), next.0)?;
    Ok(next)
}

fn change_links(
    transaction: &WriteTransaction,
    numbers: &mut MappingNumbers<'_>,
    job: &JobId,
    changes: &[LinkChange],
) -> Result<(), Fault> {
    let mut links = transaction.open_table(LINKS)?;
    let mut targets = transaction.open_table(TARGETS)?;
    if let Some(all_new) = new_links(&links, &targets, numbers, changes)? {
        let NewLinks { by_source, by_target } = all_new;
        for (number, link) in by_source {
            let (source, target) = (link.source.as_str().as_bytes(), link.target.as_str().as_bytes());
            links.insert((number, source), (code_of(link.origin), target))?;
        }
        for (number, link) in by_target {
            let (source, target) = (link.source.as_str().as_bytes(), link.target.as_str().as_bytes());
            targets.insert((number, target), source)?;
        }
        return Ok(());
    }
    for change in changes {
        match change {
            LinkChange::Remove { mapping, source } => {
                if let Some(number) = numbers.find(mapping)? {
                    remove(&mut links, &mut targets, (number, source.as_str().as_bytes()))?;
                }
            }
            LinkChange::Put { mapping, link } => {
                let number = numbers.find_or_make(mapping)?;
                let (source, target) = (link.source.as_str().as_bytes(), link.target.as_str().as_bytes());
                if let Some(holder) = targets.get((number, target))?.filter(|it| it.value() != source) {
                    let holder = text(holder.value())?;
                    return Err(Fault::Refused(StoreError::taken(
                        job,
                        mapping,
                        link.target.as_str(),
                        holder,
                    )));
                }
                let replaced = links.insert((number, source), (code_of(link.origin), target))?;
                if let Some(replaced) = replaced.filter(|it| it.value().1 != target) {
                    targets.remove((number, replaced.value().1))?;
                }
                targets.insert((number, target), source)?;
            }
        }
    }
    Ok(())
}

/// Fewer than these are not worth a look at all of them.
const MANY_LINKS: usize = 100;

/// Links, each with the number of its object mapping, in the order of either table: pages that are filled from the
/// first key to the last are full and are written once.
struct NewLinks<'a> {
    by_source: Vec<(u32, &'a Link)>,
    by_target: Vec<(u32, &'a Link)>,
}

/// Returns links that may be put in any order: neither end of any has another one, here or in the tables.
fn new_links<'a>(
    links: &impl ReadableTable<Id<'static>, (u8, &'static [u8])>,
    targets: &impl ReadableTable<Id<'static>, &'static [u8]>,
    numbers: &mut MappingNumbers<'_>,
    changes: &'a [LinkChange],
) -> Result<Option<NewLinks<'a>>, Fault> {
    if changes.len() < MANY_LINKS {
        return Ok(None);
    }
    let mut by_source = Vec::with_capacity(changes.len());
    for change in changes {
        let LinkChange::Put { mapping, link } = change else { return Ok(None) };
        by_source.push((numbers.find_or_make(mapping)?, link));
    }
    let mut by_target = by_source.clone();
    let source = |&(number, link): &(u32, &'a Link)| (number, link.source.as_str().as_bytes());
    let target = |&(number, link): &(u32, &'a Link)| (number, link.target.as_str().as_bytes());
    by_source.sort_unstable_by(|left, right| source(left).cmp(&source(right)));
    by_target.sort_unstable_by(|left, right| target(left).cmp(&target(right)));
    let is_once = by_source.is_sorted_by(|left, right| source(left) < source(right))
        && by_target.is_sorted_by(|left, right| target(left) < target(right));
    if !is_once {
        return Ok(None);
    }
    for link in &by_source {
        if links.get(source(link))?.is_some() {
            return Ok(None);
        }
    }
    for link in &by_target {
        if targets.get(target(link))?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(NewLinks { by_source, by_target }))
}

fn remove(
    links: &mut Table<'_, Id<'static>, (u8, &'static [u8])>,
    targets: &mut Table<'_, Id<'static>, &'static [u8]>,
    source: Id<'_>,
) -> Result<(), Fault> {
    if let Some(removed) = links.remove(source)? {
        targets.remove((source.0, removed.value().1))?;
    }
    Ok(())
}

fn remember_applied(
    transaction: &WriteTransaction,
    job: &JobId,
    generation: Generation,
    applied: &AppliedPlan,
) -> Result<(), Fault> {
    let mut table = transaction.open_table(APPLIED)?;
    let fingerprint = applied.fingerprint.to_string();
    let value = (fingerprint.as_str(), applied.at.second(), applied.at.nanosecond());
    table.insert((job.as_str(), generation.0), value)?;
    let mut kept = Vec::with_capacity(APPLIED_PLANS_MAX + 1);
    for entry in table.range((job.as_str(), 0)..=(job.as_str(), u64::MAX))? {
        kept.push(entry?.0.value().1);
    }
    for surplus in &kept[..kept.len().saturating_sub(APPLIED_PLANS_MAX)] {
        table.remove((job.as_str(), *surplus))?;
    }
    Ok(())
}

fn code_of(origin: LinkOrigin) -> u8 {
    match origin {
        LinkOrigin::Created => 0,
        LinkOrigin::Adopted => 1,
    }
}

fn origin_of(code: u8) -> Result<LinkOrigin, Fault> {
    match code {
        0 => Ok(LinkOrigin::Created),
        1 => Ok(LinkOrigin::Adopted),
        _ => Err(Fault::damaged(format_args!("{code} is not an origin of a link"))),
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(bytes).map_err(|_| Fault::damaged("an id is not UTF-8"))
}
