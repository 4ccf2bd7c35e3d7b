//! Which plan does a folder of four small files give, and is it still the one that somebody approved?
//!
//! A scenario is a folder:
//!
//! * `source.toml` and `target.toml`: what each system may hold and holds ([the format](#systems));
//! * `mapping.toml`: what is wanted, as a job has it;
//! * `state.toml`, if there is any: links, the time, released limits ([the format](#state));
//! * `changes.toml`, if there is any: what changed in the source since, and only that is planned
//!   ([the format](#changes));
//! * `plan.txt`: what comes of it. The text of the plan, a line `??` for each finding, and what the independent
//!   check finds; or the faults of a mapping that is refused.
//!
//! [`check_scenarios`] runs all scenarios of a folder as one test. With `PROVISIO_BLESS=1` in the environment it
//! writes each `plan.txt` instead of comparing it: read what changed before you commit it.
//!
//! ```no_run
//! # fn tests() {
//! #[test]
//! fn my_mapping_plans_what_was_approved() {
//!     provisio_testkit::scenario::check_scenarios("tests/scenarios");
//! }
//! # }
//! ```
//!
//! # Systems
//!
//! ```toml
//! [schema.worker]                  # an object type; each attribute in words
//! mail = "text, unique"
//! level = "int"
//! skills = "text, several"
//! manager = "reference to worker"
//! name = { is = "complex", givenName = "text", familyName = "text" }
//!
//! [worker.1]                       # a worker whose id is 1
//! mail = "adele@contoso.example"
//! level = 3
//! skills = ["Rust", "LDAP"]
//! manager = "2"
//! name = { givenName = "Adele", familyName = "Vance" }
//!
//! [worker.2]                       # nothing but its id is known
//!
//! [incomplete]                     # the read of this type does not come to its end
//! worker = "the file was cut off after line 3"
//!
//! [unreadable]                     # these exist and could not be read
//! worker = ["3"]
//! ```
//!
//! The words for an attribute, with commas between them: its kind (`text`, `bool`, `int`, `decimal`, `timestamp`,
//! `binary`, `complex`, `secret`, `reference`, `reference to user or group`), then any of `several`, `required`,
//! `unique`, `case exact`, `container`, `read only`, `immutable`, `write only`, `at most 64`.
//!
//! # State
//!
//! ```toml
//! now = 2026-03-01T08:00:00Z       # 2026-01-01 if it is left out
//! released = ["deletes"]           # limits that somebody released
//!
//! [links."worker -> user"]         # by the name of the object mapping: source id = target id
//! 1 = "u1"
//! 2 = { target = "u2", origin = "adopted" }    # without `origin`, this job created it
//!
//! [leaving."worker -> user"]       # who was noted to leave, and how far the target object came
//! 3 = { target = "u3", step = "disabled", at = 2026-02-01T00:00:00Z }
//!
//! [[done]]                         # what earlier runs did and limits count
//! mapping = "worker -> user"
//! limit = "deletes"
//! number = 4
//! at = 2026-02-28T20:00:00Z
//!
//! [[held]]                         # what an earlier run held back
//! mapping = "worker -> user"
//! source = "4"
//! action = "delete"                # of a change of members, with `attribute`
//! since = 2026-02-28T20:00:00Z
//!
//! [[allowed]]                      # what somebody released; `limit`, `mapping` and `source` may be left out
//! limit = "deletes"
//! mapping = "worker -> user"
//! source = "4"
//! until = 2026-03-02T00:00:00Z
//! ```

//!
//! # Changes
//!
//! With this file, `source.toml` says how the source was when it was last read in full.
//!
//! ```toml
//! [worker.1]                       # a worker that is new, or as it is now
//! mail = "adele@contoso.example"
//!
//! [deleted]                        # these are gone, as the source says
//! worker = ["2"]
//! ```
//!
//! `plan.txt` then ends with how many questions were answered for the plan.

mod compare;
mod memory;
mod read;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use provisio::Finding;
use provisio::model::{Change, Diagnostic, Text};

pub(crate) use read::object as read_object;

use crate::incremental::{Incremental, Recollection};
use crate::world::{Planning, World, WorldError};

/// The environment variable that makes [`check_scenarios`] write the expected plans.
pub const BLESS_VARIABLE: &str = "PROVISIO_BLESS";

/// One scenario, read from its folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// The name of its folder: the rule that it shows.
    pub name: Text,
    /// Where it is.
    pub folder: PathBuf,
    /// Everything that the plan is made from; the faults if the mapping file cannot be read.
    pub world: Result<World, Vec<Diagnostic>>,
    /// What changed since the source was read; `None` for a full plan.
    pub changes: Option<Vec<Change>>,
    /// The text of its mapping file.
    pub mapping: String,
    /// The plan that was approved; empty if there is none yet.
    pub expected: String,
}

/// A scenario cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {why}", place.display())]
pub struct ScenarioError {
    /// Which file or folder.
    pub place: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

impl ScenarioError {
    pub(crate) fn new(place: &Path, why: impl Into<String>) -> Self {
        Self { place: place.to_owned(), why: why.into() }
    }
}

impl Scenario {
    /// Reads a scenario folder.
    ///
    /// # Errors
    /// When a file is missing or is not in the format above. A mapping that is refused is no error: that it is
    /// refused, and how, can be what the scenario shows.
    pub fn read(folder: impl AsRef<Path>) -> Result<Self, ScenarioError> {
        read::scenario(folder.as_ref())
    }

    /// Returns what comes of it, as `plan.txt` holds it.
    pub fn render(&self) -> String {
        let world = match &self.world {
            Ok(world) => world,
            Err(faults) => return self.faults(faults),
        };
        if let Some(changes) = &self.changes {
            return match plan_changes(world, changes) {
                Ok(incremental) => self.incremental(&incremental),
                Err(error) => format!("no plan: {error}\n"),
            };
        }
        match world.plan() {
            Ok(planning) => self.planning(&planning),
            Err(WorldError::Refused(faults)) => self.faults(&faults),
            Err(error) => format!("no plan: {error}\n"),
        }
    }

    /// Plans, for assertions of your own.
    ///
    /// # Errors
    /// When the mapping is refused or the world contradicts itself.
    pub fn plan(&self) -> Result<Planning, WorldError> {
        self.world.as_ref().map_err(|it| WorldError::Refused(it.clone()))?.plan()
    }

    fn incremental(&self, incremental: &Incremental) -> String {
        match &incremental.outcome {
            Ok(planning) => format!("{}.. asked: {}\n", self.planning(planning), incremental.counts),
            Err(why) => format!("a full plan is needed: {why}\n"),
        }
    }

    fn faults(&self, faults: &[Diagnostic]) -> String {
        faults.iter().map(|it| it.render("mapping.toml", &self.mapping)).collect()
    }

    fn planning(&self, planning: &Planning) -> String {
        let Planning { planned, violations, warnings } = planning;
        let mut text = without_fingerprint(&planned.plan.text().to_string());
        text.push_str(&findings_text(&planned.findings, planned));
        // Writing to a String cannot fail.
        for violation in violations {
            let _ = writeln!(text, "BROKEN RULE: {violation}");
        }
        text.push_str(&self.faults(warnings));
        text
    }
}

/// Plans what changed since the world was read in full.
fn plan_changes(world: &World, changes: &[Change]) -> Result<Incremental, WorldError> {
    let recollection = Recollection::after(world, &world.plan()?.planned)?;
    let mut now = world.clone();
    for change in changes {
        let (object_type, id, object) = match change {
            Change::Upsert(object) => (&object.object_type, &object.id, Some(object)),
            Change::Deleted { object_type, id } => (object_type, id.text(), None),
            _ => continue,
        };
        now.source.objects.retain(|it| it.object_type != *object_type || it.id != *id);
        now.source.objects.extend(object.cloned());
    }
    now.plan_changes(&recollection, changes.to_vec())
}

/// Shows findings as the command line does, one a line.
pub(crate) fn findings_text(findings: &[Finding], planned: &provisio::Planned) -> String {
    findings.iter().map(|it| format!("?? {}\n", it.text(&planned.plan))).collect()
}

/// The first line without the fingerprint, which changes with every rule of how a mapping is held in memory.
pub(crate) fn without_fingerprint(text: &str) -> String {
    match text.split_once(": ") {
        Some((head, rest)) if head.starts_with("plan ") => format!("plan: {rest}"),
        _ => text.to_owned(),
    }
}

/// Reads every scenario folder in `folder`, by name: for laws and checks of your own.
///
/// # Errors
/// When the folder cannot be read or holds no scenario, or one of them cannot be read.
pub fn read_scenarios(folder: impl AsRef<Path>) -> Result<Vec<Scenario>, ScenarioError> {
    read::scenario_folders(folder.as_ref())?.iter().map(Scenario::read).collect()
}

/// Runs every scenario folder in `folder` and compares what comes of it with its `plan.txt`.
///
/// With [`BLESS_VARIABLE`] set to `1`, writes the files instead.
///
/// # Panics
/// When a scenario cannot be read, gives another plan, or gives a plan that breaks a rule: with the names of all
/// that do, and the difference of each. When there is no scenario at all.
#[expect(clippy::panic, reason = "a failed check fails the test that asked for it")]
#[track_caller]
pub fn check_scenarios(folder: impl AsRef<Path>) {
    let bless = std::env::var(BLESS_VARIABLE).is_ok_and(|it| it == "1");
    match run_scenarios(folder.as_ref(), bless) {
        Ok(failures) if failures.is_empty() => {}
        Ok(failures) => {
            let names: Vec<&str> = failures.iter().map(|it| &*it.name).collect();
            let texts: String = failures.iter().map(|it| format!("\n{}:\n{}", it.name, it.text)).collect();
            panic!(
                "{} scenarios fail: {}\n{texts}\nlook at each; if it is right, run again with {BLESS_VARIABLE}=1",
                failures.len(),
                names.join(", ")
            );
        }
        Err(error) => panic!("{error}"),
    }
}

/// A scenario that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScenarioFailure {
    /// Which one.
    pub name: Text,
    /// What is wrong, for people.
    pub text: String,
}

/// Runs every scenario folder in `folder`, or writes what is expected of them; returns those that fail.
///
/// A plan that breaks a rule fails in any case: it is never written as expected.
///
/// # Errors
/// When the folder cannot be read or holds no scenario, or a `plan.txt` cannot be written.
pub fn run_scenarios(folder: &Path, bless: bool) -> Result<Vec<ScenarioFailure>, ScenarioError> {
    let mut failures = Vec::new();
    for path in read::scenario_folders(folder)? {
        let scenario = match Scenario::read(&path) {
            Ok(scenario) => scenario,
            Err(error) => {
                failures.push(ScenarioFailure { name: read::name_of(&path), text: format!("{error}\n") });
                continue;
            }
        };
        let found = scenario.render();
        let is_sound = !found.contains("BROKEN RULE") && !found.starts_with("no plan: ");
        if found == scenario.expected && is_sound {
            continue;
        }
        if bless && is_sound {
            let place = path.join("plan.txt");
            fs::write(&place, &found).map_err(|error| ScenarioError::new(&place, error.to_string()))?;
            continue;
        }
        let text = compare::difference(&scenario.expected, &found);
        failures.push(ScenarioFailure { name: scenario.name, text });
    }
    Ok(failures)
}
