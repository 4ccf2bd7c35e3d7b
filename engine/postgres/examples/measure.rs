//! What the store costs: `cargo run --release -p provisio-postgres --example measure -- CONNECTION_STRING [LINKS]`.
//!
//! It works in a schema `provisio_measure`, which must not be there, and which it leaves behind.

#![expect(clippy::print_stdout, reason = "that is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use provisio::Generation;
use provisio::connector::Clock as _;
use provisio::model::{Link, LinkOrigin, SourceId, TargetId, Text};
use provisio::store::{JobId, LinkChange, StateChange, StateStore as _};
use provisio_postgres::{PostgresSettings, PostgresStore};

/// How many links one commit makes.
const BATCH: usize = 1000;

/// How often a thing is done; the median counts.
const TIMES: usize = 21;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let server = arguments.next().ok_or("name a server: postgresql://user@host/database")?;
    let links: usize = arguments.next().map_or(Ok(1_000_000), |it| it.parse())?;
    let settings = PostgresSettings::parse(&server)?.with_schema("provisio_measure")?;
    if PostgresStore::look(settings.clone()).await?.is_some() {
        return Err("the schema `provisio_measure` is there already; drop it".into());
    }
    let store = PostgresStore::open(settings).await?;
    let job = JobId::new("measured");
    let mut generation = Generation(0);
    let mut times = Vec::new();
    for at in 0..links.div_ceil(BATCH).max(TIMES) {
        let begun = Instant::now();
        generation = store.commit(&job, generation, batch(at)).await?;
        times.push(begun.elapsed());
        if times.len() == TIMES {
            println!("commit of {BATCH} new links: {:?}", median(&mut times.clone()));
        }
    }
    let mut last = times.split_off(times.len() - TIMES);
    println!("the same, as the last of {}: {:?}", generation.0 * BATCH as u64, median(&mut last));
    let begun = Instant::now();
    let state = store.load(&job).await?;
    println!("load of {} links: {:?}", state.links.len(), begun.elapsed());
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

/// Links that no other batch has, with ids of 36 characters.
fn batch(at: usize) -> StateChange {
    let links = (at * BATCH..(at + 1) * BATCH).map(|number| {
        // Scattered over the index, as ids mostly are.
        let scattered = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        LinkChange::Put {
            mapping: Text::new("worker -> user"),
            link: Link {
                source: SourceId::new(format!("{scattered:016x}-source-{number:012}")),
                target: TargetId::new(format!("{scattered:016x}-target-{number:012}")),
                origin: LinkOrigin::Created,
            },
        }
    });
    StateChange { links: links.collect(), ..StateChange::default() }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
