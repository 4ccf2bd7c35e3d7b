//! Batches of writes.

use provisio::model::{Outcome, WriteAction};

use super::trial::{Trial, in_order, set, told};
use crate::conformance::compare::{same, shown};
use crate::conformance::{Checked, Stop, ensure};

/// How many writes a batch of a check has at most.
const WRITES_MAX: usize = 60;

fn room(trial: &Trial<'_>, least: usize) -> Result<usize, Stop> {
    let most = trial.capabilities.batch_max;
    if most < least { Err(Stop::skip(format!("`batch_max` is {most}"))) } else { Ok(most.min(WRITES_MAX)) }
}

pub(super) async fn every_write_has_one_outcome(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let none = trial.apply_raw(&trial.context, Vec::new()).await;
    ensure!(none.is_empty(), "no outcome of an empty batch", "{}", none.len());
    let count = room(trial, 1)?;
    let samples: Vec<_> = (0..count).map(|_| trial.sample(subject, trial.number())).collect();
    let actions = samples
        .iter()
        .map(|it| (subject.object_type.clone(), WriteAction::Create { attributes: it.clone() }));
    let outcomes = trial.apply(actions).await?;
    let all = trial.read_all(&subject.object_type).await?;
    // The outcome of each write is that of this write, and not of another one in the batch.
    for (outcome, sample) in outcomes.iter().zip(&samples) {
        let Outcome::Applied(applied) = outcome else {
            return Err(Stop::fault("every create of a batch is applied", told(outcome)));
        };
        let found = all.get(applied.id.as_str());
        let found = found.ok_or_else(|| {
            Stop::fault(format!("an object `{}`, as its create was answered", applied.id), "none")
        })?;
        let not_kept =
            crate::conformance::compare::not_kept(subject, &trial.dialect, sample, &found.attributes);
        let expected = format!("under `{}` what was created with that answer", applied.id);
        ensure!(not_kept.is_empty(), expected, "another object: {}", not_kept.join(", "));
    }
    Ok(())
}

pub(super) async fn one_bad_write_leaves_the_others(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let count = room(trial, 2)?.min(9);
    for bad in [0, count / 2, count - 1] {
        let actions = (0..count).map(|at| {
            let mut attributes = trial.sample(subject, trial.number());
            if at == bad {
                attributes.set("kitNoSuchAttribute", "x");
            }
            (subject.object_type.clone(), WriteAction::Create { attributes })
        });
        for (at, outcome) in trial.apply(actions.collect::<Vec<_>>()).await?.iter().enumerate() {
            let is_right = match outcome {
                Outcome::Applied(_) => at != bad,
                Outcome::Rejected(_) => at == bad,
                _ => false,
            };
            let expected = format!("write {} of {count} alone is rejected, the others are applied", bad + 1);
            ensure!(is_right, expected, "write {} is {}", at + 1, told(outcome));
        }
    }
    Ok(())
}

pub(super) async fn writes_to_one_object_keep_their_order(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let count = room(trial, 2)?.min(20);
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| {
        !it.required && it.kind != provisio::model::ValueKind::Bool
    })?;
    let made = trial.make().await?;
    let values: Vec<_> = (0..count)
        .filter_map(|_| trial.sampler.values(&subject.object_type, attribute, trial.number(), 1))
        .collect();
    let actions = values.iter().map(|it| {
        let deltas = vec![set(&attribute.name, it.clone())];
        (made.object_type.clone(), WriteAction::Update { target: made.id.clone(), version: None, deltas })
    });
    for outcome in trial.apply(actions.collect::<Vec<_>>()).await? {
        ensure!(
            matches!(outcome, Outcome::Applied(_)),
            "each of several updates of one object is applied",
            "{}",
            told(&outcome)
        );
    }
    let found = trial.must_find(&made).await?;
    let seen = found.attributes.get(attribute.name.as_str());
    let last = values.last().and_then(|it| super::creates::kept(trial, subject, attribute, it));
    let expected =
        format!("the last of {count} values that were set one after the other, {}", shown(last.as_ref()));
    ensure!(same(attribute, last.as_ref(), seen), expected, "{}", shown(seen));
    Ok(())
}

pub(super) async fn a_batch_that_is_too_large_is_answered(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let before = trial.read_all(&subject.object_type).await?.len();
    let count = trial.capabilities.batch_max.saturating_add(1);
    if count > TOO_MANY_MAX {
        return Err(Stop::skip(format!("`batch_max` is {}", trial.capabilities.batch_max)));
    }
    let actions = (0..count).map(|_| {
        let attributes = trial.sample(subject, trial.number());
        (subject.object_type.clone(), WriteAction::Create { attributes })
    });
    let writes = trial.writes(actions.collect::<Vec<_>>());
    let ids: Vec<_> = writes.iter().map(|it| it.id).collect();
    let outcomes = in_order(&ids, trial.apply_raw(&trial.context, writes).await)?;
    let applied = outcomes.iter().filter(|it| matches!(it, Outcome::Applied(_))).count();
    let strange = outcomes.iter().find(|it| !matches!(it, Outcome::Applied(_) | Outcome::Rejected(_)));
    if let Some(strange) = strange {
        return Err(Stop::fault(
            "each write of a batch that is too large is done or rejected",
            told(strange),
        ));
    }
    let after = trial.read_all(&subject.object_type).await?.len();
    ensure!(
        after == before + applied,
        format!("{applied} objects more, as many as were applied"),
        "{after} after {before}"
    );
    Ok(())
}

/// How many writes are tried at most.
const TOO_MANY_MAX: usize = 2_000;
