//! Values that cannot be written as text, beside the rows.

use crate::{Attributes, Secret, ValueKind, ValueRef};

/// Values that cannot be written as text.
#[derive(Default)]
pub(in crate::records) struct Others {
    binaries: Vec<Box<[u8]>>,
    complex: Vec<Attributes>,
    secrets: Vec<Secret>,
}

impl Others {
    /// Adds a value that is no text; others are not added.
    pub(in crate::records) fn push(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Binary(bytes) => self.binaries.push(bytes.into()),
            ValueRef::Complex(attributes) => self.complex.push(attributes.clone()),
            ValueRef::Secret(secret) => self.secrets.push(secret.clone()),
            _ => {}
        }
    }

    /// Returns one of the values of a kind.
    pub(in crate::records) fn get(&self, kind: ValueKind, at: usize) -> ValueRef<'_> {
        let other = match kind {
            ValueKind::Complex => self.complex.get(at).map(ValueRef::Complex),
            ValueKind::Secret => self.secrets.get(at).map(ValueRef::Secret),
            _ => self.binaries.get(at).map(|it| ValueRef::Binary(it)),
        };
        other.unwrap_or(ValueRef::Text(""))
    }

    /// Returns how many values of a kind there are.
    pub(in crate::records) fn count(&self, kind: ValueKind) -> usize {
        match kind {
            ValueKind::Binary => self.binaries.len(),
            ValueKind::Complex => self.complex.len(),
            ValueKind::Secret => self.secrets.len(),
            _ => 0,
        }
    }

    /// Returns the bytes of the values themselves.
    pub(super) fn memory_bytes(&self) -> usize {
        self.binaries.iter().map(|it| it.len() + size_of::<Box<[u8]>>()).sum::<usize>()
            + self.complex.capacity() * size_of::<Attributes>()
            + self.secrets.capacity() * size_of::<Secret>()
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.binaries.append(&mut other.binaries);
        self.complex.append(&mut other.complex);
        self.secrets.append(&mut other.secrets);
    }
}
