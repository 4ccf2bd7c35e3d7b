//! `run`: reads, plans, carries out; once, or again and again.

use std::time::Duration;

use provisio::connector::Clock as _;
use provisio::model::Timestamp;
use provisio::{Cycle, TokioClock};

use super::{Session, show};
use crate::arguments::RunArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::{self, Report};
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render;

/// The parts of the interval by which a cycle begins later than the last one did at most, so that many jobs that were
/// started at once do not stay together.
const PARTS_OF_JITTER: u32 = 10;

pub(super) fn execute(arguments: &RunArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let interval =
        arguments.interval.map_or(file.cycle.interval, |minutes| Duration::from_secs(minutes * 60));
    let session = Session::open_as(file, Access::Write, |job| {
        let job = job.with_initiator(crate::monitoring::initiator());
        let job = if arguments.full { job.reading_everything() } else { job };
        // Whoever runs a job by hand wants it to be tried now.
        if arguments.watch { job } else { job.trying_at_once() }
    })?;
    let result = if arguments.watch {
        watch(&session, arguments, interval, output)
    } else {
        once(&session, arguments, output)
    };
    session.finish(result)
}

/// Runs once and shows what came of it.
fn once(session: &Session, arguments: &RunArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let mut seen: Option<(Report, bool)> = None;
    let released = arguments.limits.released();
    let run = session.opened.job.run_showing(&session.context, released, |prepared| {
        session.show_warnings(&prepared.warnings);
        seen = Some((session.report_of("run", prepared), prepared.is_first));
    });
    let Cycle { planned, summary, .. } = session.wait(run)?;
    let (mut report, is_first) = seen.ok_or_else(|| Trouble::new(Exit::Other, "the run showed no plan"))?;
    if !planned.plan.is_empty() {
        report.applied = Some(facts::applied(&planned.plan, &summary));
    }
    let exit = report.conclude(session.is_interrupted(), false);
    show(&report, session, arguments.shown, output);
    if is_first && !arguments.shown.json && !arguments.watch {
        render::report::show_next_steps(&arguments.job.job, &planned.plan, output);
    }
    Ok(exit)
}

/// Runs again and again, until somebody asks to stop. A run that fails is told, and followed by the next one.
fn watch(
    session: &Session,
    arguments: &RunArguments,
    interval: Duration,
    output: &mut Output,
) -> Result<Exit, Trouble> {
    loop {
        let began = TokioClock.now();
        match once(session, arguments, output) {
            Ok(_) => {}
            Err(trouble) if session.is_interrupted() => return Err(trouble),
            // A mapping or a job that is wrong stays wrong.
            Err(trouble) if trouble.exit() == Exit::Configuration => return Err(trouble),
            Err(trouble) => render::trouble::show(&trouble, &mut Output::stderr()),
        }
        if session.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        let next = TokioClock.now().plus(interval).plus(jitter(interval, began));
        if !arguments.shown.json {
            output.line(format_args!("The next cycle begins at {}. Ctrl-C ends this.", seconds(next)));
            output.gap();
        }
        output.finish();
        session.sleep_until(next);
        if session.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
    }
}

/// Up to a tenth of the interval, from the fraction of the second at which the last cycle began.
fn jitter(interval: Duration, began: Timestamp) -> Duration {
    (interval / PARTS_OF_JITTER).mul_f64(f64::from(began.nanosecond()) / 1e9)
}

fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.second())
}
