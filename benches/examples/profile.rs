//! Does one thing again and again, for a profiler: `profile plan N ROUNDS`, `profile changes N ROUNDS`, or
//! `profile read FOLDER ROUNDS` with a folder that `compare` wrote.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for a profiler"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use provisio_benches::{Workload, changes, reading, workload};
use provisio_planner::plan;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |it: &str| it.parse::<u64>().expect("a number");
    match arguments.as_slice() {
        ["plan", size, rounds] => {
            let workload = Workload::generate(number(size), 42);
            again(number(rounds), || {
                let planned = plan(&workload.input()).expect("the workload can be planned");
                black_box(planned).plan.operations.len()
            });
        }
        ["changes", size, rounds] => {
            let workload = Workload::generate(number(size), 42);
            let (library, baseline) = (changes::Library::new(&workload), changes::baseline(&workload));
            let all = changes::changes(&workload);
            again(number(rounds), || {
                let timed = changes::run(&library, &baseline, all.clone());
                println!("{:?}, {:?}", timed.planning, timed.answering);
                black_box(timed.planned).plan.operations.len()
            });
        }
        ["read", folder, rounds] => {
            let connector = reading::connector(Path::new(folder)).expect("the folder is there");
            let spec = workload::compiled();
            again(number(rounds), || {
                black_box(reading::read(&connector, &spec.source_layouts()[0]).import).records().len()
            });
        }
        _ => println!("profile plan N ROUNDS\nprofile changes N ROUNDS\nprofile read FOLDER ROUNDS"),
    }
}

fn again(rounds: u64, mut work: impl FnMut() -> usize) {
    for _ in 0..rounds {
        let started = Instant::now();
        let count = work();
        println!("{:?} {count}", started.elapsed());
    }
}
