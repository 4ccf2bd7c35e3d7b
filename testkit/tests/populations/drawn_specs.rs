//! Mappings, expressions and snapshots that are drawn: they compile, and the engine keeps its laws on them.

use std::collections::BTreeSet;

use provisio_testkit::laws::{self, hold};
use provisio_testkit::strategies::{Draw, Population, expressions, specs};
use provisio_testkit::world::{SystemState, World};

use super::schema as source;
use provisio::MappingSpec;
use provisio::expression::FunctionTable;
use provisio::model::{AttributeSchema, ObjectSchema, Schema, ValueKind};
use provisio::planner::compile;
use provisio::spec::{AttributeMapping, ObjectMapping};

fn target() -> Schema {
    let text = AttributeSchema::text;
    let user = [
        text("userName").required().unique(),
        text("displayName"),
        text("title").length_max(40),
        text("nickName"),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::new("startDate", ValueKind::Timestamp),
        AttributeSchema::reference("manager", ["user"]),
    ];
    Schema::new([ObjectSchema::new("user", user)])
}

fn world(spec: MappingSpec, state: SystemState) -> World {
    World::new(state, SystemState::new(target()), spec)
}

#[test]
fn expressions_compile_and_shrink_to_their_parts() {
    let schema = source();
    let mut longest = 0;
    hold(500, expressions(&schema.types[0]), |expression| {
        let mut spec = MappingSpec::default();
        let rules = ObjectMapping::new("worker", "user")
            .with(AttributeMapping::direct("userName", "number").matching(1))
            .with(AttributeMapping::expression("nickName", expression.to_string()));
        spec.objects.push(rules);
        match compile(&spec, &schema, &target(), &FunctionTable::standard()) {
            Ok(_) => Ok(()),
            Err(faults) => Err(laws::Broken(format!("{expression}: {faults:?}"))),
        }
    });
    let mut functions = BTreeSet::new();
    let strategy = expressions(&schema.types[0]);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..300 {
        use proptest::strategy::{Strategy as _, ValueTree as _};
        let text = strategy.new_tree(&mut runner).expect("cases are never refused").current().to_string();
        longest = longest.max(text.len());
        functions.extend(text.split('(').next().map(str::to_owned));
    }
    assert!(functions.len() > 12 && longest > 80, "{longest} {functions:?}");
}

#[test]
fn specs_compile_and_say_something() {
    let schemas = (source(), target());
    let mut rules = 0;
    let mut creating = 0;
    let strategy = specs(&schemas.0, &schemas.1);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..60 {
        use proptest::strategy::{Strategy as _, ValueTree as _};
        let spec = strategy.new_tree(&mut runner).expect("cases are never refused").current();
        assert!(compile(&spec, &schemas.0, &schemas.1, &FunctionTable::standard()).is_ok(), "{spec:#?}");
        rules += spec.objects.iter().map(|it| it.attributes.len()).sum::<usize>();
        creating += usize::from(spec.objects.iter().any(|it| it.operations.create));
    }
    assert!(rules > 200 && creating > 50, "{rules} rules, {creating} mappings that create");
}

/// The check of plans agrees with the planner on mappings that nobody wrote.
#[test]
fn plans_of_drawn_specs_pass_the_check() {
    let people = Population::of(&source()).snapshots();
    hold(80, (specs(&source(), &target()), people), |(spec, state)| {
        laws::plan_passes_the_check(&world(spec, state))
    });
}

#[test]
fn jobs_of_drawn_specs_come_to_rest() {
    let people = Population::of(&source()).strategy();
    hold(30, (specs(&source(), &target()), people), |(spec, state)| laws::runs_converge(&world(spec, state)));
}

#[test]
fn snapshots_are_whole_and_broken_off() {
    let strategy = Population::of(&source()).snapshots();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut whole, mut broken, mut unreadable) = (0, 0, 0);
    for _ in 0..300 {
        use proptest::strategy::{Strategy as _, ValueTree as _};
        let state = strategy.new_tree(&mut runner).expect("cases are never refused").current();
        whole += usize::from(state.incomplete.is_empty() && state.unreadable.is_empty());
        broken += usize::from(!state.incomplete.is_empty());
        unreadable += usize::from(!state.unreadable.is_empty());
    }
    assert!(whole > 60 && broken > 60 && unreadable > 30, "{whole} {broken} {unreadable}");
    assert_eq!(Draw::new(1).below(5), Draw::new(1).below(5));
}
