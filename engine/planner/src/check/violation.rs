//! What can be wrong with a plan.

mod text;

use provisio_model::{AttrName, SourceId, TargetId, Text, ValueKind};

use crate::plan::{ActionKind, Generation, LimitKind, MappingId, OpId, TargetRef, Why};
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
    /// An operation waits for another one for a reason that is none.
    NoReasonToWait {
        /// The other one.
        on: OpId,
        /// The reason that it gives.
        why: Why,
    },
    /// Access is taken away after something that takes none away, and nothing asks for that.
    RevokesTooLate {
        /// What should come later.
        after: OpId,
    },
    /// A temporary value is forbidden, impossible, or nobody takes what makes way.
    TemporaryWithoutNeed {
        /// Of which attribute.
        attribute: AttrName,
    },
    /// No later operation replaces a temporary value.
    TemporaryStays {
        /// Of which attribute.
        attribute: AttrName,
    },
    /// An object is put into itself.
    ContainerCircle,
    /// A container is deleted, and the plan leaves something in it.
    ContainerNotEmpty {
        /// What is in it.
        holds: TargetId,
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
    /// An object is created although an earlier create for the same source object was not answered (R9).
    CreateUnanswered,
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
    /// The target object is protected, or may be (R2).
    Protected {
        /// Which one.
        target: TargetId,
    },
    /// Who joins or leaves is protected, or may be (R2).
    ProtectedMember {
        /// Who.
        member: TargetId,
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
    /// It is said that something is held back since another time than it is.
    HeldSinceAnotherTime {
        /// Which limit.
        limit: LimitKind,
        /// Under which mapping.
        mapping: MappingId,
    },
    /// What limits have to know later is not remembered: what was done, what is held back or not any more.
    NotRemembered,
    /// What is held back is done all the same.
    HeldAndDone {
        /// Which limit.
        limit: LimitKind,
    },
}
