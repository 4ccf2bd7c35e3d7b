//! What changed: edits by other tools, picked up by each cycle, against real servers. What a cycle knows from changes is what
//! a full read shows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use futures_util::StreamExt as _;
use provisio_connector::{Connector as _, ReadQuery};
use provisio_ldap::ChangeFeed;
use provisio_model::{Attributes, Layout, Object, Secret, Value, Values, Watermark};

use crate::active_directory;
use crate::editor::{Editor, Flavour};
use crate::support::{BASE, Changes, Corner, Directory, Read, run, variable};

/// How many edits are made, and in how many cycles.
fn edits() -> (usize, usize) {
    if std::env::var_os("PROVISIO_MANY_CASES").is_some() { (500, 25) } else { (150, 6) }
}

fn references<'a>(object: &'a Object, attribute: &str) -> impl Iterator<Item = &'a str> {
    let values = object.attributes.get(attribute).map(Values::as_slice).unwrap_or_default();
    values.iter().filter_map(|it| if let Value::Reference(id) = it { Some(id.as_str()) } else { None })
}

/// What a job that maps these attributes sees.
async fn layout(directory: &Directory, object_type: &str) -> Layout {
    let wanted = [
        "uid",
        "cn",
        "sn",
        "title",
        "description",
        "telephoneNumber",
        "mail",
        "manager",
        "member",
        "sAMAccountName",
        "parentDistinguishedName",
        "distinguishedName",
    ];
    let schema = directory.ldap.schema(&directory.context).await.expect("a schema");
    let schema = schema.of(&object_type.into()).expect("a type").clone();
    let attributes = schema.attributes.into_iter().filter(|it| wanted.iter().any(|name| it.name.is(name)));
    Layout::new(object_type, attributes)
}

/// All objects of both types, as they are known.
type Known = BTreeMap<&'static str, BTreeMap<String, Object>>;

const TYPES: [&str; 2] = ["user", "group"];

/// Reads everything, and where changes start.
async fn read_everything(directory: &Directory) -> (Known, BTreeMap<&'static str, Watermark>) {
    let (mut known, mut marks) = (Known::new(), BTreeMap::new());
    for object_type in TYPES {
        let read: Read = directory.ask(ReadQuery::all(layout(directory, object_type).await)).await;
        let completeness = read.end.expect("it is complete");
        marks.insert(object_type, completeness.watermark.expect("the server tells changes"));
        let objects = read.objects.into_iter().map(|it| (it.id.as_str().to_owned(), it));
        known.insert(object_type, objects.collect());
    }
    (known, marks)
}

/// Leaves references to objects out that are not there: those who refer to them are not told of it.
fn without_the_gone(known: &Known) -> Known {
    let ids: BTreeSet<&String> = known.values().flat_map(BTreeMap::keys).collect();
    let mut plain = known.clone();
    for object in plain.values_mut().flat_map(BTreeMap::values_mut) {
        for attribute in ["member", "manager"] {
            let mut held: Vec<String> = references(object, attribute).map(str::to_owned).collect();
            held.retain(|it| ids.contains(it));
            held.sort();
            let values = held.into_iter().map(|it| Value::Reference(it.as_str().into()));
            object.attributes.set_or_clear(attribute, Values::from_many(values));
        }
    }
    plain
}

/// Takes references to those out who were deleted and came back: the directory lost them, and told nobody.
fn forget_references(known: &mut Known, changes: &Changes, returned: &BTreeSet<String>) {
    let account = |it: &Object| {
        it.attributes.get("sAMAccountName").and_then(|it| Some(it.as_slice().first()?.as_text()?.to_owned()))
    };
    let back = changes.upserted.iter().filter(|it| account(it).is_some_and(|it| returned.contains(&it)));
    let back: BTreeSet<&str> = back.map(|it| it.id.as_str()).collect();
    for object in known.values_mut().flat_map(BTreeMap::values_mut) {
        for attribute in ["member", "manager"] {
            let held: Vec<&str> = references(object, attribute).filter(|it| !back.contains(it)).collect();
            let held = held.into_iter().map(|it| Value::Reference(it.into())).collect::<Vec<_>>();
            object.attributes.set_or_clear(attribute, Values::from_many(held));
        }
    }
}

/// Finds what is known otherwise than it is.
fn differences<'a>(known: &'a Known, full: &'a Known) -> Vec<(Option<&'a Object>, Option<&'a Object>)> {
    let pairs = TYPES.iter().flat_map(|it| {
        let ids: BTreeSet<&String> = known[it].keys().chain(full[it].keys()).collect();
        ids.into_iter().map(|id| (known[it].get(id), full[it].get(id)))
    });
    pairs.filter(|(known, full)| known != full).collect()
}

/// Takes changes over.
fn take(known: &mut Known, object_type: &'static str, changes: &Changes) {
    let objects = known.entry(object_type).or_default();
    for id in &changes.gone {
        objects.remove(id);
    }
    for object in &changes.upserted {
        objects.insert(object.id.as_str().to_owned(), object.clone());
    }
}

/// Edits a directory at random, and compares each cycle with a full read.
async fn what_changes_tell_is_what_a_full_read_shows(directory: &Directory, mut editor: Editor) {
    let (all, cycles) = edits();
    let (mut known, mut marks) = read_everything(directory).await;
    let mut told = 0;
    for cycle in 0..cycles {
        let ldif: String = (0..all / cycles).map(|_| editor.next()).collect();
        editor.edit("ldapmodify", &ldif);
        settle(directory).await;
        let before = known.clone();
        for object_type in TYPES {
            let changes = directory.changes(layout(directory, object_type).await, &marks[object_type]).await;
            forget_references(&mut known, &changes, &std::mem::take(&mut editor.returned));
            assert!(!changes.is_unknown, "cycle {cycle}");
            marks.insert(object_type, changes.checkpoint.clone().expect("a checkpoint"));
            take(&mut known, object_type, &changes);
            told += changes.upserted.len();
            // What is told was edited: nobody else does.
            let repeated = if editor.repeats { all } else { 0 };
            let share = before[object_type].len() / 2 + all / cycles + repeated;
            assert!(changes.upserted.len() <= share, "cycle {cycle}: {} are told", changes.upserted.len());
        }
        let (full, _) = read_everything(directory).await;
        let (left, right) = (without_the_gone(&known), without_the_gone(&full));
        let differences = differences(&left, &right);
        assert!(differences.is_empty(), "cycle {cycle}: {differences:#?} after\n{ldif}");
    }
    assert!(told > all / 4, "{told} were told");
    let rest = directory.changes(layout(directory, "user").await, &marks["user"]).await;
    assert!(rest.upserted.is_empty() || editor.repeats, "{rest:?}");
    assert!(rest.checkpoint.is_some(), "{rest:?}");
}

/// Waits until references follow renames: OpenLDAP does that when it finds the time.
async fn settle(directory: &Directory) {
    for _ in 0..200 {
        let (known, _) = read_everything(directory).await;
        let mut objects = known.values().flat_map(BTreeMap::values);
        let is_stale = |it: &Object| {
            references(it, "member").chain(references(it, "manager")).any(|it| it.starts_with("uid="))
        };
        if !objects.any(is_stale) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the directory does not tidy up");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn openldap_tells_what_others_edited() {
    let corner = Corner::bare("changes");
    let editor = Editor::new(Flavour::OpenLdap, &corner.base);
    what_changes_tell_is_what_a_full_read_shows(&corner.open(), editor).await;
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn times_of_changes_tell_what_others_edited() {
    let (directory, mut editor) = by_times("times");
    editor.repeats = true;
    what_changes_tell_is_what_a_full_read_shows(&directory, editor).await;
    let found = directory.ldap.check(&directory.context).await.expect("a report").found;
    assert!(found.iter().any(|it| it.contains("told by times of the last changes")), "{found:?}");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn times_of_changes_tell_who_moves_with_a_container() {
    let (directory, editor) = by_times("carried");
    // Who goes and comes with a container is told; who stays in one that moves has another name, and nobody says so.
    let base = &editor.base;
    editor.edit(
        "ldapadd",
        &format!("dn: uid=x,ou=a,ou=people,{base}\nobjectClass: inetOrgPerson\ncn: x\nsn: x\n"),
    );
    let id = directory.read("user").await.find("uid", "x").id.as_str().to_owned();
    let since = start(&directory, "user").await;
    move_unit(&editor, "ou=a,ou=people", "ou=outside");
    assert!(users_since(&directory, &since).await.gone.contains(&id));
    let since = start(&directory, "user").await;
    move_unit(&editor, "ou=a,ou=outside", "ou=people");
    assert_eq!(users_since(&directory, &since).await.upserted.len(), 1);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let since = start(&directory, "user").await;
    move_unit(&editor, "ou=a,ou=people", "ou=b,ou=people");
    assert!(users_since(&directory, &since).await.is_unknown);
}

/// Makes a part of OpenLDAP whose changes are told by the times of its entries.
fn by_times(name: &str) -> (Directory, Editor) {
    let corner = Corner::bare(name);
    let mut config = corner.config();
    config.changes = ChangeFeed::Timestamps;
    (Directory::open(config), Editor::new(Flavour::OpenLdap, &corner.base))
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_change_is_told_when_it_happens() {
    let corner = Corner::new("notices");
    corner.add_people(2);
    let mut config = corner.config();
    config.timeout_seconds = 1;
    let directory = Directory::open(config);
    let mut notices = directory.ldap.notices(&directory.context, "user").await.expect("it listens");
    let mut is_quiet = async |millis: u64| {
        tokio::time::timeout(Duration::from_millis(millis), notices.next()).await.map(|it| it.expect("open"))
    };
    // Longer than a server may take for an answer: it is asked whether it is there.
    assert!(is_quiet(2_500).await.is_err(), "nothing happened");
    let dn = format!("uid=p1,ou=people,{}", corner.base);
    for edit in [
        format!("dn: {dn}\nchangetype: modify\nreplace: title\ntitle: Head\n"),
        format!("dn: {dn}\nchangetype: modrdn\nnewrdn: uid=p9\ndeleteoldrdn: 1\n"),
        format!("dn: uid=p0,ou=people,{}\nchangetype: delete\n", corner.base),
    ] {
        corner.add(&edit);
        is_quiet(5_000).await.expect("it is told").expect("no error");
    }
    corner.add(&format!(
        "dn: cn=g,ou=groups,{}\nobjectClass: groupOfNames\nmember: cn=nobody,{BASE}\n",
        corner.base
    ));
    assert!(is_quiet(1_000).await.is_err(), "groups are not users");
    let mut config = corner.config();
    config.changes = ChangeFeed::Timestamps;
    let directory = Directory::open(config);
    let refused = directory.ldap.notices(&directory.context, "user").await.map(drop);
    assert!(refused.expect_err("it is refused").to_string().contains("when they happen"));
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn dir_sync_tells_what_others_edited() {
    let (corner, editor) = domain("dirsync").await;
    what_changes_tell_is_what_a_full_read_shows(&corner.open(), editor).await;
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn update_numbers_tell_what_others_edited() {
    let (mut corner, editor) = domain("usn").await;
    corner.config.changes = ChangeFeed::Usn;
    // Who never saw anything that was deleted is not trusted to see it.
    for class in ["user", "group"] {
        let (dn, tail) = (format!("cn=gone,{}", editor.base), editor.tail());
        let add = format!("dn: {dn}\nchangetype: add\nobjectClass: {class}\nsAMAccountName: z-{tail}\n\n");
        editor.edit("ldapmodify", &format!("{add}dn: {dn}\nchangetype: delete\n"));
    }
    what_changes_tell_is_what_a_full_read_shows(&corner.open(), editor).await;
}

/// Reads everything of a type, and returns where its changes start.
async fn start(directory: &Directory, object_type: &str) -> Watermark {
    let read = directory.ask(ReadQuery::all(layout(directory, object_type).await)).await;
    read.end.expect("it is complete").watermark.expect("the server tells changes")
}

async fn users_since(directory: &Directory, since: &Watermark) -> Changes {
    directory.changes(layout(directory, "user").await, since).await
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn edits_of_samba_tool_are_told() {
    let (corner, editor) = domain("tool").await;
    let directory = corner.open();
    let folder = variable("PROVISIO_TEST_SAMBA_CA").replace("/ca.pem", "");
    let samba_tool = |arguments: &[&str]| {
        let mut command = Command::new("samba-tool");
        command.args(arguments);
        command.args([
            "-H",
            &format!("tdb://{folder}/private/sam.ldb"),
            "-s",
            &format!("{folder}/etc/smb.conf"),
        ]);
        let (is_done, said) = run(command, "");
        assert!(is_done, "{arguments:?}: {said}");
    };
    let mut since = start(&directory, "user").await;
    let account = corner.logon("Ann");
    let place = format!("OU=people,OU={}", corner.name);
    let edits: [&[&str]; 4] = [
        &["user", "create", &account, "Corr3ct-horse!", "--userou", &place],
        &["user", "disable", &account],
        &["user", "rename", &account, "--force-new-cn", "Somebody"],
        &["user", "delete", &account],
    ];
    let mut id = String::new();
    for (at, edit) in edits.iter().enumerate() {
        samba_tool(edit);
        let changes = directory.changes(directory.layout("user").await, &since).await;
        since = changes.checkpoint.clone().expect("a checkpoint");
        match &changes.upserted[..] {
            [ann] => {
                let disabled = ann.attributes.get("accountDisabled");
                assert_eq!(disabled, Some(&Values::one(Value::Bool(at > 0))), "{edit:?}");
                id = ann.id.as_str().to_owned();
            }
            others => {
                assert!(at == 3 && others.is_empty() && changes.gone.contains(&id), "{edit:?}: {changes:?}");
            }
        }
    }
    drop(editor);
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn a_container_of_openldap_that_moves_asks_for_a_full_read() {
    let corner = Corner::bare("moved");
    let editor = Editor::new(Flavour::OpenLdap, &corner.base);
    containers_that_move(&corner.open(), &editor).await;
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn a_container_of_a_domain_that_moves_asks_for_a_full_read() {
    let (mut corner, editor) = domain("moved").await;
    containers_that_move(&corner.open(), &editor).await;
    corner.config.changes = ChangeFeed::Usn;
    editor.edit("ldapdelete", &format!("cn=x,ou=a,ou=outside,{}\n", editor.base));
    let directory = corner.open();
    let since = start(&directory, "user").await;
    move_unit(&editor, "ou=a,ou=outside", "ou=people");
    assert!(users_since(&directory, &since).await.is_unknown);
}

fn move_unit(editor: &Editor, unit: &str, to: &str) {
    let base = &editor.base;
    editor.edit(
        "ldapmodify",
        &format!(
            "dn: {unit},{base}\nchangetype: modrdn\nnewrdn: ou=a\ndeleteoldrdn: 1\nnewsuperior: {to},{base}\n"
        ),
    );
}

/// What is in a container that moves is not told one by one, neither in nor out.
async fn containers_that_move(directory: &Directory, editor: &Editor) {
    let base = &editor.base;
    let person = match editor.flavour {
        Flavour::OpenLdap => {
            format!("dn: uid=x,ou=a,ou=people,{base}\nobjectClass: inetOrgPerson\ncn: x\nsn: x\n")
        }
        Flavour::Samba => {
            format!(
                "dn: cn=x,ou=a,ou=people,{base}\nobjectClass: user\nsAMAccountName: x-{}\n",
                editor.tail()
            )
        }
    };
    let since = start(directory, "user").await;
    editor.edit("ldapadd", &person);
    let changes = users_since(directory, &since).await;
    assert_eq!(changes.upserted.len(), 1, "that something is put into a container does not move it");
    // Times are in seconds, and made and moved in the same one is new.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let since = start(directory, "user").await;
    move_unit(editor, "ou=a,ou=people", "ou=outside");
    assert!(users_since(directory, &since).await.is_unknown, "out");
    let since = start(directory, "user").await;
    move_unit(editor, "ou=a,ou=outside", "ou=people");
    assert!(users_since(directory, &since).await.is_unknown, "in");
    let since = start(directory, "user").await;
    move_unit(editor, "ou=a,ou=people", "ou=outside");
    assert!(users_since(directory, &since).await.is_unknown, "out again");
}

#[tokio::test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
async fn changes_are_not_told_where_the_account_does_not_see_what_it_should() {
    let corner = Corner::new("rights");
    corner.add_people(2);
    let base = format!("ou=people,{}", corner.base);
    corner.add(&format!("dn: ou=hidden,{base}\nobjectClass: organizationalUnit\n"));
    let since = start(&corner.open(), "user").await;
    let mut config = corner.config();
    config.types[0].expect.entries = vec![format!("ou=hidden,{base}")];
    assert!(users_since(&Directory::open(config.clone()), &since).await.checkpoint.is_some());
    config.bind_dn = Some(format!("cn=half,{BASE}"));
    assert!(users_since(&Directory::open(config), &since).await.is_unknown);
    // Neither is what changed of other objects what changed of these.
    let mut config = corner.config();
    config.types[0].filter = Some("(&(objectClass=inetOrgPerson)(mail=*))".to_owned());
    assert!(users_since(&Directory::open(config), &since).await.is_unknown);
    let mut config = corner.config();
    config.changes = ChangeFeed::None;
    let directory = Directory::open(config);
    assert!(!directory.ldap.capabilities().changes);
    let read = directory.read("user").await;
    assert_eq!(read.end.expect("it is complete").watermark, None);
}

#[tokio::test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
async fn a_watermark_is_of_one_domain_controller_and_of_an_account_that_may_know() {
    let (mut corner, editor) = domain("server").await;
    let directory = corner.open();
    let since = start(&directory, "user").await;
    assert!(users_since(&directory, &since).await.checkpoint.is_some());
    let mut other = since.as_bytes().to_vec();
    let at = other.windows(6).position(|it| it == b"CN=DC1").expect("it names the server");
    other[at + 5] = b'2';
    assert!(users_since(&directory, &Watermark::new(other)).await.is_unknown);
    // Somebody without the right to replicate, who does not see what was deleted either, reads and is told no changes.
    let plain = corner.logon("plain");
    let mut attributes: Attributes = [("cn", "plain")].into_iter().collect();
    attributes.set("sAMAccountName", plain.as_str());
    attributes.set("unicodePwd", Value::Secret(Secret::new("Passw0rd!x")));
    directory.create("user", attributes).await;
    corner.config.bind_dn = Some(format!("{plain}@ad.test"));
    let plain = corner.open();
    let read = plain.ask(ReadQuery::all(layout(&plain, "user").await)).await;
    assert_eq!(read.objects.len(), 1);
    assert_eq!(read.end.expect("it is complete").watermark, None);
    let found = plain.ldap.check(&plain.context).await.expect("a report").found;
    assert!(found.iter().any(|it| it.contains("changes are not told")), "{found:?}");
    drop(editor);
}

/// Makes a part of a domain with people and groups apart.
async fn domain(name: &str) -> (active_directory::Corner, Editor) {
    let mut corner = active_directory::Corner::new(name).await;
    let editor = Editor::new(Flavour::Samba, &corner.base);
    corner.config.types[0].base = format!("OU=people,{}", corner.base);
    corner.config.types[1].base = format!("OU=groups,{}", corner.base);
    (corner, editor)
}
