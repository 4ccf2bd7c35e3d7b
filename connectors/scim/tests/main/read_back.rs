//! Is it noticed when a service takes what it does not keep?

use futures::executor::block_on;
use provisio_connector::Connector as _;
use provisio_model::{AttributeDelta, Outcome, Value, Values, ValuesChange, WriteAction};
use provisio_scim::{HttpResponse, Kept, Scim};

use crate::fake::{Fake, Quirks, Seen};
use crate::support::{attributes, connect, context, create, references, set, update, write};

fn careless() -> Quirks {
    Quirks { ignored: &["title", "phoneNumbers"], shouted: &["displayName", "nickName"], ..Quirks::default() }
}

fn user(name: &str) -> provisio_model::Attributes {
    attributes([
        ("userName", name.into()),
        ("active", true.into()),
        ("displayName", "Ann Lee".into()),
        ("title", "Boss".into()),
        ("name.givenName", "Ann".into()),
        ("emails[type eq \"work\"].value", "ann@x.example".into()),
        ("phoneNumbers[type eq \"work\"].value", "+47".into()),
        ("password", Values::one(Value::Secret(provisio_model::Secret::new("hunter2")))),
    ])
}

fn found(scim: &Scim) -> Vec<(String, Kept)> {
    scim.write_findings().into_iter().map(|it| (it.attribute.to_string(), it.kept)).collect()
}

fn gets(fake: &Fake) -> usize {
    fake.seen()
        .iter()
        .filter(|it| it.line().starts_with("GET /Users/") || it.line().starts_with("GET /Groups/"))
        .count()
}

fn applied(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

#[test]
fn what_is_not_kept_is_reported_once() {
    let fake = Fake::with(careless());
    // Letters make a difference here.
    let scim = connect(&fake, "name = \"x\"\nattributes.User.displayName.case_exact = true");
    let ann = create(&scim, "User", user("ann"));
    let phone = "phoneNumbers[type eq \"work\"].value";
    let expected = [("displayName", Kept::Changed), (phone, Kept::Ignored), ("title", Kept::Ignored)];
    let expected = expected.map(|(name, kept)| (name.to_owned(), kept));
    assert_eq!(found(&scim), expected);
    assert_eq!(gets(&fake), 1);
    // Nothing is looked at twice.
    create(&scim, "User", user("bob"));
    applied(&update(&scim, "User", &ann, vec![set("title", "x"), set("userName", "anna")]));
    assert_eq!(gets(&fake), 0);
    // What is new is.
    applied(&update(&scim, "User", &ann, vec![set("title", "y"), set("profileUrl", "https://x.example")]));
    assert_eq!((gets(&fake), found(&scim).len()), (1, 3));
    let report = block_on(scim.check(&context())).expect("a report");
    let line = "`title` of User: the service takes it and does not keep it";
    assert!(report.found.iter().any(|it| it.as_str() == line), "{report:?}");
}

#[test]
fn what_is_kept_in_another_case_is_kept_where_case_makes_no_difference() {
    let fake = Fake::with(careless());
    let scim = connect(&fake, "rfc");
    create(&scim, "User", attributes([("userName", "ann".into()), ("nickName", "annie".into())]));
    assert_eq!((gets(&fake), found(&scim)), (1, Vec::new()));
}

#[test]
fn members_that_join_are_looked_at() {
    let fake = Fake::new();
    let scim = connect(&fake, "rfc");
    let ann = create(&scim, "User", user("ann"));
    let group = create(&scim, "Group", attributes([("displayName", "g".into())]));
    gets(&fake);
    let join = vec![AttributeDelta::new("members", ValuesChange::Add(references([ann.as_str()])))];
    applied(&update(&scim, "Group", &group, join));
    assert_eq!((gets(&fake), found(&scim)), (1, Vec::new()));
}

#[test]
fn a_read_that_fails_is_no_failure_of_the_write() {
    for status in [404, 429, 500] {
        let fake = Fake::with(careless());
        let scim = connect(&fake, "rfc");
        fake.script("GET /Users/", HttpResponse::new(status, ""));
        create(&scim, "User", user("ann"));
        assert_eq!((gets(&fake), found(&scim)), (1, Vec::new()));
    }
}

#[test]
fn where_it_is_not_wanted_or_tells_nothing_nothing_is_read() {
    for profile in ["name = \"x\"\nread_back = false", "name = \"x\"\nread_lag_seconds = 5"] {
        let fake = Fake::with(careless());
        let scim = connect(&fake, profile);
        applied(&write(&scim, "User", WriteAction::Create { attributes: user("ann") }));
        assert_eq!(gets(&fake), 0, "{profile}");
    }
    let fake = Fake::with(Quirks::entra());
    let scim = connect(&fake, "entra");
    create(&scim, "User", attributes([("userName", "ann".into())]));
    assert!(fake.seen().iter().map(Seen::line).all(|it| !it.starts_with("GET /Users")));
}
