//! What changed: edits by other tools, picked up by each cycle, against real servers. What a cycle knows from changes is what
//! a full read shows.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use provisio_connector::{Connector as _, ReadQuery};
use provisio_ldap::ChangeFeed;
use provisio_model::{Attributes, Layout, Object, Secret, Value, Values, Watermark};

use crate::active_directory;
use crate::support::{BASE, Changes, Corner, Directory, Read, run, variable};

/// How many edits are made, and in how many cycles.
fn edits() -> (usize, usize) {
    if std::env::var_os("PROVISIO_MANY_CASES").is_some() { (500, 25) } else { (150, 6) }
}

/// Numbers that look like chance, and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it fits") % bound.max(1)
    }
}

/// What kind of directory is edited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    OpenLdap,
    Samba,
}

#[derive(Clone)]
struct Person {
    /// A name that stays.
    account: String,
    rdn: String,
    place: String,
}

impl Person {
    fn dn(&self) -> String {
        format!("{},{}", self.rdn, self.place)
    }
}

/// Somebody who edits a directory with the tools of OpenLDAP.
struct Editor {
    flavour: Flavour,
    base: String,
    dice: Dice,
    people: Vec<Person>,
    /// The names of groups.
    groups: Vec<String>,
    /// Those who may come back, in Active Directory.
    deleted: Vec<Person>,
    /// The accounts of those who came back.
    returned: BTreeSet<String>,
    made: usize,
}

impl Editor {
    fn new(flavour: Flavour, base: &str) -> Self {
        let editor = Self {
            flavour,
            base: base.to_owned(),
            dice: Dice(4_533),
            people: Vec::new(),
            groups: Vec::new(),
            deleted: Vec::new(),
            returned: BTreeSet::new(),
            made: 0,
        };
        let unit = |name: &str| format!("dn: {name},{base}\nobjectClass: organizationalUnit\n\n");
        let units = ["ou=people", "ou=groups", "ou=a,ou=people", "ou=b,ou=people", "ou=outside"];
        editor.edit("ldapadd", &units.map(unit).concat());
        editor
    }

    /// A tool of OpenLDAP that works on the directory.
    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(tool);
        command.args(["-x", "-H"]);
        match self.flavour {
            Flavour::OpenLdap => {
                command.arg(variable("PROVISIO_TEST_SLAPD"));
                command.args(["-D", &format!("cn=admin,{BASE}"), "-w", "secret"]);
            }
            Flavour::Samba => {
                command.arg(variable("PROVISIO_TEST_SAMBA"));
                command.env("LDAPTLS_CACERT", variable("PROVISIO_TEST_SAMBA_CA"));
                command.args(["-D", "administrator@ad.test", "-w", "Passw0rd!x"]);
            }
        }
        command.stderr(std::process::Stdio::null());
        command
    }

    /// Makes edits. Single ones may fail, as those of people do.
    fn edit(&self, tool: &str, ldif: &str) {
        let mut command = self.command(tool);
        command.arg("-c");
        if self.flavour == Flavour::Samba {
            // What was deleted is named by who brings it back.
            command.args(["-e", "!1.2.840.113556.1.4.417"]);
        }
        run(command, ldif);
    }

    fn tail(&self) -> String {
        self.base.chars().filter(char::is_ascii_digit).collect()
    }

    fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    fn rdn(&self, name: &str) -> String {
        let attribute = if self.flavour == Flavour::Samba { "cn" } else { "uid" };
        format!("{attribute}={name}")
    }

    fn place(&mut self) -> String {
        // Outside nobody looks.
        let places = ["ou=people", "ou=a,ou=people", "ou=b,ou=people", "ou=outside"];
        format!("{},{}", places[self.dice.below(places.len())], self.base)
    }

    fn somebody(&mut self) -> usize {
        self.dice.below(self.people.len())
    }

    /// Describes one edit.
    fn next(&mut self) -> String {
        let kind = if self.people.len() < 4 { 0 } else { self.dice.below(15) };
        let base = self.base.clone();
        match kind {
            0..=2 => self.hire(),
            3..=5 => {
                let at = self.somebody();
                let attribute = ["title", "description", "telephoneNumber", "mail"][self.dice.below(4)];
                let (dn, value) = (self.people[at].dn(), self.dice.below(1_000));
                format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n\n")
            }
            6 => {
                let (at, boss) = (self.somebody(), self.somebody());
                let (dn, boss) = (self.people[at].dn(), self.people[boss].dn());
                format!("dn: {dn}\nchangetype: modify\nreplace: manager\nmanager: {boss}\n\n")
            }
            7 if self.groups.len() < 6 => {
                let name = format!("g{}", self.number());
                let (dn, tail) = (format!("cn={name},ou=groups,{base}"), self.tail());
                let rest = match self.flavour {
                    Flavour::OpenLdap => format!("objectClass: groupOfNames\nmember: cn=nobody,{BASE}\n"),
                    Flavour::Samba => format!("objectClass: group\nsAMAccountName: {name}-{tail}\n"),
                };
                self.groups.push(name);
                format!("dn: {dn}\nchangetype: add\n{rest}\n")
            }
            7..=9 if !self.groups.is_empty() => {
                let (group, at) = (self.dice.below(self.groups.len()), self.somebody());
                let what = ["add", "add", "delete"][self.dice.below(3)];
                let (group, dn) = (&self.groups[group], self.people[at].dn());
                format!(
                    "dn: cn={group},ou=groups,{base}\nchangetype: modify\n{what}: member\nmember: {dn}\n\n"
                )
            }
            10 => {
                let at = self.somebody();
                let person = self.people.remove(at);
                let dn = person.dn();
                self.deleted.push(person);
                format!("dn: {dn}\nchangetype: delete\n\n")
            }
            11 | 12 => {
                let at = self.somebody();
                let dn = self.people[at].dn();
                if kind == 11 {
                    let name = format!("r{}", self.number());
                    self.people[at].rdn = self.rdn(&name);
                } else {
                    self.people[at].place = self.place();
                }
                let Person { rdn, place, .. } = &self.people[at];
                format!(
                    "dn: {dn}\nchangetype: modrdn\nnewrdn: {rdn}\ndeleteoldrdn: 1\nnewsuperior: {place}\n\n"
                )
            }
            13 if self.groups.len() > 3 => {
                let at = self.dice.below(self.groups.len());
                format!("dn: cn={},ou=groups,{base}\nchangetype: delete\n\n", self.groups.remove(at))
            }
            14 if self.flavour == Flavour::Samba => self.undelete().unwrap_or_else(|| self.hire()),
            _ => self.hire(),
        }
    }

    fn hire(&mut self) -> String {
        let name = format!("n{}", self.number());
        let account = format!("{name}-{}", self.tail());
        let person = Person { account: account.clone(), rdn: self.rdn(&name), place: self.place() };
        let dn = person.dn();
        self.people.push(person);
        let rest = match self.flavour {
            Flavour::OpenLdap => format!("objectClass: inetOrgPerson\ncn: Person {name}\nsn: {name}\n"),
            Flavour::Samba => format!("objectClass: user\nsAMAccountName: {account}\n"),
        };
        format!("dn: {dn}\nchangetype: add\n{rest}\n")
    }

    /// Describes how somebody comes back who was deleted in a cycle before.
    fn undelete(&mut self) -> Option<String> {
        let person = self.deleted.pop()?;
        let filter = format!("(&(isDeleted=TRUE)(sAMAccountName={}))", person.account);
        let mut search = self.command("ldapsearch");
        search.args([
            "-LLL",
            "-o",
            "ldif-wrap=no",
            "-E",
            "!showDeleted",
            "-b",
            "DC=ad,DC=test",
            &filter,
            "1.1",
        ]);
        let (_, found) = run(search, "");
        let from = found.lines().find(|it| it.starts_with("dn:"))?.to_owned();
        let to = person.dn();
        self.returned.insert(person.account.clone());
        self.people.push(person);
        Some(format!(
            "{from}\nchangetype: modify\ndelete: isDeleted\n-\nreplace: distinguishedName\ndistinguishedName: {to}\n\n"
        ))
    }
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
            let share = before[object_type].len() / 2 + all / cycles;
            assert!(changes.upserted.len() <= share, "cycle {cycle}: {} are told", changes.upserted.len());
        }
        let (full, _) = read_everything(directory).await;
        let (left, right) = (without_the_gone(&known), without_the_gone(&full));
        let differences = differences(&left, &right);
        assert!(differences.is_empty(), "cycle {cycle}: {differences:#?} after\n{ldif}");
    }
    assert!(told > all / 4, "{told} were told");
    let rest = directory.changes(layout(directory, "user").await, &marks["user"]).await;
    assert!(rest.upserted.is_empty() && rest.checkpoint.is_some(), "{rest:?}");
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
