//! Do values come to rest, and does the target take them?

use super::{Findings, Subject};
use crate::compiled::AttributeSource;
use crate::flow::refusal;
use crate::spec::Apply;

/// S0305: an expression that reads the clock or draws random numbers, for an attribute that is always written.
pub(super) fn never_converges(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes().filter(|(_, it)| it.apply == Apply::Always) {
        let AttributeSource::Expression(program) = &attribute.source else { continue };
        let why = match (program.uses_random(), program.uses_clock()) {
            (true, _) => "draws random numbers",
            (false, true) => "depends on the time",
            (false, false) => continue,
        };
        let message = format!("the value of `{}` {why}, so each run may change it", attribute.name);
        let help =
            "add `apply = \"create\"`; if it changes seldom enough, allow this with `allow = [\"S0305\"]`";
        findings.add(&written.span, message, help);
    }
}

/// S0306: an expression that gives the same for every object, and nothing that the target attribute holds.
pub(super) fn always_refused(subject: &Subject<'_>, findings: &mut Findings) {
    for (written, attribute) in subject.attributes() {
        let AttributeSource::Expression(program) = &attribute.source else { continue };
        let needs = program.uses_clock() || program.uses_random() || program.needs_uniqueness();
        if needs || !program.source_slots().is_empty() {
            continue;
        }
        if let Some(why) = refusal(attribute, program) {
            let message = format!("`{}` never gets a value: {why}", attribute.name);
            findings.add(&written.span, message, "give it a value of its type and length");
        }
    }
}
