//! What only a domain has: primary groups, groups that come in parts, objects that are protected, left of conflicts, or deleted
//! and kept.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use provisio_connector::{Connector as _, ReadQuery};
use provisio_ldap::LdapType;
use provisio_model::{Attributes, ErrorKind, Outcome, TargetId, Value, Values, ValuesChange, WriteAction};

use crate::active_directory::{Corner, assert_refused, held, many, reference, set, tool};
use crate::support::{assert_applied, forward, variable};

fn group(corner: &Corner, name: &str) -> Attributes {
    let mut attributes: Attributes = [("cn", name)].into_iter().collect();
    attributes.set("sAMAccountName", format!("{name}-{}", corner.name).as_str());
    attributes
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn members_by_their_primary_group_are_members() {
    let corner = Corner::new("primary").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    let bob = directory.create("user", corner.account("Bob")).await;
    let staff = directory.create("group", group(&corner, "staff")).await;
    let other = directory.create("group", group(&corner, "other")).await;
    let primary = |it: &TargetId| vec![("primaryGroup", set(reference(it)))];
    let join = |it: &TargetId| vec![("member", ValuesChange::Add(Values::one(reference(it))))];
    let leave = |it: &TargetId| vec![("member", ValuesChange::Remove(Values::one(reference(it))))];
    // She was in neither; to belong to one first is a matter of the connector.
    assert_applied(&directory.update("user", &ann, primary(&staff)).await);
    assert_eq!(directory.update("user", &ann, primary(&staff)).await, Outcome::AlreadySatisfied);
    assert_applied(&directory.update("group", &staff, join(&bob)).await);
    let read = directory.read("group").await;
    assert!(read.is_complete(), "{:?}", read.end);
    let members = held(&read, "staff", "member").expect("members").clone();
    assert_eq!(members.len(), 2, "one is listed, one is not: {members:?}");
    for it in [&ann, &bob] {
        assert!(members.as_slice().contains(&reference(it)));
    }
    assert_eq!(held(&read, "other", "member"), None);
    let users = directory.read("user").await;
    assert_eq!(held(&users, "Ann", "primaryGroup"), Some(&Values::one(reference(&staff))));
    let everybody = held(&users, "Bob", "primaryGroup").expect("Domain Users");
    assert_ne!(everybody, &Values::one(reference(&staff)));
    // Who asks for the groups of somebody finds that one too.
    let layout = directory.layout("group").await;
    let asked = ReadQuery::with_values(layout, "member".into(), [reference(&ann)]);
    let found = directory.ask(asked).await;
    assert!(found.is_complete() && found.objects.len() == 1, "{found:?}");
    assert_eq!(found.objects[0].id.as_str(), staff.as_str());
    // Out of it she comes with another one only.
    let refused = directory.update("group", &staff, leave(&ann)).await;
    assert_refused(&refused, ErrorKind::PreconditionFailed);
    assert_applied(&directory.update("user", &ann, primary(&other)).await);
    let read = directory.read("group").await;
    assert_eq!(held(&read, "other", "member"), Some(&Values::one(reference(&ann))));
    assert_eq!(held(&read, "staff", "member").expect("members").len(), 2, "now she is listed there");
    assert_applied(&directory.update("group", &staff, leave(&ann)).await);
    let read = directory.read("group").await;
    assert_eq!(held(&read, "staff", "member"), Some(&Values::one(reference(&bob))));
    // A new account may have one from the beginning.
    let mut attributes = corner.account("Cyd");
    attributes.set("primaryGroup", reference(&staff));
    directory.create("user", attributes).await;
    let users = directory.read("user").await;
    assert_eq!(held(&users, "Cyd", "primaryGroup"), Some(&Values::one(reference(&staff))));
    let nobody = TargetId::new("00000000-0000-4000-8000-000000000000");
    let refused = directory.update("user", &ann, primary(&nobody)).await;
    assert_refused(&refused, ErrorKind::InvalidValue);
}

/// How many members the group has whose parts are read: some thousands, unless `PROVISIO_TEST_MEMBERS` says how many.
fn members() -> usize {
    let asked = std::env::var("PROVISIO_TEST_MEMBERS").ok().and_then(|it| it.parse().ok());
    asked.unwrap_or(3_200)
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn a_group_that_comes_in_parts_is_whole_and_changed_value_by_value() {
    let mut corner = Corner::new("many").await;
    corner.config.types.push(LdapType::new("contact", corner.base.as_str(), "contact", "cn"));
    let base = corner.base.as_str();
    let count = members();
    let contact = |at: usize| format!("dn: CN=c{at},{base}\nobjectClass: contact\n\n");
    let mut ldif: String = (0..count).map(contact).collect();
    let listed: String = (1..count).map(|at| format!("member: CN=c{at},{base}\n")).collect();
    ldif.push_str(&format!(
        "dn: CN=g,{base}\nobjectClass: group\nsAMAccountName: g-{}\n{listed}",
        corner.name
    ));
    tool("ldapadd", &[], &ldif);
    let directory = corner.open();
    let read = directory.read("group").await;
    assert!(read.is_complete(), "{:?}", read.end);
    let before = held(&read, "g", "member").expect("members").clone();
    assert_eq!(before.len(), count - 1);
    let id = TargetId::new(read.find("cn", "g").id.as_str());
    let layout = directory.layout("contact").await;
    let asked = ReadQuery::with_values(layout, "cn".into(), ["c0", "c1"].map(Value::from));
    let contacts = directory.ask(asked).await;
    let contact = |name: &str| TargetId::new(contacts.find("cn", name).id.as_str());
    let (joins, leaves) = (contact("c0"), contact("c1"));
    assert!(
        before.as_slice().contains(&reference(&leaves)) && !before.as_slice().contains(&reference(&joins))
    );
    // What goes over the wire is too little for more than a value each.
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let server = variable("PROVISIO_TEST_SAMBA").replace("ldaps://", "");
    let address = forward(
        server,
        move |bytes| {
            counter.fetch_add(bytes.len(), Ordering::Relaxed);
        },
        |_| {},
    );
    let mut config = corner.config.clone();
    config.urls = vec![format!("ldaps://{}", address.await)];
    let directory = Corner { config, ..corner.clone() }.open();
    directory.ldap.schema(&directory.context).await.expect("a schema");
    let before_writes = sent.load(Ordering::Relaxed);
    let change = |it: ValuesChange| vec![("member", it)];
    let one = |it: &TargetId| Values::one(reference(it));
    assert_applied(&directory.update("group", &id, change(ValuesChange::Add(one(&joins)))).await);
    assert_applied(&directory.update("group", &id, change(ValuesChange::Remove(one(&leaves)))).await);
    let written = sent.load(Ordering::Relaxed) - before_writes;
    assert!(written < 2_500, "{written} bytes for two values");
    let after = held(&directory.read("group").await, "g", "member").expect("members").clone();
    let ids = |values: &Values| values.as_slice().iter().map(|it| format!("{it:?}")).collect::<BTreeSet<_>>();
    let mut expected = ids(&before);
    expected.remove(&format!("{:?}", reference(&leaves)));
    expected.insert(format!("{:?}", reference(&joins)));
    assert_eq!(ids(&after), expected);
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn what_is_left_of_a_conflict_is_reported_and_not_read() {
    let corner = Corner::new("conflict").await;
    let directory = corner.open();
    directory.create("user", corner.account("Ann")).await;
    let dn = format!("CN=Ann\\0ACNF:76c5c4c4-3dca-4805-a67c-c17b5e987a27,{}", corner.base);
    let ldif = format!("dn: {dn}\nobjectClass: user\nsAMAccountName: {}\n", corner.logon("Conflict"));
    tool("ldapadd", &[], &ldif);
    let read = directory.read("user").await;
    assert!(read.is_complete(), "{:?}", read.end);
    assert_eq!(read.objects.len(), 1);
    assert!(
        read.unreadable.len() == 1 && read.unreadable[0].contains("left of a conflict"),
        "{:?}",
        read.unreadable
    );
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn what_the_directory_protects_is_reported() {
    let corner = Corner::new("protected").await;
    let directory = corner.open();
    let report = async || {
        let found = directory.ldap.check(&directory.context).await.expect("a report").found;
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    directory.create("user", corner.account("Ann")).await;
    assert!(!report().await.contains("AdminSDHolder"));
    let dn = format!("CN=Ann,{}", corner.base);
    tool("ldapmodify", &[], &format!("dn: {dn}\nchangetype: modify\nreplace: adminCount\nadminCount: 1\n"));
    let said = report().await;
    assert!(said.contains("1 protected by AdminSDHolder") && said.contains("`CN=Ann,"), "{said}");
    // And mappings can protect by it.
    let read = directory.read("user").await;
    assert_eq!(held(&read, "Ann", "adminCount"), Some(&many([Value::Int(1)])));
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn what_was_deleted_is_seen_and_comes_back() {
    let mut corner = Corner::new("deleted").await;
    let plain = corner.open();
    for kind in corner.config.types.iter_mut().filter(|it| it.name != "unit") {
        kind.deleted_objects = true;
    }
    let directory = corner.open();
    let mut attributes = corner.account("Lee, Ann");
    attributes.set("title", "Engineer");
    attributes.set("parentDistinguishedName", format!("OU=Staff,{}", corner.base).as_str());
    let ann = directory.create("user", attributes).await;
    let bob = directory.create("user", corner.account("Bob")).await;
    let team = directory.create("group", group(&corner, "team")).await;
    let read = directory.read("user").await;
    let since = read.end.as_ref().expect("it is complete").watermark.clone().expect("changes are told");
    let is_deleted = |is: bool| Some(Values::one(Value::Bool(is)));
    assert_eq!(held(&read, "Lee, Ann", "isDeleted").cloned(), is_deleted(false));
    let mark = |is: bool| vec![("isDeleted", set(is))];
    for (object_type, id) in [("user", &ann), ("user", &bob), ("group", &team)] {
        assert_applied(&directory.update(object_type, id, mark(true)).await);
        assert_eq!(directory.update(object_type, id, mark(true)).await, Outcome::AlreadySatisfied);
    }
    // For a job that does not ask for it, it is gone.
    assert!(plain.read("user").await.objects.is_empty());
    assert_refused(&plain.update("user", &ann, mark(false)).await, ErrorKind::NotFound);
    // What was deleted is of the type that it was of, where it was.
    let read = directory.read("user").await;
    assert!(read.is_complete() && read.objects.len() == 2 && read.unreadable.is_empty(), "{read:?}");
    assert_eq!(directory.read("group").await.objects.len(), 1);
    assert_eq!(held(&read, "Lee, Ann", "isDeleted").cloned(), is_deleted(true));
    let parent = held(&read, "Lee, Ann", "parentDistinguishedName").expect("where it was");
    assert_eq!(parent.as_slice()[0].as_text(), Some(format!("OU=Staff,{}", corner.base).as_str()));
    assert_eq!(read.find("cn", "Lee, Ann").id.as_str(), ann.as_str());
    let layout = directory.layout("user").await;
    let asked = ReadQuery::with_ids(layout.clone(), [ann.text().clone()]);
    assert_eq!(directory.ask(asked).await.objects.len(), 1);
    let changes = directory.changes(layout, &since).await;
    assert!(changes.upserted.len() == 2 && changes.gone.is_empty(), "{changes:?}");
    // It is not changed, but comes back with what is written at once.
    let title = |it: &str| ("title", set(it));
    assert_refused(&directory.update("user", &ann, vec![title("x")]).await, ErrorKind::ReadOnly);
    let delete = |id: &TargetId| WriteAction::Delete { target: id.clone(), version: None };
    assert_refused(&directory.write("user", delete(&bob)).await, ErrorKind::Unsupported);
    let back = vec![("isDeleted", set(false)), title("Head"), ("accountDisabled", set(false))];
    assert_applied(&directory.update("user", &ann, back).await);
    let place = format!("OU=New,{}", corner.base);
    let elsewhere = vec![
        ("isDeleted", set(false)),
        ("cn", set("Robert")),
        ("parentDistinguishedName", set(place.as_str())),
        ("accountDisabled", set(true)),
    ];
    assert_applied(&directory.update("user", &bob, elsewhere).await);
    assert_applied(&directory.update("group", &team, mark(false)).await);
    let read = plain.read("user").await;
    assert_eq!(read.find("cn", "Lee, Ann").id.as_str(), ann.as_str());
    assert_eq!(held(&read, "Lee, Ann", "title"), Some(&Values::one("Head")));
    assert_eq!(held(&read, "Lee, Ann", "accountDisabled"), Some(&Values::one(Value::Bool(false))));
    assert_eq!(held(&read, "Lee, Ann", "parentDistinguishedName"), Some(parent));
    assert_eq!(read.find("cn", "Robert").id.as_str(), bob.as_str());
    assert_eq!(held(&read, "Robert", "accountDisabled"), Some(&Values::one(Value::Bool(true))));
    assert_eq!(plain.read("group").await.find("cn", "team").id.as_str(), team.as_str());
    // Another one has the name now.
    assert_applied(&directory.update("user", &bob, mark(true)).await);
    let mut robert = corner.account("Other");
    robert.set("cn", "Robert");
    robert.set("parentDistinguishedName", place.as_str());
    directory.create("user", robert).await;
    assert_refused(&directory.update("user", &bob, mark(false)).await, ErrorKind::AlreadyExists);
}
