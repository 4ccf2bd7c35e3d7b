//! From the files of a scenario to a [`World`].

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use provisio::Released;
use provisio::model::{
    AttributeSchema, Attributes, Change, Link, LinkOrigin, Mutability, Object, ObjectSchema, ObjectType,
    Schema, Secret, SourceId, TargetId, Text, Timestamp, Value, ValueKind, Values,
};
use provisio::plan::LimitKind;
use provisio::spec::load;
use toml::Table;

use super::{Scenario, ScenarioError};
use crate::world::{SystemState, World};

/// The folders of all scenarios in `folder`, by name.
pub(super) fn scenario_folders(folder: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    let entries = fs::read_dir(folder).map_err(|it| ScenarioError::new(folder, it.to_string()))?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|it| it.ok().map(|entry| entry.path())).filter(|it| it.is_dir()).collect();
    folders.sort_unstable();
    if folders.is_empty() {
        return Err(ScenarioError::new(folder, "there is no scenario in this folder"));
    }
    Ok(folders)
}

pub(super) fn name_of(folder: &Path) -> Text {
    Text::from(folder.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

pub(super) fn scenario(folder: &Path) -> Result<Scenario, ScenarioError> {
    let source = system(&folder.join("source.toml"))?;
    let target = system(&folder.join("target.toml"))?;
    let mapping = text_of(&folder.join("mapping.toml"))?;
    let state = folder.join("state.toml");
    let state = if state.exists() { Some((table_of(&state)?, state)) } else { None };
    let world = match load(&mapping) {
        Ok(spec) => {
            let mut world = World::new(source, target, spec);
            if let Some((table, place)) = state {
                read_state(&mut world, &table).map_err(|why| ScenarioError::new(&place, why))?;
            }
            Ok(world)
        }
        Err(faults) => Err(faults),
    };
    let changes = folder.join("changes.toml");
    let changes = match (&world, changes.exists()) {
        (Ok(world), true) => {
            let table = table_of(&changes)?;
            Some(
                read_changes(&world.source.schema, &table)
                    .map_err(|why| ScenarioError::new(&changes, why))?,
            )
        }
        _ => None,
    };
    let expected = folder.join("plan.txt");
    let expected = if expected.exists() { text_of(&expected)? } else { String::new() };
    Ok(Scenario { name: name_of(folder), folder: folder.to_owned(), world, changes, mapping, expected })
}

fn text_of(place: &Path) -> Result<String, ScenarioError> {
    fs::read_to_string(place).map_err(|it| ScenarioError::new(place, it.to_string()))
}

fn table_of(place: &Path) -> Result<Table, ScenarioError> {
    text_of(place)?.parse().map_err(|it: toml::de::Error| ScenarioError::new(place, it.to_string()))
}

fn system(place: &Path) -> Result<SystemState, ScenarioError> {
    read_system(&table_of(place)?).map_err(|why| ScenarioError::new(place, why))
}

/// Reads a system from its TOML table.
fn read_system(table: &Table) -> Result<SystemState, String> {
    let mut system = SystemState::default();
    for (object_type, attributes) in sub_table(table, "schema")?.into_iter().flatten() {
        let attributes = as_table(attributes, &format!("schema.{object_type}"))?;
        let attributes: Result<Vec<AttributeSchema>, String> =
            attributes.iter().map(|(name, words)| attribute(name, words)).collect();
        system.schema.types.push(ObjectSchema::new(object_type.as_str(), attributes?));
    }
    for (object_type, why) in sub_table(table, "incomplete")?.into_iter().flatten() {
        let why = why.as_str().ok_or("`incomplete` takes a text that says why")?;
        system.incomplete.insert(known_type(&system.schema, object_type)?, Text::new(why));
    }
    for (object_type, ids) in sub_table(table, "unreadable")?.into_iter().flatten() {
        let ids: Option<Vec<&str>> = ids.as_array().and_then(|it| it.iter().map(|it| it.as_str()).collect());
        let object_type = known_type(&system.schema, object_type)?;
        let ids = ids.ok_or("`unreadable` takes a list of ids")?;
        system.unreadable.extend(ids.into_iter().map(|id| (object_type.clone(), Text::new(id))));
    }
    let reserved = ["schema", "incomplete", "unreadable"];
    for (object_type, objects) in table.iter().filter(|(key, _)| !reserved.contains(&key.as_str())) {
        let schema = known_type(&system.schema, object_type)?;
        for (id, attributes) in as_table(objects, object_type)? {
            let attributes = as_table(attributes, &format!("{object_type}.{id}"))?;
            let object = object(&system.schema, &schema, id, attributes)?;
            system.objects.push(object);
        }
    }
    Ok(system)
}

fn sub_table<'t>(table: &'t Table, key: &str) -> Result<Option<&'t Table>, String> {
    table.get(key).map(|it| as_table(it, key)).transpose()
}

fn as_table<'t>(value: &'t toml::Value, what: &str) -> Result<&'t Table, String> {
    value.as_table().ok_or_else(|| format!("`{what}` must be a table"))
}

fn known_type(schema: &Schema, object_type: &str) -> Result<ObjectType, String> {
    let object_type = ObjectType::new(object_type);
    let known = schema.of(&object_type).is_some();
    known.then_some(object_type.clone()).ok_or_else(|| format!("there is no `[schema.{object_type}]`"))
}

/// The key beside the sub-attributes of a complex attribute that holds its own words.
const PARTS_OF: &str = "is";

/// Reads an attribute from its words: `text, required, unique`.
fn attribute(name: &str, words: &toml::Value) -> Result<AttributeSchema, String> {
    if let Some(parts) = words.as_table() {
        let is = parts.get(PARTS_OF).ok_or_else(|| format!("`{name}` does not say what it `{PARTS_OF}`"))?;
        let mut whole = attribute(name, is)?;
        let parts = parts.iter().filter(|(part, _)| *part != PARTS_OF);
        let parts: Result<Vec<_>, _> = parts.map(|(part, words)| attribute(part, words)).collect();
        whole.sub_attributes = parts?;
        return Ok(whole);
    }
    let text = words.as_str().ok_or_else(|| format!("`{name}` takes its kind in words, such as \"text\""))?;
    let mut words = text.split(',').map(str::trim);
    let kind = words.next().unwrap_or_default();
    let mut attribute = match kind.strip_prefix("reference") {
        Some(to) => {
            let types = to.trim_start().trim_start_matches("to ").split(" or ").map(str::trim);
            AttributeSchema::reference(name, types.filter(|it| !it.is_empty()))
        }
        None => {
            AttributeSchema::new(name, kind_of(kind).ok_or_else(|| format!("`{name}`: no kind `{kind}`"))?)
        }
    };
    for word in words {
        match word {
            "several" => attribute.multi_valued = true,
            "required" => attribute.required = true,
            "unique" => attribute = attribute.unique(),
            "case exact" => attribute.case_exact = true,
            "read only" => attribute.mutability = Mutability::ReadOnly,
            "container" => attribute.container = true,
            "immutable" => attribute.mutability = Mutability::Immutable,
            "write only" => attribute.mutability = Mutability::WriteOnly,
            other => match other.strip_prefix("at most ").and_then(|it| it.parse().ok()) {
                Some(most) => attribute.length_max = Some(most),
                None => return Err(format!("`{name}`: no word `{other}`")),
            },
        }
    }
    Ok(attribute)
}

fn kind_of(word: &str) -> Option<ValueKind> {
    Some(match word {
        "text" => ValueKind::Text,
        "bool" => ValueKind::Bool,
        "int" => ValueKind::Int,
        "decimal" => ValueKind::Decimal,
        "timestamp" => ValueKind::Timestamp,
        "binary" => ValueKind::Binary,
        "complex" => ValueKind::Complex,
        "secret" => ValueKind::Secret,
        _ => return None,
    })
}

pub(crate) fn object(
    schema: &Schema,
    object_type: &ObjectType,
    id: &str,
    attributes: &Table,
) -> Result<Object, String> {
    let mut object = Object::new(object_type.clone(), id);
    for (name, written) in attributes {
        let attribute = schema.of(object_type).and_then(|it| it.attribute(name));
        let attribute = attribute.ok_or_else(|| format!("{object_type} {id} has no attribute `{name}`"))?;
        let place =
            || format!("{object_type} {id}: `{name}` is {}, not {}", attribute.kind, written.type_str());
        let values: Option<Vec<Value>> = match written.as_array() {
            Some(several) => several.iter().map(|it| value_of(it, attribute)).collect(),
            None => value_of(written, attribute).map(|it| vec![it]),
        };
        object.attributes.set_or_clear(name.as_str(), Values::from_many(values.ok_or_else(place)?));
    }
    Ok(object)
}

/// Reads a value of an attribute; of a complex one, its sub-attributes say what the parts are.
fn value_of(written: &toml::Value, attribute: &AttributeSchema) -> Option<Value> {
    let (ValueKind::Complex, Some(parts)) = (attribute.kind, written.as_table()) else {
        return value(written, attribute.kind);
    };
    let parts = parts.iter().map(|(name, written)| {
        let known = attribute.sub_attributes.iter().find(|it| it.name.is(name));
        Some((name.as_str(), known.map_or_else(|| any_value(written), |it| value_of(written, it))?))
    });
    parts.collect::<Option<Attributes>>().map(Value::Complex)
}

fn value(written: &toml::Value, kind: ValueKind) -> Option<Value> {
    use toml::Value as Toml;
    Some(match (kind, written) {
        (ValueKind::Text, Toml::String(text)) => Value::Text(text.as_str().into()),
        (ValueKind::Reference, Toml::String(id)) => Value::Reference(id.as_str().into()),
        (ValueKind::Secret, Toml::String(secret)) => Value::Secret(Secret::new(secret)),
        (ValueKind::Binary, Toml::String(text)) => Value::Binary(text.as_bytes().to_vec()),
        (ValueKind::Timestamp, Toml::String(text)) => Value::Timestamp(text.parse().ok()?),
        (ValueKind::Timestamp, Toml::Datetime(instant)) => {
            Value::Timestamp(instant.to_string().parse().ok()?)
        }
        (ValueKind::Bool, Toml::Boolean(bool)) => Value::Bool(*bool),
        (ValueKind::Int, Toml::Integer(int)) => Value::Int(*int),
        (ValueKind::Decimal, Toml::Float(decimal)) => Value::Decimal(*decimal),
        (ValueKind::Complex, Toml::Table(parts)) => {
            let parts = parts.iter().map(|(name, written)| Some((name.as_str(), any_value(written)?)));
            Value::Complex(parts.collect::<Option<Attributes>>()?)
        }
        _ => return None,
    })
}

/// A sub-attribute of a complex value: what it looks like is what it is.
fn any_value(written: &toml::Value) -> Option<Value> {
    let kinds = [ValueKind::Text, ValueKind::Bool, ValueKind::Int, ValueKind::Decimal, ValueKind::Timestamp];
    kinds.into_iter().find_map(|kind| value(written, kind))
}

/// Reads what changed in a source.
fn read_changes(schema: &Schema, table: &Table) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    for (object_type, objects) in table.iter().filter(|(key, _)| *key != "deleted") {
        let object_type = known_type(schema, object_type)?;
        for (id, attributes) in as_table(objects, object_type.as_str())? {
            let attributes = as_table(attributes, &format!("{object_type}.{id}"))?;
            changes.push(Change::Upsert(object(schema, &object_type, id, attributes)?));
        }
    }
    for (object_type, ids) in sub_table(table, "deleted")?.into_iter().flatten() {
        let object_type = known_type(schema, object_type)?;
        let ids: Option<Vec<&str>> = ids.as_array().and_then(|it| it.iter().map(|it| it.as_str()).collect());
        for id in ids.ok_or("`deleted` takes a list of ids")? {
            changes.push(Change::Deleted { object_type: object_type.clone(), id: SourceId::new(id) });
        }
    }
    Ok(changes)
}

fn read_state(world: &mut World, table: &Table) -> Result<(), String> {
    for key in table.keys() {
        if !["now", "released", "links", "leaving", "unanswered", "done", "held", "allowed"]
            .contains(&key.as_str())
        {
            return Err(format!("`{key}` means nothing here"));
        }
    }
    if let Some(now) = table.get("now") {
        let parsed: Option<Timestamp> = now.as_datetime().and_then(|it| it.to_string().parse().ok());
        world.now = parsed.ok_or("`now` takes a date and time, such as 2026-03-01T08:00:00Z")?;
    }
    let released = table.get("released").and_then(|it| it.as_array()).into_iter().flatten();
    let kinds: Option<Vec<LimitKind>> = released.map(|it| it.as_str().and_then(LimitKind::parse)).collect();
    let kinds = kinds.ok_or("`released` takes a list of limits, such as [\"deletes\"]")?;
    world.released = kinds.into_iter().fold(Released::NOTHING, Released::and);
    if let Some(leaving) = sub_table(table, "leaving")? {
        super::memory::read_leaving(world, leaving)?;
    }
    if let Some(unanswered) = sub_table(table, "unanswered")? {
        super::memory::read_unanswered(world, unanswered)?;
    }
    super::memory::read_limits(world, table)?;
    let mappings: BTreeSet<Text> = world.spec.objects.iter().map(|it| it.name.clone()).collect();
    for (mapping, links) in sub_table(table, "links")?.into_iter().flatten() {
        if !mappings.contains(mapping.as_str()) {
            return Err(format!("there is no object mapping `{mapping}`"));
        }
        for (source, written) in as_table(links, mapping)? {
            world.links.push((Text::new(mapping), link(source, written)?));
        }
    }
    Ok(())
}

fn link(source: &str, written: &toml::Value) -> Result<Link, String> {
    let target = written.as_str().or_else(|| written.get("target").and_then(|it| it.as_str()));
    let origin = match written.get("origin").map(|it| it.as_str()) {
        None | Some(Some("created")) => LinkOrigin::Created,
        Some(Some("adopted")) => LinkOrigin::Adopted,
        Some(_) => return Err(format!("the link of `{source}`: `origin` is \"created\" or \"adopted\"")),
    };
    let target = target.ok_or_else(|| format!("the link of `{source}` has no target id"))?;
    Ok(Link { source: SourceId::new(source), target: TargetId::new(target), origin })
}
