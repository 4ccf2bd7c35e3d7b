//! A run that is killed or interrupted: the next one goes on, and nothing is there twice.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};

use provisio_model::Object;

use super::support::{Fixture, text, text_of, workers};

/// How many workers there are, and how often their runs are killed: more where there is time.
fn scale() -> (usize, usize) {
    if std::env::var_os("PROVISIO_MANY_CASES").is_some() { (20_000, 200) } else { (1_200, 20) }
}

fn large() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("workers.csv", &workers(scale().0));
    fixture
}

/// What the directory holds, whatever ids it gave: users by worker, with the worker of their manager; groups with
/// the workers in them.
fn content(fixture: &Fixture) -> BTreeMap<String, String> {
    let users = fixture.objects("user");
    let groups = fixture.objects("group");
    let workers: BTreeMap<&str, String> =
        users.iter().map(|it| (&*it.id, text_of(it, "externalId"))).collect();
    let describe = |object: &Object| {
        let attributes = object.attributes.iter().map(|(name, values)| {
            let mut values: Vec<String> = values
                .iter()
                .map(|it| {
                    let text = text(it);
                    workers.get(&*text).cloned().unwrap_or(text)
                })
                .collect();
            values.sort();
            format!("{name}={}", values.join(","))
        });
        attributes.collect::<Vec<_>>().join(";")
    };
    let all: Vec<(String, String)> =
        users.iter().chain(&groups).map(|it| (text_of(it, "externalId"), describe(it))).collect();
    let count = all.len();
    let content: BTreeMap<String, String> = all.into_iter().collect();
    assert_eq!(content.len(), count, "nothing is there twice");
    content
}

fn start(fixture: &Fixture) -> Child {
    fixture
        .command(&["run", "job.toml"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("started")
}

/// Counts how often one can look at a process before it ends: a measure of time that needs no clock.
fn looks_until_end(child: &mut Child, most: usize) -> usize {
    for look in 0..most {
        if child.try_wait().expect("asked").is_some() {
            return look;
        }
        std::thread::yield_now();
    }
    most
}

/// Runs until everything is done.
fn finish(fixture: &Fixture) {
    for _ in 0..3 {
        if fixture.run(&["run", "job.toml"]).code == 0 {
            break;
        }
    }
    fixture.expect(0, &["run", "job.toml"]).says(&["nothing to do"]);
}

#[test]
fn killed_at_any_moment_it_ends_as_if_undisturbed() {
    let undisturbed = large();
    let mut length = looks_until_end(&mut start(&undisturbed), usize::MAX);
    let expected = content(&undisturbed);
    assert_eq!(expected.len(), scale().0 - 1 + 2);

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut fixture = large();
    let mut killed = 0;
    let mut from_changes = false;
    while killed < scale().1 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = (random >> 33) as usize % length.max(1);
        let mut child = start(&fixture);
        let looks = looks_until_end(&mut child, moment);
        // SIGKILL: nothing can be caught, nothing is cleaned up.
        let _ = child.kill();
        if child.wait().expect("ended").success() {
            // Too late. Runs differ in length; this one was shorter.
            length = (length + looks) / 2;
            assert_eq!(content(&fixture), expected, "after {killed} kills");
            fixture = large();
            from_changes = !from_changes;
            if from_changes {
                let job = fixture.read("job.toml");
                fixture.write("job.toml", &format!("{job}\n[cycle]\nfrom = \"changes\"\n"));
            }
        } else {
            killed += 1;
        }
    }
    finish(&fixture);
    assert_eq!(content(&fixture), expected);
}

#[cfg(unix)]
#[test]
fn interrupted_it_finishes_what_is_under_way_and_remembers_it() {
    let fixture = large();
    let mut child = start(&fixture);
    let directory = fixture.path("out/directory.jsonl");
    let has_begun = || std::fs::metadata(&directory).is_ok_and(|it| it.len() > 10_000);
    while !has_begun() && child.try_wait().expect("asked").is_none() {
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    let _ = std::process::Command::new("kill").args(["-INT", &pid]).stderr(Stdio::null()).status();
    let code = child.wait().expect("ended").code();
    assert!(matches!(code, Some(130 | 0)), "interrupted, or just done: {code:?}");
    finish(&fixture);
    assert_eq!(fixture.objects("user").len(), scale().0 - 1);
}
