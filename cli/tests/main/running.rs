//! `run`: the second run, edited lines, cut-off files, limits.

use super::support::{Fixture, text_of};

#[test]
fn the_first_run_fills_the_directory_and_says_what_to_try_next() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]).says(&[
        "source  worker         20 objects",
        "19 users to create",
        "2 groups to create",
        "1 worker left alone: out of scope",
        "Done: all",
        "19 users created",
        "What to try next",
        "provisio explain job.toml first",
    ]);
    assert_eq!(fixture.objects("user").len(), 19);
    assert_eq!(fixture.objects("group").len(), 2);
    let (first, second) = (fixture.user("W001"), fixture.user("W002"));
    assert_eq!(text_of(&second, "manager"), &*first.id);
}

#[test]
fn a_second_run_changes_nothing_and_writes_nothing() {
    let fixture = Fixture::new();
    // A folder that has a `job.toml` is a job, too.
    fixture.expect(0, &["run", "."]);
    let directory = fixture.read("out/directory.jsonl");
    let ran = fixture.expect(0, &["run", "."]);
    ran.says(&[
        "nothing to do",
        "21 as they should be",
        "The target is as it should be; nothing was written.",
    ]);
    assert!(!ran.stdout.contains("What to try next"), "that is for the first run");
    assert_eq!(fixture.read("out/directory.jsonl"), directory);
    assert_eq!(ran.stderr, "", "no progress where nobody watches");
}

#[test]
fn only_edited_lines_change() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let before = fixture.objects("user");
    fixture.edit("workers.csv", "First3,Last3", "Ángela,O'Neill");
    fixture.edit("workers.csv", "W007,First7,Last7,Research", "W007,First7,Last7,Sales");
    fixture.expect(0, &["run", "job.toml"]).says(&["2 users to update", "Done: all 2 operations"]);
    let changed: Vec<String> = fixture
        .objects("user")
        .iter()
        .filter(|it| !before.contains(it))
        .map(|it| text_of(it, "externalId"))
        .collect();
    assert_eq!(changed, ["W003", "W007"]);
    assert_eq!(text_of(&fixture.user("W003"), "familyName"), "O'Neill");
    assert_eq!(
        text_of(&fixture.user("W003"), "userName"),
        "first3.last3.w003@contoso.example",
        "set on create"
    );
}

#[test]
fn a_file_that_is_cut_off_takes_nothing_away_and_says_why() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let directory = fixture.read("out/directory.jsonl");
    let whole = fixture.read("workers.csv");
    // In half, empty, and with bytes in the middle that are no text.
    let (half, _) = whole.split_at(whole.len() / 2);
    fixture.write("workers.csv", half);
    let ran = fixture.expect(3, &["run", "job.toml"]);
    ran.says(&[
        "NOT COMPLETE",
        "! The workers of the source were not completely read:",
        "nobody is disabled",
    ]);
    assert_eq!(fixture.read("out/directory.jsonl"), directory);

    fixture.write("workers.csv", "");
    let ran = fixture.run(&["run", "job.toml"]);
    assert_ne!(ran.code, 0, "{}", ran.stdout);
    assert_eq!(fixture.read("out/directory.jsonl"), directory);

    let mut bytes = whole.clone().into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0xff);
    std::fs::write(fixture.path("workers.csv"), bytes).expect("written");
    fixture.expect(3, &["run", "job.toml"]);
    assert_eq!(fixture.read("out/directory.jsonl"), directory);

    fixture.write("workers.csv", &whole);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}

#[test]
fn what_is_held_back_is_released_one_by_one() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    fixture.expect(0, &["release", "job.toml", "--list"]).says(&["0 operations held back"]);
    fixture.expect(64, &["release", "job.toml", "--all"]);
    let whole = fixture.read("workers.csv");
    let without: Vec<&str> = whole.lines().filter(|it| !it.starts_with("W01")).collect();
    fixture.write("workers.csv", &format!("{}\n", without.join("\n")));
    fixture.expect(4, &["run", "job.toml"]);
    let listed = fixture.expect(0, &["release", "job.toml", "--list"]);
    listed.says(&["10 operations held back", "disable", "W010 of worker -> user, held since"]);
    fixture.expect(64, &["release", "job.toml", "--object", "W001"]);
    fixture.expect(64, &["release", "job.toml"]);
    let released = fixture.expect(0, &["release", "job.toml", "--object", "W010,W011", "--for", "2h"]);
    released.says(&["2 operations released", "W010 of worker -> user", "released until", "run job.toml"]);
    let ran = fixture.expect(4, &["run", "job.toml"]);
    ran.says(&["10 of 19 linked objects", ", the first since ", "2 users disabled"]);
    assert_eq!(text_of(&fixture.user("W010"), "active"), "false");
    assert_ne!(text_of(&fixture.user("W012"), "active"), "false");
    // What is done is released no longer, and makes no room within the day.
    fixture.expect(4, &["run", "job.toml"]).says(&["8 of 19 linked objects"]);
    fixture.expect(0, &["release", "job.toml", "--list"]).says(&["8 operations held back"]);
    fixture.expect(64, &["release", "job.toml", "--all", "--kind", "deletes"]);
    fixture
        .expect(0, &["release", "job.toml", "--all", "--kind", "disables"])
        .says(&["8 operations released"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["8 users disabled"]);
    fixture.expect(0, &["release", "job.toml", "--list"]).says(&["0 operations held back"]);
}

#[test]
fn a_limit_holds_back_and_is_released_once() {
    let fixture = Fixture::new();
    fixture.expect(0, &["run", "job.toml"]);
    let whole = fixture.read("workers.csv");
    let without: Vec<&str> = whole.lines().filter(|it| !it.starts_with("W01")).collect();
    fixture.write("workers.csv", &format!("{}\n", without.join("\n")));
    let ran = fixture.expect(4, &["run", "job.toml"]);
    ran.says(&[
        "! HELD BACK by the limit on disables: 10 of 19 linked objects of worker -> user",
        "and 5 more",
        "provisio plan job.toml",
        "provisio run job.toml --allow disables",
    ]);
    assert_ne!(text_of(&fixture.user("W010"), "active"), "false");
    fixture.expect(0, &["run", "job.toml", "--allow", "disables"]).says(&["10 users disabled"]);
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}

#[test]
fn one_bad_row_does_not_stop_the_rest() {
    let fixture = Fixture::new();
    fixture.edit("workers.csv", "W005,First5,Last5,Research,W001", "W005,First5");
    fixture.expect(3, &["run", "job.toml"]).says(&[
        "1 unreadable",
        "1 object could not be read",
        "workers.csv:6",
    ]);
    assert_eq!(fixture.objects("user").len(), 18);
    fixture.edit("workers.csv", "W005,First5\n", "W005,First5,Last5,Research,W001\n");
    fixture.expect(0, &["run", "job.toml"]).says(&["1 user to create"]);
}

#[test]
fn a_reader_that_goes_away_does_not_stop_a_run() {
    let fixture = Fixture::new();
    let mut child =
        fixture.command(&["run", "job.toml"]).stdout(std::process::Stdio::piped()).spawn().expect("started");
    drop(child.stdout.take());
    let status = child.wait().expect("ended");
    assert_eq!(status.code(), Some(0));
    assert_eq!(fixture.objects("user").len(), 19);
}
