//! Carrying a plan out, as a pure state machine: what to send next, what to send again, when to stop.
//!
//! [`Execution::poll`] says what to do, [`Execution::record`] takes what came of it. No clock, no I/O, no
//! choice beyond when: what is written was decided when the plan was made (R3). The only thing filled in is the
//! id of an object that this plan created itself.
//!
//! A failed operation stops what writes the same object, and nothing else (R8): a reference to an object that
//! could not be created is left out, and the next plan finds it missing. A write whose fate is unknown is not
//! sent again (R9): the next read shows what became of it.

mod retry;
mod summary;
mod writes;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::sync::Arc;

use provisio_model::{
    Applied, Capabilities, ErrorKind, Failure, Link, LinkOrigin, ObjectType, Outcome, Retry, SourceId,
    TargetId, Text, Timestamp, Write, WriteAction, WriteId,
};

use crate::memory::Fact;
use crate::plan::{Action, MappingId, OpId, Operation, Plan, TargetRef};

pub use retry::RetryPolicy;
pub use summary::{Failed, Fate, Summary};

/// How a plan is carried out.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct ExecutionSettings {
    /// When a write is sent again.
    pub retry: RetryPolicy,
    /// Makes the jitter of waiting times differ between jobs.
    pub seed: u64,
}

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Send these writes together, and record the outcome of each.
    Dispatch(Vec<Write>),
    /// Nothing can be sent before an outcome is recorded.
    Await,
    /// Nothing can be sent before this instant.
    WaitUntil(Timestamp),
    /// Everything has its fate.
    Done,
}

/// What an outcome means for the links.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkEffect {
    /// The link is there now.
    Put {
        /// Under which object mapping.
        mapping: MappingId,
        /// The link.
        link: Link,
    },
    /// The link is gone.
    Remove {
        /// Under which object mapping.
        mapping: MappingId,
        /// The source object.
        source: SourceId,
    },
}

/// What became known when an outcome was recorded.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recorded {
    /// The operations that have their fate now, in the order of the plan.
    pub finished: Vec<OpId>,
    /// What it means for the links. To be remembered before anything else is sent.
    pub links: Vec<LinkEffect>,
    /// What else came true. To be remembered with the links.
    pub facts: Vec<Fact>,
}

/// One execution of one plan.
pub struct Execution {
    plan: Arc<Plan>,
    capabilities: Capabilities,
    settings: ExecutionSettings,
    fates: Vec<Option<Fate>>,
    /// How many operations each one still waits for.
    waits_for: Vec<u32>,
    /// Who waits for an operation: `dependents[starts[n]..starts[n + 1]]`.
    dependents: Vec<u32>,
    starts: Vec<u32>,
    ready: BinaryHeap<Reverse<u32>>,
    /// Operations that wait for an instant before they are sent again.
    later: BTreeSet<(Timestamp, u32)>,
    created: Vec<Option<TargetId>>,
    /// By type and id: two types may share ids.
    versions: BTreeMap<(ObjectType, TargetId), Option<Text>>,
    /// Existing objects that are being written: one write at a time.
    busy: BTreeSet<(ObjectType, TargetId)>,
    /// Ready operations whose object is busy.
    parked: Vec<u32>,
    in_flight: BTreeMap<u32, InFlight>,
    /// By batch: how many outcomes are still to come.
    batches: BTreeMap<u32, usize>,
    next_batch: u32,
    /// Writes that were refused for now, and those of an operation that come after the first.
    unsent: BTreeMap<u32, Unsent>,
    /// Operations that are not sent in this run, with when they may be.
    postponed: BTreeMap<OpId, Timestamp>,
    stopped: bool,
    summary: Summary,
}

/// A write that was sent.
struct InFlight {
    batch: u32,
    sent: WriteAction,
    /// The writes of the operation that come after this one.
    rest: Vec<WriteAction>,
    attempts: u32,
}

/// A write that is still to be sent, or to be sent again.
struct Unsent {
    action: WriteAction,
    rest: Vec<WriteAction>,
    attempts: u32,
}

impl Execution {
    /// Starts; nothing is sent before the first [`Execution::poll`].
    pub fn new(plan: Arc<Plan>, capabilities: Capabilities, settings: ExecutionSettings) -> Self {
        let count = plan.operations.len();
        let mut starts = vec![0_u32; count + 1];
        for operation in &plan.operations {
            for first in &operation.after {
                starts[first.operation.position() + 1] += 1;
            }
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut fill = starts.clone();
        let mut dependents = vec![0; starts[count] as usize];
        let mut waits_for = vec![0; count];
        let mut ready = BinaryHeap::new();
        for operation in &plan.operations {
            waits_for[operation.id.position()] = u32::try_from(operation.after.len()).unwrap_or(u32::MAX);
            for first in &operation.after {
                let place = &mut fill[first.operation.position()];
                dependents[*place as usize] = operation.id.0;
                *place += 1;
            }
            if operation.after.is_empty() {
                ready.push(Reverse(operation.id.0));
            }
        }
        Self {
            plan,
            capabilities,
            settings,
            fates: vec![None; count],
            waits_for,
            dependents,
            starts,
            ready,
            later: BTreeSet::new(),
            created: vec![None; count],
            versions: BTreeMap::new(),
            busy: BTreeSet::new(),
            parked: Vec::new(),
            in_flight: BTreeMap::new(),
            batches: BTreeMap::new(),
            next_batch: 0,
            unsent: BTreeMap::new(),
            postponed: BTreeMap::new(),
            stopped: false,
            summary: Summary::default(),
        }
    }

    /// Leaves operations for later: they are not sent in this run, nor what depends on them.
    #[must_use]
    pub fn postponing(mut self, operations: BTreeMap<OpId, Timestamp>) -> Self {
        self.postponed = operations;
        self
    }

    /// Returns the plan that is carried out.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Returns what became of everything so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Returns what became of one operation; `None` as long as that is open.
    pub fn fate(&self, id: OpId) -> Option<&Fate> {
        self.fates.get(id.position())?.as_ref()
    }

    /// Returns the object that an operation created; `None` for any other operation, and before it is done.
    pub fn created(&self, id: OpId) -> Option<&TargetId> {
        self.created.get(id.position())?.as_ref()
    }

    /// Sends nothing more; what is under way is still to be recorded.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Says what to do next. Operations that need no write get their fate here and are reported in `recorded`.
    pub fn poll(&mut self, now: Timestamp, recorded: &mut Recorded) -> Step {
        while let Some((instant, at)) = self.later.first().copied()
            && instant <= now
        {
            self.later.remove(&(instant, at));
            self.ready.push(Reverse(at));
        }
        if self.stopped {
            return if self.in_flight.is_empty() { self.give_up() } else { Step::Await };
        }
        let mut batch = Vec::new();
        if self.batches.len() < self.capabilities.concurrency_max.max(1) {
            self.fill(&mut batch, recorded);
        }
        if !batch.is_empty() {
            self.batches.insert(self.next_batch, batch.len());
            self.next_batch = self.next_batch.wrapping_add(1);
            return Step::Dispatch(batch);
        }
        match self.later.first() {
            _ if !self.in_flight.is_empty() => Step::Await,
            Some((instant, _)) => Step::WaitUntil(*instant),
            None => self.give_up(),
        }
    }

    /// Takes what came of a write. An outcome of a write that is not under way is ignored.
    pub fn record(&mut self, id: WriteId, outcome: Outcome, now: Timestamp) -> Recorded {
        let mut recorded = Recorded::default();
        let Some(sent) = self.in_flight.remove(&id.0) else { return recorded };
        if let Some(left) = self.batches.get_mut(&sent.batch) {
            *left -= 1;
            if *left == 0 {
                self.batches.remove(&sent.batch);
            }
        }
        let at = id.0;
        self.release(at, &sent.sent);
        match outcome {
            Outcome::Applied(applied) => self.applied(at, sent, applied, &mut recorded),
            Outcome::AlreadySatisfied if matches!(sent.sent, WriteAction::Create { .. }) => {
                let failure =
                    Failure::new(ErrorKind::AlreadyExists, "the target says that the object exists already");
                self.settle(at, Fate::Failed(failure), &mut recorded);
            }
            Outcome::AlreadySatisfied => self.go_on(at, sent.rest, &mut recorded),
            Outcome::Rejected(failure) | Outcome::Conflict(failure) => {
                self.refused(at, sent, failure, now, &mut recorded);
            }
            Outcome::Unknown(failure) => self.settle(at, Fate::Unknown(failure), &mut recorded),
        }
        recorded.finished.sort_unstable();
        recorded
    }

    /// Takes it as unknown what came of every write that is under way: the connector stopped answering.
    pub fn lose_outstanding(&mut self, failure: &Failure, now: Timestamp) -> Recorded {
        let mut all = Recorded::default();
        let outstanding: Vec<u32> = self.in_flight.keys().copied().collect();
        for at in outstanding {
            let recorded = self.record(WriteId(at), Outcome::Unknown(failure.clone()), now);
            all.finished.extend(recorded.finished);
            all.links.extend(recorded.links);
            all.facts.extend(recorded.facts);
        }
        all
    }

    fn fill(&mut self, batch: &mut Vec<Write>, recorded: &mut Recorded) {
        while batch.len() < self.capabilities.batch_max.max(1) {
            let Some(Reverse(at)) = self.ready.pop() else { break };
            let Some(unsent) = self.unsent.remove(&at).or_else(|| self.prepare(at, recorded)) else {
                continue;
            };
            let object_type = self.object_type(at);
            if let Some(target) = writes::target_of(&unsent.action)
                && !self.busy.insert((object_type.clone(), target.clone()))
            {
                self.unsent.insert(at, unsent);
                self.parked.push(at);
                continue;
            }
            let mut action = unsent.action;
            let known = writes::target_of(&action)
                .and_then(|target| self.versions.get(&(object_type.clone(), target.clone())));
            writes::set_version(&mut action, known, self.capabilities.update_with_version);
            batch.push(Write::new(WriteId(at), object_type, action.clone()));
            let flight = InFlight {
                batch: self.next_batch,
                sent: action,
                rest: unsent.rest,
                attempts: unsent.attempts + 1,
            };
            self.in_flight.insert(at, flight);
        }
    }

    fn object_type(&self, at: u32) -> ObjectType {
        let mapping = self.plan.operations[at as usize].mapping;
        self.plan.mapping(mapping).map_or_else(|| ObjectType::new(""), |it| it.target.clone())
    }

    /// Turns an operation into writes; one that needs none, or whose object does not exist, gets its fate.
    fn prepare(&mut self, at: u32, recorded: &mut Recorded) -> Option<Unsent> {
        let plan = Arc::clone(&self.plan);
        let operation = &plan.operations[at as usize];
        if let Some(until) = self.postponed.get(&operation.id) {
            self.settle(at, Fate::Postponed(*until), recorded);
            return None;
        }
        if let Some(blocker) = self.blocked_by(operation) {
            self.settle(at, Fate::Blocked(blocker), recorded);
            return None;
        }
        let target = match &operation.target {
            TargetRef::Existing(id) => Some(id.clone()),
            TargetRef::Created(_) if matches!(operation.action, Action::Create { .. }) => None,
            TargetRef::Created(id) => Some(self.created[id.position()].clone()?),
        };
        let prepared =
            writes::of(operation, target.as_ref(), &self.created, self.capabilities.values_per_change_max);
        if prepared.references_left_out > 0 {
            self.summary.leave_out(operation.id, prepared.references_left_out);
        }
        let mut actions = prepared.actions.into_iter();
        match actions.next() {
            Some(action) => Some(Unsent { action, rest: actions.collect(), attempts: 0 }),
            None => {
                self.settle(at, Fate::Done, recorded);
                None
            }
        }
    }

    /// The failed operation that makes an operation impossible: the create of its own object, or what must not only
    /// have been tried before, but done.
    fn blocked_by(&self, operation: &Operation) -> Option<OpId> {
        let failed = |id: &OpId| !matches!(self.fates[id.position()], Some(Fate::Done));
        let own = match operation.target {
            TargetRef::Created(id) if id != operation.id => Some(id),
            _ => None,
        };
        own.filter(failed).or_else(|| {
            let needed = operation.after.iter().filter(|it| it.why.is_needed()).map(|it| it.operation);
            needed.into_iter().find(failed)
        })
    }

    fn release(&mut self, at: u32, action: &WriteAction) {
        if let Some(target) = writes::target_of(action) {
            self.busy.remove(&(self.object_type(at), target.clone()));
            for at in self.parked.drain(..) {
                self.ready.push(Reverse(at));
            }
        }
    }

    fn applied(&mut self, at: u32, sent: InFlight, applied: Applied, recorded: &mut Recorded) {
        if matches!(sent.sent, WriteAction::Create { .. }) {
            self.created[at as usize] = Some(applied.id.clone());
        }
        self.versions.insert((self.object_type(at), applied.id), applied.version);
        self.go_on(at, sent.rest, recorded);
    }

    fn go_on(&mut self, at: u32, rest: Vec<WriteAction>, recorded: &mut Recorded) {
        let mut rest = rest.into_iter();
        match rest.next() {
            Some(action) => {
                self.unsent.insert(at, Unsent { action, rest: rest.collect(), attempts: 0 });
                self.ready.push(Reverse(at));
            }
            None => self.settle(at, Fate::Done, recorded),
        }
    }

    fn refused(
        &mut self,
        at: u32,
        sent: InFlight,
        failure: Failure,
        now: Timestamp,
        recorded: &mut Recorded,
    ) {
        if failure.kind == ErrorKind::Unauthenticated {
            // Every further write would be refused as well, and may lock the account out.
            self.stopped = true;
        }
        let wait = match failure.retry {
            Retry::Later { after } => {
                self.settings.retry.wait(sent.attempts, after, self.settings.seed ^ u64::from(at))
            }
            Retry::Never | Retry::AfterReread => None,
        };
        match wait {
            Some(wait) => {
                self.later.insert((now.plus(wait), at));
                self.unsent
                    .insert(at, Unsent { action: sent.sent, rest: sent.rest, attempts: sent.attempts });
            }
            None if failure.retry == Retry::AfterReread => self.settle(at, Fate::Unknown(failure), recorded),
            None => self.settle(at, Fate::Failed(failure), recorded),
        }
    }

    fn settle(&mut self, at: u32, fate: Fate, recorded: &mut Recorded) {
        let plan = Arc::clone(&self.plan);
        let operation = &plan.operations[at as usize];
        if fate == Fate::Done {
            recorded.links.extend(self.link_effect(operation));
            recorded.facts.extend(plan.facts(Some(operation.id)).iter().map(|it| it.fact.clone()));
        }
        self.summary.count(operation, &fate);
        self.fates[at as usize] = Some(fate);
        recorded.finished.push(operation.id);
        let (start, end) = (self.starts[at as usize] as usize, self.starts[at as usize + 1] as usize);
        for place in start..end {
            let dependent = self.dependents[place];
            let waits = &mut self.waits_for[dependent as usize];
            *waits -= 1;
            if *waits == 0 {
                self.ready.push(Reverse(dependent));
            }
        }
    }

    fn link_effect(&self, operation: &Operation) -> Option<LinkEffect> {
        let (mapping, source) = (operation.mapping, operation.source.clone());
        let put = |target: TargetId, origin| {
            Some(LinkEffect::Put { mapping, link: Link { source: operation.source.clone(), target, origin } })
        };
        match (&operation.action, &operation.target) {
            (Action::Create { .. }, _) => {
                put(self.created[operation.id.position()].clone()?, LinkOrigin::Created)
            }
            (Action::Adopt { .. }, TargetRef::Existing(id)) => put(id.clone(), LinkOrigin::Adopted),
            (Action::Delete | Action::Unlink, _) => Some(LinkEffect::Remove { mapping, source }),
            _ => None,
        }
    }

    /// Ends: what has no fate yet was not sent.
    fn give_up(&mut self) -> Step {
        let plan = Arc::clone(&self.plan);
        for (operation, fate) in plan.operations.iter().zip(&mut self.fates) {
            if fate.is_none() {
                *fate = Some(Fate::NotSent);
                self.summary.count(operation, &Fate::NotSent);
            }
        }
        Step::Done
    }
}
