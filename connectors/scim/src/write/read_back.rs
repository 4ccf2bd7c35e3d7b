//! Is what was written kept? The object is read once after the first write of each attribute, and what is not as it was
//! written is reported: a server that takes a value and ignores it answers as one that keeps it.

use std::sync::atomic::Ordering;

use provisio_model::{
    AttrName, AttributeSchema, Attributes, CompareRule, Mutability, TargetId, Value, Values, ValuesChange,
    WriteAction,
};

use super::{Writing, is_empty_text};
use crate::decode;
use crate::learned::{Kept, WriteFinding};

impl Writing<'_> {
    /// Tells whether a write has attributes that were not written before, as far as names are remembered here. Most
    /// writes have none.
    fn has_new(&self, written: &[(&AttrName, &Values)]) -> bool {
        let names: Vec<&AttrName> = written.iter().map(|(name, _)| *name).collect();
        let Ok(known) = self.resource_type.known(&names) else { return false };
        names.iter().filter_map(|it| known.get(it)).fold(false, |has_new, it| {
            let is_new = !it.is_written.load(Ordering::Relaxed);
            if is_new {
                it.is_written.store(true, Ordering::Relaxed);
            }
            has_new || is_new
        })
    }

    /// Reads an object after attributes of it were written that were never written before in this process. That it cannot
    /// be read is no failure of the write. Not done where a read may show what was before.
    pub(super) async fn read_back(&self, id: &TargetId, action: &WriteAction) {
        if !self.scim.profile.read_back || self.scim.profile.read_lag_seconds > 0 {
            return;
        }
        let written = written(action);
        if !self.has_new(&written) {
            return;
        }
        let object_type = &self.resource_type.schema.object_type;
        {
            let mut learned = self.scim.learned();
            let mut is_new = false;
            for (name, _) in &written {
                is_new |= learned.write(object_type, name);
            }
            if !is_new {
                return;
            }
        }
        let answer = self.scim.client.read_once(self.context, &self.address(Some(id.as_str()))).await;
        let held = match answer {
            Ok(answer) if decode::id_of(&answer.body) == Some(id.as_str()) => {
                decode::attributes(self.resource_type, &answer.body, &|_| true)
            }
            Ok(_) => return,
            Err(trouble) => {
                tracing::debug!(failure = %trouble.failure, "what was written cannot be read back");
                return;
            }
        };
        let Ok(held) = held else { return };
        let names: Vec<&AttrName> = written.iter().map(|(name, _)| *name).collect();
        let mut findings = Vec::new();
        {
            let Ok(known) = self.resource_type.known(&names) else { return };
            for (name, values) in written {
                let Some(named) = known.get(name) else { continue };
                let (whole, field) = self.resource_type.at(named.whole);
                if whole.mutability == Mutability::WriteOnly || field.on_request {
                    continue;
                }
                if let Some(kept) = kept(&named.attribute, values, &held) {
                    findings.push(WriteFinding {
                        object_type: object_type.clone(),
                        attribute: name.clone(),
                        kept,
                    });
                }
            }
        }
        for finding in findings {
            if self.scim.learned().find(finding.clone()) {
                tracing::warn!(object_type = %finding.object_type, attribute = %finding.attribute, "{finding}");
            }
        }
    }
}

/// The attributes that have values after a write, and those values.
fn written(action: &WriteAction) -> Vec<(&AttrName, &Values)> {
    let written: Vec<(&AttrName, &Values)> = match action {
        WriteAction::Create { attributes } => attributes.iter().collect(),
        WriteAction::Update { deltas, .. } => deltas
            .iter()
            .filter_map(|it| match &it.change {
                ValuesChange::Set(values) | ValuesChange::Add(values) => Some((&it.attribute, values)),
                ValuesChange::Remove(_) | ValuesChange::Clear => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    written.into_iter().filter(|(_, values)| !is_empty_text(values)).collect()
}

/// What became of values; `None` if they are there.
fn kept(attribute: &AttributeSchema, values: &Values, held: &Attributes) -> Option<Kept> {
    let held: Vec<&Value> = match &attribute.path {
        Some(path) => path.values(held),
        None => held.get(attribute.name.as_str()).map(Values::as_slice).unwrap_or_default().iter().collect(),
    };
    if held.is_empty() {
        return Some(Kept::Ignored);
    }
    let is_there = |value: &Value| held.iter().any(|it| holds(attribute, it, value));
    (!values.as_slice().iter().all(is_there)).then_some(Kept::Changed)
}

/// Tells whether a value holds what was written: of a complex value every part; the server may add more.
fn holds(attribute: &AttributeSchema, held: &Value, written: &Value) -> bool {
    let (Value::Complex(held), Value::Complex(written)) = (held, written) else {
        return CompareRule::of(attribute).same(held.borrow(), written.borrow());
    };
    written.iter().all(|(name, values)| {
        let Some(part) = attribute.sub_attributes.iter().find(|it| it.name == *name) else { return true };
        part.mutability == Mutability::WriteOnly
            || values.as_slice().iter().all(|value| {
                held.get(name.as_str())
                    .is_some_and(|it| it.as_slice().iter().any(|it| holds(part, it, value)))
            })
    })
}
