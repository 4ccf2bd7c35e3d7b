//! Laws of access: leavers lose it, and nobody gets what is only for others.

use provisio::model::{AttrName, Object, SourceId, Text, Value, Values};
use provisio::plan::{MappingId, SkipReason};
use provisio::spec::ObjectMapping;

use super::breach::record;
use super::grant::{Grant, What};
use super::trial::{Judged, Trial, find};
use super::{Breach, Law, Mapping, is_person};
use crate::rig::Rig;
use crate::strategies::{Draw, Life, LifeEvent};
use crate::world::SystemState;

/// What the status attribute is called where a mapping does not say so.
const STATUS_NAMES: [&str; 3] = ["active", "enabled", "accountEnabled"];

/// Who leaves has no account that works after one cycle: whose source object is gone, is changed as
/// [`Mapping::leaving`] says, or changes so that nobody would get an account now.
///
/// [`Mapping::grace_days`] lets them keep it for a while. Objects with members are no people, and do not count.
///
/// # Errors
/// When somebody keeps it.
pub fn leavers_lose_access(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::LeaversLoseAccess, mapping)?;
    let population = trial.population();
    trial.each(&population, |source, seed| {
        let mut draw = Draw::new(seed);
        let who = draw.below(source.objects.len());
        let Some(leaver) = source.objects.get(who).cloned() else { return Ok(()) };
        let mut changed = population.draw_again(&mut draw, source, &leaver);
        let how = match (&mapping.leaving, draw.below(3)) {
            (Some(leave), 0 | 1) => {
                changed = leaver.clone();
                leave(&mut changed);
                "leaves, as the test says"
            }
            (None, 0) | (_, 2) => "is gone from the source",
            _ => "changes so that nobody like that gets an account",
        };
        let leaves = Leaving { trial: &trial, leaver: &leaver, how };
        if how.starts_with("is gone") {
            leaves.judge(source, None)
        } else {
            leaves.judge(source, Some(&changed))
        }
    })
}

struct Leaving<'a> {
    trial: &'a Trial<'a>,
    leaver: &'a Object,
    how: &'a str,
}

impl Leaving<'_> {
    fn judge(&self, source: &SystemState, changed: Option<&Object>) -> Judged {
        let mut after = source.clone();
        after.objects.retain(|it| it.object_type != self.leaver.object_type || it.id != self.leaver.id);
        after.objects.extend(changed.cloned());
        let left: Vec<MappingId> = self.left(&after, changed)?;
        if left.is_empty() {
            return Ok(());
        }
        let rig = self.trial.settled(&self.trial.world(source))?;
        let had: Vec<MappingId> = left.into_iter().filter(|it| self.has_access(&rig, *it)).collect();
        if had.is_empty() {
            return Ok(());
        }
        rig.source.edit(|it| *it = after);
        let run = || rig.run().map_err(|it| self.trial.restless(it.to_string()));
        run()?;
        if self.trial.mapping.grace_days > 0 {
            rig.pass(self.trial.mapping.grace_days);
            run()?;
        }
        let Some(mapping) = had.into_iter().find(|it| self.has_access(&rig, *it)) else { return Ok(()) };
        let days = self.trial.mapping.grace_days;
        let within = if days > 0 { format!("{days} days") } else { "one cycle".to_owned() };
        Err(self
            .trial
            .flaw(mapping, None, self.leaver.id.clone())
            .expected(format!("no account that works, within {within}, when the person {}", self.how))
            .found(match changed {
                Some(changed) => format!("the account works, and the person has become: {}", record(changed)),
                None => "the account works".to_owned(),
            })
            .help(
                "disable or delete it: [object.deprovisioning] with `status` and the steps `out_of_scope`, \
                 `source_disabled` and `source_deleted`; allow the update; let no limit stop a single leaver",
            ))
    }

    /// The mappings under which the leaver has no right to an account any more.
    fn left(&self, after: &SystemState, changed: Option<&Object>) -> Judged<Vec<MappingId>> {
        let target = &self.trial.schemas.target;
        let mappings = (0..).map(MappingId).zip(&self.trial.spec.objects);
        let mut mappings: Vec<MappingId> = mappings
            .filter(|(_, it)| it.source == self.leaver.object_type && is_person(&it.target, target))
            .map(|(id, _)| id)
            .collect();
        if changed.is_some() {
            let planned = self.trial.plan(&self.trial.world(after))?;
            let is_out = |it: &MappingId| {
                let skipped = planned.plan.skipped.iter();
                skipped
                    .filter(|skipped| skipped.mapping == *it && *skipped.source.text() == self.leaver.id)
                    .any(|it| {
                        matches!(
                            it.why,
                            SkipReason::OutOfScope(_) | SkipReason::Unassigned | SkipReason::Disabled
                        )
                    })
            };
            mappings.retain(is_out);
        }
        Ok(mappings)
    }

    fn has_access(&self, rig: &Rig, mapping: MappingId) -> bool {
        let Some(mapped) = self.trial.object(mapping) else { return false };
        account(rig, mapped, &self.leaver.id).is_some_and(|it| works(mapped, &it))
    }
}

/// The target object that is linked to a source object.
pub(super) fn account(rig: &Rig, mapped: &ObjectMapping, id: &Text) -> Option<Object> {
    let links = rig.links();
    let link = links.iter().find(|(name, link)| *name == mapped.name && link.source == SourceId::new(id))?;
    find(&rig.objects(), mapped.target.as_str(), link.1.target.as_str()).cloned()
}

/// Tells whether somebody can use an account: it is neither disabled nor marked as deleted.
pub(super) fn works(mapped: &ObjectMapping, account: &Object) -> bool {
    let holds = |name: &str, value: &Value| {
        account.attributes.get(name).and_then(Values::single).is_some_and(|it| it == value)
    };
    let leaving = &mapped.deprovisioning;
    let is_marked = leaving.soft_delete.as_ref().is_some_and(|it| holds(it.attribute.as_str(), &it.deleted));
    let is_disabled = match &leaving.status {
        Some(status) => holds(status.attribute.as_str(), &status.disabled),
        None => STATUS_NAMES.iter().any(|it| holds(it, &Value::Bool(false))),
    };
    !is_marked && !is_disabled
}

/// Nobody has what is only for others: of each [`Grant`] of [`Mapping::only`] those alone that may have it, from the first
/// run on and after whatever happens to them.
///
/// # Errors
/// When somebody else has it.
pub fn only_those_meant_get_in(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::OnlyThoseMeantGetIn, mapping)?;
    if mapping.grants.is_empty() {
        return Ok(());
    }
    let population = trial.population();
    trial.each(&population, |source, seed| {
        let rig = trial.settled(&trial.world(source))?;
        of_all(&trial, &rig, source, false)?;
        let mut draw = Draw::new(seed);
        let mut after = source.clone();
        for object_type in trial.schemas.source.types.iter().map(|it| &it.object_type) {
            let mut life = Life::new(&population, object_type);
            let (who, seed) = (u8::try_from(draw.below(200)).unwrap_or(0), draw.below(1_000) as u64);
            life.happen(&mut after, &[LifeEvent::Move { who, seed }]);
        }
        rig.source.edit(|it| *it = after.clone());
        rig.settle().map_err(|it| trial.restless(it))?;
        of_all(&trial, &rig, &after, true)
    })
}

fn of_all(trial: &Trial<'_>, rig: &Rig, source: &SystemState, is_after: bool) -> Judged {
    for (at, mapped) in (0..).map(MappingId).zip(&trial.spec.objects) {
        for person in source.objects.iter().filter(|it| it.object_type == mapped.source) {
            let Some(account) = account(rig, mapped, &person.id).filter(|it| works(mapped, it)) else {
                continue;
            };
            let mut grants = trial.mapping.grants.iter();
            if let Some(grant) = grants.find(|it| !it.may(person) && has(rig, &account, it)) {
                let about = attribute_of_grant(trial, grant);
                let (mapping, attribute) = about.as_ref().map_or((at, None), |(it, name)| (*it, Some(name)));
                return Err(trial
                    .flaw(mapping, attribute, person.id.clone())
                    .expected(format!("{grant} for nobody but those of whom this is true: {}", grant.who))
                    .found(if is_after {
                        format!("{} still has it, and has become: {}", person.id, record(person))
                    } else {
                        format!("{} has it", person.id)
                    })
                    .help(
                        "narrow the rule or the scope; clear what nobody gives any more, with \
                         null = \"clear\"; take out who must not be a member",
                    ));
            }
        }
    }
    Ok(())
}

/// The rule that gives what a grant is about.
fn attribute_of_grant(trial: &Trial<'_>, grant: &Grant) -> Option<(MappingId, AttrName)> {
    let mappings = (0..).map(MappingId).zip(&trial.spec.objects);
    match &grant.what {
        What::Value { attribute, .. } => mappings
            .filter(|(_, it)| it.attributes.iter().any(|it| it.target.is(attribute.as_str())))
            .map(|(at, _)| (at, attribute.clone()))
            .next(),
        What::Member { of, .. } => {
            let (at, mapped) = mappings.into_iter().find(|(_, it)| it.target == *of)?;
            let schema = trial.schemas.target.of(of)?;
            let members = schema.attributes.iter().find(|it| {
                it.multi_valued
                    && !it.references.is_empty()
                    && mapped.attributes.iter().any(|rule| rule.target.is(it.name.as_str()))
            })?;
            Some((at, members.name.clone()))
        }
    }
}

/// Tells whether an account has what a grant is about.
fn has(rig: &Rig, account: &Object, grant: &Grant) -> bool {
    let holds = |object: &Object, name: &AttrName, value: &Value| {
        object.attributes.get(name.as_str()).is_some_and(|it| it.as_slice().contains(value))
    };
    match &grant.what {
        What::Value { attribute, value } => holds(account, attribute, value),
        What::Member { of, called } => rig.objects().iter().any(|group| {
            let me = Value::Reference(account.id.clone());
            group.object_type == *of
                && called.as_ref().is_none_or(|(name, value)| holds(group, name, value))
                && group.attributes.iter().any(|(_, it)| it.len() > 0 && it.as_slice().contains(&me))
        }),
    }
}
