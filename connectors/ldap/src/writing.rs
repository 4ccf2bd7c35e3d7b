//! How is a batch of writes carried out? One after the other, on one connection, each with exactly one outcome.
//!
//! Before the first write it is looked up, for all of them together, where their objects are. A write whose answer is lost
//! has an unknown fate; one that was refused has changed nothing, and where something was changed before the refusal the
//! fate is unknown too, so that it is looked at again.

mod create;
mod primary_group;
mod restore;
mod update;

use std::collections::{BTreeSet, HashMap};

use provisio_connector::Context;
use provisio_model::{
    Applied, Attributes, ErrorKind, Failure, Outcome, Retry, TargetId, Text, Value, Write, WriteAction,
};

use crate::connection::Connection;
use crate::control::{ASSERTION, Control, PERMISSIVE_MODIFY, SHOW_DELETED, TREE_DELETE, post_read};
use crate::directory::Directory;
use crate::draft::by_guid;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::ldap::Shared;
use crate::primary_group::{OBJECT_SID, PRIMARY_GROUP_ID};
use crate::references::{Place, locate};
use crate::request::Request;
use crate::response::Controls;
use crate::result::{LdapResult, code};
use crate::trouble::Trouble;

/// What is looked at of objects of Active Directory before they are written.
const ACCOUNT_ATTRIBUTES: [&str; 5] =
    ["userAccountControl", "groupType", "adminCount", OBJECT_SID, PRIMARY_GROUP_ID];

/// A batch of writes that is under way.
pub(crate) struct Writing<'a> {
    pub(super) context: &'a Context,
    pub(super) shared: &'a Shared,
    pub(super) directory: &'a Directory,
    connection: Option<Connection>,
    pub(super) places: HashMap<Text, Place>,
    ids: BTreeSet<Text>,
    /// The version that the object of the write under way still has to have; nothing once that was seen to.
    pub(super) expected: Option<Text>,
    /// The version that it has after what was written.
    version: Option<Text>,
}

/// How a write ended that was not carried out, or not wholly.
pub(super) enum Stop {
    /// Nothing was changed.
    Refused(Failure),
    /// Another object or another version stands in the way; nothing was changed.
    Conflict(Failure),
    /// Something may have been changed.
    Open(Failure),
    /// There was nothing to do.
    Nothing,
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

impl<'a> Writing<'a> {
    /// Looks up where the objects are that the writes are about.
    pub(crate) async fn begin(
        context: &'a Context,
        shared: &'a Shared,
        directory: &'a Directory,
        writes: &[Write],
    ) -> Result<Self, Trouble> {
        let connection = shared.pool.acquire().await?;
        let ids = writes.iter().flat_map(ids).collect();
        let mut writing = Self {
            context,
            shared,
            directory,
            connection: Some(connection),
            places: HashMap::new(),
            ids,
            expected: None,
            version: None,
        };
        writing.locate_all().await?;
        Ok(writing)
    }

    /// Gives the connection back.
    pub(crate) async fn end(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.shared.pool.release(connection).await;
        }
    }

    /// Carries out a write.
    pub(crate) async fn write(&mut self, write: &Write) -> Outcome {
        if let Err(error) = self.context.check("apply") {
            return Outcome::Rejected(error.failure().clone().with_retry(Retry::Later { after: None }));
        }
        let directory = self.directory;
        let kind = match directory.kind(write.object_type.as_str()) {
            Ok(kind) => kind,
            Err(trouble) => return Outcome::Rejected(trouble.failure()),
        };
        self.version = None;
        self.expected = match &write.action {
            WriteAction::Update { version, .. } | WriteAction::Delete { version, .. } => version.clone(),
            _ => None,
        };
        let done = match &write.action {
            _ if self.expected.is_some() && kind.version.is_none() => {
                let what =
                    "a write cannot name the version of the object, unless the job asks for `versions`";
                Err(Stop::Refused(Failure::new(ErrorKind::Unsupported, what)))
            }
            WriteAction::Create { attributes } => self.create(kind, attributes).await,
            WriteAction::Update { target, deltas, .. } => self.update(kind, target, deltas).await,
            WriteAction::Delete { target, .. } => self.delete(kind, target).await,
            _ => Err(Stop::Refused(Failure::new(ErrorKind::Unsupported, "this kind of write is not known"))),
        };
        match done {
            Ok(mut applied) => {
                applied.version = self.version.take();
                Outcome::Applied(applied)
            }
            Err(Stop::Refused(failure)) => Outcome::Rejected(failure),
            Err(Stop::Conflict(failure)) => Outcome::Conflict(failure),
            Err(Stop::Open(failure)) => Outcome::Unknown(failure.with_retry(Retry::AfterReread)),
            Err(Stop::Nothing) => Outcome::AlreadySatisfied,
        }
    }

    /// Removes an object; one that has others beneath it only if the job says so.
    async fn delete(&mut self, kind: &Kind, target: &TargetId) -> Result<Applied, Stop> {
        for is_again in [false, true] {
            let Some(dn) = self.dn_of(kind, target) else { return Err(Stop::Nothing) };
            if self.is_deleted(target) && !self.directory.root.has_recycle_bin {
                let message = "it was deleted before, and the directory removes it by itself in the end";
                return Err(Stop::Refused(Failure::new(ErrorKind::Unsupported, message)));
            }
            let mut controls = self.assertion(kind, target);
            let mut result = self.call(&Request::Delete { dn: &dn }, &controls).await?;
            let is_tree = result.code == code::NOT_ALLOWED_ON_NON_LEAF && kind.config.delete_trees;
            if is_tree && self.directory.root.knows(TREE_DELETE) {
                controls.push(Control::critical(TREE_DELETE));
                result = self.call(&Request::Delete { dn: &dn }, &controls).await?;
            }
            match result.code {
                code::SUCCESS => {
                    self.places.remove(target.as_str());
                    return Ok(Applied::to(target.clone()));
                }
                // It may have been renamed since it was looked up.
                code::NO_SUCH_OBJECT | code::ASSERTION_FAILED if !is_again => self.locate_again().await?,
                code::NO_SUCH_OBJECT => return Err(Stop::Nothing),
                _ => return Err(self.refusal(&result, Some(target), false)),
            }
        }
        Err(Stop::Nothing)
    }

    /// Returns the name by which a request means an object; `None` if it is not there.
    pub(super) fn dn_of(&self, kind: &Kind, target: &TargetId) -> Option<String> {
        let place = self.places.get(target.as_str())?;
        Some(if kind.is_active_directory { by_guid(target.as_str()) } else { place.dn.clone() })
    }

    /// Makes sure that a name still means the object that it meant.
    pub(super) fn assertion(&self, kind: &Kind, target: &TargetId) -> Vec<Control> {
        let id = kind.anchor.bytes(target.as_str());
        match id {
            Some(id) if self.directory.root.knows(ASSERTION) => {
                let mut filter = Filter::equal(&kind.anchor.attribute, id);
                let Some(version) = &kind.version else { return vec![Control::assertion(&filter)] };
                if let Some(expected) = &self.expected {
                    filter = filter.and(Filter::equal(version, expected.as_bytes()));
                }
                vec![Control::assertion(&filter), Control::post_read(&[version])]
            }
            _ if self.is_deleted(target) => vec![Control::critical(SHOW_DELETED)],
            _ => Vec::new(),
        }
    }

    /// Adding what is there and removing what is not succeed, where the server can do that.
    pub(super) fn permissive(&self) -> Option<Control> {
        self.directory.root.knows(PERMISSIVE_MODIFY).then(|| Control::critical(PERMISSIVE_MODIFY))
    }

    /// Sends a request that writes and waits for its answer.
    pub(super) async fn call(
        &mut self,
        request: &Request<'_>,
        controls: &[Control],
    ) -> Result<LdapResult, Stop> {
        let version = self.directory.kinds.first().and_then(|it| it.version.as_deref());
        let now = |controls: Controls<'_>| match (version, post_read(controls)?) {
            (Some(version), Some(entry)) => Ok(entry.text(version)?.map(Text::from)),
            _ => Ok(None),
        };
        let (result, now) = self.call_for(request, controls, now).await?;
        if result.is_success() && controls.iter().any(|it| it.oid() == ASSERTION) {
            self.expected = None;
            self.version = now;
        }
        Ok(result)
    }

    /// Sends a request that writes, waits for its answer, and takes something out of its controls.
    pub(super) async fn call_for<T>(
        &mut self,
        request: &Request<'_>,
        controls: &[Control],
        take: impl FnOnce(Controls<'_>) -> Result<T, crate::ber::Malformed>,
    ) -> Result<(LdapResult, T), Stop> {
        let mut connection = self.connection().await?;
        match connection.call_for(request, controls, take).await {
            Ok((result, _)) if result.code == code::TIME_LIMIT_EXCEEDED => {
                self.connection = Some(connection);
                Err(Stop::Open(result.failure()))
            }
            Ok(answer) => {
                self.connection = Some(connection);
                Ok(answer)
            }
            // The connection is not used again: what comes next on it is not known.
            Err(trouble) if trouble.leaves_open() => Err(Stop::Open(trouble.failure())),
            Err(trouble) => Err(Stop::Refused(trouble.before_a_write())),
        }
    }

    /// Does something that only reads.
    pub(super) async fn reading<T>(
        &mut self,
        read: impl AsyncFnOnce(&mut Connection) -> Result<T, Trouble>,
    ) -> Result<T, Stop> {
        let mut connection = self.connection().await?;
        match read(&mut connection).await {
            Ok(value) => {
                self.connection = Some(connection);
                Ok(value)
            }
            Err(trouble) => Err(Stop::Refused(trouble.before_a_write())),
        }
    }

    async fn connection(&mut self) -> Result<Connection, Stop> {
        match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.shared.pool.acquire().await.map_err(|it| Stop::Refused(it.before_a_write())),
        }
    }

    /// Looks up where all objects are now.
    pub(super) async fn locate_again(&mut self) -> Result<(), Stop> {
        self.locate_all().await.map_err(|it| Stop::Refused(it.before_a_write()))
    }

    async fn locate_all(&mut self) -> Result<(), Trouble> {
        let Some(kind) = self.directory.kinds.first().filter(|_| !self.ids.is_empty()) else { return Ok(()) };
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.shared.pool.acquire().await?,
        };
        let wanted: &[&str] = if kind.is_active_directory { &ACCOUNT_ATTRIBUTES } else { &[] };
        let places = locate(&mut connection, self.directory, &kind.anchor, &self.ids, wanted).await?;
        self.connection = Some(connection);
        self.places = places;
        Ok(())
    }

    /// Says what a refusal means. `is_begun` tells whether something of the write was carried out before.
    pub(super) fn refusal(&self, result: &LdapResult, target: Option<&TargetId>, is_begun: bool) -> Stop {
        let mut failure = result.failure();
        let place = target.and_then(|it| self.places.get(it.as_str()));
        let is_protected = place.and_then(|it| it.values.get("admincount")).is_some_and(|it| it == b"1");
        if failure.kind == ErrorKind::PermissionDenied && is_protected {
            let message = format!(
                "{}; the object is protected (`adminCount` is 1): the directory resets its permissions to those of AdminSDHolder",
                failure.message
            );
            failure = Failure::new(ErrorKind::PermissionDenied, message);
        }
        match failure.kind {
            _ if is_begun => Stop::Open(failure),
            ErrorKind::AlreadyExists | ErrorKind::UniquenessViolated | ErrorKind::PreconditionFailed => {
                Stop::Conflict(failure)
            }
            _ => Stop::Refused(failure),
        }
    }
}

/// Takes secrets out of what a server said.
pub(super) fn without_secrets(stop: Stop, secrets: &[String]) -> Stop {
    let clean = |failure: Failure| {
        let mut message = failure.message.to_string();
        for secret in secrets.iter().filter(|it| !it.is_empty()) {
            message = message.replace(secret.as_str(), provisio_model::REDACTED);
        }
        Failure::new(failure.kind, message).with_retry(failure.retry)
    };
    match stop {
        Stop::Refused(failure) => Stop::Refused(clean(failure)),
        Stop::Conflict(failure) => Stop::Conflict(clean(failure)),
        Stop::Open(failure) => Stop::Open(clean(failure)),
        Stop::Nothing => Stop::Nothing,
    }
}

/// Returns the ids of all objects that a write is about.
fn ids(write: &Write) -> Vec<Text> {
    let mut ids = Vec::new();
    match &write.action {
        WriteAction::Create { attributes } => referred(attributes, &mut ids),
        WriteAction::Update { target, deltas, .. } => {
            ids.push(target.text().clone());
            for delta in deltas {
                use provisio_model::ValuesChange::{Add, Clear, Remove, Set};
                match &delta.change {
                    Set(values) | Add(values) | Remove(values) => {
                        ids.extend(values.as_slice().iter().filter_map(reference));
                    }
                    Clear => {}
                }
            }
        }
        WriteAction::Delete { target, .. } => ids.push(target.text().clone()),
        _ => {}
    }
    ids
}

fn referred(attributes: &Attributes, ids: &mut Vec<Text>) {
    ids.extend(attributes.iter().flat_map(|(_, values)| values.as_slice()).filter_map(reference));
}

fn reference(value: &Value) -> Option<Text> {
    match value {
        Value::Reference(id) => Some(id.clone()),
        _ => None,
    }
}
