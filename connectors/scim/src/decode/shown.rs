//! What does the answer to a write show of the object?

use provisio_model::{Attributes, Text};
use serde_json::Value as Json;

use super::{attributes, direct, id_of, place, version_of};
use crate::json;
use crate::schema::ResourceType;

/// What an answer shows. All of it may be missing: there are answers without a body, and with `{}`.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Shown {
    /// The id of the object.
    pub(crate) id: Option<Text>,
    /// Its version.
    pub(crate) version: Option<Text>,
    /// Whether the answer has `schemas`, as a resource has.
    pub(crate) has_schemas: bool,
    /// The attributes that it has, by their place in the schema.
    pub(crate) places: Vec<usize>,
    /// Their values; `None` if some cannot be read.
    pub(crate) attributes: Option<Attributes>,
}

impl Shown {
    /// Reads the body of an answer.
    pub(crate) fn read(resource_type: &ResourceType, body: &[u8]) -> Self {
        direct::shown(resource_type, body).unwrap_or_else(|| Self::patiently(resource_type, body))
    }

    /// Reads what others wrote as they like.
    pub(super) fn patiently(resource_type: &ResourceType, body: &[u8]) -> Self {
        let resource: Json = serde_json::from_slice(body).unwrap_or_default();
        if !resource.is_object() {
            return Self::default();
        }
        let fields = resource_type.fields.iter().enumerate();
        Self {
            id: id_of(&resource).map(Text::new),
            version: version_of(&resource).map(Text::new),
            has_schemas: json::member(&resource, "schemas").is_some(),
            places: fields.filter(|(_, it)| place(&resource, it).is_some()).map(|(at, _)| at).collect(),
            attributes: attributes(resource_type, &resource, &|_| true).ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;
    use crate::schema::ServiceSchema;
    use proptest::prelude::*;
    use serde_json::json;

    fn user() -> ResourceType {
        ServiceSchema::read(&[], &[], &Profile::default()).types.swap_remove(0)
    }

    fn both(body: &[u8]) -> (Option<Shown>, Shown) {
        let user = user();
        let sorted = |mut it: Shown| {
            it.places.sort_unstable();
            it
        };
        (direct::shown(&user, body).map(sorted), sorted(Shown::patiently(&user, body)))
    }

    #[test]
    fn what_is_written_as_the_rfc_has_it_is_read_directly() {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "ada", "active": true,
            "displayName": "", "title": null, "nobody": {"knows": [1, {"this": 2.5}]}, "groups": [{"value": "g", "display": "G"}],
            "name": {"givenName": "Ada", "middleName": null, "x": 1}, "emails": [{"value": "a@x", "primary": true}, null],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D\u{e9}", "manager": {"value": "7"}},
            "meta": {"version": "W/\"1\"", "created": "2026-01-01T00:00:00Z", "location": "https://x"},
        });
        let (direct, patiently) = both(body.to_string().as_bytes());
        assert_eq!(direct.as_ref(), Some(&patiently));
        assert_eq!(patiently.version.as_deref(), Some("W/\"1\""));
        assert_eq!(patiently.attributes.map(|it| it.len()), Some(9));
    }

    #[test]
    fn what_others_write_is_read_patiently() {
        for body in [
            json!({"ID": "1"}),
            json!({"id": 1}),
            json!({"id": "1", "active": "True"}),
            json!({"id": "1", "emails": {"value": "a@x"}}),
            json!({"id": "1", "emails": ["a@x"]}),
            json!({"id": "1", "name": {"GivenName": "Ada"}}),
            json!({"id": "1", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "D"}),
            json!({"id": "1", "meta": {"version": 3, "created": "lately"}}),
            json!({"id": "1", "groups": [{"$ref": "https://x/Groups/7"}]}),
            json!([]),
        ] {
            assert_eq!(both(body.to_string().as_bytes()).0, None, "{body}");
        }
        assert_eq!(both(b"{\"id\": \"1\", \"id\": \"2\"}").0, None);
        assert_eq!(both(b"<html>").1, Shown::default());
    }

    fn anything() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            "[a-z]{0,3}|True|2026-01-01T00:00:00Z".prop_map(Json::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            let key = prop_oneof![
                8 => prop::sample::select(vec![
                    "id", "schemas", "userName", "active", "name", "givenName", "emails", "value", "type", "primary",
                    "groups", "meta", "version", "created", "$ref", "x509Certificates", "password",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "manager", "department",
                ])
                .prop_map(str::to_owned),
                1 => "[A-Za-z]{1,4}|USERNAME|Value|urn:x",
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Json::from),
                prop::collection::btree_map(key, inner, 0..6)
                    .prop_map(|it| Json::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn both_ways_of_reading_agree(body in anything()) {
            let (direct, patiently) = both(body.to_string().as_bytes());
            if let Some(direct) = direct {
                prop_assert_eq!(direct, patiently);
            }
        }
    }
}
