//! What identifies content: a short hash that changes with it.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::spec::{LeavingValue, MappingSource, MappingSpec};

/// The first 128 bits of the SHA-256 of some content, written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Hashes content.
    pub fn of(content: impl AsRef<[u8]>) -> Self {
        Self::from_hash(&Sha256::digest(content.as_ref()))
    }

    /// Takes the first 128 bits of a hash.
    pub(crate) fn from_hash(hash: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
        Self(bytes)
    }

    /// Hashes a spec by what it means: where its parts stand in a file does not count.
    pub(crate) fn of_spec(spec: &MappingSpec) -> Self {
        let mut spec = spec.clone();
        spec.allow.clear();
        for object in &mut spec.objects {
            object.span = 0..0;
            object.allow.clear();
            object.matches.iter_mut().for_each(|it| it.span = 0..0);
            object.protect.span = 0..0;
            object.protect.members_of.iter_mut().for_each(|it| it.span = 0..0);
            let groups = object.input.groups.iter_mut().chain(&mut object.scope.groups);
            let groups = groups.chain(&mut object.protect.filter.groups).chain(&mut object.privileged.groups);
            for clause in groups.flat_map(|it| &mut it.clauses) {
                clause.span = 0..0;
            }
            if let Some(assignment) = &mut object.assignment {
                assignment.span = 0..0;
                assignment.groups.iter_mut().for_each(|it| it.span = 0..0);
            }
            let leaving = &mut object.deprovisioning;
            if let Some(status) = &mut leaving.status {
                status.span = 0..0;
            }
            if let Some(soft_delete) = &mut leaving.soft_delete {
                soft_delete.span = 0..0;
            }
            for clause in &mut leaving.source_disabled_when {
                clause.span = 0..0;
            }
            for attribute in &mut leaving.attributes {
                attribute.span = 0..0;
            }
            let values = leaving.attributes.iter_mut().filter_map(|it| match &mut it.value {
                LeavingValue::Source(source) => Some(source),
                LeavingValue::Target(_) | LeavingValue::Clear => None,
            });
            let mapped = object.attributes.iter_mut().map(|it| {
                it.span = 0..0;
                &mut it.source
            });
            for source in values.chain(mapped) {
                match source {
                    MappingSource::Attribute { span, .. } | MappingSource::Expression { span, .. } => {
                        *span = 0..0;
                    }
                    MappingSource::Constant(_) | MappingSource::None => {}
                }
            }
        }
        Self::of(format!("{spec:?}"))
    }

    /// Takes the 16 bytes of a fingerprint.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns its 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the first eight digits, for people.
    pub fn short(self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is not a fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a fingerprint of 32 hexadecimal digits")]
pub struct FingerprintError(String);

impl FromStr for Fingerprint {
    type Err = FingerprintError;

    fn from_str(text: &str) -> Result<Self, FingerprintError> {
        let wrong = || FingerprintError(text.chars().take(64).collect());
        if text.len() != 32 || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 16];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}
