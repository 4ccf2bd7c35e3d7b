//! Stage 2: which target object belongs to which source object.
//!
//! A link decides alone (R7). Objects without one are matched by the matching attributes, in their order, and
//! the first attribute that finds something decides (MAT-02). Nothing is guessed: several candidates on either
//! side are a finding.

mod candidates;
mod index;
mod links;

use std::sync::Arc;

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::{Import, LookUp, Record, Row, SourceSide, TargetSide, Text};

use crate::compiled::CompiledObject;
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind, Undecided};
use crate::flow::flow;
use crate::input::PlanInput;
use crate::parallel::{Threads, put_behind};
use crate::plan::MappingId;
use crate::policy::Response;
use crate::protect::{Shield, Shields, shields};
use crate::returning;
use crate::scope::{Judge, Judgement, Members};
use crate::situation::Situation;
use crate::sketch::Mark;

use index::{MatchIndex, is_empty, sought};
pub(crate) use links::{LinkEnd, Orphan};

/// What the planner knows of one source object after matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pair {
    /// It fails the input filter; a link may know it.
    Filtered,
    /// Whether it is in scope is unknown; a link may know it.
    Undecided,
    /// Not assigned, and never linked.
    Unassigned,
    /// Out of scope, and never linked.
    OutOfScope,
    /// In scope and never linked, and the source object says that it is disabled.
    Disabled,
    /// Linked, but no longer in scope, or disabled in the source.
    Leaving(Departure, LinkEnd),
    /// In scope and linked to a target object that is there.
    Linked(Row<TargetSide>),
    /// In scope and linked, but the target object was not seen, and the read was not complete.
    Unseen,
    /// In scope, unlinked, and this target object matches by the rule with this precedence, counted from 0.
    Matched(Row<TargetSide>, u16),
    /// In scope, and nothing matches: to be created.
    Missing,
    /// In scope and linked, and the target object is proved to be gone: to be created again.
    Gone,
    /// There is a finding for this situation; nothing is done.
    Blocked(Situation),
    /// It does not matter whether something matches: the target was not completely read.
    Waiting,
}

impl Pair {
    /// Returns the situation that the object is in.
    pub(crate) fn situation(self) -> Situation {
        match self {
            Self::Filtered => Situation::Filtered,
            Self::Undecided => Situation::ScopeUnknown,
            Self::Unassigned => Situation::Unassigned,
            Self::OutOfScope => Situation::OutOfScope,
            Self::Disabled => Situation::DisabledUnlinked,
            Self::Leaving(departure, end) => departure.situation(end),
            Self::Linked(_) => Situation::Linked,
            Self::Unseen => Situation::LinkedUnseen,
            Self::Matched(..) => Situation::Matched,
            Self::Missing => Situation::Unmatched,
            Self::Gone => Situation::LinkedGone,
            Self::Blocked(situation) => situation,
            Self::Waiting => Situation::MatchUnproved,
        }
    }

    /// Returns the target object that is compared with it.
    pub(crate) fn target_row(self) -> Option<Row<TargetSide>> {
        match self {
            Self::Linked(row) | Self::Matched(row, _) => Some(row),
            _ => None,
        }
    }

    /// Tells whether it is known not to be in scope, or that its source object says that it is disabled.
    pub(crate) fn is_out(self) -> bool {
        matches!(
            self,
            Self::Filtered | Self::Unassigned | Self::OutOfScope | Self::Disabled | Self::Leaving(..)
        )
    }

    /// Tells whether it is in scope and has no target object that is known of.
    fn is_without_target(&self) -> bool {
        matches!(self, Self::Missing | Self::Gone)
    }
}

/// Why a linked source object is no longer in scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    Unassigned,
    OutOfScope,
    /// It is in scope, and says that it is disabled.
    Disabled,
}

impl Departure {
    fn situation(self, end: LinkEnd) -> Situation {
        match (self, end) {
            (Self::Unassigned, LinkEnd::Row(_)) => Situation::LostAssignment,
            (Self::Unassigned, LinkEnd::Unseen) => Situation::LostAssignmentUnseen,
            (Self::Unassigned, LinkEnd::Gone) => Situation::LostAssignmentGone,
            (Self::Disabled, LinkEnd::Row(_)) => Situation::SourceDisabled,
            (Self::Disabled, LinkEnd::Unseen) => Situation::SourceDisabledUnseen,
            (Self::Disabled, LinkEnd::Gone) => Situation::SourceDisabledGone,
            (Self::OutOfScope, LinkEnd::Row(_)) => Situation::LeftScope,
            (Self::OutOfScope, LinkEnd::Unseen) => Situation::LeftScopeUnseen,
            (Self::OutOfScope, LinkEnd::Gone) => Situation::LeftScopeGone,
        }
    }
}

/// The pairs of one object mapping, by source row, and its links whose source object was not read.
pub(crate) struct Pairs {
    pub(crate) of_row: Vec<Pair>,
    pub(crate) orphans: Vec<Orphan>,
    /// The marks of what the first match rule copies, if it does, by source row.
    marks: Vec<Mark>,
    /// The rows of target objects that are to be adopted, sorted.
    pub(crate) matched: Vec<Row<TargetSide>>,
    /// The memberships that its scope asks for.
    pub(crate) members: Vec<Members>,
    /// Which target objects of its type are protected.
    pub(crate) shields: Arc<Shields>,
}

impl Pairs {
    fn note_matched(&mut self) {
        let matched = self.of_row.iter().filter_map(|pair| match pair {
            Pair::Matched(row, _) => Some(*row),
            _ => None,
        });
        self.matched = matched.collect();
        self.matched.sort_unstable();
    }

    /// Returns the situation of a pair, which is another one if its target object is protected.
    pub(crate) fn situation_of(&self, pair: Pair) -> Situation {
        match pair {
            Pair::Linked(row) => self.unless_protected(row, pair.situation(), Situation::Protected),
            Pair::Leaving(_, LinkEnd::Row(row)) => {
                self.unless_protected(row, pair.situation(), Situation::ProtectedLeaver)
            }
            pair => pair.situation(),
        }
    }

    /// Returns the situation of a link whose source object was not read.
    pub(crate) fn situation_of_orphan(&self, orphan: &Orphan) -> Situation {
        match (&orphan.absence, orphan.end) {
            (Some(_), LinkEnd::Row(row)) => {
                self.unless_protected(row, orphan.situation(), Situation::ProtectedLeaver)
            }
            _ => orphan.situation(),
        }
    }

    fn unless_protected(&self, row: Row<TargetSide>, open: Situation, protected: Situation) -> Situation {
        match self.shields.of(row) {
            Shield::No => open,
            Shield::Yes => protected,
            Shield::Unknown(_) => Situation::ProtectionUnknown,
        }
    }

    pub(crate) fn of(&self, row: Row<SourceSide>) -> Pair {
        self.of_row.get(row.position()).copied().unwrap_or(Pair::OutOfScope)
    }
}

/// Pairs the objects of all mappings.
pub(crate) fn pair(
    input: &PlanInput<'_>,
    context: &EvalContext<'_>,
    threads: Threads,
    findings: &mut Vec<Finding>,
) -> Vec<Pairs> {
    let mut claims = links::Claims::new(input);
    let shields = shields(input);
    let join = |it: &CompiledObject, claims: &mut _| {
        links::join(input, it, shields[it.target].clone(), claims, threads)
    };
    let mut pairs: Vec<Pairs> = input.spec.mappings.iter().map(|it| join(it, &mut claims)).collect();
    for (at, mapping) in input.spec.mappings.iter().enumerate() {
        let mut stage = Stage {
            input,
            id: MappingId(u16::try_from(at).unwrap_or(u16::MAX)),
            mapping,
            source: &input.source[mapping.source],
            target: &input.target[mapping.target],
            shields: shields[mapping.target].clone(),
            unclear: None,
            findings,
        };
        stage.settle_links(&mut pairs[at], threads);
        stage.match_unlinked(&mut pairs[at], &claims, context, threads);
        stage.report_unclear(&pairs[at]);
    }
    candidates::keep_injective(input, &mut pairs, findings);
    for (at, mapping) in input.spec.mappings.iter().enumerate() {
        candidates::block_same_values((input, context, threads), at, mapping, &mut pairs[at], findings);
        pairs[at].note_matched();
    }
    pairs
}

/// What the scope says of some source objects.
#[derive(Default)]
struct Settled {
    pairs: Vec<Pair>,
    marks: Vec<Mark>,
    findings: Vec<Finding>,
    /// How many wait for groups that were not read.
    waiting: u64,
}

struct Stage<'a, 'f> {
    input: &'a PlanInput<'a>,
    id: MappingId,
    mapping: &'a CompiledObject,
    source: &'a Import<SourceSide>,
    target: &'a Import<TargetSide>,
    shields: Arc<Shields>,
    /// How many matches may be protected, and why that is not known of the first.
    unclear: Option<(u64, Undecided)>,
    findings: &'f mut Vec<Finding>,
}

impl Stage<'_, '_> {
    /// Applies the scope to what the links say.
    fn settle_links(&mut self, pairs: &mut Pairs, threads: Threads) {
        let Pairs { of_row, marks, members, .. } = pairs;
        let (linked, stage) = (&*of_row, &*self);
        let parts = threads.share(linked.len(), |range| {
            let judge = Judge::new(stage.input, stage.mapping, members);
            let mut settled = Settled::default();
            let first = candidates::first_copied(stage.mapping);
            let mut slots = judge.looks_at();
            slots.extend(first);
            let records = stage.source.records().walk(range.clone(), &slots);
            settled.marks.reserve(if first.is_some() { range.len() } else { 0 });
            settled.pairs.extend(linked[range].iter().zip(records).map(|(pair, record)| {
                // Who has no value there may have one of the next rule.
                let text = first.map(|it| record.text(it).filter(|it| !it.is_empty()));
                settled.marks.extend(text.map(|it| it.map_or(Mark::UNKNOWN, Mark::of)));
                let end = if let Pair::Leaving(_, end) = *pair { Some(end) } else { None };
                let found = (&mut settled.findings, &mut settled.waiting);
                stage.settle_link(record, end, judge.judge(record), found)
            }));
            settled
        });
        let (mut settled, mut waiting) = (Vec::new(), 0);
        marks.clear();
        for mut part in parts {
            put_behind(&mut settled, part.pairs);
            put_behind(marks, part.marks);
            self.findings.append(&mut part.findings);
            waiting += part.waiting;
        }
        *of_row = settled;
        if waiting > 0 {
            self.findings.push(Finding::about_mapping(self.id, FindingKind::GroupsUnread { waiting }));
        }
    }

    fn settle_link(
        &self,
        record: Record<'_, SourceSide>,
        link: Option<LinkEnd>,
        judgement: Judgement<'_>,
        (findings, waiting): (&mut Vec<Finding>, &mut u64),
    ) -> Pair {
        let leaves = |departure| link.map(|end| Pair::Leaving(departure, end));
        match judgement {
            Judgement::InScope => match link {
                Some(LinkEnd::Row(row)) => Pair::Linked(row),
                Some(LinkEnd::Unseen) => Pair::Unseen,
                Some(LinkEnd::Gone) => self.gone(record, findings),
                None => Pair::Missing,
            },
            Judgement::Unassigned => leaves(Departure::Unassigned).unwrap_or(Pair::Unassigned),
            Judgement::OutOfScope(_) => leaves(Departure::OutOfScope).unwrap_or(Pair::OutOfScope),
            Judgement::Disabled => leaves(Departure::Disabled).unwrap_or(Pair::Disabled),
            Judgement::Filtered(_) => Pair::Filtered,
            Judgement::Unknown(_, Undecided::GroupsUnread) => {
                *waiting += 1;
                Pair::Undecided
            }
            Judgement::Unknown(clause, why) => {
                let clause = clause.map_or_else(|| Text::new("the assignment"), |it| it.text());
                let kind = FindingKind::ScopeUnknown { clause, why };
                findings.push(Finding::about_object(self.id, record.id(), kind));
                Pair::Undecided
            }
        }
    }

    fn respond(&self, situation: Situation) -> Response {
        self.mapping.respond(situation, self.input.operations(self.mapping))
    }

    fn gone(&self, record: Record<'_, SourceSide>, findings: &mut Vec<Finding>) -> Pair {
        if self.respond(Situation::LinkedGone) != Response::Report {
            return Pair::Gone;
        }
        let links = self.input.links.of(&self.mapping.name);
        if let Some(link) = links.and_then(|it| it.of_source(record.id_str())) {
            let kind = FindingKind::TargetMissing { target: link.target.clone() };
            findings.push(Finding::about_object(self.id, record.id(), kind));
        }
        Pair::Blocked(Situation::LinkedGone)
    }

    /// Matches what has no target object by the matching attributes. An object whose linked one is gone is matched,
    /// too: a run that was interrupted may have created another, and somebody may have restored it by hand.
    fn match_unlinked(
        &mut self,
        pairs: &mut Pairs,
        claims: &links::Claims,
        context: &EvalContext<'_>,
        threads: Threads,
    ) {
        let mut waiting = self.unseen(pairs);
        let Pairs { of_row, .. } = pairs;
        if !of_row.iter().any(Pair::is_without_target) {
            if waiting > 0 {
                self.report_waiting(waiting);
            }
            return;
        }
        let (input, mapping) = (self.input, self.mapping);
        let index = |rule| {
            let sought = sought(input, mapping, rule, of_row, context);
            MatchIndex::new(input, mapping, rule, sought, threads)
        };
        let candidates: Vec<MatchIndex<'_>> = mapping.matching.iter().map(index).collect();
        let unanswered = self.input.memory.notes_of(&mapping.name);
        let mut bump = Bump::new();
        for record in self.source.records().iter() {
            let pair = &mut of_row[record.row().position()];
            if !pair.is_without_target() {
                continue;
            }
            if let Some(since) =
                unanswered.and_then(|it| it.get(record.id_str())?.unanswered.as_ref()).map(|it| it.at)
            {
                let kind = FindingKind::CreateUnanswered { since };
                self.findings.push(Finding::about_object(self.id, record.id(), kind));
                *pair = Pair::Blocked(Situation::CreateUnanswered);
                continue;
            }
            let unmatched = *pair;
            *pair = match self.match_one(record, &candidates, claims, context, &bump) {
                Pair::Missing => self.unmatched(unmatched, record),
                Pair::Waiting => {
                    waiting += 1;
                    Pair::Waiting
                }
                found => found,
            };
            bump.reset();
        }
        if waiting > 0 {
            self.report_waiting(waiting);
        }
    }

    /// Looks up whether an object without a match had a target object that was deleted, and asks what is to be done
    /// about its return.
    fn unmatched(&mut self, pair: Pair, record: Record<'_, SourceSide>) -> Pair {
        let Some(tombstone) = self.mapping.leaving.tombstone.filter(|_| pair == Pair::Missing) else {
            return pair;
        };
        match returning::former(self.input, self.mapping, record.id_str()) {
            Some(leaving) if self.respond(Situation::Rehired) == Response::Report => {
                let kind = FindingKind::Rehired {
                    target: leaving.target.clone(),
                    deleted: leaving.at,
                    until: leaving.at.plus(tombstone.lasts()),
                };
                self.findings.push(Finding::about_object(self.id, record.id(), kind));
                Pair::Blocked(Situation::Rehired)
            }
            _ => pair,
        }
    }

    /// Reports those of whom nobody knows whether their target object is protected.
    fn report_unclear(&mut self, pairs: &Pairs) {
        let ends = pairs.of_row.iter().filter_map(|pair| match pair {
            Pair::Linked(row) | Pair::Leaving(_, LinkEnd::Row(row)) => Some(*row),
            _ => None,
        });
        let gone = pairs.orphans.iter().filter(|it| it.absence.is_some());
        let ends = ends.chain(gone.filter_map(|it| crate::reference::writable(it.end)));
        for row in ends {
            if let Shield::Unknown(why) = self.shields.of(row) {
                let (count, first) = self.unclear.unwrap_or((0, why));
                self.unclear = Some((count + 1, first));
            }
        }
        if let Some((waiting, why)) = self.unclear {
            let kind = FindingKind::ProtectionUnknown { waiting, why };
            self.findings.push(Finding::about_mapping(self.id, kind));
        }
    }

    /// Counts the linked objects that wait because their target object was not seen.
    fn unseen(&self, pairs: &Pairs) -> u64 {
        let waits = |pair: &&Pair| matches!(pair, Pair::Unseen | Pair::Leaving(_, LinkEnd::Unseen));
        let orphan_waits = |it: &&Orphan| it.absence.is_some() && it.end == LinkEnd::Unseen;
        let of_rows = pairs.of_row.iter().filter(waits).count();
        (of_rows + pairs.orphans.iter().filter(orphan_waits).count()) as u64
    }

    fn report_waiting(&mut self, waiting: u64) {
        let kind = match self.target {
            Import::Complete(snapshot) => {
                FindingKind::TargetUnreadable { count: snapshot.unreadable().len() as u64, waiting }
            }
            Import::Partial(partial) => {
                FindingKind::TargetIncomplete { why: partial.why().to_string().into(), waiting }
            }
            Import::LookedUp(_) if self.input.only_remembers() => {
                FindingKind::TargetNotRemembered { waiting }
            }
            Import::LookedUp(_) => {
                FindingKind::TargetIncomplete { why: "a look-up had no answer".into(), waiting }
            }
        };
        self.findings.push(Finding::about_mapping(self.id, kind));
    }

    fn match_one(
        &mut self,
        record: Record<'_, SourceSide>,
        candidates: &[MatchIndex<'_>],
        claims: &links::Claims,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Pair {
        let mut has_value = false;
        // Only a complete read without unreadable objects, or an answer, shows that nothing matches (R1).
        let mut known = LookUp::Answered;
        let expression_record = ExpressionRecord(record);
        for (precedence, rule) in self.mapping.matching.iter().enumerate() {
            let mut values = bumpalo::collections::Vec::with_capacity_in(rule.attributes.len(), bump);
            for attribute in self.mapping.attributes_of(rule) {
                match flow(attribute, &expression_record, context, bump) {
                    Ok(flowed) => values.extend(flowed.values().first().filter(|it| !is_empty(**it))),
                    Err(kind) => {
                        let finding = Finding::about_attribute(self.id, record.id(), &attribute.name, kind);
                        self.findings.push(finding);
                        return Pair::Blocked(Situation::MatchingFailed);
                    }
                }
            }
            // Of a group, every value is needed.
            if values.len() < rule.attributes.len() {
                continue;
            }
            has_value = true;
            let candidates = &candidates[precedence];
            let found = match (known, candidates.knows(&values)) {
                // What matches by an earlier value decides, and that is not known yet.
                (LookUp::NotAsked, _) | (_, LookUp::NotAsked) => {
                    known = LookUp::NotAsked;
                    continue;
                }
                (_, now) => {
                    if now == LookUp::Unknown {
                        known = LookUp::Unknown;
                    }
                    candidates.find(&values)
                }
            };
            match found.as_slice() {
                [] => {}
                [row] if known == LookUp::Answered => return self.matched(record, *row, precedence, claims),
                // An object that was not read may match as well, or match better: taking one over would be a guess.
                [_] => return Pair::Waiting,
                [first, ..] => {
                    let first = self.target.records().record(*first).id();
                    let kind = FindingKind::AmbiguousTarget { count: found.len(), first };
                    self.findings.push(Finding::about_attribute(self.id, record.id(), &rule.name, kind));
                    return Pair::Blocked(Situation::AmbiguousTarget);
                }
            }
        }
        if !has_value {
            self.findings.push(Finding::about_object(self.id, record.id(), FindingKind::NoMatchingValue));
            return Pair::Blocked(Situation::NoMatchingValue);
        }
        if known == LookUp::Answered { Pair::Missing } else { Pair::Waiting }
    }

    fn matched(
        &mut self,
        record: Record<'_, SourceSide>,
        row: Row<TargetSide>,
        precedence: usize,
        claims: &links::Claims,
    ) -> Pair {
        let target = self.target.records().record(row).id();
        self.input.ask_holder(self.mapping.target, target.as_str());
        let holder = claims.may_have(self.mapping.target, row);
        let holder = holder.then(|| links::holder(self.input, self.mapping.target, &target)).flatten();
        let (situation, kind) = match holder {
            Some(other) => (Situation::MatchTaken, FindingKind::MatchIsLinked { other, target }),
            None if self.shields.of(row) == Shield::Yes => {
                (Situation::ProtectedMatch, FindingKind::MatchProtected { target })
            }
            None if self.respond(Situation::Matched) == Response::Report => {
                (Situation::Matched, FindingKind::MatchNotAdopted { target })
            }
            None => {
                let Shield::Unknown(why) = self.shields.of(row) else {
                    return Pair::Matched(row, u16::try_from(precedence).unwrap_or(u16::MAX));
                };
                let (count, first) = self.unclear.unwrap_or((0, why));
                self.unclear = Some((count + 1, first));
                return Pair::Blocked(Situation::ProtectionUnknown);
            }
        };
        self.findings.push(Finding::about_object(self.id, record.id(), kind));
        Pair::Blocked(situation)
    }
}
