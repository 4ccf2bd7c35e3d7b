//! Reads the whole state of a job, as it is at one moment.

use std::collections::BTreeMap;

use futures_util::future::{join, join4};
use provisio_model::{Link, LinkOrigin, LinkTable, SourceId, TargetId, Text, Timestamp, Watermark};
use provisio_runtime::{AppliedPlan, Head, JobId, State};
use tokio_postgres::types::Type;

use crate::connections::{Access, Connections, Transaction};
use crate::fault::Fault;
use crate::notes::{Answers, Whose};
use crate::text::original;
use crate::{names, notes};

/// The name of an object mapping and its number.
pub(crate) type Mapping = (Text, i64);

pub(crate) async fn load(connections: &Connections, job: &JobId) -> Result<State, Fault> {
    let (transaction, names) = names::begin(connections, Access::Look, job).await?;
    let mut state = State::default();
    if let Some(names) = names {
        state.generation = names.generation;
        // All questions at once, on one journey; the answers come in their order.
        let (whole, links) =
            join(Whole::ask(&transaction, names.job, Whose::All), links(&transaction, names.mappings()))
                .await;
        let whole = whole?;
        state.links = links?;
        state.memory = whole.notes.read(names.mappings())?;
        (state.watermarks, state.applied, state.records) = (whole.watermarks, whole.applied, whole.records);
    }
    transaction.roll_back().await?;
    Ok(state)
}

/// Reads everything but what belongs to single objects.
pub(crate) async fn load_head(connections: &Connections, job: &JobId) -> Result<Head, Fault> {
    let (transaction, names) = names::begin(connections, Access::LookUp, job).await?;
    let mut head = Head::default();
    if let Some(names) = names {
        let whole = Whole::ask(&transaction, names.job, Whose::OfEveryCycle).await?;
        (head.generation, head.sources) = (names.generation, names.sources);
        head.memory = whole.notes.read(names.mappings())?;
        (head.watermarks, head.applied, head.records) = (whole.watermarks, whole.applied, whole.records);
    }
    transaction.roll_back().await?;
    Ok(head)
}

/// What a job has as a whole.
struct Whole {
    watermarks: Vec<(Text, Watermark)>,
    applied: Vec<AppliedPlan>,
    records: Vec<(Text, Vec<u8>)>,
    notes: Answers,
}

impl Whole {
    async fn ask(transaction: &Transaction<'_>, job: i64, whose: Whose) -> Result<Self, Fault> {
        let (watermarks, applied, records, notes) = join4(
            watermarks(transaction, job),
            applied(transaction, job),
            records(transaction, job),
            notes::ask(transaction, job, whose),
        )
        .await;
        Ok(Self { watermarks: watermarks?, applied: applied?, records: records?, notes: notes? })
    }
}

/// Returns the object mappings of a job, by name.
pub(crate) async fn mappings(transaction: &Transaction<'_>, job: i64) -> Result<Vec<Mapping>, Fault> {
    let sql = "SELECT name, number FROM mappings WHERE job = $1";
    let mut mappings = Vec::new();
    for row in transaction.query(sql, &[(&job, Type::INT8)]).await? {
        mappings.push((Text::new(original(row.try_get(0)?)?), row.try_get(1)?));
    }
    mappings.sort();
    Ok(mappings)
}

async fn links(transaction: &Transaction<'_>, mappings: &[Mapping]) -> Result<LinkTable, Fault> {
    let mut table = LinkTable::new();
    if mappings.is_empty() {
        return Ok(table);
    }
    let numbers = listed(mappings.iter().map(|it| it.1));
    let query = format!("SELECT mapping, source, target, origin FROM links WHERE mapping IN ({numbers})");
    let mut by_number: BTreeMap<i64, Vec<Link>> = BTreeMap::new();
    let types = [Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT];
    let copied = transaction.copy(&query, &types, |row| {
        let link = Link {
            source: SourceId::new(original(row.try_get(1)?)?),
            target: TargetId::new(original(row.try_get(2)?)?),
            origin: origin_of(row.try_get(3)?)?,
        };
        by_number.entry(row.try_get(0)?).or_default().push(link);
        Ok(())
    });
    copied.await?;
    for (mapping, number) in mappings {
        let Some(mut links) = by_number.remove(number) else { continue };
        links.sort_unstable_by(|one, other| one.source.as_str().cmp(other.source.as_str()));
        let into = table.of_mut(mapping);
        for link in links {
            into.insert(link).map_err(Fault::damaged)?;
        }
    }
    Ok(table)
}

async fn watermarks(transaction: &Transaction<'_>, job: i64) -> Result<Vec<(Text, Watermark)>, Fault> {
    let sql = "SELECT object_type, watermark FROM watermarks WHERE job = $1";
    let mut watermarks = Vec::new();
    for row in transaction.query(sql, &[(&job, Type::INT8)]).await? {
        let object_type = Text::new(original(row.try_get(0)?)?);
        watermarks.push((object_type, Watermark::new(row.try_get::<_, &[u8]>(1)?)));
    }
    watermarks.sort_by(|one: &(Text, Watermark), other| one.0.cmp(&other.0));
    Ok(watermarks)
}

async fn records(transaction: &Transaction<'_>, job: i64) -> Result<Vec<(Text, Vec<u8>)>, Fault> {
    let sql = "SELECT name, value FROM records WHERE job = $1";
    let mut records = Vec::new();
    for row in transaction.query(sql, &[(&job, Type::INT8)]).await? {
        records.push((Text::new(original(row.try_get(0)?)?), row.try_get(1)?));
    }
    records.sort();
    Ok(records)
}

async fn applied(transaction: &Transaction<'_>, job: i64) -> Result<Vec<AppliedPlan>, Fault> {
    let sql = "SELECT fingerprint, second, nanosecond FROM applied_plans WHERE job = $1 ORDER BY generation";
    let mut applied = Vec::new();
    for row in transaction.query(sql, &[(&job, Type::INT8)]).await? {
        let fingerprint = row.try_get::<_, &str>(0)?.parse().map_err(Fault::damaged)?;
        applied.push(AppliedPlan { fingerprint, at: instant(row.try_get(1)?, row.try_get(2)?) });
    }
    Ok(applied)
}

/// Returns numbers as SQL has a list.
pub(crate) fn listed(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|it| it.to_string()).collect::<Vec<_>>().join(", ")
}

pub(crate) fn instant(second: i64, nanosecond: i32) -> Timestamp {
    Timestamp::from_parts(second, nanosecond.cast_unsigned())
}

pub(crate) fn name_of(origin: LinkOrigin) -> &'static str {
    match origin {
        LinkOrigin::Created => "created",
        LinkOrigin::Adopted => "adopted",
    }
}

pub(crate) fn origin_of(name: &str) -> Result<LinkOrigin, Fault> {
    match name {
        "created" => Ok(LinkOrigin::Created),
        "adopted" => Ok(LinkOrigin::Adopted),
        other => Err(Fault::damaged(format_args!("`{other}` is not an origin of a link"))),
    }
}
