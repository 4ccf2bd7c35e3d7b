//! Writes what is known of single objects, and what leads to them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use provisio_model::ObjectType;
use provisio_planner::{Footprint, Scoped, SourceKey, TargetKey};
use provisio_runtime::{KnownSource, KnownTarget, StateChange};
use tokio_postgres::types::Type;

use crate::connections::{Parameter, Transaction};
use crate::fault::Fault;
use crate::names::{Side, number_of, number_types};
use crate::text::stored;

/// How many objects one statement is about, and how many bytes of them it carries unless one alone has more.
const BATCH: (usize, usize) = (10_000, 16 << 20);

/// Changes what is known.
pub(crate) async fn change(
    transaction: &Transaction<'_>,
    job: i64,
    change: &StateChange,
) -> Result<(), Fault> {
    // Of two changes of one object the last counts.
    let sources: BTreeMap<&SourceKey, _> =
        change.sources.iter().map(|(key, it)| (key, it.as_ref())).collect();
    if !sources.is_empty() {
        change_sources(transaction, job, sources).await?;
    }
    let targets: BTreeMap<&TargetKey, _> =
        change.targets.iter().map(|(key, it)| (key, it.as_ref())).collect();
    if !targets.is_empty() {
        change_targets(transaction, job, targets).await?;
    }
    Ok(())
}

/// Changes the runtime's own records.
pub(crate) async fn change_records(
    transaction: &Transaction<'_>,
    job: i64,
    change: &StateChange,
) -> Result<(), Fault> {
    for (name, value) in &change.records {
        let sql = match value {
            Some(_) => {
                "INSERT INTO records (job, name, value) VALUES ($1, $2, $3) \
                 ON CONFLICT (job, id_key(name)) DO UPDATE SET value = excluded.value"
            }
            None => "DELETE FROM records WHERE job = $1 AND id_key(name) = id_key($2) AND $3::bytea IS NULL",
        };
        let (name, value) = (stored(name), value.as_deref());
        let parameters: [Parameter<'_>; 3] = [(&job, Type::INT8), (&name, Type::TEXT), (&value, Type::BYTEA)];
        transaction.execute(sql, &parameters).await?;
    }
    Ok(())
}

async fn change_sources(
    transaction: &Transaction<'_>,
    job: i64,
    changes: BTreeMap<&SourceKey, Option<&KnownSource>>,
) -> Result<(), Fault> {
    let types: BTreeSet<&ObjectType> = changes.keys().map(|it| &it.object_type).collect();
    let types = number_types(transaction, job, Side::Source, &types).await?;
    let changes: Vec<_> = changes.into_iter().collect();
    let size = |it: &(&SourceKey, Option<&KnownSource>)| match it.1 {
        Some(known) => known.footprint.refers_to.iter().map(|it| it.as_str().len()).sum(),
        None => 0,
    };
    for batch in batches(&changes, size) {
        let (mut keys, mut is_kept, mut digests, mut scoped) = (Keys::default(), vec![], vec![], vec![]);
        let (mut referrers, mut refers_to) = (Keys::default(), vec![]);
        let (mut alike, mut positions, mut precedences, mut values) =
            (Keys::default(), vec![], vec![], vec![]);
        for (key, known) in batch {
            let number = number_of(&types, &key.object_type).ok_or_else(no_number)?;
            let id = key.id.as_str();
            keys.push(number, id);
            is_kept.push(known.is_some());
            digests.push(known.map_or(&[][..], |it| it.digest.as_bytes()));
            scoped.push(known.map(|it| names_of_scoped(&it.footprint.scoped)).unwrap_or_default());
            let Some(Footprint { refers_to: ids, matching, .. }) = known.map(|it| &it.footprint) else {
                continue;
            };
            for it in ids {
                referrers.push(number, id);
                refers_to.push(stored(it.as_str()));
            }
            for it in matching {
                alike.push(number, id);
                positions.push(i32::from(it.mapping.0));
                precedences.push(i32::from(it.precedence));
                values.push(stored(&it.key));
            }
        }
        let gone = keys.with([(&is_kept as _, Type::BOOL_ARRAY)]);
        let put = keys.with([
            (&is_kept, Type::BOOL_ARRAY),
            (&digests, Type::BYTEA_ARRAY),
            (&scoped, Type::TEXT_ARRAY),
        ]);
        let refer = referrers.with([(&refers_to, Type::TEXT_ARRAY), (&job, Type::INT8)]);
        let match_by = alike.with([
            (&positions, Type::INT4_ARRAY),
            (&precedences, Type::INT4_ARRAY),
            (&values, Type::TEXT_ARRAY),
            (&job, Type::INT8),
        ]);
        let count = count_statement("known_sources");
        let part = |table| part_statement(table, "source", "known_sources");
        let (references, matches) = (part("known_references"), part("known_matches"));
        transaction
            .execute_all(&[
                (&count, &gone),
                (&references, &gone),
                (&matches, &gone),
                (
                    "DELETE FROM known_sources s \
                     USING unnest($1::bigint[], $2::text[], $3::bool[]) AS c (object_type, id, is_kept) \
                     WHERE s.object_type = c.object_type AND id_key(s.id) = id_key(c.id) AND NOT c.is_kept",
                    &gone,
                ),
                (
                    "INSERT INTO known_sources (object_type, id, digest, scoped) \
                     SELECT c.object_type, c.id, c.digest, c.scoped \
                     FROM unnest($1::bigint[], $2::text[], $3::bool[], $4::bytea[], $5::text[]) \
                          AS c (object_type, id, is_kept, digest, scoped) \
                     WHERE c.is_kept \
                     ON CONFLICT (object_type, id_key(id)) DO UPDATE \
                     SET digest = excluded.digest, scoped = excluded.scoped",
                    &put,
                ),
                (
                    "INSERT INTO known_references (source, refers_to, job) \
                     SELECT s.number, c.refers_to, $4 \
                     FROM unnest($1::bigint[], $2::text[], $3::text[]) AS c (object_type, id, refers_to) \
                     JOIN known_sources s ON s.object_type = c.object_type AND id_key(s.id) = id_key(c.id)",
                    &refer,
                ),
                (
                    "INSERT INTO known_matches (source, position, precedence, value, job) \
                     SELECT s.number, c.position, c.precedence, c.value, $6 \
                     FROM unnest($1::bigint[], $2::text[], $3::int[], $4::int[], $5::text[]) \
                          AS c (object_type, id, position, precedence, value) \
                     JOIN known_sources s ON s.object_type = c.object_type AND id_key(s.id) = id_key(c.id)",
                    &match_by,
                ),
            ])
            .await?;
    }
    Ok(())
}

async fn change_targets(
    transaction: &Transaction<'_>,
    job: i64,
    changes: BTreeMap<&TargetKey, Option<&KnownTarget>>,
) -> Result<(), Fault> {
    let types: BTreeSet<&ObjectType> = changes.keys().map(|it| &it.object_type).collect();
    let types = number_types(transaction, job, Side::Target, &types).await?;
    let changes: Vec<_> = changes.into_iter().collect();
    let size = |it: &(&TargetKey, Option<&KnownTarget>)| it.1.map_or(0, |it| it.body.len());
    for batch in batches(&changes, size) {
        let (mut keys, mut is_kept, mut digests, mut bodies) = (Keys::default(), vec![], vec![], vec![]);
        let (mut holders, mut attributes, mut values) = (Keys::default(), vec![], vec![]);
        for (key, known) in batch {
            let number = number_of(&types, &key.object_type).ok_or_else(no_number)?;
            let id = key.id.as_str();
            keys.push(number, id);
            is_kept.push(known.is_some());
            digests.push(known.map_or(&[][..], |it| it.digest.as_bytes()));
            bodies.push(known.map_or(&[][..], |it| &it.body));
            for it in known.iter().flat_map(|it| &it.values) {
                holders.push(number, id);
                attributes.push(stored_attribute(it.attribute.as_str()));
                values.push(stored(&it.key));
            }
        }
        let gone = keys.with([(&is_kept as _, Type::BOOL_ARRAY)]);
        let put = keys.with([
            (&is_kept, Type::BOOL_ARRAY),
            (&digests, Type::BYTEA_ARRAY),
            (&bodies, Type::BYTEA_ARRAY),
        ]);
        let hold = holders.with([(&attributes, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)]);
        let count = count_statement("known_targets");
        let values = part_statement("known_values", "target", "known_targets");
        transaction
            .execute_all(&[
                (&count, &gone),
                (&values, &gone),
                (
                    "DELETE FROM known_targets t \
                     USING unnest($1::bigint[], $2::text[], $3::bool[]) AS c (object_type, id, is_kept) \
                     WHERE t.object_type = c.object_type AND id_key(t.id) = id_key(c.id) AND NOT c.is_kept",
                    &gone,
                ),
                (
                    "INSERT INTO known_targets (object_type, id, digest, body) \
                     SELECT c.object_type, c.id, c.digest, c.body \
                     FROM unnest($1::bigint[], $2::text[], $3::bool[], $4::bytea[], $5::bytea[]) \
                          AS c (object_type, id, is_kept, digest, body) \
                     WHERE c.is_kept \
                     ON CONFLICT (object_type, id_key(id)) DO UPDATE \
                     SET digest = excluded.digest, body = excluded.body",
                    &put,
                ),
                (
                    "INSERT INTO known_values (object_type, target, attribute, value) \
                     SELECT c.object_type, t.number, c.attribute, c.value \
                     FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) \
                          AS c (object_type, id, attribute, value) \
                     JOIN known_targets t ON t.object_type = c.object_type AND id_key(t.id) = id_key(c.id)",
                    &hold,
                ),
            ])
            .await?;
    }
    Ok(())
}

/// Counts what comes and goes of a table, before anything does.
fn count_statement(table: &str) -> String {
    format!(
        "UPDATE object_types o SET known = o.known + c.more \
         FROM (SELECT k.object_type, count(*) FILTER (WHERE k.is_kept) - count(o.number) AS more \
               FROM unnest($1::bigint[], $2::text[], $3::bool[]) AS k (object_type, id, is_kept) \
               LEFT JOIN {table} o ON o.object_type = k.object_type AND id_key(o.id) = id_key(k.id) \
               GROUP BY k.object_type) AS c \
         WHERE o.number = c.object_type"
    )
}

/// Deletes what a table has of objects, whether they are kept or go.
fn part_statement(table: &str, column: &str, objects: &str) -> String {
    format!(
        "DELETE FROM {table} p \
         USING unnest($1::bigint[], $2::text[], $3::bool[]) AS c (object_type, id, is_kept), {objects} o \
         WHERE o.object_type = c.object_type AND id_key(o.id) = id_key(c.id) AND p.{column} = o.number"
    )
}

fn no_number() -> Fault {
    Fault::damaged("an object type got no number")
}

fn names_of_scoped(scoped: &[Scoped]) -> String {
    let names = scoped.iter().map(|it| match it {
        Scoped::In => "in",
        Scoped::Out => "out",
        Scoped::Unclear => "unclear",
    });
    names.collect::<Vec<_>>().join(" ")
}

pub(crate) fn scoped_of(names: &str) -> Result<Vec<Scoped>, Fault> {
    let scoped = |name| match name {
        "in" => Ok(Scoped::In),
        "out" => Ok(Scoped::Out),
        "unclear" => Ok(Scoped::Unclear),
        other => Err(Fault::damaged(format_args!("`{other}` is not a place in scope"))),
    };
    names.split_terminator(' ').map(scoped).collect()
}

/// Returns an attribute as it is stored: one name, whatever its case.
pub(crate) fn stored_attribute(name: &str) -> String {
    stored(&name.to_ascii_lowercase()).into_owned()
}

/// Cuts changes into parts that one statement may be about.
fn batches<T>(all: &[T], size: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0_usize);
    for (at, it) in all.iter().enumerate() {
        bytes = bytes.saturating_add(size(it));
        if at > start && (at - start >= BATCH.0 || bytes > BATCH.1) {
            batches.push(&all[start..at]);
            (start, bytes) = (at, size(it));
        }
    }
    batches.push(&all[start..]);
    batches
}

/// Objects by the number of their type and their id, side by side as statements take them.
#[derive(Default)]
struct Keys<'a> {
    types: Vec<i64>,
    ids: Vec<Cow<'a, str>>,
}

impl<'a> Keys<'a> {
    fn push(&mut self, number: i64, id: &'a str) {
        self.types.push(number);
        self.ids.push(stored(id));
    }

    /// Puts other columns, or single values, behind.
    fn with<'p, const N: usize>(&'p self, others: [Parameter<'p>; N]) -> Vec<Parameter<'p>> {
        let mut parameters: Vec<Parameter<'p>> =
            vec![(&self.types, Type::INT8_ARRAY), (&self.ids, Type::TEXT_ARRAY)];
        parameters.extend(others);
        parameters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_has_neither_too_many_objects_nor_too_many_bytes() {
        let lengths = |all: &[usize]| batches(all, |it| *it).iter().map(|it| it.len()).collect::<Vec<_>>();
        assert_eq!(lengths(&[1; 25_000]), [10_000, 10_000, 5_000]);
        let (half, more) = (BATCH.1 / 2, BATCH.1 + 1);
        assert_eq!(lengths(&[half, half, 1, more, more, half]), [2, 1, 1, 1, 1]);
        assert_eq!(lengths(&[more]), [1]);
    }

    #[test]
    fn places_in_scope_come_back() {
        for scoped in [&[][..], &[Scoped::In], &[Scoped::Unclear, Scoped::Out, Scoped::In]] {
            assert_eq!(scoped_of(&names_of_scoped(scoped)).ok().as_deref(), Some(scoped));
        }
        assert!(scoped_of("in between").is_err());
    }
}
