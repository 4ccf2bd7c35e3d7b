//! From what a run tells to records: one for each object.

use std::time::Duration;

use provisio_connector::ConnectorInfo;
use provisio_model::{Failure, Text, Timestamp};
use provisio_planner::execution::Fate;
use provisio_planner::{
    Action, Finding, LimitKind, MappingId, Operation, PlannedMapping, Reason, SkipReason, Skipped, TargetRef,
    json,
};

use super::privacy::PersonalData;
use super::record::{ErrorNote, FindingNote, Identity, ObjectRecord, OperationNote, Status, Step, StepNote};
use super::steps::{self, Way};
use super::{advice, values};
use crate::cycle::Initiator;
use crate::event::Course;
use crate::report::fate_word;

/// The action of a record in which nothing was to be done.
pub(super) const NO_ACTION: &str = "none";
/// The word for operations that a limit holds back.
pub(super) const HELD_BACK: &str = "held_back";

/// What all records of a cycle share.
pub(super) struct Drafting {
    pub(super) tenant: Option<Text>,
    pub(super) job: Text,
    pub(super) cycle: Text,
    pub(super) initiated_by: Initiator,
    pub(super) source: Text,
    pub(super) target: Text,
    pub(super) mappings: Vec<PlannedMapping>,
    pub(super) plan: Option<Text>,
    pub(super) privacy: PersonalData,
    /// How many records there are so far.
    pub(super) changes: u64,
}

/// A record that is not finished.
pub(super) struct Draft {
    record: ObjectRecord,
    began: Option<Timestamp>,
}

impl Draft {
    /// Closes the record of an object of which only a part was done before the run ended.
    pub(super) fn cut_off(&mut self, at: Timestamp) {
        let record = &mut self.record;
        record.at = at;
        record.status = record.status.and(Status::Warning);
        let error = || advice::note("not_sent", "the run ended before all of it was done".into());
        record.error.get_or_insert_with(error);
    }
}

/// Returns how a system is called in records.
pub(super) fn system(info: &ConnectorInfo) -> Text {
    format!("{} {}", info.kind, info.system).into()
}

impl Drafting {
    /// Begins a record about an object of a mapping.
    fn blank(&self, at: Timestamp, mapping: Option<MappingId>) -> ObjectRecord {
        let mapping = mapping.and_then(|it| self.mappings.get(usize::from(it.0)));
        let object_type = |it: Option<&str>| it.map(Text::new).unwrap_or_default();
        ObjectRecord {
            id: Text::default(),
            at,
            tenant: self.tenant.clone(),
            job: self.job.clone(),
            cycle: self.cycle.clone(),
            change: 0,
            initiated_by: self.initiated_by.clone(),
            action: NO_ACTION.into(),
            status: Status::Success,
            duration_ms: None,
            source: Identity {
                system: self.source.clone(),
                object_type: object_type(mapping.map(|it| it.source.as_str())),
                ..Identity::default()
            },
            target: Identity {
                system: self.target.clone(),
                object_type: object_type(mapping.map(|it| it.target.as_str())),
                ..Identity::default()
            },
            mapping: mapping.map(|it| it.name.clone()).unwrap_or_default(),
            situation: None,
            reason: None,
            skip_reason: None,
            why: Text::default(),
            plan: self.plan.clone(),
            operations: Vec::new(),
            steps: Vec::new(),
            changes: Vec::new(),
            findings: Vec::new(),
            error: None,
            undoes: None,
            personal_data: self.privacy.word().map(Text::new),
        }
    }

    /// Begins the record of an object with the first operation on it that has its fate.
    pub(super) fn operation(
        &self,
        operation: &Operation,
        fate: Option<&Fate>,
        course: &Course<'_>,
        findings: Vec<&Finding>,
    ) -> Draft {
        let mut record = self.planned(operation, course.ended, findings);
        if let Some(created) = course.created {
            record.target.id = Some(self.privacy.id(created.text()));
        }
        let mut draft = Draft { record, began: None };
        self.add(&mut draft, operation, fate, course);
        draft
    }

    /// What is known of an operation from the plan.
    fn planned(&self, operation: &Operation, at: Timestamp, findings: Vec<&Finding>) -> ObjectRecord {
        let mut record = self.blank(at, Some(operation.mapping));
        let name = self.privacy.name(&operation.label);
        record.source.id = Some(self.privacy.id(operation.source.text()));
        record.source.name = name.clone();
        record.target.name = name;
        if let TargetRef::Existing(id) = &operation.target {
            record.target.id = Some(self.privacy.id(id.text()));
        }
        record.action = operation.action.kind().name().into();
        record.situation = Some(operation.situation.name().into());
        record.reason = Some(json::reason_word(&operation.reason));
        record.why = self.reason(&operation.reason);
        record.undoes = undone(&operation.reason);
        let scope = match &operation.reason {
            Reason::OutOfScope(failed) => Some(self.clause(&failed.text, failed)),
            _ => None,
        };
        let matched_by = match &operation.reason {
            Reason::Matched { attribute } => Some(attribute.as_str()),
            _ => None,
        };
        let situation = Some(operation.situation);
        record.steps =
            steps::before_export(&Way { situation, scope, target: record.target.id.as_ref(), matched_by });
        for finding in findings {
            self.find(&mut record, finding);
        }
        record
    }

    /// Adds an operation that has its fate to the record of its object.
    pub(super) fn add(
        &self,
        draft: &mut Draft,
        operation: &Operation,
        fate: Option<&Fate>,
        course: &Course<'_>,
    ) {
        let Draft { record, began } = draft;
        if weighs_more(&operation.action) {
            record.action = operation.action.kind().name().into();
            record.reason = Some(json::reason_word(&operation.reason));
            record.why = self.reason(&operation.reason);
            record.undoes = undone(&operation.reason).or(record.undoes.take());
        }
        record.operations.push(OperationNote {
            number: operation.id.0,
            action: operation.action.kind().name().into(),
            fate: fate_word(fate).into(),
            writes: course.writes,
        });
        if course.writes > 0 {
            let began = *began.get_or_insert(course.began);
            record.duration_ms = Some(millis(course.ended.since(began)));
        }
        record.at = course.ended;
        let created = course.created_so_far;
        record.changes.extend(values::Noting { created, privacy: &self.privacy }.properties(operation));
        let (status, error) = self.outcome(fate);
        record.status = record.status.and(status);
        record.error = record.error.take().or(error);
        if course.left_out > 0 {
            record.status = record.status.and(Status::Warning);
            let details = format!(
                "{} left out, since their objects could not be created; the next cycle sets them",
                if course.left_out == 1 {
                    "1 reference".to_owned()
                } else {
                    format!("{} references", course.left_out)
                }
            );
            record.steps.push(StepNote::new(Step::References, Status::Warning, details));
        }
    }

    /// Returns what a fate means for the record.
    fn outcome(&self, fate: Option<&Fate>) -> (Status, Option<ErrorNote>) {
        let of = |failure: &Failure| {
            let reason = self.privacy.message(&failure.message, || failure.kind.to_string().into());
            advice::of_failure(failure, reason)
        };
        match fate {
            None | Some(Fate::Done) => (Status::Success, None),
            Some(Fate::Failed(failure)) => (Status::Failure, Some(of(failure))),
            Some(Fate::Unknown(failure)) => (Status::Warning, Some(of(failure))),
            Some(Fate::Postponed(until)) => {
                let reason = format!("it failed before, and is tried again at {until}");
                (Status::Skipped, Some(advice::note("postponed", reason.into())))
            }
            Some(Fate::Blocked(by)) => {
                let reason = format!("operation {by} was not done");
                (Status::Failure, Some(advice::note("blocked", reason.into())))
            }
            Some(_) => (Status::Skipped, Some(advice::note("not_sent", "the run ended before".into()))),
        }
    }

    /// Makes the record of an operation that a limit holds back.
    pub(super) fn held(
        &self,
        limit: LimitKind,
        operation: &Operation,
        at: Timestamp,
        findings: Vec<&Finding>,
    ) -> Draft {
        let mut record = self.planned(operation, at, findings);
        record.status = record.status.and(Status::Skipped);
        record.skip_reason = Some(HELD_BACK.into());
        record.changes = values::Noting { created: &[], privacy: &self.privacy }.properties(operation);
        record.operations.push(OperationNote {
            // Operations that are held back have no number in the plan.
            number: 0,
            action: operation.action.kind().name().into(),
            fate: HELD_BACK.into(),
            writes: 0,
        });
        let reason = format!("the limit on {limit} holds it back");
        record.error = Some(advice::note(HELD_BACK, reason.into()));
        Draft { record, began: None }
    }

    /// Makes the record of an object that is left alone on purpose.
    pub(super) fn skipped(&self, skip: &Skipped, at: Timestamp, findings: Vec<&Finding>) -> Draft {
        let mut record = self.blank(at, Some(skip.mapping));
        record.source.id = Some(self.privacy.id(skip.source.text()));
        record.status = Status::Skipped;
        record.situation = Some(skip.situation.name().into());
        record.skip_reason = Some(json::skip_word(&skip.why));
        let scope = match &skip.why {
            SkipReason::OutOfScope(failed) | SkipReason::Filtered(failed) => {
                Some(self.clause(&failed.text, failed))
            }
            _ => None,
        };
        record.why = match (&skip.why, &scope) {
            (SkipReason::Filtered(_), Some(clause)) => format!("not looked at: {clause}").into(),
            (_, Some(clause)) => format!("out of scope: {clause}").into(),
            (_, None) => self.privacy.message(&skip.why, || words(&json::skip_word(&skip.why))),
        };
        let situation = Some(skip.situation);
        record.steps = steps::before_export(&Way { situation, scope, target: None, matched_by: None });
        for finding in findings {
            self.find(&mut record, finding);
        }
        Draft { record, began: None }
    }

    /// Makes the record of an object with which something is wrong, and nothing else is done.
    pub(super) fn findings(&self, findings: Vec<&Finding>, at: Timestamp) -> Option<Draft> {
        let first = *findings.first()?;
        let mut record = self.blank(at, Some(first.mapping));
        record.source.id = first.source.as_ref().map(|it| self.privacy.id(it.text()));
        let situation = findings.iter().find_map(|it| steps::situation_of(&it.kind));
        record.situation = situation.map(|it| it.name().into());
        if first.source.is_some() {
            let way = Way { situation, scope: None, target: None, matched_by: None };
            record.steps = steps::before_export(&way);
        }
        for finding in findings {
            self.find(&mut record, finding);
        }
        record.why = record.findings.first().map(|it| it.text.clone()).unwrap_or_default();
        Some(Draft { record, began: None })
    }

    /// Makes the record of an object that could not be read.
    pub(super) fn unreadable(
        &self,
        side: &str,
        object_type: &str,
        id: Option<&str>,
        failure: &Failure,
        at: Timestamp,
    ) -> Draft {
        let mut record = self.blank(at, None);
        let identity = if side == "source" { &mut record.source } else { &mut record.target };
        identity.object_type = object_type.into();
        identity.id = id.map(|it| self.privacy.id(&it.into()));
        let text = self.privacy.message(&failure.message, || failure.kind.to_string().into());
        record.why = "it could not be read, so it is left alone".into();
        record.status = Status::Failure;
        record.steps = vec![StepNote::new(Step::Import, Status::Failure, text.clone())];
        record.error = Some(advice::note("unreadable", text.clone()));
        record.findings = vec![FindingNote { kind: "unreadable".into(), attribute: None, text }];
        Draft { record, began: None }
    }

    /// Adds what is wrong with an object to its record.
    fn find(&self, record: &mut ObjectRecord, finding: &Finding) {
        let kind = finding.kind.name();
        let text = self.privacy.message(&finding.kind, || words(&kind.into()));
        let attribute = finding.attribute.as_ref().map(|it| Text::new(it.as_str()));
        let (step, status) = steps::step_of(&finding.kind);
        record.status = record.status.and(status);
        let details: Text = match &attribute {
            Some(attribute) => format!("{attribute}: {text}").into(),
            None => text.clone(),
        };
        match record.steps.iter_mut().find(|it| it.step == step) {
            Some(note) if note.status != Status::Success => {
                note.details = format!("{}; {details}", note.details).into();
            }
            Some(note) => *note = StepNote::new(step, status, details),
            None => record.steps.push(StepNote::new(step, status, details)),
        }
        if status == Status::Failure && record.error.is_none() {
            record.error = Some(advice::note(kind, text.clone()));
        }
        record.findings.push(FindingNote { kind: kind.into(), attribute, text });
    }

    /// Finishes a record.
    pub(super) fn seal(&mut self, draft: Draft) -> ObjectRecord {
        let Draft { mut record, .. } = draft;
        self.changes += 1;
        record.change = self.changes;
        record.id = format!("{}-{}", record.cycle, record.change).into();
        let export = export_of(&record);
        record.steps.push(export);
        record
    }

    /// A clause in words; what the object has is personal.
    fn clause(&self, text: &Text, failed: &dyn std::fmt::Display) -> Text {
        self.privacy.message(failed, || format!("{text} does not hold").into())
    }

    fn reason(&self, reason: &Reason) -> Text {
        match reason {
            Reason::OutOfScope(failed) => {
                format!("out of scope: {}", self.clause(&failed.text, failed)).into()
            }
            reason => self.privacy.message(reason, || words(&json::reason_word(reason))),
        }
    }
}

/// Says what came of the export.
fn export_of(record: &ObjectRecord) -> StepNote {
    let fates = |fate: &str| record.operations.iter().any(|it| &*it.fate == fate);
    let (status, details): (Status, Text) = if record.operations.is_empty() {
        (Status::Skipped, "nothing was written".into())
    } else if record.operations.iter().all(|it| &*it.fate == "done") {
        (Status::Success, "done".into())
    } else {
        let status = if fates("failed") || fates("blocked") {
            Status::Failure
        } else if fates("unknown") {
            Status::Warning
        } else {
            Status::Skipped
        };
        (status, record.error.as_ref().map(|it| it.reason.clone()).unwrap_or_default())
    };
    StepNote::new(Step::Export, status, details)
}

/// Tells whether an action is what the whole record is about, whatever else is done to the object.
fn weighs_more(action: &Action) -> bool {
    matches!(
        action,
        Action::Create { .. }
            | Action::Adopt { .. }
            | Action::Delete
            | Action::Disable { .. }
            | Action::SoftDelete { .. }
            | Action::Restore { .. }
    )
}

fn undone(reason: &Reason) -> Option<Text> {
    match reason {
        Reason::Undoes { cycle } => Some(cycle.clone()),
        _ => None,
    }
}

/// A word of ours as people write it.
fn words(word: &Text) -> Text {
    word.replace('_', " ").into()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
