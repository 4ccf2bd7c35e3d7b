//! Finding target objects by the value of one attribute.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use provisio_model::{CompareRule, LookUp, Records, Row, Slot, TargetSide, ValueRef};

use crate::input::PlanInput;

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
}

impl<'a> ValueIndex<'a> {
    pub(crate) fn new(input: &PlanInput<'a>, target: usize, slot: Slot, rule: CompareRule) -> Self {
        let records = input.target[target].records();
        let state = FixedState::default();
        let mut rows = HashTable::with_capacity(records.len());
        for record in records.iter() {
            let row = u32::try_from(record.row().position()).unwrap_or(u32::MAX);
            for value in record.values(slot).iter() {
                let hash = rule.hash(value, &state);
                rows.insert_unique(hash, (hash, row), |entry| entry.0);
            }
        }
        Self { input: *input, target, records, slot, rule, rows, state }
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
