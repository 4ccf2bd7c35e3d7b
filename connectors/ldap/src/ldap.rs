//! The directory as a connector: source and target.

use async_trait::async_trait;
use futures_util::stream::{self, BoxStream};
use provisio_connector::{
    ChangeEvent, ChangeStream, CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream,
    ReadEvent, ReadQuery, ReadStream, Result, Source, Target,
};
use provisio_model::{Capabilities, ErrorKind, Failure, Outcome, Retry, Schema, Secret, Watermark, Write};
use tokio::sync::OnceCell;

use crate::changing::Changing;
use crate::config::{BindMethod, ChangeFeed, LdapConfig};
use crate::directory::Directory;
use crate::feed::Feed;
use crate::notices::Notices;
use crate::pool::Pool;
use crate::protected::protected;
use crate::reading::Reading;
use crate::trouble::Trouble;
use crate::writing::Writing;

/// How many ids or values one read may ask for.
const READ_MAX: usize = 500;
/// How many writes are taken at once: they share one look at where the objects are.
const BATCH_MAX: usize = 50;
/// How many batches may be under way at once, each on its own connection.
const CONCURRENCY_MAX: usize = 4;
/// How many values one request changes: what Active Directory takes without a thought.
pub(crate) const VALUES_PER_CHANGE_MAX: usize = 1_000;

/// Reads and writes an LDAP directory or Active Directory.
///
/// Objects are identified by `entryUUID` or `objectGUID`, so that they keep their identity when they are renamed or
/// moved. A read counts as complete only when the server ended each page with success and nothing was left out.
///
/// ```
/// # use provisio_ldap::{Ldap, LdapConfig, LdapType};
/// let user = LdapType::new("user", "ou=people,dc=example,dc=org", "inetOrgPerson", "uid");
/// let mut config = LdapConfig::new(["ldaps://ldap.example.org"], [user]);
/// config.bind_dn = Some("cn=provisio,dc=example,dc=org".into());
/// let directory = Ldap::new(config, Some(provisio_model::Secret::new("...")))?;
/// # Ok::<(), provisio_connector::ConnectorError>(())
/// ```
pub struct Ldap {
    shared: Shared,
    directory: OnceCell<Directory>,
}

/// What all operations use.
pub(crate) struct Shared {
    pub(crate) config: LdapConfig,
    pub(crate) pool: Pool,
}

impl Ldap {
    /// Prepares a directory for use. Connects to nothing.
    ///
    /// # Errors
    /// `ConfigInvalid` when the configuration contradicts itself; the message holds all of [`LdapConfig::faults`].
    pub fn new(config: LdapConfig, password: Option<Secret>) -> Result<Self> {
        let faults = config.faults();
        if !faults.is_empty() {
            let faults: Vec<String> = faults.into_iter().map(|it| it.message).collect();
            return Err(ConnectorError::new(ErrorKind::ConfigInvalid, "configure", faults.join("; ")));
        }
        if config.bind != BindMethod::Simple && password.is_some() {
            let message = "a password is for `bind = \"simple\"`";
            return Err(ConnectorError::new(ErrorKind::ConfigInvalid, "configure", message));
        }
        let pool = Pool::new(&config, password).map_err(|it| it.during("configure"))?;
        Ok(Self { shared: Shared { config, pool }, directory: OnceCell::new() })
    }

    /// Listens for changes: each element of the stream says that objects of a type may have changed, as soon as the server tells
    /// it (RFC 4533, refresh and persist; OpenLDAP). What changed is asked of [`Source::changes`]. Several changes that follow
    /// each other at once are told as one.
    ///
    /// A connection is held open as long as the stream is. The first element can come at any time after this returned, so begin
    /// to listen before the cycle whose end is waited for. The stream ends with the first error; listen again then, and run a
    /// cycle. A server that is gone without a word is noticed after twice `timeout_seconds`.
    ///
    /// # Errors
    /// `Unsupported` where the server does not tell changes when they happen, or the configuration does not ask for them.
    pub async fn notices<'a>(
        &'a self,
        context: &'a Context,
        object_type: &str,
    ) -> Result<BoxStream<'a, Result<()>>> {
        context.check("notices")?;
        let directory = self.directory().await.map_err(|it| it.during("notices"))?;
        let notices = Notices::begin(context, &self.shared, directory, object_type).await;
        let notices = notices.map_err(|it| it.during("notices"))?;
        Ok(Box::pin(stream::unfold(Some(notices), |notices| async move {
            let mut notices = notices?;
            match notices.next().await {
                Ok(()) => Some((Ok(()), Some(notices))),
                Err(error) => Some((Err(error), None)),
            }
        })))
    }

    /// Returns what is known of the directory; reads it the first time.
    async fn directory(&self) -> std::result::Result<&Directory, Trouble> {
        let read = || async {
            let mut connection = self.shared.pool.acquire().await?;
            let directory = Directory::read(&mut connection, &self.shared.config).await?;
            self.shared.pool.release(connection).await;
            Ok(directory)
        };
        self.directory.get_or_try_init(read).await
    }
}

impl std::fmt::Debug for Ldap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ldap").field("urls", &self.shared.config.urls).finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for Ldap {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "ldap", system: self.shared.config.urls.join(", ").into() }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::READ_WRITE;
        capabilities.changes = self.shared.config.changes != ChangeFeed::None;
        capabilities.read_by_id = true;
        capabilities.read_by_value = true;
        capabilities.read_max = READ_MAX;
        capabilities.update_with_version = self.shared.config.versions;
        capabilities.batch_max = BATCH_MAX;
        capabilities.concurrency_max = CONCURRENCY_MAX;
        capabilities.values_per_change_max = Some(VALUES_PER_CHANGE_MAX);
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        context.check("schema")?;
        let directory = self.directory().await.map_err(|it| it.during("schema"))?;
        Ok(Schema::new(directory.kinds.iter().map(crate::kind::Kind::schema)))
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        context.check("check")?;
        let directory = self.directory().await.map_err(|it| it.during("check"))?;
        let server = self.shared.pool.server().map(ToString::to_string).unwrap_or_default();
        let mut found = vec![format!("{}, at {server}", directory.root.vendor)];
        found.push(format!("naming contexts: {}", directory.root.contexts.join("; ")));
        let mut connection = self.shared.pool.acquire().await.map_err(|it| it.during("check"))?;
        for kind in &directory.kinds {
            let mut about = format!("{}: {} attributes", kind.object_type, kind.attributes.len());
            if kind.is_active_directory
                && let Some(kept) = protected(&mut connection, kind).await.map_err(|it| it.during("check"))?
            {
                about = format!("{about}; {kept}");
            }
            if self.shared.config.changes == ChangeFeed::None {
                found.push(about);
                continue;
            }
            let mut feed = Feed { connection: &mut connection, config: &self.shared.config, directory, kind };
            let changes = match feed.now().await.map_err(|it| it.during("check"))? {
                Some(mark) => format!("changes are told by {}", mark.method.name()),
                None => "changes are not told: everything is read and compared".to_owned(),
            };
            found.push(format!("{about}; {changes}"));
        }
        self.shared.pool.release(connection).await;
        Ok(CheckReport::found(found))
    }
}

#[async_trait]
impl Source for Ldap {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        context.check("read")?;
        let directory = self.directory().await.map_err(|it| it.during("read"))?;
        let reading = Reading::begin(context, &self.shared, directory, &query).await;
        let reading = reading.map_err(|it| it.during("read"))?;
        let events = stream::try_unfold(reading, |mut reading| async move {
            let event: Option<ReadEvent> = reading.next().await?;
            Ok(event.map(|event| (event, reading)))
        });
        Ok(Box::pin(events))
    }

    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        context.check("changes")?;
        if self.shared.config.changes == ChangeFeed::None {
            let message = "the job does not ask the directory for changes";
            return Err(ConnectorError::new(ErrorKind::Unsupported, "changes", message));
        }
        let directory = self.directory().await.map_err(|it| it.during("changes"))?;
        let changing = Changing::begin(context, &self.shared, directory, &query, since).await;
        let changing = changing.map_err(|it| it.during("changes"))?;
        let events = stream::try_unfold(changing, |mut changing| async move {
            let event: Option<ChangeEvent> = changing.next().await?;
            Ok(event.map(|event| (event, changing)))
        });
        Ok(Box::pin(events))
    }
}

#[async_trait]
impl Target for Ldap {
    /// Does the writes one after the other, in their order, on one connection.
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let refused = |failure: Failure, writes: &[Write]| {
            let outcomes: Vec<_> =
                writes.iter().map(|it| (it.id, Outcome::Rejected(failure.clone()))).collect();
            Box::pin(stream::iter(outcomes)) as OutcomeStream<'a>
        };
        if writes.len() > BATCH_MAX {
            let message = format!("{} writes at once, more than {BATCH_MAX}", writes.len());
            return refused(Failure::new(ErrorKind::TooLarge, message), &writes);
        }
        if let Err(error) = context.check("apply") {
            // Nothing was sent, so there is nothing to look up before trying again.
            return refused(error.failure().clone().with_retry(Retry::Later { after: None }), &writes);
        }
        let directory = match self.directory().await {
            Ok(directory) => directory,
            Err(trouble) => return refused(trouble.before_a_write(), &writes),
        };
        let writing = match Writing::begin(context, &self.shared, directory, &writes).await {
            Ok(writing) => writing,
            Err(trouble) => return refused(trouble.before_a_write(), &writes),
        };
        let state = (writing, writes.into_iter());
        Box::pin(stream::unfold(state, |(mut writing, mut writes)| async move {
            let Some(write) = writes.next() else {
                writing.end().await;
                return None;
            };
            let outcome = writing.write(&write).await;
            Some(((write.id, outcome), (writing, writes)))
        }))
    }
}
