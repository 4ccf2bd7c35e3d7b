//! The law of the way back: what was sent is what is read, and what flows back is what came.

use provisio::MappingSpec;
use provisio::model::{
    AttrName, CompareRule, Link, Object, SourceId, TargetId, Text, Value, ValueKind, Values,
};
use provisio::plan::PlannedValues;

use super::breach::Shown;
use super::trial::{Judged, Trial, attribute_of, created, find};
use super::words::read_by;
use super::{Breach, Law, Mapping};
use crate::rig::Rig;
use crate::world::{SystemState, World, WorldError};

/// What was sent is what is read back, as the target's schema compares it; and with [`Mapping::writeback`], what flows back
/// changes nothing that the way out reads, and leaves the way out nothing to do.
///
/// What the target makes of texts says [`Mapping::kept_as`].
///
/// # Errors
/// When something else comes back.
pub fn what_is_sent_comes_back(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::WhatIsSentComesBack, mapping)?;
    let back = match &mapping.writeback {
        Some(Ok(spec)) => Some(spec),
        Some(Err(faults)) => {
            let mut flaw = trial.restless(faults.clone());
            flaw.expected = "a mapping of the way back that can be read".to_owned();
            flaw.help = "mend what is shown here".to_owned();
            return Err(Breach { law: trial.law, flaw, people: Vec::new(), case: 0, cases: 0 });
        }
        None => None,
    };
    trial.each(&trial.population(), |source, _| {
        let world = trial.world(source);
        let rig = trial.settled(&world)?;
        kept(&trial, &world, &rig)?;
        back.map_or(Ok(()), |it| returned(&trial, source, &rig, it))
    })
}

/// Compares what the first plan sends with what is held when nothing is left to do.
fn kept(trial: &Trial<'_>, world: &World, rig: &Rig) -> Judged {
    let planned = trial.plan(world)?;
    for (operation, attributes) in created(&planned) {
        let Some(mapped) = trial.object(operation.mapping) else { continue };
        let Some(account) = super::access::account(rig, mapped, operation.source.text()) else { continue };
        for (name, values) in attributes {
            let (PlannedValues::Values(sent), Some(schema)) =
                (values, attribute_of(&trial.schemas.target, mapped, name))
            else {
                continue;
            };
            let held = account.attributes.get(name.as_str());
            let can_be_read = schema.mutability != provisio::model::Mutability::WriteOnly;
            let is_same = held.is_some_and(|held| {
                let all = held.as_slice().iter().zip(sent.as_slice());
                held.len() == sent.len()
                    && (held.len() > 1
                        || all
                            .map(|(held, sent)| (held.borrow(), sent.borrow()))
                            .all(|(held, sent)| CompareRule::of(schema).same(held, sent)))
            });
            if can_be_read && !is_same {
                let held = held.map_or("nothing".to_owned(), |it| Shown(it).to_string());
                return Err(trial
                    .flaw(operation.mapping, Some(name), operation.source.text().clone())
                    .expected(format!("{}, as it was sent", Shown(sent)))
                    .found(format!("{held} is what the target keeps"))
                    .help("send what the target keeps: cut it, trim it, or change its case in the rule"));
            }
        }
    }
    Ok(())
}

/// Carries the way back out, and compares the source with what it was.
fn returned(trial: &Trial<'_>, source: &SystemState, rig: &Rig, back: &MappingSpec) -> Judged {
    let failed = |it: String| trial.restless(format!("on the way back: {it}"));
    let (world, _) = rig.world().map_err(|it| failed(it.to_string()))?;
    let mut home = SystemState::new(trial.schemas.source.clone());
    home.objects = source.objects.iter().map(|it| without_strangers(it, source)).collect();
    let mut way_back = World::new(world.target.clone(), home, back.clone());
    for (name, link) in &world.links {
        let Some(out) = trial.spec.objects.iter().find(|it| it.name == *name) else { continue };
        let matches =
            |it: &&provisio::spec::ObjectMapping| it.source == out.target && it.target == out.source;
        let Some(mapped) = back.objects.iter().find(matches) else { continue };
        let turned = Link {
            source: SourceId::new(link.target.text()),
            target: TargetId::new(link.source.text()),
            origin: link.origin,
        };
        way_back.links.push((mapped.name.clone(), turned));
    }
    if let Err(WorldError::Refused(faults)) = way_back.compile() {
        let mut flaw = failed(super::told(&faults, ""));
        flaw.expected = "a mapping of the way back that fits the schemas of both sides".to_owned();
        flaw.help = "mend what is shown here; it is the mapping of `writeback`".to_owned();
        return Err(flaw);
    }
    let home = Rig::new(&way_back).map_err(|it| failed(it.to_string()))?;
    home.settle().map_err(failed)?;
    let after = home.objects();
    for before in &source.objects {
        let Some(now) = find(&after, before.object_type.as_str(), &before.id) else { continue };
        if let Some((name, was, is)) = changed(trial, before, now) {
            return Err(changed_flaw(trial, back, before, &name, &was, is));
        }
    }
    // The source holds what came back, and the way out has nothing to do.
    rig.source.edit(|it| {
        for object in &mut it.objects {
            let Some(now) = find(&after, object.object_type.as_str(), &object.id) else { continue };
            for (name, values) in now.attributes.iter() {
                let is_reference = matches!(values.single(), Some(Value::Reference(_)));
                if !is_reference {
                    object.attributes.set(name.clone(), values.clone());
                }
            }
        }
    });
    let (world, _) = rig.world().map_err(|it| failed(it.to_string()))?;
    let planned = trial.plan(&world)?;
    match planned.plan.operations.first() {
        None => Ok(()),
        Some(operation) => {
            let attribute = operation.action.changes().first().map(|it| &it.attribute);
            Err(trial
                .flaw(operation.mapping, attribute, operation.source.text().clone())
                .expected("nothing to do on the way out after the way back")
                .found(planned.plan.operation_text(operation))
                .help("let each value have one master: do not compute it from what flows back"))
        }
    }
}

/// The object without references to whom the source does not have: nothing can be written that leads nowhere.
fn without_strangers(object: &Object, source: &SystemState) -> Object {
    let mut known = object.clone();
    for (name, values) in object.attributes.iter() {
        let leads = |it: &Value| match it {
            Value::Reference(id) => source.objects.iter().any(|it| it.id == *id),
            _ => true,
        };
        known.attributes.set_or_clear(
            name.clone(),
            Values::from_many(values.as_slice().iter().filter(|it| leads(it)).cloned()),
        );
    }
    known
}

type Changed = (AttrName, Values, Option<Values>);

/// The first value that the way out reads and the way back changed. What was empty may be filled.
fn changed(trial: &Trial<'_>, before: &Object, now: &Object) -> Option<Changed> {
    let schema = trial.schemas.source.of(&before.object_type)?;
    let of_type = trial.spec.objects.iter().filter(|it| it.source == before.object_type);
    let rules = of_type.flat_map(|it| it.attributes.iter().map(move |rule| (it, rule)));
    let read: Vec<String> = rules.flat_map(|(it, rule)| read_by(it, rule.target.as_str())).collect();
    before.attributes.iter().filter(|(name, _)| read.iter().any(|it| name.is(it))).find_map(|(name, was)| {
        let attribute = schema.attribute(name.as_str())?;
        // References lead elsewhere on the other side, and nobody reads a secret back.
        if matches!(attribute.kind, ValueKind::Reference | ValueKind::Secret) {
            return None;
        }
        let is = now.attributes.get(name.as_str());
        let is_same = is.is_some_and(|is| match (was.single(), is.single()) {
            (Some(was), Some(is)) => CompareRule::of(attribute).same(was.borrow(), is.borrow()),
            _ => was.len() == is.len(),
        });
        (!is_same).then(|| (name.clone(), was.clone(), is.cloned()))
    })
}

fn changed_flaw(
    trial: &Trial<'_>,
    back: &MappingSpec,
    person: &Object,
    name: &AttrName,
    was: &Values,
    is: Option<Values>,
) -> Box<super::Flaw> {
    let mapped = back.objects.iter().find(|it| it.target == person.object_type);
    let rule = mapped.and_then(|it| {
        let rule = it.attributes.iter().find(|rule| rule.target.is(name.as_str()))?;
        Some(format!("{}: {name} = {}", it.name, rule.source))
    });
    let is = is.map_or("nothing".to_owned(), |it| Shown(&it).to_string());
    let mut flaw = trial
        .flaw(provisio::plan::MappingId(0), Some(name), person.id.clone())
        .expected(format!("{} in the source, as it was before", Shown(was)))
        .found(format!("{is} comes back"))
        .help("write back what was sent, without a change; or do not write it back");
    flaw.rule = Text::new(rule.unwrap_or_default());
    flaw
}
