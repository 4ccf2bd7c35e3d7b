//! The way back: from what earlier cycles did to a plan that undoes it.
//!
//! A [`Deed`] is one operation that was carried out, as the provisioning log has it, with what each attribute held
//! before and after. Deeds of one object are taken back one after the other, the latest first (`way`); where that ends is
//! compared with what the target holds now, and the difference becomes operations (`draft`). From there on it is a plan
//! like any other: limits, unique values, containers and the order are those of every plan.
//!
//! * What somebody else changed since stays: an attribute is put back only if it holds what the deed wrote.
//! * Only what belongs to the job is touched (R2): the object must be linked, or have been linked until the deed.
//! * What was not recorded cannot be put back: secrets, what the log leaves out, what it cut off.
//!
//! Everything that is not undone is a [`Finding`] of the kind [`NotUndone`].

mod deed;
mod draft;
mod not_undone;
mod way;

use std::collections::BTreeMap;

use provisio_model::SourceId;

use crate::finding::{Finding, FindingKind};
use crate::input::{PlanError, PlanInput};
use crate::parallel::Threads;
use crate::plan::{MappingId, Plan};
use crate::planning::{Planned, nothing, settle, sort_findings};
use crate::protect::{Shield, shields};
use crate::{limits, memory, order, sent};

pub use deed::{Created, Deed, DeedChange, NotNoted, Noted};
use draft::Drafting;
pub use not_undone::NotUndone;
use way::Way;

/// Plans the way back. The source is not asked for anything: of `input`, only its layouts count.
///
/// # Errors
/// As for [`plan`](crate::plan()).
pub fn roll_back(input: &PlanInput<'_>, deeds: &[Deed], created: Created) -> Result<Planned, PlanError> {
    input.validate()?;
    let mut findings = Vec::new();
    let ways = ways(input, deeds, &mut findings);
    let (mut drafts, noted) = Drafting::new(input, created, &ways, &mut findings).draft();
    let held = limits::hold_back(input, &mut drafts);
    settle(input, &[], &mut drafts, &mut findings);
    drafts.redeem();
    let operations = order::order(input, drafts.operations)?;
    let mut memory = memory::remember(noted, &operations);
    memory.append(&mut sent::Found::default().remember(input, &operations, Threads::ONE));
    memory.append(&mut limits::remember_acts(input, &operations));
    memory.sort_by_key(|it| it.once);
    sort_findings(&mut findings);
    let plan = Plan { operations, held, memory, ..nothing(input) };
    Ok(Planned { plan, findings })
}

/// Takes the deeds back, object by object; gives the way of each object that may be touched.
fn ways<'a>(input: &'a PlanInput<'a>, deeds: &'a [Deed], findings: &mut Vec<Finding>) -> Vec<Way<'a>> {
    let names = (0_u16..).zip(&input.spec.mappings);
    let ids: BTreeMap<&str, MappingId> = names.map(|(at, it)| (it.name.as_str(), MappingId(at))).collect();
    let mut of_object: BTreeMap<(MappingId, &SourceId), Vec<&Deed>> = BTreeMap::new();
    for deed in deeds {
        match ids.get(deed.mapping.as_str()) {
            Some(&id) => of_object.entry((id, &deed.source)).or_default().push(deed),
            None => {
                let why = NotUndone::UnknownMapping { mapping: deed.mapping.clone() };
                let nobody = MappingId(u16::MAX);
                findings.push(Finding::about_object(
                    nobody,
                    deed.source.clone(),
                    FindingKind::NotUndone { why },
                ));
            }
        }
    }
    let shields = shields(input);
    let mut ways = Vec::with_capacity(of_object.len());
    for ((id, source), mut deeds) in of_object {
        deeds.sort_by(|left, right| right.when().cmp(&left.when()));
        let mut way = Way::begin(input, id, source, &deeds);
        for deed in &deeds {
            way.take_back(deed);
        }
        let target = way.mapping().target;
        if way.current.is_some_and(|it| shields[target].of(it.row()) != Shield::No) {
            way.refuse(NotUndone::Protected);
        }
        findings.append(&mut way.findings);
        if !way.is_refused {
            ways.push(way);
        }
    }
    ways
}
