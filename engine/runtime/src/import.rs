//! From a connector's stream to records, and to the proof that they are all.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::StreamExt as _;
use provisio_connector::{Context, ReadEvent, ReadQuery, ReadStream, Source};
use provisio_model::{
    ErrorKind, Failure, Import, Incomplete, Layout, PackError, Partial, Records, RecordsBuilder, Side,
    Snapshot, SourceSide, TargetSide, Text,
};

use crate::progress::OBJECTS_PER_REPORT;

/// How many unreadable objects are kept with their failure; all are counted.
pub const UNREADABLE_KEPT_MAX: usize = 1_000;

/// What came of reading one object type.
pub struct Imported<S: Side> {
    /// The objects, and whether they are all.
    pub import: Import<S>,
    /// Objects that could not be read.
    pub unreadable: Unreadable,
}

/// Objects that are there and could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Unreadable {
    /// How many there are.
    pub count: usize,
    /// The first of them: their id, if it is known, and what is wrong.
    pub first: Vec<(Option<Text>, Failure)>,
}

impl Unreadable {
    fn add(&mut self, id: Option<Text>, failure: Failure) {
        self.count += 1;
        if self.first.len() < UNREADABLE_KEPT_MAX {
            self.first.push((id, failure));
        }
    }
}

/// An event of a read, seen from one side.
pub enum Sorted<S: Side> {
    /// A batch of objects of this side.
    Batch(Records<S>),
    /// Anything else.
    Event(ReadEvent),
}

/// The side that a connector is read for.
pub trait ImportSide: Side {
    /// Takes the batch of an event, if it is one of this side.
    fn sort(event: ReadEvent) -> Sorted<Self>
    where
        Self: Sized;
}

impl ImportSide for SourceSide {
    fn sort(event: ReadEvent) -> Sorted<Self> {
        match event {
            ReadEvent::SourceBatch(records) => Sorted::Batch(records),
            other => Sorted::Event(other),
        }
    }
}

impl ImportSide for TargetSide {
    fn sort(event: ReadEvent) -> Sorted<Self> {
        match event {
            ReadEvent::TargetBatch(records) => Sorted::Batch(records),
            other => Sorted::Event(other),
        }
    }
}

/// Reads all objects of one type. A read that fails is not an error here: it is an incomplete read, from which
/// nothing is concluded (R1).
pub async fn import<S: ImportSide>(
    source: &(impl Source + ?Sized),
    context: &Context,
    layout: &Arc<Layout>,
) -> Imported<S> {
    import_telling(source, context, layout, &|_| {}).await
}

/// Reads all objects of one type, and tells now and then how many there are so far.
pub(crate) async fn import_telling<S: ImportSide>(
    source: &(impl Source + ?Sized),
    context: &Context,
    layout: &Arc<Layout>,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Imported<S> {
    match source.read(context, ReadQuery::all(Arc::clone(layout))).await {
        Ok(stream) => take_in(stream, layout, progress).await,
        Err(error) => Reading::new(layout).partial(Incomplete::Failed(error.to_string().into())),
    }
}

/// Reads the objects that a query wants; `None` when the system cannot look for that.
pub(crate) async fn import_query<S: ImportSide>(
    source: &(impl Source + ?Sized),
    context: &Context,
    query: ReadQuery,
) -> Option<Imported<S>> {
    let layout = Arc::clone(&query.layout);
    match source.read(context, query).await {
        Ok(stream) => Some(take_in(stream, &layout, &|_| {}).await),
        Err(error) if error.kind() == ErrorKind::Unsupported => None,
        Err(error) => Some(Reading::new(&layout).partial(Incomplete::Failed(error.to_string().into()))),
    }
}

async fn take_in<S: ImportSide>(
    mut stream: ReadStream<'_>,
    layout: &Arc<Layout>,
    progress: &(dyn Fn(usize) + Send + Sync),
) -> Imported<S> {
    let mut next_report = OBJECTS_PER_REPORT;
    let mut reading = Reading::<S>::new(layout);
    while let Some(event) = stream.next().await {
        let objects = reading.builder.records().len();
        if objects >= next_report {
            next_report = objects + OBJECTS_PER_REPORT;
            progress(objects);
        }
        let event = match event.map(S::sort) {
            Ok(Sorted::Batch(batch)) => match reading.batch(batch) {
                Ok(()) => continue,
                Err(why) => return reading.partial(why),
            },
            Ok(Sorted::Event(event)) => event,
            Err(error) => return reading.partial(Incomplete::Failed(error.to_string().into())),
        };
        match event {
            ReadEvent::Object(object) if object.object_type == *layout.object_type() => {
                if let Err(error) = reading.builder.push(&object) {
                    reading.refused(error, &object.id);
                }
            }
            ReadEvent::Unreadable { id, failure } => reading.unreadable(id, failure),
            ReadEvent::Complete(completeness) => {
                return if reading.unidentified > 0 {
                    let unidentified = reading.unidentified;
                    reading.partial(Incomplete::Unidentified(unidentified))
                } else {
                    reading.complete(completeness)
                };
            }
            ReadEvent::Incomplete(why) => return reading.partial(why),
            other => {
                let why = format!("the connector sent {}, which was not asked for", kind_of(&other));
                return reading.partial(Incomplete::Failed(why.into()));
            }
        }
    }
    reading.partial(Incomplete::NotDeclared)
}

fn kind_of(event: &ReadEvent) -> &'static str {
    match event {
        ReadEvent::Object(_) => "an object of another type",
        ReadEvent::SourceBatch(_) | ReadEvent::TargetBatch(_) => "a batch of the other side",
        _ => "an event that this version does not know",
    }
}

struct Reading<S: ImportSide> {
    builder: RecordsBuilder<S>,
    unreadable: Unreadable,
    /// Ids of objects that are there and could not be read.
    identified: BTreeSet<Text>,
    /// Ids that occur twice: which object is the right one is not known, so neither is kept.
    twice: BTreeSet<Text>,
    unidentified: usize,
}

impl<S: ImportSide> Reading<S> {
    fn new(layout: &Arc<Layout>) -> Self {
        Self {
            builder: RecordsBuilder::new(Arc::clone(layout)),
            unreadable: Unreadable::default(),
            identified: BTreeSet::new(),
            twice: BTreeSet::new(),
            unidentified: 0,
        }
    }

    fn batch(&mut self, batch: Records<S>) -> Result<(), Incomplete> {
        let refused =
            self.builder.append(batch).map_err(|error| Incomplete::Failed(error.to_string().into()))?;
        for error in refused {
            self.refused(error, "");
        }
        Ok(())
    }

    fn refused(&mut self, error: PackError, id: &str) {
        let failure = Failure::new(ErrorKind::InvalidValue, error.to_string());
        match error {
            PackError::DuplicateId { id } => {
                self.twice.insert(id.clone());
                self.unreadable(Some(id), failure);
            }
            _ => self.unreadable((!id.is_empty()).then(|| id.into()), failure),
        }
    }

    fn unreadable(&mut self, id: Option<Text>, failure: Failure) {
        match &id {
            Some(id) => {
                if self.builder.position(id).is_some() {
                    self.twice.insert(id.clone());
                }
                self.identified.insert(id.clone());
            }
            None => self.unidentified += 1,
        }
        self.unreadable.add(id, failure);
    }

    fn records(builder: RecordsBuilder<S>, twice: &BTreeSet<Text>) -> Records<S> {
        let records = builder.finish();
        if twice.is_empty() {
            return records;
        }
        let mut kept = RecordsBuilder::new(Arc::clone(records.layout()));
        for record in records.iter().filter(|it| !twice.contains(it.id_str())) {
            // It was packed once in this layout, so it fits again.
            let _ = kept.push(&record.to_object());
        }
        kept.finish()
    }

    fn partial(self, why: Incomplete) -> Imported<S> {
        let records = Self::records(self.builder, &self.twice);
        Imported { import: Import::Partial(Partial::new(records, why)), unreadable: self.unreadable }
    }

    fn complete(self, completeness: provisio_model::Completeness) -> Imported<S> {
        let records = Self::records(self.builder, &self.twice);
        let snapshot = Snapshot::complete(records, completeness, self.identified);
        Imported { import: Import::Complete(snapshot), unreadable: self.unreadable }
    }
}
