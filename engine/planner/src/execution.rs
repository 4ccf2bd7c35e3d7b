//! Carrying a plan out, as a pure state machine: what to send next, what to send again, when to stop.
//!
//! [`Execution::poll`] says what to do, [`Execution::record`] takes what came of it. No clock, no I/O, no
//! choice beyond when: what is written was decided when the plan was made (R3). The only thing filled in is the
//! id of an object that this plan created itself.
//!
//! A failed operation stops what writes the same object, and nothing else (R8): a reference to an object that
//! could not be created is left out, and the next plan finds it missing. A write whose fate is unknown is not
//! sent again (R9): the next read shows what became of it.
//!
//! What a failure means for the run, by its [`Retry`](provisio_model::Retry) and [`ErrorKind`](provisio_model::ErrorKind); waits and bounds are those of [`RetryPolicy`]:
//!
//! | Failure | The write | The target |
//! |---|---|---|
//! | `Later`, rate limited | again after what the target asks for, else after a back-off | sent nothing until then; half as many requests at once |
//! | `Later`, unreachable or timed out | again after what the target asks for, else after a back-off | half as many requests at once; sent nothing until then if it asks for that |
//! | `Later`, any other kind | again after what the target asks for, else after a back-off | |
//! | `AfterReread`, or an unknown outcome | not again in this run | half as many requests at once if it timed out or is unreachable |
//! | `Never` | not again in this run; of a change of members, what the target takes of it | |
//! | not authenticated | not again in this run | sent nothing more: that may lock the account out |
//!
//! A target that is rate limited, unreachable or timed out for longer than [`RetryPolicy::patience`] without a single
//! success is sent nothing more in this run.
//!
//! Memory: besides the plan and a few words for each operation, only writes are held that are under way, at most
//! `concurrency_max` times `batch_max`, and the rest of those that were begun, at most [`KEPT_MAX`] operations more.

mod answers;
mod budget;
mod cost;
mod name_order;
mod positions;
mod ready;
mod retry;
mod salvage;
mod summary;
#[cfg(test)]
mod tests;
mod writes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use provisio_model::{
    Capabilities, Failure, ObjectType, Outcome, TargetId, Text, Timestamp, Write, WriteAction, WriteId,
};

use crate::plan::{Action, OpId, Operation, Plan, TargetRef};
use budget::Budget;
use cost::Left;
use name_order::NameOrder;
use ready::Ready;
use salvage::Salvage;
use writes::{Prepared, Writes};

pub use answers::{LinkEffect, Recorded};
pub use cost::{Cost, Effort};
pub use retry::RetryPolicy;
pub use summary::{Failed, Fate, Summary};

/// How many operations may have a write that is kept to be sent: again, or after others of theirs. While there are so
/// many, none is begun.
pub const KEPT_MAX: usize = 1_000;

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
    /// Nothing can be sent before an outcome is recorded, or this instant has come if there is one.
    Await {
        /// When something can be sent even if no outcome is recorded before.
        until: Option<Timestamp>,
    },
    /// Nothing can be sent before this instant.
    WaitUntil(Timestamp),
    /// Everything has its fate.
    Done,
}

/// One execution of one plan.
pub struct Execution {
    plan: Arc<Plan>,
    capabilities: Capabilities,
    settings: ExecutionSettings,
    fates: Vec<Option<Fate>>,
    ready: Ready,
    budget: Budget,
    left: Left,
    created: Vec<Option<TargetId>>,
    /// By type and id: two types may share ids.
    versions: BTreeMap<(ObjectType, TargetId), Option<Text>>,
    /// Existing objects that are being written: one write at a time.
    busy: BTreeSet<(ObjectType, TargetId)>,
    in_flight: BTreeMap<u32, InFlight>,
    /// By request: how many outcomes are still to come.
    requests: BTreeMap<u64, usize>,
    /// Writes that were refused for now, and those of an operation that come after the first.
    unsent: BTreeMap<u32, Unsent>,
    /// Operations that are not sent in this run, with when they may be.
    postponed: BTreeMap<OpId, Timestamp>,
    writes_sent: u64,
    stopped: bool,
    summary: Summary,
    name_order: NameOrder,
}

/// A write that was sent.
struct InFlight {
    request: u64,
    write: Unsent,
}

/// A write that is still to be sent, or to be sent again.
struct Unsent {
    write: Kept,
    /// How often it was sent.
    attempts: u32,
    /// When it was first refused.
    refused: Option<Timestamp>,
    /// That a part of the operation was refused for good.
    salvage: Option<Box<Salvage>>,
}

/// What is written, once it has been sent.
enum Kept {
    /// The first of these, and the others after it.
    Here(Box<Writes>),
    /// What the plan says of an operation that is one write: it is made again if it has to be sent again, which is rare.
    InPlan,
}

impl Unsent {
    fn here(writes: Writes) -> Self {
        Self::of(Kept::Here(Box::new(writes)))
    }

    fn of(write: Kept) -> Self {
        Self { write, attempts: 0, refused: None, salvage: None }
    }
}

impl Execution {
    /// Starts; nothing is sent before the first [`Execution::poll`].
    pub fn new(plan: Arc<Plan>, capabilities: Capabilities, settings: ExecutionSettings) -> Self {
        let count = plan.operations.len();
        let (ready, left) = (Ready::of(&plan), Left::of(&plan, &capabilities));
        Self {
            plan,
            capabilities,
            settings,
            fates: vec![None; count],
            ready,
            budget: Budget::of(&capabilities),
            left,
            created: vec![None; count],
            versions: BTreeMap::new(),
            busy: BTreeSet::new(),
            in_flight: BTreeMap::new(),
            requests: BTreeMap::new(),
            unsent: BTreeMap::new(),
            postponed: BTreeMap::new(),
            writes_sent: 0,
            stopped: false,
            summary: Summary::default(),
            name_order: NameOrder::default(),
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

    /// Returns the objects that operations created so far, by the position of the operation.
    pub fn created_so_far(&self) -> &[Option<TargetId>] {
        &self.created
    }

    /// Returns how much was done, and how much is left.
    pub fn effort(&self, now: Timestamp) -> Effort {
        let requests = self.budget.sent() - self.requests.len() as u64;
        let (sent, full) = (self.budget.sent(), self.capabilities.batch_max.max(1) as u64);
        let requests_left = match sent {
            0 => self.left.writes().div_ceil(full),
            _ => self.left.writes().saturating_mul(sent).div_ceil(self.writes_sent.max(1)),
        };
        let unsent = requests_left.saturating_sub(self.requests.len() as u64);
        Effort::new(requests, requests_left, self.budget.at_least(unsent, now))
    }

    /// Sends nothing more; what is under way is still to be recorded.
    pub fn stop(&mut self) {
        self.stopped = true;
    }

    /// Says what to do next. Operations that need no write get their fate here and are reported in `recorded`.
    pub fn poll(&mut self, now: Timestamp, recorded: &mut Recorded) -> Step {
        self.ready.wake(now);
        if self.stopped {
            return if self.in_flight.is_empty() { self.give_up() } else { Step::Await { until: None } };
        }
        let has_room = self.budget.has_room(self.requests.len());
        if has_room && self.budget.opens(now) <= now {
            let writes = self.fill(recorded);
            if !writes.is_empty() {
                self.writes_sent += writes.len() as u64;
                self.requests.insert(self.budget.send(now), writes.len());
                return Step::Dispatch(writes);
            }
        }
        let next = self.ready.next(self.is_full(), now).map(|it| it.max(self.budget.opens(now)));
        match next {
            _ if !self.in_flight.is_empty() => Step::Await { until: next.filter(|_| has_room) },
            Some(instant) => Step::WaitUntil(instant),
            None => self.give_up(),
        }
    }

    /// Takes what came of a write. An outcome of a write that is not under way is ignored.
    pub fn record(&mut self, id: WriteId, outcome: Outcome, now: Timestamp) -> Recorded {
        let mut recorded = Recorded::default();
        let Some(InFlight { request, write }) = self.in_flight.remove(&id.0) else { return recorded };
        if let Some(left) = self.requests.get_mut(&request) {
            *left -= 1;
            if *left == 0 {
                self.requests.remove(&request);
            }
        }
        self.answered(id.0, request, write, outcome, now, &mut recorded);
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

    /// Tells whether no operation is begun that has no write yet.
    fn is_full(&self) -> bool {
        self.unsent.len() >= KEPT_MAX
    }

    /// Takes what goes into one request.
    fn fill(&mut self, recorded: &mut Recorded) -> Vec<Write> {
        let mut writes = Vec::new();
        while writes.len() < self.capabilities.batch_max.max(1) {
            let Some(at) = self.ready.pop(self.is_full()) else { break };
            let object = self.object(at);
            if object.as_ref().is_some_and(|it| self.busy.contains(it)) {
                self.ready.park(at, self.unsent.contains_key(&at));
                continue;
            }
            let begun = match self.unsent.remove(&at) {
                Some(write) => self.again(at, write),
                None => self.prepare(at, recorded),
            };
            let Some((mut action, mut write)) = begun else { continue };
            // What is kept has the version of the plan: it gets that of the moment each time it is sent.
            let known = object.as_ref().and_then(|it| self.versions.get(it));
            writes::set_version(&mut action, known, self.capabilities.update_with_version);
            self.busy.extend(object);
            write.attempts += 1;
            writes.push(Write::new(WriteId(at), self.object_type(at), action));
            self.in_flight.insert(at, InFlight { request: self.budget.sent(), write });
        }
        writes
    }

    /// The write of an operation that was begun, to be sent.
    fn again(&mut self, at: u32, write: Unsent) -> Option<(WriteAction, Unsent)> {
        let action = match &write.write {
            Kept::Here(writes) => writes.first.clone(),
            Kept::InPlan => self.writes_of(at)?.writes?.first,
        };
        Some((action, write))
    }

    /// The existing object that an operation writes.
    fn object(&self, at: u32) -> Option<(ObjectType, TargetId)> {
        let operation = &self.plan.operations[at as usize];
        let target = match &operation.target {
            _ if matches!(operation.action, Action::Create { .. }) => None,
            TargetRef::Existing(id) => Some(id),
            TargetRef::Created(id) => self.created[id.position()].as_ref(),
        };
        target.map(|it| (self.object_type(at), it.clone()))
    }

    fn object_type(&self, at: u32) -> ObjectType {
        let mapping = self.plan.operations[at as usize].mapping;
        self.plan.mapping(mapping).map_or_else(|| ObjectType::new(""), |it| it.target.clone())
    }

    /// Turns an operation into writes, and returns the first; one that needs none, or whose object does not exist, gets
    /// its fate.
    fn prepare(&mut self, at: u32, recorded: &mut Recorded) -> Option<(WriteAction, Unsent)> {
        if let Some(until) = self.postponed.get(&OpId(at)) {
            self.settle(at, Fate::Postponed(*until), recorded);
            return None;
        }
        let operation = &self.plan.operations[at as usize];
        if let Some(blocker) = self.blocked_by(operation) {
            self.settle(at, Fate::Blocked(blocker), recorded);
            return None;
        }
        // Of a change of members, parts may have to be sent.
        let is_whole = !matches!(operation.action, Action::ChangeMembers { .. });
        let prepared = self.writes_of(at)?;
        if prepared.references_left_out > 0 {
            self.summary.leave_out(OpId(at), prepared.references_left_out);
        }
        match prepared.writes {
            Some(Writes { first, rest }) if is_whole && rest.is_empty() => {
                Some((first, Unsent::of(Kept::InPlan)))
            }
            Some(writes) => Some((writes.first.clone(), Unsent::here(writes))),
            None => {
                self.settle(at, Fate::Done, recorded);
                None
            }
        }
    }

    /// The writes that carry an operation out; `None` if its object was not created.
    fn writes_of(&mut self, at: u32) -> Option<Prepared> {
        let operations = &self.plan.operations;
        let operation = &operations[at as usize];
        // Mostly the next one to be asked for.
        if let Some(next) = operations.get(at as usize + 1) {
            writes::bring_near(next);
        }
        let target = match &operation.target {
            TargetRef::Existing(id) => Some(id),
            TargetRef::Created(_) if matches!(operation.action, Action::Create { .. }) => None,
            TargetRef::Created(id) => Some(self.created[id.position()].as_ref()?),
        };
        let most = self.capabilities.values_per_change_max;
        Some(writes::of(operation, target, &self.created, most, &mut self.name_order))
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

    /// Ends: what has no fate yet was not sent.
    fn give_up(&mut self) -> Step {
        let plan = Arc::clone(&self.plan);
        for (operation, fate) in plan.operations.iter().zip(&mut self.fates) {
            if fate.is_none() {
                self.left.settled(operation.id);
                *fate = Some(Fate::NotSent);
                self.summary.count(operation, &Fate::NotSent);
            }
        }
        Step::Done
    }
}
