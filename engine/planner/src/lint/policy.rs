//! Is what takes something away held back by a limit?

use super::{Findings, Subject};
use crate::spec::{Apply, Deprovision, Limit};

/// S0301: a policy that deletes or disables, or a group whose members are removed, with its limit off.
pub(super) fn unlimited(subject: &Subject<'_>, findings: &mut Findings) {
    let (mapping, limits) = (subject.mapping, &subject.spec.limits);
    let policies = [mapping.out_of_scope, mapping.source_deleted];
    let removes_members = mapping.attributes.iter().any(|it| it.is_membership() && it.apply == Apply::Always);
    let rules = [
        (
            policies.contains(&Deprovision::Delete) && mapping.operations.delete,
            limits.deletes,
            "deletes",
            "objects",
        ),
        (
            policies.contains(&Deprovision::Disable) && mapping.operations.update,
            limits.disables,
            "disables",
            "objects",
        ),
        (removes_members && mapping.operations.update, limits.member_removals, "member_removals", "members"),
    ];
    for (_, _, name, what) in rules.into_iter().filter(|(acts, limit, ..)| *acts && *limit == Limit::OFF) {
        let message = format!("`{}` takes {what} away, and the limit `{name}` is off", mapping.name);
        let help = format!("remove `{name} = false`, or give the limit a `count` or a `percent`");
        findings.add(&subject.object.span, message, help);
    }
}
