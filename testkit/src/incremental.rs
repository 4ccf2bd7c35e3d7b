//! What does a plan of changes alone look like, driven against a [`World`] instead of a store and two systems?
//!
//! [`Recollection`] is what the state of a job would remember after a cycle, [`World::plan_changes`] answers the
//! questions of a [`Selection`] from it and from the world: `(World, Recollection, changes) -> Incremental`.

use std::collections::{BTreeMap, BTreeSet};

use provisio::incremental::{
    Answer, Baseline, Footprint, MatchKey, Open, Question, QuestionCounts, Remembered, Selection,
    SelectionLimits, Sought, SourceKey, Standing, Step, Totals, WhyFull,
};
use provisio::model::{
    AttrName, Change, CompareRule, Import, LinkTable, Object, ObjectType, SourceId, SourceSide, Value,
};
use provisio::plan::TargetKnowledge;
use provisio::planner::{CompiledSpec, PlanInput};
use provisio::{Fingerprint, Planned};

use crate::world::{Planning, SystemState, World, WorldError};

/// What the state of a job remembers of the source after a cycle, besides links.
#[derive(Clone, Debug)]
pub struct Recollection {
    spec: Fingerprint,
    footprints: BTreeMap<SourceKey, Footprint>,
    by_reference: BTreeMap<SourceId, BTreeSet<SourceKey>>,
    by_match: BTreeMap<MatchKey, BTreeSet<SourceKey>>,
    /// Who is open.
    pub open: Open,
}

/// What came of planning changes alone.
#[derive(Debug)]
#[non_exhaustive]
pub struct Incremental {
    /// The plan, or why there has to be a full one.
    pub outcome: Result<Planning, WhyFull>,
    /// How many questions were answered.
    pub counts: QuestionCounts,
    /// In how many rounds.
    pub rounds: usize,
    /// The source objects that were planned.
    pub selected: Vec<SourceKey>,
    /// Who is open afterwards.
    pub open: Open,
}

impl Recollection {
    /// Remembers a world whose source was read in full, after the plan that was made then was carried out.
    ///
    /// # Errors
    /// When the mapping is refused, or an object does not fit its schema.
    pub fn after(world: &World, planned: &Planned) -> Result<Self, WorldError> {
        let (spec, _) = world.compile()?;
        let mut recollection = Self {
            spec: spec.fingerprint(),
            footprints: BTreeMap::new(),
            by_reference: BTreeMap::new(),
            by_match: BTreeMap::new(),
            open: Open::after(planned),
        };
        let source: Vec<Import<SourceSide>> = world.source.import_all(spec.source_layouts())?;
        for import in &source {
            for record in import.records().iter() {
                let key = SourceKey { object_type: import.object_type().clone(), id: record.id() };
                recollection.put(key, Some(spec.footprint(record, world.now)));
            }
        }
        Ok(recollection)
    }

    /// Remembers how objects are now, and who is open.
    ///
    /// # Errors
    /// As [`Recollection::after`].
    pub fn learn(&mut self, world: &World, incremental: &Incremental) -> Result<(), WorldError> {
        let (spec, _) = world.compile()?;
        let source: Vec<Import<SourceSide>> = world.source.import_all(spec.source_layouts())?;
        for key in &incremental.selected {
            let import = source.iter().find(|it| *it.object_type() == key.object_type);
            let records = import.map(Import::records);
            let record = records.and_then(|it| Some(it.record(it.find(key.id.as_str())?)));
            self.put(key.clone(), record.map(|it| spec.footprint(it, world.now)));
        }
        self.open = incremental.open.clone();
        Ok(())
    }

    fn put(&mut self, key: SourceKey, footprint: Option<Footprint>) {
        if let Some(old) = self.footprints.remove(&key) {
            for id in &old.refers_to {
                self.by_reference.entry(id.clone()).or_default().remove(&key);
            }
            for value in &old.matching {
                self.by_match.entry(value.clone()).or_default().remove(&key);
            }
        }
        if let Some(footprint) = footprint {
            for id in &footprint.refers_to {
                self.by_reference.entry(id.clone()).or_default().insert(key.clone());
            }
            for value in &footprint.matching {
                self.by_match.entry(value.clone()).or_default().insert(key.clone());
            }
            self.footprints.insert(key, footprint);
        }
    }

    /// Returns how many source objects are remembered.
    pub fn len(&self) -> usize {
        self.footprints.len()
    }

    /// Tells whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.footprints.is_empty()
    }
}

impl World {
    /// Plans from changes alone. The world is as it is after them.
    ///
    /// # Errors
    /// As [`World::plan`]; when an answer is not taken.
    pub fn plan_changes(
        &self,
        recollection: &Recollection,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<Incremental, WorldError> {
        self.plan_changes_within(recollection, changes, SelectionLimits::default())
    }

    /// Plans from changes alone, as far as limits allow.
    ///
    /// # Errors
    /// As [`World::plan_changes`].
    pub fn plan_changes_within(
        &self,
        recollection: &Recollection,
        changes: impl IntoIterator<Item = Change>,
        limits: SelectionLimits,
    ) -> Result<Incremental, WorldError> {
        let (spec, warnings) = self.compile()?;
        let links = self.link_table()?;
        let nothing = LinkTable::new();
        let memory = self.memory.for_every_cycle();
        let frame = PlanInput { memory: &memory, ..self.input(&spec, &[], &[], &nothing) };
        let totals: Vec<Totals> = self.spec.objects.iter().map(|it| self.totals(&it.name)).collect();
        let objects = recollection.len() as u64;
        let baseline = Baseline::new(recollection.spec, objects, totals, recollection.open.clone());
        let mut library = Library::new(self, recollection, &links);
        let mut selection = Selection::new(frame, &baseline, changes, TargetKnowledge::LookUp, limits);
        let contradiction = |it: String| WorldError::Contradiction(it);
        let mut rounds = 0;
        let (outcome, open) = loop {
            match selection.step().map_err(|it| contradiction(it.to_string()))? {
                Step::Ask(questions) => {
                    rounds += 1;
                    for question in &questions {
                        let answer = library.answer(question, &spec);
                        selection.answer(question, answer).map_err(|it| contradiction(it.to_string()))?;
                    }
                }
                Step::Planned(planned) => {
                    let violations = provisio::planner::check(&selection.input(), &planned.plan);
                    let open = selection.open(&planned);
                    break (Ok(Planning { planned: *planned, violations, warnings }), open);
                }
                Step::Full(why) => break (Err(why), Open::Everything),
            }
        };
        Ok(Incremental {
            outcome,
            counts: selection.counts(),
            rounds,
            selected: selection.selected().collect(),
            open,
        })
    }

    /// What limits in percent are counted against.
    fn totals(&self, mapping: &str) -> Totals {
        let Some(object) = self.spec.objects.iter().find(|it| *it.name == *mapping) else {
            return Totals::default();
        };
        let memberships: Vec<&AttrName> = object
            .attributes
            .iter()
            .map(|it| &it.target)
            .filter(|name| {
                let schema = self.target.schema.of(&object.target).and_then(|it| it.attribute(name.as_str()));
                schema.is_some_and(|it| it.multi_valued && it.kind == provisio::model::ValueKind::Reference)
            })
            .collect();
        let mut totals = Totals::default();
        for (_, link) in self.links.iter().filter(|(name, _)| **name == *mapping) {
            totals.linked += 1;
            let Some(object) = self.target.object(object.target.as_str(), link.target.as_str()) else {
                continue;
            };
            let members = memberships.iter().filter_map(|name| object.attributes.get(name.as_str()));
            totals.memberships += members.map(|it| it.len() as u64).sum::<u64>();
        }
        totals
    }
}

/// Everything that questions are answered from, found quickly.
struct Library<'w> {
    world: &'w World,
    recollection: &'w Recollection,
    links: &'w LinkTable,
    source: BTreeMap<(&'w str, &'w str), &'w Object>,
    target: BTreeMap<(&'w str, &'w str), &'w Object>,
    /// By type and attribute, made when it is first asked for: who has a value.
    values: BTreeMap<(ObjectType, AttrName), BTreeMap<String, Vec<&'w Object>>>,
}

impl<'w> Library<'w> {
    fn new(world: &'w World, recollection: &'w Recollection, links: &'w LinkTable) -> Self {
        let by_id = |side: &'w SystemState| {
            side.objects.iter().map(|it| ((it.object_type.as_str(), &*it.id), it)).collect::<BTreeMap<_, _>>()
        };
        let (source, target) = (by_id(&world.source), by_id(&world.target));
        Self { world, recollection, links, source, target, values: BTreeMap::new() }
    }

    fn answer(&mut self, question: &Question, spec: &CompiledSpec) -> Answer {
        match question {
            Question::Remembered(key) => {
                let standing = match self.recollection.footprints.get(key) {
                    Some(footprint) => Standing::There(footprint.scoped.clone()),
                    None => Standing::Gone,
                };
                let mappings = self.world.spec.objects.iter().filter(|it| it.source == key.object_type);
                let links = mappings.filter_map(|it| {
                    let link = self.links.of(&it.name)?.of_source(key.id.as_str())?;
                    Some((it.name.clone(), link.clone()))
                });
                let mappings = self.world.spec.objects.iter().filter(|it| it.source == key.object_type);
                let notes = mappings.filter_map(|it| {
                    let note = self.world.memory.note(&it.name, key.id.as_str())?;
                    Some((it.name.clone(), note.clone()))
                });
                Answer::Remembered(Remembered::new(standing, links).with_notes(notes))
            }
            Question::Source(key) => {
                one(&self.world.source, &self.source, key.object_type.as_str(), key.id.as_str())
            }
            Question::Referrers(id) => sources(self.recollection.by_reference.get(id)),
            Question::Alike(key) => sources(self.recollection.by_match.get(key)),
            Question::Target(key) => {
                one(&self.world.target, &self.target, key.object_type.as_str(), key.id.as_str())
            }
            Question::TargetWith { object_type, attribute, value } => {
                self.target_with(object_type, attribute, value, spec)
            }
            Question::LinksTo(key) => {
                let mappings = self.world.spec.objects.iter().filter(|it| it.target == key.object_type);
                let links = mappings.filter_map(|it| {
                    let link = self.links.of(&it.name)?.of_target(key.id.as_str())?;
                    Some((it.name.clone(), link.clone()))
                });
                Answer::Links(links.collect())
            }
            _ => Answer::Unknown,
        }
    }

    fn target_with(
        &mut self,
        object_type: &ObjectType,
        attribute: &AttrName,
        sought: &Sought,
        spec: &CompiledSpec,
    ) -> Answer {
        if self.world.target.incomplete.contains_key(object_type)
            || self.world.target.unreadable_ids(object_type).next().is_some()
        {
            return Answer::Unknown;
        }
        let layout = spec.target_layouts().iter().find(|it| it.object_type() == object_type);
        let schema = layout.and_then(|it| Some(it.attribute(it.slot(attribute.as_str())?)));
        let Some(rule) = schema.map(CompareRule::of) else { return Answer::Unknown };
        let world = self.world;
        let index = self.values.entry((object_type.clone(), attribute.clone())).or_insert_with(|| {
            let mut index: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
            for object in world.target.objects.iter().filter(|it| it.object_type == *object_type) {
                for value in
                    object.attributes.get(attribute.as_str()).into_iter().flat_map(|it| it.as_slice())
                {
                    index.entry(rule.key(Value::borrow(value))).or_default().push(object);
                }
            }
            index
        });
        let found = index.get(sought.key()).into_iter().flatten();
        Answer::Objects(found.map(|it| (*it).clone()).collect())
    }
}

/// One object of a side, as a look-up by its id shows it.
fn one(side: &SystemState, by_id: &BTreeMap<(&str, &str), &Object>, object_type: &str, id: &str) -> Answer {
    match by_id.get(&(object_type, id)) {
        Some(object) if side.is_read(object) => Answer::Object((*object).clone()),
        Some(_) => Answer::Unknown,
        None => Answer::Absent,
    }
}

fn sources(found: Option<&BTreeSet<SourceKey>>) -> Answer {
    Answer::Sources(found.into_iter().flatten().cloned().collect())
}

/// Says what changed between two states of a source, each object once, in the order of their ids.
pub fn changes_between(before: &SystemState, after: &SystemState) -> Vec<Change> {
    let by_key = |side: &SystemState| -> BTreeMap<SourceKey, Object> {
        let key = |it: &Object| SourceKey { object_type: it.object_type.clone(), id: SourceId::new(&it.id) };
        side.objects.iter().map(|it| (key(it), it.clone())).collect()
    };
    let (before, after) = (by_key(before), by_key(after));
    let keys: BTreeSet<&SourceKey> = before.keys().chain(after.keys()).collect();
    let changes = keys.into_iter().filter_map(|key| match (before.get(key), after.get(key)) {
        (old, Some(new)) if old != Some(new) => Some(Change::Upsert(new.clone())),
        (Some(_), None) => Some(Change::Deleted { object_type: key.object_type.clone(), id: key.id.clone() }),
        _ => None,
    });
    changes.collect()
}
