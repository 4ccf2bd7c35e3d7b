//! LDAP directories as sources of jobs that start from what changed: other tools edit, and exactly that flows.
//!
//! `scripts/test` starts the servers; see `connectors/ldap/tests`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::{Fixture, text_of};

/// What a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Directory {
    OpenLdap,
    Samba,
}

impl Directory {
    fn suffix(self) -> &'static str {
        match self {
            Self::OpenLdap => "dc=example,dc=org",
            Self::Samba => "dc=ad,dc=test",
        }
    }

    /// The part of the directory that belongs to this test.
    fn base(self, name: &str) -> String {
        format!("ou={name}-{},{}", std::process::id(), self.suffix())
    }

    /// A name that nobody else in the directory has.
    fn account(name: &str) -> String {
        format!("{name}-{}", std::process::id())
    }

    fn person(self, name: &str, place: &str, more: &str) -> String {
        match self {
            Self::OpenLdap => format!(
                "dn: uid={name},{place}\nchangetype: add\nobjectClass: inetOrgPerson\ncn: {name}\nsn: {name}\n{more}\n"
            ),
            Self::Samba => {
                let account = Self::account(name);
                format!(
                    "dn: cn={name},{place}\nchangetype: add\nobjectClass: user\nsAMAccountName: {account}\nsn: {name}\n{more}\n"
                )
            }
        }
    }

    fn group(self, name: &str, place: &str, members: &[&str]) -> String {
        let members: String = members.iter().map(|it| format!("member: {it}\n")).collect();
        let rest = match self {
            Self::OpenLdap => "objectClass: groupOfNames\n".to_owned(),
            Self::Samba => format!("objectClass: group\nsAMAccountName: {}\n", Self::account(name)),
        };
        format!("dn: cn={name},{place}\nchangetype: add\n{rest}{members}\n")
    }

    fn rdn(self, name: &str) -> String {
        let attribute = if self == Self::OpenLdap { "uid" } else { "cn" };
        format!("{attribute}={name}")
    }

    /// Runs a tool of OpenLDAP on the directory; returns what it prints.
    fn tool(self, tool: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(tool);
        match self {
            Self::OpenLdap => {
                let admin = format!("cn=admin,{}", self.suffix());
                command.args(["-x", "-H", &variable("PROVISIO_TEST_SLAPD"), "-D", &admin, "-w", "secret"]);
            }
            Self::Samba => {
                let url = variable("PROVISIO_TEST_SAMBA");
                command.args(["-x", "-H", &url, "-D", "administrator@ad.test", "-w", "Passw0rd!x"]);
                command.env("LDAPTLS_CACERT", variable("PROVISIO_TEST_SAMBA_CA"));
            }
        }
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the tools of OpenLDAP are installed");
        child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{tool} {arguments:?}\n{input}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn edit(self, ldif: &str) {
        self.tool("ldapmodify", &[], ldif);
    }

    /// Returns the table of a job for this directory, as `[source]` or `[target]`.
    fn table(self, side: &str, base: &str) -> String {
        let connection = match self {
            Self::OpenLdap => format!(
                "urls = [\"{}\"]\nroot_certificates = \"{}\"\nbind_dn = \"cn=admin,{}\"\npassword = \"env:SLAPD_PASSWORD\"\n",
                variable("PROVISIO_TEST_SLAPD_TLS"),
                variable("PROVISIO_TEST_SLAPD_CA"),
                self.suffix(),
            ),
            Self::Samba => format!(
                "directory = \"active_directory\"\nurls = [\"{}\"]\nroot_certificates = \"{}\"\n\
                 bind_dn = \"administrator@ad.test\"\npassword = \"env:SAMBA_PASSWORD\"\n",
                variable("PROVISIO_TEST_SAMBA"),
                variable("PROVISIO_TEST_SAMBA_CA"),
            ),
        };
        let (person, naming, group, filter) = match self {
            Self::OpenLdap => ("inetOrgPerson", "uid", "groupOfNames", ""),
            Self::Samba => {
                ("user", "cn", "group", "filter = \"(&(objectCategory=person)(objectClass=user))\"\n")
            }
        };
        let placeholder = match self {
            Self::OpenLdap => format!("placeholder = \"cn=nobody,{}\"\n", self.suffix()),
            Self::Samba => String::new(),
        };
        format!(
            "[{side}]\nconnector = \"ldap\"\n{connection}\n\
             [[{side}.types]]\nname = \"person\"\nbase = \"ou=people,{base}\"\nobject_classes = [\"{person}\"]\n\
             rdn = \"{naming}\"\n{filter}references = {{ manager = [\"person\"] }}\n\n\
             [[{side}.types]]\nname = \"team\"\nbase = \"ou=groups,{base}\"\nobject_classes = [\"{group}\"]\n\
             rdn = \"cn\"\nreferences = {{ member = [\"person\"] }}\n{placeholder}\n"
        )
    }

    /// Makes ten people and two groups, and where more may be.
    fn fill(self, base: &str) {
        let unit =
            |it: &str| format!("dn: {it},{base}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
        let (_, suffix) = base.split_once(',').expect("a name of several parts");
        let root = base.trim_end_matches(suffix).trim_end_matches(',');
        let mut ldif = format!("dn: {root},{suffix}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
        ldif.extend(["ou=people", "ou=groups", "ou=a,ou=people", "ou=outside"].map(unit));
        let place = format!("ou=people,{base}");
        let name = |at: usize| format!("{},{place}", self.rdn(&format!("p{at}")));
        for at in 0..10 {
            let manager = if at == 0 { String::new() } else { format!("manager: {}\n", name(0)) };
            ldif.push_str(&self.person(&format!("p{at}"), &place, &manager));
        }
        let place = format!("ou=groups,{base}");
        ldif.push_str(&self.group("red", &place, &[&name(1), &name(2), &name(3)]));
        ldif.push_str(&self.group("blue", &place, &[&name(3)]));
        self.edit(&ldif);
    }

    /// What somebody else edits: somebody joins, changes, is moved and renamed, leaves; members change.
    fn edits(self, base: &str) -> String {
        let (people, groups) = (format!("ou=people,{base}"), format!("ou=groups,{base}"));
        let name = |it: &str| format!("{},{people}", self.rdn(it));
        let joins = self.person("new", &people, &format!("title: Engineer\nmanager: {}\n", name("p1")));
        let new = self.rdn("moved");
        [
            joins,
            format!("dn: {}\nchangetype: modify\nreplace: title\ntitle: Head\n\n", name("p4")),
            format!(
                "dn: cn=red,{groups}\nchangetype: modify\nadd: member\nmember: {}\n-\ndelete: member\nmember: {}\n\n",
                name("new"),
                name("p2")
            ),
            format!(
                "dn: {}\nchangetype: modrdn\nnewrdn: {new}\ndeleteoldrdn: 1\nnewsuperior: ou=a,{people}\n\n",
                name("p5")
            ),
            format!("dn: {}\nchangetype: delete\n\n", name("p9")),
            // Somebody goes where the job does not look.
            format!(
                "dn: {}\nchangetype: modrdn\nnewrdn: {}\ndeleteoldrdn: 1\nnewsuperior: ou=outside,{base}\n\n",
                name("p8"),
                self.rdn("p8")
            ),
        ]
        .concat()
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

/// Makes a job; the mapping is between people and users, teams and groups.
fn job(source: &str, target: &str, mapping: &str) -> Fixture {
    let fixture = Fixture::new();
    let rest = "\n[state]\nfile = \"out/state.redb\"\n\n[cycle]\nfrom = \"changes\"\n";
    let start = "format = 1\nname = \"directories\"\nmapping = \"mapping.toml\"\n\n";
    fixture.write("job.toml", &format!("{start}{source}\n{target}{rest}"));
    fixture.write("mapping.toml", mapping);
    fixture
}

/// Runs a command that ends well.
fn run(fixture: &Fixture, arguments: &[&str]) -> (String, Value) {
    let secrets = [("SLAPD_PASSWORD", "secret"), ("SAMBA_PASSWORD", "Passw0rd!x")];
    let output = fixture.command(arguments).envs(secrets).output().expect("started");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (shown, complaints) = (text(output.stdout), text(output.stderr));
    assert!(output.status.success(), "provisio {arguments:?}\n{shown}{complaints}");
    for (_, secret) in secrets {
        assert!(!complaints.contains(secret) && !shown.contains(&format!("\"{secret}\"")));
    }
    let document = serde_json::from_str(&shown).unwrap_or_default();
    (shown, document)
}

/// Returns what a plan does, one line for each operation, without regard to their order.
fn planned(fixture: &Fixture) -> Vec<String> {
    run(fixture, &["plan", "job.toml", "--out", "plan.json"]);
    let plan: Value = serde_json::from_str(&fixture.read("plan.json")).expect("a plan");
    let operations = plan["plan"]["operations"].as_array().expect("operations");
    let mut lines: Vec<String> = operations.iter().map(line).collect();
    lines.sort();
    lines
}

fn line(operation: &Value) -> String {
    let text = |it: &Value| it.as_str().unwrap_or_default().to_owned();
    let names = |it: &Value| it.as_object().map(|it| it.keys().cloned().collect::<Vec<_>>().join(" "));
    let mut line = format!("{} {}", text(&operation["action"]), text(&operation["label"]));
    if let Some(names) = names(&operation["changes"]) {
        line.push_str(&format!(": {names}"));
    }
    for (key, glyph) in [("add", '+'), ("remove", '-')] {
        for member in operation[key].as_array().into_iter().flatten() {
            line.push_str(&format!(" {glyph}{}", text(&member["label"])));
        }
    }
    line
}

/// Lets others edit, and sees that exactly that is planned and done, from what changed alone.
fn what_others_edit_flows(fixture: &Fixture, source: Directory, base: &str, expected: &[&str]) {
    source.fill(base);
    let (shown, _) = run(fixture, &["run", "job.toml"]);
    assert!(shown.contains("10 objects"), "{shown}");
    let (shown, _) = run(fixture, &["run", "job.toml"]);
    for text in ["Read what changed, and what that reaches", "Nothing changed that matters"] {
        assert!(shown.contains(text), "{shown}");
    }
    source.edit(&source.edits(base));
    assert_eq!(planned(fixture), expected);
    let (shown, _) = run(fixture, &["run", "job.toml"]);
    assert!(shown.contains("Read what changed, and what that reaches"), "{shown}");
    assert!(!shown.contains("10 objects"), "not everybody was read: {shown}");
    assert_eq!(planned(fixture), [""; 0]);
    // And a full read finds nothing besides.
    let (shown, _) = run(fixture, &["run", "job.toml", "--full"]);
    assert!(shown.contains("9 objects") && shown.contains("nothing was written"), "{shown}");
}

const INTO_MEMORY: &str = r#"
format = 1
name = "directory to directory"

[[object]]
source = "person"
target = "user"

[object.deprovisioning]
source_deleted = "delete"

[object.attributes]
externalId = { attribute = "entryUUID", matching = 1 }
userName = { attribute = "uid" }
familyName = { expression = 'Item([sn], 1)' }
title = { expression = 'Item([title], 1)', null = "clear" }
department = { attribute = "parentDistinguishedName" }
manager = { expression = 'Item([manager], 1)', null = "clear" }

[[object]]
source = "team"
target = "group"

[object.attributes]
externalId = { attribute = "entryUUID", matching = 1 }
displayName = { attribute = "cn" }
members = { attribute = "member" }
"#;

#[test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
fn what_others_edit_in_openldap_flows_from_changes() {
    let source = Directory::OpenLdap;
    let base = source.base("cli");
    let target = "[target]\nconnector = \"directory\"\nfile = \"out/directory.jsonl\"\n";
    let fixture = job(&source.table("source", &base), target, INTO_MEMORY);
    let expected = [
        "create new",
        "delete p8",
        "delete p9",
        "members red +new",
        "members red -p2",
        "update p4: title",
        "update p5: department userName",
    ];
    what_others_edit_flows(&fixture, source, &base, &expected);
    let users = fixture.objects("user");
    let names: Vec<String> = users.iter().map(|it| text_of(it, "userName")).collect();
    assert!(names.len() == 9 && names.contains(&"moved".to_owned()), "{names:?}");
}

const INTO_OPENLDAP: &str = r#"
format = 1
name = "domain to directory"

[[object]]
source = "person"
target = "person"

[object.deprovisioning]
source_deleted = "delete"

[object.attributes]
uid = { attribute = "cn", matching = 1 }
employeeNumber = { attribute = "objectGUID" }
cn = { attribute = "cn" }
sn = { attribute = "sn" }
title = { attribute = "title", null = "clear" }
departmentNumber = { attribute = "parentDistinguishedName" }
manager = { attribute = "manager", null = "clear" }

[[object]]
source = "team"
target = "team"

[object.attributes]
cn = { attribute = "cn", matching = 1 }
member = { attribute = "member" }
"#;

#[test]
#[cfg_attr(
    not(all(has_slapd, has_samba)),
    ignore = "PROVISIO_TEST_SLAPD and PROVISIO_TEST_SAMBA are not set"
)]
fn what_others_edit_in_a_domain_flows_into_openldap_from_changes() {
    let (source, target) = (Directory::Samba, Directory::OpenLdap);
    let (base, copy) = (source.base("cli"), target.base("copy"));
    let unit = |it: &str| format!("dn: {it}{copy}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
    target.edit(&["", "ou=people,", "ou=groups,"].map(unit).concat());
    let fixture = job(&source.table("source", &base), &target.table("target", &copy), INTO_OPENLDAP);
    let expected = [
        "create new",
        "delete p8",
        "delete p9",
        "members new +p1",
        "members red +new",
        "members red -p2",
        "update p4: title",
        "update p5: cn departmentNumber uid",
    ];
    what_others_edit_flows(&fixture, source, &base, &expected);
    let found = target.tool("ldapsearch", &["-LLL", "-b", &format!("cn=red,ou=groups,{copy}"), "member"], "");
    let mut members: Vec<&str> = found.lines().filter(|it| it.starts_with("member:")).collect();
    members.sort_unstable();
    let member = |it: &str| format!("member: uid={it},ou=people,{copy}");
    let nobody = "member: cn=nobody,dc=example,dc=org".to_owned();
    assert_eq!(members, [nobody, member("new"), member("p1"), member("p3")], "{found}");
}

const INTO_A_DOMAIN: &str = r#"
format = 1
name = "HR to domain"

[[object]]
source = "worker"
target = "person"

[object.deprovisioning]
source_deleted = "soft_delete"
soft_delete = { attribute = "isDeleted", deleted = true, kept = false }
status = { attribute = "accountDisabled", enabled = false, disabled = true }

[object.attributes]
sAMAccountName = { expression = 'Join("-", ToLower([workerId]), "PROCESS")', matching = 1 }
cn = { expression = 'Join(" ", [firstName], [lastName])' }
givenName = { attribute = "firstName" }
sn = { attribute = "lastName" }
department = { attribute = "department" }
manager = { attribute = "managerId", null = "clear" }

[[object]]
source = "team"
target = "team"

[object.attributes]
sAMAccountName = { expression = 'Join("-", [teamId], "PROCESS")', matching = 1 }
cn = { attribute = "name" }
member = { attribute = "members" }
"#;

#[test]
#[cfg_attr(not(has_samba), ignore = "PROVISIO_TEST_SAMBA is not set")]
fn who_comes_back_to_a_domain_is_the_same_account_restored() {
    let target = Directory::Samba;
    let base = target.base("soft");
    let unit = |it: &str| format!("dn: {it}{base}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
    target.edit(&["", "ou=people,", "ou=groups,"].map(unit).concat());
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    let (source, rest) = job.split_once("[target]").expect("a target");
    let (_, state) = rest.split_once("[state]").expect("a state");
    let table = target
        .table("target", &base)
        .replace("rdn = \"cn\"\nfilter", "rdn = \"cn\"\ndeleted_objects = true\nfilter");
    fixture.write("job.toml", &format!("{source}{table}\n[state]{state}"));
    fixture.write("mapping.toml", &INTO_A_DOMAIN.replace("PROCESS", &std::process::id().to_string()));
    let account = || {
        let filter = format!("(sAMAccountName=w003-{})", std::process::id());
        let wanted = ["objectGUID", "department", "memberOf"];
        let arguments = [&["-LLL", "-b", "dc=ad,dc=test", &filter], &wanted[..]].concat();
        target.tool("ldapsearch", &arguments, "")
    };
    run(&fixture, &["run", "job.toml"]);
    assert_eq!(planned(&fixture), [""; 0]);
    let before = account();
    assert!(before.contains("memberOf: CN=Red"), "{before}");
    let workers = fixture.read("workers.csv");
    let line = workers.lines().find(|it| it.starts_with("W003")).expect("a worker");
    let name = format!("w003-{}", std::process::id());
    fixture.write("workers.csv", &workers.replace(&format!("{line}\n"), ""));
    assert_eq!(
        planned(&fixture),
        [
            format!("members T1-{} -{name}", std::process::id()),
            format!("soft_delete {name}: accountDisabled isDeleted")
        ]
    );
    run(&fixture, &["run", "job.toml"]);
    assert!(!account().contains("dn:"), "{}", account());
    assert_eq!(planned(&fixture), [""; 0]);
    // Next month.
    fixture.write("workers.csv", &workers);
    run(&fixture, &["run", "job.toml"]);
    let after = account();
    let sorted = |it: &str| {
        let mut lines: Vec<String> = it.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&after), sorted(&before));
    assert_eq!(planned(&fixture), [""; 0]);
    // What others deleted by hand comes back, too.
    let dn = before.lines().find(|it| it.starts_with("dn: ")).expect("a name");
    target.edit(&format!("{dn}\nchangetype: delete\n"));
    run(&fixture, &["run", "job.toml"]);
    assert_eq!(sorted(&account()), sorted(&before));
    assert_eq!(planned(&fixture), [""; 0]);
}

const BY_NAME: &str = r#"
format = 1
name = "HR to directory"

[[object]]
source = "worker"
target = "person"

[object.deprovisioning]
source_deleted = "delete"

[object.attributes]
employeeNumber = { attribute = "workerId", matching = 1 }
cn = { attribute = "firstName", apply = "create" }
sn = { attribute = "lastName" }
displayName = { attribute = "firstName" }
manager = { attribute = "managerId", null = "clear" }
"#;

#[test]
#[cfg_attr(not(has_slapd), ignore = "PROVISIO_TEST_SLAPD is not set")]
fn people_of_one_name_and_of_hard_names_are_made_once_and_stay() {
    let target = Directory::OpenLdap;
    let base = target.base("names");
    let unit = |it: &str| format!("dn: {it}{base}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
    target.edit(&["", "ou=people,", "ou=groups,"].map(unit).concat());
    let fixture = Fixture::new();
    let job = fixture.read("job.toml");
    let (source, rest) = job.split_once("[target]").expect("a target");
    let (_, state) = rest.split_once("[state]").expect("a state");
    let table = target.table("target", &base);
    let table = table.replace("rdn = \"uid\"\n", "rdn = \"cn\"\nname_collision = \"number\"\n");
    fixture.write("job.toml", &format!("{source}{table}\n[state]{state}"));
    fixture.write("mapping.toml", BY_NAME);
    let names = [
        "Lee, Ann",
        "Lee, Ann",
        "lee, ann",
        "a+b=c",
        "#1",
        " x ",
        "*)(cn=*",
        "say \"\"hi\"\"",
        "<𝄞;\\>",
        "Ann,dc=org",
    ];
    let worker = |(at, name): (usize, &&str)| {
        format!("W{at:03},\"{name}\",Last,Sales,{}\n", if at == 0 { "" } else { "W000" })
    };
    let rows: String = names.iter().enumerate().map(worker).collect();
    fixture.write("workers.csv", &format!("workerId,firstName,lastName,department,managerId\n{rows}"));
    run(&fixture, &["run", "job.toml"]);
    assert_eq!(planned(&fixture), [""; 0]);
    let people = || {
        let place = format!("ou=people,{base}");
        let found =
            target.tool("ldapsearch", &["-LLL", "-b", &place, "-s", "one", "entryUUID", "manager"], "");
        let count = |it: &str| found.lines().filter(|line| line.starts_with(it)).count();
        (count("dn:"), count("manager:"), found)
    };
    let (count, managers, before) = people();
    assert_eq!((count, managers), (names.len(), names.len() - 1), "{before}");
    for name in ["cn=Lee\\2C Ann,", "cn=Lee\\2C Ann 2,", "cn=lee\\2C ann 3,"] {
        assert!(before.to_lowercase().contains(&name.to_lowercase()), "{name}: {before}");
    }
    // Without its state the job knows everybody again, and makes nobody twice.
    std::fs::remove_dir_all(fixture.path("out")).expect("removed");
    run(&fixture, &["run", "job.toml"]);
    assert_eq!(people().2, before);
    assert_eq!(planned(&fixture), [""; 0]);
}
