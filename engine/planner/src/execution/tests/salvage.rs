//! A change of members that the target refuses: who leaves has left, and one value keeps no other out.

use std::collections::BTreeSet;
use std::sync::Arc;

use provisio_model::{Value, ValuesChange, Write, WriteAction};

use super::super::Fate;
use super::rig::{Answer, Does, Story, capabilities, carry_out, plan, seconds};
use crate::plan::{OpId, Plan};

/// A group that holds who is to leave.
struct Group {
    members: BTreeSet<String>,
    most: usize,
    unknown: BTreeSet<String>,
}

impl Group {
    /// Does a write entirely or not at all.
    fn write(&mut self, write: &Write) -> Answer {
        let WriteAction::Update { deltas, .. } = &write.action else { return Answer::Invalid };
        let mut members = self.members.clone();
        for delta in deltas {
            match &delta.change {
                ValuesChange::Add(values) => members.extend(values.as_slice().iter().map(id)),
                ValuesChange::Remove(values) => values.as_slice().iter().for_each(|it| {
                    members.remove(&id(it));
                }),
                _ => return Answer::Invalid,
            }
        }
        let is_full = members.len() > self.members.len() && members.len() > self.most;
        if is_full || members.iter().any(|it| self.unknown.contains(it)) {
            return Answer::Invalid;
        }
        self.members = members;
        Answer::Good
    }
}

fn id(value: &Value) -> String {
    match value {
        Value::Reference(id) => id.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn change(join: u8, leave: u8) -> Arc<Plan> {
    plan(&[(Does::Members { group: 0, join, leave }, BTreeSet::new())])
}

fn run(join: u8, leave: u8, group: &mut Group) -> Story {
    group.members.extend((join..join + leave).map(|it| format!("user{it}")));
    carry_out(change(join, leave), capabilities(1, 1), |_, write| (group.write(write), seconds(1)))
}

fn failure(story: &Story) -> String {
    match story.execution.fate(OpId(0)) {
        Some(Fate::Failed(failure)) => failure.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_leaves_a_group_leaves_it_whoever_cannot_join() {
    let unknown = BTreeSet::from(["user0".to_owned()]);
    let mut group = Group { members: BTreeSet::new(), most: 1_000, unknown };
    let story = run(1, 3, &mut group);
    assert_eq!(group.members, BTreeSet::new());
    assert_eq!(failure(&story), "invalid value: no; the other changes of members were made");
    assert_eq!(story.sent.len(), 3, "both, who leaves, who joins");
}

#[test]
fn one_unknown_member_keeps_nobody_else_out() {
    let unknown = BTreeSet::from(["user41".to_owned()]);
    let mut group = Group { members: BTreeSet::new(), most: 1_000, unknown };
    let story = run(100, 0, &mut group);
    assert_eq!(group.members.len(), 99);
    assert!(failure(&story).starts_with("invalid value"), "{}", failure(&story));
    assert!(story.sent.len() <= 15, "{} requests to find one of a hundred", story.sent.len());
}

#[test]
fn a_full_group_is_filled_and_then_left_alone() {
    let mut group = Group { members: BTreeSet::new(), most: 10, unknown: BTreeSet::new() };
    let story = run(200, 0, &mut group);
    assert_eq!(group.members.len(), 10);
    assert!(story.sent.len() < 40, "{} requests", story.sent.len());
    assert!(failure(&story).starts_with("invalid value"), "{}", failure(&story));
}

#[test]
fn what_is_refused_as_a_whole_costs_few_requests() {
    let story = carry_out(change(200, 50), capabilities(1, 1), |_, _| (Answer::Invalid, seconds(1)));
    assert!(story.sent.len() < 60, "{} requests", story.sent.len());
    assert_eq!(failure(&story), "invalid value: no");
}
