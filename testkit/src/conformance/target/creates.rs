//! Creates.

use provisio::connector::{ReadQuery, Wanted};
use provisio::model::{
    AttributeSchema, CompareRule, ErrorKind, Mutability, ObjectSchema, Outcome, Timestamp, Uniqueness, Value,
    ValueKind, Values, WriteAction,
};

use super::trial::{Trial, set, told};
use crate::conformance::compare::{not_kept, same, shown, some_of};
use crate::conformance::reading::read;
use crate::conformance::sample::Extent;
use crate::conformance::{Checked, Stop, ensure};

pub(super) async fn a_create_gives_the_id(trial: &Trial<'_>) -> Checked {
    let (one, other) = (trial.make().await?, trial.make().await?);
    ensure!(!one.id.as_str().is_empty(), "the id of the created object", "an empty one");
    ensure!(one.id != other.id, "an id of its own for each object", "`{}` twice", one.id);
    let all = trial.read_all(&one.object_type).await?;
    for made in [&one, &other] {
        let is_there = all.contains_key(made.id.as_str());
        ensure!(is_there, format!("an object with the id `{}`, as the create was answered", made.id), "none");
    }
    Ok(())
}

pub(super) async fn what_was_created_is_there(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    for _ in 0..3 {
        let made = trial.make().await?;
        let found = trial.must_find(&made).await?;
        let not_kept = not_kept(subject, &trial.dialect, &made.attributes, &found.attributes);
        ensure!(not_kept.is_empty(), "what it was created with", "{}", some_of(not_kept));
    }
    Ok(())
}

pub(super) async fn what_is_little_is_enough(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let attributes = trial.sample_of(subject, trial.number(), Extent::RequiredOnly);
    let made = trial.must_create(&subject.object_type, attributes).await?;
    let found = trial.must_find(&made).await?;
    let not_kept = not_kept(subject, &trial.dialect, &made.attributes, &found.attributes);
    ensure!(not_kept.is_empty(), "what it was created with", "{}", some_of(not_kept));
    Ok(())
}

pub(super) async fn a_write_is_seen_in_time(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| !it.required);
    for round in 0..3 {
        let made = trial.make().await?;
        let what = format!("`{}`, which was just created", made.id);
        let all = trial.read_all(&made.object_type).await?;
        ensure!(all.contains_key(made.id.as_str()), format!("{what}, in a read of all"), "it is not there");
        if trial.capabilities.read_by_id {
            let found = trial.read_by_id(&made.object_type, &made.id).await?;
            ensure!(found.is_some(), format!("{what}, in a read by id"), "it is not there");
        }
        let Ok(attribute) = &attribute else { continue };
        if !trial.capabilities.update {
            continue;
        }
        let Some(values) = trial.sampler.values(&subject.object_type, attribute, 700 + round, 1) else {
            continue;
        };
        trial.must_update(&made.object_type, &made.id, vec![set(&attribute.name, values.clone())]).await?;
        let kept = kept(trial, subject, attribute, &values);
        let all = trial.read_all(&made.object_type).await?;
        let seen = all.get(made.id.as_str()).and_then(|it| it.attributes.get(attribute.name.as_str()));
        let what = format!("`{}` as it was just updated, {}", attribute.name, shown(kept.as_ref()));
        ensure!(same(attribute, kept.as_ref(), seen), what, "{}", shown(seen));
        if trial.capabilities.read_by_value && !matches!(attribute.kind, ValueKind::Complex) {
            let mut query: ReadQuery = trial.query(subject);
            let values = kept.iter().flat_map(|it| it.as_slice().first().cloned()).collect();
            query.wanted = Wanted::WithValues { attribute: attribute.name.clone(), values };
            let reading = read(&*trial.target, &trial.context, query).await;
            if reading.end.is_complete() {
                let found = reading.by_id().contains_key(made.id.as_str());
                ensure!(
                    found,
                    format!("an object whose `{}` was just updated, in a read by that value", attribute.name),
                    "it is not there"
                );
            }
        }
    }
    Ok(())
}

/// What the dialect says is kept.
pub(super) fn kept(
    trial: &Trial<'_>,
    schema: &ObjectSchema,
    attribute: &AttributeSchema,
    values: &Values,
) -> Option<Values> {
    match trial.dialect.of(&schema.object_type, &attribute.name) {
        Some(habit) => habit.keep(values),
        None => Some(values.clone()),
    }
}

pub(super) async fn what_it_says_is_what_is_read(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let made = trial.make().await?;
    agrees(trial, subject, &made.applied, "a create").await?;
    if !trial.capabilities.update {
        return Ok(());
    }
    let attribute = trial.attribute(subject, "attribute that can be changed", |it| !it.required)?;
    let values = trial.sampler.values(&subject.object_type, attribute, 701, 1);
    let values = values.ok_or_else(|| Stop::skip("the fixture gives no second value"))?;
    match trial.update(&made.object_type, &made.id, vec![set(&attribute.name, values)]).await? {
        Outcome::Applied(applied) => {
            ensure!(
                applied.id == made.id,
                format!("the outcome of an update of `{}` to name it", made.id),
                "`{}`",
                applied.id
            );
            agrees(trial, subject, &applied, "an update").await
        }
        other => Err(Stop::fault("an update is applied", told(&other))),
    }
}

async fn agrees(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    applied: &provisio::model::Applied,
    what: &str,
) -> Checked {
    let found = trial.find(&subject.object_type, &applied.id).await?;
    let found = found
        .ok_or_else(|| Stop::fault(format!("the object that {what} is applied to"), "it is not there"))?;
    if let (Some(said), Some(read)) = (&applied.version, &found.version) {
        ensure!(
            said == read,
            format!("the version that {what} is answered with, `{said}`"),
            "`{read}` when it is read"
        );
    }
    for (name, values) in applied.observed.iter().flat_map(|it| it.iter()) {
        let Some(attribute) = subject.attribute(name.as_str()) else {
            let seen = format!("`{name}` in the answer to {what}");
            return Err(Stop::fault("attributes that the schema names", seen));
        };
        // What the system alone sets may change meanwhile.
        if attribute.mutability == Mutability::ReadOnly {
            continue;
        }
        let read = found.attributes.get(name.as_str());
        let expected = format!("`{name}` as the answer to {what} says, {}", shown(Some(values)));
        ensure!(same(attribute, Some(values), read), expected, "{} when it is read", shown(read));
    }
    Ok(())
}

/// The values of a kind that are lost most easily.
fn edges(attribute: &AttributeSchema) -> Vec<Value> {
    let instant = |second, nanosecond| Value::Timestamp(Timestamp::from_parts(second, nanosecond));
    match attribute.kind {
        ValueKind::Int => {
            [0, -1, 1, i64::from(i32::MAX) + 1, i64::MAX, i64::MIN, (1 << 53) + 1].map(Value::Int).to_vec()
        }
        ValueKind::Decimal => [0.0, -0.5, 0.1, 1e-7, 1e15, 123_456.789].map(Value::Decimal).to_vec(),
        ValueKind::Timestamp => vec![
            instant(0, 0),
            instant(-1, 0),
            // A leap day, the end of a summer time, and the day before Java's and JavaScript's calendars differ.
            instant(1_709_164_800, 0),
            instant(1_761_440_400, 0),
            instant(-2_208_988_800, 0),
            instant(4_102_444_799, 0),
        ],
        ValueKind::Binary => vec![
            Value::Binary((0..=255).collect()),
            Value::Binary(vec![0]),
            Value::Binary(b"\xff\xfe\r\n".to_vec()),
        ],
        ValueKind::Bool => vec![Value::Bool(true), Value::Bool(false)],
        _ => Vec::new(),
    }
}

pub(super) async fn every_kind_of_value_is_kept(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let mut checked = 0;
    for attribute in &subject.attributes {
        let is_plain =
            attribute.uniqueness == Uniqueness::None && trial.sampler.uses(&subject.object_type, attribute);
        let is_usable = is_plain && trial.sampler.values(&subject.object_type, attribute, 1, 0).is_some();
        for value in if is_usable { edges(attribute) } else { Vec::new() } {
            let mut attributes = trial.sample_of(subject, trial.number(), Extent::RequiredOnly);
            attributes.set(attribute.name.clone(), value.clone());
            let action = WriteAction::Create { attributes };
            match trial.write(&subject.object_type, action).await? {
                Outcome::Applied(applied) => {
                    let found = trial.find(&subject.object_type, &applied.id).await?;
                    let seen = found.as_ref().and_then(|it| it.attributes.get(attribute.name.as_str()));
                    let kept = kept(trial, subject, attribute, &Values::one(value.clone()));
                    let expected = format!("`{}` as it was created, {value}", attribute.name);
                    ensure!(same(attribute, kept.as_ref(), seen), expected, "{}", shown(seen));
                    checked += 1;
                }
                Outcome::Rejected(_) => {}
                other => return Err(Stop::fault("a value is kept or rejected", told(&other))),
            }
        }
    }
    if checked == 0 {
        return Err(Stop::skip(format!("`{}` has text and references alone", subject.object_type)));
    }
    Ok(())
}

pub(super) async fn a_taken_value_is_a_conflict(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let is_unique = |it: &&AttributeSchema| {
        it.uniqueness == Uniqueness::System
            && trial.sampler.uses(&subject.object_type, it)
            && trial.sampler.values(&subject.object_type, it, 1, 0).is_some()
    };
    let unique: Vec<&AttributeSchema> = subject.attributes.iter().filter(is_unique).collect();
    if unique.is_empty() {
        return Err(Stop::skip(format!("no attribute of `{}` is unique", subject.object_type)));
    }
    let is_conflict = |outcome: &Outcome| {
        let kinds = [ErrorKind::UniquenessViolated, ErrorKind::AlreadyExists];
        matches!(outcome, Outcome::Conflict(failure) if kinds.contains(&failure.kind))
    };
    for attribute in unique {
        let (first, second) = (trial.make().await?, trial.make().await?);
        let before = trial.read_all(&subject.object_type).await?;
        let Some(taken) = first.attributes.get(attribute.name.as_str()) else { continue };
        let mut attempts = vec![taken.clone()];
        if CompareRule::of(attribute) == CompareRule::CaseIgnore
            && let Some(text) = taken.as_slice()[0].as_text()
            && text.to_uppercase() != text
        {
            attempts.push(Values::one(text.to_uppercase()));
        }
        for taken in attempts {
            let mut attributes = trial.sample(subject, trial.number());
            attributes.set(attribute.name.clone(), taken.clone());
            let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
            let expected =
                format!("`Conflict` for a create with a taken `{}`, {}", attribute.name, shown(Some(&taken)));
            ensure!(is_conflict(&outcome), expected, "{}", told(&outcome));
            if trial.capabilities.update && attribute.mutability == Mutability::ReadWrite {
                let deltas = vec![set(&attribute.name, taken.clone())];
                let outcome = trial.update(&subject.object_type, &second.id, deltas).await?;
                let expected = format!(
                    "`Conflict` for an update to a taken `{}`, {}",
                    attribute.name,
                    shown(Some(&taken))
                );
                ensure!(is_conflict(&outcome), expected, "{}", told(&outcome));
            }
        }
        let after = trial.read_all(&subject.object_type).await?;
        ensure!(
            before == after,
            "nothing changed by what is in conflict",
            "{} objects, or other values, after {}",
            after.len(),
            before.len()
        );
    }
    Ok(())
}
