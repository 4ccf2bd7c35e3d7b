//! Does a mapping do what its author means, for everybody who may ever be hired?
//!
//! A [`Mapping`] is a spec with the schemas of both sides. [`mapping_laws!`](crate::mapping_laws) makes one test of each
//! [`Law`]; each is a function as well. People are drawn from the schema of the source: with hard names, without whatever
//! the schema does not require, as twins, rehires, in circles. Who breaks a law is made smaller until nothing can be taken
//! away, and the message shows the rule, the person, what was expected and what came out.
//!
//! ```
//! use provisio_testkit::mapping::{self, Mapping};
//! use provisio_testkit::provisio::model::{AttributeSchema, ObjectSchema, Schema};
//!
//! let worker = [AttributeSchema::text("workerId").required().unique(), AttributeSchema::text("lastName")];
//! let user = [AttributeSchema::text("userName").required().unique()];
//! let spec = r#"
//! format = 1
//! [[object]]
//! source = "worker"
//! target = "user"
//! [object.attributes]
//! userName = { attribute = "lastName", matching = 1 }
//! "#;
//! let schemas = (Schema::new([ObjectSchema::new("worker", worker)]), Schema::new([ObjectSchema::new("user", user)]));
//! let mapping = Mapping::new(spec, schemas);
//!
//! let breach = mapping::unique_values_are_unique(&mapping).expect_err("two people may have one family name");
//! assert!(breach.to_string().contains("userName = [lastName]"));
//! assert_eq!(breach.people.len(), 2);
//! ```
//!
//! * The laws: [`Law`] says each as a sentence. What the schemas do not say, the mapping is told: which characters the
//!   target takes ([`Mapping::characters`]), what is secret ([`Mapping::secret`]), who may be a member of what
//!   ([`Mapping::only`]), how people leave ([`Mapping::leaving`]), what flows back ([`Mapping::writeback`]).
//! * A table of people, and what each shall get: [`table`].
//! * A plan as a snapshot that is reviewed: [`assert_plan_snapshot!`](crate::assert_plan_snapshot).

mod access;
mod breach;
mod grant;
mod law;
mod limits;
mod macros;
mod roundtrip;
mod running;
mod secrets;
mod stability;
pub mod table;
mod trial;
mod values;
mod words;

use std::fmt;
use std::sync::Arc;

use proptest::strategy::{BoxedStrategy, Strategy};
use provisio::MappingSpec;
use provisio::model::{AttrName, Diagnostic, Object, ObjectType, Schema, Text, Value, Values};
use provisio::spec::load;

pub use access::{leavers_lose_access, only_those_meant_get_in};
pub use breach::{Breach, Flaw};
pub use grant::{Characters, Grant};
pub use law::{CASES_VARIABLE, Law};
pub use limits::limits_hold;
pub use roundtrip::what_is_sent_comes_back;
pub use running::runs_come_to_rest;
pub use secrets::secrets_stay_secret;
pub use stability::values_are_stable;
pub use values::{
    required_values_are_given, rules_never_fail, unique_values_are_unique, values_fit_the_target,
};

use crate::rig::TargetForm;
use crate::scenario::{findings_text, without_fingerprint};
use crate::world::{Planning, SystemState, World, WorldError};

/// The schemas of both sides.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there are two sides")]
pub struct Schemas {
    /// What the source may hold.
    pub source: Schema,
    /// What the target may hold.
    pub target: Schema,
}

impl From<(Schema, Schema)> for Schemas {
    fn from((source, target): (Schema, Schema)) -> Self {
        Self { source, target }
    }
}

/// Where a spec comes from: made in code, or the text of a mapping file.
pub trait AsSpec {
    /// Returns the spec, or what is wrong with its text, for people.
    ///
    /// # Errors
    /// When the text is not one of a mapping file.
    fn as_spec(&self) -> Result<MappingSpec, String>;

    /// Returns the text; empty for what was made in code.
    fn text(&self) -> &str {
        ""
    }
}

impl AsSpec for MappingSpec {
    fn as_spec(&self) -> Result<MappingSpec, String> {
        Ok(self.clone())
    }
}

impl AsSpec for str {
    fn as_spec(&self) -> Result<MappingSpec, String> {
        load(self).map_err(|faults| told(&faults, self))
    }

    fn text(&self) -> &str {
        self
    }
}

impl AsSpec for String {
    fn as_spec(&self) -> Result<MappingSpec, String> {
        self.as_str().as_spec()
    }

    fn text(&self) -> &str {
        self
    }
}

impl<T: AsSpec + ?Sized> AsSpec for &T {
    fn as_spec(&self) -> Result<MappingSpec, String> {
        (**self).as_spec()
    }

    fn text(&self) -> &str {
        (**self).text()
    }
}

impl AsSpec for Result<MappingSpec, Vec<Diagnostic>> {
    fn as_spec(&self) -> Result<MappingSpec, String> {
        self.clone().map_err(|faults| told(&faults, ""))
    }
}

/// Tells faults to people, with their places if there is a text.
fn told(faults: &[Diagnostic], text: &str) -> String {
    let tell = |it: &Diagnostic| match text {
        "" => {
            let help = it.help.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
            format!("{}: {}{help}\n", it.code, it.message)
        }
        text => it.render("mapping.toml", text),
    };
    faults.iter().map(tell).collect()
}

/// A change of a person.
type Edit = Arc<dyn Fn(&mut Object) + Send + Sync>;

/// A mapping under test: the spec, both schemas, and what its author knows and they do not say.
#[derive(Clone)]
pub struct Mapping {
    spec: Result<MappingSpec, String>,
    /// What it was read from; empty if it was made in code.
    text: String,
    schemas: Schemas,
    cases: Option<u32>,
    people: Option<BoxedStrategy<SystemState>>,
    words: Vec<(Text, Vec<Value>)>,
    characters: Vec<(AttrName, Characters)>,
    secrets: Vec<Text>,
    irrelevant: Vec<(AttrName, Vec<Text>)>,
    timely: Vec<AttrName>,
    grants: Vec<Grant>,
    leaving: Option<Edit>,
    grace_days: u64,
    writeback: Option<Result<MappingSpec, String>>,
    forms: Vec<(AttrName, TargetForm)>,
    loss_percent_max: u32,
    exceptions: Vec<(Law, Text)>,
}

impl Mapping {
    /// Makes a mapping of a spec, or of the text of a mapping file, and the schemas of source and target.
    ///
    /// A text that cannot be read is no error here: every law says what is wrong with it.
    pub fn new(spec: impl AsSpec, schemas: impl Into<Schemas>) -> Self {
        Self {
            spec: spec.as_spec(),
            text: spec.text().to_owned(),
            schemas: schemas.into(),
            cases: None,
            people: None,
            words: Vec::new(),
            characters: Vec::new(),
            secrets: Vec::new(),
            irrelevant: Vec::new(),
            timely: Vec::new(),
            grants: Vec::new(),
            leaving: None,
            grace_days: 0,
            writeback: None,
            forms: Vec::new(),
            loss_percent_max: 50,
            exceptions: Vec::new(),
        }
    }

    /// Tries each law on so many cases, and those that run a job on a tenth of them. The environment variable
    /// [`CASES_VARIABLE`] takes precedence.
    #[must_use]
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = Some(cases);
        self
    }

    /// Draws sources from this strategy instead of [`Population`](crate::strategies::Population).
    #[must_use]
    pub fn people(mut self, strategy: impl Strategy<Value = SystemState> + 'static) -> Self {
        self.people = Some(strategy.boxed());
        self
    }

    /// Says that people often have one of these values in a source attribute. Those that the scope and the expressions of the
    /// spec ask for need not be said.
    #[must_use]
    pub fn words<V: Into<Value>>(
        mut self,
        attribute: impl Into<Text>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.words.push((attribute.into(), values.into_iter().map(Into::into).collect()));
        self
    }

    /// Says which characters a target attribute takes.
    #[must_use]
    pub fn characters(mut self, attribute: impl Into<AttrName>, characters: Characters) -> Self {
        self.characters.push((attribute.into(), characters));
        self
    }

    /// Says that a source attribute is secret. Those of the type `secret` are.
    #[must_use]
    pub fn secret(mut self, attribute: impl Into<Text>) -> Self {
        self.secrets.push(attribute.into());
        self
    }

    /// Says that a target attribute must stay as it is when one of these source attributes changes.
    #[must_use]
    pub fn irrelevant<N: Into<Text>>(
        mut self,
        attribute: impl Into<AttrName>,
        source: impl IntoIterator<Item = N>,
    ) -> Self {
        self.irrelevant.push((attribute.into(), source.into_iter().map(Into::into).collect()));
        self
    }

    /// Says that a target attribute may change because time passes.
    #[must_use]
    pub fn depends_on_time(mut self, attribute: impl Into<AttrName>) -> Self {
        self.timely.push(attribute.into());
        self
    }

    /// Says who alone may have something: `who` in words, such as "employees", and as a function of the source object.
    #[must_use]
    pub fn only(
        mut self,
        grant: Grant,
        who: impl Into<Text>,
        may: impl Fn(&Object) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.grants.push(grant.for_those(who.into(), Arc::new(may)));
        self
    }

    /// Says what happens to the source object of somebody who leaves, besides being gone.
    #[must_use]
    pub fn leaving(mut self, leave: impl Fn(&mut Object) + Send + Sync + 'static) -> Self {
        self.leaving = Some(Arc::new(leave));
        self
    }

    /// Lets leavers keep their access for so many days.
    #[must_use]
    pub fn grace_days(mut self, days: u64) -> Self {
        self.grace_days = days;
        self
    }

    /// Adds the mapping of the way back, from the target to the source.
    #[must_use]
    pub fn writeback(mut self, spec: impl AsSpec) -> Self {
        self.writeback = Some(spec.as_spec());
        self
    }

    /// Says what the target makes of the texts of an attribute.
    #[must_use]
    pub fn kept_as(mut self, attribute: impl Into<AttrName>, form: TargetForm) -> Self {
        self.forms.push((attribute.into(), form));
        self
    }

    /// Says how many of a hundred may lose their account in one run; 50 unless said otherwise.
    #[must_use]
    pub fn loses_at_most(mut self, percent: u32) -> Self {
        self.loss_percent_max = percent;
        self
    }

    /// Excepts the mapping from a law, for a reason that the next reader understands.
    #[must_use]
    pub fn except(mut self, law: Law, why: impl Into<Text>) -> Self {
        self.exceptions.push((law, why.into()));
        self
    }

    /// Changes it with a function: what [`mapping_laws!`](crate::mapping_laws) does with its third argument.
    #[must_use]
    pub fn with(self, settings: impl FnOnce(Self) -> Self) -> Self {
        settings(self)
    }

    /// Returns what it is excepted from, and why.
    pub fn exceptions(&self) -> &[(Law, Text)] {
        &self.exceptions
    }

    /// Tries one law; an exception counts.
    ///
    /// # Errors
    /// When the law is broken: by whom, and how.
    pub fn check(&self, law: Law) -> Result<(), Breach> {
        if self.exceptions.iter().any(|(it, _)| *it == law) {
            return Ok(());
        }
        law.check(self)
    }

    /// Tries all laws, and returns how they are broken.
    pub fn check_all(&self) -> Vec<Breach> {
        Law::ALL.into_iter().filter_map(|it| self.check(it).err()).collect()
    }

    /// Tries one law, and fails the test that asked for it if it is broken.
    ///
    /// # Panics
    /// When the law is broken: with the rule, the person, and what was expected.
    #[expect(clippy::panic, reason = "a broken law fails the test that asked for it")]
    #[track_caller]
    pub fn hold(&self, law: Law) {
        if let Err(breach) = self.check(law) {
            panic!("{breach}");
        }
    }
}

impl fmt::Debug for Mapping {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mapping").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// Returns the text that a person has in an attribute, for conditions such as those of [`Mapping::only`].
pub fn text_of<'o>(object: &'o Object, attribute: &str) -> Option<&'o str> {
    object.attributes.get(attribute).and_then(Values::single).and_then(Value::as_text)
}

/// Shows what comes of a world: the plan and its findings, or why there is none.
pub fn plan_text(world: &World) -> String {
    match world.plan() {
        Ok(Planning { planned, violations, .. }) => {
            let mut text = without_fingerprint(&planned.plan.text().to_string());
            text.push_str(&findings_text(&planned.findings, &planned));
            violations.iter().for_each(|it| text.push_str(&format!("BROKEN RULE: {it}\n")));
            text
        }
        Err(WorldError::Refused(faults)) => told(&faults, ""),
        Err(error) => format!("no plan: {error}\n"),
    }
}

/// The object types whose target objects are people: those that have no members.
fn is_person(target: &ObjectType, schema: &Schema) -> bool {
    use provisio::model::ValueKind;
    let has_members =
        |it: &provisio::model::AttributeSchema| it.kind == ValueKind::Reference && it.multi_valued;
    schema.of(target).is_some_and(|it| !it.attributes.iter().any(has_members))
}
