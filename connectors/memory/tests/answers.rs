//! Each write gets the answer that a directory gives.

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{CancelToken, Connector as _, Context, Target as _};
use provisio_memory::{BATCH_MAX, MemoryDirectory, directory_schema};
use provisio_model::{
    Attributes, Object, Outcome, Retry, Secret, TargetId, VALUE_BYTES_MAX, Value, Values, ValuesChange,
    Write, WriteAction, WriteId,
};

use crate::support::*;

/// Two users, `user-000001` managed by `user-000002`, and a group of both.
fn directory() -> MemoryDirectory {
    let directory = MemoryDirectory::new(schema());
    let write =
        |object_type, action| assert!(matches!(directory.write(object_type, action), Outcome::Applied(_)));
    write("user", create([("userName", "Adele".into()), ("code", "a".into()), ("badge", "1".into())]));
    write("user", create([("userName", "Ben".into()), ("tags", texts(["x", "y"]))]));
    write("user", update("user-000001", [("manager", set(reference("user-000002")))]));
    write("user", update("user-000001", [("password", set(Value::Secret(Secret::new("hunter2"))))]));
    write("group", create([("displayName", "All".into()), ("members", ids(["user-000001", "user-000002"]))]));
    directory
}

#[track_caller]
fn check(object_type: &str, action: WriteAction, expected: &str) {
    let directory = directory();
    let before = everything(&directory);
    let outcome = directory.write(object_type, action);
    assert_eq!(shown(&outcome), expected);
    if !matches!(outcome, Outcome::Applied(_)) {
        assert_eq!(everything(&directory), before, "what is not applied changes nothing");
    }
}

#[test]
fn a_create_is_answered() {
    let user = |name: &'static str, values: Values| create([("userName", "Carl".into()), (name, values)]);
    let check = |action, expected| check("user", action, expected);
    check(create([("userName", "Carl".into())]), "applied user-000003 v1");
    check(create([]), "rejected schema violation: `userName` is required");
    check(user("nose", "x".into()), "rejected schema violation: a user has no attribute `nose`");
    check(user("age", "x".into()), "rejected invalid value: `age` must be int, not text");
    check(user("title", texts(["a", "b"])), "rejected invalid value: `title` takes one value, not 2");
    check(user("created", "x".into()), "rejected read only: `created` is set by the directory alone");
    check(user("badge", "2".into()), "applied user-000003 v1");
    check(
        user("ratio", Value::Decimal(f64::NAN).into()),
        "rejected invalid value: `ratio` is not a finite number",
    );
    check(user("USERNAME", "ADELE".into()), "conflict value taken: `userName` is taken by another user");
    check(user("code", "A".into()), "applied user-000003 v1");
    check(user("code", "a".into()), "conflict value taken: `code` is taken by another user");
    check(
        create([("userName", "ééééééééééééééééééééé".into())]),
        "rejected invalid value: `userName` is longer than 20 characters",
    );
    check(create([("userName", "éééééééééééééééééééé".into())]), "applied user-000003 v1");
    check(user("manager", reference("user-000001").into()), "applied user-000003 v1");
    check(
        user("manager", reference("group-000001").into()),
        "rejected invalid value: `manager` refers to `group-000001`, and there is no such user",
    );
    check(
        user("photo", Value::Binary(vec![0; VALUE_BYTES_MAX + 1]).into()),
        "rejected too large: a value of `photo` has 4194304 bytes, more than 4194303",
    );
}

#[test]
fn an_unknown_type_is_answered() {
    check("robot", create([]), "rejected schema violation: there is no object type `robot`");
    check("robot", delete("robot-1"), "rejected schema violation: there is no object type `robot`");
}

#[test]
fn a_complex_value_is_checked_to_its_parts() {
    let with = |name: &'static str, parts: Attributes| {
        create([("userName", "Carl".into()), (name, Value::Complex(parts).into())])
    };
    let check = |action, expected| check("user", action, expected);
    let city = |values: Values| attributes([("city", values)]);
    check(with("address", city("Oslo".into())), "applied user-000003 v1");
    check(with("address", Attributes::new()), "rejected schema violation: `address.city` is required");
    check(with("address", city(1.into())), "rejected invalid value: `city` must be text, not int");
    check(with("address", city(texts(["a", "b"]))), "rejected invalid value: `city` takes one value, not 2");
    let mut parts = city("Oslo".into());
    parts.set("zip", "1");
    check(with("address", parts), "rejected schema violation: `address` has no sub-attribute `zip`");
    let mut parts = city("Oslo".into());
    parts.set("host", reference("user-000009"));
    check(
        with("address", parts),
        "rejected invalid value: `address` refers to `user-000009`, and there is no such object",
    );
    let secret = attributes([("x", Value::Secret(Secret::new("hunter2")).into())]);
    check(
        with("open", secret),
        "rejected invalid value: `open.x` is a secret: it must be an attribute of its own",
    );
    let deep = (0..9).fold(Attributes::new(), |inner, _| attributes([("x", Value::Complex(inner).into())]));
    check(with("open", deep), "rejected invalid value: `x` is nested deeper than 8");
}

#[test]
fn a_part_of_a_complex_value_is_written_alone() {
    let check = |action, expected| check("user", action, expected);
    check(create([("userName", "Carl".into()), ("address.city", "Oslo".into())]), "applied user-000003 v1");
    check(
        create([("userName", "Carl".into()), ("address.zip", "1".into())]),
        "rejected schema violation: `address` has no sub-attribute `zip`",
    );
    check(
        create([("userName", "Carl".into()), ("address.host", reference("user-000001").into())]),
        "rejected schema violation: `address.city` is required",
    );
    let directory = directory();
    let host = |change| update("user-000001", vec![("ADDRESS.host", change)]);
    let write = |action| shown(&directory.write("user", action));
    let city = update("user-000001", vec![("address.city", ValuesChange::Set("Bergen".into()))]);
    assert_eq!(write(city), "applied user-000001 v4");
    assert_eq!(write(host(ValuesChange::Set(reference("user-000002").into()))), "applied user-000001 v5");
    let held = || directory.get("user", "user-000001").expect("is there").attributes;
    let parts = attributes([("city", "Bergen".into()), ("host", reference("user-000002").into())]);
    assert_eq!(held().get("address"), Some(&Value::Complex(parts).into()));
    assert_eq!(write(host(ValuesChange::Clear)), "applied user-000001 v6");
    assert_eq!(held().get("address"), Some(&Value::Complex(attributes([("city", "Bergen".into())])).into()));
    assert_eq!(write(host(ValuesChange::Clear)), "already satisfied");
}

#[test]
fn an_update_is_answered() {
    let check = |deltas: Vec<(&'static str, ValuesChange)>, expected| {
        check("user", update("user-000001", deltas), expected);
    };
    check(vec![("title", set("Engineer"))], "applied user-000001 v4");
    check(vec![], "already satisfied");
    check(vec![("userName", set("Adele"))], "already satisfied");
    check(vec![("userName", set("ADELE"))], "applied user-000001 v4");
    check(vec![("userName", set("Ben"))], "conflict value taken: `userName` is taken by another user");
    check(vec![("userName", ValuesChange::Clear)], "rejected schema violation: `userName` is required");
    check(vec![("title", ValuesChange::Clear)], "already satisfied");
    check(vec![("title", set("x")), ("title", ValuesChange::Clear)], "already satisfied");
    check(vec![("badge", set("1"))], "already satisfied");
    check(vec![("badge", set("2"))], "rejected read only: `badge` is set once, when the object is created");
    check(
        vec![("badge", ValuesChange::Clear)],
        "rejected read only: `badge` is set once, when the object is created",
    );
    check(
        vec![("created", ValuesChange::Clear)],
        "rejected read only: `created` is set by the directory alone",
    );
    check(vec![("nose", ValuesChange::Clear)], "rejected schema violation: a user has no attribute `nose`");
    check(vec![("manager", set(reference("user-000001")))], "applied user-000001 v4");
    check(
        vec![("manager", set(reference("user-000009")))],
        "rejected invalid value: `manager` refers to `user-000009`, and there is no such user",
    );
    check(
        vec![("userName", ValuesChange::Add("Adi".into()))],
        "rejected invalid value: `userName` takes one value, not 2",
    );
    check(
        vec![
            ("userName", ValuesChange::Remove("adele".into())),
            ("userName", ValuesChange::Add("Adi".into())),
        ],
        "applied user-000001 v4",
    );
    check(vec![("password", set(Value::Secret(Secret::new("hunter2"))))], "already satisfied");
    check(vec![("password", set(Value::Secret(Secret::new("hunter3"))))], "applied user-000001 v4");
    check(vec![("password", set("hunter2"))], "rejected invalid value: `password` must be secret, not text");
}

#[test]
fn single_values_join_and_leave_as_the_schema_compares_them() {
    let check = |deltas: Vec<(&'static str, ValuesChange)>, expected| {
        check("user", update("user-000002", deltas), expected);
    };
    check(vec![("tags", ValuesChange::Add(texts(["X", "y"])))], "already satisfied");
    check(vec![("tags", ValuesChange::Remove("z".into()))], "already satisfied");
    check(vec![("tags", set(texts(["y", "x"])))], "already satisfied");
    let directory = directory();
    let outcome = directory.write(
        "user",
        update(
            "user-000002",
            [("tags", ValuesChange::Add(texts(["X", "z", "Z"]))), ("tags", ValuesChange::Remove("Y".into()))],
        ),
    );
    assert_eq!(shown(&outcome), "applied user-000002 v2");
    assert_eq!(
        directory.get("user", "user-000002").unwrap().attributes.get("tags"),
        Some(&texts(["x", "z"]))
    );
}

#[test]
fn large_sets_are_compared_like_small_ones() {
    let directory = directory();
    let many = |from: usize, to: usize| {
        Values::from_many((from..to).map(|it| Value::from(format!("Tag {it}")))).unwrap()
    };
    let upper = |from: usize, to: usize| {
        Values::from_many((from..to).map(|it| Value::from(format!("TAG {it}")))).unwrap()
    };
    let write = |change| shown(&directory.write("user", update("user-000002", [("tags", change)])));
    assert_eq!(write(ValuesChange::Set(many(0, 200))), "applied user-000002 v2");
    assert_eq!(write(ValuesChange::Add(upper(50, 150))), "already satisfied");
    assert_eq!(write(ValuesChange::Add(upper(100, 300))), "applied user-000002 v3");
    assert_eq!(write(ValuesChange::Remove(many(100, 300))), "applied user-000002 v4");
    assert_eq!(directory.get("user", "user-000002").unwrap().attributes.get("tags"), Some(&many(0, 100)));
}

#[test]
fn what_is_missing_or_has_another_version_is_answered() {
    let version = |it: &str| Some(it.into());
    let target = TargetId::new("user-000001");
    let deltas = Vec::new();
    check("user", update("user-000009", []), "rejected not found: there is no user `user-000009`");
    check("group", update("user-000001", []), "rejected not found: there is no group `user-000001`");
    check("user", delete("user-000009"), "already satisfied");
    check(
        "user",
        WriteAction::Update { target: target.clone(), version: version("2"), deltas: deltas.clone() },
        "conflict changed meanwhile: the object has version 3, not 2",
    );
    check(
        "user",
        WriteAction::Update { target: target.clone(), version: version("3"), deltas },
        "already satisfied",
    );
    check(
        "user",
        WriteAction::Delete { target: target.clone(), version: version("2") },
        "conflict changed meanwhile: the object has version 3, not 2",
    );
    check("user", WriteAction::Delete { target, version: version("3") }, "applied user-000001 v-");
}

#[test]
fn references_to_a_deleted_object_vanish() {
    let directory = directory();
    let host = attributes([("city", "Oslo".into()), ("host", reference("user-000002").into())]);
    let carl = create([("userName", "Carl".into()), ("address", Value::Complex(host).into())]);
    assert_eq!(shown(&directory.write("user", carl)), "applied user-000003 v1");
    assert_eq!(shown(&directory.write("user", delete("user-000002"))), "applied user-000002 v-");
    let get = |object_type, id| directory.get(object_type, id).unwrap();
    assert_eq!(get("user", "user-000001").attributes.get("manager"), None);
    assert_eq!(get("user", "user-000001").version.as_deref(), Some("4"), "the holder has changed");
    assert_eq!(get("user", "user-000003").attributes.get("address"), None, "a complex value goes as a whole");
    assert_eq!(get("group", "group-000001").attributes.get("members"), Some(&ids(["user-000001"])));
    assert_eq!(directory.get("user", "user-000002"), None);
}

#[test]
fn a_reference_that_must_be_there_keeps_its_object() {
    let directory = directory();
    directory.write("desk", create([("keeper", reference("user-000002").into())]));
    assert_eq!(
        shown(&directory.write("user", delete("user-000002"))),
        "rejected schema violation: it is the only `keeper` of desk `desk-000001`, which must have one"
    );
    assert_eq!(
        directory.get("group", "group-000001").unwrap().attributes.get("members").map(Values::len),
        Some(2)
    );
}

#[test]
fn ids_are_never_assigned_again() {
    let directory = directory();
    directory.write("user", delete("user-000002"));
    assert_eq!(
        shown(&directory.write("user", create([("userName", "Ben".into())]))),
        "applied user-000003 v1"
    );
    let inserted = Object::new("user", "user-000007").with("userName", "Carl");
    assert_eq!(directory.insert(&inserted).map(|it| it.to_string()).as_deref(), Ok("user-000007"));
    assert_eq!(
        shown(&directory.write("user", create([("userName", "Dora".into())]))),
        "applied user-000008 v1"
    );
}

#[test]
fn a_batch_is_done_in_order_and_each_write_by_itself() {
    let directory = directory();
    let actions = [
        create([("userName", "Carl".into())]),
        create([("userName", "carl".into())]),
        update("user-000003", [("userName", set("Dora")), ("age", set("old"))]),
        update("user-000003", [("userName", set("Dora"))]),
        create([("userName", "Carl".into()), ("manager", reference("user-000003").into())]),
    ];
    let writes =
        actions.into_iter().zip(10..).map(|(action, id)| Write::new(WriteId(id), "user".into(), action));
    let context = context();
    let outcomes = block_on(block_on(directory.apply(&context, writes.collect())).collect::<Vec<_>>());
    let shown: Vec<String> = outcomes.iter().map(|(id, it)| format!("{} {}", id.0, shown(it))).collect();
    assert_eq!(
        shown,
        [
            "10 applied user-000003 v1",
            "11 conflict value taken: `userName` is taken by another user",
            "12 rejected invalid value: `age` must be int, not text",
            "13 applied user-000003 v2",
            "14 applied user-000004 v1",
        ]
    );
    assert_eq!((directory.writes_applied(), directory.writes_received()), (8, 10));
}

#[test]
fn a_batch_that_is_too_long_or_cancelled_is_refused_whole() {
    let directory = directory();
    let writes =
        |count: u32| (0..count).map(|it| Write::new(WriteId(it), "user".into(), delete("user-000001")));
    let apply = |context: Context, count| {
        block_on(block_on(directory.apply(&context, writes(count).collect())).collect::<Vec<_>>())
    };
    let batch_max = u32::try_from(BATCH_MAX).unwrap();
    assert_eq!(directory.capabilities().batch_max, BATCH_MAX);
    let outcomes = apply(context(), batch_max + 1);
    assert_eq!(outcomes.len(), BATCH_MAX + 1);
    assert!(
        outcomes.iter().all(|(_, it)| shown(it) == "rejected too large: 501 writes at once, more than 500")
    );
    let cancel = CancelToken::default();
    cancel.cancel();
    let [(_, Outcome::Rejected(failure))] = &apply(context().with_cancel(cancel), 1)[..] else {
        panic!("applied")
    };
    assert_eq!(failure.retry, Retry::Later { after: None }, "nothing was sent");
    assert_eq!(shown(&apply(context(), batch_max)[0].1), "applied user-000001 v-");
}

#[test]
fn an_applied_write_tells_what_can_be_read() {
    let directory = directory();
    let action = create([
        ("username", "Carl".into()),
        ("pin", "1234".into()),
        ("password", Value::Secret(Secret::new("hunter2")).into()),
    ]);
    let Outcome::Applied(applied) = directory.write("user", action) else { panic!("refused") };
    assert_eq!(applied.observed, Some(attributes([("userName", "Carl".into())])));
    let observed = applied.observed.unwrap();
    assert_eq!(observed.iter().next().unwrap().0.as_str(), "userName", "spelled as the schema does");
}

#[test]
fn secrets_are_kept_and_never_seen() {
    let directory = directory();
    let shows = |text: &str| !text.contains("hunter2") && !text.contains("SSHA256");
    assert!(directory.secret_matches("user", "user-000001", "password", "hunter2"));
    assert!(!directory.secret_matches("user", "user-000001", "password", "hunter3"));
    assert!(!directory.secret_matches("user", "user-000002", "password", "hunter2"));
    assert_eq!(directory.get("user", "user-000001").unwrap().attributes.get("password"), None);
    let objects = read(&directory, layout("user")).0;
    assert!(shows(&format!("{:?} {objects:?}", directory.objects("user"))));
    assert!(shows(&format!("{directory:?}")));
}

#[test]
fn objects_that_refer_to_each_other_are_taken_in_together() {
    let user = |id: &str, manager: &str| {
        Object::new("user", id).with("userName", id).with("manager", reference(manager))
    };
    let load = |objects: Vec<Object>| MemoryDirectory::new(schema()).with_objects(objects);
    let directory = load(vec![user("a", "b"), user("b", "a")]).expect("fits");
    assert_eq!(directory.count("user"), 2);
    assert_eq!(directory.writes_applied(), 0);
    let failure = |objects| load(objects).expect_err("does not fit").to_string();
    assert_eq!(
        failure(vec![user("a", "c")]),
        "invalid value: user `a`: `manager` refers to `c`, and there is no such user"
    );
    assert_eq!(failure(vec![user("a", "a"), user("a", "a")]), "already exists: there is a user `a` already");
    assert_eq!(failure(vec![user("", "a")]), "invalid value: the id is empty");
}

#[test]
fn the_built_in_schema_takes_a_user_and_a_group() {
    let directory = MemoryDirectory::new(directory_schema());
    let user = create([
        ("userName", "adele@contoso.example".into()),
        ("active", true.into()),
        ("startDate", "2026-01-31".parse::<provisio_model::Timestamp>().unwrap().into()),
        ("password", Value::Secret(Secret::new("hunter2")).into()),
    ]);
    assert_eq!(shown(&directory.write("user", user)), "applied user-000001 v1");
    let group = create([("displayName", "Sales".into()), ("members", reference("user-000001").into())]);
    assert_eq!(shown(&directory.write("group", group)), "applied group-000001 v1");
}
