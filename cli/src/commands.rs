//! Does what is asked, each command in a module of its own.

mod apply;
mod check;
mod compare;
mod control;
mod explain;
mod links;
mod log;
mod plan;
mod provision;
mod release;
mod rollback;
mod run;
mod status;
mod verify;

pub(crate) use log::Document as LogDocument;

use std::future::Future;
use std::sync::Arc;

use provisio::connector::{CancelToken, Context};
use provisio::model::Diagnostic;
use provisio::{Job, OpenCycle, Plan, Planned, Prepared, RunError, View};

use crate::arguments::{Arguments, Command, ShownArguments};
use crate::eval::{self, EvalArguments, Verdict};
use crate::exit::{Exit, Trouble};
use crate::facts::{self, Report};
use crate::interrupt;
use crate::job::{self, Access, JobFile, Opened};
use crate::monitoring::{self, Monitoring};
use crate::output::Output;
use crate::render;
use crate::render::progress::Progress;

/// Does what is asked.
pub(crate) fn execute(arguments: &Arguments, output: &mut Output) -> Result<Exit, Trouble> {
    match &arguments.command {
        Command::Run(arguments) => run::execute(arguments, output),
        Command::Plan(arguments) => plan::execute(arguments, output),
        Command::Apply(arguments) => apply::execute(arguments, output),
        Command::Explain(arguments) => explain::execute(arguments, output),
        Command::Provision(arguments) => provision::execute(arguments, output),
        Command::Check(arguments) => check::execute(arguments, output),
        Command::Eval(arguments) => evaluate(arguments, output),
        Command::Status(arguments) => status::execute(arguments, output),
        Command::Pause(arguments) => control::pause(arguments, output),
        Command::Resume(arguments) => control::resume(arguments, output),
        Command::Restart(arguments) => control::restart(arguments, output),
        Command::Links(command) => links::execute(command, output),
        Command::Release(arguments) => release::execute(arguments, output),
        Command::Rollback(arguments) => rollback::execute(arguments, output),
        Command::Log(arguments) => log::execute(arguments, output),
    }
}

fn evaluate(arguments: &EvalArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let verdict = eval::run(arguments, output).map_err(|error| Trouble::of(Exit::Configuration, &error))?;
    Ok(match verdict {
        Verdict::Passed => Exit::Done,
        Verdict::Failed => Exit::Other,
    })
}

/// A job at work: open, with a clock, a way to stop it, and somebody who shows how far it is.
struct Session {
    file: Arc<JobFile>,
    opened: Opened,
    context: Context,
    cancel: CancelToken,
    progress: Arc<Progress>,
    monitoring: Monitoring,
    runtime: tokio::runtime::Runtime,
}

impl Session {
    /// Opens a job. From here on, Ctrl-C stops it at the next safe point.
    fn open(file: JobFile, access: Access) -> Result<Self, Trouble> {
        let cancel = CancelToken::default();
        interrupt::listen(cancel.clone());
        Self::open_as(Arc::new(file), access, cancel, |job| job.with_initiator(monitoring::initiator()))
    }

    /// Opens a job with settings of the command; it stops when `cancel` says so.
    fn open_as(
        file: Arc<JobFile>,
        access: Access,
        cancel: CancelToken,
        settle: impl FnOnce(Job) -> Job,
    ) -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime
            .map_err(|error| Trouble::of(Exit::Other, &error).under("the runtime cannot be started"))?;
        let progress = Arc::new(Progress::on_stderr());
        let monitoring = match access {
            Access::Look => Monitoring::none(progress.clone()),
            Access::Write => Monitoring::of(&file, progress.clone(), &cancel)?,
        };
        let Opened { job, source, target } = job::open(&file, access, monitoring.observer(), &runtime)?;
        let opened = Opened { job: settle(job), source, target };
        let context = opened.job.context().with_cancel(cancel.clone());
        Ok(Self { file, opened, context, cancel, progress, monitoring, runtime })
    }

    /// Waits for a part of a run.
    fn wait<T>(&self, part: impl Future<Output = Result<T, RunError>>) -> Result<T, Trouble> {
        let result = self.runtime.block_on(part);
        self.progress.clear();
        result.map_err(|error| self.trouble(error))
    }

    fn trouble(&self, error: RunError) -> Trouble {
        Trouble::of_run(error, &self.file.mapping_path, &self.file.mapping_text)
    }

    /// Begins a cycle, on behalf of whoever uses the command.
    fn begin(&self) -> OpenCycle<'_> {
        self.opened.job.begin(&self.context, &monitoring::initiator())
    }

    /// Waits for those who are told of the run. That it had to stop since they cannot be is what ends the command.
    fn finish<T>(&self, result: Result<T, Trouble>) -> Result<T, Trouble> {
        self.monitoring.finish()?;
        result
    }

    /// Reads both sides and the state, and shows what is doubtful in the mapping.
    fn read(&self) -> Result<View, Trouble> {
        self.see(self.opened.job.read(&self.context))
    }

    /// Waits for a view, and shows what is doubtful in the mapping.
    fn see(&self, view: impl Future<Output = Result<View, RunError>>) -> Result<View, Trouble> {
        let view = self.wait(view)?;
        self.refuse_if_interrupted()?;
        self.show_warnings(&view.warnings);
        Ok(view)
    }

    /// Shows what is doubtful in the mapping.
    fn show_warnings(&self, warnings: &[Diagnostic]) {
        let (path, text) = (&self.file.mapping_path, &self.file.mapping_text);
        render::diagnostic::show(warnings, path, text, &mut Output::stderr());
    }

    /// What was read is cut off anywhere after an interruption: a plan from it would say nothing.
    fn refuse_if_interrupted(&self) -> Result<(), Trouble> {
        if self.is_interrupted() {
            return Err(Trouble::new(Exit::Interrupted, "interrupted while reading; nothing was changed"));
        }
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Says what was read and planned.
    fn report(&self, command: &'static str, view: &View, planned: &Planned) -> Report {
        Report {
            reads: facts::reads(view),
            findings: facts::findings(planned),
            unreadable: facts::unreadable(&view.unreadable),
            ..self.report_of_plan(command, &planned.plan)
        }
    }

    /// Says what was read and planned in a cycle.
    fn report_of(&self, command: &'static str, prepared: &Prepared) -> Report {
        Report {
            reads: facts::reads_of(prepared),
            from_changes: prepared.why_everything.is_none(),
            findings: facts::findings(&prepared.planned),
            unreadable: facts::unreadable(&prepared.unreadable),
            ..self.report_of_plan(command, &prepared.planned.plan)
        }
    }

    /// Says what was planned.
    fn report_of_plan(&self, command: &'static str, plan: &Plan) -> Report {
        Report {
            format: facts::FORMAT,
            command,
            job: self.file.name.clone(),
            result: Exit::Done.name(),
            exit_code: Exit::Done.code(),
            reads: Vec::new(),
            from_changes: false,
            plan: facts::plan(plan),
            applied: None,
            findings: Vec::new(),
            unreadable: Vec::new(),
            document: None,
        }
    }
}

/// Shows a report as it was asked for.
fn show(report: &Report, session: &Session, shown: ShownArguments, output: &mut Output) {
    if shown.json {
        output.json(report);
    } else {
        render::report::show(report, &session.file.path, shown.verbose, output);
    }
}
