//! Writing to OpenLDAP: what is asked for becomes true, twice over is no fault, and identity outlives names.

use std::sync::{Arc, Mutex};

use provisio_model::{
    Attributes, ErrorKind, Outcome, Retry, Secret, TargetId, Value, Values, ValuesChange, WriteAction,
};

use crate::support::{
    BASE, Corner, Directory, assert_applied, context, forward, person, tool, update, variable,
};

fn reference(id: &TargetId) -> Value {
    Value::Reference(id.text().clone())
}

fn many(values: impl IntoIterator<Item = Value>) -> Values {
    Values::from_many(values).expect("at least one value")
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn an_object_is_made_changed_and_removed() {
    let corner = Corner::new("life");
    let directory = corner.open();
    let boss = directory.create("user", person("boss")).await;
    let mut attributes = person("ann");
    attributes.set("manager", reference(&boss));
    attributes.set("mail", many(["a@x.example", "b@x.example"].map(Value::from)));
    attributes.set("jpegPhoto", Value::Binary(vec![0xff, 0, 1]));
    let ann = directory.create("user", attributes).await;
    let read = directory.read("user").await;
    let object = read.find("uid", "ann");
    assert_eq!(object.id.as_str(), ann.as_str());
    assert_eq!(object.attributes.get("manager"), Some(&Values::one(reference(&boss))));
    assert_eq!(object.attributes.get("jpegPhoto"), Some(&Values::one(Value::Binary(vec![0xff, 0, 1]))));
    let outcome = directory.update(
        "user",
        &ann,
        vec![
            ("mail", ValuesChange::Remove(Values::one("A@x.example"))),
            ("telephoneNumber", ValuesChange::Add(many(["1", "2"].map(Value::from)))),
            ("title", ValuesChange::Set(Values::one("Boss, \"the\" #1"))),
            ("manager", ValuesChange::Clear),
        ],
    );
    assert_applied(&outcome.await);
    let object = directory.read("user").await;
    let object = object.find("uid", "ann");
    assert_eq!(object.attributes.get("mail"), Some(&Values::one("b@x.example")));
    assert_eq!(object.attributes.get("title"), Some(&Values::one("Boss, \"the\" #1")));
    assert_eq!(object.attributes.get("manager"), None);
    let delete = || WriteAction::Delete { target: ann.clone(), version: None };
    assert_applied(&directory.write("user", delete()).await);
    assert_eq!(directory.write("user", delete()).await, Outcome::AlreadySatisfied);
    let gone = directory.update("user", &ann, vec![("title", ValuesChange::Clear)]).await;
    assert!(matches!(&gone, Outcome::Rejected(failure) if failure.kind == ErrorKind::NotFound), "{gone:?}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn what_is_there_is_added_and_what_is_not_is_removed_without_a_fault() {
    let corner = Corner::new("twice");
    let directory = corner.open();
    let [ann, bob] =
        [directory.create("user", person("ann")).await, directory.create("user", person("bob")).await];
    let group = directory.create("group", [("cn", "g")].into_iter().collect()).await;
    let both = || many([reference(&ann), reference(&bob)]);
    let add = || vec![("member", ValuesChange::Add(both()))];
    assert_applied(
        &directory
            .update("group", &group, vec![("member", ValuesChange::Add(Values::one(reference(&ann))))])
            .await,
    );
    assert_applied(&directory.update("group", &group, add()).await);
    assert_eq!(directory.update("group", &group, add()).await, Outcome::AlreadySatisfied);
    let remove = || vec![("member", ValuesChange::Remove(both()))];
    assert_applied(
        &directory
            .update("group", &group, vec![("member", ValuesChange::Remove(Values::one(reference(&bob))))])
            .await,
    );
    // The last member leaves; the placeholder stays.
    assert_applied(&directory.update("group", &group, remove()).await);
    assert_eq!(directory.update("group", &group, remove()).await, Outcome::AlreadySatisfied);
    assert_eq!(directory.read("group").await.find("cn", "g").attributes.get("member"), None);
    let clear = vec![("description", ValuesChange::Clear)];
    assert_applied(&directory.update("group", &group, clear).await);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_group_that_another_program_made_without_a_placeholder_gets_one_when_its_last_member_leaves() {
    let corner = Corner::new("last");
    corner.add_people(1);
    let base = &corner.base;
    corner.add(&format!(
        "dn: cn=g,ou=groups,{base}\nobjectClass: groupOfNames\nmember: uid=p0,ou=people,{base}\n"
    ));
    let directory = corner.open();
    let group = TargetId::new(&directory.read("group").await.find("cn", "g").id);
    let user = TargetId::new(&directory.read("user").await.find("uid", "p0").id);
    let remove = vec![("member", ValuesChange::Remove(Values::one(reference(&user))))];
    assert_applied(&directory.update("group", &group, remove).await);
    assert_eq!(directory.read("group").await.find("cn", "g").attributes.get("member"), None);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn hostile_names_name_one_object_each_and_stay_what_they_are() {
    let corner = Corner::new("hostile");
    let mut config = corner.config();
    config.types[0].rdn = "cn".to_owned();
    config.types[0].create_containers = true;
    let directory = Directory::open(config);
    let names = [
        "Lee, Ann",
        "a+uid=b",
        "say \"hi\"",
        "#hash",
        "semi;colon <x>",
        "back\\slash",
        "slash/es",
        "= equals =",
        "*)(uid=*",
        "naïve 𝄞 ÜBER",
        "ou=x,dc=example,dc=org",
    ];
    let base = format!("ou=people,{}", corner.base);
    let mut ids = Vec::new();
    for name in names {
        let mut attributes: Attributes = [("cn", name), ("sn", name)].into_iter().collect();
        // In a container whose name is as bad.
        let escaped: String = name
            .chars()
            .map(|it| if it.is_ascii_punctuation() { format!("\\{it}") } else { it.to_string() })
            .collect();
        attributes.set("parentDistinguishedName", format!("ou={escaped},{base}").as_str());
        ids.push(directory.create("user", attributes).await);
    }
    let read = directory.read("user").await;
    assert!(read.is_complete());
    assert_eq!(read.objects.len(), names.len());
    for (name, id) in names.iter().zip(&ids) {
        let object = read.find("sn", name);
        assert_eq!(object.attributes.get("cn"), Some(&Values::one(*name)));
        assert_eq!(object.id.as_str(), id.as_str());
        // A name that is as it should be changes nothing, and neither does its place.
        let parent = object.attributes.get("parentDistinguishedName").expect("a parent").clone();
        let again = vec![
            ("cn", ValuesChange::Set(Values::one(*name))),
            ("parentDistinguishedName", ValuesChange::Set(parent)),
        ];
        assert_eq!(directory.update("user", id, again).await, Outcome::AlreadySatisfied, "{name}");
        assert_applied(
            &directory
                .update("user", id, vec![("cn", ValuesChange::Set(Values::one(format!("{name}!").as_str())))])
                .await,
        );
    }
    let read = directory.read("user").await;
    for (name, id) in names.iter().zip(&ids) {
        let object = read.find("sn", name);
        assert_eq!(object.attributes.get("cn"), Some(&Values::one(format!("{name}!").as_str())));
        assert_eq!(object.id.as_str(), id.as_str());
    }
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_container_that_several_writes_need_at_once_keeps_none_of_them_out() {
    let corner = Corner::new("atonce");
    let mut config = corner.config();
    config.types[0].create_containers = true;
    let directory = Directory::open(config);
    for round in 0..20 {
        let place = format!("ou=new{round},ou=people,{}", corner.base);
        let creates = (0..4).map(|number| {
            let mut attributes = person(&format!("p{round}x{number}"));
            attributes.set("parentDistinguishedName", place.as_str());
            directory.create("user", attributes)
        });
        futures_util::future::join_all(creates).await;
    }
    assert_eq!(directory.read("user").await.objects.len(), 80);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn an_object_keeps_its_identity_when_it_is_renamed_and_moved() {
    let corner = Corner::new("moves");
    let mut config = corner.config();
    config.types[0].create_containers = true;
    let directory = Directory::open(config.clone());
    let ann = directory.create("user", person("ann")).await;
    let group = directory
        .create(
            "group",
            [("cn", Values::one("g")), ("member", Values::one(reference(&ann)))].into_iter().collect(),
        )
        .await;
    let place = format!("ou=Deep,ou=Deeper,ou=people,{}", corner.base);
    let moves = vec![
        ("uid", ValuesChange::Set(Values::one("anne"))),
        ("parentDistinguishedName", ValuesChange::Set(Values::one(place.as_str()))),
        ("title", ValuesChange::Set(Values::one("Boss"))),
    ];
    assert_applied(&directory.update("user", &ann, moves).await);
    let read = directory.read("user").await;
    let object = read.find("uid", "anne");
    assert_eq!(object.id.as_str(), ann.as_str());
    assert_eq!(object.attributes.get("title"), Some(&Values::one("Boss")));
    assert_eq!(object.attributes.get("parentDistinguishedName"), Some(&Values::one(place.as_str())));
    // Somebody else renames it between two writes of ours: it is found again by its id.
    tool("ldapmodrdn", &["-r", &format!("uid=anne,{place}"), "uid=anna"], "");
    assert_applied(&directory.update("user", &ann, vec![("title", ValuesChange::Clear)]).await);
    let members = directory.read("group").await;
    let members = members.find("cn", "g").attributes.get("member").expect("members").as_slice();
    // The directory itself takes out the old name, in its own time; until then that is nobody's id.
    assert!(members.contains(&reference(&ann)), "{members:?}");
    assert!(!group.as_str().is_empty());
    // Without leave, no container is made; and outside of the base nothing is put.
    config.types[0].create_containers = false;
    let strict = Directory::open(config);
    for (place, kind) in [
        (format!("ou=nowhere,ou=people,{}", corner.base), ErrorKind::NotFound),
        (BASE.to_owned(), ErrorKind::InvalidValue),
    ] {
        let moves = vec![("parentDistinguishedName", ValuesChange::Set(Values::one(place.as_str())))];
        let outcome = strict.update("user", &ann, moves).await;
        assert!(matches!(&outcome, Outcome::Rejected(failure) if failure.kind == kind), "{outcome:?}");
    }
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn writes_of_one_batch_see_what_those_before_them_did() {
    let corner = Corner::new("batch");
    let directory = corner.open();
    let [ann, bob] =
        [directory.create("user", person("ann")).await, directory.create("user", person("bob")).await];
    let group = directory.create("group", [("cn", "g")].into_iter().collect()).await;
    let outcomes = directory.apply(vec![
        ("user", update(&ann, vec![("uid", ValuesChange::Set(Values::one("anna")))])),
        (
            "group",
            update(&group, vec![("member", ValuesChange::Add(many([reference(&ann), reference(&bob)])))]),
        ),
        ("user", WriteAction::Delete { target: bob.clone(), version: None }),
        ("user", update(&bob, vec![("title", ValuesChange::Clear)])),
        ("user", WriteAction::Create { attributes: person("anna") }),
        ("user", WriteAction::Create { attributes: person("ann") }),
    ]);
    let outcomes = outcomes.await;
    for at in [0, 1, 2, 5] {
        assert_applied(&outcomes[at]);
    }
    assert!(matches!(&outcomes[3], Outcome::Rejected(failure) if failure.kind == ErrorKind::NotFound));
    assert!(matches!(&outcomes[4], Outcome::Conflict(failure) if failure.kind == ErrorKind::AlreadyExists));
    let members = directory.read("group").await;
    let members = members.find("cn", "g").attributes.get("member").expect("members").as_slice();
    // The directory itself takes out who is gone, in its own time; until then that is a name, and nobody's id.
    assert!(members.contains(&reference(&ann)) && !members.contains(&reference(&bob)), "{members:?}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_name_that_is_taken_gets_a_number_where_the_job_says_so() {
    let corner = Corner::new("number");
    let mut config = corner.config();
    config.types[0].name_collision = provisio_ldap::NameCollision::Number;
    let directory = Directory::open(config);
    directory.create("user", person("ann")).await;
    let outcome = directory.write("user", WriteAction::Create { attributes: person("ann") }).await;
    assert_applied(&outcome);
    directory.read("user").await.find("uid", "ann 2");
    let third = directory.create("user", person("anton")).await;
    let outcome =
        directory.update("user", &third, vec![("uid", ValuesChange::Set(Values::one("ann")))]).await;
    assert_applied(&outcome);
    directory.read("user").await.find("uid", "ann 3");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn what_the_directory_refuses_is_refused_for_a_reason() {
    let corner = Corner::new("refused");
    let directory = corner.open();
    let ann = directory.create("user", person("ann")).await;
    let create = |attributes: Attributes| WriteAction::Create { attributes };
    let mut no_name = person("x");
    no_name.remove("uid");
    let mut no_surname = person("x");
    no_surname.remove("sn");
    let mut unknown = person("x");
    unknown.set("shoeSize", "44");
    let mut wrong = person("x");
    wrong.set("manager", "not a reference");
    let mut dangling = person("x");
    dangling.set("manager", Value::Reference("00000000-0000-1000-8000-000000000000".into()));
    let mut read_only = person("x");
    read_only.set("entryUUID", "00000000-0000-1000-8000-000000000000");
    let mut two = person("x");
    two.set("employeeNumber", many(["1", "2"].map(Value::from)));
    let mut empty = person("x");
    empty.set("title", "");
    for (action, kind) in [
        (create(person("ann")), ErrorKind::AlreadyExists),
        (create(no_name), ErrorKind::SchemaViolation),
        (create(no_surname), ErrorKind::SchemaViolation),
        (create(unknown), ErrorKind::SchemaViolation),
        (create(wrong), ErrorKind::InvalidValue),
        (create(dangling), ErrorKind::InvalidValue),
        (create(read_only), ErrorKind::ReadOnly),
        (create(two), ErrorKind::InvalidValue),
        (create(empty), ErrorKind::InvalidValue),
        (update(&ann, vec![("sn", ValuesChange::Clear)]), ErrorKind::SchemaViolation),
        (update(&ann, vec![("uid", ValuesChange::Clear)]), ErrorKind::InvalidValue),
    ] {
        let outcome = directory.write("user", action).await;
        let (Outcome::Rejected(failure) | Outcome::Conflict(failure)) = &outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(failure.kind, kind, "{failure}");
        assert_eq!(failure.retry, Retry::Never, "{failure}");
    }
    // Nothing was left behind.
    assert_eq!(directory.read("user").await.objects.len(), 1);
    let mut config = corner.config();
    config.bind_dn = Some(format!("cn=half,{BASE}"));
    let outcome = Directory::open(config)
        .update("user", &ann, vec![("title", ValuesChange::Set(Values::one("x")))])
        .await;
    assert!(
        matches!(&outcome, Outcome::Rejected(failure) if failure.kind == ErrorKind::PermissionDenied),
        "{outcome:?}"
    );
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_password_is_set_and_never_shown() {
    let corner = Corner::new("password");
    let directory = corner.open();
    let mut attributes = person("ann");
    attributes.set("userPassword", Value::Secret(Secret::new("Tr0ub4dor&3")));
    directory.create("user", attributes).await;
    let read = directory.read("user").await;
    assert_eq!(read.find("uid", "ann").attributes.get("userPassword"), None);
    let dn = format!("uid=ann,ou=people,{}", corner.base);
    let url = variable("PROVISIO_TEST_SLAPD");
    let who = std::process::Command::new("ldapwhoami")
        .args(["-x", "-H", &url, "-D", &dn, "-w", "Tr0ub4dor&3"])
        .output();
    assert!(who.expect("the tool is there").status.success());
    assert!(!format!("{:?}", directory.ldap).contains("secret"));
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_group_of_many_is_made_and_changed_in_steps() {
    let corner = Corner::new("many");
    corner.add_people(2_500);
    let directory = corner.open();
    let users = directory.read("user").await;
    let members: Vec<Value> = users.objects.iter().map(|it| Value::Reference(it.id.clone())).collect();
    let attributes = [("cn", Values::one("all")), ("member", many(members.clone()))].into_iter().collect();
    let group = directory.create("group", attributes).await;
    let held = directory.read("group").await;
    assert_eq!(held.find("cn", "all").attributes.get("member").expect("members").len(), 2_500);
    let leave = vec![("member", ValuesChange::Remove(many(members[..900].to_vec())))];
    assert_applied(&directory.update("group", &group, leave).await);
    let held = directory.read("group").await;
    assert_eq!(held.find("cn", "all").attributes.get("member").expect("members").len(), 1_600);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn nothing_is_sent_once_somebody_said_stop() {
    let corner = Corner::new("stop");
    let mut directory = corner.open();
    let cancel = provisio_connector::CancelToken::default();
    directory.context = context().with_cancel(cancel.clone());
    directory.read("user").await;
    cancel.cancel();
    let outcome = directory.write("user", WriteAction::Create { attributes: person("ann") }).await;
    assert!(
        matches!(&outcome, Outcome::Rejected(failure) if failure.retry == Retry::Later { after: None }),
        "{outcome:?}"
    );
    assert!(corner.open().read("user").await.objects.is_empty());
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn of_a_group_with_20_000_members_only_those_who_join_or_leave_are_written() {
    let corner = Corner::new("many");
    corner.add_people(2);
    let members: String =
        (1..20_000).map(|it| format!("member: uid=p{it},ou=people,{}\n", corner.base)).collect();
    corner.add(&format!("dn: cn=g,ou=groups,{}\nobjectClass: groupOfNames\n{members}", corner.base));
    let directory = corner.open();
    let users = directory.read("user").await;
    let group = directory.read("group").await.find("cn", "g").clone();
    assert_eq!(group.attributes.get("member").expect("members").len(), 19_999);
    let id = TargetId::new(group.id.as_str());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let server = variable("PROVISIO_TEST_SLAPD").replace("ldap://", "");
    let address =
        forward(server, move |bytes| seen.lock().expect("no panic").extend_from_slice(bytes), |_| {});
    let mut config = corner.config().in_clear_text();
    config.urls = vec![format!("ldap://{}", address.await)];
    let directory = Directory::open(config);
    let of = |uid: &str| Values::one(Value::Reference(users.find("uid", uid).id.clone()));
    assert_applied(&directory.update("group", &id, vec![("member", ValuesChange::Add(of("p0")))]).await);
    assert_applied(&directory.update("group", &id, vec![("member", ValuesChange::Remove(of("p1")))]).await);
    let asked = asked.lock().expect("no panic").clone();
    let names = asked.windows(5).filter(|it| *it == b"uid=p").count();
    assert_eq!(names, 2, "one value is added and one removed");
    let members =
        directory.read("group").await.find("cn", "g").attributes.get("member").expect("members").clone();
    assert_eq!(members.len(), 19_999);
    assert!(members.as_slice().contains(&of("p0").as_slice()[0]));
    assert!(!members.as_slice().contains(&of("p1").as_slice()[0]));
}
