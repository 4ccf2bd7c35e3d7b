//! Stories of people who lost their account because nobody had read them.

use provisio::model::{Object, Text};

use super::theatre::{Engine, SourceMood, Theatre, team, text, worker, workers};
use super::{check, settle};
use crate::laws::Verdict;

/// 1: the search hit its time limit, and the partial list was taken for the truth.
pub(super) fn partial_list(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(10))?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| {
        it.incomplete.insert("worker".into(), Text::new("time limit exceeded"));
        it.hidden.extend((4..=10).map(|at| ("worker".into(), Text::new(format!("w{at}")))));
    });
    theatre.cycle();
    check(theatre.user_names().len() == 10, "whoever was not read lost the account")
}

/// 2: a complete and empty answer took everybody's account.
pub(super) fn empty_answer(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(10))?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| it.objects.clear());
    theatre.cycle();
    check(theatre.user_names().len() == 10, "an empty answer deleted everybody")
}

/// 3: an empty answer that broke off.
pub(super) fn empty_answer_that_broke_off(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(3))?;
    settle(&theatre)?;
    theatre.source.is(SourceMood::EndsAfter(0));
    theatre.cycle();
    check(theatre.user_names().len() == 3, "an empty answer deleted everybody")
}

/// 4: the source could not deliver somebody at the moment, which was read as "gone".
pub(super) fn unavailable_is_not_gone(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(3))?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| it.unreadable.insert(("worker".into(), Text::new("w2"))));
    theatre.cycle();
    check(theatre.user_names().len() == 3, "who could not be read once lost the account")
}

/// 5: the target's own groups were deleted.
pub(super) fn groups_of_the_vendor(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, vec![worker(1), team("Sales", [1])])?;
    theatre.stranger(&Object::new("group", "sys").with("displayName", "Administrators"))?;
    theatre.stranger(&Object::new("user", "root").with("userName", "root"))?;
    settle(&theatre)?;
    let groups = theatre.target.inner.objects("group");
    check(
        groups.iter().any(|it| text(it, "displayName") == "Administrators")
            && theatre.user_names().contains(&"root".to_owned()),
        "what was nobody's was deleted",
    )
}

/// 6: a group that got another name was deleted and created again, and its rights were lost.
pub(super) fn renamed_group(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, vec![worker(1), team("Sales", [1])])?;
    settle(&theatre)?;
    let Some(group) = theatre.target.inner.objects("group").pop() else { return check(false, "no group") };
    theatre.note("group", &group.id, "may open the safe");
    theatre.source.inner.edit(|it| {
        if let Some(team) = it.object_mut("team", "t-Sales") {
            team.attributes.set("name", "Sales and Service");
        }
    });
    theatre.cycle();
    let groups = theatre.target.inner.objects("group");
    check(
        groups.iter().any(|it| {
            text(it, "note") == "may open the safe" && text(it, "displayName") == "Sales and Service"
        }),
        "the group with the rights is gone",
    )
}

/// 8: nothing stopped a run that deleted three in four.
pub(super) fn most_are_gone(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(20))?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| it.objects.truncate(5));
    let report = theatre.cycle();
    check(theatre.user_names().len() == 20, "three in four were deleted in one run")?;
    check(report.is_open, "nobody is told what is held back")
}

/// 22: a group was emptied, and all who were in scope through it lost their accounts.
pub(super) fn emptied_group(engine: Engine) -> Verdict {
    let mut source = workers(12);
    source.push(team("all", 1..=12));
    let mut theatre = Theatre::new(engine, source)?;
    theatre.only_members_of("t-all");
    settle(&theatre)?;
    theatre.source.inner.edit(|it| {
        if let Some(team) = it.object_mut("team", "t-all") {
            team.attributes.remove("members");
        }
    });
    theatre.cycle();
    check(theatre.user_names().len() == 12, "everybody lost the account because one group was emptied")
}

/// 100: the pages of the connector ended too early, and users, groups and members were missing.
pub(super) fn missing_pages(engine: Engine) -> Verdict {
    let mut source = workers(6);
    source.push(team("Sales", 1..=6));
    let theatre = Theatre::new(engine, source)?;
    settle(&theatre)?;
    theatre.source.is(SourceMood::EndsAfter(3));
    theatre.cycle();
    check(theatre.user_names().len() == 6, "who was on the missing pages lost the account")?;
    check(theatre.members("Sales") == 6, "who was on the missing pages lost the membership")
}

/// 102: a group with more members than one answer holds looked empty, or cut. A connector that cannot read all of them says
/// that the object is unreadable.
pub(super) fn cut_group(engine: Engine) -> Verdict {
    let mut source = workers(5);
    source.push(team("Sales", 1..=5));
    let theatre = Theatre::new(engine, source)?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| it.unreadable.insert(("team".into(), Text::new("t-Sales"))));
    theatre.cycle();
    check(theatre.members("Sales") == 5, "members beyond the first answer were lost")
}

/// 81: nobody could see who would be deleted before it was done.
pub(super) fn dry_run_names_who_goes(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(3))?;
    settle(&theatre)?;
    theatre.source.inner.edit(|it| it.objects.truncate(2));
    let shown = theatre.dry_run().unwrap_or_default();
    check(theatre.user_names().len() == 3, "a dry run deleted somebody")?;
    check(shown.contains("w3@contoso.example"), "the dry run does not name who would be deleted")
}

/// 83: the dry run needed what only the first run creates.
pub(super) fn dry_run_before_the_first_run(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, vec![worker(1), worker(2), team("Sales", [1, 2])])?;
    match theatre.dry_run() {
        Ok(shown) => check(shown.contains("Sales"), "the dry run does not show the group"),
        Err(error) => check(false, &format!("the dry run fails: {error}")),
    }
}

/// 84: the dry run said that all was well, and the real one failed on the first bad value.
pub(super) fn dry_run_finds_bad_values(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, vec![with_title(worker(1), &"Director ".repeat(9))])?;
    let shown = theatre.dry_run().unwrap_or_default();
    check(shown.contains("title"), "the dry run does not say that the title is too long")
}

/// 72: bad records were found one at each run.
pub(super) fn all_bad_records_at_once(engine: Engine) -> Verdict {
    let bad = |it: usize| with_title(worker(it), &"Director ".repeat(9));
    let theatre = Theatre::new(engine, vec![bad(1), bad(2), worker(3), bad(4)])?;
    let problems = theatre.cycle().problems;
    check(problems.len() >= 3, &format!("{} of three bad records were told in one run", problems.len()))
}

fn with_title(worker: Object, title: &str) -> Object {
    worker.with("title", title)
}
