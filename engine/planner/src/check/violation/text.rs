//! Violations as sentences.

use std::fmt;

use provisio_model::EscapedText;

use super::{Violation, ViolationKind};
use crate::plan::TargetRef;

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
            Self::NoReasonToWait { on, why } => {
                write!(formatter, "it waits for {on} as if that {}, which it does not", why)
            }
            Self::RevokesTooLate { after } => {
                write!(
                    formatter,
                    "it takes access away after {after}, which takes none away and is not needed for it"
                )
            }
            Self::TemporaryWithoutNeed { attribute } => {
                write!(formatter, "`{attribute}` gets a temporary value that is not needed or not allowed")
            }
            Self::TemporaryStays { attribute } => {
                write!(formatter, "nothing replaces the temporary value of `{attribute}`")
            }
            Self::ContainerCircle => formatter.write_str("it puts an object into itself"),
            Self::ContainerNotEmpty { holds } => {
                write!(formatter, "it deletes a container that `{}` stays in", EscapedText(holds.as_str()))
            }
            Self::OutOfScopeNotProved => {
                formatter.write_str("it is not proved that the source object is out of scope")
            }
            Self::SentAgain { attribute } => {
                write!(formatter, "`{attribute}` cannot be read back, and this is not a new value of it")
            }
            Self::RememberedWrongly { attribute } => {
                write!(formatter, "what is to be remembered of `{attribute}` is not what is sent")
            }
            Self::DisabledDiffers => {
                formatter.write_str("its source object is disabled, or is said to be and is not")
            }
            Self::TooEarly => {
                formatter.write_str("the mapping does not ask for this step, or its time has not come")
            }
            Self::RemembersWhatIsNot => formatter.write_str("what is to be remembered is not so"),
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
            Self::SourceAbsenceNotProved => {
                formatter.write_str("it is not proved that the source object is gone")
            }
            Self::LinksNotAsked => formatter.write_str("it was not asked whether its objects are linked"),
            Self::ValueNotAsked { attribute } => {
                write!(formatter, "it was not asked who has the value of `{attribute}`, which must be unique")
            }
            Self::OtherKnowledge => formatter.write_str("the target was known in another way"),
            Self::CreateUnanswered => formatter.write_str(
                "an earlier create for the same source object was not answered: there may be an object already (R9)",
            ),
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
            Self::Protected { target } => {
                write!(formatter, "`{}` is protected, or may be", EscapedText(target.as_str()))
            }
            Self::ProtectedMember { member } => {
                write!(
                    formatter,
                    "`{}` joins or leaves and is protected, or may be",
                    EscapedText(member.as_str())
                )
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
            Self::HeldSinceAnotherTime { limit, mapping } => write!(
                formatter,
                "what the limit on {limit} holds back under object mapping number {} is held since another time",
                mapping.0
            ),
            Self::NotRemembered => formatter.write_str("what limits have to know later is not remembered"),
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
