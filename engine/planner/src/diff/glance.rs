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
///
/// Of each kind all are looked at, then all of the next: what kind an attribute is of is not asked for each object.
pub(crate) struct Glance<'a> {
    /// The positions of all attribute mappings that are compared.
    compared: Vec<usize>,
    copied: Vec<Copied>,
    /// Those that lie in the same order on both sides, together.
    copies: Vec<Copies>,
    constants: Vec<(Seen, Slot, ValueRef<'a>)>,
    computed: Vec<Computed<'a>>,
    /// Everything that is compared, if a glance may see all of it.
    all: Option<Seen>,
    all_copied: Seen,
}

/// Which attributes are seen to hold what they should: a bit for each position. What comes behind the last bit is not
/// glanced at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen(u64);

impl Seen {
    pub(crate) const NOTHING: Self = Self(0);

    #[inline]
    fn at(position: usize) -> Self {
        u32::try_from(position).ok().and_then(|it| 1_u64.checked_shl(it)).map_or(Self::NOTHING, Self)
    }

    #[inline]
    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Tells whether the attribute at a position is.
    #[inline]
    pub(crate) fn has(self, position: usize) -> bool {
        self.0 & Self::at(position).0 != 0
    }
}

/// An attribute that is copied.
#[derive(Clone, Copy)]
struct Copied {
    this: Seen,
    from: Slot,
    to: Slot,
    /// The longest text that fits.
    length_max: usize,
}

/// An attribute that an expression gives.
struct Computed<'a> {
    this: Seen,
    program: &'a Program,
    same: Option<Same>,
    to: Slot,
    length_max: usize,
}

/// How what should be there is found.
enum Way<'a> {
    NotCompared,
    Unclear,
    Copied(Slot),
    Constant(ValueRef<'a>),
    Computed(&'a Program),
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
        let (mut compared, mut copied) = (Vec::new(), Vec::new());
        let (mut constants, mut computed) = (Vec::new(), Vec::new());
        for (at, attribute) in mapping.attributes.iter().enumerate() {
            let (this, to) = (Seen::at(at), attribute.slot);
            let length_max = attribute.length_max.unwrap_or(usize::MAX);
            match Way::of(attribute, source, target) {
                Way::NotCompared => continue,
                Way::Copied(from) => copied.push(Copied { this, from, to, length_max }),
                Way::Constant(value) => constants.push((this, to, value)),
                Way::Computed(program) if this != Seen::NOTHING => {
                    computed.push(Computed { this, program, same: Same::new(program), to, length_max });
                }
                Way::Computed(_) | Way::Unclear => {}
            }
            compared.push(at);
        }
        let all_copied = copied.iter().fold(Seen::NOTHING, |seen, it| seen.and(it.this));
        let all = compared.iter().try_fold(Seen::NOTHING, |seen, it| {
            Some(seen.and(Some(Seen::at(*it)).filter(|it| *it != Seen::NOTHING)?))
        });
        Self { copies: Copies::among(&copied), compared, copied, constants, computed, all, all_copied }
    }

    /// Returns what the target is seen to hold as it should.
    #[inline]
    pub(crate) fn seen(
        &self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> Seen {
        let mut seen = Seen::NOTHING;
        let mut see = |this: Seen, is_same: bool| {
            if is_same {
                seen = seen.and(this);
            }
        };
        if self.copies.iter().all(|it| it.are_same(record, current)) {
            see(self.all_copied, true);
        } else {
            for Copied { this, from, to, length_max } in &self.copied {
                let is_same =
                    record.same_bytes(*from, current, *to, 1) && record.text_length(*from) <= *length_max;
                see(*this, is_same);
            }
        }
        for (this, to, value) in &self.constants {
            see(*this, current.holds(*to, *value));
        }
        for computed in &self.computed {
            see(computed.this, computed.is_same(record, current, context, bump));
        }
        seen
    }

    /// Returns the positions of the attribute mappings to be looked at more closely, in their order.
    #[inline]
    pub(crate) fn unseen(&self, seen: Seen) -> impl Iterator<Item = usize> {
        let rest = if Some(seen) == self.all { &[][..] } else { &self.compared };
        rest.iter().copied().filter(move |it| !seen.has(*it))
    }
}

impl Computed<'_> {
    #[inline]
    fn is_same(
        &self,
        record: Record<'_, SourceSide>,
        current: Record<'_, TargetSide>,
        context: &EvalContext<'_>,
        bump: &Bump,
    ) -> bool {
        let find_out = || is_computed(self.program, record, current, self.to, self.length_max, context, bump);
        match &self.same {
            Some(same) => same.or_find_out(record, current, self.to, find_out),
            None => find_out(),
        }
    }
}

impl Copies {
    /// Returns all copied attributes, as few pieces as there can be.
    fn among(copied: &[Copied]) -> Vec<Self> {
        let mut all: Vec<(Slot, Slot, usize)> =
            copied.iter().map(|it| (it.from, it.to, it.length_max)).collect();
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
                Self::Computed(program)
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
