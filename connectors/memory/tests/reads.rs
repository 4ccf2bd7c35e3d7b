//! A read gives what was asked for, in a stable order, and says when it was all.

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{CancelToken, Connector as _, ReadEvent, ReadQuery, Source as _};
use provisio_memory::MemoryDirectory;
use provisio_model::{AttributeSchema, ErrorKind, Layout, Object, Text, Value};

use crate::support::*;

fn directory() -> MemoryDirectory {
    let user = |id: &str| Object::new("user", id).with("userName", id).with("title", "x").with("pin", "1");
    MemoryDirectory::new(schema()).with_objects([user("b"), user("c"), user("a")]).expect("fits")
}

#[test]
fn objects_come_in_the_order_of_their_ids_with_what_was_asked_for() {
    let asked = ["TITLE", "pin", "unknown"].map(AttributeSchema::text);
    let (objects, completeness) = read(&directory(), Layout::new("user", asked));
    let expected = ["a", "b", "c"].map(|id| {
        let mut object = Object::new("user", id).with("title", "x");
        object.version = Some("1".into());
        object
    });
    assert_eq!(objects, expected);
    assert_eq!(completeness.evidence.as_str(), "all 3 user objects at change 3");
    assert!(completeness.watermark.is_some());
}

#[test]
fn an_empty_type_is_read_completely_and_an_unknown_one_is_an_error() {
    let directory = directory();
    assert_eq!(read(&directory, layout("group")).0, []);
    let context = context();
    let unknown = block_on(directory.read(&context, ReadQuery::all(Layout::new("robot", []))));
    let error = unknown.err().expect("unknown");
    assert_eq!(error.kind(), ErrorKind::SchemaViolation);
    assert_eq!(error.to_string(), "read: schema violation: there is no object type `robot`");
}

#[test]
fn objects_are_found_by_id_and_by_value() {
    let directory = directory();
    let context = context();
    let found = |query| {
        let stream = block_on(directory.read(&context, query)).expect("readable");
        let events = block_on(stream.collect::<Vec<_>>()).into_iter().map(|it| it.expect("readable"));
        let text = events.map(|event| match event {
            ReadEvent::Object(object) => object.id.to_string(),
            ReadEvent::Complete(completeness) => format!("{}", completeness.evidence),
            other => format!("{other:?}"),
        });
        text.collect::<Vec<_>>().join(" ")
    };
    let ids = |ids: &[&str]| ReadQuery::with_ids(layout("user"), ids.iter().map(Text::new));
    assert_eq!(found(ids(&["c", "gone", "a", "c"])), "a c by id, 2 user objects at change 3");
    let values = |name: &str, values: &[&str]| {
        ReadQuery::with_values(
            layout("user"),
            name.into(),
            values.iter().map(|it| Value::Text(Text::new(it))),
        )
    };
    assert_eq!(found(values("USERNAME", &["B", "nobody"])), "b by value, 1 user objects at change 3");
    assert_eq!(found(values("title", &["X", "x"])), "a b c by value, 3 user objects at change 3");
    for name in ["pin", "unknown"] {
        let refused = block_on(directory.read(&context, values(name, &["1"])));
        assert_eq!(refused.err().expect("refused").kind(), ErrorKind::Unsupported, "{name}");
    }
}

#[test]
fn a_read_shows_one_moment() {
    let directory = directory();
    let context = context();
    let stream = block_on(directory.read(&context, ReadQuery::all(layout("user")))).expect("readable");
    directory.write("user", delete("a"));
    directory.write("user", update("b", [("title", set("y"))]));
    assert_eq!(block_on(stream.collect::<Vec<_>>()).len(), 4, "three objects and the completeness");
    assert_eq!(read(&directory, layout("user")).0.len(), 2);
}

#[test]
fn a_cancelled_read_ends_without_being_complete() {
    let directory = directory();
    let cancel = CancelToken::default();
    let context = context().with_cancel(cancel.clone());
    let stream = block_on(directory.read(&context, ReadQuery::all(layout("user")))).expect("readable");
    cancel.cancel();
    let events = block_on(stream.collect::<Vec<_>>());
    assert!(matches!(&events[..], [Err(error)] if error.kind() == ErrorKind::Timeout), "{events:?}");
    assert!(block_on(directory.read(&context, ReadQuery::all(layout("user")))).is_err());
}

#[test]
fn the_connector_says_what_it_is() {
    let directory = directory();
    let context = context();
    assert_eq!((directory.info().kind, directory.info().system.as_str()), ("directory", "memory"));
    assert_eq!(block_on(directory.schema(&context)).expect("has one"), schema());
    let report = block_on(directory.check(&context)).expect("works");
    assert_eq!(
        report.found.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
        ["3 user objects", "0 group objects", "0 desk objects"]
    );
    assert_eq!(format!("{directory:?}"), "MemoryDirectory { user: 3, group: 0, desk: 0 }");
}
