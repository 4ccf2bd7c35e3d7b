//! What is done in which situation: the one table between [`Situation`]s and what a mapping asks for.
//!
//! The stages ask this table and nothing else, so what `provisio check --situations` prints is what happens.

use std::fmt;

use provisio_model::Text;

use crate::compiled::{CompiledObject, CompiledSpec};
use crate::plan::ActionKind;
use crate::situation::Situation;
use crate::spec::{Adoption, Deprovision, Operations, Rehire, Steps, TargetMissing};

/// What is done about an object in a situation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Response {
    /// It is created in the target and linked.
    Create,
    /// The target object that matches is linked and brought to the desired state.
    Adopt,
    /// The target object is brought to the desired state.
    Update,
    /// The target object is disabled.
    Disable,
    /// The target object is marked as deleted.
    SoftDelete,
    /// The target object is deleted, and the link with it.
    Delete,
    /// The link is removed.
    Unlink,
    /// Nothing is done, and the plan says so.
    Skip,
    /// Nothing is done before more is known; a finding says what is missing.
    Wait,
    /// Nothing is done, and a finding asks somebody to decide.
    Report,
    /// Nothing is done, and nothing has to be said.
    Nothing,
    /// The mapping does not allow what would be done, or the target cannot; the plan says so.
    NotAllowed(ActionKind),
}

impl fmt::Display for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Create => "create",
            Self::Adopt => "adopt",
            Self::Update => "update",
            Self::Disable => "disable",
            Self::SoftDelete => "soft_delete",
            Self::Delete => "delete",
            Self::Unlink => "unlink",
            Self::Skip => "skip",
            Self::Wait => "wait",
            Self::Report => "report",
            Self::Nothing => "nothing",
            Self::NotAllowed(kind) => return write!(formatter, "skip: {kind} is not allowed"),
        })
    }
}

impl CompiledObject {
    /// Answers a situation, given which operations are allowed and possible.
    pub(crate) fn respond(&self, situation: Situation, allowed: Operations) -> Response {
        match situation {
            Situation::Filtered | Situation::Unassigned | Situation::OutOfScope => Response::Skip,
            Situation::Unmatched => create(allowed),
            Situation::Matched => match self.adoption {
                Adoption::Link => Response::Adopt,
                Adoption::Report => Response::Report,
            },
            Situation::MatchTaken
            | Situation::AmbiguousTarget
            | Situation::AmbiguousSource
            | Situation::SameMatchingValue
            | Situation::NoMatchingValue
            | Situation::MatchingFailed => Response::Report,
            Situation::Linked => Response::Update,
            Situation::LinkedGone => match self.target_missing {
                TargetMissing::Recreate => create(allowed),
                TargetMissing::Report => Response::Report,
            },
            Situation::DisabledUnlinked | Situation::Protected | Situation::ProtectedLeaver => Response::Skip,
            Situation::ProtectedMatch => Response::Report,
            Situation::Rehired => match self.leaving.tombstone.map(|it| it.rehire) {
                Some(Rehire::Report) => Response::Report,
                Some(Rehire::Create) | None => create(allowed),
            },
            Situation::LostAssignment | Situation::LeftScope => first(&self.leaving.out_of_scope, allowed),
            Situation::SourceDisabled => first(&self.leaving.source_disabled, allowed),
            Situation::SourceDeleted => first(&self.leaving.source_deleted, allowed),
            // There is nothing to take away. The link stays until the source object is gone, too.
            Situation::LostAssignmentGone | Situation::LeftScopeGone | Situation::SourceDisabledGone => {
                Response::Nothing
            }
            Situation::SourceDeletedGone => Response::Unlink,
            Situation::ScopeUnknown
            | Situation::MatchUnproved
            | Situation::CreateUnanswered
            | Situation::LinkedUnseen
            | Situation::LostAssignmentUnseen
            | Situation::LeftScopeUnseen
            | Situation::SourceDisabledUnseen
            | Situation::SourceDeletedUnseen
            | Situation::SourceUnproved
            | Situation::ProtectionUnknown => Response::Wait,
            Situation::Unmanaged | Situation::RolledBack => Response::Nothing,
        }
    }
}

fn create(allowed: Operations) -> Response {
    if allowed.create { Response::Create } else { Response::NotAllowed(ActionKind::Create) }
}

/// What is done first; [`PolicyRow::steps`] has all.
fn first(steps: &Steps, allowed: Operations) -> Response {
    steps.get(0).map_or(Response::Skip, |it| deprovision(it.action, allowed))
}

/// What a step of deprovisioning does.
pub(crate) fn deprovision(action: Deprovision, allowed: Operations) -> Response {
    match action {
        Deprovision::Leave => Response::Skip,
        Deprovision::Disable if allowed.update => Response::Disable,
        Deprovision::Disable => Response::NotAllowed(ActionKind::Disable),
        Deprovision::SoftDelete if allowed.update => Response::SoftDelete,
        Deprovision::SoftDelete => Response::NotAllowed(ActionKind::SoftDelete),
        Deprovision::Delete if allowed.delete => Response::Delete,
        Deprovision::Delete => Response::NotAllowed(ActionKind::Delete),
    }
}

/// One row of the table: what an object mapping does in a situation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyRow {
    /// The name of the object mapping.
    pub mapping: Text,
    /// In which situation.
    pub situation: Situation,
    /// What is done, at first if there are several steps.
    pub response: Response,
    /// For leavers: everything that is done, one after another.
    pub steps: Option<Steps>,
    /// The keys of the mapping file that decide it; none when nothing else would be safe.
    pub decided_by: &'static [&'static str],
}

impl PolicyRow {
    /// Says what is done: the response, or all steps where there are several or one that waits.
    pub fn answer(&self) -> String {
        match &self.steps {
            Some(steps) if !steps.is_at_once() && !matches!(self.response, Response::NotAllowed(_)) => {
                steps.to_string()
            }
            _ => self.response.to_string(),
        }
    }
}

impl CompiledSpec {
    /// Returns the whole table: for every object mapping every situation, with what the target can do.
    pub fn policy(&self, capabilities: &provisio_model::Capabilities) -> Vec<PolicyRow> {
        let rows = self.mappings.iter().flat_map(|mapping| {
            let allowed = mapping.operations.within(capabilities);
            Situation::ALL.into_iter().map(move |situation| PolicyRow {
                mapping: mapping.name.clone(),
                situation,
                response: mapping.respond(situation, allowed),
                steps: situation.trigger().map(|it| mapping.leaving.steps(it).clone()),
                decided_by: decided_by(situation),
            })
        });
        rows.collect()
    }
}

fn decided_by(situation: Situation) -> &'static [&'static str] {
    match situation {
        Situation::Unmatched => &["operations"],
        Situation::Matched => &["adoption"],
        Situation::LinkedGone => &["target_missing", "operations"],
        Situation::Linked => &["attributes", "operations"],
        Situation::Filtered => &["input"],
        Situation::LostAssignment | Situation::LeftScope => &["deprovisioning.out_of_scope", "operations"],
        Situation::SourceDisabled => &["deprovisioning.source_disabled", "operations"],
        Situation::SourceDeleted => &["deprovisioning.source_deleted", "operations"],
        Situation::Rehired => &["deprovisioning.tombstone", "operations"],
        Situation::Protected | Situation::ProtectedMatch | Situation::ProtectedLeaver => &["protect"],
        Situation::ProtectionUnknown => &["protect"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
