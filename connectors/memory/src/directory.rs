//! The directory itself: a state behind a lock, and what an embedder or a test calls directly.

use std::error::Error as _;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use provisio_model::{
    Applied, ErrorKind, Failure, Object, Outcome, Retry, Schema, Secret, TargetId, Text, ValueRef, Write,
    WriteAction, WriteId,
};

use crate::decide::{Decision, References, decide, decide_insert, refusal, target_id, unresolved};
use crate::file::{Batch, DirectoryFile, FileError, Opened, Room};
use crate::key::Key;
use crate::secret;
use crate::state::State;

/// How many writes one batch takes.
pub const BATCH_MAX: usize = 500;

/// A directory that enforces its schema, assigns ids, counts versions and tells what changed.
///
/// It is a [`Source`](provisio_connector::Source) and a [`Target`](provisio_connector::Target), and can be called
/// directly and without `async`: [`write`](Self::write), [`get`](Self::get), [`objects`](Self::objects).
///
/// How it answers a write:
///
/// | write | answer |
/// |---|---|
/// | unknown object type or attribute, missing required attribute | `Rejected`, schema violation |
/// | value of the wrong kind, several values for one, too long, reference to nothing | `Rejected`, invalid value |
/// | read-only attribute, immutable attribute changed | `Rejected`, read only |
/// | update of what is not there | `Rejected`, not found |
/// | unique value that another object of the type has | `Conflict`, value taken |
/// | another version than expected | `Conflict`, changed meanwhile |
/// | delete of what is not there, update that changes nothing | `AlreadySatisfied` |
/// | anything else | `Applied`, with the id, the version and all that may be read |
///
/// * The schema decides what is unique and which values are the same; a value is kept to the letter, so setting
///   `Adele` where there is `adele` is a change.
/// * A created object gets the next id of its type, `user-000001`; no id is assigned twice.
/// * When an object is deleted, references to it vanish from all others, as in a directory with referential
///   integrity; each of them thereby changes. The delete is refused if one of them must have the reference.
/// * A secret is kept as a salted hash ([`secret_matches`](Self::secret_matches)) and never read.
/// * The writes of a batch are done in their order. Each is done entirely or not at all.
///
/// Share it in an [`Arc`](std::sync::Arc); all its methods take `&self`. A lock is held for the length of a call, never across an
/// `await`.
pub struct MemoryDirectory {
    inner: Mutex<Inner>,
}

pub(crate) struct Inner {
    pub(crate) state: State,
    /// Tells this directory from another that happens to count the same.
    pub(crate) incarnation: Text,
    pub(crate) file: Option<DirectoryFile>,
    /// Why the file could not be written: what is in memory may not be in the file, so nothing is answered.
    failure: Option<Failure>,
    writes_applied: u64,
    writes_received: u64,
    pub(crate) reads_started: u64,
}

impl MemoryDirectory {
    /// Makes an empty directory in memory.
    pub fn new(schema: Schema) -> Self {
        Self::of(State::new(&schema), new_incarnation(), None)
    }

    /// Opens the directory that is kept in a file, or begins one there. Its folder must exist.
    ///
    /// Each batch of writes is on disk when it is answered, entirely or not at all, whatever happens meanwhile; a
    /// call blocks until then. The file is text, readable by its owner alone; it holds personal data, and secrets
    /// as salted hashes. Beside it, a file with `.lock` added to its name keeps others out and stays.
    ///
    /// A copy that is put back from a backup cannot tell that it is one: watermarks of the file that it replaces
    /// seem to be its own, so let a full read follow.
    ///
    /// A file that was written with another schema is taken over if all that it holds fits the new one.
    ///
    /// When writing fails, the outcome is `Unknown`, and from then on the connector refuses reads and writes until
    /// the file is opened again: what is in memory may not be on disk.
    ///
    /// # Errors
    /// When another process uses the file, when it is no directory file, is damaged, is of another version or does
    /// not fit the schema, or when the file system refuses. Nothing is repaired and nothing dropped, but for a
    /// last batch that was not written to its end and therefore never answered.
    pub fn open(path: impl AsRef<Path>, schema: Schema) -> Result<Self, FileError> {
        let Opened { file, state, incarnation } =
            DirectoryFile::open(path.as_ref(), &schema, new_incarnation())?;
        Ok(Self::of(state, incarnation, Some(file)))
    }

    fn of(state: State, incarnation: Text, file: Option<DirectoryFile>) -> Self {
        let (writes_applied, writes_received, reads_started) = (0, 0, 0);
        let inner =
            Inner { state, incarnation, file, failure: None, writes_applied, writes_received, reads_started };
        Self { inner: Mutex::new(inner) }
    }

    /// Names the incarnation that watermarks carry, so that a test gets the same bytes each time. Otherwise it is
    /// random, since a watermark of another directory must not be mistaken for one of this. A directory in a file
    /// keeps the incarnation that it has.
    #[must_use]
    pub fn with_incarnation(self, incarnation: &str) -> Self {
        let mut inner = self.lock();
        if inner.file.is_none() {
            inner.incarnation = Text::new(incarnation);
        }
        drop(inner);
        self
    }

    /// Takes objects in, each under the id that it has; they may refer to each other in any order.
    ///
    /// # Errors
    /// The failure of the first object that the schema does not allow, whose id or unique value is taken, or that
    /// refers to nothing; or that the file cannot be written. The directory is gone then; its file is as it was.
    pub fn with_objects(self, objects: impl IntoIterator<Item = Object>) -> Result<Self, Failure> {
        let mut inner = self.lock();
        for object in objects {
            let Object { object_type, id, attributes, .. } = &object;
            let decided = decide_insert(&inner.state, object_type, id, attributes, References::MayFollow);
            inner.install(&decided.map_err(refusal)?, None)?;
        }
        if let Some(failure) = unresolved(&inner.state) {
            return Err(failure);
        }
        // The whole file at once, so that all objects are there or none.
        inner.compact().map_err(|error| failure_of(&error))?;
        drop(inner);
        Ok(self)
    }

    /// Takes one object in under the id that it has.
    ///
    /// # Errors
    /// When the schema does not allow it, its id or a unique value is taken, or it refers to nothing; nothing has
    /// changed then. Or when the file cannot be written; see [`open`](Self::open).
    pub fn insert(&self, object: &Object) -> Result<TargetId, Failure> {
        let mut inner = self.lock();
        inner.usable()?;
        let Object { object_type, id, attributes, .. } = object;
        let decided = decide_insert(&inner.state, object_type, id, attributes, References::MustExist);
        let decision = decided.map_err(refusal)?;
        let mut batch = Batch::after(inner.state.sequence);
        inner.install(&decision, Some(&mut batch))?;
        inner.keep(&batch)?;
        Ok(target_id(&decision.key))
    }

    /// Does one write, as [`Target::apply`](provisio_connector::Target::apply) does.
    pub fn write(&self, object_type: &str, action: WriteAction) -> Outcome {
        let write = Write::new(WriteId(0), object_type.into(), action);
        let outcome = self.write_all(&[write]).pop();
        outcome.map_or(Outcome::AlreadySatisfied, |(_, outcome)| outcome)
    }

    /// Does a batch of writes in their order and answers each, as
    /// [`Target::apply`](provisio_connector::Target::apply) does.
    pub fn write_all(&self, writes: &[Write]) -> Vec<(WriteId, Outcome)> {
        let mut inner = self.lock();
        inner.writes_received += writes.len() as u64;
        if let Err(failure) = inner.usable() {
            return writes.iter().map(|write| (write.id, Outcome::Rejected(failure.clone()))).collect();
        }
        let mut batch = Batch::after(inner.state.sequence);
        let mut outcomes: Vec<_> = writes.iter().map(|it| (it.id, inner.write(it, &mut batch))).collect();
        match inner.keep(&batch) {
            Ok(()) => {
                let applied = outcomes.iter().filter(|(_, it)| matches!(it, Outcome::Applied(_))).count();
                inner.writes_applied += applied as u64;
            }
            // Also a refusal may rest on a write of this batch that is not on disk.
            Err(failure) => outcomes.iter_mut().for_each(|(_, it)| *it = Outcome::Unknown(failure.clone())),
        }
        outcomes
    }

    /// Rewrites the file now, so that it holds every object once; in memory, does nothing. It happens by itself
    /// when the batches since the last time are longer than the objects, and than
    /// [`COMPACTION_BYTES_MIN`](crate::COMPACTION_BYTES_MIN).
    ///
    /// # Errors
    /// When the file system refuses or an object is too large; the old file is as it was.
    pub fn compact(&self) -> Result<(), FileError> {
        self.lock().compact()
    }

    /// Returns an object as a read shows it.
    pub fn get(&self, object_type: &str, id: &str) -> Option<Object> {
        let inner = self.lock();
        let key = inner.key(object_type, id)?;
        let stored = inner.state.get(&key)?;
        Some(inner.state.type_state(key.object_type).visible(stored))
    }

    /// Returns all objects of a type as a read shows them, in the order of their ids.
    pub fn objects(&self, object_type: &str) -> Vec<Object> {
        let inner = self.lock();
        let Some(index) = inner.state.type_index(object_type) else { return Vec::new() };
        let type_state = inner.state.type_state(index);
        type_state.objects.values().map(|stored| type_state.visible(stored)).collect()
    }

    /// Returns how many objects of a type there are.
    pub fn count(&self, object_type: &str) -> usize {
        let inner = self.lock();
        inner.state.type_index(object_type).map_or(0, |it| inner.state.type_state(it).objects.len())
    }

    /// Tells whether `candidate` is a secret that an object has; the only question that can be asked about one.
    pub fn secret_matches(&self, object_type: &str, id: &str, attribute: &str, candidate: &str) -> bool {
        let inner = self.lock();
        let stored = inner.key(object_type, id).and_then(|key| inner.state.get(&key));
        let Some(values) = stored.and_then(|it| it.attributes.get(attribute)) else { return false };
        let candidate = Secret::new(candidate);
        values.iter().any(|it| matches!(it, ValueRef::Secret(kept) if secret::matches(kept, &candidate)))
    }

    /// Returns how many writes changed something since this directory was made or opened.
    pub fn writes_applied(&self) -> u64 {
        self.lock().writes_applied
    }

    /// Returns how many writes were asked for, whatever came of them.
    pub fn writes_received(&self) -> u64 {
        self.lock().writes_received
    }

    /// Returns how many reads and reads of changes were begun.
    pub fn reads_started(&self) -> u64 {
        self.lock().reads_started
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held; if something did, the state would be that between two entries.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Refuses everything after the file could not be written.
    pub(crate) fn usable(&self) -> Result<(), Failure> {
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn write(&mut self, write: &Write, batch: &mut Batch) -> Outcome {
        let decision = match decide(&self.state, &write.object_type, &write.action) {
            Ok(decision) => decision,
            Err(outcome) => return outcome,
        };
        if let Err(failure) = self.install(&decision, Some(batch)) {
            return Outcome::Rejected(failure);
        }
        let mut applied = Applied::to(target_id(&decision.key));
        if let Some(stored) = self.state.get(&decision.key) {
            let object = self.state.type_state(decision.key.object_type).visible(stored);
            applied.version = object.version;
            applied.observed = Some(object.attributes);
        }
        Outcome::Applied(applied)
    }

    /// Makes a decision true, in memory and in the batch that goes to the file.
    fn install(&mut self, decision: &Decision, batch: Option<&mut Batch>) -> Result<(), Failure> {
        if let (Some(batch), Some(_)) = (batch, &self.file) {
            let too_large = |message, retry| Failure::new(ErrorKind::TooLarge, message).with_retry(retry);
            match batch.add(&self.state, &decision.entries) {
                Room::Enough => {}
                Room::InNextBatch => {
                    return Err(too_large("the batch is full", Retry::Later { after: None }));
                }
                Room::Never => {
                    return Err(too_large("it does not fit in one line of the file", Retry::Never));
                }
            }
        }
        let unexpected = |message| Failure::new(ErrorKind::Unexpected, Text::from(message));
        decision.entries.iter().try_for_each(|entry| self.state.install(entry)).map_err(unexpected)
    }

    /// Puts a batch on disk.
    fn keep(&mut self, batch: &Batch) -> Result<(), Failure> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if batch.is_empty() {
            return Ok(());
        }
        if let Err(error) = file.append(batch) {
            let failure = failure_of(&error).with_retry(Retry::AfterReread);
            let message = format!("the directory must be opened again: {}", failure.message);
            self.failure = Some(Failure::new(ErrorKind::Unexpected, message));
            return Err(failure);
        }
        file.compact_if_worth(&self.state, &self.incarnation);
        Ok(())
    }

    fn compact(&mut self) -> Result<(), FileError> {
        match &mut self.file {
            Some(file) => file.compact(&self.state, &self.incarnation),
            None => Ok(()),
        }
    }

    fn key(&self, object_type: &str, id: &str) -> Option<Key> {
        self.state.type_index(object_type).map(|object_type| Key { object_type, id: id.into() })
    }
}

impl fmt::Debug for MemoryDirectory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        let mut debug = formatter.debug_struct("MemoryDirectory");
        for type_state in &inner.state.types {
            debug.field(type_state.object_type().as_str(), &type_state.objects.len());
        }
        debug.finish()
    }
}

fn new_incarnation() -> Text {
    Text::from(format!("{:032x}", secret::random_u128()))
}

fn failure_of(error: &FileError) -> Failure {
    let cause = error.source().map(|it| format!(": {it}")).unwrap_or_default();
    Failure::new(ErrorKind::Unexpected, format!("{error}{cause}"))
}

#[cfg(test)]
mod tests {
    use provisio_model::Attributes;

    use super::*;
    use crate::directory_schema;

    #[test]
    fn after_a_failed_write_nothing_is_promised_until_the_file_is_opened_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("directory.jsonl");
        let directory = MemoryDirectory::open(&path, directory_schema()).expect("opens");
        let create = |name: &str| {
            let attributes: Attributes = [("userName", name)].into_iter().collect();
            directory.write("user", WriteAction::Create { attributes })
        };
        assert!(matches!(create("adele"), Outcome::Applied(_)));
        directory.lock().file.as_mut().expect("has one").break_disk();
        assert!(matches!(create("ADELE"), Outcome::Conflict(_)), "nothing had to be written");
        let Outcome::Unknown(failure) = create("ben") else { panic!("not on disk") };
        assert_eq!(failure.retry, Retry::AfterReread);
        assert!(failure.message.contains("cannot write"), "{failure}");
        let Outcome::Rejected(failure) = create("carl") else { panic!("not sent") };
        assert!(failure.message.starts_with("the directory must be opened again: "), "{failure}");
        assert!(directory.lock().usable().is_err(), "no read either");
        assert_eq!(directory.writes_applied(), 1);
        drop(directory);
        let directory = MemoryDirectory::open(&path, directory_schema()).expect("opens");
        assert_eq!(directory.count("user"), 1);
    }
}
