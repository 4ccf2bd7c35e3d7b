//! Writes while something goes wrong.

use std::time::Duration;

use provisio::model::{ErrorKind, Failure, Outcome, Retry, WriteAction, WriteId};

use super::trial::{Trial, told};
use crate::conformance::compare::not_kept;
use crate::conformance::{Checked, Stop, Trouble, ensure};

/// What came of one create under trouble.
struct Attempt {
    /// `None` if there was no outcome.
    outcome: Option<Outcome>,
    /// Whether the object is there once the trouble is over.
    is_done: bool,
}

/// Creates one object under trouble, and looks for it when the trouble is over.
async fn under(trial: &Trial<'_>, trouble: Trouble) -> Result<Attempt, Stop> {
    let subject = trial.subject()?;
    let attributes = trial.sample(subject, trial.number());
    let writes =
        trial.writes([(subject.object_type.clone(), WriteAction::Create { attributes: attributes.clone() })]);
    let id: WriteId = writes[0].id;
    trial.cause(trouble).await?;
    let outcomes = trial.apply_raw(&trial.context, writes).await;
    trial.cause(Trouble::Over).await?;
    ensure!(
        outcomes.len() <= 1 && outcomes.iter().all(|it| it.0 == id),
        "at most one outcome of a write",
        "{}",
        outcomes.len()
    );
    let all = trial.read_all(&subject.object_type).await?;
    let is_it = |it: &&provisio::model::Object| {
        not_kept(subject, &trial.dialect, &attributes, &it.attributes).is_empty()
    };
    let copies = all.values().filter(is_it).count();
    ensure!(copies <= 1, "an object is created once", "{copies} times");
    // A connector that works again takes the next write.
    trial.make().await?;
    Ok(Attempt { outcome: outcomes.into_iter().next().map(|(_, outcome)| outcome), is_done: copies == 1 })
}

impl Attempt {
    fn told(&self) -> String {
        let done = if self.is_done { "done" } else { "not done" };
        format!(
            "{}, and the write is {done}",
            self.outcome.as_ref().map_or_else(|| "no outcome".to_owned(), told)
        )
    }
}

pub(super) async fn a_lost_answer_is_unknown(trial: &Trial<'_>) -> Checked {
    let attempt = under(trial, Trouble::AnswersLost).await?;
    let is_unknown = match &attempt.outcome {
        None => true,
        Some(Outcome::Unknown(failure)) => failure.retry == Retry::AfterReread,
        Some(Outcome::Rejected(failure)) => failure.retry == Retry::AfterReread,
        Some(_) => false,
    };
    ensure!(
        is_unknown,
        "`Unknown`, to be looked up, when the answer to a write is lost",
        "{}",
        attempt.told()
    );
    Ok(())
}

pub(super) async fn a_target_that_is_away_is_tried_again(trial: &Trial<'_>) -> Checked {
    let attempt = under(trial, Trouble::Unreachable).await?;
    let kinds = [ErrorKind::Unreachable, ErrorKind::Timeout];
    let is_right = match &attempt.outcome {
        None | Some(Outcome::Unknown(_)) => true,
        Some(Outcome::Rejected(failure)) if failure.retry == Retry::AfterReread => {
            kinds.contains(&failure.kind)
        }
        Some(Outcome::Rejected(failure)) => {
            kinds.contains(&failure.kind) && failure.retry != Retry::Never && !attempt.is_done
        }
        Some(_) => false,
    };
    let expected = "`Rejected` as `Unreachable` or `Timeout`, to be tried later and not done; or `Unknown`";
    ensure!(is_right, expected, "{}", attempt.told());
    Ok(())
}

/// Wants a write to be rejected, and not done.
async fn rejected(
    trial: &Trial<'_>,
    trouble: Trouble,
    is_right: impl Fn(&Failure) -> bool,
    expected: &str,
) -> Checked {
    let attempt = under(trial, trouble).await?;
    let is_rejected = matches!(&attempt.outcome, Some(Outcome::Rejected(failure)) if is_right(failure));
    ensure!(
        is_rejected && !attempt.is_done,
        format!("`Rejected` as {expected}, and not done"),
        "{}",
        attempt.told()
    );
    Ok(())
}

pub(super) async fn wrong_credentials_stop_everything(trial: &Trial<'_>) -> Checked {
    let kinds = [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied];
    let is_right = |it: &Failure| kinds.contains(&it.kind) && it.retry == Retry::Never;
    let expected = "`Unauthenticated` or `PermissionDenied`, not to be tried again";
    rejected(trial, Trouble::CredentialsRefused, is_right, expected).await
}

pub(super) async fn a_request_to_slow_down_is_passed_on_to_writers(trial: &Trial<'_>) -> Checked {
    for retry_after in [None, Some(Duration::from_secs(17))] {
        let before = trial.context.now();
        let retry = Retry::Later { after: retry_after };
        let is_right = |it: &Failure| it.kind == ErrorKind::RateLimited && it.retry == retry;
        rejected(trial, Trouble::Throttled { retry_after }, is_right, &format!("`RateLimited`, `{retry:?}`"))
            .await?;
        let lag = Duration::from_secs(2 * u64::from(trial.capabilities.read_lag_seconds));
        let waited = trial.context.now().since(before).saturating_sub(lag);
        ensure!(waited < Duration::from_secs(15), "no waiting within the connector", "it waited {waited:?}");
    }
    Ok(())
}
