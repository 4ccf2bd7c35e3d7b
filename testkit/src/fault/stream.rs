//! What goes wrong with a stream.

use futures::StreamExt as _;
use provisio::connector::{ConnectorError, ReadEvent, ReadStream, Result};
use provisio::model::{ErrorKind, Failure, Incomplete, Outcome, Write, WriteId};

/// Reads everything, objects of batches one by one.
pub(super) async fn unpacked(stream: ReadStream<'_>) -> Vec<Result<ReadEvent>> {
    let events: Vec<Result<ReadEvent>> = stream.collect().await;
    let object = |it| Ok(ReadEvent::Object(it));
    let unpacked = events.into_iter().flat_map(|event| match event {
        Ok(ReadEvent::SourceBatch(batch)) => batch.iter().map(|it| object(it.to_object())).collect(),
        Ok(ReadEvent::TargetBatch(batch)) => batch.iter().map(|it| object(it.to_object())).collect(),
        other => vec![other],
    });
    unpacked.collect()
}

/// Breaks a stream off after so many events.
pub(crate) fn break_off<T>(events: &mut Vec<Result<T>>, after: usize, with_error: bool) {
    events.truncate(after);
    if with_error {
        events.push(Err(ConnectorError::new(ErrorKind::Timeout, "read", "nothing more comes")));
    }
}

/// Lets the object at a place be one that cannot be understood; nothing happens where there is no object.
pub(crate) fn garble(events: &mut [Result<ReadEvent>], at: usize) {
    if let Some(event) = events.get_mut(at)
        && let Ok(ReadEvent::Object(object)) = event
    {
        let failure = Failure::new(ErrorKind::InvalidValue, "garbled");
        *event = Ok(ReadEvent::Unreadable { id: Some(object.id.clone()), failure });
    }
}

/// Lets an object not come, and the connector notice it.
pub(super) fn miss(events: &mut Vec<Result<ReadEvent>>, at: usize) {
    if matches!(events.get(at), Some(Ok(ReadEvent::Object(_)))) {
        drop(events.remove(at));
    }
    if let Some(Ok(end @ ReadEvent::Complete(_))) = events.last_mut() {
        *end = ReadEvent::Incomplete(Incomplete::Doubtful("the system counts one object more".into()));
    }
}

/// Lets two objects that follow each other come once more.
pub(super) fn overlap(events: &mut Vec<Result<ReadEvent>>, at: usize) {
    let again: Vec<_> = events
        .iter()
        .skip(at)
        .take(2)
        .filter_map(|it| match it {
            Ok(ReadEvent::Object(object)) => Some(Ok(ReadEvent::Object(object.clone()))),
            _ => None,
        })
        .collect();
    let end = events.len().saturating_sub(1);
    events.splice(end..end, again);
}

/// Refuses all writes.
pub(crate) fn refuse_all(writes: &[Write], failure: &Failure) -> Vec<(WriteId, Outcome)> {
    writes.iter().map(|it| (it.id, Outcome::Rejected(failure.clone()))).collect()
}
