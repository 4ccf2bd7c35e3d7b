//! Updates.

use std::collections::BTreeSet;

use provisio::model::{
    AttrName, AttributeDelta, AttributeSchema, ErrorKind, Mutability, Object, ObjectSchema, Outcome,
    TargetId, Text, Value, ValueKind, Values, WriteAction,
};

use super::creates::kept;
use super::trial::{Made, Trial, add, clear, remove, set, told};
use crate::conformance::compare::{same, shown, some_of};
use crate::conformance::{Checked, Stop, ensure};

/// Says which attributes, but for these, are not as before.
pub(super) fn changed(
    trial: &Trial<'_>,
    schema: &ObjectSchema,
    before: &Object,
    after: &Object,
    but: &[&AttrName],
) -> Vec<String> {
    let names: BTreeSet<&AttrName> =
        before.attributes.iter().chain(after.attributes.iter()).map(|(name, _)| name).collect();
    let names = names.into_iter().filter(|it| !but.contains(it));
    let changed = names.filter_map(|name| {
        let attribute = schema.attribute(name.as_str())?;
        // What the system alone sets may follow from something else.
        let counts = attribute.mutability != Mutability::ReadOnly
            && trial.fixture.may_use(&schema.object_type, attribute);
        let (was, is) = (before.attributes.get(name.as_str()), after.attributes.get(name.as_str()));
        (counts && !same(attribute, was, is))
            .then(|| format!("`{name}` is {} instead of {}", shown(is), shown(was)))
    });
    changed.collect()
}

/// Sets an attribute to other values, and wants these and no other change.
async fn changes_only(
    trial: &Trial<'_>,
    schema: &ObjectSchema,
    made: &Made,
    attribute: &AttributeSchema,
    values: Values,
) -> Checked {
    let before = trial.must_find(made).await?;
    trial.must_update(&made.object_type, &made.id, vec![set(&attribute.name, values.clone())]).await?;
    let after = trial.must_find(made).await?;
    let expected = kept(trial, schema, attribute, &values);
    let seen = after.attributes.get(attribute.name.as_str());
    let what = format!("`{}` as it was set, {}", attribute.name, shown(expected.as_ref()));
    ensure!(same(attribute, expected.as_ref(), seen), what, "{}", shown(seen));
    let others = changed(trial, schema, &before, &after, &[&attribute.name]);
    ensure!(others.is_empty(), format!("no change but of `{}`", attribute.name), "{}", some_of(others));
    Ok(())
}

pub(super) async fn the_id_stays(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let made = trial.make().await?;
    let mut checked = 0;
    for attribute in subject.attributes.iter().filter(|it| trial.sampler.changes(&subject.object_type, it)) {
        let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 1);
        let Some(values) = values else { continue };
        let outcome = trial.update(&made.object_type, &made.id, vec![set(&attribute.name, values)]).await?;
        if let Outcome::Applied(applied) = &outcome {
            let what = format!("the id `{}` after `{}` changed", made.id, attribute.name);
            ensure!(applied.id == made.id, what, "the answer names `{}`", applied.id);
        }
        let all = trial.read_all(&made.object_type).await?;
        let is_there = all.contains_key(made.id.as_str());
        ensure!(is_there, format!("an object `{}` after `{}` was written", made.id, attribute.name), "none");
        checked += 1;
    }
    if checked == 0 {
        return Err(Stop::skip(format!("`{}` has no attribute that can be changed", subject.object_type)));
    }
    Ok(())
}

pub(super) async fn an_update_changes_what_it_names(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    trial.attribute(subject, "attribute that can be changed", |_| true)?;
    let made = trial.make().await?;
    let bystander = trial.make().await?;
    let other = trial.must_find(&bystander).await?;
    for attribute in subject.attributes.iter().filter(|it| trial.sampler.changes(&subject.object_type, it)) {
        let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 1);
        let Some(values) = values else { continue };
        changes_only(trial, subject, &made, attribute, values).await?;
    }
    let after = trial.must_find(&bystander).await?;
    let others = changed(trial, subject, &other, &after, &[]);
    ensure!(others.is_empty(), "no change of another object", "{}", some_of(others));
    Ok(())
}

pub(super) async fn set_replaces_all_values(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    trial.attribute(subject, "optional attribute that can be changed", |it| !it.required)?;
    let made = trial.make().await?;
    let optional = |it: &&AttributeSchema| !it.required && trial.sampler.changes(&subject.object_type, it);
    for attribute in subject.attributes.iter().filter(optional) {
        let Some(values) = trial.sampler.values(&subject.object_type, attribute, trial.number(), 1) else {
            continue;
        };
        changes_only(trial, subject, &made, attribute, values).await?;
        let before = trial.must_find(&made).await?;
        trial.must_update(&made.object_type, &made.id, vec![clear(&attribute.name)]).await?;
        let after = trial.must_find(&made).await?;
        let seen = after.attributes.get(attribute.name.as_str());
        ensure!(seen.is_none(), format!("no `{}` after `Clear`", attribute.name), "{}", shown(seen));
        let others = changed(trial, subject, &before, &after, &[&attribute.name]);
        ensure!(others.is_empty(), format!("no change but of `{}`", attribute.name), "{}", some_of(others));
        // It can be given a value again.
        let Some(values) = trial.sampler.values(&subject.object_type, attribute, trial.number(), 0) else {
            continue;
        };
        changes_only(trial, subject, &made, attribute, values).await?;
    }
    Ok(())
}

/// An attribute that takes several values, which are no references.
fn several<'s>(trial: &Trial<'_>, subject: &'s ObjectSchema) -> Result<&'s AttributeSchema, Stop> {
    trial.needs(trial.capabilities.update, "update")?;
    trial.needs(trial.capabilities.update_with_add_remove, "update_with_add_remove")?;
    trial.attribute(subject, "attribute with several values, but for references", |it| {
        it.multi_valued && !it.required && it.kind != ValueKind::Reference
    })
}

pub(super) async fn values_are_added_and_removed_one_by_one(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let attribute = several(trial, subject)?;
    let name = &attribute.name;
    let values = |number| -> Result<Vec<Value>, Stop> {
        let values = trial.sampler.values(&subject.object_type, attribute, number, 0);
        let values = values
            .filter(|it| it.len() >= 3)
            .ok_or_else(|| Stop::skip("the fixture gives too few values"))?;
        Ok(values.as_slice().to_vec())
    };
    let made = trial.make().await?;
    let first = values(trial.number())?;
    let one = |value: &Value| Values::one(value.clone());
    let mut expected: Vec<Value> = Vec::new();
    trial.must_update(&made.object_type, &made.id, vec![clear(name)]).await?;
    let second = values(trial.number())?;
    let steps = [
        (true, &first[0]),
        (true, &first[1]),
        (true, &second[0]),
        (false, &first[0]),
        (true, &first[2]),
        (false, &first[2]),
        (false, &second[0]),
        (false, &first[1]),
    ];
    for (adds, value) in steps {
        let delta = if adds { add(name, one(value)) } else { remove(name, one(value)) };
        let what = format!("{delta}");
        trial.must_update(&made.object_type, &made.id, vec![delta]).await?;
        expected.retain(|it| it != value);
        if adds {
            expected.push(value.clone());
        }
        let found = trial.must_find(&made).await?;
        let seen = found.attributes.get(name.as_str());
        let expected = Values::from_many(expected.iter().cloned());
        let expected = expected.and_then(|it| kept(trial, subject, attribute, &it));
        ensure!(
            same(attribute, expected.as_ref(), seen),
            format!("{} after {what}", shown(expected.as_ref())),
            "{}",
            shown(seen)
        );
    }
    Ok(())
}

pub(super) async fn what_is_there_can_be_added_again(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let made = trial.make().await?;
    let before = trial.must_find(&made).await?;
    let optional = trial.attribute(subject, "attribute that can be changed", |it| !it.required)?;
    if let Some(values) = made.attributes.get(optional.name.as_str()) {
        trial.must_update(&made.object_type, &made.id, vec![set(&optional.name, values.clone())]).await?;
    }
    if let Ok(attribute) = several(trial, subject)
        && let Some(held) = made.attributes.get(attribute.name.as_str())
        && let Some(others) = trial.sampler.values(&subject.object_type, attribute, 800, 0)
    {
        let there = Values::one(held.as_slice()[0].clone());
        let absent = Values::one(others.as_slice()[0].clone());
        for delta in [add(&attribute.name, there), remove(&attribute.name, absent)] {
            trial.must_update(&made.object_type, &made.id, vec![delta]).await?;
        }
    }
    let after = trial.must_find(&made).await?;
    let others = changed(trial, subject, &before, &after, &[]);
    ensure!(others.is_empty(), "no change by a write of what is so already", "{}", some_of(others));
    Ok(())
}

pub(super) async fn a_switch_goes_off_and_on(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let attribute = trial.attribute(subject, "boolean that can be changed", |it| {
        it.kind == ValueKind::Bool && !it.multi_valued
    })?;
    let made = trial.make().await?;
    for value in [false, true, false, true] {
        changes_only(trial, subject, &made, attribute, Values::one(value)).await?;
    }
    Ok(())
}

pub(super) async fn what_was_read_can_be_written(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let made = trial.make().await?;
    let before = trial.must_find(&made).await?;
    let is_writable = |name: &AttrName| {
        let attribute = subject.attribute(name.as_str());
        attribute.is_some_and(|it| trial.sampler.changes(&subject.object_type, it))
    };
    let written = before.attributes.iter().filter(|(name, _)| is_writable(name));
    let deltas: Vec<AttributeDelta> = written.map(|(name, values)| set(name, values.clone())).collect();
    trial.must_update(&made.object_type, &made.id, deltas).await?;
    let after = trial.must_find(&made).await?;
    let others = changed(trial, subject, &before, &after, &[]);
    ensure!(others.is_empty(), "no change by writing what was read", "{}", some_of(others));
    Ok(())
}

pub(super) async fn what_is_gone_cannot_be_updated(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.delete, "delete")?;
    let made = trial.make().await?;
    trial.must_delete(&made.object_type, &made.id).await?;
    let attribute = trial.attribute(subject, "attribute that can be changed", |_| true)?;
    let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 1);
    let values = values.ok_or_else(|| Stop::skip("the fixture gives no second value"))?;
    let outcome = trial.update(&made.object_type, &made.id, vec![set(&attribute.name, values)]).await?;
    let is_not_found = matches!(&outcome, Outcome::Rejected(failure) if failure.kind == ErrorKind::NotFound);
    ensure!(is_not_found, "`Rejected` as `NotFound` for an update of what was deleted", "{}", told(&outcome));
    let is_there = trial.find(&made.object_type, &made.id).await?.is_some();
    ensure!(!is_there, "no object made by an update", "one");
    Ok(())
}

pub(super) async fn an_older_version_is_a_conflict(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update_with_version, "update_with_version")?;
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| !it.required)?;
    let made = trial.make().await?;
    let version = |object: &Object| {
        let version = object.version.clone();
        version.ok_or_else(|| {
            Stop::fault("a version of each object, since `update_with_version` is declared", "none")
        })
    };
    let old = version(&trial.must_find(&made).await?)?;
    let update = |number: u64, version: &Text| {
        let values = trial.sampler.values(&subject.object_type, attribute, number, 1);
        let deltas = values.into_iter().map(|it| set(&attribute.name, it)).collect();
        WriteAction::Update { target: made.id.clone(), version: Some(version.clone()), deltas }
    };
    let outcome = trial.write(&made.object_type, update(710, &old)).await?;
    let is_applied = matches!(outcome, Outcome::Applied(_));
    ensure!(is_applied, "an update that names the version of the object is applied", "{}", told(&outcome));
    let before = trial.must_find(&made).await?;
    let new = version(&before)?;
    ensure!(new != old, "another version after an update", "`{old}` still");
    let delete =
        |version: &Text| WriteAction::Delete { target: made.id.clone(), version: Some(version.clone()) };
    let mut attempts = vec![("an update", update(720, &old))];
    if trial.capabilities.delete {
        attempts.push(("a delete", delete(&old)));
    }
    for (what, action) in attempts {
        let outcome = trial.write(&made.object_type, action).await?;
        let is_conflict =
            matches!(&outcome, Outcome::Conflict(failure) if failure.kind == ErrorKind::PreconditionFailed);
        let expected = format!("`Conflict`, `PreconditionFailed`, for {what} that names an older version");
        ensure!(is_conflict, expected, "{}", told(&outcome));
        let after = trial.find(&made.object_type, &made.id).await?;
        ensure!(
            after.as_ref() == Some(&before),
            format!("no change by {what} that names an older version"),
            "one"
        );
    }
    if trial.capabilities.delete {
        let outcome = trial.write(&made.object_type, delete(&new)).await?;
        let is_applied = matches!(outcome, Outcome::Applied(_));
        ensure!(is_applied, "a delete that names the version of the object is applied", "{}", told(&outcome));
    }
    Ok(())
}

pub(super) async fn what_others_wrote_stays(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let other = trial.fixture.elsewhere().await.map_err(|error| Stop::fixture(&*error))?;
    let Some(other) = other else { return Err(Stop::skip("the fixture has no `elsewhere`")) };
    let usable = |it: &&AttributeSchema| {
        !it.required
            && trial.sampler.changes(&subject.object_type, it)
            && trial.sampler.values(&subject.object_type, it, 1, 0).is_some()
    };
    let mut usable = subject.attributes.iter().filter(usable);
    let (Some(ours), Some(theirs)) = (usable.next(), usable.next()) else {
        return Err(Stop::skip(format!(
            "`{}` has no two attributes that can be changed",
            subject.object_type
        )));
    };
    let made = trial.make().await?;
    trial.must_find(&made).await?;
    for round in 0..2 {
        let values = |attribute: &AttributeSchema| {
            let values = trial.sampler.values(&subject.object_type, attribute, 730 + round, 1);
            values.ok_or_else(|| Stop::skip("the fixture gives no second value"))
        };
        let deltas = vec![set(&theirs.name, values(theirs)?)];
        let action = WriteAction::Update { target: made.id.clone(), version: None, deltas };
        let writes = trial.writes([(made.object_type.clone(), action)]);
        let outcomes: Vec<_> = futures::StreamExt::collect(other.apply(&trial.context, writes).await).await;
        let is_applied =
            matches!(outcomes.as_slice(), [(_, Outcome::Applied(_) | Outcome::AlreadySatisfied)]);
        ensure!(is_applied, "a write by another connector is applied", "{outcomes:?}");
        if round == 0 {
            let found = trial.must_find(&made).await?;
            wants(trial, subject, theirs, &values(theirs)?, &found, "as another wrote it")?;
        }
        trial.must_update(&made.object_type, &made.id, vec![set(&ours.name, values(ours)?)]).await?;
        let found = trial.must_find(&made).await?;
        wants(
            trial,
            subject,
            theirs,
            &values(theirs)?,
            &found,
            "as another wrote it, after an update of something else",
        )?;
        wants(trial, subject, ours, &values(ours)?, &found, "as it was set")?;
    }
    Ok(())
}

fn wants(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    values: &Values,
    found: &Object,
    what: &str,
) -> Checked {
    let expected = kept(trial, subject, attribute, values);
    let seen = found.attributes.get(attribute.name.as_str());
    let text = format!("`{}` {what}, {}", attribute.name, shown(expected.as_ref()));
    ensure!(same(attribute, expected.as_ref(), seen), text, "{}", shown(seen));
    Ok(())
}

/// An id that no object has, of the same form as those that there are.
pub(super) async fn id_of_nothing(trial: &Trial<'_>) -> Result<TargetId, Stop> {
    let made = trial.make().await?;
    trial.must_delete(&made.object_type, &made.id).await?;
    Ok(made.id)
}
