//! Stage 5: what happens to a target object whose source object left.
//!
//! A source object that was not read is not a source object that is gone: deprovisioning for that reason takes
//! the [`Absence`] that only a complete read gives (R1).

use provisio_model::{Absence, Record, SourceId, SourceSide, TargetId, TargetSide, Text, Values};

use crate::compiled::CompiledObject;
use crate::diff::{existing, is_only_value};
use crate::draft::{Drafts, skipped};
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::matching::{Departure, LinkEnd, Orphan, Pair, Pairs};
use crate::plan::{
    Action, ActionKind, Change, FailedClause, MappingId, OpId, Operation, PlannedValues, Reason, SkipReason,
    Skipped, TargetRef,
};
use crate::policy::Response;
use crate::scope::{Judge, Judgement};
use crate::situation::Situation;

/// Drafts what happens to the objects of one mapping that are out of scope or gone from the source.
pub(crate) fn leave(
    input: &PlanInput<'_>,
    id: MappingId,
    mapping: &CompiledObject,
    pairs: &Pairs,
    drafts: &mut Drafts,
    findings: &mut Vec<Finding>,
) {
    let judge = Judge::new(input, mapping, &pairs.members);
    let mut stage = Leaving { input, id, mapping, judge, drafts };
    for record in input.source[mapping.source].records().iter() {
        match pairs.of(record.row()) {
            pair @ (Pair::Filtered | Pair::Unassigned | Pair::OutOfScope) => stage.skip_out(record, pair),
            pair @ Pair::Leaving(departure, end) => stage.left(record, pair, departure, end),
            _ => {}
        }
    }
    let mut missing = 0;
    for orphan in &pairs.orphans {
        match &orphan.absence {
            Some(absence) => stage.source_deleted(absence, orphan),
            None => missing += 1,
        }
    }
    if let Some(why) = input.source[mapping.source].incomplete() {
        let kind = FindingKind::SourceIncomplete { why: why.to_string().into(), missing };
        findings.push(Finding::about_mapping(id, kind));
    }
}

struct Leaving<'a, 'o> {
    input: &'a PlanInput<'a>,
    id: MappingId,
    mapping: &'a CompiledObject,
    judge: Judge<'a>,
    drafts: &'o mut Drafts,
}

impl Leaving<'_, '_> {
    fn skip_out(&mut self, record: Record<'_, SourceSide>, pair: Pair) {
        let why = match pair {
            Pair::Filtered => SkipReason::Filtered(self.failed(record)),
            Pair::Unassigned => SkipReason::Unassigned,
            _ => SkipReason::OutOfScope(self.failed(record)),
        };
        self.drafts.skip(skipped(self.id, record, pair.situation(), why));
    }

    fn failed(&self, record: Record<'_, SourceSide>) -> Box<FailedClause> {
        Box::new(match self.judge.judge(record) {
            Judgement::Filtered(failing) | Judgement::OutOfScope(failing) => failing.failed(record),
            // Matching asked the same, so there is a clause.
            _ => FailedClause::new(0, 0, Text::default()),
        })
    }

    fn left(&mut self, record: Record<'_, SourceSide>, pair: Pair, departure: Departure, end: LinkEnd) {
        let reason = match departure {
            Departure::Unassigned => Reason::Unassigned,
            Departure::OutOfScope => Reason::OutOfScope(self.failed(record)),
        };
        self.answer(Leaver { source: record.id(), situation: pair.situation(), end, reason });
    }

    /// Only who holds the proof can come here.
    fn source_deleted(&mut self, absence: &Absence<SourceSide>, orphan: &Orphan) {
        let (source, situation) = (absence.id().clone(), orphan.situation());
        if self.respond(situation) == Response::Unlink {
            self.unlink(source, situation, orphan.target.clone());
        } else {
            self.answer(Leaver { source, situation, end: orphan.end, reason: Reason::SourceDeleted });
        }
    }

    fn respond(&self, situation: Situation) -> Response {
        self.mapping.respond(situation, self.input.operations(self.mapping))
    }

    /// Drafts what the policy says about an object that left.
    fn answer(&mut self, leaver: Leaver) {
        let response = self.respond(leaver.situation);
        let LinkEnd::Row(row) = leaver.end else {
            // Of what waits nothing is known, and matching reports it.
            self.drafts.unchanged += u64::from(response == Response::Nothing);
            return;
        };
        let current = self.input.target[self.mapping.target].records().record(row);
        match response {
            Response::Disable => self.disable(leaver, current),
            Response::Delete => self.add(leaver, current, Action::Delete),
            Response::NotAllowed(ActionKind::Disable) if self.is_disabled(current) => {
                self.drafts.unchanged += 1;
            }
            Response::NotAllowed(kind) => self.skip(leaver, SkipReason::NotAllowed(kind)),
            _ => self.skip(leaver, SkipReason::LeftAlone),
        }
    }

    fn is_disabled(&self, current: Record<'_, TargetSide>) -> bool {
        self.mapping.status.as_ref().is_some_and(|it| is_only_value(current, it, &it.disabled))
    }

    fn disable(&mut self, leaver: Leaver, current: Record<'_, TargetSide>) {
        let Some(status) = &self.mapping.status else { return };
        if self.is_disabled(current) {
            self.drafts.unchanged += 1;
            return;
        }
        let change = Change::whole(
            status.name.clone(),
            current.values(status.slot).to_values(),
            Some(PlannedValues::Values(Values::one(status.disabled.clone()))),
        );
        self.add(leaver, current, Action::Disable { changes: vec![change] });
    }

    fn unlink(&mut self, source: SourceId, situation: Situation, target: TargetId) {
        self.drafts.add(Operation {
            id: OpId(0),
            mapping: self.id,
            label: target.text().clone(),
            source,
            target: TargetRef::Existing(target),
            version: None,
            situation,
            action: Action::Unlink,
            reason: Reason::SourceDeleted,
            after: Vec::new(),
        });
    }

    fn add(&mut self, leaver: Leaver, current: Record<'_, TargetSide>, action: Action) {
        let Leaver { source, situation, reason, .. } = leaver;
        self.drafts.add(existing((self.id, self.mapping, situation), source, current, action, reason));
    }

    fn skip(&mut self, leaver: Leaver, why: SkipReason) {
        let Leaver { source, situation, .. } = leaver;
        self.drafts.skip(Skipped { mapping: self.id, source, situation, why });
    }
}

/// A linked source object that is out of scope or gone, and what became of its target object.
struct Leaver {
    source: SourceId,
    situation: Situation,
    end: LinkEnd,
    reason: Reason,
}
