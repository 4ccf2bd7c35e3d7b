//! `plan verify FILE`: is a saved plan fit to be carried out now?

use serde::Serialize;

use super::Session;
use crate::arguments::VerifyArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::plan_file;
use crate::render::{count, program};

pub(super) fn execute(arguments: &VerifyArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let (plan, job) = plan_file::read_with_job(&arguments.plan, arguments.job.as_deref())?;
    let session = Session::open(JobFile::load(&job)?, Access::Look)?;
    let view = session.read()?;
    let violations = view.verify(&plan, arguments.limits.released());
    let exit = if violations.is_empty() { Exit::Done } else { Exit::Configuration };
    if arguments.json {
        output.json(&Document {
            format: FORMAT,
            command: "plan verify",
            job: &session.file.name,
            result: exit.name(),
            exit_code: exit.code(),
            fingerprint: plan.fingerprint().to_string(),
            violations: violations
                .iter()
                .map(|it| ViolationFacts { operation: it.operation.map(|it| it.0), text: it.to_string() })
                .collect(),
        });
        return Ok(exit);
    }
    let operations = count(plan.operations.len() as u64, "operation", "operations");
    if violations.is_empty() {
        output.line(format_args!("plan {} is fit: {operations} checked", plan.fingerprint().short()));
        output.line(format_args!("To carry it out: {} apply {}", program(), arguments.plan.display()));
    } else {
        let number = count(violations.len() as u64, "rule is broken", "rules are broken");
        output.line(format_args!("plan {} is not fit: {number}", plan.fingerprint().short()));
        for violation in &violations {
            output.line(format_args!("  {violation}"));
        }
    }
    Ok(exit)
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    result: &'static str,
    exit_code: u8,
    fingerprint: String,
    violations: Vec<ViolationFacts>,
}

#[derive(Serialize)]
struct ViolationFacts {
    /// The operation that it is about; `null` if it is about the plan.
    operation: Option<u32>,
    text: String,
}
