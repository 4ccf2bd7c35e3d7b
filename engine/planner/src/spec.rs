//! What somebody wants: which objects, matched how, with which attributes, under which limits.
//!
//! A [`MappingSpec`] is plain data. It is read from TOML ([`load`]) or made in code, and compiled against the
//! schemas of both sides ([`crate::compile`]) before anything is planned.

mod assignment;
mod deprovisioning;
mod flow;
mod limits;
mod protection;
mod scoping;
mod toml;

use std::fmt;
use std::ops::Range;

use provisio_model::{AttrName, Capabilities, ObjectType, Text, Value};

pub use self::toml::load;
pub use assignment::{AssignedGroups, Assignment};
pub use deprovisioning::{
    Adopted, Deprovision, Deprovisioning, LeavingAttribute, LeavingValue, Rehire, SoftDelete, Status, Step,
    Steps, Tombstone,
};
pub use flow::{Export, FlowType};
pub use limits::{Limit, Limits, Window};
pub use protection::{ProtectedMembers, Protection};
pub use scoping::{Clause, FilterGroup, Operator, Quantifier, ScopingFilter, Through};

/// Where something stands in the text it was read from, in bytes; empty for what was made in code.
pub type Span = Range<usize>;

/// Everything that a job is meant to do.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct MappingSpec {
    /// What it is called in plans.
    pub name: Text,
    /// The object mappings, in the order in which they are planned and shown.
    pub objects: Vec<ObjectMapping>,
    /// How much may be taken away before somebody has to say yes.
    pub limits: Limits,
    /// The codes of lints that do not apply to any object mapping.
    pub allow: Vec<Text>,
}

impl MappingSpec {
    /// Returns the limits of one of its object mappings.
    pub fn limits_of<'a>(&'a self, mapping: &'a ObjectMapping) -> &'a Limits {
        mapping.limits.as_ref().unwrap_or(&self.limits)
    }
}

/// How objects of one type of the source become objects of one type of the target.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ObjectMapping {
    /// Names the mapping in state, plans and logs; unique within the spec. Renaming it loses its links.
    pub name: Text,
    /// The object type that is read.
    pub source: ObjectType,
    /// The object type that is written.
    pub target: ObjectType,
    /// Which operations are allowed (Entra's target object actions, OPS-01).
    pub operations: Operations,
    /// Which source objects are looked at. What fails is as if it had not been read: nothing flows, and nothing is
    /// taken away (SCP-29).
    pub input: ScopingFilter,
    /// Which source objects are assigned; without it, all are.
    pub assignment: Option<Assignment>,
    /// Which source objects are in scope.
    pub scope: ScopingFilter,
    /// What happens to an unlinked target object that matches.
    pub adoption: Adoption,
    /// What happens when a linked target object has disappeared.
    pub target_missing: TargetMissing,
    /// Whether a temporary value may stand in while objects exchange unique values.
    pub temporary: bool,
    /// Which target objects stay as they are.
    pub protect: Protection,
    /// What happens to the target object when its source object leaves.
    pub deprovisioning: Deprovisioning,
    /// The limits for its objects; without a choice those of the spec.
    pub limits: Option<Limits>,
    /// Which target groups are privileged: a filter over target attributes. Without groups of clauses none is.
    pub privileged: ScopingFilter,
    /// Groups of attributes that match together, besides single matching attributes.
    pub matches: Vec<MatchGroup>,
    /// The attribute mappings, each target attribute once.
    pub attributes: Vec<AttributeMapping>,
    /// The codes of lints that do not apply to it.
    pub allow: Vec<Text>,
    /// Where it stands.
    pub span: Span,
}

impl ObjectMapping {
    /// Makes a mapping with the name `source -> target`, everything in scope and all operations allowed.
    pub fn new(source: impl Into<ObjectType>, target: impl Into<ObjectType>) -> Self {
        let (source, target) = (source.into(), target.into());
        Self {
            name: Text::new(format!("{source} -> {target}")),
            source,
            target,
            operations: Operations::default(),
            input: ScopingFilter::default(),
            assignment: None,
            scope: ScopingFilter::default(),
            adoption: Adoption::default(),
            target_missing: TargetMissing::default(),
            temporary: true,
            protect: Protection::default(),
            deprovisioning: Deprovisioning::default(),
            limits: None,
            privileged: ScopingFilter::default(),
            matches: Vec::new(),
            attributes: Vec::new(),
            allow: Vec::new(),
            span: 0..0,
        }
    }

    /// Returns the clauses of both filters.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = &Clause> {
        let groups = self.input.groups.iter().chain(&self.scope.groups).flat_map(|it| &it.clauses);
        groups.chain(&self.deprovisioning.source_disabled_when)
    }

    /// Returns the groups that the scope asks for, each with the attribute that chooses among them.
    pub(crate) fn memberships(&self) -> impl Iterator<Item = (&Through, Option<&Text>)> {
        let assigned = self.assignment.iter().filter_map(|it| it.groups.as_ref());
        let assigned = assigned.map(|it| (&it.through, it.attribute.as_ref()));
        self.clauses().filter_map(|it| it.through.as_ref()).map(|it| (it, None)).chain(assigned)
    }

    /// Returns the groups that the scope asks for, to be changed.
    pub(crate) fn memberships_mut(&mut self) -> impl Iterator<Item = (&mut Through, Option<&mut Text>)> {
        let filters = self.input.groups.iter_mut().chain(&mut self.scope.groups);
        let clauses = filters.flat_map(|it| &mut it.clauses);
        let clauses = clauses.chain(&mut self.deprovisioning.source_disabled_when);
        let clauses = clauses.filter_map(|it| it.through.as_mut());
        let assigned = self.assignment.iter_mut().filter_map(|it| it.groups.as_mut());
        clauses.map(|it| (it, None)).chain(assigned.map(|it| (&mut it.through, it.attribute.as_mut())))
    }

    /// Matches by these target attributes together, with this precedence among all that matches.
    #[must_use]
    pub fn matching_all<N: Into<AttrName>>(
        mut self,
        all: impl IntoIterator<Item = N>,
        precedence: u32,
    ) -> Self {
        let all = all.into_iter().map(Into::into).collect();
        self.matches.push(MatchGroup { all, precedence, span: 0..0 });
        self
    }

    /// Adds an attribute mapping.
    #[must_use]
    pub fn with(mut self, attribute: AttributeMapping) -> Self {
        self.attributes.push(attribute);
        self
    }
}

/// Target attributes that match together: a target object matches if it has the values of all. Entra matches by
/// single attributes only (MAT-03).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MatchGroup {
    /// The attributes, at least two; each is mapped.
    pub all: Vec<AttrName>,
    /// The precedence among single matching attributes and groups, 1 before 2.
    pub precedence: u32,
    /// Where it stands.
    pub span: Span,
}

/// Which operations an object mapping may plan. Disabling is an update (OPS-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "Entra's three target object actions")]
pub struct Operations {
    /// New objects may be created.
    pub create: bool,
    /// Existing objects may be changed, enabled and disabled.
    pub update: bool,
    /// Objects may be deleted.
    pub delete: bool,
}

impl Operations {
    /// Returns those of them that a target can do.
    pub(crate) fn within(self, can: &Capabilities) -> Self {
        let Self { create, update, delete } = self;
        Self { create: create && can.create, update: update && can.update, delete: delete && can.delete }
    }
}

impl Default for Operations {
    fn default() -> Self {
        Self { create: true, update: true, delete: true }
    }
}

/// What happens to an unlinked target object that a source object matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Adoption {
    /// It is linked and brought to the desired state (MAT-13); the plan shows it.
    #[default]
    Link,
    /// It is reported and left alone.
    Report,
}

/// What happens when the target object of a link is proved to be gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetMissing {
    /// It is created again.
    #[default]
    Recreate,
    /// It is reported and left alone (Entra's `InvalidAnchor`, MAT-15).
    Report,
}

/// How one target attribute gets its value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeMapping {
    /// The target attribute.
    pub target: AttrName,
    /// Where the value comes from (MAP-01).
    pub source: MappingSource,
    /// The value for a new object when the source gives none (MAP-03).
    pub default: Option<Value>,
    /// When the mapping applies (MAP-04).
    pub apply: Apply,
    /// What an empty result does to an existing value (MAP-11, MAP-14).
    pub null: NullFlow,
    /// How the values meet those that the target holds (MAP-05).
    pub flow: FlowType,
    /// For [`FlowType::Merge`]: a pattern of the values that this mapping owns, and so may take away.
    pub owns: Option<Text>,
    /// When the value is part of an update (MAP-06).
    pub export: Export,
    /// Whether a temporary value may stand in while objects exchange unique values of the attribute; without a choice,
    /// as the object mapping says.
    pub temporary: Option<bool>,
    /// The precedence as a matching attribute, 1 before 2; `None` if it does not match (MAT-01, MAT-02).
    pub matching: Option<u32>,
    /// Where it stands.
    pub span: Span,
}

impl AttributeMapping {
    /// Makes a mapping that always applies and leaves existing values when the result is empty.
    pub fn new(target: impl Into<AttrName>, source: MappingSource) -> Self {
        Self {
            target: target.into(),
            source,
            default: None,
            apply: Apply::Always,
            null: NullFlow::Skip,
            flow: FlowType::Always,
            owns: None,
            export: Export::WhenChanged,
            temporary: None,
            matching: None,
            span: 0..0,
        }
    }

    /// Copies a source attribute.
    pub fn direct(target: impl Into<AttrName>, attribute: impl Into<Text>) -> Self {
        Self::new(target, MappingSource::Attribute { name: attribute.into(), span: 0..0 })
    }

    /// Computes an expression.
    pub fn expression(target: impl Into<AttrName>, text: impl Into<Text>) -> Self {
        Self::new(target, MappingSource::Expression { text: text.into(), span: 0..0 })
    }

    /// Sets a constant.
    pub fn constant(target: impl Into<AttrName>, value: impl Into<Value>) -> Self {
        Self::new(target, MappingSource::Constant(value.into()))
    }

    /// Makes it a matching attribute of this precedence.
    #[must_use]
    pub fn matching(mut self, precedence: u32) -> Self {
        self.matching = Some(precedence);
        self
    }

    /// Applies it only when an object is created.
    #[must_use]
    pub fn only_on_create(mut self) -> Self {
        self.apply = Apply::OnCreate;
        self
    }

    /// Sets the value for a new object when the source gives none.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }

    /// Chooses how its values meet those that the target holds.
    #[must_use]
    pub fn flow(mut self, flow: FlowType) -> Self {
        self.flow = flow;
        self
    }

    /// Merges its values with those of others; of those that the target holds it owns what matches this pattern.
    #[must_use]
    pub fn merging(mut self, owns: impl Into<Text>) -> Self {
        self.flow = FlowType::Merge;
        self.owns = Some(owns.into());
        self
    }

    /// Makes the value part of every update.
    #[must_use]
    pub fn always_exported(mut self) -> Self {
        self.export = Export::Always;
        self
    }

    /// Says whether a temporary value may stand in while objects exchange unique values of the attribute.
    #[must_use]
    pub fn temporary(mut self, allowed: bool) -> Self {
        self.temporary = Some(allowed);
        self
    }

    /// Clears the target attribute when the result is empty.
    #[must_use]
    pub fn clear_when_null(mut self) -> Self {
        self.null = NullFlow::Clear;
        self
    }
}

/// Where the value of an attribute mapping comes from: Entra's four kinds (MAP-01).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MappingSource {
    /// A source attribute, as it is.
    Attribute {
        /// Which one.
        name: Text,
        /// Where its name stands.
        span: Span,
    },
    /// Always the same value.
    Constant(Value),
    /// The result of an expression.
    Expression {
        /// Its text.
        text: Text,
        /// Where the text stands; its length differs from the text's when the file escapes characters.
        span: Span,
    },
    /// Nothing: the target keeps what it has, or gets the default if it has nothing.
    None,
}

impl fmt::Display for MappingSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute { name, .. } => write!(formatter, "[{name}]"),
            Self::Constant(value) => write!(formatter, "{value}"),
            Self::Expression { text, .. } => formatter.write_str(text),
            Self::None => formatter.write_str("none"),
        }
    }
}

/// When an attribute mapping applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// When an object is created and when it is updated.
    #[default]
    Always,
    /// When an object is created.
    OnCreate,
}

/// What an empty result does to an existing value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NullFlow {
    /// Nothing: the target keeps its value.
    #[default]
    Skip,
    /// The target attribute is cleared.
    Clear,
}
