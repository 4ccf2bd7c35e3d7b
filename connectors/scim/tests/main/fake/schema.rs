//! What a resource may hold: the schemas of RFC 7643, strictly.

use serde_json::{Map, Value as Json, json};

use super::Refusal;

pub(crate) struct Schemas(Json);

impl Schemas {
    pub(crate) fn rfc() -> Self {
        Self(serde_json::from_str(include_str!("../../../src/schema/rfc7643.json")).expect("JSON"))
    }

    pub(crate) fn document(&self, name: &str) -> Json {
        let list = &self.0[name];
        let count = list.as_array().map_or(0, Vec::len);
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": count, "Resources": list})
    }

    fn schema(&self, urn: &str) -> Option<&Json> {
        self.0["Schemas"]
            .as_array()?
            .iter()
            .find(|it| it["id"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(urn)))
    }

    /// Finds the definition of an attribute by its path.
    pub(crate) fn attribute(&self, path: &str) -> Option<&Json> {
        let (urn, path) = path.rsplit_once(':').unwrap_or(("", path));
        let mut names = path.split('.');
        let first = names.next()?;
        let named = |list: &'_ Json, name: &str| -> Option<usize> {
            list.as_array()?
                .iter()
                .position(|it| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name)))
        };
        let schemas = self.0["Schemas"].as_array()?;
        let of = schemas
            .iter()
            .filter(|it| urn.is_empty() || it["id"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(urn)));
        let mut found =
            of.into_iter().find_map(|it| it["attributes"].get(named(&it["attributes"], first)?))?;
        for name in names {
            found = found["subAttributes"].get(named(&found["subAttributes"], name)?)?;
        }
        Some(found)
    }

    pub(crate) fn is_case_exact(&self, path: &str) -> bool {
        if ["id", "externalid"].contains(&path.to_ascii_lowercase().as_str()) {
            return true;
        }
        self.attribute(path).is_some_and(|it| it["caseExact"] == true)
    }

    pub(crate) fn is_multi_valued(&self, path: &str) -> bool {
        self.attribute(path).is_some_and(|it| it["multiValued"] == true)
    }

    /// Checks a resource, and returns it as it is kept: without what is null or empty.
    pub(crate) fn accept(
        &self,
        endpoint: &str,
        resource: Map<String, Json>,
    ) -> Result<Map<String, Json>, Refusal> {
        let core = format!("urn:ietf:params:scim:schemas:core:2.0:{}", endpoint.trim_end_matches('s'));
        let mut kept = Map::new();
        let schemas: Vec<&str> = resource
            .get("schemas")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        if !schemas.contains(&core.as_str()) {
            return Err(Refusal::invalid("invalidSyntax", "schemas does not name the core schema"));
        }
        for (name, value) in &resource {
            if ["schemas", "id", "meta", "externalId"].contains(&name.as_str()) {
                if name == "externalId" && !value.is_string() {
                    return Err(Refusal::invalid("invalidValue", "externalId is text"));
                }
                kept.insert(name.clone(), value.clone());
            } else if name.starts_with("urn:") {
                let schema = self
                    .schema(name)
                    .ok_or_else(|| Refusal::invalid("invalidSyntax", format!("what is {name}?")))?;
                if !schemas.contains(&name.as_str()) {
                    return Err(Refusal::invalid("invalidSyntax", format!("schemas does not name {name}")));
                }
                let object =
                    value.as_object().ok_or_else(|| Refusal::invalid("invalidValue", name.clone()))?;
                let accepted = accept_all(&schema["attributes"], object)?;
                if !accepted.is_empty() {
                    kept.insert(name.clone(), Json::Object(accepted));
                }
            }
        }
        let plain: Map<String, Json> = resource
            .into_iter()
            .filter(|(name, _)| {
                !name.starts_with("urn:") && !["schemas", "id", "meta", "externalId"].contains(&name.as_str())
            })
            .collect();
        let schema = self.schema(&core).expect("a core schema");
        kept.extend(accept_all(&schema["attributes"], &plain)?);
        for attribute in schema["attributes"].as_array().into_iter().flatten() {
            let name = attribute["name"].as_str().unwrap_or_default();
            if attribute["required"] == true && !kept.contains_key(name) {
                return Err(Refusal::invalid("invalidValue", format!("{name} is required")));
            }
        }
        Ok(kept)
    }
}

fn accept_all(attributes: &Json, object: &Map<String, Json>) -> Result<Map<String, Json>, Refusal> {
    let mut kept = Map::new();
    for (name, value) in object {
        let attribute = attributes.as_array().into_iter().flatten().find(|it| it["name"] == *name);
        let attribute =
            attribute.ok_or_else(|| Refusal::invalid("invalidSyntax", format!("what is {name}?")))?;
        if let Some(value) = accept(name, attribute, value)? {
            kept.insert(name.clone(), value);
        }
    }
    Ok(kept)
}

fn accept(name: &str, attribute: &Json, value: &Json) -> Result<Option<Json>, Refusal> {
    let wrong = || Refusal::invalid("invalidValue", format!("{name} cannot be {value}"));
    if value.is_null() {
        return Ok(None);
    }
    if attribute["multiValued"] == true {
        let list = value.as_array().ok_or_else(wrong)?;
        let mut kept = Vec::new();
        for element in list {
            kept.extend(accept_one(name, attribute, element)?);
        }
        return Ok((!kept.is_empty()).then_some(Json::Array(kept)));
    }
    accept_one(name, attribute, value)
}

fn accept_one(name: &str, attribute: &Json, value: &Json) -> Result<Option<Json>, Refusal> {
    let is_right = match attribute["type"].as_str().unwrap_or_default() {
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "decimal" => value.is_number(),
        "complex" => {
            let object = value.as_object();
            let object =
                object.ok_or_else(|| Refusal::invalid("invalidValue", format!("{name} is complex")))?;
            let kept = accept_all(&attribute["subAttributes"], object)?;
            return Ok((!kept.is_empty()).then_some(Json::Object(kept)));
        }
        _ => value.is_string(),
    };
    if is_right {
        Ok(Some(value.clone()))
    } else {
        Err(Refusal::invalid("invalidValue", format!("{name} cannot be {value}")))
    }
}
