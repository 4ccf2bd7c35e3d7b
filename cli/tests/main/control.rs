//! `pause`, `resume`, `restart`, and what `status` says of them; also of a run that is watched.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::support::{Fixture, workers};

#[test]
fn a_paused_job_does_nothing_until_it_is_resumed() {
    let fixture = Fixture::new();
    fixture.expect(0, &["pause", "job.toml", "--why", "audit"]).says(&["hr is paused by", ": audit"]);
    fixture.expect(7, &["run", "job.toml"]).complains(&["the job is paused by", "audit", "resume job.toml"]);
    assert!(!fixture.path("out/directory.jsonl").exists() || fixture.objects("user").is_empty());
    fixture.expect(0, &["status", "job.toml"]).says(&["! Paused by", ": audit", "resume job.toml"]);
    let status = fixture.json(0, &["status", "job.toml"]);
    assert_eq!(status["standing"]["paused"]["why"], "audit");
    // The first pause counts.
    fixture.expect(0, &["pause", "job.toml", "--why", "other"]).says(&[": audit"]);
    // Looking is allowed.
    fixture.expect(0, &["plan", "job.toml"]).says(&["19 users to create"]);
    fixture.expect(0, &["resume", "job.toml"]).says(&["hr goes on; it was paused by"]);
    fixture.expect(0, &["resume", "job.toml"]).says(&["neither paused nor in quarantine"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["19 users created"]);
}

#[test]
fn a_restart_reads_everything_and_keeps_the_links() {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n[cycle]\nfrom = \"changes\"\n"));
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker          0 objects"]);
    fixture.expect(0, &["restart", "job.toml"]).says(&["Watermark, Escrows, QuarantineState", "links stay"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker         20 objects", "nothing to do"]);
    fixture.expect(0, &["restart", "job.toml", "--criteria", "escrows"]).says(&["begins anew: Escrows"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker          0 objects"]);
    let ran = fixture.expect(64, &["restart", "job.toml", "--criteria", "links"]);
    ran.complains(&["Watermark, Escrows, QuarantineState, Full, ForceDeletes"]);
}

#[test]
fn a_restart_lets_deletes_pass_that_are_held_back() {
    let fixture = Fixture::new();
    let mapping = fixture.read("mapping.toml");
    fixture.write(
        "mapping.toml",
        &mapping.replace(r#"source_deleted = "disable""#, r#"source_deleted = "delete""#),
    );
    fixture.expect(0, &["run", "job.toml"]);
    let whole = fixture.read("workers.csv");
    let without: Vec<&str> = whole.lines().filter(|it| !it.starts_with("W01")).collect();
    fixture.write("workers.csv", &format!("{}\n", without.join("\n")));
    fixture.expect(4, &["run", "job.toml"]);
    fixture.expect(0, &["restart", "job.toml", "--criteria", "full"]);
    fixture.expect(4, &["run", "job.toml"]).says(&["10 of 19 linked objects"]);
    let restarted = fixture.expect(0, &["restart", "job.toml", "--criteria", "ForceDeletes"]);
    restarted.says(&["begins anew: ForceDeletes"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["10 users deleted"]);
}

#[expect(clippy::disallowed_methods, reason = "another process does its work meanwhile")]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    // Half a minute at most.
    for _ in 0..1_500 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what} did not happen");
}

fn end(mut child: Child) {
    let stopped = std::process::Command::new("kill").arg(child.id().to_string()).status().expect("kill");
    assert!(stopped.success());
    assert_eq!(child.wait().expect("ended").code(), Some(130));
}

#[test]
fn a_job_that_is_watched_is_reached_between_cycles_and_while_it_waits() {
    let fixture = Fixture::new();
    fixture.expect(0, &["pause", "job.toml"]);
    let shown = File::create(fixture.path("shown.txt")).expect("a file");
    let mut command = fixture.command(&["run", "job.toml", "--watch", "--interval", "60"]);
    let child = command.stdout(shown).stderr(Stdio::null()).spawn().expect("started");
    wait_for("waiting", || fixture.read("shown.txt").contains("It goes on when it is resumed."));
    // It does not keep the state to itself.
    fixture.expect(0, &["status", "job.toml"]).says(&["! Paused by"]);
    fixture.expect(0, &["resume", "job.toml"]);
    wait_for("the first cycle", || fixture.read("shown.txt").contains("The next cycle begins at"));
    fixture.expect(0, &["pause", "job.toml"]).says(&["hr is paused by"]);
    assert_eq!(fixture.objects("user").len(), 19);
    end(child);
    assert!(fixture.read("shown.txt").contains("19 users created"));
}

#[test]
fn a_cycle_under_way_stops_when_it_is_asked_to_pause() {
    let fixture = Fixture::new();
    fixture.write("workers.csv", &workers(6_000));
    let mut command = fixture.command(&["run", "job.toml"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    wait_for("the run", || fixture.path("out/directory.jsonl").exists());
    fixture.expect(0, &["pause", "job.toml", "--why", "stop"]).says(&["hr is"]);
    let code = child.wait().expect("ended").code();
    // It may have come to its end just before.
    assert!(matches!(code, Some(7 | 0)), "{code:?}");
    fixture.expect(7, &["run", "job.toml"]).complains(&["stop"]);
    fixture.expect(0, &["resume", "job.toml"]);
    fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(fixture.objects("user").len(), 5_999);
}
