//! `log` and the provisioning log: what is recorded, found, kept, left out.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use super::support::{Fixture, workers};

const LOG: &str = "out/log/hr/provisioning.jsonl";

/// Runs `log` with these arguments; returns the records.
fn records(fixture: &Fixture, arguments: &[&str]) -> Vec<Value> {
    let document = fixture.json(0, &[&["log", "job.toml"], arguments].concat());
    document["records"].as_array().cloned().expect("records")
}

/// Returns the latest record about an object.
fn latest(fixture: &Fixture, object: &str) -> Value {
    let found = records(fixture, &["--object", object, "--limit", "1"]);
    found.into_iter().next().unwrap_or_else(|| panic!("there is a record of {object}"))
}

fn add_to_job(fixture: &Fixture, text: &str) {
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n{text}\n"));
}

fn words(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    list.iter().map(|it| it[key].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn each_outcome_leaves_its_record() {
    let fixture = Fixture::new();
    let run = fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(run.stderr, "");

    let created = latest(&fixture, "W002");
    assert_eq!((&created["action"], &created["status"]), (&"create".into(), &"success".into()));
    assert_eq!(created["source"]["system"], "csv workers.csv, teams.csv");
    assert_eq!(created["source"]["type"], "worker");
    assert_eq!(created["target"]["id"], *fixture.user("W002").id);
    assert_eq!(created["target"]["name"], "first2.last2.w002@contoso.example");
    assert_eq!(created["mapping"], "worker -> user");
    assert_eq!((&created["situation"], &created["reason"]), (&"unmatched".into(), &"no_match".into()));
    assert_eq!(words(&created["steps"], "step"), ["import", "scope", "match", "export"]);
    assert_eq!(words(&created["steps"], "status"), ["success"; 4]);
    assert_eq!(words(&created["operations"], "fate")[0], "done");
    let given_name =
        created["changes"].as_array().and_then(|it| it.iter().find(|it| it["attribute"] == "givenName"));
    assert_eq!(given_name.map(|it| &it["new"][0]), Some(&"First2".into()));
    assert!(created["duration_ms"].is_u64() && created["plan"].is_string() && created["error"].is_null());

    let skipped = latest(&fixture, "W020");
    assert_eq!((&skipped["action"], &skipped["status"]), (&"none".into(), &"skipped".into()));
    assert_eq!(
        (&skipped["situation"], &skipped["skip_reason"]),
        (&"out_of_scope".into(), &"out_of_scope".into())
    );

    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.edit("workers.csv", "W004,First4,Last4,Sales,W001\n", "");
    fixture.expect(0, &["run", "job.toml"]);
    let updated = latest(&fixture, "W003");
    assert_eq!((&updated["action"], &updated["situation"]), (&"update".into(), &"linked".into()));
    assert_eq!(updated["changes"][0]["attribute"], "department");
    assert_eq!(updated["changes"][0]["old"][0], "Research");
    assert_eq!(updated["changes"][0]["new"][0], "Sales");
    let disabled = latest(&fixture, "W004");
    assert_eq!((&disabled["action"], &disabled["reason"]), (&"disable".into(), &"source_deleted".into()));
    assert_eq!(words(&disabled["steps"], "status"), ["success", "skipped", "success", "success"]);

    // A worker whose matching value is another's: left alone, and that is a failure.
    fixture.edit("mapping.toml", "externalId = { attribute = \"workerId\", matching = 1 }\nuserName", "externalId = { attribute = \"workerId\" }\ndisplayName = { attribute = \"lastName\", matching = 1 }\nuserName");
    fixture.edit("workers.csv", "W006,First6,Last6", "W006,First6,Last7");
    fixture.write("out/state.redb.gone", "");
    fs::remove_file(fixture.path("out/state.redb")).expect("removed");
    fixture.expect(3, &["run", "job.toml"]);
    let failed = latest(&fixture, "W006");
    assert_eq!((&failed["action"], &failed["status"]), (&"none".into(), &"failure".into()));
    assert_eq!(failed["error"]["code"], "same_matching_value");
    assert_eq!(failed["error"]["category"], "conflict");
    assert!(
        failed["error"]["recommended_action"].as_str().is_some_and(|it| it.contains("matching attributes"))
    );
    fixture.expect(0, &["log", "job.toml", "--object", "W006", "--limit", "1"]).says(&[
        "left alone user W006  FAILURE",
        "Why: ",
        "Error:  same_matching_value (conflict)",
        "Help:   make the matching attributes",
    ]);
}

#[test]
fn who_is_left_alone_is_recorded_when_that_is_new() {
    let of = |fixture: &Fixture| records(fixture, &["--status", "skipped"]).len();
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(of(&fixture), 1, "once");
    fixture.edit("workers.csv", "External,W001", "Sales,W001");
    fixture.expect(0, &["run", "job.toml"]);
    fixture.edit("workers.csv", "W020,First20,Last20,Sales,W001", "W020,First20,Last20,External,W001");
    fixture.edit(
        "mapping.toml",
        "[object.deprovisioning]\n",
        "[object.deprovisioning]\nout_of_scope = \"leave\"\n",
    );
    fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(of(&fixture), 2, "and again, since something was done with it meanwhile");
    fixture.expect(0, &["run", "job.toml"]);
    assert_eq!(of(&fixture), 2);

    for (skips, expected) in [("all", 2), ("none", 0)] {
        let fixture = Fixture::new();
        add_to_job(&fixture, &format!("[log]\nskips = \"{skips}\""));
        fixture.expect(0, &["run", "job.toml"]);
        fixture.expect(0, &["run", "job.toml"]);
        assert_eq!(of(&fixture), expected, "{skips}");
    }
}

#[test]
fn records_are_found_by_what_is_known() {
    let fixture = Fixture::new();
    fixture.expect(0, &["log", "job.toml"]).says(&["No records."]);
    fixture.expect(0, &["run", "job.toml"]);
    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.expect(0, &["run", "job.toml"]);
    let user = fixture.user("W003").id.to_string();
    for name in ["W003", &user, "First3.LAST3.w003@contoso.example"] {
        let found = records(&fixture, &["--object", name]);
        assert_eq!(words(&Value::from(found), "action"), ["update", "create"], "{name}: the latest first");
    }
    let count = |arguments: &[&str]| records(&fixture, arguments).len();
    assert_eq!(count(&["--cycle", "last"]), 1);
    assert_eq!(count(&["--action", "update"]), 1);
    assert_eq!(count(&["--action", "update,create", "--limit", "0"]), 22);
    assert_eq!(count(&["--limit", "5"]), 5);
    assert_eq!(count(&["--since", "2h", "--limit", "0"]), 23);
    assert_eq!(count(&["--until", "2h"]), 0);
    assert_eq!(count(&["--since", "2000-01-01", "--until", "2000-01-02"]), 0);
    assert_eq!(count(&["--mapping", "team -> group"]), 2);
    assert_eq!(count(&["--status", "skipped"]), 1);
    assert_eq!(count(&["--error", "not_found"]), 0);
    let cycle = records(&fixture, &["--cycle", "last"])[0]["cycle"].as_str().expect("a cycle").to_owned();
    assert_eq!(count(&["--cycle", &cycle]), 1);
    fixture.expect(64, &["log", "job.toml", "--status", "bad"]).complains(&["success, failure"]);
    fixture.expect(0, &["log", "job.toml", "--cycle", "last"]).says(&[
        "update user first3.last3.w003@contoso.example  success",
        "When:   ",
        "Object: worker W003 -> user user-",
        "Why:    attributes differ (linked)",
        "    department  \"Research\" -> \"Sales\"",
    ]);
    fixture.expect(0, &["log", "job.toml", "--limit", "2"]).says(&["2 records shown; there are more"]);
}

#[test]
fn personal_data_can_be_pseudonymised() {
    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\npersonal_data = \"pseudonymised\"\nkey = \"file:log.key\"");
    fixture.expect(5, &["run", "job.toml"]).complains(&["the key of the log cannot be read"]);
    fixture.write("log.key", "0123456789abcdef0123456789abcdef\n");
    fixture.edit("workers.csv", "W005,First5,Last5,Research,W001", "W005,First5");
    fixture.expect(3, &["run", "job.toml"]);
    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.expect(3, &["run", "job.toml"]);
    let folder = fixture.path("out/log/hr");
    for file in fs::read_dir(folder).expect("a folder") {
        let bytes = fs::read(file.expect("an entry").path()).expect("read");
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["W00", "W01", "First", "Last", "Research", "Sales", "first3", "user-0", "Red"] {
            assert!(!text.contains(secret), "`{secret}` is in the log");
        }
    }
    // Whoever has the key finds people, and the same person has the same pseudonym.
    let found = records(&fixture, &["--object", "W003"]);
    assert_eq!(words(&Value::from(found.clone()), "action"), ["update", "create"]);
    assert_eq!(found[0]["source"]["id"], found[1]["source"]["id"]);
    assert!(found[0]["changes"][0]["new"][0].as_str().is_some_and(|it| it.starts_with('~')));
}

#[test]
fn personal_data_can_be_left_out() {
    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\npersonal_data = \"omitted\"\ntenant = \"contoso\"");
    fixture.expect(0, &["run", "job.toml"]);
    let text = fixture.read(LOG);
    assert!(!text.contains("First") && !text.contains("contoso.example"), "no names and no values");
    assert!(text.contains("\"W003\"") && text.contains("\"tenant\":\"contoso\""));
}

#[test]
fn secrets_never_reach_the_log() {
    let fixture = Fixture::new();
    let password =
        "password = { expression = 'Append(\"hunter2-\", [workerId])', apply = \"create\" }\nuserName";
    fixture.edit("mapping.toml", "userName", password);
    fixture.expect(0, &["run", "job.toml"]);
    let text = fixture.read(LOG);
    assert!(
        text.contains(r#"{"attribute":"password","new":[{"withheld":"secret"}],"#),
        "it is told that one is set"
    );
    for file in fs::read_dir(fixture.path("out/log/hr")).expect("a folder") {
        let bytes = fs::read(file.expect("an entry").path()).expect("read");
        assert!(!String::from_utf8_lossy(&bytes).contains("hunter2"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(fixture.path(LOG)).expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "only its owner reads it");
    }
}

#[test]
fn a_torn_line_is_told_and_the_log_goes_on() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let text = fixture.read(LOG);
    fixture.write(LOG, &text[..text.len() - 40]);
    let document = fixture.json(0, &["log", "job.toml", "--limit", "0"]);
    assert_eq!(document["records"].as_array().map(Vec::len), Some(22));
    assert_eq!(document["damaged_count"], 1);
    fixture.expect(0, &["log", "job.toml", "--limit", "0"]).says(&["! ", "the last line is not complete"]);
    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.expect(0, &["run", "job.toml"]);
    let document = fixture.json(0, &["log", "job.toml", "--limit", "0"]);
    assert_eq!(document["records"].as_array().map(Vec::len), Some(23));
    assert_eq!(document["damaged_count"], 1, "what was torn stays, and is told");
}

#[test]
fn a_killed_run_leaves_a_readable_log() {
    let fixture = Fixture::new();
    fixture.write("workers.csv", &workers(1_200));
    let mut child = fixture
        .command(&["run", "job.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let has_begun = || fs::metadata(fixture.path(LOG)).is_ok_and(|it| it.len() > 20_000);
    while !has_begun() && child.try_wait().expect("asked").is_none() {
        std::thread::yield_now();
    }
    let _ = child.kill();
    let was_killed = !child.wait().expect("ended").success();
    let before = fixture.json(0, &["log", "job.toml", "--limit", "0"]);
    let created = before["records"].as_array().map_or(0, Vec::len);
    assert!(created > 0, "what was done before is there");
    if was_killed {
        fixture.expect(0, &["status", "job.toml"]).says(&["was cut off while"]);
    }
    fixture.expect(0, &["run", "job.toml"]);
    let after = records(&fixture, &["--limit", "0"]);
    assert!(after.len() > created || !was_killed);
    let ids: std::collections::BTreeSet<String> =
        words(&Value::from(after.clone()), "id").into_iter().collect();
    assert_eq!(ids.len(), after.len(), "no record is there twice");
}

#[test]
fn a_log_that_cannot_be_written_is_told_and_stops_a_run_only_if_it_should() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path("out")).expect("made");
    fixture.write("out/log", "this is no folder");
    fixture
        .expect(0, &["run", "job.toml"])
        .complains(&["! The provisioning log cannot be written: ", "The run went on"]);
    assert_eq!(fixture.objects("user").len(), 19);

    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\non_failure = \"stop\"");
    fs::create_dir(fixture.path("out")).expect("made");
    fixture.write("out/log", "this is no folder");
    let ran = fixture.expect(6, &["run", "job.toml"]);
    ran.complains(&[
        "error: the provisioning log cannot be written, so the run was stopped",
        "help: mend it",
    ]);
    assert_eq!(fixture.objects("user").len(), 0);
}

#[test]
fn without_a_log_nothing_is_kept() {
    let fixture = Fixture::new();
    add_to_job(&fixture, "[log]\nenabled = false");
    fixture.expect(0, &["run", "job.toml"]);
    assert!(!fixture.path("out/log").exists());
    fixture.expect(5, &["log", "job.toml"]).complains(&["the job keeps no log"]);
    fixture.expect(0, &["status", "job.toml"]).says(&["19  worker -> user"]);
}

#[test]
fn looking_is_not_logged() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml"]);
    fixture.expect(0, &["explain", "job.toml", "W002"]);
    assert!(!fixture.path("out").exists());
}

#[test]
fn a_saved_plan_leaves_records_when_it_is_applied() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml", "--out", "plan.json"]);
    fixture.expect(0, &["apply", "plan.json"]);
    assert_eq!(records(&fixture, &["--action", "create"]).len(), 21);
    fixture.expect(5, &["apply", "plan.json"]);
    let status = fixture.json(0, &["status", "job.toml"]);
    assert_eq!(status["status"]["last"]["end"], "failed");
    assert_eq!(status["status"]["last"]["stage"], "plan");
    assert_eq!(status["status"]["failures_in_a_row"], 1);
}
