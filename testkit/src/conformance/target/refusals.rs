//! Writes that have to be refused.

use provisio::model::{
    AttributeSchema, ErrorKind, Mutability, Object, ObjectSchema, ObjectType, Outcome, Retry, TargetId, Text,
    Value, ValueKind, Values, WriteAction,
};

use super::trial::{Trial, add, clear, set, told};
use super::updates::changed;
use crate::conformance::compare::some_of;
use crate::conformance::sample::Extent;
use crate::conformance::{Checked, Stop, ensure};

/// Wants a write to be rejected, not to be tried again.
fn rejected(outcome: &Outcome, what: &str) -> Checked {
    let is_rejected = matches!(outcome, Outcome::Rejected(failure) if failure.retry == Retry::Never);
    ensure!(is_rejected, format!("`Rejected`, not to be tried again, for {what}"), "{}", told(outcome));
    Ok(())
}

/// Attempts to create, and to update, a sample with one attribute replaced; both have to be rejected.
async fn refuses(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    values: &Values,
    what: &str,
) -> Checked {
    let mut attributes = trial.sample(subject, trial.number());
    attributes.set(attribute.name.clone(), values.clone());
    let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
    rejected(&outcome, &format!("a create with {what}"))?;
    if trial.capabilities.update && attribute.mutability == Mutability::ReadWrite {
        let made = trial.make().await?;
        let before = trial.must_find(&made).await?;
        let deltas = vec![set(&attribute.name, values.clone())];
        let outcome = trial.update(&made.object_type, &made.id, deltas).await?;
        rejected(&outcome, &format!("an update to {what}"))?;
        is_as_before(trial, subject, &before, &format!("an update to {what}")).await?;
    }
    Ok(())
}

async fn is_as_before(trial: &Trial<'_>, subject: &ObjectSchema, before: &Object, what: &str) -> Checked {
    let after = trial.find(&before.object_type, &TargetId::new(&before.id)).await?;
    let after = after.ok_or_else(|| Stop::fault(format!("the object, after {what}"), "it is gone"))?;
    let others = changed(trial, subject, before, &after, &[]);
    ensure!(others.is_empty(), format!("no change by {what} that is refused"), "{}", some_of(others));
    Ok(())
}

pub(super) async fn what_the_schema_does_not_have_is_refused(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let attributes = trial.sample(subject, trial.number());
    let unknown = ObjectType::new("kit no such type");
    let outcome = trial.write(&unknown, WriteAction::Create { attributes }).await?;
    rejected(&outcome, "a create of an unknown object type")?;
    let unknown = AttributeSchema::text("kitNoSuchAttribute");
    refuses(trial, subject, &unknown, &Values::one("x"), "an unknown attribute").await
}

pub(super) async fn what_is_required_is_required(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let required: Vec<&AttributeSchema> = subject
        .attributes
        .iter()
        .filter(|it| it.required && it.mutability == Mutability::ReadWrite && it.kind != ValueKind::Secret)
        .collect();
    if required.is_empty() {
        return Err(Stop::skip(format!("`{}` has no required attribute", subject.object_type)));
    }
    for attribute in required {
        let mut attributes = trial.sample_of(subject, trial.number(), Extent::RequiredOnly);
        attributes.remove(attribute.name.as_str());
        let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
        rejected(&outcome, &format!("a create without `{}`, which is required", attribute.name))?;
        if trial.capabilities.update {
            let made = trial.make().await?;
            let before = trial.must_find(&made).await?;
            let outcome = trial.update(&made.object_type, &made.id, vec![clear(&attribute.name)]).await?;
            let what = format!("an update that clears `{}`, which is required", attribute.name);
            rejected(&outcome, &what)?;
            is_as_before(trial, subject, &before, &what).await?;
        }
    }
    Ok(())
}

pub(super) async fn values_of_another_kind_are_refused(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    for attribute in subject.attributes.iter().filter(|it| trial.sampler.uses(&subject.object_type, it)) {
        let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 0);
        if values.is_none() {
            continue;
        }
        let wrong = match attribute.kind {
            ValueKind::Text => Value::Bool(true),
            _ => Value::from("kit text"),
        };
        let (name, kind) = (&attribute.name, attribute.kind);
        refuses(
            trial,
            subject,
            attribute,
            &Values::one(wrong),
            &format!("another kind of value in `{name}` than {kind}"),
        )
        .await?;
        let others =
            [0, 1].map(|variant| trial.sampler.values(&subject.object_type, attribute, 810, variant));
        let several = Values::from_many(others.iter().flatten().flat_map(|it| it.as_slice().to_vec()));
        if let Some(several) = several.filter(|it| !attribute.multi_valued && it.len() > 1) {
            refuses(
                trial,
                subject,
                attribute,
                &several,
                &format!("several values in `{name}`, which takes one"),
            )
            .await?;
        }
    }
    Ok(())
}

pub(super) async fn what_is_too_long_is_refused(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let mut checked = 0;
    for attribute in subject.attributes.iter().filter(|it| trial.sampler.uses(&subject.object_type, it)) {
        let Some(most) = attribute.length_max.filter(|_| attribute.kind == ValueKind::Text) else { continue };
        let cuts =
            trial.dialect.of(&subject.object_type, &attribute.name).is_some_and(|it| it.cut_to.is_some());
        if cuts || most > LENGTH_TRIED_MAX {
            continue;
        }
        let what = format!("{} characters in `{}`, which takes {most}", most + 1, attribute.name);
        refuses(trial, subject, attribute, &Values::one("a".repeat(most + 1)), &what).await?;
        checked += 1;
    }
    if checked == 0 {
        return Err(Stop::skip(format!(
            "no text attribute of `{}` has a longest length",
            subject.object_type
        )));
    }
    Ok(())
}

/// Up to this many characters a bound is tried.
const LENGTH_TRIED_MAX: usize = 100_000;

pub(super) async fn what_cannot_be_written_is_refused(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let mut checked = 0;
    for attribute in &subject.attributes {
        let name = &attribute.name;
        if !trial.fixture.may_use(&subject.object_type, attribute) {
            continue;
        }
        let first = trial.sampler.values(&subject.object_type, attribute, 820, 0);
        let second = trial.sampler.values(&subject.object_type, attribute, 821, 1);
        let (Some(first), Some(second)) = (first, second) else { continue };
        match attribute.mutability {
            Mutability::ReadOnly => {
                refuses(
                    trial,
                    subject,
                    attribute,
                    &first,
                    &format!("a value of `{name}`, which is read-only"),
                )
                .await?;
                if trial.capabilities.update {
                    let made = trial.make().await?;
                    let outcome = trial.update(&made.object_type, &made.id, vec![set(name, second)]).await?;
                    rejected(&outcome, &format!("an update of `{name}`, which is read-only"))?;
                }
            }
            Mutability::Immutable if trial.capabilities.update => {
                let made = trial.make().await?;
                let before = trial.must_find(&made).await?;
                let outcome = trial.update(&made.object_type, &made.id, vec![set(name, second)]).await?;
                let what = format!("a change of `{name}`, which is immutable");
                rejected(&outcome, &what)?;
                is_as_before(trial, subject, &before, &what).await?;
            }
            _ => continue,
        }
        checked += 1;
    }
    if checked == 0 {
        return Err(Stop::skip(format!("every attribute of `{}` can be written", subject.object_type)));
    }
    Ok(())
}

pub(super) async fn a_refused_write_changes_nothing(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.needs(trial.capabilities.update, "update")?;
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| !it.required)?;
    let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 1);
    let values = values.ok_or_else(|| Stop::skip("the fixture gives no second value"))?;
    let made = trial.make().await?;
    let before = trial.must_find(&made).await?;
    let count = trial.read_all(&subject.object_type).await?.len();
    // A good part before the bad one, and behind it.
    let bad = || set(&"kitNoSuchAttribute".into(), "x");
    let good = || set(&attribute.name, values.clone());
    for deltas in [vec![good(), bad()], vec![bad(), good()]] {
        let outcome = trial.update(&made.object_type, &made.id, deltas).await?;
        rejected(&outcome, "an update with an unknown attribute")?;
        is_as_before(trial, subject, &before, "an update with a part").await?;
    }
    let mut attributes = trial.sample(subject, trial.number());
    attributes.set("kitNoSuchAttribute", "x");
    let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
    rejected(&outcome, "a create with an unknown attribute")?;
    let after = trial.read_all(&subject.object_type).await?.len();
    ensure!(count == after, format!("{count} objects after a create was refused"), "{after}");
    Ok(())
}

pub(super) async fn a_write_that_is_not_offered_is_unsupported(trial: &Trial<'_>) -> Checked {
    let can = trial.capabilities;
    if can.create && can.update && can.delete && can.update_with_add_remove && can.update_with_version {
        return Err(Stop::skip("everything is offered"));
    }
    let unsupported = |outcome: &Outcome, what: &str| -> Checked {
        let is_right =
            matches!(outcome, Outcome::Rejected(failure) if failure.kind == ErrorKind::Unsupported);
        ensure!(
            is_right,
            format!("`Rejected` as `Unsupported` for {what}, which is not declared"),
            "{}",
            told(outcome)
        );
        Ok(())
    };
    let subject = trial.sampler.subject(&trial.schema)?;
    let object_type = &subject.object_type;
    if !can.create {
        let attributes = trial.sample(subject, trial.number());
        unsupported(&trial.write(object_type, WriteAction::Create { attributes }).await?, "a create")?;
    }
    // Whatever is there will do, and what is not there, too.
    let target = match can.create {
        true => trial.make().await?.id,
        false => {
            trial.read_all(object_type).await?.keys().next().map_or_else(|| TargetId::new("1"), TargetId::new)
        }
    };
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| !it.required);
    let delta = attribute
        .as_ref()
        .ok()
        .and_then(|it| Some(set(&it.name, trial.sampler.values(object_type, it, 830, 1)?)));
    let update = |version: Option<Text>| WriteAction::Update {
        target: target.clone(),
        version,
        deltas: delta.iter().cloned().collect(),
    };
    if !can.update {
        unsupported(&trial.write(object_type, update(None)).await?, "an update")?;
    }
    if can.update && !can.update_with_version && delta.is_some() {
        let outcome = trial.write(object_type, update(Some("kit".into()))).await?;
        unsupported(&outcome, "an update that names a version")?;
    }
    if can.update && !can.update_with_add_remove {
        for schema in trial.schema.types.iter().filter(|it| it.object_type == *object_type) {
            let several =
                schema.attributes.iter().find(|it| it.multi_valued && trial.sampler.changes(object_type, it));
            let values = several.and_then(|it| trial.sampler.values(object_type, it, 831, 0));
            if let (Some(attribute), Some(values)) = (several, values) {
                let deltas = vec![add(&attribute.name, values)];
                let action = WriteAction::Update { target: target.clone(), version: None, deltas };
                unsupported(&trial.write(object_type, action).await?, "`Add`")?;
            }
        }
    }
    if !can.delete {
        let action = WriteAction::Delete { target, version: None };
        unsupported(&trial.write(object_type, action).await?, "a delete")?;
    }
    Ok(())
}
