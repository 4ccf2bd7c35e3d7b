//! Laws over random batches: the file is the memory, the feed is the listing, the schema always holds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use provisio_connector::ChangeEvent;
use provisio_memory::MemoryDirectory;
use provisio_model::{
    AttributeDelta, Change, Object, Outcome, Value, ValueKind, Values, ValuesChange, Watermark, Write,
    WriteAction, WriteId,
};

use crate::support::*;

const TYPES: [&str; 3] = ["user", "group", "desk"];

/// Few names and ids, so that writes meet.
fn write() -> impl Strategy<Value = (&'static str, WriteAction)> {
    let name = prop::sample::select(vec!["Adele", "ADELE", "Ben", "Carl", "Dora", "Eve", "Finn", "Gül"]);
    let user = || (1..6_u32).prop_map(|it| format!("user-{it:06}"));
    let member = || prop_oneof![4 => user(), 1 => (1..4_u32).prop_map(|it| format!("group-{it:06}"))];
    let members = || {
        let ids = prop::collection::btree_set(member(), 1..3);
        ids.prop_map(|ids| Values::from_many(ids.iter().map(|it| reference(it))).expect("some"))
    };
    let tags = || {
        let tags = prop::collection::btree_set(prop::sample::select(vec!["x", "X", "y", "z"]), 1..4);
        tags.prop_map(|tags| Values::from_many(tags.into_iter().map(Value::from)).expect("some"))
    };
    let change = |values: BoxedStrategy<Values>| {
        prop_oneof![
            2 => values.clone().prop_map(ValuesChange::Set),
            2 => values.clone().prop_map(ValuesChange::Add),
            2 => values.prop_map(ValuesChange::Remove),
            1 => Just(ValuesChange::Clear),
        ]
    };
    let manager = || user().prop_map(|it| Values::one(reference(&it)));
    let user_delta = prop_oneof![
        change(name.clone().prop_map(Values::from).boxed())
            .prop_map(|it| AttributeDelta::new("userName", it)),
        change(tags().boxed()).prop_map(|it| AttributeDelta::new("tags", it)),
        change(manager().boxed()).prop_map(|it| AttributeDelta::new("manager", it)),
        change(any::<i64>().prop_map(Values::from).boxed()).prop_map(|it| AttributeDelta::new("age", it)),
    ];
    let target = |id: String| provisio_model::TargetId::new(id);
    prop_oneof![
        5 => (name, prop::option::of(tags()), prop::option::of(manager())).prop_map(|(name, tags, manager)| {
            let optional = [("tags", tags), ("manager", manager)];
            let optional = optional.into_iter().filter_map(|(name, values)| Some((name, values?)));
            ("user", create([("userName", Values::from(name))].into_iter().chain(optional)))
        }),
        2 => members().prop_map(|it| ("group", create([("displayName", "All".into()), ("members", it)]))),
        1 => manager().prop_map(|it| ("desk", create([("keeper", it)]))),
        4 => (user(), prop::collection::vec(user_delta, 1..4)).prop_map(move |(id, deltas)| {
            ("user", WriteAction::Update { target: target(id), version: None, deltas })
        }),
        3 => (1..4_u32, change(members().boxed())).prop_map(|(id, change)| {
            ("group", update(&format!("group-{id:06}"), [("members", change)]))
        }),
        2 => user().prop_map(|it| ("user", delete(&it))),
        1 => (1..4_u32).prop_map(|it| ("group", delete(&format!("group-{it:06}")))),
        1 => (1..4_u32).prop_map(|it| ("desk", delete(&format!("desk-{it:06}")))),
    ]
}

fn batches() -> impl Strategy<Value = Vec<Vec<Write>>> {
    let write = write().prop_map(|(object_type, action)| Write::new(WriteId(0), object_type.into(), action));
    prop::collection::vec(prop::collection::vec(write, 1..8), 1..10)
}

type Model = BTreeMap<(String, String), Object>;

/// The simplest thing that can be right: what an applied write means, without index, version or order.
fn apply_to_model(model: &mut Model, write: &Write, outcome: &Outcome) {
    let Outcome::Applied(applied) = outcome else { return };
    let key = (write.object_type.to_string(), applied.id.to_string());
    match &write.action {
        WriteAction::Create { .. } => {
            let mut object = Object::new(write.object_type.clone(), applied.id.as_str());
            object.attributes = applied.observed.clone().expect("observed");
            assert!(model.insert(key, object).is_none(), "an id is assigned once");
        }
        WriteAction::Update { .. } => {
            model.get_mut(&key).expect("there").attributes = applied.observed.clone().expect("observed");
        }
        WriteAction::Delete { .. } => {
            model.remove(&key).expect("there");
            for object in model.values_mut() {
                for name in ["manager", "members", "keeper"] {
                    let gone = ValuesChange::Remove(reference(&key.1).into());
                    AttributeDelta::new(name, gone).apply(&mut object.attributes);
                }
            }
        }
        other => panic!("{other:?}"),
    }
}

fn without_versions(directory: &MemoryDirectory) -> Model {
    let object = |mut object: Object| {
        object.version = None;
        ((object.object_type.to_string(), object.id.to_string()), object)
    };
    everything(directory).into_iter().map(object).collect()
}

/// What must be true of every directory of this schema.
fn check_schema_holds(directory: &MemoryDirectory) {
    let objects = everything(directory);
    let ids: BTreeSet<(&str, &str)> =
        objects.iter().map(|it| (it.object_type.as_str(), it.id.as_str())).collect();
    let mut names = BTreeSet::new();
    let schema = schema();
    for object in &objects {
        let type_schema = schema.of(&object.object_type).expect("known");
        for attribute in &type_schema.attributes {
            let values =
                object.attributes.get(attribute.name.as_str()).map(Values::as_slice).unwrap_or_default();
            assert!(!values.is_empty() || !attribute.required, "{} is required", attribute.name);
            assert!(values.len() < 2 || attribute.multi_valued, "{} has one value", attribute.name);
            for value in values {
                assert_eq!(value.kind(), attribute.kind);
                if let Value::Reference(id) = value {
                    let is_there =
                        |it: &provisio_model::ObjectType| ids.contains(&(it.as_str(), id.as_str()));
                    assert!(attribute.references.iter().any(is_there), "{id} is there");
                }
                if attribute.name.is("userName") {
                    assert!(names.insert(value.as_text().expect("text").to_lowercase()), "{value} is unique");
                }
                assert_ne!(value.kind(), ValueKind::Secret);
            }
        }
    }
}

/// Brings a listing up to date with what changed since its watermark.
fn replay(directory: &MemoryDirectory, listing: &mut Model, since: &Watermark) {
    for object_type in TYPES {
        for event in changes(directory, object_type, since) {
            match event {
                ChangeEvent::Change(Change::Upsert(mut object)) => {
                    object.version = None;
                    listing.insert((object_type.to_owned(), object.id.to_string()), object);
                }
                ChangeEvent::Change(Change::Deleted { object_type, id }) => {
                    listing.remove(&(object_type.to_string(), id.to_string()));
                }
                ChangeEvent::Checkpoint(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_file_the_memory_and_the_model_hold_the_same(batches in batches(), rewrite_at in 0_usize..10) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("directory.jsonl");
        let memory = MemoryDirectory::new(schema());
        let mut file = MemoryDirectory::open(&path, schema()).expect("opens");
        let mut model = Model::new();
        for (number, batch) in batches.iter().enumerate() {
            let outcomes = memory.write_all(batch);
            prop_assert_eq!(&file.write_all(batch), &outcomes);
            for (write, (_, outcome)) in batch.iter().zip(&outcomes) {
                apply_to_model(&mut model, write, outcome);
            }
            prop_assert_eq!(without_versions(&memory), model.clone());
            check_schema_holds(&memory);
            if number == rewrite_at {
                file.compact().expect("rewrites");
            }
            drop(file);
            file = MemoryDirectory::open(&path, schema()).expect("opens again");
            prop_assert_eq!(everything(&file), everything(&memory));
        }
    }

    #[test]
    fn changes_since_any_watermark_make_the_current_listing_of_the_earlier(batches in batches()) {
        let directory = MemoryDirectory::new(schema());
        let mut earlier = Vec::new();
        for batch in &batches {
            let watermark = read(&directory, layout("user")).1.watermark.expect("has one");
            earlier.push((watermark, without_versions(&directory)));
            directory.write_all(batch);
        }
        let now = without_versions(&directory);
        for (watermark, mut listing) in earlier {
            replay(&directory, &mut listing, &watermark);
            prop_assert_eq!(&listing, &now);
        }
    }

    #[test]
    fn what_is_done_is_already_satisfied(batches in batches()) {
        let directory = MemoryDirectory::new(schema());
        for write in batches.iter().flatten() {
            let outcome = directory.write(write.object_type.as_str(), write.action.clone());
            let is_repeatable = match &write.action {
                WriteAction::Create { .. } => false,
                // Several changes of one attribute need not come to the same twice.
                WriteAction::Update { deltas, .. } => deltas.len() == 1,
                _ => true,
            };
            if is_repeatable && matches!(outcome, Outcome::Applied(_)) {
                let again = directory.write(write.object_type.as_str(), write.action.clone());
                prop_assert_eq!(again, Outcome::AlreadySatisfied);
            }
        }
    }
}

#[test]
fn the_generator_meets_every_answer() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..100 {
        let directory = MemoryDirectory::new(schema());
        for write in batches().new_tree(&mut runner).expect("generates").current().iter().flatten() {
            let holders = match &write.action {
                WriteAction::Delete { target, .. } => {
                    let wanted = format!("-> {target}");
                    let objects = everything(&directory);
                    objects
                        .iter()
                        .flat_map(|it| it.attributes.iter())
                        .filter(|(_, it)| it.to_string().contains(&wanted))
                        .count()
                }
                _ => 0,
            };
            let outcome = directory.write(write.object_type.as_str(), write.action.clone());
            let answer = match (&outcome, &write.action) {
                (Outcome::Applied(_), WriteAction::Delete { .. }) if holders > 0 => {
                    "a reference vanished".to_owned()
                }
                (Outcome::Applied(_), WriteAction::Delete { .. }) => "deleted".to_owned(),
                (Outcome::Applied(_), WriteAction::Create { .. }) => "created".to_owned(),
                (Outcome::Applied(_), _) => "updated".to_owned(),
                (Outcome::Rejected(failure), _) => format!("rejected {}", failure.kind),
                (Outcome::Conflict(failure), _) => format!("conflict {}", failure.kind),
                (other, _) => format!("{other:?}"),
            };
            *seen.entry(answer).or_default() += 1;
        }
    }
    let met: Vec<&str> =
        seen.iter().filter(|(_, count)| **count >= 10).map(|(answer, _)| answer.as_str()).collect();
    assert_eq!(
        met,
        [
            "AlreadySatisfied",
            "a reference vanished",
            "conflict value taken",
            "created",
            "deleted",
            "rejected invalid value",
            "rejected not found",
            "rejected schema violation",
            "updated",
        ]
    );
}
