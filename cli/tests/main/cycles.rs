//! `[cycle]`: runs that start from what changed, and runs that follow each other.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::support::{Fixture, text_of};

fn from_changes() -> Fixture {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n[cycle]\nfrom = \"changes\"\n"));
    fixture
}

#[test]
fn a_run_from_changes_reads_what_changed_and_nothing_else() {
    let fixture = from_changes();
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker         20 objects", "19 users created"]);
    fixture.expect(0, &["run", "job.toml"]).says(&[
        "Read what changed, and what that reaches",
        "source  worker          0 objects",
        "target  user            0 objects",
        "Nothing changed that matters; nothing was written.",
    ]);
    fixture.edit("workers.csv", "First3,Last3", "Ángela,O'Neill");
    fixture.expect(0, &["run", "job.toml"]).says(&[
        "source  worker          1 object",
        "target  user            1 object",
        "1 user to update",
        "Done",
    ]);
    assert_eq!(text_of(&fixture.user("W003"), "familyName"), "O'Neill");
    // Everything is read when that is asked for, and when the mapping is another.
    fixture.expect(0, &["run", "job.toml", "--full"]).says(&["source  worker         20 objects"]);
    fixture.edit("mapping.toml", "givenName = { attribute = \"firstName\" }\n", "");
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker         20 objects"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["source  worker          0 objects"]);
}

#[test]
fn a_target_that_is_remembered_is_not_read_and_status_says_so() {
    let fixture = from_changes();
    fixture.edit(
        "job.toml",
        "from = \"changes\"\n",
        "from = \"changes\"\ntarget = \"remembered\"\nfull_every_hours = 48\n",
    );
    fixture.expect(0, &["status", "job.toml"]).says(&["has not run yet"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["19 users created"]);
    fixture.edit("workers.csv", "First3,Last3", "Ángela,O'Neill");
    fixture.expect(0, &["run", "job.toml"]).says(&[
        "target  user            0 objects",
        "1 user to update",
        "Done",
    ]);
    assert_eq!(text_of(&fixture.user("W003"), "familyName"), "O'Neill");
    fixture
        .expect(0, &["status", "job.toml"])
        .says(&["Reading what changed, the target remembered", "on (every 48 hours)"]);
    let status = fixture.json(0, &["status", "job.toml"]);
    assert_eq!(status["reading"]["target"], "remembered");
    assert_eq!(status["reading"]["full_every_hours"], 48);
    assert!(status["reading"]["full_due"].as_str() > status["reading"]["full_at"].as_str(), "{status}");
}

#[test]
fn settings_of_the_target_fit_what_cycles_start_from() {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    for (cycle, said) in [
        ("target = \"looked-up\"", "a cycle from everything lists the target"),
        ("target = \"remembered\"", "a cycle from everything lists the target"),
        (
            "from = \"changes\"\ntarget = \"remembered\"\nfull_every_hours = 721",
            "a target that is remembered is read in full after 720 hours at the latest",
        ),
        ("from = \"changes\"\ntarget = \"guessed\"", "`guessed`"),
    ] {
        fixture.write("job.toml", &format!("{job}\n[cycle]\n{cycle}\n"));
        let ran = fixture.run(&["check", "job.toml"]);
        assert_eq!(ran.code, 5, "{cycle}");
        assert!(ran.stderr.contains(said), "{cycle}: {}", ran.stderr);
    }
    for cycle in ["target = \"listed\"", "from = \"changes\"\ntarget = \"listed\"\nfull_every_hours = 721"] {
        fixture.write("job.toml", &format!("{job}\n[cycle]\n{cycle}\n"));
        fixture.expect(0, &["check", "job.toml"]);
    }
}

#[test]
fn a_job_that_is_watched_runs_until_it_is_stopped() {
    let fixture = from_changes();
    let mut command = fixture.command(&["run", "job.toml", "--watch", "--interval", "1"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("started");
    let mut shown = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    while !shown.contains("The next cycle begins at") {
        assert_ne!(output.read_line(&mut shown).expect("text"), 0, "it ended: {shown}");
    }
    assert!(shown.contains("19 users created"), "{shown}");
    let stopped = std::process::Command::new("kill").arg(child.id().to_string()).status().expect("kill");
    assert!(stopped.success());
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    fixture.expect(0, &["run", "job.toml"]).says(&["Nothing changed that matters"]);
    assert_eq!(fixture.objects("user").len(), 19);
}

#[test]
fn settings_of_cycles_are_checked() {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    let cycle = "[cycle]\nfrom = \"change\"\ninterval_minutes = 0\nevery = 5\n";
    fixture.write("job.toml", &format!("{job}\n{cycle}"));
    let ran = fixture.run(&["check", "job.toml"]);
    assert_eq!(ran.code, 5);
    for text in ["`change`", "at least 1", "`every`"] {
        assert!(ran.stderr.contains(text), "{text}: {}", ran.stderr);
    }
    fixture.write("job.toml", &job);
    let ran = fixture.run(&["run", "job.toml", "--interval", "5"]);
    assert_eq!(ran.code, 64, "an interval without --watch");
}
