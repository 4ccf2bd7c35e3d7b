//! Does an application that was built for Entra see the requests that Entra sends? Each shape that Microsoft documents, with
//! the compatibility flag off and on.
//!
//! <https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups>,
//! <https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility>

use provisio_connector::ReadQuery;
use provisio_model::{AttributeDelta, Outcome, Text, Value, ValuesChange};
use provisio_scim::Scim;
use serde_json::{Value as Json, json};

use crate::fake::{Fake, Quirks};
use crate::support::{
    BASE, ENTERPRISE, attributes, clear, connect, create, delete, layout, read, references, set, update,
};

/// An application, the flag off or on, and a user and a group in it.
fn application(profile: &str) -> (Fake, Scim, String, String) {
    let fake = Fake::with(Quirks::entra());
    let scim = connect(&fake, profile);
    let user = create(
        &scim,
        "User",
        attributes([
            ("externalId", "58342554".into()),
            ("userName", "Test_User".into()),
            ("active", true.into()),
            ("displayName", "lennay".into()),
            ("name.givenName", "givenName".into()),
            ("name.familyName", "familyName".into()),
            ("emails[type eq \"work\"].value", "test@contoso.example".into()),
        ]),
    );
    let group = create(
        &scim,
        "Group",
        attributes([("externalId", "8aa1a0c0".into()), ("displayName", "displayName".into())]),
    );
    (fake, scim, user, group)
}

/// The operations of the one request that these deltas are.
fn operations(fake: &Fake, scim: &Scim, object_type: &str, id: &str, deltas: Vec<AttributeDelta>) -> Json {
    fake.seen();
    let outcome = update(scim, object_type, id, deltas);
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
    let seen = fake.seen();
    let [request] = &seen[..] else { panic!("one request, not {seen:?}") };
    assert_eq!(request.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:PatchOp"]));
    request.body["Operations"].clone()
}

#[test]
fn create_user() {
    let (fake, ..) = application("entra");
    let seen = fake.seen();
    let request = seen.iter().find(|it| it.line() == "POST /Users").expect("a request");
    assert_eq!(
        request.body,
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "externalId": "58342554",
            "userName": "Test_User",
            "active": true,
            "displayName": "lennay",
            "emails": [{"type": "work", "value": "test@contoso.example"}],
            "meta": {"resourceType": "User"},
            "name": {"familyName": "familyName", "givenName": "givenName"},
            "roles": [],
        })
    );
}

#[test]
fn create_group_without_members() {
    let (fake, scim, user, _) = application("entra");
    fake.seen();
    create(
        &scim,
        "Group",
        attributes([("displayName", "with".into()), ("members", references([user.as_str()]))]),
    );
    let seen = fake.seen();
    assert_eq!(
        seen[0].body,
        json!({
            "schemas": [
                "urn:ietf:params:scim:schemas:core:2.0:Group",
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
            ],
            "displayName": "with",
            "meta": {"resourceType": "Group"},
        })
    );
    assert_eq!(
        seen[1].body["Operations"],
        json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": user}]}])
    );
}

#[test]
fn look_up_by_matching_attribute() {
    let (fake, scim, ..) = application("entra");
    let users = layout(&scim, "User", &["userName"]);
    let groups = layout(&scim, "Group", &["displayName"]);
    // Once, so that the filter is believed.
    for _ in 0..2 {
        fake.seen();
        read(&scim, ReadQuery::with_values(users.clone(), "userName".into(), [Value::from("Test_User")]))
            .expect("found");
        read(
            &scim,
            ReadQuery::with_values(groups.clone(), "displayName".into(), [Value::from("displayName")]),
        )
        .expect("found");
    }
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    let has = |line: &str| assert!(lines.iter().any(|it| it.starts_with(line)), "{line} {lines:#?}");
    has(r#"GET /Users?filter=userName eq "Test_User""#);
    has(r#"GET /Groups?filter=displayName eq "displayName""#);
    assert!(
        lines.iter().filter(|it| it.contains("/Groups")).all(|it| it.contains("excludedAttributes=members"))
    );
}

#[test]
fn read_by_id() {
    let (fake, scim, user, group) = application("entra");
    let users = layout(&scim, "User", &["userName"]);
    let groups = layout(&scim, "Group", &["displayName"]);
    fake.seen();
    read(&scim, ReadQuery::with_ids(users, [Text::from(user.clone())])).expect("found");
    read(&scim, ReadQuery::with_ids(groups, [Text::from(group.clone())])).expect("found");
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    assert_eq!(
        lines,
        [format!("GET /Users/{user}"), format!("GET /Groups/{group}?excludedAttributes=members")]
    );
}

#[test]
fn disable_and_restore() {
    let expect = |profile: &str, off: Json, on: Json| {
        let (fake, scim, user, _) = application(profile);
        assert_eq!(operations(&fake, &scim, "User", &user, vec![set("active", false)]), off);
        assert_eq!(fake.resources("Users")[0]["active"], false);
        assert_eq!(operations(&fake, &scim, "User", &user, vec![set("active", true)]), on);
    };
    expect(
        "entra",
        json!([{"op": "Replace", "path": "active", "value": "False"}]),
        json!([{"op": "Replace", "path": "active", "value": "True"}]),
    );
    expect(
        "entra-2020",
        json!([{"op": "replace", "path": "active", "value": false}]),
        json!([{"op": "replace", "path": "active", "value": true}]),
    );
}

#[test]
fn several_attributes() {
    let deltas = || {
        vec![
            set("displayName", "Pvlo"),
            set("emails[type eq \"work\"].value", "TestBcwqnm@test.microsoft.example"),
            set("name.givenName", "Gtfd"),
            set("name.familyName", "Pkqf"),
            set("externalId", "Eqpj"),
            set(&format!("{ENTERPRISE}:employeeNumber"), "Eqpj"),
        ]
    };
    let (fake, scim, user, _) = application("entra");
    assert_eq!(
        operations(&fake, &scim, "User", &user, deltas()),
        json!([
            {"op": "Replace", "path": "displayName", "value": "Pvlo"},
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "TestBcwqnm@test.microsoft.example"},
            {"op": "Replace", "path": "name.givenName", "value": "Gtfd"},
            {"op": "Replace", "path": "name.familyName", "value": "Pkqf"},
            {"op": "Replace", "path": "externalId", "value": "Eqpj"},
            {"op": "Replace", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "Eqpj"},
        ])
    );
    let (fake, scim, user, _) = application("entra-2020");
    assert_eq!(
        operations(&fake, &scim, "User", &user, deltas()),
        json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "TestBcwqnm@test.microsoft.example"},
            {"op": "replace", "value": {
                "displayName": "Pvlo",
                "name.givenName": "Gtfd",
                "name.familyName": "Pkqf",
                "externalId": "Eqpj",
                (format!("{ENTERPRISE}:employeeNumber")): "Eqpj",
            }},
        ])
    );
    assert_eq!(fake.resources("Users")[0]["name"], json!({"givenName": "Gtfd", "familyName": "Pkqf"}));
}

#[test]
fn an_attribute_that_is_cleared() {
    for (profile, op) in [("entra", "Remove"), ("entra-2020", "remove")] {
        let (fake, scim, user, _) = application(profile);
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![clear("displayName")]),
            json!([{"op": op, "path": "displayName"}])
        );
    }
}

#[test]
fn an_element_that_is_new() {
    for (profile, op) in [("entra", "Add"), ("entra-2020", "add")] {
        let (fake, scim, user, _) = application(profile);
        fake.seen();
        let outcome = update(&scim, "User", &user, vec![set("phoneNumbers[type eq \"mobile\"].value", "+1")]);
        assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
        let seen = fake.seen();
        assert_eq!(
            seen.last().map(|it| it.body["Operations"].clone()),
            Some(json!([{"op": op, "path": "phoneNumbers[type eq \"mobile\"].value", "value": "+1"}]))
        );
        assert_eq!(fake.resources("Users")[0]["phoneNumbers"], json!([{"type": "mobile", "value": "+1"}]));
    }
}

#[test]
fn manager() {
    for (profile, add, remove) in [("entra", "Add", "Remove"), ("entra-2020", "add", "remove")] {
        let (fake, scim, user, _) = application(profile);
        let manager = format!("{ENTERPRISE}:manager");
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![set(&manager, references(["2819c223"]))]),
            json!([{"op": add, "path": "manager", "value": [
                {"$ref": format!("{BASE}/Users/2819c223"), "value": "2819c223"},
            ]}])
        );
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![clear(&manager)]),
            json!([{"op": remove, "path": "manager"}])
        );
    }
}

#[test]
fn one_role_is_added() {
    // SingleAppRoleAssignment.
    let role = |name: &str| format!("roles[primary eq true].{name}");
    let deltas = || vec![set(&role("value"), "25"), set(&role("display"), "Role1234")];
    let (fake, scim, user, _) = application("entra");
    assert_eq!(
        operations(&fake, &scim, "User", &user, deltas()),
        json!([{"op": "Add", "path": "roles", "value": [
            {"value": "{\"displayName\":\"Role1234\",\"value\":\"25\"}"},
        ]}])
    );
    assert_eq!(fake.resources("Users")[0]["roles"], json!([{"value": "25", "display": "Role1234"}]));
    let (fake, scim, user, _) = application("entra-2020");
    assert_eq!(
        operations(&fake, &scim, "User", &user, deltas()),
        json!([{"op": "add", "path": "roles", "value": [
            {"primary": true, "value": "25", "display": "Role1234"},
        ]}])
    );
    for (profile, op) in [("entra", "Remove"), ("entra-2020", "remove")] {
        let (fake, scim, user, _) = application(profile);
        operations(&fake, &scim, "User", &user, deltas());
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![clear(&role("value"))]),
            json!([{"op": op, "path": "roles[primary eq true]"}])
        );
    }
}

#[test]
fn one_role_of_a_new_user() {
    for profile in ["entra", "entra-2020"] {
        let (fake, scim, ..) = application(profile);
        fake.seen();
        let role = |name: &str| format!("roles[primary eq true].{name}");
        let mut ann = attributes([("userName", "ann".into()), ("active", true.into())]);
        ann.set(role("value").as_str(), "Admin");
        ann.set(role("type").as_str(), "WindowsAzureActiveDirectoryRole");
        create(&scim, "User", ann);
        assert_eq!(
            fake.seen()[0].body["roles"],
            json!([{"primary": true, "type": "WindowsAzureActiveDirectoryRole", "value": "Admin"}])
        );
    }
}

#[test]
fn several_roles_are_replaced_or_added() {
    let role = |name: &str| {
        let kind = "WindowsAzureActiveDirectoryRole";
        Value::Complex(
            [
                ("display", name.into()),
                ("type", kind.into()),
                ("value", name.into()),
                ("primary", Value::Bool(false)),
            ]
            .into_iter()
            .collect(),
        )
    };
    let written = |name: &str| json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": name, "value": name});
    let roles = || provisio_model::Values::from_many(["User", "Test"].map(role)).expect("some");
    let as_text =
        |name: &str| json!({"value": format!("{{\"displayName\":\"{name}\",\"value\":\"{name}\"}}")});
    let list = json!([written("User"), written("Test")]);
    let texts = json!([as_text("User"), as_text("Test")]);
    for (profile, replace, add, added_list) in
        [("entra", "Replace", "Add", &texts), ("entra-2020", "replace", "add", &list)]
    {
        let (fake, scim, user, _) = application(profile);
        // AssertiveAppRoleAssignmentsComplex.
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![set("roles", roles())]),
            json!([{"op": replace, "path": "roles", "value": list}])
        );
        // AppRoleAssignmentsComplex.
        let added = AttributeDelta::new("roles", ValuesChange::Add(roles()));
        assert_eq!(
            operations(&fake, &scim, "User", &user, vec![added]),
            json!([{"op": add, "path": "roles", "value": added_list}])
        );
    }
}

#[test]
fn members() {
    let join = |ids: [&str; 2]| vec![AttributeDelta::new("members", ValuesChange::Add(references(ids)))];
    let leave = |ids: [&str; 2]| vec![AttributeDelta::new("members", ValuesChange::Remove(references(ids)))];
    let (fake, scim, _, group) = application("entra");
    assert_eq!(
        operations(&fake, &scim, "Group", &group, join(["f648f8d5", "a99962b9"])),
        json!([{"op": "Add", "path": "members", "value": [
            {"$ref": null, "value": "f648f8d5"}, {"$ref": null, "value": "a99962b9"},
        ]}])
    );
    assert_eq!(
        operations(&fake, &scim, "Group", &group, leave(["f648f8d5", "other"])),
        json!([{"op": "Remove", "path": "members", "value": [
            {"$ref": null, "value": "f648f8d5"}, {"$ref": null, "value": "other"},
        ]}])
    );
    assert_eq!(fake.resources("Groups")[0]["members"], json!([{"value": "a99962b9"}]));
    let (fake, scim, _, group) = application("entra-2020");
    operations(&fake, &scim, "Group", &group, join(["f648f8d5", "a99962b9"]));
    assert_eq!(
        operations(&fake, &scim, "Group", &group, leave(["f648f8d5", "other"])),
        json!([
            {"op": "remove", "path": "members[value eq \"f648f8d5\"]"},
            {"op": "remove", "path": "members[value eq \"other\"]"},
        ])
    );
}

#[test]
fn group_is_renamed_and_objects_are_deleted() {
    let (fake, scim, user, group) = application("entra");
    assert_eq!(
        operations(&fake, &scim, "Group", &group, vec![set("displayName", "1879db59")]),
        json!([{"op": "Replace", "path": "displayName", "value": "1879db59"}])
    );
    fake.seen();
    delete(&scim, "User", &user);
    delete(&scim, "Group", &group);
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    assert_eq!(lines, [format!("DELETE /Users/{user}"), format!("DELETE /Groups/{group}")]);
}

#[test]
fn the_flag_is_a_word_of_the_tenant_url() {
    let profile = |url: &str, name: &str| {
        let mut settings = crate::support::settings(name);
        settings.url = url.to_owned();
        let scim = Scim::new(settings, std::sync::Arc::new(Fake::new())).expect("settings that are right");
        scim.profile().name.clone()
    };
    assert_eq!(profile("https://x.example/scim", "entra"), "entra");
    assert_eq!(profile("https://x.example/scim?aadOptscim062020", "entra"), "entra-2020");
    assert_eq!(profile("https://x.example/scim?AzureAdScimPatch2017", "entra-2020"), "entra");
    assert_eq!(profile("https://x.example/scim?aadOptscim062020", "rfc"), "rfc");
}
