//! How does what is to be remembered stand in the file? One object for each fact, whose `kind` says what else is
//! there.

use provisio_model::{AttrName, SourceId, TargetId, Text};

use super::decode::{self, Result};
use super::document::FactDocument;
use super::error::PlanJsonError;
use super::path::Path;
use super::{encode, words};
use crate::memory::{Fact, LeavingStep, NoteChange, Remember, Sent, Trigger};
use crate::plan::{ActionKind, MappingId};

pub(super) fn document(remember: &Remember) -> FactDocument {
    let Remember { once, fact } = remember;
    let empty = |kind: &str| FactDocument {
        once: once.map(encode::op_id),
        kind: Text::new(kind),
        mapping: encode::mapping_id(fact.mapping()),
        source: None,
        trigger: None,
        step: None,
        target: None,
        action: None,
        attribute: None,
        sent: None,
        observed: None,
        limit: None,
        number: None,
    };
    match fact {
        Fact::Note { source, change, .. } => {
            FactDocument { source: Some(source.text().clone()), ..note(change, empty) }
        }
        Fact::Acts { limit, number, .. } => FactDocument {
            limit: Some(Text::new(words::limit(*limit))),
            number: Some(super::value::Whole(*number)),
            ..empty("acts")
        },
        Fact::Staged { source, action, attribute, .. } => FactDocument {
            source: Some(source.text().clone()),
            ..staged(empty("staged"), *action, attribute.as_ref())
        },
        Fact::Unstaged { source, action, attribute, .. } => FactDocument {
            source: Some(source.text().clone()),
            ..staged(empty("unstaged"), *action, attribute.as_ref())
        },
    }
}

fn note(change: &NoteChange, empty: impl Fn(&str) -> FactDocument) -> FactDocument {
    match change {
        NoteChange::Leaves { trigger, step, target } => FactDocument {
            trigger: Some(Text::new(trigger.name())),
            step: Some(Text::new(step.name())),
            target: Some(target.text().clone()),
            ..empty("leaves")
        },
        NoteChange::Settles => empty("settles"),
        NoteChange::Sent { attribute, sent } => FactDocument {
            attribute: Some(attribute.clone()),
            sent: Some(sent.sent.to_string().into()),
            observed: sent.observed.map(|it| it.to_string().into()),
            number: (sent.times != 1).then(|| super::value::Whole(u64::from(sent.times))),
            ..empty("sent")
        },
        NoteChange::Forgets { attribute } => {
            FactDocument { attribute: Some(attribute.clone()), ..empty("forgets") }
        }
    }
}

fn staged(document: FactDocument, action: ActionKind, attribute: Option<&AttrName>) -> FactDocument {
    FactDocument { action: Some(Text::new(words::action(action))), attribute: attribute.cloned(), ..document }
}

pub(super) fn remember(mut document: FactDocument, path: Path<'_>) -> Result<Remember> {
    let once = document.once.take().map(|it| decode::op_id(it, path.key("once"))).transpose()?;
    let mapping = decode::mapping_id(document.mapping, path)?;
    let kind = std::mem::take(&mut document.kind);
    let fact = match kind.as_str() {
        "leaves" | "settles" | "sent" | "forgets" => Fact::Note {
            mapping,
            source: source(&mut document, path)?,
            change: change(&kind, &mut document, path)?,
        },
        "acts" => Fact::Acts {
            mapping,
            limit: word(document.limit.take(), path, "limit", "a limit", words::parse_limit)?,
            number: decode::required(document.number.take(), path, "number")?.0,
        },
        "staged" => {
            let (source, action, attribute) = parse_staged(&mut document, path)?;
            Fact::Staged { mapping, source, action, attribute }
        }
        "unstaged" => {
            let (source, action, attribute) = parse_staged(&mut document, path)?;
            Fact::Unstaged { mapping, source, action, attribute }
        }
        other => return Err(decode::not_a(path.key("kind"), other, "something to remember")),
    };
    nothing_else(&document, path, &kind)?;
    Ok(Remember { once, fact })
}

fn change(kind: &str, document: &mut FactDocument, path: Path<'_>) -> Result<NoteChange> {
    let print = |text: &Text, key| decode::parse(text, path.key(key), decode::FINGERPRINT);
    Ok(match kind {
        "leaves" => NoteChange::Leaves {
            trigger: word(document.trigger.take(), path, "trigger", "a trigger", Trigger::parse)?,
            step: word(document.step.take(), path, "step", "a step", LeavingStep::parse)?,
            target: TargetId::new(&decode::required(document.target.take(), path, "target")?),
        },
        "sent" => {
            let sent = print(&decode::required(document.sent.take(), path, "sent")?, "sent")?;
            let observed = document.observed.take().map(|it| print(&it, "observed")).transpose()?;
            let attribute = decode::required(document.attribute.take(), path, "attribute")?;
            let mut sent = Sent::new(sent, observed);
            if let Some(number) = document.number.take() {
                sent.times = u32::try_from(number.0).map_err(|_| {
                    PlanJsonError::at(path.key("number"), format!("more than {} times", u32::MAX))
                })?;
            }
            NoteChange::Sent { attribute, sent }
        }
        "forgets" => {
            NoteChange::Forgets { attribute: decode::required(document.attribute.take(), path, "attribute")? }
        }
        _ => NoteChange::Settles,
    })
}

fn parse_staged(
    document: &mut FactDocument,
    path: Path<'_>,
) -> Result<(SourceId, ActionKind, Option<AttrName>)> {
    let action = word(document.action.take(), path, "action", "an action", words::parse_action)?;
    Ok((source(document, path)?, action, document.attribute.take()))
}

fn source(document: &mut FactDocument, path: Path<'_>) -> Result<SourceId> {
    decode::required(document.source.take(), path, "source").map(|it| SourceId::new(&it))
}

fn word<T>(
    field: Option<Text>,
    path: Path<'_>,
    key: &'static str,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T> {
    let word = decode::required(field, path, key)?;
    parse(&word).ok_or_else(|| decode::not_a(path.key(key), &word, what))
}

/// Checks that everything in the document was taken out of it.
fn nothing_else(document: &FactDocument, path: Path<'_>, kind: &str) -> Result<()> {
    let FactDocument {
        once: _,
        kind: _,
        mapping: _,
        source,
        trigger,
        step,
        target,
        action,
        attribute,
        sent,
        observed,
        limit,
        number,
    } = document;
    let texts = [
        ("source", source),
        ("trigger", trigger),
        ("step", step),
        ("target", target),
        ("action", action),
        ("sent", sent),
        ("observed", observed),
        ("limit", limit),
    ];
    let owner = &format!("`{kind}`");
    texts.into_iter().try_for_each(|(name, field)| decode::absent(field, path, name, owner))?;
    decode::absent(attribute, path, "attribute", owner)?;
    decode::absent(number, path, "number", owner)
}

/// Checks that a fact is about what is in the plan: an object mapping, and an operation that it waits for.
pub(super) fn check(all: &[Remember], mappings: usize, operations: usize) -> Result<()> {
    let list = Path::Document.key("memory");
    let mut previous = None;
    for (position, Remember { once, fact }) in all.iter().enumerate() {
        let path = list.item(position);
        let MappingId(mapping) = fact.mapping();
        if usize::from(mapping) >= mappings {
            let why =
                format!("there is no object mapping {mapping}: the plan has {mappings}, counted from 0");
            return Err(PlanJsonError::at(path.key("mapping"), why));
        }
        if let Some(once) = once.filter(|it| it.position() >= operations) {
            let why = format!("there is no operation {once}: the plan has {operations}, counted from #0");
            return Err(PlanJsonError::at(path.key("once"), why));
        }
        if previous > *once {
            return Err(PlanJsonError::at(path.key("once"), "the list is not in ascending order"));
        }
        previous = *once;
        let attribute = match fact {
            Fact::Note { change: NoteChange::Sent { attribute, .. }, .. }
            | Fact::Note { change: NoteChange::Forgets { attribute }, .. } => Some(attribute),
            Fact::Staged { attribute, .. } | Fact::Unstaged { attribute, .. } => attribute.as_ref(),
            Fact::Note { .. } | Fact::Acts { .. } => None,
        };
        if let Some(attribute) = attribute {
            super::structure::check_shown(attribute.as_str(), path.key("attribute"))?;
        }
    }
    Ok(())
}
