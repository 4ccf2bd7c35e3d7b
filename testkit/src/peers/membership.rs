//! Stories of members who were lost, or stayed.

use provisio::model::Values;

use super::theatre::{Engine, TargetMood, Theatre, team, workers};
use super::{check, settle};
use crate::laws::{Broken, Verdict};

fn theatre(engine: Engine, count: usize) -> Result<Theatre, Broken> {
    let mut source = workers(count);
    source.push(team("Sales", 1..=count));
    let theatre = Theatre::new(engine, source)?;
    settle(&theatre)?;
    Ok(theatre)
}

/// Makes the team one of these members.
fn becomes(theatre: &Theatre, members: impl IntoIterator<Item = usize>) {
    let wanted = team("Sales", members).attributes.get("members").cloned();
    theatre.source.inner.edit(|it| {
        if let Some(team) = it.object_mut("team", "t-Sales") {
            team.attributes.set_or_clear("members", wanted);
        }
    });
}

/// 24: a member who left was not seen to leave, the last one above all.
pub(super) fn last_member_leaves(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 3)?;
    becomes(&theatre, [1]);
    theatre.cycle();
    check(theatre.members("Sales") == 1, "who left is a member still")?;
    becomes(&theatre, []);
    theatre.cycle();
    check(theatre.members("Sales") == 0, "the last member cannot leave")
}

/// 26: the target answered that the member was removed, and did nothing.
pub(super) fn removal_that_is_ignored(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 3)?;
    theatre.target.is(TargetMood::KeepsMembers);
    becomes(&theatre, [1, 2]);
    let report = theatre.cycles(3);
    check(theatre.members("Sales") == 3, "the story is told wrongly")?;
    check(
        report.is_open || !report.problems.is_empty(),
        "it is told that all is done, and somebody is a member still",
    )
}

/// 27: one member joined a large group, of which the target shows a part, and others were lost.
pub(super) fn large_group_shown_in_part(engine: Engine) -> Verdict {
    let mut theatre = theatre(engine, 10)?;
    theatre.keep_strangers();
    let mut joined = workers(11);
    joined.push(team("Sales", 1..=10));
    theatre.source.inner.edit(|it| it.objects = joined);
    let guest = provisio::model::Object::new("user", "guest").with("userName", "guest");
    let guest = theatre.stranger(&guest)?;
    invite(&theatre, &guest);
    theatre.target.is(TargetMood::ShowsMembers(5));
    becomes(&theatre, 1..=11);
    theatre.cycle();
    check(is_member(&theatre, &guest), "who was not shown was taken out")
}

/// 28: a read of what was a while ago, and the whole list written back: who joined in the meantime was lost.
pub(super) fn stale_read(engine: Engine) -> Verdict {
    let mut theatre = theatre(engine, 3)?;
    theatre.keep_strangers();
    let before = theatre.target.inner.objects("group");
    let guest = provisio::model::Object::new("user", "guest").with("userName", "guest");
    let guest = theatre.stranger(&guest)?;
    invite(&theatre, &guest);
    theatre.target.is(TargetMood::ShowsGroups(before));
    let mut joined = workers(4);
    joined.push(team("Sales", 1..=4));
    theatre.source.inner.edit(|it| it.objects = joined);
    theatre.cycle();
    check(is_member(&theatre, &guest), "who joined in the meantime was taken out")
}

/// Makes somebody a member whom this job does not know.
fn invite(theatre: &Theatre, guest: &provisio::model::Text) {
    use provisio::model::{AttributeDelta, TargetId, Value, ValuesChange, WriteAction};
    for group in theatre.target.inner.objects("group") {
        let joins = ValuesChange::Add(Values::one(Value::Reference(guest.clone())));
        let deltas = vec![AttributeDelta::new("members", joins)];
        let action = WriteAction::Update { target: TargetId::new(&group.id), version: None, deltas };
        theatre.target.inner.write("group", action);
    }
}

fn is_member(theatre: &Theatre, guest: &provisio::model::Text) -> bool {
    let guest = provisio::model::Value::Reference(guest.clone());
    theatre
        .target
        .inner
        .objects("group")
        .iter()
        .any(|it| it.attributes.get("members").is_some_and(|it| it.as_slice().contains(&guest)))
}

/// 31: a list with a member whom the target does not know emptied the group, and the answer was 200.
pub(super) fn unknown_member(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 3)?;
    theatre.target.is(TargetMood::EmptiesGroups);
    becomes(&theatre, [1, 2, 3, 99]);
    theatre.cycle();
    check(theatre.members("Sales") == 3, "one member whom nobody knows emptied the group")
}
