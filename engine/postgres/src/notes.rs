//! What cycles noted: who is leaving, what was sent, what limits count, what is held back and released.

use std::collections::BTreeMap;

use futures_util::future::{join, join5, try_join_all};
use provisio_model::{AttrName, SourceId, TargetId, Text, Timestamp};
use provisio_planner::{
    ActionKind, Leaving, LeavingStep, LedgerEntry, LimitKind, Memory, MemoryChange, Note, Release, Sent,
    Staged, Trigger,
};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::connections::{Parameter, Transaction};
use crate::fault::Fault;
use crate::load::{Mapping, instant};
use crate::text::{original, stored};

/// What is noted of each object, by the number of its object mapping.
pub(crate) type Notes = BTreeMap<(i64, SourceId), Note>;

/// The rows of everything that is noted of a job.
pub(crate) struct Answers {
    leaving: Vec<Row>,
    sent: Vec<Row>,
    ledger: Vec<Row>,
    staged: Vec<Row>,
    releases: Vec<Row>,
}

/// Whose notes are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// Everybody's.
    All,
    /// Those of who is leaving, which every cycle needs.
    Leavers,
}

/// Asks for what is noted of a job.
pub(crate) async fn ask(transaction: &Transaction<'_>, job: i64, whose: Whose) -> Result<Answers, Fault> {
    let leaving = "SELECT mapping, source, trigger, since_second, since_nanosecond, step, second, nanosecond, target \
                   FROM leaving WHERE mapping IN (SELECT number FROM mappings WHERE job = $1)";
    let sent = match whose {
        Whose::All => {
            "SELECT mapping, source, attribute, sent, observed, times FROM sent \
             WHERE mapping IN (SELECT number FROM mappings WHERE job = $1)"
        }
        Whose::Leavers => {
            "SELECT s.mapping, s.source, s.attribute, s.sent, s.observed, s.times \
             FROM leaving l JOIN sent s ON s.mapping = l.mapping AND id_key(s.source) = id_key(l.source) \
             WHERE l.mapping IN (SELECT number FROM mappings WHERE job = $1)"
        }
    };
    let ledger = "SELECT second, mapping, limited, number FROM ledger WHERE job = $1";
    let staged = "SELECT mapping, source, action, attribute, second, nanosecond FROM staged \
                  WHERE mapping IN (SELECT number FROM mappings WHERE job = $1)";
    let releases = "SELECT limited, mapping, source, second, nanosecond FROM releases WHERE job = $1";
    let job: [Parameter<'_>; 1] = [(&job, Type::INT8)];
    let (leaving, sent, ledger, staged, releases) = join5(
        transaction.query(leaving, &job),
        transaction.query(sent, &job),
        transaction.query(ledger, &job),
        transaction.query(staged, &job),
        transaction.query(releases, &job),
    )
    .await;
    Ok(Answers { leaving: leaving?, sent: sent?, ledger: ledger?, staged: staged?, releases: releases? })
}

impl Answers {
    /// Makes the memory of it.
    pub(crate) fn read(&self, mappings: &[Mapping]) -> Result<Memory, Fault> {
        let mut change = MemoryChange::default();
        let notes = read_notes(&self.leaving, &self.sent)?;
        for ((number, source), note) in notes {
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
    let leaving = "SELECT n.mapping, n.source, trigger, since_second, since_nanosecond, step, second, nanosecond, target \
                   FROM unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
                   JOIN leaving n ON n.mapping = c.mapping AND id_key(n.source) = id_key(c.source)";
    let sent = "SELECT n.mapping, n.source, attribute, sent, observed, times \
                FROM unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
                JOIN sent n ON n.mapping = c.mapping AND id_key(n.source) = id_key(c.source)";
    let (leaving, sent) = join(transaction.query(leaving, asked), transaction.query(sent, asked)).await;
    read_notes(&leaving?, &sent?)
}

fn read_notes(leaving: &[Row], sent: &[Row]) -> Result<Notes, Fault> {
    let mut notes = Notes::new();
    for row in leaving {
        let trigger = word(row, 2, "a reason to leave", Trigger::parse)?;
        let step = word(row, 5, "a step of leaving", LeavingStep::parse)?;
        let target = TargetId::new(original(row.try_get(8)?)?);
        let mut leaving = Leaving::new(trigger, step, target, instant(row.try_get(6)?, row.try_get(7)?));
        leaving.since = instant(row.try_get(3)?, row.try_get(4)?);
        notes.entry(source_of(row)?).or_default().leaving = Some(leaving);
    }
    for row in sent {
        let attribute = AttrName::new(original(row.try_get(2)?)?);
        let print = row.try_get::<_, &str>(3)?.parse().map_err(Fault::damaged)?;
        let observed = row.try_get::<_, Option<&str>>(4)?.map(str::parse).transpose();
        let mut sent = Sent::new(print, observed.map_err(Fault::damaged)?);
        sent.times = u32::try_from(row.try_get::<_, i64>(5)?).map_err(Fault::damaged)?;
        notes.entry(source_of(row)?).or_default().sent.insert(attribute, sent);
    }
    Ok(notes)
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

/// Changes what is noted.
pub(crate) async fn change(
    transaction: &Transaction<'_>,
    job: i64,
    mappings: &[Mapping],
    change: &MemoryChange,
) -> Result<(), Fault> {
    let number = |name: &Text| {
        let found = mappings.iter().find(|(it, _)| it == name).map(|(_, number)| *number);
        found.ok_or_else(|| Fault::damaged(format_args!("object mapping `{name}` got no number")))
    };
    // Of two changes of one thing the last counts.
    let mut notes: BTreeMap<(i64, &SourceId), &Note> = BTreeMap::new();
    for (mapping, source, note) in &change.notes {
        notes.insert((number(mapping)?, source), note);
    }
    change_notes(transaction, &notes).await?;
    if let Some(until) = change.acts_forgotten_until {
        let sql = "DELETE FROM ledger WHERE job = $1 AND second <= $2";
        transaction.execute(sql, &[(&job, Type::INT8), (&until.second(), Type::INT8)]).await?;
    }
    let mut ledger: BTreeMap<(i64, i64, &str), u64> = BTreeMap::new();
    for LedgerEntry { at, mapping, limit, number: acts } in &change.acts {
        let sum = ledger.entry((at.second(), number(mapping)?, limit.name())).or_default();
        *sum = sum.saturating_add(*acts);
    }
    change_ledger(transaction, job, &ledger).await?;
    let staged: BTreeMap<&Staged, Option<Timestamp>> =
        change.staged.iter().map(|(it, at)| (it, *at)).collect();
    change_staged(transaction, number, &staged).await?;
    let releases: BTreeMap<&Release, Option<Timestamp>> =
        change.releases.iter().map(|(it, at)| (it, *at)).collect();
    change_releases(transaction, job, &releases).await
}

async fn change_notes(
    transaction: &Transaction<'_>,
    notes: &BTreeMap<(i64, &SourceId), &Note>,
) -> Result<(), Fault> {
    if notes.is_empty() {
        return Ok(());
    }
    let (mappings, sources): (Vec<i64>, Vec<_>) =
        notes.keys().map(|(mapping, source)| (*mapping, stored(source.as_str()))).unzip();
    for table in ["leaving", "sent"] {
        let sql = format!(
            "DELETE FROM {table} n USING unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
             WHERE n.mapping = c.mapping AND id_key(n.source) = id_key(c.source) AND n.source = c.source"
        );
        transaction.execute(&sql, &[(&mappings, Type::INT8_ARRAY), (&sources, Type::TEXT_ARRAY)]).await?;
    }
    let leaving =
        notes.iter().filter_map(|((mapping, source), note)| Some((*mapping, source, note.leaving.as_ref()?)));
    let leaving: Vec<(i64, &&SourceId, &Leaving)> = leaving.collect();
    if !leaving.is_empty() {
        let sql = "INSERT INTO leaving (mapping, source, trigger, since_second, since_nanosecond, step, second, \
                                        nanosecond, target) \
                   SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], \
                                        $7::bigint[], $8::int[], $9::text[])";
        let all = |pick: fn(&Leaving) -> Timestamp| -> (Vec<i64>, Vec<i32>) {
            leaving
                .iter()
                .map(|(.., it)| pick(it))
                .map(|it| (it.second(), it.nanosecond().cast_signed()))
                .unzip()
        };
        let mappings: Vec<i64> = leaving.iter().map(|it| it.0).collect();
        let sources: Vec<_> = leaving.iter().map(|it| stored(it.1.as_str())).collect();
        let triggers: Vec<&str> = leaving.iter().map(|it| it.2.trigger.name()).collect();
        let steps: Vec<&str> = leaving.iter().map(|it| it.2.step.name()).collect();
        let targets: Vec<_> = leaving.iter().map(|it| stored(it.2.target.as_str())).collect();
        let (since_seconds, since_nanoseconds) = all(|it| it.since);
        let (seconds, nanoseconds) = all(|it| it.at);
        let parameters: [Parameter<'_>; 9] = [
            (&mappings, Type::INT8_ARRAY),
            (&sources, Type::TEXT_ARRAY),
            (&triggers, Type::TEXT_ARRAY),
            (&since_seconds, Type::INT8_ARRAY),
            (&since_nanoseconds, Type::INT4_ARRAY),
            (&steps, Type::TEXT_ARRAY),
            (&seconds, Type::INT8_ARRAY),
            (&nanoseconds, Type::INT4_ARRAY),
            (&targets, Type::TEXT_ARRAY),
        ];
        transaction.execute(sql, &parameters).await?;
    }
    let sent = notes
        .iter()
        .flat_map(|((mapping, source), note)| note.sent.iter().map(move |it| (*mapping, source, it)));
    let sent: Vec<(i64, &&SourceId, (&AttrName, &Sent))> = sent.collect();
    if !sent.is_empty() {
        let sql = "INSERT INTO sent (mapping, source, attribute, sent, observed, times) \
                   SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])";
        let mappings: Vec<i64> = sent.iter().map(|it| it.0).collect();
        let sources: Vec<_> = sent.iter().map(|it| stored(it.1.as_str())).collect();
        let attributes: Vec<_> = sent.iter().map(|it| stored(it.2.0.as_str())).collect();
        let prints: Vec<String> = sent.iter().map(|it| it.2.1.sent.to_string()).collect();
        let observed: Vec<Option<String>> =
            sent.iter().map(|it| it.2.1.observed.map(|it| it.to_string())).collect();
        let times: Vec<i64> = sent.iter().map(|it| i64::from(it.2.1.times)).collect();
        let parameters: [Parameter<'_>; 6] = [
            (&mappings, Type::INT8_ARRAY),
            (&sources, Type::TEXT_ARRAY),
            (&attributes, Type::TEXT_ARRAY),
            (&prints, Type::TEXT_ARRAY),
            (&observed, Type::TEXT_ARRAY),
            (&times, Type::INT8_ARRAY),
        ];
        transaction.execute(sql, &parameters).await?;
    }
    Ok(())
}

async fn change_staged(
    transaction: &Transaction<'_>,
    number: impl Fn(&Text) -> Result<i64, Fault>,
    staged: &BTreeMap<&Staged, Option<Timestamp>>,
) -> Result<(), Fault> {
    if staged.is_empty() {
        return Ok(());
    }
    let (mut mappings, mut sources, mut actions, mut attributes) = (vec![], vec![], vec![], vec![]);
    let (mut seconds, mut nanoseconds) = (vec![], vec![]);
    for (it, since) in staged {
        mappings.push(number(&it.mapping)?);
        sources.push(stored(it.source.as_str()));
        actions.push(it.action.name());
        // One name for an attribute, whatever its case.
        attributes
            .push(it.attribute.as_ref().map(|it| stored(&it.as_str().to_ascii_lowercase()).into_owned()));
        seconds.push(since.map(Timestamp::second));
        nanoseconds.push(since.map(|it| it.nanosecond().cast_signed()));
    }
    let keys: [Parameter<'_>; 4] = [
        (&mappings, Type::INT8_ARRAY),
        (&sources, Type::TEXT_ARRAY),
        (&actions, Type::TEXT_ARRAY),
        (&attributes, Type::TEXT_ARRAY),
    ];
    let sql = "DELETE FROM staged s USING unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) \
                                          AS c (mapping, source, action, attribute) \
               WHERE s.mapping = c.mapping AND id_key(s.source) = id_key(c.source) AND s.source = c.source \
                 AND s.action = c.action AND s.attribute IS NOT DISTINCT FROM c.attribute";
    transaction.execute(sql, &keys).await?;
    let sql = "INSERT INTO staged (mapping, source, action, attribute, second, nanosecond) \
               SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[]) \
                             AS c (mapping, source, action, attribute, second, nanosecond) \
               WHERE c.second IS NOT NULL";
    let mut parameters = keys.to_vec();
    parameters.extend([(&seconds, Type::INT8_ARRAY), (&nanoseconds, Type::INT4_ARRAY)] as [Parameter<'_>; 2]);
    transaction.execute(sql, &parameters).await?;
    Ok(())
}

async fn change_ledger(
    transaction: &Transaction<'_>,
    job: i64,
    ledger: &BTreeMap<(i64, i64, &str), u64>,
) -> Result<(), Fault> {
    if ledger.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO ledger AS l (job, second, mapping, limited, number) \
               SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[]) \
               ON CONFLICT (job, second, mapping, limited) DO UPDATE \
               SET number = least(l.number::numeric + excluded.number, 9223372036854775807)::bigint";
    let seconds: Vec<i64> = ledger.keys().map(|it| it.0).collect();
    let mappings: Vec<i64> = ledger.keys().map(|it| it.1).collect();
    let limits: Vec<&str> = ledger.keys().map(|it| it.2).collect();
    let numbers: Vec<i64> = ledger.values().map(|it| i64::try_from(*it).unwrap_or(i64::MAX)).collect();
    let parameters: [Parameter<'_>; 5] = [
        (&job, Type::INT8),
        (&seconds, Type::INT8_ARRAY),
        (&mappings, Type::INT8_ARRAY),
        (&limits, Type::TEXT_ARRAY),
        (&numbers, Type::INT8_ARRAY),
    ];
    transaction.execute(sql, &parameters).await?;
    Ok(())
}

async fn change_releases(
    transaction: &Transaction<'_>,
    job: i64,
    releases: &BTreeMap<&Release, Option<Timestamp>>,
) -> Result<(), Fault> {
    // Few, and sent together.
    let changes = releases.iter().map(|(release, until)| change_release(transaction, job, release, *until));
    try_join_all(changes).await?;
    Ok(())
}

async fn change_release(
    transaction: &Transaction<'_>,
    job: i64,
    release: &Release,
    until: Option<Timestamp>,
) -> Result<(), Fault> {
    let limit = release.limit.map(LimitKind::name);
    let mapping = release.mapping.as_deref().map(stored);
    let source = release.source.as_ref().map(|it| stored(it.as_str()));
    let (second, nanosecond) = (until.map(Timestamp::second), until.map(|it| it.nanosecond().cast_signed()));
    let sql = "WITH gone AS (DELETE FROM releases WHERE job = $1 AND limited IS NOT DISTINCT FROM $2 \
                             AND mapping IS NOT DISTINCT FROM $3 AND source IS NOT DISTINCT FROM $4) \
               INSERT INTO releases (job, limited, mapping, source, second, nanosecond) \
               SELECT $1, $2, $3, $4, $5, $6 WHERE $5 IS NOT NULL";
    let parameters: [Parameter<'_>; 6] = [
        (&job, Type::INT8),
        (&limit, Type::TEXT),
        (&mapping, Type::TEXT),
        (&source, Type::TEXT),
        (&second, Type::INT8),
        (&nanosecond, Type::INT4),
    ];
    transaction.execute(sql, &parameters).await?;
    Ok(())
}
