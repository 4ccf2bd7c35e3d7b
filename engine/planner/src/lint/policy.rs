//! Is what takes something away held back by a limit?

use super::{Findings, Subject};
use crate::memory::Trigger;
use crate::spec::{Apply, Deprovision, Limit};

/// S0301: a policy that deletes or disables, or a group whose members are removed, with its limit off.
pub(super) fn unlimited(subject: &Subject<'_>, findings: &mut Findings) {
    let (mapping, limits) = (subject.mapping, &subject.spec.limits);
    let operations = mapping.operations;
    let takes =
        |action, is_allowed| is_allowed && Trigger::ALL.iter().any(|it| mapping.leaving.does(*it, action));
    let deletes =
        takes(Deprovision::Delete, operations.delete) || takes(Deprovision::SoftDelete, operations.update);
    let removes_members = mapping.attributes.iter().any(|it| it.is_membership() && it.apply == Apply::Always);
    let rules = [
        (deletes, limits.deletes, "deletes", "objects"),
        (takes(Deprovision::Disable, operations.update), limits.disables, "disables", "objects"),
        (removes_members && operations.update, limits.member_removals, "member_removals", "members"),
    ];
    for (_, _, name, what) in rules.into_iter().filter(|(acts, limit, ..)| *acts && *limit == Limit::OFF) {
        let message = format!("`{}` takes {what} away, and the limit `{name}` is off", mapping.name);
        let help = format!("remove `{name} = false`, or give the limit a `count` or a `percent`");
        findings.add(&subject.object.span, message, help);
    }
}
