//! A job of 20 workers and two teams in a folder of its own, and the command to run on it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use provisio_memory::{MemoryDirectory, directory_schema};
use provisio_model::{Object, ValueRef};
use tempfile::TempDir;

/// A folder with a job.
pub(crate) struct Fixture {
    folder: TempDir,
}

/// What a command wrote, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

const JOB: &str = r#"
format = 1
name = "hr"
mapping = "mapping.toml"

[source]
connector = "csv"

[[source.files]]
object_type = "worker"
path = "workers.csv"
anchor = "workerId"
columns = [
    { name = "workerId" },
    { name = "firstName" },
    { name = "lastName" },
    { name = "department" },
    { name = "managerId", type = "reference", references = ["worker"] },
]

[[source.files]]
object_type = "team"
path = "teams.csv"
anchor = "teamId"
columns = [
    { name = "teamId" },
    { name = "name" },
    { name = "members", type = "reference", references = ["worker"], separator = "|" },
]

[target]
connector = "directory"
file = "out/directory.jsonl"

[state]
file = "out/state.redb"
"#;

const MAPPING: &str = r#"
format = 1
name = "HR to directory"

[limits]
disables = { free = 2, percent = 10 }

[[object]]
source = "worker"
target = "user"

[[object.scope]]
all = [{ attribute = "department", operator = "NOT EQUALS", value = "External" }]

[object.deprovisioning]
source_deleted = "disable"
status = { attribute = "active" }

[object.attributes]
externalId = { attribute = "workerId", matching = 1 }
userName = { expression = 'Append(ToLower(Join(".", [firstName], [lastName], [workerId])), "@contoso.example")', apply = "create" }
givenName = { attribute = "firstName" }
familyName = { attribute = "lastName" }
department = { attribute = "department" }
manager = { attribute = "managerId", null = "clear" }

[[object]]
source = "team"
target = "group"

[object.attributes]
externalId = { attribute = "teamId", matching = 1 }
displayName = { attribute = "name" }
members = { attribute = "members" }
"#;

impl Fixture {
    /// Makes the job with 20 workers, the last of them out of scope, and two teams.
    pub(crate) fn new() -> Self {
        let fixture = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        fixture.write("job.toml", JOB);
        fixture.write("mapping.toml", MAPPING);
        fixture.write("workers.csv", &workers(20));
        fixture.write("teams.csv", "teamId,name,members\nT1,Red,W001|W002|W003\nT2,Blue,W004|W005\n");
        fixture
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("written");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("read")
    }

    /// Replaces text in a file; it must be there.
    pub(crate) fn edit(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert!(text.contains(old), "`{old}` is in {name}");
        self.write(name, &text.replace(old, new));
    }

    /// Prepares the command in the folder of the job.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provisio"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// Runs the command in the folder of the job.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let Output { status, stdout, stderr } = self.command(arguments).output().expect("started");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Runs the command, which must end with this code.
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.code, code, "provisio {arguments:?}\n{}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs the command with `--json`; returns the document.
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> serde_json::Value {
        let ran = self.expect(code, &[arguments, &["--json"]].concat());
        serde_json::from_str(&ran.stdout).expect("one JSON document")
    }

    /// Returns what the directory holds of a type.
    pub(crate) fn objects(&self, object_type: &str) -> Vec<Object> {
        // A copy: a lock on the file itself would be inherited by what another test starts at that moment.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("directory.jsonl");
        fs::copy(self.path("out/directory.jsonl"), &copy).expect("copied");
        MemoryDirectory::open(&copy, directory_schema()).expect("a directory").objects(object_type)
    }

    /// Returns the user of a worker.
    pub(crate) fn user(&self, worker: &str) -> Object {
        let users = self.objects("user");
        let found = users.into_iter().find(|it| text_of(it, "externalId") == worker);
        found.unwrap_or_else(|| panic!("there is a user of {worker}"))
    }
}

/// Returns an attribute as text; empty if it is absent.
pub(crate) fn text_of(object: &Object, attribute: &str) -> String {
    let value = object.attributes.get(attribute).and_then(|it| it.iter().next());
    value.map(text).unwrap_or_default()
}

/// Returns a value as text.
pub(crate) fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(text) | ValueRef::Reference(text) => text.to_owned(),
        other => other.to_string(),
    }
}

/// Writes a file of workers `W001` and so on; each reports to the first, the last is external.
pub(crate) fn workers(count: usize) -> String {
    let mut text = "workerId,firstName,lastName,department,managerId\n".to_owned();
    for at in 1..=count {
        let department = if at == count { "External" } else { ["Sales", "Research"][at % 2] };
        let manager = if at == 1 { "" } else { "W001" };
        text.push_str(&format!("W{at:03},First{at},Last{at},{department},{manager}\n"));
    }
    text
}

impl Ran {
    /// Checks that standard output has these texts, in this order.
    pub(crate) fn says(&self, texts: &[&str]) -> &Self {
        contains(&self.stdout, texts);
        self
    }

    /// Checks that standard error has these texts, in this order.
    pub(crate) fn complains(&self, texts: &[&str]) -> &Self {
        contains(&self.stderr, texts);
        self
    }
}

fn contains(shown: &str, texts: &[&str]) {
    let mut rest = shown;
    for text in texts {
        let Some(at) = rest.find(text) else { panic!("`{text}` is missing in:\n{shown}") };
        rest = &rest[at + text.len()..];
    }
}
