//! What is drafted already of an incremental plan that misses something?
//!
//! Most objects miss nothing. What is drafted of those stays as it is while only others get their answers, so they are
//! not drafted again in each round.

use provisio_model::{LookedUp, Row, SourceSide};

use super::evidence::Evidence;
use super::foresight::Foreseen;
use crate::input::PlanInput;
use crate::matching::{Pair, Pairs};
use crate::planning::{Matched, Objects, Part};

/// What was drafted so far.
#[derive(Default)]
pub(crate) struct Progress {
    /// Which objects belong together, if nothing was missed for that.
    matched: Option<Matched>,
    /// Whether that rests on values of target objects, too, and not on links alone.
    rests_on_values: bool,
    /// Whose references were asked for before they are drafted.
    pub(crate) foreseen: Foreseen,
    /// What the drafts rest on.
    grounds: Grounds,
    /// By object mapping.
    mappings: Vec<Drafted>,
}

/// What the drafts of objects rest on that miss nothing. Beyond this, they rest on answers that never change.
#[derive(Default, PartialEq)]
struct Grounds {
    /// By object mapping.
    pairs: Vec<Vec<Pair>>,
    /// How many ids are known of which nothing was found, by layout: without an answer, and absent.
    not_found: Vec<(usize, usize)>,
}

/// What was drafted of one object mapping.
#[derive(Default)]
struct Drafted {
    /// Of objects in scope that missed nothing.
    in_scope: Part,
    /// Of everybody else, unless one of them missed something.
    leavers: Option<Part>,
    /// Who missed something.
    open: Vec<Row<SourceSide>>,
}

impl Progress {
    /// Takes out which objects belong together, if that is known.
    pub(crate) fn take_matched(&mut self) -> Option<Matched> {
        self.matched.take()
    }

    /// Keeps which objects belong together.
    pub(crate) fn keep(&mut self, matched: Matched) {
        let by_values = |it: &Pair| matches!(it, Pair::Matched(..) | Pair::Waiting | Pair::Blocked(_));
        let mut pairs = matched.pairs.iter();
        self.rests_on_values = pairs.any(|it| it.shields.is_used() || it.of_row.iter().any(by_values));
        self.matched = Some(matched);
    }

    /// Tells whether it is known which objects belong together.
    pub(super) fn has_matched(&self) -> bool {
        self.matched.is_some()
    }

    /// Has objects matched anew: an answer may change what belongs together.
    pub(super) fn match_anew(&mut self) {
        self.matched = None;
    }

    /// Tells whether more target objects than those of the links may change what belongs together.
    pub(super) fn rests_on_values(&self) -> bool {
        self.rests_on_values
    }

    /// Drafts whoever missed something so far; everybody if other things than answers to them changed.
    pub(crate) fn draft<'a>(
        &mut self,
        input: &PlanInput<'_>,
        evidence: &Evidence,
        pairs: &[Pairs],
        objects: impl Fn(usize) -> Objects<'a>,
    ) {
        let grounds = Grounds::of(input, pairs);
        // Who is protected is found out from objects that others asked for.
        let is_kept = grounds == self.grounds && pairs.iter().all(|it| !it.shields.is_used());
        if !is_kept {
            let everybody = |it: &Pairs| (0..it.of_row.len()).map(Row::at).collect();
            let drafted = pairs.iter().map(|it| Drafted { open: everybody(it), ..Drafted::default() });
            *self = Self { grounds, mappings: drafted.collect(), ..std::mem::take(self) };
        }
        for (at, drafted) in self.mappings.iter_mut().enumerate() {
            drafted.go_on(evidence, objects(at));
        }
    }

    /// Returns what is drafted of a mapping, once nothing is missed.
    pub(crate) fn take(&mut self, at: usize) -> Vec<Part> {
        // What is taken is not there to go on from.
        self.grounds = Grounds::default();
        let drafted = self.mappings.get_mut(at).map(std::mem::take);
        drafted.into_iter().flat_map(|it| [Some(it.in_scope), it.leavers]).flatten().collect()
    }
}

impl Drafted {
    fn go_on(&mut self, evidence: &Evidence, objects: Objects<'_>) {
        if self.leavers.is_none() {
            let (mut part, doubts) = (Part::default(), evidence.doubts());
            objects.draft_leavers(objects.rows(), &mut part);
            self.leavers = (evidence.doubts() == doubts).then_some(part);
        }
        if objects.chooses_unique_values() {
            // Which values are left depends on all objects before.
            self.in_scope = Part::default();
            objects.draft_in_scope(objects.rows(), &mut self.in_scope, |_, _| {});
            return;
        }
        let open = std::mem::take(&mut self.open);
        let (mut mark, mut missed) = (self.in_scope.mark(), evidence.doubts());
        let done = |row: Row<SourceSide>, part: &mut Part| {
            let misses = evidence.doubts();
            if misses == missed {
                mark = part.mark();
            } else {
                part.go_back(&mark);
                self.open.push(row);
                missed = misses;
            }
        };
        objects.draft_in_scope(open.iter().copied(), &mut self.in_scope, done);
    }
}

impl Grounds {
    fn of(input: &PlanInput<'_>, pairs: &[Pairs]) -> Self {
        fn not_found<S: provisio_model::Side>(looked_up: &LookedUp<S>) -> (usize, usize) {
            (looked_up.unknown().len(), looked_up.absent().len())
        }
        let source = input.source.iter().filter_map(|it| it.looked_up()).map(not_found);
        let target = input.target.iter().filter_map(|it| it.looked_up()).map(not_found);
        Self {
            pairs: pairs.iter().map(|it| it.of_row.clone()).collect(),
            not_found: source.chain(target).collect(),
        }
    }
}
