//! Do several writes go into one request where the service takes that, and is the outcome of each its own?

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{Connector as _, Target as _};
use provisio_model::{
    AttributeDelta, Attributes, ErrorKind, Failure, Outcome, TargetId, ValuesChange, Write, WriteAction,
    WriteId,
};
use provisio_scim::{HttpResponse, Scim};

use crate::fake::{Bulk, Fake, Quirks, Seen};
use crate::support::{attributes, connect, context, create, references, schema, set};

fn service(bulk: Bulk) -> (Fake, Scim) {
    connected(Quirks { bulk: Some(bulk), ..Quirks::default() }, "rfc")
}

fn connected(quirks: Quirks, profile: &str) -> (Fake, Scim) {
    let fake = Fake::with(quirks);
    let scim = connect(&fake, profile);
    schema(&scim);
    fake.seen();
    (fake, scim)
}

/// What came of each of these writes, in their order.
fn apply(scim: &Scim, actions: impl IntoIterator<Item = WriteAction>) -> Vec<Outcome> {
    let numbered = actions.into_iter().zip(0..);
    let writes: Vec<_> = numbered.map(|(it, id)| Write::new(WriteId(id), "User".into(), it)).collect();
    let (count, context) = (writes.len(), context());
    let mut outcomes: Vec<_> = block_on(async { scim.apply(&context, writes).await.collect().await });
    outcomes.sort_by_key(|(id, _)| *id);
    assert_eq!(outcomes.len(), count, "{outcomes:?}");
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn user(name: &str) -> Attributes {
    attributes([("userName", name.into()), ("active", true.into()), ("name.familyName", "Lee".into())])
}

fn joins(name: &str) -> WriteAction {
    WriteAction::Create { attributes: user(name) }
}

fn changes(id: &str, deltas: Vec<AttributeDelta>) -> WriteAction {
    WriteAction::Update { target: TargetId::new(id), version: None, deltas }
}

fn leaves(id: &str) -> WriteAction {
    WriteAction::Delete { target: TargetId::new(id), version: None }
}

/// The requests that write.
fn lines(fake: &Fake) -> Vec<String> {
    fake.seen().iter().filter(|it| it.method != "GET").map(Seen::line).collect()
}

fn failure(outcome: &Outcome) -> &Failure {
    match outcome {
        Outcome::Rejected(failure) | Outcome::Conflict(failure) | Outcome::Unknown(failure) => failure,
        other => panic!("{other:?}"),
    }
}

fn ids(outcomes: &[Outcome]) -> Vec<&str> {
    let applied = outcomes.iter().map(|it| match it {
        Outcome::Applied(applied) => applied.id.as_str(),
        other => panic!("{other:?}"),
    });
    applied.collect()
}

#[test]
fn several_writes_are_one_request() {
    for bulk in
        [Bulk::default(), Bulk { names: false, ..Bulk::default() }, Bulk { shows: true, ..Bulk::default() }]
    {
        let (fake, scim) = service(bulk);
        assert_eq!(scim.capabilities().batch_max, 100);
        let made = apply(&scim, ["ann", "bob", "cem"].map(joins));
        let ids = ids(&made);
        assert_eq!(lines(&fake), ["POST /Bulk"]);
        let kept = fake.resources("Users");
        let names: Vec<_> =
            ids.iter().map(|id| kept.iter().find(|it| it["id"] == *id).map(|it| &it["userName"])).collect();
        assert_eq!(names, [Some(&"ann".into()), Some(&"bob".into()), Some(&"cem".into())]);
        let outcomes = apply(
            &scim,
            [leaves(ids[0]), changes(ids[1], vec![set("title", "Boss")]), joins("dan"), leaves("nobody")],
        );
        assert_eq!(lines(&fake), ["POST /Bulk"]);
        assert!(
            matches!(
                &outcomes[..],
                [Outcome::Applied(_), Outcome::Applied(_), Outcome::Applied(_), Outcome::AlreadySatisfied]
            ),
            "{outcomes:?}"
        );
        let kept = fake.resources("Users");
        let names: Vec<_> = kept.iter().map(|it| it["userName"].as_str()).collect();
        assert_eq!(names, [Some("bob"), Some("cem"), Some("dan")]);
        assert_eq!(kept[0]["title"], "Boss");
    }
}

#[test]
fn one_failure_is_of_one_write() {
    let (fake, scim) = service(Bulk::default());
    let ann = create(&scim, "User", user("ann"));
    let outcomes = apply(
        &scim,
        [
            joins("bob"),
            joins("ANN"),
            changes("nobody", vec![set("title", "x")]),
            changes(&ann, vec![set("title", "y")]),
        ],
    );
    assert!(matches!(outcomes[0], Outcome::Applied(_)), "{outcomes:?}");
    let Outcome::Conflict(taken) = &outcomes[1] else { panic!("{outcomes:?}") };
    assert!(taken.message.contains("`userName` is taken by another User"), "{taken}");
    assert_eq!(failure(&outcomes[2]).kind, ErrorKind::NotFound);
    assert!(matches!(outcomes[3], Outcome::Applied(_)), "{outcomes:?}");
    assert_eq!(fake.resources("Users").len(), 2);
}

#[test]
fn requests_keep_to_the_limits_that_the_service_names() {
    let (fake, scim) = service(Bulk { said_max: 3, operations_max: 3, ..Bulk::default() });
    assert_eq!(scim.capabilities().batch_max, 3);
    let names: Vec<String> = (0..7).map(|it| format!("u{it}")).collect();
    assert_eq!(ids(&apply(&scim, names.iter().map(|it| joins(it)))).len(), 7);
    assert_eq!(lines(&fake), ["POST /Bulk", "POST /Bulk", "POST /Users"]);
    let (fake, scim) = service(Bulk { bytes_max: 800, ..Bulk::default() });
    apply(&scim, names.iter().map(|it| joins(it)));
    assert_eq!(fake.resources("Users").len(), 7);
    assert!(lines(&fake).iter().all(|it| it == "POST /Bulk" || it == "POST /Users"));
}

#[test]
fn what_is_too_large_is_halved() {
    let (fake, scim) = service(Bulk { operations_max: 2, ..Bulk::default() });
    let outcomes = apply(&scim, ["a", "b", "c", "d", "e"].map(joins));
    assert_eq!(ids(&outcomes).len(), 5);
    // Five, two, two, and one that goes alone.
    assert_eq!(lines(&fake), ["POST /Bulk", "POST /Bulk", "POST /Bulk", "POST /Users"]);
    // It remembers.
    apply(&scim, ["f", "g"].map(joins));
    apply(&scim, ["h", "i", "j"].map(joins));
    assert_eq!(lines(&fake), ["POST /Bulk", "POST /Bulk", "POST /Users"]);
}

#[test]
fn a_service_that_does_not_keep_its_word_gets_single_requests() {
    for status in [400, 403, 404, 405, 501] {
        let (fake, scim) = service(Bulk::default());
        fake.script("POST /Bulk", HttpResponse::new(status, "<html>no</html>"));
        assert_eq!(ids(&apply(&scim, ["a", "b"].map(joins))).len(), 2);
        apply(&scim, ["c", "d"].map(joins));
        assert_eq!(lines(&fake), ["POST /Bulk", "POST /Users", "POST /Users", "POST /Users", "POST /Users"]);
    }
}

#[test]
fn who_asks_for_patience_gets_it() {
    for status in [429, 401] {
        let (fake, scim) = service(Bulk::default());
        fake.script("POST /Bulk", HttpResponse::new(status, "").with_header("retry-after", "7"));
        let outcomes = apply(&scim, ["a", "b"].map(joins));
        assert!(outcomes.iter().all(|it| matches!(it, Outcome::Rejected(_))), "{outcomes:?}");
        assert_eq!(lines(&fake), ["POST /Bulk"]);
        apply(&scim, ["a", "b"].map(joins));
        assert_eq!(lines(&fake), ["POST /Bulk"]);
    }
}

#[test]
fn a_lost_answer_is_lost_for_all() {
    for answer in [HttpResponse::new(502, ""), HttpResponse::new(200, "{}"), HttpResponse::new(200, "<html>")]
    {
        let (fake, scim) = service(Bulk::default());
        fake.script("POST /Bulk", answer);
        let outcomes = apply(&scim, ["a", "b", "c"].map(joins));
        assert!(outcomes.iter().all(|it| matches!(it, Outcome::Unknown(_))), "{outcomes:?}");
        apply(&scim, ["d", "e"].map(joins));
        assert_eq!(lines(&fake), ["POST /Bulk", "POST /Users", "POST /Users"]);
    }
}

#[test]
fn a_result_that_is_missing_is_lost() {
    for names in [true, false] {
        let (fake, scim) = service(Bulk { forgets: 1, names, ..Bulk::default() });
        let outcomes = apply(&scim, ["a", "b", "c"].map(joins));
        let lost = outcomes.iter().filter(|it| matches!(it, Outcome::Unknown(_))).count();
        // Without names nobody knows whose results are there.
        assert_eq!(lost, if names { 1 } else { 3 }, "{outcomes:?}");
        assert_eq!(fake.resources("Users").len(), 3);
    }
}

#[test]
fn what_needs_more_than_one_step_goes_alone() {
    let (fake, scim) = service(Bulk::default());
    let (ann, bob) = (create(&scim, "User", user("ann")), create(&scim, "User", user("bob")));
    fake.seen();
    // A path that chooses nothing, a version, and a second write to the same object.
    let phone = "phoneNumbers[type eq \"mobile\"].value";
    let outcomes = apply(
        &scim,
        [
            changes(&ann, vec![set(phone, "+47")]),
            WriteAction::Update {
                target: TargetId::new(&bob),
                version: Some("W/\"0\"".into()),
                deltas: vec![set("title", "x")],
            },
            changes(&ann, vec![set("title", "1")]),
            changes(&ann, vec![set("title", "2")]),
            joins("cem"),
        ],
    );
    assert!(matches!(outcomes[0], Outcome::Applied(_)), "{outcomes:?}");
    assert_eq!(failure(&outcomes[1]).kind, ErrorKind::PreconditionFailed);
    let kept = fake.resources("Users");
    assert_eq!((&kept[0]["title"], &kept[0]["phoneNumbers"][0]["value"]), (&"2".into(), &"+47".into()));
    assert_eq!(lines(&fake).iter().filter(|it| *it == "POST /Bulk").count(), 1);
}

#[test]
fn groups_are_made_with_their_members() {
    let (fake, scim) = service(Bulk::default());
    let ann = create(&scim, "User", user("ann"));
    fake.seen();
    let group = |name: &str| {
        let attributes = attributes([("displayName", name.into()), ("members", references([ann.as_str()]))]);
        WriteAction::Create { attributes }
    };
    let writes = ["x", "y"].map(group).into_iter().zip(0..);
    let writes: Vec<_> = writes.map(|(it, id)| Write::new(WriteId(id), "Group".into(), it)).collect();
    let context = context();
    let outcomes: Vec<_> = block_on(async { scim.apply(&context, writes).await.collect().await });
    assert!(outcomes.iter().all(|(_, it)| matches!(it, Outcome::Applied(_))), "{outcomes:?}");
    assert_eq!(lines(&fake), ["POST /Bulk"]);
    let joined = AttributeDelta::new("members", ValuesChange::Remove(references([ann.as_str()])));
    assert!(
        fake.resources("Groups").iter().all(|it| it["members"][0]["value"] == ann.as_str()),
        "{joined:?}"
    );
}

#[test]
fn where_it_is_not_wanted_nothing_goes_together() {
    let quirks = || Quirks { bulk: Some(Bulk::default()), ..Quirks::default() };
    let rate = "name = \"x\"\n[http]\nrate = { requests = 5 }";
    for profile in ["name = \"x\"\n[bulk]\nsupported = false", rate] {
        let (fake, scim) = connected(quirks(), profile);
        assert_eq!(scim.capabilities().batch_max, 1);
        apply(&scim, ["a", "b"].map(joins));
        assert_eq!(lines(&fake), ["POST /Users", "POST /Users"]);
    }
    let entra = Quirks { bulk: Some(Bulk::default()), ..Quirks::entra() };
    let (fake, scim) = connected(entra, "entra");
    apply(&scim, ["a", "b"].map(joins));
    assert_eq!(lines(&fake), ["POST /Users", "POST /Users"]);
    let (_, scim) = connected(Quirks::default(), "rfc");
    assert_eq!((scim.capabilities().batch_max, scim.capabilities().concurrency_max), (1, 8));
}
