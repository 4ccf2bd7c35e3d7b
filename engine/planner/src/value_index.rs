//! Finding target objects by the value of one attribute.

use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use provisio_model::{CompareRule, LookUp, Record, Records, Row, Slot, TargetSide, ValueRef};

use crate::input::PlanInput;
use crate::parallel::Threads;
use crate::sketch::{Mark, Sketch};

/// The target objects of one type by the values of one attribute, compared as its schema says.
///
/// In an incremental plan, a value that is sought and was not asked for becomes a question.
pub(crate) struct ValueIndex<'a> {
    input: PlanInput<'a>,
    /// The position of the target's object type.
    target: usize,
    records: &'a Records<TargetSide>,
    slot: Slot,
    rule: CompareRule,
    rows: HashTable<(u64, u32)>,
    state: FixedState,
    /// What may be sought, if not everything may.
    sought: Option<Sought>,
}

/// The values that are going to be sought, where they are few: by their hashes.
pub(crate) struct Sought {
    rule: CompareRule,
    hashes: HashTable<u64>,
    state: FixedState,
    sketch: Sketch,
}

impl Sought {
    /// Makes room for so many values.
    pub(crate) fn new(rule: CompareRule, count: usize) -> Self {
        let (hashes, state) = (HashTable::with_capacity(count), FixedState::default());
        Self { rule, hashes, state, sketch: Sketch::of(count) }
    }

    pub(crate) fn add(&mut self, value: ValueRef<'_>) {
        let hash = self.rule.hash(value, &self.state);
        if !self.has(hash) {
            self.hashes.insert_unique(hash, hash, |it| *it);
            self.sketch.add(value, self.rule);
        }
    }

    fn has(&self, hash: u64) -> bool {
        self.hashes.find(hash, |it| *it == hash).is_some()
    }
}

impl<'a> ValueIndex<'a> {
    /// Indexes all objects.
    pub(crate) fn new(input: &PlanInput<'a>, target: usize, slot: Slot, rule: CompareRule) -> Self {
        let mut index = Self::empty(input, target, slot, rule);
        let records = index.records;
        index.rows.reserve(records.len(), |entry| entry.0);
        index.add(entries(records, 0..records.len(), slot, rule));
        index
    }

    /// Indexes the objects that have a value that is sought. No other value may be sought afterwards.
    pub(crate) fn of_sought(
        input: &PlanInput<'a>,
        target: usize,
        slot: Slot,
        sought: Sought,
        threads: Threads,
    ) -> Self {
        let mut index = Self::empty(input, target, slot, sought.rule);
        let records = index.records;
        let found = threads.share(records.len(), |range| {
            let mut found = Vec::new();
            for record in records.walk(range, &[slot]) {
                if record.text(slot).is_none_or(|it| sought.sketch.may_have(Mark::of(it))) {
                    found.extend(entries_of(record, slot, sought.rule).filter(|it| sought.has(it.0)));
                }
            }
            found
        });
        index.add(found.into_iter().flatten());
        Self { sought: Some(sought), ..index }
    }

    fn empty(input: &PlanInput<'a>, target: usize, slot: Slot, rule: CompareRule) -> Self {
        Self {
            input: *input,
            target,
            records: input.target[target].records(),
            slot,
            rule,
            rows: HashTable::new(),
            state: FixedState::default(),
            sought: None,
        }
    }

    fn add(&mut self, entries: impl Iterator<Item = (u64, u32)>) {
        for entry in entries {
            self.rows.insert_unique(entry.0, entry, |entry| entry.0);
        }
    }

    /// Tells whether it is known that [`ValueIndex::find`] finds every object with the value (R1).
    pub(crate) fn knows(&self, value: ValueRef<'_>) -> LookUp {
        self.input.ask_value(self.target, self.slot, value)
    }

    /// Finds all objects with the value, in the order of their ids.
    pub(crate) fn find(&self, value: ValueRef<'_>) -> Vec<Row<TargetSide>> {
        if self.input.evidence.is_some() && self.knows(value) == LookUp::NotAsked {
            return Vec::new();
        }
        let hash = self.rule.hash(value, &self.state);
        debug_assert!(self.sought.as_ref().is_none_or(|it| it.has(hash)), "{value} was not to be sought");
        let has_value = |row: &Row<TargetSide>| {
            self.records.record(*row).values(self.slot).iter().any(|it| self.rule.same(it, value))
        };
        let same_hash = self.rows.iter_hash(hash).filter(|entry| entry.0 == hash);
        let mut rows: Vec<_> = same_hash.map(|entry| Row::at(entry.1 as usize)).filter(has_value).collect();
        if rows.len() > 1 {
            rows.sort_unstable_by_key(|&row| self.records.record(row).id_str());
            rows.dedup();
        }
        rows
    }
}

/// The hashes of the values of some objects, with the rows.
fn entries(
    records: &Records<TargetSide>,
    range: Range<usize>,
    slot: Slot,
    rule: CompareRule,
) -> impl Iterator<Item = (u64, u32)> {
    records.iter().skip(range.start).take(range.len()).flat_map(move |it| entries_of(it, slot, rule))
}

/// The hashes of the values of an object, with its row.
fn entries_of(
    record: Record<'_, TargetSide>,
    slot: Slot,
    rule: CompareRule,
) -> impl Iterator<Item = (u64, u32)> {
    let row = u32::try_from(record.row().position()).unwrap_or(u32::MAX);
    let hash = move |value| rule.hash(value, &FixedState::default());
    record.values(slot).iter().map(move |value| (hash(value), row))
}
