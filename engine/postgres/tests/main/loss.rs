//! Connections that break, at the worst moment above all.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use provisio::Generation;
use provisio::store::{JobId, StateStore as _, StoreError};
use provisio_postgres::{PostgresSettings, PostgresStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{client, describe, links, new_schema, run, server, settings};

/// What is done to the first connections on which a commit is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// The commit gets through, its answer does not.
    Answer,
    /// The commit does not get through.
    Commit,
}

/// Stands between a store and its server; cuts this many connections at a commit.
async fn proxy(cut: Cut, times: u32) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let left = Arc::new(AtomicU32::new(times));
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(address_of_server()).await.expect("the server");
            tokio::spawn(forward(near, far, cut, Arc::clone(&left)));
        }
    });
    port
}

fn address_of_server() -> String {
    let server = server();
    let address = server.split('@').nth(1).and_then(|it| it.split('/').next());
    address.expect("postgresql://user@host:port/database").to_owned()
}

async fn forward(near: TcpStream, far: TcpStream, cut: Cut, left: Arc<AtomicU32>) {
    let (mut near_read, mut near_write) = near.into_split();
    let (mut far_read, mut far_write) = far.into_split();
    let back = tokio::spawn(async move {
        let _ = tokio::io::copy(&mut far_read, &mut near_write).await;
    });
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = near_read.read(&mut bytes).await {
        let is_commit = bytes[..length].starts_with(b"Q") && bytes[..length].ends_with(b"COMMIT\0");
        let is_cut = is_commit
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1)).is_ok();
        if is_cut {
            back.abort();
            let _ = back.await;
            if cut == Cut::Answer {
                let _ = far_write.write_all(&bytes[..length]).await;
                // The server has read it before it sees the end of the connection.
                let _ = far_write.shutdown().await;
            }
            return;
        }
        if far_write.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    back.abort();
}

async fn through(port: u16, schema: &str) -> PostgresStore {
    let settings = PostgresSettings::parse(&format!("postgresql://postgres@127.0.0.1:{port}/postgres"))
        .expect("a connection string");
    PostgresStore::open(settings.with_schema(schema).expect("a name")).await.expect("opened")
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_commit_whose_answer_is_lost_is_made_once() {
    run(async {
        for (cut, times) in [(Cut::Answer, 1), (Cut::Commit, 1), (Cut::Commit, 3)] {
            let schema = new_schema();
            let direct = PostgresStore::open(settings(&schema)).await.expect("opened");
            let job = JobId::new("job");
            let store = through(proxy(cut, times).await, &schema).await;
            let committed = store.commit(&job, Generation(0), links(0..10)).await;
            assert_eq!(committed.map_err(|it| describe(&it)), Ok(Generation(1)), "{cut:?} {times}");
            let committed = store.commit(&job, Generation(1), links(10..20)).await;
            assert_eq!(committed.map_err(|it| describe(&it)), Ok(Generation(2)), "{cut:?} {times}");
            let state = direct.load(&job).await.expect("loaded");
            assert_eq!((state.generation, state.links.len()), (Generation(2), 20), "{cut:?} {times}");
        }
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn another_commit_of_the_same_generation_is_not_taken_for_the_lost_one() {
    run(async {
        let schema = new_schema();
        let direct = Arc::new(PostgresStore::open(settings(&schema)).await.expect("opened"));
        let job = JobId::new("job");
        let store = through(proxy(Cut::Commit, 1).await, &schema).await;
        let lost = store.commit(&job, Generation(0), links(0..10));
        let other = async {
            match direct.commit(&job, Generation(0), links(50..51)).await {
                Err(StoreError::Conflict { .. }) => false,
                Ok(_) => true,
                Err(error) => panic!("{}", describe(&error)),
            }
        };
        let (lost, other) = tokio::join!(lost, other);
        // Whoever was first: exactly one of them was made.
        assert!(lost.is_ok() != other, "{lost:?} {other}");
        let links = direct.load(&job).await.expect("loaded").links.len();
        assert_eq!(links, if other { 1 } else { 10 });
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn connections_that_the_server_ended_are_made_again() {
    run(async {
        let schema = new_schema();
        let settings =
            PostgresSettings::parse(&format!("{}?application_name={schema}", server())).expect("read");
        let store =
            PostgresStore::open(settings.with_schema(&schema).expect("a name")).await.expect("opened");
        let job = JobId::new("job");
        for generation in 0..3 {
            store.commit(&job, Generation(generation), links(0..1)).await.expect("committed");
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
            assert_eq!(client().await.query(end, &[&schema]).await.expect("ended").len(), 1);
        }
        assert_eq!(store.load(&job).await.expect("loaded").generation, Generation(3));
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_server_that_is_not_there_is_given_up_in_time() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let settings =
            PostgresSettings::parse(&format!("postgresql://ann:hunter2@127.0.0.1:{port}/x")).expect("read");
        let settings = settings.with_reconnect_timeout(Duration::from_millis(200));
        let error = PostgresStore::open(settings).await.expect_err("nobody listens");
        let text = describe(&error);
        assert!(text.starts_with(&format!("cannot open the state in `postgresql://127.0.0.1:{port}/x, schema provisio`: error connecting")), "{text}");
        assert!(!format!("{text} {error:?}").contains("hunter2"), "{text}");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_statement_that_takes_too_long_is_given_up() {
    run(async {
        let schema = new_schema();
        let job = JobId::new("job");
        let store = PostgresStore::open(settings(&schema)).await.expect("opened");
        store.commit(&job, Generation(0), links(0..1)).await.expect("committed");
        let impatient = settings(&schema).with_statement_timeout(Duration::from_millis(300));
        let impatient = PostgresStore::open(impatient).await.expect("opened");
        let mut blocking = client().await;
        let transaction = blocking.transaction().await.expect("begun");
        transaction.batch_execute(&format!("SELECT * FROM {schema}.jobs FOR UPDATE")).await.expect("locked");
        let error = impatient.commit(&job, Generation(1), links(1..2)).await.expect_err("locked");
        assert!(describe(&error).contains("statement timeout"), "{}", describe(&error));
        transaction.rollback().await.expect("rolled back");
        impatient.commit(&job, Generation(1), links(1..2)).await.expect("free again");
    });
}
