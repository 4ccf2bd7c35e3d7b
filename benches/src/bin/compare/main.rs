//! Plans one workload with provisio and with what one would otherwise pick, one after the other and again, each in a
//! process of its own; checks that all plans are the same, byte for byte; and shows how they compare.
//!
//! ```sh
//! cargo run --release -p provisio-benches --bin compare -- --workers 1000000 --pairs 5
//! cargo run --release -p provisio-benches --bin compare -- --quick
//! cargo run --release -p provisio-benches --bin compare -- parts --workers 1000000
//! ```

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a program that measures time and says what it measured"
)]

mod arguments;
mod bar;
mod contender;
mod measure;
mod parts;
mod python;
mod report;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use provisio_benches::files;
use provisio_benches::organisation::Organisation;

use arguments::{Arguments, Command};
use contender::{Contender, Run};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let done = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Command::Compare(arguments)) => compare(&arguments),
        Ok(Command::Parts(arguments)) => parts(&arguments),
        Ok(Command::Measure(measure)) => measure.run().map(|()| ExitCode::SUCCESS),
        Ok(Command::Help) => {
            println!("{}", arguments::HELP);
            Ok(ExitCode::SUCCESS)
        }
        Err(message) => {
            eprintln!("compare: {message}\n\n{}", arguments::HELP);
            return ExitCode::from(64);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("compare: {error}");
        ExitCode::FAILURE
    })
}

fn parts(arguments: &Arguments) -> Result<ExitCode> {
    let folder = prepare(arguments)?;
    parts::run(arguments, &folder)?;
    Ok(ExitCode::SUCCESS)
}

fn compare(arguments: &Arguments) -> Result<ExitCode> {
    let folder = prepare(arguments)?;
    let mut contenders =
        vec![Contender::Ceiling(1), Contender::Ours(1), Contender::Ours(2), Contender::Ceiling(2)];
    let python = if arguments.python.is_empty() {
        None
    } else {
        let python = python::prepare(&arguments.folder, &arguments.python)?;
        contenders.extend(arguments.python.iter().map(|it| Contender::Python(*it)));
        Some(python)
    };
    let mut pairs: Vec<Vec<Run>> = Vec::new();
    for pair in 0..arguments.pairs {
        let mut runs = Vec::new();
        for contender in &contenders {
            let run = contender.run(arguments, &folder, python.as_deref())?;
            let (name, megabytes) = (contender.name(), run.megabytes());
            let Run { seconds, cpu, .. } = run;
            eprintln!(
                "pair {}: {name}: {seconds:.3} s, {cpu:.2} s of processors, {megabytes:.0} MB",
                pair + 1
            );
            runs.push(run);
        }
        if pair == 0 {
            same_plans(&folder, &contenders)?;
        }
        pairs.push(runs);
    }
    let report = report::Report::new(arguments, &contenders, &pairs);
    println!("{report}");
    if arguments.is_quick && report.has_regressed() {
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the workload, if it is not there, and returns its folder.
fn prepare(arguments: &Arguments) -> Result<PathBuf> {
    let folder = arguments.folder.join(format!("w{}-{}", arguments.workers, arguments.seed));
    let is_there = folder.join("complete");
    if is_there.exists() {
        return Ok(folder);
    }
    eprintln!("writing W({}) to {}", arguments.workers, folder.display());
    files::write(&Organisation::new(arguments.workers, arguments.seed), &folder)?;
    fs::write(is_there, "")?;
    Ok(folder)
}

/// Compares all plans with that of the first contender.
fn same_plans(folder: &Path, contenders: &[Contender]) -> Result<()> {
    let read = |it: &Contender| fs::read(it.plan_file(folder));
    let wanted = read(&contenders[0])?;
    for contender in &contenders[1..] {
        let found = read(contender)?;
        if found != wanted {
            let lines = found.split(|it| *it == b'\n').zip(wanted.split(|it| *it == b'\n'));
            let (found, wanted) = lines.clone().find(|(left, right)| left != right).unwrap_or_default();
            return Err(format!(
                "{} has another plan than {}:\n  {}\n  {}",
                contender.name(),
                contenders[0].name(),
                String::from_utf8_lossy(found),
                String::from_utf8_lossy(wanted)
            )
            .into());
        }
    }
    eprintln!("all plans are the same {} bytes", wanted.len());
    Ok(())
}
