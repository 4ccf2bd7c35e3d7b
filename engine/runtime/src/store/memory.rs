//! The state of jobs in memory, for tests and for jobs that need not remember: the plainest thing that is right.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use provisio_model::{Link, LinkOrigin, LinkTable, SourceId, TargetId, Text, Timestamp, Watermark};
use provisio_planner::{Generation, Memory, SourceKey, TargetKey};

use super::lease::Leases;
use super::{
    APPLIED_PLANS_MAX, AppliedPlan, Digests, Head, JobId, JobRecord, KnownSource, KnownTarget, Lease,
    LinkChange, Recall, Recalled, State, StateChange, StateStore, StoreError,
};

/// Keeps the state of jobs in memory. Clones share it; with the last one it is gone.
#[derive(Clone, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
}

#[derive(Default)]
struct Content {
    jobs: BTreeMap<JobId, JobState>,
    leases: Leases,
}

#[derive(Default)]
struct JobState {
    generation: Generation,
    links: BTreeMap<Text, MappingLinks>,
    watermarks: BTreeMap<Text, Watermark>,
    applied: Vec<AppliedPlan>,
    memory: Memory,
    sources: BTreeMap<SourceKey, KnownSource>,
    targets: BTreeMap<TargetKey, KnownTarget>,
    records: BTreeMap<Text, Vec<u8>>,
}

/// The links of one object mapping.
///
/// INVARIANT: `by_target` holds exactly the links of `by_source`, turned round.
#[derive(Default)]
struct MappingLinks {
    by_source: BTreeMap<SourceId, (TargetId, LinkOrigin)>,
    by_target: BTreeMap<TargetId, SourceId>,
}

/// What a source object was linked to before a change.
struct Undo {
    mapping: Text,
    source: SourceId,
    previous: Option<(TargetId, LinkOrigin)>,
}

impl MemoryStore {
    /// Makes a store without any state.
    pub fn new() -> Self {
        Self::default()
    }

    /// A panic elsewhere leaves nothing half done in here, so the lock is taken over.
    fn lock(&self) -> MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StateStore for MemoryStore {
    async fn load(&self, job: &JobId) -> Result<State, StoreError> {
        self.lock().jobs.get(job).map_or_else(|| Ok(State::default()), |it| it.to_state(job))
    }

    async fn head(&self, job: &JobId) -> Result<Head, StoreError> {
        Ok(self.lock().jobs.get(job).map_or_else(Head::default, JobState::to_head))
    }

    async fn recall(&self, job: &JobId, asked: &[Recall]) -> Result<Vec<Recalled>, StoreError> {
        let content = self.lock();
        let nothing = JobState::default();
        let state = content.jobs.get(job).unwrap_or(&nothing);
        Ok(asked.iter().map(|it| state.recall(it)).collect())
    }

    async fn known_sources(&self, job: &JobId) -> Result<Digests<SourceKey>, StoreError> {
        let content = self.lock();
        let known = content.jobs.get(job).into_iter().flat_map(|it| &it.sources);
        Ok(known.map(|(key, it)| (key.clone(), it.digest)).collect())
    }

    async fn known_targets(&self, job: &JobId) -> Result<Digests<TargetKey>, StoreError> {
        let content = self.lock();
        let known = content.jobs.get(job).into_iter().flat_map(|it| &it.targets);
        Ok(known.map(|(key, it)| (key.clone(), it.digest)).collect())
    }

    async fn commit(
        &self,
        job: &JobId,
        expected: Generation,
        change: StateChange,
    ) -> Result<Generation, StoreError> {
        let content = &mut *self.lock();
        content.leases.admit(job, change.fence)?;
        let jobs = &mut content.jobs;
        let found = jobs.get(job).map_or(Generation::default(), |it| it.generation);
        if found != expected {
            return Err(StoreError::Conflict { job: job.clone(), expected, found });
        }
        let state = jobs.entry(job.clone()).or_default();
        state.change_links(job, change.links)?;
        state.watermarks.extend(change.watermarks);
        state.memory.apply(&change.memory);
        keep(&mut state.sources, change.sources);
        keep(&mut state.targets, change.targets);
        keep(&mut state.records, change.records);
        state.applied.extend(change.applied);
        let surplus = state.applied.len().saturating_sub(APPLIED_PLANS_MAX);
        state.applied.drain(..surplus);
        state.generation = Generation(found.0.saturating_add(1));
        Ok(state.generation)
    }

    async fn lease(
        &self,
        job: &JobId,
        holder: &str,
        ttl: Duration,
        now: Timestamp,
    ) -> Result<Lease, StoreError> {
        self.lock().leases.take(job, holder, ttl, now)
    }

    async fn renew(&self, lease: &Lease, ttl: Duration, now: Timestamp) -> Result<(), StoreError> {
        self.lock().leases.renew(lease, ttl, now)
    }

    async fn release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        self.lock().leases.release(lease, now);
        Ok(())
    }

    async fn jobs(&self, now: Timestamp) -> Result<Vec<JobRecord>, StoreError> {
        let content = self.lock();
        // A commit that was refused may have left a job that never was committed.
        let committed = content.jobs.iter().filter(|(_, it)| it.generation.0 > 0);
        Ok(content.leases.records(committed.map(|(job, it)| (job.clone(), it.generation)), now))
    }
}

impl JobState {
    fn to_state(&self, job: &JobId) -> Result<State, StoreError> {
        let mut links = LinkTable::new();
        for (mapping, of_mapping) in self.links.iter().filter(|(_, it)| !it.by_source.is_empty()) {
            let into = links.of_mut(mapping);
            for (source, (target, origin)) in &of_mapping.by_source {
                let link = Link { source: source.clone(), target: target.clone(), origin: *origin };
                let clash =
                    |it| StoreError::Inconsistent { job: job.clone(), why: Text::new(format!("{it}")) };
                into.insert(link).map_err(clash)?;
            }
        }
        Ok(State {
            generation: self.generation,
            links,
            watermarks: self.watermarks.iter().map(|(name, it)| (name.clone(), it.clone())).collect(),
            applied: self.applied.clone(),
            memory: self.memory.clone(),
            records: self.to_records(),
        })
    }

    fn to_records(&self) -> Vec<(Text, Vec<u8>)> {
        self.records.iter().map(|(name, it)| (name.clone(), it.clone())).collect()
    }

    fn to_head(&self) -> Head {
        Head {
            generation: self.generation,
            watermarks: self.watermarks.iter().map(|(name, it)| (name.clone(), it.clone())).collect(),
            applied: self.applied.clone(),
            memory: self.memory.for_every_cycle(),
            records: self.to_records(),
            sources: self.sources.len() as u64,
        }
    }

    fn recall(&self, asked: &Recall) -> Recalled {
        let sources = |is_meant: &dyn Fn(&KnownSource) -> bool| {
            let found = self.sources.iter().filter(|(_, it)| is_meant(it));
            Recalled::Sources(found.map(|(key, _)| key.clone()).collect())
        };
        match asked {
            Recall::Source { key, mappings } => {
                let link = |name: &Text| {
                    let (target, origin) = self.links.get(name)?.by_source.get(&key.id)?;
                    let link = Link { source: key.id.clone(), target: target.clone(), origin: *origin };
                    Some((name.clone(), link))
                };
                let note =
                    |name: &Text| Some((name.clone(), self.memory.note(name, key.id.as_str())?.clone()));
                Recalled::Source {
                    known: self.sources.get(key).cloned(),
                    links: mappings.iter().filter_map(link).collect(),
                    notes: mappings.iter().filter_map(note).collect(),
                }
            }
            Recall::Referrers(id) => sources(&|it| it.footprint.refers_to.contains(id)),
            Recall::Alike(key) => sources(&|it| it.footprint.matching.contains(key)),
            Recall::LinksTo { target, mappings } => {
                let link = |name: &Text| {
                    let links = self.links.get(name)?;
                    let source = links.by_target.get(target)?;
                    let (_, origin) = links.by_source.get(source)?;
                    let link = Link { source: source.clone(), target: target.clone(), origin: *origin };
                    Some((name.clone(), link))
                };
                Recalled::Links(mappings.iter().filter_map(link).collect())
            }
            Recall::Target(key) => {
                let found = self.targets.get_key_value(key).into_iter();
                Recalled::Targets(found.map(|(key, it)| (key.clone(), it.clone())).collect())
            }
            Recall::TargetsWith { object_type, value } => {
                let found = self
                    .targets
                    .iter()
                    .filter(|(key, it)| key.object_type == *object_type && it.values.contains(value));
                Recalled::Targets(found.map(|(key, it)| (key.clone(), it.clone())).collect())
            }
        }
    }

    /// Makes all changes or none.
    fn change_links(&mut self, job: &JobId, changes: Vec<LinkChange>) -> Result<(), StoreError> {
        let mut done = Vec::with_capacity(changes.len());
        for change in changes {
            match self.change_link(job, change) {
                Ok(undo) => done.push(undo),
                Err(error) => {
                    done.into_iter().rev().for_each(|it| self.undo(it));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn change_link(&mut self, job: &JobId, change: LinkChange) -> Result<Undo, StoreError> {
        match change {
            LinkChange::Put { mapping, link } => {
                let links = self.links.entry(mapping.clone()).or_default();
                match links.by_target.get(&link.target) {
                    Some(holder) if *holder != link.source => {
                        Err(StoreError::taken(job, &mapping, link.target.as_str(), holder.as_str()))
                    }
                    _ => {
                        let previous = links.set(&link.source, Some((link.target, link.origin)));
                        Ok(Undo { mapping, source: link.source, previous })
                    }
                }
            }
            LinkChange::Remove { mapping, source } => {
                let previous = self.links.get_mut(&mapping).and_then(|it| it.set(&source, None));
                Ok(Undo { mapping, source, previous })
            }
        }
    }

    fn undo(&mut self, undo: Undo) {
        if let Some(links) = self.links.get_mut(&undo.mapping) {
            links.set(&undo.source, undo.previous);
        }
    }
}

impl MappingLinks {
    /// Sets what a source object is linked to and returns what it was linked to before. The target must be free.
    fn set(
        &mut self,
        source: &SourceId,
        target: Option<(TargetId, LinkOrigin)>,
    ) -> Option<(TargetId, LinkOrigin)> {
        let previous = self.by_source.remove(source);
        if let Some((target, _)) = &previous {
            self.by_target.remove(target);
        }
        if let Some((target, origin)) = target {
            self.by_target.insert(target.clone(), source.clone());
            self.by_source.insert(source.clone(), (target, origin));
        }
        previous
    }
}

fn keep<K: Ord, V>(all: &mut BTreeMap<K, V>, changes: Vec<(K, Option<V>)>) {
    for (key, value) in changes {
        match value {
            Some(value) => {
                all.insert(key, value);
            }
            None => {
                all.remove(&key);
            }
        }
    }
}
