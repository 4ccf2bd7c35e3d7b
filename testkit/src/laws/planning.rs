//! Laws of one plan.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use provisio::Plan;
use provisio::model::{ObjectType, Text};
use provisio::plan::{Action, Held, LimitKind, MappingId, Operation, TargetRef};
use provisio::planner::Threads;

use super::{Broken, Verdict};
use crate::world::{SystemState, World};

/// The same input gives the same plan, byte for byte, whatever the order of objects, values and links, and on any number
/// of threads (R6).
pub fn plan_does_not_depend_on_order(world: &World, seed: u64) -> Verdict {
    let plan = world.plan()?;
    let again = world.plan()?;
    let three = Threads::most(const { NonZeroUsize::new(3).unwrap() }).however_little();
    let threads = world.plan_on(three)?;
    let mut shuffled = world.clone();
    let mut random = Random(seed);
    random.shuffle(&mut shuffled.source.objects);
    random.shuffle(&mut shuffled.target.objects);
    random.shuffle(&mut shuffled.links);
    let shuffled = shuffled.plan()?;
    let others = [
        ("planned again", &again),
        ("planned on three threads", &threads),
        ("planned in another order", &shuffled),
    ];
    for (what, other) in others {
        let (expected, found) = (plan.planned.plan.text().to_string(), other.planned.plan.text().to_string());
        if expected != found || plan.planned.plan.fingerprint() != other.planned.plan.fingerprint() {
            return Err(Broken(format!("{what}, the plan is another:\n{expected}\n{found}")));
        }
        if plan.planned.findings != other.planned.findings {
            let (expected, found) = (&plan.planned.findings, &other.planned.findings);
            return Err(Broken(format!("{what}, the findings are others:\n{expected:#?}\n{found:#?}")));
        }
    }
    Ok(())
}

/// The independent check finds nothing in what the planner makes.
pub fn plan_passes_the_check(world: &World) -> Verdict {
    let planning = world.plan()?;
    if planning.violations.is_empty() {
        return Ok(());
    }
    let violations: String = planning.violations.iter().map(|it| format!("{it}\n")).collect();
    Err(Broken(format!("{}{violations}", planning.planned.plan.text())))
}

/// A read that breaks off never takes anything away that a complete read would leave: no object is disabled,
/// deleted or forgotten, no member removed, no attribute cleared (R1).
///
/// The world's own partial reads are compared with complete ones.
pub fn partial_read_takes_nothing_more_away(world: &World) -> Verdict {
    let mut complete = world.clone();
    for side in [&mut complete.source, &mut complete.target] {
        side.incomplete.clear();
        side.hidden.clear();
        side.unreadable.clear();
    }
    let (partial, complete) = (world.plan()?, complete.plan()?);
    let allowed = losses(&complete.planned.plan, true);
    let taken = losses(&partial.planned.plan, false);
    // Whether an object is taken over depends on who else matches, which is another question than what is absent.
    let adopted = adopted(&partial.planned.plan);
    let is_adopted = |(_, _, object, of): &&Loss| adopted.contains(object) || adopted.contains(of);
    match taken.difference(&allowed).find(|it| !is_adopted(it)) {
        None => Ok(()),
        Some(more) => {
            let (partial, complete) = (partial.planned.plan.text(), complete.planned.plan.text());
            Err(Broken(format!("{more:?} is taken away\nby {partial}\nand not by {complete}")))
        }
    }
}

/// Something that a plan takes away: the mapping, what is done, the object, and the attribute or member.
type Loss = (MappingId, &'static str, Text, Text);

fn adopted(plan: &Plan) -> BTreeSet<Text> {
    let ids = plan.operations.iter().filter_map(|it| match (&it.action, &it.target) {
        (Action::Adopt { .. }, TargetRef::Existing(id)) => Some(id.text().clone()),
        _ => None,
    });
    ids.collect()
}

fn losses(plan: &Plan, with_held: bool) -> BTreeSet<Loss> {
    let held = plan.held.iter().flat_map(Held::each).filter(|_| with_held);
    plan.operations.iter().chain(held).flat_map(losses_of).collect()
}

fn losses_of(operation: &Operation) -> Vec<Loss> {
    let object = match &operation.target {
        TargetRef::Existing(id) => id.text().clone(),
        TargetRef::Created(_) => return Vec::new(),
    };
    let loss = |what, of: Text| (operation.mapping, what, object.clone(), of);
    let mut losses: Vec<Loss> = match &operation.action {
        Action::Disable { .. } => vec![loss("disable", Text::default())],
        Action::Delete => vec![loss("delete", Text::default())],
        Action::Unlink => vec![loss("unlink", Text::default())],
        Action::ChangeMembers { remove, .. } => {
            let ids = remove.iter().filter_map(|it| match &it.target {
                TargetRef::Existing(id) => Some(id.text().clone()),
                TargetRef::Created(_) => None,
            });
            ids.map(|id| loss("member", id)).collect()
        }
        _ => Vec::new(),
    };
    let cleared = operation.action.changes().iter().filter(|it| it.after.is_none());
    losses.extend(cleared.map(|it| loss("clear", Text::new(it.attribute.as_str()))));
    losses
}

/// No plan takes more away than its limits allow, unless they were released (R4): alone, and with what was done before.
pub fn limits_are_kept(world: &World) -> Verdict {
    let planning = world.plan()?;
    let plan = &planning.planned.plan;
    let mut counts: BTreeMap<(MappingId, LimitKind), u64> = BTreeMap::new();
    let mut unreleased: BTreeSet<(MappingId, LimitKind)> = BTreeSet::new();
    for operation in &plan.operations {
        let (kind, acts) = match &operation.action {
            Action::Delete | Action::SoftDelete { .. } => (LimitKind::Deletes, 1),
            Action::Disable { .. } => (LimitKind::Disables, 1),
            Action::ChangeMembers { remove, .. } => (LimitKind::MemberRemovals, remove.len() as u64),
            _ => continue,
        };
        *counts.entry((operation.mapping, kind)).or_default() += acts;
        // What somebody released counts, and passes.
        let source = operation.source.as_str();
        let name = plan.mapping(operation.mapping).map_or("", |it| &it.name);
        if acts > 0 && !world.memory.is_released(kind, name, source, world.now) {
            unreleased.insert((operation.mapping, kind));
        }
    }
    for ((mapping, kind), number) in counts.into_iter().filter(|(it, _)| unreleased.contains(it)) {
        let Some(object) = world.spec.objects.get(usize::from(mapping.0)) else { continue };
        let limits = world.spec.limits_of(object);
        let stock = stock(world, mapping, kind);
        let over_time = limits.over_time(kind).is_some_and(|(lasts, limit)| {
            let earlier = world.memory.acts(&object.name, kind, world.now, lasts);
            limit.trips(earlier + number, stock)
        });
        if number > 0 && (limits.of(kind).trips(number, stock) || over_time) && !world.released.has(kind) {
            return Err(Broken(format!("{number} of {stock} exceed the limit on {kind}:\n{}", plan.text())));
        }
    }
    Ok(())
}

/// How many linked objects a mapping has, or memberships of its linked groups that can be read.
fn stock(world: &World, mapping: MappingId, kind: LimitKind) -> u64 {
    let Some(mapping) = world.spec.objects.get(usize::from(mapping.0)) else { return 0 };
    let links = world.links.iter().filter(|(name, _)| *name == mapping.name);
    if kind != LimitKind::MemberRemovals {
        return links.count() as u64;
    }
    let members = links.filter_map(|(_, link)| {
        let group = object(&world.target, &mapping.target, link.target.text())?;
        Some(group.get("members")?.len() as u64)
    });
    members.sum()
}

fn object<'w>(
    side: &'w SystemState,
    object_type: &ObjectType,
    id: &Text,
) -> Option<&'w provisio::model::Attributes> {
    let object = side.objects.iter().find(|it| it.object_type == *object_type && it.id == *id)?;
    side.is_read(object).then_some(&object.attributes)
}

/// Numbers that look random and are the same each time: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let other = self.next() % (at as u64 + 1);
            list.swap(at, usize::try_from(other).unwrap_or(0));
        }
    }
}
