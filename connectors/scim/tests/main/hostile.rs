//! Whatever a server answers: nothing panics, nothing is declared complete that is not, nothing grows without end.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use proptest::prelude::*;
use provisio_connector::{ReadEvent, ReadQuery};
use provisio_model::{AttributeSchema, Layout, Outcome, Value};
use provisio_scim::{HttpClient, HttpRequest, HttpResponse, Scim, TransportError};
use serde_json::{Value as Json, json};

use crate::support::{attributes, clear, delete, events, read, set, settings, update, write};

/// Answers with the same again and again.
struct Hostile {
    responses: Vec<HttpResponse>,
    next: Mutex<usize>,
}

#[async_trait]
impl HttpClient for Hostile {
    async fn send(&self, _: HttpRequest, body_max: usize) -> Result<HttpResponse, TransportError> {
        let mut next = self.next.lock().expect("not poisoned");
        *next += 1;
        let response = self.responses[*next % self.responses.len()].clone();
        if response.body.len() > body_max { Err(TransportError::TooLarge(body_max)) } else { Ok(response) }
    }
}

fn hostile(responses: Vec<HttpResponse>) -> Scim {
    Scim::new(settings("rfc"), Arc::new(Hostile { responses, next: Mutex::new(0) }))
        .expect("settings that are right")
}

/// JSON that is nearly what a service answers.
fn json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,8}".prop_map(Json::from),
        prop_oneof![
            Just("True"),
            Just("user-1"),
            Just("W/\"1\""),
            Just("urn:ietf:params:scim:api:messages:2.0:Error")
        ]
        .prop_map(Json::from),
    ];
    let key = prop_oneof![
        Just("Resources"),
        Just("totalResults"),
        Just("id"),
        Just("meta"),
        Just("version"),
        Just("schemas"),
        Just("status"),
        Just("userName"),
        Just("emails"),
        Just("members"),
        Just("value"),
        Just("type"),
        Just("$ref"),
        Just("name"),
        Just("attributes"),
        Just("subAttributes"),
        Just("schema"),
        Just("endpoint"),
        Just("detail"),
        Just("scimType"),
        Just("nextCursor"),
        Just("patch"),
        Just("supported"),
        Just("filter"),
        Just("maxResults"),
        Just("pagination"),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::vec((key.clone(), inner), 0..7).prop_map(|it| Json::Object(
                it.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

fn response() -> impl Strategy<Value = HttpResponse> {
    let body = prop_oneof![
        3 => json().prop_map(|it| it.to_string().into_bytes()),
        1 => proptest::collection::vec(any::<u8>(), 0..200),
    ];
    let status = prop_oneof![
        Just(200_u16),
        Just(201),
        Just(204),
        Just(302),
        Just(400),
        Just(404),
        Just(409),
        Just(500),
        100_u16..600
    ];
    let header = prop_oneof![Just("retry-after"), Just("location"), Just("etag")];
    (status, body, proptest::option::of((header, ".{0,20}"))).prop_map(|(status, body, header)| {
        let response = HttpResponse::new(status, body);
        match header {
            Some((name, value)) => response.with_header(name, value),
            None => response,
        }
    })
}

fn layout() -> Layout {
    let email = AttributeSchema::new("emails", provisio_model::ValueKind::Complex).multi_valued();
    Layout::new("User", [AttributeSchema::text("userName"), email])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("PROVISIO_MANY_CASES").is_some() { 4_000 } else { 200 }))]

    #[test]
    fn whatever_is_answered_nothing_panics(responses in proptest::collection::vec(response(), 1..6)) {
        let scim = hostile(responses);
        let _ = read(&scim, ReadQuery::all(layout()));
        let _ = read(&scim, ReadQuery::with_ids(layout(), ["user-1".into(), "x".into()]));
        let _ = read(&scim, ReadQuery::with_values(layout(), "userName".into(), [Value::from("ann")]));
        let created = write(
            &scim,
            "User",
            provisio_model::WriteAction::Create { attributes: attributes([("userName", "ann".into())]) },
        );
        if let Outcome::Applied(applied) = created {
            prop_assert!(!applied.id.as_str().is_empty());
        }
        update(&scim, "User", "user-1", vec![set("emails[type eq \"work\"].value", "x"), clear("title")]);
        delete(&scim, "User", "user-1");
    }

    #[test]
    fn an_object_that_was_not_asked_for_away_is_never_gone(response in response()) {
        // Only an error of SCIM with 404 or 410 says that an object is gone.
        let says_gone = matches!(response.status, 404 | 410);
        let events = found_with_id(&hostile(vec![response]));
        let is_seen = events.iter().any(says_that_it_is_there);
        let is_complete = events.iter().any(|it| matches!(it, ReadEvent::Complete(_)));
        prop_assert!(is_seen || !is_complete || says_gone, "{:?}", events);
    }
}

/// What a read of `user-1` gives; nothing if it fails.
fn found_with_id(scim: &Scim) -> Vec<ReadEvent> {
    events(scim, ReadQuery::with_ids(layout(), ["user-1".into()])).unwrap_or_default()
}

/// Who cannot be read is there all the same.
fn says_that_it_is_there(event: &ReadEvent) -> bool {
    match event {
        ReadEvent::Object(object) => object.id.as_str() == "user-1",
        ReadEvent::Unreadable { id, .. } => id.as_ref().is_some_and(|it| it.as_str() == "user-1"),
        _ => false,
    }
}

#[test]
fn an_object_that_cannot_be_read_is_not_gone() {
    let body = json!({"id": "user-1", "emails": 7}).to_string();
    let events = found_with_id(&hostile(vec![HttpResponse::new(200, body)]));
    assert!(matches!(&events[..], [ReadEvent::Unreadable { .. }, ReadEvent::Complete(_)]), "{events:?}");
    assert!(says_that_it_is_there(&events[0]), "{events:?}");
}

#[test]
fn a_page_that_never_ends_and_one_that_is_too_deep_are_given_up() {
    let endless = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 9,
        "Resources": [{"id": "1", "userName": "a"}]});
    let (objects, end) =
        read(&hostile(vec![HttpResponse::new(200, endless.to_string())]), ReadQuery::all(layout()))
            .expect("a read");
    assert_eq!((objects.len(), end.as_str()), (1, "incomplete: a page was repeated after 1 of 9 objects"));
    let deep = format!("{}{}", "{\"Resources\":[".repeat(100_000), "]}".repeat(100_000));
    let read = read(&hostile(vec![HttpResponse::new(200, deep)]), ReadQuery::all(layout()));
    assert!(read.is_err(), "{read:?}");
}
