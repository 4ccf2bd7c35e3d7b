//! `provision`: one object now.

use super::support::{Fixture, text_of};

#[test]
fn an_object_is_provisioned_with_what_it_refers_to() {
    let fixture = Fixture::new();
    let ran = fixture.expect(0, &["provision", "job.toml", "W002", "--dry-run"]);
    ran.says(&["W002", "in scope", "answer: create", "Before that", "#0 + user first1", "2 users to create"]);
    assert!(!fixture.path("out/directory.jsonl").exists(), "nothing was done");
    let ran = fixture.expect(0, &["provision", "job.toml", "W002"]);
    ran.says(&["W002", "Before that", "Done: all 2 operations", "2 users created"]);
    assert_eq!(fixture.objects("user").len(), 2);
    assert_eq!(text_of(&fixture.user("W002"), "manager"), &*fixture.user("W001").id);
    fixture.expect(0, &["provision", "job.toml", "W002"]).says(&["There is nothing to do."]);
    // A group brings its members.
    fixture.expect(0, &["provision", "job.toml", "T1"]).says(&["1 user created", "1 group created"]);
    let group = fixture.objects("group").remove(0);
    assert_eq!(group.attributes.get("members").map(|it| it.iter().count()), Some(3));
    fixture.expect(0, &["run", "job.toml"]).says(&["16 users created", "1 group created"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}

#[test]
fn what_it_needs_is_limited_and_names_are_not_guessed() {
    let fixture = Fixture::new();
    let ran = fixture.expect(1, &["provision", "job.toml", "T1", "--with", "2"]);
    ran.complains(&["`T1` is not provisioned", "3 other objects", "--with 3"]);
    fixture.expect(1, &["provision", "job.toml", "nobody"]).complains(&["nothing is known"]);
    let provisioned = fixture.json(0, &["provision", "job.toml", "W002"]);
    assert_eq!(provisioned["command"], "provision");
    assert_eq!(provisioned["steps"][0]["source"], "W002");
    assert_eq!(provisioned["applied"]["done"][0]["operations"], 2);
}

#[test]
fn limits_hold_for_one_object_as_for_all() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let workers = fixture.read("workers.csv");
    let fewer: Vec<&str> = workers.lines().filter(|it| !it.contains("First1")).collect();
    // The first, who manages all, stays.
    let first = workers.lines().find(|it| it.starts_with("W001")).expect("the first");
    fixture.write("workers.csv", &format!("{}\n{first}\n", fewer.join("\n")));
    fixture.edit("teams.csv", "W001|W002|W003", "W001|W002");
    let ran = fixture.expect(4, &["provision", "job.toml", "W012"]);
    ran.says(&["A limit holds it back; nothing was done."]);
    assert_eq!(text_of(&fixture.user("W012"), "active"), "true");
}

#[test]
fn the_next_cycle_from_changes_still_sees_all_that_changed() {
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    fixture.write("job.toml", &format!("{job}\n[cycle]\nfrom = \"changes\"\n"));
    fixture.expect(0, &["run", "job.toml"]);
    fixture.edit("workers.csv", "First3,Last3", "First3,Vance");
    fixture.edit("workers.csv", "First4,Last4", "First4,Rowe");
    fixture.expect(0, &["provision", "job.toml", "W003"]).says(&["1 user updated"]);
    assert_eq!(text_of(&fixture.user("W004"), "familyName"), "Last4");
    fixture.expect(0, &["run", "job.toml"]).says(&["1 user to update"]);
    assert_eq!(text_of(&fixture.user("W004"), "familyName"), "Rowe");
}
