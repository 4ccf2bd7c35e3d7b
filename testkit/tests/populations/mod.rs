//! Populations fit their schemas, hold what makes rules fail, and shrink to the smallest that fails.

mod drawn_specs;

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, TestError, TestRunner};
use provisio::model::{AttributeSchema, Object, ObjectSchema, Schema, Timestamp, Value, ValueKind, Values};
use provisio_testkit::strategies::{Draw, Hard, Life, LifeEvent, Population, hardness, life_events};
use provisio_testkit::world::SystemState;

const CASES: usize = 1_000;

/// What HR systems have of people.
fn schema() -> Schema {
    let text = AttributeSchema::text;
    let worker = [
        text("number").required().unique(),
        text("firstName"),
        text("lastName"),
        text("mail"),
        text("title").length_max(40),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::new("hireDate", ValueKind::Timestamp),
        AttributeSchema::new("endDate", ValueKind::Timestamp),
        AttributeSchema::reference("manager", ["worker"]),
    ];
    Schema::new([ObjectSchema::new("worker", worker)])
}

/// Every kind of value that a schema can ask for.
fn any_schema() -> Schema {
    let kinds = ValueKind::ALL.into_iter().flat_map(|kind| {
        let one = |it: AttributeSchema| match kind {
            ValueKind::Complex => it.sub_attributes([
                AttributeSchema::text("type"),
                AttributeSchema::text("value").length_max(9),
            ]),
            ValueKind::Reference => AttributeSchema::reference(it.name.clone(), ["thing"]),
            _ => it,
        };
        let name = kind.name();
        [
            one(AttributeSchema::new(name, kind)),
            one(AttributeSchema::new(&*format!("{name}Required"), kind)).required(),
            one(AttributeSchema::new(&*format!("{name}Several"), kind)).multi_valued(),
        ]
    });
    let mut attributes: Vec<AttributeSchema> = kinds.collect();
    attributes.push(AttributeSchema::text("login").required().unique().length_max(3));
    Schema::new([ObjectSchema::new("thing", attributes)])
}

#[expect(clippy::expect_used, reason = "a failed check fails the test that asked for it")]
fn draw(schema: &Schema, cases: usize) -> Vec<SystemState> {
    let strategy = Population::of(schema).strategy();
    let mut runner = TestRunner::deterministic();
    let tree = |_| strategy.new_tree(&mut runner).expect("cases are never refused").current();
    (0..cases).map(tree).collect()
}

/// Whether every object fits its schema.
fn fits(state: &SystemState) -> Result<(), String> {
    for schema in &state.schema.types {
        let of_type: Vec<&Object> =
            state.objects.iter().filter(|it| it.object_type == schema.object_type).collect();
        for attribute in &schema.attributes {
            let name = attribute.name.as_str();
            let mut unique = BTreeSet::new();
            for object in &of_type {
                let values = object.attributes.get(name);
                let Some(values) = values else {
                    if attribute.required {
                        return Err(format!("{} lacks {name}", object.id));
                    }
                    continue;
                };
                if values.len() > 1 && !attribute.multi_valued {
                    return Err(format!("{} has several {name}", object.id));
                }
                for value in values.as_slice() {
                    let length = value.as_text().map_or(0, |it| it.chars().count());
                    if value.kind() != attribute.kind || attribute.length_max.is_some_and(|it| length > it) {
                        return Err(format!("{} has {name} = {value}", object.id));
                    }
                    let is_unique = attribute.uniqueness == provisio::model::Uniqueness::System;
                    if is_unique && !unique.insert(value.to_string().to_lowercase()) {
                        return Err(format!("two have {name} = {value}"));
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn populations_fit_any_schema() {
    for schema in [schema(), any_schema()] {
        for state in draw(&schema, 300) {
            fits(&state).unwrap_or_else(|it| panic!("{it}"));
        }
    }
}

#[test]
fn every_kind_of_value_occurs() {
    let states = draw(&any_schema(), 200);
    for attribute in &any_schema().types[0].attributes {
        let has = |it: &&SystemState| {
            it.objects.iter().any(|it| it.attributes.get(attribute.name.as_str()).is_some())
        };
        let count = states.iter().filter(has).count();
        assert!(count > 50, "{} occurs in {count} of 200", attribute.name);
    }
}

#[test]
fn every_hard_text_occurs() {
    let mut counts: BTreeMap<Hard, usize> = BTreeMap::new();
    for state in draw(&schema(), CASES) {
        let mut found = BTreeSet::new();
        for object in &state.objects {
            let texts = object.attributes.iter().flat_map(|(_, it)| it.as_slice()).filter_map(Value::as_text);
            found.extend(texts.flat_map(hardness));
            let has = |name| object.attributes.get(name).is_some_and(|it: &Values| *it != Values::one(""));
            if has("firstName") != has("lastName") {
                found.insert(Hard::SingleName);
            }
        }
        found.into_iter().for_each(|it| *counts.entry(it).or_insert(0) += 1);
    }
    let rare: Vec<_> = Hard::ALL.iter().filter(|it| counts.get(it).is_none_or(|it| *it < 20)).collect();
    assert!(rare.is_empty(), "rarer than 20 in a thousand: {rare:?} of {counts:?}");
}

/// What is about several people, and in how many thousandths of populations it occurs at least.
const SHAPES: [(&str, usize); 8] = [
    ("circle of managers", 30),
    ("manager nobody knows", 30),
    ("names that differ in case alone", 10),
    ("nobody has a name", 5),
    ("own manager", 30),
    ("rehire", 10),
    ("several employments", 20),
    ("used address", 20),
];

#[test]
fn every_hard_shape_occurs() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for state in draw(&schema(), CASES) {
        shapes(&state).into_iter().for_each(|it| *counts.entry(it).or_insert(0) += 1);
    }
    let occurs = |name: &str| counts.get(name).copied().unwrap_or(0);
    let rare: Vec<_> = SHAPES.iter().filter(|(name, least)| occurs(name) < *least).collect();
    assert!(rare.is_empty(), "rarer than they must be: {rare:?} of {counts:?}");
}

fn shapes(state: &SystemState) -> Vec<&'static str> {
    let now = Timestamp::from_second(1_767_225_600);
    let text = |it: &Object, name: &str| {
        it.attributes.get(name).and_then(Values::single).and_then(Value::as_text).map(str::to_owned)
    };
    let manager = |it: &Object| match it.attributes.get("manager").and_then(Values::single) {
        Some(Value::Reference(id)) => Some(id.to_string()),
        _ => None,
    };
    let has_left = |it: &Object| matches!(it.attributes.get("endDate").and_then(Values::single), Some(Value::Timestamp(end)) if *end < now);
    let mut found = BTreeSet::new();
    for one in &state.objects {
        if text(one, "firstName").is_none() && text(one, "lastName").is_none() {
            found.insert("nobody has a name");
        }
        match manager(one) {
            Some(id) if id == *one.id => drop(found.insert("own manager")),
            Some(id) => match state.object("worker", &id) {
                None => drop(found.insert("manager nobody knows")),
                Some(other) if manager(other).is_some_and(|it| it == *one.id) => {
                    found.insert("circle of managers");
                }
                Some(_) => {}
            },
            None => {}
        }
        for other in state.objects.iter().filter(|it| it.id != one.id) {
            let same = |name: &str| text(one, name).is_some() && text(one, name) == text(other, name);
            let lower = |it: Option<String>| it.map(|it| it.to_lowercase());
            let near = |name: &str| lower(text(one, name)) == lower(text(other, name));
            if same("mail") && has_left(one) && !has_left(other) {
                found.insert(if same("firstName") { "rehire" } else { "used address" });
            }
            if same("mail") && same("firstName") && !has_left(one) && !has_left(other) {
                found.insert("several employments");
            }
            if near("lastName") && text(one, "lastName").is_some() && !same("lastName") {
                found.insert("names that differ in case alone");
            }
        }
    }
    found.into_iter().collect()
}

#[test]
fn every_event_occurs_and_leaves_what_fits() {
    let (schema, strategy) = (schema(), life_events());
    let population = Population::of(&schema);
    let mut runner = TestRunner::deterministic();
    let mut kinds = BTreeSet::new();
    let mut changed = 0;
    for seed in 0..300 {
        let mut state = population.draw(&mut Draw::new(seed));
        let before = state.objects.clone();
        let events = strategy.new_tree(&mut runner).expect("cases are never refused").current();
        Life::new(&population, &schema.types[0].object_type).happen(&mut state, &events);
        fits(&state).unwrap_or_else(|it| panic!("after {events:?}: {it}"));
        changed += usize::from(state.objects != before);
        kinds.extend(events.iter().map(|it| match it {
            LifeEvent::Join { .. } => "join",
            LifeEvent::Move { .. } => "move",
            LifeEvent::Leave { .. } => "leave",
            LifeEvent::Return => "return",
            LifeEvent::Rename { .. } => "rename",
            LifeEvent::Swap { .. } => "swap",
            LifeEvent::Merge { .. } => "merge",
            _ => "an event that this test does not know",
        }));
    }
    let all = ["join", "leave", "merge", "move", "rename", "return", "swap"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
    assert!(changed > 200, "{changed} of 300 scripts change something");
}

/// Shrinks with proptest's own runner, as a test of somebody else would.
#[expect(clippy::panic, reason = "a failed check fails the test that asked for it")]
fn smallest(breaks: impl Fn(&SystemState) -> bool) -> Vec<Object> {
    let config =
        Config { failure_persistence: None, cases: 2_000, max_shrink_iters: 20_000, ..Config::default() };
    let random = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    let mut runner = TestRunner::new_with_rng(config, random);
    let result = runner.run(&Population::of(&schema()).strategy(), |state| {
        fits(&state).map_err(proptest::test_runner::TestCaseError::fail)?;
        if breaks(&state) { Err(proptest::test_runner::TestCaseError::fail("broken")) } else { Ok(()) }
    });
    match result {
        Err(TestError::Fail(_, state)) => state.objects,
        other => panic!("it is never broken: {other:?}"),
    }
}

fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    provisio_testkit::mapping::text_of(object, name).unwrap_or_default()
}

#[test]
fn a_text_that_is_too_long_shrinks_to_one_character_too_many() {
    let objects = smallest(|it| it.objects.iter().any(|it| text(it, "lastName").chars().count() > 64));
    let [person] = &objects[..] else { panic!("{objects:?}") };
    assert_eq!(person.attributes.len(), 2, "{person:?}");
    assert_eq!(text(person, "lastName"), "a".repeat(65));
    assert_eq!(text(person, "number"), "a");
}

#[test]
fn a_character_that_breaks_a_rule_is_what_is_left() {
    let objects = smallest(|it| it.objects.iter().any(|it| text(it, "firstName").contains('\'')));
    let [person] = &objects[..] else { panic!("{objects:?}") };
    assert_eq!((text(person, "firstName"), person.attributes.len()), ("'", 2));
}

#[test]
fn twins_stay_twins() {
    let objects = smallest(|it| {
        let mails: Vec<&str> =
            it.objects.iter().map(|it| text(it, "mail")).filter(|it| it.len() > 3).collect();
        mails.iter().enumerate().any(|(at, it)| mails[at + 1..].contains(it))
    });
    let [one, other] = &objects[..] else { panic!("{objects:?}") };
    assert_eq!((text(one, "mail"), text(other, "mail")), ("aaaa", "aaaa"));
    assert_eq!(one.attributes.len() + other.attributes.len(), 4);
}

#[test]
fn a_circle_shrinks_to_who_is_in_it() {
    let circle = |it: &SystemState| {
        let manager = |it: &Object| it.attributes.get("manager").and_then(Values::single).cloned();
        it.objects.iter().any(|one| {
            it.objects.iter().any(|other| {
                one.id != other.id
                    && manager(one) == Some(Value::Reference(other.id.clone()))
                    && manager(other) == Some(Value::Reference(one.id.clone()))
            })
        })
    };
    let objects = smallest(circle);
    assert_eq!(objects.len(), 2, "{objects:?}");
    assert!(objects.iter().all(|it| it.attributes.len() == 2), "{objects:?}");
}
