//! Is everything read, and is that said only when it is so?

use provisio_connector::ReadQuery;
use provisio_model::{Value, Values};
use provisio_scim::HttpResponse;
use serde_json::json;

use crate::fake::{Fake, Quirks, Total};
use crate::support::{connect, layout, read};

fn fill(fake: &Fake, count: usize) {
    for at in 0..count {
        fake.insert("Users", json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": format!("u{at}"), "active": true}));
    }
    fake.seen();
}

/// Reads all users of a service with these ways; returns how many came, how it ended, and how many pages were asked for.
fn read_users(count: usize, quirks: Quirks, profile: &str) -> (usize, String, usize) {
    let fake = Fake::with(quirks);
    fill(&fake, count);
    let scim = connect(&fake, profile);
    let layout = layout(&scim, "User", &["userName", "active"]);
    fake.seen();
    let (objects, end) = read(&scim, ReadQuery::all(layout)).expect("a read");
    (objects.len(), end, fake.seen().len())
}

#[test]
fn one_request_for_each_page() {
    let (count, end, pages) = read_users(250, Quirks::default(), "rfc");
    assert_eq!((count, pages), (250, 3));
    assert_eq!(end, "complete: list of User: 3 pages, 250 of 250 objects");
}

#[test]
fn a_service_that_counts_as_it_likes_is_read_and_not_believed() {
    let with = |change: fn(&mut Quirks)| {
        let mut quirks = Quirks { page_max: 100, ..Quirks::default() };
        change(&mut quirks);
        let (count, end, _) = read_users(250, quirks, "rfc");
        (count, end)
    };
    let complete = |(count, end): (usize, String)| {
        assert_eq!(count, 250, "{end}");
        assert!(end.starts_with("complete"), "{end}");
    };
    complete(with(|it| it.total = Total::Text));
    complete(with(|it| it.total = Total::Missing));
    complete(with(|it| it.cursor = true));
    complete(with(|it| it.discovery = false));
    let (_, end) = with(|it| it.total = Total::OfPage);
    assert!(end.starts_with("incomplete"), "{end}");
    let (count, end) = with(|it| it.start_index_ignored = true);
    assert_eq!((count, end.as_str()), (100, "incomplete: a page was repeated after 100 of 250 objects"));
}

#[test]
fn a_list_that_a_profile_does_not_trust_proves_nothing() {
    let (count, end, _) =
        read_users(3, Quirks::default(), "name = \"partial\"\n[page]\nlist_trust = \"managed_only\"");
    assert_eq!(count, 3);
    assert_eq!(end, "incomplete: by the profile `partial` a list of this server does not show everything");
}

#[test]
fn only_what_is_wanted_is_asked_for() {
    let fake = Fake::new();
    fake.insert(
        "Groups",
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g",
        "members": [{"value": "user-1"}]}),
    );
    let scim = connect(&fake, "rfc");
    let without = layout(&scim, "Group", &["displayName"]);
    let with = layout(&scim, "Group", &["displayName", "members"]);
    fake.seen();
    read(&scim, ReadQuery::all(without)).expect("a read");
    let (groups, _) = read(&scim, ReadQuery::all(with)).expect("a read");
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    assert_eq!(
        lines,
        [
            "GET /Groups?startIndex=1&count=200&excludedAttributes=members",
            "GET /Groups?startIndex=1&count=200"
        ]
    );
    assert_eq!(groups[0].attributes.get("members"), Some(&Values::one(Value::Reference("user-1".into()))));
}

#[test]
fn members_that_the_list_does_not_show_are_read_in_each_group() {
    let fake = Fake::with(Quirks { members_in_list: false, ..Quirks::default() });
    for members in [json!([]), json!([{"value": "a"}]), json!([{"value": "b"}])] {
        fake.insert("Groups", json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "g", "members": members}));
    }
    let scim = connect(&fake, "rfc");
    let layout = layout(&scim, "Group", &["members"]);
    let (groups, end) = read(&scim, ReadQuery::all(layout)).expect("a read");
    let members: Vec<usize> =
        groups.iter().map(|it| it.attributes.get("members").map_or(0, Values::len)).collect();
    assert_eq!((members, end.starts_with("complete")), (vec![0, 1, 1], true));
}

#[test]
fn what_others_write_is_read_with_patience() {
    let fake = Fake::new();
    let list = json!({"TotalResults": "2", "resources": [
        {"ID": "1", "username": "ann", "active": "True", "emails": ["a@x.example"], "title": "", "nickName": null},
        {"id": "2", "userName": "bob", "active": {"yes": true}}]});
    let scim = connect(&fake, "rfc");
    let layout = layout(&scim, "User", &["userName", "active", "emails", "title"]);
    fake.script("GET /Users", HttpResponse::new(200, list.to_string()));
    let (objects, end) = read(&scim, ReadQuery::all(layout)).expect("a read");
    let [ann] = &objects[..] else { panic!("one can be read, not {objects:?}") };
    assert_eq!(ann.attributes.get("active"), Some(&Values::one(true)));
    assert_eq!(
        ann.attributes.get("emails").map(ToString::to_string).as_deref(),
        Some("{value: \"a@x.example\"}")
    );
    assert_eq!(ann.attributes.get("title"), None);
    // The other is there, and nobody knows what it holds.
    assert_eq!(end, "complete: list of User: 1 page, 2 of 2 objects");
}

#[test]
fn a_page_that_does_not_come_is_asked_for_again() {
    let fake = Fake::new();
    fill(&fake, 3);
    let scim = connect(&fake, "rfc");
    let layout = layout(&scim, "User", &["userName"]);
    for response in [
        HttpResponse::new(503, ""),
        HttpResponse::new(429, "").with_header("retry-after", "3"),
        HttpResponse::new(200, "{\"Resources\": [{\"id\": \"us"),
    ] {
        fake.script("GET /Users", response);
    }
    let (objects, end) = read(&scim, ReadQuery::all(layout)).expect("a read");
    assert_eq!((objects.len(), end.starts_with("complete")), (3, true));
}

#[test]
fn something_else_than_scim_is_no_list() {
    for (status, body) in [(200, "<html>hello</html>"), (200, "{\"ok\": true}"), (404, "<html>"), (403, "{}")]
    {
        let fake = Fake::new();
        let scim = connect(&fake, "rfc");
        let layout = layout(&scim, "User", &["userName"]);
        for _ in 0..9 {
            fake.script("GET /Users", HttpResponse::new(status, body));
        }
        let end = read(&scim, ReadQuery::all(layout));
        assert!(end.is_err(), "{status} {body} {end:?}");
    }
}

#[test]
fn endpoints_may_be_named_from_the_root_of_the_host() {
    for endpoint in ["/v2/Users", "v2/Users", "https://internal.example/v2/Users", "/Users/"] {
        let fake = Fake::new();
        fill(&fake, 1);
        let user = json!({"name": "User", "endpoint": endpoint, "schema": "urn:ietf:params:scim:schemas:core:2.0:User"});
        let types = json!({"totalResults": 1, "Resources": [user]});
        fake.script("GET /ResourceTypes", HttpResponse::new(200, types.to_string()));
        let scim = connect(&fake, "rfc");
        let schema = crate::support::schema(&scim);
        let of_type = schema.of(&"User".into()).expect("users");
        let layout = provisio_model::Layout::new("User", [of_type.resolve("userName").expect("a name")]);
        let (users, end) = read(&scim, ReadQuery::all(std::sync::Arc::new(layout))).expect("a read");
        assert_eq!(users.len(), 1, "{endpoint}: {end}");
    }
}
