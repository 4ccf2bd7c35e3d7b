//! How did an object get where it is, step by step?

use provisio_model::Text;
use provisio_planner::{FindingKind, Situation};

use super::record::{Status, Step, StepNote};

/// What the steps before the export are told from.
pub(super) struct Way<'a> {
    pub(super) situation: Option<Situation>,
    /// Why the object is out of scope, if it is.
    pub(super) scope: Option<Text>,
    /// The target object as it stands in the log.
    pub(super) target: Option<&'a Text>,
    /// By which attribute the object was found, if it was.
    pub(super) matched_by: Option<&'a str>,
}

/// Returns import, scope and match.
pub(super) fn before_export(way: &Way<'_>) -> Vec<StepNote> {
    vec![import(way), scope(way), matching(way)]
}

fn is_gone(situation: Situation) -> bool {
    matches!(
        situation,
        Situation::SourceDeleted | Situation::SourceDeletedUnseen | Situation::SourceDeletedGone
    )
}

fn import(way: &Way<'_>) -> StepNote {
    let (status, details) = match way.situation {
        Some(it) if is_gone(it) => (Status::Success, "gone: a complete read of the source does not have it"),
        Some(Situation::Filtered) => (Status::Skipped, "fails the input filter: as if it had not been read"),
        Some(Situation::SourceUnproved) => (Status::Warning, "not seen in the source, which proves nothing"),
        _ => (Status::Success, "read from the source"),
    };
    StepNote::new(Step::Import, status, details)
}

fn scope(way: &Way<'_>) -> StepNote {
    let because = |is: &str| match &way.scope {
        Some(why) => format!("{is}: {why}"),
        None => is.to_owned(),
    };
    match way.situation {
        Some(it) if is_gone(it) || it == Situation::SourceUnproved => {
            StepNote::new(Step::Scope, Status::Skipped, "there is no source object to judge")
        }
        Some(Situation::OutOfScope | Situation::Filtered) => {
            StepNote::new(Step::Scope, Status::Skipped, because("out of scope"))
        }
        Some(Situation::Unassigned) => StepNote::new(Step::Scope, Status::Skipped, because("not assigned")),
        Some(it @ Situation::ScopeUnknown) => StepNote::new(Step::Scope, Status::Failure, it.meaning()),
        Some(Situation::LeftScope | Situation::LeftScopeUnseen | Situation::LeftScopeGone) => {
            StepNote::new(Step::Scope, Status::Success, because("left the scope"))
        }
        Some(Situation::LostAssignment | Situation::LostAssignmentUnseen | Situation::LostAssignmentGone) => {
            StepNote::new(Step::Scope, Status::Success, because("no longer assigned"))
        }
        _ => StepNote::new(Step::Scope, Status::Success, "in scope"),
    }
}

fn matching(way: &Way<'_>) -> StepNote {
    use Situation::{
        AmbiguousSource, AmbiguousTarget, CreateUnanswered, Filtered, LeftScope, Linked, LostAssignment,
        MatchTaken, MatchUnproved, Matched, MatchingFailed, NoMatchingValue, OutOfScope, SameMatchingValue,
        ScopeUnknown, SourceDeleted, SourceDisabled, Unassigned, Unmatched,
    };
    let Some(situation) = way.situation else {
        return StepNote::new(Step::Match, Status::Success, "no trouble");
    };
    let (status, details): (Status, Text) = match situation {
        OutOfScope | Unassigned | Filtered | ScopeUnknown => (Status::Skipped, "not looked for".into()),
        Unmatched => (Status::Success, "nothing in the target matches".into()),
        Matched => match (way.matched_by, way.target) {
            (Some(by), Some(target)) => (Status::Success, format!("{target} matches by {by}").into()),
            _ => (Status::Success, situation.meaning().into()),
        },
        Linked | LeftScope | LostAssignment | SourceDeleted | SourceDisabled => match way.target {
            Some(target) => (Status::Success, format!("linked to {target}").into()),
            None => (Status::Success, "linked".into()),
        },
        MatchTaken | AmbiguousTarget | AmbiguousSource | SameMatchingValue | NoMatchingValue
        | MatchingFailed => (Status::Failure, situation.meaning().into()),
        MatchUnproved | CreateUnanswered => (Status::Warning, situation.meaning().into()),
        _ => (Status::Success, situation.meaning().into()),
    };
    StepNote::new(Step::Match, status, details)
}

/// Returns the situation that a finding speaks of.
pub(super) fn situation_of(kind: &FindingKind) -> Option<Situation> {
    Some(match kind {
        FindingKind::CreateUnanswered { .. } => Situation::CreateUnanswered,
        FindingKind::AmbiguousTarget { .. } => Situation::AmbiguousTarget,
        FindingKind::AmbiguousSource { .. } => Situation::AmbiguousSource,
        FindingKind::SameMatchingValue { .. } => Situation::SameMatchingValue,
        FindingKind::NoMatchingValue => Situation::NoMatchingValue,
        FindingKind::MatchIsLinked { .. } => Situation::MatchTaken,
        FindingKind::MatchNotAdopted { .. } => Situation::Matched,
        FindingKind::MatchProtected { .. } => Situation::ProtectedMatch,
        FindingKind::TargetMissing { .. } => Situation::LinkedGone,
        FindingKind::ScopeUnknown { .. } => Situation::ScopeUnknown,
        FindingKind::Rehired { .. } => Situation::Rehired,
        _ => return None,
    })
}

/// Returns the step in which a finding was made, and how bad it is.
pub(super) fn step_of(kind: &FindingKind) -> (Step, Status) {
    match kind {
        FindingKind::Unresolved { .. } => (Step::References, Status::Warning),
        FindingKind::NotKept { .. } | FindingKind::ChangedBack { .. } => (Step::Flow, Status::Warning),
        FindingKind::SourceIncomplete { .. }
        | FindingKind::TargetIncomplete { .. }
        | FindingKind::TargetNotRemembered { .. }
        | FindingKind::TargetUnreadable { .. }
        | FindingKind::GroupsUnread { .. }
        | FindingKind::ProtectionUnknown { .. } => (Step::Import, Status::Warning),
        FindingKind::NotUndone { .. } => (Step::Export, Status::Warning),
        FindingKind::MatchProtected { .. } => (Step::Match, Status::Warning),
        FindingKind::MemberProtected { .. } => (Step::References, Status::Warning),
        FindingKind::ScopeUnknown { .. } => (Step::Scope, Status::Failure),
        FindingKind::Rehired { .. } | FindingKind::CreateUnanswered { .. } => (Step::Match, Status::Warning),
        kind if situation_of(kind).is_some() => (Step::Match, Status::Failure),
        _ => (Step::Flow, Status::Failure),
    }
}
