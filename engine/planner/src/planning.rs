//! The stages, one after the other.

use std::ops::Range;

use bumpalo::Bump;
use provisio_expression::{EvalContext, Instant};
use provisio_model::{AttrName, Row, SourceId, SourceSide, TargetSide, Timestamp};

use crate::compiled::CompiledObject;
use crate::diff::{Diff, Glance};
use crate::draft::{Drafts, Tickets};
use crate::finding::Finding;
use crate::incremental::{Evidence, Progress, closure};
use crate::input::{PlanError, PlanInput};
use crate::matching::Pairs;
use crate::oracle::Oracles;
use crate::parallel::{Threads, put_behind};
use crate::plan::{MappingId, Plan, PlannedMapping, TargetKnowledge};
use crate::prefix::{self, first_bytes};
use crate::reference::References;
use crate::{container, draft, lifecycle, limits, matching, memory, order, sent, unique};

/// A plan, and what is wrong with single objects.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "findings that nobody reads help nobody"]
#[non_exhaustive]
pub struct Planned {
    /// What will be done.
    pub plan: Plan,
    /// What is wrong with single objects, sorted; they are left alone.
    pub findings: Vec<Finding>,
}

/// Plans: compares what the source gives with what the target holds, and says what has to be done. It uses the thread
/// that asks, and no other; [`plan_on`] uses more.
///
/// # Errors
/// Only when the input as a whole cannot be planned from. Trouble with single objects is a [`Finding`].
pub fn plan(input: &PlanInput<'_>) -> Result<Planned, PlanError> {
    plan_on(input, Threads::ONE)
}

/// Plans as [`plan`] does, byte by byte, on several threads.
///
/// # Errors
/// As for [`plan`].
pub fn plan_on(input: &PlanInput<'_>, threads: Threads) -> Result<Planned, PlanError> {
    plan_further(input, threads, &mut Progress::default())
}

/// Plans as [`plan_on`] does. An incremental plan that misses something leaves what it drafted in `progress`, and goes on
/// from there once more is known.
pub(crate) fn plan_further(
    input: &PlanInput<'_>,
    threads: Threads,
    progress: &mut Progress,
) -> Result<Planned, PlanError> {
    input.validate()?;
    let context = evaluation(input);
    let matched = match progress.take_matched() {
        Some(matched) => matched,
        None => match_all(input, &context, threads, progress).ok_or_else(|| lacking(input))?,
    };
    let Matched { pairs, mut findings } = matched;
    let tickets = Tickets::number(&pairs);
    let objects =
        |at| Objects { input, at, mapping: &input.spec.mappings[at], pairs: &pairs, tickets: &tickets };
    if let Some(evidence) = input.evidence {
        progress.draft(input, evidence, &pairs, objects);
        if evidence.misses_any() {
            progress.keep(Matched { pairs, findings });
            return Err(lacking(input));
        }
    }
    let mut drafts = Drafts::new(&tickets);
    let mut sent = sent::Found::default();
    for (at, mapping) in input.spec.mappings.iter().enumerate() {
        let objects = objects(at);
        let count = input.source[mapping.source].records().len();
        let threads = if mapping.chooses_unique_values() { Threads::ONE } else { threads };
        let parts = match input.evidence {
            Some(_) => progress.take(at),
            None => threads.share(count, |range| objects.draft(range)),
        };
        for part in parts {
            drafts.append(part.drafts);
            sent.append(part.sent);
            put_behind(&mut findings, part.findings);
        }
        lifecycle::leave_with_source(
            input,
            objects.id(),
            mapping,
            &pairs[at],
            (&mut drafts, &mut sent, &mut findings),
        );
    }
    drafts.drop_unadopted(input, &pairs, &mut findings);
    let held = limits::hold_back(input, &mut drafts);
    settle(input, &pairs, &mut drafts, &mut findings);
    drafts.redeem();
    if input.evidence.is_some_and(Evidence::misses_any) {
        return Err(lacking(input));
    }
    let Drafts { operations, mut skipped, unchanged, facts, .. } = drafts;
    let sort_texts = || {
        prefix::sort(
            &mut skipped,
            |it| (it.mapping, first_bytes(it.source.as_str())),
            |left, right| (left.mapping, &left.source).cmp(&(right.mapping, &right.source)),
        );
        sort_findings(&mut findings);
    };
    let ((), operations) = threads.both(sort_texts, || order::order(input, operations));
    let operations = operations?;
    let mut memory = memory::remember(facts, &operations);
    put_behind(&mut memory, sent.remember(input, &operations, threads));
    put_behind(&mut memory, limits::remember(input, &operations, &held));
    memory.sort_by_key(|it| it.once);
    let plan = Plan { operations, held, skipped, unchanged, memory, ..nothing(input) };
    Ok(Planned { plan, findings })
}

/// Which objects belong together, and what is wrong with some of them.
pub(crate) struct Matched {
    pub(crate) pairs: Vec<Pairs>,
    findings: Vec<Finding>,
}

/// Matches the objects of all mappings; `None` when an incremental plan misses something for that. Who else is planned may
/// change everything that comes after.
fn match_all(
    input: &PlanInput<'_>,
    context: &EvalContext<'_>,
    threads: Threads,
    progress: &mut Progress,
) -> Option<Matched> {
    if !input.ask_links() {
        return None;
    }
    let mut findings = Vec::new();
    let pairs = matching::pair(input, context, threads, &mut findings);
    let matched = |pairs| Matched { pairs, findings };
    let Some(evidence) = input.evidence else { return Some(matched(pairs)) };
    closure::require(input, &pairs, context);
    let is_whole = !evidence.misses_any();
    progress.foreseen.ask(input, &pairs, context);
    match (is_whole, evidence.misses_any()) {
        (true, false) => Some(matched(pairs)),
        (true, true) => {
            progress.keep(matched(pairs));
            None
        }
        (false, _) => None,
    }
}

/// The plan that does nothing: what every plan from an input has in common.
pub(crate) fn nothing(input: &PlanInput<'_>) -> Plan {
    Plan {
        name: input.spec.name.clone(),
        spec: input.spec.fingerprint,
        parent: input.parent,
        at: input.now,
        mappings: mappings(input),
        operations: Vec::new(),
        held: Vec::new(),
        skipped: Vec::new(),
        unchanged: 0,
        memory: Vec::new(),
        target_known_by: input.evidence.map_or(TargetKnowledge::Listing, Evidence::known_by),
    }
}

/// The target objects of so many source objects are brought near at once: few enough to be near still when they are looked
/// at.
const NEAR: usize = 32;

/// The source objects of one mapping.
#[derive(Clone, Copy)]
pub(crate) struct Objects<'a> {
    input: &'a PlanInput<'a>,
    at: usize,
    mapping: &'a CompiledObject,
    pairs: &'a [Pairs],
    tickets: &'a Tickets,
}

/// What is drafted of some of them.
#[derive(Default)]
pub(crate) struct Part {
    pub(crate) drafts: Drafts,
    pub(crate) sent: sent::Found,
    pub(crate) findings: Vec<Finding>,
}

/// How much is drafted.
pub(crate) struct Mark {
    drafts: draft::Mark,
    sent: sent::Mark,
    findings: usize,
}

impl Part {
    pub(crate) fn mark(&self) -> Mark {
        Mark { drafts: self.drafts.mark(), sent: self.sent.mark(), findings: self.findings.len() }
    }

    /// Drops what was drafted since.
    pub(crate) fn go_back(&mut self, mark: &Mark) {
        self.drafts.go_back(&mark.drafts);
        self.sent.go_back(&mark.sent);
        self.findings.truncate(mark.findings);
    }
}

impl<'a> Objects<'a> {
    fn id(self) -> MappingId {
        MappingId(u16::try_from(self.at).unwrap_or(u16::MAX))
    }

    pub(crate) fn chooses_unique_values(self) -> bool {
        self.mapping.chooses_unique_values()
    }

    /// Returns where all of them stand.
    pub(crate) fn rows(self) -> impl ExactSizeIterator<Item = Row<SourceSide>> + Clone {
        (0..self.input.source[self.mapping.source].records().len()).map(Row::at)
    }

    fn draft(self, range: Range<usize>) -> Part {
        let mut part = Part::default();
        let rows = range.map(Row::at);
        self.draft_in_scope(rows.clone(), &mut part, |_, _| {});
        self.draft_leavers(rows, &mut part);
        part
    }

    /// Drafts what happens to objects in scope; `done` is told after each of which something was drafted.
    pub(crate) fn draft_in_scope(
        self,
        rows: impl ExactSizeIterator<Item = Row<SourceSide>> + Clone,
        part: &mut Part,
        mut done: impl FnMut(Row<SourceSide>, &mut Part),
    ) {
        let Self { input, at, mapping, pairs, tickets } = self;
        let (source, target) =
            (input.source[mapping.source].records(), input.target[mapping.target].records());
        let context = evaluation(input);
        let oracles = Oracles::new(input, mapping);
        let glance = Glance::new(input, mapping);
        let notes = input.memory.notes_of(&mapping.name);
        let mut bump = Bump::new();
        let mut object = |row: Row<SourceSide>| {
            let pair = pairs[at].of(row);
            if pair.is_out() {
                return;
            }
            let record = source.record(row);
            let mut diff = Diff {
                id: self.id(),
                at,
                mapping,
                situation: pairs[at].situation_of(pair),
                references: References { input, pairs },
                tickets,
                oracles: &oracles,
                glance: &glance,
                notes,
                drafts: &mut part.drafts,
                sent: &mut part.sent,
                findings: &mut part.findings,
            };
            if !diff.is_protected(record) && diff.object(record, pair, &context, &bump).is_ok() {
                diff.members(record, pair, &context, &bump);
            }
            bump.reset();
            done(row, part);
        };
        if mapping.chooses_unique_values() {
            let mut sorted: Vec<Row<SourceSide>> = rows.collect();
            sorted.sort_unstable_by_key(|it| source.record(*it).id_str());
            sorted.into_iter().for_each(&mut object);
        } else {
            let mut rows = rows;
            let mut near: Vec<Row<TargetSide>> = Vec::with_capacity(NEAR);
            while rows.len() > 0 {
                let some = rows.clone().take(NEAR);
                near.clear();
                near.extend(some.clone().filter_map(|it| pairs[at].of(it).target_row()));
                target.bring_near(near.iter().copied());
                source.bring_near(some.clone());
                some.for_each(&mut object);
                rows.nth(NEAR - 1);
            }
        }
    }

    /// Drafts what happens to objects that are out of scope, or disabled in the source.
    pub(crate) fn draft_leavers(self, rows: impl Iterator<Item = Row<SourceSide>>, part: &mut Part) {
        let Self { input, at, mapping, pairs, .. } = self;
        let Part { drafts, sent, findings } = part;
        lifecycle::leave(input, self.id(), mapping, (&pairs[at], rows), (drafts, sent, findings));
    }
}

/// Drops what does not come about after all. What is dropped last, such as a create whose unique value somebody holds,
/// may be why something stays in a container whose delete others count on: then it is all done again without that delete.
pub(crate) fn settle(
    input: &PlanInput<'_>,
    pairs: &[Pairs],
    drafts: &mut Drafts,
    findings: &mut Vec<Finding>,
) {
    container::break_circles(input, drafts, findings);
    let mut filled = container::filled(input, &drafts.operations);
    loop {
        container::keep_filled(drafts, filled, findings);
        let again = container::deletes(input, &drafts.operations).then(|| (drafts.clone(), findings.len()));
        unique::settle(input, drafts, findings);
        loop {
            drafts.drop_missing(input, pairs, findings);
            if !container::break_circles(input, drafts, findings) {
                break;
            }
        }
        let Some((before, known)) = again else { return };
        filled = container::filled(input, &drafts.operations);
        if filled.is_empty() {
            return;
        }
        *drafts = before;
        findings.truncate(known);
    }
}

/// What expressions may ask for: the time of the plan, and nothing that differs between two runs.
pub(crate) fn evaluation(input: &PlanInput<'_>) -> EvalContext<'static> {
    evaluation_at(input.now)
}

pub(crate) fn evaluation_at(now: Timestamp) -> EvalContext<'static> {
    EvalContext::at(Instant { seconds: now.second(), nanos: now.nanosecond() })
}

fn lacking(input: &PlanInput<'_>) -> PlanError {
    PlanError::Lacking { questions: input.evidence.map_or(0, Evidence::misses) }
}

pub(crate) fn mappings(input: &PlanInput<'_>) -> Vec<PlannedMapping> {
    let mappings = input.spec.mappings.iter().map(|it| PlannedMapping {
        name: it.name.clone(),
        source: input.spec.sources[it.source].object_type().clone(),
        target: input.spec.targets[it.target].object_type().clone(),
    });
    mappings.collect()
}

pub(crate) fn sort_findings(findings: &mut Vec<Finding>) {
    fn place(it: &Finding) -> (MappingId, &Option<SourceId>, &Option<AttrName>) {
        (it.mapping, &it.source, &it.attribute)
    }
    prefix::sort(
        findings,
        |it| (it.mapping, it.source.as_ref().map(|it| first_bytes(it.as_str()))),
        |left, right| place(left).cmp(&place(right)).then_with(|| left.kind.compare(&right.kind)),
    );
    findings.dedup();
}
