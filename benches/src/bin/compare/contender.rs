//! Who takes part, and one run of each.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::arguments::Arguments;
use crate::measure::Who;
use crate::python::Library;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contender {
    /// Provisio, with so many threads.
    Ours(usize),
    /// Hand-written Rust, with so many threads.
    Ceiling(usize),
    Python(Library),
}

/// What one run took.
pub(crate) struct Run {
    /// For the plan: the median of the rounds.
    pub(crate) seconds: f64,
    /// The best round.
    pub(crate) best: f64,
    /// Of processors, for one plan.
    pub(crate) cpu: f64,
    peak_kib: u64,
    /// Of ours: the peak beyond the bytes of the values, in bytes for each object.
    pub(crate) beyond: Option<f64>,
    /// Of ours: the same of the snapshots alone.
    pub(crate) snapshots_beyond: Option<f64>,
}

impl Run {
    pub(crate) fn megabytes(&self) -> f64 {
        self.peak_kib as f64 * 1024.0 / 1e6
    }
}

impl Contender {
    pub(crate) fn name(self) -> String {
        let threads = |count: usize| if count == 1 { "1 thread" } else { "2 threads" };
        match self {
            Self::Ours(count) => format!("provisio, {}", threads(count)),
            Self::Ceiling(count) => format!("ceiling, {}", threads(count)),
            Self::Python(library) => library.title().to_owned(),
        }
    }

    pub(crate) fn plan_file(self, folder: &Path) -> PathBuf {
        let name = match self {
            Self::Ours(count) => format!("plan-ours-{count}.txt"),
            Self::Ceiling(count) => format!("plan-ceiling-{count}.txt"),
            Self::Python(library) => format!("plan-{}.txt", library.name()),
        };
        folder.join(name)
    }

    pub(crate) fn run(self, arguments: &Arguments, folder: &Path, python: Option<&Path>) -> Result<Run> {
        let plan = self.plan_file(folder);
        let in_rust = |who: Who, threads: usize| -> Result<Command> {
            let mut command = Command::new(std::env::current_exe()?);
            let numbers = [threads, arguments.rounds].map(|it| it.to_string());
            command.args(["measure", who.name()]).arg(folder).args(numbers).arg(&plan);
            Ok(command)
        };
        let mut command = match self {
            Self::Ours(threads) => in_rust(Who::Ours, threads)?,
            Self::Ceiling(threads) => in_rust(Who::Ceiling, threads)?,
            Self::Python(library) => {
                let mut command = Command::new(python.ok_or("there is no Python")?);
                let rounds = library.rounds(arguments.rounds).to_string();
                // Without files beside the scripts.
                command.arg("-B").arg(library.script()).arg(folder).arg(rounds).arg(&plan);
                command
            }
        };
        let output = command.stderr(std::process::Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err(format!("{} failed: {}", self.name(), output.status).into());
        }
        let said: Value = serde_json::from_slice(&output.stdout)?;
        let mut seconds: Vec<f64> = serde_json::from_value(said["seconds"].clone())?;
        Ok(Run {
            best: seconds.iter().copied().reduce(f64::min).ok_or("no rounds")?,
            seconds: median(&mut seconds).ok_or("no rounds")?,
            cpu: said["cpu"].as_f64().ok_or("no time of processors")?,
            peak_kib: said["peak_kib"].as_u64().ok_or("no peak")?,
            beyond: said["beyond"].as_f64(),
            snapshots_beyond: said["snapshots_beyond"].as_f64(),
        })
    }
}

/// Returns the number in the middle, or between the two in the middle.
pub(crate) fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_unstable_by(f64::total_cmp);
    let (upper, lower) = (numbers.get(numbers.len() / 2)?, numbers.get(numbers.len().checked_sub(1)? / 2)?);
    Some(f64::midpoint(*lower, *upper))
}
