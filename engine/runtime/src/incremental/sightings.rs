//! How is the target known in a cycle that trusts what it remembers, and what is remembered of it afterwards?
//!
//! What is remembered answers for single objects by their ids, and for nothing else: it proves neither that an object is
//! not there nor who else has a value (R1). Whatever the target is asked all the same counts for more than what is
//! remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use provisio_model::{
    Import, Layout, LinkTable, Object, ObjectType, Record, RecordsBuilder, TargetId, TargetSide, Text,
};
use provisio_planner::{Action, Answer, CompiledSpec, Fingerprint, Plan, Question, TargetKey, TargetRef};

use super::body::{Decoded, decode, encode};
use super::traces::{Trace, Traces};
use crate::store::{JobId, KNOWN_BODY_BYTES_MAX, KnownTarget, StoreError};

/// What is known of single target objects in a cycle.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    /// Those that were taken as remembered.
    remembered: BTreeMap<TargetKey, Object>,
    /// Those that the target was asked for; `None` for those that are not there.
    seen: BTreeMap<TargetKey, Option<Object>>,
    /// Those that must not be taken as remembered.
    suspect: BTreeSet<TargetKey>,
    /// Answers of both systems that are not about a target object by its id.
    told: BTreeMap<Question, Answer>,
    /// Nothing is taken as remembered any more.
    trusts_nothing: bool,
}

impl Sightings {
    /// Answers from what the systems said in this cycle already.
    pub(crate) fn told(&self, question: &Question) -> Option<Answer> {
        match question {
            Question::Target(key) => Some(match self.seen.get(key)? {
                Some(object) => Answer::Object(object.clone()),
                None => Answer::Absent,
            }),
            _ => self.told.get(question).cloned(),
        }
    }

    /// Tells whether an object may be taken as remembered.
    pub(crate) fn trusts(&self, key: &TargetKey) -> bool {
        !self.trusts_nothing && !self.suspect.contains(key)
    }

    /// Takes an object as remembered.
    pub(crate) fn trust(&mut self, key: TargetKey, object: Object) {
        self.remembered.insert(key, object);
    }

    /// Tells whether an object was taken as remembered.
    pub(crate) fn is_remembered(&self, object_type: &ObjectType, id: &TargetId) -> bool {
        let key = TargetKey { object_type: object_type.clone(), id: id.clone() };
        self.remembered.contains_key(&key) && !self.seen.contains_key(&key)
    }

    /// Notes what a system said.
    pub(crate) fn note(&mut self, question: &Question, answer: &Answer) {
        match (question, answer) {
            (Question::Target(key), Answer::Object(object)) => {
                self.seen.insert(key.clone(), Some(object.clone()));
            }
            (Question::Target(key), Answer::Absent) => {
                self.seen.insert(key.clone(), None);
            }
            (Question::TargetWith { .. }, Answer::Objects(objects)) => {
                for object in objects {
                    let id = TargetId::new(&object.id);
                    let key = TargetKey { object_type: object.object_type.clone(), id };
                    self.seen.entry(key).or_insert_with(|| Some(object.clone()));
                }
                self.told.insert(question.clone(), answer.clone());
            }
            (Question::Source(_), Answer::Object(_) | Answer::Absent) => {
                self.told.insert(question.clone(), answer.clone());
            }
            _ => {}
        }
    }

    /// Returns the objects that a plan takes as remembered and must not: it takes something away from them, or the target
    /// has said meanwhile that they are otherwise.
    pub(crate) fn doubtful(&self, spec: &CompiledSpec, plan: &Plan) -> BTreeSet<TargetKey> {
        let differs = |(key, object): (&TargetKey, &Object)| {
            let seen = self.seen.get(key)?;
            let is_same = seen.as_ref().is_some_and(|it| it.attributes == object.attributes);
            (!is_same).then(|| key.clone())
        };
        let harmed = plan.operations.iter().filter(|it| spec.must_be_seen(it)).filter_map(|it| {
            let TargetRef::Existing(id) = &it.target else { return None };
            let object_type = plan.mapping(it.mapping)?.target.clone();
            Some(TargetKey { object_type, id: id.clone() })
        });
        let is_taken = |it: &TargetKey| self.remembered.contains_key(it) && !self.seen.contains_key(it);
        self.remembered.iter().filter_map(differs).chain(harmed.filter(is_taken)).collect()
    }

    /// Tells whether the target has been asked for all of these.
    pub(crate) fn has_seen(&self, keys: &BTreeSet<TargetKey>) -> bool {
        keys.iter().all(|it| self.seen.contains_key(it))
    }

    /// Begins anew: these are not taken as remembered, and when `is_enough`, none is.
    pub(crate) fn suspect(&mut self, keys: BTreeSet<TargetKey>, is_enough: bool) {
        self.suspect.extend(keys);
        self.trusts_nothing |= is_enough;
        self.remembered.clear();
    }
}

/// Reads an object as it was remembered; `None` for one that another version of this program remembered.
pub(super) fn recollect(
    job: &JobId,
    key: &TargetKey,
    known: &KnownTarget,
) -> Result<Option<Object>, StoreError> {
    match decode(&key.object_type, key.id.text(), &known.body) {
        Decoded::Object(object) => Ok(Some(object)),
        Decoded::OtherFormat => Ok(None),
        Decoded::Damaged => Err(StoreError::Damaged {
            place: Text::from(format!("target object `{}` of job `{}`", key.id, job.as_str())),
            why: "what is remembered of it cannot be read".into(),
        }),
    }
}

/// Makes what a store keeps of a target object; `None` for one that cannot be remembered.
pub(super) fn known(record: Record<'_, TargetSide>) -> Option<KnownTarget> {
    let body = encode(record).filter(|it| it.len() <= KNOWN_BODY_BYTES_MAX)?;
    Some(KnownTarget { digest: Fingerprint::of(&body), body, values: Vec::new() })
}

/// Makes what a store keeps of an object as a connector hands it over: what the mapping reads of it.
fn known_of(layouts: &[Arc<Layout>], object: &Object) -> Option<KnownTarget> {
    let layout = layouts.iter().find(|it| *it.object_type() == object.object_type)?;
    let mut records = RecordsBuilder::<TargetSide>::new(Arc::clone(layout));
    records.push(object).ok()?;
    records.finish().iter().next().and_then(known)
}

/// Which target objects are worth remembering: those that the job manages.
pub(super) struct Managed {
    links: LinkTable,
    /// By target type: the names of the object mappings that write it.
    mappings: BTreeMap<ObjectType, Vec<Text>>,
    adopted: BTreeSet<TargetKey>,
}

impl Managed {
    /// Of these links, and of what a plan takes over.
    pub(super) fn new(spec: &CompiledSpec, links: LinkTable, plan: &Plan) -> Self {
        let types = spec.target_layouts().iter().map(|it| it.object_type());
        let mappings = types.map(|it| (it.clone(), spec.mappings_to(it))).collect();
        let adopted = plan.operations.iter().filter_map(|it| match (&it.action, &it.target) {
            (Action::Adopt { .. }, TargetRef::Existing(id)) => {
                let object_type = plan.mapping(it.mapping)?.target.clone();
                Some(TargetKey { object_type, id: id.clone() })
            }
            _ => None,
        });
        Self { links, mappings, adopted: adopted.collect() }
    }

    fn has(&self, key: &TargetKey) -> bool {
        let is_linked = |name: &Text| {
            let links = self.links.of(name);
            links.is_some_and(|it| it.of_target(key.id.as_str()).is_some())
        };
        self.mappings.get(&key.object_type).into_iter().flatten().any(is_linked) || self.adopted.contains(key)
    }
}

/// What a store is told of a target object.
pub(super) type TargetChange = (TargetKey, Option<KnownTarget>);

/// What is remembered of single objects after a cycle from changes.
pub(super) fn of_sightings(
    spec: &CompiledSpec,
    sightings: &Sightings,
    managed: &Managed,
    traces: &Traces,
) -> Vec<TargetChange> {
    let layouts = spec.target_layouts();
    let mut changes: BTreeMap<TargetKey, Option<KnownTarget>> = BTreeMap::new();
    for (key, seen) in &sightings.seen {
        let object = seen.as_ref().filter(|_| managed.has(key));
        changes.insert(key.clone(), object.and_then(|it| known_of(layouts, it)));
    }
    for (key, trace) in traces {
        let known = match trace {
            // What was forgotten before the write is put back.
            Trace::AsBefore => match sightings.remembered.get(key) {
                Some(object) if !changes.contains_key(key) => known_of(layouts, object),
                _ => continue,
            },
            Trace::Is(object) => known_of(layouts, object),
            Trace::Unclear => None,
        };
        changes.insert(key.clone(), known);
    }
    changes.into_iter().collect()
}

/// What is remembered after everything was read, object by object.
pub(super) struct Listing<'a> {
    pub(super) spec: &'a CompiledSpec,
    pub(super) managed: &'a Managed,
    pub(super) traces: &'a Traces,
    /// What is remembered by now, sorted.
    pub(super) before: Vec<(TargetKey, Fingerprint)>,
    kept: BTreeSet<TargetKey>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        spec: &'a CompiledSpec,
        managed: &'a Managed,
        traces: &'a Traces,
        mut before: Vec<(TargetKey, Fingerprint)>,
    ) -> Self {
        before.sort_unstable();
        Self { spec, managed, traces, before, kept: BTreeSet::new() }
    }

    /// Takes an object as it was read, and returns what changes with it, if anything does.
    pub(super) fn read(
        &mut self,
        object_type: &ObjectType,
        record: Record<'_, TargetSide>,
    ) -> Option<TargetChange> {
        let key = TargetKey { object_type: object_type.clone(), id: record.id() };
        let is_as_read = matches!(self.traces.get(&key), None | Some(Trace::AsBefore));
        if !is_as_read || !self.managed.has(&key) {
            return None;
        }
        let known = known(record)?;
        self.keep(key, known)
    }

    fn keep(&mut self, key: TargetKey, known: KnownTarget) -> Option<TargetChange> {
        let place = self.before.binary_search_by(|(it, _)| it.cmp(&key));
        let is_same = place.is_ok_and(|at| self.before[at].1 == known.digest);
        self.kept.insert(key.clone());
        (!is_same).then_some((key, Some(known)))
    }

    /// Returns what changes besides: what the target said after writes, and what is not remembered any more.
    pub(super) fn finish(mut self) -> Vec<TargetChange> {
        let mut changes = Vec::new();
        for trace in self.traces.values() {
            if let Trace::Is(object) = trace
                && let Some(known) = known_of(self.spec.target_layouts(), object)
            {
                let id = TargetId::new(&object.id);
                let key = TargetKey { object_type: object.object_type.clone(), id };
                changes.extend(self.keep(key, known));
            }
        }
        let Self { before, kept, .. } = self;
        let forgotten = before.into_iter().map(|(key, _)| key).filter(|it| !kept.contains(it));
        changes.extend(forgotten.map(|it| (it, None)));
        changes
    }
}

/// Who is among the objects that a plan was made from without having been read.
pub(super) fn read_count(import: &Import<TargetSide>, sightings: Option<&Sightings>) -> usize {
    let records = import.records();
    let Some(sightings) = sightings else { return records.len() };
    records.iter().filter(|it| !sightings.is_remembered(import.object_type(), &it.id())).count()
}
