//! `rollback`: what a run did is undone, what somebody else did stays, and the job is paused.

use std::fs;

use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_model::{AttributeDelta, Outcome, TargetId, Values, ValuesChange, WriteAction};

use super::support::{Fixture, text_of};

/// What the directory holds, one line for each object, without ids.
fn directory(fixture: &Fixture) -> Vec<String> {
    let mut lines = Vec::new();
    for object_type in ["user", "group"] {
        let objects = fixture.objects(object_type);
        lines.extend(objects.iter().map(|it| format!("{object_type} {} {:?}", it.id, it.attributes)));
    }
    lines.sort();
    lines
}

/// Does in the directory what somebody else does there.
fn meddle(fixture: &Fixture, worker: &str, attribute: &str, value: &str) {
    let id = fixture.user(worker).id;
    let path = fixture.path("out/directory.jsonl");
    let directory = MemoryDirectory::open(&path, directory_schema()).expect("a directory");
    let delta = AttributeDelta::new(attribute, ValuesChange::Set(Values::one(value)));
    let target = TargetId::new(&id);
    let outcome = directory.write("user", WriteAction::Update { target, version: None, deltas: vec![delta] });
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

/// A job that was run, and then broken and run again: departments are wrong, people and members come and go.
fn broken() -> (Fixture, Vec<String>) {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let before = directory(&fixture);
    fixture.edit(
        "mapping.toml",
        "department = { attribute = \"department\" }",
        "department = { constant = \"Nowhere\" }",
    );
    fixture.edit("workers.csv", "W019,First19,Last19,Research,W001\n", "");
    fixture.edit("workers.csv", "W007,First7,Last7,Research,W001", "W007,First7,Last7,Research,W002");
    fixture.edit("teams.csv", "T1,Red,W001|W002|W003", "T1,Red,W001|W004");
    fixture.edit("workers.csv", "External", "Research");
    fixture.expect(0, &["run", "job.toml", "--allow", "disables,member_removals,group_removals"]);
    (fixture, before)
}

#[test]
fn what_a_cycle_did_is_undone_and_the_job_is_paused() {
    let (fixture, before) = broken();
    let broken = directory(&fixture);
    assert_ne!(broken, before);

    let arguments =
        ["rollback", "job.toml", "--cycle", "last", "--delete-created", "--out", "back.plan", "--verbose"];
    let planned = fixture.expect(0, &arguments);
    planned.says(&["1 delete", "undoes cycle", "department \"Nowhere\" -> \"Sales\"", "to delete"]);
    assert!(planned.stderr.contains("apply back.plan"), "{}", planned.stderr);
    assert!(planned.stderr.contains("pauses the job"), "{}", planned.stderr);
    assert_eq!(directory(&fixture), broken, "planning changes nothing");
    fixture.expect(0, &["plan", "verify", "back.plan"]);

    fixture.expect(0, &["apply", "back.plan"]).says(&["The job is paused", "provisio resume"]);
    assert_eq!(directory(&fixture), before);

    let refused = fixture.expect(7, &["run", "job.toml"]);
    assert!(refused.stderr.contains("rolled back"), "{}", refused.stderr);
    let status = fixture.json(0, &["status", "job.toml"]);
    assert!(
        status["standing"]["paused"]["why"].as_str().is_some_and(|it| it.contains("rolled back")),
        "{status}"
    );

    // The log has it, with what it undoes; and it can be undone itself.
    let records = fixture.json(0, &["log", "job.toml", "--cycle", "last", "--object", "W002"]);
    let record = &records["records"][0];
    assert_eq!((&record["action"], &record["reason"]), (&"update".into(), &"undoes".into()));
    assert!(record["undoes"].is_string(), "{record}");

    // Mended and resumed, there is nothing to do but what the source asks for.
    fixture.edit(
        "mapping.toml",
        "department = { constant = \"Nowhere\" }",
        "department = { attribute = \"department\" }",
    );
    fixture.edit("workers.csv", "W007,First7,Last7,Research,W002", "W007,First7,Last7,Research,W001");
    fixture.edit("teams.csv", "T1,Red,W001|W004", "T1,Red,W001|W002|W003");
    let rows =
        fixture.read("workers.csv").replace("W020,First20,Last20,Research", "W020,First20,Last20,External");
    fixture.write("workers.csv", &format!("{rows}W019,First19,Last19,Research,W001\n"));
    fixture.expect(0, &["resume", "job.toml"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
    assert_eq!(directory(&fixture), before);
}

#[test]
fn a_rollback_is_rolled_back() {
    let (fixture, before) = broken();
    let broken = directory(&fixture);
    fixture.expect(0, &["rollback", "job.toml", "--cycle", "last", "--out", "back.plan"]);
    fixture.expect(0, &["apply", "back.plan"]);
    assert_eq!(
        text_of(&fixture.user("W020"), "active"),
        "false",
        "created ones are disabled unless asked for"
    );
    let without =
        |lines: Vec<String>| -> Vec<String> { lines.into_iter().filter(|it| !it.contains("W020")).collect() };
    assert_eq!(without(directory(&fixture)), without(before));

    fixture.expect(
        0,
        &["rollback", "job.toml", "--cycle", "last", "--allow", "disables", "--out", "again.plan"],
    );
    fixture.expect(0, &["apply", "again.plan"]);
    assert_eq!(directory(&fixture), broken);
}

#[test]
fn what_somebody_else_changed_since_stays_and_is_listed() {
    let (fixture, _) = broken();
    meddle(&fixture, "W004", "department", "Elsewhere");
    let planned = fixture.expect(
        3,
        &["rollback", "job.toml", "--cycle", "last", "--object", "W003,W004", "--out", "back.plan"],
    );
    planned.says(&[
        "1 operation (1 update)",
        "Something is wrong",
        "worker W004, department: not undone",
        "\"Elsewhere\" now",
    ]);
    fixture.expect(0, &["apply", "back.plan"]);
    assert_eq!(text_of(&fixture.user("W003"), "department"), "Research");
    assert_eq!(text_of(&fixture.user("W004"), "department"), "Elsewhere");
    assert_eq!(text_of(&fixture.user("W005"), "department"), "Nowhere", "nobody asked for it");
}

#[test]
fn one_object_or_single_operations_can_be_chosen() {
    let (fixture, _) = broken();
    let records = fixture.json(0, &["log", "job.toml", "--cycle", "last", "--object", "W007"]);
    let number = records["records"][0]["operations"][0]["number"].to_string();
    let planned = fixture.json(0, &["rollback", "job.toml", "--cycle", "last", "--operation", &number]);
    let operations = planned["document"]["operations"].as_array().cloned().expect("operations");
    assert_eq!(operations.len(), 1, "{planned}");
    assert_eq!(operations[0]["source"], "W007");
    assert_eq!(operations[0]["reason"]["kind"], "undoes");

    fixture.expect(0, &["rollback", "job.toml", "--object", "W007", "--out", "back.plan"]).says(&["manager"]);
    fixture.expect(0, &["apply", "back.plan"]);
    assert_eq!(text_of(&fixture.user("W007"), "department"), "Research");
    assert_eq!(text_of(&fixture.user("W007"), "manager"), *fixture.user("W001").id);
}

#[test]
fn several_cycles_are_undone_at_once() {
    let (fixture, before) = broken();
    let first = fixture.json(0, &["log", "job.toml", "--cycle", "last", "--limit", "1"]);
    let first = first["records"][0]["cycle"].as_str().expect("a cycle").to_owned();
    fixture.edit("mapping.toml", "\"Nowhere\"", "\"Worse\"");
    fixture.expect(0, &["run", "job.toml"]);

    // Of one cycle alone, what a later one changed stays.
    let planned = fixture.expect(3, &["rollback", "job.toml", "--cycle", &first, "--object", "W003"]);
    planned.says(&["nothing to do", "\"Worse\" now"]);

    fixture.expect(0, &["rollback", "job.toml", "--from", &first, "--delete-created", "--out", "back.plan"]);
    fixture.expect(0, &["apply", "back.plan"]);
    assert_eq!(directory(&fixture), before);
}

#[test]
fn whoever_was_deleted_is_made_again_from_what_was_recorded() {
    let fixture = Fixture::new();
    fixture.edit("mapping.toml", "source_deleted = \"disable\"", "source_deleted = \"delete\"");
    fixture.expect(0, &["run", "job.toml"]);
    let was = fixture.user("W002");
    fixture.edit("workers.csv", "W002,First2,Last2,Sales,W001\n", "");
    fixture.edit("teams.csv", "W001|W002|W003", "W001|W003");
    fixture.expect(0, &["run", "job.toml", "--allow", "deletes"]);

    let planned = fixture.expect(0, &["rollback", "job.toml", "--cycle", "last", "--out", "back.plan"]);
    planned.says(&["1 create, 1 members", "userName", "first2.last2.w002@contoso.example"]);
    fixture.expect(0, &["apply", "back.plan"]);
    let is = fixture.user("W002");
    assert_eq!(is.attributes, was.attributes);
    let red =
        fixture.objects("group").into_iter().find(|it| text_of(it, "externalId") == "T1").expect("a group");
    let members = red.attributes.get("members").expect("members").len();
    assert_eq!(members, 3, "back in the group, under its new id");
    let links = fixture.json(0, &["links", "job.toml", "--object", "W002"]);
    assert_eq!(links["links"][0]["target"], *is.id, "and linked");
}

#[test]
fn limits_hold_rollbacks_back_too() {
    let fixture = Fixture::new();
    fixture.edit("mapping.toml", "value = \"External\"", "value = \"Sales\"");
    fixture.expect(0, &["run", "job.toml"]);
    let rest = fixture.objects("user").len();
    fixture.edit("mapping.toml", "value = \"Sales\"", "value = \"External\"");
    fixture.expect(0, &["run", "job.toml"]);
    assert!(fixture.objects("user").len() > rest + 3);
    let planned = fixture.expect(4, &["rollback", "job.toml", "--cycle", "last"]);
    planned.says(&["!! held back by the limit on disables"]);
    fixture.expect(0, &["rollback", "job.toml", "--cycle", "last", "--allow", "disables"]);
}

#[test]
fn what_cannot_be_told_is_said() {
    let fixture = Fixture::new();
    let nothing = fixture.expect(64, &["rollback", "job.toml", "--cycle", "last"]);
    assert!(nothing.stderr.contains("knows of nothing like this"), "{}", nothing.stderr);
    fixture.expect(64, &["rollback", "job.toml"]);
    fixture.expect(64, &["rollback", "job.toml", "--object", "W001", "--operation", "3"]);

    let job = fixture.read("job.toml");
    let key = "0123456789abcdef0123456789abcdef";
    fs::write(fixture.path("key"), key).expect("written");
    fixture.write("job.toml", &format!("{job}\n[log]\npersonal_data = \"omitted\"\n"));
    fixture.expect(0, &["run", "job.toml"]);
    fixture.edit("workers.csv", "First3,Last3,Research", "First3,Last3,Sales");
    fixture.edit("teams.csv", "T1,Red,W001|W002|W003", "T1,Red,W001|W002");
    fixture.expect(0, &["run", "job.toml", "--allow", "member_removals,group_removals"]);
    let planned = fixture.expect(3, &["rollback", "job.toml", "--cycle", "last"]);
    planned.says(&["1 members", "worker W003, department: not undone: the log does not tell personal data"]);

    fixture.write("job.toml", &format!("{job}\n[log]\nenabled = false\n"));
    let off = fixture.expect(5, &["rollback", "job.toml", "--cycle", "last"]);
    assert!(off.stderr.contains("keeps no provisioning log"), "{}", off.stderr);
}
