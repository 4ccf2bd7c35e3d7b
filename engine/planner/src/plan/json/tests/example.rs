//! Plans to look at.

use provisio_model::{AttrName, Attributes, ObjectType, SourceId, TargetId, Text, Timestamp, Value, Values};

use crate::fingerprint::Fingerprint;
use crate::memory::{Fact, LeavingStep, NoteChange, Remember, Sent, Trigger};
use crate::plan::{
    Action, ActionKind, After, Bound, Change, ChangeWrite, FailedClause, Generation, Held, HeldOperation,
    LimitKind, MappingId, OpId, Operation, Plan, PlannedMapping, PlannedValues, Reason, Referent, SkipReason,
    Skipped, TargetKnowledge, TargetRef, Waiting, Why,
};
use crate::situation::Situation;

const USERS: MappingId = MappingId(0);
const GROUPS: MappingId = MappingId(1);

/// The example of the manual.
pub(in crate::plan) fn small() -> Plan {
    let operations = vec![
        operation(USERS, "adele@contoso.example", "1001", created(0), Reason::NoMatch).doing(
            Action::Create {
                attributes: vec![
                    (name("active"), known(true)),
                    (name("emails"), many(["adele@contoso.example", "a.vance@contoso.example"])),
                    (name("hireDate"), known(day("2026-02-01"))),
                    (name("userName"), known("adele@contoso.example")),
                ],
            },
        ),
        operation(USERS, "ben@contoso.example", "1002", existing("u-17"), Reason::AttributesDiffer)
            .version("W/\"3\"")
            .doing(Action::Update {
                changes: vec![
                    change("phone", Some("+47 555 0100".into()), None),
                    change("title", Some("Engineer".into()), Some(known("Senior Engineer"))),
                ],
            }),
        operation(GROUPS, "Sales", "D-4", existing("g-2"), Reason::MembersDiffer).after([0]).doing(
            Action::ChangeMembers {
                attribute: name("members"),
                add: vec![referent(created(0), "adele@contoso.example")],
                remove: vec![],
            },
        ),
    ];
    let skipped = vec![Skipped {
        mapping: USERS,
        source: SourceId::new("1003"),
        situation: Situation::OutOfScope,
        why: SkipReason::OutOfScope(not_norwegian(Some("SE"))),
    }];
    Plan { skipped, unchanged: 1180, ..plan(operations) }
}

fn not_norwegian(found: Option<&str>) -> Box<FailedClause> {
    Box::new(FailedClause::new(0, 1, "country EQUALS \"NO\"").tested("country", found.map(Text::new)))
}

/// A plan with each action, each reason, each kind of value, each limit and each skip.
pub(super) fn every_form() -> Plan {
    let returned = Reason::Returned { target: TargetId::new("u-13") };
    let out_of_scope = || Reason::OutOfScope(not_norwegian(Some("SE")));
    let operations = vec![
        operation(USERS, "carl@contoso.example", "1003", existing("u-3"), out_of_scope())
            .version("W/\"3\"")
            .doing(Action::Disable {
                changes: vec![change("active", Some(true.into()), Some(known(false)))],
            }),
        operation(GROUPS, "Sales", "D-4", existing("g-4"), Reason::MembersDiffer).doing(
            Action::ChangeMembers {
                attribute: name("members"),
                add: vec![],
                remove: vec![referent(existing("u-4"), "dora@contoso.example")],
            },
        ),
        operation(USERS, "dora@contoso.example", "1004", existing("u-4"), Reason::SourceDeleted)
            .waiting([(1, Why::ReferenceRemoved)])
            .doing(Action::Delete),
        operation(USERS, "u-5", "1005", existing("u-5"), Reason::SourceDeleted).doing(Action::Unlink),
        operation(USERS, "adele@contoso.example", "1001", created(4), Reason::NoMatch)
            .doing(Action::Create { attributes: all_kinds() }),
        operation(USERS, "bo@contoso.example", "1010", created(5), Reason::TargetGone).after([4]).doing(
            Action::Create {
                attributes: vec![
                    (name("manager"), references([referent(created(4), "adele@contoso.example")])),
                    (name("userName"), known("bo@contoso.example")),
                ],
            },
        ),
        operation(
            USERS,
            "ben@contoso.example",
            "1002",
            existing("u-2"),
            Reason::Matched { attribute: name("userName") },
        )
        .doing(Action::Adopt { changes: vec![] }),
        operation(USERS, "adele@contoso.example", "1001", created(4), Reason::ReferenceDeferred)
            .after([4, 5])
            .doing(Action::Update {
                changes: vec![change(
                    "manager",
                    None,
                    Some(references([referent(created(5), "bo@contoso.example")])),
                )],
            }),
        operation(USERS, "eva@contoso.example", "1006", existing("u-6"), Reason::AttributesDiffer).doing(
            Action::Update {
                changes: vec![
                    change(
                        "assistants",
                        Some(Value::Reference("u-9".into()).into()),
                        Some(references([
                            referent(existing("u-2"), "ben@contoso.example"),
                            referent(existing("u-8"), "finn@contoso.example"),
                        ])),
                    ),
                    Change {
                        write: ChangeWrite::Temporary,
                        ..change("mail", Some("sales@x".into()), Some(known("sales-tmp-1f3a9c2b@x")))
                    },
                    change("phone", Some("+47 555 0100".into()), None),
                    change("title", Some("Engineer".into()), Some(known("Senior Engineer"))),
                ],
            },
        ),
        operation(USERS, "finn@contoso.example", "1008", existing("u-8"), Reason::InScope)
            .doing(Action::Enable { changes: vec![change("active", None, Some(known(true)))] }),
        operation(USERS, "hans@contoso.example", "1011", existing("u-11"), Reason::SourceDisabled)
            .doing(Action::SoftDelete { changes: vec![change("isDeleted", None, Some(known(true)))] }),
        operation(USERS, "ida@contoso.example", "1012", existing("u-12"), Reason::InScope).doing(
            Action::Restore { changes: vec![change("isDeleted", Some(true.into()), Some(known(false)))] },
        ),
        operation(USERS, "jon@contoso.example", "1013", created(12), returned)
            .doing(Action::Create { attributes: vec![(name("userName"), known("jon@contoso.example"))] }),
        operation(GROUPS, "Engineering", "D-2", existing("g-2"), Reason::MembersDiffer).after([4]).doing(
            Action::ChangeMembers {
                attribute: name("members"),
                add: vec![
                    referent(existing("u-2"), "ben@contoso.example"),
                    referent(created(4), "adele@contoso.example"),
                ],
                remove: vec![],
            },
        ),
        operation(USERS, "eva@contoso.example", "1006", existing("u-6"), Reason::ValueDeferred)
            .waiting([(7, Why::ValueReleased), (8, Why::Temporary)])
            .doing(Action::Update {
                changes: vec![change("mail", Some("sales-tmp-1f3a9c2b@x".into()), Some(known("lead@x")))],
            }),
    ];
    Plan { held: held(), skipped: skipped(), memory: memory(), unchanged: 1180, ..plan(operations) }
}

fn all_kinds() -> Vec<(AttrName, PlannedValues)> {
    let address: Attributes =
        [("locality", Values::one("Bergen")), ("formatted", Values::one("Torget 1\n5014 Bergen"))]
            .into_iter()
            .collect();
    vec![
        (name("active"), known(true)),
        (name("address"), known(Value::Complex(address))),
        (name("badge"), known(i64::MAX)),
        (name("emails"), many(["adele@contoso.example", "a.vance@contoso.example"])),
        (name("factor"), known(Value::Decimal(0.1))),
        (name("hireDate"), known(day("2026-02-01"))),
        (name("photo"), known(Value::Binary(vec![0xff, 0xd8, 0xff, 0xe0]))),
        (name("urn:example:2.0:User.costCenter"), known(Value::Reference("cc-1".into()))),
        (name("userName"), known("adele@contoso.example")),
    ]
}

fn memory() -> Vec<Remember> {
    let note = |source: &str, change| Fact::Note { mapping: USERS, source: SourceId::new(source), change };
    let print = Fingerprint::of("a value");
    let leaves = |trigger, step, target| NoteChange::Leaves { trigger, step, target: TargetId::new(target) };
    let staged = Fact::Staged {
        mapping: USERS,
        source: SourceId::new("20"),
        action: ActionKind::Delete,
        attribute: None,
    };
    let unstaged = Fact::Unstaged {
        mapping: GROUPS,
        source: SourceId::new("D-9"),
        action: ActionKind::ChangeMembers,
        attribute: Some(name("members")),
    };
    let sent = NoteChange::Sent { attribute: name("password"), sent: Sent::new(print, None) };
    let observed = NoteChange::Sent { attribute: name("phone"), sent: Sent::new(print, Some(print)) };
    let noticed = leaves(Trigger::OutOfScope, LeavingStep::Noticed, "u-30");
    let disabled = leaves(Trigger::OutOfScope, LeavingStep::Disabled, "u-3");
    let deleted = leaves(Trigger::SourceDeleted, LeavingStep::Deleted, "u-4");
    let all = [
        (None, note("30", noticed)),
        (None, note("31", observed)),
        (None, note("32", NoteChange::Forgets { attribute: name("photo") })),
        (None, staged),
        (None, unstaged),
        (Some(OpId(0)), note("1003", disabled)),
        (Some(OpId(2)), note("1004", deleted)),
        (Some(OpId(2)), Fact::Acts { mapping: USERS, limit: LimitKind::Deletes, number: 1 }),
        (Some(OpId(4)), note("1001", sent)),
        (Some(OpId(9)), note("1008", NoteChange::Settles)),
    ];
    all.into_iter().map(|(once, fact)| Remember { once, fact }).collect()
}

fn held() -> Vec<Held> {
    let gone = |label: &str, source: &str| {
        operation(USERS, label, source, existing(&format!("u-{source}")), Reason::SourceDeleted)
    };
    let leaves = operation(GROUPS, "Oslo", "D-9", existing("g-9"), Reason::MembersDiffer).doing(
        Action::ChangeMembers {
            attribute: name("members"),
            add: vec![],
            remove: vec![referent(existing("u-2"), "ben@contoso.example")],
        },
    );
    let off = Action::Disable { changes: vec![change("active", Some(true.into()), Some(known(false)))] };
    let delete = gone("gro@contoso.example", "20").doing(Action::Delete);
    let disable = gone("hal@contoso.example", "21").doing(off);
    let held = |limit, mapping, bound, number, of, operation, since: Option<&str>| Held {
        limit,
        mapping,
        bound,
        number,
        of,
        operations: vec![HeldOperation { operation, since: since.map(|it| it.parse().expect("an instant")) }],
    };
    let day = Bound::Window { lasts: std::time::Duration::from_secs(86_400), earlier: 5 };
    let since = Some("2026-01-30T08:30:00Z");
    vec![
        held(LimitKind::Deletes, USERS, Bound::Run, 1, 9, delete, since),
        held(LimitKind::Disables, USERS, day, 1, 9, disable, None),
        held(LimitKind::GroupRemovals, GROUPS, Bound::Run, 1, 4, leaves, None),
    ]
}

fn skipped() -> Vec<Skipped> {
    let all = [
        SkipReason::OutOfScope(not_norwegian(None)),
        SkipReason::LeftAlone,
        SkipReason::Waiting(Box::new(Waiting {
            step: LeavingStep::Disabled,
            since: "2026-01-05T08:00:00Z".parse().unwrap(),
            next: ActionKind::Delete,
            until: "2026-02-04T08:00:00Z".parse().unwrap(),
        })),
        SkipReason::Disabled,
        SkipReason::NotAllowed(ActionKind::Delete),
        SkipReason::Ignored,
    ];
    let numbered = all.into_iter().enumerate();
    numbered
        .map(|(at, why)| {
            let situation = Situation::ALL[at];
            Skipped { mapping: USERS, source: SourceId::new(format!("30{at}")), situation, why }
        })
        .collect()
}

fn plan(operations: Vec<Operation>) -> Plan {
    let operations = operations.into_iter().enumerate();
    let numbered = operations.map(|(at, it)| Operation { id: OpId(u32::try_from(at).unwrap()), ..it });
    Plan {
        name: "hr to directory".into(),
        spec: Fingerprint::of("the spec"),
        parent: Generation(4),
        at: "2026-01-31T08:30:00Z".parse().unwrap(),
        mappings: vec![mapping("users", "worker", "user"), mapping("groups", "department", "group")],
        operations: numbered.collect(),
        held: vec![],
        skipped: vec![],
        unchanged: 0,
        memory: vec![],
        target_known_by: TargetKnowledge::Listing,
    }
}

fn mapping(name: &str, source: &str, target: &str) -> PlannedMapping {
    PlannedMapping { name: name.into(), source: ObjectType::new(source), target: ObjectType::new(target) }
}

fn operation(mapping: MappingId, label: &str, source: &str, target: TargetRef, reason: Reason) -> Operation {
    Operation {
        id: OpId(0),
        mapping,
        label: label.into(),
        source: SourceId::new(source),
        target,
        version: None,
        situation: match reason {
            Reason::NoMatch => Situation::Unmatched,
            Reason::TargetGone => Situation::LinkedGone,
            Reason::Matched { .. } => Situation::Matched,
            Reason::OutOfScope { .. } => Situation::LeftScope,
            Reason::SourceDeleted => Situation::SourceDeleted,
            _ => Situation::Linked,
        },
        action: Action::Delete,
        reason,
        after: vec![],
        lost: vec![],
    }
}

impl Operation {
    fn doing(self, action: Action) -> Self {
        Self { action, ..self }
    }

    fn after<const N: usize>(self, after: [u32; N]) -> Self {
        self.waiting(after.map(|it| (it, Why::Created)))
    }

    fn waiting<const N: usize>(self, after: [(u32, Why); N]) -> Self {
        let after = after.map(|(operation, why)| After { operation: OpId(operation), why });
        Self { after: after.to_vec(), ..self }
    }

    fn version(self, version: &str) -> Self {
        Self { version: Some(version.into()), ..self }
    }
}

fn name(name: &str) -> AttrName {
    AttrName::new(name)
}

fn change(attribute: &str, before: Option<Values>, after: Option<PlannedValues>) -> Change {
    Change::whole(name(attribute), before, after)
}

fn known(value: impl Into<Value>) -> PlannedValues {
    PlannedValues::Values(Values::one(value))
}

fn many<const N: usize>(texts: [&str; N]) -> PlannedValues {
    PlannedValues::Values(Values::from_many(texts.map(Value::from)).unwrap())
}

fn references<const N: usize>(referents: [Referent; N]) -> PlannedValues {
    PlannedValues::References(referents.to_vec())
}

fn referent(target: TargetRef, label: &str) -> Referent {
    Referent { target, label: Text::new(label) }
}

fn existing(id: &str) -> TargetRef {
    TargetRef::Existing(TargetId::new(id))
}

fn created(by: u32) -> TargetRef {
    TargetRef::Created(OpId(by))
}

fn day(day: &str) -> Value {
    Value::Timestamp(day.parse::<Timestamp>().unwrap())
}
