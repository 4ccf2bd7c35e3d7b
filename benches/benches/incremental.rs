//! How long does it take to plan 1,000 changes against W(N): from the changes, over every question and its answer from
//! hash maps in memory, to the ordered plan?

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench stops at what it does not expect, reads the clock, and says what it measured"
)]

use std::hint::black_box;
use std::time::Instant;

use provisio_benches::Workload;
use provisio_benches::changes::{self, Library, Timed};
use provisio_planner::plan;

/// How often either is planned.
const PAIRS: usize = 7;

fn main() {
    // Cargo tells every bench that it is one.
    let sizes: Vec<u64> =
        std::env::args().skip(1).filter_map(|it| it.replace('_', "").parse().ok()).collect();
    println!(
        "| workers remembered | objects planned | answers | rounds | full plan | plan from changes | to it | answering |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for workers in if sizes.is_empty() { vec![100_000, 1_000_000] } else { sizes } {
        compare(workers);
    }
}

/// Plans everything and the changes alone, in turns, and shows the medians.
fn compare(workers: u64) {
    let workload = Workload::generate(workers, 42);
    let library = Library::new(&workload);
    let (baseline, changes) = (changes::baseline(&workload), changes::changes(&workload));
    let (mut full, mut planning, mut answering, mut ratios) = (vec![], vec![], vec![], vec![]);
    let mut last = None;
    for _ in 0..PAIRS {
        let begun = Instant::now();
        drop(black_box(plan(&workload.input())).expect("the workload can be planned"));
        full.push(begun.elapsed());
        let timed = changes::run(&library, &baseline, changes.clone());
        planning.push(timed.planning);
        answering.push(timed.answering);
        ratios.extend(full.last().map(|it| it.as_secs_f64() / timed.planning.as_secs_f64()));
        last = Some(timed);
    }
    let Some(Timed { planned, counts, rounds, selected, .. }) = last else { return };
    assert!(planned.plan.counts().total() > 0, "it was planned");
    ratios.sort_by(f64::total_cmp);
    let [full, planning, answering] = [full, planning, answering].map(|mut it| {
        it.sort();
        it[PAIRS / 2].as_secs_f64() * 1e3
    });
    let (answers, ratio) = (counts.total(), ratios[PAIRS / 2]);
    println!(
        "| {workers} | {selected} | {answers} | {rounds} | {full:.0} ms | {planning:.1} ms | 1/{ratio:.0} | {answering:.1} ms |"
    );
}
