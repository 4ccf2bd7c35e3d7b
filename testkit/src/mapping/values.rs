//! Laws of what rules give: they do not fail, and what they give is unique, complete and fits.

use provisio::model::{Text, Value};
use provisio::plan::PlannedValues;
use provisio::planner::FindingKind;

use super::breach::shown;
use super::trial::{Trial, created};
use super::{Breach, Law, Mapping};

/// No rule fails, whoever fits the schema of the source: it gives a value of the right type, or nothing.
///
/// # Errors
/// When a rule fails: for whom, and how.
pub fn rules_never_fail(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::RulesNeverFail, mapping)?;
    trial.each(&trial.population(), |source, _| {
        let planned = trial.plan(&trial.world(source))?;
        for finding in &planned.findings {
            let (found, help) = match &finding.kind {
                FindingKind::ExpressionFailed { error } => (
                    format!("the rule fails: {error}"),
                    "let the rule stand what people may have: nothing, one character, another form; \
                     Coalesce, IIF(IsPresent(...)) and Switch help",
                ),
                FindingKind::WrongKind { found, wanted } => (
                    format!("the rule gives {found}, and the attribute holds {wanted}"),
                    "convert it, as with CBool, CInt or FormatDateTime",
                ),
                FindingKind::SeveralValues { found } => (
                    format!("the rule gives {found} values, and the attribute takes one"),
                    "choose one, as with Item or Join",
                ),
                _ => continue,
            };
            return Err(trial
                .flaw_of(finding)
                .expected("a value that the attribute takes, or nothing, for everybody")
                .found(found)
                .help(help));
        }
        Ok(())
    })
}

/// Everybody in scope gets what the target requires, and something to be matched by.
///
/// # Errors
/// When somebody does not.
pub fn required_values_are_given(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::RequiredValuesAreGiven, mapping)?;
    trial.each(&trial.population(), |source, _| {
        let planned = trial.plan(&trial.world(source))?;
        for finding in &planned.findings {
            let flaw = trial.flaw_of(finding);
            return Err(match &finding.kind {
                FindingKind::RequiredMissing => flaw
                    .expected("a value: the target requires the attribute")
                    .found("nothing, so there is no account at all")
                    .help(
                        "give the rule something that everybody has to fall back on, such as a number; \
                         or say in the schema of the source what is required there",
                    ),
                FindingKind::NoMatchingValue => flaw
                    .expected("a value of at least one matching attribute")
                    .found("none, so an account that is there already is not found")
                    .help("match by something that everybody has, such as a number"),
                _ => continue,
            });
        }
        Ok(())
    })
}

/// No two people in scope get the same value of an attribute that the target calls unique, or that they are matched by.
///
/// # Errors
/// When two do.
pub fn unique_values_are_unique(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::UniqueValuesAreUnique, mapping)?;
    trial.each(&trial.population(), |source, _| {
        let planned = trial.plan(&trial.world(source))?;
        for finding in &planned.findings {
            let mut flaw = trial.flaw_of(finding);
            return Err(match &finding.kind {
                FindingKind::NotUnique { value, holder } => {
                    let value = text_shown(value);
                    flaw.expected("a value that nobody else gets: the target calls the attribute unique")
                        .found(format!("{value}, and {holder} gets it as well"))
                        .help(
                            "add something that tells people apart, such as a number, or choose a free value \
                             with SelectUniqueValue",
                        )
                }
                FindingKind::SameMatchingValue { other, value } => {
                    let (who, value) = (other.text().clone(), text_shown(value));
                    flaw.who.push(who);
                    flaw.expected("a matching value that nobody else has, to find the right account")
                        .found(format!("both have {value}"))
                        .help("match by something that tells people apart, such as a number")
                }
                _ => continue,
            });
        }
        Ok(())
    })
}

fn text_shown(text: &Text) -> String {
    shown(&Value::Text(text.clone()))
}

/// Values have the length that the target's schema allows, and the characters of [`Mapping::characters`].
///
/// # Errors
/// When one has not.
pub fn values_fit_the_target(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::ValuesFitTheTarget, mapping)?;
    trial.each(&trial.population(), |source, _| {
        let planned = trial.plan(&trial.world(source))?;
        for finding in &planned.findings {
            if let FindingKind::TooLong { length, most } = &finding.kind {
                return Err(trial
                    .flaw_of(finding)
                    .expected(format!("at most {most} characters"))
                    .found(format!("{length} characters, so nothing is written"))
                    .help(format!("cut it: Left(..., {most}) or Mid(..., 1, {most})")));
            }
        }
        for (operation, attributes) in created(&planned) {
            for (name, values) in attributes {
                let PlannedValues::Values(values) = values else { continue };
                let rules = mapping.characters.iter().filter(|(it, _)| it.is(name.as_str()));
                for (_, characters) in rules {
                    let texts = values.as_slice().iter().filter_map(Value::as_text);
                    let refused = texts.filter_map(|it| Some((it, characters.refused(it)?))).next();
                    if let Some((text, refused)) = refused {
                        let (text, one) = (shown(&Value::from(text)), Value::from(refused.to_string()));
                        return Err(trial
                            .flaw(operation.mapping, Some(name), operation.source.text().clone())
                            .expected(characters.to_string())
                            .found(format!("{text}, with {one} (U+{:04X})", u32::from(refused)))
                            .help("take such characters out: NormalizeDiacritics, StripSpaces, Replace"));
                    }
                }
            }
        }
        Ok(())
    })
}
