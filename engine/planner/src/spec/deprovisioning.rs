//! What happens to a target object whose source object leaves.

use std::fmt;
use std::time::Duration;

use provisio_model::{AttrName, Text, Value};

use super::{Clause, FilterGroup, MappingSource, ScopingFilter, Span};
use crate::memory::Trigger;

/// What happens to a target object when its source object leaves.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Deprovisioning {
    /// When the source object no longer passes the scoping filter. Without a choice: disabled if there is a
    /// status attribute, else left.
    pub out_of_scope: Option<Steps>,
    /// When the source object says that it is disabled. Without a choice: as for `out_of_scope`.
    pub source_disabled: Option<Steps>,
    /// When the source object is proved to be gone. Without a choice: as for `out_of_scope`.
    pub source_deleted: Option<Steps>,
    /// The clauses that a source object passes, all of them, when it is disabled. Without any, no source object is.
    pub source_disabled_when: Vec<Clause>,
    /// Leaves the target objects of those who go out of scope alone, whatever `out_of_scope` says (Entra's
    /// `SkipOutOfScopeDeletions`, DEP-12).
    pub skip_out_of_scope_deletions: bool,
    /// How far the target object of a leaver may go that this job did not create but take over.
    pub adopted: Adopted,
    /// How long a deleted target object is remembered, and what happens when its source object returns.
    pub tombstone: Option<Tombstone>,
    /// The attribute that marks a target object as deleted.
    pub soft_delete: Option<SoftDelete>,
    /// The attribute that says whether the target object is enabled.
    pub status: Option<Status>,
    /// What attributes hold while a target object is disabled or marked as deleted because its source object left.
    pub attributes: Vec<LeavingAttribute>,
}

impl Deprovisioning {
    /// Returns what happens to objects that leave for a reason.
    pub fn when(&self, trigger: Trigger) -> Steps {
        let chosen = match trigger {
            Trigger::OutOfScope | Trigger::Unassigned if self.skip_out_of_scope_deletions => {
                return Deprovision::Leave.into();
            }
            Trigger::OutOfScope | Trigger::Unassigned => &self.out_of_scope,
            Trigger::SourceDisabled => &self.source_disabled,
            Trigger::SourceDeleted => &self.source_deleted,
        };
        // What is skipped for those who go out of scope is no choice for the others.
        let otherwise = || match &self.out_of_scope {
            Some(steps) => steps.clone(),
            None if self.status.is_some() => Deprovision::Disable.into(),
            None => Deprovision::Leave.into(),
        };
        chosen.clone().unwrap_or_else(otherwise)
    }

    /// Returns the filter that those pass who are disabled in the source; without groups nobody is.
    pub(crate) fn disabled_filter(&self) -> ScopingFilter {
        let mut filter = ScopingFilter::default();
        if !self.source_disabled_when.is_empty() {
            let clauses = self.source_disabled_when.clone();
            filter.groups.push(FilterGroup { clauses, ..FilterGroup::default() });
        }
        filter
    }

    /// Tells whether an action is among those that can be asked for.
    pub(crate) fn asks_for(&self, action: Deprovision) -> bool {
        Trigger::ALL.into_iter().any(|it| self.when(it).iter().any(|step| step.action == action))
    }
}

/// What an attribute holds while its object is disabled or marked as deleted because its source object left.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LeavingAttribute {
    /// The target attribute; an attribute mapping gives it another value when the person is back.
    pub target: AttrName,
    /// What it holds.
    pub value: LeavingValue,
    /// Where it stands.
    pub span: Span,
}

impl LeavingAttribute {
    /// Says what an attribute holds.
    pub fn new(target: impl Into<AttrName>, value: LeavingValue) -> Self {
        Self { target: target.into(), value, span: 0..0 }
    }
}

/// What an attribute of a leaver holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LeavingValue {
    /// What the source gives, or a constant. What needs the source object stays as it is once that is gone.
    Source(MappingSource),
    /// A reference to the object of the target with this id, such as the container of leavers. It is protected.
    Target(Text),
    /// Nothing.
    Clear,
}

/// What is done one after another, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps(Vec<Step>);

/// One thing that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a step and its delay, as the file has them")]
pub struct Step {
    /// What.
    pub action: Deprovision,
    /// How many days of 24 hours after the step before it was done; for the first, after it was noticed that the
    /// source object left.
    pub after_days: u32,
}

impl Step {
    /// Returns how long after the step before it.
    pub fn after(self) -> Duration {
        Duration::from_secs(u64::from(self.after_days) * 86_400)
    }
}

impl Steps {
    /// Takes steps in their order; `None` if there are none, if one does not go further than the one before (an
    /// object is disabled, then marked as deleted, then deleted, and what is left alone is left alone), or if one
    /// does not wait for the one before.
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Option<Self> {
        let steps: Vec<Step> = steps.into_iter().collect();
        let goes_on = |pair: &[Step]| {
            pair[0].action < pair[1].action && pair[0].action != Deprovision::Leave && pair[1].after_days > 0
        };
        (!steps.is_empty() && steps.windows(2).all(goes_on)).then_some(Self(steps))
    }

    /// Returns the steps that do not go further than `most`; where each does, the first goes only so far.
    #[must_use]
    pub fn at_most(&self, most: Deprovision) -> Self {
        let kept: Vec<Step> = self.iter().filter(|it| it.action <= most).collect();
        match self.0.first() {
            Some(first) if kept.is_empty() => Self(vec![Step { action: most, ..*first }]),
            _ => Self(kept),
        }
    }

    /// Iterates over the steps.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Step> + ExactSizeIterator {
        self.0.iter().copied()
    }

    /// Returns a step by its position.
    pub fn get(&self, at: usize) -> Option<Step> {
        self.0.get(at).copied()
    }

    /// Tells whether everything is done as soon as it is noticed.
    pub fn is_at_once(&self) -> bool {
        self.0.len() == 1 && self.0[0].after_days == 0
    }
}

/// `disable, delete after 30 days`
impl fmt::Display for Steps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, Step { action, after_days }) in self.iter().enumerate() {
            let separator = if position > 0 { ", " } else { "" };
            write!(formatter, "{separator}{}", action.name())?;
            match after_days {
                0 => {}
                1 => formatter.write_str(" after 1 day")?,
                days => write!(formatter, " after {days} days")?,
            }
        }
        Ok(())
    }
}

impl From<Deprovision> for Steps {
    /// Does one thing, at once.
    fn from(action: Deprovision) -> Self {
        Self(vec![Step { action, after_days: 0 }])
    }
}

/// What is done to a target object whose source object left, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Deprovision {
    /// Nothing.
    Leave,
    /// Its status attribute is set to disabled.
    Disable,
    /// The attribute that marks it as deleted is set, so that it can be restored.
    SoftDelete,
    /// It is deleted.
    Delete,
}

impl Deprovision {
    /// Returns its name in mapping files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Leave => "leave",
            Self::Disable => "disable",
            Self::SoftDelete => "soft_delete",
            Self::Delete => "delete",
        }
    }
}

/// How far the target object of a leaver may go that this job took over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adopted {
    /// As far as one that it created.
    #[default]
    AsCreated,
    /// It may be disabled; it is not deleted.
    Disable,
    /// It is left alone.
    Leave,
}

/// How long a deleted target object is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "as the file has it")]
pub struct Tombstone {
    /// For how many days of 24 hours.
    pub days: u32,
    /// What happens when the source object returns within that time.
    pub rehire: Rehire,
}

impl Tombstone {
    /// Returns for how long.
    pub fn lasts(self) -> Duration {
        Duration::from_secs(u64::from(self.days) * 86_400)
    }
}

/// What happens when a source object returns whose target object was deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rehire {
    /// It gets a new one, and the plan says that it had one.
    #[default]
    Create,
    /// It is reported and left alone until the time is over, or an object that matches is there.
    Report,
}

/// The target attribute that marks an object as deleted, and its two values.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SoftDelete {
    /// Which target attribute.
    pub attribute: AttrName,
    /// Its value when the object is deleted.
    pub deleted: Value,
    /// Its value when the object is kept. An object without any value is kept, too.
    pub kept: Value,
    /// Where it stands.
    pub span: Span,
}

impl SoftDelete {
    /// Makes a boolean attribute, true when deleted.
    pub fn new(attribute: impl Into<AttrName>) -> Self {
        Self { attribute: attribute.into(), deleted: Value::Bool(true), kept: Value::Bool(false), span: 0..0 }
    }
}

/// The target attribute that says whether an object is enabled, and its two values.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Which target attribute.
    pub attribute: AttrName,
    /// Its value when the object is enabled.
    pub enabled: Value,
    /// Its value when the object is disabled.
    pub disabled: Value,
    /// Whether an object that would be disabled from the start is created (Entra does not, SCP-33).
    pub create_disabled: bool,
    /// Where it stands.
    pub span: Span,
}

impl Status {
    /// Makes a boolean status attribute, true when enabled.
    pub fn new(attribute: impl Into<AttrName>) -> Self {
        Self {
            attribute: attribute.into(),
            enabled: Value::Bool(true),
            disabled: Value::Bool(false),
            create_disabled: false,
            span: 0..0,
        }
    }
}
