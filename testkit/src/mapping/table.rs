//! Given this person, what do they get? A table of cases in TOML, for those who know the rules and no Rust.
//!
//! ```toml
//! [[case]]
//! name = "a single name is enough"             # a sentence
//! given = { workerId = "1007", lastName = "Suharto" }
//! expect = { userName = "suharto@contoso.example", displayName = "Suharto" }
//! absent = ["givenName"]                       # what the account does not have
//!
//! [[case]]
//! name = "contractors get no account"
//! given = { workerId = "1008", lastName = "Kaya", employeeType = "Contractor" }
//! account = false
//!
//! [[case]]
//! name = "the manager follows the reporting line"
//! given = { workerId = "1009", lastName = "Silva", managerId = "worker-2" }
//! with = [{ id = "worker-2", workerId = "1010", lastName = "Nowak" }]
//! expect = { manager = "worker-2" }            # a reference is told by its source id
//! ```
//!
//! | key | type | default | meaning |
//! |---|---|---|---|
//! | `name` | text | required | What the case shows. |
//! | `type` | text | that of the first object mapping | The object type in the source. |
//! | `given` | table | required | What the source has of the person. |
//! | `with` | list of tables | none | Others that are there. Each has an `id`, and a `type` if it is another one. |
//! | `expect` | table | none | What the new account holds. Attributes that are not listed may hold anything. |
//! | `absent` | list of text | none | What it does not hold. |
//! | `account` | boolean | `true` | Whether there is an account at all. |
//!
//! Values are written as in a [scenario](crate::scenario). The person has the id `person`, and the target is empty.

use std::path::Path;

use provisio::model::{AttributeSchema, Object, ObjectType, Text, Value, ValueKind, Values};
use provisio::plan::{Operation, PlannedValues, TargetRef};
use provisio::{Planned, planner::FindingKind};
use toml::Table;

use super::breach::Shown;
use super::trial::{Trial, created};
use super::{Law, Mapping};
use crate::scenario::read_object;
use crate::world::SystemState;

/// The id of the person that a case is about.
const PERSON: &str = "person";

/// A case of a table that does not come out as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseFailure {
    /// The name of the case.
    pub name: Text,
    /// What is wrong, a line each.
    pub wrong: Vec<String>,
}

/// Tries a table of cases, and returns those that do not come out as they say.
///
/// # Errors
/// When the table cannot be read, or the mapping does not fit the schemas; says why.
pub fn run_table(mapping: &Mapping, table: &str) -> Result<Vec<CaseFailure>, String> {
    let trial = Trial::new(Law::RulesNeverFail, mapping).map_err(|it| it.flaw.found.clone())?;
    let table: Table = table.parse().map_err(|it: toml::de::Error| it.to_string())?;
    if let Some(key) = table.keys().find(|it| *it != "case") {
        return Err(format!("`{key}` means nothing here: a table has [[case]] alone"));
    }
    let cases = table.get("case").and_then(|it| it.as_array()).ok_or("there is no [[case]]")?;
    let mut failures = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let case = case.as_table().ok_or("a case is a table: [[case]]")?;
        let name = case.get("name").and_then(|it| it.as_str());
        let name = name.ok_or_else(|| format!("case {} has no `name`", at + 1))?;
        let wrong = Case { trial: &trial, case }.run().map_err(|it| format!("case \"{name}\": {it}"))?;
        if !wrong.is_empty() {
            failures.push(CaseFailure { name: name.into(), wrong });
        }
    }
    Ok(failures)
}

/// Tries the table of cases in a file, and fails the test that asked for it with all cases that do not come out as they say.
///
/// # Panics
/// When the table cannot be read, or a case does not come out.
#[expect(clippy::panic, reason = "a failed check fails the test that asked for it")]
#[track_caller]
pub fn check_table(mapping: &Mapping, file: impl AsRef<Path>) {
    let file = file.as_ref();
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", file.display()),
    };
    match run_table(mapping, &text) {
        Ok(failures) if failures.is_empty() => {}
        Ok(failures) => panic!("{}:\n{}", file.display(), report(&failures)),
        Err(error) => panic!("{}: {error}", file.display()),
    }
}

/// Tells failures to people.
pub fn report(failures: &[CaseFailure]) -> String {
    let mut text = String::new();
    for failure in failures {
        text.push_str(&format!("case \"{}\"\n", failure.name));
        failure.wrong.iter().for_each(|it| text.push_str(&format!("  {it}\n")));
    }
    text
}

struct Case<'a> {
    trial: &'a Trial<'a>,
    case: &'a Table,
}

impl Case<'_> {
    fn run(&self) -> Result<Vec<String>, String> {
        let known = ["name", "type", "given", "with", "expect", "absent", "account"];
        if let Some(key) = self.case.keys().find(|it| !known.contains(&it.as_str())) {
            return Err(format!("`{key}` means nothing here; keys are {}", known.join(", ")));
        }
        let first = self.trial.spec.objects.first().map(|it| it.source.clone());
        let object_type = match self.case.get("type").and_then(|it| it.as_str()) {
            Some(object_type) => ObjectType::new(object_type),
            None => first.ok_or("the mapping maps nothing")?,
        };
        let mut source = SystemState::new(self.trial.schemas.source.clone());
        let given = self.case.get("given").and_then(|it| it.as_table()).ok_or("`given` is missing")?;
        source.objects.push(self.object(&object_type, PERSON, given)?);
        for other in self.case.get("with").and_then(|it| it.as_array()).into_iter().flatten() {
            let mut other = other.as_table().ok_or("`with` takes a list of tables")?.clone();
            let mut take = |key: &str| other.remove(key).and_then(|it| it.as_str().map(str::to_owned));
            let id = take("id").ok_or("each of `with` has an `id`")?;
            let of_type = take("type").map_or_else(|| object_type.clone(), ObjectType::new);
            source.objects.push(self.object(&of_type, &id, &other)?);
        }
        let world = self.trial.world(&source);
        let planned = self.trial.plan(&world).map_err(|it| it.found.clone())?;
        self.compare(&object_type, &planned)
    }

    fn object(&self, object_type: &ObjectType, id: &str, given: &Table) -> Result<Object, String> {
        read_object(&self.trial.schemas.source, object_type, id, given)
    }

    /// What is planned for the person is compared with what is expected.
    fn compare(&self, object_type: &ObjectType, planned: &Planned) -> Result<Vec<String>, String> {
        let is_ours = |it: &Operation| {
            it.source.as_str() == PERSON
                && self.trial.object(it.mapping).is_some_and(|it| it.source == *object_type)
        };
        let account = created(planned).find(|(it, _)| is_ours(it));
        let is_wanted = self.case.get("account").and_then(toml::Value::as_bool).unwrap_or(true);
        let (operation, attributes) = match (account, is_wanted) {
            (None, false) => return Ok(Vec::new()),
            (None, true) => return Ok(vec![format!("no account: {}", why_not(planned))]),
            (Some(_), false) => return Ok(vec!["there is an account, and none was expected".to_owned()]),
            (Some(account), true) => account,
        };
        let target = self.trial.object(operation.mapping).map(|it| &it.target);
        let schema = target.and_then(|it| self.trial.schemas.target.of(it));
        let held =
            |name: &str| attributes.iter().find(|(it, _)| it.is(name)).map(|(_, it)| shown(planned, it));
        let mut wrong = Vec::new();
        let expected = self.case.get("expect").and_then(|it| it.as_table());
        for (name, written) in expected.into_iter().flatten() {
            let attribute = schema.and_then(|it| provisio::model::path::resolve(&it.attributes, name).ok());
            let attribute = attribute.ok_or_else(|| format!("the target has no attribute `{name}`"))?;
            let expected = self.expected(&attribute, name, written)?;
            let found = held(name);
            if found.as_ref() != Some(&expected) {
                let found = found.unwrap_or_else(|| "nothing".to_owned());
                let rule = self.trial.rule(operation.mapping, Some(&attribute.name));
                wrong.push(format!("{name}: expected {expected}, found {found}   ({rule})"));
            }
        }
        for name in self.case.get("absent").and_then(|it| it.as_array()).into_iter().flatten() {
            let name = name.as_str().ok_or("`absent` takes names of attributes")?;
            if let Some(found) = held(name) {
                wrong.push(format!("{name}: expected nothing, found {found}"));
            }
        }
        if !wrong.is_empty() {
            let about = planned
                .findings
                .iter()
                .filter(|it| it.source.as_ref().is_some_and(|it| it.as_str() == PERSON));
            wrong.extend(about.map(|it| it.text(&planned.plan).to_string()));
        }
        Ok(wrong)
    }

    /// Reads what is expected; a reference is the source id of who is meant.
    fn expected(
        &self,
        attribute: &AttributeSchema,
        name: &str,
        written: &toml::Value,
    ) -> Result<String, String> {
        let mut plain = attribute.clone();
        if plain.kind == ValueKind::Reference {
            plain.kind = ValueKind::Text;
        }
        plain.name = name.into();
        let schema = provisio::model::ObjectSchema::new("expected", [plain]);
        let schema = provisio::model::Schema::new([schema]);
        let table: Table = [(name.to_owned(), written.clone())].into_iter().collect();
        let object = read_object(&schema, &ObjectType::new("expected"), "expected", &table)?;
        let values =
            object.attributes.get(name).ok_or_else(|| format!("`{name}`: use `absent` for nothing"))?;
        Ok(sorted(values))
    }
}

fn shown(planned: &Planned, values: &PlannedValues) -> String {
    match values {
        PlannedValues::Values(values) => sorted(values),
        PlannedValues::References(referents) => {
            let ids = referents.iter().map(|it| match &it.target {
                TargetRef::Existing(id) => Value::from(id.as_str()),
                TargetRef::Created(by) => {
                    let operation = planned.plan.operations.get(by.position());
                    Value::from(operation.map_or("", |it| it.source.as_str()))
                }
            });
            Values::from_many(ids).map(|it| sorted(&it)).unwrap_or_default()
        }
    }
}

/// Shows values in one order: they are a set.
fn sorted(values: &Values) -> String {
    let mut all = values.as_slice().to_vec();
    all.sort_by_key(ToString::to_string);
    Values::from_many(all).map(|it| Shown(&it).to_string()).unwrap_or_default()
}

/// Why nothing is created for the person.
fn why_not(planned: &Planned) -> String {
    let is_ours = |it: Option<&str>| it == Some(PERSON);
    let skipped = planned.plan.skipped.iter().find(|it| is_ours(Some(it.source.as_str())));
    let findings = planned.findings.iter();
    let mut findings = findings.filter(|it| {
        is_ours(it.source.as_ref().map(|it| it.as_str()))
            && !matches!(it.kind, FindingKind::Unresolved { .. })
    });
    match (skipped, findings.next()) {
        (Some(skipped), _) => skipped.why.to_string(),
        (None, Some(finding)) => finding.text(&planned.plan).to_string(),
        (None, None) => "the mapping does not create it".to_owned(),
    }
}
