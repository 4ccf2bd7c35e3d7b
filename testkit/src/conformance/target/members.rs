//! References and groups.

use std::collections::BTreeSet;

use provisio::model::{
    AttributeSchema, Mutability, ObjectSchema, Outcome, TargetId, Text, Value, ValueKind, Values,
};

use super::trial::{Made, Trial, add, reference, remove, told};
use super::updates::{changed, id_of_nothing};
use crate::conformance::compare::some_of;
use crate::conformance::{Checked, Stop, ensure};

/// Objects that have members.
struct Groups<'s> {
    schema: &'s ObjectSchema,
    attribute: &'s AttributeSchema,
    members: &'s ObjectSchema,
}

fn groups<'s>(trial: &'s Trial<'_>) -> Result<Groups<'s>, Stop> {
    trial.needs(trial.capabilities.create, "create")?;
    trial.needs(trial.capabilities.update, "update")?;
    let found = memberships(trial).next();
    let found = found.map(|(schema, attribute, members)| Groups { schema, attribute, members });
    found.ok_or_else(|| {
        Stop::skip("no object type has an attribute with several references that can be written")
    })
}

/// Attributes that hold members, each with its object type and a type of members that can be made.
pub(in crate::conformance) fn memberships<'s>(
    trial: &'s Trial<'_>,
) -> impl Iterator<Item = (&'s ObjectSchema, &'s AttributeSchema, &'s ObjectSchema)> {
    let attributes =
        trial.schema.types.iter().flat_map(|it| it.attributes.iter().map(move |attribute| (it, attribute)));
    let memberships = attributes.filter(|(schema, attribute)| {
        attribute.kind == ValueKind::Reference
            && attribute.multi_valued
            && attribute.mutability == Mutability::ReadWrite
            && trial.fixture.may_use(&schema.object_type, attribute)
    });
    memberships.filter_map(|(schema, attribute)| {
        let may_be = |it: &&ObjectSchema| {
            let is_meant = attribute.references.is_empty() || attribute.references.contains(&it.object_type);
            is_meant && trial.sampler.lacking(it).is_empty()
        };
        Some((schema, attribute, trial.schema.types.iter().find(may_be)?))
    })
}

impl Groups<'_> {
    async fn make(&self, trial: &Trial<'_>) -> Result<Made, Stop> {
        trial.make_of(self.schema, 0).await
    }

    async fn members(&self, trial: &Trial<'_>, count: usize) -> Result<Vec<Made>, Stop> {
        trial.make_many(self.members, count).await
    }

    /// Adds or removes members, as many at once as the target bears.
    async fn change(
        &self,
        trial: &Trial<'_>,
        group: &Made,
        members: &[Made],
        adds: bool,
    ) -> Result<(), Stop> {
        trial.needs(trial.capabilities.update_with_add_remove, "update_with_add_remove")?;
        for some in members.chunks(trial.capabilities.values_per_change_max.unwrap_or(usize::MAX).max(1)) {
            let Some(values) = Values::from_many(some.iter().map(|it| reference(&it.id))) else { continue };
            let name = &self.attribute.name;
            let delta = if adds { add(name, values) } else { remove(name, values) };
            trial.must_update(&group.object_type, &group.id, vec![delta]).await?;
        }
        Ok(())
    }

    async fn read(&self, trial: &Trial<'_>, group: &Made) -> Result<BTreeSet<Text>, Stop> {
        let found = trial.must_find(group).await?;
        let held = found.attributes.get(self.attribute.name.as_str());
        let ids = held.iter().flat_map(|it| it.as_slice()).filter_map(|it| match it {
            Value::Reference(id) => Some(id.clone()),
            _ => None,
        });
        Ok(ids.collect())
    }

    /// Wants exactly these members.
    async fn has(&self, trial: &Trial<'_>, group: &Made, members: &[Made], when: &str) -> Checked {
        let own: BTreeSet<Text> = group
            .attributes
            .get(self.attribute.name.as_str())
            .iter()
            .flat_map(|it| it.as_slice())
            .filter_map(|it| match it {
                Value::Reference(id) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let expected: BTreeSet<Text> = members.iter().map(|it| it.id.text().clone()).chain(own).collect();
        let seen = self.read(trial, group).await?;
        let missing: Vec<&Text> = expected.difference(&seen).collect();
        let surplus: Vec<&Text> = seen.difference(&expected).collect();
        let text =
            format!("exactly {} in `{}` {when}", members_in_words(expected.len()), self.attribute.name);
        ensure!(missing.is_empty(), text, "{}, and not {}", members_in_words(seen.len()), some_of(missing));
        ensure!(
            surplus.is_empty(),
            text,
            "{}, {} among them",
            members_in_words(seen.len()),
            some_of(surplus)
        );
        Ok(())
    }
}

fn members_in_words(count: usize) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}

pub(super) async fn members_join_and_leave(trial: &Trial<'_>) -> Checked {
    let groups = groups(trial)?;
    let group = groups.make(trial).await?;
    let members = groups.members(trial, 3).await?;
    groups.has(trial, &group, &[], "at first").await?;
    groups.change(trial, &group, &members[..2], true).await?;
    groups.has(trial, &group, &members[..2], "after two joined").await?;
    groups.change(trial, &group, &members[1..], true).await?;
    groups.has(trial, &group, &members, "after one joined again, with another").await?;
    groups.change(trial, &group, &members[..1], false).await?;
    groups.has(trial, &group, &members[1..], "after one left").await?;
    groups.change(trial, &group, &members[..2], false).await?;
    groups.has(trial, &group, &members[2..], "after one left that had left, with another").await?;
    groups.change(trial, &group, &members, false).await?;
    groups.has(trial, &group, &[], "after the last one left").await?;
    let before = trial.must_find(&group).await?;
    groups.change(trial, &group, &members[..1], true).await?;
    let after = trial.must_find(&group).await?;
    let others = changed(trial, groups.schema, &before, &after, &[&groups.attribute.name]);
    ensure!(others.is_empty(), "no change but of the members", "{}", some_of(others));
    Ok(())
}

pub(super) async fn a_large_group_keeps_its_members(trial: &Trial<'_>) -> Checked {
    let groups = groups(trial)?;
    let group = groups.make(trial).await?;
    let members = groups.members(trial, trial.fixture.more_than_a_page()).await?;
    let Some((last, others)) = members.split_last() else { return Err(Stop::skip("a page holds nothing")) };
    groups.change(trial, &group, others, true).await?;
    groups.has(trial, &group, others, "after all but one joined").await?;
    groups.change(trial, &group, std::slice::from_ref(last), true).await?;
    groups.has(trial, &group, &members, "after one joined many").await?;
    groups.change(trial, &group, &members[..1], false).await?;
    groups.has(trial, &group, &members[1..], "after one of many left").await
}

pub(super) async fn as_many_as_is_said_change_at_once(trial: &Trial<'_>) -> Checked {
    let groups = groups(trial)?;
    trial.needs(trial.capabilities.update_with_add_remove, "update_with_add_remove")?;
    let most = trial.capabilities.values_per_change_max.unwrap_or(usize::MAX);
    let group = groups.make(trial).await?;
    let members = groups.members(trial, most.min(trial.fixture.more_than_a_page())).await?;
    groups.change(trial, &group, &members, true).await?;
    groups.has(trial, &group, &members, &format!("after {} joined at once", members.len())).await?;
    groups.change(trial, &group, &members, false).await?;
    groups.has(trial, &group, &[], &format!("after {} left at once", members.len())).await
}

pub(super) async fn an_unknown_member_is_not_dropped_in_silence(trial: &Trial<'_>) -> Checked {
    let groups = groups(trial)?;
    trial.needs(trial.capabilities.update_with_add_remove, "update_with_add_remove")?;
    trial.needs(trial.capabilities.delete, "delete")?;
    let group = groups.make(trial).await?;
    let members = groups.members(trial, 2).await?;
    groups.change(trial, &group, &members[..1], true).await?;
    let gone: TargetId = if trial.subject()?.object_type == groups.members.object_type {
        id_of_nothing(trial).await?
    } else {
        let gone = groups.members(trial, 1).await?.remove(0);
        trial.must_delete(&gone.object_type, &gone.id).await?;
        gone.id
    };
    let before = groups.read(trial, &group).await?;
    let name = &groups.attribute.name;
    // Alone, and beside a member that exists.
    for beside in [None, Some(&members[1])] {
        let values = beside.iter().map(|it| reference(&it.id)).chain([reference(&gone)]);
        let Some(values) = Values::from_many(values) else { continue };
        if trial.capabilities.values_per_change_max.is_some_and(|it| it < values.len()) {
            continue;
        }
        let outcome = trial.update(&group.object_type, &group.id, vec![add(name, values.clone())]).await?;
        let after = groups.read(trial, &group).await?;
        match outcome {
            Outcome::Applied(applied) => {
                let says_so = applied.observed.as_ref().and_then(|it| it.get(name.as_str()));
                let says_so = says_so.is_some_and(|it| !it.as_slice().contains(&reference(&gone)));
                let is_kept = after.contains(gone.as_str());
                ensure!(
                    is_kept || says_so,
                    "an unknown member is refused, or kept, or missing in the answer",
                    "`Applied`, and it is not there"
                );
                return Ok(());
            }
            Outcome::Rejected(_) | Outcome::Conflict(_) => {
                let expected =
                    "a reference to what does not exist is kept, since `dangling_references` is declared";
                ensure!(!trial.capabilities.dangling_references, expected, "{}", told(&outcome));
                ensure!(
                    before == after,
                    "the members as before, after a change was refused",
                    "{}",
                    some_of(&after)
                );
            }
            other => return Err(Stop::fault("an unknown member is refused or kept", told(&other))),
        }
    }
    Ok(())
}

pub(super) async fn a_group_survives_its_members(trial: &Trial<'_>) -> Checked {
    let groups = groups(trial)?;
    trial.needs(trial.capabilities.delete, "delete")?;
    let group = groups.make(trial).await?;
    let members = groups.members(trial, 4).await?;
    groups.change(trial, &group, &members[..3], true).await?;
    trial.must_delete(&members[0].object_type, &members[0].id).await?;
    let left: BTreeSet<Text> = groups.read(trial, &group).await?;
    let others = members[1..3].iter().all(|it| left.contains(it.id.as_str()));
    ensure!(others, "all other members after one was deleted", "{}", some_of(&left));
    groups.change(trial, &group, &members[3..], true).await?;
    groups.change(trial, &group, &members[1..2], false).await?;
    let left = groups.read(trial, &group).await?;
    let is_right = left.contains(members[3].id.as_str()) && !left.contains(members[1].id.as_str());
    ensure!(is_right, "members that join and leave after one was deleted", "{}", some_of(&left));
    Ok(())
}
