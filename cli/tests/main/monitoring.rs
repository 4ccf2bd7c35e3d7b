//! `status`, `[metrics]` and `[alerts]`: how a job is, for people and machines.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use super::support::Fixture;

fn add_to_job(fixture: &Fixture, text: &str) {
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n{text}\n"));
}

/// Leaves out ten workers, which is more than the limit on disables lets pass.
fn trip_the_limit(fixture: &Fixture) {
    fixture.expect(0, &["run", "job.toml"]);
    let whole = fixture.read("workers.csv");
    let without: Vec<&str> = whole.lines().filter(|it| !it.starts_with("W01")).collect();
    fixture.write("workers.csv", &format!("{}\n", without.join("\n")));
}

#[test]
fn status_shows_the_last_cycle_and_since_when_nothing_is_left_to_do() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["status", "job.toml"]).says(&[
        "Last cycle  ",
        "finished",
        "source         20 workers",
        "create         21 done",
        "in all 23 success, 0 warning, 0 failure, 1 skipped; 0 unchanged",
        "Nothing left to do",
        "first  2",
    ]);
    let first = fixture.json(0, &["status", "job.toml"])["status"].clone();
    assert!(first["steady_first"].is_string());
    assert_eq!(first["last_successful"], first["last_successful_with_changes"]);
    fixture.expect(0, &["run", "job.toml"]);
    let second = fixture.json(0, &["status", "job.toml"])["status"].clone();
    assert_eq!(second["steady_first"], first["steady_first"]);
    assert_ne!(second["steady_last"], first["steady_last"]);
    assert_eq!(second["last_successful_with_changes"], first["last_successful"]);
    assert_eq!(second["totals"]["cycles"]["finished"], 2);

    let fixture = Fixture::new();
    trip_the_limit(&fixture);
    fixture.expect(4, &["run", "job.toml"]);
    fixture
        .expect(0, &["status", "job.toml"])
        .says(&["! held back by the limit on disables of worker -> user: 10 of 19"]);
    let log = fixture.json(0, &["log", "job.toml", "--cycle", "last"]);
    assert_eq!(log["records"].as_array().map(Vec::len), Some(10));
    assert_eq!(log["records"][0]["skip_reason"], "held_back");
    assert_eq!(log["records"][0]["action"], "disable");
}

#[test]
fn metrics_are_written_for_a_collector_and_counters_never_go_back() {
    let fixture = Fixture::new();
    add_to_job(&fixture, "[metrics]\nfile = \"out/metrics/provisio.prom\"");
    fixture.expect(0, &["run", "job.toml"]);
    let first = fixture.read("out/metrics/provisio.prom");
    for line in [
        "# TYPE provisio_cycles_total counter",
        "provisio_cycles_total{job_name=\"hr\",end=\"finished\"} 1",
        "provisio_operations_total{job_name=\"hr\",action=\"create\",fate=\"done\"} 21",
        "provisio_operation_seconds_count{job_name=\"hr\"} 23",
        "provisio_operations_outstanding{job_name=\"hr\"} 0",
        "provisio_objects_read{job_name=\"hr\",side=\"source\",type=\"worker\"} 20",
        "provisio_objects_skipped{job_name=\"hr\",reason=\"out_of_scope\"} 1",
        "provisio_steady_timestamp_seconds{job_name=\"hr\"} ",
    ] {
        assert!(first.contains(line), "`{line}` is missing in:\n{first}");
    }
    for line in first.lines().filter(|it| !it.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        assert!(name.starts_with("provisio_") && value.parse::<f64>().is_ok(), "{line}");
    }
    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.expect(0, &["run", "job.toml"]);
    let second = fixture.read("out/metrics/provisio.prom");
    assert!(second.contains("provisio_cycles_total{job_name=\"hr\",end=\"finished\"} 2"));
    assert!(second.contains("action=\"create\",fate=\"done\"} 21"));
    assert!(second.contains("action=\"update\",fate=\"done\"} 1"));
}

/// A request that the receiver got.
struct Got {
    headers: Vec<String>,
    body: String,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find_map(|it| it.split_once(": ").filter(|it| it.0.eq_ignore_ascii_case(name)));
        found.map(|it| it.1)
    }
}

/// Answers as many requests as there are answers, and returns the requests.
fn receiver(answers: &'static [&'static str]) -> (String, thread::JoinHandle<Vec<Got>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/hook?token=t0ken", listener.local_addr().expect("an address"));
    let work = move || {
        let answered = answers.iter().map(|answer| {
            let (mut stream, _) = listener.accept().expect("a request");
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let mut headers = Vec::new();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                match line.trim_end() {
                    "" => break,
                    line => headers.push(line.to_owned()),
                }
            }
            let mut got = Got { headers, body: String::new() };
            let length = got.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            got.body = String::from_utf8(body).expect("text");
            write!(stream, "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .expect("answered");
            got
        });
        answered.collect()
    };
    (url, thread::spawn(work))
}

#[test]
fn alerts_are_posted_signed_and_again_until_they_arrive() {
    let fixture = Fixture::new();
    trip_the_limit(&fixture);
    let (url, requests) = receiver(&["503 Busy", "204 Fine"]);
    fixture.write("hook.key", "s3cret-of-the-hook");
    add_to_job(&fixture, "[alerts]\nurl = \"env:PROVISIO_TEST_HOOK\"\nsecret = \"file:hook.key\"");
    let output =
        fixture.command(&["run", "job.toml"]).env("PROVISIO_TEST_HOOK", url).output().expect("started");
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let requests = requests.join().expect("answered");
    assert_eq!(requests.len(), 2, "the first was refused for now");
    let got = &requests[1];
    assert!(got.headers[0].starts_with("POST /hook?token=t0ken "));
    assert_eq!(got.header("x-provisio-alert"), Some("limit_tripped"));
    let signature = got.header("x-provisio-signature").expect("signed");
    assert!(signature.starts_with("v1=") && signature.len() == 3 + 64, "{signature}");
    assert_eq!(requests[0].header("x-provisio-signature"), Some(signature), "the same again");
    let body: serde_json::Value = serde_json::from_str(&got.body).expect("JSON");
    assert_eq!(body["format"], 1);
    assert_eq!((&body["job"], &body["alert"]), (&"hr".into(), &"limit_tripped".into()));
    assert_eq!((&body["limit"], &body["number"], &body["of"]), (&"disables".into(), &10.into(), &19.into()));
    assert!(
        body["cycle"].is_string()
            && body["text"].as_str().is_some_and(|it| it.contains("holds back 10 of 19"))
    );
    let log = fixture.read("out/log/hr/provisioning.jsonl");
    assert!(!log.contains("t0ken") && !log.contains("s3cret"));
}

#[test]
fn a_receiver_that_is_not_there_does_not_fail_the_run() {
    let fixture = Fixture::new();
    trip_the_limit(&fixture);
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    add_to_job(&fixture, "[alerts]\nurl = \"env:PROVISIO_TEST_HOOK\"\nattempts = 1");
    let url = format!("http://{port}/t0ken");
    let output =
        fixture.command(&["run", "job.toml"]).env("PROVISIO_TEST_HOOK", url).output().expect("started");
    assert_eq!(output.status.code(), Some(4));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("! An alert could not be delivered: the receiver cannot be reached"), "{stderr}");
    assert!(!stderr.contains("t0ken"));
}

#[test]
fn faults_of_the_tables_are_told_with_the_others() {
    let fixture = Fixture::new();
    add_to_job(
        &fixture,
        "[log]\nskips = \"sometimes\"\nfile_hours = 0\n\n[metrics]\n\n[alerts]\nurl = \"https://example.com/t0ken\"\nonly = [\"limits\"]",
    );
    let ran = fixture.expect(5, &["check", "job.toml"]);
    ran.complains(&["skips", "`metrics` has no `file`", "`url` does not say where it stands", "env:NAME"]);
    assert!(ran.stderr.contains("limit_tripped"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("t0ken"), "what may be a secret is not shown: {}", ran.stderr);

    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\npersonal_data = \"pseudonymised\"");
    fixture.expect(5, &["check", "job.toml"]).complains(&["`[log]` has no `key`"]);
    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\nkey = \"env:KEY\"");
    fixture.expect(5, &["check", "job.toml"]).complains(&["`key` is for"]);
}
