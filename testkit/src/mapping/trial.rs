//! Trying a law on case after case, and making the one that breaks it smaller.

use provisio::model::{AttrName, Object, Schema, Text};
use provisio::plan::{Action, MappingId, Operation, PlannedValues};
use provisio::planner::{CompiledSpec, plan};
use provisio::spec::ObjectMapping;
use provisio::{Finding, MappingSpec, Planned};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRng, TestRunner};

use super::{Breach, CASES_VARIABLE, Flaw, Law, Mapping, Schemas};
use crate::rig::{Rig, TargetForm};
use crate::strategies::Population;
use crate::world::{SystemState, World, WorldError};

/// What a law says of one case.
pub(super) type Judged<T = ()> = Result<T, Box<Flaw>>;

/// A mapping that compiles, and a law that it is tried for.
pub(super) struct Trial<'m> {
    pub(super) law: Law,
    pub(super) mapping: &'m Mapping,
    pub(super) spec: &'m MappingSpec,
    pub(super) schemas: &'m Schemas,
    compiled: CompiledSpec,
}

impl<'m> Trial<'m> {
    /// Compiles the mapping.
    ///
    /// # Errors
    /// When it cannot be read, or does not fit the schemas; says how.
    pub(super) fn new(law: Law, mapping: &'m Mapping) -> Result<Self, Breach> {
        let refused = |found: String| {
            let expected = "a mapping that fits the schemas of both sides".to_owned();
            let help = "mend what is shown here; no law was tried".to_owned();
            let flaw = Flaw { expected, found, help, ..Flaw::default() };
            Breach { law, flaw: Box::new(flaw), people: Vec::new(), case: 0, cases: 0 }
        };
        let spec = mapping.spec.as_ref().map_err(|it| refused(it.clone()))?;
        let schemas = &mapping.schemas;
        let source = SystemState::new(schemas.source.clone());
        let world = World::new(source, SystemState::new(schemas.target.clone()), spec.clone());
        let (compiled, _) = world.compile().map_err(|error| match error {
            WorldError::Refused(faults) => refused(super::told(&faults, &mapping.text)),
            other => refused(other.to_string()),
        })?;
        Ok(Self { law, mapping, spec, schemas, compiled })
    }

    /// Says how many cases there are.
    fn cases(&self) -> u32 {
        let usual = self.law.cases();
        let wanted = std::env::var(CASES_VARIABLE).ok().and_then(|it| it.parse().ok()).or(self.mapping.cases);
        // A law with few cases has them because each costs more.
        wanted.map_or(usual, |it: u32| (it.saturating_mul(usual) / Law::RulesNeverFail.cases()).max(1))
    }

    /// Returns the population that people are drawn from.
    pub(super) fn population(&self) -> Population {
        super::words::population(self)
    }

    /// Tries the law on case after case. `judge` gets a source and the number of the case, which stays the same while a
    /// case is made smaller.
    ///
    /// # Errors
    /// When a case breaks it: the smallest.
    pub(super) fn each(
        &self,
        population: &Population,
        judge: impl Fn(&SystemState, u64) -> Judged,
    ) -> Result<(), Breach> {
        match &self.mapping.people {
            Some(strategy) => self.each_of(strategy, judge),
            None => self.each_of(&population.strategy(), judge),
        }
    }

    fn each_of<S: Strategy<Value = SystemState>>(
        &self,
        strategy: &S,
        judge: impl Fn(&SystemState, u64) -> Judged,
    ) -> Result<(), Breach> {
        let config = Config { failure_persistence: None, ..Config::default() };
        let random = TestRng::deterministic_rng(config.rng_algorithm);
        let mut runner = TestRunner::new_with_rng(config, random);
        let cases = self.cases();
        for case in 1..=cases {
            let Ok(mut tree) = strategy.new_tree(&mut runner) else { continue };
            let source = tree.current();
            let seed = u64::from(case);
            if let Err(flaw) = judge(&source, seed) {
                let most = self.law.shrinking_max();
                if most == 0 {
                    return Err(Breach { law: self.law, flaw, people: Vec::new(), case: 0, cases });
                }
                let (people, flaw) = smallest(&mut tree, source, flaw, most, |it| judge(it, seed));
                return Err(Breach { law: self.law, flaw, people: people.objects, case, cases });
            }
        }
        Ok(())
    }

    /// Makes a world of a source, with an empty target.
    pub(super) fn world(&self, source: &SystemState) -> World {
        World::new(source.clone(), SystemState::new(self.schemas.target.clone()), self.spec.clone())
    }

    /// Plans.
    pub(super) fn plan(&self, world: &World) -> Judged<Planned> {
        let planned = world.with_input(&self.compiled, plan);
        match planned {
            Ok(Ok(planned)) => Ok(planned),
            Ok(Err(error)) => Err(self.no_plan(error.to_string())),
            Err(error) => Err(self.no_plan(error.to_string())),
        }
    }

    /// Puts a world in place, with the forms that the target keeps texts in, and runs until nothing is left to do.
    pub(super) fn settled(&self, world: &World) -> Judged<Rig> {
        let mut rig = Rig::new(world).map_err(|it| self.no_plan(it.to_string()))?;
        if let Some((_, form)) = self.mapping.forms.first() {
            let same = self.mapping.forms.iter().filter(|(_, it)| it == form);
            rig.target_form = (*form, same.map(|(name, _)| Text::new(name.as_str())).collect());
        } else {
            rig.target_form = (TargetForm::AsSent, Vec::new());
        }
        rig.settle().map_err(|it| self.restless(it))?;
        Ok(rig)
    }

    pub(super) fn restless(&self, found: String) -> Box<Flaw> {
        Box::new(Flaw {
            expected: "a run after which the next one has nothing to do".to_owned(),
            found,
            help: "look for a rule that gives another value each time, and for two rules that write the same"
                .to_owned(),
            ..Flaw::default()
        })
    }

    fn no_plan(&self, found: String) -> Box<Flaw> {
        let expected = "a plan".to_owned();
        let help = "the source or the target contradicts its own schema".to_owned();
        Box::new(Flaw { expected, found, help, ..Flaw::default() })
    }

    /// Returns an object mapping.
    pub(super) fn object(&self, mapping: MappingId) -> Option<&'m ObjectMapping> {
        self.spec.objects.get(usize::from(mapping.0))
    }

    /// Writes a rule as its author did: `worker -> user: userName = ToLower([mail])`.
    pub(super) fn rule(&self, mapping: MappingId, attribute: Option<&AttrName>) -> Text {
        let Some(object) = self.object(mapping) else { return Text::default() };
        let Some(attribute) = attribute else { return object.name.clone() };
        let written = object.attributes.iter().find(|it| it.target.is(attribute.as_str()));
        let written = written.map_or_else(|| "not mapped".to_owned(), |it| one_line(&it.source.to_string()));
        Text::new(format!("{}: {attribute} = {written}", object.name))
    }

    /// Begins the story of a flaw of one rule and one person.
    pub(super) fn flaw(
        &self,
        mapping: MappingId,
        attribute: Option<&AttrName>,
        who: impl Into<Text>,
    ) -> Box<Flaw> {
        Box::new(Flaw {
            rule: self.rule(mapping, attribute),
            attribute: attribute.cloned(),
            who: vec![who.into()],
            ..Flaw::default()
        })
    }

    /// Begins the story of a finding.
    pub(super) fn flaw_of(&self, finding: &Finding) -> Box<Flaw> {
        let who = finding.source.as_ref().map(|it| it.text().clone()).unwrap_or_default();
        self.flaw(finding.mapping, finding.attribute.as_ref(), who)
    }
}

/// Makes a case smaller as long as it breaks the law in the same attribute.
fn smallest<T: ValueTree<Value = SystemState>>(
    tree: &mut T,
    source: SystemState,
    flaw: Box<Flaw>,
    most: usize,
    judge: impl Fn(&SystemState) -> Judged,
) -> (SystemState, Box<Flaw>) {
    let mut smallest = (source, flaw);
    let mut is_more = tree.simplify();
    for _ in 0..most {
        if !is_more {
            break;
        }
        let smaller = tree.current();
        is_more = match judge(&smaller) {
            Err(flaw) if flaw.attribute == smallest.1.attribute => {
                smallest = (smaller, flaw);
                tree.simplify()
            }
            _ => tree.complicate(),
        };
    }
    smallest
}

/// A rule that was written over several lines, in one.
fn one_line(written: &str) -> String {
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns what creates give, with the id of each source object.
pub(super) fn created(planned: &Planned) -> impl Iterator<Item = (&Operation, &[(AttrName, PlannedValues)])> {
    planned.plan.operations.iter().filter_map(|it| match &it.action {
        Action::Create { attributes } => Some((it, &attributes[..])),
        _ => None,
    })
}

/// Finds an object of a type by its id.
pub(super) fn find<'o>(objects: &'o [Object], object_type: &str, id: &str) -> Option<&'o Object> {
    objects.iter().find(|it| it.object_type.as_str() == object_type && *it.id == *id)
}

/// Finds the schema of a target attribute.
pub(super) fn attribute_of<'s>(
    schema: &'s Schema,
    object: &ObjectMapping,
    name: &AttrName,
) -> Option<&'s provisio::model::AttributeSchema> {
    schema.of(&object.target)?.attribute(name.as_str())
}
