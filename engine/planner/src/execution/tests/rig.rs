//! A plan by hand, and a target that answers what it is told to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use provisio_model::{
    Applied, AttrName, Capabilities, ErrorKind, Failure, ObjectType, Outcome, Retry, SourceId, TargetId,
    Timestamp, Write, WriteAction, WriteId,
};

use super::super::{Execution, ExecutionSettings, Recorded, Step};
use crate::fingerprint::Fingerprint;
use crate::plan::{
    Action, After, Change, Generation, MappingId, OpId, Operation, Plan, PlannedMapping, PlannedValues,
    Reason, Referent, TargetKnowledge, TargetRef, Why,
};
use crate::situation::Situation;

/// What one operation of a plan does.
#[derive(Clone, Debug)]
pub(super) enum Does {
    Create,
    Update {
        object: u8,
    },
    Delete {
        object: u8,
    },
    /// The first users join, and those after them leave.
    Members {
        group: u8,
        join: u8,
        leave: u8,
    },
    Unlink {
        object: u8,
    },
    /// Updates what an operation before creates.
    UpdateCreated {
        at: u32,
    },
}

/// An operation, and what it comes after.
pub(super) fn plan(operations: &[(Does, BTreeSet<u32>)]) -> Arc<Plan> {
    let operations = operations.iter().enumerate().map(|(at, (does, after))| {
        let id = OpId(u32::try_from(at).unwrap());
        let mut after = after.clone();
        let existing = |kind: &str, at: &u8| TargetRef::Existing(TargetId::new(format!("{kind}{at}")));
        let title = || PlannedValues::Values("engineer".into());
        let update = || Action::Update { changes: vec![Change::whole("title".into(), None, Some(title()))] };
        let (target, action) = match does {
            Does::Create => (
                TargetRef::Created(id),
                Action::Create { attributes: vec![(AttrName::new("title"), title())] },
            ),
            Does::Update { object } => (existing("user", object), update()),
            Does::Delete { object } => (existing("user", object), Action::Delete),
            Does::Unlink { object } => (existing("user", object), Action::Unlink),
            Does::Members { group, join, leave } => {
                let member = |at| Referent { target: existing("user", &at), label: "somebody".into() };
                let add = (0..*join).map(member).collect();
                let remove = (*join..join + leave).map(member).collect();
                let members = AttrName::new("members");
                (existing("group", group), Action::ChangeMembers { attribute: members, add, remove })
            }
            Does::UpdateCreated { at } => {
                after.insert(*at);
                (TargetRef::Created(OpId(*at)), update())
            }
        };
        let after = after.into_iter().map(|it| After { operation: OpId(it), why: Why::Created }).collect();
        Operation {
            id,
            mapping: MappingId(0),
            label: "somebody".into(),
            source: SourceId::new(format!("s{at}")),
            target,
            version: None,
            situation: Situation::Linked,
            action,
            reason: Reason::AttributesDiffer,
            after,
            lost: vec![],
        }
    });
    Arc::new(Plan {
        name: "test".into(),
        spec: Fingerprint::of("the spec"),
        parent: Generation(0),
        at: second(0),
        mappings: vec![PlannedMapping {
            name: "users".into(),
            source: ObjectType::new("worker"),
            target: ObjectType::new("user"),
        }],
        operations: operations.collect(),
        held: vec![],
        skipped: vec![],
        unchanged: 0,
        memory: vec![],
        target_known_by: TargetKnowledge::Listing,
    })
}

/// Independent updates of different objects.
pub(super) fn updates(count: u8) -> Arc<Plan> {
    let each = (0..count).map(|object| (Does::Update { object }, BTreeSet::new()));
    plan(&each.collect::<Vec<_>>())
}

pub(super) fn capabilities(concurrency_max: usize, batch_max: usize) -> Capabilities {
    let mut capabilities = Capabilities::READ_WRITE;
    (capabilities.concurrency_max, capabilities.batch_max) = (concurrency_max, batch_max);
    capabilities
}

/// What the target says to one write.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    Good,
    Satisfied,
    Invalid,
    Limited(Option<Duration>),
    Unreachable(Option<Duration>),
    Lost,
}

impl Answer {
    pub(super) fn outcome(self, write: &Write) -> Outcome {
        let later =
            |kind, after| Outcome::Rejected(Failure::new(kind, "later").with_retry(Retry::Later { after }));
        match self {
            Self::Good => Outcome::Applied(Applied::to(match &write.action {
                WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => target.clone(),
                _ => TargetId::new(format!("new{}", write.id.0)),
            })),
            Self::Satisfied => Outcome::AlreadySatisfied,
            Self::Invalid => Outcome::Rejected(Failure::new(ErrorKind::InvalidValue, "no")),
            Self::Limited(after) => later(ErrorKind::RateLimited, after),
            Self::Unreachable(after) => later(ErrorKind::Unreachable, after),
            Self::Lost => Outcome::Unknown(Failure::new(ErrorKind::Timeout, "no answer")),
        }
    }
}

/// A request, when it was sent, and what is still under way then, itself included.
#[derive(Debug, PartialEq)]
pub(super) struct Sent {
    pub(super) at: Timestamp,
    pub(super) writes: Vec<Write>,
    pub(super) under_way: usize,
}

/// An answer, when it was given.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) at: Timestamp,
    pub(super) answer: Answer,
    pub(super) sent_before: usize,
}

/// What happened.
pub(super) struct Story {
    pub(super) execution: Execution,
    pub(super) sent: Vec<Sent>,
    pub(super) given: Vec<Given>,
    /// How often each operation was reported as finished.
    pub(super) finished: BTreeMap<OpId, usize>,
    pub(super) ended: Timestamp,
}

/// Carries a plan out. `answer` says what the target answers to the n-th write that it gets, and after how long.
///
/// Between answers the execution is asked again only when it says so: what it could have sent earlier is seen to be
/// late.
pub(super) fn carry_out(
    plan: Arc<Plan>,
    capabilities: Capabilities,
    mut answer: impl FnMut(usize, &Write) -> (Answer, Duration),
) -> Story {
    let mut execution = Execution::new(plan, capabilities, ExecutionSettings::default());
    let (mut sent, mut given) = (Vec::<Sent>::new(), Vec::new());
    let mut finished = BTreeMap::<OpId, usize>::new();
    // By when the answer comes, so that ties are answered in the order in which the writes were sent.
    let mut under_way = BTreeMap::<(Timestamp, usize), (Write, Answer, usize)>::new();
    let (mut now, mut writes_seen) = (second(0), 0);
    for _ in 0..100_000 {
        let mut recorded = Recorded::default();
        let step = execution.poll(now, &mut recorded);
        let next = match step {
            Step::Dispatch(writes) => {
                for write in &writes {
                    assert_is_in_order(&execution, write);
                    let object = object_of(write);
                    let busy = under_way.values().any(|it| object.is_some() && object_of(&it.0) == object);
                    assert!(!busy, "two writes of {object:?} are under way");
                    let (answer, after) = answer(writes_seen, write);
                    under_way.insert((now.plus(after), writes_seen), (write.clone(), answer, sent.len()));
                    writes_seen += 1;
                }
                let requests: BTreeSet<usize> = under_way.values().map(|it| it.2).collect();
                sent.push(Sent { at: now, writes, under_way: requests.len() });
                None
            }
            Step::Await { until } => {
                let first = under_way.first_key_value().expect("an answer is to come").0.0;
                assert!(until.is_none_or(|it| it > now), "to wait until {until:?} at {now:?}");
                Some(until.map_or(first, |it| it.min(first)))
            }
            Step::WaitUntil(instant) => {
                assert!(under_way.is_empty() && instant > now, "{instant:?} at {now:?}");
                Some(instant)
            }
            Step::Done => {
                assert!(under_way.is_empty());
                count(&mut finished, &recorded);
                return Story { execution, sent, given, finished, ended: now };
            }
        };
        count(&mut finished, &recorded);
        now = next.unwrap_or(now);
        while let Some(first) = under_way.first_entry()
            && next.is_some()
            && first.key().0 <= now
        {
            let (write, answer, _) = first.remove();
            let recorded = execution.record(WriteId(write.id.0), answer.outcome(&write), now);
            count(&mut finished, &recorded);
            given.push(Given { at: now, answer, sent_before: sent.len() });
        }
    }
    unreachable!("it does not end")
}

fn count(finished: &mut BTreeMap<OpId, usize>, recorded: &Recorded) {
    for id in &recorded.finished {
        *finished.entry(*id).or_default() += 1;
    }
}

fn assert_is_in_order(execution: &Execution, write: &Write) {
    for first in &execution.plan().operations[write.id.0 as usize].after {
        assert!(execution.fate(first.operation).is_some(), "{} before {}", write.id.0, first.operation);
    }
}

pub(super) fn object_of(write: &Write) -> Option<&TargetId> {
    match &write.action {
        WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => Some(target),
        _ => None,
    }
}

pub(super) fn second(at: u64) -> Timestamp {
    Timestamp::from_second(0).plus(Duration::from_secs(at))
}

pub(super) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
