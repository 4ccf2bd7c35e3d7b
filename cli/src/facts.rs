//! What came of a command, as data: the text for people and the JSON document are made from the same facts.

use std::collections::{BTreeMap, BTreeSet};

use provisio::execution::{Fate, Summary};
use provisio::model::{Import, Side};
use provisio::plan::{ActionKind, MappingId, OpId, SkipReason};
use provisio::planner::FindingKind;
use provisio::{Finding, Plan, Planned, Prepared, UnreadableObjects, View};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::exit::Exit;

/// The version of the JSON documents.
pub(crate) const FORMAT: u32 = 1;

/// What came of `run`, `plan` or `apply`.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) format: u32,
    pub(crate) command: &'static str,
    pub(crate) job: String,
    pub(crate) result: &'static str,
    pub(crate) exit_code: u8,
    pub(crate) reads: Vec<Read>,
    /// Whether only what changed was read, and what that reaches.
    pub(crate) from_changes: bool,
    pub(crate) plan: PlanFacts,
    /// What was carried out; `None` when nothing was to be.
    pub(crate) applied: Option<Applied>,
    pub(crate) findings: Vec<FindingFacts>,
    pub(crate) unreadable: Vec<UnreadableFacts>,
    /// The plan itself, as `docs/plan-format.md` describes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<Box<RawValue>>,
}

/// What was read of one object type of one side.
#[derive(Clone, Serialize)]
pub(crate) struct Read {
    pub(crate) side: &'static str,
    pub(crate) object_type: String,
    pub(crate) objects: usize,
    pub(crate) unreadable: usize,
    pub(crate) complete: bool,
    /// Why these are not all.
    pub(crate) incomplete_because: Option<String>,
}

/// A plan, counted.
#[derive(Serialize)]
pub(crate) struct PlanFacts {
    pub(crate) fingerprint: String,
    pub(crate) generation: u64,
    pub(crate) at: String,
    pub(crate) operations: Vec<OperationCount>,
    pub(crate) unchanged: u64,
    pub(crate) held: Vec<HeldFacts>,
    pub(crate) skipped: Vec<SkippedFacts>,
    /// The cycles that the plan undoes; of several for one object, the first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) undoes: Vec<String>,
}

/// How many operations of one kind there are on objects of one type.
#[derive(Serialize)]
pub(crate) struct OperationCount {
    #[serde(serialize_with = "name_of_kind")]
    pub(crate) action: ActionKind,
    pub(crate) object_type: String,
    pub(crate) operations: u64,
}

/// What a limit holds back.
#[derive(Clone, Serialize)]
pub(crate) struct HeldFacts {
    pub(crate) limit: &'static str,
    pub(crate) mapping: String,
    pub(crate) number: u64,
    pub(crate) of: u64,
    /// Which limit, and how it is exceeded, in words.
    pub(crate) why: String,
    /// Since when the first of them is held back; `None` if all are new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<String>,
    pub(crate) operations: usize,
    /// What people call the objects.
    pub(crate) objects: Vec<String>,
}

/// Source objects that are left alone on purpose for the same reason.
#[derive(Clone, Serialize)]
pub(crate) struct SkippedFacts {
    pub(crate) object_type: String,
    pub(crate) reason: String,
    pub(crate) objects: u64,
}

/// What was carried out.
#[derive(Serialize)]
pub(crate) struct Applied {
    pub(crate) done: Vec<OperationCount>,
    pub(crate) not_done: Vec<NotDone>,
}

/// One operation that was not done.
#[derive(Serialize)]
pub(crate) struct NotDone {
    pub(crate) operation: u32,
    pub(crate) action: &'static str,
    pub(crate) object: String,
    pub(crate) source: String,
    /// `failed`, `unknown`, `blocked` or `not_sent`.
    pub(crate) fate: &'static str,
    pub(crate) reason: String,
}

/// Trouble with one object.
#[derive(Serialize)]
pub(crate) struct FindingFacts {
    pub(crate) mapping: String,
    pub(crate) source: Option<String>,
    pub(crate) attribute: Option<String>,
    /// The id that it refers to in vain. Then only the reference is left out, else the object is left alone.
    pub(crate) unresolved: Option<String>,
    pub(crate) problem: String,
    #[serde(skip)]
    pub(crate) object_type: String,
    #[serde(skip)]
    pub(crate) text: String,
}

/// An object that could not be read.
#[derive(Serialize)]
pub(crate) struct UnreadableFacts {
    pub(crate) side: &'static str,
    pub(crate) object_type: String,
    pub(crate) object: Option<String>,
    pub(crate) text: String,
}

/// Returns what was read.
pub(crate) fn reads(view: &View) -> Vec<Read> {
    let unreadable = |side: &str, object_type: &provisio::model::ObjectType| {
        let found = view.unreadable.iter().find(|it| it.side == side && it.object_type == *object_type);
        found.map_or(0, |it| it.unreadable.count)
    };
    fn read<S: Side>(import: &Import<S>, unreadable: usize) -> Read {
        Read {
            side: S::NAME,
            object_type: import.object_type().to_string(),
            objects: import.records().len(),
            unreadable,
            complete: import.complete().is_some(),
            incomplete_because: import.incomplete().map(ToString::to_string),
        }
    }
    let source = view.source.iter().map(|it| read(it, unreadable("source", it.object_type())));
    let target = view.target.iter().map(|it| read(it, unreadable("target", it.object_type())));
    source.chain(target).collect()
}

/// Returns what was read in a cycle.
pub(crate) fn reads_of(prepared: &Prepared) -> Vec<Read> {
    let reads = prepared.reads.iter().map(|read| {
        let is_it = |it: &&UnreadableObjects| it.side == read.side && it.object_type == read.object_type;
        Read {
            side: read.side,
            object_type: read.object_type.to_string(),
            objects: read.objects,
            unreadable: prepared.unreadable.iter().find(is_it).map_or(0, |it| it.unreadable.count),
            complete: read.incomplete.is_none(),
            incomplete_because: read.incomplete.as_ref().map(ToString::to_string),
        }
    });
    reads.collect()
}

/// Returns the first objects that could not be read.
pub(crate) fn unreadable(all: &[UnreadableObjects]) -> Vec<UnreadableFacts> {
    let facts = all.iter().flat_map(|of_type| {
        of_type.unreadable.first.iter().map(|(id, failure)| UnreadableFacts {
            side: of_type.side,
            object_type: of_type.object_type.to_string(),
            object: id.as_ref().map(ToString::to_string),
            text: failure.message.to_string(),
        })
    });
    facts.collect()
}

/// Counts a plan.
pub(crate) fn plan(plan: &Plan) -> PlanFacts {
    let held = plan.held.iter().map(|held| HeldFacts {
        limit: held.limit.name(),
        mapping: mapping(plan, held.mapping),
        number: held.number,
        of: held.of,
        why: held.text(plan).to_string(),
        since: held.operations.iter().filter_map(|it| it.since).min().map(|it| it.to_string()),
        operations: held.operations.len(),
        objects: held.each().map(|it| it.label.to_string()).collect(),
    });
    PlanFacts {
        fingerprint: plan.fingerprint().to_string(),
        generation: plan.parent.0,
        at: plan.at.to_string(),
        operations: counts(plan, |_| true),
        unchanged: plan.unchanged,
        held: held.collect(),
        skipped: skipped(plan),
        undoes: plan.undoes().into_iter().map(ToString::to_string).collect(),
    }
}

/// Groups what is left alone by its reason, the most frequent first.
fn skipped(plan: &Plan) -> Vec<SkippedFacts> {
    let mut groups: BTreeMap<(String, String), u64> = BTreeMap::new();
    for skip in &plan.skipped {
        let object_type = plan.mapping(skip.mapping).map_or("object", |it| it.source.as_str());
        *groups.entry((object_type.to_owned(), skip_reason(&skip.why))).or_default() += 1;
    }
    let mut facts: Vec<SkippedFacts> = groups
        .into_iter()
        .map(|((object_type, reason), objects)| SkippedFacts { object_type, reason, objects })
        .collect();
    facts.sort_by_key(|it| std::cmp::Reverse(it.objects));
    facts
}

/// Says why, without what differs from object to object.
fn skip_reason(why: &SkipReason) -> String {
    match why {
        SkipReason::OutOfScope(failed) => format!("out of scope, {} does not hold", failed.text),
        SkipReason::Filtered(failed) => format!("not looked at, {} does not hold", failed.text),
        other => other.to_string(),
    }
}

/// Counts the operations of a plan that are meant, by kind and then by type.
fn counts(plan: &Plan, is_meant: impl Fn(OpId) -> bool) -> Vec<OperationCount> {
    let mut counts: BTreeMap<(usize, MappingId), u64> = BTreeMap::new();
    for operation in plan.operations.iter().filter(|it| is_meant(it.id)) {
        let kind = ActionKind::ALL.iter().position(|it| *it == operation.action.kind()).unwrap_or(0);
        *counts.entry((kind, operation.mapping)).or_default() += 1;
    }
    let counts = counts.into_iter().map(|((kind, mapping), operations)| OperationCount {
        action: ActionKind::ALL[kind],
        object_type: plan.mapping(mapping).map_or_else(String::new, |it| it.target.to_string()),
        operations,
    });
    counts.collect()
}

fn name_of_kind<S: serde::Serializer>(kind: &ActionKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Returns what came of a plan.
pub(crate) fn applied(plan: &Plan, summary: &Summary) -> Applied {
    let mut not_done: Vec<NotDone> = summary
        .failed
        .iter()
        .map(|failed| {
            let (fate, reason) = match &failed.fate {
                Fate::Failed(failure) => ("failed", failure.to_string()),
                Fate::Unknown(failure) => ("unknown", format!("nobody knows whether it was done: {failure}")),
                Fate::Postponed(until) => {
                    ("postponed", format!("it failed before, and is tried again at {until}"))
                }
                Fate::Blocked(by) => ("blocked", blocked(plan, *by)),
                _ => ("not_sent", "not sent: the run ended before".to_owned()),
            };
            NotDone {
                operation: failed.operation.0,
                action: failed.action.name(),
                object: failed.label.to_string(),
                source: failed.source.to_string(),
                fate,
                reason,
            }
        })
        .collect();
    not_done.sort_by_key(|it| it.operation);
    let missed: BTreeSet<OpId> = summary.failed.iter().map(|it| it.operation).collect();
    Applied { done: counts(plan, |it| !missed.contains(&it)), not_done }
}

fn blocked(plan: &Plan, by: OpId) -> String {
    match plan.operations.get(by.position()) {
        Some(first) => format!("not sent: {} {} {by} was not done", first.action.kind(), first.label),
        None => format!("not sent: {by} was not done"),
    }
}

/// Returns the findings.
pub(crate) fn findings(planned: &Planned) -> Vec<FindingFacts> {
    let plan = &planned.plan;
    let facts = planned.findings.iter().map(|finding| {
        let (unresolved, problem) = match &finding.kind {
            FindingKind::Unresolved { reference, why } => (Some(reference.to_string()), why.to_string()),
            kind => (None, kind.to_string()),
        };
        let object_type = plan.mapping(finding.mapping).map(|it| it.source.to_string());
        FindingFacts {
            mapping: mapping(plan, finding.mapping),
            source: finding.source.as_ref().map(ToString::to_string),
            attribute: finding.attribute.as_ref().map(ToString::to_string),
            unresolved,
            problem,
            object_type: object_type.unwrap_or_default(),
            text: finding_text(finding, plan),
        }
    });
    facts.collect()
}

/// Says what is wrong. Why a read is not complete is said where reads are shown.
fn finding_text(finding: &Finding, plan: &Plan) -> String {
    let mapping = mapping(plan, finding.mapping);
    match &finding.kind {
        FindingKind::SourceIncomplete { missing, .. } => {
            format!(
                "{mapping}: {missing} linked objects were not among those that could be read from the source; they are left alone"
            )
        }
        FindingKind::TargetIncomplete { waiting, .. } => {
            format!(
                "{mapping}: {waiting} objects were not among those that could be read from the target; they are left alone"
            )
        }
        _ => finding.text(plan).to_string(),
    }
}

fn mapping(plan: &Plan, id: MappingId) -> String {
    plan.mapping(id).map(|it| it.name.to_string()).unwrap_or_default()
}

impl Report {
    /// Decides how the command ends, and says so in the report.
    pub(crate) fn conclude(&mut self, is_interrupted: bool, changes_count: bool) -> Exit {
        self.end_with(self.exit(is_interrupted, changes_count))
    }

    /// Says how the command ends.
    pub(crate) fn end_with(&mut self, exit: Exit) -> Exit {
        (self.result, self.exit_code) = (exit.name(), exit.code());
        exit
    }

    fn exit(&self, is_interrupted: bool, changes_count: bool) -> Exit {
        let is_partial = self.reads.iter().any(|it| !it.complete || it.unreadable > 0);
        let left_alone = self.findings.iter().any(|it| it.unresolved.is_none());
        let not_done = self.applied.as_ref().is_some_and(|it| !it.not_done.is_empty());
        if is_interrupted {
            Exit::Interrupted
        } else if !self.plan.held.is_empty() {
            Exit::LimitTripped
        } else if is_partial || left_alone || not_done {
            Exit::SomeFailed
        } else if changes_count && !self.plan.operations.is_empty() {
            Exit::Changes
        } else {
            Exit::Done
        }
    }
}
