//! The directory in a file: what it looks like, who may open it, what is refused.

use std::fs;
use std::path::Path;

use futures::executor::block_on;
use provisio_connector::{ChangeEvent, Connector as _, ConnectorError};
use provisio_memory::{COMPACTION_BYTES_MIN, FileError, LINE_BYTES_MAX, MemoryDirectory};
use provisio_model::{
    AttributeSchema, ErrorKind, Object, ObjectSchema, Schema, Secret, Value, ValuesChange, Watermark,
};

use crate::support::*;

fn open(path: &Path) -> MemoryDirectory {
    MemoryDirectory::open(path, schema()).unwrap_or_else(|error| panic!("{error}"))
}

/// The lines of a file without their frames, checksums and other random parts.
fn lines(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("is text");
    let body = |line: &str| {
        let (_, body) = line.split_once("\"bytes\":").expect("has a frame");
        body.split_once(',').expect("has a body").1.to_owned()
    };
    text.lines().map(body).collect()
}

#[test]
fn the_file_can_be_read_by_people() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let directory = open(&path);
    directory
        .write("user", create([("userName", "Adèle".into()), ("tags", texts(["x"])), ("age", 7.into())]));
    directory.write("group", create([("displayName", "All".into()), ("members", ids(["user-000001"]))]));
    directory.write(
        "user",
        update(
            "user-000001",
            [
                ("title", set("Engineer")),
                ("age", ValuesChange::Clear),
                ("tags", ValuesChange::Add("y".into())),
            ],
        ),
    );
    directory.write("user", delete("user-000001"));
    directory.write("user", delete("user-000001"));
    assert_eq!(
        lines(&path)[1..],
        [
            r#""more":false,"objects":[],"deleted":[]}"#,
            r#""from":1,"batch":[{"create":"user","id":"user-000001","attributes":{"age":7,"tags":["x"],"userName":"Adèle"}}]}"#,
            r#""from":2,"batch":[{"create":"group","id":"group-000001","attributes":{"displayName":"All","members":["user-000001"]}}]}"#,
            r#""from":3,"batch":[{"change":"user","id":"user-000001","deltas":[{"set":{"title":"Engineer"}},{"clear":"age"},{"add":{"tags":["y"]}}]}]}"#,
            r#""from":4,"batch":[{"change":"group","id":"group-000001","deltas":[{"remove":{"members":["user-000001"]}}]},{"delete":"user","id":"user-000001"}]}"#,
        ]
    );
    directory.compact().expect("rewrites");
    assert_eq!(
        lines(&path)[1..],
        [
            r#""more":false,"objects":[{"object":"group","id":"group-000001","version":2,"changed":4,"attributes":{"displayName":"All"}}],"deleted":[{"deleted":"user","id":"user-000001","changed":5}]}"#
        ]
    );
    let header = &lines(&path)[0];
    assert!(header.starts_with(r#""format":"provisio-directory","version":1,"schema":""#), "{header}");
    assert!(
        header.ends_with(r#""sequence":5,"forgotten":0,"numbers":{"desk":0,"group":1,"user":1}}"#),
        "{header}"
    );
}

#[test]
fn rewriting_the_file_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let directory = open(&path);
    let before = read(&directory, layout("user")).1.watermark.expect("has one");
    let secret = Value::Secret(Secret::new("hunter2"));
    directory.write("user", create([("userName", "Adele".into()), ("password", secret.into())]));
    directory.write("user", create([("userName", "Ben".into()), ("pin", "1".into())]));
    directory.write("user", update("user-000001", [("manager", set(reference("user-000002")))]));
    directory.write("user", create([("userName", "Carl".into())]));
    directory.write("user", delete("user-000003"));
    let expected = everything(&directory);
    let expected_changes = format!("{:?}", changes(&directory, "user", &before));
    directory.compact().expect("rewrites");
    directory.write("user", update("user-000002", [("pin", set("1"))]));
    drop(directory);
    let directory = open(&path);
    assert_eq!(everything(&directory), expected);
    assert_eq!(format!("{:?}", changes(&directory, "user", &before)), expected_changes);
    assert!(directory.secret_matches("user", "user-000001", "password", "hunter2"));
    let write = |action| shown(&directory.write("user", action));
    assert_eq!(write(update("user-000002", [("pin", set("1"))])), "already satisfied", "write-only is kept");
    assert_eq!(write(create([("userName", "Carl".into())])), "applied user-000004 v1", "ids go on");
    assert_eq!(
        write(create([("userName", "BEN".into())])),
        "conflict value taken: `userName` is taken by another user"
    );
    assert_eq!(write(delete("user-000002")), "applied user-000002 v-");
    assert_eq!(directory.get("user", "user-000001").unwrap().attributes.get("manager"), None);
}

#[test]
fn the_file_rewrites_itself_when_it_has_grown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let directory = open(&path);
    directory.write("user", create([("userName", "Adele".into())]));
    let length = || fs::metadata(&path).unwrap().len();
    let mut longest = 0;
    for byte in 0..10 {
        let photo = Value::Binary(vec![byte; 1 << 20]);
        let outcome = directory.write("user", update("user-000001", [("photo", set(photo))]));
        assert!(shown(&outcome).starts_with("applied"));
        longest = longest.max(length());
    }
    assert!((COMPACTION_BYTES_MIN / 2..COMPACTION_BYTES_MIN).contains(&longest), "{longest}");
    assert!(length() < longest, "{} bytes", length());
    let expected = everything(&directory);
    drop(directory);
    assert_eq!(everything(&open(&path)), expected);
}

#[test]
fn many_objects_take_several_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let object = |number: usize| {
        let photo = Value::Binary(vec![7; 1_000]);
        Object::new("user", format!("{number:05}")).with("userName", format!("{number}")).with("photo", photo)
    };
    let directory = open(&path).with_objects((0..3_000).map(object)).expect("fits");
    let expected = everything(&directory);
    drop(directory);
    assert_eq!(lines(&path).len(), 34);
    assert_eq!(everything(&open(&path)), expected);
}

#[test]
fn a_load_that_fails_leaves_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let user = |id: &str| Object::new("user", id).with("userName", "Adele");
    drop(open(&path).with_objects([user("a")]).expect("fits"));
    assert!(open(&path).with_objects([Object::new("user", "b").with("userName", "Ben"), user("c")]).is_err());
    assert_eq!(open(&path).count("user"), 1);
}

#[test]
fn a_second_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let first = open(&path);
    let error = MemoryDirectory::open(&path, schema()).expect_err("in use");
    let shown = path.canonicalize().unwrap().display().to_string();
    assert_eq!(error.to_string(), format!("`{shown}` is in use by another process"));
    assert_eq!(ConnectorError::from(error).kind(), ErrorKind::Unreachable);
    assert_eq!(first.info().system.as_str(), shown);
    drop(first);
    drop(open(&path));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let directory = open(&path);
    let secret = Value::Secret(Secret::new("hunter2"));
    directory.write("user", create([("userName", "Adele".into()), ("password", secret.into())]));
    for name in ["directory.jsonl", "directory.jsonl.lock"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    directory.compact().expect("rewrites");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&path).unwrap().contains("hunter2"), "a secret is never in the file");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("directory.jsonl"), folder.path().join("link"));
    drop(open(&path));
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let directory = open(&link);
    assert!(MemoryDirectory::open(&path, schema()).is_err(), "it is the same file");
    directory.compact().expect("rewrites");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn an_unfinished_rewriting_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    open(&path).write("user", create([("userName", "Adele".into())]));
    let unfinished = folder.path().join("directory.jsonl.new");
    fs::write(&unfinished, "{\"check\":").unwrap();
    let directory = open(&path);
    assert_eq!(directory.count("user"), 1);
    assert!(!unfinished.exists());
    directory.compact().expect("rewrites");
}

#[test]
fn a_watermark_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let directory = open(&path);
    let before = read(&directory, layout("user")).1.watermark.expect("has one");
    drop(directory);
    let directory = open(&path);
    directory.write("user", create([("userName", "Adele".into())]));
    assert_eq!(changes(&directory, "user", &before).len(), 2);
    let other = MemoryDirectory::open(folder.path().join("other"), schema()).unwrap();
    assert!(matches!(changes(&other, "user", &before)[..], [ChangeEvent::ResyncRequired]));
    let later = Watermark::new([before.as_bytes(), b"9"].concat());
    assert!(matches!(changes(&directory, "user", &later)[..], [ChangeEvent::ResyncRequired]));
}

#[test]
fn hostile_files_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let check = |bytes: &[u8], kind: ErrorKind, expected: &str| {
        let path = folder.path().join("hostile");
        fs::write(&path, bytes).unwrap();
        let error = MemoryDirectory::open(&path, schema()).expect_err("refused");
        let shown = error.to_string().replace(&path.canonicalize().unwrap().display().to_string(), "FILE");
        assert_eq!(shown, expected);
        assert_eq!(ConnectorError::from(error).kind(), kind);
        assert_eq!(fs::read(&path).unwrap(), bytes, "left as it is");
    };
    let config = ErrorKind::ConfigInvalid;
    check(b"", config, "`FILE` is not a directory file: it is empty");
    check(b"userName,title\n", config, "`FILE` is not a directory file: its first line is not a header");
    check(b"\xff\xfe\n", config, "`FILE` is not a directory file: its first line is not a header");
    check(
        b"{\"format\":\"other\"}\n",
        config,
        "`FILE` is not a directory file: its first line is not a header",
    );
    check(
        b"{\"format\":\"provisio-directory\"}\n",
        config,
        "`FILE` is not a directory file: its header has no version",
    );
    check(
        b"{\"format\":\"provisio-directory\",\"version\":2}\n",
        ErrorKind::Unsupported,
        "`FILE` has format version 2; this program reads version 1",
    );
    let nested = format!("{}1{}\n", "[".repeat(100_000), "]".repeat(100_000));
    check(nested.as_bytes(), config, "`FILE` is not a directory file: its first line is not a header");

    let path = folder.path().join("whole");
    drop(open(&path));
    let whole = fs::read(&path).unwrap();
    let followed_by = |tail: &[u8]| [&whole, tail].concat();
    let begin = whole.len();
    let unexpected = ErrorKind::Unexpected;
    check(
        &followed_by(b"hello"),
        unexpected,
        &format!("`FILE` is damaged in line 3 at byte {begin}: it is no line of a directory"),
    );
    check(
        &followed_by(b"\n"),
        unexpected,
        &format!("`FILE` is damaged in line 3 at byte {begin}: it is too short"),
    );
    let huge = vec![b'x'; LINE_BYTES_MAX + 10];
    check(
        &followed_by(&huge),
        unexpected,
        &format!("`FILE` is damaged in line 3 at byte {begin}: it is longer than 67108864 bytes"),
    );
    let claims = b"{\"check\":\"0123456789abcdef\",\"line\":3,\"bytes\":99999999999999999999999,";
    check(
        &followed_by(claims),
        unexpected,
        &format!("`FILE` is damaged in line 3 at byte {begin}: its length is out of range"),
    );
}

#[test]
fn a_file_that_is_not_there_begins_one_and_a_folder_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        MemoryDirectory::open(folder.path().join("no/directory.jsonl"), schema()).expect_err("no folder");
    assert!(matches!(&error, FileError::Io { operation: "open the folder", .. }), "{error}");
    assert_eq!(ConnectorError::from(error).kind(), ErrorKind::ConfigInvalid);
    assert!(MemoryDirectory::open(folder.path(), schema()).is_err(), "a folder is no file");
    assert_eq!(block_on(open(&folder.path().join("new")).check(&context())).unwrap().found.len(), 3);
}

#[test]
fn another_schema_takes_over_what_fits_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("directory.jsonl");
    let text = AttributeSchema::text;
    let of = |attributes: Vec<AttributeSchema>| Schema::new([ObjectSchema::new("user", attributes)]);
    let user = |id: &str, name: &str| Object::new("user", id).with("name", name);
    let directory = MemoryDirectory::open(&path, of(vec![text("name"), text("title")])).unwrap();
    let directory =
        directory.with_objects([user("a", "Adele").with("title", "x"), user("b", "ADELE")]).unwrap();
    directory.write("user", update("a", [("title", ValuesChange::Clear)]));
    directory.compact().unwrap();
    drop(directory);
    let refused = |attributes: Vec<AttributeSchema>| {
        let error = MemoryDirectory::open(&path, of(attributes)).expect_err("does not fit");
        assert!(matches!(error, FileError::OtherSchema { .. }));
        error.to_string().split_once("another schema: ").unwrap().1.to_owned()
    };
    assert_eq!(refused(vec![text("title")]), "`a`: the schema has no attribute `name`");
    assert_eq!(refused(vec![text("name").unique()]), "user `a`: `name` is not unique");
    assert_eq!(refused(vec![text("name").length_max(3)]), "user `a`: `name` is longer than 3 characters");
    assert_eq!(refused(vec![text("name"), text("mail").required()]), "user `a`: `mail` is required");
    assert_eq!(refused(vec![AttributeSchema::reference("name", ["user"])]), {
        "user `a`: `name` refers to `Adele`, and there is no such user"
    });
    let wider = of(vec![text("mail"), text("Name").case_exact().unique().multi_valued()]);
    let directory = MemoryDirectory::open(&path, wider.clone()).expect("fits");
    assert_eq!(directory.get("user", "a").unwrap().attributes.get("name"), Some(&texts(["Adele"])));
    drop(directory);
    assert!(lines(&path)[1].contains(r#"{"Name":["Adele"]}"#), "the file has the new schema");
    assert!(MemoryDirectory::open(&path, wider).is_ok());
}
