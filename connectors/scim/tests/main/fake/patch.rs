//! PATCH of RFC 7644 section 3.5.2: all operations or none.

use serde_json::{Map, Value as Json};

use super::Refusal;
use super::filter::{self, Filter};
use super::quirks::Quirks;
use super::schema::Schemas;

/// How many members join or leave.
pub(crate) fn members(body: &Json) -> usize {
    let operations = body["Operations"].as_array().into_iter().flatten();
    let members = operations.filter(|it| it["path"].as_str().is_some_and(|it| it.starts_with("members")));
    members.map(|it| it["value"].as_array().map_or(1, Vec::len)).sum()
}

/// Refuses what a request may not hold.
pub(crate) fn check_limits(body: &Json, quirks: &Quirks) -> Result<(), Refusal> {
    let operations = body["Operations"].as_array().map_or(&[][..], Vec::as_slice);
    if operations.len() > quirks.operations_max {
        return Err(Refusal::invalid("tooMany", "too many operations"));
    }
    for operation in operations {
        let is_members = operation["path"] == "members";
        if is_members
            && operation["value"].as_array().is_some_and(|it| it.len() > quirks.values_per_operation_max)
        {
            return Err(Refusal::invalid("tooMany", "too many members in an operation"));
        }
        let op = operation["op"].as_str().unwrap_or_default();
        let is_whole = op == "replace" || (op == "remove" && operation.get("value").is_none());
        if is_members && is_whole && !quirks.members_replaced {
            return Err(Refusal::invalid("invalidValue", "members join and leave"));
        }
    }
    Ok(())
}

pub(crate) fn apply(
    before: &Map<String, Json>,
    body: &Json,
    quirks: &Quirks,
    schemas: &Schemas,
) -> Result<Map<String, Json>, Refusal> {
    if body["schemas"][0] != "urn:ietf:params:scim:api:messages:2.0:PatchOp" {
        return Err(Refusal::invalid("invalidSyntax", "schemas does not name PatchOp"));
    }
    let operations = body["Operations"].as_array().filter(|it| !it.is_empty());
    let operations = operations.ok_or_else(|| Refusal::invalid("invalidSyntax", "no operations"))?;
    let mut after = before.clone();
    for operation in operations {
        let mut op = operation["op"].as_str().unwrap_or_default().to_owned();
        let mut operation = operation.clone();
        if quirks.entra {
            op.make_ascii_lowercase();
            from_entra(&mut operation, schemas);
        }
        let value = operation.get("value");
        match (op.as_str(), operation["path"].as_str()) {
            ("add" | "replace", None) => {
                let object = value.and_then(Json::as_object);
                let object = object.ok_or_else(|| Refusal::invalid("invalidValue", "an object is needed"))?;
                for (name, value) in object {
                    set_member(&mut after, name, value, &op, quirks, schemas)?;
                }
            }
            ("remove", None) => return Err(Refusal::invalid("noTarget", "remove needs a path")),
            ("add" | "replace" | "remove", Some(path)) => {
                at_path(&mut after, path, value, &op, quirks, schemas)?;
            }
            _ => return Err(Refusal::invalid("invalidSyntax", format!("what is `{op}`?"))),
        }
    }
    list_schemas(&mut after);
    Ok(after)
}

/// What Entra means.
fn from_entra(operation: &mut Json, schemas: &Schemas) {
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let path = operation["path"].as_str().unwrap_or_default().to_owned();
    if path == "manager" {
        operation["path"] = Json::from(format!("{enterprise}:manager"));
        if let Some(Json::Array(list)) = operation.get("value") {
            operation["value"] = list[0].clone();
        }
    }
    // A role may be JSON in a text.
    if path == "roles" && operation["op"] == "Add" {
        for role in operation["value"].as_array_mut().into_iter().flatten() {
            let text = role["value"].as_str().and_then(|it| serde_json::from_str::<Json>(it).ok());
            if let Some(Json::Object(parts)) = text {
                *role = serde_json::json!({"value": parts["value"]});
                if let Some(display) = parts.get("displayName") {
                    role["display"] = display.clone();
                }
            }
        }
    }
    let is_boolean = schemas.attribute(&path).is_some_and(|it| it["type"] == "boolean");
    if let (true, Some(text)) = (is_boolean, operation["value"].as_str()) {
        operation["value"] = Json::Bool(text == "True");
    }
    // One object with dotted names.
    if path.is_empty()
        && let Some(Json::Object(dotted)) = operation.get("value")
    {
        let mut nested = Map::new();
        for (name, value) in dotted {
            match name.split_once('.').filter(|_| !name.starts_with("urn:")) {
                Some((whole, part)) => {
                    let whole = nested.entry(whole.to_owned()).or_insert_with(|| Json::Object(Map::new()));
                    whole[part] = value.clone();
                }
                None => drop(nested.insert(name.clone(), value.clone())),
            }
        }
        operation["value"] = Json::Object(nested);
    }
}

/// Extensions that got or lost their values are named accordingly.
fn list_schemas(resource: &mut Map<String, Json>) {
    let extensions: Vec<String> = resource.keys().filter(|it| it.starts_with("urn:")).cloned().collect();
    let Some(Json::Array(schemas)) = resource.get_mut("schemas") else { return };
    for urn in extensions {
        if !schemas.iter().any(|it| *it == urn) {
            schemas.push(Json::from(urn));
        }
    }
}

/// A member of a value without a path: whole attributes, and extensions by their URN.
fn set_member(
    resource: &mut Map<String, Json>,
    name: &str,
    value: &Json,
    op: &str,
    quirks: &Quirks,
    schemas: &Schemas,
) -> Result<(), Refusal> {
    match value {
        Json::Object(parts)
            if name.starts_with("urn:")
                && !schemas.is_multi_valued(name)
                && schemas.attribute(name).is_none() =>
        {
            for (part, value) in parts {
                at_path(resource, &format!("{name}:{part}"), Some(value), op, quirks, schemas)?;
            }
            Ok(())
        }
        _ => at_path(resource, name, Some(value), op, quirks, schemas),
    }
}

struct Path<'p> {
    urn: Option<&'p str>,
    name: &'p str,
    filter: Option<Filter>,
    part: Option<&'p str>,
}

fn parse<'p>(path: &'p str, quirks: &Quirks) -> Result<Path<'p>, Refusal> {
    let wrong = || Refusal::invalid("invalidPath", format!("what is `{path}`?"));
    let (head, rest) = path.find('[').map_or((path, ""), |at| path.split_at(at));
    let head = head.strip_prefix("urn:ietf:params:scim:schemas:core:2.0:User:").unwrap_or(head);
    let (urn, head) = match head.rsplit_once(':') {
        Some((urn, head)) => (Some(urn), head),
        None => (None, head),
    };
    if rest.is_empty() {
        let (name, part) = head.split_once('.').map_or((head, None), |(name, part)| (name, Some(part)));
        return Ok(Path { urn, name, filter: None, part });
    }
    if !quirks.value_paths {
        return Err(wrong());
    }
    let (inside, part) = rest.strip_prefix('[').and_then(|it| it.rsplit_once(']')).ok_or_else(wrong)?;
    let filter = filter::parse(inside).map_err(|it| Refusal::invalid("invalidFilter", it))?;
    let part = if part.is_empty() { None } else { Some(part.strip_prefix('.').ok_or_else(wrong)?) };
    Ok(Path { urn, name: head, filter: Some(filter), part })
}

fn at_path(
    resource: &mut Map<String, Json>,
    text: &str,
    value: Option<&Json>,
    op: &str,
    quirks: &Quirks,
    schemas: &Schemas,
) -> Result<(), Refusal> {
    let path = parse(text, quirks)?;
    let full = path.urn.map_or(path.name.to_owned(), |urn| format!("{urn}:{}", path.name));
    if ["id", "meta", "schemas"].contains(&path.name)
        || schemas.attribute(&full).is_some_and(|it| it["mutability"] == "readOnly")
    {
        return Err(Refusal::invalid("mutability", format!("{full} is read only")));
    }
    if full != "externalId" && schemas.attribute(&full).is_none() {
        return Err(Refusal::invalid("invalidPath", format!("what is `{full}`?")));
    }
    let is_many = schemas.is_multi_valued(&full);
    let place = match path.urn {
        None => resource,
        Some(urn) => {
            let entry = resource.entry(urn.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            entry.as_object_mut().ok_or_else(|| Refusal::invalid("invalidPath", text))?
        }
    };
    if let Some(filter) = &path.filter {
        return elements(place, path.name, filter, path.part, value, op, quirks, text);
    }
    match (op, path.part, value) {
        ("remove", None, None) => {
            place.remove(path.name);
        }
        ("remove", None, Some(leaving)) if quirks.members_removed_by_list && is_many => {
            let leaving: Vec<&Json> =
                leaving.as_array().into_iter().flatten().map(|it| &it["value"]).collect();
            if let Some(Json::Array(held)) = place.get_mut(path.name) {
                held.retain(|it| !leaving.contains(&&it["value"]));
            }
        }
        ("remove", _, Some(_)) => return Err(Refusal::invalid("invalidValue", "remove takes no value")),
        ("remove", Some(part), None) => {
            if let Some(Json::Object(held)) = place.get_mut(path.name) {
                held.remove(part);
            }
        }
        (_, Some(part), Some(value)) => {
            let entry = place.entry(path.name.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            let held = entry.as_object_mut().ok_or_else(|| Refusal::invalid("invalidPath", text))?;
            held.insert(part.to_owned(), value.clone());
        }
        ("add", None, Some(value)) if is_many => {
            let entry = place.entry(path.name.to_owned()).or_insert_with(|| Json::Array(Vec::new()));
            let held = entry.as_array_mut().ok_or_else(|| Refusal::invalid("invalidPath", text))?;
            let more = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            for element in more {
                let bare = without_null(&element);
                if !held.iter().any(|it| without_null(it) == bare) {
                    held.push(bare);
                }
            }
        }
        (_, None, Some(Json::Object(parts))) if !is_many => {
            // A complex value is merged (RFC 7644 section 3.5.2.3).
            let entry = place.entry(path.name.to_owned()).or_insert_with(|| Json::Object(Map::new()));
            match entry.as_object_mut() {
                Some(held) => held.extend(parts.clone()),
                None => *entry = Json::Object(parts.clone()),
            }
        }
        (_, None, Some(value)) => {
            place.insert(path.name.to_owned(), value.clone());
        }
        (_, _, None) => return Err(Refusal::invalid("invalidValue", "a value is missing")),
    }
    Ok(())
}

fn without_null(json: &Json) -> Json {
    let mut json = json.clone();
    if let Json::Object(object) = &mut json {
        object.retain(|_, it| !it.is_null());
    }
    json
}

#[expect(clippy::too_many_arguments, reason = "a test's helper")]
fn elements(
    place: &mut Map<String, Json>,
    name: &str,
    filter: &Filter,
    part: Option<&str>,
    value: Option<&Json>,
    op: &str,
    quirks: &Quirks,
    text: &str,
) -> Result<(), Refusal> {
    let mut held: Vec<Json> = place.get(name).and_then(Json::as_array).cloned().unwrap_or_default();
    let passes = |it: &Json| filter.passes(it, &|_| false);
    let is_there = held.iter().any(passes);
    if op == "remove" {
        match part {
            None => held.retain(|it| !passes(it)),
            Some(part) => held.iter_mut().filter(|it| passes(it)).for_each(|it| {
                it.as_object_mut().map(|it| it.remove(part));
            }),
        }
    } else {
        let value = value.cloned().ok_or_else(|| Refusal::invalid("invalidValue", "a value is missing"))?;
        if !is_there {
            let (true, Filter::Compare(name, _, wanted)) = (quirks.add_makes_elements && op == "add", filter)
            else {
                return Err(Refusal::invalid("noTarget", format!("nothing is chosen by {text}")));
            };
            held.push(Json::Object([(name.clone(), wanted.clone())].into_iter().collect()));
        }
        for element in held.iter_mut().filter(|it| passes(it)) {
            match (part, element.as_object_mut(), &value) {
                (Some(part), Some(object), value) => {
                    object.insert(part.to_owned(), value.clone());
                }
                (None, Some(object), Json::Object(parts)) => object.extend(parts.clone()),
                _ => return Err(Refusal::invalid("invalidValue", text)),
            }
        }
    }
    if held.is_empty() {
        place.remove(name);
    } else {
        place.insert(name.to_owned(), Json::Array(held));
    }
    Ok(())
}
