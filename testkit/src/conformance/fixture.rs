//! What the kit has to be told about a connector and the system behind it.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use provisio::connector::{Context, Source, Target};
use provisio::model::{AttributeSchema, Dialect, Object, ObjectType, Text, Value};

use crate::conformance::fitting_value;
use crate::rig::VirtualClock;

/// What a fixture gives. Any error will do.
pub type Prepared<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What is the same for sources and targets. Everything has a default: `impl Fixture for Place {}` is enough at first.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// Returns what each call of the connector gets. Default: a clock that stands until somebody waits for it. A connector
    /// that measures time by its context, over a network, needs a clock that really goes.
    fn context(&self) -> Context {
        Context::new(Arc::new(VirtualClock::default()))
    }

    /// Tells whether checks may use this attribute. Default: yes. Say no to what the system ties to something that no schema
    /// can say.
    fn may_use(&self, _object_type: &ObjectType, _attribute: &AttributeSchema) -> bool {
        true
    }

    /// Returns a value for an attribute, `None` to leave it alone. Different numbers must give different values, but for
    /// booleans, and the same number the same value. Default: [`fitting_value`], which knows the schema and nothing else:
    /// override it for attributes with rules of their own, such as telephone numbers.
    fn value(&self, _object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        fitting_value(attribute, number)
    }

    /// Returns how many objects do not fit on one page of the system. Default: 230.
    fn more_than_a_page(&self) -> usize {
        230
    }

    /// Returns what the system is known to make of what it is sent. What is not said here is a fault. Default: nothing.
    /// [`profile::measure`](crate::conformance::profile::measure) finds out.
    fn dialect(&self) -> Dialect {
        Dialect::new()
    }

    /// Returns the passwords and tokens that the connector was given. They must not show anywhere.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Causes trouble from now on, instead of any that was caused before. Default: no trouble can be caused.
    ///
    /// # Errors
    /// When that fails, which is no fault of the connector.
    async fn cause(&self, _trouble: Trouble) -> Prepared<Hook> {
        Ok(Hook::Absent)
    }
}

/// A source to check.
#[async_trait]
pub trait SourceFixture: Fixture {
    /// Opens the source. Its system holds nothing at first, or nothing that the fixture itself put there.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn source(&self) -> Prepared<Arc<dyn Source>>;

    /// Makes the system hold exactly these objects, without the help of the source, and returns the id of each, in this order.
    /// One whose id is empty is new. The others were there, under the id that was returned; those that are not among them any
    /// more are to be removed.
    ///
    /// # Errors
    /// When that fails.
    async fn hold(&self, objects: &[Object]) -> Prepared<Vec<Text>>;
}

/// A target to check.
#[async_trait]
pub trait TargetFixture: Fixture {
    /// Opens the target. Its system holds nothing that an earlier check left there.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn target(&self) -> Prepared<Arc<dyn Target>>;

    /// Opens a second connector to the same system, as another program would hold it. Default: there is none.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(None)
    }
}

/// Whether a fixture can do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// It is done.
    Done,
    /// This fixture cannot do that.
    Absent,
}

/// Trouble that a fixture may be able to cause. It lasts until other trouble is caused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// None: everything works again.
    Over,
    /// Each read, and read of changes, breaks off after about this many objects, as when a connection is lost.
    ReadsBreakOff {
        /// After how many.
        after: usize,
    },
    /// The system says that there is one object more than it delivers.
    CountIsWrong,
    /// One object that the system holds cannot be understood.
    Unreadable {
        /// Of which type.
        object_type: ObjectType,
        /// Which one.
        id: Text,
    },
    /// The system cannot be reached.
    Unreachable,
    /// The system refuses the credentials.
    CredentialsRefused,
    /// The system refuses all requests, since there are too many.
    Throttled {
        /// For how long, if it says so.
        retry_after: Option<Duration>,
    },
    /// Writes are done, and their answers are lost.
    AnswersLost,
    /// The system knows no watermark any more that it gave out before.
    WatermarksForgotten,
}
