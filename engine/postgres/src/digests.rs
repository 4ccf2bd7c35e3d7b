//! Which objects are known, and what their digests are.

use provisio_model::{ObjectType, SourceId, TargetId, Text};
use provisio_planner::{SourceKey, TargetKey};
use provisio_runtime::{Digests, JobId};
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections};
use crate::fault::Fault;
use crate::load::listed;
use crate::names::{self, Side};
use crate::recall::fingerprint;
use crate::text::original;

pub(crate) async fn known_sources(
    connections: &Connections,
    job: &JobId,
) -> Result<Digests<SourceKey>, Fault> {
    let key = |object_type, id| SourceKey { object_type, id: SourceId::new(id) };
    digests(connections, job, Side::Source, "known_sources", key).await
}

pub(crate) async fn known_targets(
    connections: &Connections,
    job: &JobId,
) -> Result<Digests<TargetKey>, Fault> {
    let key = |object_type, id| TargetKey { object_type, id: TargetId::new(id) };
    digests(connections, job, Side::Target, "known_targets", key).await
}

async fn digests<K: Ord>(
    connections: &Connections,
    job: &JobId,
    side: Side,
    table: &str,
    key: fn(ObjectType, Text) -> K,
) -> Result<Digests<K>, Fault> {
    let (transaction, names) = names::begin(connections, Access::Look, job).await?;
    let names = names.unwrap_or_default();
    let mut all = Vec::new();
    if !names.types(side).is_empty() {
        let numbers = listed(names.types(side).iter().map(|it| it.1));
        let query = format!("SELECT object_type, id, digest FROM {table} WHERE object_type IN ({numbers})");
        let copied = transaction.copy(&query, &[Type::INT8, Type::TEXT, Type::BYTEA], |row| {
            let object_type = names.type_of(side, row.try_get(0)?)?;
            all.push((
                key(object_type, Text::new(original(row.try_get(1)?)?)),
                fingerprint(row.try_get(2)?)?,
            ));
            Ok(())
        });
        copied.await?;
    }
    transaction.roll_back().await?;
    all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
    Ok(all)
}
