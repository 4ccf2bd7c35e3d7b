//! Plans that would touch what is protected in the world that they are judged in.

use provisio_planner::spec::{Clause, FilterGroup, Operator, ProtectedMembers, ScopingFilter, Through};

use super::corruptions::{Corruption, misplaced};
use super::universe::Universe;

fn protect(it: &mut Universe, ids: &[&str]) {
    it.spec.objects[0].protect.ids = ids.iter().map(|&it| it.into()).collect();
}

fn members_of(it: &mut Universe, group: &str, nested: bool) {
    let mut through = Through::new("group", "members");
    through.nested = nested;
    it.spec.objects[0].protect.members_of = vec![ProtectedMembers::new(through, [group.into()])];
}

fn filter(it: &mut Universe, attribute: &str, operator: Operator, value: i64) {
    let mut group = FilterGroup::default();
    group.clauses.push(Clause::new(attribute, operator, Some(value.into())));
    let mut filter = ScopingFilter::default();
    filter.groups.push(group);
    it.spec.objects[0].protect.filter = filter;
}

pub(super) const PROTECTION: &[Corruption] = &[
    misplaced(
        "a protected object is updated, and joins a group",
        |it| protect(it, &["u3"]),
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
    misplaced("a protected object is taken over", |it| protect(it, &["u8"]), &["OtherSpec", "Protected"]),
    misplaced("a protected object is enabled", |it| protect(it, &["u5"]), &["OtherSpec", "Protected"]),
    misplaced(
        "a protected object is disabled, and leaves a group",
        |it| protect(it, &["u6"]),
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
    misplaced(
        "a protected object is deleted, and leaves a group",
        |it| protect(it, &["u7"]),
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
    misplaced(
        "another mapping of the type protects it",
        |it| it.spec.objects[2].protect.ids = vec!["u5".into()],
        &["OtherSpec", "Protected"],
    ),
    misplaced(
        "an object is protected by what it holds",
        |it| filter(it, "externalId", Operator::Equals, 5),
        &["OtherSpec", "Protected"],
    ),
    misplaced(
        "nobody can tell whether an object is protected",
        |it| filter(it, "userName", Operator::GreaterThan, 3),
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
    misplaced(
        "members are protected, and so is their group",
        |it| members_of(it, "g1", false),
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
    misplaced(
        "a member of a group in a group is protected, and so are both groups",
        |it| {
            members_of(it, "g4", true);
            let both = ["u4", "g1"].map(|it| provisio_model::Value::Reference(it.into()));
            let both = provisio_model::Values::from_many(both).expect("two");
            it.target("g4").attributes.set("members", both);
        },
        &["OtherSpec", "Protected", "ProtectedMember"],
    ),
];
