//! What can be wrong with a plan.

use std::fmt;

use provisio_model::{AttrName, EscapedText, SourceId, TargetId, Text, ValueKind};

use crate::plan::{ActionKind, Generation, LimitKind, MappingId, OpId, TargetRef};
use crate::situation::Situation;

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Violation {
    /// The operation at fault, by its position in the plan; `None` when it is the plan as a whole.
    pub operation: Option<OpId>,
    /// What is wrong.
    pub kind: ViolationKind,
}

impl Violation {
    pub(super) fn new(operation: Option<OpId>, kind: ViolationKind) -> Self {
        Self { operation, kind }
    }
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ViolationKind {
    /// The input cannot be planned from.
    UnfitInput {
        /// Why.
        why: Text,
    },
    /// The plan was made from another mapping spec.
    OtherSpec,
    /// The plan was made from another state.
    OtherGeneration {
        /// The generation that the plan was made from.
        plan: Generation,
        /// The generation of the input.
        input: Generation,
    },
    /// The plan was made for another time.
    OtherTime,
    /// The object mappings of the plan are not those of the spec.
    OtherMappings,
    /// The spec has no such object mapping.
    UnknownMapping {
        /// Which one.
        mapping: MappingId,
    },
    /// The id of an operation is not its position.
    IdNotPosition {
        /// The id.
        id: OpId,
    },
    /// An operation waits for itself, for a later one, or for one that does not exist.
    AfterNotEarlier {
        /// What it waits for.
        after: OpId,
    },
    /// An operation does not wait for one that it depends on.
    DoesNotWait {
        /// What it must come after and wait for.
        on: OpId,
    },
    /// Something stands for the object that an operation creates, and that operation creates none.
    NotACreate {
        /// That operation.
        operation: OpId,
    },
    /// A create stands for another object than its own.
    NotItsOwnObject,
    /// The reason cannot be that of this action.
    ReasonDoesNotFit,
    /// The operation names another situation than the one that its object is in.
    OtherSituation {
        /// The one that it is in.
        expected: Situation,
    },
    /// The mapping does not allow the action, or chose another one.
    NotAllowed {
        /// What it does not allow.
        action: ActionKind,
    },
    /// The source object was not read.
    UnknownSource,
    /// The source object is not in scope.
    NotInScope,
    /// The source object is in scope, so its target object must not be taken away.
    StillInScope,
    /// That the source object is out of scope is not proved (R1).
    OutOfScopeNotProved,
    /// The source object is disabled, or is said to be and is not.
    DisabledDiffers,
    /// The mapping does not ask for this step, or its time has not come.
    TooEarly,
    /// What is to be remembered is not so.
    RemembersWhatIsNot,
    /// That the source object is gone is not proved (R1).
    SourceAbsenceNotProved,
    /// It was not asked whether the source object, or the target object that is adopted, is linked (R1).
    LinksNotAsked,
    /// It was not asked who has a value that must be unique (R1).
    ValueNotAsked {
        /// Which attribute.
        attribute: AttrName,
    },
    /// The plan says that the target was known in another way than it was.
    OtherKnowledge,
    /// That the target object is gone, or that nothing matches, is not proved (R1).
    TargetAbsenceNotProved,
    /// The target object was not read, or does not exist yet.
    UnknownTarget {
        /// Which one.
        target: TargetRef,
    },
    /// The target object does not belong to the source object (R2).
    NotLinked {
        /// Which one.
        target: TargetRef,
    },
    /// The source object has a target object already.
    SourceIsLinked {
        /// Which one.
        target: TargetId,
    },
    /// The target object belongs to another source object.
    TargetIsLinked {
        /// To which one.
        source: SourceId,
    },
    /// Two operations create an object for the same source object.
    CreatedTwice {
        /// The other one.
        other: OpId,
    },
    /// Two operations adopt the same target object.
    AdoptedTwice {
        /// The other one.
        other: OpId,
    },
    /// The target object is adopted by an attribute that is no matching attribute, or has no or another value.
    DoesNotMatch {
        /// Which attribute.
        attribute: AttrName,
    },
    /// An object is created although one with the same matching value is there.
    MatchExists {
        /// Which attribute.
        attribute: AttrName,
        /// The target object.
        target: TargetId,
    },
    /// Two objects are created that no later match could tell apart.
    CreatedAlike {
        /// Which attribute.
        attribute: AttrName,
        /// The other one.
        other: OpId,
    },
    /// The target object is deleted by another operation of the plan.
    DeletedToo {
        /// Which operation.
        by: OpId,
    },
    /// Two operations write the same attribute of the same object.
    WrittenTwice {
        /// Which attribute.
        attribute: AttrName,
        /// The other one.
        other: OpId,
    },
    /// A unique value is given to a second object.
    NotUnique {
        /// Which attribute.
        attribute: AttrName,
        /// Who has it, or is given it, too.
        holder: TargetRef,
    },
    /// The version is not that of the target object that was read.
    OtherVersion,
    /// The operation does nothing.
    Empty,
    /// The target does not have the attribute.
    UnknownAttribute {
        /// Which one.
        attribute: AttrName,
    },
    /// No mapping writes the attribute.
    UnmappedAttribute {
        /// Which one.
        attribute: AttrName,
    },
    /// Members are written with other attributes, or something that has no members is written as if it had.
    NotByMembers {
        /// Which attribute.
        attribute: AttrName,
    },
    /// The attribute can only be written when the object is created.
    CreateOnly {
        /// Which one.
        attribute: AttrName,
    },
    /// A value is not of the attribute's type.
    WrongKind {
        /// Which attribute.
        attribute: AttrName,
        /// The type of the value.
        found: ValueKind,
        /// The type of the attribute.
        wanted: ValueKind,
    },
    /// Several values for an attribute that takes one, or none where there must be one.
    WrongCount {
        /// Which attribute.
        attribute: AttrName,
        /// How many there are.
        found: usize,
    },
    /// A text is longer than the attribute takes.
    TooLong {
        /// Which attribute.
        attribute: AttrName,
    },
    /// A created object lacks what the target requires, or a change clears it.
    RequiredMissing {
        /// Which attribute.
        attribute: AttrName,
    },
    /// What the change says that the target holds is not what it holds.
    BeforeDiffers {
        /// Which attribute.
        attribute: AttrName,
    },
    /// The change leaves the attribute as it is.
    ChangesNothing {
        /// Which attribute.
        attribute: AttrName,
    },
    /// A value leaves that the flow of the attribute keeps (R2).
    TakenAway {
        /// Which attribute.
        attribute: AttrName,
    },
    /// A value that cannot be read back is sent again, or was never sent to this object before.
    SentAgain {
        /// Of which attribute.
        attribute: AttrName,
    },
    /// What is to be remembered of a value that was sent is not true.
    RememberedWrongly {
        /// Of which attribute.
        attribute: AttrName,
    },
    /// The attribute is written as a whole and should be written value by value, or the other way round.
    WrongWrite {
        /// Which attribute.
        attribute: AttrName,
    },
    /// The value is not what the source gives, as far as that is known without computing expressions.
    NotFromSource {
        /// Which attribute.
        attribute: AttrName,
    },
    /// A secret would be seen (R11).
    SecretShown {
        /// In which attribute.
        attribute: AttrName,
    },
    /// The status attribute does not become what the action says.
    StatusDiffers,
    /// An object is created disabled, and the mapping does not create such objects.
    CreatedDisabled,
    /// What is referred to is not there.
    UnknownReferent {
        /// In which attribute.
        attribute: AttrName,
        /// What.
        target: TargetRef,
    },
    /// What is referred to is there, and is not managed by this job.
    UnmanagedReferent {
        /// In which attribute.
        attribute: AttrName,
        /// What.
        target: TargetRef,
    },
    /// The attribute does not refer to objects of this kind.
    WrongReferent {
        /// Which attribute.
        attribute: AttrName,
        /// What it would refer to.
        target: TargetRef,
    },
    /// What is referred to is deleted by this plan.
    DeletedReferent {
        /// In which attribute.
        attribute: AttrName,
        /// The operation that deletes it.
        by: OpId,
    },
    /// Who joins is a member already.
    AlreadyMember {
        /// Who.
        member: TargetRef,
    },
    /// Who leaves is no member.
    NotAMember {
        /// Who.
        member: TargetRef,
    },
    /// Who leaves is not managed by this job (R2).
    UnmanagedMember {
        /// Who.
        member: TargetRef,
    },
    /// Who leaves is a member in the source.
    StillMember {
        /// Who.
        member: TargetRef,
    },
    /// Somebody is named twice.
    MemberTwice {
        /// Who.
        member: TargetRef,
    },
    /// A limit is exceeded, and nobody released it (R4).
    LimitExceeded {
        /// Which limit.
        limit: LimitKind,
        /// Under which mapping.
        mapping: MappingId,
        /// How many single acts there are, held ones too.
        number: u64,
        /// How many there could be at most.
        of: u64,
    },
    /// Something is held back that no limit holds back.
    HeldWithoutNeed {
        /// Which limit.
        limit: LimitKind,
        /// Under which mapping.
        mapping: MappingId,
    },
    /// The numbers that a plan gives for what it holds back are wrong.
    HeldMiscounted {
        /// Which limit.
        limit: LimitKind,
        /// Under which mapping.
        mapping: MappingId,
    },
    /// What is held back is done all the same.
    HeldAndDone {
        /// Which limit.
        limit: LimitKind,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.operation {
            Some(id) => write!(formatter, "{id}: {}", self.kind),
            None => self.kind.fmt(formatter),
        }
    }
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnfitInput { why } => write!(formatter, "the input cannot be planned from: {why}"),
            Self::OtherSpec => formatter.write_str("the plan was made from another mapping spec"),
            Self::OtherGeneration { plan, input } => {
                write!(formatter, "the plan was made from state {plan}, and the state is now {input}")
            }
            Self::OtherTime => formatter.write_str("the plan was made for another time"),
            Self::OtherMappings => {
                formatter.write_str("the object mappings of the plan are not those of the spec")
            }
            Self::UnknownMapping { mapping } => {
                write!(formatter, "the spec has no object mapping number {}", mapping.0)
            }
            Self::IdNotPosition { id } => write!(formatter, "it is numbered {id}"),
            Self::AfterNotEarlier { after } => {
                write!(formatter, "it waits for {after}, which does not come before it")
            }
            Self::DoesNotWait { on } => {
                write!(formatter, "it depends on {on} and does not come after it and wait for it")
            }
            Self::NotACreate { operation } => {
                write!(formatter, "it names the object that {operation} creates, which creates none")
            }
            Self::NotItsOwnObject => formatter.write_str("it creates an object and stands for another one"),
            Self::OtherSituation { expected } => {
                write!(formatter, "its object is in another situation: {}", expected.meaning())
            }
            Self::ReasonDoesNotFit => formatter.write_str("its reason does not fit what it does"),
            Self::NotAllowed { action } => write!(formatter, "the mapping does not allow this {action}"),
            Self::UnknownSource => formatter.write_str("its source object was not read"),
            Self::NotInScope => formatter.write_str("its source object is not in scope"),
            Self::StillInScope => formatter.write_str("it takes an object away that is in scope"),
            Self::OutOfScopeNotProved => {
                formatter.write_str("it is not proved that the source object is out of scope")
            }
            Self::DisabledDiffers => {
                formatter.write_str("its source object is disabled, or is said to be and is not")
            }
            Self::TooEarly => {
                formatter.write_str("the mapping does not ask for this step, or its time has not come")
            }
            Self::RemembersWhatIsNot => formatter.write_str("what is to be remembered is not so"),
            Self::SourceAbsenceNotProved => {
                formatter.write_str("it is not proved that the source object is gone")
            }
            Self::LinksNotAsked => formatter.write_str("it was not asked whether its objects are linked"),
            Self::ValueNotAsked { attribute } => {
                write!(formatter, "it was not asked who has the value of `{attribute}`, which must be unique")
            }
            Self::OtherKnowledge => formatter.write_str("the target was known in another way"),
            Self::TargetAbsenceNotProved => {
                formatter.write_str("it is not proved that the target has no such object")
            }
            Self::UnknownTarget { target } => {
                write!(formatter, "{} was not read from the target", Named(target))
            }
            Self::NotLinked { target } => {
                write!(formatter, "{} does not belong to its source object", Named(target))
            }
            Self::SourceIsLinked { target } => {
                write!(formatter, "its source object is linked to `{}`", EscapedText(target.as_str()))
            }
            Self::TargetIsLinked { source } => {
                write!(formatter, "its target object is linked to `{}`", EscapedText(source.as_str()))
            }
            Self::CreatedTwice { other } => write!(formatter, "{other} creates the same object"),
            Self::AdoptedTwice { other } => write!(formatter, "{other} adopts the same object"),
            Self::DoesNotMatch { attribute } => {
                write!(formatter, "its target object does not match by `{attribute}`")
            }
            Self::MatchExists { attribute, target } => {
                write!(formatter, "`{}` matches it by `{attribute}` already", EscapedText(target.as_str()))
            }
            Self::CreatedAlike { attribute, other } => {
                write!(formatter, "{other} creates an object with the same `{attribute}`")
            }
            Self::DeletedToo { by } => write!(formatter, "{by} deletes the same object"),
            Self::WrittenTwice { attribute, other } => {
                write!(formatter, "{other} writes `{attribute}` of the same object, too")
            }
            Self::NotUnique { attribute, holder } => {
                write!(formatter, "{} has the same `{attribute}`, which must be unique", Named(holder))
            }
            Self::OtherVersion => formatter.write_str("its version is not that of the object that was read"),
            Self::Empty => formatter.write_str("it does nothing"),
            Self::UnknownAttribute { attribute } => {
                write!(formatter, "the target has no attribute `{attribute}`")
            }
            Self::UnmappedAttribute { attribute } => write!(formatter, "no mapping writes `{attribute}`"),
            Self::NotByMembers { attribute } => {
                write!(formatter, "members, and only they, change one by one; this is `{attribute}`")
            }
            Self::CreateOnly { attribute } => {
                write!(formatter, "`{attribute}` can only be written when the object is created")
            }
            Self::WrongKind { attribute, found, wanted } => {
                write!(formatter, "`{attribute}` takes {wanted}, not {found}")
            }
            Self::WrongCount { attribute, found } => {
                write!(formatter, "`{attribute}` cannot hold {found} values")
            }
            Self::TooLong { attribute } => write!(formatter, "the value of `{attribute}` is too long"),
            Self::RequiredMissing { attribute } => {
                write!(formatter, "the target requires `{attribute}`, and it gets no value")
            }
            Self::BeforeDiffers { attribute } => {
                write!(formatter, "`{attribute}` does not hold what the plan says that it holds")
            }
            Self::ChangesNothing { attribute } => write!(formatter, "`{attribute}` has that value already"),
            Self::TakenAway { attribute } => {
                write!(formatter, "a value of `{attribute}` leaves that must stay")
            }
            Self::SentAgain { attribute } => {
                write!(formatter, "`{attribute}` cannot be read back, and this is not a new value of it")
            }
            Self::RememberedWrongly { attribute } => {
                write!(formatter, "what is to be remembered of `{attribute}` is not what is sent")
            }
            Self::WrongWrite { attribute } => {
                write!(
                    formatter,
                    "`{attribute}` is not written value by value where it must be, or is where not"
                )
            }
            Self::NotFromSource { attribute } => {
                write!(formatter, "the value of `{attribute}` is not what the source gives")
            }
            Self::SecretShown { attribute } => write!(formatter, "`{attribute}` would show a secret"),
            Self::StatusDiffers => {
                formatter.write_str("the status attribute does not become what the operation says")
            }
            Self::CreatedDisabled => {
                formatter.write_str("the object would be created disabled, which the mapping does not want")
            }
            Self::UnknownReferent { attribute, target } => {
                write!(formatter, "`{attribute}` refers to {}, which is not there", Named(target))
            }
            Self::UnmanagedReferent { attribute, target } => {
                write!(formatter, "`{attribute}` refers to {}, which is not managed here", Named(target))
            }
            Self::WrongReferent { attribute, target } => {
                write!(formatter, "`{attribute}` cannot refer to {}", Named(target))
            }
            Self::DeletedReferent { attribute, by } => {
                write!(formatter, "`{attribute}` refers to an object that {by} deletes")
            }
            Self::AlreadyMember { member } => write!(formatter, "{} is a member already", Named(member)),
            Self::NotAMember { member } => write!(formatter, "{} is not a member", Named(member)),
            Self::UnmanagedMember { member } => {
                write!(formatter, "{} is not managed here and must stay a member", Named(member))
            }
            Self::StillMember { member } => {
                write!(formatter, "{} is a member in the source and must stay one", Named(member))
            }
            Self::MemberTwice { member } => write!(formatter, "{} is named twice", Named(member)),
            Self::LimitExceeded { limit, mapping, number, of } => write!(
                formatter,
                "{number} of {of} under object mapping number {} exceed the limit on {limit}, which nobody released",
                mapping.0
            ),
            Self::HeldWithoutNeed { limit, mapping } => write!(
                formatter,
                "the limit on {limit} holds nothing back under object mapping number {}, the plan does",
                mapping.0
            ),
            Self::HeldMiscounted { limit, mapping } => write!(
                formatter,
                "what is held back by the limit on {limit} under object mapping number {} is counted wrongly",
                mapping.0
            ),
            Self::HeldAndDone { limit } => {
                write!(formatter, "it is held back by the limit on {limit} and done all the same")
            }
        }
    }
}

/// A target object in a sentence.
struct Named<'a>(&'a TargetRef);

impl fmt::Display for Named<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            TargetRef::Existing(id) => write!(formatter, "`{}`", EscapedText(id.as_str())),
            TargetRef::Created(id) => write!(formatter, "what {id} creates"),
        }
    }
}
