//! Connections under TLS, and servers that are not who they should be.

#![cfg(feature = "tls")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use provisio_postgres::{PostgresSettings, PostgresStore};

use crate::support::{client, describe, new_schema, run, server};

/// The certificate of the authority that certified the server.
fn authority() -> String {
    std::env::var("PROVISIO_TEST_POSTGRES_CA").expect("PROVISIO_TEST_POSTGRES_CA names a file")
}

fn settings(mode: &str) -> PostgresSettings {
    let settings = PostgresSettings::parse(&format!("{}{mode}", server())).expect("a connection string");
    settings.with_schema(new_schema()).expect("a name").with_reconnect_timeout(Duration::ZERO)
}

async fn refusal(settings: PostgresSettings) -> String {
    describe(&PostgresStore::open(settings).await.expect_err("it was opened"))
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_server_with_a_trusted_certificate_is_talked_to_under_tls() {
    run(async {
        for mode in ["", "?sslmode=require", "?sslmode=prefer", "?sslmode=disable"] {
            let name = new_schema();
            let glue = if mode.is_empty() { '?' } else { '&' };
            let settings = settings(&format!("{mode}{glue}application_name={name}"));
            let settings = settings.with_root_certificates(authority());
            let _store = PostgresStore::open(settings).await.map_err(|it| describe(&it)).expect("opened");
            let asked = "SELECT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) WHERE a.application_name = $1";
            let is_under_tls: bool =
                client().await.query_one(asked, &[&name]).await.expect("one connection").get(0);
            assert_eq!(is_under_tls, !mode.ends_with("disable"), "{mode}");
        }
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn a_server_whose_certificate_is_not_trusted_is_refused() {
    run(async {
        for mode in ["?sslmode=require", "?sslmode=prefer"] {
            let error = refusal(settings(mode)).await;
            assert!(error.contains("invalid peer certificate: UnknownIssuer"), "{error}");
        }
        // The right authority, and another name than the certificate has.
        let elsewhere = server().replace("127.0.0.1", "127.0.0.2");
        let elsewhere = format!("{elsewhere}?hostaddr=127.0.0.1");
        let settings = PostgresSettings::parse(&elsewhere).expect("a connection string");
        let settings = settings.with_reconnect_timeout(Duration::ZERO).with_root_certificates(authority());
        let error = refusal(settings).await;
        assert!(error.contains("not valid for name"), "{error}");
    });
}

#[test]
#[cfg_attr(not(has_server), ignore = "PROVISIO_TEST_POSTGRES is not set")]
fn certificates_that_cannot_be_read_are_said() {
    run(async {
        for (file, says) in [("nowhere.pem", "No such file"), (file!(), "it holds no certificate")] {
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
            let error = refusal(settings("").with_root_certificates(path)).await;
            assert!(error.contains("the certificates cannot be read") && error.contains(says), "{error}");
        }
    });
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_wanted() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("a client");
            let mut request = [0; 8];
            connection.read_exact(&mut request).expect("a request for TLS");
            connection.write_all(b"N").expect("answered");
        });
        let url = format!("postgresql://ann:hunter2@127.0.0.1:{port}/state?sslmode=require");
        let settings = PostgresSettings::parse(&url).expect("a connection string");
        let error = refusal(settings.with_reconnect_timeout(Duration::ZERO)).await;
        assert!(error.contains("server does not support TLS") && !error.contains("hunter2"), "{error}");
        server.join().expect("asked for TLS");
    });
}
