//! What does a plan look like for this source, this target, this mapping and these links?
//!
//! A [`World`] is everything that a plan is made from, as plain data that a test makes, changes and shuffles:
//! `World -> Planning`. [`crate::rig::Rig`] carries the same world out through the real runtime.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use provisio::model::{
    Capabilities, Completeness, Diagnostic, Import, Incomplete, Layout, Link, LinkTable, Object, ObjectType,
    Partial, RecordsBuilder, Schema, Side, Snapshot, SourceSide, TargetSide, Text, Timestamp,
};
use provisio::planner::{CompiledSpec, PlanInput, Threads, Violation};
use provisio::store::Memory;
use provisio::{Generation, MappingSpec, Planned, Released, expression::FunctionTable};

/// Everything that a plan is made from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct World {
    /// The side that is read.
    pub source: SystemState,
    /// The side that is written.
    pub target: SystemState,
    /// What is wanted.
    pub spec: MappingSpec,
    /// Which target object belongs to which source object, by the name of the object mapping.
    pub links: Vec<(Text, Link)>,
    /// What earlier cycles noted.
    pub memory: Memory,
    /// The time that the plan is made for.
    pub now: Timestamp,
    /// The limits that are released.
    pub released: Released,
}

/// One system: what it may hold, what it holds, and what of it a read shows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SystemState {
    /// What it may hold.
    pub schema: Schema,
    /// What it holds.
    pub objects: Vec<Object>,
    /// The object types whose read does not come to its end, and why.
    pub incomplete: BTreeMap<ObjectType, Text>,
    /// Objects that such a read does not reach.
    pub hidden: BTreeSet<(ObjectType, Text)>,
    /// Objects that are there and cannot be read.
    pub unreadable: BTreeSet<(ObjectType, Text)>,
}

/// A plan for a world, and what the independent check says of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planning {
    /// The plan and its findings.
    pub planned: Planned,
    /// What is wrong with the plan; nothing, unless the planner is.
    pub violations: Vec<Violation>,
    /// What is doubtful in the mapping.
    pub warnings: Vec<Diagnostic>,
}

/// Why there is no plan for a world.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The mapping does not fit the two schemas.
    #[error("the mapping has {} faults", .0.len())]
    Refused(Vec<Diagnostic>),
    /// The world contradicts itself: an object that its schema does not allow, two links for one object.
    #[error("{0}")]
    Contradiction(String),
}

impl World {
    /// Makes a world without links, at the beginning of 2026, with nothing released.
    pub fn new(source: SystemState, target: SystemState, spec: MappingSpec) -> Self {
        let now = Timestamp::from_second(1_767_225_600);
        let (links, memory) = (Vec::new(), Memory::default());
        Self { source, target, spec, links, memory, now, released: Released::NOTHING }
    }

    /// Compiles the mapping against both schemas.
    ///
    /// # Errors
    /// When the mapping does not fit.
    pub fn compile(&self) -> Result<(CompiledSpec, Vec<Diagnostic>), WorldError> {
        let (source, target) = (&self.source.schema, &self.target.schema);
        provisio::planner::compile(&self.spec, source, target, &FunctionTable::standard())
            .map_err(WorldError::Refused)
    }

    /// Plans, and has the plan checked.
    ///
    /// # Errors
    /// When the mapping does not fit, or the world contradicts itself.
    pub fn plan(&self) -> Result<Planning, WorldError> {
        self.plan_on(Threads::ONE)
    }

    /// Plans on several threads.
    ///
    /// # Errors
    /// As for [`World::plan`].
    pub fn plan_on(&self, threads: Threads) -> Result<Planning, WorldError> {
        let (spec, warnings) = self.compile()?;
        let planned = self.with_input(&spec, |input| {
            let planned = provisio::planner::plan_on(input, threads);
            let planned = planned.map_err(|it| WorldError::Contradiction(it.to_string()));
            planned.map(|planned| (provisio::planner::check(input, &planned.plan), planned))
        })?;
        let (violations, planned) = planned?;
        Ok(Planning { planned, violations, warnings })
    }

    /// Asks something of what a plan is made from, such as [`provisio::planner::explain`].
    ///
    /// # Errors
    /// When the world contradicts itself.
    pub fn with_input<T>(
        &self,
        spec: &CompiledSpec,
        ask: impl FnOnce(&PlanInput<'_>) -> T,
    ) -> Result<T, WorldError> {
        let source = self.source.import_all(spec.source_layouts())?;
        let target = self.target.import_all(spec.target_layouts())?;
        let links = self.link_table()?;
        Ok(ask(&self.input(spec, &source, &target, &links)))
    }

    /// Returns what a plan is made from.
    pub(crate) fn input<'a>(
        &'a self,
        spec: &'a CompiledSpec,
        source: &'a [Import<SourceSide>],
        target: &'a [Import<TargetSide>],
        links: &'a LinkTable,
    ) -> PlanInput<'a> {
        PlanInput {
            spec,
            source,
            target,
            links,
            memory: &self.memory,
            capabilities: Capabilities::READ_WRITE,
            now: self.now,
            parent: Generation::default(),
            released: self.released,
            evidence: None,
        }
    }

    /// Returns the links as the planner takes them.
    ///
    /// # Errors
    /// When two links share an end.
    pub fn link_table(&self) -> Result<LinkTable, WorldError> {
        let mut table = LinkTable::new();
        for (mapping, link) in &self.links {
            let inserted = table.of_mut(mapping).insert(link.clone());
            inserted.map_err(|clash| WorldError::Contradiction(clash.to_string()))?;
        }
        Ok(table)
    }
}

impl SystemState {
    /// Makes an empty system.
    pub fn new(schema: Schema) -> Self {
        Self { schema, ..Self::default() }
    }

    /// Finds an object.
    pub fn object(&self, object_type: &str, id: &str) -> Option<&Object> {
        self.objects.iter().find(|it| it.object_type.as_str() == object_type && *it.id == *id)
    }

    /// Finds an object to change it.
    pub fn object_mut(&mut self, object_type: &str, id: &str) -> Option<&mut Object> {
        self.objects.iter_mut().find(|it| it.object_type.as_str() == object_type && *it.id == *id)
    }

    /// Tells whether a read delivers an object.
    pub fn is_read(&self, object: &Object) -> bool {
        let key = (object.object_type.clone(), object.id.clone());
        let hidden = self.incomplete.contains_key(&object.object_type) && self.hidden.contains(&key);
        !hidden && !self.unreadable.contains(&key)
    }

    /// Returns the ids of the unreadable objects of a type.
    pub fn unreadable_ids<'a>(&'a self, object_type: &'a ObjectType) -> impl Iterator<Item = &'a Text> {
        self.unreadable.iter().filter(move |(it, _)| it == object_type).map(|(_, id)| id)
    }

    pub(crate) fn import_all<S: Side>(&self, layouts: &[Arc<Layout>]) -> Result<Vec<Import<S>>, WorldError> {
        layouts.iter().map(|it| self.import(it)).collect()
    }

    fn import<S: Side>(&self, layout: &Arc<Layout>) -> Result<Import<S>, WorldError> {
        let object_type = layout.object_type();
        let mut builder = RecordsBuilder::new(Arc::clone(layout));
        for object in self.objects.iter().filter(|it| it.object_type == *object_type && self.is_read(it)) {
            builder.push(object).map_err(|error| {
                WorldError::Contradiction(format!("{} {object_type} {}: {error}", S::NAME, object.id))
            })?;
        }
        let records = builder.finish();
        Ok(match self.incomplete.get(object_type) {
            Some(why) => Import::Partial(Partial::new(records, Incomplete::Doubtful(why.clone()))),
            None => {
                let unreadable = self.unreadable_ids(object_type).cloned();
                let declared = Completeness::declared("everything that the test holds");
                Import::Complete(Snapshot::complete(records, declared, unreadable))
            }
        })
    }
}
