//! Is it seen at a glance that nothing is to be done about an attribute?
//!
//! Of nearly every object nearly every attribute is as it should be, byte by byte. That is seen here, with less than it
//! takes to say what differs; where it is not seen, the closer look decides, from the start.

use std::cell::{Cell, RefCell};

use bumpalo::Bump;
use provisio_expression::{EvalContext, Flow, Program, Value as ExpressionValue};
use provisio_model::{Record, Slot, SourceSide, TargetSide, ValueKind, ValueRef};

use crate::compiled::{AttributeSource, CompiledAttribute, CompiledObject};
use crate::expressions::ExpressionRecord;
use crate::spec::{Apply, Export, FlowType};

/// What is seen at a glance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The attribute is not compared here.
    NotCompared,
    /// The target holds what it should.
    Same,
    /// It takes a closer look.
    Unclear,
}

/// Glances at the attributes of one mapping's objects, in one share of them.
pub(crate) struct Glance<'a> {
    /// By position of the attribute mapping.
    attributes: Vec<Attribute<'a>>,
}

struct Attribute<'a> {
    way: Way<'a>,
    to: Slot,
    /// The longest text that fits.
    length_max: usize,
}

/// How what should be there is found.
enum Way<'a> {
    NotCompared,
    Unclear,
    Copied(Slot),
    Constant(ValueRef<'a>),
    Computed { program: &'a Program, same: Option<Same> },
}

impl<'a> Glance<'a> {
    pub(crate) fn new(mapping: &'a CompiledObject) -> Self {
        let attribute = |it: &'a CompiledAttribute| Attribute {
            way: Way::of(it),
            to: it.slot,
            length_max: it.length_max.unwrap_or(usize::MAX),
        };
        Self { attributes: mapping.attributes.iter().map(attribute).collect() }
    }

    /// Glances at one attribute.
    #[inline]
    pub(crate) fn at(
        &self,
        at: usize,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Seen {
        let Attribute { way, to, length_max } = &self.attributes[at];
        let fits = |length: usize| length <= *length_max;
        let is_same = match way {
            Way::NotCompared => return Seen::NotCompared,
            Way::Unclear => false,
            Way::Copied(from) => match record.same_bytes(*from, current, *to) {
                Some(length) => fits(length),
                None => record.is_absent(*from) && current.is_absent(*to),
            },
            Way::Constant(value) => current.holds(*to, *value),
            Way::Computed { program, same: None } => {
                is_computed(program, record, current, *to, *length_max, context, bump)
            }
            Way::Computed { program, same: Some(same) } => same.or_find_out(record, current, *to, || {
                is_computed(program, record, current, *to, *length_max, context, bump)
            }),
        };
        if is_same { Seen::Same } else { Seen::Unclear }
    }
}

impl<'a> Way<'a> {
    fn of(attribute: &'a CompiledAttribute) -> Self {
        if attribute.is_membership() || attribute.apply == Apply::OnCreate {
            return Self::NotCompared;
        }
        let is_plain = matches!(attribute.flow, FlowType::Always | FlowType::Fill)
            && attribute.export == Export::WhenChanged
            && !attribute.write_only
            && !attribute.is_reference();
        match &attribute.source {
            _ if !is_plain => Self::Unclear,
            AttributeSource::Direct(slot) => Self::Copied(*slot),
            AttributeSource::Constant(values) => match values.single() {
                Some(value) if fits(attribute, value.borrow()) => Self::Constant(value.borrow()),
                _ => Self::Unclear,
            },
            AttributeSource::Expression(program) if !program.uses_random() && !program.needs_uniqueness() => {
                Self::Computed { program, same: Same::new(program) }
            }
            AttributeSource::Expression(_) | AttributeSource::DefaultOnly => Self::Unclear,
        }
    }
}

fn fits(attribute: &CompiledAttribute, value: ValueRef<'_>) -> bool {
    let is_short = match value {
        ValueRef::Text(text) => attribute.length_max.is_none_or(|most| text.len() <= most),
        _ => true,
    };
    value.kind() == attribute.kind && is_short
}

/// Tells whether the target holds the one value that an expression gives, or neither has any.
fn is_computed(
    program: &Program,
    record: Record<'_, SourceSide>,
    current: Record<'_, TargetSide>,
    to: Slot,
    length_max: usize,
    context: &EvalContext<'_>,
    bump: &Bump,
) -> bool {
    let record = ExpressionRecord(record);
    match program.evaluate(&record, context, bump) {
        Ok(Flow::Value(ExpressionValue::Text(text))) => {
            text.len() <= length_max && current.holds(to, ValueRef::Text(text))
        }
        Ok(Flow::Value(ExpressionValue::Bool(bool))) => {
            current.layout().attribute(to).kind == ValueKind::Bool && current.holds(to, ValueRef::Bool(bool))
        }
        Ok(Flow::Value(ExpressionValue::Null)) => current.is_absent(to),
        _ => false,
    }
}

/// What was found to be the same before: which values of the attributes that an expression reads go with which value in
/// the target. Many expressions read what takes few values, such as a country or a status.
struct Same {
    /// The attributes that the expression reads; of one, twice.
    reads: [Slot; 2],
    /// By hash: what they hold, and the target.
    known: RefCell<Box<[[u64; 3]; Self::PLACES]>>,
    /// How often it was asked, and how often it was known; `None` if that was too rarely.
    asked: Cell<Option<(u32, u32)>>,
}

impl Same {
    const PLACES: usize = 256;
    /// After so many questions, at least half of them must have been known.
    const TRIAL: u32 = 2048;
    /// No object has such a token.
    const EMPTY: [u64; 3] = [u64::MAX; 3];

    fn new(program: &Program) -> Option<Self> {
        let reads = match program.source_slots() {
            [one] => [Slot(*one), Slot(*one)],
            [one, other] => [Slot(*one), Slot(*other)],
            _ => return None,
        };
        let known = RefCell::new(Box::new([Self::EMPTY; Self::PLACES]));
        Some(Self { reads, known, asked: Cell::new(Some((0, 0))) })
    }

    #[inline]
    fn or_find_out(
        &self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        to: Slot,
        find_out: impl FnOnce() -> bool,
    ) -> bool {
        let Some((asked, known)) = self.asked.get() else { return find_out() };
        let tokens = [record.token(self.reads[0]), record.token(self.reads[1]), current.token(to)];
        let mut table = self.known.borrow_mut();
        let place = &mut table[Self::place(tokens)];
        let is_known = *place == tokens;
        let counted = (asked + 1, known + u32::from(is_known));
        self.asked.set(match counted {
            (Self::TRIAL, known) if known < Self::TRIAL / 2 => None,
            (Self::TRIAL, _) => Some((0, 0)),
            counted => Some(counted),
        });
        if !is_known && find_out() {
            *place = tokens;
            return true;
        }
        is_known
    }

    fn place(tokens: [u64; 3]) -> usize {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mixed =
            tokens.into_iter().fold(0, |mixed: u64, it| (mixed ^ it).wrapping_mul(SPREAD).rotate_left(29));
        (mixed.wrapping_mul(SPREAD) >> 56) as usize % Self::PLACES
    }
}
