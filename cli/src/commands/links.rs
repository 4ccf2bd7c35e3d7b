//! `links`: which target object belongs to which source object; shown, and changed by hand.

mod file;

use std::path::Path;

use provisio::RunError;
use provisio::model::{Link, LinkOrigin, SourceId, TargetId, Text};
use provisio::store::{JobId, LinkChange, LinkFault};
use serde::Serialize;

use super::Session;
use crate::arguments::{AddArguments, ForgetArguments, ImportArguments, LinksAction, LinksCommand};
use crate::exit::{Exit, Trouble};
use crate::facts::FORMAT;
use crate::job::{Access, JobFile, OpenState};
use crate::output::Output;
use crate::render::{count, program};

pub(super) fn execute(command: &LinksCommand, output: &mut Output) -> Result<Exit, Trouble> {
    match (&command.action, &command.job) {
        (Some(LinksAction::Add(arguments)), _) => add(arguments, output),
        (Some(LinksAction::Remove(arguments)), _) => forget(arguments, "removed", output),
        (Some(LinksAction::Rematch(arguments)), _) => forget(arguments, "forgotten", output),
        (Some(LinksAction::Import(arguments)), _) => import(arguments, output),
        (None, Some(job)) => list(job, command, output),
        // The parser asks for a job where there is no other command.
        (None, None) => Err(Trouble::new(Exit::Usage, "name a job")),
    }
}

fn list(job: &Path, command: &LinksCommand, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(job)?;
    if let Some(mapping) = &command.mapping {
        named(&file, mapping)?;
    }
    let state = OpenState::open(&file, Access::Look)?.load(&JobId::new(&file.name))?;
    let is_wanted = |mapping: &Text, link: &Link| {
        command.mapping.as_ref().is_none_or(|it| **it == **mapping)
            && command
                .object
                .as_ref()
                .is_none_or(|it| *it == link.source.as_str() || *it == link.target.as_str())
    };
    let all = state.links.iter().flat_map(|(mapping, links)| links.iter().map(move |it| (mapping, it)));
    let mut links: Vec<(&Text, &Link)> = all.filter(|(mapping, link)| is_wanted(mapping, link)).collect();
    links.sort_by(|left, right| (left.0, &left.1.source).cmp(&(right.0, &right.1.source)));
    if command.json {
        let links = links.iter().map(|(mapping, link)| Row {
            mapping,
            source: link.source.as_str(),
            target: link.target.as_str(),
            origin: origin_name(link.origin),
        });
        output.json(&Listing { format: FORMAT, command: "links", job: &file.name, links: links.collect() });
        return Ok(Exit::Done);
    }
    let mut shown: Option<&Text> = None;
    for (mapping, link) in &links {
        if shown != Some(mapping) {
            output.line(mapping);
            shown = Some(mapping);
        }
        let origin = origin_name(link.origin);
        output.line(format_args!("  {}  {}  {origin}", link.source, link.target));
    }
    output.line(count(links.len() as u64, "link", "links"));
    Ok(Exit::Done)
}

fn add(arguments: &AddArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let mapping = match &arguments.mapping {
        Some(mapping) => named(&file, mapping)?,
        None => match &file.mapping.objects[..] {
            [only] => only.name.clone(),
            _ => {
                let names: Vec<&str> = file.mapping.objects.iter().map(|it| &*it.name).collect();
                return Err(Trouble::new(Exit::Usage, "say which object mapping the link belongs to")
                    .with_help(format!("add --mapping with one of: {}", names.join(", "))));
            }
        },
    };
    let link = Link {
        source: SourceId::new(arguments.source.as_str()),
        target: TargetId::new(arguments.target.as_str()),
        origin: arguments.origin.into(),
    };
    let edit = Edit { job: &arguments.job.job, verb: "added", json: arguments.json };
    edit.make(file, &[LinkChange::Put { mapping, link }], |_| None, output)
}

fn forget(arguments: &ForgetArguments, verb: &'static str, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let source = SourceId::new(arguments.source.as_str());
    // Also links of object mappings that are not in the file any more.
    let state = OpenState::open(&file, Access::Look)?.load(&JobId::new(&file.name))?;
    let linked = state.links.iter().filter(|(mapping, links)| {
        arguments.mapping.as_ref().is_none_or(|it| **it == ***mapping)
            && links.of_source(source.as_str()).is_some()
    });
    let changes: Vec<LinkChange> = linked
        .map(|(mapping, _)| LinkChange::Remove { mapping: mapping.clone(), source: source.clone() })
        .collect();
    drop(state);
    if changes.is_empty() {
        let message = format!("the source object `{source}` has no link");
        let help = format!("see which there are: {} links {}", program(), arguments.job.job.display());
        return Err(Trouble::new(Exit::Usage, message).with_help(help));
    }
    Edit { job: &arguments.job.job, verb, json: arguments.json }.make(file, &changes, |_| None, output)
}

fn import(arguments: &ImportArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let file = JobFile::load(&arguments.job.job)?;
    let read = file::read(&arguments.file)?;
    let changes: Vec<LinkChange> = read.iter().map(|it| it.change.clone()).collect();
    let line = |at: usize| read.get(at).map(|it| it.line);
    Edit { job: &arguments.job.job, verb: "added", json: arguments.json }.make(file, &changes, line, output)
}

/// A change of links.
struct Edit<'a> {
    job: &'a Path,
    verb: &'static str,
    json: bool,
}

impl Edit<'_> {
    /// Makes it; `line` says where in a file a change stands.
    fn make(
        &self,
        file: JobFile,
        changes: &[LinkChange],
        line: impl Fn(usize) -> Option<u64>,
        output: &mut Output,
    ) -> Result<Exit, Trouble> {
        let session = Session::open(file, Access::Write)?;
        let edited = session.runtime.block_on(session.opened.job.edit_links(&session.context, changes));
        session.progress.clear();
        let changed = match edited {
            Ok(changed) => changed,
            Err(RunError::Links { faults, count }) => return Err(refused(&faults, count, line)),
            Err(error) => return Err(session.trouble(error)),
        };
        if self.json {
            let job = &session.file.name;
            output.json(&Edited { format: FORMAT, command: "links", job, changed });
            return Ok(Exit::Done);
        }
        output.line(format_args!("{} {}", count_links(changed), self.verb));
        if changed > 0 {
            output.line("The next run reads everything, and decides by the links as they are now.");
            output.line(format_args!("To see what it would do: {} plan {}", program(), self.job.display()));
        }
        Ok(Exit::Done)
    }
}

fn count_links(number: usize) -> String {
    count(number as u64, "link", "links")
}

fn refused(faults: &[LinkFault], all: usize, line: impl Fn(usize) -> Option<u64>) -> Trouble {
    let number = count(all as u64, "fault", "faults");
    let mut trouble = Trouble::new(Exit::Other, format!("no link was changed: {number}"));
    for fault in faults {
        trouble = trouble.because(match line(fault.change) {
            Some(line) => format!("line {line}: {}", fault.kind),
            None => fault.kind.to_string(),
        });
    }
    match all.checked_sub(faults.len()).filter(|it| *it > 0) {
        Some(more) => trouble.because(format!("and {more} more")),
        None => trouble,
    }
}

/// Finds an object mapping by its name.
fn named(file: &JobFile, name: &str) -> Result<Text, Trouble> {
    let names: Vec<&str> = file.mapping.objects.iter().map(|it| &*it.name).collect();
    match names.contains(&name) {
        true => Ok(Text::new(name)),
        false => Err(Trouble::new(Exit::Usage, format!("there is no object mapping `{name}`"))
            .with_help(format!("it is one of: {}", names.join(", ")))),
    }
}

fn origin_name(origin: LinkOrigin) -> &'static str {
    match origin {
        LinkOrigin::Created => "created",
        LinkOrigin::Adopted => "adopted",
    }
}

/// The JSON document of a list.
#[derive(Serialize)]
struct Listing<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    links: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    mapping: &'a str,
    source: &'a str,
    target: &'a str,
    origin: &'static str,
}

/// The JSON document of a change.
#[derive(Serialize)]
struct Edited<'a> {
    format: u32,
    command: &'static str,
    job: &'a str,
    /// How many links are other than before.
    changed: usize,
}
