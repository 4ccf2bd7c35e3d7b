//! Which words stand in the file for actions, reasons, skips and limits? They are the format's own: what is shown to
//! people may change, these may not.

use provisio_model::Text;

use super::document::{CountsDocument, WhyDocument};
use super::value::Whole;
use crate::plan::{ActionKind, ChangeWrite, Counts, LimitKind, Reason, SkipReason};

pub(super) fn action(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "create",
        ActionKind::Adopt => "adopt",
        ActionKind::Update => "update",
        ActionKind::Enable => "enable",
        ActionKind::Disable => "disable",
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

pub(super) fn write(write: ChangeWrite) -> Option<&'static str> {
    match write {
        ChangeWrite::Whole => None,
        ChangeWrite::ByValue => Some(BY_VALUE),
    }
}

pub(super) fn parse_write(word: Option<&str>) -> Option<ChangeWrite> {
    match word {
        None => Some(ChangeWrite::Whole),
        Some(BY_VALUE) => Some(ChangeWrite::ByValue),
        Some(_) => None,
    }
}

pub(super) fn limit(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Deletes => "deletes",
        LimitKind::Disables => "disables",
        LimitKind::MemberRemovals => "member_removals",
    }
}

pub(super) fn parse_limit(word: &str) -> Option<LimitKind> {
    LimitKind::ALL.into_iter().find(|it| limit(*it) == word)
}

pub(super) fn counts(counts: &Counts) -> CountsDocument {
    let number = |kind| Whole(counts.get(kind));
    CountsDocument {
        create: number(ActionKind::Create),
        adopt: number(ActionKind::Adopt),
        update: number(ActionKind::Update),
        enable: number(ActionKind::Enable),
        disable: number(ActionKind::Disable),
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
        Reason::OutOfScope { because } => {
            WhyDocument { because: Some(because.clone()), ..why("out_of_scope") }
        }
        Reason::SourceDeleted => why("source_deleted"),
        Reason::MembersDiffer => why("members_differ"),
        Reason::ReferenceDeferred => why("reference_deferred"),
    }
}

/// Finds the reason; `None` when the word is unknown or comes with other data than it should.
pub(super) fn parse_reason(document: WhyDocument) -> Option<Reason> {
    let WhyDocument { kind, attribute, because, action } = document;
    Some(match (kind.as_str(), attribute, because, action) {
        ("matched", Some(attribute), None, None) => Reason::Matched { attribute },
        ("out_of_scope", None, Some(because), None) => Reason::OutOfScope { because },
        (kind, None, None, None) => match kind {
            "no_match" => Reason::NoMatch,
            "target_gone" => Reason::TargetGone,
            "attributes_differ" => Reason::AttributesDiffer,
            "in_scope" => Reason::InScope,
            "source_deleted" => Reason::SourceDeleted,
            "members_differ" => Reason::MembersDiffer,
            "reference_deferred" => Reason::ReferenceDeferred,
            _ => return None,
        },
        _ => return None,
    })
}

pub(super) fn skip(reason: &SkipReason) -> WhyDocument {
    match reason {
        SkipReason::OutOfScope { because } => {
            WhyDocument { because: Some(because.clone()), ..why("out_of_scope") }
        }
        SkipReason::LeftAlone => why("left_alone"),
        SkipReason::Disabled => why("disabled"),
        SkipReason::NotAllowed(kind) => {
            WhyDocument { action: Some(Text::new(action(*kind))), ..why("not_allowed") }
        }
        SkipReason::Ignored => why("ignored"),
    }
}

/// Finds the reason; `None` when the word is unknown or comes with other data than it should.
pub(super) fn parse_skip(document: WhyDocument) -> Option<SkipReason> {
    let WhyDocument { kind, attribute, because, action } = document;
    if attribute.is_some() {
        return None;
    }
    Some(match (kind.as_str(), because, action) {
        ("out_of_scope", Some(because), None) => SkipReason::OutOfScope { because },
        ("not_allowed", None, Some(action)) => SkipReason::NotAllowed(parse_action(&action)?),
        ("left_alone", None, None) => SkipReason::LeftAlone,
        ("disabled", None, None) => SkipReason::Disabled,
        ("ignored", None, None) => SkipReason::Ignored,
        _ => return None,
    })
}

fn why(kind: &str) -> WhyDocument {
    WhyDocument { kind: Text::new(kind), attribute: None, because: None, action: None }
}
