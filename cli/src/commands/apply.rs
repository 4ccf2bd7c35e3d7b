//! `apply`: carries out a saved plan.

use provisio::Plan;
use provisio::execution::Summary;

use super::{Session, show};
use crate::arguments::ApplyArguments;
use crate::exit::{Exit, Trouble};
use crate::facts;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::plan_file;
use crate::render::program;

pub(super) fn execute(arguments: &ApplyArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let (plan, job) = plan_file::read_with_job(&arguments.plan, arguments.job.as_deref())?;
    let session = Session::open(JobFile::load(&job)?, Access::Write)?;
    let summary = session.finish(carry_out(&session, &plan))?;
    let mut report = session.report_of_plan("apply", &plan);
    report.applied = Some(facts::applied(&plan, &summary));
    let exit = report.conclude(session.is_interrupted(), false);
    show(&report, &session, arguments.shown, output);
    if !plan.undoes().is_empty() && !plan.operations.is_empty() && !arguments.shown.json {
        let (program, job) = (program(), job.display());
        output.gap();
        output.line("The job is paused: its next cycle would do again what was rolled back.");
        output.line(format_args!("Mend what was wrong and look at: {program} plan {job}"));
        output.line(format_args!("To let it go on: {program} resume {job}"));
    }
    Ok(exit)
}

fn carry_out(session: &Session, plan: &Plan) -> Result<Summary, Trouble> {
    let cycle = session.begin();
    cycle.announce(plan, &[]);
    // Also a plan with nothing to do is refused if it is not fit.
    let summary = session.wait(cycle.apply_always(plan))?;
    cycle.end();
    Ok(summary)
}
