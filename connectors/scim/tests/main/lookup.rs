//! Are single objects found, and is absence concluded only from an answer that is one?

use provisio_connector::ReadQuery;
use provisio_model::{Text, Value};
use provisio_scim::HttpResponse;
use serde_json::json;

use crate::fake::{Fake, Quirks};
use crate::support::{connect, layout, read};

fn fill(fake: &Fake, names: &[&str]) -> Vec<String> {
    let user = |name: &&str| {
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "externalId": format!("x-{name}"),
            "emails": [{"type": "work", "value": format!("{name}@x.example")}]})
    };
    names.iter().map(|it| fake.insert("Users", user(it))).collect()
}

/// Looks users up; returns their names, sorted, and how the read ended.
fn look_up(
    fake: &Fake,
    profile: &str,
    attribute: &str,
    values: &[&str],
) -> Result<(Vec<String>, String), String> {
    let scim = connect(fake, profile);
    let layout = layout(&scim, "User", &["userName", "externalId", attribute]);
    fake.seen();
    let values = values.iter().map(|it| Value::from(*it));
    let (objects, end) = read(&scim, ReadQuery::with_values(layout, attribute.into(), values))?;
    let name = |it: &provisio_model::Object| {
        it.attributes.get("userName").map(ToString::to_string).unwrap_or_default()
    };
    let mut names: Vec<String> = objects.iter().map(name).collect();
    names.sort();
    Ok((names, end))
}

#[test]
fn several_values_are_asked_for_at_once() {
    let fake = Fake::new();
    fill(&fake, &["ann", "bob", "cyd"]);
    let (names, end) = look_up(&fake, "rfc", "userName", &["ANN", "cyd", "nobody"]).expect("found");
    assert_eq!(names, ["\"ann\"", "\"cyd\""]);
    assert_eq!(end, "complete: 3 values of `userName` were asked for");
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    assert_eq!(
        lines.last().map(String::as_str),
        Some(
            r#"GET /Users?filter=userName eq "ANN" or userName eq "cyd" or userName eq "nobody"&startIndex=1&count=200"#
        )
    );
}

#[test]
fn hostile_values_are_values() {
    let fake = Fake::new();
    let names =
        ["a+b@x", "O'Hara", "x\"y", "100%", "back\\slash", "x\" or userName pr or userName eq \"", "ü &#?/ "];
    fill(&fake, &names);
    for name in names {
        let (found, _) = look_up(&fake, "rfc", "userName", &[name]).expect("found");
        assert_eq!(found.len(), 1, "{name}");
    }
}

#[test]
fn parts_can_be_asked_for() {
    let fake = Fake::new();
    fill(&fake, &["ann", "bob"]);
    let found = look_up(&fake, "rfc", "emails[type eq \"work\"].value", &["bob@x.example"]);
    assert_eq!(found.expect("found").0, ["\"bob\""]);
}

#[test]
fn a_filter_that_is_good_for_nothing_is_not_used() {
    let refused = |quirks: Quirks| {
        let fake = Fake::with(quirks);
        fill(&fake, &["ann", "bob"]);
        look_up(&fake, "rfc", "userName", &["nobody"]).expect_err("must be refused")
    };
    let ignored = refused(Quirks { filter_ignored: true, ..Quirks::default() });
    assert!(ignored.contains("unsupported"), "{ignored}");
    let exact = refused(Quirks { filter_case_exact: true, ..Quirks::default() });
    assert!(exact.contains("does not find what is known to be there"), "{exact}");
}

#[test]
fn without_or_values_are_asked_for_one_by_one() {
    for profile in ["rfc", "entra"] {
        let fake = Fake::with(Quirks { no_or: true, ..Quirks::default() });
        fill(&fake, &["ann", "bob", "cyd"]);
        let (names, end) = look_up(&fake, profile, "userName", &["ann", "cyd"]).expect("found");
        assert_eq!((names.len(), end.starts_with("complete")), (2, true), "{profile}");
    }
}

#[test]
fn ids_are_found_together_and_absence_is_asked_for_alone() {
    let fake = Fake::new();
    let ids = fill(&fake, &["ann", "bob"]);
    let scim = connect(&fake, "rfc");
    let layout = layout(&scim, "User", &["userName"]);
    fake.seen();
    let wanted = [ids[0].as_str(), "gone", ids[1].as_str()].map(Text::new);
    let (objects, end) = read(&scim, ReadQuery::with_ids(layout, wanted)).expect("found");
    assert_eq!(objects.len(), 2);
    assert_eq!(end, "complete: each of 3 ids was found or answered with 404");
    let lines: Vec<String> = fake.seen().iter().map(crate::fake::Seen::line).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[1], "GET /Users/gone");
}

#[test]
fn a_404_that_is_not_of_scim_proves_nothing() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    let layout = layout(&scim, "User", &["userName"]);
    fake.script("GET /Users/gone", HttpResponse::new(404, "<html>no such page</html>"));
    let found = read(&scim, ReadQuery::with_ids(layout.clone(), ["gone".into()]));
    assert!(found.is_err(), "{found:?}");
    assert!(read(&scim, ReadQuery::with_ids(layout, ["gone".into()])).is_ok());
}
