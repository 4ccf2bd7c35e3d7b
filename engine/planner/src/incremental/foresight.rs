//! Which references will be resolved once objects are drafted?
//!
//! Where everybody stood whom an object refers to is asked for as soon as the object is known to have a target object, or
//! to get one: together with that, and not a round later. What is not foreseen is missed when it is drafted.

use bumpalo::Bump;
use provisio_expression::EvalContext;
use provisio_model::ValueRef;

use crate::compiled::CompiledAttribute;
use crate::expressions::ExpressionRecord;
use crate::flow::flow;
use crate::input::PlanInput;
use crate::matching::{Pair, Pairs};
use crate::spec::{Apply, FlowType};

/// How many source objects were looked at, by object mapping.
#[derive(Default)]
pub(crate) struct Foreseen(Vec<usize>);

impl Foreseen {
    /// Asks about the references of objects that were not looked at yet.
    pub(crate) fn ask(&mut self, input: &PlanInput<'_>, pairs: &[Pairs], context: &EvalContext<'_>) {
        self.0.resize(input.spec.mappings.len(), 0);
        let mut bump = Bump::new();
        for ((mapping, pairs), seen) in input.spec.mappings.iter().zip(pairs).zip(&mut self.0) {
            let references = mapping.attributes.iter().filter(|it| it.is_reference());
            let records = input.source[mapping.source].records();
            for record in records.iter().skip(std::mem::replace(seen, records.len())) {
                let pair = pairs.of(record.row());
                for attribute in references.clone().filter(|it| is_resolved(it, pair)) {
                    let source = ExpressionRecord(record);
                    let Ok(flowed) = flow(attribute, &source, context, &bump) else { continue };
                    let ids = flowed.values().iter().filter_map(|it| match it {
                        ValueRef::Reference(id) => Some(*id),
                        _ => None,
                    });
                    for id in ids {
                        for &at in &attribute.refers_to {
                            input.recall(input.spec.mappings[at].source, id);
                        }
                    }
                }
                bump.reset();
            }
        }
    }
}

/// Tells whether the values of an attribute will be resolved, as far as can be said.
fn is_resolved(attribute: &CompiledAttribute, pair: Pair) -> bool {
    match pair {
        Pair::Linked(_) | Pair::Unseen | Pair::Matched(..) => {
            attribute.apply == Apply::Always && attribute.flow != FlowType::Fill
        }
        Pair::Missing | Pair::Gone | Pair::Waiting => true,
        _ => false,
    }
}
