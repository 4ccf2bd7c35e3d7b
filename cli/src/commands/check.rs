//! `check`: validates a job and its mapping, and tests both connections.

use provisio::RunError;
use provisio::connector::{Connector, ConnectorError};
use provisio::model::{Diagnostic, Place, Severity};
use provisio::planner::{PolicyRow, Preflight, PreflightGroup};
use serde::Serialize;

use super::Session;
use crate::arguments::CheckArguments;
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile};
use crate::output::Output;
use crate::render::{self, program};

pub(super) fn execute(arguments: &CheckArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let session = Session::open(JobFile::load(&arguments.facts.job.job)?, Access::Look)?;
    let source = side(&session, "source", &*session.opened.source);
    let target = side(&session, "target", &*session.opened.target);
    let connections = [source, target];
    if !arguments.facts.json {
        show(&session, &connections, output);
    }
    let mut broken = connections.iter().filter_map(|it| it.trouble.as_ref()).peekable();
    let (exit, policy, found) = match broken.peek() {
        Some(first) => (first.exit(), Vec::new(), Vec::new()),
        None => {
            let (spec, found) = session.wait(session.opened.job.lint(&session.context))?;
            let (path, text) = (&session.file.mapping_path, &session.file.mapping_text);
            render::diagnostic::show(&found, path, text, &mut Output::stderr());
            let capabilities = session.opened.target.capabilities();
            let policy = if arguments.situations { spec.policy(&capabilities) } else { Vec::new() };
            (verdict(&found, arguments.deny_warnings), policy, found)
        }
    };
    let is_connected = broken.peek().is_none();
    let preflight = if arguments.preflight && is_connected {
        let view = session.read()?;
        let preflight = view.preflight(session.context.now());
        Some(preflight.map_err(|error| session.trouble(error))?)
    } else {
        None
    };
    if arguments.facts.json {
        output.json(&Document {
            format: FORMAT,
            command: "check",
            job: &session.file.name,
            result: exit.name(),
            exit_code: exit.code(),
            mappings: session.file.mapping.objects.iter().map(|it| it.name.to_string()).collect(),
            connections: &connections,
            situations: policy.iter().map(answer).collect(),
            preflight: preflight.as_ref().map(standing),
            diagnostics: found.iter().map(|it| diagnostic(it, &session.file.mapping_text)).collect(),
        });
    } else if is_connected {
        show_policy(&policy, output);
        if let Some(preflight) = &preflight {
            output.gap();
            for line in preflight.to_string().lines() {
                output.line(line);
            }
        }
        output.gap();
        if exit == Exit::Done {
            output.line(format_args!(
                "Everything fits. To see what a run would do: {} plan {}",
                program(),
                arguments.facts.job.job.display()
            ));
        } else {
            output.line("The mapping can be planned with, but should be mended first.");
        }
    } else {
        output.finish();
        for trouble in broken {
            render::trouble::show(trouble, &mut Output::stderr());
        }
    }
    Ok(exit)
}

/// Decides how the command ends, given what was found in the mapping.
fn verdict(found: &[Diagnostic], deny_warnings: bool) -> Exit {
    let least = if deny_warnings { Severity::Warning } else { Severity::Error };
    if found.iter().any(|it| it.severity >= least) { Exit::Configuration } else { Exit::Done }
}

fn diagnostic(found: &Diagnostic, text: &str) -> DiagnosticFacts {
    let place = Place::of(text, found.span.start);
    DiagnosticFacts {
        code: found.code,
        severity: found.severity.to_string(),
        message: found.message.clone(),
        help: found.help.clone(),
        line: place.line,
        column: place.column,
    }
}

/// The JSON document.
#[derive(Serialize)]
struct Document<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    result: &'static str,
    exit_code: u8,
    mappings: Vec<String>,
    connections: &'a [Connection],
    /// What is done in each situation; empty if it was not asked for.
    situations: Vec<Answer>,
    /// How the two sides stand to each other; absent if it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    preflight: Option<Standing>,
    /// What was found in the mapping.
    diagnostics: Vec<DiagnosticFacts>,
}

/// How the two sides stand to each other.
#[derive(Serialize)]
struct Standing {
    mappings: Vec<MappingStanding>,
    targets: Vec<TargetStanding>,
}

#[derive(Serialize)]
struct MappingStanding {
    mapping: String,
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct TargetStanding {
    object_type: String,
    count: u64,
    incomplete: Option<String>,
    unmanaged: Group,
}

#[derive(Serialize)]
struct Group {
    situation: &'static str,
    meaning: &'static str,
    count: u64,
    samples: Vec<Sample>,
}

#[derive(Serialize)]
struct Sample {
    id: String,
    label: Option<String>,
    why: Option<String>,
}

fn standing(preflight: &Preflight) -> Standing {
    let group = |it: &PreflightGroup| Group {
        situation: it.situation.name(),
        meaning: it.situation.meaning(),
        count: it.count,
        samples: it
            .samples
            .iter()
            .map(|it| Sample {
                id: it.id.to_string(),
                label: it.label.as_ref().map(ToString::to_string),
                why: it.why.as_ref().map(ToString::to_string),
            })
            .collect(),
    };
    let mappings = preflight.mappings.iter().map(|it| MappingStanding {
        mapping: it.name.to_string(),
        groups: it.groups.iter().map(group).collect(),
    });
    let targets = preflight.targets.iter().map(|it| TargetStanding {
        object_type: it.object_type.to_string(),
        count: it.count,
        incomplete: it.incomplete.as_ref().map(ToString::to_string),
        unmanaged: group(&it.unmanaged),
    });
    Standing { mappings: mappings.collect(), targets: targets.collect() }
}

/// Something that was found in the mapping.
#[derive(Serialize)]
struct DiagnosticFacts {
    code: &'static str,
    severity: String,
    message: String,
    help: Option<String>,
    /// Where it is in the mapping file, both from 1.
    line: usize,
    column: usize,
}

/// What an object mapping does in a situation.
#[derive(Serialize)]
struct Answer {
    mapping: String,
    situation: &'static str,
    meaning: &'static str,
    answer: String,
    decided_by: &'static [&'static str],
}

fn answer(row: &PolicyRow) -> Answer {
    Answer {
        mapping: row.mapping.to_string(),
        situation: row.situation.name(),
        meaning: row.situation.meaning(),
        answer: row.answer(),
        decided_by: row.decided_by,
    }
}

/// Shows the table of situations, one for each object mapping.
fn show_policy(policy: &[PolicyRow], output: &mut Output) {
    let width = |text: fn(&PolicyRow) -> String| policy.iter().map(|it| text(it).len()).max().unwrap_or(0);
    let situations = width(|it| it.situation.to_string());
    let answers = width(|it| it.answer());
    for rows in policy.chunk_by(|left, right| left.mapping == right.mapping) {
        output.gap();
        output.line(format_args!("{}", rows[0].mapping));
        for row in rows {
            let (situation, response) = (row.situation.to_string(), row.answer());
            let line = format!("  {situation:situations$}  {response:answers$}  {}", row.situation.meaning());
            match row.decided_by {
                [] => output.line(line),
                keys => output.line(format_args!("{line} (decided by {})", keys.join(", "))),
            }
        }
    }
}

/// What a test of one side found.
#[derive(Serialize)]
struct Connection {
    side: &'static str,
    connector: &'static str,
    system: String,
    found: Vec<String>,
    error: Option<String>,
    #[serde(skip)]
    trouble: Option<Trouble>,
}

fn side(session: &Session, side: &'static str, connector: &(impl Connector + ?Sized)) -> Connection {
    let info = connector.info();
    let check = connector.check(&session.context);
    let checked: Result<_, ConnectorError> = session.runtime.block_on(check);
    let (found, error) = match checked {
        Ok(report) => (report.found.iter().map(ToString::to_string).collect(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let text = error.as_ref().map(ToString::to_string);
    let trouble = error.map(|source| session.trouble(RunError::Connect { side, source }));
    Connection { side, connector: info.kind, system: info.system.to_string(), found, error: text, trouble }
}

fn show(session: &Session, connections: &[Connection], output: &mut Output) {
    let file = &session.file;
    let mappings: Vec<String> = file.mapping.objects.iter().map(|it| it.name.to_string()).collect();
    output.line(format_args!("job      {}: {}", file.name, file.path.display()));
    output.line(format_args!("mapping  {}: {}", file.mapping_path.display(), mappings.join(", ")));
    for connection in connections {
        let Connection { side, connector, system, found, error, .. } = connection;
        let state = if error.is_some() { ": cannot be used" } else { "" };
        output.line(format_args!("{side:8} {connector}: {system}{state}"));
        for line in found {
            output.line(format_args!("           {line}"));
        }
    }
}
