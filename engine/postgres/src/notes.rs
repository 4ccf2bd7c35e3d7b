//! What cycles noted: who is leaving, what was sent, what was not answered, what limits count, what is held back and
//! released.

mod change;

use std::collections::BTreeMap;

use futures_util::future::{join, join3, join4};
use provisio_model::{AttrName, SourceId, TargetId, Text, Timestamp, ValueKind};
use provisio_planner::{
    ActionKind, Leaving, LeavingStep, LedgerEntry, LimitKind, Memory, MemoryChange, Note, Release, Sent,
    SentValue, Staged, Trigger, Unanswered,
};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connections::{Parameter, Transaction};
use crate::fault::Fault;
use crate::load::{Mapping, instant};
use crate::text::original;

pub(crate) use self::change::change;

/// What is noted of each object, by the number of its object mapping.
pub(crate) type Notes = BTreeMap<(i64, SourceId), Note>;

/// The rows of everything that is noted of a job.
pub(crate) struct Answers {
    notes: NoteRows,
    ledger: Vec<Row>,
    staged: Vec<Row>,
    releases: Vec<Row>,
}

/// The rows of notes.
struct NoteRows {
    leaving: Vec<Row>,
    sent: Vec<Row>,
    unanswered: Vec<Row>,
    values: Vec<Row>,
}

/// Whose notes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's.
    All,
    /// Those that every cycle needs: of who is leaving, and of who may have been created.
    OfEveryCycle,
}

/// Asks for what is noted of a job.
pub(crate) async fn ask(transaction: &Transaction<'_>, job: i64, whose: Whose) -> Result<Answers, Fault> {
    let of_job = "mapping IN (SELECT number FROM mappings WHERE job = $1)";
    let leaving = format!("SELECT {LEAVING} FROM leaving n WHERE {of_job}");
    let sent = match whose {
        Whose::All => format!("SELECT {SENT} FROM sent n WHERE {of_job}"),
        Whose::OfEveryCycle => format!(
            "SELECT {SENT} \
             FROM (SELECT mapping, source FROM leaving WHERE {of_job} \
                   UNION SELECT mapping, source FROM unanswered WHERE {of_job}) AS c \
             JOIN sent n ON n.mapping = c.mapping AND id_key(n.source) = id_key(c.source)"
        ),
    };
    let unanswered = format!("SELECT {UNANSWERED} FROM unanswered n WHERE {of_job}");
    let values = format!("SELECT {VALUES} FROM unanswered_values n WHERE {of_job} ORDER BY position");
    let ledger = "SELECT second, mapping, limited, number FROM ledger WHERE job = $1";
    let staged =
        format!("SELECT mapping, source, action, attribute, second, nanosecond FROM staged WHERE {of_job}");
    let releases = "SELECT limited, mapping, source, second, nanosecond FROM releases WHERE job = $1";
    let job: [Parameter<'_>; 1] = [(&job, Type::INT8)];
    let (notes, (ledger, staged, releases)) = join(
        NoteRows::ask(transaction, [&leaving, &sent, &unanswered, &values], &job),
        join3(
            transaction.query(ledger, &job),
            transaction.query(&staged, &job),
            transaction.query(releases, &job),
        ),
    )
    .await;
    Ok(Answers { notes: notes?, ledger: ledger?, staged: staged?, releases: releases? })
}

/// The columns of each table of notes.
const LEAVING: &str = "n.mapping, n.source, n.trigger, n.since_second, n.since_nanosecond, n.step, n.second, n.nanosecond, n.target";
const SENT: &str = "n.mapping, n.source, n.attribute, n.sent, n.observed, n.times";
const UNANSWERED: &str = "n.mapping, n.source, n.second, n.nanosecond";
const VALUES: &str = "n.mapping, n.source, n.attribute, n.kind, n.value";

impl Answers {
    /// Makes the memory of it.
    pub(crate) fn read(&self, mappings: &[Mapping]) -> Result<Memory, Fault> {
        let mut change = MemoryChange::default();
        for ((number, source), note) in self.notes.read()? {
            change.notes.push((name_of(mappings, number)?, source, note));
        }
        for row in &self.ledger {
            change.acts.push(LedgerEntry {
                at: Timestamp::from_second(row.try_get(0)?),
                mapping: name_of(mappings, row.try_get(1)?)?,
                limit: word(row, 2, "a limit", LimitKind::parse)?,
                number: row.try_get::<_, i64>(3)?.cast_unsigned(),
            });
        }
        for row in &self.staged {
            let (number, source) = source_of(row)?;
            let staged = Staged {
                mapping: name_of(mappings, number)?,
                source,
                action: word(row, 2, "an action", ActionKind::parse)?,
                attribute: optional(row, 3)?.map(AttrName::new),
            };
            change.staged.push((staged, Some(instant(row.try_get(4)?, row.try_get(5)?))));
        }
        for row in &self.releases {
            let is_limited = row.try_get::<_, Option<&str>>(0)?.is_some();
            let release = Release {
                limit: is_limited.then(|| word(row, 0, "a limit", LimitKind::parse)).transpose()?,
                mapping: optional(row, 1)?.map(Text::new),
                source: optional(row, 2)?.map(SourceId::new),
            };
            change.releases.push((release, Some(instant(row.try_get(3)?, row.try_get(4)?))));
        }
        let mut memory = Memory::default();
        memory.apply(&change);
        Ok(memory)
    }
}

/// Asks for the notes of single source objects, by object mapping.
pub(crate) async fn recall(
    transaction: &Transaction<'_>,
    asked: &[Parameter<'_>; 2],
) -> Result<Notes, Fault> {
    let of_asked = |columns: &str, table: &str| {
        format!(
            "SELECT {columns} FROM unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
             JOIN {table} n ON n.mapping = c.mapping AND id_key(n.source) = id_key(c.source)"
        )
    };
    let (leaving, sent) = (of_asked(LEAVING, "leaving"), of_asked(SENT, "sent"));
    let unanswered = of_asked(UNANSWERED, "unanswered");
    let values = format!("{} ORDER BY n.position", of_asked(VALUES, "unanswered_values"));
    NoteRows::ask(transaction, [&leaving, &sent, &unanswered, &values], asked).await?.read()
}

impl NoteRows {
    async fn ask(
        transaction: &Transaction<'_>,
        [leaving, sent, unanswered, values]: [&str; 4],
        parameters: &[Parameter<'_>],
    ) -> Result<Self, Fault> {
        let (leaving, sent, unanswered, values) = join4(
            transaction.query(leaving, parameters),
            transaction.query(sent, parameters),
            transaction.query(unanswered, parameters),
            transaction.query(values, parameters),
        )
        .await;
        Ok(Self { leaving: leaving?, sent: sent?, unanswered: unanswered?, values: values? })
    }

    fn read(&self) -> Result<Notes, Fault> {
        let mut notes = Notes::new();
        for row in &self.leaving {
            let trigger = word(row, 2, "a reason to leave", Trigger::parse)?;
            let step = word(row, 5, "a step of leaving", LeavingStep::parse)?;
            let target = TargetId::new(original(row.try_get(8)?)?);
            let mut leaving = Leaving::new(trigger, step, target, instant(row.try_get(6)?, row.try_get(7)?));
            leaving.since = instant(row.try_get(3)?, row.try_get(4)?);
            notes.entry(source_of(row)?).or_default().leaving = Some(leaving);
        }
        for row in &self.sent {
            let attribute = AttrName::new(original(row.try_get(2)?)?);
            let print = row.try_get::<_, &str>(3)?.parse().map_err(Fault::damaged)?;
            let observed = row.try_get::<_, Option<&str>>(4)?.map(str::parse).transpose();
            let mut sent = Sent::new(print, observed.map_err(Fault::damaged)?);
            sent.times = u32::try_from(row.try_get::<_, i64>(5)?).map_err(Fault::damaged)?;
            notes.entry(source_of(row)?).or_default().sent.insert(attribute, sent);
        }
        for row in &self.unanswered {
            let unanswered = Unanswered::new(instant(row.try_get(2)?, row.try_get(3)?), []);
            notes.entry(source_of(row)?).or_default().unanswered = Some(unanswered);
        }
        for row in &self.values {
            let attribute = AttrName::new(original(row.try_get(2)?)?);
            let kind = word(row, 3, "a type", ValueKind::parse)?;
            let text = Text::new(original(row.try_get(4)?)?);
            let note = notes.get_mut(&source_of(row)?).and_then(|it| it.unanswered.as_mut());
            let note = note.ok_or_else(|| Fault::damaged("a value that was sent belongs to nothing"))?;
            note.values.push(SentValue { attribute, kind, text });
        }
        Ok(notes)
    }
}

fn source_of(row: &Row) -> Result<(i64, SourceId), Fault> {
    Ok((row.try_get(0)?, SourceId::new(original(row.try_get(1)?)?)))
}

fn optional(row: &Row, at: usize) -> Result<Option<String>, Fault> {
    row.try_get::<_, Option<&str>>(at)?.map(|it| Ok(original(it)?.into_owned())).transpose()
}

fn word<T>(row: &Row, at: usize, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    let word: &str = row.try_get(at)?;
    parse(word).ok_or_else(|| Fault::damaged(format_args!("`{word}` is not {what}")))
}

fn name_of(mappings: &[Mapping], number: i64) -> Result<Text, Fault> {
    let found = mappings.iter().find(|(_, it)| *it == number).map(|(name, _)| name.clone());
    found.ok_or_else(|| Fault::damaged("a note belongs to no object mapping"))
}
