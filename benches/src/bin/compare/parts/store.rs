//! The state of a job in a file: everything in one commit, and what a cycle touches.

use std::fs;
use std::hint::black_box;
use std::os::unix::fs::MetadataExt as _;
use std::time::Instant;

use futures::executor::block_on;
use provisio_benches::Workload;
use provisio_benches::workload::WORKERS;
use provisio_model::{Record, TargetSide, Text};
use provisio_planner::{Fingerprint, Generation, SourceKey, TargetKey};
use provisio_runtime::{
    JobId, KnownSource, KnownTarget, KnownValue, LinkChange, Recall, RedbStore, StateChange, StateStore as _,
};

use super::{middle, show, timed};
use crate::Result;
use crate::arguments::Arguments;

/// What the blocks of a file are counted in.
const BLOCK: u64 = 512;

/// How many objects a small cycle touches.
const TOUCHED: usize = 1_000;

pub(super) fn measure(arguments: &Arguments) -> Result<()> {
    let workload = Workload::generate(arguments.workers, arguments.seed);
    let file = arguments.folder.join("state.redb");
    fs::create_dir_all(&arguments.folder)?;
    let job = JobId::new("compare");
    let everything = everything(&workload);
    let (links, sources, targets) =
        (everything.links.len(), everything.sources.len(), everything.targets.len());
    let bodies: usize = everything.targets.iter().filter_map(|it| Some(it.1.as_ref()?.body.len())).sum();
    let asked = asked(&everything);
    if file.exists() {
        fs::remove_file(&file)?;
    }
    let store = RedbStore::open(&file)?;
    let (commit, _) = timed(|| Ok(block_on(store.commit(&job, Generation(0), everything))?))?;
    drop(store);
    // The file doubles as it grows; of what was never written there is nothing on the disk.
    let bytes = (fs::metadata(&file)?.blocks() * BLOCK) as f64;
    let (open, store) = timed(|| Ok(RedbStore::open(&file)?))?;
    let mut recall = Vec::new();
    for _ in 0..arguments.pairs {
        // Too short for the time of processors.
        let begun = Instant::now();
        black_box(block_on(store.recall(&job, &asked))?);
        recall.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    let (load, state) = timed(|| Ok(block_on(store.load(&job))?))?;
    black_box(state);
    drop(store);
    fs::remove_file(&file)?;
    let part = format!("store: one commit of {links} links, {sources} sources, {targets} targets");
    show(&part, &format!("{commit:.1} s, {:.1} µs an object", commit * 1e6 / sources as f64), None);
    let (all, values) = (bytes / sources as f64, bodies as f64 / sources as f64);
    show(
        "store: bytes on the disk for a worker, the account and the link",
        &format!("{all:.0}, of them {values:.0} of the account's values"),
        None,
    );
    show("store: opening, with a look at all of it", &format!("{open:.2} s"), None);
    let part = format!("store: {} answers for {TOUCHED} workers and their accounts", asked.len());
    show(&part, &format!("{:.1} ms", middle(&mut recall)), None);
    show("store: loading all links", &format!("{load:.2} s"), None);
    Ok(())
}

/// What a full cycle notes of a workload.
fn everything(workload: &Workload) -> StateChange {
    let now = workload.input().now;
    let mut change = StateChange::default();
    for (mapping, links) in workload.links.iter() {
        let put =
            |link: &provisio_model::Link| LinkChange::Put { mapping: mapping.clone(), link: link.clone() };
        change.links.extend(links.iter().map(put));
    }
    for record in workload.source[0].records().iter() {
        let object_type = record.layout().object_type().clone();
        let known = KnownSource {
            digest: Fingerprint::of(record.id_str()),
            footprint: workload.spec.footprint(record, now),
        };
        change.sources.push((SourceKey { object_type, id: record.id() }, Some(known)));
    }
    for record in workload.target[0].records().iter() {
        let object_type = record.layout().object_type().clone();
        change.targets.push((TargetKey { object_type, id: record.id() }, Some(known_target(record))));
    }
    change
}

/// A target object as it is remembered: its values, and the one that it is matched by.
fn known_target(record: Record<'_, TargetSide>) -> KnownTarget {
    let mut body = Vec::new();
    let mut values = Vec::new();
    for (slot, attribute) in record.layout().attributes() {
        let Some(value) = record.single(slot) else { continue };
        let text = value.to_string();
        body.extend_from_slice(text.as_bytes());
        body.push(b'\n');
        if attribute.name.is("externalId") {
            values.push(KnownValue { attribute: attribute.name.clone(), key: Text::new(&text) });
        }
    }
    KnownTarget { digest: Fingerprint::of(&body), body, values }
}

/// What a cycle of a few changes asks for: workers with their links, and their accounts.
fn asked(everything: &StateChange) -> Vec<Recall> {
    let step = (everything.sources.len() / TOUCHED).max(1);
    let mappings = vec![Text::new(WORKERS)];
    let sources = everything.sources.iter().step_by(step).take(TOUCHED);
    let sources = sources.map(|it| Recall::Source { key: it.0.clone(), mappings: mappings.clone() });
    let targets = everything.targets.iter().step_by(step).take(TOUCHED);
    sources.chain(targets.map(|it| Recall::Target(it.0.clone()))).collect()
}
