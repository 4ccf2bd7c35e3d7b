//! Reads that are stopped, dropped, and many at once.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use provisio::connector::{CancelToken, Context};

use super::trial::{Trial, complete};
use crate::conformance::reading::read;
use crate::conformance::sample::until_polled;
use crate::conformance::{Checked, ensure};

pub(super) async fn a_read_that_is_stopped_ends(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.hold(3).await?;
    let cancel = CancelToken::default();
    cancel.cancel();
    let cancelled = trial.context.clone().with_cancel(cancel);
    let late = trial.context.clone().with_deadline(trial.context.now().minus(Duration::from_secs(1)));
    for (context, what) in [(cancelled, "a context that is cancelled"), (late, "a deadline that has passed")]
    {
        let reading = read(&*trial.source, &context, trial.query(subject)).await;
        ensure!(reading.end.error().is_some(), format!("an error, given {what}"), "{}", reading.end);
    }
    Ok(())
}

pub(super) async fn a_read_that_is_dropped_leaves_no_trace(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.hold(20).await?;
    let before = trial.read_all(subject).await?;
    for polls in [1, 2, 3, 5, 8, 13] {
        let query = trial.query(subject);
        let context: &Context = &trial.context;
        let begun = async {
            if let Ok(mut stream) = trial.source.read(context, query).await {
                // The stream itself may be dropped midway, too.
                for _ in 0..polls {
                    if stream.next().await.is_none() {
                        break;
                    }
                }
            }
        };
        until_polled(begun, polls).await;
        let after = trial.read_all(subject).await?;
        ensure!(before.by_id() == after.by_id(), "the same objects after a read was dropped", "others");
    }
    Ok(())
}

pub(super) async fn reads_at_once_do_not_disturb_each_other(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.hold(20).await?;
    let alone = trial.read_all(subject).await?;
    let readings = join_all((0..4).map(|_| trial.read(trial.query(subject)))).await;
    for reading in readings {
        let reading = complete(reading)?;
        ensure!(
            reading.by_id() == alone.by_id(),
            "what a read gives alone",
            "other objects, of four reads at once"
        );
    }
    Ok(())
}
