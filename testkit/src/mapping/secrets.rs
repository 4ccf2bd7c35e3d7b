//! The law of secrets: who can read the target learns nothing of them.

use std::collections::BTreeMap;

use provisio::model::{AttributeSchema, Object, Secret, Text, Value, ValueKind, Values};
use provisio::plan::{MappingId, PlannedValues};

use super::trial::{Judged, Trial, attribute_of, created};
use super::{Breach, Law, Mapping};
use crate::strategies::Draw;
use crate::world::SystemState;

/// Nothing secret is in an attribute that everybody may read: when a secret changes, only attributes of the type `secret`
/// change. Secret are attributes of that type, and those of [`Mapping::secret`].
///
/// # Errors
/// When something else changes.
pub fn secrets_stay_secret(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::SecretsStaySecret, mapping)?;
    let is_secret = |it: &AttributeSchema| {
        it.kind == ValueKind::Secret || mapping.secrets.iter().any(|secret| it.name.is(secret))
    };
    let types = trial.schemas.source.types.iter();
    let secrets: Vec<(Text, Vec<&AttributeSchema>)> = types
        .map(|it| {
            let secrets = it.attributes.iter().filter(|it| is_secret(it));
            (Text::new(it.object_type.as_str()), secrets.collect())
        })
        .collect();
    if secrets.iter().all(|(_, it)| it.is_empty()) {
        return Ok(());
    }
    let population = trial.population().objects(1, 2).untwisted();
    trial.each(&population, |source, seed| {
        for (at, object) in source.objects.iter().enumerate() {
            let of_type = secrets.iter().find(|(it, _)| it.as_str() == object.object_type.as_str());
            for secret in of_type.into_iter().flat_map(|(_, it)| it) {
                judge(&trial, source, at, secret, seed)?;
            }
        }
        Ok(())
    })
}

/// Compares the plans for two sources that differ in one secret of one object.
fn judge(trial: &Trial<'_>, source: &SystemState, at: usize, secret: &AttributeSchema, seed: u64) -> Judged {
    let (mut one, mut other) = (source.clone(), source.clone());
    let object = source.objects[at].clone();
    let mut draw = Draw::new(seed);
    for state in [&mut one, &mut other] {
        set(&mut state.objects[at], secret, &mut draw);
    }
    let (one, other) = (given(trial, &one, &object)?, given(trial, &other, &object)?);
    for (mapping, attributes) in &one {
        let others = other.get(mapping);
        let found = |what: &str| {
            format!("{what} changes when `{}` of {} changes, and nothing else does", secret.name, object.id)
        };
        let help = "do not read the secret here; a secret may flow into an attribute of the type `secret`";
        let Some(others) = others else {
            return Err(trial
                .flaw(*mapping, None, object.id.clone())
                .expected("an account, or none, whatever the secret is")
                .found(found("whether there is an account"))
                .help(help));
        };
        for name in attributes.keys().chain(others.keys()) {
            if attributes.get(name) != others.get(name) {
                let name = name.as_str().into();
                return Err(trial
                    .flaw(*mapping, Some(&name), object.id.clone())
                    .expected(format!("a value that tells nothing of `{}`, which is secret", secret.name))
                    .found(found(&format!("`{name}`")))
                    .help(help));
            }
        }
    }
    Ok(())
}

/// Gives an object another secret.
fn set(object: &mut Object, secret: &AttributeSchema, draw: &mut Draw) {
    let text = crate::strategies::secret(draw);
    let value = match secret.kind {
        ValueKind::Secret => Value::Secret(Secret::new(text)),
        ValueKind::Int => Value::Int(i64::try_from(draw.below(1_000_000)).unwrap_or(0)),
        ValueKind::Bool => Value::Bool(draw.percent(50)),
        ValueKind::Text => {
            let most = secret.length_max.unwrap_or(usize::MAX);
            Value::from(text.chars().take(most).collect::<String>())
        }
        _ => return,
    };
    object.attributes.set_or_clear(secret.name.clone(), Some(Values::one(value)));
}

type Given = BTreeMap<MappingId, BTreeMap<Text, PlannedValues>>;

/// What an object gets that is not kept secret.
fn given(trial: &Trial<'_>, source: &SystemState, object: &Object) -> Judged<Given> {
    let planned = trial.plan(&trial.world(source))?;
    let mut given = Given::new();
    for (operation, attributes) in created(&planned).filter(|(it, _)| *it.source.text() == object.id) {
        let Some(mapped) = trial.object(operation.mapping) else { continue };
        let of_mapping = given.entry(operation.mapping).or_default();
        for (name, values) in attributes {
            let is_secret = attribute_of(&trial.schemas.target, mapped, name)
                .is_some_and(|it| it.kind == ValueKind::Secret);
            if !is_secret {
                of_mapping.insert(Text::new(name.as_str()), values.clone());
            }
        }
    }
    Ok(given)
}
