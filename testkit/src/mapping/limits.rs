//! The law of limits: nobody loses everything because a file was empty.

use std::collections::BTreeSet;

use provisio::plan::{Action, LimitKind, MappingId};
use provisio::{Planned, Released};

use super::trial::{Judged, Trial};
use super::{Breach, Law, Mapping};

/// How many objects of each kind a company has in which everybody leaves at once.
const COMPANY: u64 = 1_000;

/// When everybody leaves at once, or all members leave their groups, it is held back: of a thousand no more than half, or as
/// [`Mapping::loses_at_most`] says, lose anything in one run.
///
/// Only what the mapping takes away at all needs a limit: where leavers are left as they are, there is nothing to hold back.
///
/// # Errors
/// When more do.
pub fn limits_hold(mapping: &Mapping) -> Result<(), Breach> {
    let trial = Trial::new(Law::LimitsHold, mapping)?;
    trial.each(&trial.population(), |source, _| {
        let rig = trial.settled(&trial.world(source))?;
        let (mut world, _) = rig.world().map_err(|it| trial.restless(it.to_string()))?;
        // What no limit held back is what the mapping would take away.
        world.released = LimitKind::ALL.into_iter().fold(Released::NOTHING, Released::and);
        let mut empty = world.clone();
        empty.source.objects.clear();
        judge(&trial, &trial.plan(&empty)?, "the source is empty")?;
        for object in &mut world.source.objects {
            let Some(schema) = trial.schemas.source.of(&object.object_type) else { continue };
            for list in schema.attributes.iter().filter(|it| it.multi_valued && !it.references.is_empty()) {
                object.attributes.remove(list.name.as_str());
            }
        }
        judge(&trial, &trial.plan(&world)?, "all groups of the source are empty")
    })
}

fn judge(trial: &Trial<'_>, planned: &Planned, when: &str) -> Judged {
    let taken: BTreeSet<(MappingId, LimitKind)> = planned
        .plan
        .operations
        .iter()
        .filter_map(|it| {
            let kind = match &it.action {
                Action::Delete | Action::SoftDelete { .. } => LimitKind::Deletes,
                Action::Disable { .. } => LimitKind::Disables,
                Action::ChangeMembers { remove, .. } if !remove.is_empty() => LimitKind::MemberRemovals,
                _ => return None,
            };
            Some((it.mapping, kind))
        })
        .collect();
    for (mapping, kind) in taken {
        let Some(mapped) = trial.object(mapping) else { continue };
        let limits = trial.spec.limits_of(mapped);
        let most = COMPANY * u64::from(trial.mapping.loss_percent_max) / 100;
        if !limits.of(kind).trips(most + 1, COMPANY) {
            let mut flaw = trial
                .flaw(mapping, None, "")
                .expected(format!("at most {most} of {COMPANY} {kind} in one run, when {when}"))
                .found(format!("the limit on {kind} lets {} of {COMPANY} pass", most + 1))
                .help("set [limits]: leave them as they are by default, or give a `count` or a `percent`");
            flaw.who.clear();
            return Err(flaw);
        }
    }
    Ok(())
}
