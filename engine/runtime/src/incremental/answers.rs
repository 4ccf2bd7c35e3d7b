//! Who answers the questions of a plan from changes: the state of the job, or one of the two systems.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use provisio_connector::{Context, ReadQuery, Source};
use provisio_model::{
    AttrName, CompareRule, Import, Layout, Object, ObjectType, Side, SourceSide, TargetSide, Text, Value,
};
use provisio_planner::{Answer, CompiledSpec, Question, Remembered, Sought, Standing, TargetKnowledge};

use super::sightings::{Sightings, recollect};
use crate::error::RunError;
use crate::import::{ImportSide, import_query};
use crate::job::{Job, UnreadableObjects};
use crate::store::{Recall, Recalled};

/// Answers questions, many at a time.
pub(crate) struct Answers<'a> {
    job: &'a Job,
    context: &'a Context,
    spec: &'a CompiledSpec,
    /// What was read in full, by layout.
    source: Vec<Option<Import<SourceSide>>>,
    target: Vec<Option<Import<TargetSide>>>,
    pub(crate) unreadable: Vec<UnreadableObjects>,
    /// What is known of single objects, where the target is known as remembered.
    pub(crate) sightings: Option<Sightings>,
}

type Answered = Vec<(Question, Answer)>;

impl<'a> Answers<'a> {
    pub(crate) fn new(
        job: &'a Job,
        context: &'a Context,
        spec: &'a CompiledSpec,
        source: Vec<Option<Import<SourceSide>>>,
    ) -> Self {
        let target = spec.target_layouts().iter().map(|_| None).collect();
        let remembers = job.cycles().target == TargetKnowledge::Remembered;
        let sightings = remembers.then(Sightings::default);
        Self { job, context, spec, source, target, unreadable: Vec::new(), sightings }
    }

    /// Answers all questions, in any order.
    pub(crate) async fn answer(&mut self, questions: Vec<Question>) -> Result<Answered, RunError> {
        let mut answered = Vec::with_capacity(questions.len());
        let questions = self.recollect_first(questions, &mut answered).await?;
        let known = answered.len();
        self.ask(questions, &mut answered).await?;
        if let Some(sightings) = &mut self.sightings {
            answered[known..].iter().for_each(|(question, answer)| sightings.note(question, answer));
        }
        Ok(answered)
    }

    /// Answers what need not be asked, where the target is known as remembered; returns the other questions.
    async fn recollect_first(
        &mut self,
        questions: Vec<Question>,
        answered: &mut Answered,
    ) -> Result<Vec<Question>, RunError> {
        let Some(sightings) = &mut self.sightings else { return Ok(questions) };
        let always_seen = self.spec.always_seen();
        let (mut rest, mut recalls) = (Vec::new(), Vec::new());
        for question in questions {
            match (sightings.told(&question), &question) {
                (Some(answer), _) => answered.push((question, answer)),
                (None, Question::Target(key))
                    if sightings.trusts(key) && !always_seen.contains(&key.object_type) =>
                {
                    recalls.push(key.clone());
                }
                _ => rest.push(question),
            }
        }
        if recalls.is_empty() {
            return Ok(rest);
        }
        let asked: Vec<Recall> = recalls.iter().cloned().map(Recall::Target).collect();
        let recalled = self.job.store().recall(self.job.id(), &asked).await?;
        for (key, recalled) in recalls.into_iter().zip(recalled) {
            let object = match recalled {
                Recalled::Targets(known) => match known.first() {
                    Some((_, known)) => recollect(self.job.id(), &key, known)?,
                    None => None,
                },
                _ => None,
            };
            let question = Question::Target(key.clone());
            match object {
                Some(object) => {
                    answered.push((question, Answer::Object(object.clone())));
                    sightings.trust(key, object);
                }
                None => rest.push(question),
            }
        }
        Ok(rest)
    }

    async fn ask(&mut self, questions: Vec<Question>, answered: &mut Answered) -> Result<(), RunError> {
        let mut recalls = Vec::new();
        let (mut sources, mut targets) = (BTreeMap::new(), BTreeMap::new());
        let mut values: BTreeMap<(ObjectType, AttrName), Vec<(Question, Sought)>> = BTreeMap::new();
        for question in questions {
            match &question {
                Question::Source(key) => {
                    let of_type: &mut Vec<_> = sources.entry(key.object_type.clone()).or_default();
                    of_type.push((key.id.text().clone(), question));
                }
                Question::Target(key) => {
                    let of_type: &mut Vec<_> = targets.entry(key.object_type.clone()).or_default();
                    of_type.push((key.id.text().clone(), question));
                }
                Question::TargetWith { object_type, attribute, value } => {
                    let sought = value.clone();
                    values
                        .entry((object_type.clone(), attribute.clone()))
                        .or_default()
                        .push((question, sought));
                }
                _ => match self.recall_of(&question) {
                    Some(recall) => recalls.push((question, recall)),
                    None => answered.push((question, Answer::Unknown)),
                },
            }
        }
        self.recall(recalls, answered).await?;
        for (object_type, asked) in sources {
            let (spec, job) = (self.spec, self.job);
            let at = spec.source_layouts().iter().position(|it| *it.object_type() == object_type);
            let Some(at) = at else { continue };
            let layout = &spec.source_layouts()[at];
            let known_by = TargetKnowledge::LookUp;
            let system = System { job, context: self.context, of: job.source(), layout, known_by };
            system.by_id(&mut self.source[at], asked, answered, &mut self.unreadable).await;
        }
        for (object_type, asked) in targets {
            let (spec, job) = (self.spec, self.job);
            let at = spec.target_layouts().iter().position(|it| *it.object_type() == object_type);
            let Some(at) = at else { continue };
            let layout = &spec.target_layouts()[at];
            let known_by = job.cycles().target;
            let system = System { job, context: self.context, of: job.target(), layout, known_by };
            system.by_id(&mut self.target[at], asked, answered, &mut self.unreadable).await;
        }
        for ((object_type, attribute), asked) in values {
            let (spec, job) = (self.spec, self.job);
            let at = spec.target_layouts().iter().position(|it| *it.object_type() == object_type);
            let Some(at) = at else { continue };
            let layout = &spec.target_layouts()[at];
            let known_by = job.cycles().target;
            let system = System { job, context: self.context, of: job.target(), layout, known_by };
            let all = &mut self.target[at];
            system.by_value(all, &attribute, asked, answered, &mut self.unreadable).await;
        }
        Ok(())
    }

    /// Turns a question that the state answers into one to a store.
    fn recall_of(&self, question: &Question) -> Option<Recall> {
        match question {
            Question::Remembered(key) => {
                let mappings = self.spec.mappings_from(&key.object_type);
                Some(Recall::Source { key: key.clone(), mappings })
            }
            Question::Referrers(id) => Some(Recall::Referrers(id.clone())),
            Question::Alike(key) => Some(Recall::Alike(key.clone())),
            Question::LinksTo(key) => {
                let mappings = self.spec.mappings_to(&key.object_type);
                Some(Recall::LinksTo { target: key.id.clone(), mappings })
            }
            _ => None,
        }
    }

    async fn recall(&self, asked: Vec<(Question, Recall)>, answered: &mut Answered) -> Result<(), RunError> {
        if asked.is_empty() {
            return Ok(());
        }
        let (questions, recalls): (Vec<Question>, Vec<Recall>) = asked.into_iter().unzip();
        let recalled = self.job.store().recall(self.job.id(), &recalls).await?;
        for (question, recalled) in questions.into_iter().zip(recalled) {
            let answer = match recalled {
                Recalled::Source { known, links, notes } => {
                    // The last cycle that read everything knew all that were there.
                    let standing = known.map_or(Standing::Gone, |it| Standing::There(it.footprint.scoped));
                    Answer::Remembered(Remembered::new(standing, links).with_notes(notes))
                }
                Recalled::Sources(keys) => Answer::Sources(keys),
                Recalled::Links(links) => Answer::Links(links),
                Recalled::Targets(_) => Answer::Unknown,
            };
            answered.push((question, answer));
        }
        Ok(())
    }
}

/// Objects of one type of one system.
struct System<'a, T: ?Sized> {
    job: &'a Job,
    context: &'a Context,
    of: &'a T,
    layout: &'a Arc<Layout>,
    /// How its objects are known.
    known_by: TargetKnowledge,
}

impl<T: Source + ?Sized> System<'_, T> {
    /// Tells whether single objects may be asked for.
    fn is_asked(&self) -> bool {
        self.known_by != TargetKnowledge::Listing
    }

    /// Tells whether all objects may be read.
    fn is_listed(&self) -> bool {
        self.known_by != TargetKnowledge::Remembered
    }

    /// Looks objects up by id; where the system cannot, or shall not, all of them are read once, if they may be.
    async fn by_id<S: ImportSide>(
        &self,
        all: &mut Option<Import<S>>,
        asked: Vec<(Text, Question)>,
        answered: &mut Answered,
        unreadable: &mut Vec<UnreadableObjects>,
    ) {
        let capabilities = self.of.capabilities();
        if all.is_none() && self.is_asked() && capabilities.read_by_id {
            let chunks: Vec<_> = asked.chunks(capabilities.read_max.max(1)).collect();
            let reads = chunks.iter().map(|chunk| {
                let ids = chunk.iter().map(|(id, _)| id.clone());
                self.look_up::<S>(ReadQuery::with_ids(Arc::clone(self.layout), ids))
            });
            // A closure that is kept while waiting would keep the whole run from going to another thread.
            let reads: Vec<_> = reads.collect();
            let found: Vec<Option<Import<S>>> =
                stream::iter(reads).buffered(capabilities.concurrency_max.max(1)).collect().await;
            if let Some(found) = found.into_iter().collect::<Option<Vec<Import<S>>>>() {
                for (chunk, import) in chunks.into_iter().zip(found) {
                    for (id, question) in chunk {
                        answered.push((question.clone(), one(&import, id)));
                    }
                }
                return;
            }
        }
        if !self.is_listed() {
            answered.extend(asked.into_iter().map(|(_, question)| (question, Answer::Unknown)));
            return;
        }
        let all = self.read_all(all, unreadable).await;
        answered.extend(asked.into_iter().map(|(id, question)| {
            let answer = one(all, &id);
            (question, answer)
        }));
    }

    /// Looks objects up by value, as [`System::by_id`] does by id.
    async fn by_value(
        &self,
        all: &mut Option<Import<TargetSide>>,
        attribute: &AttrName,
        asked: Vec<(Question, Sought)>,
        answered: &mut Answered,
        unreadable: &mut Vec<UnreadableObjects>,
    ) {
        let capabilities = self.of.capabilities();
        if all.is_none() && self.is_asked() && capabilities.read_by_value {
            let chunks: Vec<_> = asked.chunks(capabilities.read_max.max(1)).collect();
            let reads = chunks.iter().map(|chunk| {
                let values: Vec<Value> = chunk.iter().map(|(_, it)| it.value().clone()).collect();
                let layout = Arc::clone(self.layout);
                self.look_up::<TargetSide>(ReadQuery::with_values(layout, attribute.clone(), values))
            });
            let reads: Vec<_> = reads.collect();
            let found: Vec<Option<Import<TargetSide>>> =
                stream::iter(reads).buffered(capabilities.concurrency_max.max(1)).collect().await;
            if let Some(found) = found.into_iter().collect::<Option<Vec<Import<TargetSide>>>>() {
                for (chunk, import) in chunks.into_iter().zip(found) {
                    self.holders(&import, attribute, chunk.iter().cloned(), answered);
                }
                return;
            }
        }
        if !self.is_listed() {
            answered.extend(asked.into_iter().map(|(question, _)| (question, Answer::Unknown)));
            return;
        }
        let all = self.read_all(all, unreadable).await;
        self.holders(all, attribute, asked.into_iter(), answered);
    }

    /// Finds the objects with each value among those that were read.
    fn holders(
        &self,
        import: &Import<TargetSide>,
        attribute: &AttrName,
        asked: impl Iterator<Item = (Question, Sought)>,
        answered: &mut Answered,
    ) {
        let slot = self.layout.slot(attribute.as_str());
        let is_whole = import.complete().is_some_and(|it| it.unreadable().is_empty());
        let Some(slot) = slot.filter(|_| is_whole) else {
            // Who could not be read may have the value.
            answered.extend(asked.map(|(question, _)| (question, Answer::Unknown)));
            return;
        };
        let rule = CompareRule::of(self.layout.attribute(slot));
        let mut holders: BTreeMap<String, Vec<Object>> = BTreeMap::new();
        let asked: Vec<(Question, Sought)> = asked.collect();
        for (_, sought) in &asked {
            holders.entry(sought.key().to_owned()).or_default();
        }
        for record in import.records().iter() {
            for value in record.values(slot).iter() {
                if let Some(objects) = holders.get_mut(&rule.key(value))
                    && objects.last().is_none_or(|it| it.id.as_str() != record.id_str())
                {
                    objects.push(record.to_object());
                }
            }
        }
        for (question, sought) in asked {
            let objects = holders.get(sought.key()).cloned().unwrap_or_default();
            answered.push((question, Answer::Objects(objects)));
        }
    }

    /// Asks the system; `None` when it cannot look for that.
    async fn look_up<S: ImportSide>(&self, query: ReadQuery) -> Option<Import<S>> {
        import_query::<S>(self.of, self.context, query).await.map(|it| it.import)
    }

    async fn read_all<'i, S: ImportSide>(
        &self,
        all: &'i mut Option<Import<S>>,
        unreadable: &mut Vec<UnreadableObjects>,
    ) -> &'i Import<S> {
        match all {
            Some(all) => all,
            None => {
                let (import, more) = self.job.import_one::<S>(self.of, self.context, self.layout).await;
                unreadable.extend(more);
                all.insert(import)
            }
        }
    }
}

/// Says what a read tells of one object.
fn one<S: Side>(import: &Import<S>, id: &str) -> Answer {
    match import.records().find(id) {
        Some(row) => Answer::Object(import.records().record(row).to_object()),
        None if import.prove_absent(&provisio_model::Id::<S>::new(id)).is_some() => Answer::Absent,
        None => Answer::Unknown,
    }
}
