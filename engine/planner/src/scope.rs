//! Stage 1: which source objects are in scope.
//!
//! Three things decide, in this order: the input filter, which makes an object as if it had not been read; the
//! assignment; the scoping filter. Each answers yes, no or *unknown*: a pattern whose search takes too long, a text
//! that is no number, groups that were not read. What is unknown is never taken for in or out (R1, R8).

mod clause;
mod known;
mod members;

use provisio_model::{EscapedText, Record, Slot, SourceSide, Text, Timestamp, ValueRef, ValuesRef};

use crate::compiled::{CompiledAssignment, CompiledClause, CompiledFilter, CompiledObject, CompiledScope};
use crate::finding::Undecided;
use crate::input::PlanInput;
use crate::plan::FailedClause;

pub(crate) use clause::{Answer, answer_alone, folded, of_filter, of_value, text_form};
use known::Known;
pub(crate) use members::Members;

/// What is decided about one object.
#[derive(Clone, Copy)]
pub(crate) enum Judgement<'f> {
    InScope,
    /// It fails the input filter.
    Filtered(Failing<'f>),
    Unassigned,
    OutOfScope(Failing<'f>),
    /// It is in scope, and says that it is disabled.
    Disabled,
    /// It cannot be told; a clause says why, unless it is the assignment.
    Unknown(Option<Failing<'f>>, Undecided),
}

/// A clause that an object fails, and where it stands in the filter.
#[derive(Clone, Copy)]
pub(crate) struct Failing<'f> {
    group: usize,
    position: usize,
    clause: &'f CompiledClause,
}

/// How an object is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// There is no assignment to be checked.
    NotAsked,
    Directly,
    /// As a member of the first group, which is assigned itself or through the second.
    Through {
        direct: provisio_model::Row<SourceSide>,
        root: provisio_model::Row<SourceSide>,
    },
    No,
    Unknown(Undecided),
}

/// Judges the objects of one mapping, on one thread.
pub(crate) struct Judge<'a> {
    scope: &'a CompiledScope,
    members: &'a [Members],
    now: Timestamp,
    known: Known,
}

impl<'a> Judge<'a> {
    /// Makes the judge of a mapping whose memberships were worked out with [`memberships`].
    pub(crate) fn new(input: &PlanInput<'_>, mapping: &'a CompiledObject, members: &'a [Members]) -> Self {
        Self { members, ..Self::alone(&mapping.scope, input.now) }
    }

    /// Makes the judge of a scope that asks for no memberships.
    pub(crate) fn alone(scope: &'a CompiledScope, now: Timestamp) -> Self {
        Self { scope, members: &[], now, known: Known::default() }
    }

    /// Returns the attributes that it looks at first.
    pub(crate) fn looks_at(&self) -> Vec<Slot> {
        let CompiledScope { input, filter, disabled, .. } = self.scope;
        let groups = [input, filter, disabled].into_iter().filter_map(|it| it.groups.first());
        let mut slots: Vec<Slot> = groups.flatten().filter_map(CompiledClause::slot).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// Decides about an object.
    pub(crate) fn judge(&self, record: Record<'_, SourceSide>) -> Judgement<'a> {
        if self.scope.is_everything() {
            return Judgement::InScope;
        }
        match self.filter(&self.scope.input, record) {
            Verdict::Passes => {}
            Verdict::Fails(failing) => return Judgement::Filtered(failing),
            Verdict::Unknown(failing, why) => return Judgement::Unknown(Some(failing), why),
        }
        let assigned = self.assigned(record);
        if assigned == Assigned::No {
            return Judgement::Unassigned;
        }
        match self.filter(&self.scope.filter, record) {
            Verdict::Fails(failing) => Judgement::OutOfScope(failing),
            Verdict::Unknown(failing, why) => Judgement::Unknown(Some(failing), why),
            Verdict::Passes => match assigned {
                Assigned::Unknown(why) => Judgement::Unknown(None, why),
                _ => self.disabled(record),
            },
        }
    }

    /// Decides about an object in scope whether it is disabled.
    fn disabled(&self, record: Record<'_, SourceSide>) -> Judgement<'a> {
        if self.scope.disabled.groups.is_empty() {
            return Judgement::InScope;
        }
        match self.filter(&self.scope.disabled, record) {
            Verdict::Passes => Judgement::Disabled,
            Verdict::Fails(_) => Judgement::InScope,
            Verdict::Unknown(failing, why) => Judgement::Unknown(Some(failing), why),
        }
    }

    /// Tells how an object is assigned.
    pub(crate) fn assigned(&self, record: Record<'_, SourceSide>) -> Assigned {
        let Some(assignment) = &self.scope.assignment else { return Assigned::NotAsked };
        if is_assigned_directly(assignment, record) {
            return Assigned::Directly;
        }
        match assignment.groups.map(|of| self.members[of].of(record.row())) {
            None => Assigned::No,
            Some(members::Membership::Member { direct, root }) => Assigned::Through { direct, root },
            Some(members::Membership::No) => Assigned::No,
            Some(members::Membership::Unknown(why)) => Assigned::Unknown(why),
        }
    }

    /// Asks a filter.
    fn filter(&self, filter: &'a CompiledFilter, record: Record<'_, SourceSide>) -> Verdict<'a> {
        let mut fails = None;
        let mut unknown = None;
        for (group, clauses) in filter.groups.iter().enumerate() {
            let mut doubt = None;
            let mut failing = None;
            for (position, clause) in clauses.iter().enumerate() {
                let here = Failing { group, position, clause };
                match self.clause(clause, record) {
                    Answer::Yes => {}
                    Answer::No => {
                        failing = Some(here);
                        break;
                    }
                    Answer::Unknown(why) => doubt = doubt.or(Some((here, why))),
                }
            }
            match (failing, doubt) {
                (Some(failing), _) => fails = fails.or(Some(failing)),
                (None, Some(doubt)) => unknown = unknown.or(Some(doubt)),
                (None, None) => return Verdict::Passes,
            }
        }
        match (unknown, fails) {
            (Some((failing, why)), _) => Verdict::Unknown(failing, why),
            (None, Some(failing)) => Verdict::Fails(failing),
            (None, None) => Verdict::Passes,
        }
    }

    /// Asks one clause.
    pub(crate) fn clause(&self, clause: &CompiledClause, record: Record<'_, SourceSide>) -> Answer {
        if let Some(answer) = clause::at_a_glance(clause, record) {
            return answer;
        }
        let answer = || clause::answer(clause, record, self.members, self.now);
        let token = clause.slot().and_then(|it| record.token(it));
        match token {
            Some(token) => self.known.or_ask(clause, token, answer),
            None => answer(),
        }
    }
}

/// What a filter says.
enum Verdict<'f> {
    Passes,
    /// All groups fail; of the first, this clause.
    Fails(Failing<'f>),
    Unknown(Failing<'f>, Undecided),
}

/// Works out the memberships that the scope of a mapping asks for.
pub(crate) fn memberships(input: &PlanInput<'_>, mapping: &CompiledObject) -> Vec<Members> {
    mapping.scope.memberships.iter().map(|it| Members::new(input, mapping, it)).collect()
}

fn is_assigned_directly(assignment: &CompiledAssignment, record: Record<'_, SourceSide>) -> bool {
    let by_attribute =
        |slot| record.values(slot).iter().next().is_some_and(|value| clause::is_bool(value, true));
    assignment.attribute.is_some_and(by_attribute)
        || assignment.ids.binary_search_by(|it| it.as_str().cmp(record.id_str())).is_ok()
}

impl Failing<'_> {
    /// Returns the clause as people read it.
    pub(crate) fn text(&self) -> Text {
        self.clause.text.clone()
    }

    /// Says what fails, and what the object has instead.
    pub(crate) fn failed(&self, record: Record<'_, SourceSide>) -> FailedClause {
        let at = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        let failed = FailedClause::new(at(self.group), at(self.position), self.clause.text.clone());
        match self.clause.slot() {
            Some(slot) => {
                let attribute = record.layout().attribute(slot).name.as_str();
                failed.tested(attribute, found(record.values(slot)))
            }
            None => failed,
        }
    }
}

/// What an object has, shortened and on one line.
fn found(values: ValuesRef<'_>) -> Option<Text> {
    const LONGEST: usize = 40;
    if values.is_empty() {
        return None;
    }
    if let Some(ValueRef::Text(text)) = values.single()
        && text.len() <= LONGEST
        && text.bytes().all(|it| matches!(it, b' '..=b'~') && it != b'"' && it != b'\\')
    {
        return Some(Text::new(text));
    }
    let shown: String =
        values.iter().map(|it| EscapedText(&text_form(it)).to_string()).collect::<Vec<_>>().join(", ");
    let short: String = shown.chars().take(LONGEST).collect();
    let dots = if short.len() < shown.len() { "…" } else { "" };
    Some(Text::new(format!("{short}{dots}")))
}
