//! What became of those who may have changed? They are looked up: who is there is told as it is now, who is not went.

use std::collections::BTreeSet;
use std::sync::Arc;

use provisio_connector::{ChangeEvent, ConnectorError, Context, ReadEvent, ReadQuery, Result};
use provisio_model::{Change, ErrorKind, Layout, SourceId, Text, Watermark};

use crate::directory::{Directory, one};
use crate::feed::{Feed, Since};
use crate::kind::Kind;
use crate::ldap::Shared;
use crate::reading::Reading;
use crate::request::Search;
use crate::trouble::Trouble;
use crate::view::View;
use crate::watermark::Mark;

/// How many are looked up at once.
const LOOKED_UP_MAX: usize = 500;

/// A read of changes that is under way.
pub(crate) struct Changing<'a> {
    context: &'a Context,
    shared: &'a Shared,
    directory: &'a Directory,
    kind: &'a Kind,
    layout: Arc<Layout>,
    /// Where the next read starts; `None` when only a full read can go on, or everything was said.
    mark: Option<Mark>,
    /// Who has not been looked up yet.
    open: BTreeSet<Text>,
    looking: Option<Looking<'a>>,
    gone: Vec<Text>,
    is_over: bool,
}

/// A look-up that is under way.
struct Looking<'a> {
    reading: Reading<'a>,
    /// Who did not come yet.
    missing: BTreeSet<Text>,
}

impl<'a> Changing<'a> {
    /// Asks who may have changed.
    pub(crate) async fn begin(
        context: &'a Context,
        shared: &'a Shared,
        directory: &'a Directory,
        query: &ReadQuery,
        since: &Watermark,
    ) -> std::result::Result<Self, Trouble> {
        let kind = directory.kind(query.object_type().as_str())?;
        let mut changing = Self {
            context,
            shared,
            directory,
            kind,
            layout: Arc::clone(&query.layout),
            mark: None,
            open: BTreeSet::new(),
            looking: None,
            gone: Vec::new(),
            is_over: false,
        };
        let Some(mark) = Mark::read(since) else { return Ok(changing) };
        let view = View::new(kind, &query.layout);
        let mut connection = shared.pool.acquire().await?;
        let mut feed = Feed { connection: &mut connection, config: &shared.config, directory, kind };
        if let Since::These { ids, mark } = feed.since(&mark, &view.wire).await? {
            shared.pool.release(connection).await;
            changing.open = ids.into_iter().map(Text::from).collect();
            changing.mark = Some(mark);
        }
        Ok(changing)
    }

    /// Returns the next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<ChangeEvent>> {
        loop {
            if self.is_over {
                return Ok(None);
            }
            self.context.check("changes")?;
            if self.mark.is_none() {
                self.is_over = true;
                return Ok(Some(ChangeEvent::ResyncRequired));
            }
            if let Some(id) = self.gone.pop() {
                let (object_type, id) = (self.kind.object_type.clone(), SourceId::new(id));
                return Ok(Some(ChangeEvent::Change(Change::Deleted { object_type, id })));
            }
            if let Some(change) = self.look().await? {
                return Ok(Some(ChangeEvent::Change(change)));
            }
            if self.looking.is_none() && self.gone.is_empty() && self.open.is_empty() && self.mark.is_some() {
                return self.end().await.map_err(|it| it.during("changes")).map(Some);
            }
        }
    }

    /// Takes a step of looking objects up, and returns what changed if that came out.
    async fn look(&mut self) -> Result<Option<Change>> {
        let Some(looking) = &mut self.looking else {
            if !self.open.is_empty() {
                let later = self.open.iter().nth(LOOKED_UP_MAX).cloned();
                let later = later.map(|it| self.open.split_off(&it)).unwrap_or_default();
                let missing = std::mem::replace(&mut self.open, later);
                let query = ReadQuery::with_ids(Arc::clone(&self.layout), missing.iter().cloned());
                let reading = Reading::begin(self.context, self.shared, self.directory, &query).await;
                let reading = reading.map_err(|it| it.during("changes"))?;
                self.looking = Some(Looking { reading, missing });
            }
            return Ok(None);
        };
        match looking.reading.next().await? {
            Some(ReadEvent::Object(object)) => {
                looking.missing.remove(object.id.as_str());
                return Ok(Some(Change::Upsert(object)));
            }
            // Of changes nobody can say that one cannot be read. A full read can.
            Some(ReadEvent::Unreadable { .. }) => self.mark = None,
            Some(ReadEvent::Complete(_)) => {
                self.gone.extend(std::mem::take(&mut looking.missing));
                self.looking = None;
            }
            Some(ReadEvent::Incomplete(why)) => {
                let message = format!("those who changed could not all be looked up: {why}");
                return Err(ConnectorError::new(ErrorKind::Unexpected, "changes", message));
            }
            Some(_) | None => {
                let message = "the look-up of those who changed did not end";
                return Err(ConnectorError::new(ErrorKind::Unexpected, "changes", message));
            }
        }
        Ok(None)
    }

    /// Says where the next read starts, if nothing speaks against what was told.
    async fn end(&mut self) -> std::result::Result<ChangeEvent, Trouble> {
        self.is_over = true;
        let Some(mark) = self.mark.take() else { return Ok(ChangeEvent::ResyncRequired) };
        let mut connection = self.shared.pool.acquire().await?;
        // What a right was taken away of looks as if it went.
        for name in &self.kind.config.expect.entries {
            if one(&mut connection, &Search::entry(name.as_str(), &["1.1"]), |_| Ok(())).await?.is_none() {
                return Ok(ChangeEvent::ResyncRequired);
            }
        }
        // Another server may not have had yet what this one told.
        let (config, directory, kind) = (&self.shared.config, self.directory, self.kind);
        let mut feed = Feed { connection: &mut connection, config, directory, kind };
        if !feed.is_the_same(&mark).await? {
            return Ok(ChangeEvent::ResyncRequired);
        }
        self.shared.pool.release(connection).await;
        Ok(ChangeEvent::Checkpoint(mark.write()))
    }
}
