//! The text of a plan: one operation a block, stable, with everything that a reader needs to say yes or no.
//! `docs/plan-format.md` has its grammar.

use std::fmt::{self, Display, Formatter};

use provisio_model::{AttrName, EscapedText, Value, Values};

use crate::memory::{Fact, NoteChange, Remember};

use super::{
    Action, After, Change, ChangeWrite, Held, HeldOperation, Operation, Plan, PlannedValues, Referent,
    TargetKnowledge, TargetRef, Why,
};

/// Shows a plan. By default everything; [`PlanText::first`] shows the beginning of long lists.
#[derive(Clone, Copy, Debug)]
pub struct PlanText<'a> {
    plan: &'a Plan,
    most: usize,
}

impl<'a> PlanText<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self { plan, most: usize::MAX }
    }

    /// Shows at most `most` operations, held operations and skips each, and says how many more there are.
    #[must_use]
    pub fn first(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

impl Display for PlanText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Plan { operations, held, skipped, memory, .. } = self.plan;
        writeln!(formatter, "{}", Headline(self.plan))?;
        for operation in operations.iter().take(self.most) {
            OperationText(self.plan, operation).fmt(formatter)?;
        }
        write_more(formatter, operations.len(), self.most, "operations")?;
        for held in held {
            write_held(formatter, self.plan, held, self.most)?;
        }
        for skip in skipped.iter().take(self.most) {
            let source = self.plan.mapping(skip.mapping).map_or("object", |it| it.source.as_str());
            writeln!(formatter, "-- skipped {source} {}: {}", EscapedText(skip.source.as_str()), skip.why)?;
        }
        write_more(formatter, skipped.len(), self.most, "skipped")?;
        let told = || memory.iter().filter(|it| !it.fact.is_plain());
        for it in told().take(self.most) {
            writeln!(formatter, "@@ {}", RememberText(self.plan, it))?;
        }
        write_more(formatter, told().count(), self.most, "to remember")
    }
}

/// Something to be remembered: `worker 1: disabled (u1) once #0`.
struct RememberText<'a>(&'a Plan, &'a Remember);

impl Display for RememberText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(plan, Remember { once, fact }) = self;
        let mapping = plan.mapping(fact.mapping());
        match (fact.source(), mapping) {
            (Some(source), Some(mapping)) => {
                write!(formatter, "{} {}: ", mapping.source, EscapedText(source.as_str()))?;
            }
            _ => write!(formatter, "{}: ", mapping.map_or("", |it| &it.name))?,
        }
        match fact {
            Fact::Note { change, .. } => write_note(formatter, change)?,
            Fact::Acts { limit, number, .. } => write!(formatter, "{number} {limit}")?,
            Fact::Staged { action, .. } => write!(formatter, "{action} is held back")?,
            Fact::Unstaged { action, .. } => write!(formatter, "{action} is held back no longer")?,
        }
        match once {
            Some(once) => write!(formatter, " once {once}"),
            None => Ok(()),
        }
    }
}

fn write_note(formatter: &mut Formatter<'_>, change: &NoteChange) -> fmt::Result {
    match change {
        NoteChange::Leaves { trigger, step, target } => {
            let target = EscapedText(target.as_str());
            write!(formatter, "leaves ({}), {} {target}", trigger.name(), step.name())
        }
        NoteChange::Settles => formatter.write_str("leaves no longer"),
        NoteChange::Sent { attribute, .. } => write!(formatter, "{attribute} was sent"),
        NoteChange::Forgets { attribute } => write!(formatter, "{attribute} is forgotten"),
    }
}

fn write_more(formatter: &mut Formatter<'_>, count: usize, most: usize, what: &str) -> fmt::Result {
    match count.saturating_sub(most) {
        0 => Ok(()),
        more => writeln!(formatter, ".. {more} more {what}"),
    }
}

fn write_held(formatter: &mut Formatter<'_>, plan: &Plan, held: &Held, most: usize) -> fmt::Result {
    writeln!(formatter, "!! held back by {}", held.text(plan))?;
    for it in held.operations.iter().take(most) {
        let text = HeldText(plan, it).to_string();
        for line in text.lines() {
            writeln!(formatter, "   {line}")?;
        }
    }
    write_more(formatter, held.operations.len(), most, "held back")
}

/// The first line: `plan 3f9c12ab: 3 operations (1 create, 2 update), 1 held back, 1 skipped`.
struct Headline<'a>(&'a Plan);

impl Display for Headline<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let plan = self.0;
        let counts = plan.counts();
        write!(formatter, "plan {}: ", plan.fingerprint().short())?;
        match counts.total() {
            0 => formatter.write_str("nothing to do")?,
            1 => write!(formatter, "1 operation ({counts})")?,
            total => write!(formatter, "{total} operations ({counts})")?,
        }
        let held: usize = plan.held.iter().map(|it| it.operations.len()).sum();
        if held > 0 {
            write!(formatter, ", {held} held back")?;
        }
        if plan.unchanged > 0 {
            write!(formatter, ", {} unchanged", plan.unchanged)?;
        }
        if !plan.skipped.is_empty() {
            write!(formatter, ", {} skipped", plan.skipped.len())?;
        }
        match plan.target_known_by {
            TargetKnowledge::Listing => {}
            TargetKnowledge::LookUp => formatter.write_str("; target by look-up")?,
            TargetKnowledge::Remembered => formatter.write_str("; target as remembered")?,
        }
        Ok(())
    }
}

/// Where the reason begins, so that reasons stand in a column.
const REASON_COLUMN: usize = 48;

/// One operation: a line that says what and why, and a line for each attribute.
pub(super) struct OperationText<'a>(pub(super) &'a Plan, pub(super) &'a Operation);

impl Display for OperationText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(plan, operation) = self;
        write_first_line(formatter, plan, operation, &format!("{} ", operation.id))?;
        if let Some(after) = AfterText::of(operation) {
            write!(formatter, "  {after}")?;
        }
        writeln!(formatter)?;
        write_details(formatter, operation)
    }
}

/// One operation that is held back: the same without a position, and since when.
struct HeldText<'a>(&'a Plan, &'a HeldOperation);

impl Display for HeldText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let Self(plan, HeldOperation { operation, since }) = self;
        write_first_line(formatter, plan, operation, "")?;
        if let Some(since) = since {
            write!(formatter, "  held since {since}")?;
        }
        writeln!(formatter)?;
        write_details(formatter, operation)
    }
}

fn write_first_line(
    formatter: &mut Formatter<'_>,
    plan: &Plan,
    operation: &Operation,
    id: &str,
) -> fmt::Result {
    let object_type = plan.mapping(operation.mapping).map_or("object", |it| it.target.as_str());
    let head =
        format!("{id}{} {object_type} {}", operation.action.kind().glyph(), EscapedText(&operation.label));
    write!(formatter, "{head:REASON_COLUMN$} {}", operation.reason)
}

fn write_details(formatter: &mut Formatter<'_>, operation: &Operation) -> fmt::Result {
    match &operation.action {
        Action::Create { attributes } => {
            let width = width(attributes.iter().map(|(name, _)| name));
            for (name, values) in attributes {
                writeln!(formatter, "     {:width$} {values}", name.as_str())?;
            }
        }
        Action::ChangeMembers { attribute, add, remove } => {
            for (sign, members) in [('+', add), ('-', remove)] {
                for member in members {
                    writeln!(formatter, "     {attribute} {sign} {}", ReferentText(member))?;
                }
            }
        }
        action => {
            let changes = action.changes();
            let width = width(changes.iter().map(|it| &it.attribute));
            for change in changes {
                if change.write == ChangeWrite::ByValue {
                    write_values(formatter, change)?;
                    continue;
                }
                writeln!(formatter, "     {:width$} {}", change.attribute.as_str(), ChangeText(change))?;
            }
        }
    }
    Ok(())
}

/// The values of one attribute that join and leave.
fn write_values(formatter: &mut Formatter<'_>, change: &Change) -> fmt::Result {
    let (leave, join) = change.by_value();
    for (sign, values) in [('+', join), ('-', leave)] {
        for value in values {
            writeln!(formatter, "     {} {sign} {value}", change.attribute)?;
        }
    }
    Ok(())
}

fn width<'a>(names: impl Iterator<Item = &'a AttrName>) -> usize {
    const LONGEST: usize = 24;
    names.map(|it| it.as_str().len()).max().unwrap_or(0).min(LONGEST)
}

struct ChangeText<'a>(&'a Change);

impl Display for ChangeText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if let (true, Some(before)) = (self.0.repeats(), &self.0.before) {
            write_before(formatter, before)?;
            return formatter.write_str(" (sent with every update)");
        }
        if let (None, Some(PlannedValues::Values(after))) = (&self.0.before, &self.0.after)
            && after.as_slice().iter().any(|it| matches!(it, Value::Secret(_)))
        {
            return write!(formatter, "{after} (another one than was last sent)");
        }
        match &self.0.before {
            Some(before) => write_before(formatter, before)?,
            None => formatter.write_str("(none)")?,
        }
        match &self.0.after {
            Some(after) => write!(formatter, " -> {after}")?,
            None => formatter.write_str(" -> (none)")?,
        }
        if self.0.write == ChangeWrite::Temporary {
            formatter.write_str(" (temporary)")?;
        }
        Ok(())
    }
}

/// What an attribute held; a reference by its id, whose arrow would be one too many before the arrow of a change.
fn write_before(formatter: &mut Formatter<'_>, before: &Values) -> fmt::Result {
    match before.single() {
        Some(Value::Reference(id)) => write!(formatter, "{}", EscapedText(id)),
        _ => write!(formatter, "{before}"),
    }
}

impl Display for PlannedValues {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Values(values) => write!(formatter, "{values}"),
            Self::References(referents) => {
                for (position, referent) in referents.iter().enumerate() {
                    let separator = if position > 0 { ", " } else { "" };
                    write!(formatter, "{separator}{}", ReferentText(referent))?;
                }
                Ok(())
            }
        }
    }
}

/// A referent by its name, and by its id when it exists: names are not unique everywhere.
struct ReferentText<'a>(&'a Referent);

impl Display for ReferentText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let label = EscapedText(&self.0.label);
        match &self.0.target {
            TargetRef::Created(id) => write!(formatter, "{label} (created by {id})"),
            TargetRef::Existing(id) if id.as_str() == &*self.0.label => write!(formatter, "{label}"),
            TargetRef::Existing(id) => write!(formatter, "{label} ({})", EscapedText(id.as_str())),
        }
    }
}

/// `after #3, #7`: only dependencies that the order does not show anyway by standing directly before.
struct AfterText<'a>(&'a Operation);

impl<'a> AfterText<'a> {
    fn of(operation: &'a Operation) -> Option<Self> {
        (!operation.after.is_empty()).then_some(Self(operation))
    }
}

impl Display for AfterText<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        const MOST: usize = 4;
        formatter.write_str("after ")?;
        let after = &self.0.after;
        for (position, After { operation, why }) in after.iter().take(MOST).enumerate() {
            let separator = if position > 0 { ", " } else { "" };
            write!(formatter, "{separator}{operation}")?;
            // That what is created comes first goes without saying.
            if *why != Why::Created {
                write!(formatter, " ({why})")?;
            }
        }
        match after.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}
