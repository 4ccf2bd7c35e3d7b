//! Who else writes the target, behind the back of a job that remembers it.

use provisio::model::{
    AttributeDelta, Object, Schema, TargetId, Value, ValueKind, Values, ValuesChange, WriteAction,
};
use provisio_memory::MemoryDirectory;

use crate::chance::Chance;

/// Changes one object of these: it is deleted, or one of its attributes is another. Tells what was done, in words, if
/// anything was.
pub(super) fn meddle(
    directory: &MemoryDirectory,
    schema: &Schema,
    objects: &[Object],
    chance: &Chance,
) -> Option<String> {
    let object = pick(objects, chance)?;
    let (object_type, target) = (object.object_type.as_str(), TargetId::new(&object.id));
    let action = if chance.percent(20) {
        WriteAction::Delete { target, version: None }
    } else {
        let attributes: Vec<_> = object.attributes.iter().collect();
        let (name, values) = pick(&attributes, chance)?;
        let attribute = schema.of(&object.object_type)?.attribute(name.as_str())?;
        let member = pick(objects, chance)?;
        let change = match (attribute.kind, values.as_slice()) {
            (ValueKind::Bool, [Value::Bool(it)]) => ValuesChange::Set(Values::one(!it)),
            (ValueKind::Reference, [first, ..]) if chance.percent(50) => {
                ValuesChange::Remove(Values::one(first.clone()))
            }
            (ValueKind::Reference, _) if attribute.multi_valued => {
                ValuesChange::Add(Values::one(Value::Reference(member.id.clone())))
            }
            (ValueKind::Text, _) if chance.percent(50) => {
                ValuesChange::Set(Values::one(format!("stranger{}", chance.below(100))))
            }
            _ => ValuesChange::Clear,
        };
        let deltas = vec![AttributeDelta::new((*name).clone(), change)];
        WriteAction::Update { target, version: None, deltas }
    };
    let said = format!("-- a stranger: {object_type} {}: {action:?}", object.id);
    let outcome = directory.write(object_type, action);
    matches!(outcome, provisio::model::Outcome::Applied(_)).then_some(said)
}

fn pick<'a, T>(all: &'a [T], chance: &Chance) -> Option<&'a T> {
    all.get(chance.below(all.len() as u64) as usize)
}
