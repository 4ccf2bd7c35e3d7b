//! Finding target objects by all values of a match rule.

use bumpalo::Bump;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use provisio_expression::EvalContext;
use provisio_model::{LookUp, Record, Records, Row, TargetSide, ValueRef};

use super::Pair;
use crate::compiled::{CompiledObject, MatchRule};
use crate::expressions::ExpressionRecord;
use crate::flow::flow;
use crate::input::PlanInput;
use crate::parallel::Threads;
use crate::value_index::{Sought, ValueIndex};

/// The target objects by the values of one match rule.
pub(super) enum MatchIndex<'a> {
    /// By one attribute.
    One(ValueIndex<'a>),
    /// By several.
    All(GroupIndex<'a>),
}

impl<'a> MatchIndex<'a> {
    /// Indexes all objects, or those that have a value of a single attribute that is sought.
    pub(super) fn new(
        input: &PlanInput<'a>,
        mapping: &'a CompiledObject,
        rule: &'a MatchRule,
        sought: Option<Sought>,
        threads: Threads,
    ) -> Self {
        match (rule.attributes.as_slice(), sought) {
            ([at], Some(sought)) => {
                let slot = mapping.attributes[*at].slot;
                Self::One(ValueIndex::of_sought(input, mapping.target, slot, sought, threads))
            }
            ([at], None) => {
                let attribute = &mapping.attributes[*at];
                Self::One(ValueIndex::new(input, mapping.target, attribute.slot, attribute.rule))
            }
            _ => Self::All(GroupIndex::new(input, mapping, rule)),
        }
    }

    /// Tells whether it is known that [`MatchIndex::find`] finds every object with these values (R1).
    pub(super) fn knows(&self, values: &[ValueRef<'_>]) -> LookUp {
        match (self, values) {
            (Self::One(index), [value]) => index.knows(*value),
            (Self::All(index), values) => index.knows(values),
            (Self::One(_), _) => LookUp::Unknown,
        }
    }

    /// Finds all objects with these values, in the order of their ids.
    pub(super) fn find(&self, values: &[ValueRef<'_>]) -> Vec<Row<TargetSide>> {
        match (self, values) {
            (Self::One(index), [value]) => index.find(*value),
            (Self::One(_), _) => Vec::new(),
            (Self::All(index), values) => index.find(values),
        }
    }
}

/// Where at most one of so many target objects is sought, the others are not indexed.
const FEW: usize = 8;

/// The values of a match rule of one attribute that will be sought, if they are few.
pub(super) fn sought(
    input: &PlanInput<'_>,
    mapping: &CompiledObject,
    rule: &MatchRule,
    of_row: &[Pair],
    context: &EvalContext<'_>,
) -> Option<Sought> {
    let [at] = rule.attributes.as_slice() else { return None };
    let attribute = &mapping.attributes[*at];
    let count = of_row.iter().filter(|it| it.is_without_target()).count();
    if count > input.target[mapping.target].records().len() / FEW {
        return None;
    }
    let mut sought = Sought::new(attribute.rule, count);
    let mut bump = Bump::new();
    for record in input.source[mapping.source].records().iter() {
        if of_row[record.row().position()].is_without_target() {
            // Who has no value is not sought, and what is wrong with it is found where it is matched.
            if let Ok(flowed) = flow(attribute, &ExpressionRecord(record), context, &bump) {
                flowed.values().first().into_iter().for_each(|it| sought.add(*it));
            }
            bump.reset();
        }
    }
    Some(sought)
}

/// The target objects that have a value for each attribute of a group, by all of them.
///
/// In an incremental plan, objects are sought by the value of the first attribute.
pub(super) struct GroupIndex<'a> {
    input: PlanInput<'a>,
    records: &'a Records<TargetSide>,
    mapping: &'a CompiledObject,
    rule: &'a MatchRule,
    rows: HashTable<(u64, u32)>,
    state: FixedState,
}

impl<'a> GroupIndex<'a> {
    fn new(input: &PlanInput<'a>, mapping: &'a CompiledObject, rule: &'a MatchRule) -> Self {
        let records = input.target[mapping.target].records();
        let (rows, state) = (HashTable::with_capacity(records.len()), FixedState::default());
        let mut index = Self { input: *input, records, mapping, rule, rows, state };
        let mut values = Vec::with_capacity(rule.attributes.len());
        for record in records.iter() {
            if index.values(record, &mut values) {
                let hash = hash_all(mapping, rule, &values, &index.state);
                let row = u32::try_from(record.row().position()).unwrap_or(u32::MAX);
                index.rows.insert_unique(hash, (hash, row), |entry| entry.0);
            }
        }
        index
    }

    /// Collects the values of an object; tells whether it has one for each attribute.
    fn values<'r>(&self, record: Record<'r, TargetSide>, values: &mut Vec<ValueRef<'r>>) -> bool {
        values.clear();
        let held = self.mapping.attributes_of(self.rule).map_while(|it| record.single(it.slot));
        values.extend(held.take_while(|it| !is_empty(*it)));
        values.len() == self.rule.attributes.len()
    }

    fn knows(&self, values: &[ValueRef<'_>]) -> LookUp {
        match (self.mapping.attributes_of(self.rule).next(), values.first()) {
            (Some(first), Some(value)) => self.input.ask_value(self.mapping.target, first.slot, *value),
            _ => LookUp::Unknown,
        }
    }

    fn find(&self, values: &[ValueRef<'_>]) -> Vec<Row<TargetSide>> {
        let hash = hash_all(self.mapping, self.rule, values, &self.state);
        let mut held = Vec::with_capacity(values.len());
        let mut rows: Vec<Row<TargetSide>> = Vec::new();
        for (_, row) in self.rows.iter_hash(hash).filter(|entry| entry.0 == hash) {
            let row = Row::at(*row as usize);
            let has_all = self.values(self.records.record(row), &mut held);
            let mut pairs = self.mapping.attributes_of(self.rule).zip(held.iter().zip(values));
            if has_all && pairs.all(|(attribute, (held, value))| attribute.rule.same(*held, *value)) {
                rows.push(row);
            }
        }
        rows.sort_unstable_by_key(|&row| self.records.record(row).id_str());
        rows
    }
}

/// Hashes the values of a match rule so that values that are the same have the same hash.
pub(super) fn hash_all(
    mapping: &CompiledObject,
    rule: &MatchRule,
    values: &[ValueRef<'_>],
    state: &FixedState,
) -> u64 {
    let hashes = mapping.attributes_of(rule).zip(values).map(|(it, value)| it.rule.hash(*value, state));
    hashes.fold(0, |all: u64, hash| all.rotate_left(21).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ hash)
}

/// Empty text identifies nobody.
pub(super) fn is_empty(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(""))
}
