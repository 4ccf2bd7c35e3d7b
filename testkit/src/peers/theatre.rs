//! Where the stories are played: a source and a target that behave as the systems of the reports did, and an engine on them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use futures::executor::block_on;
use futures::{StreamExt as _, stream};
use provisio::connector::{
    CheckReport, Connector, ConnectorInfo, Context, OutcomeStream, ReadEvent, ReadQuery, ReadStream, Result,
    Source, Target,
};
use provisio::model::{
    Applied, AttributeSchema, Attributes, Capabilities, Completeness, ErrorKind, Failure, Mutability, Object,
    ObjectSchema, Outcome, Schema, Text, Value, ValueKind, Values, ValuesChange, Write, WriteAction,
};
use provisio::spec::load;
use provisio::store::{JobId, MemoryStore};
use provisio::{Job, MappingSpec, Released};
use provisio_memory::MemoryDirectory;

use super::naive::Naive;
use crate::laws::Broken;
use crate::rig::{StateSource, VirtualClock};
use crate::world::SystemState;

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are two sides of a control")]
pub enum Engine {
    /// This engine.
    Ours,
    /// An engine as people write it first; see [`super`].
    Naive,
}

/// The mapping of all stories. Whoever is gone is deleted: absence has consequences.
const SPEC: &str = r#"
format = 1
[[object]]
source = "worker"
target = "user"
[object.deprovisioning]
source_deleted = "delete"
out_of_scope = "delete"
[object.attributes]
externalId = { attribute = "number", matching = 1 }
userName = { attribute = "mail" }
displayName = { attribute = "name" }
title = { attribute = "title" }
password = { attribute = "secret" }
[[object]]
source = "team"
target = "group"
[object.deprovisioning]
source_deleted = "delete"
[object.attributes]
externalId = { attribute = "number", matching = 1 }
displayName = { attribute = "name" }
members = { attribute = "members" }
"#;

/// How the source misbehaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SourceMood {
    #[default]
    Good,
    /// The stream of workers ends after so many, and says nothing.
    EndsAfter(usize),
}

/// How the target misbehaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum TargetMood {
    #[default]
    Good,
    /// A read shows so many members of a group.
    ShowsMembers(usize),
    /// A read shows groups as they were before.
    ShowsGroups(Vec<Object>),
    /// Who is to leave a group stays, and the answer is that all is done.
    KeepsMembers,
    /// A group that is to have a member whom nobody knows is emptied, and the answer is that all is done.
    EmptiesGroups,
    /// A list does not show this user.
    Hides(Text),
    /// The first create is done, and the answer is that there were too many requests.
    ThrottlesAfterwards,
}

/// A source, a target, and an engine between them.
pub(super) struct Theatre {
    pub(super) source: Arc<MoodySource>,
    pub(super) target: Arc<MoodyTarget>,
    pub(super) spec: MappingSpec,
    engine: Engine,
    naive: Naive,
    store: Arc<MemoryStore>,
    clock: Arc<VirtualClock>,
}

/// What a cycle said of itself.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// Everything that is wrong, as the engine tells it.
    pub(super) problems: Vec<String>,
    /// Whether the engine knows that something is left to do.
    pub(super) is_open: bool,
}

impl Theatre {
    /// Puts everything in place; nobody has an account yet.
    pub(super) fn new(engine: Engine, source: Vec<Object>) -> std::result::Result<Self, Broken> {
        let spec = load(SPEC).map_err(|it| Broken(format!("{it:?}")))?;
        let mut state = SystemState::new(source_schema());
        state.objects = source;
        let directory = MemoryDirectory::new(target_schema()).with_incarnation("peers");
        Ok(Self {
            source: Arc::new(MoodySource { inner: StateSource::new(state), mood: Mutex::default() }),
            target: Arc::new(MoodyTarget {
                inner: directory,
                mood: Mutex::default(),
                reads: AtomicU64::new(0),
                writes: AtomicU64::new(0),
            }),
            spec,
            engine,
            naive: Naive::default(),
            store: Arc::new(MemoryStore::new()),
            clock: Arc::new(VirtualClock::default()),
        })
    }

    /// Puts an object into the target that is nobody's.
    pub(super) fn stranger(&self, object: &Object) -> std::result::Result<Text, Broken> {
        let id = self.target.inner.insert(object).map_err(|it| Broken(it.to_string()))?;
        Ok(id.text().clone())
    }

    /// Says what a scope by group is, for an engine that has one: who is a member of this team of the source.
    pub(super) fn only_members_of(&mut self, team: &str) {
        use provisio::spec::{AssignedGroups, Assignment, Through};
        let groups = AssignedGroups::new(Through::new("team", "members"), vec![Text::new(team)]);
        self.spec.objects[0].assignment = Some(Assignment::through(groups));
        self.naive.only_members_of(team);
    }

    /// Lets the naive engine, too, leave alone whoever is in the target alone.
    pub(super) fn keep_strangers(&mut self) {
        self.naive.keeps_strangers = true;
    }

    fn job(&self) -> (Job, Context) {
        let job = Job::new(
            JobId::new("peers"),
            Arc::clone(&self.source) as Arc<_>,
            Arc::clone(&self.target) as Arc<_>,
            self.spec.clone(),
            Arc::clone(&self.store) as Arc<_>,
            Arc::clone(&self.clock) as Arc<_>,
        );
        (job.trying_at_once(), Context::new(Arc::clone(&self.clock) as Arc<_>))
    }

    /// Runs a cycle.
    pub(super) fn cycle(&self) -> Report {
        let (job, context) = self.job();
        if self.engine == Engine::Naive {
            return self.naive.cycle(&context, &*self.source, &*self.target);
        }
        match block_on(job.run(&context, Released::NOTHING)) {
            Ok(cycle) => {
                let plan = &cycle.planned.plan;
                let findings = cycle.planned.findings.iter().map(|it| it.text(plan).to_string());
                let failed = cycle.summary.failed.iter().map(|it| format!("{it:?}"));
                let is_open = !plan.operations.is_empty() || !plan.held.is_empty();
                Report { problems: findings.chain(failed).collect(), is_open }
            }
            Err(error) => Report { problems: vec![error.to_string()], is_open: true },
        }
    }

    /// Runs so many cycles, and returns what the last said.
    pub(super) fn cycles(&self, number: usize) -> Report {
        (0..number).map(|_| self.cycle()).last().unwrap_or_default()
    }

    /// Shows what a cycle would do, and does nothing.
    pub(super) fn dry_run(&self) -> std::result::Result<String, String> {
        let (job, context) = self.job();
        if self.engine == Engine::Naive {
            return self.naive.dry_run(&context, &*self.source, &*self.target);
        }
        let view = block_on(job.read(&context)).map_err(|it| it.to_string())?;
        let planned = view.plan(context.now(), Released::NOTHING).map_err(|it| it.to_string())?;
        let findings: String =
            planned.findings.iter().map(|it| format!("{}\n", it.text(&planned.plan))).collect();
        Ok(format!("{}{findings}", planned.plan.text()))
    }

    /// Finds a user by the note that nobody but the user wrote.
    pub(super) fn user_with_note(&self, note: &str) -> Option<Object> {
        let users = self.target.inner.objects("user");
        users.into_iter().find(|it| text(it, "note") == note)
    }

    /// The users, by user name.
    pub(super) fn user_names(&self) -> Vec<String> {
        let users = self.target.inner.objects("user");
        let mut names: Vec<String> = users.iter().map(|it| text(it, "userName").to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// Writes something into an object of the target, as its owner does.
    pub(super) fn note(&self, object_type: &str, id: &Text, note: &str) {
        let delta = provisio::model::AttributeDelta::new("note", ValuesChange::Set(Values::one(note)));
        let target = provisio::model::TargetId::new(id);
        let action = WriteAction::Update { target, version: None, deltas: vec![delta] };
        self.target.inner.write(object_type, action);
    }

    /// How many members a group has.
    pub(super) fn members(&self, name: &str) -> usize {
        let groups = self.target.inner.objects("group");
        let group = groups.iter().find(|it| text(it, "displayName") == name);
        group.and_then(|it| it.attributes.get("members")).map_or(0, Values::len)
    }
}

/// Returns the text of an attribute; empty if there is none.
pub(super) fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    crate::mapping::text_of(object, name).unwrap_or_default()
}

fn source_schema() -> Schema {
    let text = AttributeSchema::text;
    let worker = [
        text("number").required().unique(),
        text("mail"),
        text("name"),
        text("title"),
        AttributeSchema::new("secret", ValueKind::Secret),
    ];
    let members = AttributeSchema::reference("members", ["worker"]).multi_valued();
    let team = [text("number").required().unique(), text("name"), members];
    Schema::new([ObjectSchema::new("worker", worker), ObjectSchema::new("team", team)])
}

fn target_schema() -> Schema {
    let text = AttributeSchema::text;
    let user = [
        text("externalId").unique(),
        text("userName").required().unique(),
        text("displayName"),
        text("title").length_max(20),
        text("note"),
        AttributeSchema::new("password", ValueKind::Secret).mutability(Mutability::WriteOnly),
    ];
    let members = AttributeSchema::reference("members", ["user"]).multi_valued();
    let group = [text("externalId").unique(), text("displayName").required(), text("note"), members];
    Schema::new([ObjectSchema::new("user", user), ObjectSchema::new("group", group)])
}

/// Makes a worker of a number.
pub(super) fn worker(number: usize) -> Object {
    Object::new("worker", format!("w{number}"))
        .with("number", format!("{number}"))
        .with("mail", format!("w{number}@contoso.example"))
        .with("name", format!("Worker {number}"))
}

/// Makes so many workers.
pub(super) fn workers(count: usize) -> Vec<Object> {
    (1..=count).map(worker).collect()
}

/// Makes a team of the workers of these numbers.
pub(super) fn team(name: &str, members: impl IntoIterator<Item = usize>) -> Object {
    let members = members.into_iter().map(|it| Value::Reference(format!("w{it}").into()));
    let mut team = Object::new("team", format!("t-{name}")).with("number", name).with("name", name);
    team.attributes.set_or_clear("members", Values::from_many(members));
    team
}

/// A source with a mood.
pub(super) struct MoodySource {
    pub(super) inner: StateSource,
    mood: Mutex<SourceMood>,
}

impl MoodySource {
    pub(super) fn is(&self, mood: SourceMood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }
}

#[async_trait]
impl Connector for MoodySource {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.inner.check(context).await
    }
}

#[async_trait]
impl Source for MoodySource {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let is_workers = query.object_type().as_str() == "worker";
        let events = self.inner.read(context, query).await?;
        Ok(match mood {
            SourceMood::EndsAfter(count) if is_workers => Box::pin(events.take(count)),
            _ => events,
        })
    }
}

/// A target with a mood.
pub(super) struct MoodyTarget {
    pub(super) inner: MemoryDirectory,
    mood: Mutex<TargetMood>,
    reads: AtomicU64,
    writes: AtomicU64,
}

impl MoodyTarget {
    pub(super) fn is(&self, mood: TargetMood) {
        *self.mood() = mood;
    }

    fn mood(&self) -> MutexGuard<'_, TargetMood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many requests it got since it was asked last: reads, and writes.
    pub(super) fn requests(&self) -> (u64, u64) {
        (self.reads.swap(0, Ordering::Relaxed), self.writes.swap(0, Ordering::Relaxed))
    }

    /// What a read shows.
    fn shown(&self, object_type: &str) -> Vec<Object> {
        let mut objects = self.inner.objects(object_type);
        match &*self.mood() {
            TargetMood::ShowsMembers(most) => objects.iter_mut().for_each(|it| cut_members(it, *most)),
            TargetMood::ShowsGroups(groups) if object_type == "group" => objects.clone_from(groups),
            TargetMood::Hides(id) => objects.retain(|it| it.id != *id),
            _ => {}
        }
        objects
    }

    fn write(&self, mut write: Write) -> Outcome {
        let mut mood = self.mood();
        match &*mood {
            TargetMood::KeepsMembers => keep_members(&self.inner, &mut write),
            TargetMood::EmptiesGroups if has_unknown(&self.inner, &write) => {
                if let WriteAction::Update { target, .. } = &write.action {
                    let id = target.clone();
                    let empty = provisio::model::AttributeDelta::new("members", ValuesChange::Clear);
                    let action =
                        WriteAction::Update { target: id.clone(), version: None, deltas: vec![empty] };
                    self.inner.write("group", action);
                    return Outcome::Applied(Applied::to(id));
                }
            }
            TargetMood::ThrottlesAfterwards if matches!(write.action, WriteAction::Create { .. }) => {
                *mood = TargetMood::Good;
                self.inner.write(write.object_type.as_str(), write.action);
                return Outcome::Unknown(Failure::new(ErrorKind::RateLimited, "429 from the gateway"));
            }
            _ => {}
        }
        self.inner.write(write.object_type.as_str(), write.action)
    }
}

fn cut_members(group: &mut Object, most: usize) {
    if let Some(members) = group.attributes.get("members").cloned() {
        let shown = members.as_slice().iter().take(most).cloned();
        group.attributes.set_or_clear("members", Values::from_many(shown));
    }
}

/// Makes a write of members one that takes nobody out.
fn keep_members(directory: &MemoryDirectory, write: &mut Write) {
    let WriteAction::Update { target, deltas, .. } = &mut write.action else { return };
    let held = directory.get(write.object_type.as_str(), target.as_str());
    let held = held.and_then(|it| it.attributes.get("members").cloned());
    for delta in deltas.iter_mut().filter(|it| it.attribute.is("members")) {
        delta.change = match (&delta.change, &held) {
            (ValuesChange::Set(wanted), Some(held)) => {
                let all = held.as_slice().iter().chain(wanted.as_slice()).cloned();
                Values::from_many(all).map_or(ValuesChange::Clear, ValuesChange::Add)
            }
            (ValuesChange::Remove(_) | ValuesChange::Clear, Some(held)) => ValuesChange::Add(held.clone()),
            (other, _) => other.clone(),
        };
    }
}

/// Tells whether a write makes somebody a member whom nobody knows.
fn has_unknown(directory: &MemoryDirectory, write: &Write) -> bool {
    let WriteAction::Update { deltas, .. } = &write.action else { return false };
    let is_unknown = |it: &Value| matches!(it, Value::Reference(id) if directory.get("user", id).is_none());
    deltas.iter().filter(|it| it.attribute.is("members")).any(|it| match &it.change {
        ValuesChange::Set(values) | ValuesChange::Add(values) => values.as_slice().iter().any(is_unknown),
        _ => false,
    })
}

#[async_trait]
impl Connector for MoodyTarget {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.inner.capabilities();
        capabilities.batch_max = 1;
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        self.inner.schema(context).await
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        self.inner.check(context).await
    }
}

#[async_trait]
impl Source for MoodyTarget {
    async fn read<'a>(&'a self, _context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let objects = self.shown(query.object_type().as_str());
        let mut events: Vec<Result<ReadEvent>> =
            objects.into_iter().map(|it| Ok(ReadEvent::Object(it))).collect();
        events.push(Ok(ReadEvent::Complete(Completeness::declared("everything that it shows"))));
        Ok(Box::pin(stream::iter(events)))
    }
}

#[async_trait]
impl Target for MoodyTarget {
    async fn apply<'a>(&'a self, _context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        self.writes.fetch_add(writes.len() as u64, Ordering::Relaxed);
        let outcomes: Vec<_> = writes.into_iter().map(|it| (it.id, self.write(it))).collect();
        Box::pin(stream::iter(outcomes))
    }
}

/// Attributes of a list.
pub(super) fn attributes<const N: usize>(all: [(&str, Option<Values>); N]) -> Attributes {
    all.into_iter().filter_map(|(name, values)| Some((name, values?))).collect()
}
