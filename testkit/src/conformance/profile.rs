//! What does a target really make of what it is sent?
//!
//! [`measure`] writes values to a target, reads them back, and describes what became of them as a [`Dialect`]. Its text is
//! TOML: keep it beside the connector, give it to the fixture, and refine the schema with it.
//!
//! ```no_run
//! # async fn example(fixture: &dyn provisio_testkit::conformance::TargetFixture) {
//! match provisio_testkit::conformance::profile::measure(fixture).await {
//!     Ok(dialect) => print!("{dialect}"),
//!     Err(fault) => print!("cannot be measured: {fault}"),
//! }
//! # }
//! ```

use provisio::model::{
    AttributeSchema, Attributes, Dialect, Habit, LetterCase, Mutability, ObjectSchema, Outcome, Value,
    ValueKind, Values, WriteAction,
};

use super::sample::Extent;
use super::target::{Made, Trial, add, memberships, reference};
use super::{Fault, Stop, TargetFixture};

/// The length of the longest text that is tried, in characters.
const LENGTH_TRIED: usize = 5_000;

/// Describes what a target makes of the attributes of one object type, and of members of groups. What it refuses, and what it
/// keeps as it is, is not in the dialect.
///
/// # Errors
/// When the target does not work well enough to be measured: an object that was written cannot be read.
pub async fn measure(fixture: &dyn TargetFixture) -> Result<Dialect, Fault> {
    let measured = async {
        let mut trial = Trial::open(fixture).await?;
        // What is known already is measured as well.
        trial.dialect = Dialect::new();
        let mut dialect = Dialect::new();
        of_subject(&trial, &mut dialect).await?;
        of_members(&trial, &mut dialect).await?;
        Ok(dialect)
    };
    measured.await.map_err(|stop| match stop {
        Stop::Fault(fault) => fault,
        Stop::Skip(why) => Fault { expected: "a target that can be measured".to_owned(), seen: why },
    })
}

async fn of_subject(trial: &Trial<'_>, dialect: &mut Dialect) -> Result<(), Stop> {
    let subject = trial.subject()?;
    for attribute in &subject.attributes {
        let is_text = attribute.kind == ValueKind::Text && attribute.mutability == Mutability::ReadWrite;
        if !trial.sampler.uses(&subject.object_type, attribute) {
            continue;
        }
        let Some(values) = trial.sampler.values(&subject.object_type, attribute, trial.number(), 0) else {
            continue;
        };
        let mut habit = Habit::default();
        match kept(trial, subject, attribute, values).await? {
            Kept::Refused => continue,
            Kept::Nothing => habit.ignored = true,
            Kept::Partly(values) => habit.values_max = Some(values.len()),
            Kept::Values(_) if is_text => of_text(trial, subject, attribute, &mut habit).await?,
            Kept::Values(_) => {}
        }
        habit.listed_in_part = is_listed_in_part(trial, subject, attribute).await?;
        dialect.set(subject.object_type.clone(), attribute.name.clone(), habit);
    }
    Ok(())
}

/// What became of values.
enum Kept {
    Refused,
    Nothing,
    /// Fewer than were sent.
    Partly(Values),
    Values(Values),
}

/// Creates an object with these values, and reads it.
async fn kept(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    values: Values,
) -> Result<Kept, Stop> {
    let count = values.len();
    let mut attributes: Attributes = trial.sample_of(subject, trial.number(), Extent::RequiredOnly);
    attributes.set(attribute.name.clone(), values);
    let outcome = trial.write(&subject.object_type, WriteAction::Create { attributes }).await?;
    let Outcome::Applied(applied) = outcome else { return Ok(Kept::Refused) };
    let found = trial.find(&subject.object_type, &applied.id).await?;
    let found = found.ok_or_else(|| Stop::fault("an object that was created", "it is not there"))?;
    Ok(match found.attributes.get(attribute.name.as_str()) {
        None => Kept::Nothing,
        Some(values) if values.len() < count => Kept::Partly(values.clone()),
        Some(values) => Kept::Values(values.clone()),
    })
}

/// Sends texts, and returns what became of them; `None` if they are refused.
async fn echo(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    text: &str,
) -> Result<Option<String>, Stop> {
    Ok(match kept(trial, subject, attribute, Values::one(text)).await? {
        Kept::Refused => None,
        Kept::Nothing => Some(String::new()),
        Kept::Partly(values) | Kept::Values(values) => values.as_slice()[0].as_text().map(str::to_owned),
    })
}

async fn of_text(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    habit: &mut Habit,
) -> Result<(), Stop> {
    let fresh = || {
        let values = trial.sampler.values(&subject.object_type, attribute, trial.number(), 0);
        let text = values.and_then(|it| it.as_slice()[0].as_text().map(str::to_owned));
        text.ok_or_else(|| Stop::skip(format!("the fixture gives no text for `{}`", attribute.name)))
    };
    let text = fresh()?;
    habit.trims = echo(trial, subject, attribute, &format!(" {text} "))
        .await?
        .is_some_and(|it| same_letters(&it, &text));
    let mixed: String = fresh()?
        .chars()
        .enumerate()
        .map(|(at, it)| if at % 2 == 0 { it.to_ascii_uppercase() } else { it })
        .collect();
    habit.case = match echo(trial, subject, attribute, &mixed).await? {
        Some(kept) if kept == mixed => None,
        Some(kept) if kept == mixed.to_lowercase() => Some(LetterCase::Lower),
        Some(kept) if kept == mixed.to_uppercase() => Some(LetterCase::Upper),
        _ => None,
    };
    if !attribute.required {
        let empty = echo(trial, subject, attribute, "").await?;
        // An empty text that is read as one is kept; `kept` gives no values for one that is not there.
        habit.empty_is_absent = empty.is_some()
            && matches!(kept(trial, subject, attribute, Values::one("")).await?, Kept::Nothing);
    }
    let length = attribute.length_max.unwrap_or(LENGTH_TRIED).min(LENGTH_TRIED);
    let start = format!("{}", trial.number());
    let long: String = start.chars().chain("abcdefghij".chars().cycle()).take(length).collect();
    let kept = echo(trial, subject, attribute, &long).await?.map_or(length, |it| it.chars().count());
    habit.cut_to = (kept > 0 && kept < length).then_some(kept);
    if attribute.multi_valued {
        of_many(trial, subject, attribute, habit).await?;
    }
    Ok(())
}

fn same_letters(left: &str, right: &str) -> bool {
    left.to_lowercase() == right.to_lowercase()
}

async fn of_many(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
    habit: &mut Habit,
) -> Result<(), Stop> {
    let twice = Values::from_many(["kit twice", "KIT TWICE"].map(Value::from));
    if let Some(twice) = twice.filter(|_| habit.case.is_none()) {
        habit.once_whatever_case = matches!(kept(trial, subject, attribute, twice).await?, Kept::Partly(_));
    }
    let count = trial.fixture.more_than_a_page() as u64;
    let many =
        (0..count).filter_map(|it| trial.fixture.value(&subject.object_type, attribute, 1_000_000 + it));
    if let Some(many) = Values::from_many(many)
        && let Kept::Partly(values) = kept(trial, subject, attribute, many).await?
    {
        habit.values_max = Some(values.len());
    }
    Ok(())
}

/// Compares a read of all with a read by id.
async fn is_listed_in_part(
    trial: &Trial<'_>,
    subject: &ObjectSchema,
    attribute: &AttributeSchema,
) -> Result<bool, Stop> {
    if !trial.capabilities.read_by_id {
        return Ok(false);
    }
    let made: Made = trial.make().await?;
    let alone = trial.read_by_id(&subject.object_type, &made.id).await?;
    let listed = trial.read_all(&subject.object_type).await?.remove(made.id.text());
    let count = |object: &Option<provisio::model::Object>| {
        object.as_ref().and_then(|it| it.attributes.get(attribute.name.as_str())).map_or(0, Values::len)
    };
    Ok(count(&listed) < count(&alone))
}

/// Measures how many members a group holds, and shows.
async fn of_members(trial: &Trial<'_>, dialect: &mut Dialect) -> Result<(), Stop> {
    let can = trial.capabilities;
    let Some((schema, attribute, members)) = memberships(trial).next() else { return Ok(()) };
    if !(can.update && can.update_with_add_remove) {
        return Ok(());
    }
    let group = trial.make_of(schema, 0).await?;
    let members = trial.make_many(members, trial.fixture.more_than_a_page()).await?;
    for some in members.chunks(can.values_per_change_max.unwrap_or(usize::MAX).max(1)) {
        let values = Values::from_many(some.iter().map(|it| reference(&it.id)));
        let deltas = values.into_iter().map(|it| add(&attribute.name, it)).collect();
        trial.must_update(&group.object_type, &group.id, deltas).await?;
    }
    let count = |object: Option<&provisio::model::Object>| {
        object.and_then(|it| it.attributes.get(attribute.name.as_str())).map_or(0, Values::len)
    };
    let listed = count(trial.read_all(&schema.object_type).await?.get(group.id.as_str()));
    let alone = if can.read_by_id {
        count(trial.read_by_id(&schema.object_type, &group.id).await?.as_ref())
    } else {
        listed
    };
    let mut habit = Habit::default();
    habit.listed_in_part = listed < alone;
    habit.values_max = (alone < members.len()).then_some(alone);
    dialect.set(schema.object_type.clone(), attribute.name.clone(), habit);
    Ok(())
}
