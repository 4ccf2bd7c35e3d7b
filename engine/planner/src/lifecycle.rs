//! Stage 5: what happens to a target object whose source object left.
//!
//! A source object that was not read is not a source object that is gone: deprovisioning for that reason takes
//! the [`Absence`] that only a complete read gives (R1).
//!
//! A mapping may ask for several steps, one some time after another. Which one it is time for follows from what
//! earlier cycles noted ([`due`]); where everything is done at once, nothing is noted.

mod attributes;
mod due;

use std::collections::BTreeMap;

use provisio_model::{
    Absence, LinkOrigin, Record, Row, SourceId, SourceSide, TargetId, TargetSide, Timestamp, Values,
};

use crate::compiled::CompiledObject;
use crate::diff::{existing, is_only_value};
use crate::draft::{Drafts, skipped};
use crate::finding::{Finding, FindingKind};
use crate::input::PlanInput;
use crate::matching::{Departure, LinkEnd, Orphan, Pair, Pairs};
use crate::memory::{LeavingStep, Note, NoteChange, Trigger};
use crate::plan::{
    Action, ActionKind, Change, FailedClause, MappingId, OpId, Operation, PlannedValues, Reason, SkipReason,
    Skipped, TargetRef, Waiting,
};
use crate::policy::{Response, deprovision};
use crate::scope::{Judge, Judgement};
use crate::sent;
use crate::situation::Situation;
use crate::spec::Deprovision;

/// Where what is found goes: operations and skips, what was sent, and what is wrong.
type Found<'o> = (&'o mut Drafts, &'o mut sent::Found, &'o mut Vec<Finding>);

/// The target objects of the leavers among so many source objects are brought near at once.
const NEAR: usize = 64;

/// Drafts what happens to some objects of one mapping that are out of scope, or disabled in the source.
pub(crate) fn leave(
    input: &PlanInput<'_>,
    id: MappingId,
    mapping: &CompiledObject,
    (pairs, rows): (&Pairs, impl Iterator<Item = Row<SourceSide>>),
    found: Found<'_>,
) {
    let mut stage = Stage::new(input, id, mapping, pairs, found);
    let (source, target) = (input.source[mapping.source].records(), input.target[mapping.target].records());
    let rows = rows.map(|row| (row, pairs.of(row)));
    let mut rows = rows.filter(|(_, pair)| pair.is_out()).peekable();
    let (mut some, mut near) = (Vec::with_capacity(NEAR), Vec::with_capacity(NEAR));
    while rows.peek().is_some() {
        some.clear();
        some.extend(rows.by_ref().take(NEAR));
        near.clear();
        near.extend(some.iter().filter_map(|(_, pair)| match *pair {
            Pair::Leaving(_, LinkEnd::Row(row)) => Some(row),
            _ => None,
        }));
        target.bring_ids_near(near.iter().copied());
        if let Some(status) = &mapping.status {
            target.bring_values_near(&near, status.slot);
        }
        for &(row, pair) in &some {
            let record = source.record(row);
            match pair {
                Pair::Leaving(departure, end) => {
                    stage.left(record, pairs.situation_of(pair), departure, end);
                }
                pair => stage.skip_out(record, pair),
            }
        }
    }
}

/// Drafts what happens to the objects of one mapping that are gone from the source. Everything else of the mapping is
/// drafted before.
pub(crate) fn leave_with_source(
    input: &PlanInput<'_>,
    id: MappingId,
    mapping: &CompiledObject,
    pairs: &Pairs,
    found: Found<'_>,
) {
    let mut stage = Stage::new(input, id, mapping, pairs, found);
    let mut missing = 0;
    for orphan in &pairs.orphans {
        match &orphan.absence {
            Some(absence) => stage.source_deleted(absence, orphan, pairs.situation_of_orphan(orphan)),
            None => missing += 1,
        }
    }
    stage.settle_stale(pairs);
    if let Some(why) = input.source[mapping.source].incomplete() {
        let kind = FindingKind::SourceIncomplete { why: why.to_string().into(), missing };
        stage.findings.push(Finding::about_mapping(id, kind));
    }
}

/// Tells whether it is time for what happens next to a leaver.
pub(crate) fn is_time_for(mapping: &CompiledObject, note: &Note, now: Timestamp) -> bool {
    let Some(leaving) = note.leaving.as_ref().filter(|it| it.step != LeavingStep::Deleted) else {
        return false;
    };
    let due = due::of(mapping.leaving.steps(leaving.trigger), Some(note), leaving.target.as_str(), now);
    due.step.is_some_and(|it| step_of(it.action) > leaving.step)
}

struct Stage<'a, 'o> {
    input: &'a PlanInput<'a>,
    id: MappingId,
    mapping: &'a CompiledObject,
    judge: Judge<'a>,
    /// What earlier cycles noted, by source id.
    notes: Option<&'a BTreeMap<SourceId, Note>>,
    drafts: &'o mut Drafts,
    sent: &'o mut sent::Found,
    findings: &'o mut Vec<Finding>,
}

/// A linked source object that is out of scope, disabled or gone, and what became of its target object.
struct Leaver<'r> {
    source: SourceId,
    situation: Situation,
    end: LinkEnd,
    why: Why<'r>,
}

/// Why it leaves; what that is in words is asked only of those of whom something is done.
#[derive(Clone, Copy)]
enum Why<'r> {
    Departed(Departure, Record<'r, SourceSide>),
    Gone,
}

impl<'a, 'o> Stage<'a, 'o> {
    fn new(
        input: &'a PlanInput<'a>,
        id: MappingId,
        mapping: &'a CompiledObject,
        pairs: &'a Pairs,
        (drafts, sent, findings): Found<'o>,
    ) -> Self {
        let notes = input.memory.notes_of(&mapping.name);
        let judge = Judge::new(input, mapping, &pairs.members);
        Self { input, id, mapping, judge, notes, drafts, sent, findings }
    }
}

impl Stage<'_, '_> {
    fn skip_out(&mut self, record: Record<'_, SourceSide>, pair: Pair) {
        let why = match pair {
            Pair::Filtered => SkipReason::Filtered(self.failed(record)),
            Pair::Unassigned => SkipReason::Unassigned,
            Pair::Disabled => SkipReason::Disabled,
            _ => SkipReason::OutOfScope(self.failed(record)),
        };
        self.drafts.skip(skipped(self.id, record, pair.situation(), why));
    }

    fn failed(&self, record: Record<'_, SourceSide>) -> Box<FailedClause> {
        Box::new(match self.judge.judge(record) {
            Judgement::Filtered(failing) | Judgement::OutOfScope(failing) => failing.failed(record),
            // Matching asked the same, so there is a clause.
            _ => FailedClause::new(0, 0, provisio_model::Text::default()),
        })
    }

    fn left(
        &mut self,
        record: Record<'_, SourceSide>,
        situation: Situation,
        departure: Departure,
        end: LinkEnd,
    ) {
        self.answer(Leaver { source: record.id(), situation, end, why: Why::Departed(departure, record) });
    }

    fn reason(&self, why: Why<'_>) -> Reason {
        match why {
            Why::Gone => Reason::SourceDeleted,
            Why::Departed(Departure::Unassigned, _) => Reason::Unassigned,
            Why::Departed(Departure::OutOfScope, record) => Reason::OutOfScope(self.failed(record)),
            Why::Departed(Departure::Disabled, _) => Reason::SourceDisabled,
        }
    }

    /// Only who holds the proof can come here.
    fn source_deleted(&mut self, absence: &Absence<SourceSide>, orphan: &Orphan, situation: Situation) {
        let source = absence.id().clone();
        if self.respond(situation) == Response::Unlink {
            self.unlink(source, situation, orphan.target.clone());
        } else {
            self.answer(Leaver { source, situation, end: orphan.end, why: Why::Gone });
        }
    }

    fn respond(&self, situation: Situation) -> Response {
        self.mapping.respond(situation, self.input.operations(self.mapping))
    }

    /// Drafts what the policy says about an object that left.
    fn answer(&mut self, leaver: Leaver<'_>) {
        if leaver.situation == Situation::ProtectedLeaver {
            return self.skip(leaver, SkipReason::Protected);
        }
        let (LinkEnd::Row(row), Some(trigger)) = (leaver.end, leaver.situation.trigger()) else {
            // Of what waits nothing is known, and matching reports it.
            self.drafts.unchanged += u64::from(self.respond(leaver.situation) == Response::Nothing);
            return;
        };
        let current = self.input.target[self.mapping.target].records().record(row);
        let note = self.notes.and_then(|it| it.get(leaver.source.as_str()));
        let steps = self.mapping.leaving.steps_of(
            trigger,
            || self.origin(&leaver.source),
            self.mapping.status.is_some(),
        );
        let due = due::of(&steps, note, current.id_str(), self.input.now);
        let waiting = due.waiting(self.input.now);
        let step = due.step.map_or(LeavingStep::Noticed, |it| step_of(it.action));
        let Some(due) = due.step else {
            self.note(&leaver, trigger, step, current, None);
            return self.wait(leaver, waiting);
        };
        match deprovision(due.action, self.input.operations(self.mapping)) {
            Response::Disable => {
                let changes = self.disabling(current);
                self.write(leaver, trigger, current, (step, waiting), Action::Disable { changes });
            }
            Response::SoftDelete => {
                let changes = self.soft_deleting(current);
                self.write(leaver, trigger, current, (step, waiting), Action::SoftDelete { changes });
            }
            Response::Delete => {
                let buried = self.mapping.leaving.tombstone.is_some();
                let kind = Some(ActionKind::Delete);
                if buried {
                    self.note(&leaver, trigger, step, current, kind);
                } else if note.is_some_and(|it| it.leaving.is_some()) {
                    self.drafts.note(self.id, leaver.source.clone(), NoteChange::Settles, kind);
                }
                self.add(leaver, current, Action::Delete);
            }
            Response::NotAllowed(ActionKind::Disable) if self.disabling(current).is_empty() => {
                self.drafts.unchanged += 1;
            }
            Response::NotAllowed(ActionKind::SoftDelete) if self.soft_deleting(current).is_empty() => {
                self.drafts.unchanged += 1;
            }
            Response::NotAllowed(kind) => self.skip(leaver, SkipReason::NotAllowed(kind)),
            _ => self.skip(leaver, SkipReason::LeftAlone),
        }
    }

    fn origin(&self, source: &SourceId) -> LinkOrigin {
        let links = self.input.links.of(&self.mapping.name);
        links.and_then(|it| it.of_source(source.as_str())).map_or(LinkOrigin::Created, |it| it.origin)
    }

    /// Drafts a step that changes attributes; if none differs, it was taken already.
    fn write(
        &mut self,
        leaver: Leaver<'_>,
        trigger: Trigger,
        current: Record<'_, TargetSide>,
        (step, waiting): (LeavingStep, Option<Waiting>),
        mut action: Action,
    ) {
        let mut others = self.leaving_changes(&leaver.source, current);
        if action.changes().is_empty() && !others.is_empty() {
            // The step was taken already; what else it sets is nothing that a limit counts.
            self.note(&leaver, trigger, step, current, None);
            return self.add(leaver, current, Action::Update { changes: others });
        }
        if let Action::Disable { changes } | Action::SoftDelete { changes } = &mut action {
            changes.append(&mut others);
        }
        if !action.changes().is_empty() {
            self.note(&leaver, trigger, step, current, Some(action.kind()));
            return self.add(leaver, current, action);
        }
        self.note(&leaver, trigger, step, current, None);
        if waiting.is_some() {
            return self.wait(leaver, waiting);
        }
        self.drafts.unchanged += 1;
    }

    fn disabling(&self, current: Record<'_, TargetSide>) -> Vec<Change> {
        let status = self.mapping.status.as_ref().filter(|it| !is_only_value(current, it, &it.disabled));
        let change = status.map(|status| {
            Change::whole(
                status.name.clone(),
                current.values(status.slot).to_values(),
                Some(PlannedValues::Values(Values::one(status.disabled.clone()))),
            )
        });
        change.into_iter().collect()
    }

    /// What is marked as deleted is disabled, too.
    fn soft_deleting(&self, current: Record<'_, TargetSide>) -> Vec<Change> {
        let mark = self.mapping.leaving.soft_delete.as_ref().filter(|it| !it.is_deleted(current));
        let change = mark.map(|mark| {
            Change::whole(
                mark.name.clone(),
                current.values(mark.slot).to_values(),
                Some(PlannedValues::Values(Values::one(mark.deleted.clone()))),
            )
        });
        self.disabling(current).into_iter().chain(change).collect()
    }

    /// Notes how far a leaver came, where that decides when it goes on, and if it is not noted already.
    fn note(
        &mut self,
        leaver: &Leaver<'_>,
        trigger: Trigger,
        step: LeavingStep,
        current: Record<'_, TargetSide>,
        once: Option<ActionKind>,
    ) {
        let noted = self.notes.and_then(|it| it.get(leaver.source.as_str())?.leaving.as_ref());
        let change = if self.mapping.leaving.remembers(trigger) {
            let same = |it: &&crate::memory::Leaving| {
                it.trigger == trigger && it.step == step && it.target.as_str() == current.id_str()
            };
            if noted.filter(same).is_some() {
                return;
            }
            NoteChange::Leaves { trigger, step, target: current.id() }
        } else if noted.is_some() {
            NoteChange::Settles
        } else {
            return;
        };
        self.drafts.note(self.id, leaver.source.clone(), change, once);
    }

    fn unlink(&mut self, source: SourceId, situation: Situation, target: TargetId) {
        let change = match self.mapping.leaving.tombstone {
            Some(_) => Some(NoteChange::Leaves {
                trigger: Trigger::SourceDeleted,
                step: LeavingStep::Deleted,
                target: target.clone(),
            }),
            None => {
                let noted = self.notes.and_then(|it| it.get(source.as_str())?.leaving.as_ref());
                noted.map(|_| NoteChange::Settles)
            }
        };
        if let Some(change) = change {
            self.drafts.note(self.id, source.clone(), change, Some(ActionKind::Unlink));
        }
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
            lost: Vec::new(),
        });
    }

    /// Forgets what was noted of those who are neither leaving nor back: nothing comes of it any more.
    fn settle_stale(&mut self, pairs: &Pairs) {
        if self.notes.is_none() {
            return;
        }
        let noted = self.drafts.noted(self.id);
        let records = self.input.source[self.mapping.source].records();
        let links = self.input.links.of(&self.mapping.name);
        for (source, note) in self.notes.into_iter().flatten() {
            let Some(leaving) = &note.leaving else { continue };
            let pair = records.find(source.as_str()).map(|row| pairs.of(row));
            // Whoever is back is settled together with what is done about it.
            if matches!(pair, Some(Pair::Linked(_) | Pair::Matched(..) | Pair::Missing | Pair::Gone)) {
                continue;
            }
            // Of those that nobody looked up, the link is not known either.
            if leaving.step != LeavingStep::Deleted
                && pair.is_none()
                && self.input.source[self.mapping.source].looked_up().is_some()
            {
                continue;
            }
            let lasts = self.mapping.leaving.tombstone.map(|it| it.lasts());
            let link = links.and_then(|it| it.of_source(source.as_str()));
            let is_stale = match leaving.step {
                LeavingStep::Deleted => {
                    link.is_some() || lasts.and_then(|it| note.buried(it, self.input.now)).is_none()
                }
                _ => link.is_none_or(|it| it.target != leaving.target),
            };
            if is_stale && !noted.contains(source) {
                self.drafts.note(self.id, source.clone(), NoteChange::Settles, None);
            }
        }
    }

    fn add(&mut self, leaver: Leaver<'_>, current: Record<'_, TargetSide>, action: Action) {
        let Leaver { source, situation, why, .. } = leaver;
        let reason = self.reason(why);
        self.drafts.add(existing((self.id, self.mapping, situation), source, current, action, reason));
    }

    fn wait(&mut self, leaver: Leaver<'_>, waiting: Option<Waiting>) {
        let why = waiting.map_or(SkipReason::LeftAlone, |it| SkipReason::Waiting(Box::new(it)));
        self.skip(leaver, why);
    }

    fn skip(&mut self, leaver: Leaver<'_>, why: SkipReason) {
        let Leaver { source, situation, .. } = leaver;
        self.drafts.skip(Skipped { mapping: self.id, source, situation, why });
    }
}

/// How far an action brings a target object on its way out.
fn step_of(action: Deprovision) -> LeavingStep {
    match action {
        Deprovision::Leave => LeavingStep::Noticed,
        Deprovision::Disable => LeavingStep::Disabled,
        Deprovision::SoftDelete => LeavingStep::SoftDeleted,
        Deprovision::Delete => LeavingStep::Deleted,
    }
}
