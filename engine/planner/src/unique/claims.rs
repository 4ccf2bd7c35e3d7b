//! Who wants which value, who has to give it up, and who does not get it.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use provisio_model::{Row, SourceId, TargetSide, Text, Value};

use super::{Unique, Verdict, existing};
use crate::finding::FindingKind;
use crate::parallel::Threads;
use crate::plan::{Action, MappingId, Operation};
use crate::value_index::{Sought, ValueIndex};

/// A value that an operation takes, and the operation that gives it up.
#[derive(Clone, Copy)]
pub(super) struct Need<'o> {
    pub(super) taker: u32,
    pub(super) giver: u32,
    pub(super) value: &'o Value,
}

/// What the operations of a plan want of one attribute.
pub(super) struct Claims<'a, 'o> {
    pub(super) unique: Unique<'a>,
    pub(super) operations: &'o [Operation],
    /// Who holds what is given.
    index: ValueIndex<'a>,
    /// Who holds whatever; few plans need it.
    holders: OnceCell<ValueIndex<'a>>,
    /// The keys of all values that are given by the plan, each with who gets it, sorted.
    taken: Vec<(String, u32)>,
    /// What waits for what, sorted by who gives.
    pub(super) needs: Vec<Need<'o>>,
    /// By position.
    verdicts: BTreeMap<u32, Verdict>,
}

impl<'a, 'o> Claims<'a, 'o> {
    /// Collects what is wanted; `None` if nothing is.
    pub(super) fn of(unique: Unique<'a>, operations: &'o [Operation]) -> Option<Self> {
        let mut taken = Vec::new();
        for (at, operation) in (0_u32..).zip(operations).filter(|it| unique.is_ours(it.1)) {
            let keys = unique.given(operation).iter().map(|it| (unique.rule.key(it.borrow()), at));
            taken.extend(keys);
        }
        if taken.is_empty() {
            return None;
        }
        let order = |at: u32| first(&operations[at as usize]);
        taken.sort_unstable_by(|left, right| {
            left.0.cmp(&right.0).then_with(|| order(left.1).cmp(&order(right.1)))
        });
        let mut sought = Sought::new(unique.rule, taken.len());
        let given = operations.iter().filter(|it| unique.is_ours(it)).flat_map(|it| unique.given(it));
        given.for_each(|it| sought.add(it.borrow()));
        let index = ValueIndex::of_sought(unique.input, unique.target, unique.slot, sought, Threads::ONE);
        let (needs, verdicts) = (Vec::new(), BTreeMap::new());
        Some(Self { unique, operations, index, holders: OnceCell::new(), taken, needs, verdicts })
    }

    /// Finds out who waits for whom, and who does not get a value.
    pub(super) fn settle(&mut self) {
        let mut writers: Option<BTreeMap<Row<TargetSide>, u32>> = None;
        let unique = self.unique;
        let records = unique.input.target[unique.target].records();
        for (at, operation) in (0_u32..).zip(self.operations).filter(|it| unique.is_ours(it.1)) {
            for value in unique.given(operation) {
                let own = existing(operation).and_then(|it| records.find(it.as_str()));
                for row in self.index.find(value.borrow()).into_iter().filter(|it| Some(*it) != own) {
                    let writers = writers.get_or_insert_with(|| writers_of(self.unique, self.operations));
                    match writers.get(&row) {
                        Some(&giver) if self.unique.gives_up(&self.operations[giver as usize], value) => {
                            self.needs.push(Need { taker: at, giver, value });
                        }
                        _ => {
                            let holder = self.unique.holder(&records.record(row).id());
                            self.lose(at, value, holder);
                        }
                    }
                }
                if let Some(first) = self.claimant(operation, value).filter(|it| *it != at) {
                    let holder = self.unique.claimant(&self.operations[first as usize]);
                    self.lose(at, value, holder);
                }
            }
        }
        self.needs.sort_unstable_by_key(|it| (it.giver, it.taker));
        self.spread();
    }

    /// Who gets a value that its object does not hold: the first of those who want it.
    fn claimant(&self, operation: &Operation, value: &Value) -> Option<u32> {
        let holds = |operation: &Operation| {
            let before = self.unique.change(operation).and_then(|it| it.before.as_ref());
            before.is_some_and(|it| it.iter().any(|held| self.unique.rule.same(held, value.borrow())))
        };
        if holds(operation) {
            return None;
        }
        let key = self.unique.rule.key(value.borrow());
        let start = self.taken.partition_point(|it| it.0 < key);
        let same_key = self.taken[start..].iter().take_while(|it| it.0 == key).map(|it| it.1);
        let mut wanting = same_key.filter(|&at| !holds(&self.operations[at as usize]));
        wanting.next()
    }

    fn lose(&mut self, at: u32, value: &Value, holder: Text) {
        let value = shown(value);
        self.verdict(at, Verdict::Loses(FindingKind::NotUnique { value, holder }));
    }

    /// Decides on an operation; the first verdict stays.
    pub(super) fn verdict(&mut self, at: u32, verdict: Verdict) {
        self.verdicts.entry(at).or_insert(verdict);
    }

    pub(super) fn loses(&self, at: u32) -> bool {
        matches!(self.verdicts.get(&at), Some(Verdict::Loses(_)))
    }

    /// Who does not get a value keeps what it has, so that whoever waits for that does not get it either.
    pub(super) fn spread(&mut self) {
        let lost = |(at, verdict): (&u32, &Verdict)| matches!(verdict, Verdict::Loses(_)).then_some(*at);
        let mut open: Vec<u32> = self.verdicts.iter().filter_map(lost).collect();
        while let Some(giver) = open.pop() {
            let start = self.needs.partition_point(|it| it.giver < giver);
            let waiting: Vec<Need<'o>> =
                self.needs[start..].iter().take_while(|it| it.giver == giver).copied().collect();
            let Some(id) = existing(&self.operations[giver as usize]) else { continue };
            for need in waiting {
                if !self.loses(need.taker) {
                    self.lose(need.taker, need.value, self.unique.holder(id));
                    open.push(need.taker);
                }
            }
        }
    }

    /// Tells whether nobody holds a value, and this plan gives it to nobody.
    pub(super) fn is_free(&self, value: &Value) -> bool {
        let key = self.unique.rule.key(value.borrow());
        let Unique { input, target, slot, rule, .. } = self.unique;
        self.holders
            .get_or_init(|| ValueIndex::new(input, target, slot, rule))
            .find(value.borrow())
            .is_empty()
            && self.taken.binary_search_by(|it| it.0.as_str().cmp(&key)).is_err()
    }

    pub(super) fn into_verdicts(self) -> BTreeMap<u32, Verdict> {
        self.verdicts
    }
}

/// Who gets a value that several want: a linked object before one that is taken over, and both before a new one; then
/// the one with the smaller source id. So what an exchange that was interrupted left free is for those who were part
/// of it, and not for somebody who could not be created before.
pub(super) fn first(operation: &Operation) -> (u8, &SourceId, MappingId) {
    let rank = match operation.action {
        Action::Create { .. } => 2,
        Action::Adopt { .. } => 1,
        _ => 0,
    };
    (rank, &operation.source, operation.mapping)
}

/// A value as findings show it.
pub(super) fn shown(value: &Value) -> Text {
    value.as_text().map_or_else(|| Text::from(value.to_string()), Text::new)
}

/// Which operation changes the attribute of an object, or deletes it.
fn writers_of(unique: Unique<'_>, operations: &[Operation]) -> BTreeMap<Row<TargetSide>, u32> {
    let records = unique.input.target[unique.target].records();
    let writes = |it: &&(u32, &Operation)| {
        let (_, operation) = it;
        unique.is_ours(operation)
            && (operation.action == Action::Delete || unique.change(operation).is_some())
    };
    let writers = (0_u32..).zip(operations).filter(|it| writes(&it));
    writers.filter_map(|(at, it)| Some((records.find(existing(it)?.as_str())?, at))).collect()
}
