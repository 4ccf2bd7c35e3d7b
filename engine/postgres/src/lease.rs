//! Who works on a job, by the clock of the server.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use provisio_model::Text;
use provisio_planner::Generation;
use provisio_runtime::{Fence, JobId, JobRecord, Lease, StoreError, Tenure};
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Parameter};
use crate::fault::Fault;
use crate::text::{original, stored};

/// The longest time of a lease, in seconds: a century.
const TTL_SECONDS_MAX: f64 = 3_155_760_000.0;

/// Names a call that takes a lease, so that its repetition after a lost answer finds that the lease is its own.
pub(crate) fn call() -> i64 {
    RandomState::new().hash_one(0).cast_signed()
}

pub(crate) async fn take(
    connections: &Connections,
    job: &JobId,
    holder: &str,
    ttl: Duration,
    call: i64,
) -> Result<Lease, Fault> {
    let (id, name, ttl) = (stored(job.as_str()), stored(holder), seconds(ttl));
    let sql = "UPDATE jobs SET fence = fence + 1, holder = $2, lease_call = $4, \
                      lease_until = clock_timestamp() + make_interval(secs => $3) \
               WHERE id_key(job) = id_key($1) \
                 AND (holder IS NULL OR lease_until <= clock_timestamp() OR lease_call = $4) \
               RETURNING fence";
    let parameters: [Parameter<'_>; 4] =
        [(&id, Type::TEXT), (&name, Type::TEXT), (&ttl, Type::FLOAT8), (&call, Type::INT8)];
    let (transaction, mut rows) = connections.begin_with(Access::Change, sql, &parameters).await?;
    // Between two statements another worker may come or go: then it is looked at again.
    loop {
        if let Some(row) = rows.first() {
            let fence = Fence(row.try_get::<_, i64>(0)?.cast_unsigned());
            transaction.commit().await?;
            return Ok(Lease::new(job.clone(), fence));
        }
        let look = "SELECT holder, greatest(extract(epoch FROM lease_until - clock_timestamp()), 0)::float8 \
                    FROM jobs WHERE id_key(job) = id_key($1)";
        match transaction.query_opt(look, &[(&id, Type::TEXT)]).await? {
            Some(row) => {
                if let Some(holder) = row.try_get::<_, Option<&str>>(0)? {
                    let remaining = duration(row.try_get(1)?);
                    let holder = Text::new(original(holder)?);
                    transaction.roll_back().await?;
                    return Err(StoreError::Leased { job: job.clone(), holder, remaining }.into());
                }
            }
            None => {
                let insert = "INSERT INTO jobs (job) VALUES ($1) ON CONFLICT DO NOTHING";
                transaction.execute(insert, &[(&id, Type::TEXT)]).await?;
            }
        }
        rows = transaction.query(sql, &parameters).await?;
    }
}

pub(crate) async fn renew(connections: &Connections, lease: &Lease, ttl: Duration) -> Result<(), Fault> {
    let sql = "UPDATE jobs SET lease_until = clock_timestamp() + make_interval(secs => $3) \
               WHERE id_key(job) = id_key($1) AND fence = $2 AND holder IS NOT NULL RETURNING 1";
    let (job, fence) = (stored(lease.job.as_str()), lease.fence.0.cast_signed());
    let parameters: [Parameter<'_>; 3] =
        [(&job, Type::TEXT), (&fence, Type::INT8), (&seconds(ttl), Type::FLOAT8)];
    let (transaction, renewed) = connections.begin_with(Access::Change, sql, &parameters).await?;
    transaction.commit().await?;
    if renewed.is_empty() { Err(StoreError::LeaseLost { job: lease.job.clone() }.into()) } else { Ok(()) }
}

pub(crate) async fn release(connections: &Connections, lease: &Lease) -> Result<(), Fault> {
    let sql = "UPDATE jobs SET holder = NULL, lease_until = least(lease_until, clock_timestamp()) \
               WHERE id_key(job) = id_key($1) AND fence = $2 AND holder IS NOT NULL";
    let (job, fence) = (stored(lease.job.as_str()), lease.fence.0.cast_signed());
    let parameters: [Parameter<'_>; 2] = [(&job, Type::TEXT), (&fence, Type::INT8)];
    let (transaction, _) = connections.begin_with(Access::Change, sql, &parameters).await?;
    transaction.commit().await
}

pub(crate) async fn jobs(connections: &Connections) -> Result<Vec<JobRecord>, Fault> {
    let sql = "SELECT job, generation, holder, extract(epoch FROM lease_until - clock_timestamp())::float8 FROM jobs";
    let (transaction, rows) = connections.begin_with(Access::Look, sql, &[]).await?;
    transaction.roll_back().await?;
    let mut jobs = Vec::with_capacity(rows.len());
    for row in &rows {
        let tenure = match (row.try_get::<_, Option<&str>>(2)?, row.try_get::<_, Option<f64>>(3)?) {
            (_, None) => Tenure::Vacant,
            (Some(holder), Some(remaining)) if remaining > 0.0 => {
                Tenure::Held { holder: Text::new(original(holder)?), remaining: duration(remaining) }
            }
            (_, Some(remaining)) => Tenure::Free { since: duration(-remaining) },
        };
        let generation = Generation(row.try_get::<_, i64>(1)?.cast_unsigned());
        jobs.push(JobRecord::new(JobId::new(original(row.try_get(0)?)?), generation, tenure));
    }
    // As stored text is compared, `a` with a NUL comes after `a` with a character of code 1.
    jobs.sort_by(|one, other| one.job.cmp(&other.job));
    Ok(jobs)
}

fn seconds(ttl: Duration) -> f64 {
    ttl.as_secs_f64().min(TTL_SECONDS_MAX)
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO)
}
