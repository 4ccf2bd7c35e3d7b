//! Reading from OpenLDAP: what is there is read, and what may be missing is never taken for gone.

use std::time::Duration;

use provisio_connector::{Connector as _, ReadQuery};
use provisio_ldap::{BindMethod, Ldap};
use provisio_model::{ErrorKind, Secret, Value, ValueKind};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{BASE, Corner, Directory, context, forward, variable};

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn every_entry_is_read_however_many_pages_it_takes() {
    let corner = Corner::new("pages");
    corner.add_people(250);
    let mut config = corner.config();
    config.page_size = 30;
    let read = Directory::open(config).read("user").await;
    assert_eq!(read.objects.len(), 250);
    let end = read.end.expect("it is complete");
    assert!(end.evidence.contains("250 entries in 9 answers"), "{}", end.evidence);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn an_empty_part_is_completely_read() {
    let read = Corner::new("empty").open().read("user").await;
    assert!(read.objects.is_empty() && read.is_complete(), "{read:?}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn the_schema_is_what_the_directory_says() {
    let directory = Corner::new("schema").open();
    let schema = directory.ldap.schema(&directory.context).await.expect("a schema");
    let user = schema.of(&"user".into()).expect("users");
    let kind = |name: &str| user.attribute(name).map(|it| (it.kind, it.multi_valued));
    assert_eq!(kind("MAIL"), Some((ValueKind::Text, true)));
    assert_eq!(kind("uid"), Some((ValueKind::Text, false)), "what names an object has one value");
    assert_eq!(kind("employeeNumber"), Some((ValueKind::Text, false)));
    assert_eq!(kind("manager"), Some((ValueKind::Reference, true)));
    assert_eq!(kind("jpegPhoto"), Some((ValueKind::Binary, true)));
    assert_eq!(kind("userPassword"), Some((ValueKind::Secret, false)));
    assert_eq!(kind("modifyTimestamp"), Some((ValueKind::Timestamp, false)));
    assert!(user.attribute("sn").is_some_and(|it| it.required));
    let group = schema.of(&"group".into()).expect("groups");
    let member = group.attribute("member").expect("members");
    assert_eq!((member.kind, member.required), (ValueKind::Reference, false), "the placeholder stands in");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn references_are_ids_and_a_placeholder_is_nobody() {
    let corner = Corner::new("references");
    corner.add_people(3);
    let base = &corner.base;
    corner.add(&format!(
        "dn: cn=g,ou=groups,{base}\nobjectClass: groupOfNames\nmember: cn=nobody,{BASE}\n\
         member: UID=p1, ou=People,{base}\nmember: cn=gone,{BASE}\n\n\
         dn: cn=empty,ou=groups,{base}\nobjectClass: groupOfNames\nmember: cn=Nobody,{BASE}\n"
    ));
    let directory = corner.open();
    let users = directory.read("user").await;
    let groups = directory.read("group").await;
    assert!(groups.is_complete());
    let p1 = users.find("uid", "p1");
    let members = groups.find("cn", "g").attributes.get("member").expect("members");
    let gone = format!("cn=gone,{BASE}");
    assert_eq!(members.as_slice(), [Value::Reference(p1.id.clone()), Value::Reference(gone.as_str().into())]);
    assert_eq!(groups.find("cn", "empty").attributes.get("member"), None);
    // The same when one group is asked for, and names are looked up one by one.
    let layout = directory.layout("group").await;
    let asked = ReadQuery::with_ids(layout, [groups.find("cn", "g").id.clone()]);
    let again = directory.ask(asked).await;
    assert_eq!(again.objects.len(), 1);
    assert_eq!(again.objects[0].attributes.get("member"), Some(members));
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn objects_are_found_by_id_and_by_value() {
    let corner = Corner::new("lookup");
    corner.add_people(20);
    let hostile = "*)(uid=*";
    corner.add(&format!(
        "dn: uid=x,ou=people,{}\nobjectClass: inetOrgPerson\ncn: Ä (b)\nsn: {hostile}\nmanager: uid=p3,ou=people,{}\n",
        corner.base, corner.base
    ));
    let directory = corner.open();
    let all = directory.read("user").await;
    let layout = directory.layout("user").await;
    let ids = ["p1", "p7"].map(|it| all.find("uid", it).id.clone());
    let unknown = "00000000-0000-1000-8000-000000000000".into();
    let asked = ReadQuery::with_ids(layout.clone(), ids.into_iter().chain([unknown, "nonsense".into()]));
    let found = directory.ask(asked).await;
    assert!(found.is_complete(), "{found:?}");
    assert_eq!(found.objects.len(), 2);
    let by = |attribute: &str, values: &[&str]| {
        ReadQuery::with_values(layout.clone(), attribute.into(), values.iter().map(|&it| Value::from(it)))
    };
    let found = directory.ask(by("cn", &["person 4", "PERSON 5", "nobody", "ä (B)"])).await;
    assert!(found.is_complete());
    assert_eq!(found.objects.len(), 3);
    assert_eq!(directory.ask(by("sn", &[hostile])).await.objects.len(), 1, "a value is no filter");
    assert_eq!(directory.ask(by("uid", &["*"])).await.objects.len(), 0);
    assert_eq!(directory.ask(by("uid", &["P9"])).await.objects.len(), 1);
    let p3 = Value::Reference(all.find("uid", "p3").id.clone());
    let reports = directory.ask(ReadQuery::with_values(layout.clone(), "manager".into(), [p3])).await;
    assert_eq!(reports.objects.len(), 1);
    let refused = directory.ask(by("distinguishedName", &["uid=x"])).await;
    assert!(refused.end.expect_err("it is refused").contains("unsupported"));
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_server_that_stops_at_its_size_limit_proves_nothing() {
    let corner = Corner::new("few");
    corner.add_people(600);
    let mut config = corner.config();
    config.bind_dn = Some(format!("cn=few,{BASE}"));
    config.page_size = 200;
    let read = Directory::open(config).read("user").await;
    let why = read.end.expect_err("it is not complete");
    assert!(why.contains("size limit"), "{why}");
    assert!(read.objects.len() <= 500);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_part_that_the_account_cannot_see_is_noticed_when_it_is_known_what_should_be_seen() {
    let corner = Corner::new("half");
    corner.add_people(2);
    let base = format!("ou=people,{}", corner.base);
    corner.add(&format!(
        "dn: ou=hidden,{base}\nobjectClass: organizationalUnit\n\n\
         dn: uid=h,ou=hidden,{base}\nobjectClass: inetOrgPerson\ncn: H\nsn: H\n"
    ));
    let mut config = corner.config();
    config.bind_dn = Some(format!("cn=half,{BASE}"));
    config.types[0].expect.entries = vec![format!("uid=p0,{base}"), format!("uid=h,ou=hidden,{base}")];
    let read = Directory::open(config.clone()).read("user").await;
    let why = read.end.expect_err("it is not complete");
    assert!(why.contains("the account cannot see `uid=h,ou=hidden,"), "{why}");
    config.types[0].expect.entries.clear();
    config.types[0].expect.minimum_objects = Some(3);
    let read = Directory::open(config.clone()).read("user").await;
    assert_eq!(read.end.expect_err("it is not complete"), "expected at least 3 objects, found 2");
    config.types[0].base = format!("ou=hidden,{base}");
    let read = Directory::open(config).read("user").await;
    assert!(read.end.expect_err("it is refused").contains("or the account may not see it"));
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_server_that_dies_in_the_middle_of_a_page_proves_nothing() {
    let corner = Corner::new("killed");
    corner.add_people(300);
    let server = variable("PROVISIO_TEST_SLAPD").replace("ldap://", "");
    for bytes in [700_000, 90_000, 400_000] {
        let address = cut_after(server.clone(), bytes).await;
        let mut config = corner.config().in_clear_text();
        config.urls = vec![format!("ldap://{address}")];
        config.timeout_seconds = 5;
        let directory = Directory::open(config);
        let mut ends = Vec::new();
        // Sooner or later the connection breaks; a new one takes its place.
        for _ in 0..12 {
            let read = directory.read("user").await;
            assert!(read.objects.len() == 300 || !read.is_complete(), "{} objects", read.objects.len());
            ends.push(read.end.map(|_| ()));
        }
        assert!(ends.iter().any(Result::is_err), "it broke at least once");
    }
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_server_that_stops_at_another_limit_proves_nothing() {
    let corner = Corner::new("limit");
    corner.add_people(300);
    let server = variable("PROVISIO_TEST_SLAPD").replace("ldap://", "");
    for (code, expected) in
        [(3, "time limit"), (11, "stopped at a limit"), (51, "busy"), (52, "out of service")]
    {
        // The end of a page, with its control: success becomes something else.
        let success = [0x65, 7, 0x0a, 1, 0, 4, 0, 4, 0, 0xa0];
        let address = forward(
            server.clone(),
            |_| {},
            move |answer| {
                let ends =
                    (0..answer.len()).filter(|at| answer[*at..].starts_with(&success)).collect::<Vec<_>>();
                ends.into_iter().for_each(|at| answer[at + 4] = code);
            },
        );
        let mut config = corner.config().in_clear_text();
        config.urls = vec![format!("ldap://{}", address.await)];
        config.page_size = 100;
        config.changes = provisio_ldap::ChangeFeed::None;
        let read = Directory::open(config).read("user").await;
        let why = read.end.expect_err("it is not complete");
        assert!(why.contains(expected), "{code}: {why}");
    }
}

/// Forwards to a server and cuts each connection after so many bytes.
async fn cut_after(server: String, bytes: u64) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.expect("the server");
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (from_server, mut to_server) = server.into_split();
                let forth =
                    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
                let mut limited = from_server.take(bytes);
                let _ = tokio::io::copy(&mut limited, &mut to_client).await;
                let _ = to_client.shutdown().await;
                forth.abort();
            });
        }
    });
    address
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn tls_in_all_its_ways_and_never_without_a_good_certificate() {
    let corner = Corner::new("tls");
    corner.add_people(1);
    let tls = corner.config();
    assert!(Directory::open(tls.clone()).read("user").await.is_complete(), "ldaps");
    let mut start_tls = tls.clone();
    start_tls.urls = vec![variable("PROVISIO_TEST_SLAPD")];
    start_tls.start_tls = true;
    assert!(Directory::open(start_tls.clone()).read("user").await.is_complete(), "StartTLS");
    // A certificate of somebody else, as after an attack or a replacement.
    let stranger = variable("PROVISIO_TEST_SLAPD_CA").replace("ca.pem", "stranger.pem");
    for mut config in [tls.clone(), start_tls] {
        config.root_certificates = Some(stranger.clone().into());
        let error = Directory::open(config).ldap.check(&context()).await.expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
        assert!(error.to_string().contains("does not prove that it is `127.0.0.1`"), "{error}");
    }
    let mut config = tls;
    config.urls = vec![config.urls[0].replace("127.0.0.1", "127.0.0.2")];
    let error =
        Directory::open(config).ldap.check(&context()).await.expect_err("nobody listens, or another name");
    assert!(matches!(error.kind(), ErrorKind::ConfigInvalid | ErrorKind::Unreachable), "{error}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn accounts_are_known_by_password_or_by_the_user_of_a_local_socket() {
    let corner = Corner::new("bind");
    corner.add_people(1);
    let mut config = corner.config();
    config.urls = vec![variable("PROVISIO_TEST_SLAPD_LOCAL")];
    config.bind = BindMethod::External;
    config.bind_dn = None;
    let ldap = Ldap::new(config.clone(), None).expect("a good configuration");
    let directory = Directory { ldap, context: context() };
    assert!(directory.read("user").await.is_complete());
    // Nobody is shown nothing, and that is no empty directory.
    config.bind = BindMethod::Anonymous;
    let ldap = Ldap::new(config, None).expect("a good configuration");
    let read = Directory { ldap, context: context() }.read("user").await;
    assert!(read.end.expect_err("it is refused").contains("or the account may not see it"));
    let wrong = Ldap::new(corner.config(), Some(Secret::new("wr0ng-secret"))).expect("a good configuration");
    let error = wrong.check(&context()).await.expect_err("the password is wrong");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert!(!format!("{error} {error:?}").contains("wr0ng-secret"));
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn the_next_server_takes_over_and_a_silent_one_does_not_hold_anybody_up() {
    let corner = Corner::new("failover");
    corner.add_people(1);
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = |it: &TcpListener| format!("ldaps://{}", it.local_addr().expect("an address"));
    let mut config = corner.config();
    config.timeout_seconds = 1;
    config.urls = vec![address(&nobody), address(&silent), config.urls[0].clone()];
    drop(nobody);
    let directory = Directory::open(config.clone());
    let read = tokio::time::timeout(Duration::from_secs(10), directory.read("user")).await.expect("in time");
    assert!(read.is_complete(), "{read:?}");
    config.urls.truncate(2);
    let error = Directory::open(config).ldap.check(&context()).await.expect_err("there is no server");
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn what_the_configuration_says_must_be_there() {
    let corner = Corner::new("unfit");
    let mut config = corner.config();
    config.types[0].object_classes = vec!["noSuchClass".to_owned()];
    let error = Directory::open(config).ldap.schema(&context()).await.expect_err("it is refused");
    assert!(
        error.to_string().contains("type `user`: the directory has no object class `noSuchClass`"),
        "{error}"
    );
    let mut config = corner.config();
    config.anchor = Some("objectGUID".to_owned());
    let error = Directory::open(config).ldap.schema(&context()).await.expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    let mut config = corner.config();
    config.directory = provisio_ldap::DirectoryKind::ActiveDirectory;
    config.types[1].placeholder = None;
    let error = Directory::open(config).ldap.schema(&context()).await.expect_err("it is refused");
    assert!(error.to_string().contains("is not Active Directory"), "{error}");
}
