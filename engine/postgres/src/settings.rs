//! Where the state is, and how to get there.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use provisio_model::{Secret, Text};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// The schema that is used unless another is named.
pub const SCHEMA: &str = "provisio";

/// The longest name that PostgreSQL keeps whole, in bytes.
const NAME_BYTES_MAX: usize = 63;

/// How a [`PostgresStore`](crate::PostgresStore) reaches its server. Neither `Debug` nor an error shows the password.
#[derive(Clone)]
pub struct PostgresSettings {
    pub(crate) config: Config,
    /// Whether somebody said when to talk under TLS.
    says_tls: bool,
    pub(crate) schema: String,
    pub(crate) root_certificates: Option<PathBuf>,
    pub(crate) connections_max: usize,
    pub(crate) statement_timeout: Duration,
    pub(crate) reconnect_timeout: Duration,
}

/// The settings cannot be used. It does not repeat what it was given, which may be a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The connection string cannot be read.
    #[error(
        "the connection string of the state cannot be read; it is `postgresql://user:password@host:port/database` or \
         `host=... dbname=... user=...`, and `sslmode` is `disable`, `prefer` or `require`"
    )]
    ConnectionString,
    /// The schema has no name, or one that PostgreSQL would cut off.
    #[error("the name of a schema has 1 to {NAME_BYTES_MAX} bytes and no control characters")]
    Schema,
}

impl PostgresSettings {
    /// Reads a connection string: `postgresql://user:password@host:port/database?sslmode=require` or
    /// `host=... dbname=... user=... password=...`.
    ///
    /// A server on another machine is talked to under TLS, one on the same machine without, unless the string says
    /// otherwise: `sslmode=require` is always under TLS, `sslmode=prefer` if the server offers it, `sslmode=disable`
    /// never. Under TLS the certificate of the server must be good and for its name, whatever the mode.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn parse(connection_string: &str) -> Result<Self, SettingsError> {
        let config: Config = connection_string.trim().parse().map_err(|_| SettingsError::ConnectionString)?;
        Self::new(config, connection_string.contains("sslmode"))
    }

    fn new(mut config: Config, says_tls: bool) -> Result<Self, SettingsError> {
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(SettingsError::ConnectionString);
        }
        // After an `@` in a password that is not written `%40` comes the rest of it, which is not to be shown as a host.
        if config.get_hosts().iter().any(|it| matches!(it, Host::Tcp(name) if name.contains('@'))) {
            return Err(SettingsError::ConnectionString);
        }
        if !says_tls {
            let is_near = config.get_hosts().iter().all(is_near)
                && config.get_hostaddrs().iter().all(|it| it.is_loopback());
            config.ssl_mode(if is_near { SslMode::Disable } else { SslMode::Require });
        }
        if config.get_application_name().is_none() {
            config.application_name("provisio");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        config.keepalives_idle(Duration::from_secs(30));
        let statement_timeout = Duration::from_secs(120);
        config.tcp_user_timeout(statement_timeout);
        Ok(Self {
            config,
            says_tls,
            schema: SCHEMA.to_owned(),
            root_certificates: None,
            connections_max: 4,
            statement_timeout,
            reconnect_timeout: Duration::from_secs(20),
        })
    }

    /// Keeps the state in this schema instead of [`SCHEMA`].
    ///
    /// # Errors
    /// When PostgreSQL has no such names.
    pub fn with_schema(mut self, schema: impl Into<String>) -> Result<Self, SettingsError> {
        self.schema = schema.into();
        Self::check_schema(&self.schema)?;
        Ok(self)
    }

    /// Tells whether a schema can have this name.
    ///
    /// # Errors
    /// When PostgreSQL has no such names.
    pub fn check_schema(schema: &str) -> Result<(), SettingsError> {
        let is_good = (1..=NAME_BYTES_MAX).contains(&schema.len()) && !schema.contains(char::is_control);
        if is_good { Ok(()) } else { Err(SettingsError::Schema) }
    }

    /// Gives the user this password instead of any in the connection string.
    #[must_use]
    pub fn with_password(mut self, password: &Secret) -> Self {
        self.config.password(password.expose());
        self
    }

    /// Tells whether a password is given.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Trusts the certificates of this PEM file instead of those of the system; and so talks under TLS, unless the
    /// connection string says otherwise.
    #[must_use]
    pub fn with_root_certificates(mut self, path: impl Into<PathBuf>) -> Self {
        self.root_certificates = Some(path.into());
        if !self.says_tls {
            self.config.ssl_mode(SslMode::Require);
        }
        self
    }

    /// Opens at most so many connections; at first there is none. Default: 4.
    #[must_use]
    pub fn with_connections_max(mut self, connections_max: usize) -> Self {
        self.connections_max = connections_max.max(1);
        self
    }

    /// Gives a statement up after this time. Default: two minutes.
    #[must_use]
    pub fn with_statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout.max(Duration::from_millis(1));
        self.config.tcp_user_timeout(self.statement_timeout);
        self
    }

    /// Tries for this time to reach a server that was lost. Default: 20 seconds.
    #[must_use]
    pub fn with_reconnect_timeout(mut self, timeout: Duration) -> Self {
        self.reconnect_timeout = timeout;
        self
    }

    /// Says where the state is, for people: without user and password.
    pub(crate) fn place(&self) -> Text {
        let port = |at: usize| {
            self.config.get_ports().get(at).or(self.config.get_ports().first()).copied().unwrap_or(5432)
        };
        let hosts = self.config.get_hosts().iter().map(|it| match it {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let addresses = self.config.get_hostaddrs().iter().map(ToString::to_string);
        let mut hosts: Vec<String> = hosts.collect();
        if hosts.is_empty() {
            hosts = addresses.collect();
        }
        let hosts: Vec<String> =
            hosts.iter().enumerate().map(|(at, it)| format!("{it}:{}", port(at))).collect();
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        Text::new(format!("postgresql://{}/{database}, schema {}", hosts.join(","), self.schema))
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresSettings").field("place", &self.place()).finish_non_exhaustive()
    }
}

fn is_near(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let settings = PostgresSettings::parse("postgresql://ann:hunter2@db.example:6432/state").unwrap();
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("db.example:6432/state") && !shown.contains("hunter2") && !shown.contains("ann"),
            "{shown}"
        );
        for wrong in [
            "postgresql://ann:p@hunter2@db.example/state",
            "postgresql://ann:hunter2@host:port/x",
            "hunter2",
            "host=x hunter2=y",
            "host=x port=hunter2",
            "user=x",
        ] {
            let error = PostgresSettings::parse(wrong).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn another_machine_is_talked_to_under_tls_unless_said_otherwise() {
        let mode = |it: &str| PostgresSettings::parse(it).unwrap().config.get_ssl_mode();
        assert_eq!(mode("host=db.example"), SslMode::Require);
        assert_eq!(mode("host=localhost,db.example"), SslMode::Require);
        assert_eq!(mode("host=db.example sslmode=prefer"), SslMode::Prefer);
        assert_eq!(mode("postgresql://x@127.0.0.1/y"), SslMode::Disable);
        assert_eq!(mode("host=/run/postgresql"), SslMode::Disable);
        let trusting = |it: &str| PostgresSettings::parse(it).unwrap().with_root_certificates("ca.pem");
        assert_eq!(trusting("host=localhost").config.get_ssl_mode(), SslMode::Require);
        assert_eq!(trusting("host=localhost sslmode=disable").config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn a_password_may_come_from_elsewhere() {
        let settings = PostgresSettings::parse("postgresql://ann@db.example/state").unwrap();
        assert!(!settings.has_password());
        let settings = settings.with_password(&Secret::new("hunter2"));
        assert!(settings.has_password() && !format!("{settings:?}").contains("hunter2"));
        assert!(PostgresSettings::parse("host=db.example password=hunter2").unwrap().has_password());
    }

    #[test]
    fn a_schema_has_a_name() {
        let named = |it: &str| PostgresSettings::parse("host=localhost").unwrap().with_schema(it).is_ok();
        assert!(named("a \"quoted\" one") && !named("") && !named("a\nb") && !named(&"x".repeat(64)));
    }
}
