//! The directory itself: a state behind a lock, and what an embedder or a test calls directly.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use provisio_model::{
    Applied, ErrorKind, Failure, Object, Outcome, Schema, Secret, TargetId, Text, ValueRef, Write,
    WriteAction, WriteId,
};

use crate::decide::{Decision, References, decide, decide_insert, refusal, target_id, unresolved};
use crate::secret;
use crate::state::{Entry, Key, State};

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
    writes_applied: u64,
    writes_received: u64,
    pub(crate) reads_started: u64,
}

impl MemoryDirectory {
    /// Makes an empty directory in memory.
    pub fn new(schema: Schema) -> Self {
        Self::of(State::new(&schema), Text::from(format!("{:032x}", secret::random_u128())))
    }

    pub(crate) fn of(state: State, incarnation: Text) -> Self {
        let inner = Inner { state, incarnation, writes_applied: 0, writes_received: 0, reads_started: 0 };
        Self { inner: Mutex::new(inner) }
    }

    /// Names the incarnation that watermarks carry, so that a test gets the same bytes each time. Otherwise it is
    /// random, since a watermark of another directory must not be mistaken for one of this.
    #[must_use]
    pub fn with_incarnation(self, incarnation: &str) -> Self {
        self.lock().incarnation = Text::new(incarnation);
        self
    }

    /// Takes objects in, each under the id that it has; they may refer to each other in any order.
    ///
    /// # Errors
    /// The failure of the first object that the schema does not allow, whose id or unique value is taken, or that
    /// refers to nothing.
    pub fn with_objects(self, objects: impl IntoIterator<Item = Object>) -> Result<Self, Failure> {
        let mut inner = self.lock();
        for object in objects {
            let Object { object_type, id, attributes, .. } = &object;
            let decided = decide_insert(&inner.state, object_type, id, attributes, References::MayFollow);
            inner.install(&decided.map_err(refusal)?)?;
        }
        if let Some(failure) = unresolved(&inner.state) {
            return Err(failure);
        }
        drop(inner);
        Ok(self)
    }

    /// Takes one object in under the id that it has.
    ///
    /// # Errors
    /// When the schema does not allow it, its id or a unique value is taken, or it refers to nothing; nothing has
    /// changed then.
    pub fn insert(&self, object: &Object) -> Result<TargetId, Failure> {
        let mut inner = self.lock();
        let Object { object_type, id, attributes, .. } = object;
        let decided = decide_insert(&inner.state, object_type, id, attributes, References::MustExist);
        let decision = decided.map_err(refusal)?;
        inner.install(&decision)?;
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
        writes.iter().map(|write| (write.id, inner.write(write))).collect()
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
    fn write(&mut self, write: &Write) -> Outcome {
        self.writes_received += 1;
        let decision = match decide(&self.state, &write.object_type, &write.action) {
            Ok(decision) => decision,
            Err(outcome) => return outcome,
        };
        if let Err(failure) = self.install(&decision) {
            return Outcome::Rejected(failure);
        }
        self.writes_applied += 1;
        let mut applied = Applied::to(target_id(&decision.key));
        if let Some(stored) = self.state.get(&decision.key) {
            let object = self.state.type_state(decision.key.object_type).visible(stored);
            applied.version = object.version;
            applied.observed = Some(object.attributes);
        }
        Outcome::Applied(applied)
    }

    fn install(&mut self, decision: &Decision) -> Result<(), Failure> {
        let unexpected = |message| Failure::new(ErrorKind::Unexpected, Text::from(message));
        decision.entries.iter().try_for_each(|entry: &Entry| self.state.install(entry)).map_err(unexpected)
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
