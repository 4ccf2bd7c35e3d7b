//! Reads of what changed.

use provisio::model::{Object, Watermark};

use super::reading::with_first_changed;
use super::trial::Trial;
use crate::conformance::compare::not_kept;
use crate::conformance::reading::{Changes, End};
use crate::conformance::{Checked, Stop, Trouble, ensure};

/// Reads everything, and returns where changes start.
async fn start(trial: &Trial<'_>) -> Result<Watermark, Stop> {
    trial.needs(trial.capabilities.changes, "changes")?;
    let reading = trial.read_all(trial.subject()?).await?;
    match reading.end {
        End::Complete(completeness) => completeness
            .watermark
            .ok_or_else(|| Stop::fault("a watermark with `Complete`, since `changes` is declared", "none")),
        end => Err(Stop::fault("a complete read", end.to_string())),
    }
}

/// Reads changes from a watermark; they have to end with a checkpoint.
async fn from(trial: &Trial<'_>, since: &Watermark) -> Result<(Changes, Watermark), Stop> {
    let changes = trial.changes(trial.subject()?, since).await;
    let is_whole = changes.error.is_none() && !changes.resync && changes.unconfirmed == 0;
    match changes.checkpoint.clone().filter(|_| is_whole) {
        Some(checkpoint) => Ok((changes, checkpoint)),
        None => Err(Stop::fault("changes, then a checkpoint", changes.to_string())),
    }
}

/// Wants an object to be told, as it is now.
fn tells(trial: &Trial<'_>, changes: &Changes, object: &Object, what: &str) -> Checked {
    let Some(Some(told)) = changes.latest.get(&object.id) else {
        let seen = format!("{changes}, and not `{}`", object.id);
        return Err(Stop::fault(format!("an object that {what} among the changes"), seen));
    };
    let not_kept = not_kept(trial.subject()?, &trial.dialect, &object.attributes, &told.attributes);
    ensure!(not_kept.is_empty(), format!("an object that {what} as it is now"), "{}", not_kept.join(", "));
    Ok(())
}

pub(super) async fn a_complete_read_says_where_changes_start(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    trial.hold(2).await?;
    start(trial).await?;
    Ok(())
}

pub(super) async fn what_changed_since_is_told(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    let held = trial.hold(4).await?;
    let since = start(trial).await?;
    let mut next = with_first_changed(trial, &held)?;
    let gone = next.pop();
    next.push(trial.sampler.object(trial.subject()?, 5));
    let next = trial.hold_these(next).await?;
    let (changes, _) = from(trial, &since).await?;
    tells(trial, &changes, &next[0], "changed")?;
    tells(trial, &changes, &next[3], "came")?;
    if let Some(gone) = gone {
        let told = changes.latest.get(&gone.id);
        ensure!(
            told == Some(&None),
            "an object that is gone among the changes",
            "{changes}, and not that `{}` is gone",
            gone.id
        );
    }
    Ok(())
}

pub(super) async fn changes_go_on_from_a_checkpoint(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    let subject = trial.subject()?;
    let mut held = trial.hold(1).await?;
    let mut since = start(trial).await?;
    for number in 2..6 {
        held.push(trial.sampler.object(subject, number));
        held = trial.hold_these(held).await?;
        let (changes, checkpoint) = from(trial, &since).await?;
        if let Some(last) = held.last() {
            tells(trial, &changes, last, "came after the last checkpoint")?;
        }
        since = checkpoint;
    }
    Ok(())
}

pub(super) async fn where_nothing_changed_there_is_a_checkpoint(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    trial.hold(2).await?;
    let since = start(trial).await?;
    let (_, checkpoint) = from(trial, &since).await?;
    from(trial, &checkpoint).await?;
    Ok(())
}

pub(super) async fn a_watermark_that_is_not_known_asks_for_a_full_read(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    let subject = trial.subject()?;
    trial.hold(2).await?;
    let known = start(trial).await?;
    let asks = |changes: &Changes, what: &str| -> Checked {
        let is_right = changes.resync && changes.checkpoint.is_none() && changes.error.is_none();
        ensure!(is_right, format!("`ResyncRequired` for {what}"), "{changes}");
        Ok(())
    };
    let mut foreign = known.as_bytes().to_vec();
    foreign.reverse();
    for bytes in [b"".to_vec(), b"kit".to_vec(), vec![0xff, 0, 0xfe], foreign] {
        if bytes != known.as_bytes() {
            let changes = trial.changes(subject, &Watermark::new(bytes)).await;
            asks(&changes, "bytes that are no watermark of the system")?;
        }
    }
    match trial.cause(Trouble::WatermarksForgotten).await {
        Ok(()) => {
            let changes = trial.changes(subject, &known).await;
            trial.cause(Trouble::Over).await?;
            asks(&changes, "a watermark that is forgotten")
        }
        Err(Stop::Skip(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

pub(super) async fn changes_that_break_off_confirm_nothing_more(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.changes, "changes")?;
    let subject = trial.subject()?;
    let held = trial.hold(1).await?;
    let since = start(trial).await?;
    let objects = (2..=8).map(|it| trial.sampler.object(subject, it));
    let held = trial.hold_these(held.into_iter().chain(objects).collect()).await?;
    for after in [0, 3, 6] {
        trial.cause(Trouble::ReadsBreakOff { after }).await?;
        let first = trial.changes(subject, &since).await;
        trial.cause(Trouble::Over).await?;
        let (rest, _) = from(trial, first.checkpoint.as_ref().unwrap_or(&since)).await?;
        for object in &held[1..] {
            if !matches!(first.latest.get(&object.id), Some(Some(_))) {
                tells(trial, &rest, object, "came before the changes broke off")?;
            }
        }
    }
    Ok(())
}
