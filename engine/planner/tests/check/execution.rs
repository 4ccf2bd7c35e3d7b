//! Plans that are carried out against a target that refuses something.

use std::sync::Arc;

use provisio_model::{
    Applied, Capabilities, ErrorKind, Failure, Outcome, TargetId, ValuesChange, WriteAction,
};
use provisio_planner::execution::{Execution, ExecutionSettings, Fate, Recorded, Step};
use provisio_planner::{Action, ActionKind as Kind, Operation, Plan, TargetRef, plan};

use super::forge::of_kind;
use super::universe::Universe;

/// Carries a plan out; returns the execution, and how often something was sent for each operation.
fn carry_out(plan: &Plan, refuse: impl Fn(&Operation) -> Option<Outcome>) -> (Execution, Vec<usize>) {
    let (execution, sent) = carry_out_with(plan, Capabilities::READ_WRITE, refuse);
    (execution, sent.iter().map(Vec::len).collect())
}

/// Carries a plan out; returns the execution, and what was sent for each operation.
fn carry_out_with(
    plan: &Plan,
    capabilities: Capabilities,
    refuse: impl Fn(&Operation) -> Option<Outcome>,
) -> (Execution, Vec<Vec<WriteAction>>) {
    let settings = ExecutionSettings::default();
    let mut execution = Execution::new(Arc::new(plan.clone()), capabilities, settings);
    let mut sent = vec![Vec::new(); plan.operations.len()];
    let mut now = plan.at;
    loop {
        match execution.poll(now, &mut Recorded::default()) {
            Step::Dispatch(writes) => {
                for write in writes {
                    let at = write.id.0 as usize;
                    sent[at].push(write.action.clone());
                    let operation = &plan.operations[at];
                    let id = match (&write.action, &operation.target) {
                        (WriteAction::Create { .. }, _) => TargetId::new(format!("new{at}")),
                        (_, TargetRef::Existing(id)) => id.clone(),
                        (_, TargetRef::Created(create)) => TargetId::new(format!("new{}", create.position())),
                    };
                    let outcome = refuse(operation).unwrap_or(Outcome::Applied(Applied::to(id)));
                    execution.record(write.id, outcome, now);
                }
            }
            Step::WaitUntil(until) => now = until,
            Step::Await { .. } => panic!("every write has its answer"),
            Step::Done => return (execution, sent),
        }
    }
}

fn made(world: &Universe) -> Plan {
    world.with(|input| plan(input).expect("can be planned").plan)
}

/// Refuses the operation at a position.
fn refusing(at: usize, kind: ErrorKind) -> impl Fn(&Operation) -> Option<Outcome> {
    move |operation| {
        (operation.id.position() == at).then(|| Outcome::Rejected(Failure::new(kind, "not today")))
    }
}

#[test]
fn everything_is_done_once() {
    for world in [Universe::new(), Universe::exchanging(), Universe::with_policies()] {
        let plan = made(&world);
        let (execution, sent) = carry_out(&plan, |_| None);
        assert!(execution.summary().is_complete(), "{:?}", execution.summary());
        let is_silent = |it: &Operation| it.action.kind() == Kind::Unlink;
        for (operation, sent) in plan.operations.iter().zip(sent) {
            assert!(
                sent <= 1 && (sent == 1 || is_silent(operation) || operation.action.changes().is_empty())
            );
        }
    }
}

#[test]
fn members_of_a_group_that_was_not_created_are_not_sent() {
    let plan = made(&Universe::new());
    let (create, members) = (of_kind(&plan, Kind::Create, "t2"), of_kind(&plan, Kind::ChangeMembers, "t2"));
    let (execution, sent) = carry_out(&plan, refusing(create, ErrorKind::InvalidValue));
    assert_eq!((sent[create], sent[members]), (1, 0));
    assert_eq!(execution.fate(plan.operations[members].id), Some(&Fate::Blocked(plan.operations[create].id)));
}

#[test]
fn what_needs_another_operation_is_not_sent_without_it() {
    let plan = made(&Universe::exchanging());
    let cases = [
        ("a value of who is not deleted", (Kind::Delete, "login5"), (Kind::Update, "five")),
        ("a container with something in it", (Kind::Delete, "Inner"), (Kind::Delete, "Outer")),
    ];
    for (case, first, second) in cases {
        let [first, second] = [first, second].map(|(kind, label)| of_kind(&plan, kind, label));
        let (execution, sent) = carry_out(&plan, refusing(first, ErrorKind::InvalidValue));
        assert_eq!((sent[first], sent[second]), (1, 0), "{case}");
        let blocker = plan.operations[first].id;
        assert_eq!(execution.fate(plan.operations[second].id), Some(&Fate::Blocked(blocker)), "{case}");
    }
}

#[test]
fn a_write_that_may_have_been_done_is_not_sent_again() {
    let plan = made(&Universe::new());
    let create = of_kind(&plan, Kind::Create, "login1");
    let (execution, sent) = carry_out(&plan, refusing(create, ErrorKind::Timeout));
    assert_eq!(sent[create], 1);
    assert!(matches!(execution.fate(plan.operations[create].id), Some(Fate::Unknown(_))));
}

#[test]
fn members_that_are_sent_in_parts_are_all_sent_once() {
    let plan = made(&Universe::with_many_members());
    let at = of_kind(&plan, Kind::ChangeMembers, "Sales");
    let Action::ChangeMembers { add, remove, .. } = &plan.operations[at].action else { panic!("no members") };
    let mut capabilities = Capabilities::READ_WRITE;
    capabilities.values_per_change_max = Some(2);
    let (_, sent) = carry_out_with(&plan, capabilities, |_| None);
    let mut members: Vec<String> = Vec::new();
    for write in &sent[at] {
        let WriteAction::Update { deltas, .. } = write else { panic!("no update but {write:?}") };
        for delta in deltas {
            let (ValuesChange::Add(values) | ValuesChange::Remove(values)) = &delta.change else {
                panic!("no member but {delta:?}")
            };
            assert!(values.as_slice().len() <= 2);
            members.extend(values.as_slice().iter().map(ToString::to_string));
        }
    }
    members.sort_unstable();
    members.dedup();
    assert_eq!((sent[at].len(), members.len()), (3, add.len() + remove.len()), "{members:?}");
}
