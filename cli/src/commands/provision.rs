//! `provision`: one object now, with what has to be there before it, step by step.

use std::collections::BTreeSet;

use provisio::Released;
use provisio::model::SourceId;
use provisio::plan::MappingId;
use serde::Serialize;

use super::explain::{self, StoryFacts};
use super::{Session, show};
use crate::arguments::ProvisionArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::{self, Report};
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render::{count, program};

/// How many objects a message names.
const NAMED: usize = 10;

pub(super) fn execute(arguments: &ProvisionArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let access = if arguments.dry_run { Access::Look } else { Access::Write };
    let session = Session::open(JobFile::load(&arguments.job.job)?, access)?;
    let result = provision(&session, arguments, output);
    session.finish(result)
}

fn provision(
    session: &Session,
    arguments: &ProvisionArguments,
    output: &mut Output,
) -> Result<Exit, Trouble> {
    let view = session.read()?;
    let mut planned =
        view.plan(session.context.now(), Released::NOTHING).map_err(|error| session.trouble(error))?;
    let object = &arguments.object;
    let whole = planned.clone();
    let explanation = view.explain(&whole, object);
    let objects: Vec<(MappingId, SourceId)> =
        explanation.stories.iter().map(|it| (it.mapping, it.source.clone())).collect();
    if objects.is_empty() {
        return Err(if explanation.unmanaged.is_empty() {
            explain::unknown(&view, object)
        } else {
            let message = format!("`{object}` is an object of the target that belongs to nobody");
            Trouble::new(Exit::Other, message)
                .with_help("name the object of the source that it should follow")
        });
    }
    refuse_several(object, &objects)?;
    planned.plan = planned.plan.part_of(&objects, arguments.with).map_err(|error| {
        let help = format!(
            "provision those first, allow more with --with {}, or run the job: {} run {}",
            error.others,
            program(),
            arguments.job.job.display()
        );
        Trouble::of(Exit::Other, &error).under(format!("`{object}` is not provisioned")).with_help(help)
    })?;
    let is_ours = |mapping, source: Option<&SourceId>| {
        source.is_some_and(|source| objects.iter().any(|(at, id)| *at == mapping && id == source))
    };
    planned.findings.retain(|it| is_ours(it.mapping, it.source.as_ref()));
    let mut report = session.report("provision", &view, &planned);
    let plan = &planned.plan;
    if !arguments.dry_run && !plan.is_empty() {
        let cycle = session.begin();
        cycle.announce(plan, &planned.findings);
        let summary = session.wait(cycle.apply(plan))?;
        cycle.end();
        report.applied = Some(facts::applied(plan, &summary));
    }
    let is_held = explanation.stories.iter().any(|it| !it.held.is_empty());
    // Numbered as in the part, unless only the whole plan says why less is done.
    let part = view.explain(&planned, object);
    let steps = if is_held || plan.operations.is_empty() { &explanation } else { &part };
    let mut exit = report.conclude(session.is_interrupted(), false);
    if is_held && matches!(exit, Exit::Done | Exit::SomeFailed) {
        exit = report.end_with(Exit::LimitTripped);
    }
    if arguments.shown.json {
        let steps = steps.stories.iter().map(explain::story).collect();
        output.json(&Document { report: &report, object, steps });
        return Ok(exit);
    }
    output.text(steps);
    output.gap();
    show_others(&objects, &planned, output);
    show(&report, session, arguments.shown, output);
    if arguments.dry_run && !plan.is_empty() {
        output.line("Nothing was changed.");
    }
    if plan.is_empty() {
        output.line(if is_held {
            "A limit holds it back; nothing was done."
        } else {
            "There is nothing to do."
        });
    }
    Ok(exit)
}

/// A name may mean several objects; an id means one.
fn refuse_several(object: &str, objects: &[(MappingId, SourceId)]) -> Result<(), Trouble> {
    let ids: BTreeSet<&SourceId> = objects.iter().map(|it| &it.1).collect();
    if ids.len() < 2 {
        return Ok(());
    }
    let named: Vec<&str> = ids.iter().take(NAMED).map(|it| it.as_str()).collect();
    let message = format!("`{object}` means {}", count(ids.len() as u64, "object", "objects"));
    Err(Trouble::new(Exit::Usage, message).with_help(format!("name one of them: {}", named.join(", "))))
}

/// Says what is done to other objects first.
fn show_others(objects: &[(MappingId, SourceId)], planned: &provisio::Planned, output: &mut Output) {
    let plan = &planned.plan;
    let is_other = |mapping: MappingId, source: &SourceId| {
        !objects.iter().any(|(at, id)| *at == mapping && id == source)
    };
    let mut others = plan.operations.iter().filter(|it| is_other(it.mapping, &it.source)).peekable();
    if others.peek().is_none() {
        return;
    }
    output.line("Before that");
    for operation in others {
        output.line(format_args!("  {}", plan.operation_text(operation)));
    }
    output.gap();
}

/// The JSON document: that of a run, with the steps.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    report: &'a Report,
    object: &'a str,
    /// Import, scope, match and flow, under each object mapping that knows the object.
    steps: Vec<StoryFacts>,
}
