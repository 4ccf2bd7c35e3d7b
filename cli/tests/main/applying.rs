//! `plan` and `apply`: plans that are saved, carried out once, and refused.

use super::support::Fixture;

#[test]
fn a_plan_changes_nothing_and_makes_no_files() {
    let fixture = Fixture::new();
    let ran = fixture.expect(0, &["plan", "job.toml"]);
    ran.says(&[
        "#0 + user",
        "in scope, no match",
        "19 users to create",
        "Nothing was changed. To do it: ",
        "provisio run job.toml",
    ]);
    assert!(!ran.stdout.contains("-- skipped"), "counted, not listed");
    fixture.expect(0, &["plan", "job.toml", "--verbose"]).says(&["-- skipped worker W020: out of scope"]);
    assert!(!fixture.path("out").exists());
}

#[test]
fn exit_code_tells_whether_there_are_changes() {
    let fixture = Fixture::new();
    fixture.expect(2, &["plan", "job.toml", "--exit-code"]);
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["plan", "job.toml", "--exit-code"]).says(&["nothing to do"]);
}

#[test]
fn a_plan_is_made_for_the_time_that_is_given() {
    let fixture = Fixture::new();
    let report = fixture.json(0, &["plan", "job.toml", "--at", "2026-01-31T08:30:00Z"]);
    assert_eq!(report["plan"]["at"], "2026-01-31T08:30:00Z");
    fixture.expect(64, &["plan", "job.toml", "--at", "yesterday"]);
}

#[test]
fn a_saved_plan_is_carried_out_once() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("plans")).expect("made");
    let ran = fixture.expect(0, &["plan", "job.toml", "--out", "plans/today.json"]);
    ran.complains(&["To carry it out: ", "provisio apply plans/today.json"]);
    // The plan file knows its job, wherever one stands.
    fixture.expect(0, &["apply", "plans/today.json"]).says(&["Done: all", "19 users created"]);
    assert_eq!(fixture.objects("user").len(), 19);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
    let again = fixture.expect(5, &["apply", "plans/today.json"]);
    again.complains(&["was carried out already", "help: nothing was changed; make a new plan"]);
    fixture.expect(5, &["apply", "plans/today.json", "--job", "."]);
}

#[test]
fn a_plan_is_refused_when_the_state_has_moved_on() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml", "--out", "plan.json"]);
    fixture.edit("workers.csv", "First1,", "Ada,");
    fixture.expect(0, &["run", "job.toml"]);
    let directory = fixture.read("out/directory.jsonl");
    fixture.expect(5, &["apply", "plan.json"]).complains(&["the plan was made for state generation 0"]);
    assert_eq!(fixture.read("out/directory.jsonl"), directory);
}

#[test]
fn a_plan_is_refused_under_another_mapping() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml", "--out", "plan.json"]);
    fixture.edit("mapping.toml", "givenName = { attribute = \"firstName\" }\n", "");
    fixture.expect(5, &["apply", "plan.json"]).complains(&["another mapping"]);
    assert!(fixture.objects("user").is_empty());
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let fixture = Fixture::new();
    fixture.write("plan.json", "{ \"name\": 1 }");
    fixture.expect(5, &["apply", "plan.json", "--job", "job.toml"]).complains(&["plan.json", "not a plan"]);
    fixture.expect(5, &["apply", "nothing.json"]).complains(&["cannot read `nothing.json`"]);
    assert!(!fixture.path("out").exists());
}

#[test]
fn a_plan_can_be_verified_before_it_is_carried_out() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml", "--out", "plan.json"]);
    fixture
        .expect(0, &["plan", "verify", "plan.json"])
        .says(&["is fit: 23 operations checked", "apply plan.json"]);
    let facts = fixture.json(0, &["plan", "verify", "plan.json"]);
    assert_eq!(facts["violations"].as_array().map(Vec::len), Some(0));
    // The world moves on: what was right is no longer.
    fixture.edit("workers.csv", "W003,First3,Last3,Research", "W003,First3,Last3,External");
    let ran = fixture.expect(5, &["plan", "verify", "plan.json"]);
    ran.says(&["is not fit", "its source object is not in scope"]);
    assert!(!fixture.path("out").exists(), "nothing is changed by a question");
}

#[test]
fn two_saved_plans_are_compared_by_people_and_memberships() {
    let fixture = Fixture::new();
    fixture.expect(0, &["plan", "job.toml", "--out", "a.json"]);
    fixture.expect(0, &["plan", "diff", "a.json", "a.json", "--exit-code"]).says(&["no difference"]);
    fixture.edit("workers.csv", "W003,First3,Last3,Research", "W003,First3,Last3,External");
    fixture.expect(0, &["plan", "job.toml", "--out", "b.json"]);
    let ran = fixture.expect(2, &["plan", "diff", "a.json", "b.json", "--exit-code"]);
    ran.says(&[
        "- a.json\n+ b.json\n",
        "(worker -> user: W003)\n    - create\n    + skipped: out of scope",
        "- joins\n        + does not change",
    ]);
    let facts = fixture.json(0, &["plan", "diff", "a.json", "b.json"]);
    assert_eq!(facts["objects"][0]["object"].as_str(), None);
    assert_eq!(facts["objects"][0]["source"], "W003");
    assert_eq!(facts["memberships"][0]["turns"][0], "joins");
}

#[test]
fn another_mapping_is_tried_without_changing_anything() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let mapping = fixture.read("mapping.toml");
    let other = mapping.replace("value = \"External\"", "value = \"Sales\"");
    assert_ne!(mapping, other);
    fixture.write("other.toml", &other);
    let ran = fixture.expect(2, &["plan", "job.toml", "--mapping", "other.toml", "--exit-code"]);
    ran.says(&[
        "- mapping.toml\n+ other.toml\n",
        "- nothing to do\n    + ",
        "(worker -> user: W020)",
        "    + create",
    ]);
    fixture.write("other.toml", &other.replace("[firstName]", "[firstNam]"));
    fixture
        .expect(5, &["plan", "job.toml", "--mapping", "other.toml"])
        .complains(&["other.toml", "firstNam"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}
