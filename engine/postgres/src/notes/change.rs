//! Changes what is noted: each table in one statement, and all that may go together on one journey.

use std::borrow::Cow;
use std::collections::BTreeMap;

use provisio_model::{SourceId, Text, Timestamp};
use provisio_planner::{LedgerEntry, LimitKind, MemoryChange, Note, Release, Staged};
use tokio_postgres::types::Type;

use crate::connections::{Parameter, Transaction};
use crate::fault::Fault;
use crate::load::Mapping;
use crate::text::stored;

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
    let (mut all, mut leavers, mut senders, mut askers, mut owners) =
        (Keys::default(), Keys::default(), Keys::default(), Keys::default(), Keys::default());
    let (mut triggers, mut steps, mut targets, mut since, mut at) =
        (vec![], vec![], vec![], Instants::default(), Instants::default());
    let (mut attributes, mut prints, mut observed, mut times) = (vec![], vec![], vec![], vec![]);
    let mut asked_at = Instants::default();
    let (mut positions, mut sought, mut kinds, mut values) = (vec![], vec![], vec![], vec![]);
    for ((mapping, source), note) in notes {
        all.push(*mapping, source);
        if let Some(leaving) = &note.leaving {
            leavers.push(*mapping, source);
            triggers.push(leaving.trigger.name());
            steps.push(leaving.step.name());
            targets.push(stored(leaving.target.as_str()));
            since.push(leaving.since);
            at.push(leaving.at);
        }
        for (attribute, sent) in &note.sent {
            senders.push(*mapping, source);
            attributes.push(stored(attribute.as_str()));
            prints.push(sent.sent.to_string());
            observed.push(sent.observed.map(|it| it.to_string()));
            times.push(i64::from(sent.times));
        }
        let Some(unanswered) = &note.unanswered else { continue };
        askers.push(*mapping, source);
        asked_at.push(unanswered.at);
        for (position, value) in (0_i32..).zip(&unanswered.values) {
            owners.push(*mapping, source);
            positions.push(position);
            sought.push(stored(value.attribute.as_str()));
            kinds.push(value.kind.name());
            values.push(stored(&value.text));
        }
    }
    let gone = all.with([]);
    let deletes = ["leaving", "sent", "unanswered", "unanswered_values"].map(|table| {
        format!(
            "DELETE FROM {table} n USING unnest($1::bigint[], $2::text[]) AS c (mapping, source) \
             WHERE n.mapping = c.mapping AND id_key(n.source) = id_key(c.source) AND n.source = c.source"
        )
    });
    let leave = leavers.with([
        (&triggers, Type::TEXT_ARRAY),
        (&since.seconds, Type::INT8_ARRAY),
        (&since.nanoseconds, Type::INT4_ARRAY),
        (&steps, Type::TEXT_ARRAY),
        (&at.seconds, Type::INT8_ARRAY),
        (&at.nanoseconds, Type::INT4_ARRAY),
        (&targets, Type::TEXT_ARRAY),
    ]);
    let send = senders.with([
        (&attributes, Type::TEXT_ARRAY),
        (&prints, Type::TEXT_ARRAY),
        (&observed, Type::TEXT_ARRAY),
        (&times, Type::INT8_ARRAY),
    ]);
    let ask = askers.with([(&asked_at.seconds, Type::INT8_ARRAY), (&asked_at.nanoseconds, Type::INT4_ARRAY)]);
    let own = owners.with([
        (&positions, Type::INT4_ARRAY),
        (&sought, Type::TEXT_ARRAY),
        (&kinds, Type::TEXT_ARRAY),
        (&values, Type::TEXT_ARRAY),
    ]);
    let mut statements: Vec<(&str, &Vec<Parameter<'_>>)> = deletes.iter().map(|it| (&**it, &gone)).collect();
    let inserts = [
        (
            &leavers,
            "INSERT INTO leaving (mapping, source, trigger, since_second, since_nanosecond, step, second, \
                                  nanosecond, target) \
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::text[], \
                                  $7::bigint[], $8::int[], $9::text[])",
            &leave,
        ),
        (
            &senders,
            "INSERT INTO sent (mapping, source, attribute, sent, observed, times) \
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])",
            &send,
        ),
        (
            &askers,
            "INSERT INTO unanswered (mapping, source, second, nanosecond) \
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::int[])",
            &ask,
        ),
        (
            &owners,
            "INSERT INTO unanswered_values (mapping, source, position, attribute, kind, value) \
             SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[])",
            &own,
        ),
    ];
    let inserts = inserts.into_iter().filter(|(keys, ..)| !keys.sources.is_empty());
    statements.extend(inserts.map(|(_, sql, parameters)| (sql, parameters)));
    transaction.execute_all(&statements).await
}

/// Source objects under object mappings, side by side as statements take them.
#[derive(Default)]
struct Keys<'a> {
    mappings: Vec<i64>,
    sources: Vec<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    fn push(&mut self, mapping: i64, source: &'a SourceId) {
        self.mappings.push(mapping);
        self.sources.push(stored(source.as_str()));
    }

    /// Puts other columns behind.
    fn with<'p, const N: usize>(&'p self, others: [Parameter<'p>; N]) -> Vec<Parameter<'p>> {
        let mut parameters: Vec<Parameter<'p>> =
            vec![(&self.mappings, Type::INT8_ARRAY), (&self.sources, Type::TEXT_ARRAY)];
        parameters.extend(others);
        parameters
    }
}

/// Instants, as two columns.
#[derive(Default)]
struct Instants {
    seconds: Vec<i64>,
    nanoseconds: Vec<i32>,
}

impl Instants {
    fn push(&mut self, at: Timestamp) {
        self.seconds.push(at.second());
        self.nanoseconds.push(at.nanosecond().cast_signed());
    }
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
    if releases.is_empty() {
        return Ok(());
    }
    let limits: Vec<Option<&str>> = releases.keys().map(|it| it.limit.map(LimitKind::name)).collect();
    let mappings: Vec<_> = releases.keys().map(|it| it.mapping.as_deref().map(stored)).collect();
    let sources: Vec<_> =
        releases.keys().map(|it| it.source.as_ref().map(|it| stored(it.as_str()))).collect();
    let seconds: Vec<Option<i64>> = releases.values().map(|it| it.map(Timestamp::second)).collect();
    let nanoseconds: Vec<Option<i32>> =
        releases.values().map(|it| it.map(|it| it.nanosecond().cast_signed())).collect();
    // What is not said is told from what is empty.
    let same = ["limited", "mapping", "source"]
        .map(|it| format!("(r.{it} IS NULL) = (c.{it} IS NULL) AND id_key(coalesce(r.{it}, '')) = id_key(coalesce(c.{it}, ''))"))
        .join(" AND ");
    let delete = format!(
        "DELETE FROM releases r USING unnest($2::text[], $3::text[], $4::text[]) AS c (limited, mapping, source) \
         WHERE r.job = $1 AND {same}"
    );
    let insert = "INSERT INTO releases (job, limited, mapping, source, second, nanosecond) \
                  SELECT $1, c.* FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::int[]) \
                                 AS c (limited, mapping, source, second, nanosecond) \
                  WHERE c.second IS NOT NULL";
    let gone: Vec<Parameter<'_>> = vec![
        (&job, Type::INT8),
        (&limits, Type::TEXT_ARRAY),
        (&mappings, Type::TEXT_ARRAY),
        (&sources, Type::TEXT_ARRAY),
    ];
    let mut put = gone.clone();
    put.extend([(&seconds, Type::INT8_ARRAY), (&nanoseconds, Type::INT4_ARRAY)] as [Parameter<'_>; 2]);
    transaction.execute_all(&[(&delete, &gone), (insert, &put)]).await
}
