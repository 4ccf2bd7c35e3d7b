//! Reads the workers of a workload again and again, for a profiler: `read FOLDER ROUNDS`, with a folder that `compare` wrote.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for a profiler"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use provisio_benches::{reading, workload};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let rounds: usize = arguments.next().map_or(5, |it| it.parse().expect("a number"));
    let connector = reading::connector(Path::new(&folder)).expect("the folder is there");
    let spec = workload::compiled();
    for _ in 0..rounds {
        let started = Instant::now();
        let read = reading::read(&connector, &spec.source_layouts()[0]);
        println!("{:?} {}", started.elapsed(), black_box(read.import).records().len());
    }
}
