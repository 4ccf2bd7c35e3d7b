//! The connector that mishaps happen to.

use std::ops::Deref;
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt as _, stream};
use provisio::connector::{
    ChangeEvent, ChangeStream, CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream,
    ReadEvent, ReadQuery, ReadStream, Result, Source, Target, Wanted,
};
use provisio::model::{
    Capabilities, Completeness, Failure, Layout, Object, ObjectType, Schema, Timestamp, Watermark, Write,
};

use super::{Call, Faulty, Kind, Mishap, stream as mishaps};

fn error(failure: &Failure, operation: &'static str) -> ConnectorError {
    ConnectorError::new(failure.kind, operation, failure.message.clone()).with_retry(failure.retry)
}

async fn wait(context: &Context, duration: Duration) {
    context.clock().sleep_until(context.now().plus(duration)).await;
}

impl<C> Faulty<C> {
    /// What befalls a call that is refused or works.
    async fn befall(&self, context: &Context, call: Call, operation: &'static str) -> Result<()> {
        match self.strike(call, 0, context.now()) {
            Some(Mishap::Refused(failure)) => Err(error(&failure, operation)),
            Some(Mishap::Slow(duration)) => {
                wait(context, duration).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// What the system held at a moment, if that is known and may still be shown.
    fn past(&self, object_type: &ObjectType, moment: Timestamp, now: Timestamp) -> Option<Vec<Object>> {
        let oldest = now.minus(Duration::from_secs(u64::from(self.lag_seconds)));
        let moment = moment.max(oldest);
        let state = self.state();
        let at = state.past.iter().rposition(|(since, _)| *since <= moment)?;
        // What is now is read.
        let is_past = at + 1 < state.past.len();
        let (_, types) = state.past.get(at).filter(|_| is_past)?;
        types.iter().find(|it| it.0 == *object_type).map(|(_, objects)| objects.clone())
    }
}

impl<C> Faulty<C>
where
    C: Deref + Send + Sync,
    C::Target: Source,
{
    /// Remembers what the system holds, for reads that are stale.
    async fn remember(&self, context: &Context) {
        if self.lag_seconds == 0 || !self.odds.iter().any(|it| it.0 == Kind::Stale) {
            return;
        }
        let Ok(schema) = self.inner.schema(context).await else { return };
        let mut types = Vec::new();
        for object in &schema.types {
            let layout = Layout::new(object.object_type.clone(), object.attributes.iter().cloned());
            let Ok(events) = self.inner.read(context, ReadQuery::all(layout)).await else { return };
            let objects = events.filter_map(async |it| match it {
                Ok(ReadEvent::Object(object)) => Some(object),
                _ => None,
            });
            types.push((object.object_type.clone(), objects.collect().await));
        }
        self.state().past.push((context.now(), types));
    }
}

#[async_trait]
impl<C> Connector for Faulty<C>
where
    C: Deref + Send + Sync,
    C::Target: Connector,
{
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.read_lag_seconds = capabilities.read_lag_seconds.max(self.lag_seconds);
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.befall(context, Call::Schema, "schema").await?;
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.befall(context, Call::Check, "check").await?;
        self.inner.check(context).await
    }
}

#[async_trait]
impl<C> Source for Faulty<C>
where
    C: Deref + Send + Sync,
    C::Target: Source,
{
    /// Reads everything before it returns.
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let object_type = query.object_type().clone();
        let wanted = query.wanted.clone();
        let mut events = mishaps::unpacked(self.inner.read(context, query).await?).await;
        let objects = events.iter().filter(|it| matches!(it, Ok(ReadEvent::Object(_)))).count();
        match self.strike(Call::Read, objects, context.now()) {
            Some(Mishap::Refused(failure)) => return Err(error(&failure, "read")),
            Some(Mishap::Slow(duration)) => wait(context, duration).await,
            Some(Mishap::BreaksOff { after, with_error }) => {
                mishaps::break_off(&mut events, after.min(objects), with_error);
            }
            Some(Mishap::Overlaps(at)) => mishaps::overlap(&mut events, at),
            Some(Mishap::WrongCount(at)) => mishaps::miss(&mut events, at),
            Some(Mishap::Unreadable(at)) => mishaps::garble(&mut events, at),
            Some(Mishap::UnreadableId(id)) => {
                let is_it = |it: &Result<ReadEvent>| matches!(it, Ok(ReadEvent::Object(it)) if it.id == id);
                if let Some(at) = events.iter().position(is_it) {
                    mishaps::garble(&mut events, at);
                }
            }
            Some(Mishap::Stale(moment)) => {
                if let Some(past) = self.past(&object_type, moment, context.now()) {
                    let is_wanted = |it: &Object| match &wanted {
                        Wanted::WithIds(ids) => ids.contains(&it.id),
                        // More may be delivered than is wanted.
                        _ => true,
                    };
                    events = past.into_iter().filter(is_wanted).map(|it| Ok(ReadEvent::Object(it))).collect();
                    events.push(Ok(ReadEvent::Complete(Completeness::declared("as it was before"))));
                }
            }
            _ => {}
        }
        Ok(Box::pin(stream::iter(events)))
    }

    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        let mut events: Vec<Result<ChangeEvent>> =
            self.inner.changes(context, query, since).await?.collect().await;
        match self.strike(Call::Changes, events.len(), context.now()) {
            Some(Mishap::Refused(failure)) => return Err(error(&failure, "changes")),
            Some(Mishap::Slow(duration)) => wait(context, duration).await,
            Some(Mishap::BreaksOff { after, with_error }) => {
                let last = events.len().saturating_sub(1);
                mishaps::break_off(&mut events, after.min(last), with_error);
            }
            _ => {}
        }
        Ok(Box::pin(stream::iter(events)))
    }
}

#[async_trait]
impl<C> Target for Faulty<C>
where
    C: Deref + Send + Sync,
    C::Target: Target,
{
    /// Does everything before it returns.
    async fn apply<'a>(&'a self, context: &'a Context, mut writes: Vec<Write>) -> OutcomeStream<'a> {
        if self.state().past.is_empty() {
            self.remember(context).await;
        }
        let mishap = self.strike(Call::Apply, writes.len() + 1, context.now());
        match &mishap {
            Some(Mishap::Refused(failure)) => {
                return Box::pin(stream::iter(mishaps::refuse_all(&writes, failure)));
            }
            Some(Mishap::LostBefore) => return Box::pin(stream::empty()),
            Some(Mishap::Slow(duration)) => wait(context, *duration).await,
            Some(Mishap::PartOfBatch(done)) => writes.truncate(*done),
            Some(Mishap::Twice) => {
                self.inner.apply(context, writes.clone()).await.count().await;
            }
            _ => {}
        }
        let mut outcomes: Vec<_> = self.inner.apply(context, writes).await.collect().await;
        self.remember(context).await;
        match mishap {
            Some(Mishap::LostAfter) => outcomes.clear(),
            Some(Mishap::Reordered) => outcomes.reverse(),
            _ => {}
        }
        Box::pin(stream::iter(outcomes))
    }
}
