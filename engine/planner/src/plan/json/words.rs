//! Which words stand in the file for actions, reasons, skips and limits? They are the format's own: what is shown to
//! people may change, these may not.

use provisio_model::{TargetId, Text};

use super::document::{ClauseDocument, CountsDocument, WaitsDocument, WhyDocument};
use super::value::Whole;
use crate::memory::LeavingStep;
use crate::plan::{
    ActionKind, ChangeWrite, Counts, FailedClause, LimitKind, Reason, SkipReason, TargetKnowledge, Waiting,
};

pub(super) fn action(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "create",
        ActionKind::Adopt => "adopt",
        ActionKind::Update => "update",
        ActionKind::Enable => "enable",
        ActionKind::Disable => "disable",
        ActionKind::SoftDelete => "soft_delete",
        ActionKind::Restore => "restore",
        ActionKind::Delete => "delete",
        ActionKind::ChangeMembers => "members",
        ActionKind::Unlink => "unlink",
    }
}

pub(super) fn parse_action(word: &str) -> Option<ActionKind> {
    ActionKind::ALL.into_iter().find(|it| action(*it) == word)
}

/// The word for a change that is not written as a whole.
const BY_VALUE: &str = "values";
const TEMPORARY: &str = "temporary";

pub(super) fn write(write: ChangeWrite) -> Option<&'static str> {
    match write {
        ChangeWrite::Whole => None,
        ChangeWrite::ByValue => Some(BY_VALUE),
        ChangeWrite::Temporary => Some(TEMPORARY),
    }
}

pub(super) fn parse_write(word: Option<&str>) -> Option<ChangeWrite> {
    match word {
        None => Some(ChangeWrite::Whole),
        Some(BY_VALUE) => Some(ChangeWrite::ByValue),
        Some(TEMPORARY) => Some(ChangeWrite::Temporary),
        Some(_) => None,
    }
}

pub(super) fn limit(kind: LimitKind) -> &'static str {
    kind.name()
}

pub(super) fn parse_limit(word: &str) -> Option<LimitKind> {
    LimitKind::parse(word)
}

/// The word for how the target was known; none for a listing, which needs no word.
pub(super) fn knowledge(knowledge: TargetKnowledge) -> Option<&'static str> {
    match knowledge {
        TargetKnowledge::Listing => None,
        TargetKnowledge::LookUp => Some("look_up"),
        TargetKnowledge::Remembered => Some("remembered"),
    }
}

pub(super) fn parse_knowledge(word: &str) -> Option<TargetKnowledge> {
    TargetKnowledge::ALL.into_iter().find(|it| knowledge(*it) == Some(word))
}

pub(super) fn counts(counts: &Counts) -> CountsDocument {
    let number = |kind| Whole(counts.get(kind));
    CountsDocument {
        create: number(ActionKind::Create),
        adopt: number(ActionKind::Adopt),
        update: number(ActionKind::Update),
        enable: number(ActionKind::Enable),
        disable: number(ActionKind::Disable),
        soft_delete: number(ActionKind::SoftDelete),
        restore: number(ActionKind::Restore),
        delete: number(ActionKind::Delete),
        members: number(ActionKind::ChangeMembers),
        unlink: number(ActionKind::Unlink),
    }
}

pub(super) fn reason(reason: &Reason) -> WhyDocument {
    match reason {
        Reason::NoMatch => why("no_match"),
        Reason::TargetGone => why("target_gone"),
        Reason::Matched { attribute } => WhyDocument { attribute: Some(attribute.clone()), ..why("matched") },
        Reason::AttributesDiffer => why("attributes_differ"),
        Reason::InScope => why("in_scope"),
        Reason::Unassigned => why("unassigned"),
        Reason::OutOfScope(failed) => failing("out_of_scope", failed),
        Reason::SourceDisabled => why("source_disabled"),
        Reason::SourceDeleted => why("source_deleted"),
        Reason::Returned { target } => WhyDocument { target: Some(target.text().clone()), ..why("returned") },
        Reason::MembersDiffer => why("members_differ"),
        Reason::ReferenceDeferred => why("reference_deferred"),
        Reason::ValueDeferred => why("value_deferred"),
        Reason::Undoes { cycle } => WhyDocument { cycle: Some(cycle.clone()), ..why("undoes") },
    }
}

/// Finds the reason; `None` when the word is unknown or comes with other data than it should.
pub(super) fn parse_reason(document: WhyDocument) -> Option<Reason> {
    let WhyDocument { kind, attribute, clause, action, target, waits, cycle } = document;
    if action.is_some() || waits.is_some() {
        return None;
    }
    if let Some(cycle) = cycle {
        let is_alone = attribute.is_none() && clause.is_none() && target.is_none();
        return (is_alone && kind.as_str() == "undoes").then_some(Reason::Undoes { cycle });
    }
    Some(match (kind.as_str(), attribute, clause, target) {
        ("matched", Some(attribute), None, None) => Reason::Matched { attribute },
        ("out_of_scope", None, Some(clause), None) => Reason::OutOfScope(failed(clause)?),
        ("returned", None, None, Some(target)) => Reason::Returned { target: TargetId::new(&target) },
        (kind, None, None, None) => match kind {
            "no_match" => Reason::NoMatch,
            "target_gone" => Reason::TargetGone,
            "attributes_differ" => Reason::AttributesDiffer,
            "in_scope" => Reason::InScope,
            "unassigned" => Reason::Unassigned,
            "source_disabled" => Reason::SourceDisabled,
            "source_deleted" => Reason::SourceDeleted,
            "members_differ" => Reason::MembersDiffer,
            "reference_deferred" => Reason::ReferenceDeferred,
            "value_deferred" => Reason::ValueDeferred,
            _ => return None,
        },
        _ => return None,
    })
}

pub(super) fn skip(reason: &SkipReason) -> WhyDocument {
    match reason {
        SkipReason::Filtered(failed) => failing("filtered", failed),
        SkipReason::Unassigned => why("unassigned"),
        SkipReason::OutOfScope(failed) => failing("out_of_scope", failed),
        SkipReason::LeftAlone => why("left_alone"),
        SkipReason::Protected => why("protected"),
        SkipReason::Waiting(waiting) => WhyDocument { waits: Some(waits(waiting)), ..why("waiting") },
        SkipReason::Disabled => why("disabled"),
        SkipReason::NotAllowed(kind) => {
            WhyDocument { action: Some(Text::new(action(*kind))), ..why("not_allowed") }
        }
        SkipReason::Ignored => why("ignored"),
    }
}

/// Finds the reason; `None` when the word is unknown or comes with other data than it should.
pub(super) fn parse_skip(document: WhyDocument) -> Option<SkipReason> {
    let WhyDocument { kind, attribute, clause, action, target, waits, cycle } = document;
    if attribute.is_some() || target.is_some() || cycle.is_some() {
        return None;
    }
    if let ("waiting", None, None, Some(waits)) = (kind.as_str(), &clause, &action, &waits) {
        return parse_waits(waits).map(|it| SkipReason::Waiting(Box::new(it)));
    }
    if waits.is_some() {
        return None;
    }
    Some(match (kind.as_str(), clause, action) {
        ("out_of_scope", Some(clause), None) => SkipReason::OutOfScope(failed(clause)?),
        ("not_allowed", None, Some(action)) => SkipReason::NotAllowed(parse_action(&action)?),
        ("filtered", Some(clause), None) => SkipReason::Filtered(failed(clause)?),
        ("unassigned", None, None) => SkipReason::Unassigned,
        ("left_alone", None, None) => SkipReason::LeftAlone,
        ("protected", None, None) => SkipReason::Protected,
        ("disabled", None, None) => SkipReason::Disabled,
        ("ignored", None, None) => SkipReason::Ignored,
        _ => return None,
    })
}

fn waits(waiting: &Waiting) -> WaitsDocument {
    let Waiting { step, since, next, until } = waiting;
    WaitsDocument {
        step: Text::new(step.name()),
        since: since.to_string().into(),
        next: Text::new(action(*next)),
        until: until.to_string().into(),
    }
}

fn parse_waits(document: &WaitsDocument) -> Option<Waiting> {
    let WaitsDocument { step, since, next, until } = document;
    Some(Waiting {
        step: LeavingStep::parse(step)?,
        since: since.parse().ok()?,
        next: parse_action(next)?,
        until: until.parse().ok()?,
    })
}

fn failing(kind: &str, failed: &FailedClause) -> WhyDocument {
    let FailedClause { group, clause, attribute, text, found } = failed;
    let clause = ClauseDocument {
        group: Whole(u64::from(*group)),
        position: Whole(u64::from(*clause)),
        attribute: attribute.clone(),
        text: text.clone(),
        found: found.clone(),
    };
    WhyDocument { clause: Some(clause), ..why(kind) }
}

/// Reads a failed clause; `None` when a position is too large, or what was found has no attribute.
fn failed(document: ClauseDocument) -> Option<Box<FailedClause>> {
    let ClauseDocument { group, position, attribute, text, found } = document;
    if attribute.is_none() && found.is_some() {
        return None;
    }
    let (group, clause) = (u32::try_from(group.0).ok()?, u32::try_from(position.0).ok()?);
    Some(Box::new(FailedClause { group, clause, attribute, text, found }))
}

fn why(kind: &str) -> WhyDocument {
    WhyDocument {
        kind: Text::new(kind),
        attribute: None,
        clause: None,
        action: None,
        target: None,
        waits: None,
        cycle: None,
    }
}
