//! Reads of everything.

use std::collections::{BTreeMap, BTreeSet};

use provisio::connector::ReadQuery;
use provisio::model::{
    AttributeSchema, Layout, Object, ObjectSchema, RecordsBuilder, SourceSide, ValueKind, Values,
};

use super::trial::{Trial, complete, layout};
use crate::conformance::compare::{not_kept, same, shown, some_of};
use crate::conformance::reading::{End, Reading};
use crate::conformance::sample::{Extent, hostile_texts, is_free_text, is_hidden};
use crate::conformance::{Checked, Stop, ensure};

pub(super) async fn the_schema_is_sound(trial: &Trial<'_>) -> Checked {
    let schema = &trial.schema;
    ensure!(!schema.types.is_empty(), "the schema names an object type", "none");
    let mut types = BTreeSet::new();
    for object in &schema.types {
        let name = &object.object_type;
        ensure!(types.insert(name), "each object type once", "`{name}` comes twice");
        let mut attributes = BTreeSet::new();
        for attribute in &object.attributes {
            let full = format!("`{name}.{}`", attribute.name);
            ensure!(
                attributes.insert(&attribute.name),
                "each attribute of a type once",
                "{full} comes twice"
            );
            ensure!(!attribute.name.as_str().is_empty(), "attributes have names", "one of `{name}` has none");
            ensure!(attribute.path.is_none(), "whole attributes", "{full} is a part of another");
            let unknown = attribute.references.iter().find(|it| schema.of(it).is_none());
            if let Some(unknown) = unknown {
                let expected = "references to types of the schema";
                ensure!(false, expected, "{full} refers to `{unknown}`");
            }
            let is_container_of_one = attribute.kind == ValueKind::Reference && !attribute.multi_valued;
            ensure!(
                !attribute.container || is_container_of_one,
                "a container is a single-valued reference",
                "{full} is none"
            );
        }
        let containers = object.attributes.iter().filter(|it| it.container).count();
        ensure!(
            containers <= 1,
            "each object is in one container",
            "`{name}` has {containers} such attributes"
        );
    }
    let again = trial.source.schema(&trial.context).await.map_err(|it| Stop::refused("`schema`", &it))?;
    ensure!(again == *schema, "the same schema when it is asked for again", "another one");
    Ok(())
}

pub(super) async fn the_capabilities_are_sound(trial: &Trial<'_>) -> Checked {
    let can = trial.capabilities;
    let again = trial.source.capabilities();
    ensure!(again == can, "the same capabilities when they are asked for again", "{again:?} after {can:?}");
    let bounds = [
        ("read_max", Some(can.read_max)),
        ("batch_max", Some(can.batch_max)),
        ("concurrency_max", Some(can.concurrency_max)),
        ("values_per_change_max", can.values_per_change_max),
        ("rate.requests", can.rate.map(|it| it.requests as usize)),
        ("rate.burst", can.rate.map(|it| it.burst as usize)),
    ];
    for (name, bound) in bounds {
        ensure!(bound != Some(0), format!("`{name}` is at least 1"), "it is 0");
    }
    Ok(())
}

pub(super) async fn the_connection_can_be_tried(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    trial.hold(2).await?;
    let before = trial.read_all(subject).await?;
    let report = trial.source.check(&trial.context).await;
    report.map_err(|error| Stop::refused("`check` of a system that can be read", &error))?;
    let after = trial.read_all(subject).await?;
    ensure!(before.by_id() == after.by_id(), "`check` changes nothing", "the objects are others after it");
    Ok(())
}

pub(super) async fn what_is_not_there_is_read_completely(trial: &Trial<'_>) -> Checked {
    for schema in &trial.schema.types {
        let reading = trial.read(trial.query(schema)).await;
        let expected =
            format!("`Complete` after all `{}` objects, if there are any or not", schema.object_type);
        ensure!(reading.end.is_complete(), expected, "{}", reading.end);
    }
    Ok(())
}

pub(super) async fn every_object_comes_once(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let count = trial.fixture.more_than_a_page();
    let held = trial.hold(count).await?;
    let reading = trial.read_all(subject).await?;
    every_one(&held, &reading)?;
    let mut seen = BTreeSet::new();
    let twice: Vec<&str> =
        reading.objects.iter().map(|it| it.id.as_str()).filter(|it| !seen.insert(*it)).collect();
    ensure!(twice.is_empty(), "every object once", "twice: {}", some_of(twice));
    Ok(())
}

/// Wants all of these objects.
fn every_one(held: &[Object], reading: &Reading) -> Checked {
    let found = reading.by_id();
    let missing: Vec<&str> =
        held.iter().map(|it| it.id.as_str()).filter(|it| !found.contains_key(it)).collect();
    let expected = format!("all of the {} objects that the system holds", held.len());
    ensure!(missing.is_empty(), expected, "{} are missing: {}", missing.len(), some_of(missing));
    Ok(())
}

pub(super) async fn nothing_comes_after_the_end(trial: &Trial<'_>) -> Checked {
    trial.hold(3).await?;
    for schema in &trial.schema.types {
        let reading = trial.read_all(schema).await?;
        ensure!(reading.after_end == 0, "nothing after `Complete`", "{} more events", reading.after_end);
    }
    Ok(())
}

pub(super) async fn what_is_read_fits_the_schema(trial: &Trial<'_>) -> Checked {
    trial.hold(5).await?;
    for schema in &trial.schema.types {
        let reading = trial.read_all(schema).await?;
        for object in &reading.objects {
            fits(schema, object)?;
        }
    }
    Ok(())
}

fn fits(schema: &ObjectSchema, object: &Object) -> Checked {
    let object_type = &schema.object_type;
    ensure!(!object.id.is_empty(), "every object has an id", "one of `{object_type}` has none");
    let seen = &object.object_type;
    ensure!(seen == object_type, format!("objects of type `{object_type}`"), "one of type `{seen}`");
    for (name, values) in object.attributes.iter() {
        let full = format!("`{name}` of {object_type} `{}`", object.id);
        let Some(attribute) = schema.attribute(name.as_str()) else {
            return Err(Stop::fault(
                "attributes that the schema names",
                format!("{full}, which it does not"),
            ));
        };
        ensure!(!is_hidden(attribute), "what is write-only is not read", "{full}");
        fits_attribute(attribute, values, &full)?;
    }
    Ok(())
}

fn fits_attribute(attribute: &AttributeSchema, values: &Values, full: &str) -> Checked {
    let count = values.len();
    ensure!(attribute.multi_valued || count == 1, "one value", "{count} values in {full}");
    for value in values.as_slice() {
        let (kind, seen) = (attribute.kind, value.kind());
        ensure!(kind == seen, format!("values of kind {kind}, as the schema says"), "{seen} in {full}");
        if let (Some(most), Some(text)) = (attribute.length_max, value.as_text()) {
            let length = text.chars().count();
            ensure!(
                length <= most,
                format!("at most {most} characters, as the schema says"),
                "{length} in {full}"
            );
        }
        if let provisio::model::Value::Complex(parts) = value {
            for (part, values) in parts.iter() {
                let known = attribute.sub_attributes.iter().find(|it| it.name == *part);
                let full = format!("`{part}` in {full}");
                match known {
                    Some(known) => fits_attribute(known, values, &full)?,
                    None => {
                        let is_open = attribute.sub_attributes.is_empty();
                        ensure!(is_open, "parts that the schema names", "{full}, which it does not");
                    }
                }
            }
        }
    }
    Ok(())
}

pub(super) async fn values_are_read_as_they_are_held(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let mut objects: Vec<Object> = (1..=3).map(|it| trial.sampler.object(subject, it)).collect();
    let mut scarce = Object::new(subject.object_type.clone(), "");
    scarce.attributes = trial.sampler.attributes(subject, 4, Extent::RequiredOnly);
    objects.push(scarce);
    let held = trial.hold_these(objects).await?;
    let reading = trial.read_all(subject).await?;
    let found = reading.by_id();
    for object in &held {
        let read = found.get(object.id.as_str());
        let read = read.ok_or_else(|| Stop::fault("every object", format!("`{}` is missing", object.id)))?;
        let not_kept = not_kept(subject, &trial.dialect, &object.attributes, &read.attributes);
        ensure!(
            not_kept.is_empty(),
            "values as the system holds them",
            "of `{}`, {}",
            object.id,
            some_of(not_kept)
        );
    }
    // What an object does not have is not made up, unless the system itself gives it a default.
    if let (Some(scarce), Some(full)) = (held.last(), held.first()) {
        let read = found.get(scarce.id.as_str()).map(|it| &it.attributes);
        let copied = full.attributes.iter().filter(|(name, values)| {
            let is_unique_to_one = scarce.attributes.get(name.as_str()).is_none()
                && subject.attribute(name.as_str()).is_some_and(|it| it.kind != ValueKind::Bool);
            is_unique_to_one && read.and_then(|it| it.get(name.as_str())) == Some(*values)
        });
        let copied: Vec<String> = copied.map(|(name, _)| format!("`{name}`")).collect();
        ensure!(
            copied.is_empty(),
            "no value that the object does not have",
            "{} of another object",
            some_of(copied)
        );
    }
    Ok(())
}

/// One object for each hostile text, in an attribute that may hold anything.
pub(super) async fn hold_hostile<'t>(
    trial: &'t Trial<'_>,
) -> Result<(&'t ObjectSchema, &'t AttributeSchema, Vec<(&'static str, Object)>), Stop> {
    let subject = trial.subject()?;
    let is_usable = |it: &&AttributeSchema| is_free_text(it) && trial.sampler.uses(&subject.object_type, it);
    let attribute =
        subject.attributes.iter().find(|it| is_usable(it) && it.length_max.is_none_or(|it| it >= 1_000));
    let attribute = attribute.or_else(|| subject.attributes.iter().find(is_usable)).ok_or_else(|| {
        Stop::skip(format!(
            "`{}` has no optional text attribute without rules of its own",
            subject.object_type
        ))
    })?;
    let mut held = Vec::new();
    let mut objects = Vec::new();
    let mut names = Vec::new();
    for (number, (name, text)) in (1..).zip(hostile_texts()) {
        let mut object = trial.sampler.object(subject, number);
        object.attributes.set(attribute.name.clone(), text.as_str());
        // Whether the system takes such text at all is not the question here.
        let mut attempt = objects.clone();
        attempt.push(object.clone());
        match trial.fixture.hold(&attempt).await {
            Ok(ids) => {
                objects = attempt;
                objects.iter_mut().zip(ids).for_each(|(object, id)| object.id = id);
                names.push(name);
            }
            Err(_) => continue,
        }
    }
    held.extend(names.into_iter().zip(objects));
    if held.is_empty() {
        return Err(Stop::skip("the fixture can make the system hold none of the hostile texts"));
    }
    Ok((subject, attribute, held))
}

pub(super) async fn hostile_text_is_read_to_the_letter(trial: &Trial<'_>) -> Checked {
    let (subject, attribute, held) = hold_hostile(trial).await?;
    let reading = trial.read_all(subject).await?;
    let found = reading.by_id();
    for (name, object) in &held {
        let expected = object.attributes.get(attribute.name.as_str());
        let expected =
            expected.and_then(|it| match trial.dialect.of(&subject.object_type, &attribute.name) {
                Some(habit) => habit.keep(it),
                None => Some(it.clone()),
            });
        let read = found.get(object.id.as_str()).and_then(|it| it.attributes.get(attribute.name.as_str()));
        ensure!(
            same(attribute, expected.as_ref(), read),
            format!("text with {name} to the letter: {}", shown(expected.as_ref())),
            "{}",
            shown(read)
        );
    }
    Ok(())
}

pub(super) async fn a_narrow_read_gives_every_object(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let mut objects: Vec<Object> = (1..=4).map(|it| trial.sampler.object(subject, it)).collect();
    for number in 5..=8 {
        let mut scarce = Object::new(subject.object_type.clone(), "");
        scarce.attributes = trial.sampler.attributes(subject, number, Extent::RequiredOnly);
        objects.push(scarce);
    }
    let held = trial.hold_these(objects).await?;
    let optional =
        subject.attributes.iter().find(|it| !it.required && trial.sampler.uses(&subject.object_type, it));
    let optional = optional.map(|it| it.name.clone());
    let narrow = [
        layout(subject, |_| false),
        layout(subject, |it| Some(&it.name) == optional.as_ref()),
        layout(subject, |it| it.required),
    ];
    for layout in narrow {
        let asked: Vec<String> = layout.schemas().iter().map(|it| format!("`{}`", it.name)).collect();
        let reading = complete(trial.read(ReadQuery::all(layout)).await)?;
        let found = reading.by_id();
        let missing: Vec<&str> =
            held.iter().map(|it| it.id.as_str()).filter(|it| !found.contains_key(it)).collect();
        let expected = format!(
            "every object in a read that asks for {}",
            match asked.len() {
                0 => "no attribute".to_owned(),
                _ => some_of(asked),
            }
        );
        ensure!(missing.is_empty(), expected, "missing: {}", some_of(missing));
    }
    Ok(())
}

/// The same objects, the values of the first changed; `None` if nothing can be changed.
pub(super) fn with_first_changed(trial: &Trial<'_>, held: &[Object]) -> Result<Vec<Object>, Stop> {
    let subject = trial.subject()?;
    let mut changed = held.to_vec();
    let Some(first) = changed.first_mut() else { return Err(Stop::skip("there is no object")) };
    let mut is_changed = false;
    for attribute in &subject.attributes {
        // What tells objects apart may be their id, as in a file.
        let may_be_id = attribute.required && attribute.kind != ValueKind::Bool;
        if may_be_id || !trial.sampler.changes(&subject.object_type, attribute) {
            continue;
        }
        if let Some(values) = trial.sampler.values(&subject.object_type, attribute, 1, 1) {
            first.attributes.set(attribute.name.clone(), values);
            is_changed = true;
        }
    }
    if !is_changed {
        return Err(Stop::skip(format!("`{}` has no attribute that could change", subject.object_type)));
    }
    Ok(changed)
}

pub(super) async fn ids_stay(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let held = trial.hold(4).await?;
    let ids = |reading: &Reading| reading.objects.iter().map(|it| it.id.clone()).collect::<BTreeSet<_>>();
    let before = ids(&trial.read_all(subject).await?);
    let again = ids(&trial.read_all(subject).await?);
    ensure!(before == again, "the same ids when read again", "others");
    trial.hold_these(with_first_changed(trial, &held)?).await?;
    let after = ids(&trial.read_all(subject).await?);
    ensure!(
        before == after,
        "the same ids after values changed",
        "{}",
        some_of(after.symmetric_difference(&before))
    );
    Ok(())
}

pub(super) async fn versions_follow_changes(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let held = trial.hold(3).await?;
    let versions = |reading: &Reading| -> BTreeMap<_, _> {
        reading.objects.iter().map(|it| (it.id.clone(), it.version.clone())).collect()
    };
    let before = versions(&trial.read_all(subject).await?);
    if before.values().any(Option::is_none) {
        return Err(Stop::skip("objects have no versions"));
    }
    let again = versions(&trial.read_all(subject).await?);
    ensure!(before == again, "the same versions when nothing changed", "others");
    trial.hold_these(with_first_changed(trial, &held)?).await?;
    let after = versions(&trial.read_all(subject).await?);
    for object in &held {
        let is_same = before.get(&object.id) == after.get(&object.id);
        let is_first = object.id == held[0].id;
        let expected =
            if is_first { "another version after a change" } else { "the same version without one" };
        ensure!(is_same != is_first, expected, "of `{}`: {:?}", object.id, after.get(&object.id));
    }
    Ok(())
}

pub(super) async fn parts_of_complex_attributes_are_given(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let held = trial.hold(2).await?;
    let complex = subject.attributes.iter().filter(|it| it.kind == ValueKind::Complex && !it.multi_valued);
    let mut checked = 0;
    for attribute in complex.filter(|it| held[0].attributes.get(it.name.as_str()).is_some()) {
        for part in &attribute.sub_attributes {
            let path = format!("{}.{}", attribute.name, part.name);
            let Ok(resolved) = subject.resolve(&path) else { continue };
            let Some(path) = resolved.path.as_deref().cloned() else { continue };
            let expected = path.values(&held[0].attributes);
            let layout = Layout::new(subject.object_type.clone(), [resolved]);
            let reading = complete(trial.read(ReadQuery::all(layout.clone())).await)?;
            let mut records = RecordsBuilder::<SourceSide>::new(layout);
            let packed = reading.objects.iter().find(|it| it.id == held[0].id).map(|it| records.push(it));
            let record = match packed {
                Some(Ok(row)) => records.records().record(row).to_object(),
                _ => {
                    return Err(Stop::fault(
                        "every object in a read of a part",
                        "one is missing or does not fit",
                    ));
                }
            };
            let found = record.attributes.iter().next().map(|(_, values)| values.clone());
            let expected = expected.into_iter().cloned();
            let expected = Values::from_many(expected);
            let what = format!("{} of `{}`", shown(expected.as_ref()), path);
            ensure!(same(part, expected.as_ref(), found.as_ref()), what, "{}", shown(found.as_ref()));
            checked += 1;
        }
    }
    if checked == 0 {
        return Err(Stop::skip("no sample has a complex attribute with parts"));
    }
    Ok(())
}

pub(super) async fn an_unknown_type_is_refused(trial: &Trial<'_>) -> Checked {
    let query = ReadQuery::all(Layout::new("kit no such type", [AttributeSchema::text("name")]));
    let reading = trial.read(query).await;
    let is_refused = matches!(reading.end, End::Refused(_) | End::Failed(_));
    ensure!(is_refused, "an error", "{}", reading.end);
    Ok(())
}
