//! What holds for every plan and for every text.

use proptest::prelude::*;
use provisio_model::{Secret, Value, Values};
use serde_json::Value as Json;

use super::{VERSION_1, example, random};
use crate::plan::json::{PlanJsonErrorKind, read, write};
use crate::plan::{Action, Plan, PlannedValues};

fn settings() -> ProptestConfig {
    ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(settings())]

    #[test]
    fn a_plan_that_was_written_and_read_is_the_same(plan in random::plans()) {
        let text = write(&plan).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(read(&text).map_err(|error| TestCaseError::fail(error.to_string()))?, plan);
    }

    #[test]
    fn an_edited_file_is_refused_or_says_the_same(edits in prop::collection::vec(edits(), 1..4)) {
        let text = edits.into_iter().fold(VERSION_1.to_owned(), |text, edit| edit.of(&text));
        if let Ok(plan) = read(&text) {
            let original = example::every_form();
            prop_assert_eq!(Plan { at: original.at, ..plan }, original);
        }
    }

    #[test]
    fn whatever_is_read_can_be_written_and_read_again(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4),
    ) {
        let mut document: Json = serde_json::from_str(VERSION_1).unwrap();
        for (from, to) in edits {
            let piece = nodes(&document)[from.index(nodes(&document).len())].clone();
            let to = to.index(nodes(&document).len());
            *node_mut(&mut document, &mut to.clone()).unwrap() = piece;
        }
        // Somebody who knows how can make the fingerprint fit.
        let read = |document: &Json| read(&document.to_string());
        let mut result = read(&document);
        if let Err(error) = &result
            && let PlanJsonErrorKind::Edited { found, .. } = error.kind()
        {
            document["fingerprint"] = Json::String(found.to_string());
            result = read(&document);
            prop_assert!(result.is_ok());
        }
        if let Ok(plan) = result {
            let text = write(&plan).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(super::read(&text), Ok(plan));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), json in "[\\[\\]{}\":,0-9a-z\\\\ \n-]{0,80}") {
        for text in [text, json] {
            let error = read(&text).expect_err("no plan");
            prop_assert!(!error.to_string().contains('\n'), "{}", error);
        }
    }

    #[test]
    fn a_secret_is_never_written(plan in random::plans(), at in any::<prop::sample::Index>()) {
        let mut plan = plan;
        let mut places: Vec<&mut Values> = plan.operations.iter_mut().flat_map(values_of).collect();
        prop_assume!(!places.is_empty());
        let at = at.index(places.len());
        *places[at] = Values::one(Value::Secret(Secret::new("hunter2")));
        let one = plan.fingerprint();
        let error = write(&plan).expect_err("a secret");
        prop_assert!(matches!(error.kind(), PlanJsonErrorKind::Secret { .. }), "{}", error);
        let shown = format!("{error} {error:?}");
        prop_assert!(!shown.contains("hunter2"));
        let mut places: Vec<&mut Values> = plan.operations.iter_mut().flat_map(values_of).collect();
        *places[at] = Values::one(Value::Secret(Secret::new("hunter3")));
        prop_assert_eq!(one, plan.fingerprint());
    }
}

fn values_of(operation: &mut crate::plan::Operation) -> Vec<&mut Values> {
    fn known(planned: &mut PlannedValues) -> Option<&mut Values> {
        match planned {
            PlannedValues::Values(values) => Some(values),
            PlannedValues::References(_) => None,
        }
    }
    match &mut operation.action {
        Action::Create { attributes } => attributes.iter_mut().filter_map(|(_, it)| known(it)).collect(),
        Action::Adopt { changes }
        | Action::Update { changes }
        | Action::Enable { changes }
        | Action::Disable { changes } => changes
            .iter_mut()
            .flat_map(|it| it.before.as_mut().into_iter().chain(it.after.as_mut().and_then(known)))
            .collect(),
        _ => vec![],
    }
}

/// All nodes of a document, the document first.
fn nodes(json: &Json) -> Vec<&Json> {
    let below: Vec<&Json> = match json {
        Json::Array(list) => list.iter().collect(),
        Json::Object(object) => object.values().collect(),
        _ => vec![],
    };
    std::iter::once(json).chain(below.into_iter().flat_map(nodes)).collect()
}

/// The node at a position in the order of [`nodes`].
fn node_mut<'a>(json: &'a mut Json, left: &mut usize) -> Option<&'a mut Json> {
    if *left == 0 {
        return Some(json);
    }
    *left -= 1;
    match json {
        Json::Array(list) => list.iter_mut().find_map(|it| node_mut(it, left)),
        Json::Object(object) => object.values_mut().find_map(|it| node_mut(it, left)),
        _ => None,
    }
}

/// A change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    End(prop::sample::Index),
}

fn edits() -> impl Strategy<Value = Edit> {
    let at = any::<prop::sample::Index>;
    let byte = || prop_oneof![Just(b'"'), Just(b'1'), Just(b'}'), Just(b','), Just(b'['), any::<u8>()];
    prop_oneof![
        4 => (at(), byte()).prop_map(|(at, byte)| Edit::Replace(at, byte)),
        2 => (at(), byte()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        2 => (at(), 1..40_usize).prop_map(|(at, length)| Edit::Cut(at, length)),
        2 => (at(), 1..400_usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        1 => at().prop_map(Edit::End),
    ]
}

impl Edit {
    fn of(self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        let length = bytes.len();
        if length == 0 {
            return String::new();
        }
        match self {
            Self::Replace(at, byte) => bytes[at.index(length)] = byte,
            Self::Insert(at, byte) => bytes.insert(at.index(length), byte),
            Self::Cut(at, count) => {
                let at = at.index(length);
                bytes.drain(at..(at + count).min(length));
            }
            Self::Repeat(at, count) => {
                let at = at.index(length);
                let piece = bytes[at..(at + count).min(length)].to_vec();
                bytes.splice(at..at, piece);
            }
            Self::End(at) => bytes.truncate(at.index(length)),
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
