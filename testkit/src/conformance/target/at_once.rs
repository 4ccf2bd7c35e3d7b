//! Writes that are stopped, dropped, and many at once.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use provisio::connector::CancelToken;
use provisio::model::{Attributes, ObjectSchema, Outcome, Retry, Write, WriteAction};

use super::trial::{Trial, in_order, told};
use crate::conformance::compare::not_kept;
use crate::conformance::sample::until_polled;
use crate::conformance::{Checked, Stop, ensure};

/// How many calls a check makes at once at most.
const CALLS_MAX: usize = 16;

fn creates(trial: &Trial<'_>, subject: &ObjectSchema, count: usize) -> (Vec<Attributes>, Vec<Write>) {
    let samples: Vec<Attributes> = (0..count).map(|_| trial.sample(subject, trial.number())).collect();
    let actions = samples
        .iter()
        .map(|it| (subject.object_type.clone(), WriteAction::Create { attributes: it.clone() }));
    let writes = trial.writes(actions);
    (samples, writes)
}

pub(super) async fn a_write_that_is_stopped_is_not_sent(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let count = trial.capabilities.batch_max.min(3);
    let cancel = CancelToken::default();
    cancel.cancel();
    let cancelled = trial.context.clone().with_cancel(cancel);
    let late = trial.context.clone().with_deadline(trial.context.now().minus(Duration::from_secs(1)));
    for (context, what) in [(cancelled, "a context that is cancelled"), (late, "a deadline that has passed")]
    {
        let before = trial.read_all(&subject.object_type).await?.len();
        let (_, writes) = creates(trial, subject, count);
        let outcomes = trial.apply_raw(&context, writes).await;
        let after = trial.read_all(&subject.object_type).await?.len();
        ensure!(before == after, format!("nothing written, given {what}"), "{} objects more", after - before);
        for (_, outcome) in outcomes {
            let is_right = match &outcome {
                Outcome::Unknown(_) => true,
                Outcome::Rejected(failure) => failure.retry != Retry::Never,
                _ => false,
            };
            ensure!(
                is_right,
                format!("`Rejected`, to be tried later, or `Unknown`, given {what}"),
                "{}",
                told(&outcome)
            );
        }
    }
    Ok(())
}

pub(super) async fn a_write_that_is_dropped_leaves_the_target_usable(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let count = trial.capabilities.batch_max.min(4);
    for polls in [1, 2, 3, 5, 8] {
        let before = trial.read_all(&subject.object_type).await?;
        let (samples, writes) = creates(trial, subject, count);
        let begun = async {
            let mut outcomes = trial.target.apply(&trial.context, writes).await;
            for _ in 0..polls {
                if outcomes.next().await.is_none() {
                    break;
                }
            }
        };
        until_polled(begun, polls).await;
        let after = trial.read_all(&subject.object_type).await?;
        for (id, object) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
            let is_one =
                |it: &&Attributes| not_kept(subject, &trial.dialect, it, &object.attributes).is_empty();
            let is_whole = samples.iter().any(|it| is_one(&it));
            ensure!(
                is_whole,
                "each write of a batch that was dropped is done entirely or not at all",
                "`{id}` is done in part"
            );
        }
        // It goes on as if nothing had been.
        let made = trial.make().await?;
        trial.must_find(&made).await?;
    }
    Ok(())
}

pub(super) async fn as_many_calls_as_is_said_go_at_once(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let calls = trial.capabilities.concurrency_max.min(CALLS_MAX);
    if calls < 2 {
        return Err(Stop::skip("`concurrency_max` is 1"));
    }
    let batches: Vec<_> =
        (0..calls).map(|_| creates(trial, subject, trial.capabilities.batch_max.min(2))).collect();
    let applied = batches.iter().map(|(_, writes)| async move {
        let ids: Vec<_> = writes.iter().map(|it| it.id).collect();
        in_order(&ids, trial.apply_raw(&trial.context, writes.clone()).await)
    });
    let answers = join_all(applied).await;
    let all = trial.read_all(&subject.object_type).await?;
    for ((samples, _), outcomes) in batches.iter().zip(answers) {
        for (sample, outcome) in samples.iter().zip(outcomes?) {
            let Outcome::Applied(applied) = &outcome else {
                return Err(Stop::fault(
                    format!("creates are applied, in {calls} calls at once"),
                    told(&outcome),
                ));
            };
            let found = all.get(applied.id.as_str());
            let is_it =
                found.is_some_and(|it| not_kept(subject, &trial.dialect, sample, &it.attributes).is_empty());
            ensure!(
                is_it,
                format!("under `{}` what was created with that answer", applied.id),
                "another object, or none"
            );
        }
    }
    Ok(())
}
