//! How fast, and what holds a run back: one case each.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provisio_model::Rate;

use super::super::{Cost, Fate};
use super::rig::{Answer, Does, Story, capabilities, carry_out, plan, second, seconds, updates};

fn times(story: &Story) -> Vec<u64> {
    story.sent.iter().map(|it| it.at.since(second(0)).as_secs()).collect()
}

#[test]
fn a_rate_spreads_requests_while_answers_are_awaited() {
    let mut capabilities = capabilities(10, 1);
    capabilities.rate = Some(Rate::per_minute(6).with_burst(2));
    let story = carry_out(updates(5), capabilities, |_, _| (Answer::Good, seconds(1_000)));
    assert_eq!(times(&story), [0, 0, 10, 20, 30], "no request waits for an answer");
    assert!(story.execution.summary().is_complete());
}

#[test]
fn a_rate_counts_requests_not_writes() {
    let mut capabilities = capabilities(10, 3);
    capabilities.rate = Some(Rate::per_minute(6));
    let story = carry_out(updates(7), capabilities, |_, _| (Answer::Good, seconds(1)));
    assert_eq!(times(&story), [0, 10, 20]);
}

#[test]
fn what_the_target_asks_for_holds_for_all_that_is_not_sent() {
    let answer = |at, _: &_| match at {
        0 => (Answer::Limited(Some(seconds(100))), seconds(1)),
        _ => (Answer::Good, seconds(1)),
    };
    let story = carry_out(updates(3), capabilities(1, 1), answer);
    assert_eq!(times(&story), [0, 101, 102, 103], "the first write again, then the others");
}

#[test]
fn a_refusal_without_a_wait_holds_the_target_longer_each_time() {
    let answer = |at, _: &_| match at {
        0..4 => (Answer::Limited(None), Duration::ZERO),
        _ => (Answer::Good, Duration::ZERO),
    };
    let story = carry_out(updates(2), capabilities(1, 1), answer);
    let gaps: Vec<f64> = story.sent.windows(2).map(|it| it[1].at.since(it[0].at).as_secs_f64()).collect();
    for (gap, most) in gaps.iter().zip([1.0, 2.0, 4.0, 8.0]) {
        assert!(*gap >= most / 2.0 && *gap <= most, "{gap} of {most}");
    }
    assert_eq!(story.sent.len(), 6);
    assert!(story.execution.summary().is_complete());
}

#[test]
fn a_target_that_asks_for_longer_than_patience_is_left_alone() {
    let answer = |_, _: &_| (Answer::Limited(Some(seconds(16 * 60))), seconds(1));
    let story = carry_out(updates(3), capabilities(1, 1), answer);
    assert_eq!(times(&story), [0]);
    let summary = story.execution.summary();
    assert_eq!(summary.count_failed(|it| matches!(it, Fate::Failed(_))), 1);
    assert_eq!(summary.count_failed(|it| matches!(it, Fate::NotSent)), 2);
}

#[test]
fn a_target_that_is_gone_is_left_alone_when_patience_ends() {
    let answer = |_, _: &_| (Answer::Unreachable(None), seconds(30));
    let story = carry_out(updates(200), capabilities(4, 1), answer);
    assert!(story.ended <= second(16 * 60), "{:?}", story.ended);
    assert!(story.execution.summary().count_failed(|it| matches!(it, Fate::NotSent)) > 100);
}

#[test]
fn an_unreachable_target_is_tried_again_by_that_write_alone() {
    let answer = |at, _: &_| match at {
        0 => (Answer::Unreachable(None), seconds(0)),
        _ => (Answer::Good, seconds(0)),
    };
    let story = carry_out(updates(3), capabilities(1, 1), answer);
    assert_eq!(times(&story)[..3], [0, 0, 0]);
    assert_eq!(story.sent.len(), 4);
}

#[test]
fn a_write_is_given_up_after_its_attempts() {
    let story = carry_out(updates(1), capabilities(1, 1), |_, _| (Answer::Unreachable(None), seconds(1)));
    assert_eq!(story.sent.len(), 5);
    let limited = carry_out(updates(1), capabilities(1, 1), |_, _| (Answer::Limited(None), seconds(1)));
    assert_eq!(limited.sent.len(), 12);
}

#[test]
fn fewer_requests_are_under_way_after_a_refusal_and_slowly_more_again() {
    let answer = |at, _: &_| match at {
        0..8 => (Answer::Limited(Some(seconds(10))), seconds(1)),
        _ => (Answer::Good, seconds(1)),
    };
    let story = carry_out(updates(100), capabilities(8, 1), answer);
    let most = |from, to| {
        let sent = story.sent.iter().filter(|it| it.at >= second(from) && it.at < second(to));
        sent.map(|it| it.under_way).max().unwrap_or(0)
    };
    assert_eq!([most(0, 2), most(2, 11), most(11, 12), most(12, 13), most(13, 14)], [8, 0, 4, 5, 6]);
    assert_eq!(most(16, 99), 8);
}

#[test]
fn what_comes_first_in_the_plan_goes_first_after_a_hold() {
    let answer = |at, _: &_| match at {
        0..4 => (Answer::Limited(Some(seconds(10))), seconds(at as u64)),
        _ => (Answer::Good, seconds(1)),
    };
    let story = carry_out(updates(8), capabilities(4, 1), answer);
    let order: Vec<u32> = story.sent.iter().skip(4).map(|it| it.writes[0].id.0).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_batch_holds_one_write_of_an_object() {
    let update = || (Does::Update { object: 0 }, BTreeSet::new());
    let other = (Does::Update { object: 1 }, BTreeSet::new());
    let operations = plan(&[update(), update(), other, update()]);
    let story = carry_out(operations, capabilities(3, 10), |_, _| (Answer::Good, seconds(1)));
    let sent: Vec<Vec<u32>> =
        story.sent.iter().map(|it| it.writes.iter().map(|it| it.id.0).collect()).collect();
    assert_eq!(sent, [vec![0, 2], vec![1], vec![3]]);
}

#[test]
fn a_cost_counts_chunks_and_batches() {
    let join = (Does::Members { group: 0, join: 7, leave: 0 }, BTreeSet::new());
    let create = (Does::Create, BTreeSet::new());
    let unlink = (Does::Unlink { object: 1 }, BTreeSet::new());
    let plan = plan(&[join, create, unlink]);
    let mut capabilities = capabilities(4, 2);
    capabilities.values_per_change_max = Some(3);
    capabilities.rate = Some(Rate::per_second(1));
    let cost = Cost::of(&plan, &capabilities);
    assert_eq!((cost.writes, cost.requests, cost.time), (4, 2, seconds(1)));
}

#[test]
fn no_more_operations_are_begun_than_may_be_kept() {
    let each = (0..2_000).map(|_| (Does::Create, BTreeSet::new()));
    let operations = plan(&each.collect::<Vec<_>>());
    let mut attempts = BTreeMap::<u32, u32>::new();
    let story = carry_out(operations, capabilities(4, 10), |_, write| {
        *attempts.entry(write.id.0).or_default() += 1;
        let begun = attempts.values().filter(|it| **it < 5).count();
        assert!(begun <= super::super::KEPT_MAX + 40, "{begun}");
        (Answer::Unreachable(None), Duration::ZERO)
    });
    assert_eq!(story.execution.summary().failed.len(), 2_000);
}
