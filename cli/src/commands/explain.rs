//! `explain`: tells the story of one object.

use provisio::model::{AttrName, Values};
use provisio::planner::{ClauseStory, FlowStory, GroupStory, ScopeStory, Situation, Story, Unmanaged};
use provisio::{Released, View};
use serde::Serialize;

use super::Session;
use crate::arguments::ExplainArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile};
use crate::output::Output;

pub(super) fn execute(arguments: &ExplainArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let session = Session::open(JobFile::load(&arguments.job.job)?, Access::Look)?;
    let view = session.read()?;
    let planned =
        view.plan(session.context.now(), Released::NOTHING).map_err(|error| session.trouble(error))?;
    let object = &arguments.object;
    let explanation = view.explain(&planned, object);
    if explanation.is_empty() {
        return Err(unknown(&view, object));
    }
    if arguments.json {
        let stories = explanation.stories.iter().map(story).collect();
        let unmanaged = explanation.unmanaged.iter().map(unmanaged).collect();
        output.json(&Document {
            format: FORMAT,
            command: "explain",
            job: &session.file.name,
            object,
            stories,
            unmanaged,
        });
        return Ok(Exit::Done);
    }
    output.text(&explanation);
    Ok(Exit::Done)
}

/// Says that nothing is known of an object.
pub(super) fn unknown(view: &View, object: &str) -> Trouble {
    let is_partial = view.source.iter().any(|it| it.incomplete().is_some());
    let help = if is_partial {
        "the source was not completely read, so it may be there all the same; see `provisio plan`"
    } else {
        "give its id in the source, its id in the target, or its name as `provisio plan` shows it"
    };
    Trouble::new(Exit::Other, format!("nothing is known of an object `{object}`")).with_help(help)
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    object: &'a str,
    stories: Vec<StoryFacts>,
    unmanaged: Vec<UnmanagedFacts>,
}

/// A target object that is nobody's.
#[derive(Serialize)]
struct UnmanagedFacts {
    object_type: String,
    target: String,
    situation: &'static str,
    attributes: Vec<AttributeFacts>,
}

/// The story of an object under one object mapping.
#[derive(Serialize)]
pub(super) struct StoryFacts {
    mapping: String,
    object_type: String,
    source: String,
    /// What was read; `null` if it was not.
    import: Option<Vec<AttributeFacts>>,
    /// `null` if it was not read.
    scope: Option<ScopeFacts>,
    #[serde(rename = "match")]
    matching: String,
    situation: &'static str,
    answer: String,
    flow: Vec<FlowFacts>,
    operations: Vec<String>,
    held: Vec<HeldFacts>,
    skipped: Option<String>,
    findings: Vec<String>,
}

#[derive(Serialize)]
struct AttributeFacts {
    attribute: String,
    values: Vec<String>,
}

#[derive(Serialize)]
struct ScopeFacts {
    /// `in scope`, `not looked at`, `not assigned`, `out of scope` or `not known`.
    verdict: &'static str,
    /// The groups of the input filter; none if everything is looked at.
    input: Vec<GroupFacts>,
    /// How it is assigned; `null` if nobody has to be.
    assignment: Option<String>,
    /// The groups of the scoping filter, one of which must pass; none if everything does.
    groups: Vec<GroupFacts>,
}

#[derive(Serialize)]
struct GroupFacts {
    name: String,
    clauses: Vec<ClauseFacts>,
}

#[derive(Serialize)]
struct ClauseFacts {
    clause: String,
    values: Vec<String>,
    /// `null` if nobody can tell.
    passes: Option<bool>,
    /// Why nobody can tell.
    unknown_because: Option<String>,
}

#[derive(Serialize)]
struct FlowFacts {
    attribute: String,
    rule: String,
    only_on_create: bool,
    result: String,
    current: Vec<String>,
}

#[derive(Serialize)]
struct HeldFacts {
    limit: &'static str,
    operation: String,
}

pub(super) fn story(story: &Story<'_>) -> StoryFacts {
    let plan = story.plan;
    let mapping = plan.mapping(story.mapping);
    let held = story.held.iter().map(|(limit, operation)| HeldFacts {
        limit: limit.name(),
        operation: plan.operation_text(operation),
    });
    StoryFacts {
        mapping: mapping.map(|it| it.name.to_string()).unwrap_or_default(),
        object_type: mapping.map(|it| it.source.to_string()).unwrap_or_default(),
        source: story.source.to_string(),
        import: story.import.as_deref().map(attributes),
        scope: story.scope.as_ref().map(scope),
        matching: story.matching.to_string(),
        situation: story.situation.name(),
        answer: story.response.to_string(),
        flow: story.flow.iter().map(flow).collect(),
        operations: story.operations.iter().map(|it| plan.operation_text(it)).collect(),
        held: held.collect(),
        skipped: story.skipped.map(ToString::to_string),
        findings: story.findings.iter().map(|it| it.text(plan).to_string()).collect(),
    }
}

fn unmanaged(unmanaged: &Unmanaged) -> UnmanagedFacts {
    UnmanagedFacts {
        object_type: unmanaged.object_type.to_string(),
        target: unmanaged.target.to_string(),
        situation: Situation::Unmanaged.name(),
        attributes: attributes(&unmanaged.attributes),
    }
}

fn attributes(read: &[(AttrName, Values)]) -> Vec<AttributeFacts> {
    let facts = read
        .iter()
        .map(|(name, values)| AttributeFacts { attribute: name.to_string(), values: texts(Some(values)) });
    facts.collect()
}

fn scope(story: &ScopeStory) -> ScopeFacts {
    let groups = |groups: &[GroupStory]| {
        let facts = groups.iter().map(|group| GroupFacts {
            name: group.name.to_string(),
            clauses: group.clauses.iter().map(clause).collect(),
        });
        facts.collect()
    };
    ScopeFacts {
        verdict: story.verdict.name(),
        input: groups(&story.input),
        assignment: story.assignment.as_ref().map(ToString::to_string),
        groups: groups(&story.groups),
    }
}

fn clause(story: &ClauseStory) -> ClauseFacts {
    ClauseFacts {
        clause: story.clause.to_string(),
        values: texts(story.value.as_ref()),
        passes: story.passes.ok(),
        unknown_because: story.passes.err().map(|it| it.to_string()),
    }
}

fn flow(flow: &FlowStory) -> FlowFacts {
    FlowFacts {
        attribute: flow.attribute.to_string(),
        rule: flow.rule.to_string(),
        only_on_create: flow.only_on_create,
        result: flow.result.to_string(),
        current: texts(flow.current.as_ref()),
    }
}

fn texts(values: Option<&Values>) -> Vec<String> {
    values.map(|it| it.iter().map(|value| value.to_string()).collect()).unwrap_or_default()
}
