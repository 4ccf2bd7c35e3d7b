//! Which connection does an operation use? One that is idle, else a new one to a server that answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use provisio_model::{ErrorKind, Secret};
use tokio_rustls::TlsConnector;

use crate::config::{BindMethod, LdapConfig};
use crate::connection::Connection;
use crate::request::Request;
use crate::result::code;
use crate::server::Server;
use crate::tls;
use crate::trouble::Trouble;

/// How many idle connections are kept.
const IDLE_MAX: usize = 8;

/// Opens connections, authenticates, and keeps those that are idle.
pub(crate) struct Pool {
    servers: Vec<Server>,
    start_tls: bool,
    bind: Bind,
    patience: Duration,
    tls: OnceLock<TlsConnector>,
    config: LdapConfig,
    /// The server that answered last: all operations go to it while it does, so that what was written is read.
    preferred: AtomicUsize,
    idle: Mutex<Vec<Connection>>,
}

/// How connections say who they are.
enum Bind {
    Simple { name: String, password: Secret },
    External,
    Anonymous,
}

impl Pool {
    /// Prepares connections; opens none. The configuration has no faults.
    pub(crate) fn new(config: &LdapConfig, password: Option<Secret>) -> Result<Self, Trouble> {
        let bind = match (config.bind, password) {
            (BindMethod::Simple, Some(password)) => {
                // A name without a password is no authentication, and succeeds (RFC 4513 section 5.1.2).
                if password.expose().is_empty() {
                    return Err(Trouble::Unfit(ErrorKind::ConfigInvalid, "the password is empty".to_owned()));
                }
                Bind::Simple { name: config.bind_dn.clone().unwrap_or_default(), password }
            }
            (BindMethod::Simple, None) => {
                let what = "there is no password for `bind_dn`".to_owned();
                return Err(Trouble::Unfit(ErrorKind::ConfigInvalid, what));
            }
            (BindMethod::External, _) => Bind::External,
            (BindMethod::Anonymous, _) => Bind::Anonymous,
        };
        Ok(Self {
            servers: config.urls.iter().filter_map(|it| Server::parse(it).ok()).collect(),
            start_tls: config.start_tls,
            bind,
            patience: Duration::from_secs(config.timeout_seconds),
            tls: OnceLock::new(),
            config: config.clone(),
            preferred: AtomicUsize::new(0),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Returns a connection that is good as far as can be seen.
    pub(crate) async fn acquire(&self) -> Result<Connection, Trouble> {
        loop {
            let idle = self.idle().pop();
            let Some(mut connection) = idle else { return self.connect().await };
            if connection.is_alive().await {
                return Ok(connection);
            }
        }
    }

    /// Keeps a connection on which nothing is under way.
    pub(crate) async fn release(&self, connection: Connection) {
        let superfluous = {
            let mut idle = self.idle();
            if idle.len() < IDLE_MAX {
                idle.push(connection);
                None
            } else {
                Some(connection)
            }
        };
        if let Some(connection) = superfluous {
            connection.close().await;
        }
    }

    /// Returns the server that is used.
    pub(crate) fn server(&self) -> Option<&Server> {
        self.servers.get(self.preferred.load(Ordering::Relaxed))
    }

    async fn connect(&self) -> Result<Connection, Trouble> {
        let first = self.preferred.load(Ordering::Relaxed);
        let mut refusals: Vec<(String, Trouble)> = Vec::new();
        for offset in 0..self.servers.len() {
            let at = (first + offset) % self.servers.len();
            let Some(server) = self.servers.get(at) else { continue };
            match self.connect_to(server).await {
                Ok(connection) => {
                    if at != first {
                        // Connections to the server before must not show what was before.
                        self.idle().clear();
                        tracing::warn!(%server, "another server is used");
                    }
                    self.preferred.store(at, Ordering::Relaxed);
                    return Ok(connection);
                }
                // Wrong credentials are wrong everywhere, and asking again may lock the account.
                Err(trouble @ Trouble::Refused(_))
                    if trouble.failure().kind == ErrorKind::Unauthenticated =>
                {
                    return Err(trouble);
                }
                Err(trouble) => refusals.push((server.to_string(), trouble)),
            }
        }
        let what: Vec<String> = refusals
            .iter()
            .map(|(server, trouble)| format!("`{server}`: {}", trouble.failure().message))
            .collect();
        let what = what.join("; ");
        match refusals.pop() {
            Some((_, Trouble::Untrusted(_))) => Err(Trouble::Untrusted(what)),
            Some((_, refused @ Trouble::Refused(_))) => Err(Trouble::Unfit(refused.failure().kind, what)),
            Some((_, Trouble::Unfit(kind, _))) => Err(Trouble::Unfit(kind, what)),
            _ => Err(Trouble::Unreachable(what)),
        }
    }

    async fn connect_to(&self, server: &Server) -> Result<Connection, Trouble> {
        let needs_tls = matches!(server, Server::Tls { .. }) || self.start_tls;
        let tls = if needs_tls { Some(self.tls()?) } else { None };
        let mut connection = Connection::open(server, tls, self.start_tls, self.patience).await?;
        let request = match &self.bind {
            Bind::Simple { name, password } => {
                if !connection.is_private() && !self.config.allow_clear_text {
                    let what = "the password is not sent without TLS".to_owned();
                    return Err(Trouble::Unfit(ErrorKind::ConfigInvalid, what));
                }
                Request::SimpleBind { name, password }
            }
            Bind::External => Request::ExternalBind,
            Bind::Anonymous => return Ok(connection),
        };
        let result = connection.call(&request, &[]).await?;
        match result.code {
            code::SUCCESS => Ok(connection),
            _ => Err(Trouble::Refused(result)),
        }
    }

    fn tls(&self) -> Result<&TlsConnector, Trouble> {
        if self.tls.get().is_none() {
            // Two that come at once make the same.
            let _ = self.tls.set(tls::connector(&self.config)?);
        }
        self.tls.get().ok_or_else(|| Trouble::Untrusted("there are no settings for TLS".to_owned()))
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
