//! Is it seen at a glance that nothing is to be done about an attribute?
//!
//! Of nearly every object nearly every attribute is as it should be, byte by byte. That is seen here, with less than it
//! takes to say what differs; where it is not seen, the closer look decides, from the start.

use std::cell::{Cell, RefCell};

use bumpalo::Bump;
use provisio_expression::{EvalContext, Flow, Program, Value as ExpressionValue};
use provisio_model::{Layout, Record, Slot, SourceSide, TargetSide, ValueKind, ValueRef};

use crate::compiled::{AttributeSource, CompiledAttribute, CompiledObject};
use crate::expressions::ExpressionRecord;
use crate::input::PlanInput;
use crate::spec::{Apply, Export, FlowType};

/// Glances at the attributes of one mapping's objects, in one share of them.
pub(crate) struct Glance<'a> {
    /// By position of the attribute mapping.
    attributes: Vec<Attribute<'a>>,
    /// Copied attributes that lie in the same order on both sides.
    copies: Vec<Copies>,
    /// The positions of all that are compared.
    compared: Vec<usize>,
    /// Those of them that are not copied.
    others: Vec<usize>,
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

/// Attributes that are copied and follow each other on both sides, so that they are compared as one.
#[derive(Debug)]
struct Copies {
    from: Slot,
    to: Slot,
    count: u16,
    /// Which of the values may be too long, and from where on.
    limits: Vec<(Slot, usize)>,
}

impl<'a> Glance<'a> {
    pub(crate) fn new(input: &PlanInput<'_>, mapping: &'a CompiledObject) -> Self {
        let source = input.source[mapping.source].records().layout();
        let target = input.target[mapping.target].records().layout();
        let attribute = |it: &'a CompiledAttribute| Attribute {
            way: Way::of(it, source, target),
            to: it.slot,
            length_max: it.length_max.unwrap_or(usize::MAX),
        };
        let attributes: Vec<Attribute<'a>> = mapping.attributes.iter().map(attribute).collect();
        let is_compared = |at: &usize| !matches!(attributes[*at].way, Way::NotCompared);
        let compared: Vec<usize> = (0..attributes.len()).filter(is_compared).collect();
        let is_copied = |at: &usize| matches!(attributes[*at].way, Way::Copied(_));
        let others = compared.iter().copied().filter(|at| !is_copied(at)).collect();
        Self { copies: Copies::among(&attributes), attributes, compared, others }
    }

    /// Returns the positions of the attribute mappings to be looked at, in their order: not those that are seen to be the
    /// same all together.
    #[inline]
    pub(crate) fn unseen(&self, record: Record<'_, SourceSide>, current: Record<'_, TargetSide>) -> &[usize] {
        let is_same = self.copies.iter().all(|it| it.are_same(record, current));
        if is_same { &self.others } else { &self.compared }
    }

    /// Returns the positions of all attribute mappings that are compared, in their order.
    pub(crate) fn compared(&self) -> &[usize] {
        &self.compared
    }

    /// Tells whether the target is seen to hold what it should.
    #[inline]
    pub(crate) fn is_same(
        &self,
        at: usize,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> bool {
        let Attribute { way, to, length_max } = &self.attributes[at];
        match way {
            Way::NotCompared | Way::Unclear => false,
            Way::Copied(from) => {
                record.same_bytes(*from, current, *to, 1) && record.text_length(*from) <= *length_max
            }
            Way::Constant(value) => current.holds(*to, *value),
            Way::Computed { program, same: None } => {
                is_computed(program, record, current, *to, *length_max, context, bump)
            }
            Way::Computed { program, same: Some(same) } => same.or_find_out(record, current, *to, || {
                is_computed(program, record, current, *to, *length_max, context, bump)
            }),
        }
    }
}

impl Copies {
    /// Returns all copied attributes, as few pieces as there can be.
    fn among(attributes: &[Attribute<'_>]) -> Vec<Self> {
        let copy = |it: &Attribute<'_>| match it.way {
            Way::Copied(from) => Some((from, it.to, it.length_max)),
            _ => None,
        };
        let mut all: Vec<(Slot, Slot, usize)> = attributes.iter().filter_map(copy).collect();
        all.sort_unstable();
        let mut copies: Vec<Self> = Vec::new();
        for (from, to, length_max) in all {
            let follows = |it: &&mut Self| it.from.0 + it.count == from.0 && it.to.0 + it.count == to.0;
            let limit = (length_max != usize::MAX).then_some((from, length_max));
            match copies.last_mut().filter(follows) {
                Some(last) => {
                    last.count += 1;
                    last.limits.extend(limit);
                }
                None => copies.push(Self { from, to, count: 1, limits: limit.into_iter().collect() }),
            }
        }
        copies
    }

    #[inline]
    fn are_same(&self, record: Record<'_, SourceSide>, current: Record<'_, TargetSide>) -> bool {
        record.same_bytes(self.from, current, self.to, self.count.into())
            && self.limits.iter().all(|it| record.text_length(it.0) <= it.1)
    }
}

impl<'a> Way<'a> {
    fn of(attribute: &'a CompiledAttribute, source: &Layout, target: &Layout) -> Self {
        if attribute.is_membership() || attribute.apply == Apply::OnCreate {
            return Self::NotCompared;
        }
        let is_plain = matches!(attribute.flow, FlowType::Always | FlowType::Fill)
            && attribute.export == Export::WhenChanged
            && !attribute.write_only
            && !attribute.is_reference();
        match &attribute.source {
            _ if !is_plain => Self::Unclear,
            AttributeSource::Direct(slot) => {
                match (source.attribute(*slot).kind, target.attribute(attribute.slot).kind) {
                    (ValueKind::Reference, ValueKind::Text) => Self::Copied(*slot),
                    (from, to) if from == to => Self::Copied(*slot),
                    _ => Self::Unclear,
                }
            }
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
    if let Some(held) = current.text(to)
        && held.len() <= length_max
        && program.is_seen_to_give(held, &record, context, bump)
    {
        return true;
    }
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
    /// The attributes that the expression reads.
    reads: (Slot, Option<Slot>),
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
            [one] => (Slot(*one), None),
            [one, other] => (Slot(*one), Some(Slot(*other))),
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
        let (one, other) = self.reads;
        let other = other.map_or(Some(0), |it| record.token(it));
        let (Some(one), Some(other), Some(held)) = (record.token(one), other, current.token(to)) else {
            return find_out();
        };
        let mut table = self.known.borrow_mut();
        let place = &mut table[Self::place(one, other, held)];
        // One by one: to compare them as an array, they would have to be written and read again at once.
        let is_known = place[0] == one && place[1] == other && place[2] == held;
        let counted = (asked + 1, known + u32::from(is_known));
        self.asked.set(match counted {
            (Self::TRIAL, known) if known < Self::TRIAL / 2 => None,
            (Self::TRIAL, _) => Some((0, 0)),
            counted => Some(counted),
        });
        if !is_known && find_out() {
            *place = [one, other, held];
            return true;
        }
        is_known
    }

    #[inline]
    fn place(one: u64, other: u64, held: u64) -> usize {
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
        let mix = |mixed: u64, it: u64| (mixed ^ it).wrapping_mul(SPREAD).rotate_left(29);
        let mixed = mix(mix(one.wrapping_mul(SPREAD).rotate_left(29), other), held);
        (mixed.wrapping_mul(SPREAD) >> 56) as usize % Self::PLACES
    }
}
