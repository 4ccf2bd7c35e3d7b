//! What a store knows of single objects, asked for one by one: an incremental cycle reads nothing else of the state.

use provisio_model::{AttrName, Link, ObjectType, SourceId, TargetId, Text, Watermark};
use provisio_planner::{Fingerprint, Footprint, Generation, MatchKey, Memory, Note, SourceKey, TargetKey};

use super::AppliedPlan;

/// What is known of a source object after the last cycle that looked at it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must see all that it has to keep")]
pub struct KnownSource {
    /// A hash of everything that was read of it: what changes it, changes the hash.
    pub digest: Fingerprint,
    /// How it is found again when something else changes.
    pub footprint: Footprint,
}

/// What is known of a target object: how it was when it was last read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store must see all that it has to keep")]
pub struct KnownTarget {
    /// A hash of the body.
    pub digest: Fingerprint,
    /// The object, in a form that is the runtime's business; at most [`KNOWN_BODY_BYTES_MAX`].
    pub body: Vec<u8>,
    /// The values by which it is sought; sorted, each once.
    pub values: Vec<KnownValue>,
}

/// A value by which a target object is sought.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a pair")]
pub struct KnownValue {
    /// Of which attribute.
    pub attribute: AttrName,
    /// What all values that mean the same share.
    pub key: Text,
}

/// How many bytes a target object has at most in a store.
pub const KNOWN_BODY_BYTES_MAX: usize = 16 << 20;

/// What is known of a job as a whole: everything but what belongs to single objects.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Head {
    /// How often the state was committed.
    pub generation: Generation,
    /// Where the next incremental read of each object type of the source starts.
    pub watermarks: Vec<(Text, Watermark)>,
    /// The plans that were carried out last, oldest first.
    pub applied: Vec<AppliedPlan>,
    /// What every cycle needs of what was noted: [`Memory::for_every_cycle`].
    pub memory: Memory,
    /// What the runtime keeps under names of its own, by name.
    pub records: Vec<(Text, Vec<u8>)>,
    /// How many source objects are known.
    pub sources: u64,
}

/// A question about single objects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to answer every question")]
pub enum Recall {
    /// What is known of a source object, and what are its links and notes under these object mappings? Answer:
    /// [`Recalled::Source`].
    Source {
        /// Which one.
        key: SourceKey,
        /// The names of the object mappings.
        mappings: Vec<Text>,
    },
    /// Which known source objects refer to an object with this id? Answer: [`Recalled::Sources`].
    Referrers(SourceId),
    /// Which known source objects have this matching value? Answer: [`Recalled::Sources`].
    Alike(MatchKey),
    /// Which links lead to a target object? Answer: [`Recalled::Links`].
    LinksTo {
        /// Which one.
        target: TargetId,
        /// Under which object mappings.
        mappings: Vec<Text>,
    },
    /// How is a target object? Answer: [`Recalled::Targets`] with one or none.
    Target(TargetKey),
    /// Which target objects have this value? Answer: [`Recalled::Targets`].
    TargetsWith {
        /// Of which type.
        object_type: ObjectType,
        /// Which value.
        value: KnownValue,
    },
}

/// What came of a [`Recall`].
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "one for each kind of question")]
pub enum Recalled {
    /// A source object.
    Source {
        /// What is known of it, if anything is.
        known: Option<KnownSource>,
        /// Its links, each with the name of its object mapping, in the order of the question.
        links: Vec<(Text, Link)>,
        /// What is noted of it, in the same way.
        notes: Vec<(Text, Note)>,
    },
    /// Source objects, sorted.
    Sources(Vec<SourceKey>),
    /// Links, each with the name of its object mapping, in the order of the question.
    Links(Vec<(Text, Link)>),
    /// Target objects, sorted.
    Targets(Vec<(TargetKey, KnownTarget)>),
}

/// The keys and digests of everything that is known of one side.
pub type Digests<K> = Vec<(K, Fingerprint)>;
