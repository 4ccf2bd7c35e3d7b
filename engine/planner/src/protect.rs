//! Which target objects stay as they are, whoever they belong to?
//!
//! What is protected is decided on the target as it was read, once for a plan, and by all object mappings of a target
//! type together. A protected object is not written, disabled, deleted or taken over, and it neither joins nor leaves
//! a group. What cannot be told is not taken for unprotected (R1): such an object waits.
//!
//! A group that protects its members is protected itself, and so is each group in it that does. So no plan ends the
//! protection of anything, and the next plan decides the same (R5).

use std::collections::BTreeSet;
use std::sync::Arc;

use provisio_model::{Record, Row, TargetId, TargetSide, ValueRef};

use crate::compiled::{CompiledProtection, ProtectedGroups};
use crate::finding::Undecided;
use crate::input::PlanInput;
use crate::scope::{Answer, answer_alone};

/// Whether a target object is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Shield {
    #[default]
    No,
    Yes,
    Unknown(Undecided),
}

impl Shield {
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::No, Self::No) => Self::No,
        }
    }
}

/// Which target objects of one type are protected.
#[derive(Debug, Default)]
pub(crate) struct Shields {
    /// By row; empty where nothing is protected.
    of_row: Vec<Shield>,
    /// The ids that are protected whatever they hold, of those that were not read, too.
    named: BTreeSet<String>,
    is_used: bool,
}

impl Shields {
    /// Tells whether anything of the type may be protected.
    pub(crate) fn is_used(&self) -> bool {
        self.is_used
    }

    /// Tells whether an object that was read is protected.
    pub(crate) fn of(&self, row: Row<TargetSide>) -> Shield {
        self.of_row.get(row.position()).copied().unwrap_or_default()
    }

    /// Tells whether an object is protected that may not have been read.
    pub(crate) fn of_id(&self, input: &PlanInput<'_>, target: usize, id: &str) -> Shield {
        if !self.is_used {
            return Shield::No;
        }
        match input.target[target].records().find(id) {
            Some(row) => self.of(row),
            None if self.named.contains(id) => Shield::Yes,
            None => {
                input.ask_target(target, id);
                match input.target[target].prove_absent(&TargetId::new(id)) {
                    Some(_) => Shield::No,
                    None => Shield::Unknown(Undecided::TargetUnread),
                }
            }
        }
    }

    fn set(&mut self, row: Row<TargetSide>, shield: Shield) {
        if let Some(place) = self.of_row.get_mut(row.position()) {
            *place = place.or(shield);
        }
    }
}

/// Decides for every target type; without protection in the spec, that is nothing.
pub(crate) fn shields(input: &PlanInput<'_>) -> Vec<Arc<Shields>> {
    let mut all: Vec<Shields> = input.spec.targets.iter().map(|_| Shields::default()).collect();
    let protections = || {
        let protections = input.spec.protection.iter().enumerate();
        protections.filter_map(|(target, it)| Some((target, it.as_ref()?)))
    };
    for (target, protection) in protections() {
        let groups = protection.groups.iter().map(|it| it.groups);
        for at in groups.chain([target]) {
            all[at].is_used = true;
            all[at].of_row.resize(input.target[at].records().len(), Shield::No);
        }
    }
    for (target, protection) in protections() {
        all[target].named.extend(protection.ids.iter().map(ToString::to_string));
        for record in input.target[target].records().iter() {
            all[target].set(record.row(), by_itself(protection, record, input));
        }
        for groups in &protection.groups {
            members(input, target, groups, &mut all);
        }
    }
    all.into_iter().map(Arc::new).collect()
}

/// Tells whether an object is protected by its id or by what it holds.
fn by_itself(
    protection: &CompiledProtection,
    record: Record<'_, TargetSide>,
    input: &PlanInput<'_>,
) -> Shield {
    if protection.ids.binary_search_by(|it| it.as_str().cmp(record.id_str())).is_ok() {
        return Shield::Yes;
    }
    let of_group = |clauses: &Vec<_>| {
        let mut doubt = None;
        for clause in clauses {
            match answer_alone(clause, record, input.now) {
                Answer::Yes => {}
                Answer::No => return Shield::No,
                Answer::Unknown(why) => doubt = doubt.or(Some(why)),
            }
        }
        doubt.map_or(Shield::Yes, Shield::Unknown)
    };
    protection.filter.groups.iter().map(of_group).fold(Shield::No, Shield::or)
}

/// Protects the members of groups, and the groups.
fn members(input: &PlanInput<'_>, target: usize, wanted: &ProtectedGroups, all: &mut [Shields]) {
    let (objects, groups) = (&input.target[target], &input.target[wanted.groups]);
    if input.evidence.is_some() && objects.records().is_empty() && groups.records().is_empty() {
        // Nobody is asked about yet.
        return;
    }
    let mut is_certain = true;
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = wanted.ids.iter().map(|it| it.as_str()).collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(row) = groups.records().find(id) else {
            input.ask_target(wanted.groups, id);
            is_certain &= groups.prove_absent(&TargetId::new(id)).is_some();
            continue;
        };
        all[wanted.groups].set(row, Shield::Yes);
        for member in groups.records().record(row).values(wanted.members).iter() {
            let (ValueRef::Reference(member) | ValueRef::Text(member)) = member else { continue };
            let object = objects.records().find(member);
            match object {
                Some(object) => all[target].set(object, Shield::Yes),
                None => _ = all[target].named.insert(member.to_owned()),
            }
            // An object that was read is no group, unless it was read as one.
            let may_be_group =
                wanted.groups == target || object.is_none() || groups.records().find(member).is_some();
            if wanted.nested && may_be_group {
                open.push(member);
            }
        }
    }
    all[wanted.groups].named.extend(wanted.ids.iter().map(ToString::to_string));
    if !is_certain {
        let of_groups = wanted.nested.then_some(wanted.groups);
        for at in of_groups.into_iter().chain([target]) {
            for shield in &mut all[at].of_row {
                *shield = shield.or(Shield::Unknown(Undecided::GroupsUnread));
            }
        }
    }
}
