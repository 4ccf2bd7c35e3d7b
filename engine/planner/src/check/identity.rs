//! Whose objects are touched? Only linked, matched or new ones (R2, R7); and what is taken away or created
//! because something is absent has the proof of that (R1).

use provisio_model::{CompareRule, Import, SourceId, TargetId};

use super::facts::{Facts, Subject, is_create};
use super::matches;
use super::origin::{Given, given};
use super::report::Report;
use super::scope::Standing;
use super::violation::ViolationKind;
use super::waits;
use crate::plan::{Action, Reason, TargetRef, Why};

/// Checks whose object it is; tells whether it is known well enough to judge what is written to it.
pub(super) fn check(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) -> bool {
    let mut rule = Rule { facts, subject, report };
    if !super::reasons::fits(subject) {
        return false;
    }
    match &subject.operation.action {
        Action::Create { .. } => {
            rule.in_scope();
            rule.create();
            true
        }
        Action::Unlink => {
            rule.source_gone();
            rule.unlink();
            false
        }
        Action::Adopt { .. } => {
            rule.in_scope();
            rule.adopt()
        }
        _ => {
            match &subject.operation.reason {
                Reason::OutOfScope(failed) => rule.left(|it| it.fails(failed)),
                Reason::Unassigned => rule.left(|it| it.is_unassigned()),
                Reason::SourceDisabled => rule.disabled(),
                Reason::SourceDeleted => rule.source_gone(),
                _ => rule.in_scope(),
            }
            rule.known()
        }
    }
}

/// Checks that an object is linked to the source object, or becomes so in this plan; tells whether it is.
pub(super) fn check_known(facts: &Facts<'_>, subject: &Subject<'_>, report: &mut Report) -> bool {
    Rule { facts, subject, report }.known()
}

struct Rule<'r, 'a> {
    facts: &'r Facts<'a>,
    subject: &'r Subject<'a>,
    report: &'r mut Report,
}

impl<'a> Rule<'_, 'a> {
    fn find(&mut self, kind: ViolationKind) {
        self.report.add(Some(self.subject.at), kind);
    }

    fn in_scope(&mut self) {
        if self.subject.source.is_none() {
            self.find(ViolationKind::UnknownSource);
        } else if self.subject.is_disabled() {
            self.find(ViolationKind::DisabledDiffers);
        } else if !self.subject.is_in_scope() {
            self.find(ViolationKind::NotInScope);
        }
    }

    /// The source object is out of scope, and for the reason that is given.
    fn left(&mut self, is_the_reason: impl Fn(&Standing<'_>) -> bool) {
        match &self.subject.standing {
            None => self.find(ViolationKind::UnknownSource),
            Some(standing) if standing.is_in_scope() => self.find(ViolationKind::StillInScope),
            Some(standing) if !standing.is_out() => self.find(ViolationKind::OutOfScopeNotProved),
            Some(standing) if !is_the_reason(standing) => self.find(ViolationKind::ReasonDoesNotFit),
            Some(_) => {}
        }
    }

    fn disabled(&mut self) {
        if self.subject.source.is_none() {
            self.find(ViolationKind::UnknownSource);
        } else if !self.subject.is_disabled() {
            self.find(ViolationKind::DisabledDiffers);
        }
    }

    fn source_gone(&mut self) {
        let source = &self.facts.input.source[self.subject.mapping.source];
        if source.prove_absent(&self.subject.operation.source).is_none() {
            self.find(ViolationKind::SourceAbsenceNotProved);
        }
    }

    fn linked(&self) -> Option<&'a TargetId> {
        let links = self.facts.links(self.subject.mapping_at)?;
        links.of_source(self.subject.operation.source.as_str()).map(|it| &it.target)
    }

    /// In an incremental plan, an object is without a link only if that was asked.
    fn source_links_asked(&mut self) {
        let Subject { operation, mapping, .. } = *self.subject;
        let evidence = self.facts.input.evidence;
        if evidence.is_some_and(|it| it.standing(mapping.source, operation.source.as_str()).is_none()) {
            self.find(ViolationKind::LinksNotAsked);
        }
    }

    fn create(&mut self) {
        let Subject { at, operation, mapping_at, mapping, .. } = *self.subject;
        if operation.target != TargetRef::Created(at) {
            self.find(ViolationKind::NotItsOwnObject);
        }
        let first = self.facts.created.get(&(mapping_at, operation.source.as_str()));
        if let Some(&other) = first.filter(|it| **it != at) {
            self.find(ViolationKind::CreatedTwice { other });
        }
        let target = &self.facts.input.target[mapping.target];
        match (&operation.reason, self.linked()) {
            (Reason::TargetGone, None) => self.find(ViolationKind::ReasonDoesNotFit),
            (Reason::TargetGone, Some(link)) if target.records().find(link.as_str()).is_none() => {}
            (_, Some(link)) => self.find(ViolationKind::SourceIsLinked { target: link.clone() }),
            (_, None) => {}
        }
        // An object that could not be read may be the one that matches, or the one that seems gone.
        let proved = match target {
            Import::Complete(snapshot) => snapshot.unreadable().is_empty(),
            Import::Partial(_) => false,
            Import::LookedUp(looked_up) => matches::are_asked(operation, mapping, looked_up),
        };
        if !proved {
            self.find(ViolationKind::TargetAbsenceNotProved);
        }
        let note = self.facts.input.memory.note(&mapping.name, operation.source.as_str());
        if note.is_some_and(|it| it.unanswered.is_some()) {
            self.find(ViolationKind::CreateUnanswered);
        }
        self.source_links_asked();
    }

    fn adopt(&mut self) -> bool {
        let Subject { at, operation, mapping_at, mapping, .. } = *self.subject;
        // Whoever lost the linked object may take over another one.
        if let Some(link) = self.linked() {
            let target = &self.facts.input.target[mapping.target];
            if target.records().find(link.as_str()).is_some() {
                self.find(ViolationKind::SourceIsLinked { target: link.clone() });
            } else if target.prove_absent(link).is_none() {
                self.find(ViolationKind::TargetAbsenceNotProved);
            }
        }
        let (TargetRef::Existing(id), Some(record)) = (&operation.target, self.subject.target) else {
            self.find(ViolationKind::UnknownTarget { target: operation.target.clone() });
            return false;
        };
        // An object that could not be read may match as well, or match better.
        let target = &self.facts.input.target[mapping.target];
        let is_sure = match target {
            Import::Complete(snapshot) => snapshot.unreadable().is_empty(),
            Import::Partial(_) => false,
            // What a look-up answers, it answers whole.
            Import::LookedUp(_) => true,
        };
        if !is_sure {
            self.find(ViolationKind::TargetAbsenceNotProved);
        }
        let holder = self.facts.holders(mapping.target, id.as_str()).next();
        if let Some((_, source)) = holder {
            self.find(ViolationKind::TargetIsLinked { source: SourceId::new(source) });
        } else if self.facts.input.evidence.is_some_and(|it| !it.has_holders(mapping.target, id.as_str())) {
            self.find(ViolationKind::LinksNotAsked);
        }
        self.source_links_asked();
        let first = self.facts.adopted.get(&(mapping.target, id.as_str()));
        if let Some(&(other, ..)) = first.filter(|it| it.0 != at) {
            self.find(ViolationKind::AdoptedTwice { other });
        }
        if let Reason::Matched { attribute } = &operation.reason {
            let by = mapping.matching.iter().find(|it| it.name == *attribute);
            let mut of_rule = by.into_iter().flat_map(|it| mapping.attributes_of(it));
            let matches = by.is_some()
                && of_rule.all(|it| {
                    let rule: CompareRule = it.rule;
                    let held = record.values(it.slot);
                    match given(self.facts, mapping_at, it, self.subject.source) {
                        Given::Values(values) => {
                            values.first().is_some_and(|&value| held.iter().any(|it| rule.same(it, value)))
                        }
                        Given::Nothing => false,
                        Given::Unknown => !held.is_empty(),
                    }
                });
            if !matches {
                self.find(ViolationKind::DoesNotMatch { attribute: attribute.clone() });
            }
        }
        self.version();
        true
    }

    /// The target object of an operation that is neither create, adopt nor unlink.
    fn known(&mut self) -> bool {
        let Subject { at, operation, mapping_at, mapping, .. } = *self.subject;
        let unlinked = ViolationKind::NotLinked { target: operation.target.clone() };
        let id = match &operation.target {
            TargetRef::Existing(id) => id,
            TargetRef::Created(create) => {
                let by = self.facts.operation(*create).filter(|it| is_create(it));
                let writes = matches!(operation.action, Action::Update { .. } | Action::ChangeMembers { .. });
                match by {
                    None => self.find(ViolationKind::NotACreate { operation: *create }),
                    Some(_) if !writes => {
                        self.find(ViolationKind::UnknownTarget { target: operation.target.clone() });
                    }
                    Some(by) if (by.mapping, &by.source) != (operation.mapping, &operation.source) => {
                        self.find(unlinked);
                    }
                    Some(_) => {
                        self.report.depends(at, *create, Why::Created);
                        return true;
                    }
                }
                return false;
            }
        };
        if self.subject.target.is_none() {
            self.find(ViolationKind::UnknownTarget { target: operation.target.clone() });
            return false;
        }
        let adopted = self.facts.adopted.get(&(mapping.target, id.as_str()));
        let adopted = adopted.filter(|it| (it.1, it.2) == (mapping_at, operation.source.as_str()));
        match (self.linked(), adopted) {
            (Some(link), _) if link == id => {}
            (_, Some(&(adopt, ..))) => self.report.depends(at, adopt, Why::Adopted),
            _ => {
                self.find(unlinked);
                return false;
            }
        }
        let other = self.facts.holders(mapping.target, id.as_str()).find(|it| it.0 != mapping_at);
        if let Some((_, source)) = other {
            self.find(ViolationKind::TargetIsLinked { source: SourceId::new(source) });
        }
        self.version();
        true
    }

    fn unlink(&mut self) {
        let operation = self.subject.operation;
        let unlinked = ViolationKind::NotLinked { target: operation.target.clone() };
        match (&operation.target, self.linked()) {
            (TargetRef::Existing(id), Some(link)) if link == id => {
                if self.facts.input.target[self.subject.mapping.target].prove_absent(id).is_none() {
                    self.find(ViolationKind::TargetAbsenceNotProved);
                }
            }
            _ => self.find(unlinked),
        }
    }

    fn version(&mut self) {
        let read = self.subject.target.and_then(|it| it.version());
        let planned = self.subject.operation.version.as_deref();
        // What an earlier delete takes out of the object changes its version.
        let is_unknown = planned.is_none() && waits::is_overtaken(self.facts, self.subject);
        if planned != read && !is_unknown {
            self.find(ViolationKind::OtherVersion);
        }
    }
}
