//! What the runs say, as Markdown.

use std::fmt;

use crate::arguments::Arguments;
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

/// Something that was promised.
struct Bar {
    what: &'static str,
    wanted: &'static str,
    found: Option<f64>,
    is_met: fn(f64) -> bool,
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

    fn bars(&self) -> [Bar; 8] {
        use Contender::{Ceiling, Ours, Python};
        let time = |first, second| self.ratio(first, second, Self::seconds);
        let beyond = self.of(Ours(1), |it| it.beyond.unwrap_or(f64::NAN)).into_iter().reduce(f64::max);
        [
            Bar {
                what: "plan, 1 thread, to the ceiling",
                wanted: "at most 3",
                found: time(Ours(1), Ceiling(1)),
                is_met: |it| it <= 3.0,
            },
            Bar {
                what: "plan, 2 threads, to the ceiling",
                wanted: "at most 2.5",
                found: time(Ours(2), Ceiling(2)),
                is_met: |it| it <= 2.5,
            },
            Bar {
                what: "faster than DuckDB, 2 threads",
                wanted: "at least 3",
                found: time(Python(Library::DuckDb), Ours(2)),
                is_met: |it| it >= 3.0,
            },
            Bar {
                what: "faster than Polars, 2 threads",
                wanted: "at least 6",
                found: time(Python(Library::Polars), Ours(2)),
                is_met: |it| it >= 6.0,
            },
            Bar {
                what: "faster than Python dicts, 1 thread",
                wanted: "at least 20",
                found: time(Python(Library::Dicts), Ours(1)),
                is_met: |it| it >= 20.0,
            },
            Bar {
                what: "peak memory, to the ceiling's",
                wanted: "at most 1.4",
                found: self.ratio(Ours(1), Ceiling(1), Run::megabytes),
                is_met: |it| it <= 1.4,
            },
            Bar {
                what: "bytes an object beyond its values, at the peak",
                wanted: "at most 350",
                found: beyond,
                is_met: |it| it <= 350.0,
            },
            Bar {
                what: "the same, of the snapshots alone",
                wanted: "",
                found: self.of(Ours(1), |it| it.snapshots_beyond.unwrap_or(f64::NAN)).first().copied(),
                is_met: |_| true,
            },
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
        for Bar { what, wanted, found, is_met } in self.bars() {
            let Some(found) = found else { continue };
            let met = match (wanted, is_met(found)) {
                ("", _) => "",
                (_, true) => "yes",
                (_, false) => "no",
            };
            writeln!(out, "| {what} | {wanted} | {found:.2} | {met} |")?;
        }
        Ok(())
    }
}
