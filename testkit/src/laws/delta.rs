//! Laws of plans that are made from changes alone.

use std::collections::{BTreeMap, BTreeSet};

use provisio::execution::Summary;
use provisio::incremental::{Open, SelectionLimits, WhyFull};
use provisio::model::{Change, SourceId};
use provisio::plan::{Action, Operation, PlannedValues, Referent, TargetRef};
use provisio::{Generation, Plan, Planned};

use super::{Broken, Verdict};
use crate::incremental::{Incremental, Recollection, changes_between};
use crate::rig::Rig;
use crate::strategies::Edit;
use crate::world::World;

/// Planning from changes does what planning from everything does.
///
/// Two copies of a world are brought to rest and then edited, script after script. One is planned in full, the other
/// from its changes alone; both plans do the same operations and hold back the same, both copies hold the same
/// afterwards, the links are the same, and a full plan of either is the same, too. What the changes do not reach is
/// not planned. A scope that asks who is in a group asks for a full plan.
pub fn delta_equals_full(world: &World, scripts: &[Vec<Edit>]) -> Verdict {
    let mut world = world.clone();
    // With limits of its own each plan does what it can; without, a world of ten people is over the share at once.
    world.released = provisio::Released::NOTHING;
    let (full, delta) = (Rig::new(&world)?, Rig::new(&world)?);
    full.settle()?;
    let last = delta.settle()?.pop().ok_or_else(|| Broken("no run".to_owned()))?;
    let (before, _) = state(&delta)?;
    let mut recollection = Recollection::after(&before, &last.planned)?;
    if recollection.open == Open::Everything {
        return Err(Broken("a complete read leaves everything open".to_owned()));
    }
    for script in scripts {
        let (before, _) = state(&delta)?;
        for rig in [&full, &delta] {
            rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
        }
        let (now, generation) = state(&delta)?;
        let changes = changes_between(&before.source, &now.source);
        let whole = now.plan()?;
        let incremental = now.plan_changes_within(&recollection, changes.clone(), everything())?;
        let planning = match &incremental.outcome {
            Ok(planning) => planning,
            Err(WhyFull::ScopeByMembership) if asks_for_memberships(&now) => return Ok(()),
            Err(why) => return Err(Broken(format!("a full plan is asked for: {why}"))),
        };
        let story = || story(&changes, &whole.planned, &planning.planned);
        if !planning.violations.is_empty() {
            let violations: String = planning.violations.iter().map(|it| format!("{it}\n")).collect();
            return Err(Broken(format!("{}{violations}", story())));
        }
        same_operations(&whole.planned.plan, &planning.planned.plan)
            .map_err(|it| format!("{it}\n{}", story()))?;
        let cycle = full.run().map_err(|it| it.to_string())?;
        same_operations(&cycle.planned.plan, &whole.planned.plan)
            .map_err(|it| format!("the two copies are not the same before: {it}"))?;
        let summary = carry_out(&delta, &planning.planned, generation)?;
        same_state(&full, &delta).map_err(|it| format!("{it}\n{}", story()))?;
        let (after, _) = state(&delta)?;
        recollection.learn(&after, &incremental)?;
        let undone =
            summary.failed.iter().map(|it| it.operation).chain(summary.left_out.iter().map(|it| it.0));
        recollection.open.add(&planning.planned.plan, undone);
    }
    let (full, delta) = (state(&full)?.0.plan()?, state(&delta)?.0.plan()?);
    same_operations(&full.planned.plan, &delta.planned.plan)
        .map_err(|it| Broken(format!("the next plan: {it}")))
}

/// The list of changes may name an object several times, in any order among others, with what was true in between.
pub fn delta_depends_on_the_last_changes_only(world: &World, script: &[Edit], seed: u64) -> Verdict {
    let rig = Rig::new(world)?;
    let last = rig.settle()?.pop().ok_or_else(|| Broken("no run".to_owned()))?;
    let (before, _) = state(&rig)?;
    let recollection = Recollection::after(&before, &last.planned)?;
    rig.source.edit(|source| script.iter().for_each(|it| it.apply(source)));
    let (now, _) = state(&rig)?;
    let changes = changes_between(&before.source, &now.source);
    let mut noisy = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        // What was true in between: gone where it is there, there as it was where it is gone.
        let earlier = match change {
            Change::Upsert(object) if (seed >> (at % 64)) & 1 == 0 => {
                Change::Deleted { object_type: object.object_type.clone(), id: SourceId::new(&object.id) }
            }
            Change::Deleted { object_type, id } => {
                match before.source.object(object_type.as_str(), id.as_str()) {
                    Some(object) => Change::Upsert(object.clone()),
                    None => change.clone(),
                }
            }
            other => other.clone(),
        };
        noisy.push(earlier);
    }
    noisy.extend(changes.iter().rev().cloned());
    let plan = |changes: &[Change]| -> Result<(String, Incremental), Broken> {
        let incremental = now.plan_changes_within(&recollection, changes.to_vec(), everything())?;
        let text = match &incremental.outcome {
            Ok(planning) => planning.planned.plan.text().to_string(),
            Err(why) => why.to_string(),
        };
        Ok((text, incremental))
    };
    let (expected, quiet) = plan(&changes)?;
    let (found, loud) = plan(&noisy)?;
    if expected != found || quiet.counts != loud.counts || quiet.open != loud.open {
        return Err(Broken(format!("{changes:?}\n{expected}\n{noisy:?}\n{found}")));
    }
    Ok(())
}

/// Without changes and without anybody who is open or held back, nothing is planned, and nothing is asked but about
/// who is leaving.
pub fn nothing_changed_asks_nothing(world: &World) -> Verdict {
    let rig = Rig::new(world)?;
    let last = rig.settle()?.pop().ok_or_else(|| Broken("no run".to_owned()))?;
    let (now, _) = state(&rig)?;
    let mut recollection = Recollection::after(&now, &last.planned)?;
    recollection.open = Open::Objects(Vec::new());
    if now.memory.staged().next().is_some() {
        return Ok(());
    }
    let incremental = now.plan_changes(&recollection, [])?;
    let is_empty = match &incremental.outcome {
        Ok(planning) => planning.planned.plan.is_empty(),
        Err(why) => *why == WhyFull::ScopeByMembership && asks_for_memberships(&now),
    };
    let is_leaving = |id: &SourceId| {
        let mut notes = now.spec.objects.iter().filter_map(|it| now.memory.notes_of(&it.name));
        notes.any(|it| it.get(id).is_some_and(|note| note.leaving.is_some()))
    };
    let asks = incremental.counts.total() > 0;
    if is_empty && (!asks || incremental.selected.iter().all(|it| is_leaving(&it.id))) {
        return Ok(());
    }
    Err(Broken(format!("{incremental:?}")))
}

/// Tells whether some scope asks who is in a group: changes alone do not say for whom that changed.
pub(super) fn asks_for_memberships(world: &World) -> bool {
    world.spec.objects.iter().any(|it| {
        let leaving = &it.deprovisioning.source_disabled_when;
        let groups = it.scope.groups.iter().chain(&it.input.groups).flat_map(|it| &it.clauses);
        it.assignment.as_ref().is_some_and(|it| it.groups.is_some())
            || groups.chain(leaving).any(|it| it.through.is_some())
    })
}

/// Worlds are small, and a script changes most of one.
fn everything() -> SelectionLimits {
    SelectionLimits::default()
}

fn state(rig: &Rig) -> Result<(World, Generation), Broken> {
    rig.world().map_err(|it| Broken(it.to_string()))
}

fn carry_out(rig: &Rig, planned: &Planned, generation: Generation) -> Result<Summary, Broken> {
    if planned.plan.is_empty() {
        return Ok(Summary::default());
    }
    let mut plan = planned.plan.clone();
    plan.parent = generation;
    rig.apply(&plan).map_err(|it| Broken(it.to_string()))
}

fn same_state(full: &Rig, delta: &Rig) -> Result<(), String> {
    let (expected, found) = (full.directory(), delta.directory());
    if expected != found {
        return Err(format!("the targets differ:\nfull  {expected:#?}\ndelta {found:#?}"));
    }
    if full.linked().len() != delta.linked().len() {
        return Err(format!("the links differ:\nfull  {:?}\ndelta {:?}", full.linked(), delta.linked()));
    }
    Ok(())
}

/// Compares what two plans do and hold back, whatever the order.
fn same_operations(expected: &Plan, found: &Plan) -> Result<(), String> {
    let (expected_done, found_done) = (told(expected, &expected.operations), told(found, &found.operations));
    if let Some(more) = found_done.difference(&expected_done).next() {
        return Err(format!("only the second plan does: {more}"));
    }
    if let Some(less) = expected_done.difference(&found_done).next() {
        return Err(format!("only the first plan does: {less}"));
    }
    let held = |plan: &Plan| -> BTreeMap<String, BTreeSet<String>> {
        let held =
            plan.held.iter().map(|it| (format!("{} {}", it.mapping.0, it.text(plan)), told(plan, it.each())));
        held.collect()
    };
    let (expected, found) = (held(expected), held(found));
    if expected != found {
        return Err(format!("other operations are held back: {expected:#?} {found:#?}"));
    }
    Ok(())
}

/// Operations in words that do not depend on their order.
fn told<'a>(plan: &Plan, operations: impl IntoIterator<Item = &'a Operation>) -> BTreeSet<String> {
    operations.into_iter().map(|it| tell(plan, it)).collect()
}

fn tell(plan: &Plan, operation: &Operation) -> String {
    let name = |target: &TargetRef| match target {
        TargetRef::Existing(id) => id.to_string(),
        TargetRef::Created(id) => match plan.operations.get(id.position()) {
            Some(create) => format!("new of {} {}", create.mapping.0, create.source),
            None => "new".to_owned(),
        },
    };
    let referents = |list: &[Referent]| {
        let mut list: Vec<String> =
            list.iter().map(|it| format!("{} {}", name(&it.target), it.label)).collect();
        list.sort_unstable();
        list.join(", ")
    };
    let values = |planned: &PlannedValues| match planned {
        PlannedValues::Values(values) => values.to_string(),
        PlannedValues::References(list) => referents(list),
    };
    let what = match &operation.action {
        Action::Create { attributes } => {
            let attributes = attributes.iter().map(|(name, it)| format!("{name}={}", values(it)));
            attributes.collect::<Vec<_>>().join(" ")
        }
        Action::ChangeMembers { attribute, add, remove } => {
            format!("{attribute} + {} - {}", referents(add), referents(remove))
        }
        action => {
            let changes = action.changes().iter().map(|it| {
                let after = it.after.as_ref().map(values);
                format!("{}: {:?} -> {after:?}", it.attribute, it.before.as_ref().map(ToString::to_string))
            });
            changes.collect::<Vec<_>>().join(" ")
        }
    };
    let Operation { mapping, source, target, version, situation, reason, label, .. } = operation;
    let kind = operation.action.kind();
    format!(
        "{} {source} {label} {kind:?} {} {version:?} {situation} ({reason}) {what}",
        mapping.0,
        name(target)
    )
}

fn story(changes: &[Change], full: &Planned, delta: &Planned) -> String {
    let findings = |planned: &Planned| -> String {
        planned.findings.iter().map(|it| format!("?? {}\n", it.text(&planned.plan))).collect()
    };
    format!(
        "changes {changes:#?}\nfull {}{}\ndelta {}{}",
        full.plan.text(),
        findings(full),
        delta.plan.text(),
        findings(delta)
    )
}
