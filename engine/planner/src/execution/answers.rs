//! What follows from an answer, or from there being none?

use provisio_model::{
    Applied, ErrorKind, Failure, Link, LinkOrigin, Outcome, Retry, SourceId, TargetId, Timestamp,
};

use super::writes::Writes;
use super::{Execution, Fate, Kept, Unsent, retry, salvage};
use crate::memory::Fact;
use crate::plan::{Action, MappingId, OpId, Operation, TargetRef};

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

impl Execution {
    /// Takes the outcome of a write that is no longer under way.
    pub(super) fn answered(
        &mut self,
        at: u32,
        request: u64,
        write: Unsent,
        outcome: Outcome,
        now: Timestamp,
        recorded: &mut Recorded,
    ) {
        self.release(at);
        match outcome {
            Outcome::Applied(applied) => {
                self.budget.succeeded(request);
                self.applied(at, write, applied, recorded);
            }
            Outcome::AlreadySatisfied if self.creates(at) => {
                let failure =
                    Failure::new(ErrorKind::AlreadyExists, "the target says that the object exists already");
                self.settle(at, Fate::Failed(failure), recorded);
            }
            Outcome::AlreadySatisfied => {
                self.budget.succeeded(request);
                self.go_on(at, write, recorded);
            }
            Outcome::Rejected(failure) | Outcome::Conflict(failure) => {
                self.refused(at, request, write, failure, now, recorded);
            }
            Outcome::Unknown(failure) => {
                if retry::is_overload(failure.kind) {
                    self.budget.slow_down(request, now);
                    self.stopped |= self.budget.failing_for(now, now) > self.settings.retry.patience;
                }
                self.settle(at, Fate::Unknown(failure), recorded);
            }
        }
    }

    fn release(&mut self, at: u32) {
        if let Some(object) = self.object(at) {
            self.busy.remove(&object);
            self.ready.unpark();
        }
    }

    fn creates(&self, at: u32) -> bool {
        matches!(self.plan.operations[at as usize].action, Action::Create { .. })
    }

    fn applied(&mut self, at: u32, sent: Unsent, applied: Applied, recorded: &mut Recorded) {
        if self.creates(at) {
            self.created[at as usize] = Some(applied.id.clone());
        }
        if self.capabilities.update_with_version {
            self.versions.insert((self.object_type(at), applied.id), applied.version);
        }
        self.go_on(at, sent, recorded);
    }

    fn go_on(&mut self, at: u32, done: Unsent, recorded: &mut Recorded) {
        self.left.write_done(OpId(at));
        let mut salvage = done.salvage;
        if let Some(salvage) = &mut salvage {
            salvage.taken();
        }
        let next = match done.write {
            Kept::Here(writes) => Writes::of(writes.rest),
            Kept::InPlan => None,
        };
        match (next, salvage) {
            (Some(next), salvage) => {
                self.send_next(at, Unsent { salvage, ..Unsent::here(next) });
            }
            (None, Some(salvage)) => self.settle(at, Fate::Failed(salvage.into_failure()), recorded),
            (None, None) => self.settle(at, Fate::Done, recorded),
        }
    }

    fn send_next(&mut self, at: u32, next: Unsent) {
        self.unsent.insert(at, next);
        self.ready.push_again(at);
    }

    fn refused(
        &mut self,
        at: u32,
        request: u64,
        mut sent: Unsent,
        failure: Failure,
        now: Timestamp,
        recorded: &mut Recorded,
    ) {
        if failure.kind == ErrorKind::Unauthenticated {
            // Every further write would be refused as well, and may lock the account out.
            self.stopped = true;
        }
        let is_overload = retry::is_overload(failure.kind);
        let setbacks = if is_overload { self.budget.slow_down(request, now) } else { None };
        let after = match failure.retry {
            Retry::Later { after } => after,
            Retry::AfterReread => return self.settle(at, Fate::Unknown(failure), recorded),
            Retry::Never => return self.refused_for_good(at, sent, failure, recorded),
        };
        let policy = self.settings.retry;
        let setbacks = setbacks.filter(|_| failure.kind == ErrorKind::RateLimited);
        let wait = after.unwrap_or_else(|| match setbacks {
            Some(setbacks) => policy.back_off(setbacks, self.settings.seed),
            None => policy.back_off(sent.attempts, self.settings.seed ^ u64::from(at)),
        });
        let mut until = now.plus(wait);
        if is_overload {
            if after.is_some() || setbacks.is_some() {
                until = self.budget.hold(until);
            }
            self.stopped |= self.budget.failing_for(until, now) > policy.patience;
        }
        let since = *sent.refused.get_or_insert(now);
        if sent.attempts < policy.attempts_max(failure.kind) && until.since(since) <= policy.patience {
            self.ready.wait(at, until);
            self.unsent.insert(at, sent);
        } else {
            self.settle(at, Fate::Failed(failure), recorded);
        }
    }

    fn refused_for_good(&mut self, at: u32, sent: Unsent, failure: Failure, recorded: &mut Recorded) {
        match salvage::after_refusal(&self.plan.operations[at as usize], sent, failure) {
            Ok(next) => self.send_next(at, next),
            Err(failure) => self.settle(at, Fate::Failed(failure), recorded),
        }
    }

    pub(super) fn settle(&mut self, at: u32, fate: Fate, recorded: &mut Recorded) {
        let operation = &self.plan.operations[at as usize];
        if matches!(fate, Fate::Done) {
            recorded.links.extend(self.link_effect(operation));
            recorded.facts.extend(self.plan.facts(Some(operation.id)).iter().map(|it| it.fact.clone()));
        }
        self.summary.count(operation, &fate);
        self.fates[at as usize] = Some(fate);
        recorded.finished.push(OpId(at));
        self.left.settled(OpId(at));
        self.ready.settled(OpId(at));
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
}
