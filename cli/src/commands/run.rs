//! `run`: reads, plans, carries out; once, or again and again.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use provisio::connector::{CancelToken, Clock as _};
use provisio::control::Quarantine;
use provisio::model::Timestamp;
use provisio::{Cycle, RunError, TokioClock};

use super::control::paused_text;
use super::{Session, show};
use crate::arguments::RunArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::{self, Report};
use crate::interrupt;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render;
use crate::request::Watcher;

/// The parts of the interval by which a cycle begins later than the last one did at most, so that many jobs that were
/// started at once do not stay together.
const PARTS_OF_JITTER: u32 = 10;
/// How often something is looked for while nothing is done.
const LOOK: Duration = Duration::from_millis(250);
/// How often the state of a paused job is read although its file seems not to have changed.
const LOOK_ANYWAY: Duration = Duration::from_secs(10 * 60);
/// How often the state of a paused job is read in a database.
const LOOK_DATABASE: Duration = Duration::from_secs(5);
/// How long a cycle waits for the state before that is told: other commands have it open for a moment.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn execute(arguments: &RunArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let interval =
        arguments.interval.map_or(file.cycle.interval, |minutes| Duration::from_secs(minutes * 60));
    let stop = CancelToken::default();
    interrupt::listen(stop.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| Trouble::of(Exit::Other, &error))?;
    let runner = Runner { file: Arc::new(file), arguments, stop, runtime };
    if arguments.watch {
        return runner.watch(interval, output);
    }
    match runner.turn(output)? {
        Turn::Ran(exit) => Ok(exit),
        Turn::Paused(why) => Err(runner.paused(&why)),
        Turn::Quarantined(quarantine) => Err(quarantined(&quarantine)),
    }
}

/// Runs a job. The state is open only while a cycle is under way, so that other commands reach it between cycles.
struct Runner<'a> {
    file: Arc<JobFile>,
    arguments: &'a RunArguments,
    /// Cancelled by Ctrl-C.
    stop: CancelToken,
    runtime: tokio::runtime::Runtime,
}

/// What came of a cycle.
enum Turn {
    /// It was carried out, as far as it could be, and shown.
    Ran(Exit),
    /// It did not begin, or was stopped, because the job is paused; in words.
    Paused(String),
    /// It did not begin, because the job is in quarantine.
    Quarantined(Box<Quarantine>),
}

impl Runner<'_> {
    /// Runs a cycle and shows what came of it.
    fn turn(&self, output: &mut Output) -> Result<Turn, Trouble> {
        let cancel = CancelToken::default();
        let session = Session::open_as(Arc::clone(&self.file), Access::Write, cancel.clone(), |job| {
            let job = job.with_initiator(crate::monitoring::initiator());
            let job = if self.arguments.full { job.reading_everything() } else { job };
            // Whoever runs a job by hand wants it to be tried now.
            if self.arguments.watch { job } else { job.trying_at_once() }
        })?;
        // One that came when no cycle was under way any more.
        if let Some(paused) = self.heed_request(&session)? {
            session.finish(Ok(()))?;
            return Ok(Turn::Paused(paused));
        }
        let watcher = Watcher::start(self.file.request(), cancel, self.stop.clone());
        let result = self.cycle(&session, output);
        drop(watcher);
        let result = session.finish(result);
        match self.heed_request(&session)? {
            // What failed otherwise has to be told.
            Some(paused) if !matches!(&result, Err(it) if it.exit() != Exit::Interrupted) => {
                Ok(Turn::Paused(paused))
            }
            _ => result,
        }
    }

    /// Pauses the job if somebody asked this process to; returns how it is paused, in words.
    fn heed_request(&self, session: &Session) -> Result<Option<String>, Trouble> {
        let file = self.file.request();
        let Some(request) = file.read()? else { return Ok(None) };
        let pause = session.opened.job.pause(&session.context, &request.by, &request.why);
        let control = session.wait(pause)?;
        file.remove()?;
        Ok(control.paused.as_ref().map(paused_text))
    }

    fn cycle(&self, session: &Session, output: &mut Output) -> Result<Turn, Trouble> {
        let mut seen: Option<(Report, bool)> = None;
        let released = self.arguments.limits.released();
        let run = session.opened.job.run_showing(&session.context, released, |prepared| {
            session.show_warnings(&prepared.warnings);
            seen = Some((session.report_of("run", prepared), prepared.is_first));
        });
        let ended = session.runtime.block_on(run);
        session.progress.clear();
        let Cycle { planned, summary, .. } = match ended {
            Ok(cycle) => cycle,
            Err(RunError::Paused { paused, .. }) => return Ok(Turn::Paused(paused_text(&paused))),
            Err(RunError::Quarantined { quarantine, .. }) => return Ok(Turn::Quarantined(quarantine)),
            Err(error) => return Err(session.trouble(error)),
        };
        let (mut report, is_first) =
            seen.ok_or_else(|| Trouble::new(Exit::Other, "the run showed no plan"))?;
        if !planned.plan.is_empty() {
            report.applied = Some(facts::applied(&planned.plan, &summary));
        }
        let mut exit = report.conclude(session.is_interrupted(), false);
        if exit == Exit::Interrupted && !self.stop.is_cancelled() {
            exit = report.end_with(Exit::Paused);
        }
        let shown = self.arguments.shown;
        show(&report, session, shown, output);
        if is_first && !shown.json && !self.arguments.watch && exit != Exit::Paused {
            render::report::show_next_steps(&self.arguments.job.job, &planned.plan, output);
        }
        Ok(Turn::Ran(exit))
    }

    /// Runs again and again, until somebody asks to stop. A run that fails is told, and followed by the next one.
    fn watch(&self, interval: Duration, output: &mut Output) -> Result<Exit, Trouble> {
        let mut told: Option<String> = None;
        let mut busy_since: Option<Timestamp> = None;
        while !self.stop.is_cancelled() {
            let began = TokioClock.now();
            let turn = self.turn(output);
            if !matches!(&turn, Err(it) if it.is_in_use()) {
                busy_since = None;
            }
            match turn {
                Ok(Turn::Ran(_)) => told = None,
                Ok(Turn::Paused(why)) => {
                    let message = format!("The job is {why}. It goes on when it is resumed.");
                    self.tell(message, &mut told, output);
                    self.wait(None);
                    continue;
                }
                Ok(Turn::Quarantined(quarantine)) => {
                    self.tell(quarantine_text(&quarantine), &mut told, output);
                    self.wait(Some(quarantine.next));
                    continue;
                }
                Err(trouble) if self.stop.is_cancelled() => return Err(trouble),
                // A mapping or a job that is wrong stays wrong.
                Err(trouble) if trouble.exit() == Exit::Configuration => return Err(trouble),
                Err(trouble) if trouble.is_in_use() => {
                    let since = *busy_since.get_or_insert(began);
                    if began >= since.plus(PATIENCE) {
                        let message = "Another command has the state open; the cycle waits for it.";
                        self.tell(message.to_owned(), &mut told, output);
                    }
                    self.sleep_until(began.plus(LOOK * 2));
                    continue;
                }
                Err(trouble) => render::trouble::show(&trouble, &mut Output::stderr()),
            }
            if self.stop.is_cancelled() {
                break;
            }
            let next = TokioClock.now().plus(interval).plus(jitter(interval, began));
            if !self.arguments.shown.json {
                let next = render::instant(next);
                output.line(format_args!("The next cycle begins at {next}. Ctrl-C ends this."));
                output.gap();
            }
            output.finish();
            self.sleep_until(next);
        }
        Ok(Exit::Interrupted)
    }

    /// Tells why no cycle begins, once.
    fn tell(&self, message: String, told: &mut Option<String>, output: &mut Output) {
        if told.as_ref() == Some(&message) {
            return;
        }
        if self.arguments.shown.json {
            Output::stderr().line(&message);
        } else {
            output.line(&message);
            output.gap();
            output.finish();
        }
        *told = Some(message);
    }

    /// Waits until an instant, until somebody asks to stop, or until somebody changes the state: it may be resumed.
    fn wait(&self, until: Option<Timestamp>) {
        let before = self.state_changed();
        // A database does not tell.
        let most = if before.is_some() { LOOK_ANYWAY } else { LOOK_DATABASE };
        let soon = TokioClock.now().plus(most);
        let until = until.map_or(soon, |it| it.min(soon));
        while !self.stop.is_cancelled() && TokioClock.now() < until && self.state_changed() == before {
            self.pass(LOOK);
        }
    }

    fn sleep_until(&self, instant: Timestamp) {
        while !self.stop.is_cancelled() && TokioClock.now() < instant {
            self.pass(LOOK.min(instant.since(TokioClock.now())));
        }
    }

    fn pass(&self, time: Duration) {
        self.runtime.block_on(TokioClock.sleep_until(TokioClock.now().plus(time)));
    }

    fn state_changed(&self) -> Option<(SystemTime, u64)> {
        let metadata = fs::metadata(self.file.state_file()?).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    }

    fn paused(&self, why: &str) -> Trouble {
        let job = self.arguments.job.job.display();
        Trouble::new(Exit::Paused, format!("the job is {why}"))
            .with_help(format!("to let it go on: {} resume {job}", render::program()))
    }
}

fn quarantined(quarantine: &Quarantine) -> Trouble {
    Trouble::new(Exit::Paused, quarantine_text(quarantine))
}

fn quarantine_text(quarantine: &Quarantine) -> String {
    let Quarantine { since, next, why, .. } = quarantine;
    let (since, next) = (render::instant(*since), render::instant(*next));
    format!("The job is in quarantine since {since} and is tried again at {next}: {why}")
}

/// Up to a tenth of the interval, from the fraction of the second at which the last cycle began.
fn jitter(interval: Duration, began: Timestamp) -> Duration {
    (interval / PARTS_OF_JITTER).mul_f64(f64::from(began.nanosecond()) / 1e9)
}
