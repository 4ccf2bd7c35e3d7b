//! What a run read, planned and did, in words.

use std::collections::BTreeMap;
use std::path::Path;

use provisio::Plan;
use provisio::plan::ActionKind;

use super::{count, number, program};
use crate::facts::{Applied, FindingFacts, HeldFacts, OperationCount, PlanFacts, Read, Report};
use crate::output::Output;

/// How many entries of a long list are shown.
const SHOWN: usize = 20;
/// How many names a line names.
const NAMES_SHOWN: usize = 5;

/// Shows a report; all of long lists if `verbose`.
pub(crate) fn show(report: &Report, job: &Path, verbose: bool, output: &mut Output) {
    let most = if verbose { usize::MAX } else { SHOWN };
    show_reads(report, output);
    show_unreadable(report, most, output);
    show_plan(report, most, output);
    show_findings(&report.findings, most, output);
    for held in &report.plan.held {
        show_held(held, report.command, job, output);
    }
    if let Some(applied) = &report.applied {
        show_applied(applied, &report.plan, most, output);
    }
    show_end(report, job, output);
}

fn show_reads(report: &Report, output: &mut Output) {
    if report.reads.is_empty() {
        return;
    }
    output.line(if report.from_changes { "Read what changed, and what that reaches" } else { "Read" });
    let width = report.reads.iter().map(|it| it.object_type.len()).max().unwrap_or(0);
    for read in &report.reads {
        let Read { side, object_type, objects, .. } = read;
        let word = if *objects == 1 { "object" } else { "objects" };
        let incomplete = if read.complete { "" } else { ", NOT COMPLETE" };
        let unreadable = match read.unreadable {
            0 => String::new(),
            unreadable => format!(", {} unreadable", number(unreadable)),
        };
        output.line(format_args!(
            "  {side}  {object_type:width$}  {:>9} {word}{unreadable}{incomplete}",
            number(*objects)
        ));
    }
    for read in report.reads.iter().filter(|it| !it.complete) {
        let why = read.incomplete_because.as_deref().unwrap_or("the read was not declared complete");
        output.gap();
        output.line(format_args!(
            "! The {} of the {} were not completely read:",
            plural(&read.object_type),
            read.side
        ));
        output.line(format_args!("    {why}"));
        output.line(if read.side == "source" {
            "  So nothing is concluded from what is missing: for that, nobody is disabled, deleted or removed."
        } else {
            "  So nothing is concluded from what is missing: it is not created, and not taken for gone."
        });
    }
    output.gap();
}

fn show_unreadable(report: &Report, most: usize, output: &mut Output) {
    if report.unreadable.is_empty() {
        return;
    }
    let total: usize = report.reads.iter().map(|it| it.unreadable).sum();
    output
        .line(format_args!("{} could not be read, and left alone", count(total as u64, "object", "objects")));
    for it in report.unreadable.iter().take(most) {
        let object = it.object.as_deref().unwrap_or("without a known id");
        output.line(format_args!("  {} {object}: {}", it.object_type, it.text));
    }
    show_more(total, most, output);
    output.gap();
}

fn show_plan(report: &Report, most: usize, output: &mut Output) {
    let PlanFacts { fingerprint, operations, unchanged, skipped, .. } = &report.plan;
    output.line(format_args!("Plan {}", &fingerprint[..8.min(fingerprint.len())]));
    if operations.is_empty() {
        output.line("          nothing to do");
    }
    show_counts(operations, |kind| words(kind).0, output);
    if *unchanged > 0 {
        output.line(format_args!("{:>9} as they should be", number(*unchanged)));
    }
    for skip in skipped.iter().take(most) {
        let what = if skip.objects == 1 { skip.object_type.clone() } else { plural(&skip.object_type) };
        output.line(format_args!("{:>9} {what} left alone: {}", number(skip.objects), skip.reason));
    }
    if let Some(more) = skipped.len().checked_sub(most).filter(|it| *it > 0) {
        output.line(format_args!(
            "          and {more} more reasons to leave objects alone (--verbose shows them)"
        ));
    }
    output.gap();
}

/// What a kind of operation will do, and what it did.
fn words(kind: ActionKind) -> (&'static str, &'static str) {
    match kind {
        ActionKind::Create => ("to create", "created"),
        ActionKind::Adopt => ("to adopt: they exist and are taken over", "adopted"),
        ActionKind::Update => ("to update", "updated"),
        ActionKind::Enable => ("to enable", "enabled"),
        ActionKind::Disable => ("to disable", "disabled"),
        ActionKind::SoftDelete => ("to mark as deleted", "marked as deleted"),
        ActionKind::Restore => ("to restore", "restored"),
        ActionKind::Delete => ("to delete", "deleted"),
        ActionKind::ChangeMembers => ("whose members change", "with other members"),
        ActionKind::Unlink => ("to forget: only the link goes", "forgotten"),
        _ => ("to change", "changed"),
    }
}

fn show_counts(counts: &[OperationCount], words: impl Fn(ActionKind) -> &'static str, output: &mut Output) {
    for OperationCount { action, object_type, operations } in counts {
        let what = if *operations == 1 { object_type.clone() } else { plural(object_type) };
        output.line(format_args!("{:>9} {what} {}", number(*operations), words(*action)));
    }
}

fn show_findings(findings: &[FindingFacts], most: usize, output: &mut Output) {
    let (references, trouble): (Vec<_>, Vec<_>) = findings.iter().partition(|it| it.unresolved.is_some());
    if !trouble.is_empty() {
        output.line(format_args!("Something is wrong ({})", number(trouble.len())));
        for finding in trouble.iter().take(most) {
            output.line(format_args!("  {}", finding.text));
        }
        show_more(trouble.len(), most, output);
        output.gap();
    }
    if !references.is_empty() {
        output.line("References left out; each is set as soon as the object is there");
        show_references(&references, most, output);
        output.gap();
    }
}

/// Groups references by what keeps them from being set; with everything that is to be shown, lists them.
fn show_references(references: &[&FindingFacts], most: usize, output: &mut Output) {
    let mut groups: BTreeMap<[&str; 3], Vec<&FindingFacts>> = BTreeMap::new();
    for reference in references {
        let attribute = reference.attribute.as_deref().unwrap_or("a reference");
        groups.entry([&reference.object_type, attribute, &reference.problem]).or_default().push(reference);
    }
    for ([object_type, attribute, problem], references) in groups {
        let number = number(references.len());
        output.line(format_args!(
            "{number:>9} in {attribute} of {}: the object {problem}",
            plural(object_type)
        ));
        let shown = references.iter().take(if most == usize::MAX { most } else { NAMES_SHOWN });
        let names = shown.map(|it| {
            let (source, reference) = (it.source.as_deref(), it.unresolved.as_deref());
            format!("{} -> {}", source.unwrap_or_default(), reference.unwrap_or_default())
        });
        let names: Vec<String> = names.collect();
        let dots = if names.len() < references.len() { ", ..." } else { "" };
        output.line(format_args!("          {}{dots}", names.join(", ")));
    }
}

fn show_held(held: &HeldFacts, command: &str, job: &Path, output: &mut Output) {
    let HeldFacts { limit, why, since, objects, .. } = held;
    let since = since.as_ref().map_or_else(String::new, |it| format!(", the first since {it}"));
    output.line(format_args!("! HELD BACK by {why}{since}"));
    let names = objects.iter().take(NAMES_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match objects.len().saturating_sub(NAMES_SHOWN) {
        0 => String::new(),
        more => format!(" and {} more", number(more)),
    };
    output.line(format_args!("    {names}{more}"));
    let job = job.display();
    if command == "rollback" {
        output.line(format_args!("  To let them pass, once:  add --allow {limit}"));
        return output.gap();
    }
    if command != "plan" {
        output.line(format_args!("  To look at them:         {} plan {job}", program()));
    }
    output.line(format_args!("  To let single ones pass: {} release {job} --list", program()));
    output.line(format_args!("  To let them pass, once:  {} run {job} --allow {limit}", program()));
    output.gap();
}

fn show_applied(applied: &Applied, plan: &PlanFacts, most: usize, output: &mut Output) {
    let Applied { done, not_done } = applied;
    let total: u64 = done.iter().map(|it| it.operations).sum();
    let planned: u64 = plan.operations.iter().map(|it| it.operations).sum();
    output.line(if not_done.is_empty() {
        format!("Done: all {}", count(planned, "operation", "operations"))
    } else {
        format!("Done: {} of {}", number(total), count(planned, "operation", "operations"))
    });
    show_counts(done, |kind| words(kind).1, output);
    if not_done.is_empty() {
        return;
    }
    output.gap();
    let again =
        if plan.undoes.is_empty() { "the next run tries again" } else { "roll back again to try again" };
    output.line(format_args!("Not done ({}); {again}", number(not_done.len())));
    for it in not_done.iter().take(most) {
        output.line(format_args!("  #{} {} {}: {}", it.operation, it.action, it.object, it.reason));
    }
    show_more(not_done.len(), most, output);
}

fn show_end(report: &Report, job: &Path, output: &mut Output) {
    let job = job.display();
    let changes = !report.plan.operations.is_empty();
    match (report.result, report.command) {
        ("paused", _) => {
            output.line("Stopped: the job is paused. What was done is remembered.");
        }
        ("interrupted", _) => {
            output.gap();
            output.line(format_args!(
                "Interrupted. What was done is remembered; to go on: {} run {job}",
                program()
            ));
        }
        (_, "rollback") => output.line("Nothing was changed."),
        (_, "plan") if changes => {
            output.line(format_args!("Nothing was changed. To do it: {} run {job}", program()));
        }
        ("done", "run") if !changes && report.from_changes => {
            output.line("Nothing changed that matters; nothing was written.");
        }
        ("done", "run") if !changes => output.line("The target is as it should be; nothing was written."),
        _ => {}
    }
}

/// Says what one could do next, after the first run of a job.
pub(crate) fn show_next_steps(job: &Path, plan: &Plan, output: &mut Output) {
    let job = job.display();
    let object = plan.operations.first().map_or("OBJECT".to_owned(), |it| quoted(&it.label));
    output.gap();
    output.line("What to try next");
    for (what, command) in [
        ("run it again: nothing is left to do", format!("run {job}")),
        ("edit a line of the source, then see", format!("plan {job}")),
        ("ask why somebody is as they are", format!("explain {job} {object}")),
        ("see what is remembered", format!("status {job}")),
    ] {
        output.line(format_args!("  {what:38} {} {command}", program()));
    }
}

/// Quotes a name for a shell, if it needs that.
fn quoted(name: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "@.-_+:/".contains(it);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}

fn show_more(total: usize, most: usize, output: &mut Output) {
    if let Some(more) = total.checked_sub(most).filter(|it| *it > 0) {
        output.line(format_args!("  and {} more (--verbose shows them)", number(more)));
    }
}

pub(super) fn plural(object_type: &str) -> String {
    if object_type.ends_with('s') { object_type.to_owned() } else { format!("{object_type}s") }
}
