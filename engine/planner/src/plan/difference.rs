//! What would be different: two plans, object by object and membership by membership. (`Plan`, `Plan`) to
//! [`PlanDifference`].
//!
//! The plans may come from two mapping specs, from two times, or from two states. Objects are the same when their
//! object mapping has the same name and their source id is the same; what a plan creates is known by that, too, since
//! positions mean nothing in the other plan.

mod display;

use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{AttrName, ObjectType, SourceId, TargetId, Text, Values};

use super::{Action, ActionKind, Held, Operation, Plan, PlannedValues, Referent, SkipReason, TargetRef};

/// What differs between two plans.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PlanDifference {
    /// The objects that something else happens to, by object mapping and source id.
    pub objects: Vec<ObjectDifference>,
    /// The memberships that change otherwise, by group and member.
    pub memberships: Vec<MembershipDifference>,
}

/// An object that something else happens to.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ObjectDifference {
    /// Which object.
    pub object: Subject,
    /// What happens to it in the first plan and in the second; `None` when that is the same.
    pub outlook: Option<[Outlook; 2]>,
    /// The attributes that get other values, with the value in the first plan and in the second.
    pub attributes: Vec<AttributeDifference>,
}

/// An object that two plans know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Subject {
    /// The name of its object mapping.
    pub mapping: Text,
    /// The id of its source object.
    pub source: SourceId,
    /// The type of its target object.
    pub object_type: ObjectType,
    /// What people call it.
    pub label: Text,
}

/// What a plan has in store for an object.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outlook {
    /// The plan does not mention it: it is as it should be, or unknown.
    Nothing,
    /// It is left alone on purpose.
    Skipped(SkipReason),
    /// Operations of these kinds are held back by a limit.
    Held(BTreeSet<ActionKind>),
    /// Operations of these kinds are planned.
    Planned(BTreeSet<ActionKind>),
}

/// An attribute that gets another value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeDifference {
    /// Which attribute.
    pub attribute: AttrName,
    /// What the first plan and the second write to it.
    pub writes: [Assignment; 2],
}

/// What a plan writes to an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Assignment {
    /// Nothing.
    Nothing,
    /// It is cleared.
    Clear,
    /// These values, as a plan shows them.
    Values(Text),
}

/// A membership that changes otherwise.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MembershipDifference {
    /// Which group.
    pub group: Subject,
    /// Which of its attributes.
    pub attribute: AttrName,
    /// What people call the member.
    pub member: Text,
    /// What becomes of it in the first plan and in the second.
    pub turns: [Turn; 2],
}

/// What becomes of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// It stays as it is.
    Stays,
    /// The member joins.
    Joins,
    /// The member leaves.
    Leaves,
    /// The member would leave, and a limit holds that back.
    LeavesLater,
}

impl PlanDifference {
    /// Compares two plans.
    pub fn between(first: &Plan, second: &Plan) -> Self {
        let [mut first, mut second] = [first, second].map(deeds);
        let mut keys: BTreeSet<Key<'_>> = first.keys().copied().collect();
        keys.extend(second.keys().copied());
        let mut difference = Self::default();
        for key in keys {
            let [first, second] = [&mut first, &mut second].map(|it| it.remove(&key).unwrap_or_default());
            difference.compare(key, &first, &second);
        }
        difference
    }

    /// Tells whether the plans do the same.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.memberships.is_empty()
    }

    fn compare(&mut self, (mapping, source): Key<'_>, first: &Deeds<'_>, second: &Deeds<'_>) {
        let named = if first.label.is_empty() { second } else { first };
        let subject = || Subject {
            mapping: mapping.into(),
            source: SourceId::new(source),
            object_type: first
                .object_type
                .or(second.object_type)
                .cloned()
                .unwrap_or_else(|| ObjectType::new("object")),
            label: if named.label.is_empty() { source.into() } else { named.label.into() },
        };
        let outlooks = [first.outlook(), second.outlook()];
        // Who is skipped by both is left alone by both, whatever the reasons.
        let same =
            outlooks[0] == outlooks[1] || matches!(outlooks, [Outlook::Skipped(_), Outlook::Skipped(_)]);
        let outlook = (!same).then_some(outlooks);
        let attributes = attributes(first, second);
        if outlook.is_some() || !attributes.is_empty() {
            self.objects.push(ObjectDifference { object: subject(), outlook, attributes });
        }
        let members: BTreeSet<&(&AttrName, Member<'_>)> =
            first.members.keys().chain(second.members.keys()).collect();
        for member in members {
            let turn = |deeds: &Deeds<'_>| deeds.members.get(member).map_or(Turn::Stays, |it| it.0);
            let turns = [turn(first), turn(second)];
            if turns[0] != turns[1] {
                let label = first.members.get(member).or_else(|| second.members.get(member));
                self.memberships.push(MembershipDifference {
                    group: subject(),
                    attribute: member.0.clone(),
                    member: label.map_or_else(Text::default, |it| it.1.clone()),
                    turns,
                });
            }
        }
    }
}

/// The name of an object mapping and a source id.
type Key<'a> = (&'a str, &'a str);

/// Who joins or leaves, in a way that means the same in another plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Member<'a> {
    Existing(&'a TargetId),
    Created(Key<'a>),
}

/// Everything that a plan has in store for one object.
#[derive(Default)]
struct Deeds<'a> {
    object_type: Option<&'a ObjectType>,
    label: &'a str,
    planned: BTreeSet<ActionKind>,
    held: BTreeSet<ActionKind>,
    skipped: Option<&'a SkipReason>,
    writes: BTreeMap<&'a AttrName, Written<'a>>,
    members: BTreeMap<(&'a AttrName, Member<'a>), (Turn, &'a Text)>,
}

/// What is written to one attribute, comparable between plans.
#[derive(PartialEq)]
enum Written<'a> {
    Clear,
    Values(&'a Values),
    References(Vec<Member<'a>>, &'a PlannedValues),
}

impl Deeds<'_> {
    /// Memberships are told one by one and do not count here.
    fn outlook(&self) -> Outlook {
        let without_members = |kinds: &BTreeSet<ActionKind>| -> BTreeSet<ActionKind> {
            kinds.iter().copied().filter(|it| *it != ActionKind::ChangeMembers).collect()
        };
        let (planned, held) = (without_members(&self.planned), without_members(&self.held));
        match self.skipped {
            _ if !planned.is_empty() => Outlook::Planned(planned),
            _ if !held.is_empty() => Outlook::Held(held),
            Some(why) => Outlook::Skipped(why.clone()),
            None => Outlook::Nothing,
        }
    }
}

fn deeds(plan: &Plan) -> BTreeMap<Key<'_>, Deeds<'_>> {
    let mut all: BTreeMap<Key<'_>, Deeds<'_>> = BTreeMap::new();
    for operation in &plan.operations {
        note(plan, operation, false, &mut all);
    }
    for operation in plan.held.iter().flat_map(Held::each) {
        note(plan, operation, true, &mut all);
    }
    for skipped in &plan.skipped {
        let name = plan.mapping(skipped.mapping).map_or("", |it| it.name.as_str());
        let deeds = all.entry((name, skipped.source.as_str())).or_default();
        deeds.object_type = plan.mapping(skipped.mapping).map(|it| &it.target);
        deeds.skipped = Some(&skipped.why);
    }
    all
}

fn note<'a>(plan: &'a Plan, operation: &'a Operation, held: bool, all: &mut BTreeMap<Key<'a>, Deeds<'a>>) {
    let deeds = all.entry(key(plan, operation)).or_default();
    deeds.object_type = plan.mapping(operation.mapping).map(|it| &it.target);
    deeds.label = &operation.label;
    let kinds = if held { &mut deeds.held } else { &mut deeds.planned };
    kinds.insert(operation.action.kind());
    match &operation.action {
        Action::ChangeMembers { attribute, add, remove } => {
            let mut turn = |referents: &'a [Referent], turn| {
                for referent in referents {
                    let member = (attribute, member(plan, &referent.target));
                    deeds.members.insert(member, (turn, &referent.label));
                }
            };
            turn(add, Turn::Joins);
            turn(remove, if held { Turn::LeavesLater } else { Turn::Leaves });
        }
        _ if held => {}
        Action::Create { attributes } => {
            deeds.writes.extend(attributes.iter().map(|(name, it)| (name, written(plan, it))));
        }
        action => {
            let writes = action.changes().iter().map(|change| {
                (&change.attribute, change.after.as_ref().map_or(Written::Clear, |it| written(plan, it)))
            });
            deeds.writes.extend(writes);
        }
    }
}

fn key<'a>(plan: &'a Plan, operation: &'a Operation) -> Key<'a> {
    let mapping = plan.mapping(operation.mapping).map_or("", |it| it.name.as_str());
    (mapping, operation.source.as_str())
}

fn member<'a>(plan: &'a Plan, target: &'a TargetRef) -> Member<'a> {
    match target {
        TargetRef::Existing(id) => Member::Existing(id),
        TargetRef::Created(create) => {
            let create = plan.operations.get(create.position());
            Member::Created(create.map_or(("", ""), |it| key(plan, it)))
        }
    }
}

fn written<'a>(plan: &'a Plan, values: &'a PlannedValues) -> Written<'a> {
    match values {
        PlannedValues::Values(known) => Written::Values(known),
        PlannedValues::References(referents) => {
            let mut members: Vec<Member<'_>> = referents.iter().map(|it| member(plan, &it.target)).collect();
            members.sort_unstable();
            Written::References(members, values)
        }
    }
}

/// The attributes that get other values. Those of an object that only one plan creates need not be told one by one.
fn attributes(first: &Deeds<'_>, second: &Deeds<'_>) -> Vec<AttributeDifference> {
    let creates = |deeds: &Deeds<'_>| deeds.planned.contains(&ActionKind::Create);
    if creates(first) != creates(second) {
        return Vec::new();
    }
    let names: BTreeSet<&AttrName> = first.writes.keys().chain(second.writes.keys()).copied().collect();
    let mut differences = Vec::new();
    for name in names {
        let (left, right) = (first.writes.get(name), second.writes.get(name));
        let same = match (left, right) {
            (Some(Written::References(left, _)), Some(Written::References(right, _))) => left == right,
            (left, right) => left == right,
        };
        if !same {
            let writes = [left, right].map(shown);
            differences.push(AttributeDifference { attribute: name.clone(), writes });
        }
    }
    differences
}

fn shown(written: Option<&Written<'_>>) -> Assignment {
    match written {
        None => Assignment::Nothing,
        Some(Written::Clear) => Assignment::Clear,
        Some(Written::Values(values)) => Assignment::Values(values.to_string().into()),
        Some(Written::References(_, values)) => Assignment::Values(values.to_string().into()),
    }
}

#[cfg(test)]
mod tests;
