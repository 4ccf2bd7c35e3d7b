//! Is everything told that changed since a read, and what is gone, too?

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{ChangeEvent, Connector as _, ReadEvent, ReadQuery, Source as _};
use provisio_model::{Change, Watermark};
use provisio_scim::Scim;
use serde_json::json;

use crate::fake::{Fake, Quirks};
use crate::support::{connect, context, layout};

const PROFILE: &str = "name = \"x\"\n[changes]\nlast_modified = true\noverlap_seconds = 30";

fn user(fake: &Fake, name: &str) -> String {
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    fake.insert("Users", json!({"schemas": [core], "userName": name, "active": true}))
}

/// Reads everything, and returns where changes start.
fn start(scim: &Scim) -> Watermark {
    let (context, layout) = (context(), layout(scim, "User", &["userName"]));
    let events: Vec<_> = block_on(async {
        scim.read(&context, ReadQuery::all(layout)).await.expect("a read").collect().await
    });
    match events.last() {
        Some(Ok(ReadEvent::Complete(completeness))) => completeness.watermark.clone().expect("a watermark"),
        other => panic!("{other:?}"),
    }
}

/// Reads changes: what they tell, and where the next ones start; `None` if everything has to be read.
fn since(scim: &Scim, since: &Watermark) -> Option<(Vec<String>, Watermark)> {
    let (context, layout) = (context(), layout(scim, "User", &["userName"]));
    let events: Vec<_> = block_on(async {
        let changes = scim.changes(&context, ReadQuery::all(layout), since).await;
        changes.expect("changes").map(|it| it.expect("an event")).collect().await
    });
    let mut told = Vec::new();
    for event in events {
        match event {
            ChangeEvent::Change(Change::Upsert(object)) => {
                told.push(object.attributes.get("userName").expect("a name").to_string());
            }
            ChangeEvent::Change(Change::Deleted { id, .. }) => told.push(format!("{id} is gone")),
            ChangeEvent::Checkpoint(watermark) => return Some((told, watermark)),
            _ => return None,
        }
    }
    panic!("no end")
}

fn told<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.iter().map(|it| format!("\"{it}\"")).collect()
}

#[test]
fn what_changed_since_is_told_and_what_did_not_is_not() {
    let fake = Fake::new();
    let ids: Vec<String> = (0..250).map(|it| user(&fake, &format!("u{it}"))).collect();
    fake.pass(1_000);
    let scim = connect(&fake, PROFILE);
    let mut watermark = start(&scim);
    for (round, id) in ids.iter().enumerate().take(3) {
        fake.pass(1_000);
        fake.edit("Users", id, |it| drop(it.insert("title".to_owned(), json!(round))));
        let new = format!("n{round}");
        user(&fake, &new);
        fake.pass(500);
        fake.seen();
        let (changes, next) = since(&scim, &watermark).expect("changes");
        // What is created last is within the overlap of nothing, so it comes once.
        assert_eq!(changes, told([&format!("u{round}"), &new]));
        let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
        assert_eq!(lines.iter().filter(|it| it.contains("/Users")).count(), 2, "{lines:#?}");
        watermark = next;
    }
}

#[test]
fn who_is_gone_is_told_if_they_came_lately_and_asks_for_everything_else() {
    let fake = Fake::new();
    let old = user(&fake, "old");
    user(&fake, "other");
    fake.pass(1_000);
    let new = user(&fake, "new");
    let scim = connect(&fake, PROFILE);
    let watermark = start(&scim);
    fake.remove("Users", &new);
    assert_eq!(since(&scim, &watermark).map(|it| it.0), Some(vec![format!("{new} is gone")]));
    fake.remove("Users", &old);
    assert_eq!(since(&scim, &watermark), None);
    // Somebody else who comes does not make up for it.
    user(&fake, "newer");
    assert_eq!(since(&scim, &watermark), None);
}

#[test]
fn who_came_while_everything_was_read_is_not_missed() {
    let fake = Fake::new();
    for at in 0..150 {
        user(&fake, &format!("u{at}"));
    }
    fake.pass(1_000);
    let scim = connect(&fake, PROFILE);
    let (context, layout) = (context(), layout(&scim, "User", &["userName"]));
    let mut last = None;
    block_on(async {
        let mut stream = scim.read(&context, ReadQuery::all(layout)).await.expect("a read");
        let mut count = 0;
        while let Some(event) = stream.next().await {
            count += 1;
            if count == 10 {
                // The first page was read.
                fake.pass(5_000);
                fake.edit("Users", "user-3", |it| drop(it.insert("title".to_owned(), json!("x"))));
                fake.pass(5_000);
            }
            last = Some(event.expect("an event"));
        }
    });
    let Some(ReadEvent::Complete(completeness)) = last else { panic!("{last:?}") };
    let (changes, _) = since(&scim, &completeness.watermark.expect("a watermark")).expect("changes");
    assert_eq!(changes, told(["u2"]));
}

#[test]
fn a_service_that_cannot_be_trusted_with_time_is_read_as_a_whole() {
    for quirks in
        [Quirks { timeless: true, ..Quirks::default() }, Quirks { filter_ignored: true, ..Quirks::default() }]
    {
        let fake = Fake::with(quirks);
        user(&fake, "a");
        fake.pass(1_000);
        user(&fake, "b");
        let scim = connect(&fake, PROFILE);
        assert_eq!(since(&scim, &start(&scim)), None);
    }
    // That nobody lied is believed of no other service and no other type.
    let fake = Fake::new();
    let scim = connect(&fake, PROFILE);
    assert!(scim.capabilities().changes && !connect(&fake, "rfc").capabilities().changes);
    let elsewhere =
        String::from_utf8(start(&scim).as_bytes().to_vec()).expect("text").replace("scim.", "other.");
    assert_eq!(since(&scim, &Watermark::new(elsewhere)), None);
}
