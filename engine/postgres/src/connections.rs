//! Connections, and one transaction on one of them.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use futures_util::future::{join, try_join_all};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};
use tokio_postgres::binary_copy::{BinaryCopyOutRow, BinaryCopyOutStream};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::fault::{Fault, Unfit};
use crate::settings::PostgresSettings;

/// How much longer than the server its answer is waited for.
const GRACE: Duration = Duration::from_secs(5);

/// How long to wait before the server is tried again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A parameter with its type, so that a statement needs no preparing.
pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// The connections of a store: some idle, some in use.
pub(crate) struct Connections {
    pub(crate) settings: PostgresSettings,
    idle: Mutex<Vec<Client>>,
    places: Semaphore,
}

/// What a transaction is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// To see everything as it is at one moment.
    Look,
    /// To see single rows as they are at one moment.
    LookUp,
    /// To change something.
    Change,
}

/// A transaction that is open. Dropped, its connection is closed, and the server undoes it.
pub(crate) struct Transaction<'a> {
    client: Client,
    connections: &'a Connections,
    _place: SemaphorePermit<'a>,
}

impl Connections {
    pub(crate) fn new(settings: PostgresSettings) -> Self {
        let places = Semaphore::new(settings.connections_max);
        Self { settings, idle: Mutex::default(), places }
    }

    /// Begins a transaction, on a connection that was idle if there is one that still lives.
    pub(crate) async fn begin(&self, access: Access) -> Result<Transaction<'_>, Fault> {
        let transaction = self.open().await?;
        transaction.batch(&self.beginning(access)).await?;
        Ok(transaction)
    }

    /// Begins a transaction with a statement, both in one journey; returns its rows.
    pub(crate) async fn begin_with(
        &self,
        access: Access,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<(Transaction<'_>, Vec<Row>), Fault> {
        let transaction = self.open().await?;
        let beginning = self.beginning(access);
        // Statements are carried out in the order in which they are sent.
        let (begun, rows) = join(transaction.batch(&beginning), transaction.query(sql, parameters)).await;
        begun?;
        let rows = rows?;
        Ok((transaction, rows))
    }

    async fn open(&self) -> Result<Transaction<'_>, Fault> {
        let place = timeout(self.settings.statement_timeout, self.places.acquire()).await;
        let Ok(Ok(place)) = place else { return Err(Fault::failed(Unfit::Busy)) };
        let idle = self.idle().pop();
        let client = match idle {
            Some(client) if !client.is_closed() => client,
            _ => self.connect().await?,
        };
        Ok(Transaction { client, connections: self, _place: place })
    }

    /// Everything that a session needs is set for this transaction alone.
    fn beginning(&self, access: Access) -> String {
        let mode = match access {
            Access::Look | Access::LookUp => "ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            Access::Change => "ISOLATION LEVEL READ COMMITTED, READ WRITE",
        };
        let milliseconds = self.settings.statement_timeout.as_millis();
        let schema = quoted(&self.settings.schema);
        // Every statement of a change, and every look-up, touches some rows by index, whatever the server guesses of
        // tables that it has not looked at yet.
        let plans = match access {
            Access::Look => "",
            Access::LookUp | Access::Change => {
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
            }
        };
        format!(
            "BEGIN {mode}; SET LOCAL search_path = {schema}, pg_temp; SET LOCAL jit = off; {plans} \
             SET LOCAL statement_timeout = {milliseconds}; \
             SET LOCAL idle_in_transaction_session_timeout = {milliseconds}"
        )
    }

    async fn connect(&self) -> Result<Client, Fault> {
        #[cfg(feature = "tls")]
        {
            let connect = self.settings.config.connect(tls(&self.settings)?);
            let (client, connection) = limited(self.settings.statement_timeout, connect).await?;
            serve(connection);
            Ok(client)
        }
        #[cfg(not(feature = "tls"))]
        {
            if self.settings.config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
                return Err(Fault::failed(Unfit::NoTls));
            }
            let connect = self.settings.config.connect(tokio_postgres::NoTls);
            let (client, connection) = limited(self.settings.statement_timeout, connect).await?;
            serve(connection);
            Ok(client)
        }
    }

    /// A panic elsewhere leaves nothing half done in here, so the lock is taken over.
    fn idle(&self) -> MutexGuard<'_, Vec<Client>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads and writes until the client is dropped or the connection breaks; who waits for an answer is told then.
fn serve(connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the state has ended");
        }
    });
}

#[cfg(feature = "tls")]
fn tls(settings: &PostgresSettings) -> Result<tokio_postgres_rustls::MakeRustlsConnect, Fault> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    use std::sync::Arc;

    let unreadable =
        |error: Box<dyn std::error::Error + Send + Sync>| Fault::failed(Unfit::Certificates(error));
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = &settings.root_certificates {
        let certificates = CertificateDer::pem_file_iter(path).map_err(|it| unreadable(Box::new(it)))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|it| unreadable(Box::new(it)))?;
            roots.add(certificate).map_err(|it| unreadable(Box::new(it)))?;
        }
        if roots.is_empty() {
            return Err(unreadable("it holds no certificate".into()));
        }
    } else if settings.config.get_ssl_mode() != tokio_postgres::config::SslMode::Disable {
        // What cannot be used of the system's certificates is left out: the others may do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|it| unreadable(Box::new(it)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(tokio_postgres_rustls::MakeRustlsConnect::new(config))
}

impl Transaction<'_> {
    /// Runs statements without parameters.
    pub(crate) async fn batch(&self, sql: &str) -> Result<(), Fault> {
        limited(self.patience(), self.client.batch_execute(sql)).await
    }

    /// Runs a statement and returns its rows.
    pub(crate) async fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Fault> {
        limited(self.patience(), self.client.query_typed(sql, parameters)).await
    }

    /// Runs a statement that gives one row or none.
    pub(crate) async fn query_opt(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Option<Row>, Fault> {
        Ok(self.query(sql, parameters).await?.into_iter().next())
    }

    /// Runs a statement and returns how many rows it changed.
    pub(crate) async fn execute(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<u64, Fault> {
        limited(self.patience(), self.client.execute_typed(sql, parameters)).await
    }

    /// Runs statements, one after the other, all in one journey.
    pub(crate) async fn execute_all(&self, statements: &[(&str, &Vec<Parameter<'_>>)]) -> Result<(), Fault> {
        // Statements are carried out in the order in which they are sent.
        let all = statements.iter().map(|(sql, parameters)| self.execute(sql, parameters));
        try_join_all(all).await?;
        Ok(())
    }

    /// Reads many rows of a query without parameters.
    pub(crate) async fn copy(
        &self,
        query: &str,
        types: &[Type],
        mut row: impl FnMut(&BinaryCopyOutRow) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let copy = format!("COPY ({query}) TO STDOUT (FORMAT BINARY)");
        let stream = limited(self.patience(), self.client.copy_out(&copy)).await?;
        let mut rows = pin!(BinaryCopyOutStream::new(stream, types));
        while let Some(next) = limited(self.patience(), rows.try_next()).await? {
            row(&next)?;
        }
        Ok(())
    }

    /// Makes what was done permanent.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        self.batch("COMMIT").await?;
        self.give_back();
        Ok(())
    }

    /// Undoes what was done.
    pub(crate) async fn roll_back(self) -> Result<(), Fault> {
        self.batch("ROLLBACK").await?;
        self.give_back();
        Ok(())
    }

    fn give_back(self) {
        let Self { client, connections, _place } = self;
        connections.idle().push(client);
    }

    fn patience(&self) -> Duration {
        self.connections.settings.statement_timeout + GRACE
    }
}

/// Waits for an answer, but not for ever.
async fn limited<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    match timeout(limit, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::passing(Unfit::NoAnswer)),
    }
}

/// Returns a name as SQL has it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Decides whether a server that is lost is tried again.
pub(crate) struct Patience {
    until: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { until: Instant::now() + limit, pause: PAUSES.0 }
    }

    /// Waits a little after a fault that may pass.
    ///
    /// # Errors
    /// With the fault, when it will not pass, or nothing is left of the time.
    pub(crate) async fn after(&mut self, fault: Fault) -> Result<(), Fault> {
        let is_passing = matches!(fault, Fault::Passing(_));
        if !is_passing || self.until <= Instant::now() {
            return Err(fault);
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSES.1);
        Ok(())
    }
}
