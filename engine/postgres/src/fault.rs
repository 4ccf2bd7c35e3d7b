//! What a fault of PostgreSQL, or of the way to it, means for the caller.

use std::error::Error;
use std::fmt::Display;

use provisio_model::Text;
use provisio_runtime::StoreError;
use tokio_postgres::error::SqlState;

/// Why it was not done, before it is said where.
pub(crate) enum Fault {
    /// The store did its duty.
    Refused(StoreError),
    /// What is stored makes no sense.
    Damaged(Text),
    /// The server cannot be reached, or asks to come again. Nothing was done; trying again may help.
    Passing(Box<dyn Error + Send + Sync>),
    /// The server, or the library that talks to it, did not do it, and will not the next time.
    Failed(Box<dyn Error + Send + Sync>),
}

/// What the server said. Without its details, which may hold ids of people.
#[derive(Debug, thiserror::Error)]
#[error("{message} (SQLSTATE {code})")]
struct ServerError {
    message: String,
    code: String,
}

/// The server, the schema or the user is not fit.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    /// A later version of the format.
    #[error("it has format {found}, written by a newer version; this one knows formats up to {known}")]
    Newer {
        /// Its format.
        found: i64,
        /// The latest known one.
        known: i64,
    },
    /// An earlier version of the format, where nothing may be changed.
    #[error("it has format {found}; the next run brings it to format {known}")]
    Older {
        /// Its format.
        found: i64,
        /// The latest known one.
        known: i64,
    },
    /// The schema is somebody else's.
    #[error("schema `{schema}` has a table `{table}` of another program; name another schema")]
    Foreign {
        /// Which schema.
        schema: String,
        /// Which table.
        table: String,
    },
    /// The user may not do enough.
    #[error("user `{user}` may not write to schema `{schema}`: it lacks {missing}")]
    Privileges {
        /// Which user.
        user: String,
        /// Which schema.
        schema: String,
        /// On what.
        missing: String,
    },
    /// Nothing can be written.
    #[error("the server is a standby, or set to read only")]
    ReadOnly,
    /// Text would be lost.
    #[error("the database has encoding {0}; it must be UTF8")]
    Encoding(String),
    /// The server is too old.
    #[error("the server has version {0}; it must be 13 or later")]
    Version(String),
    /// Without an answer.
    #[error("the server gave no answer in time")]
    NoAnswer,
    /// Nobody gave a connection back in time.
    #[error("all connections of the store are in use")]
    Busy,
    /// No way to trust the server.
    #[cfg(feature = "tls")]
    #[error("the certificates cannot be read")]
    Certificates(#[source] Box<dyn Error + Send + Sync>),
    /// The connection must be under TLS.
    #[error(
        "the server is on another machine, so that the connection must be under TLS, which this build lacks"
    )]
    #[cfg(not(feature = "tls"))]
    NoTls,
}

impl Fault {
    pub(crate) fn damaged(why: impl Display) -> Self {
        Self::Damaged(Text::new(why.to_string()))
    }

    pub(crate) fn passing(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Passing(Box::new(error))
    }

    pub(crate) fn failed(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Failed(Box::new(error))
    }

    /// Says where it happened, and in doing what.
    pub(crate) fn at(self, operation: &'static str, place: &Text) -> StoreError {
        let place = place.clone();
        match self {
            Self::Refused(error) => error,
            Self::Damaged(why) => StoreError::Damaged { place, why },
            Self::Passing(source) | Self::Failed(source) => StoreError::Failed { operation, place, source },
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(server) = error.as_db_error() else {
            // What is not the server's is the connection's, or a value that does not fit.
            let is_value = error.source().is_some_and(|it| !is_of_connection(it));
            return if is_value { Self::Failed(Box::new(error)) } else { Self::Passing(Box::new(error)) };
        };
        let (message, code) = (server.message().to_owned(), server.code().code().to_owned());
        let says = ServerError { message, code };
        let is_passing = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ];
        match server.code() {
            code if is_passing.contains(code) => Self::Passing(Box::new(says)),
            code if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::UNDEFINED_COLUMN => {
                Self::damaged(format_args!("{says}"))
            }
            _ => Self::Failed(Box::new(says)),
        }
    }
}

fn is_of_connection(source: &(dyn Error + 'static)) -> bool {
    let mut error = Some(source);
    while let Some(it) = error {
        if let Some(io) = it.downcast_ref::<std::io::Error>() {
            return io.kind() != std::io::ErrorKind::InvalidData
                && io.kind() != std::io::ErrorKind::InvalidInput;
        }
        error = it.source();
    }
    false
}
