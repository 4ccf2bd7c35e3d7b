//! How does a plan become a document? Nothing fails here: what no file may hold is refused before.

use provisio_model::{Attributes, Text, Value, Values};

use super::document::{
    AfterDocument, ChangeDocument, Content, HeldDocument, MappingDocument, OperationDocument, PlanDocument,
    SkippedDocument, WindowDocument,
};
use super::value::{Named, ReferentDocument, TargetDocument, ValueDocument, Whole};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{VERSION, remember, words};
use crate::plan::{
    Action, After, Bound, Change, Held, HeldOperation, MappingId, OpId, Operation, Plan, PlannedValues,
    Referent, Skipped, TargetRef,
};

pub(super) fn document(plan: &Plan) -> PlanDocument {
    let Plan {
        name,
        spec,
        parent,
        at,
        mappings: _,
        operations,
        held: held_back,
        skipped: skips,
        unchanged,
        memory,
        target_known_by,
    } = plan;
    PlanDocument(Content {
        version: Whole(VERSION),
        fingerprint: plan.fingerprint().to_string().into(),
        name: name.clone(),
        spec: spec.to_string().into(),
        parent: Whole(parent.0),
        at: at.to_string().into(),
        counts: words::counts(&plan.counts()),
        unchanged: Whole(*unchanged),
        mappings: mappings(plan),
        operations: operations.iter().map(operation).collect(),
        held: held_back.iter().map(held).collect(),
        skipped: skips.iter().map(skipped).collect(),
        memory: memory.iter().map(remember::document).collect(),
        target_known_by: words::knowledge(*target_known_by).map(Text::new),
    })
}

pub(super) fn mappings(plan: &Plan) -> Vec<MappingDocument> {
    let mappings = plan.mappings.iter().map(|it| MappingDocument {
        name: it.name.clone(),
        source: Text::new(it.source.as_str()),
        target: Text::new(it.target.as_str()),
    });
    mappings.collect()
}

pub(super) fn operation(operation: &Operation) -> OperationDocument {
    let Operation { id, mapping, label, source, target, version, situation, action, reason, after, lost } =
        operation;
    let mut document = OperationDocument {
        id: Some(op_id(*id)),
        action: Text::new(words::action(action.kind())),
        mapping: mapping_id(*mapping),
        label: label.clone(),
        source: source.text().clone(),
        target: target_document(target),
        target_version: version.clone(),
        situation: Text::new(situation.name()),
        reason: words::reason(reason),
        after: Some(after.iter().map(after_document).collect()),
        attributes: None,
        changes: None,
        attribute: None,
        add: None,
        remove: None,
        lost: (!lost.is_empty())
            .then(|| Named(lost.iter().map(|(name, it)| (name.clone(), values(it))).collect())),
        since: None,
    };
    match action {
        Action::Create { attributes } => {
            let pairs = attributes.iter().map(|(name, values)| (name.clone(), planned_values(values)));
            document.attributes = Some(Named(pairs.collect()));
        }
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes }
        | Action::SoftDelete { changes }
        | Action::Restore { changes } => {
            let pairs = changes.iter().map(|it| (it.attribute.clone(), change(it)));
            document.changes = Some(Named(pairs.collect()));
        }
        Action::ChangeMembers { attribute, add, remove } => {
            document.attribute = Some(attribute.clone());
            document.add = Some(add.iter().map(referent).collect());
            document.remove = Some(remove.iter().map(referent).collect());
        }
        Action::Delete | Action::Unlink => {}
    }
    document
}

pub(super) fn held(held: &Held) -> HeldDocument {
    let Held { limit, mapping, bound, number, of, operations } = held;
    let without_place = |it: &HeldOperation| OperationDocument {
        id: None,
        after: None,
        since: it.since.map(|it| it.to_string().into()),
        ..operation(&it.operation)
    };
    HeldDocument {
        limit: Text::new(words::limit(*limit)),
        mapping: mapping_id(*mapping),
        window: match bound {
            Bound::Run => None,
            Bound::Window { lasts, earlier } => {
                Some(WindowDocument { seconds: Whole(lasts.as_secs()), earlier: Whole(*earlier) })
            }
        },
        number: Whole(*number),
        of: Whole(*of),
        operations: operations.iter().map(without_place).collect(),
    }
}

pub(super) fn skipped(skipped: &Skipped) -> SkippedDocument {
    let Skipped { mapping, source, situation, why } = skipped;
    SkippedDocument {
        mapping: mapping_id(*mapping),
        source: source.text().clone(),
        situation: Text::new(situation.name()),
        why: words::skip(why),
    }
}

fn change(change: &Change) -> ChangeDocument {
    ChangeDocument {
        before: change.before.as_ref().map(values),
        after: change.after.as_ref().map(planned_values),
        write: words::write(change.write).map(Text::new),
    }
}

fn planned_values(planned: &PlannedValues) -> ValueDocument {
    match planned {
        PlannedValues::Values(it) => values(it),
        PlannedValues::References(it) => {
            one_or_many(it, |referred| ValueDocument::Referent(referent(referred)))
        }
    }
}

fn values(values: &Values) -> ValueDocument {
    one_or_many(values.as_slice(), value)
}

/// One stands alone, several in a list.
fn one_or_many<T>(items: &[T], document: impl Fn(&T) -> ValueDocument) -> ValueDocument {
    match items {
        [one] => document(one),
        many => ValueDocument::Many(many.iter().map(document).collect()),
    }
}

fn value(value: &Value) -> ValueDocument {
    match value {
        Value::Text(text) => ValueDocument::Text(text.clone()),
        Value::Bool(bool) => ValueDocument::Bool(*bool),
        Value::Int(int) => ValueDocument::Int(*int),
        // The shortest digits that read back as the same number.
        Value::Decimal(decimal) => ValueDocument::Decimal(format!("{decimal:?}").into()),
        Value::Timestamp(timestamp) => ValueDocument::Timestamp(timestamp.to_string().into()),
        Value::Binary(bytes) => ValueDocument::Binary(STANDARD.encode(bytes).into()),
        Value::Reference(id) => ValueDocument::Reference(id.clone()),
        Value::Complex(attributes) => ValueDocument::Complex(complex(attributes)),
        other => ValueDocument::Hidden { kind: other.kind().to_string() },
    }
}

fn complex(attributes: &Attributes) -> Named<ValueDocument> {
    Named(attributes.iter().map(|(name, it)| (name.clone(), values(it))).collect())
}

fn referent(referent: &Referent) -> ReferentDocument {
    let TargetDocument { existing, created } = target_document(&referent.target);
    ReferentDocument { existing, created, label: referent.label.clone() }
}

fn target_document(target: &TargetRef) -> TargetDocument {
    match target {
        TargetRef::Existing(id) => TargetDocument { existing: Some(id.text().clone()), created: None },
        TargetRef::Created(id) => TargetDocument { existing: None, created: Some(op_id(*id)) },
    }
}

fn after_document(after: &After) -> AfterDocument {
    AfterDocument { op: op_id(after.operation), why: Text::new(after.why.name()) }
}

pub(super) fn op_id(id: OpId) -> Whole {
    Whole(u64::from(id.0))
}

pub(super) fn mapping_id(id: MappingId) -> Whole {
    Whole(u64::from(id.0))
}
