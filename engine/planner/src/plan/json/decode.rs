//! How does a document become a plan? Word by word, and nothing in it is believed.

use std::str::FromStr;
use std::time::Duration;

use provisio_model::{
    AttrName, Attributes, EscapedText, ObjectType, SourceId, TargetId, Text, Value, Values,
};

use super::document::{
    AfterDocument, ChangeDocument, Content, HeldDocument, MappingDocument, OperationDocument, PlanDocument,
    SkippedDocument, WhyDocument,
};
use super::error::PlanJsonError;
use super::path::Path;
use super::value::{Named, ReferentDocument, TargetDocument, ValueDocument, Whole};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{VERSION, remember, structure, words};
use crate::fingerprint::Fingerprint;
use crate::plan::{
    Action, ActionKind, After, Bound, Change, Generation, Held, HeldOperation, MappingId, OpId, Operation,
    Plan, PlannedMapping, PlannedValues, Referent, Skipped, TargetKnowledge, TargetRef, Why,
};
use crate::situation::Situation;

pub(super) const FINGERPRINT: &str = "a fingerprint of 32 hexadecimal digits";
const TIMESTAMP: &str = "a date and time such as `2026-01-31T08:30:00Z`";

pub(super) type Result<T> = std::result::Result<T, PlanJsonError>;

pub(super) fn plan(document: PlanDocument) -> Result<Plan> {
    let root = Path::Document;
    let PlanDocument(content) = document;
    let Content { version, fingerprint, name, spec, parent, at, counts, unchanged, .. } = &content;
    if version.0 != VERSION {
        return Err(PlanJsonError::version(version.0));
    }
    let recorded: Fingerprint = parse(fingerprint, root.key("fingerprint"), FINGERPRINT)?;
    let counts = counts.clone();
    let plan = Plan {
        name: name.clone(),
        spec: parse(spec, root.key("spec"), FINGERPRINT)?,
        parent: Generation(parent.0),
        at: parse(at, root.key("at"), TIMESTAMP)?,
        unchanged: unchanged.0,
        mappings: mappings(&content.mappings),
        operations: each(content.operations, root.key("operations"), operation)?,
        held: each(content.held, root.key("held"), held)?,
        skipped: each(content.skipped, root.key("skipped"), skipped)?,
        memory: each(content.memory, root.key("memory"), remember::remember)?,
        target_known_by: content.target_known_by.map_or(Ok(TargetKnowledge::Listing), |word| {
            let what = "`look_up` or `remembered`";
            words::parse_knowledge(&word).ok_or_else(|| not_a(root.key("target_known_by"), &word, what))
        })?,
    };
    structure::check(&plan)?;
    if words::counts(&plan.counts()) != counts {
        return Err(PlanJsonError::at(root.key("counts"), "they do not count the operations"));
    }
    match plan.fingerprint() {
        found if found == recorded => Ok(plan),
        found => Err(PlanJsonError::edited(recorded, found)),
    }
}

/// Converts each of a list, with its place.
fn each<D, T>(list: Vec<D>, path: Path<'_>, convert: impl Fn(D, Path<'_>) -> Result<T>) -> Result<Vec<T>> {
    list.into_iter().enumerate().map(|(at, it)| convert(it, path.item(at))).collect()
}

pub(super) fn parse<T: FromStr>(text: &Text, path: Path<'_>, what: &str) -> Result<T> {
    text.parse().map_err(|_| not_a(path, text, what))
}

fn mappings(documents: &[MappingDocument]) -> Vec<PlannedMapping> {
    let mappings = documents.iter().map(|it| PlannedMapping {
        name: it.name.clone(),
        source: ObjectType::new(&it.source),
        target: ObjectType::new(&it.target),
    });
    mappings.collect()
}

fn operation(mut document: OperationDocument, path: Path<'_>) -> Result<Operation> {
    absent(&document.since, path, "since", "an operation that is carried out")?;
    let id = required(document.id.take(), path, "id")?;
    let after = required(document.after.take(), path, "after")?;
    let after = each(after, path.key("after"), after_operation)?;
    let id = op_id(id, path.key("id"))?;
    Ok(Operation { id, after, ..placeless(document, path)? })
}

fn after_operation(document: AfterDocument, path: Path<'_>) -> Result<After> {
    let why = Why::parse(&document.why);
    let why = why.ok_or_else(|| not_a(path.key("why"), &document.why, "a reason to wait"))?;
    Ok(After { operation: op_id(document.op, path.key("op"))?, why })
}

fn held(document: HeldDocument, path: Path<'_>) -> Result<Held> {
    let HeldDocument { limit, mapping, window, number, of, operations } = document;
    let kind = words::parse_limit(&limit);
    Ok(Held {
        limit: kind.ok_or_else(|| not_a(path.key("limit"), &limit, "a limit"))?,
        mapping: mapping_id(mapping, path)?,
        bound: match window {
            None => Bound::Run,
            Some(it) => Bound::Window { lasts: Duration::from_secs(it.seconds.0), earlier: it.earlier.0 },
        },
        number: number.0,
        of: of.0,
        operations: each(operations, path.key("operations"), held_operation)?,
    })
}

fn held_operation(mut document: OperationDocument, path: Path<'_>) -> Result<HeldOperation> {
    let since = document.since.take().map(|it| parse(&it, path.key("since"), TIMESTAMP)).transpose()?;
    Ok(HeldOperation { operation: placeless(document, path)?, since })
}

fn skipped(document: SkippedDocument, path: Path<'_>) -> Result<Skipped> {
    let SkippedDocument { mapping, source, situation, why } = document;
    Ok(Skipped {
        mapping: mapping_id(mapping, path)?,
        source: SourceId::new(&source),
        situation: self::situation(&situation, path)?,
        why: explained(why, path.key("why"), words::parse_skip)?,
    })
}

fn situation(word: &Text, path: Path<'_>) -> Result<Situation> {
    Situation::parse(word).ok_or_else(|| not_a(path.key("situation"), word, "a situation"))
}

/// Converts an operation that has no place in the order, or whose place was taken out.
fn placeless(mut document: OperationDocument, path: Path<'_>) -> Result<Operation> {
    absent(&document.id, path, "id", "what is held back")?;
    absent(&document.after, path, "after", "what is held back")?;
    let kind = words::parse_action(&document.action);
    let kind = kind.ok_or_else(|| not_a(path.key("action"), &document.action, "an action"))?;
    let action = action(kind, &mut document, path)?;
    let lost = lost(kind, &mut document, path)?;
    let OperationDocument { mapping, label, source, target, target_version, situation, reason, .. } =
        document;
    let TargetDocument { existing, created } = target;
    Ok(Operation {
        id: OpId(0),
        mapping: mapping_id(mapping, path)?,
        label,
        source: SourceId::new(&source),
        target: target_ref(existing, created, path.key("target"))?,
        version: target_version,
        situation: self::situation(&situation, path)?,
        action,
        reason: explained(reason, path.key("reason"), words::parse_reason)?,
        after: Vec::new(),
        lost,
    })
}

/// Takes out of the document what a delete takes away.
fn lost(
    kind: ActionKind,
    document: &mut OperationDocument,
    path: Path<'_>,
) -> Result<Vec<(AttrName, Values)>> {
    if kind != ActionKind::Delete {
        absent(&document.lost, path, "lost", "what is no delete")?;
    }
    let Named(pairs) = document.lost.take().unwrap_or(Named(Vec::new()));
    let path = path.key("lost");
    let pairs = pairs.into_iter().map(|(name, it)| {
        let it = values(it, path.key(name.as_str()))?;
        Ok((name, it))
    });
    pairs.collect()
}

/// Takes out of the document what belongs to the action; nothing else may be there.
fn action(kind: ActionKind, document: &mut OperationDocument, path: Path<'_>) -> Result<Action> {
    let action = match kind {
        ActionKind::Create => {
            let Named(pairs) = required(document.attributes.take(), path, "attributes")?;
            let path = path.key("attributes");
            let attributes = pairs.into_iter().map(|(name, values)| {
                let values = planned_values(values, path.key(name.as_str()))?;
                Ok((name, values))
            });
            Action::Create { attributes: attributes.collect::<Result<_>>()? }
        }
        ActionKind::Adopt => Action::Adopt { changes: changes(document, path)? },
        ActionKind::Update => Action::Update { changes: changes(document, path)? },
        ActionKind::Enable => Action::Enable { changes: changes(document, path)? },
        ActionKind::Disable => Action::Disable { changes: changes(document, path)? },
        ActionKind::SoftDelete => Action::SoftDelete { changes: changes(document, path)? },
        ActionKind::Restore => Action::Restore { changes: changes(document, path)? },
        ActionKind::Delete => Action::Delete,
        ActionKind::ChangeMembers => Action::ChangeMembers {
            attribute: required(document.attribute.take(), path, "attribute")?,
            add: each(required(document.add.take(), path, "add")?, path.key("add"), referent)?,
            remove: each(required(document.remove.take(), path, "remove")?, path.key("remove"), referent)?,
        },
        ActionKind::Unlink => Action::Unlink,
    };
    let owner = &format!("`{}`", words::action(kind));
    absent(&document.attributes, path, "attributes", owner)?;
    absent(&document.changes, path, "changes", owner)?;
    absent(&document.attribute, path, "attribute", owner)?;
    absent(&document.add, path, "add", owner)?;
    absent(&document.remove, path, "remove", owner)?;
    Ok(action)
}

fn changes(document: &mut OperationDocument, path: Path<'_>) -> Result<Vec<Change>> {
    let Named(pairs) = required(document.changes.take(), path, "changes")?;
    let path = path.key("changes");
    let changes = pairs.into_iter().map(|(attribute, ChangeDocument { before, after, write })| {
        let path = path.key(attribute.as_str());
        let before = before.map(|it| values(it, path.key("before"))).transpose()?;
        let after = after.map(|it| planned_values(it, path.key("after"))).transpose()?;
        let write = words::parse_write(write.as_deref()).ok_or_else(|| {
            PlanJsonError::at(path.key("write"), "the words here are `values` and `temporary`")
        })?;
        Ok(Change { attribute, before, after, write })
    });
    changes.collect()
}

/// Values, or references if the first is one.
fn planned_values(document: ValueDocument, path: Path<'_>) -> Result<PlannedValues> {
    let refers = match &document {
        ValueDocument::Many(list) => matches!(list.first(), Some(ValueDocument::Referent(_))),
        one => matches!(one, ValueDocument::Referent(_)),
    };
    if !refers {
        return values(document, path).map(PlannedValues::Values);
    }
    let convert = |it, path: Path<'_>| match it {
        ValueDocument::Referent(it) => referent(it, path),
        _ => Err(PlanJsonError::at(path, "a value stands among references to target objects")),
    };
    one_or_many(document, path, convert).map(PlannedValues::References)
}

fn values(document: ValueDocument, path: Path<'_>) -> Result<Values> {
    let list = one_or_many(document, path, value)?;
    let count = list.len();
    match Values::from_many(list) {
        Some(values) if values.len() == count => Ok(values),
        _ => Err(PlanJsonError::at(path, "a value stands there twice")),
    }
}

fn one_or_many<T>(
    document: ValueDocument,
    path: Path<'_>,
    convert: impl Fn(ValueDocument, Path<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    match document {
        ValueDocument::Many(list) if list.len() < 2 => {
            Err(PlanJsonError::at(path, "a list has two values or more; one value stands without a list"))
        }
        ValueDocument::Many(list) => each(list, path, convert),
        one => Ok(vec![convert(one, path)?]),
    }
}

fn value(document: ValueDocument, path: Path<'_>) -> Result<Value> {
    Ok(match document {
        ValueDocument::Text(text) => Value::Text(text),
        ValueDocument::Bool(bool) => Value::Bool(bool),
        ValueDocument::Int(int) => Value::Int(int),
        ValueDocument::Decimal(text) => Value::Decimal(parse(&text, path.key("decimal"), "a number")?),
        ValueDocument::Timestamp(text) => Value::Timestamp(parse(&text, path.key("timestamp"), TIMESTAMP)?),
        ValueDocument::Binary(text) => {
            let bytes = STANDARD.decode(text.as_bytes()).ok();
            Value::Binary(bytes.ok_or_else(|| not_a(path.key("binary"), &text, "base64 with padding"))?)
        }
        ValueDocument::Reference(id) => Value::Reference(id),
        ValueDocument::Complex(named) => Value::Complex(complex(named, path.key("complex"))?),
        ValueDocument::Referent(_) => {
            return Err(PlanJsonError::at(path, "a value is written as `{\"reference\": \"id\"}` here"));
        }
        ValueDocument::Many(_) => return Err(PlanJsonError::at(path, "a list stands in a list")),
        ValueDocument::Hidden { kind } => {
            return Err(PlanJsonError::at(path, format!("a plan file has no form for {kind}")));
        }
    })
}

fn complex(Named(mut pairs): Named<ValueDocument>, path: Path<'_>) -> Result<Attributes> {
    // In order, each is appended: a document that has them in another order costs no more.
    pairs.sort_by(|(left, _), (right, _)| left.cmp(right));
    let mut attributes = Attributes::new();
    for (name, document) in pairs {
        let path = path.key(name.as_str());
        let values = values(document, path)?;
        if attributes.set(name.clone(), values).is_some() {
            return Err(PlanJsonError::at(path, "the attribute stands there twice"));
        }
    }
    Ok(attributes)
}

fn referent(document: ReferentDocument, path: Path<'_>) -> Result<Referent> {
    let ReferentDocument { existing, created, label } = document;
    Ok(Referent { target: target_ref(existing, created, path)?, label })
}

fn target_ref(existing: Option<Text>, created: Option<Whole>, path: Path<'_>) -> Result<TargetRef> {
    match (existing, created) {
        (Some(id), None) => Ok(TargetRef::Existing(TargetId::new(&id))),
        (None, Some(id)) => op_id(id, path.key("created")).map(TargetRef::Created),
        _ => Err(PlanJsonError::at(path, "either `existing` or `created` says which object")),
    }
}

pub(super) fn op_id(id: Whole, path: Path<'_>) -> Result<OpId> {
    let too_large = |_| PlanJsonError::at(path, format!("there is no operation #{}", id.0));
    u32::try_from(id.0).map(OpId).map_err(too_large)
}

pub(super) fn mapping_id(id: Whole, path: Path<'_>) -> Result<MappingId> {
    let too_large =
        |_| PlanJsonError::at(path.key("mapping"), format!("there is no object mapping {}", id.0));
    u16::try_from(id.0).map(MappingId).map_err(too_large)
}

fn explained<T>(
    document: WhyDocument,
    path: Path<'_>,
    parse: impl Fn(WhyDocument) -> Option<T>,
) -> Result<T> {
    let kind = document.kind.clone();
    parse(document)
        .ok_or_else(|| not_a(path, &kind, "a reason that is known, or has other data than it should"))
}

pub(super) fn required<T>(field: Option<T>, path: Path<'_>, name: &str) -> Result<T> {
    field.ok_or_else(|| PlanJsonError::at(path, format!("`{name}` is missing")))
}

pub(super) fn absent<T>(field: &Option<T>, path: Path<'_>, name: &str, owner: &str) -> Result<()> {
    match field {
        None => Ok(()),
        Some(_) => Err(PlanJsonError::at(path.key(name), format!("{owner} has no `{name}`"))),
    }
}

pub(super) fn not_a(path: Path<'_>, text: &str, what: &str) -> PlanJsonError {
    const LONGEST: usize = 60;
    let short: String = text.chars().take(LONGEST).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    PlanJsonError::at(path, format!("`{}{dots}` is not {what}", EscapedText(&short)))
}
