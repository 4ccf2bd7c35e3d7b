//! Plans one workload again and again, for a profiler: `profile N ROUNDS`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for a profiler"
)]

use std::hint::black_box;
use std::time::Instant;

use provisio_benches::Workload;
use provisio_planner::plan;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|it| it.parse::<u64>().expect("a number"));
    let (size, rounds) = (arguments.next().unwrap_or(100_000), arguments.next().unwrap_or(5));
    let workload = Workload::generate(size, 42);
    for _ in 0..rounds {
        let started = Instant::now();
        let planned = black_box(plan(&workload.input()).expect("the workload can be planned"));
        println!("{:?} {}", started.elapsed(), planned.plan.operations.len());
    }
}
