//! What an expression may ask beyond the object itself: time, seeded randomness, and which values are taken.

use std::cell::RefCell;
use std::collections::BTreeSet;

use bumpalo::Bump;
use provisio_expression::{EvalContext, UniqueOracle};
use provisio_model::{CompareRule, Record, SourceSide, ValueRef};

use crate::compiled::{AttributeSource, CompiledAttribute, CompiledObject};
use crate::input::PlanInput;
use crate::value_index::ValueIndex;

/// Which values of the attributes with `SelectUniqueValue` are taken: in the target, and by this plan.
///
/// Objects must be planned in the order of their ids, so that the same one gets the first candidate whatever
/// the order of the input (R6).
pub(crate) struct Oracles<'a> {
    /// By position of the attribute mapping.
    of_attribute: Vec<Option<Oracle<'a>>>,
}

struct Oracle<'a> {
    index: ValueIndex<'a>,
    rule: CompareRule,
    planned: RefCell<BTreeSet<String>>,
}

impl<'a> Oracles<'a> {
    pub(crate) fn new(input: &PlanInput<'a>, mapping: &CompiledObject) -> Self {
        let oracle = |attribute: &CompiledAttribute| {
            attribute.chooses_unique_value().then(|| Oracle {
                index: ValueIndex::new(input, mapping.target, attribute.slot, attribute.rule),
                rule: attribute.rule,
                planned: RefCell::default(),
            })
        };
        Self { of_attribute: mapping.attributes.iter().map(oracle).collect() }
    }

    /// Makes the context for one attribute of one object.
    pub(crate) fn context<'c>(
        &'c self,
        at: usize,
        attribute: &CompiledAttribute,
        record: Record<'_, SourceSide>,
        plain: &'c EvalContext<'c>,
        bump: &'c Bump,
    ) -> &'c EvalContext<'c> {
        let AttributeSource::Expression(program) = &attribute.source else { return plain };
        if self.of_attribute[at].is_none() && !program.uses_random() {
            return plain;
        }
        let mut context = *plain;
        if let Some(oracle) = &self.of_attribute[at] {
            context.unique = oracle;
        }
        if program.uses_random() {
            context.seed = seed(record.id_str(), attribute.name.as_str());
        }
        bump.alloc(context)
    }

    /// Notes that this plan gives a value to an object.
    pub(crate) fn take(&self, at: usize, value: ValueRef<'_>) {
        if let Some(oracle) = &self.of_attribute[at] {
            oracle.planned.borrow_mut().insert(oracle.rule.key(value));
        }
    }
}

impl UniqueOracle for Oracle<'_> {
    fn is_taken(&self, candidate: &str) -> bool {
        let value = ValueRef::Text(candidate);
        self.planned.borrow().contains(&self.rule.key(value)) || !self.index.find(value).is_empty()
    }
}

/// Each object and attribute draws its own random values, and draws the same ones in every plan: 64-bit FNV-1a.
fn seed(source: &str, attribute: &str) -> u64 {
    let bytes = source.bytes().chain([0]).chain(attribute.bytes().map(|it| it.to_ascii_lowercase()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
