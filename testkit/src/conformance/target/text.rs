//! Text that breaks filters, and secrets.

use provisio::model::{AttributeSchema, Mutability, Outcome, Secret, Value, ValueKind, Values, WriteAction};

use super::creates::kept;
use super::trial::{Trial, set, told};
use crate::conformance::compare::{same, shown};
use crate::conformance::sample::{Extent, hostile_texts, is_free_text};
use crate::conformance::{Checked, Stop, ensure};

pub(super) async fn hostile_text_is_kept_or_refused(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let is_long = |it: &AttributeSchema| is_free_text(it) && it.length_max.is_none_or(|it| it >= 1_000);
    let what = "optional text attribute without rules of its own";
    let attribute =
        trial.attribute(subject, what, is_long).or_else(|_| trial.attribute(subject, what, is_free_text))?;
    let mut kept_some = false;
    for (name, text) in hostile_texts() {
        let values = Values::one(text.as_str());
        let expected = kept(trial, subject, attribute, &values);
        let full = format!("text with {name}, {}, kept to the letter or rejected", shown(Some(&values)));
        let mut attributes = trial.sample_of(subject, trial.number(), Extent::RequiredOnly);
        attributes.set(attribute.name.clone(), values.clone());
        let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
        match outcome {
            Outcome::Applied(applied) => {
                let found = trial.find(&subject.object_type, &applied.id).await?;
                let found = found.ok_or_else(|| Stop::fault(full.clone(), "the object is not there"))?;
                let seen = found.attributes.get(attribute.name.as_str());
                ensure!(same(attribute, expected.as_ref(), seen), full, "{} after a create", shown(seen));
                kept_some = true;
            }
            Outcome::Rejected(_) => {}
            other => return Err(Stop::fault(full, told(&other))),
        }
        if !trial.capabilities.update {
            continue;
        }
        let made = trial.make().await?;
        let deltas = vec![set(&attribute.name, values)];
        match trial.update(&made.object_type, &made.id, deltas).await? {
            Outcome::Applied(_) | Outcome::AlreadySatisfied => {
                let found = trial.must_find(&made).await?;
                let seen = found.attributes.get(attribute.name.as_str());
                ensure!(same(attribute, expected.as_ref(), seen), full, "{} after an update", shown(seen));
            }
            Outcome::Rejected(_) => {}
            other => return Err(Stop::fault(full, told(&other))),
        }
    }
    ensure!(kept_some, "some of the texts are kept", "all are rejected");
    Ok(())
}

const SECRET: &str = "Kit-hunter2-9c41-Secret!";

pub(super) async fn secrets_are_not_told(trial: &Trial<'_>) -> Checked {
    let subject = trial.subject()?;
    let is_usable = |it: &&AttributeSchema| {
        let is_hidden = it.kind == ValueKind::Secret
            || it.mutability == Mutability::WriteOnly && it.kind == ValueKind::Text;
        is_hidden && it.mutability != Mutability::ReadOnly && trial.fixture.may_use(&subject.object_type, it)
    };
    let hidden: Vec<&AttributeSchema> = subject.attributes.iter().filter(is_usable).collect();
    if hidden.is_empty() {
        return Err(Stop::skip(format!("`{}` has no secret attribute", subject.object_type)));
    }
    let value = |attribute: &AttributeSchema| match attribute.kind {
        ValueKind::Secret => Value::Secret(Secret::new(SECRET)),
        _ => Value::from(SECRET),
    };
    let mut attributes = trial.sample(subject, trial.number());
    for attribute in &hidden {
        attributes.set(attribute.name.clone(), value(attribute));
    }
    let outcome =
        trial.write(&subject.object_type, WriteAction::Create { attributes: attributes.clone() }).await?;
    hides(&outcome, "a create")?;
    let mut refused = attributes.clone();
    refused.set("kitNoSuchAttribute", "x");
    let again = trial.write(&subject.object_type, WriteAction::Create { attributes: refused }).await?;
    hides(&again, "a create that is refused")?;
    // A second create with the same unique values, if there are any.
    let again = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
    hides(&again, "a create in conflict")?;
    let Outcome::Applied(applied) = outcome else {
        return Err(Stop::fault("a create with a secret is applied", told(&outcome)));
    };
    if trial.capabilities.update {
        let deltas = hidden.iter().map(|it| set(&it.name, value(it))).collect();
        hides(&trial.update(&subject.object_type, &applied.id, deltas).await?, "an update")?;
    }
    let found = trial.find(&subject.object_type, &applied.id).await?;
    let shown =
        expose(&format!("{found:?}"), found.iter().flat_map(|it| it.attributes.iter()).map(|(_, it)| it));
    ensure!(!shown.contains(SECRET), "no secret in what is read", "it is there, in the clear");
    Ok(())
}

fn hides(outcome: &Outcome, what: &str) -> Checked {
    let observed = match outcome {
        Outcome::Applied(applied) => applied.observed.as_ref(),
        _ => None,
    };
    let text =
        expose(&format!("{outcome:?}"), observed.into_iter().flat_map(|it| it.iter()).map(|(_, it)| it));
    ensure!(
        !text.contains(SECRET),
        format!("no secret in the outcome of {what}"),
        "it is there, in the clear"
    );
    Ok(())
}

/// Adds the secrets among values to a text, since they are not shown by themselves.
fn expose<'v>(text: &str, values: impl Iterator<Item = &'v Values>) -> String {
    let secrets = values.flat_map(|it| it.as_slice()).filter_map(|it| match it {
        Value::Secret(secret) => Some(secret.expose()),
        _ => None,
    });
    std::iter::once(text).chain(secrets).collect::<Vec<_>>().join(" ")
}
