//! What went wrong between the connector and a server, and what does the engine make of it?

use provisio_connector::ConnectorError;
use provisio_model::{ErrorKind, Failure, Retry};

use crate::ber::Malformed;
use crate::result::LdapResult;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No server could be connected to; nothing was asked.
    Unreachable(String),
    /// A server is not who it should be, or files for TLS cannot be used.
    Untrusted(String),
    /// The connection broke.
    Lost(String),
    /// A server did not answer in time.
    Late,
    /// A server answered something that is no LDAP.
    Nonsense(Malformed),
    /// A server sent more than is taken.
    TooMuch(String),
    /// A server refused.
    Refused(LdapResult),
    /// Something does not go together with what the server offers.
    Unfit(ErrorKind, String),
}

impl Trouble {
    /// Returns it as the engine knows it.
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Unreachable(what) => Failure::new(ErrorKind::Unreachable, what.clone()),
            Self::Untrusted(what) => Failure::new(ErrorKind::ConfigInvalid, what.clone()),
            Self::Lost(what) => Failure::new(ErrorKind::Unreachable, what.clone()),
            Self::Late => Failure::new(ErrorKind::Timeout, "the server did not answer in time"),
            Self::Nonsense(malformed) => Failure::new(
                ErrorKind::Unexpected,
                format!("the answer of the server is no LDAP: {malformed}"),
            ),
            Self::TooMuch(what) => Failure::new(ErrorKind::TooLarge, what.clone()),
            Self::Refused(result) => result.failure(),
            Self::Unfit(kind, what) => Failure::new(*kind, what.clone()),
        }
    }

    /// Returns it as the engine knows it when nothing was written: whatever may pass is simply tried again.
    pub(crate) fn before_a_write(&self) -> Failure {
        let failure = self.failure();
        match self {
            Self::Unreachable(_) | Self::Lost(_) | Self::Late => {
                failure.with_retry(Retry::Later { after: None })
            }
            _ => failure,
        }
    }

    /// Tells whether the server may or may not have done what it was asked, if a write was sent before.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Lost(_) | Self::Late | Self::Nonsense(_) | Self::TooMuch(_) => true,
            // A server that stopped at its time limit, or broke off, does not say where.
            Self::Refused(result) => result.code == crate::result::code::TIME_LIMIT_EXCEEDED,
            Self::Unreachable(_) | Self::Untrusted(_) | Self::Unfit(..) => false,
        }
    }

    /// Returns it as an error of an operation.
    pub(crate) fn during(&self, operation: &'static str) -> ConnectorError {
        let failure = self.failure();
        ConnectorError::new(failure.kind, operation, failure.message).with_retry(failure.retry)
    }
}

impl From<Malformed> for Trouble {
    fn from(malformed: Malformed) -> Self {
        Self::Nonsense(malformed)
    }
}
