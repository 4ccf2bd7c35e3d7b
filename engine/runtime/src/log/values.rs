//! How do values stand in the log, and what values does it tell of?

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use provisio_model::{AttrName, Attributes, TargetId, Text, Value, Values};
use provisio_planner::{
    Action, Change, ChangeWrite, NotNoted, Noted, Operation, PlannedValues, Referent, TargetRef,
};

use super::privacy::PersonalData;
use super::record::{LogValue, Property};

/// How many values of an attribute are listed on each side; the others are counted.
pub const VALUES_MAX: usize = 1_000;
/// How many characters of a text are kept.
pub const CHARACTERS_MAX: usize = 4_096;
/// How many bytes of a binary value are kept: what fits into so many characters.
const BYTES_MAX: usize = CHARACTERS_MAX / 4 * 3;
/// How deep complex values may stand in complex values.
const DEPTH_MAX: usize = 16;

/// Turns what an operation changes into properties of a record.
pub(super) struct Noting<'a> {
    /// The objects that the plan created so far, by the position of the operation.
    pub(super) created: &'a [Option<TargetId>],
    pub(super) privacy: &'a PersonalData,
}

impl Noting<'_> {
    /// Returns what an operation changes.
    pub(super) fn properties(&self, operation: &Operation) -> Vec<Property> {
        let number = operation.id.0;
        let property = |attribute: &AttrName, old: Listed, new: Listed, by_value| Property {
            attribute: Text::new(attribute.as_str()),
            more: old.1 + new.1,
            old: old.0,
            new: new.0,
            operation: Some(number),
            by_value,
        };
        match &operation.action {
            Action::Create { attributes } => {
                let given = attributes.iter();
                given.map(|(name, it)| property(name, Listed::default(), self.planned(it), false)).collect()
            }
            Action::ChangeMembers { attribute, add, remove } => {
                vec![property(attribute, self.referents(remove), self.referents(add), true)]
            }
            Action::Delete => {
                let lost = operation.lost.iter();
                lost.map(|(name, it)| property(name, self.known(it), Listed::default(), false)).collect()
            }
            action => {
                let changes = action.changes().iter().filter(|it| !it.repeats());
                let of = |it: &Change| {
                    let old = it.before.as_ref().map(|it| self.known(it)).unwrap_or_default();
                    let new = it.after.as_ref().map(|it| self.planned(it)).unwrap_or_default();
                    property(&it.attribute, old, new, it.write == ChangeWrite::ByValue)
                };
                changes.map(of).collect()
            }
        }
    }

    fn planned(&self, planned: &PlannedValues) -> Listed {
        match planned {
            PlannedValues::Values(values) => self.known(values),
            PlannedValues::References(all) => self.referents(all),
        }
    }

    fn known(&self, values: &Values) -> Listed {
        let all = values.as_slice();
        let shown = all.iter().take(VALUES_MAX).map(|it| value(it, self.privacy)).collect();
        (shown, all.len().saturating_sub(VALUES_MAX))
    }

    fn referents(&self, all: &[Referent]) -> Listed {
        let shown = all.iter().take(VALUES_MAX).map(|it| LogValue::Reference {
            reference: self.id_of(&it.target).map(|id| self.privacy.id(id.text())),
            name: self.privacy.name(&it.label),
        });
        (shown.collect(), all.len().saturating_sub(VALUES_MAX))
    }

    fn id_of<'t>(&'t self, target: &'t TargetRef) -> Option<&'t TargetId> {
        match target {
            TargetRef::Existing(id) => Some(id),
            TargetRef::Created(by) => self.created.get(by.position())?.as_ref(),
        }
    }
}

/// Values that are listed, and how many more there are.
type Listed = (Vec<LogValue>, usize);

fn value(value: &Value, privacy: &PersonalData) -> LogValue {
    match value {
        // R11: whatever else is said, a secret never leaves.
        Value::Secret(_) => LogValue::Withheld { withheld: "secret".into() },
        Value::Bool(bool) => LogValue::Bool(*bool),
        Value::Binary(bytes) => LogValue::Binary {
            bytes: bytes.len(),
            base64: (privacy.is_plain() && bytes.len() <= BYTES_MAX).then(|| STANDARD.encode(bytes).into()),
        },
        Value::Reference(id) => LogValue::Reference { reference: Some(privacy.id(id)), name: None },
        Value::Text(text) => privacy.value(|| LogValue::Text(cut(text)), || text.to_string()),
        Value::Int(int) => privacy.value(|| LogValue::Int(*int), || int.to_string()),
        Value::Decimal(decimal) => privacy.value(|| LogValue::Decimal(*decimal), || decimal.to_string()),
        Value::Timestamp(at) => privacy.value(|| LogValue::Timestamp { timestamp: *at }, || at.to_string()),
        Value::Complex(attributes) => {
            let plain = || {
                let text = Text::from(value.to_string());
                let is_short = text.chars().count() <= CHARACTERS_MAX;
                let parts = if is_short { parts(attributes, privacy, DEPTH_MAX) } else { None };
                LogValue::Complex { complex: cut(&text), attributes: parts }
            };
            privacy.value(plain, || value.to_string())
        }
        other => privacy.value(
            || LogValue::Complex { complex: cut(&other.to_string().into()), attributes: None },
            || other.to_string(),
        ),
    }
}

/// The sub-attributes of a complex value; `None` when they stand too deep.
fn parts(
    attributes: &Attributes,
    privacy: &PersonalData,
    depth: usize,
) -> Option<BTreeMap<Text, Vec<LogValue>>> {
    let depth = depth.checked_sub(1)?;
    let part = |it: &Value| match it {
        Value::Complex(inner) => Some(LogValue::Complex {
            complex: it.to_string().into(),
            attributes: Some(parts(inner, privacy, depth)?),
        }),
        it => Some(value(it, privacy)),
    };
    let all = attributes.iter().map(|(name, values)| {
        let values: Option<Vec<LogValue>> = values.as_slice().iter().map(part).collect();
        Some((Text::new(name.as_str()), values?))
    });
    all.collect()
}

/// Cuts a text that is longer than what is kept, and marks where.
fn cut(text: &Text) -> Text {
    if text.len() <= CHARACTERS_MAX {
        return text.clone();
    }
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.clone(),
    }
}

/// Returns the values that a list of a record tells of, or why it does not.
pub(super) fn read(listed: &[LogValue], is_pseudonymised: bool) -> Noted {
    let mut values = Vec::with_capacity(listed.len());
    for it in listed {
        match read_one(it, is_pseudonymised) {
            Ok(Some(value)) => values.push(value),
            Ok(None) => {}
            Err(why) => return Noted::Not(why),
        }
    }
    Noted::Values(values)
}

/// A reference to an object that was never created was left out.
fn read_one(value: &LogValue, is_pseudonymised: bool) -> Result<Option<Value>, NotNoted> {
    Ok(Some(match value {
        LogValue::Bool(bool) => Value::Bool(*bool),
        LogValue::Text(_) | LogValue::Reference { .. } if is_pseudonymised => return Err(NotNoted::Personal),
        LogValue::Int(int) => Value::Int(*int),
        LogValue::Decimal(decimal) => Value::Decimal(*decimal),
        LogValue::Text(text) if text.chars().count() > CHARACTERS_MAX => return Err(NotNoted::TooLarge),
        LogValue::Text(text) => Value::Text(text.clone()),
        LogValue::Timestamp { timestamp } => Value::Timestamp(*timestamp),
        LogValue::Binary { base64: Some(text), .. } => {
            Value::Binary(STANDARD.decode(text.as_bytes()).map_err(|_| NotNoted::Unknown)?)
        }
        LogValue::Binary { bytes, .. } if *bytes > BYTES_MAX => return Err(NotNoted::TooLarge),
        LogValue::Binary { .. } => return Err(NotNoted::Unknown),
        LogValue::Complex { attributes: Some(parts), .. } => {
            let mut attributes = Attributes::new();
            for (name, values) in parts {
                let Noted::Values(values) = read(values, is_pseudonymised) else {
                    return Err(NotNoted::Unknown);
                };
                attributes.set_or_clear(AttrName::new(name), Values::from_many(values));
            }
            Value::Complex(attributes)
        }
        LogValue::Complex { complex, .. } if complex.chars().count() > CHARACTERS_MAX => {
            return Err(NotNoted::TooLarge);
        }
        LogValue::Complex { .. } => return Err(NotNoted::Unknown),
        LogValue::Withheld { withheld } if **withheld == *"secret" => return Err(NotNoted::Secret),
        LogValue::Withheld { .. } => return Err(NotNoted::Personal),
        LogValue::Reference { reference, .. } => return Ok(reference.clone().map(Value::Reference)),
    }))
}
