//! What a fault of redb means for the caller.

use std::fmt::Display;
use std::io::ErrorKind;

use provisio_model::Text;
use redb::Error;

use crate::store::StoreError;

/// Why it was not done, before it is said where.
pub(super) enum Fault {
    /// redb, or the file system below it, did not do it.
    Redb(Error),
    /// What is stored makes no sense.
    Damaged(Text),
    /// A later version of the format.
    Newer(NewerFormat),
    /// The store did its duty.
    Refused(StoreError),
}

/// The file has a format of the future.
#[derive(Debug, thiserror::Error)]
#[error("it has format {found}, written by a newer version; this one knows formats up to {known}")]
pub(super) struct NewerFormat {
    pub(super) found: u64,
    pub(super) known: u64,
}

impl<E: Into<Error>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Redb(error.into())
    }
}

impl Fault {
    pub(super) fn damaged(why: impl Display) -> Self {
        Self::Damaged(Text::new(why.to_string()))
    }

    /// Tells whether the file is at fault.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Redb(error) => is_damage(error),
            Self::Newer(_) | Self::Refused(_) => false,
        }
    }

    /// Says where it happened, and in doing what.
    pub(super) fn at(self, operation: &'static str, place: &Text) -> StoreError {
        let place = place.clone();
        match self {
            Self::Refused(error) => error,
            Self::Damaged(why) => StoreError::Damaged { place, why },
            Self::Newer(newer) => StoreError::Failed { operation, place, source: Box::new(newer) },
            Self::Redb(Error::DatabaseAlreadyOpen | Error::LockProtocolMismatch) => {
                StoreError::InUse { place }
            }
            Self::Redb(error) if is_damage(&error) => {
                StoreError::Damaged { place, why: Text::new(error.to_string()) }
            }
            Self::Redb(Error::Io(error)) => StoreError::Failed { operation, place, source: Box::new(error) },
            Self::Redb(error) => StoreError::Failed { operation, place, source: Box::new(error) },
        }
    }
}

fn is_damage(error: &Error) -> bool {
    match error {
        Error::Io(error) => matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof),
        Error::Corrupted(_)
        | Error::UpgradeRequired(_)
        | Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TableIsNotMultimap(_)
        | Error::TypeDefinitionChanged { .. } => true,
        _ => false,
    }
}
