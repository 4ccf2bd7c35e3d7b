//! A server, and schemas of it that nobody else uses.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

use provisio::model::{Link, LinkOrigin, SourceId, TargetId, Text};
use provisio::store::{LinkChange, StateChange};
use provisio_postgres::PostgresSettings;
use tokio_postgres::{Client, NoTls};

/// Runs on this thread alone: what goes to and fro between a store and its server is not for several to do.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// The connection string of the server.
pub(crate) fn server() -> String {
    std::env::var("PROVISIO_TEST_POSTGRES").expect("PROVISIO_TEST_POSTGRES names a server")
}

/// A schema that is not there yet.
pub(crate) fn new_schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) fn settings(schema: &str) -> PostgresSettings {
    PostgresSettings::parse(&server()).expect("a connection string").with_schema(schema).expect("a name")
}

/// Runs SQL as the superuser.
pub(crate) async fn sql(statements: &str) {
    client().await.batch_execute(statements).await.expect("SQL that is right");
}

pub(crate) async fn client() -> Client {
    let (client, connection) = tokio_postgres::connect(&server(), NoTls).await.expect("a server");
    tokio::spawn(connection);
    client
}

pub(crate) fn links(range: std::ops::Range<usize>) -> StateChange {
    let link = |at: usize| Link {
        source: SourceId::new(format!("source {at}")),
        target: TargetId::new(format!("target {at}")),
        origin: LinkOrigin::Created,
    };
    let links = range.map(|at| LinkChange::Put { mapping: Text::new("users"), link: link(at) });
    StateChange { links: links.collect(), ..StateChange::default() }
}

/// An error with everything underneath.
pub(crate) fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
