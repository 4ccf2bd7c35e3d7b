//! `plan JOB --mapping OTHER` and `plan diff A B`: what would be different?

use std::path::Path;

use provisio::plan::{Assignment, Outlook, PlanDifference, Subject, Turn};
use serde::Serialize;

use super::Session;
use crate::arguments::{DiffArguments, PlanArguments};
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, MappingFile};
use crate::output::Output;
use crate::{plan_file, render};

/// Compares the job's own mapping with another one, from one read.
pub(super) fn mappings(
    job: &Path,
    arguments: &PlanArguments,
    other: &Path,
    output: &mut Output,
) -> Result<Exit, Trouble> {
    let file = JobFile::load(job)?;
    let other = MappingFile::load(other)?;
    let session = Session::open(file, Access::Look)?;
    let comparison = session.opened.job.read_for_both(&session.context, &other.spec);
    let comparison = session.runtime.block_on(comparison);
    session.progress.clear();
    let comparison = comparison.map_err(|error| match error {
        provisio::RunError::OtherMappingUnfit(faults) => other.trouble(faults),
        error => session.trouble(error),
    })?;
    session.refuse_if_interrupted()?;
    let own = &session.file.mapping_path;
    render::diagnostic::show(&comparison.other_warnings, &other.path, &other.text, &mut Output::stderr());
    let now = arguments.at.unwrap_or_else(|| session.context.now());
    let plans = comparison.plans(now, arguments.made.limits.released());
    let [first, second] = plans.map_err(|error| session.trouble(error))?;
    let difference = PlanDifference::between(&first.plan, &second.plan);
    let names = [own, &other.path].map(|it| it.display().to_string());
    let shown =
        Shown { command: "plan", names, exit_code: arguments.made.exit_code, json: arguments.shown.json };
    Ok(shown.show(&difference, output))
}

/// Compares two saved plans.
pub(super) fn plans(arguments: &DiffArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let (first, _) = plan_file::read(&arguments.first)?;
    let (second, _) = plan_file::read(&arguments.second)?;
    let difference = PlanDifference::between(&first, &second);
    let names = [&arguments.first, &arguments.second].map(|it| it.display().to_string());
    let shown = Shown { command: "plan diff", names, exit_code: arguments.exit_code, json: arguments.json };
    Ok(shown.show(&difference, output))
}

/// How a difference is shown.
struct Shown {
    command: &'static str,
    names: [String; 2],
    exit_code: bool,
    json: bool,
}

impl Shown {
    fn show(&self, difference: &PlanDifference, output: &mut Output) -> Exit {
        let exit = if self.exit_code && !difference.is_empty() { Exit::Changes } else { Exit::Done };
        let [first, second] = &self.names;
        if self.json {
            output.json(&Document {
                format: FORMAT,
                command: self.command,
                result: exit.name(),
                exit_code: exit.code(),
                first,
                second,
                objects: difference.objects.iter().map(object).collect(),
                memberships: difference.memberships.iter().map(membership).collect(),
            });
        } else {
            output.text(difference.text(first, second));
        }
        exit
    }
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    result: &'static str,
    exit_code: u8,
    first: &'a str,
    second: &'a str,
    objects: Vec<ObjectFacts>,
    memberships: Vec<MembershipFacts>,
}

#[derive(Serialize)]
struct SubjectFacts {
    mapping: String,
    object_type: String,
    source: String,
    label: String,
}

#[derive(Serialize)]
struct ObjectFacts {
    #[serde(flatten)]
    object: SubjectFacts,
    /// What happens to it, in the first plan and in the second; absent when that is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    outlook: Option<[OutlookFacts; 2]>,
    attributes: Vec<AttributeFacts>,
}

#[derive(Serialize)]
struct OutlookFacts {
    /// `nothing`, `skipped`, `held` or `planned`.
    is: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    actions: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct AttributeFacts {
    attribute: String,
    writes: [WriteFacts; 2],
}

#[derive(Serialize)]
struct WriteFacts {
    /// `nothing`, `clear` or `values`.
    is: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<String>,
}

#[derive(Serialize)]
struct MembershipFacts {
    group: SubjectFacts,
    attribute: String,
    member: String,
    /// `stays`, `joins`, `leaves` or `held`.
    turns: [&'static str; 2],
}

fn subject(subject: &Subject) -> SubjectFacts {
    SubjectFacts {
        mapping: subject.mapping.to_string(),
        object_type: subject.object_type.to_string(),
        source: subject.source.to_string(),
        label: subject.label.to_string(),
    }
}

fn object(difference: &provisio::plan::ObjectDifference) -> ObjectFacts {
    let attributes = difference.attributes.iter().map(|it| AttributeFacts {
        attribute: it.attribute.to_string(),
        writes: it.writes.each_ref().map(write),
    });
    ObjectFacts {
        object: subject(&difference.object),
        outlook: difference.outlook.as_ref().map(|it| it.each_ref().map(outlook)),
        attributes: attributes.collect(),
    }
}

fn outlook(outlook: &Outlook) -> OutlookFacts {
    let (is, kinds, reason) = match outlook {
        Outlook::Skipped(why) => ("skipped", None, Some(why.to_string())),
        Outlook::Held(kinds) => ("held", Some(kinds), None),
        Outlook::Planned(kinds) => ("planned", Some(kinds), None),
        _ => ("nothing", None, None),
    };
    let actions = kinds.into_iter().flatten().map(|it| it.name()).collect();
    OutlookFacts { is, actions, reason }
}

fn write(assignment: &Assignment) -> WriteFacts {
    match assignment {
        Assignment::Nothing => WriteFacts { is: "nothing", values: None },
        Assignment::Clear => WriteFacts { is: "clear", values: None },
        Assignment::Values(text) => WriteFacts { is: "values", values: Some(text.to_string()) },
    }
}

fn membership(difference: &provisio::plan::MembershipDifference) -> MembershipFacts {
    let turn = |turn: Turn| match turn {
        Turn::Stays => "stays",
        Turn::Joins => "joins",
        Turn::Leaves => "leaves",
        Turn::LeavesLater => "held",
    };
    MembershipFacts {
        group: subject(&difference.group),
        attribute: difference.attribute.to_string(),
        member: difference.member.to_string(),
        turns: difference.turns.map(turn),
    }
}
