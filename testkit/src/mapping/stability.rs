//! The law of stability: nobody gets another login because a day went by, or because a title changed.

use provisio::model::{AttrName, Object, Text, ValueKind, Values};
use provisio::plan::{Action, Operation};

use super::breach::Shown;
use super::trial::{Judged, Trial, attribute_of, find};
use super::{Breach, Law, Mapping};
use crate::strategies::{Draw, Population};
use crate::world::{SystemState, World};

/// What somebody has stays as it is when nothing changes that matters: when the source lists its objects and values in
/// another order, when time passes, and when an attribute changes of which [`Mapping::irrelevant`] says so.
///
/// What may change as time passes says [`Mapping::depends_on_time`].
///
/// # Errors
/// When something changes.
pub fn values_are_stable(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::ValuesAreStable, mapping)?;
    let population = trial.population();
    trial.each(&population, |source, seed| {
        let rig = trial.settled(&trial.world(source))?;
        let (world, _) = rig.world().map_err(|it| trial.restless(it.to_string()))?;
        let case = Case { trial: &trial, world: &world };
        let mut draw = Draw::new(seed);
        case.when("time passes", None, false, |it| it.now = it.now.plus(days(1 + draw.below(400))))?;
        case.when("the source lists the same objects in another order", None, true, |it| {
            it.source.objects.reverse();
        })?;
        case.when("the source lists the same values in another order", None, true, |it| {
            it.source.objects.iter_mut().for_each(reorder);
        })?;
        case.irrelevant(&population, &mut draw)
    })
}

fn days(days: usize) -> std::time::Duration {
    std::time::Duration::from_secs(86_400 * days as u64)
}

/// Turns the values of an attribute round: they are a set.
fn reorder(object: &mut Object) {
    let several = object.attributes.iter().filter(|(_, it)| it.len() > 1);
    let several: Vec<(AttrName, Values)> = several.map(|(name, it)| (name.clone(), it.clone())).collect();
    for (name, values) in several {
        let turned = values.as_slice().iter().rev().cloned();
        object.attributes.set_or_clear(name, Values::from_many(turned));
    }
}

/// A world in which nothing is left to do.
struct Case<'a> {
    trial: &'a Trial<'a>,
    world: &'a World,
}

impl Case<'_> {
    /// What is declared to be irrelevant changes.
    fn irrelevant(&self, population: &Population, draw: &mut Draw) -> Judged {
        for (attribute, irrelevant) in &self.trial.mapping.irrelevant {
            let mut world = self.world.clone();
            for object in &mut world.source.objects {
                let other = population.draw_again(draw, &self.world.source, object);
                for name in irrelevant {
                    object.attributes.set_or_clear(name.as_str(), other.attributes.get(name).cloned());
                }
            }
            let names: Vec<&str> = irrelevant.iter().map(Text::as_str).collect();
            let what = format!("{} of the person changes", names.join(" or "));
            self.judge(&what, Some(attribute), true, &world)?;
        }
        Ok(())
    }

    fn when(
        &self,
        what: &str,
        only: Option<&AttrName>,
        at_once: bool,
        change: impl FnOnce(&mut World),
    ) -> Judged {
        let mut world = self.world.clone();
        change(&mut world);
        self.judge(what, only, at_once, &world)
    }

    /// Plans for the changed world: no attribute changes of whoever did not change. With `only`, that attribute alone counts,
    /// and of everybody.
    fn judge(&self, what: &str, only: Option<&AttrName>, at_once: bool, world: &World) -> Judged {
        let planned = self.trial.plan(world)?;
        let operations = planned.plan.operations.iter();
        for operation in operations.filter(|it| only.is_some() || self.is_unchanged(it, world)) {
            let Some(mapped) = self.trial.object(operation.mapping) else { continue };
            let Action::Update { changes } = &operation.action else { continue };
            for change in changes {
                let name = &change.attribute;
                let is_reference = attribute_of(&self.trial.schemas.target, mapped, name)
                    .is_some_and(|it| it.kind == ValueKind::Reference);
                let is_timely = !at_once && self.trial.mapping.timely.iter().any(|it| it.is(name.as_str()));
                if is_reference || is_timely || only.is_some_and(|it| !it.is(name.as_str())) {
                    continue;
                }
                let shown = |it: Option<&Values>| it.map_or("nothing".into(), |it| Shown(it).to_string());
                let after = change.after.as_ref().and_then(|it| match it {
                    provisio::plan::PlannedValues::Values(values) => Some(values),
                    _ => None,
                });
                let (before, after) = (shown(change.before.as_ref()), shown(after));
                return Err(self
                    .trial
                    .flaw(operation.mapping, Some(name), operation.source.text().clone())
                    .expected(format!("the same value as before when {what}"))
                    .found(format!("{before} becomes {after}"))
                    .help(
                        "compute it from what belongs to the person and lasts; give it once, with \
                         apply = \"create\"; or say that it may change, with depends_on_time",
                    ));
            }
        }
        Ok(())
    }

    fn is_unchanged(&self, operation: &Operation, world: &World) -> bool {
        let Some(mapped) = self.trial.object(operation.mapping) else { return false };
        let held = |side: &SystemState| {
            let object = find(&side.objects, mapped.source.as_str(), operation.source.as_str())?;
            let mut object = object.clone();
            sort(&mut object);
            Some(object)
        };
        held(&world.source).is_some_and(|it| held(&self.world.source) == Some(it))
    }
}

/// Brings the values of each attribute into one order.
fn sort(object: &mut Object) {
    let all: Vec<(AttrName, Values)> =
        object.attributes.iter().map(|(name, it)| (name.clone(), it.clone())).collect();
    for (name, values) in all {
        let mut sorted = values.as_slice().to_vec();
        sorted.sort_by_key(ToString::to_string);
        object.attributes.set_or_clear(name, Values::from_many(sorted));
    }
}
