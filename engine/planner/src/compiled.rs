//! A mapping spec, compiled: what the planner runs. Names are slots, expressions are programs.

mod protection;
mod scope;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use provisio_expression::{Pattern, Program};
use provisio_model::{
    AttrName, CompareRule, Layout, LinkOrigin, ObjectType, Record, Slot, TargetSide, Text, Value, ValueKind,
    Values,
};

use crate::fingerprint::Fingerprint;
use crate::memory::Trigger;
use crate::plan::LimitKind;
use crate::spec::{
    Adopted, Adoption, Apply, Deprovision, Export, FlowType, Limits, NullFlow, Operations, Steps,
    TargetMissing, Tombstone,
};

pub(crate) use protection::{CompiledProtection, ProtectedGroups};
pub(crate) use scope::{
    CompiledAssignment, CompiledClause, CompiledFilter, CompiledMembership, CompiledScope, Moment, Number,
    Place, Test, Tested, ValueClause,
};

/// A mapping spec that fits both schemas. What it needs of each side is in its layouts.
#[derive(Debug)]
pub struct CompiledSpec {
    pub(crate) name: Text,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) sources: Vec<Arc<Layout>>,
    pub(crate) targets: Vec<Arc<Layout>>,
    pub(crate) mappings: Vec<CompiledObject>,
    /// By the position of a target layout: which of its objects stay as they are.
    pub(crate) protection: Vec<Option<CompiledProtection>>,
}

impl CompiledSpec {
    /// Returns the spec's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns what identifies the spec's content.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Returns what has to be read of the source: each object type with the attributes that are used.
    pub fn source_layouts(&self) -> &[Arc<Layout>] {
        &self.sources
    }

    /// Returns what has to be read of the target: each object type with the attributes that are used.
    pub fn target_layouts(&self) -> &[Arc<Layout>] {
        &self.targets
    }

    /// Returns how far back its limits look at most: what the ledger has to keep.
    pub fn looks_back(&self) -> Option<Duration> {
        let mappings = self.mappings.iter();
        let windows = mappings.flat_map(|it| LimitKind::ALL.map(|kind| it.limits.over_time(kind)));
        windows.flatten().map(|(lasts, _)| lasts).max()
    }

    /// Returns the names of the object mappings, in their order.
    pub fn mapping_names(&self) -> impl ExactSizeIterator<Item = &Text> {
        self.mappings.iter().map(|it| &it.name)
    }

    /// Returns the names of the object mappings that read objects of a type.
    pub fn mappings_from(&self, source: &ObjectType) -> Vec<Text> {
        let of_type = |it: &&CompiledObject| self.sources[it.source].object_type() == source;
        self.mappings.iter().filter(of_type).map(|it| it.name.clone()).collect()
    }

    /// Returns the names of the object mappings that write objects of a type.
    pub fn mappings_to(&self, target: &ObjectType) -> Vec<Text> {
        let of_type = |it: &&CompiledObject| self.targets[it.target].object_type() == target;
        self.mappings.iter().filter(of_type).map(|it| it.name.clone()).collect()
    }
}

/// One object mapping, compiled.
#[derive(Debug)]
pub(crate) struct CompiledObject {
    pub(crate) name: Text,
    /// Position of its source layout.
    pub(crate) source: usize,
    /// Position of its target layout.
    pub(crate) target: usize,
    pub(crate) operations: Operations,
    pub(crate) scope: CompiledScope,
    pub(crate) adoption: Adoption,
    pub(crate) target_missing: TargetMissing,
    pub(crate) leaving: CompiledLeaving,
    pub(crate) status: Option<CompiledStatus>,
    pub(crate) limits: Limits,
    /// Which target objects are privileged groups; without groups of clauses none is.
    pub(crate) privileged: CompiledFilter,
    pub(crate) attributes: Vec<CompiledAttribute>,
    /// The positions of the attributes, by name, with the first letters of it.
    pub(crate) by_name: Vec<(u64, u16)>,
    /// What matches, by precedence.
    pub(crate) matching: Vec<MatchRule>,
    /// The target attribute that names an object in a plan.
    pub(crate) label: Slot,
}

/// What happens to leavers, compiled.
#[derive(Debug)]
pub(crate) struct CompiledLeaving {
    pub(crate) out_of_scope: Steps,
    pub(crate) source_disabled: Steps,
    pub(crate) source_deleted: Steps,
    pub(crate) adopted: Adopted,
    pub(crate) tombstone: Option<Tombstone>,
    pub(crate) soft_delete: Option<CompiledSoftDelete>,
    /// What attributes hold while a leaver is disabled or marked as deleted.
    pub(crate) attributes: Vec<LeavingWrite>,
}

/// What one attribute of a leaver holds.
#[derive(Debug)]
pub(crate) struct LeavingWrite {
    /// The position of the attribute mapping that it has while nobody leaves.
    pub(crate) mapped: usize,
    pub(crate) value: LeavingGiven,
}

/// Where the value of an attribute of a leaver comes from.
#[derive(Debug)]
pub(crate) enum LeavingGiven {
    Flow(Box<CompiledAttribute>),
    /// The object with this id, of one of the target types at these positions.
    Target {
        id: Text,
        types: Vec<usize>,
    },
    Nothing,
}

impl CompiledLeaving {
    pub(crate) fn steps(&self, trigger: Trigger) -> &Steps {
        match trigger {
            Trigger::OutOfScope | Trigger::Unassigned => &self.out_of_scope,
            Trigger::SourceDisabled => &self.source_disabled,
            Trigger::SourceDeleted => &self.source_deleted,
        }
    }

    /// Tells whether an action is among the steps of a trigger.
    pub(crate) fn does(&self, trigger: Trigger, action: Deprovision) -> bool {
        self.steps(trigger).iter().any(|it| it.action == action)
    }

    /// Tells whether what happens to a leaver depends on when it left, so that this is noted.
    pub(crate) fn remembers(&self, trigger: Trigger) -> bool {
        self.tombstone.is_some() || !self.steps(trigger).is_at_once()
    }

    /// Returns what happens to the target object of a link: one that was taken over may not go all the way. Where it
    /// came from is asked only if it matters.
    pub(crate) fn steps_of(
        &self,
        trigger: Trigger,
        origin: impl FnOnce() -> LinkOrigin,
        has_status: bool,
    ) -> Cow<'_, Steps> {
        let steps = self.steps(trigger);
        let most = match self.adopted {
            Adopted::AsCreated => return Cow::Borrowed(steps),
            Adopted::Disable if has_status => Deprovision::Disable,
            Adopted::Disable | Adopted::Leave => Deprovision::Leave,
        };
        if steps.iter().all(|it| it.action <= most) || origin() == LinkOrigin::Created {
            return Cow::Borrowed(steps);
        }
        Cow::Owned(steps.at_most(most))
    }
}

/// The attribute that marks an object as deleted, compiled.
#[derive(Debug)]
pub(crate) struct CompiledSoftDelete {
    pub(crate) slot: Slot,
    pub(crate) name: AttrName,
    pub(crate) deleted: Value,
    pub(crate) kept: Value,
    /// How its values are compared.
    pub(crate) rule: CompareRule,
}

impl CompiledSoftDelete {
    /// Tells whether a target object is marked as deleted.
    pub(crate) fn is_deleted(&self, current: Record<'_, TargetSide>) -> bool {
        current.single(self.slot).is_some_and(|it| self.rule.same(it, self.deleted.borrow()))
    }
}

/// One or more attributes that a target object matches by, all of them together.
#[derive(Debug)]
pub(crate) struct MatchRule {
    /// Positions in the attributes of the mapping, at least one.
    pub(crate) attributes: Vec<usize>,
    /// The attributes in words, for reasons: `givenName and familyName`.
    pub(crate) name: AttrName,
}

impl MatchRule {
    /// Returns one text for the keys of the values of all its attributes: that of one is its own, and those of several
    /// are told apart.
    pub(crate) fn key(keys: Vec<String>) -> String {
        match <[String; 1]>::try_from(keys) {
            Ok([key]) => key,
            Err(keys) => keys.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(" "),
        }
    }
}

impl CompiledObject {
    /// Tells whether objects choose values by what is taken: whoever is planned first gets one, so the order matters.
    pub(crate) fn chooses_unique_values(&self) -> bool {
        self.attributes.iter().any(CompiledAttribute::chooses_unique_value)
    }

    /// Puts the positions of attributes in the order of their names; of those with one name, the first comes first.
    pub(crate) fn by_name(attributes: &[CompiledAttribute]) -> Vec<(u64, u16)> {
        let first_letters = attributes.iter().map(|it| it.name.first_letters());
        let mut positions: Vec<(u64, u16)> = first_letters.zip(0..).collect();
        positions.sort_unstable();
        positions
    }

    /// Finds the mapping of a target attribute.
    pub(crate) fn attribute(&self, name: &AttrName) -> Option<&CompiledAttribute> {
        let first_letters = name.first_letters();
        let from = self.by_name.partition_point(|it| it.0 < first_letters);
        let alike = self.by_name[from..].iter().take_while(|it| it.0 == first_letters);
        alike.map(|it| &self.attributes[usize::from(it.1)]).find(|it| it.name == *name)
    }

    /// Returns the slots that the mapping writes and that can be read back, each once.
    pub(crate) fn written(&self) -> Vec<Slot> {
        let mapped = self.attributes.iter().filter(|it| !it.write_only).map(|it| it.slot);
        let status = self.status.as_ref().map(|it| it.slot);
        let mark = self.leaving.soft_delete.as_ref().map(|it| it.slot);
        let mut slots: Vec<Slot> = mapped.collect();
        for slot in status.into_iter().chain(mark) {
            if !slots.contains(&slot) {
                slots.push(slot);
            }
        }
        slots
    }

    /// Returns the keys by which a target object is found: of one attribute those of all its values, of several the
    /// one of their single values.
    pub(crate) fn keys_of(&self, rule: &MatchRule, record: Record<'_, TargetSide>) -> Vec<String> {
        match rule.attributes.as_slice() {
            [at] => {
                let attribute = &self.attributes[*at];
                record.values(attribute.slot).iter().map(|it| attribute.rule.key(it)).collect()
            }
            _ => {
                let keys = self.attributes_of(rule).map(|it| Some(it.rule.key(record.single(it.slot)?)));
                keys.collect::<Option<Vec<String>>>().map(MatchRule::key).into_iter().collect()
            }
        }
    }

    /// Returns the attributes of a match rule.
    pub(crate) fn attributes_of<'a>(
        &'a self,
        rule: &'a MatchRule,
    ) -> impl ExactSizeIterator<Item = &'a CompiledAttribute> + Clone {
        rule.attributes.iter().map(|&at| &self.attributes[at])
    }
}

/// The status attribute, compiled.
#[derive(Debug)]
pub(crate) struct CompiledStatus {
    pub(crate) slot: Slot,
    pub(crate) name: AttrName,
    pub(crate) enabled: Value,
    pub(crate) disabled: Value,
    /// How its values are compared.
    pub(crate) rule: CompareRule,
    pub(crate) create_disabled: bool,
    /// Position in `attributes` when a mapping writes it.
    pub(crate) mapped: Option<usize>,
}

/// One attribute mapping, compiled.
#[derive(Debug)]
pub(crate) struct CompiledAttribute {
    pub(crate) name: AttrName,
    pub(crate) slot: Slot,
    pub(crate) kind: ValueKind,
    pub(crate) multi_valued: bool,
    pub(crate) rule: CompareRule,
    pub(crate) length_max: Option<usize>,
    pub(crate) required: bool,
    /// Cannot be written again.
    pub(crate) immutable: bool,
    /// Written and never read back, so never compared.
    pub(crate) write_only: bool,
    pub(crate) source: AttributeSource,
    /// The source as it was written, for explanations.
    pub(crate) written: Text,
    pub(crate) default: Option<Values>,
    pub(crate) apply: Apply,
    pub(crate) null: NullFlow,
    pub(crate) flow: FlowType,
    /// For a merge: which values this mapping owns.
    pub(crate) owns: Option<Pattern>,
    pub(crate) export: Export,
    /// Whether a temporary value may stand in while unique values are exchanged.
    pub(crate) temporary: bool,
    /// Says in which container an object is.
    pub(crate) container: bool,
    /// For references: the object mappings whose objects it may point to.
    pub(crate) refers_to: Vec<usize>,
}

impl CompiledAttribute {
    pub(crate) fn is_reference(&self) -> bool {
        self.kind == ValueKind::Reference
    }

    /// A reference that an object must have from the start, so that no later update can set it.
    pub(crate) fn is_set_at_creation(&self) -> bool {
        self.is_reference() && !self.multi_valued && (self.required || self.immutable || self.container)
    }

    /// Tells whether the value is chosen by what is taken.
    pub(crate) fn chooses_unique_value(&self) -> bool {
        matches!(&self.source, AttributeSource::Expression(program) if program.needs_uniqueness())
    }

    /// Members of a group: changed value by value, in an operation of their own.
    pub(crate) fn is_membership(&self) -> bool {
        self.is_reference() && self.multi_valued
    }
}

/// Where the value of a compiled attribute mapping comes from.
#[derive(Debug)]
pub(crate) enum AttributeSource {
    Direct(Slot),
    Constant(Values),
    Expression(Box<Program>),
    DefaultOnly,
}
