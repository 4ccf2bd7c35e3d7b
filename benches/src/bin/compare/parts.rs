//! What is around the plan: reading a file, carrying a plan out, keeping what must not be forgotten.

mod execution;
mod file;
mod store;

use std::path::Path;

use crate::Result;
use crate::arguments::Arguments;
use crate::bar::{self, Bar};
use crate::contender::median;
use crate::measure::processors;

/// Measures all of them and shows them as Markdown.
pub(crate) fn run(arguments: &Arguments, folder: &Path) -> Result<()> {
    let Arguments { workers, pairs, .. } = arguments;
    println!("W({workers}): medians of {pairs}, in time of processors.\n");
    println!("| part | measured | bar | met |");
    println!("|---|---|---|---|");
    file::measure(*pairs, folder)?;
    execution::measure(arguments)?;
    store::measure(arguments)
}

/// Shows one line of the table: what was measured in words, and the number that was promised something of.
fn show(part: &str, measured: &str, promised: Option<(Bar, f64)>) {
    let (wanted, met) = promised.map_or_else(Default::default, |(bar, found)| bar::cells(Some(bar), found));
    println!("| {part} | {measured} | {wanted} | {met} |");
}

/// Does something and says how many seconds of processors that took: others who work on the machine count less so.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
    let before = processors()?;
    let done = work()?;
    Ok((processors()? - before, done))
}

fn middle(numbers: &mut [f64]) -> f64 {
    median(numbers).unwrap_or(f64::NAN)
}
