//! Is a write-only value sent only when it is another one, and is what was sent remembered as it is?

use provisio_model::{AttrName, Value, ValueRef, Values};

use super::facts::{Facts, Subject, Written, written};
use super::report::Report;
use super::violation::ViolationKind;
use crate::compiled::CompiledAttribute;
use crate::memory::{Fact, NoteChange, Remember, Sent};
use crate::plan::{Change, OpId, PlannedValues};
use crate::sent::fingerprint;

/// Checks the change of an attribute that cannot be read back.
pub(super) fn check_unreadable(
    facts: &Facts<'_>,
    subject: &Subject<'_>,
    attribute: &CompiledAttribute,
    change: &Change,
    report: &mut Report,
) {
    let source = subject.operation.source.as_str();
    let noted = facts.input.memory.note(&subject.mapping.name, source);
    let noted = noted.and_then(|it| it.sent.get(&attribute.name));
    let print = fingerprint(subject.mapping, source, attribute, values(change.after.as_ref()).into_iter());
    if change.before.is_some() || change.after.is_none() || noted.is_none_or(|it| it.sent == print) {
        report.add(Some(subject.at), ViolationKind::SentAgain { attribute: change.attribute.clone() });
    }
}

/// Checks what the plan says was sent.
pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for Remember { once, fact } in &facts.plan.memory {
        let Fact::Note { source, change: NoteChange::Sent { attribute: name, sent }, .. } = fact else {
            continue;
        };
        let mapping_at = usize::from(fact.mapping().0);
        let Some(mapping) = facts.input.spec.mappings.get(mapping_at) else { continue };
        let attribute = mapping.attribute(name);
        let is_true = attribute.is_some_and(|attribute| {
            let noted = facts.input.memory.note(&mapping.name, source.as_str());
            let noted = noted.and_then(|it| it.sent.get(name));
            match once {
                None => is_so(attribute, noted, sent),
                Some(once) => given(facts, *once, name).is_some_and(|(before, after)| {
                    let print = |values: Vec<ValueRef<'_>>| {
                        fingerprint(mapping, source.as_str(), attribute, values.into_iter())
                    };
                    let times = noted.filter(|it| it.sent == sent.sent).map_or(1, |it| it.times + 1);
                    let observed = (!attribute.write_only).then(|| print(before));
                    let counted = attribute.write_only || sent.times == times;
                    sent.sent == print(after) && sent.observed == observed && counted
                }),
            }
        });
        if !is_true {
            report.add(*once, ViolationKind::RememberedWrongly { attribute: name.clone() });
        }
    }
}

/// May this be noted without an operation? Of what cannot be read back, what was never sent; of all else, that what
/// was sent is there.
fn is_so(attribute: &CompiledAttribute, noted: Option<&Sent>, sent: &Sent) -> bool {
    match noted {
        None => attribute.write_only && sent.observed.is_none() && sent.times == 1,
        Some(noted) => *sent == Sent { observed: None, ..*noted },
    }
}

/// What an operation finds and leaves in an attribute.
fn given<'a>(facts: &Facts<'a>, at: OpId, name: &AttrName) -> Option<(Vec<ValueRef<'a>>, Vec<ValueRef<'a>>)> {
    let operation = facts.operation(at)?;
    let (_, written) = written(operation).into_iter().find(|(it, _)| *it == name)?;
    Some(match written {
        Written::Values(after) => (Vec::new(), values(Some(after))),
        Written::Change(change) => {
            (change.before.iter().flat_map(Values::iter).collect(), values(change.after.as_ref()))
        }
        Written::Members { .. } => return None,
    })
}

fn values(planned: Option<&PlannedValues>) -> Vec<ValueRef<'_>> {
    match planned {
        Some(PlannedValues::Values(values)) => values.as_slice().iter().map(Value::borrow).collect(),
        _ => Vec::new(),
    }
}
