//! One contender in Rust, in a process of its own.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use provisio_benches::{Workload, ceiling, contest};
use provisio_planner::{Threads, plan_on};

use crate::Result;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Ours,
    Ceiling,
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Ceiling => "ceiling",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Ours, Self::Ceiling].into_iter().find(|it| it.name() == name)
    }
}

/// How long planning took.
struct Times {
    /// In each round.
    seconds: Vec<f64>,
    /// The seconds of processors in one round, on average.
    cpu: f64,
}

/// Reads a workload, plans it several times, and writes the plan.
pub(crate) struct Measure {
    pub(crate) who: Who,
    pub(crate) folder: PathBuf,
    pub(crate) threads: usize,
    pub(crate) rounds: usize,
    pub(crate) plan: PathBuf,
}

impl Measure {
    pub(crate) fn run(&self) -> Result<()> {
        match self.who {
            Who::Ours => self.ours(),
            Who::Ceiling => self.ceiling(),
        }
    }

    fn ours(&self) -> Result<()> {
        let threads = Threads::most(NonZeroUsize::new(self.threads).ok_or("no threads")?);
        let begun = Instant::now();
        let workload = Workload::read(&self.folder)?;
        let read = begun.elapsed().as_secs_f64();
        let held = memory("VmRSS")?;
        let (times, planned) = self.rounds(|| plan_on(&workload.input(), threads))?;
        let peak = memory("VmHWM")?;
        let mut out = BufWriter::new(File::create(&self.plan)?);
        contest::write_ours(&planned?.plan, &workload.links, &mut out)?;
        out.flush()?;
        let objects = workload.objects();
        let beyond = (peak as f64 * 1024.0 - workload.value_bytes() as f64) / objects as f64;
        let snapshots = (workload.memory_bytes() - workload.value_bytes()) / objects;
        self.say(
            read,
            &times,
            held,
            peak,
            &format!(r#","beyond":{beyond:.0},"snapshots_beyond":{snapshots}"#),
        );
        Ok(())
    }

    fn ceiling(&self) -> Result<()> {
        let begun = Instant::now();
        let sides = ceiling::Sides::read(&self.folder)?;
        let read = begun.elapsed().as_secs_f64();
        let held = memory("VmRSS")?;
        let (times, plan) = self.rounds(|| sides.plan(self.threads))?;
        let peak = memory("VmHWM")?;
        let mut out = BufWriter::new(File::create(&self.plan)?);
        plan?.write(&sides, &mut out)?;
        out.flush()?;
        self.say(read, &times, held, peak, "");
        Ok(())
    }

    /// Plans again and again; the plan before is gone when the next is made.
    fn rounds<T>(&self, mut plan: impl FnMut() -> T) -> Result<(Times, T)> {
        let (mut seconds, mut last) = (Vec::new(), None);
        let before = processors()?;
        for _ in 0..self.rounds {
            drop(last.take());
            let begun = Instant::now();
            let planned = black_box(plan());
            seconds.push(begun.elapsed().as_secs_f64());
            last = Some(planned);
        }
        let cpu = (processors()? - before) / self.rounds as f64;
        Ok((Times { seconds, cpu }, last.ok_or("no rounds")?))
    }

    fn say(&self, read: f64, times: &Times, held: u64, peak: u64, more: &str) {
        let Times { seconds, cpu } = times;
        println!(
            r#"{{"read":{read:.3},"seconds":{seconds:?},"cpu":{cpu:.4},"held_kib":{held},"peak_kib":{peak}{more}}}"#
        );
    }
}

/// Reads how much memory this process has, in KiB.
fn memory(what: &str) -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|it| it.strip_prefix(what)?.strip_prefix(':'));
    let number = line.and_then(|it| it.split_whitespace().next()).ok_or("no word of memory in /proc")?;
    Ok(number.parse()?)
}

/// What Linux counts the time of processors in, for whoever asks.
const TICKS_PER_SECOND: f64 = 100.0;

/// Reads how many seconds this process had a processor.
pub(crate) fn processors() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // After the name of the program, which may hold anything: the state, and eleven numbers later two times.
    let (_, rest) = stat.rsplit_once(") ").ok_or("no word of time in /proc")?;
    let times = rest.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    Ok(times.sum::<std::result::Result<u64, _>>()? as f64 / TICKS_PER_SECOND)
}
