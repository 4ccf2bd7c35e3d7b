//! A job that keeps its state in PostgreSQL. `scripts/test` starts a server; see `engine/postgres/tests`.

use std::sync::atomic::{AtomicU32, Ordering};

use super::support::{Fixture, Ran};

const FILE: &str = "file = \"out/state.redb\"";

fn server() -> String {
    std::env::var("PROVISIO_TEST_POSTGRES").expect("PROVISIO_TEST_POSTGRES names a server")
}

/// A job whose state is in a schema that nobody else has.
fn job(postgres: &str, more: &str) -> Fixture {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("cli_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let fixture = Fixture::new();
    fixture.edit("job.toml", FILE, &format!("postgres = \"{postgres}\"\nschema = \"{schema}\"\n{more}"));
    fixture
}

/// Checks that nothing that was written holds a secret.
fn hides<'a>(ran: &'a Ran, secret: &str) -> &'a Ran {
    assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
    ran
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_job_runs_with_its_state_in_a_database() {
    let fixture = job(&server(), "");
    // Who only looks makes nothing.
    fixture.expect(0, &["status", "job.toml"]).says(&["hr has not run yet"]);
    fixture.expect(2, &["plan", "job.toml", "--exit-code"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["Done: all 23 operations"]);
    fixture.expect(0, &["plan", "job.toml", "--exit-code"]);
    fixture.expect(0, &["status", "job.toml"]).says(&["hr, state generation", "19  worker -> user"]);
    assert!(!fixture.path("out/state.redb").exists());
    assert!(fixture.path("log/hr").is_dir(), "the log is beside the job file");
    // The link decides: the matching value may change.
    fixture.edit("workers.csv", "W002,First2", "W002,Other");
    fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(super::support::text_of(&fixture.user("W002"), "givenName"), "Other");
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn the_connection_may_stand_elsewhere() {
    let fixture = job("env:PROVISIO_STATE", "");
    let ran =
        fixture.command(&["run", "job.toml"]).env("PROVISIO_STATE", server()).output().expect("started");
    assert!(ran.status.success(), "{ran:?}");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    ran.complains(&["the connection string of the state cannot be read from `PROVISIO_STATE`"]);

    let fixture = job("file:database.txt", "password = \"file:password.txt\"");
    fixture.write("database.txt", &format!("{}\n", server()));
    fixture.write("password.txt", "hunter2\n");
    fixture.expect(0, &["run", "job.toml"]);
    fixture.write("database.txt", "postgresql://ann:hunter2@@");
    let ran = fixture.expect(5, &["run", "job.toml"]);
    hides(&ran, "hunter2").complains(&["the connection string of the state cannot be read"]);
}

#[test]
fn a_server_that_is_away_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let fixture = job(&format!("postgresql://ann@127.0.0.1:{port}/identity"), "password = \"env:PW\"");
    let ran = fixture.command(&["plan", "job.toml"]).env("PW", "hunter2").output().expect("started");
    let text = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(6), "{text}");
    assert!(
        text.contains(&format!("cannot open the state in `postgresql://127.0.0.1:{port}/identity")),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_password_in_the_job_file_is_refused_and_not_repeated() {
    let refused = |postgres: &str, more: &str| job(postgres, more).expect(5, &["check", "job.toml"]);
    let ran = refused("postgresql://ann:hunter2@db.example/identity", "");
    hides(&ran, "hunter2")
        .complains(&["error[J0107]: `postgres` holds a password", "password = \"env:NAME\""]);
    let ran = refused("postgresql://ann:hunter2@@db.example:x", "");
    hides(&ran, "hunter2").complains(&["error[J0107]: `postgres` is no connection string"]);
    let ran = refused("host=db.example", "password = \"hunter2\"");
    hides(&ran, "hunter2").complains(&["error[J0107]: `password` does not say where it stands"]);
}

#[test]
fn the_state_has_one_place() {
    let fixture = Fixture::new();
    fixture.edit("job.toml", FILE, "file = \"out/state.redb\"\npostgres = \"host=db.example\"");
    fixture
        .expect(5, &["check", "job.toml"])
        .complains(&["error[J0108]: the state is in a file or in PostgreSQL"]);
    let fixture = Fixture::new();
    fixture.edit("job.toml", FILE, "file = \"out/state.redb\"\nschema = \"hr\"");
    fixture
        .expect(5, &["check", "job.toml"])
        .complains(&["error[J0108]: `schema` is for a state in PostgreSQL"]);
    let fixture = Fixture::new();
    fixture.edit("job.toml", FILE, "postgres = \"host=db.example\"\nschema = \"\"");
    fixture
        .expect(5, &["check", "job.toml"])
        .complains(&["error[J0107]: the name of a schema has 1 to 63 bytes"]);
    let fixture = Fixture::new();
    fixture.edit("job.toml", FILE, "");
    fixture.expect(5, &["check", "job.toml"]).complains(&["error[J0104]: `state` has no `file`"]);
}
