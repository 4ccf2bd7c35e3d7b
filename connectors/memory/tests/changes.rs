//! The change feed: what changed since a watermark, each object once.

use provisio_connector::ChangeEvent;
use provisio_memory::MemoryDirectory;
use provisio_model::{Change, Watermark};

use crate::support::*;

fn watermark(directory: &MemoryDirectory) -> Watermark {
    read(directory, layout("user")).1.watermark.expect("has one")
}

fn told(events: &[ChangeEvent]) -> Vec<String> {
    let told = |event: &ChangeEvent| match event {
        ChangeEvent::Change(Change::Upsert(object)) => {
            format!("{} v{}", object.id, object.version.as_deref().unwrap_or("-"))
        }
        ChangeEvent::Change(Change::Deleted { id, .. }) => format!("{id} deleted"),
        ChangeEvent::Checkpoint(watermark) => String::from_utf8_lossy(watermark.as_bytes()).into_owned(),
        ChangeEvent::ResyncRequired => "resync".to_owned(),
        other => format!("{other:?}"),
    };
    events.iter().map(told).collect()
}

#[test]
fn each_changed_object_is_told_once_as_it_is_now() {
    let directory = MemoryDirectory::new(schema()).with_incarnation("one");
    for name in ["Adele", "Ben", "Carl"] {
        directory.write("user", create([("userName", name.into())]));
    }
    let before = watermark(&directory);
    assert_eq!(told(&changes(&directory, "user", &before)), ["one:3"]);
    directory.write("user", update("user-000002", [("title", set("a"))]));
    directory.write("user", update("user-000001", [("title", set("a"))]));
    directory.write("user", update("user-000002", [("title", set("b"))]));
    directory.write("user", delete("user-000003"));
    directory.write("group", create([("displayName", "All".into())]));
    assert_eq!(
        told(&changes(&directory, "user", &before)),
        ["user-000001 v2", "user-000002 v3", "user-000003 deleted", "one:8"]
    );
    assert_eq!(told(&changes(&directory, "group", &before)), ["group-000001 v1", "one:8"]);
}

#[test]
fn a_holder_changes_when_what_it_refers_to_is_deleted() {
    let directory = MemoryDirectory::new(schema()).with_incarnation("one");
    directory.write("user", create([("userName", "Adele".into())]));
    directory.write("group", create([("displayName", "All".into()), ("members", ids(["user-000001"]))]));
    let before = watermark(&directory);
    directory.write("user", delete("user-000001"));
    assert_eq!(told(&changes(&directory, "group", &before)), ["group-000001 v2", "one:4"]);
}

#[test]
fn a_watermark_that_is_not_of_this_directory_asks_for_a_full_read() {
    let directory = MemoryDirectory::new(schema()).with_incarnation("one");
    directory.write("user", create([("userName", "Adele".into())]));
    let check = |watermark: &[u8], expected: &[&str]| {
        assert_eq!(told(&changes(&directory, "user", &Watermark::new(watermark))), expected);
    };
    check(b"one:0", &["user-000001 v1", "one:1"]);
    for unknown in
        [&b"two:0"[..], b"one:2", b"one:", b"one", b"", b"one:0:0", b"one:-1", b"\xff", b"oneone:0"]
    {
        check(unknown, &["resync"]);
    }
}

#[test]
fn an_id_that_comes_back_is_told_as_deleted_and_then_as_it_is() {
    let directory = MemoryDirectory::new(schema()).with_incarnation("one");
    let object = provisio_model::Object::new("user", "a").with("userName", "Adele");
    directory.insert(&object).expect("fits");
    directory.write("user", delete("a"));
    directory.insert(&object).expect("fits");
    assert_eq!(told(&changes(&directory, "user", &Watermark::new("one:1"))), ["a deleted", "a v1", "one:3"]);
}
