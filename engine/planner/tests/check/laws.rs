//! The planner's plan is fit, whatever the world is like.

use std::collections::BTreeSet;

use proptest::prelude::*;
use provisio_model::Object;
use provisio_planner::spec::{
    Adoption, AttributeMapping, Deprovision, Limit, NullFlow, Status, TargetMissing,
};
use provisio_planner::{ActionKind, check, plan};

use super::universe::{GROUPS, USERS, Universe, group, reference, references, team, user, worker};

/// How many workers and teams there may be.
const WORKERS: usize = 9;
const TEAMS: usize = 4;

/// One worker and the user with the same number.
#[derive(Clone, Debug)]
struct Person {
    in_source: bool,
    in_scope: bool,
    in_target: bool,
    linked: bool,
    renamed: bool,
    active: bool,
    tagged: (bool, bool),
    manager: Option<usize>,
    managed_by: Option<usize>,
    /// The user is there under another id than the one that is linked.
    restored: bool,
    /// There is a guest with the same source id and login.
    guest: bool,
}

/// One team and the group with the same number.
#[derive(Clone, Debug)]
struct Circle {
    in_source: bool,
    in_target: bool,
    linked: bool,
    renamed: bool,
    owner: Option<usize>,
    owned_by: Option<usize>,
    /// Numbers of workers, and above them of teams.
    members: BTreeSet<usize>,
    holds: BTreeSet<usize>,
}

/// What is wanted and how it was read.
#[derive(Clone, Debug)]
struct Settings {
    deletes: bool,
    may: (bool, bool, bool),
    mapped_status: bool,
    clears: bool,
    adopts: bool,
    recreates: bool,
    limited: bool,
    complete: (bool, bool),
    unreadable: Option<usize>,
}

fn person() -> impl Strategy<Value = Person> {
    let flag = any::<bool>;
    let other = || proptest::option::weighted(0.6, 0..WORKERS);
    let there = (
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.6),
        flag(),
        prop::bool::weighted(0.3),
    );
    let rare = || prop::bool::weighted(0.1);
    let holds = (flag(), (flag(), flag()), other(), other(), rare(), rare());
    (there, holds).prop_map(|(there, holds)| {
        let (in_source, in_scope, in_target, linked, renamed) = there;
        let (active, tagged, manager, managed_by, restored, guest) = holds;
        Person {
            in_source,
            in_scope,
            in_target,
            linked,
            renamed,
            active,
            tagged,
            manager,
            managed_by,
            restored,
            guest,
        }
    })
}

fn circle() -> impl Strategy<Value = Circle> {
    let flag = any::<bool>;
    let members = || prop::collection::btree_set(0..WORKERS + TEAMS, 0..6);
    let other = || proptest::option::of(0..WORKERS);
    let there = (prop::bool::weighted(0.9), flag(), flag(), flag());
    (there, other(), other(), members(), members()).prop_map(|(there, owner, owned_by, members, holds)| {
        let (in_source, in_target, linked, renamed) = there;
        Circle { in_source, in_target, linked, renamed, owner, owned_by, members, holds }
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let flag = any::<bool>;
    let mostly = || prop::bool::weighted(0.85);
    let policy = (flag(), (mostly(), mostly(), mostly()), flag(), flag(), mostly(), mostly(), flag());
    let read = ((mostly(), mostly()), proptest::option::weighted(0.2, 0..WORKERS));
    (policy, read).prop_map(|(policy, (complete, unreadable))| {
        let (deletes, may, mapped_status, clears, adopts, recreates, limited) = policy;
        Settings { deletes, may, mapped_status, clears, adopts, recreates, limited, complete, unreadable }
    })
}

prop_compose! {
    fn world()(
        people in prop::collection::vec(person(), WORKERS),
        circles in prop::collection::vec(circle(), TEAMS),
        settings in settings(),
    ) -> World {
        World { people, circles, settings }
    }
}

#[derive(Clone)]
struct World {
    people: Vec<Person>,
    circles: Vec<Circle>,
    settings: Settings,
}

/// Shows only what is there.
impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "{:?}", self.settings)?;
        for (at, person) in self.people.iter().enumerate() {
            if person.in_source || person.in_target || person.linked {
                writeln!(formatter, "{at}: {person:?}")?;
            }
        }
        for (at, circle) in self.circles.iter().enumerate() {
            if circle.in_source || circle.in_target || circle.linked {
                writeln!(formatter, "{at}: {circle:?}")?;
            }
        }
        Ok(())
    }
}

impl World {
    fn universe(&self) -> Universe {
        let mut universe = Universe::empty();
        self.settings.apply(&mut universe);
        for (at, person) in self.people.iter().enumerate() {
            person.add(at, &mut universe);
        }
        for (at, circle) in self.circles.iter().enumerate() {
            circle.add(at, &mut universe);
        }
        universe
    }
}

impl Settings {
    fn apply(&self, universe: &mut Universe) {
        let policy = if self.deletes { Deprovision::Delete } else { Deprovision::Disable };
        for name in [USERS, GROUPS] {
            let mapping = universe.mapping(name);
            (mapping.operations.create, mapping.operations.update, mapping.operations.delete) = self.may;
            mapping.adoption = if self.adopts { Adoption::Link } else { Adoption::Report };
            mapping.target_missing =
                if self.recreates { TargetMissing::Recreate } else { TargetMissing::Report };
        }
        let users = universe.mapping(USERS);
        users.deprovisioning.out_of_scope = Some(policy.into());
        if self.mapped_status {
            let enabled = AttributeMapping::direct("active", "enabled");
            users.attributes.push(enabled);
            let mut status = Status::new("active");
            status.create_disabled = self.clears;
            users.deprovisioning.status = Some(status);
        }
        universe.mapping(GROUPS).deprovisioning.source_deleted = Some(Deprovision::Delete.into());
        if !self.clears {
            for attribute in &mut universe.mapping(USERS).attributes {
                attribute.null = NullFlow::Skip;
            }
        }
        let limit = if self.limited { Limit::new(1, Some(1), None) } else { Limit::OFF };
        let limits = &mut universe.spec.limits;
        (limits.deletes, limits.disables, limits.member_removals) = (limit, limit, limit);
        (universe.source_complete, universe.target_complete) = self.complete;
        universe.unreadable.extend(self.unreadable.map(|at| format!("u{at}").into()));
    }
}

impl Person {
    fn add(&self, at: usize, universe: &mut Universe) {
        if self.in_source {
            let mut worker = worker(&format!("w{at}"), if self.in_scope { "DE" } else { "SE" });
            worker.attributes.set("enabled", self.active != self.renamed);
            set_reference(&mut worker, "manager", "w", self.manager);
            if self.tagged.0 {
                worker.attributes.set("tags", "a");
            }
            universe.worker(worker);
        }
        if self.in_target {
            let mut user = user(&at.to_string());
            if self.restored {
                user.id = format!("v{at}").into();
            }
            user.attributes.set("active", self.active);
            set_reference(&mut user, "manager", "u", self.managed_by);
            if self.renamed {
                user.attributes.set("userName", format!("old{at}"));
                user.attributes.set("displayName", "old");
            }
            if self.tagged.1 {
                user.attributes.set("tags", "a");
            }
            universe.user(user);
        }
        if self.guest {
            universe.source.push(Object::new("guest", format!("w{at}")).with("login", format!("login{at}")));
        }
        if self.linked {
            universe.link(USERS, &format!("w{at}"), &format!("u{at}"));
        }
    }
}

impl Circle {
    fn add(&self, at: usize, universe: &mut Universe) {
        let ids = |numbers: &BTreeSet<usize>, worker: &str, team: &str| -> Vec<String> {
            let id = |&it: &usize| {
                if it < WORKERS { format!("{worker}{it}") } else { format!("{team}{}", it - WORKERS) }
            };
            numbers.iter().map(id).collect()
        };
        if self.in_source {
            let members = ids(&self.members, "w", "t");
            let name = format!("Team {at}");
            let mut team = team(&format!("t{at}"), &name, members.iter().map(String::as_str));
            set_reference(&mut team, "owner", "w", self.owner);
            universe.source.push(team);
        }
        if self.in_target {
            let members = ids(&self.holds, "u", "g");
            let name = if self.renamed { format!("Old {at}") } else { format!("Team {at}") };
            let mut group = group(&at.to_string(), &name, []);
            group.attributes.set_or_clear("members", references(members.iter().map(String::as_str)));
            set_reference(&mut group, "owner", "u", self.owned_by);
            universe.target.push(group);
        }
        if self.linked {
            universe.link(GROUPS, &format!("t{at}"), &format!("g{at}"));
        }
    }
}

fn set_reference(object: &mut Object, attribute: &str, prefix: &str, number: Option<usize>) {
    object.attributes.set_or_clear(attribute, number.map(|it| reference(&format!("{prefix}{it}")).into()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn the_checker_finds_nothing_in_what_the_planner_plans(world in world()) {
        world.universe().with(|input| {
            let planned = plan(input).expect("can be planned");
            let found = check(input, &planned.plan);
            let lines: String = found.iter().map(|it| format!("{it}\n")).collect();
            prop_assert!(found.is_empty(), "{lines}\n{}", planned.plan.text());
            Ok(())
        })?;
    }
}

/// The law says little if the worlds are dull.
#[test]
fn the_worlds_have_operations_of_every_kind() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0_u64; ActionKind::ALL.len()];
    let mut held = 0;
    for _ in 0..300 {
        let world = world().new_tree(&mut runner).expect("makes a world").current();
        let plan = world.universe().with(|input| plan(input).expect("can be planned").plan);
        held += plan.held.len();
        for (count, kind) in counts.iter_mut().zip(ActionKind::ALL) {
            *count += plan.counts().get(kind);
        }
    }
    // Soft deletes need an attribute that these worlds do not have; scenarios show them.
    let is_made = |kind| !matches!(kind, ActionKind::SoftDelete | ActionKind::Restore);
    let made = counts.iter().zip(ActionKind::ALL).filter(|it| is_made(it.1));
    assert!(made.into_iter().all(|(&it, _)| it >= 20), "{counts:?}");
    assert!(held >= 20, "{held} limits tripped");
}
