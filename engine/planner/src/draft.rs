//! Operations before they have their order.

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{AttrName, Row, SourceId, SourceSide, TargetId, Text};

use crate::finding::{Finding, FindingKind, Unresolved};
use crate::input::PlanInput;
use crate::matching::{Pair, Pairs};
use crate::memory::{Fact, NoteChange};
use crate::parallel::put_behind;
use crate::plan::{
    Action, ActionKind, Change, MappingId, OpId, Operation, PlannedValues, Referent, SkipReason, Skipped,
    TargetRef,
};
use crate::situation::Situation;

/// Operations that are not in order yet. In them, [`TargetRef::Created`] holds a ticket: the number of the
/// source object that is to be created. [`Drafts::redeem`] turns tickets into positions.
#[derive(Clone, Default)]
pub(crate) struct Drafts {
    pub(crate) operations: Vec<Operation>,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) unchanged: u64,
    /// What is to be remembered, and which action of its source object makes it true.
    pub(crate) facts: Vec<(Fact, Option<ActionKind>)>,
    /// By ticket: the position of the create, once it is drafted.
    creates: Vec<Option<u32>>,
}

/// How much is drafted.
pub(crate) struct Mark {
    operations: usize,
    skipped: usize,
    unchanged: u64,
    facts: usize,
}

/// The number of each source object that is to be created.
pub(crate) struct Tickets {
    /// By mapping and row; empty for a mapping that creates nothing.
    of_row: Vec<Vec<u32>>,
    count: u32,
}

impl Tickets {
    pub(crate) fn number(pairs: &[Pairs]) -> Self {
        let mut count = 0;
        let of_row = pairs.iter().map(|pairs| {
            if !pairs.of_row.iter().any(|it| matches!(it, Pair::Missing | Pair::Gone)) {
                return Vec::new();
            }
            let number = |pair: &Pair| {
                if matches!(pair, Pair::Missing | Pair::Gone) {
                    count += 1;
                    count - 1
                } else {
                    u32::MAX
                }
            };
            pairs.of_row.iter().map(number).collect()
        });
        let of_row = of_row.collect();
        Self { of_row, count }
    }

    pub(crate) fn of(&self, mapping: usize, row: Row<SourceSide>) -> TargetRef {
        let ticket = self.of_row[mapping].get(row.position()).copied().unwrap_or(u32::MAX);
        TargetRef::Created(OpId(ticket))
    }
}

impl Drafts {
    pub(crate) fn new(tickets: &Tickets) -> Self {
        Self { creates: vec![None; tickets.count as usize], ..Self::default() }
    }

    /// Adds what was drafted for other objects.
    pub(crate) fn append(&mut self, others: Self) {
        let from = self.operations.len();
        put_behind(&mut self.operations, others.operations);
        self.note_creates(from);
        put_behind(&mut self.skipped, others.skipped);
        self.unchanged += others.unchanged;
        put_behind(&mut self.facts, others.facts);
    }

    pub(crate) fn mark(&self) -> Mark {
        let Self { operations, skipped, unchanged, facts, .. } = self;
        let (operations, skipped, facts) = (operations.len(), skipped.len(), facts.len());
        Mark { operations, skipped, unchanged: *unchanged, facts }
    }

    /// Drops what was drafted since. Creates must not have been noted yet.
    pub(crate) fn go_back(&mut self, mark: &Mark) {
        debug_assert!(self.creates.is_empty());
        self.operations.truncate(mark.operations);
        self.skipped.truncate(mark.skipped);
        self.unchanged = mark.unchanged;
        self.facts.truncate(mark.facts);
    }

    /// Makes room for so many creates, without source objects.
    pub(crate) fn with_creates(count: usize) -> Self {
        Self { creates: vec![None; count], ..Self::default() }
    }

    /// Adds an operation; a create is noted under its ticket.
    pub(crate) fn add(&mut self, operation: Operation) {
        self.operations.push(operation);
        self.note_creates(self.operations.len() - 1);
    }

    /// Notes the creates among the operations from a position on under their tickets.
    fn note_creates(&mut self, from: usize) {
        for (at, operation) in self.operations.iter().enumerate().skip(from) {
            if let (Action::Create { .. }, TargetRef::Created(ticket)) =
                (&operation.action, &operation.target)
                && let Some(place) = self.creates.get_mut(ticket.position())
            {
                *place = Some(u32::try_from(at).unwrap_or(u32::MAX));
            }
        }
    }

    /// Notes something of a source object: as it is, or once its operation of this kind is done.
    pub(crate) fn note(
        &mut self,
        mapping: MappingId,
        source: SourceId,
        change: NoteChange,
        once: Option<ActionKind>,
    ) {
        self.facts.push((Fact::Note { mapping, source, change }, once));
    }

    /// Returns the source objects of a mapping whose notes change already.
    pub(crate) fn noted(&self, mapping: MappingId) -> BTreeSet<SourceId> {
        let facts = self.facts.iter().filter(|(fact, _)| fact.mapping() == mapping);
        facts.filter_map(|(fact, _)| fact.source().cloned()).collect()
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        self.skipped.push(skipped);
    }

    /// Keeps the operations that `keep` says, whole or with what it changed in them.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&mut Operation) -> bool) {
        self.operations.retain_mut(keep);
        self.creates.fill(None);
        self.note_creates(0);
    }

    /// Turns tickets into positions and gives referents their names. There must be nothing
    /// [missing](Self::drop_missing).
    pub(crate) fn redeem(&mut self) {
        let creates = &self.creates;
        let labels: BTreeMap<u32, Text> = creates
            .iter()
            .flatten()
            .filter_map(|&at| Some((at, self.operations.get(at as usize)?.label.clone())))
            .collect();
        let position = |ticket: OpId| creates.get(ticket.position()).copied().flatten().unwrap_or(u32::MAX);
        for operation in &mut self.operations {
            each_target(operation, |target, label| {
                if let TargetRef::Created(id) = target {
                    *id = OpId(position(*id));
                    if let (Some(label), Some(name)) = (label, labels.get(&id.0)) {
                        *label = name.clone();
                    }
                }
            });
            if let TargetRef::Created(id) = &operation.target
                && let Some(name) = labels.get(&id.0)
            {
                operation.label = name.clone();
            }
        }
    }
}

impl Drafts {
    /// Drops what refers to objects that match and are not adopted after all, before limits count it.
    pub(crate) fn drop_unadopted(
        &mut self,
        input: &PlanInput<'_>,
        pairs: &[Pairs],
        findings: &mut Vec<Finding>,
    ) {
        if pairs.iter().all(|it| it.matched.is_empty()) {
            return;
        }
        let unadopted = self.unadopted(input, pairs);
        if !unadopted.is_empty() {
            self.drop_references(input, &unadopted, findings);
        }
    }

    /// Drops and reports references to objects that this plan does not bring about after all, and with them the
    /// creates that require them; drops operations that have nothing left to do.
    pub(crate) fn drop_missing(
        &mut self,
        input: &PlanInput<'_>,
        pairs: &[Pairs],
        findings: &mut Vec<Finding>,
    ) {
        let unadopted = self.unadopted(input, pairs);
        self.drop_references(input, &unadopted, findings);
    }

    fn drop_references(
        &mut self,
        input: &PlanInput<'_>,
        unadopted: &BTreeSet<(usize, TargetId)>,
        findings: &mut Vec<Finding>,
    ) {
        loop {
            let creates = self.creates.clone();
            let there = There { input, creates: &creates, unadopted };
            self.retain(|operation| there.keep(operation, findings));
            // Without a create, others may lose what they refer to.
            let dropped =
                creates.iter().zip(&self.creates).any(|(before, now)| before.is_some() && now.is_none());
            if !dropped {
                break;
            }
        }
    }

    /// The target objects that match and are not adopted after all, by mapping: a value did not fit, or a limit
    /// holds the adoption back.
    fn unadopted(&self, input: &PlanInput<'_>, pairs: &[Pairs]) -> BTreeSet<(usize, TargetId)> {
        let mut unadopted = BTreeSet::new();
        for (at, (mapping, pairs)) in input.spec.mappings.iter().zip(pairs).enumerate() {
            let records = input.target[mapping.target].records();
            for pair in &pairs.of_row {
                if let Pair::Matched(row, _) = pair {
                    unadopted.insert((at, records.record(*row).id()));
                }
            }
        }
        for operation in &self.operations {
            if let (Action::Adopt { .. }, TargetRef::Existing(id)) = (&operation.action, &operation.target) {
                unadopted.remove(&(usize::from(operation.mapping.0), id.clone()));
            }
        }
        unadopted
    }
}

/// What is in the target once the plan is carried out.
struct There<'a> {
    input: &'a PlanInput<'a>,
    creates: &'a [Option<u32>],
    unadopted: &'a BTreeSet<(usize, TargetId)>,
}

impl There<'_> {
    /// Drops from an operation what is not there; tells whether something is left to do.
    fn keep(&self, operation: &mut Operation, findings: &mut Vec<Finding>) -> bool {
        let at = usize::from(operation.mapping.0);
        if !matches!(operation.action, Action::Adopt { .. }) && !self.has(&operation.target, &[at]) {
            return false;
        }
        let (mapping, source) = (operation.mapping, operation.source.clone());
        let mut required_missing = false;
        let mut keep = |name: &AttrName, referents: &mut Vec<Referent>| {
            let attribute = self.input.spec.mappings[at].attribute(name);
            let refers_to = self.refers_to(at, name);
            referents.retain(|referent| {
                let there = self.has(&referent.target, refers_to);
                if !there {
                    let (reference, why) = (referent.label.clone(), Unresolved::NotInTarget);
                    let kind = FindingKind::Unresolved { reference, why };
                    findings.push(Finding::about_attribute(mapping, source.clone(), name, kind));
                }
                there
            });
            required_missing |=
                referents.is_empty() && attribute.is_some_and(|it| it.required || it.container);
            !referents.is_empty()
        };
        match &mut operation.action {
            Action::Create { attributes } => {
                attributes.retain_mut(|(name, values)| match values {
                    PlannedValues::References(referents) => keep(name, referents),
                    PlannedValues::Values(_) => true,
                });
                !required_missing
            }
            Action::ChangeMembers { attribute, add, remove } => {
                keep(attribute, add);
                // Who is not taken over is nobody of ours, and stays.
                let refers_to = self.refers_to(at, attribute);
                remove.retain(|it| self.has(&it.target, refers_to));
                !add.is_empty() || !remove.is_empty()
            }
            Action::Adopt { changes } => {
                retain_changes(changes, keep);
                Change::keep_needed(changes);
                true
            }
            Action::Update { changes }
            | Action::Enable { changes }
            | Action::Disable { changes }
            | Action::SoftDelete { changes }
            | Action::Restore { changes } => {
                retain_changes(changes, keep);
                Change::keep_needed(changes)
            }
            Action::Delete | Action::Unlink => true,
        }
    }

    fn refers_to(&self, mapping: usize, attribute: &AttrName) -> &[usize] {
        self.input.spec.mappings[mapping].attribute(attribute).map_or(&[][..], |it| &it.refers_to)
    }

    fn has(&self, target: &TargetRef, mappings: &[usize]) -> bool {
        match target {
            TargetRef::Created(ticket) => self.creates.get(ticket.position()).copied().flatten().is_some(),
            TargetRef::Existing(id) => {
                self.unadopted.is_empty()
                    || !mappings.iter().any(|&at| self.unadopted.contains(&(at, id.clone())))
            }
        }
    }
}

fn retain_changes(changes: &mut Vec<Change>, mut keep: impl FnMut(&AttrName, &mut Vec<Referent>) -> bool) {
    changes.retain_mut(|change| match &mut change.after {
        Some(PlannedValues::References(referents)) => keep(&change.attribute, referents),
        _ => true,
    });
}

/// Visits every target object that an operation names, with its label where it has one.
pub(crate) fn each_target(
    operation: &mut Operation,
    mut visit: impl FnMut(&mut TargetRef, Option<&mut Text>),
) {
    visit(&mut operation.target, None);
    let mut referents = |referents: &mut Vec<Referent>| {
        for referent in referents {
            visit(&mut referent.target, Some(&mut referent.label));
        }
    };
    match &mut operation.action {
        Action::Create { attributes } => {
            for (_, values) in attributes {
                if let PlannedValues::References(it) = values {
                    referents(it);
                }
            }
        }
        Action::ChangeMembers { add, remove, .. } => {
            referents(add);
            referents(remove);
        }
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes }
        | Action::SoftDelete { changes }
        | Action::Restore { changes } => {
            for change in changes {
                if let Some(PlannedValues::References(it)) = &mut change.after {
                    referents(it);
                }
            }
        }
        Action::Delete | Action::Unlink => {}
    }
}

/// Makes the skip of a source object.
pub(crate) fn skipped(
    mapping: MappingId,
    record: provisio_model::Record<'_, SourceSide>,
    situation: Situation,
    why: SkipReason,
) -> Skipped {
    Skipped { mapping, source: record.id(), situation, why }
}

/// Tells how many objects of a mapping are linked.
pub(crate) fn linked(input: &PlanInput<'_>, mapping: usize) -> u64 {
    if let Some(evidence) = input.evidence {
        return evidence.totals(mapping).linked;
    }
    let links = input.links.of(&input.spec.mappings[mapping].name);
    links.map_or(0, |it| it.len() as u64)
}
