//! `plan`: shows what a run would do, and may save it; and what can be asked of saved plans.

use std::path::Path;

use provisio::Plan;

use super::{Session, compare, show, verify};
use crate::arguments::{MadeArguments, PlanAction, PlanArguments, PlanCommand, ShownArguments};
use crate::exit::{Exit, Trouble};
use crate::facts::Report;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::plan_file;
use crate::render::program;

pub(super) fn execute(command: &PlanCommand, output: &mut Output) -> Result<Exit, Trouble> {
    let arguments = &command.plan;
    match (&command.action, &command.job) {
        (Some(PlanAction::Diff(arguments)), _) => compare::plans(arguments, output),
        (Some(PlanAction::Verify(arguments)), _) => verify::execute(arguments, output),
        (None, Some(job)) => match &arguments.mapping {
            Some(other) => compare::mappings(job, arguments, other, output),
            None => plan(job, arguments, output),
        },
        // The parser asks for a job where there is no other command.
        (None, None) => Err(Trouble::new(Exit::Usage, "name a job")),
    }
}

fn plan(job: &Path, arguments: &PlanArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let session = Session::open(JobFile::load(job)?, Access::Look)?;
    let view = session.read()?;
    let now = arguments.at.unwrap_or_else(|| session.context.now());
    let planned = view.plan(now, arguments.made.limits.released()).map_err(|error| session.trouble(error))?;
    let mut report = session.report("plan", &view, &planned);
    let exit = present(&session, &planned.plan, &mut report, (&arguments.made, arguments.shown), output)?;
    tell_saved(arguments.made.out.as_deref());
    Ok(exit)
}

/// Saves a plan that was made, and shows it with what is said of it.
pub(super) fn present(
    session: &Session,
    plan: &Plan,
    report: &mut Report,
    (made, shown): (&MadeArguments, ShownArguments),
    output: &mut Output,
) -> Result<Exit, Trouble> {
    let exit = report.conclude(session.is_interrupted(), made.exit_code);
    if let Some(path) = &made.out {
        plan_file::write(path, plan, &session.file.path)?;
    }
    if shown.json {
        report.document = Some(plan_file::document(plan)?);
    } else {
        show_plan(plan, shown.verbose, output);
    }
    show(report, session, shown, output);
    Ok(exit)
}

/// Says where the plan is, and how it is carried out.
pub(super) fn tell_saved(path: Option<&Path>) {
    if let Some(path) = path {
        let (program, path) = (program(), path.display());
        let message = format_args!("The plan is saved. To carry it out: {program} apply {path}");
        Output::stderr().line(message);
    }
}

/// Shows the text of a plan. What is left alone on purpose is counted below it, and listed if `verbose`.
pub(super) fn show_plan(plan: &Plan, verbose: bool, output: &mut Output) {
    let text = plan.text().to_string();
    for line in text.lines().filter(|it| verbose || !it.starts_with("-- skipped ")) {
        output.line(line);
    }
    output.gap();
}
