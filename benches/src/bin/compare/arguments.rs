//! What somebody asks for.

use std::path::PathBuf;

use crate::measure::{Measure, Who};
use crate::python::Library;

pub(crate) const HELP: &str = "\
compare [--workers N] [--pairs N] [--rounds N] [--seed N] [--folder PATH] [--without WHAT]...
compare --quick [--pairs N]
compare parts [--workers N] [--pairs N] [--seed N] [--folder PATH]

  --workers N     how many workers (1000000)
  --pairs N       how often each contender runs; medians are shown (5)
  --rounds N      how often each plans in one run; its time is the median (3; Python's dictionaries once)
  --seed N        which organisation (42)
  --folder PATH   where the workload and Python's environment are (target/compare)
  --without WHAT  python, duckdb, polars or dicts; may be given several times
  parts           reading CSV, carrying a plan out, and the store, instead of the plan
  --quick         30,000 workers, ours beside the ceiling alone; fails on a gross regression";

/// What to do.
pub(crate) enum Command {
    Compare(Arguments),
    /// What is around the plan.
    Parts(Arguments),
    /// What this program asks of itself in processes of their own.
    Measure(Measure),
    Help,
}

pub(crate) struct Arguments {
    pub(crate) workers: u64,
    pub(crate) pairs: usize,
    pub(crate) rounds: usize,
    pub(crate) seed: u64,
    pub(crate) folder: PathBuf,
    pub(crate) python: Vec<Library>,
    pub(crate) is_quick: bool,
}

impl Arguments {
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Result<Command, String> {
        let mut arguments = Self {
            workers: 1_000_000,
            pairs: 5,
            rounds: 3,
            seed: 42,
            folder: PathBuf::from("target/compare"),
            python: Library::ALL.to_vec(),
            is_quick: false,
        };
        let mut is_parts = false;
        while let Some(name) = given.next() {
            let mut value = || given.next().ok_or(format!("`{name}` needs a value"));
            match name.as_str() {
                "--workers" => arguments.workers = number(&value()?)?,
                "--pairs" => arguments.pairs = number(&value()?)?.max(1) as usize,
                "--rounds" => arguments.rounds = number(&value()?)?.max(1) as usize,
                "--seed" => arguments.seed = number(&value()?)?,
                "--folder" => arguments.folder = PathBuf::from(value()?),
                "--without" => {
                    let without = value()?;
                    let is_known = without == "python" || Library::ALL.iter().any(|it| it.name() == without);
                    if !is_known {
                        return Err(format!("`{without}` is no contender that can be left out"));
                    }
                    arguments.python.retain(|it| without != "python" && it.name() != without);
                }
                "--quick" => {
                    arguments.is_quick = true;
                    arguments.workers = 30_000;
                    arguments.rounds = 5;
                    arguments.python.clear();
                }
                "parts" => is_parts = true,
                "measure" => return measure(&value()?, given),
                "--help" | "-h" => return Ok(Command::Help),
                _ => return Err(format!("unknown argument `{name}`")),
            }
        }
        Ok(if is_parts { Command::Parts(arguments) } else { Command::Compare(arguments) })
    }
}

/// `measure WHO FOLDER THREADS ROUNDS PLAN`.
fn measure(who: &str, mut given: impl Iterator<Item = String>) -> Result<Command, String> {
    let mut next = |what: &str| given.next().ok_or(format!("`measure` needs {what}"));
    let who = Who::parse(who).ok_or_else(|| format!("nobody is called `{who}`"))?;
    let folder = PathBuf::from(next("a folder")?);
    let threads = number(&next("a number of threads")?)? as usize;
    let rounds = number(&next("a number of rounds")?)? as usize;
    let plan = PathBuf::from(next("a file for the plan")?);
    Ok(Command::Measure(Measure { who, folder, threads, rounds, plan }))
}

fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("`{text}` is no number"))
}
