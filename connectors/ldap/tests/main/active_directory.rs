//! Active Directory, as Samba is it: accounts that people can log on with, groups of all kinds, identity by objectGUID.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use provisio_connector::{Connector as _, ReadQuery};
use provisio_ldap::{DirectoryKind, Ldap, LdapConfig, LdapType};
use provisio_model::{
    Attributes, ErrorKind, Mutability, Outcome, Secret, TargetId, Timestamp, Uniqueness, Value, ValueKind,
    Values, ValuesChange, WriteAction,
};

use crate::support::{Directory, Read, assert_applied, context, run, update, variable};

const DOMAIN: &str = "DC=ad,DC=test";
const PASSWORD: &str = "Corr3ct-horse!";

/// A part of the domain that belongs to one test.
#[derive(Clone)]
pub(crate) struct Corner {
    pub(crate) name: String,
    pub(crate) base: String,
    pub(crate) config: LdapConfig,
}

impl Corner {
    /// Makes an empty part.
    pub(crate) async fn new(name: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{name}{}x{number}", std::process::id());
        let base = format!("OU={name},{DOMAIN}");
        let mut user = LdapType::new("user", base.as_str(), "user", "cn");
        user.filter = Some("(&(objectCategory=person)(objectClass=user))".to_owned());
        user.create_containers = true;
        let mut group = LdapType::new("group", base.as_str(), "group", "cn");
        group.create_containers = true;
        let mut unit = LdapType::new("unit", DOMAIN, "organizationalUnit", "ou");
        unit.filter = Some(format!("(&(objectClass=organizationalUnit)(ou={name}))"));
        let mut config = LdapConfig::new([variable("PROVISIO_TEST_SAMBA")], [user, group, unit]);
        config.directory = DirectoryKind::ActiveDirectory;
        config.root_certificates = Some(variable("PROVISIO_TEST_SAMBA_CA").into());
        config.bind_dn = Some("administrator@ad.test".to_owned());
        let corner = Self { name, base, config };
        corner.open().create("unit", [("ou", corner.name.as_str())].into_iter().collect()).await;
        corner
    }

    pub(crate) fn open(&self) -> Directory {
        let ldap =
            Ldap::new(self.config.clone(), Some(Secret::new("Passw0rd!x"))).expect("a good configuration");
        Directory { ldap, context: context() }
    }

    /// Makes what an account needs, with a logon name that nobody else has.
    pub(crate) fn account(&self, name: &str) -> Attributes {
        let mut attributes: Attributes = [("cn", name)].into_iter().collect();
        attributes.set("sAMAccountName", self.logon(name).as_str());
        attributes.set("userPrincipalName", format!("{}@ad.test", self.logon(name)).as_str());
        attributes
    }

    pub(crate) fn logon(&self, name: &str) -> String {
        let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(5).collect();
        let tail: String = self.name.chars().rev().take(9).collect();
        format!("{letters}{tail}").to_lowercase()
    }
}

/// Tells whether somebody can log on.
fn can_log_on(who: &str, password: &str) -> bool {
    let url = variable("PROVISIO_TEST_SAMBA");
    let ran = Command::new("ldapsearch")
        .env("LDAPTLS_CACERT", variable("PROVISIO_TEST_SAMBA_CA"))
        .args(["-x", "-H", &url, "-D", who, "-w", password, "-b", DOMAIN, "-s", "base", "dn"])
        .output();
    ran.expect("the tools of OpenLDAP are installed").status.success()
}

/// Runs a tool of OpenLDAP as the administrator of the domain, and returns what it prints.
pub(crate) fn tool(name: &str, arguments: &[&str], input: &str) -> String {
    let url = variable("PROVISIO_TEST_SAMBA");
    let mut command = Command::new(name);
    command.env("LDAPTLS_CACERT", variable("PROVISIO_TEST_SAMBA_CA"));
    command.args(["-x", "-o", "ldif-wrap=no", "-H", &url, "-D", "administrator@ad.test", "-w", "Passw0rd!x"]);
    command.args(arguments);
    let (is_done, output) = run(command, input);
    assert!(is_done, "{name} failed");
    output
}

pub(crate) fn reference(id: &TargetId) -> Value {
    Value::Reference(id.text().clone())
}

pub(crate) fn many(values: impl IntoIterator<Item = Value>) -> Values {
    Values::from_many(values).expect("at least one value")
}

pub(crate) fn set(value: impl Into<Value>) -> ValuesChange {
    ValuesChange::Set(Values::one(value.into()))
}

#[track_caller]
pub(crate) fn held<'a>(read: &'a Read, cn: &str, attribute: &str) -> Option<&'a Values> {
    read.find("cn", cn).attributes.get(attribute)
}

#[track_caller]
pub(crate) fn assert_refused(outcome: &Outcome, kind: ErrorKind) {
    let (Outcome::Rejected(failure) | Outcome::Conflict(failure)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(failure.kind, kind, "{failure}");
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn the_schema_knows_what_active_directory_knows() {
    let corner = Corner::new("schema").await;
    let directory = corner.open();
    let schema = directory.ldap.schema(&directory.context).await.expect("a schema");
    let user = schema.of(&"user".into()).expect("users");
    let of = |name: &str| user.attribute(name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(of("sAMAccountName").length_max, Some(20));
    assert_eq!(of("userPrincipalName").uniqueness, Uniqueness::System);
    assert_eq!(of("title").length_max, Some(128));
    assert_eq!((of("manager").kind, of("manager").multi_valued), (ValueKind::Reference, false));
    assert_eq!(of("memberOf").mutability, Mutability::ReadOnly);
    assert_eq!(of("directReports").mutability, Mutability::ReadOnly);
    assert_eq!(of("whenChanged").mutability, Mutability::ReadOnly);
    assert_eq!(of("userAccountControl").mutability, Mutability::ReadOnly, "its bits are written one by one");
    assert_eq!(of("accountDisabled").kind, ValueKind::Bool);
    assert_eq!(of("unicodePwd").kind, ValueKind::Secret);
    assert_eq!(of("accountExpires").kind, ValueKind::Timestamp);
    assert_eq!(of("objectSid").kind, ValueKind::Text);
    assert_eq!(of("thumbnailPhoto").kind, ValueKind::Binary);
    assert_eq!(of("cn").mutability, Mutability::ReadWrite);
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn an_account_is_made_that_its_owner_can_log_on_with() {
    let corner = Corner::new("logon").await;
    let directory = corner.open();
    let mut attributes = corner.account("Ann Lee");
    attributes.set("unicodePwd", Value::Secret(Secret::new(PASSWORD)));
    let ann = directory.create("user", attributes).await;
    let who = format!("{}@ad.test", corner.logon("Ann Lee"));
    assert!(can_log_on(&who, PASSWORD));
    let read = directory.read("user").await;
    assert!(read.is_complete(), "{:?}", read.end);
    assert_eq!(held(&read, "Ann Lee", "accountDisabled"), Some(&Values::one(Value::Bool(false))));
    assert_eq!(held(&read, "Ann Lee", "unicodePwd"), None);
    assert_eq!(held(&read, "Ann Lee", "accountExpires"), None);
    assert!(held(&read, "Ann Lee", "pwdLastSet").is_some());
    // Disabled, one bit; another one, and the first stays.
    assert_applied(&directory.update("user", &ann, vec![("accountDisabled", set(true))]).await);
    assert!(!can_log_on(&who, PASSWORD));
    assert_applied(&directory.update("user", &ann, vec![("passwordNeverExpires", set(true))]).await);
    let read = directory.read("user").await;
    for name in ["accountDisabled", "passwordNeverExpires"] {
        assert_eq!(held(&read, "Ann Lee", name), Some(&Values::one(Value::Bool(true))), "{name}");
    }
    let nothing = directory.update("user", &ann, vec![("accountDisabled", set(true))]).await;
    assert_eq!(nothing, Outcome::AlreadySatisfied);
    assert_applied(&directory.update("user", &ann, vec![("accountDisabled", set(false))]).await);
    assert!(can_log_on(&who, PASSWORD));
    let expires: Timestamp = "2020-01-31T08:30:00Z".parse().expect("a time");
    assert_applied(&directory.update("user", &ann, vec![("accountExpires", set(expires))]).await);
    assert!(!can_log_on(&who, PASSWORD), "the account has expired");
    let read = directory.read("user").await;
    assert_eq!(held(&read, "Ann Lee", "accountExpires"), Some(&Values::one(Value::Timestamp(expires))));
    assert_applied(&directory.update("user", &ann, vec![("accountExpires", ValuesChange::Clear)]).await);
    assert_eq!(held(&directory.read("user").await, "Ann Lee", "accountExpires"), None);
    assert!(can_log_on(&who, PASSWORD));
    let changes = vec![("mustChangePassword", set(true)), ("passwordNeverExpires", set(false))];
    assert_applied(&directory.update("user", &ann, changes).await);
    assert!(!can_log_on(&who, PASSWORD), "the password must be changed");
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn an_account_that_is_refused_halfway_is_not_left_behind() {
    let corner = Corner::new("weak").await;
    let directory = corner.open();
    let mut attributes = corner.account("Weak");
    attributes.set("unicodePwd", Value::Secret(Secret::new("w3Ak!")));
    let outcome = directory.write("user", WriteAction::Create { attributes }).await;
    assert_refused(&outcome, ErrorKind::InvalidValue);
    assert!(format!("{outcome:?}").contains("the password does not meet the policy"), "{outcome:?}");
    assert!(!format!("{outcome:?}").contains("w3Ak!"));
    assert!(directory.read("user").await.objects.is_empty());
    // Without a password that anybody knows, and disabled: both are accounts that nobody can log on with.
    directory.create("user", corner.account("Unknown")).await;
    let mut disabled = corner.account("Disabled");
    disabled.set("accountDisabled", true);
    directory.create("user", disabled).await;
    let read = directory.read("user").await;
    assert_eq!(held(&read, "Unknown", "accountDisabled"), Some(&Values::one(Value::Bool(false))));
    assert_eq!(held(&read, "Disabled", "accountDisabled"), Some(&Values::one(Value::Bool(true))));
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn names_that_active_directory_does_not_take_are_refused_for_a_reason() {
    let corner = Corner::new("names").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    let with = |name: &str, attribute: &str, value: &str| {
        let mut attributes = corner.account(name);
        attributes.set(attribute, value);
        WriteAction::Create { attributes }
    };
    for (action, kind) in [
        (with("A", "sAMAccountName", "a.name.of.21.letters."), ErrorKind::InvalidValue),
        (with("B", "sAMAccountName", "a/b"), ErrorKind::InvalidValue),
        (with("C", "sAMAccountName", &corner.logon("Ann").to_uppercase()), ErrorKind::AlreadyExists),
        (with("Ann", "sAMAccountName", &corner.logon("Other")), ErrorKind::AlreadyExists),
        (with("D", "objectSid", "S-1-5-21-1"), ErrorKind::ReadOnly),
        (with("E", "parentDistinguishedName", DOMAIN), ErrorKind::InvalidValue),
    ] {
        assert_refused(&directory.write("user", action).await, kind);
    }
    assert_eq!(directory.read("user").await.objects.len(), 1);
    let gone = TargetId::new("00000000-0000-4000-8000-000000000000");
    assert_refused(&directory.update("user", &gone, vec![("title", set("x"))]).await, ErrorKind::NotFound);
    let manager = vec![("manager", ValuesChange::Set(Values::one(reference(&gone))))];
    assert_refused(&directory.update("user", &ann, manager).await, ErrorKind::InvalidValue);
    let long = "x".repeat(129);
    assert_refused(
        &directory.update("user", &ann, vec![("title", set(long.as_str()))]).await,
        ErrorKind::InvalidValue,
    );
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn hostile_names_move_between_hostile_places_and_stay_the_same_object() {
    let corner = Corner::new("hostile").await;
    let directory = corner.open();
    let names = [
        "Lee, Ann",
        "a+b",
        "say \"hi\"",
        "#hash",
        " leading",
        "trailing ",
        "semi;<x>",
        "back\\slash",
        "= x =",
        "naïve 𝄞",
    ];
    let escaped = |name: &str| {
        let escape = |it: char| {
            if it.is_ascii_alphanumeric() || !it.is_ascii() { it.to_string() } else { format!("\\{it}") }
        };
        name.chars().map(escape).collect::<String>()
    };
    let mut ids = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let mut attributes = corner.account(&format!("h{number}"));
        attributes.set("cn", *name);
        attributes.set("description", *name);
        attributes.set("parentDistinguishedName", format!("OU={},{}", escaped(name), corner.base).as_str());
        ids.push(directory.create("user", attributes).await);
    }
    for (name, id) in names.iter().zip(&ids) {
        let place = format!("OU=Left,OU={},{}", escaped(name), corner.base);
        let changes =
            vec![("cn", set(format!("{name}!").as_str())), ("parentDistinguishedName", set(place.as_str()))];
        assert_applied(&directory.update("user", id, changes).await);
    }
    let read = directory.read("user").await;
    assert!(read.is_complete());
    for (name, id) in names.iter().zip(&ids) {
        let object = read.find("description", name);
        assert_eq!(object.id.as_str(), id.as_str(), "{name}");
        assert_eq!(object.attributes.get("cn"), Some(&Values::one(format!("{name}!").as_str())));
        let parent = object.attributes.get("parentDistinguishedName").expect("a parent").clone();
        let again = vec![("parentDistinguishedName", ValuesChange::Set(parent))];
        assert_eq!(directory.update("user", id, again).await, Outcome::AlreadySatisfied, "{name}");
    }
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn what_has_something_beneath_it_is_deleted_only_where_the_job_says_so() {
    let mut corner = Corner::new("tree").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    // As printers and devices are.
    let device = format!("dn: CN=device,CN=Ann,{}\nobjectClass: nTFRSSubscriptions\n", corner.base);
    tool("ldapadd", &[], &device);
    let delete = || WriteAction::Delete { target: ann.clone(), version: None };
    let refused = directory.write("user", delete()).await;
    assert!(format!("{refused:?}").contains("there are entries beneath it"), "{refused:?}");
    assert_eq!(directory.read("user").await.objects.len(), 1);
    corner.config.types[0].delete_trees = true;
    let directory = corner.open();
    assert_applied(&directory.write("user", delete()).await);
    assert_eq!(directory.read("user").await.objects.len(), 0);
    assert_eq!(directory.write("user", delete()).await, Outcome::AlreadySatisfied);
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn groups_have_a_kind_and_members_of_every_type() {
    let corner = Corner::new("groups").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    let bob = directory.create("user", corner.account("Bob")).await;
    let group = |name: &str| {
        let mut attributes: Attributes = [("cn", name)].into_iter().collect();
        attributes.set("sAMAccountName", format!("{name}-{}", corner.name).as_str());
        attributes
    };
    let inner = directory.create("group", group("inner")).await;
    let mut outer = group("outer");
    outer.set("groupScope", "universal");
    outer.set("securityEnabled", false);
    outer.set("member", many([reference(&ann), reference(&inner)]));
    let outer = directory.create("group", outer).await;
    let read = directory.read("group").await;
    assert_eq!(held(&read, "outer", "groupScope"), Some(&Values::one("universal")));
    assert_eq!(held(&read, "outer", "securityEnabled"), Some(&Values::one(Value::Bool(false))));
    assert_eq!(held(&read, "inner", "groupScope"), Some(&Values::one("global")));
    assert_eq!(held(&read, "outer", "member").expect("members").len(), 2);
    let join = || vec![("member", ValuesChange::Add(many([reference(&ann), reference(&bob)])))];
    assert_applied(&directory.update("group", &outer, join()).await);
    assert!(matches!(
        directory.update("group", &outer, join()).await,
        Outcome::Applied(_) | Outcome::AlreadySatisfied
    ));
    let leave = || vec![("member", ValuesChange::Remove(many([reference(&ann), reference(&bob)])))];
    assert_applied(&directory.update("group", &outer, leave()).await);
    assert!(matches!(
        directory.update("group", &outer, leave()).await,
        Outcome::Applied(_) | Outcome::AlreadySatisfied
    ));
    let read = directory.read("group").await;
    assert_eq!(held(&read, "outer", "member"), Some(&Values::one(reference(&inner))));
    assert_applied(&directory.update("group", &outer, vec![("securityEnabled", set(true))]).await);
    let read = directory.read("group").await;
    assert_eq!(held(&read, "outer", "securityEnabled"), Some(&Values::one(Value::Bool(true))));
    assert_eq!(held(&read, "outer", "groupScope"), Some(&Values::one("universal")));
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn objects_are_found_by_guid_and_by_value() {
    let corner = Corner::new("lookup").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    let mut bob = corner.account("Bob");
    bob.set("manager", reference(&ann));
    bob.set("employeeID", "*)(cn=*");
    let bob = directory.create("user", bob).await;
    let layout = directory.layout("user").await;
    let ask =
        |attribute: &str, value: Value| ReadQuery::with_values(layout.clone(), attribute.into(), [value]);
    let ids = [ann.text().clone(), "00000000-0000-4000-8000-000000000000".into(), "*".into()];
    let found = directory.ask(ReadQuery::with_ids(layout.clone(), ids)).await;
    assert!(found.is_complete() && found.objects.len() == 1, "{found:?}");
    for (attribute, value, expected) in [
        ("employeeID", Value::from("*)(cn=*"), Some(&bob)),
        ("employeeID", Value::from("*"), None),
        ("cn", Value::from("ANN"), Some(&ann)),
        ("manager", reference(&ann), Some(&bob)),
        ("sAMAccountName", Value::from(corner.logon("Bob")), Some(&bob)),
    ] {
        let found = directory.ask(ask(attribute, value)).await;
        assert!(found.is_complete());
        let ids: Vec<&str> = found.objects.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, expected.map(TargetId::as_str).into_iter().collect::<Vec<_>>(), "{attribute}");
    }
    let found = directory.read("user").await;
    assert_eq!(held(&found, "Bob", "manager"), Some(&Values::one(reference(&ann))));
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn a_change_by_another_administrator_is_kept() {
    let corner = Corner::new("both").await;
    let directory = corner.open();
    let ann = directory.create("user", corner.account("Ann")).await;
    let other = corner.open();
    // Both write at once, each another bit of one number.
    let outcomes = futures_util::future::join(
        directory.apply(vec![("user", update(&ann, vec![("passwordNeverExpires", set(true))]))]),
        other.apply(vec![("user", update(&ann, vec![("accountDisabled", set(true))]))]),
    )
    .await;
    let read = directory.read("user").await;
    for (outcome, name) in [(&outcomes.0[0], "passwordNeverExpires"), (&outcomes.1[0], "accountDisabled")] {
        let is_set = held(&read, "Ann", name) == Some(&Values::one(Value::Bool(true)));
        assert_eq!(matches!(outcome, Outcome::Applied(_)), is_set, "{name}: {outcome:?}");
    }
}
