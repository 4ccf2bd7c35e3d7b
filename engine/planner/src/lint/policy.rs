//! Is what takes something away held back by a limit, and by one that can trip?

use super::{Findings, Subject};
use crate::memory::Trigger;
use crate::plan::LimitKind;
use crate::spec::{Apply, Deprovision, Limit};

/// S0301: a policy that deletes or disables, or a group whose members are removed, with its limit off or so wide that it
/// never trips.
pub(super) fn unlimited(subject: &Subject<'_>, findings: &mut Findings) {
    let (mapping, limits) = (subject.mapping, &subject.mapping.limits);
    let operations = mapping.operations;
    let takes =
        |action, is_allowed| is_allowed && Trigger::ALL.iter().any(|it| mapping.leaving.does(*it, action));
    let deletes =
        takes(Deprovision::Delete, operations.delete) || takes(Deprovision::SoftDelete, operations.update);
    let removes_members = mapping.attributes.iter().any(|it| it.is_membership() && it.apply == Apply::Always);
    let changes_members = operations.update && mapping.attributes.iter().any(|it| it.is_membership());
    let has_privileged = !mapping.privileged.groups.is_empty();
    let rules = [
        (deletes, LimitKind::Deletes, "takes objects away"),
        (takes(Deprovision::Disable, operations.update), LimitKind::Disables, "takes objects away"),
        (removes_members && operations.update, LimitKind::MemberRemovals, "takes members away"),
        (changes_members && has_privileged, LimitKind::PrivilegedChanges, "changes privileged groups"),
    ];
    for (_, kind, what) in rules.into_iter().filter(|(acts, kind, _)| *acts && limits.of(*kind).never_trips())
    {
        let (how, change) = match limits.of(kind) == Limit::OFF {
            true => ("is off", format!("remove `{kind} = false`")),
            false => ("can never trip", "lower its `percent`".to_owned()),
        };
        let message = format!("`{}` {what}, and the limit `{kind}` {how}", mapping.name);
        findings.add(
            &subject.object.span,
            message,
            format!("{change}, or give the limit a `count` or a `percent`"),
        );
    }
}
