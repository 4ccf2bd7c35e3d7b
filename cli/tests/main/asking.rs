//! `explain`, `status`, `check`, `eval`, `--json`, `--help`: questions that change nothing.

use super::support::Fixture;

#[test]
fn explain_finds_an_object_by_any_of_its_names() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let id = fixture.user("W002").id.to_string();
    for name in ["W002", &id, "first2.last2.w002@contoso.example"] {
        fixture.expect(0, &["explain", "job.toml", name]).says(&[
            "worker W002 (worker -> user)",
            "1 import",
            "2 scope   in scope",
            "3 match   linked to user-",
            "    linked: in scope, linked, the target object is there",
            "    answer: update",
            "4 flow",
            "givenName <- [firstName]",
            "5 plan    nothing to do",
        ]);
    }
    fixture
        .expect(0, &["explain", "job.toml", "W020"])
        .says(&["2 scope   out of scope", "5 plan    skipped"]);
    fixture
        .expect(1, &["explain", "job.toml", "nobody"])
        .complains(&["nothing is known of an object `nobody`"]);
    let story = fixture.json(0, &["explain", "job.toml", "W002"]);
    assert_eq!(story["stories"][0]["situation"], "linked");
    assert_eq!(story["stories"][0]["source"], "W002");
    assert_eq!(story["stories"][0]["flow"][0]["attribute"], "externalId");
}

#[test]
fn check_shows_what_is_done_in_every_situation() {
    let fixture = Fixture::new();
    fixture.expect(0, &["check", "job.toml", "--situations"]).says(&[
        "worker -> user\n  filtered ",
        "  unmatched               create   in scope, not linked, nothing in the target matches (decided by operations)",
        "  source_deleted          disable  gone from the source, linked, the target object is there (decided by \
         deprovisioning.source_deleted, operations)",
        "  unmanaged               nothing ",
    ]);
    let rows = fixture.json(0, &["check", "job.toml", "--situations"])["situations"].as_array().map(Vec::len);
    let situations = provisio::planner::Situation::ALL.len();
    assert_eq!(rows, Some(2 * situations));
}

#[test]
fn check_says_how_the_two_sides_stand_to_each_other() {
    let fixture = Fixture::new();
    fixture.expect(0, &["check", "job.toml", "--preflight"]).says(&[
        "worker -> user\n",
        " unmatched: in scope, not linked, nothing in the target matches\n          W001\n",
        "user: 0 in the target",
    ]);
    fixture.expect(0, &["run", "job.toml"]);
    let preflight = &fixture.json(0, &["check", "job.toml", "--preflight"])["preflight"];
    assert_eq!(preflight["mappings"][0]["groups"][1]["situation"], "linked");
    assert_eq!(preflight["targets"][0]["unmanaged"]["count"], 0);
}

#[test]
fn check_shows_what_will_surprise_and_can_refuse_it() {
    let fixture = Fixture::new();
    fixture.edit("mapping.toml", "[limits]\n", "[limits]\nmember_removals = false\n");
    let document = fixture.json(0, &["check", "job.toml"]);
    let found = document["diagnostics"].as_array().expect("a list");
    let unlimited = found.iter().find(|it| it["code"] == "S0301").expect("a lint");
    assert_eq!((&unlimited["severity"], &unlimited["column"]), (&"warning".into(), &1.into()));
    fixture.expect(0, &["check", "job.toml"]).says(&["Everything fits."]);
    fixture.expect(5, &["check", "job.toml", "--deny-warnings"]).says(&["should be mended first"]);
    fixture.edit("mapping.toml", "format = 1\n", "format = 1\nallow = [\"S0301\", \"S0313\"]\n");
    fixture.expect(0, &["check", "job.toml", "--deny-warnings"]).says(&["Everything fits."]);
}

#[test]
fn explain_keeps_an_expression_of_several_lines_together() {
    let fixture = Fixture::new();
    let expression = "givenName = { expression = '''\nJoin(\" \",\n    [firstName])\n''' }";
    fixture.edit("mapping.toml", "givenName = { attribute = \"firstName\" }", expression);
    fixture
        .expect(0, &["explain", "job.toml", "W002"])
        .says(&["    givenName <- Join(\" \",\n            [firstName])\n        gives  \"First2\"\n"]);
}

#[test]
fn status_shows_what_is_remembered() {
    let fixture = Fixture::new();
    fixture
        .expect(0, &["status", "job.toml"])
        .says(&["hr has not run yet. To run it: ", "provisio run job.toml"]);
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["status", "job.toml"]).says(&[
        "19  worker -> user",
        "2  team -> group",
        "Plans carried out",
    ]);
    let status = fixture.json(0, &["status", "job.toml"]);
    assert_eq!(status["managed"][0]["objects"], 19);
    assert_eq!(status["plans"].as_array().map(Vec::len), Some(1));
}

#[test]
fn check_tests_both_sides() {
    let fixture = Fixture::new();
    fixture.expect(0, &["check", "job.toml"]).says(&[
        "job      hr: job.toml",
        "mapping  mapping.toml: worker -> user, team -> group",
        "source   csv: workers.csv, teams.csv",
        "workers.csv: 5 attributes of `worker`, 20 rows",
        "target   directory",
        "Everything fits.",
    ]);
    let check = fixture.json(0, &["check", "job.toml"]);
    assert_eq!(check["connections"][0]["side"], "source");
    assert!(!fixture.path("out").exists(), "a check makes no files");

    std::fs::remove_file(fixture.path("teams.csv")).expect("removed");
    let ran = fixture.expect(6, &["check", "job.toml"]);
    ran.says(&["source   csv: workers.csv, teams.csv: cannot be used", "target   directory"]);
    ran.complains(&["error: the source cannot be used", "teams.csv"]);
}

#[test]
fn json_documents_have_the_facts() {
    let fixture = Fixture::new();
    let plan = fixture.json(2, &["plan", "job.toml", "--exit-code"]);
    assert_eq!((&plan["command"], &plan["result"]), (&"plan".into(), &"changes".into()));
    assert_eq!(plan["document"]["operations"].as_array().map(Vec::len), Some(23));
    let run = fixture.json(0, &["run", "job.toml"]);
    assert_eq!(run["exit_code"], 0);
    assert_eq!(run["reads"][0]["objects"], 20);
    assert_eq!(run["applied"]["done"][0]["action"], "create");
    assert_eq!(run["applied"]["done"][0]["operations"], 19);
    assert_eq!(run["plan"]["skipped"][0]["objects"], 1);
}

#[test]
fn eval_gives_the_result_of_an_expression() {
    let fixture = Fixture::new();
    let attributes = r#"{ "lastName": "Vance" }"#;
    fixture.expect(0, &["eval", "ToUpper([lastName])", "--attributes", attributes]).says(&["\"VANCE\""]);
    fixture.expect(1, &["eval", "ToUppr([lastName])"]).says(&["ToUpper"]);
}

#[test]
fn help_lists_the_exit_codes() {
    let fixture = Fixture::new();
    fixture.expect(0, &["--help"]).says(&["Exit codes:", "4  a limit held operations back"]);
    fixture.expect(0, &["--version"]).says(&["provisio "]);
    fixture.expect(64, &["chek", "job.toml"]).complains(&["check"]);
    fixture.expect(64, &["run"]);
}

#[test]
fn the_log_goes_to_standard_error() {
    let fixture = Fixture::new();
    let ran = fixture.expect(0, &["run", "job.toml", "--log", "info"]);
    ran.complains(&["read finished", "apply finished"]);
}
