//! Random plans, sound in themselves.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use provisio_model::{AttrName, Attributes, ObjectType, SourceId, TargetId, Text, Timestamp, Value, Values};

use crate::fingerprint::Fingerprint;
use crate::memory::{Fact, LeavingStep, NoteChange, Remember, Sent, Trigger};
use crate::plan::{
    Action, ActionKind, After, Bound, Change, ChangeWrite, FailedClause, Generation, Held, HeldOperation,
    LimitKind, MappingId, OpId, Operation, Plan, PlannedMapping, PlannedValues, Reason, Referent, SkipReason,
    Skipped, TargetKnowledge, TargetRef, Waiting, Why,
};
use crate::situation::Situation;

const MAPPINGS: u16 = 2;

pub(super) fn plans() -> impl Strategy<Value = Plan> {
    let operations = vec(operations(), 0..8);
    let held = vec(
        (
            (0..LimitKind::ALL.len(), option::of((any::<u32>(), any::<u64>()))),
            mapping_ids(),
            any::<u64>(),
            any::<u64>(),
            vec((self::operations(), option::of(timestamps())), 0..3),
        ),
        0..3,
    );
    let heads = (plain(), ".*", any::<u64>(), timestamps(), any::<u64>(), 0..TargetKnowledge::ALL.len());
    let parts = (heads, operations, held, vec(skipped(), 0..4), vec(remembered(), 0..4));
    parts.prop_map(|(head, operations, held, skipped, memory)| {
        let (name, spec, parent, at, unchanged, known_by) = head;
        let held = held.into_iter().map(|((limit, window), mapping, number, of, operations)| Held {
            limit: LimitKind::ALL[limit],
            mapping,
            bound: window.map_or(Bound::Run, |(seconds, earlier)| Bound::Window {
                lasts: std::time::Duration::from_secs(seconds.into()),
                earlier,
            }),
            number,
            of,
            operations: operations
                .into_iter()
                .map(|(it, since)| HeldOperation { operation: without_creates(it), since })
                .collect(),
        });
        Plan {
            name,
            spec: Fingerprint::of(spec),
            parent: Generation(parent),
            at,
            mappings: vec![mapping("users"), mapping("gröups")],
            memory: in_place(memory, operations.len()),
            operations: in_order(operations),
            held: held.collect(),
            skipped,
            unchanged,
            target_known_by: TargetKnowledge::ALL[known_by],
        }
    })
}

fn mapping(name: &str) -> PlannedMapping {
    PlannedMapping { name: name.into(), source: ObjectType::new("worker"), target: ObjectType::new("user") }
}

fn mapping_ids() -> impl Strategy<Value = MappingId> {
    (0..MAPPINGS).prop_map(MappingId)
}

fn texts() -> impl Strategy<Value = Text> + Clone {
    prop_oneof![
        4 => "[a-zA-Z0-9@. -]{0,30}".boxed(),
        1 => any::<String>().boxed(),
        1 => "[\\x00-\\x1f\"\\\\\u{7f}-\u{9f}\u{200e}\u{202e}\u{2028}\u{feff}\u{1f600}]{0,6}".boxed(),
    ]
    .prop_map(Text::from)
}

/// What names and reasons may hold.
fn plain() -> impl Strategy<Value = Text> {
    "[a-zA-Z0-9 ._\"\\\\øж中-]{0,12}".prop_map(Text::from)
}

fn timestamps() -> impl Strategy<Value = Timestamp> {
    let second = prop_oneof![any::<i64>(), 0_i64..4_000_000_000];
    (second, 0..1_000_000_000_u32).prop_map(|(second, nanosecond)| Timestamp::from_parts(second, nanosecond))
}

fn names() -> impl Strategy<Value = AttrName> {
    prop_oneof![4 => "[a-zA-Z]{1,3}".prop_map(AttrName::new), 1 => plain().prop_map(AttrName::new)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        texts().prop_map(Value::Text),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO)
            .prop_map(Value::Decimal),
        timestamps().prop_map(Value::Timestamp),
        vec(any::<u8>(), 0..9).prop_map(Value::Binary),
        texts().prop_map(Value::Reference),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let values = vec(inner, 1..3).prop_filter_map("some", Values::from_many);
        vec((names(), values), 0..3).prop_map(|it| Value::Complex(it.into_iter().collect::<Attributes>()))
    })
}

fn values() -> impl Strategy<Value = Values> {
    vec(value(), 1..4).prop_filter_map("some", Values::from_many)
}

/// In drafts, the number of a created object is any number; [`in_order`] makes it one of those that are there.
fn referents() -> impl Strategy<Value = Referent> {
    let target = prop_oneof![
        texts().prop_map(|id| TargetRef::Existing(TargetId::new(&id))),
        any::<u32>().prop_map(|id| TargetRef::Created(OpId(id))),
    ];
    (target, texts()).prop_map(|(target, label)| Referent { target, label })
}

fn planned() -> impl Strategy<Value = PlannedValues> {
    prop_oneof![
        values().prop_map(PlannedValues::Values),
        vec(referents(), 1..4).prop_map(PlannedValues::References),
    ]
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (names(), option::of(values()), option::of(planned()), 0..3_u8).prop_map(
        |(attribute, before, after, write)| {
            let before = if after.is_none() { before.or_else(|| Some("was".into())) } else { before };
            let write = match write {
                0 => ChangeWrite::Whole,
                1 => ChangeWrite::ByValue,
                _ => ChangeWrite::Temporary,
            };
            Change { attribute, before, after, write }
        },
    );
    vec(change, 1..4).prop_map(|changes| once(changes, |it| &it.attribute))
}

fn once<T>(items: Vec<T>, name: impl Fn(&T) -> &AttrName) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if !kept.iter().any(|it| name(it) == name(&item)) {
            kept.push(item);
        }
    }
    kept
}

fn actions() -> impl Strategy<Value = Action> {
    let create =
        vec((names(), planned()), 0..5).prop_map(|it| Action::Create { attributes: once(it, |it| &it.0) });
    let adopt = prop_oneof![Just(vec![]), changes()].prop_map(|changes| Action::Adopt { changes });
    let members = (names(), vec(referents(), 0..3), vec(referents(), 0..3), referents()).prop_map(
        |(attribute, mut add, remove, one)| {
            if remove.is_empty() {
                add.push(one);
            }
            Action::ChangeMembers { attribute, add, remove }
        },
    );
    prop_oneof![
        3 => create,
        1 => adopt,
        1 => changes().prop_map(|changes| Action::Update { changes }),
        1 => changes().prop_map(|changes| Action::Enable { changes }),
        1 => changes().prop_map(|changes| Action::Disable { changes }),
        1 => changes().prop_map(|changes| Action::SoftDelete { changes }),
        1 => changes().prop_map(|changes| Action::Restore { changes }),
        1 => Just(Action::Delete),
        1 => members,
        1 => Just(Action::Unlink),
    ]
}

fn reasons() -> impl Strategy<Value = Reason> {
    prop_oneof![
        Just(Reason::NoMatch),
        Just(Reason::TargetGone),
        names().prop_map(|attribute| Reason::Matched { attribute }),
        Just(Reason::AttributesDiffer),
        Just(Reason::InScope),
        Just(Reason::Unassigned),
        failed().prop_map(Reason::OutOfScope),
        Just(Reason::SourceDisabled),
        Just(Reason::SourceDeleted),
        texts().prop_map(|id| Reason::Returned { target: TargetId::new(&id) }),
        Just(Reason::MembersDiffer),
        Just(Reason::ReferenceDeferred),
        Just(Reason::ValueDeferred),
        plain().prop_map(|cycle| Reason::Undoes { cycle }),
    ]
}

fn failed() -> impl Strategy<Value = Box<FailedClause>> {
    let tested = option::of((plain(), option::of(plain())));
    (any::<u32>(), any::<u32>(), plain(), tested).prop_map(|(group, clause, text, tested)| {
        let failed = FailedClause::new(group, clause, text);
        Box::new(match tested {
            Some((attribute, found)) => failed.tested(attribute, found),
            None => failed,
        })
    })
}

fn skipped() -> impl Strategy<Value = Skipped> {
    let why = prop_oneof![
        failed().prop_map(SkipReason::Filtered),
        Just(SkipReason::Unassigned),
        failed().prop_map(SkipReason::OutOfScope),
        Just(SkipReason::LeftAlone),
        Just(SkipReason::Protected),
        waiting().prop_map(|it| SkipReason::Waiting(Box::new(it))),
        Just(SkipReason::Disabled),
        (0..ActionKind::ALL.len()).prop_map(|at| SkipReason::NotAllowed(ActionKind::ALL[at])),
        Just(SkipReason::Ignored),
    ];
    (mapping_ids(), texts(), situations(), why).prop_map(|(mapping, source, situation, why)| Skipped {
        mapping,
        source: SourceId::new(&source),
        situation,
        why,
    })
}

fn waiting() -> impl Strategy<Value = Waiting> {
    let steps = (0..LeavingStep::ALL.len()).prop_map(|at| LeavingStep::ALL[at]);
    let kinds = (0..ActionKind::ALL.len()).prop_map(|at| ActionKind::ALL[at]);
    (steps, timestamps(), kinds, timestamps()).prop_map(|(step, since, next, until)| Waiting {
        step,
        since,
        next,
        until,
    })
}

fn situations() -> impl Strategy<Value = Situation> {
    (0..Situation::ALL.len()).prop_map(|at| Situation::ALL[at])
}

fn facts() -> impl Strategy<Value = Fact> {
    let prints = || ".*".prop_map(Fingerprint::of);
    let sent = (prints(), option::of(prints())).prop_map(|(sent, observed)| Sent::new(sent, observed));
    let sent = (sent, any::<u32>()).prop_map(|(mut sent, times)| {
        sent.times = times;
        sent
    });
    let leaves =
        (0..Trigger::ALL.len(), 0..LeavingStep::ALL.len(), texts()).prop_map(|(trigger, step, target)| {
            NoteChange::Leaves {
                trigger: Trigger::ALL[trigger],
                step: LeavingStep::ALL[step],
                target: TargetId::new(&target),
            }
        });
    let note = prop_oneof![
        leaves,
        Just(NoteChange::Settles),
        (names(), sent).prop_map(|(attribute, sent)| NoteChange::Sent { attribute, sent }),
        names().prop_map(|attribute| NoteChange::Forgets { attribute }),
    ];
    let acts = (mapping_ids(), 0..LimitKind::ALL.len(), any::<u64>())
        .prop_map(|(mapping, limit, number)| Fact::Acts { mapping, limit: LimitKind::ALL[limit], number });
    let staged = (any::<bool>(), mapping_ids(), texts(), 0..ActionKind::ALL.len(), option::of(names()));
    prop_oneof![
        3 => (mapping_ids(), texts(), note).prop_map(|(mapping, source, change)| {
            Fact::Note { mapping, source: SourceId::new(&source), change }
        }),
        1 => acts,
        2 => staged.prop_map(|(staged, mapping, source, action, attribute)| {
            let (source, action) = (SourceId::new(&source), ActionKind::ALL[action]);
            match staged {
                true => Fact::Staged { mapping, source, action, attribute },
                false => Fact::Unstaged { mapping, source, action, attribute },
            }
        }),
    ]
}

fn remembered() -> impl Strategy<Value = Remember> {
    (option::of(any::<u32>().prop_map(OpId)), facts()).prop_map(|(once, fact)| Remember { once, fact })
}

/// Lets each wait for an operation that is there, and puts them in order.
fn in_place(mut all: Vec<Remember>, operations: usize) -> Vec<Remember> {
    for it in &mut all {
        it.once = it.once.and_then(|id| Some(OpId(id.0.checked_rem(u32::try_from(operations).unwrap())?)));
    }
    all.sort_by_key(|it| it.once);
    all
}

fn operations() -> impl Strategy<Value = Operation> {
    let after = vec((any::<u32>(), 0..Why::ALL.len()), 0..4).prop_map(|it| {
        let after = |(operation, why): (u32, usize)| After { operation: OpId(operation), why: Why::ALL[why] };
        it.into_iter().map(after).collect()
    });
    let target = referents().prop_map(|it| it.target);
    let named = (mapping_ids(), texts(), texts(), target, option::of(texts()));
    (named, situations(), actions(), reasons(), after).prop_map(
        |((mapping, label, source, target, version), situation, action, reason, after)| Operation {
            id: OpId(0),
            mapping,
            label,
            source: SourceId::new(&source),
            target,
            version,
            situation,
            action,
            reason,
            after,
            lost: Vec::new(),
        },
    )
}

/// Numbers the operations and turns whatever they name into operations before them.
fn in_order(operations: Vec<Operation>) -> Vec<Operation> {
    let mut creates: Vec<OpId> = Vec::new();
    let mut ordered = Vec::new();
    for (at, mut operation) in operations.into_iter().enumerate() {
        operation.id = OpId(u32::try_from(at).unwrap());
        crate::draft::each_target(&mut operation, |target, _| {
            if let TargetRef::Created(id) = *target {
                let create = creates.get(id.position() % creates.len().max(1));
                *target =
                    create.map_or(TargetRef::Existing(TargetId::new("x")), |it| TargetRef::Created(*it));
            }
        });
        let before = |it: &After| {
            let operation = OpId(it.operation.0.checked_rem(u32::try_from(at).unwrap())?);
            Some(After { operation, ..*it })
        };
        operation.after = operation.after.iter().filter_map(before).collect();
        operation.after.sort_unstable();
        operation.after.dedup_by_key(|it| it.operation);
        if matches!(operation.action, Action::Create { .. }) {
            operation.target = TargetRef::Created(operation.id);
            creates.push(operation.id);
        }
        ordered.push(operation);
    }
    ordered
}

/// Makes an operation that may be held back.
fn without_creates(mut operation: Operation) -> Operation {
    crate::draft::each_target(&mut operation, |target, _| {
        if let TargetRef::Created(id) = *target {
            *target = TargetRef::Existing(TargetId::new(id.to_string()));
        }
    });
    operation.after.clear();
    if matches!(operation.action, Action::Create { .. }) {
        operation.action = Action::Delete;
    }
    operation
}
