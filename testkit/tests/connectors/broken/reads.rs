//! Reads with a defect.

use futures::{StreamExt as _, stream};
use provisio::connector::{
    ChangeEvent, ChangeStream, ConnectorError, Context, ReadEvent, ReadQuery, ReadStream, Result,
    Source as _, Wanted,
};
use provisio::model::{
    Change, Completeness, ErrorKind, Incomplete, Object, Retry, Text, Value, Values, Watermark,
};

use super::{Broken, Defect as D, TOKEN};

fn complete() -> Result<ReadEvent> {
    Ok(ReadEvent::Complete(Completeness::declared("no more came")))
}

fn objects(events: &mut [Result<ReadEvent>]) -> impl Iterator<Item = &mut Object> {
    events.iter_mut().filter_map(|it| match it {
        Ok(ReadEvent::Object(object)) => Some(object),
        _ => None,
    })
}

impl Broken {
    pub(super) fn error(&self, error: ConnectorError) -> ConnectorError {
        let again = |kind| ConnectorError::new(kind, "read", "something went wrong");
        match (self.defect, error.kind()) {
            (D::CredentialsAreUnexpected, ErrorKind::Unauthenticated) => again(ErrorKind::Unexpected),
            (D::RetryAfterIsDropped, ErrorKind::RateLimited) => {
                error.with_retry(Retry::Later { after: None })
            }
            (D::TokenInErrors, kind) => {
                ConnectorError::new(kind, "read", format!("refused for `Bearer {TOKEN}`"))
                    .with_retry(error.retry())
            }
            _ => error,
        }
    }

    pub(super) async fn read_badly<'a>(
        &'a self,
        context: &'a Context,
        mut query: ReadQuery,
    ) -> Result<ReadStream<'a>> {
        let asked = query.clone();
        let everybody = Context::new(std::sync::Arc::new(super::super::Still(context.now())));
        let context = if self.is(D::CancelIsIgnored) { &everybody } else { context };
        if let Wanted::WithIds(ids) = &mut query.wanted {
            let is_hostile = |it: &Text| it.contains(['"', '\'', '*']);
            if self.is(D::UndeclaredLookUpsGuess) {
                query.wanted = Wanted::All;
            } else if self.is(D::FewerIdsThanSaid) {
                ids.truncate(100);
            } else if self.is(D::QuoteBreaksTheFilter) && ids.iter().any(is_hostile) {
                return Ok(Box::pin(stream::iter([complete()])));
            }
        }
        if let Wanted::WithValues { values, .. } = &asked.wanted
            && self.is(D::QuoteBreaksTheFilter)
            && values.iter().any(|it| it.as_text().is_some_and(|it| it.contains('"')))
        {
            return Ok(Box::pin(stream::iter([complete()])));
        }
        if self.is(D::UnknownTypeIsEmpty) && query.object_type().as_str().contains("kit") {
            return Ok(Box::pin(stream::iter([complete()])));
        }
        let mut events: Vec<Result<ReadEvent>> = match self.inner.read(context, query).await {
            Ok(stream) => stream.collect().await,
            Err(_) if self.is(D::AwayIsEmpty) => vec![complete()],
            Err(error) => return Err(self.error(error)),
        };
        self.spoil(&asked, &mut events)?;
        Ok(Box::pin(stream::iter(events)))
    }

    /// Does what the defect does to the events of a read.
    fn spoil(&self, asked: &ReadQuery, events: &mut Vec<Result<ReadEvent>>) -> Result<()> {
        match self.defect {
            D::PagesOverlap if events.len() > 100 => {
                let object = objects(events).nth(99).cloned();
                if let Some(object) = object {
                    events.insert(100, Ok(ReadEvent::Object(object)));
                }
            }
            D::SecondPageIsLost if events.len() > 101 => {
                events.drain(100..events.len() - 1);
            }
            D::GoesOnAfterTheEnd => events.push(complete()),
            D::NumbersAreText => objects(events).for_each(|it| {
                if it.attributes.get("age").is_some() {
                    it.attributes.set("age", "42");
                }
            }),
            D::MakesUpValues => {
                let title = objects(events).find_map(|it| it.attributes.get("title").cloned());
                for object in objects(events).filter(|it| it.attributes.get("title").is_none()) {
                    object.attributes.set_or_clear("title", title.clone());
                }
            }
            D::TrimsText => objects(events).for_each(trim),
            D::FiltersByAttribute => {
                let names: Vec<String> =
                    asked.layout.schemas().iter().map(|it| it.name.to_string()).collect();
                let has_all = |it: &Object| names.len() != 1 || it.attributes.get(&names[0]).is_some();
                events.retain(|it| !matches!(it, Ok(ReadEvent::Object(it)) if !has_all(it)));
            }
            D::IdIsTheTitle => objects(events).for_each(|it| {
                if let Some(title) = it.attributes.get("title") {
                    it.id = Text::from(format!("{} {title}", it.id));
                }
            }),
            D::VersionStands => objects(events).for_each(|it| it.version = Some("1".into())),
            D::BrokenOffIsComplete => {
                events.retain(Result::is_ok);
                if !matches!(events.last(), Some(Ok(ReadEvent::Complete(_)))) {
                    events.push(complete());
                }
            }
            D::CountIsNotCompared => {
                if let Some(end @ Ok(ReadEvent::Incomplete(Incomplete::Doubtful(_)))) = events.last_mut() {
                    *end = complete();
                }
            }
            D::UnreadableIsSkipped => events.retain(|it| !matches!(it, Ok(ReadEvent::Unreadable { .. }))),
            D::NoWatermark => {
                if let Some(Ok(ReadEvent::Complete(completeness))) = events.last_mut() {
                    completeness.watermark = None;
                }
            }
            D::FalseIsNothing => objects(events).for_each(|it| {
                if it.attributes.get("active") == Some(&Values::one(false)) {
                    it.attributes.remove("active");
                }
            }),
            D::ReadsFromACache => {
                let mut cache = self.cache.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for object in objects(events) {
                    *object = cache.entry(object.id.clone()).or_insert_with(|| object.clone()).clone();
                }
            }
            _ => self.spoil_look_up(&asked.wanted, events)?,
        }
        Ok(())
    }

    fn spoil_look_up(&self, wanted: &Wanted, events: &mut Vec<Result<ReadEvent>>) -> Result<()> {
        match (self.defect, wanted) {
            (D::OneUnknownIdFailsAll, Wanted::WithIds(ids)) if objects(events).count() < ids.len() => {
                return Err(ConnectorError::new(ErrorKind::NotFound, "read", "404"));
            }
            (D::OneHolderIsEnough, Wanted::WithValues { .. }) => {
                let first = events.iter().position(|it| matches!(it, Ok(ReadEvent::Object(_))));
                let mut at = 0;
                events.retain(|it| {
                    at += 1;
                    !matches!(it, Ok(ReadEvent::Object(_))) || Some(at - 1) == first
                });
            }
            (D::CaseMattersInLookUps, Wanted::WithValues { attribute, values }) => {
                let has = |it: &Object| {
                    let held = it.attributes.get(attribute.as_str());
                    held.is_some_and(|it| it.as_slice().iter().any(|it| values.contains(it)))
                };
                events.retain(|it| !matches!(it, Ok(ReadEvent::Object(it)) if !has(it)));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn changes_badly<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        let mut events: Vec<Result<ChangeEvent>> =
            self.inner.changes(context, query.clone(), since).await?.collect().await;
        match self.defect {
            D::ForgetsDeletions => {
                events.retain(|it| !matches!(it, Ok(ChangeEvent::Change(Change::Deleted { .. }))));
            }
            D::NoCheckpointWithoutChanges if events.len() == 1 => {
                events.retain(|it| !matches!(it, Ok(ChangeEvent::Checkpoint(_))));
            }
            D::TrustsAnyWatermark if matches!(events[..], [Ok(ChangeEvent::ResyncRequired)]) => {
                events = vec![Ok(ChangeEvent::Checkpoint(since.clone()))];
            }
            // The checkpoint of the system is passed on at once, before the changes that it stands behind.
            D::ChecksInAtOnce => {
                let whole: Vec<_> = self.directory().changes(context, query, since).await?.collect().await;
                if let Some(Ok(ChangeEvent::Checkpoint(watermark))) = whole.into_iter().next_back() {
                    events.insert(0, Ok(ChangeEvent::Checkpoint(watermark)));
                }
            }
            _ => {}
        }
        Ok(Box::pin(stream::iter(events)))
    }
}

fn trim(object: &mut Object) {
    let trimmed = object.attributes.iter().filter_map(|(name, values)| match values.single() {
        Some(Value::Text(text)) if text.trim() != text.as_str() => {
            Some((name.clone(), Values::one(text.trim())))
        }
        _ => None,
    });
    for (name, values) in trimmed.collect::<Vec<_>>() {
        object.attributes.set(name, values);
    }
}
