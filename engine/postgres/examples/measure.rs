//! What the store costs: `cargo run --release -p provisio-postgres --example measure -- CONNECTION_STRING [OBJECTS]`.
//!
//! It works in a schema `provisio_measure`, which must not be there, and which it leaves behind.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "that is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use provisio::connector::Clock as _;
use provisio::incremental::{Footprint, MatchKey, Scoped, SourceKey, TargetKey};
use provisio::model::{AttrName, Link, LinkOrigin, ObjectType, SourceId, TargetId, Text};
use provisio::plan::MappingId;
use provisio::store::{
    JobId, KnownSource, KnownTarget, KnownValue, LinkChange, Recall, StateChange, StateStore as _,
};
use provisio::{Fingerprint, Generation};
use provisio_postgres::{PostgresSettings, PostgresStore};

/// How many objects one commit makes, or one call asks for.
const BATCH: usize = 1000;

/// How often a thing is done; the median counts.
const TIMES: usize = 21;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().ok_or("name a server: postgresql://user@host/database")?;
    let objects: usize = arguments.next().map_or(Ok(1_000_000), |it| it.parse())?;
    let settings = PostgresSettings::parse(&server)?.with_schema("provisio_measure")?;
    if PostgresStore::look(settings.clone()).await?.is_some() {
        return Err("the schema `provisio_measure` is there already; drop it".into());
    }
    let store = PostgresStore::open(settings).await?;
    let job = JobId::new("measured");
    let mut generation = Generation(0);
    let mut times = Vec::new();
    for at in 0..objects.div_ceil(BATCH).max(TIMES) {
        let begun = Instant::now();
        generation = store.commit(&job, generation, batch(at)).await?;
        times.push(begun.elapsed());
        if times.len() == TIMES {
            println!("commit of {BATCH} new objects: {:?}", median(&mut times.clone()));
        }
    }
    let mut last = times.split_off(times.len() - TIMES);
    println!("the same, as the last of {}: {:?}", generation.0 * BATCH as u64, median(&mut last));
    let begun = Instant::now();
    let state = store.load(&job).await?;
    println!("load of {} links: {:?}", state.links.len(), begun.elapsed());
    let begun = Instant::now();
    let known = store.known_sources(&job).await?.len();
    println!("digests of {known} source objects: {:?}", begun.elapsed());
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        store.head(&job).await?;
        times.push(begun.elapsed());
    }
    println!("head: {:?}", median(&mut times));
    type Asked = fn(&str) -> Recall;
    let asked: [(&str, Asked); 5] = [
        ("source objects with link and notes", |id| Recall::Source {
            key: source_key(id),
            mappings: vec![Text::new(MAPPING)],
        }),
        ("ids, who refers to them", |id| Recall::Referrers(SourceId::new(id))),
        ("matching values, who has them", |id| Recall::Alike(match_key(id))),
        ("target objects", |id| Recall::Target(target_key(id))),
        ("values, which target objects have them", |id| Recall::TargetsWith {
            object_type: ObjectType::new("user"),
            value: value(id),
        }),
    ];
    for (what, ask) in asked {
        let mut times = Vec::new();
        for at in 0..TIMES {
            let numbers = (0..BATCH).map(|it| (it * 997 + at * 7) % known.max(1));
            let asked: Vec<Recall> = numbers.map(|it| ask(&id(it))).collect();
            let begun = Instant::now();
            store.recall(&job, &asked).await?;
            times.push(begun.elapsed());
        }
        println!("{BATCH} {what}: {:?}", median(&mut times));
    }
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let now = provisio::TokioClock.now();
        let begun = Instant::now();
        let lease = store.lease(&job, "measure", Duration::from_secs(60), now).await?;
        store.release(&lease, now).await?;
        times.push(begun.elapsed());
    }
    println!("take and release a lease: {:?}", median(&mut times));
    Ok(())
}

/// The object mapping.
const MAPPING: &str = "worker -> user";

/// Objects that no other batch has, each with a link, a reference, a matching value and a value in the target.
fn batch(at: usize) -> StateChange {
    let mut change = StateChange::default();
    for number in at * BATCH..(at + 1) * BATCH {
        let id = id(number);
        let link =
            Link { source: SourceId::new(&id), target: TargetId::new(&id), origin: LinkOrigin::Created };
        change.links.push(LinkChange::Put { mapping: Text::new(MAPPING), link });
        let mut footprint = Footprint::default();
        footprint.scoped = vec![Scoped::In];
        footprint.refers_to = vec![SourceId::new(self::id(number / 10))];
        footprint.matching = vec![match_key(&id)];
        let digest = Fingerprint::of(&id);
        change.sources.push((source_key(&id), Some(KnownSource { digest, footprint })));
        let known = KnownTarget { digest, body: vec![b'x'; 600], values: vec![value(&id)] };
        change.targets.push((target_key(&id), Some(known)));
    }
    change
}

/// An id of 36 characters, scattered over the indexes as ids mostly are.
fn id(number: usize) -> String {
    let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{scattered:016x}-object-{number:012}")
}

fn source_key(id: &str) -> SourceKey {
    SourceKey { object_type: ObjectType::new("worker"), id: SourceId::new(id) }
}

fn target_key(id: &str) -> TargetKey {
    TargetKey { object_type: ObjectType::new("user"), id: TargetId::new(id) }
}

fn match_key(id: &str) -> MatchKey {
    MatchKey { mapping: MappingId(0), precedence: 0, key: Text::new(id) }
}

fn value(id: &str) -> KnownValue {
    KnownValue { attribute: AttrName::new("externalid"), key: Text::new(id) }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
