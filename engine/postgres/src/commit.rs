//! One commit: one transaction, under a lock on the row of its job.

use std::collections::BTreeSet;

use futures_util::future::join;
use provisio_model::Text;
use provisio_planner::Generation;
use provisio_runtime::{APPLIED_PLANS_MAX, AppliedPlan, Fence, JobId, LinkChange, StateChange, StoreError};
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Parameter, Transaction};
use crate::fault::Fault;
use crate::load::{Mapping, mappings};
use crate::text::{original, stored};
use crate::{known, links, notes};

/// A commit that did not return.
pub(crate) enum Doubt {
    /// It was not made.
    Undone(Fault),
    /// Whether it was made, only the server knows.
    Unknown {
        /// What the server calls the transaction.
        transaction_id: String,
        /// How the answer was lost.
        fault: Fault,
    },
}

impl<F: Into<Fault>> From<F> for Doubt {
    fn from(fault: F) -> Self {
        Self::Undone(fault.into())
    }
}

/// Returns the generation that a commit makes.
pub(crate) fn next(generation: Generation) -> Generation {
    Generation(generation.0.saturating_add(1))
}

pub(crate) async fn commit(
    connections: &Connections,
    job: &JobId,
    expected: Generation,
    change: &StateChange,
) -> Result<Generation, Doubt> {
    let Locked { transaction, job: number, transaction_id } =
        lock(connections, job, expected, change.fence).await?;
    let generation = next(expected);
    if let Err(fault) = write(&transaction, job, number, generation, change).await {
        // A refusal says something of the state, any other fault of the connection, which is given up then.
        if matches!(fault, Fault::Refused(_)) {
            transaction.roll_back().await?;
        }
        return Err(Doubt::Undone(fault));
    }
    match transaction.commit().await {
        Ok(()) => Ok(generation),
        Err(fault) => Err(Doubt::Unknown { transaction_id, fault }),
    }
}

/// Asks what became of a transaction.
pub(crate) async fn was_made(
    connections: &Connections,
    job: &JobId,
    transaction_id: &str,
) -> Result<bool, Fault> {
    let transaction = connections.begin(Access::Change).await?;
    // As long as its session lives, it holds the lock on the job.
    let sql = "SELECT 1 FROM jobs WHERE id_key(job) = id_key($1) FOR UPDATE";
    transaction.query_opt(sql, &[(&stored(job.as_str()), Type::TEXT)]).await?;
    let sql = "SELECT pg_xact_status($1::text::xid8)";
    let row = transaction.query_opt(sql, &[(&transaction_id, Type::TEXT)]).await?;
    let status: Option<String> = row.map(|it| it.try_get(0)).transpose()?.flatten();
    transaction.roll_back().await?;
    match status.as_deref() {
        Some("committed") => Ok(true),
        Some("aborted") => Ok(false),
        // A new job has no row to wait for.
        Some(_) => Err(Fault::passing(std::io::Error::other("the commit is still under way"))),
        None => Err(Fault::failed(std::io::Error::other("the server does not know the commit any more"))),
    }
}

struct Locked<'a> {
    transaction: Transaction<'a>,
    job: i64,
    transaction_id: String,
}

/// Begins the transaction of a commit: makes the next generation, and with that locks the job until the end. What is
/// not for its generation and lease is refused.
async fn lock<'a>(
    connections: &'a Connections,
    job: &JobId,
    expected: Generation,
    fence: Option<Fence>,
) -> Result<Locked<'a>, Fault> {
    let id = stored(job.as_str());
    let parameters: [Parameter<'_>; 1] = [(&id, Type::TEXT)];
    let advance = "UPDATE jobs SET generation = generation + 1 WHERE id_key(job) = id_key($1) \
                   RETURNING number, generation - 1, fence, holder IS NOT NULL, pg_current_xact_id()::text";
    let (transaction, mut rows) = connections.begin_with(Access::Change, advance, &parameters).await?;
    if rows.is_empty() && fence.is_none() {
        let sql = "INSERT INTO jobs (job) VALUES ($1) ON CONFLICT DO NOTHING";
        transaction.execute(sql, &parameters).await?;
        rows = transaction.query(advance, &parameters).await?;
    }
    let Some(row) = rows.first() else {
        transaction.roll_back().await?;
        return Err(StoreError::LeaseLost { job: job.clone() }.into());
    };
    let (last, is_held): (i64, bool) = (row.try_get(2)?, row.try_get(3)?);
    let found = Generation(row.try_get::<_, i64>(1)?.cast_unsigned());
    let refusal = if fence.is_some_and(|it| !is_held || it.0.cast_signed() != last) {
        StoreError::LeaseLost { job: job.clone() }
    } else if found != expected {
        StoreError::Conflict { job: job.clone(), expected, found }
    } else {
        return Ok(Locked { transaction, job: row.try_get(0)?, transaction_id: row.try_get(4)? });
    };
    transaction.roll_back().await?;
    Err(refusal.into())
}

/// Writes everything that changes.
async fn write(
    transaction: &Transaction<'_>,
    job: &JobId,
    number: i64,
    generation: Generation,
    change: &StateChange,
) -> Result<(), Fault> {
    if !change.links.is_empty() || !change.memory.is_empty() {
        let mappings = number_mappings(transaction, number, change).await?;
        links::change(transaction, job, &mappings, &change.links).await?;
        notes::change(transaction, number, &mappings, &change.memory).await?;
    }
    known::change(transaction, number, change).await?;
    known::change_records(transaction, number, change).await?;
    for (object_type, watermark) in &change.watermarks {
        let sql = "INSERT INTO watermarks (job, object_type, watermark) VALUES ($1, $2, $3) \
                   ON CONFLICT (job, id_key(object_type)) DO UPDATE SET watermark = excluded.watermark";
        let (object_type, bytes) = (stored(object_type), watermark.as_bytes());
        let parameters: [Parameter<'_>; 3] =
            [(&number, Type::INT8), (&object_type, Type::TEXT), (&bytes, Type::BYTEA)];
        transaction.execute(sql, &parameters).await?;
    }
    match &change.applied {
        Some(applied) => remember_applied(transaction, number, generation.0.cast_signed(), applied).await,
        None => Ok(()),
    }
}

/// Returns the numbers of the job's object mappings; gives one to each that the change names for the first time.
async fn number_mappings(
    transaction: &Transaction<'_>,
    job: i64,
    change: &StateChange,
) -> Result<Vec<Mapping>, Fault> {
    let mut known = mappings(transaction, job).await?;
    let memory = &change.memory;
    let puts = change.links.iter().filter_map(|it| match it {
        LinkChange::Put { mapping, .. } => Some(mapping),
        LinkChange::Remove { .. } => None,
    });
    let names = puts
        .chain(memory.notes.iter().map(|(mapping, ..)| mapping))
        .chain(memory.acts.iter().map(|it| &it.mapping))
        .chain(memory.staged.iter().map(|(it, _)| &it.mapping));
    let names: BTreeSet<&Text> = names.filter(|it| known.iter().all(|(name, _)| name != *it)).collect();
    if names.is_empty() {
        return Ok(known);
    }
    let names: Vec<_> = names.into_iter().map(|it| stored(it)).collect();
    let sql = "INSERT INTO mappings (job, name) SELECT $1, unnest($2::text[]) RETURNING name, number";
    for row in transaction.query(sql, &[(&job, Type::INT8), (&names, Type::TEXT_ARRAY)]).await? {
        known.push((Text::new(original(row.try_get(0)?)?), row.try_get(1)?));
    }
    Ok(known)
}

async fn remember_applied(
    transaction: &Transaction<'_>,
    job: i64,
    generation: i64,
    applied: &AppliedPlan,
) -> Result<(), Fault> {
    let sql = "INSERT INTO applied_plans (job, generation, fingerprint, second, nanosecond) \
               VALUES ($1, $2, $3, $4, $5)";
    let (fingerprint, nanosecond) = (applied.fingerprint.to_string(), applied.at.nanosecond().cast_signed());
    let parameters: [Parameter<'_>; 5] = [
        (&job, Type::INT8),
        (&generation, Type::INT8),
        (&fingerprint, Type::TEXT),
        (&applied.at.second(), Type::INT8),
        (&nanosecond, Type::INT4),
    ];
    let forget = "DELETE FROM applied_plans WHERE job = $1 AND generation < \
                  (SELECT min(generation) FROM (SELECT generation FROM applied_plans WHERE job = $1 \
                   ORDER BY generation DESC LIMIT $2) AS kept)";
    let kept = i64::try_from(APPLIED_PLANS_MAX).unwrap_or(i64::MAX);
    let kept: [Parameter<'_>; 2] = [(&job, Type::INT8), (&kept, Type::INT8)];
    let (inserted, forgotten) =
        join(transaction.execute(sql, &parameters), transaction.execute(forget, &kept)).await;
    inserted?;
    forgotten?;
    Ok(())
}
