//! `pause`, `resume`, `restart`: what stands in the way of a job, and what it lets go of.

use std::sync::Arc;
use std::time::Duration;

use provisio::connector::{CancelToken, Clock as _};
use provisio::control::{Control, Paused, RestartCriterion};
use provisio::monitor::Alert;
use provisio::store::JobId;
use provisio::{Event, NoObserver, TokioClock};
use serde::Serialize;

use crate::arguments::{FactsArguments, PauseArguments, RestartArguments};
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, OpenState};
use crate::monitoring::{self, Monitoring, initiator_name};
use crate::output::Output;
use crate::render::{self, instant, program};
use crate::request::PauseRequest;

/// How long a command waits for a run to stop.
const WAITS: Duration = Duration::from_secs(60);
/// How long a command waits for the state, which a run that is watched opens now and then.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

pub(super) fn pause(arguments: &PauseArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let moment = Pause::new()?;
    let by = initiator_name(&monitoring::initiator());
    let request = file.request();
    let mut asked = false;
    let ends = TokioClock.now().plus(WAITS);
    let paused = loop {
        match OpenState::open(&file, Access::Write) {
            Ok(open) => {
                let id = JobId::new(&file.name);
                let pause = open.controls(&id).pause(TokioClock.now(), &by, &arguments.why);
                let control = open.wait(pause)?;
                request.remove()?;
                break control.paused;
            }
            Err(trouble) if !trouble.is_in_use() => return Err(trouble),
            Err(_) if !asked => {
                request.write(&PauseRequest::new(by.clone(), arguments.why.clone()))?;
                asked = true;
            }
            // The run that heeded it may still be there, at the end of its cycle; the state says more when it is free.
            Err(_) if TokioClock.now() >= ends => break None,
            Err(_) => moment.wait(),
        }
    };
    let facts = Facts { is_asked: paused.is_none(), ..Facts::of("pause", &file.name, paused.as_ref()) };
    if arguments.json {
        output.json(&facts);
        return Ok(Exit::Done);
    }
    match &paused {
        Some(paused) => output.line(format_args!("{} is {}.", file.name, paused_text(paused))),
        None => {
            output
                .line(format_args!("{} is asked to pause; a run is finishing what is under way.", file.name));
        }
    }
    let job = arguments.job.job.display();
    output.line(format_args!("To let it go on: {} resume {job}", program()));
    Ok(Exit::Done)
}

pub(super) fn resume(arguments: &FactsArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    // A request that no run has heeded yet is void.
    let was_asked = file.request().remove()?;
    let open = open(&file)?;
    let id = JobId::new(&file.name);
    let was = open.wait(open.controls(&id).resume())?;
    if was.quarantine.is_some() {
        tell_left_quarantine(&file);
    }
    if arguments.json {
        output.json(&Facts {
            quarantined_since: was.quarantine.as_ref().map(|it| it.since.to_string()),
            ..Facts::of("resume", &file.name, was.paused.as_ref())
        });
        return Ok(Exit::Done);
    }
    show_resumed(&file.name, &was, was_asked, output);
    Ok(Exit::Done)
}

/// Tells whoever the job file names. The job is resumed, whether they can be reached or not.
fn tell_left_quarantine(file: &JobFile) {
    let told = Monitoring::of(file, Arc::new(NoObserver), &CancelToken::default()).and_then(|monitoring| {
        let event = Event::Alert { alert: &Alert::QuarantineLeft, at: TokioClock.now() };
        monitoring.observer().event(&event);
        monitoring.finish()
    });
    if let Err(trouble) = told {
        render::trouble::show(&trouble, &mut Output::stderr());
    }
}

fn show_resumed(job: &str, was: &Control, was_asked: bool, output: &mut Output) {
    match (&was.paused, &was.quarantine) {
        (None, None) if was_asked => output.line(format_args!("{job} is not asked to pause any more.")),
        (None, None) => output.line(format_args!("{job} is neither paused nor in quarantine.")),
        (paused, quarantine) => {
            if let Some(paused) = paused {
                output.line(format_args!("{job} goes on; it was {}.", paused_text(paused)));
            }
            if let Some(quarantine) = quarantine {
                let since = instant(quarantine.since);
                output.line(format_args!("{job} is out of quarantine, where it was since {since}."));
            }
        }
    }
}

pub(super) fn restart(arguments: &RestartArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let mut criteria = arguments.criteria.clone();
    if criteria.is_empty() {
        criteria.extend(RestartCriterion::USUAL);
    }
    criteria.sort_unstable();
    criteria.dedup();
    let open = open(&file)?;
    let id = JobId::new(&file.name);
    let controls = open.controls(&id);
    open.wait(controls.restart(TokioClock.now(), &criteria))?;
    let paused = open.wait(controls.standing())?.control.paused;
    let names: Vec<&str> = criteria.iter().map(|it| it.name()).collect();
    if arguments.json {
        let facts = Facts::of("restart", &file.name, paused.as_ref());
        output.json(&Facts { criteria: Some(names), ..facts });
        return Ok(Exit::Done);
    }
    output.line(format_args!("{} begins anew: {}. Its links stay.", file.name, names.join(", ")));
    if let Some(paused) = &paused {
        output.line(format_args!("It is still {}.", paused_text(paused)));
    }
    Ok(Exit::Done)
}

/// `paused by ann since 2026-01-31T08:30:00Z: audit`
pub(super) fn paused_text(paused: &Paused) -> String {
    let Paused { since, by, why, .. } = paused;
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("paused by {by} since {}{why}", instant(*since))
}

/// Opens the state; waits a little while somebody else has it open.
fn open(file: &JobFile) -> Result<OpenState, Trouble> {
    let ends = TokioClock.now().plus(PATIENCE);
    let pause = Pause::new()?;
    loop {
        match OpenState::open(file, Access::Write) {
            Err(trouble) if trouble.is_in_use() && TokioClock.now() < ends => pause.wait(),
            Err(trouble) if trouble.is_in_use() => {
                let help = "a run is under way; pause the job first, or try again when the run has ended";
                return Err(trouble.with_help(help));
            }
            result => return result,
        }
    }
}

/// Lets a moment pass between two looks.
struct Pause(tokio::runtime::Runtime);

impl Pause {
    fn new() -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.map(Self).map_err(|error| Trouble::of(Exit::Other, &error))
    }

    fn wait(&self) {
        self.0.block_on(TokioClock.sleep_until(TokioClock.now().plus(LOOK)));
    }
}

/// The JSON document.
#[derive(Serialize)]
struct Facts<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    /// With `pause`: whether a run is asked and did not stop yet.
    is_asked: bool,
    /// How the job is paused now; with `resume`, how it was.
    paused: Option<PausedFacts<'a>>,
    /// With `resume`: since when it was in quarantine.
    #[serde(skip_serializing_if = "Option::is_none")]
    quarantined_since: Option<String>,
    /// With `restart`: what was let go of.
    #[serde(skip_serializing_if = "Option::is_none")]
    criteria: Option<Vec<&'static str>>,
}

/// How a job is paused.
#[derive(Serialize)]
struct PausedFacts<'a> {
    since: String,
    by: &'a str,
    why: &'a str,
}

impl<'a> Facts<'a> {
    fn of(command: &'static str, job: &'a str, paused: Option<&'a Paused>) -> Self {
        let paused = paused.map(|it| PausedFacts { since: it.since.to_string(), by: &it.by, why: &it.why });
        Self {
            format: FORMAT,
            command,
            job,
            is_asked: false,
            paused,
            quarantined_since: None,
            criteria: None,
        }
    }
}
