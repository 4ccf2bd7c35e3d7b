//! What the runs say, as Markdown.

use std::fmt;

use crate::arguments::Arguments;
use crate::bar::{self, Bar};
use crate::contender::{Contender, Run, median};
use crate::python::Library;

/// How much slower than the ceiling ours may be in the quick form. It is about 10.
const GROSS: f64 = 25.0;

pub(crate) struct Report<'a> {
    arguments: &'a Arguments,
    contenders: &'a [Contender],
    /// By pair, each in the order of the contenders.
    pairs: &'a [Vec<Run>],
}

impl<'a> Report<'a> {
    pub(crate) fn new(arguments: &'a Arguments, contenders: &'a [Contender], pairs: &'a [Vec<Run>]) -> Self {
        Self { arguments, contenders, pairs }
    }

    /// Tells whether ours is far slower than it should be. The best round of each counts: what disturbs a run only
    /// makes it slower.
    pub(crate) fn has_regressed(&self) -> bool {
        let best = |contender: Contender| self.of(contender, |it| it.best).into_iter().reduce(f64::min);
        match (best(Contender::Ours(1)), best(Contender::Ceiling(1))) {
            (Some(ours), Some(ceiling)) => ours > ceiling * GROSS,
            _ => true,
        }
    }

    /// Something of a contender in each pair.
    fn of(&self, contender: Contender, what: impl Fn(&Run) -> f64) -> Vec<f64> {
        match self.contenders.iter().position(|it| *it == contender) {
            Some(at) => self.pairs.iter().map(|it| what(&it[at])).collect(),
            None => Vec::new(),
        }
    }

    /// The median over the pairs of the ratio of two contenders.
    fn ratio(&self, first: Contender, second: Contender, what: fn(&Run) -> f64) -> Option<f64> {
        let (first, second) = (self.of(first, what), self.of(second, what));
        let mut ratios: Vec<f64> = first.iter().zip(&second).map(|(first, second)| first / second).collect();
        median(&mut ratios)
    }

    fn seconds(run: &Run) -> f64 {
        run.seconds
    }

    /// What was measured, what of that was promised, and what came of it where the contenders ran.
    fn bars(&self) -> [(&'static str, Option<Bar>, Option<f64>); 8] {
        use Bar::{AtLeast, AtMost};
        use Contender::{Ceiling, Ours, Python};
        use Library::{Dicts, DuckDb, Polars};
        let time = |first, second| self.ratio(first, second, Self::seconds);
        let memory = self.ratio(Ours(1), Ceiling(1), Run::megabytes);
        let beyond = self.of(Ours(1), |it| it.beyond.unwrap_or(f64::NAN)).into_iter().reduce(f64::max);
        let of_snapshots = self.of(Ours(1), |it| it.snapshots_beyond.unwrap_or(f64::NAN)).first().copied();
        [
            ("plan, 1 thread, to the ceiling", Some(AtMost(3.0)), time(Ours(1), Ceiling(1))),
            ("plan, 2 threads, to the ceiling", Some(AtMost(2.5)), time(Ours(2), Ceiling(2))),
            ("faster than DuckDB, 2 threads", Some(AtLeast(3.0)), time(Python(DuckDb), Ours(2))),
            ("faster than Polars, 2 threads", Some(AtLeast(6.0)), time(Python(Polars), Ours(2))),
            ("faster than Python dicts, 1 thread", Some(AtLeast(20.0)), time(Python(Dicts), Ours(1))),
            ("peak memory, to the ceiling's", Some(AtMost(1.4)), memory),
            ("bytes an object beyond its values, at the peak", Some(AtMost(350.0)), beyond),
            ("the same, of the snapshots alone", None, of_snapshots),
        ]
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arguments { workers, pairs, rounds, .. } = self.arguments;
        writeln!(
            out,
            "W({workers}): medians of {pairs} pairs of {rounds} rounds; all plans are the same.\n"
        )?;
        writeln!(
            out,
            "| | time | to the ceiling | of processors | to the ceiling | peak memory | to the ceiling |"
        )?;
        writeln!(out, "|---|---|---|---|---|---|---|")?;
        for &contender in self.contenders {
            let ceiling = match contender {
                Contender::Ceiling(_) => Contender::Ceiling(1),
                Contender::Ours(threads) => Contender::Ceiling(threads),
                Contender::Python(Library::Dicts) => Contender::Ceiling(1),
                Contender::Python(_) => Contender::Ceiling(2),
            };
            let seconds = median(&mut self.of(contender, Self::seconds)).unwrap_or(f64::NAN);
            let cpu = median(&mut self.of(contender, |it| it.cpu)).unwrap_or(f64::NAN);
            let cpu_ratio = self.ratio(contender, ceiling, |it| it.cpu).unwrap_or(f64::NAN);
            let megabytes = median(&mut self.of(contender, Run::megabytes)).unwrap_or(f64::NAN);
            let time = self.ratio(contender, ceiling, Self::seconds).unwrap_or(f64::NAN);
            let memory = self.ratio(contender, ceiling, Run::megabytes).unwrap_or(f64::NAN);
            let name = contender.name();
            let cells = format!("{cpu:.2} s | {cpu_ratio:.2} | {megabytes:.0} MB | {memory:.2}");
            writeln!(out, "| {name} | {seconds:.3} s | {time:.2} | {cells} |")?;
        }
        writeln!(
            out,
            "\nThe ratio is to the ceiling with as many threads; that of the ceiling itself to one thread.\n"
        )?;
        writeln!(out, "| bar | wanted | measured | met |")?;
        writeln!(out, "|---|---|---|---|")?;
        for (what, bar, found) in self.bars() {
            let Some(found) = found else { continue };
            let (wanted, met) = bar::cells(bar, found);
            writeln!(out, "| {what} | {wanted} | {found:.2} | {met} |")?;
        }
        Ok(())
    }
}
