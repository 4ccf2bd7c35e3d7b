//! Reads of single objects.

use provisio::connector::{ReadQuery, Wanted};
use provisio::model::{
    AttributeSchema, CompareRule, ErrorKind, Object, ObjectSchema, Text, Value, ValueKind, Watermark,
};

use super::reading::hold_hostile;
use super::trial::{Trial, layout};
use crate::conformance::compare::some_of;
use crate::conformance::reading::{End, Reading};
use crate::conformance::sample::hostile_texts;
use crate::conformance::{Checked, Stop, ensure};

fn ids(objects: &[Object]) -> Vec<Text> {
    objects.iter().map(|it| it.id.clone()).collect()
}

/// Makes the system hold objects, and returns them as they are read.
async fn hold_and_read(trial: &Trial<'_>, count: usize) -> Result<Vec<Object>, Stop> {
    let mut held = trial.hold(count).await?;
    let reading = trial.read_all(trial.subject()?).await?;
    let found = reading.by_id();
    for object in &mut held {
        let read = found.get(object.id.as_str());
        let read = read.ok_or_else(|| {
            Stop::fault("every object in a read of all", format!("`{}` is missing", object.id))
        })?;
        object.attributes = read.attributes.clone();
    }
    Ok(held)
}

/// Wants the read to be complete and to hold these objects.
fn has_all<'o>(reading: &Reading, objects: impl IntoIterator<Item = &'o Object>, asked: &str) -> Checked {
    ensure!(reading.end.is_complete(), format!("`Complete` after a read of {asked}"), "{}", reading.end);
    let found = reading.by_id();
    let missing: Vec<&str> =
        objects.into_iter().map(|it| it.id.as_str()).filter(|it| !found.contains_key(it)).collect();
    let expected = format!("all objects in a read of {asked}, since it is declared complete");
    ensure!(missing.is_empty(), expected, "missing: {}", some_of(missing));
    Ok(())
}

pub(super) async fn objects_are_found_by_id(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.read_by_id, "read_by_id")?;
    let subject = trial.subject()?;
    let held = trial.hold(5).await?;
    let all = trial.read_all(subject).await?;
    let all = all.by_id();
    for count in [1, 2.min(trial.capabilities.read_max)] {
        let wanted = &held[..count];
        let reading = trial.look_up(subject, Wanted::WithIds(ids(wanted))).await;
        has_all(&reading, wanted, "ids")?;
        for object in reading.by_id().values() {
            let known = all.get(object.id.as_str());
            let is_same = known.is_some_and(|it| it.attributes == object.attributes);
            ensure!(is_same, "the object that a full read gives", "`{}` is another", object.id);
        }
    }
    // What does not exist is not there, and hides nobody.
    let gone = trial.hold_these(held[1..].to_vec()).await;
    gone?;
    let mut asked = vec![held[0].id.clone()];
    if trial.capabilities.read_max > 1 {
        asked.push(held[1].id.clone());
    }
    let there = &held[1..asked.len()];
    let reading = trial.look_up(subject, Wanted::WithIds(asked)).await;
    has_all(&reading, there, "an id that is there and one that is gone")?;
    let id = &held[0].id;
    ensure!(!reading.by_id().contains_key(id.as_str()), "nothing for an object that is gone", "`{id}`");
    Ok(())
}

pub(super) async fn as_many_are_found_as_is_said(trial: &Trial<'_>) -> Checked {
    let can = trial.capabilities;
    trial.needs(can.read_by_id || can.read_by_value, "read_by_id")?;
    let subject = trial.subject()?;
    // Ids that do not exist count as well.
    let held = hold_and_read(trial, can.read_max.min(trial.fixture.more_than_a_page())).await?;
    if can.read_by_id {
        let mut asked = ids(&held);
        asked.extend((held.len()..can.read_max).map(|it| Text::from(format!("{}{it}", held[0].id))));
        // Ids of some systems have a form of their own; then as many are asked for as there are.
        let mut reading = trial.look_up(subject, Wanted::WithIds(asked)).await;
        if reading.end.error().is_some_and(|it| it.kind() == ErrorKind::InvalidValue) {
            reading = trial.look_up(subject, Wanted::WithIds(ids(&held))).await;
        }
        has_all(&reading, &held, &format!("{} ids, `read_max`", can.read_max))?;
    }
    if can.read_by_value {
        for attribute in searched(trial, subject, &held).await? {
            let values = held
                .iter()
                .filter_map(|it| it.attributes.get(attribute.name.as_str())?.as_slice().first().cloned());
            let wanted = Wanted::WithValues { attribute: attribute.name.clone(), values: values.collect() };
            let reading = trial.look_up(subject, wanted).await;
            has_all(
                &reading,
                &held,
                &format!("{} values of `{}`, within `read_max`", held.len(), attribute.name),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn a_hostile_id_hides_nobody(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.read_by_id, "read_by_id")?;
    let subject = trial.subject()?;
    let held = trial.hold(2).await?;
    for (name, text) in hostile_texts() {
        let mut asked = vec![Text::from(text)];
        if trial.capabilities.read_max > 1 {
            asked.push(held[0].id.clone());
        }
        let there = &held[..asked.len() - 1];
        let reading = trial.look_up(subject, Wanted::WithIds(asked)).await;
        if reading.end.is_complete() {
            has_all(&reading, there, &format!("an id with {name} beside one that is there"))?;
        } else {
            ensure!(reading.end.error().is_some(), "an answer or an error", "{}", reading.end);
        }
    }
    // After all that the source still answers.
    let reading = trial.look_up(subject, Wanted::WithIds(ids(&held[..1]))).await;
    has_all(&reading, &held[..1], "an id after ids with hostile text")
}

/// The attributes of the samples that the system searches by. It has to be one at least.
async fn searched<'s>(
    trial: &Trial<'_>,
    subject: &'s ObjectSchema,
    held: &[Object],
) -> Result<Vec<&'s AttributeSchema>, Stop> {
    let mut searched = Vec::new();
    let mut refused = Vec::new();
    for attribute in &subject.attributes {
        let is_comparable = !matches!(attribute.kind, ValueKind::Complex | ValueKind::Secret);
        let value = held[0].attributes.get(attribute.name.as_str()).map(|it| it.as_slice()[0].clone());
        let Some(value) = value.filter(|_| is_comparable) else { continue };
        let wanted = Wanted::WithValues { attribute: attribute.name.clone(), values: vec![value] };
        match trial.look_up(subject, wanted).await.end {
            End::Refused(error) | End::Failed(error) if error.kind() == ErrorKind::Unsupported => {
                refused.push(&attribute.name);
            }
            _ => searched.push(attribute),
        }
    }
    ensure!(
        !searched.is_empty(),
        "an attribute that objects are found by, since `read_by_value` is declared",
        "`Unsupported` for {}",
        some_of(refused)
    );
    Ok(searched)
}

pub(super) async fn objects_are_found_by_value(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.read_by_value, "read_by_value")?;
    let subject = trial.subject()?;
    let held = hold_and_read(trial, 4).await?;
    let all = trial.read_all(subject).await?;
    for attribute in searched(trial, subject, &held).await? {
        let name = &attribute.name;
        let rule = CompareRule::of(attribute);
        let of = |object: &Object| object.attributes.get(name.as_str()).map(|it| it.as_slice()[0].clone());
        for count in [1, 2.min(trial.capabilities.read_max)] {
            let values: Vec<Value> = held[..count].iter().filter_map(of).collect();
            let has_one = |it: &&Object| {
                let held = it.attributes.get(name.as_str());
                held.is_some_and(|it| {
                    it.iter().any(|it| values.iter().any(|value| rule.same(it, value.borrow())))
                })
            };
            let holders: Vec<&Object> = all.objects.iter().filter(has_one).collect();
            let wanted = Wanted::WithValues { attribute: name.clone(), values: values.clone() };
            let reading = trial.look_up(subject, wanted).await;
            has_all(&reading, holders, &format!("{count} values of `{name}`"))?;
        }
        // Who has a value that nobody has? Nobody, and that is an answer.
        if let Some(value) = trial.sampler.values(&subject.object_type, attribute, 900, 0) {
            let wanted =
                Wanted::WithValues { attribute: name.clone(), values: vec![value.as_slice()[0].clone()] };
            let reading = trial.look_up(subject, wanted).await;
            has_all(&reading, [], &format!("a value of `{name}` that no object has"))?;
        }
    }
    Ok(())
}

pub(super) async fn values_are_compared_as_the_schema_says(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.read_by_value, "read_by_value")?;
    let subject = trial.subject()?;
    let held = hold_and_read(trial, 2).await?;
    let mut checked = 0;
    for attribute in searched(trial, subject, &held).await? {
        let value = held[0].attributes.get(attribute.name.as_str()).and_then(|it| it.as_slice()[0].as_text());
        let Some(text) = value.filter(|_| !attribute.case_exact) else { continue };
        let name = &attribute.name;
        for other in [text.to_uppercase(), text.to_lowercase()] {
            let wanted =
                Wanted::WithValues { attribute: name.clone(), values: vec![Value::from(other.as_str())] };
            let reading = trial.look_up(subject, wanted).await;
            has_all(&reading, &held[..1], &format!("\"{other}\" in `{name}`, which is not case exact"))?;
        }
        checked += 1;
    }
    if checked == 0 {
        return Err(Stop::skip("case matters in all attributes that objects are found by"));
    }
    Ok(())
}

pub(super) async fn hostile_values_are_found(trial: &Trial<'_>) -> Checked {
    trial.needs(trial.capabilities.read_by_value, "read_by_value")?;
    let (subject, attribute, held) = hold_hostile(trial).await?;
    let habit = trial.dialect.of(&subject.object_type, &attribute.name);
    for (what, object) in &held {
        let Some(values) = object.attributes.get(attribute.name.as_str()) else { continue };
        let Some(values) = habit.map_or(Some(values.clone()), |it| it.keep(values)) else { continue };
        let values = values.as_slice().to_vec();
        let reading =
            trial.look_up(subject, Wanted::WithValues { attribute: attribute.name.clone(), values }).await;
        if reading.end.error().is_some_and(|it| it.kind() == ErrorKind::Unsupported) {
            let why =
                format!("objects are not found by `{}`, the attribute that takes any text", attribute.name);
            return Err(Stop::skip(why));
        }
        has_all(&reading, [object], &format!("a value of `{}` with {what}", attribute.name))?;
    }
    Ok(())
}

pub(super) async fn what_is_not_offered_is_unsupported(trial: &Trial<'_>) -> Checked {
    let can = trial.capabilities;
    if can.read_by_id && can.read_by_value && can.changes {
        return Err(Stop::skip("everything is offered"));
    }
    let subject = trial.subject()?;
    let held = trial.hold(1).await?;
    let refuses = |end: &End, what: &str| -> Checked {
        let is_unsupported = end.error().is_some_and(|it| it.kind() == ErrorKind::Unsupported);
        ensure!(is_unsupported, format!("`Unsupported` for a read {what}, which is not declared"), "{end}");
        Ok(())
    };
    if !can.read_by_id {
        let reading = trial.look_up(subject, Wanted::WithIds(ids(&held))).await;
        refuses(&reading.end, "by id")?;
    }
    if !can.read_by_value {
        let text = held[0].attributes.iter().find(|(_, it)| it.as_slice()[0].as_text().is_some());
        if let Some((name, values)) = text {
            let mut query = ReadQuery::all(layout(subject, |_| true));
            query.wanted = Wanted::WithValues { attribute: name.clone(), values: values.as_slice().to_vec() };
            refuses(&trial.read(query).await.end, "by value")?;
        }
    }
    if !can.changes {
        let changes = trial.changes(subject, &Watermark::new("kit")).await;
        let is_unsupported = changes.error.as_ref().is_some_and(|it| it.kind() == ErrorKind::Unsupported);
        ensure!(is_unsupported, "`Unsupported` for a read of changes, which is not declared", "{changes}");
    }
    Ok(())
}
