//! Stories of people who were taken for others, or for new ones; and of runs that never end, or take for ever.

use provisio::model::{Object, Secret, Value, Values};

use super::theatre::{Engine, TargetMood, Theatre, text, worker, workers};
use super::{check, settle};
use crate::laws::{Broken, Verdict};

/// Workers with accounts, in each of which something is that only its owner has.
fn theatre(engine: Engine, count: usize) -> Result<Theatre, Broken> {
    let theatre = Theatre::new(engine, workers(count))?;
    settle(&theatre)?;
    for user in theatre.target.inner.objects("user") {
        theatre.note("user", &user.id, &format!("vault of {}", text(&user, "displayName")));
    }
    Ok(theatre)
}

fn set(theatre: &Theatre, id: &str, attribute: &str, value: &str) {
    theatre.source.inner.edit(|it| {
        if let Some(worker) = it.object_mut("worker", id) {
            worker.attributes.set(attribute, Values::one(value));
        }
    });
}

/// 41: a rename was a delete and a create, and the vault was lost.
pub(super) fn rename(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 3)?;
    set(&theatre, "w2", "mail", "married@contoso.example");
    theatre.cycle();
    let user = theatre.user_with_note("vault of Worker 2");
    check(user.is_some_and(|it| text(&it, "userName") == "married@contoso.example"), "the vault is gone")
}

/// 42: a unit was renamed, and everybody under it had a second account, or a new one.
pub(super) fn renamed_unit(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 4)?;
    for at in 1..=4 {
        set(&theatre, &format!("w{at}"), "mail", &format!("w{at}@service.contoso.example"));
    }
    theatre.cycle();
    check(theatre.user_names().len() == 4, "everybody has two accounts")?;
    let all = (1..=4).all(|at| theatre.user_with_note(&format!("vault of Worker {at}")).is_some());
    check(all, "everybody has a new account, and what was in the old one is gone")
}

/// 43: two people swapped names, and each got the account of the other.
pub(super) fn swapped_names(engine: Engine) -> Verdict {
    let theatre = theatre(engine, 3)?;
    set(&theatre, "w1", "mail", "w2@contoso.example");
    set(&theatre, "w2", "mail", "w1@contoso.example");
    theatre.cycles(2);
    let user = theatre.user_with_note("vault of Worker 1");
    check(
        user.is_some_and(|it| text(&it, "displayName") == "Worker 1"),
        "somebody else has the account with the vault",
    )
}

/// 45: one name that is taken kept all others out.
pub(super) fn one_collision(engine: Engine) -> Verdict {
    let mut source = workers(4);
    source[1].attributes.set("mail", Values::one("taken@contoso.example"));
    let theatre = Theatre::new(engine, source)?;
    let taken = Object::new("user", "x").with("userName", "taken@contoso.example");
    let taken = theatre.stranger(&taken)?;
    theatre.target.is(TargetMood::Hides(taken));
    theatre.cycle();
    check(theatre.user_names().len() == 4, "one name that is taken kept others out")
}

/// 47: the account was there through a first login; the list did not show it, and the create was refused.
pub(super) fn account_that_was_there(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(3))?;
    let early = Object::new("user", "x")
        .with("userName", "w1@contoso.example")
        .with("externalId", "1")
        .with("note", "came through a first login");
    let early = theatre.stranger(&early)?;
    theatre.target.is(TargetMood::Hides(early));
    theatre.cycle();
    check(theatre.user_names().len() == 3, "an account that was there kept others out")?;
    theatre.target.is(TargetMood::Good);
    theatre.cycle();
    let user = theatre.user_with_note("came through a first login");
    check(user.is_some_and(|it| text(&it, "displayName") == "Worker 1"), "the account was not taken over")
}

/// 58: what cannot be read back was written in every run.
pub(super) fn value_that_is_never_read_back(engine: Engine) -> Verdict {
    let mut source = workers(3);
    for worker in &mut source {
        worker.attributes.set("secret", Values::one(Value::Secret(Secret::new("first day"))));
    }
    let theatre = Theatre::new(engine, source)?;
    settle(&theatre)?;
    theatre.target.requests();
    theatre.cycle();
    let (_, writes) = theatre.target.requests();
    check(writes == 0, &format!("{writes} writes in a run in which nothing changed"))
}

/// 66: the first attempt had worked although the answer was 429; the second one was refused, and the run was over.
pub(super) fn throttled_after_the_deed(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, workers(4))?;
    theatre.target.is(TargetMood::ThrottlesAfterwards);
    theatre.cycle();
    check(theatre.user_names().len() == 4, "one answer that was lost kept others out")?;
    let report = theatre.cycles(2);
    check(theatre.user_names().len() == 4 && !report.is_open, "it does not come to rest")
}

/// 121: people were asked for one by one, and a run took hours.
pub(super) fn one_request_for_each(engine: Engine) -> Verdict {
    let theatre = Theatre::new(engine, (1..=60).map(worker).collect())?;
    settle(&theatre)?;
    theatre.target.requests();
    theatre.cycle();
    let (reads, _) = theatre.target.requests();
    check(reads <= 10, &format!("{reads} reads for 60 people of whom nothing changed"))
}
