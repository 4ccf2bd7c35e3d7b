//! What holds for every plan, every target and every course of answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use provisio_model::{Capabilities, Rate};

use super::super::{Cost, Fate, RetryPolicy};
use super::rig::{Answer, Does, Story, capabilities, carry_out, plan, second};
use crate::plan::{Action, Plan};

fn plans() -> impl Strategy<Value = Arc<Plan>> {
    let does = prop_oneof![
        4 => Just(Does::Create),
        4 => (0..6_u8).prop_map(|object| Does::Update { object }),
        1 => (0..6_u8).prop_map(|object| Does::Delete { object }),
        2 => (0..3_u8, 0..9_u8, 0..4_u8).prop_map(|(group, join, leave)| Does::Members { group, join, leave }),
        1 => (0..6_u8).prop_map(|object| Does::Unlink { object }),
        2 => any::<u32>().prop_map(|at| Does::UpdateCreated { at }),
    ];
    vec((does, vec(any::<prop::sample::Index>(), 0..3)), 0..40).prop_map(|drawn| {
        let mut operations: Vec<(Does, BTreeSet<u32>)> = Vec::new();
        for (at, (does, after)) in drawn.into_iter().enumerate() {
            let is_create = |at: &usize| matches!(operations[*at].0, Does::Create);
            let creates: Vec<usize> = (0..at).filter(is_create).collect();
            let does = match does {
                Does::UpdateCreated { at } if !creates.is_empty() => {
                    let at = creates[at as usize % creates.len()];
                    Does::UpdateCreated { at: u32::try_from(at).unwrap() }
                }
                Does::UpdateCreated { .. } => Does::Create,
                other => other,
            };
            let after = after.into_iter().filter(|_| at > 0).map(|it| u32::try_from(it.index(at)).unwrap());
            operations.push((does, after.collect()));
        }
        plan(&operations)
    })
}

fn targets() -> impl Strategy<Value = Capabilities> {
    let rate = (1..200_u32, 1..100_u64, 1..6_u32).prop_map(|(requests, seconds, burst)| {
        let mut rate = Rate::per_second(requests).with_burst(burst);
        rate.per = Duration::from_secs(seconds);
        rate
    });
    (1..6_usize, 1..5_usize, option::of(rate), option::of(1..4_usize)).prop_map(
        |(concurrency_max, batch_max, rate, values)| {
            let mut capabilities = capabilities(concurrency_max, batch_max);
            (capabilities.rate, capabilities.values_per_change_max) = (rate, values);
            capabilities
        },
    )
}

fn answers() -> impl Strategy<Value = Vec<(Answer, Duration)>> {
    let after = || option::of((0..200_u64).prop_map(|it| Duration::from_millis(it * 500)));
    let answer = prop_oneof![
        8 => Just(Answer::Good),
        1 => Just(Answer::Satisfied),
        1 => Just(Answer::Invalid),
        3 => after().prop_map(Answer::Limited),
        1 => after().prop_map(Answer::Unreachable),
        1 => Just(Answer::Lost),
    ];
    vec((answer, (0..3_000_u64).prop_map(Duration::from_millis)), 1..60)
}

/// Answers by turns, without end.
fn run(plan: &Arc<Plan>, capabilities: Capabilities, answers: &[(Answer, Duration)]) -> Story {
    carry_out(Arc::clone(plan), capabilities, |at, _| answers[at % answers.len()])
}

/// No more than `burst` requests in any stretch of time, and one more for each interval in it.
fn is_within_rate(story: &Story, rate: Rate) -> bool {
    let interval = rate.per.as_nanos() as f64 / f64::from(rate.requests);
    story.sent.iter().enumerate().all(|(first, from)| {
        story.sent[first..].iter().enumerate().all(|(more, to)| {
            let allowed = f64::from(rate.burst) + to.at.since(from.at).as_nanos() as f64 / interval;
            (more + 1) as f64 <= allowed + 1e-6
        })
    })
}

proptest! {
    #[test]
    fn never_more_than_the_target_takes(plan in plans(), target in targets(), answers in answers()) {
        let story = run(&plan, target, &answers);
        for sent in &story.sent {
            prop_assert!(sent.under_way <= target.concurrency_max);
            prop_assert!(sent.writes.len() <= target.batch_max);
        }
        if let Some(rate) = target.rate {
            prop_assert!(is_within_rate(&story, rate));
        }
    }

    #[test]
    fn nothing_is_sent_before_the_target_wants_it(plan in plans(), target in targets(), answers in answers()) {
        let story = run(&plan, target, &answers);
        for given in &story.given {
            if let Answer::Limited(Some(after)) | Answer::Unreachable(Some(after)) = given.answer
                && let Some(next) = story.sent.get(given.sent_before)
            {
                prop_assert!(next.at >= given.at.plus(after), "{next:?} after {given:?}");
            }
        }
    }

    #[test]
    fn everything_gets_one_fate(plan in plans(), target in targets(), answers in answers()) {
        let story = run(&plan, target, &answers);
        let summary = story.execution.summary();
        prop_assert_eq!(summary.done.total() as usize + summary.failed.len(), plan.operations.len());
        for operation in &plan.operations {
            let told = story.finished.get(&operation.id).copied().unwrap_or(0);
            match story.execution.fate(operation.id) {
                None => prop_assert!(false, "{} has no fate", operation.id),
                Some(Fate::NotSent) => prop_assert_eq!(told, 0),
                Some(_) => prop_assert_eq!(told, 1),
            }
        }
        prop_assert_eq!(story.execution.effort(story.ended).requests_left, 0);
    }

    #[test]
    fn no_write_is_sent_without_end(plan in plans(), target in targets(), answers in answers()) {
        let story = run(&plan, target, &answers);
        let mut attempts = BTreeMap::<String, u32>::new();
        for write in story.sent.iter().flat_map(|it| &it.writes) {
            *attempts.entry(format!("{write:?}")).or_default() += 1;
        }
        let most = RetryPolicy::default().attempts_when_rate_limited_max;
        prop_assert!(attempts.values().all(|it| *it <= most));
    }

    #[test]
    fn the_same_answers_give_the_same_run(plan in plans(), target in targets(), answers in answers()) {
        prop_assert_eq!(run(&plan, target, &answers).sent, run(&plan, target, &answers).sent);
    }

    #[test]
    fn a_cost_is_what_it_takes_if_nothing_fails(plan in plans(), target in targets()) {
        let cost = Cost::of(&plan, &target);
        let story = run(&plan, target, &[(Answer::Good, Duration::from_millis(10))]);
        let writes = story.sent.iter().map(|it| it.writes.len() as u64).sum::<u64>();
        prop_assert!(story.execution.summary().is_complete());
        prop_assert_eq!(writes, cost.writes);
        prop_assert!(story.sent.len() as u64 >= cost.requests);
        prop_assert!(story.ended >= second(0).plus(cost.time));
    }

    #[test]
    fn without_a_rate_and_refusals_nothing_waits(plan in plans(), target in targets()) {
        let mut target = target;
        target.rate = None;
        let story = run(&plan, target, &[(Answer::Good, Duration::ZERO)]);
        prop_assert_eq!(story.ended, second(0));
    }
}

#[test]
fn plans_have_all_that_matters() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let plans: Vec<Arc<Plan>> = (0..100).map(|_| plans().new_tree(&mut runner).unwrap().current()).collect();
    let operations = || plans.iter().flat_map(|it| &it.operations);
    assert!(operations().any(|it| it.after.len() > 1));
    let grows = |action: &Action| matches!(action, Action::ChangeMembers { add, .. } if add.len() > 4);
    assert!(operations().any(|it| grows(&it.action)));
}
