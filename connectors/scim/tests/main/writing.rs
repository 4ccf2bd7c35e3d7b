//! Is what was asked for written, with as few requests as possible, and is the outcome the right one?

use provisio_model::{
    AttributeDelta, ErrorKind, Outcome, Retry, Secret, TargetId, Text, Value, Values, ValuesChange,
    WriteAction,
};
use provisio_scim::HttpResponse;
use serde_json::{Value as Json, json};

use crate::fake::{Fake, Quirks, Seen};
use crate::support::{
    ENTERPRISE, attributes, clear, connect, create, delete, references, set, update, write,
};

/// The RFCs, without a look at what became of a write.
const BLIND: &str = "name = \"x\"\nread_back = false";

fn ann() -> provisio_model::Attributes {
    attributes([
        ("userName", "ann".into()),
        ("externalId", "x1".into()),
        ("active", true.into()),
        ("name.givenName", "Ann".into()),
        ("name.familyName", "Lee".into()),
        ("emails[type eq \"work\"].value", "ann@x.example".into()),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "HR".into()),
        ("password", Values::one(Value::Secret(Secret::new("hunter2")))),
    ])
}

fn kept(fake: &Fake, endpoint: &str) -> Json {
    let mut resources = fake.resources(endpoint);
    let mut resource = resources.remove(0);
    let object = resource.as_object_mut().expect("an object");
    object.remove("meta");
    object.remove("id");
    resource
}

fn writes(seen: Vec<Seen>) -> Vec<String> {
    seen.iter().filter(|it| it.method != "GET").map(Seen::line).collect()
}

#[test]
fn a_user_is_made_with_one_request() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    create(&scim, "User", ann());
    assert_eq!(writes(fake.seen()), ["POST /Users"]);
    assert_eq!(
        kept(&fake, "Users"),
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "userName": "ann", "externalId": "x1", "active": true, "password": "hunter2",
            "name": {"givenName": "Ann", "familyName": "Lee"},
            "emails": [{"type": "work", "value": "ann@x.example"}],
            (ENTERPRISE): {"department": "HR"},
        })
    );
}

#[test]
fn all_changes_are_one_request() {
    let fake = Fake::new();
    let scim = connect(&fake, BLIND);
    let id = create(&scim, "User", ann());
    let boss = fake.insert(
        "Users",
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "boss"}),
    );
    fake.seen();
    let department = format!("{ENTERPRISE}:department");
    let outcome = update(
        &scim,
        "User",
        &id,
        vec![
            set("name.familyName", "Ray"),
            set("emails[type eq \"work\"].value", "ray@x.example"),
            set("active", false),
            clear(&department),
            set(&format!("{ENTERPRISE}:manager"), references([boss.as_str()])),
        ],
    );
    let Outcome::Applied(applied) = outcome else { panic!("{outcome:?}") };
    assert_eq!(applied.version.as_deref(), Some("W/\"2\""));
    let seen = fake.seen();
    let [request] = &seen[..] else { panic!("one request, not {seen:?}") };
    assert_eq!(
        request.body["Operations"],
        json!([
            {"op": "replace", "path": "name.familyName", "value": "Ray"},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "ray@x.example"},
            {"op": "replace", "path": "active", "value": false},
            {"op": "remove", "path": department},
            {"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": boss}},
        ])
    );
    let user = kept(&fake, "Users");
    assert_eq!(user[ENTERPRISE], json!({"manager": {"value": boss}}));
    assert_eq!(user["name"], json!({"givenName": "Ann", "familyName": "Ray"}));
}

#[test]
fn an_element_that_is_not_there_is_made_after_the_server_said_so() {
    let fake = Fake::new();
    let scim = connect(&fake, BLIND);
    let id = create(&scim, "User", ann());
    fake.seen();
    let deltas = vec![
        set("addresses[type eq \"work\"].locality", "Oslo"),
        set("addresses[type eq \"work\"].country", "NO"),
        set("title", "Boss"),
        clear("emails[type eq \"home\"].value"),
    ];
    let outcome = update(&scim, "User", &id, deltas);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(
        fake.seen().iter().map(|it| it.method.as_str()).collect::<Vec<_>>(),
        ["PATCH", "GET", "PATCH"]
    );
    let user = kept(&fake, "Users");
    assert_eq!(user["addresses"], json!([{"type": "work", "locality": "Oslo", "country": "NO"}]));
    assert_eq!(user["title"], "Boss");
    let outcome = update(&scim, "User", &id, vec![clear("emails[type eq \"work\"].value")]);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(kept(&fake, "Users").get("emails"), None);
}

#[test]
fn without_value_paths_the_attribute_is_read_and_replaced() {
    let fake = Fake::with(Quirks { value_paths: false, ..Quirks::default() });
    let scim = connect(&fake, &format!("{BLIND}\n[patch]\nno_value_paths = true"));
    let mut ann = ann();
    ann.set("emails[type eq \"home\"].value", "home@x.example");
    let id = create(&scim, "User", ann);
    fake.seen();
    let outcome = update(
        &scim,
        "User",
        &id,
        vec![set("emails[type eq \"work\"].value", "new@x.example"), set("title", "Boss")],
    );
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    let seen = fake.seen();
    assert_eq!(seen.iter().map(|it| it.method.as_str()).collect::<Vec<_>>(), ["GET", "PATCH"]);
    assert_eq!(kept(&fake, "Users")["emails"].as_array().map(Vec::len), Some(2));
    assert!(kept(&fake, "Users")["emails"].to_string().contains("new@x.example"));
}

#[test]
fn members_join_and_leave_one_by_one_and_in_portions() {
    let fake = Fake::with(Quirks { members_max: 100, members_on_create: false, ..Quirks::default() });
    let scim = connect(&fake, "name = \"x\"\n[members]\nper_patch_max = 100\non_create = false");
    let ids: Vec<String> = (0..250).map(|it| format!("u{it}")).collect();
    let members = references(ids.iter().map(String::as_str));
    let group = create(&scim, "Group", attributes([("displayName", "g".into()), ("members", members)]));
    assert_eq!(
        writes(fake.seen()),
        ["POST /Groups", "PATCH /Groups/group-1", "PATCH /Groups/group-1", "PATCH /Groups/group-1"]
    );
    let leave = AttributeDelta::new("members", ValuesChange::Remove(references(["u1", "u2", "nobody"])));
    let join = AttributeDelta::new("members", ValuesChange::Add(references(["new", "u3"])));
    let outcome = update(&scim, "Group", &group, vec![leave, join]);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    let seen = fake.seen();
    assert_eq!(
        seen[0].body["Operations"],
        json!([
            {"op": "remove", "path": "members[value eq \"u1\"]"},
            {"op": "remove", "path": "members[value eq \"u2\"]"},
            {"op": "remove", "path": "members[value eq \"nobody\"]"},
            {"op": "add", "path": "members", "value": [{"value": "new"}, {"value": "u3"}]},
        ])
    );
    assert_eq!(kept(&fake, "Groups")["members"].as_array().map(Vec::len), Some(249));
}

#[test]
fn what_is_too_large_is_halved() {
    let fake = Fake::with(Quirks { members_max: 30, members_max_status: 413, ..Quirks::default() });
    let scim = connect(&fake, "rfc");
    let group = create(&scim, "Group", attributes([("displayName", "g".into())]));
    let ids: Vec<String> = (0..100).map(|it| format!("u{it}")).collect();
    let join = AttributeDelta::new("members", ValuesChange::Add(references(ids.iter().map(String::as_str))));
    let outcome = update(&scim, "Group", &group, vec![join]);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    assert_eq!(kept(&fake, "Groups")["members"].as_array().map(Vec::len), Some(100));
}

#[test]
fn a_taken_name_is_a_conflict_that_says_which() {
    for status in [409, 400] {
        let fake = Fake::with(Quirks { duplicate_status: status, ..Quirks::default() });
        let scim = connect(&fake, "rfc");
        create(&scim, "User", ann());
        let outcome = write(
            &scim,
            "User",
            WriteAction::Create { attributes: attributes([("userName", "ANN".into())]) },
        );
        let Outcome::Conflict(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!(failure.kind, ErrorKind::UniquenessViolated);
        assert!(failure.message.starts_with("`userName` is taken by another User"), "{failure}");
    }
}

#[test]
fn another_version_is_a_conflict_and_changes_nothing() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    let id = create(&scim, "User", ann());
    let target = TargetId::new(id.as_str());
    let at = |version: &str, title: &str| WriteAction::Update {
        target: target.clone(),
        version: Some(Text::new(version)),
        deltas: vec![set("title", title)],
    };
    assert!(matches!(write(&scim, "User", at("W/\"1\"", "a")), Outcome::Applied(_)));
    let outcome = write(&scim, "User", at("W/\"1\"", "b"));
    let Outcome::Conflict(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, ErrorKind::PreconditionFailed);
    assert_eq!(kept(&fake, "Users")["title"], "a");
}

#[test]
fn a_service_without_patch_is_written_whole() {
    let fake = Fake::with(Quirks { patch: false, ..Quirks::default() });
    let scim = connect(&fake, "rfc");
    let id = create(&scim, "User", ann());
    fake.edit("Users", &id, |it| {
        it.insert("nickName".to_owned(), json!("Nan"));
    });
    fake.seen();
    let department = format!("{ENTERPRISE}:department");
    let outcome =
        update(&scim, "User", &id, vec![set("name.givenName", "Anna"), clear(&department), set("title", "")]);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    let seen = fake.seen();
    assert_eq!(seen.iter().map(|it| it.method.as_str()).collect::<Vec<_>>(), ["GET", "PUT"]);
    assert!(seen[1].headers.iter().any(|(name, value)| name == "if-match" && value == "W/\"1\""));
    let user = kept(&fake, "Users");
    assert_eq!((&user["nickName"], &user["name"]["givenName"]), (&json!("Nan"), &json!("Anna")));
    assert_eq!(user["schemas"], json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
    let outcome = update(&scim, "User", &id, vec![set("name.givenName", "Anna")]);
    assert_eq!(outcome, Outcome::AlreadySatisfied);
}

#[test]
fn what_is_gone_is_gone() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    let id = create(&scim, "User", ann());
    assert!(matches!(delete(&scim, "User", &id), Outcome::Applied(_)));
    assert_eq!(delete(&scim, "User", &id), Outcome::AlreadySatisfied);
    let outcome = update(&scim, "User", &id, vec![set("title", "x")]);
    let Outcome::Rejected(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, ErrorKind::NotFound);
    // A proxy that does not know the path says nothing about the object.
    let id = create(&scim, "User", ann());
    fake.script(&format!("DELETE /Users/{id}"), HttpResponse::new(404, "<html>"));
    assert!(matches!(delete(&scim, "User", &id), Outcome::Rejected(_)));
}

#[test]
fn an_id_is_found_wherever_the_answer_has_it() {
    let fake = Fake::with(Quirks { create_without_body: true, ..Quirks::default() });
    let scim = connect(&fake, "rfc");
    assert_eq!(create(&scim, "User", ann()), "user-1");
    // Neither a body nor an address: it is looked up.
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    fake.insert("Users", json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann", "externalId": "x1"}));
    fake.script("POST /Users", HttpResponse::new(202, ""));
    assert_eq!(create(&scim, "User", ann()), "user-1");
}

#[test]
fn nobody_knows_what_became_of_an_unanswered_create() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    for status in [500, 502, 503, 504] {
        fake.script("POST /Users", HttpResponse::new(status, "oops"));
        let outcome = write(&scim, "User", WriteAction::Create { attributes: ann() });
        let Outcome::Unknown(failure) = outcome else { panic!("{status} {outcome:?}") };
        assert_eq!(failure.retry, Retry::AfterReread, "{status}");
    }
    fake.script("POST /Users", HttpResponse::new(429, "").with_header("retry-after", "3"));
    let outcome = write(&scim, "User", WriteAction::Create { attributes: ann() });
    let Outcome::Rejected(failure) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.retry, Retry::Later { after: Some(std::time::Duration::from_secs(3)) });
}

#[test]
fn what_cannot_be_written_is_refused_before_it_is_sent() {
    let fake = Fake::new();
    let scim = connect(&fake, "name = \"x\"\nattributes.User.title.forbidden_characters = \"<>\"");
    crate::support::schema(&scim);
    fake.seen();
    let refused = |list: provisio_model::Attributes, kind: ErrorKind| {
        let outcome = write(&scim, "User", WriteAction::Create { attributes: list });
        let Outcome::Rejected(failure) = outcome else { panic!("{outcome:?}") };
        assert_eq!(failure.kind, kind, "{failure}");
    };
    refused(attributes([("title", "x".into())]), ErrorKind::SchemaViolation);
    refused(attributes([("userName", "x".into()), ("nose", "long".into())]), ErrorKind::SchemaViolation);
    refused(attributes([("userName", "x".into()), ("id", "1".into())]), ErrorKind::ReadOnly);
    refused(attributes([("userName", "x".into()), ("title", "a<b".into())]), ErrorKind::InvalidValue);
    assert_eq!(fake.seen().len(), 0);
}

#[test]
fn where_patch_is_not_there_and_nobody_said_so_objects_are_written_whole() {
    let fake = Fake::with(Quirks { discovery: false, patch: false, ..Quirks::default() });
    let scim = connect(&fake, "rfc");
    let id = create(&scim, "User", ann());
    fake.seen();
    for title in ["Boss", "Chief"] {
        let outcome = update(&scim, "User", &id, vec![set("title", title)]);
        assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
        assert_eq!(kept(&fake, "Users")["title"], title);
    }
    let line = |verb: &str| format!("{verb} /Users/{id}");
    assert_eq!(writes(fake.seen()), [line("PATCH"), line("PUT"), line("PUT")]);
    // Who says that PATCH is there is believed.
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    let id = create(&scim, "User", ann());
    fake.script("PATCH", HttpResponse::new(501, ""));
    let outcome = update(&scim, "User", &id, vec![set("title", "Boss")]);
    assert!(matches!(outcome, Outcome::Rejected(_)), "{outcome:?}");
}
