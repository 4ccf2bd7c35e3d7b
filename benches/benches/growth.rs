//! Does planning grow in proportion to the number of objects? One run, each size several times, interleaved, so that
//! all sizes see the same machine.
//!
//! ```sh
//! cargo bench -p provisio-benches --bench growth
//! ```
//!
//! `steady` is W(N) with a target that differs a little; `initial` is W(N) with an empty target: everything is
//! created, with its references in order.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench stops at what it does not expect, measures time, and says what it measured"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use provisio_benches::Workload;
use provisio_planner::{ActionKind, plan};

const SIZES: [u64; 4] = [10_000, 100_000, 1_000_000, 5_000_000];
const ROUNDS: usize = 5;
/// How much more one object may cost at the largest size than at the smallest: caches grow colder, sorting has its
/// logarithm; anything quadratic is far beyond.
const GROWTH_MAX: f64 = 4.0;

fn main() {
    // `cargo test --benches` asks for a short run.
    let is_test = std::env::args().any(|it| it == "--test");
    let sizes = if is_test { &SIZES[..1] } else { &SIZES[..] };
    let mut grows = Vec::new();
    for name in ["steady", "initial"] {
        let workloads: Vec<Workload> = sizes.iter().map(|&it| workload(name, it)).collect();
        let mut times: Vec<Vec<Duration>> = vec![Vec::new(); sizes.len()];
        for _ in 0..if is_test { 1 } else { ROUNDS } {
            for (workload, times) in workloads.iter().zip(&mut times) {
                let started = Instant::now();
                let planned = black_box(plan(&workload.input()).expect("the workload can be planned"));
                times.push(started.elapsed());
                drop(planned);
            }
        }
        let per_worker = |(times, size): (&mut Vec<Duration>, &u64)| {
            times.sort_unstable();
            let median = times[times.len() / 2];
            println!(
                "{name:8} {size:>9} workers: {median:>12.3?}, {:>6.0} ns a worker",
                nanoseconds(median, *size)
            );
            nanoseconds(median, *size)
        };
        let costs: Vec<f64> = times.iter_mut().zip(sizes).map(per_worker).collect();
        let growth = costs.last().zip(costs.first()).map_or(1.0, |(last, first)| last / first);
        println!("{name:8} one worker costs {growth:.2} times as much at the largest size");
        grows.push((name, growth));
    }
    for (name, growth) in grows {
        assert!(growth <= GROWTH_MAX, "{name} does not grow in proportion: {growth:.2}");
    }
}

fn workload(name: &str, workers: u64) -> Workload {
    let workload = Workload::generate(workers, 42);
    if name == "steady" {
        return workload;
    }
    let workload = workload.without_target();
    let counts = plan(&workload.input()).expect("the workload can be planned").plan.counts();
    assert!(counts.get(ActionKind::Create) > workers / 2, "{counts}");
    workload
}

fn nanoseconds(time: Duration, workers: u64) -> f64 {
    time.as_secs_f64() * 1e9 / workers as f64
}
