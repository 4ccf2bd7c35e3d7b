//! The numbers of object mappings and object types, so that their name does not stand with every id.

use std::collections::BTreeSet;

use provisio_model::{ObjectType, Text};
use provisio_planner::Generation;
use provisio_runtime::JobId;
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Parameter, Transaction};
use crate::fault::Fault;
use crate::text::{original, stored};

/// A job and what it has names for.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) job: i64,
    pub(crate) generation: Generation,
    mappings: Vec<(Text, i64)>,
    source_types: Vec<(ObjectType, i64)>,
    target_types: Vec<(ObjectType, i64)>,
    /// How many source objects are known.
    pub(crate) sources: u64,
}

/// Which system an object type is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Source,
    Target,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Target => "target",
        }
    }
}

/// Begins a transaction that reads from a job; `None` when the job is not known.
pub(crate) async fn begin<'a>(
    connections: &'a Connections,
    access: Access,
    job: &JobId,
) -> Result<(Transaction<'a>, Option<Names>), Fault> {
    let sql = "SELECT j.number, j.generation, n.kind, n.name, n.number, n.known \
               FROM jobs j LEFT JOIN LATERAL \
                    (SELECT 'mapping' AS kind, name, number, 0 AS known FROM mappings WHERE job = j.number \
                     UNION ALL \
                     SELECT side, name, number, known FROM object_types WHERE job = j.number) AS n ON true \
               WHERE id_key(j.job) = id_key($1)";
    let id = stored(job.as_str());
    let (transaction, rows) = connections.begin_with(access, sql, &[(&id, Type::TEXT)]).await?;
    let Some(row) = rows.first() else { return Ok((transaction, None)) };
    let generation = Generation(row.try_get::<_, i64>(1)?.cast_unsigned());
    let mut names = Names { job: row.try_get(0)?, generation, ..Names::default() };
    for row in &rows {
        let Some(kind) = row.try_get::<_, Option<&str>>(2)? else { continue };
        let (name, number) = (original(row.try_get(3)?)?, row.try_get(4)?);
        match kind {
            "mapping" => names.mappings.push((Text::new(name), number)),
            "source" => {
                names.source_types.push((ObjectType::new(name), number));
                let known = row.try_get::<_, i64>(5)?;
                names.sources = names.sources.saturating_add(u64::try_from(known).unwrap_or_default());
            }
            "target" => names.target_types.push((ObjectType::new(name), number)),
            other => return Err(Fault::damaged(format_args!("`{other}` is not a side"))),
        }
    }
    names.mappings.sort();
    Ok((transaction, Some(names)))
}

impl Names {
    /// Returns the object mappings, by name.
    pub(crate) fn mappings(&self) -> &[(Text, i64)] {
        &self.mappings
    }

    pub(crate) fn mapping(&self, name: &str) -> Option<i64> {
        self.mappings.iter().find(|(it, _)| **it == *name).map(|(_, number)| *number)
    }

    pub(crate) fn types(&self, side: Side) -> &[(ObjectType, i64)] {
        match side {
            Side::Source => &self.source_types,
            Side::Target => &self.target_types,
        }
    }

    pub(crate) fn number_of(&self, side: Side, object_type: &ObjectType) -> Option<i64> {
        number_of(self.types(side), object_type)
    }

    pub(crate) fn type_of(&self, side: Side, number: i64) -> Result<ObjectType, Fault> {
        let found = self.types(side).iter().find(|(_, it)| *it == number).map(|(name, _)| name.clone());
        found.ok_or_else(|| Fault::damaged("an object belongs to no object type"))
    }
}

pub(crate) fn number_of(types: &[(ObjectType, i64)], object_type: &ObjectType) -> Option<i64> {
    types.iter().find(|(it, _)| it == object_type).map(|(_, number)| *number)
}

/// Returns the numbers of these object types; gives one to each that is new.
pub(crate) async fn number_types(
    transaction: &Transaction<'_>,
    job: i64,
    side: Side,
    types: &BTreeSet<&ObjectType>,
) -> Result<Vec<(ObjectType, i64)>, Fault> {
    let side = side.name();
    let of_side: [Parameter<'_>; 2] = [(&job, Type::INT8), (&side, Type::TEXT)];
    let sql = "SELECT name, number FROM object_types WHERE job = $1 AND side = $2";
    let mut numbers = Vec::new();
    for row in transaction.query(sql, &of_side).await? {
        numbers.push((ObjectType::new(original(row.try_get(0)?)?), row.try_get(1)?));
    }
    let is_new = |it: &&&ObjectType| number_of(&numbers, it).is_none();
    let new: Vec<_> = types.iter().filter(is_new).map(|it| stored(it.as_str())).collect();
    if new.is_empty() {
        return Ok(numbers);
    }
    let sql =
        "INSERT INTO object_types (job, side, name) SELECT $1, $2, unnest($3::text[]) RETURNING name, number";
    let [job, side] = of_side;
    for row in transaction.query(sql, &[job, side, (&new, Type::TEXT_ARRAY)]).await? {
        numbers.push((ObjectType::new(original(row.try_get(0)?)?), row.try_get(1)?));
    }
    Ok(numbers)
}
