//! Faults that the planner had and the checker found, each in the smallest world that showed it.

use provisio_model::{Object, Value};
use provisio_planner::spec::{Apply, AttributeMapping, Deprovision, Status};

use super::universe::{GROUPS, USERS, Universe, group, reference, team, user, worker};
use super::violations;

struct Fault {
    name: &'static str,
    world: fn(&mut Universe),
}

const MENDED: &[Fault] = &[
    Fault { name: "members leave before their group is adopted", world: adopted_group },
    Fault {
        name: "two mappings give a unique value to objects with the same source id",
        world: same_source_id,
    },
    Fault {
        name: "of two deleted objects with the same id only one waits for references to go",
        world: same_target_id,
    },
    Fault { name: "adoption disables any number of objects", world: adopted_and_disabled },
    Fault {
        name: "a disabled value in another case disables without being counted",
        world: disabled_in_another_case,
    },
    Fault {
        name: "who matches and is not adopted becomes a member, for ever",
        world: matched_and_left_alone,
    },
    Fault { name: "a default creates objects disabled", world: disabled_by_default },
    Fault { name: "members that are only set at creation change later", world: members_on_create },
];

fn adopted_group(it: &mut Universe) {
    it.worker(worker("w1", "DE"));
    it.user(user("1"));
    it.link(USERS, "w1", "u1");
    it.source.push(team("t1", "One", []));
    it.target.push(group("1", "One", ["u1"]));
}

fn matched_and_left_alone(it: &mut Universe) {
    // The name does not fit, so the user is not adopted.
    it.worker(worker("w2", "DE").with("name", "x".repeat(40)));
    it.user(user("2"));
    it.source.push(team("t1", "One", ["w2"]));
}

fn same_source_id(it: &mut Universe) {
    it.worker(worker("w1", "DE"));
    it.source.push(Object::new("guest", "w1").with("login", "login1"));
}

fn same_target_id(it: &mut Universe) {
    it.mapping(GROUPS).deprovisioning.source_deleted = Some(Deprovision::Delete.into());
    it.user(Object::new("user", "same"));
    it.link(USERS, "w1", "same");
    it.target.push(Object::new("group", "same"));
    it.link(GROUPS, "t1", "same");
    it.worker(worker("w2", "DE"));
    it.user(user("2").with("manager", reference("same")));
    it.link(USERS, "w2", "u2");
}

fn adopted_and_disabled(it: &mut Universe) {
    it.mapping(USERS).attributes.push(AttributeMapping::direct("active", "enabled"));
    for at in 0..8 {
        it.worker(worker(&format!("w{at}"), "DE").with("enabled", false));
        it.user(user(&at.to_string()));
    }
}

fn disabled_in_another_case(it: &mut Universe) {
    let mut status = Status::new("nickname");
    (status.enabled, status.disabled) = (Value::from("On"), Value::from("Off"));
    it.mapping(USERS).deprovisioning.status = Some(status);
    it.mapping(USERS).attributes.push(AttributeMapping::direct("nickname", "country"));
    it.worker(worker("w1", "OFF"));
    it.user(user("1").with("nickname", "On"));
    it.link(USERS, "w1", "u1");
}

fn disabled_by_default(it: &mut Universe) {
    it.mapping(USERS).attributes.push(AttributeMapping::direct("active", "enabled").default(false));
    it.worker(worker("w1", "DE"));
}

fn members_on_create(it: &mut Universe) {
    let attributes = &mut it.mapping(GROUPS).attributes;
    attributes.iter_mut().find(|it| it.target.is("members")).expect("mapped").apply = Apply::OnCreate;
    it.worker(worker("w1", "DE"));
    it.user(user("1"));
    it.link(USERS, "w1", "u1");
    it.source.push(team("t1", "One", ["w1"]));
    it.target.push(group("1", "One", []));
    it.link(GROUPS, "t1", "g1");
}

#[test]
fn what_was_mended_stays_mended() {
    for Fault { name, world } in MENDED {
        let mut universe = Universe::empty();
        world(&mut universe);
        let found = violations(&universe);
        let lines: String = found.iter().map(|it| format!("\n    {it}")).collect();
        assert!(found.is_empty(), "{name}:{lines}");
    }
}
