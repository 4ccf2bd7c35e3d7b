//! What did a cycle read, plan and do, in numbers?

use std::collections::BTreeMap;

use provisio_model::{Text, Timestamp};
use provisio_planner::execution::Fate;
use provisio_planner::{Finding, Plan, json};
use serde::{Deserialize, Serialize};

use crate::cycle::{CycleEnd, CycleId, Initiator};
use crate::event::Event;
use crate::log::Status;
use crate::store::JobId;

/// A cycle in numbers: the last line of each cycle in the provisioning log, and the heart of a job's status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CycleReport {
    /// The name of the job.
    pub job: Text,
    /// Which cycle.
    pub cycle: Text,
    /// When it began.
    pub began: Option<Timestamp>,
    /// When it ended; `None` as long as it is under way.
    pub ended: Option<Timestamp>,
    /// Who began it.
    pub initiated_by: Initiator,
    /// How it ended: `finished`, `interrupted`, `failed`, `abandoned`; empty as long as it is under way.
    pub end: Text,
    /// Where it failed: `source`, `target`, `mapping`, `state`, `plan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<Text>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Text>,
    /// What was read.
    pub reads: Vec<ReadReport>,
    /// What identifies the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Text>,
    /// How many operations were planned.
    pub planned: u64,
    /// How many linked objects are as they should be.
    pub unchanged: u64,
    /// By action, then by fate: how many operations.
    pub operations: BTreeMap<Text, BTreeMap<Text, u64>>,
    /// By reason: how many objects are left alone on purpose.
    pub skipped: BTreeMap<Text, u64>,
    /// By kind: how often something is wrong.
    pub findings: BTreeMap<Text, u64>,
    /// What limits hold back.
    pub held: Vec<HeldReport>,
    /// How many references were left out, since their objects could not be created.
    pub references_left_out: u64,
    /// Whether another cycle would have nothing to do, as far as this one can tell.
    pub is_steady: bool,
}

/// Findings that do not keep their object from being provisioned, or will pass by themselves.
const WARNINGS: [&str; 9] = [
    "rehired",
    "unresolved",
    "not_kept",
    "changed_back",
    "source_incomplete",
    "target_incomplete",
    "target_not_remembered",
    "target_unreadable",
    "groups_unread",
];

/// What was read of one object type of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReadReport {
    /// `source` or `target`.
    pub side: Text,
    /// Which objects.
    #[serde(rename = "type")]
    pub object_type: Text,
    /// How many.
    pub objects: u64,
    /// How many are there and could not be read, as far as they were told one by one.
    pub unreadable: u64,
    /// Whether these are all.
    pub is_complete: bool,
}

/// What a limit holds back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HeldReport {
    /// Which limit.
    pub limit: Text,
    /// Of which object mapping.
    pub mapping: Text,
    /// How many single acts.
    pub number: u64,
    /// How many there could be at most.
    pub of: u64,
    /// How many operations.
    pub operations: u64,
}

impl CycleReport {
    /// Begins the report of a cycle.
    pub(crate) fn begin(cycle: &CycleId, job: &JobId, at: Timestamp, initiator: &Initiator) -> Self {
        Self {
            job: job.as_str().into(),
            cycle: cycle.text().clone(),
            began: Some(at),
            initiated_by: initiator.clone(),
            ..Self::default()
        }
    }

    /// Counts what an event tells.
    pub(crate) fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::ReadFinished { side, object_type, objects, incomplete } => {
                let read = self.read(side, object_type.as_str());
                read.objects = *objects as u64;
                read.is_complete = incomplete.is_none();
            }
            Event::ObjectUnreadable { side, object_type, .. } => {
                self.read(side, object_type.as_str()).unreadable += 1;
            }
            Event::PlanReady { plan, findings, .. } => self.count_plan(plan, findings),
            Event::ApplyStarted { fingerprint, .. } => self.plan = Some(fingerprint.to_string().into()),
            Event::OperationFinished { operation, fate, course } => {
                self.add(operation.action.kind().name(), fate_word(*fate), 1);
                self.references_left_out += course.left_out as u64;
            }
            Event::ApplyFinished { summary, .. } => {
                // Operations that were never sent are told here only.
                for failed in summary.failed.iter().filter(|it| it.fate == Fate::NotSent) {
                    self.add(failed.action.name(), fate_word(Some(&failed.fate)), 1);
                }
            }
            Event::CycleFinished { at, end, .. } => {
                self.ended = Some(*at);
                self.end = end.name().into();
                if let CycleEnd::Failed { stage, why } = end {
                    self.stage = Some(Text::new(stage));
                    self.error = Some(Text::new(why));
                }
                self.is_steady = self.end == Text::new("finished")
                    && self.plan_was_seen()
                    && self.reads.iter().all(|it| it.is_complete)
                    && self.held.is_empty()
                    && self.references_left_out == 0
                    && self.done() == self.planned;
            }
            _ => {}
        }
    }

    fn plan_was_seen(&self) -> bool {
        self.plan.is_some() || self.planned == 0
    }

    fn read(&mut self, side: &str, object_type: &str) -> &mut ReadReport {
        let is_it = |it: &ReadReport| &*it.side == side && &*it.object_type == object_type;
        let at = self.reads.iter().position(is_it).unwrap_or_else(|| {
            let (side, object_type) = (side.into(), object_type.into());
            self.reads.push(ReadReport { side, object_type, objects: 0, unreadable: 0, is_complete: false });
            self.reads.len() - 1
        });
        &mut self.reads[at]
    }

    fn count_plan(&mut self, plan: &Plan, findings: &[Finding]) {
        self.planned = plan.operations.len() as u64;
        self.unchanged = plan.unchanged;
        for skip in &plan.skipped {
            *self.skipped.entry(json::skip_word(&skip.why)).or_default() += 1;
        }
        for finding in findings {
            *self.findings.entry(finding.kind.name().into()).or_default() += 1;
        }
        self.held = plan
            .held
            .iter()
            .map(|it| HeldReport {
                limit: it.limit.name().into(),
                mapping: plan.mapping(it.mapping).map(|it| it.name.clone()).unwrap_or_default(),
                number: it.number,
                of: it.of,
                operations: it.operations.len() as u64,
            })
            .collect();
    }

    fn add(&mut self, action: &'static str, fate: &'static str, number: u64) {
        // The words are few and short: no allocation.
        *self.operations.entry(action.into()).or_default().entry(fate.into()).or_default() += number;
    }

    /// Returns how many operations were done.
    pub fn done(&self) -> u64 {
        self.count_fate("done")
    }

    /// Returns how many operations had this fate: `done`, `failed`, `unknown`, `blocked`, `not_sent`.
    pub fn count_fate(&self, fate: &str) -> u64 {
        self.operations.values().filter_map(|it| it.get(fate)).sum()
    }

    /// Counts operations, skips and findings by the status that they give their objects.
    pub fn statuses(&self) -> BTreeMap<&'static str, u64> {
        let warnings: u64 = WARNINGS.iter().filter_map(|it| self.findings.get(*it)).sum();
        let findings: u64 = self.findings.values().sum();
        let held: u64 = self.held.iter().map(|it| it.operations).sum();
        let skipped: u64 = self.skipped.values().sum();
        let fates = |fates: &[&str]| fates.iter().map(|it| self.count_fate(it)).sum::<u64>();
        BTreeMap::from([
            (Status::Success.name(), self.done()),
            (Status::Failure.name(), fates(&["failed", "blocked"]) + (findings - warnings)),
            (Status::Warning.name(), fates(&["unknown"]) + warnings),
            (Status::Skipped.name(), fates(&["not_sent"]) + held + skipped),
        ])
    }
}

/// Returns the word for what became of an operation.
pub(crate) fn fate_word(fate: Option<&Fate>) -> &'static str {
    match fate {
        None | Some(Fate::Done) => "done",
        Some(Fate::Failed(_)) => "failed",
        Some(Fate::Unknown(_)) => "unknown",
        Some(Fate::Blocked(_)) => "blocked",
        Some(Fate::Postponed(_)) => "postponed",
        // Of the fates of later versions, nothing is known to be done.
        Some(_) => "not_sent",
    }
}
