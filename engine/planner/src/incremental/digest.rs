//! Did a source object change since it was remembered?
//!
//! Where a source has no feed of changes, everything is read and compared with what the state of the job remembers: a
//! hash of each object, and no more.

use provisio_model::{Attributes, CompareRule, Record, SourceSide, Timestamp, ValueRef};
use sha2::{Digest as _, Sha256};

use super::baseline::Scoped;
use super::footprint::scoped;
use crate::compiled::{CompiledObject, CompiledSpec};
use crate::fingerprint::Fingerprint;

impl CompiledSpec {
    /// Hashes a source object: everything that was read of it, and how it stands with the scope of each object mapping,
    /// which may change with time alone. What it would be matched by follows from that.
    ///
    /// Secrets are left out: a hash of one that is kept could be guessed from.
    ///
    /// The record is in one of [`CompiledSpec::source_layouts`].
    pub fn digest(&self, record: Record<'_, SourceSide>, now: Timestamp) -> Fingerprint {
        let mut hash = Sha256::new();
        for (slot, _) in record.layout().attributes() {
            let values = record.values(slot);
            hash.update((values.len() as u64).to_le_bytes());
            values.iter().for_each(|it| value(&mut hash, it));
        }
        let is_of = |it: &CompiledObject| *self.sources[it.source] == *record.layout();
        for mapping in &self.mappings {
            let scoped = if is_of(mapping) { scoped(mapping, record, now) } else { Scoped::Out };
            hash.update([scoped as u8]);
        }
        Fingerprint::from_hash(&hash.finalize())
    }
}

/// Every value says what it is and how long, so that no two sequences of values look the same.
fn value(hash: &mut Sha256, value: ValueRef<'_>) {
    let mut put = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    match value {
        ValueRef::Text(text) => put(0, text.as_bytes()),
        ValueRef::Bool(it) => put(1, &[u8::from(it)]),
        ValueRef::Int(it) => put(2, &it.to_le_bytes()),
        ValueRef::Decimal(it) => put(3, &it.to_bits().to_le_bytes()),
        ValueRef::Timestamp(it) => {
            put(4, &it.second().to_le_bytes());
            put(4, &it.nanosecond().to_le_bytes());
        }
        ValueRef::Binary(bytes) => put(5, bytes),
        ValueRef::Reference(id) => put(6, id.as_bytes()),
        ValueRef::Secret(_) => put(7, &[]),
        ValueRef::Complex(attributes) => {
            put(8, &[]);
            complex(hash, attributes);
        }
        // A kind of value that this version does not know.
        other => put(u8::MAX, CompareRule::CaseExact.key(other).as_bytes()),
    }
}

fn complex(hash: &mut Sha256, attributes: &Attributes) {
    hash.update((attributes.len() as u64).to_le_bytes());
    for (name, values) in attributes.iter() {
        let name = name.as_str().to_ascii_lowercase();
        value(hash, ValueRef::Text(&name));
        hash.update((values.len() as u64).to_le_bytes());
        values.iter().for_each(|it| value(hash, it));
    }
}
