//! Reads while something goes wrong.

use std::time::Duration;

use provisio::connector::ConnectorError;
use provisio::connector::ReadQuery;
use provisio::model::{ErrorKind, Layout, Retry};

use super::trial::Trial;
use super::{CheckFuture, name_of};
use crate::conformance::compare::some_of;
use crate::conformance::reading::{End, Reading};
use crate::conformance::{Checked, Stop, Trouble, ensure};

/// Reads the subject under trouble, and calls `check`; then the trouble is over, and a read has to work again.
async fn under(trial: &Trial<'_>, trouble: Trouble) -> Result<(Reading, Option<ConnectorError>), Stop> {
    let subject = trial.subject()?;
    trial.cause(trouble).await?;
    let reading = trial.read(trial.query(subject)).await;
    let tried = trial.source.check(&trial.context).await.err();
    trial.cause(Trouble::Over).await?;
    trial.read_all(subject).await.map_err(|it| match it {
        Stop::Fault(fault) => Stop::fault("a read that works once the trouble is over", fault.seen),
        skip => skip,
    })?;
    Ok((reading, tried))
}

pub(super) async fn a_read_that_breaks_off_is_not_complete(trial: &Trial<'_>) -> Checked {
    let count = trial.fixture.more_than_a_page();
    trial.hold(count).await?;
    for after in [0, 1, count / 2, count - 1] {
        let (reading, _) = under(trial, Trouble::ReadsBreakOff { after }).await?;
        let expected = format!("no `Complete` when the read breaks off after about {after} objects");
        ensure!(
            !reading.end.is_complete(),
            expected,
            "{}, with {} of {count} objects",
            reading.end,
            reading.objects.len()
        );
    }
    Ok(())
}

pub(super) async fn a_wrong_count_is_not_complete(trial: &Trial<'_>) -> Checked {
    trial.hold(5).await?;
    let (reading, _) = under(trial, Trouble::CountIsWrong).await?;
    let expected = "no `Complete` when the system says that there is one object more";
    ensure!(!reading.end.is_complete(), expected, "{}", reading.end);
    Ok(())
}

pub(super) async fn what_cannot_be_read_is_reported(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let held = trial.hold(4).await?;
    let id = held[1].id.clone();
    let trouble = Trouble::Unreadable { object_type: subject.object_type.clone(), id: id.clone() };
    let (reading, _) = under(trial, trouble).await?;
    if !reading.end.is_complete() {
        return Ok(());
    }
    let is_reported = reading.unreadable.contains(&Some(id.clone())) || reading.unreadable.contains(&None);
    ensure!(
        is_reported,
        "`Unreadable` for an object that cannot be read",
        "nothing about `{id}`, and {}",
        reading.end
    );
    let found = reading.by_id();
    let missing: Vec<&str> = held
        .iter()
        .map(|it| it.id.as_str())
        .filter(|it| *it != id.as_str() && !found.contains_key(it))
        .collect();
    ensure!(missing.is_empty(), "every other object", "missing: {}", some_of(missing));
    Ok(())
}

/// Wants a read, and `check`, to fail in one of these kinds, and to be tried again or not.
async fn fails_as(
    trial: &Trial<'_>,
    trouble: Trouble,
    kinds: &[ErrorKind],
    retry: impl Fn(Retry) -> bool,
    again: &str,
) -> Checked {
    let (reading, tried) = under(trial, trouble).await?;
    let names: Vec<String> = kinds.iter().map(|it| format!("`{it:?}`")).collect();
    let expected = format!("an error of kind {}, {again}", names.join(" or "));
    let Some(error) = reading.end.error() else { return Err(Stop::fault(expected, reading.end.to_string())) };
    let checked = tried.as_ref();
    for (call, error) in [("a read", Some(error)), ("`check`", checked)] {
        let Some(error) = error else { return Err(Stop::fault(expected, format!("{call} succeeds"))) };
        let is_right = kinds.contains(&error.kind()) && retry(error.retry());
        ensure!(is_right, expected, "{call} fails with `{:?}`, {:?}: {error}", error.kind(), error.retry());
    }
    Ok(())
}

pub(super) async fn a_system_that_is_away_is_unreachable(trial: &Trial<'_>) -> Checked {
    trial.hold(2).await?;
    let kinds = [ErrorKind::Unreachable, ErrorKind::Timeout];
    fails_as(trial, Trouble::Unreachable, &kinds, |it| it != Retry::Never, "to be tried again").await
}

pub(super) async fn wrong_credentials_are_no_trouble_of_the_line(trial: &Trial<'_>) -> Checked {
    trial.hold(2).await?;
    let kinds = [ErrorKind::Unauthenticated, ErrorKind::PermissionDenied];
    fails_as(trial, Trouble::CredentialsRefused, &kinds, |it| it == Retry::Never, "not to be tried again")
        .await
}

pub(super) async fn a_request_to_slow_down_is_passed_on(trial: &Trial<'_>) -> Checked {
    trial.hold(2).await?;
    for retry_after in [None, Some(Duration::from_secs(17))] {
        let before = trial.context.now();
        let expected = Retry::Later { after: retry_after };
        let again = format!("`{expected:?}`");
        let trouble = Trouble::Throttled { retry_after };
        fails_as(trial, trouble, &[ErrorKind::RateLimited], |it| it == expected, &again).await?;
        let waited = trial.context.now().since(before);
        ensure!(waited < Duration::from_secs(15), "no waiting within the connector", "it waited {waited:?}");
    }
    Ok(())
}

/// Calls that are refused, or go wrong, whatever the system is.
fn provocations<'a>(trial: &'a Trial<'a>) -> Vec<CheckFuture<'a>> {
    let unknown = ReadQuery::all(Layout::new("kit no such type", []));
    let read = async move {
        let reading = trial.read(unknown).await;
        is_discreet(trial, &reading.end.to_string())?;
        reading.end.error().map_or(Ok(()), |error| all_of(trial, error))
    };
    let check = async move {
        match trial.source.check(&trial.context).await {
            Ok(report) => is_discreet(trial, &report.found.join("\n")),
            Err(error) => all_of(trial, &error),
        }
    };
    vec![Box::pin(read), Box::pin(check)]
}

/// An error, with everything underneath.
fn all_of(trial: &Trial<'_>, error: &ConnectorError) -> Checked {
    let mut text = format!("{error} {error:?} {:#?}", error.failure());
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    is_discreet(trial, &text)
}

fn is_discreet(trial: &Trial<'_>, text: &str) -> Checked {
    let secrets = trial.fixture.secrets();
    let told = secrets.iter().find(|it| !it.is_empty() && text.contains(it.as_str()));
    ensure!(
        told.is_none(),
        "no secret",
        "one of {} characters in: {}",
        told.map_or(0, String::len),
        hidden(text, &secrets)
    );
    Ok(())
}

fn hidden(text: &str, secrets: &[String]) -> String {
    secrets
        .iter()
        .filter(|it| !it.is_empty())
        .fold(text.to_owned(), |text, it| text.replace(it.as_str(), "<here>"))
}

pub(super) async fn errors_hold_no_secret(trial: &Trial<'_>) -> Checked {
    if trial.fixture.secrets().is_empty() {
        return Err(Stop::skip("the fixture names no `secrets`"));
    }
    is_discreet(trial, &name_of(&*trial.source))?;
    for provocation in provocations(trial) {
        provocation.await?;
    }
    let subject = trial.subject()?;
    for trouble in
        [Trouble::Unreachable, Trouble::CredentialsRefused, Trouble::Throttled { retry_after: None }]
    {
        match trial.cause(trouble).await {
            Ok(()) => {}
            Err(Stop::Skip(_)) => continue,
            Err(fault) => return Err(fault),
        }
        let reading = trial.read(trial.query(subject)).await;
        if let End::Refused(error) | End::Failed(error) = &reading.end {
            all_of(trial, error)?;
        }
        for provocation in provocations(trial) {
            provocation.await?;
        }
        trial.cause(Trouble::Over).await?;
    }
    Ok(())
}
