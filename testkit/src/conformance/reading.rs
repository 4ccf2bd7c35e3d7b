//! What a stream of a source came to.

use std::collections::BTreeMap;
use std::fmt;

use futures::StreamExt as _;
use provisio::connector::{ChangeEvent, ConnectorError, Context, ReadEvent, ReadQuery, Source};
use provisio::model::{Change, Completeness, Incomplete, Object, Text, Watermark};

/// What a read came to.
pub(super) struct Reading {
    pub(super) objects: Vec<Object>,
    pub(super) unreadable: Vec<Option<Text>>,
    pub(super) end: End,
    /// How many events came after the end.
    pub(super) after_end: usize,
}

/// How a read ended.
pub(super) enum End {
    Refused(ConnectorError),
    Complete(Completeness),
    Incomplete(Incomplete),
    Failed(ConnectorError),
    /// The stream was over without a word.
    Open,
}

impl End {
    pub(super) fn error(&self) -> Option<&ConnectorError> {
        match self {
            Self::Refused(error) | Self::Failed(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Self::Complete(_))
    }
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(formatter, "the read is refused: {error}"),
            Self::Complete(it) => write!(formatter, "the read is declared complete ({})", it.evidence),
            Self::Incomplete(why) => write!(formatter, "the read says that it is incomplete: {why}"),
            Self::Failed(error) => write!(formatter, "the read fails: {error}"),
            Self::Open => formatter.write_str("the stream is over without `Complete`"),
        }
    }
}

impl Reading {
    /// The objects by id; of two with one id the last.
    pub(super) fn by_id(&self) -> BTreeMap<&str, &Object> {
        self.objects.iter().map(|it| (it.id.as_str(), it)).collect()
    }
}

/// Reads to the end of the stream.
pub(super) async fn read(source: &dyn Source, context: &Context, query: ReadQuery) -> Reading {
    let mut reading = Reading { objects: Vec::new(), unreadable: Vec::new(), end: End::Open, after_end: 0 };
    let mut stream = match source.read(context, query).await {
        Ok(stream) => stream,
        Err(error) => return Reading { end: End::Refused(error), ..reading },
    };
    while let Some(event) = stream.next().await {
        if !matches!(reading.end, End::Open) {
            reading.after_end += 1;
            continue;
        }
        match event {
            Ok(ReadEvent::Object(object)) => reading.objects.push(object),
            Ok(ReadEvent::SourceBatch(batch)) => {
                reading.objects.extend(batch.iter().map(|it| it.to_object()));
            }
            Ok(ReadEvent::TargetBatch(batch)) => {
                reading.objects.extend(batch.iter().map(|it| it.to_object()));
            }
            Ok(ReadEvent::Unreadable { id, .. }) => reading.unreadable.push(id),
            Ok(ReadEvent::Complete(completeness)) => reading.end = End::Complete(completeness),
            Ok(ReadEvent::Incomplete(why)) => reading.end = End::Incomplete(why),
            Ok(_) => {}
            Err(error) => reading.end = End::Failed(error),
        }
    }
    reading
}

/// What a read of changes came to.
pub(super) struct Changes {
    /// What changed last, by id: the object, or nothing if it is gone. As far as the last checkpoint.
    pub(super) latest: BTreeMap<Text, Option<Object>>,
    /// What came after the last checkpoint.
    pub(super) unconfirmed: usize,
    pub(super) checkpoint: Option<Watermark>,
    pub(super) resync: bool,
    pub(super) error: Option<ConnectorError>,
}

impl fmt::Display for Changes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} changes", self.latest.len())?;
        match &self.checkpoint {
            Some(_) => formatter.write_str(", then a checkpoint")?,
            None => formatter.write_str(", no checkpoint")?,
        }
        if self.unconfirmed > 0 {
            write!(formatter, ", then {} more", self.unconfirmed)?;
        }
        if self.resync {
            formatter.write_str(", then `ResyncRequired`")?;
        }
        match &self.error {
            Some(error) => write!(formatter, ", then an error: {error}"),
            None => Ok(()),
        }
    }
}

/// Reads changes to the end of the stream.
pub(super) async fn changes(
    source: &dyn Source,
    context: &Context,
    query: ReadQuery,
    since: &Watermark,
) -> Changes {
    let mut changes =
        Changes { latest: BTreeMap::new(), unconfirmed: 0, checkpoint: None, resync: false, error: None };
    let mut stream = match source.changes(context, query, since).await {
        Ok(stream) => stream,
        Err(error) => return Changes { error: Some(error), ..changes },
    };
    let mut pending: BTreeMap<Text, Option<Object>> = BTreeMap::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(ChangeEvent::Change(Change::Upsert(object))) => {
                pending.insert(object.id.clone(), Some(object));
            }
            Ok(ChangeEvent::Change(Change::Deleted { id, .. })) => {
                pending.insert(id.text().clone(), None);
            }
            Ok(ChangeEvent::Checkpoint(watermark)) => {
                changes.latest.append(&mut pending);
                changes.checkpoint = Some(watermark);
            }
            Ok(ChangeEvent::ResyncRequired) => changes.resync = true,
            Ok(_) => {}
            Err(error) => {
                changes.error = Some(error);
                break;
            }
        }
    }
    changes.unconfirmed = pending.len();
    changes
}
