//! Somebody who edits a directory with other tools, at random.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use crate::support::{BASE, run, variable};

/// Numbers that look like chance, and are the same each time.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("it fits") % bound.max(1)
    }
}

/// What kind of directory is edited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    OpenLdap,
    Samba,
}

#[derive(Clone)]
pub(crate) struct Person {
    /// A name that stays.
    pub(crate) account: String,
    pub(crate) rdn: String,
    pub(crate) place: String,
}

impl Person {
    pub(crate) fn dn(&self) -> String {
        format!("{},{}", self.rdn, self.place)
    }
}

/// Somebody who edits a directory with the tools of OpenLDAP.
pub(crate) struct Editor {
    pub(crate) flavour: Flavour,
    pub(crate) base: String,
    pub(crate) dice: Dice,
    pub(crate) people: Vec<Person>,
    /// The names of groups.
    pub(crate) groups: Vec<String>,
    /// Those who may come back, in Active Directory.
    pub(crate) deleted: Vec<Person>,
    /// The accounts of those who came back.
    pub(crate) returned: BTreeSet<String>,
    pub(crate) made: usize,
    /// Whether what changed last may be told again.
    pub(crate) repeats: bool,
}

impl Editor {
    pub(crate) fn new(flavour: Flavour, base: &str) -> Self {
        let editor = Self {
            flavour,
            base: base.to_owned(),
            dice: Dice(4_533),
            people: Vec::new(),
            groups: Vec::new(),
            deleted: Vec::new(),
            returned: BTreeSet::new(),
            made: 0,
            repeats: false,
        };
        let unit = |name: &str| format!("dn: {name},{base}\nobjectClass: organizationalUnit\n\n");
        let units = ["ou=people", "ou=groups", "ou=a,ou=people", "ou=b,ou=people", "ou=outside"];
        editor.edit("ldapadd", &units.map(unit).concat());
        editor
    }

    /// A tool of OpenLDAP that works on the directory.
    pub(crate) fn command(&self, tool: &str) -> Command {
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
        command.stderr(Stdio::null());
        command
    }

    /// Makes edits. Single ones may fail, as those of people do.
    pub(crate) fn edit(&self, tool: &str, ldif: &str) {
        let mut command = self.command(tool);
        command.arg("-c");
        if self.flavour == Flavour::Samba {
            // What was deleted is named by who brings it back.
            command.args(["-e", "!1.2.840.113556.1.4.417"]);
        }
        run(command, ldif);
    }

    pub(crate) fn tail(&self) -> String {
        self.base.chars().filter(char::is_ascii_digit).collect()
    }

    pub(crate) fn number(&mut self) -> usize {
        self.made += 1;
        self.made
    }

    pub(crate) fn rdn(&self, name: &str) -> String {
        let attribute = if self.flavour == Flavour::Samba { "cn" } else { "uid" };
        format!("{attribute}={name}")
    }

    pub(crate) fn place(&mut self) -> String {
        // Outside nobody looks.
        let places = ["ou=people", "ou=a,ou=people", "ou=b,ou=people", "ou=outside"];
        format!("{},{}", places[self.dice.below(places.len())], self.base)
    }

    pub(crate) fn somebody(&mut self) -> usize {
        self.dice.below(self.people.len())
    }

    /// Describes one edit.
    pub(crate) fn next(&mut self) -> String {
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

    pub(crate) fn hire(&mut self) -> String {
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
    pub(crate) fn undelete(&mut self) -> Option<String> {
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
