//! Laws of what is there after runs.

use std::collections::{BTreeMap, BTreeSet};

use provisio::Cycle;
use provisio::execution::{Failed, Fate};
use provisio::model::{AttributeSchema, ErrorKind, Object, Text, Value, ValueKind, Values};
use provisio::plan::{Action, SkipReason};

use super::{Broken, Verdict};
use crate::rig::{Rig, TargetForm};
use crate::strategies::Edit;
use crate::world::World;

/// Carrying a plan out and planning again gives an empty plan (R5), and everything that a run created is linked.
///
/// Where a first plan has findings or holds something back, another one may have something to do: then it ends after a
/// few runs.
pub fn runs_converge(world: &World) -> Verdict {
    let rig = Rig::new(world)?;
    let cycles = rig.settle()?;
    judge(world, &cycles)?;
    is_linked(&rig, &ids_of(&world.target.objects))
}

/// Runs come to an end on a target that keeps texts in a form of its own, and the last ones find what the first found
/// or less (R5).
pub fn runs_on_a_target_with_its_own_form_converge(world: &World, form: TargetForm) -> Verdict {
    let mut rig = Rig::new(world)?;
    rig.target_form = (form, vec!["title".into(), "tags".into(), "displayName".into()]);
    rig.settle()?;
    let again = rig.run().map_err(|it| Broken(it.to_string()))?;
    if !again.planned.plan.is_empty() {
        return Err(Broken(format!("there is something to do again:\n{}", story(&again))));
    }
    Ok(())
}

/// After any edits of the source, runs come to an end, too.
pub fn edits_converge(world: &World, edits: &[Edit]) -> Verdict {
    let rig = Rig::new(world)?;
    rig.settle()?;
    rig.source.edit(|source| edits.iter().for_each(|it| it.apply(source)));
    let cycles = rig.settle()?;
    judge(world, &cycles)?;
    is_linked(&rig, &ids_of(&world.target.objects))
}

/// However much time goes by between runs, they come to an end each time; and once everything has had its time,
/// nothing waits any more.
pub fn time_converges(world: &World, pauses: &[u8]) -> Verdict {
    let rig = Rig::new(world)?;
    rig.settle()?;
    for days in pauses.iter().copied().chain([255, 255, 255]) {
        rig.pass(u64::from(days));
        rig.settle()?;
    }
    let last = rig.settle()?;
    let waits = |cycle: &Cycle| {
        let skipped = cycle.planned.plan.skipped.iter();
        skipped.filter(|it| matches!(it.why, SkipReason::Waiting(_))).count()
    };
    match last.first().map_or(0, waits) {
        0 => is_linked(&rig, &ids_of(&world.target.objects)),
        _ => {
            Err(Broken(format!("something waits for ever:\n{}", last.first().map(story).unwrap_or_default())))
        }
    }
}

/// Judges runs until nothing was left to do.
fn judge(world: &World, cycles: &[Cycle]) -> Verdict {
    for (at, cycle) in cycles.iter().enumerate() {
        let unexpected = cycle.summary.failed.iter().find(|it| !is_overtaken(world, cycle, it));
        if unexpected.is_some() || !cycle.summary.left_out.is_empty() {
            let (story, failed) = (story(cycle), &cycle.summary);
            return Err(Broken(format!("run {at} did not do all that it planned: {failed:?}\n{story}")));
        }
    }
    let Some(first) = cycles.first() else { return Ok(()) };
    let is_plain = first.planned.findings.is_empty()
        && first.planned.plan.held.is_empty()
        // Who may not be created is not compared with anybody until somebody holds the same value.
        && !first.planned.plan.skipped.iter().any(|it| matches!(it.why, SkipReason::NotAllowed(_)))
        && first.summary.failed.is_empty();
    if is_plain && cycles.len() > 2 {
        let plans: String = cycles.iter().map(story).collect();
        return Err(Broken(format!("a plan without findings left something to do:\n{plans}")));
    }
    let last = cycles.last().map_or(&[][..], |it| &it.planned.findings);
    if is_plain && !last.is_empty() {
        return Err(Broken(format!("there are new findings after a plan without: {last:?}")));
    }
    Ok(())
}

/// Tells whether an operation failed since an earlier delete changed its object through a list of references that no
/// mapping writes, and that the planner never saw: a directory takes what it deletes out of every object that refers to it, and
/// these have another version then. The next run finds them.
fn is_overtaken(world: &World, cycle: &Cycle, failed: &Failed) -> bool {
    let deletes = cycle.planned.plan.operations.iter().any(|it| it.action == Action::Delete);
    let is_version = matches!(&failed.fate, Fate::Failed(it) if it.kind == ErrorKind::PreconditionFailed);
    let Some(mapping) = world.spec.objects.get(usize::from(failed.mapping.0)) else { return false };
    let schema = world.target.schema.of(&mapping.target);
    let is_unseen = |it: &AttributeSchema| {
        let of_type = world.spec.objects.iter().filter(|other| other.target == mapping.target);
        it.kind == ValueKind::Reference
            && it.multi_valued
            && !of_type.flat_map(|it| &it.attributes).any(|mapped| mapped.target == it.name)
    };
    deletes && is_version && schema.is_some_and(|it| it.attributes.iter().any(is_unseen))
}

/// A run for people: its plan and findings.
pub(super) fn story(cycle: &Cycle) -> String {
    let plan = &cycle.planned.plan;
    let findings: String =
        cycle.planned.findings.iter().map(|it| format!("?? {}\n", it.text(plan))).collect();
    format!("{}{findings}", plan.text())
}

/// Everything that runs created is linked: nothing is there twice, and nothing is forgotten.
pub(super) fn is_linked(rig: &Rig, before: &BTreeSet<(Text, Text)>) -> Verdict {
    let linked = rig.linked();
    let created = ids_of(&rig.objects()).into_iter().filter(|it| !before.contains(it));
    match created.filter(|it| !linked.contains(it)).collect::<Vec<_>>().as_slice() {
        [] => Ok(()),
        forgotten => Err(Broken(format!("created and not linked: {forgotten:?}\n{:#?}", rig.directory()))),
    }
}

/// What this job neither linked nor matched is as it was, and so is the membership of strangers (R2).
pub fn strangers_are_untouched(world: &World) -> Verdict {
    let rig = Rig::new(world)?;
    let linked_before = rig.linked();
    let before: BTreeMap<(Text, Text), Object> =
        world.target.objects.iter().map(|it| (key(it), it.clone())).collect();
    rig.settle()?;
    let linked: BTreeSet<_> = linked_before.union(&rig.linked()).cloned().collect();
    let after: BTreeMap<(Text, Text), Object> =
        rig.objects().iter().map(|it| (key(it), it.clone())).collect();
    for (key, object) in &before {
        let is_stranger = !linked.contains(key);
        let Some(now) = after.get(key) else {
            if is_stranger {
                return Err(Broken(format!("{key:?} was nobody's and is gone")));
            }
            continue;
        };
        for (name, values) in object.attributes.iter() {
            let kept = now.attributes.get(name.as_str());
            // When an object goes, the directory takes it out of every attribute that refers to it.
            let stays = |it: &Value| match it {
                Value::Reference(id) => after.keys().any(|(_, other)| other == id) && is_strange(id, &linked),
                _ => is_stranger,
            };
            let lost = values.as_slice().iter().find(|it| stays(it) && !holds(kept, it));
            let is_membership = name.is("members");
            if let Some(lost) = lost.filter(|_| is_stranger || is_membership) {
                return Err(Broken(format!("{key:?} lost {name} {lost}")));
            }
        }
        if object.attributes.get("note") != now.attributes.get("note") {
            return Err(Broken(format!("{key:?} lost an attribute that no mapping writes")));
        }
    }
    Ok(())
}

fn is_strange(id: &Text, linked: &BTreeSet<(Text, Text)>) -> bool {
    !linked.iter().any(|(_, linked)| linked == id)
}

fn holds(values: Option<&Values>, value: &Value) -> bool {
    values.is_some_and(|it| it.as_slice().contains(value))
}

fn key(object: &Object) -> (Text, Text) {
    (Text::new(object.object_type.as_str()), object.id.clone())
}

pub(super) fn ids_of(objects: &[Object]) -> BTreeSet<(Text, Text)> {
    objects.iter().map(key).collect()
}
