//! What do the writes of a cycle leave of what is remembered of target objects?
//!
//! What is remembered of an object is forgotten in the commit before the first write to it is sent: a process that dies
//! leaves it unknown, never wrong. Afterwards it is as the target's last answer says, if it says what the object holds; as
//! it was, if the target refused for now and so changed nothing; else nobody knows until somebody looks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use provisio_model::{Object, ObjectType, Outcome, Retry, TargetId, Write, WriteAction, WriteId};
use provisio_planner::TargetKey;

use crate::store::KnownTarget;

/// What is known of a target object after writes to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trace {
    /// As much as before: nothing was changed.
    AsBefore,
    /// The target said how it is.
    Is(Object),
    /// Nothing.
    Unclear,
}

/// What is known of the target objects that were written, or may have been.
pub(crate) type Traces = BTreeMap<TargetKey, Trace>;

/// How far writes have to be followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tracking {
    /// No target object is remembered, now or afterwards.
    #[default]
    Off,
    /// Target objects are remembered afterwards.
    Outcomes,
    /// They are remembered now, too, so that each has to be forgotten before it is written.
    Forgetting,
}

/// Follows writes and their outcomes.
#[derive(Default)]
pub(crate) struct Tracker {
    tracking: Tracking,
    /// What is written, by write that is under way; a create has no id yet.
    under_way: BTreeMap<WriteId, (ObjectType, Option<TargetId>)>,
    forgotten: BTreeSet<TargetKey>,
    traces: Traces,
}

impl Tracker {
    pub(crate) fn new(tracking: Tracking) -> Self {
        Self { tracking, ..Self::default() }
    }

    /// Takes what is about to be sent, and returns what has to be forgotten before.
    pub(crate) fn send<'w>(
        &mut self,
        writes: impl Iterator<Item = &'w Write>,
    ) -> Vec<(TargetKey, Option<KnownTarget>)> {
        let mut forget = Vec::new();
        if self.tracking == Tracking::Off {
            return forget;
        }
        for Write { id, object_type, action, .. } in writes {
            let target = match action {
                WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => {
                    Some(target.clone())
                }
                // A create, whose object is not known yet.
                _ => None,
            };
            if let Some(target) = &target
                && self.tracking == Tracking::Forgetting
            {
                let key = TargetKey { object_type: object_type.clone(), id: target.clone() };
                if self.forgotten.insert(key.clone()) {
                    forget.push((key, None));
                }
            }
            self.under_way.insert(*id, (object_type.clone(), target));
        }
        forget
    }

    /// Takes what came of a write; without an outcome, none came.
    pub(crate) fn answer(&mut self, id: WriteId, outcome: Option<&Outcome>) {
        let Some((object_type, target)) = self.under_way.remove(&id) else { return };
        let (target, trace) = match outcome {
            Some(Outcome::Applied(applied)) => {
                let is = applied.observed.as_ref().map(|attributes| {
                    let mut object = Object::new(object_type.clone(), applied.id.text().clone());
                    object.attributes = attributes.clone();
                    Trace::Is(object)
                });
                (Some(applied.id.clone()), is.unwrap_or(Trace::Unclear))
            }
            Some(Outcome::Rejected(failure)) if matches!(failure.retry, Retry::Later { .. }) => {
                (target, Trace::AsBefore)
            }
            _ => (target, Trace::Unclear),
        };
        let Some(id) = target else { return };
        match self.traces.entry(TargetKey { object_type, id }) {
            Entry::Vacant(place) => _ = place.insert(trace),
            // What was lost may still be done, whatever was answered since.
            Entry::Occupied(mut place) => {
                if *place.get() != Trace::Unclear && trace != Trace::AsBefore {
                    place.insert(trace);
                }
            }
        }
    }

    /// Returns what is known in the end. Of what is still under way, nothing is.
    pub(crate) fn finish(mut self) -> Traces {
        let under_way: Vec<WriteId> = self.under_way.keys().copied().collect();
        under_way.into_iter().for_each(|id| self.answer(id, None));
        self.traces
    }
}

#[cfg(test)]
mod tests {
    use provisio_model::{Applied, AttributeDelta, Attributes, ErrorKind, Failure, ValuesChange};

    use super::*;

    fn update(id: u32) -> Write {
        let deltas = vec![AttributeDelta::new("mail", ValuesChange::Clear)];
        let action = WriteAction::Update { target: TargetId::new("7"), version: None, deltas };
        Write::new(WriteId(id), "user".into(), action)
    }

    fn key() -> TargetKey {
        TargetKey { object_type: "user".into(), id: TargetId::new("7") }
    }

    fn observed(mail: &str) -> Outcome {
        let mut attributes = Attributes::new();
        attributes.set("mail", mail);
        let mut applied = Applied::to(TargetId::new("7"));
        applied.observed = Some(attributes);
        Outcome::Applied(applied)
    }

    fn after(outcomes: &[Option<Outcome>]) -> Option<Trace> {
        let mut tracker = Tracker::new(Tracking::Forgetting);
        for (id, outcome) in outcomes.iter().enumerate() {
            let write = update(id as u32);
            let forget = tracker.send(std::iter::once(&write));
            assert_eq!(forget.len(), usize::from(id == 0), "forgotten once, before the first write");
            tracker.answer(write.id, outcome.as_ref());
        }
        tracker.finish().remove(&key())
    }

    #[test]
    fn the_last_answer_says_how_an_object_is() {
        let is = |mail| Some(Trace::Is(Object::new("user", "7").with("mail", mail)));
        assert_eq!(after(&[Some(observed("a")), Some(observed("b"))]), is("b"));
        let silent = Some(Outcome::Applied(Applied::to(TargetId::new("7"))));
        assert_eq!(after(&[Some(observed("a")), silent.clone()]), Some(Trace::Unclear));
    }

    #[test]
    fn what_was_refused_for_now_changed_nothing() {
        let busy = Some(Outcome::Rejected(Failure::new(ErrorKind::RateLimited, "429")));
        assert_eq!(after(std::slice::from_ref(&busy)), Some(Trace::AsBefore));
        let is = Some(Trace::Is(Object::new("user", "7").with("mail", "a")));
        assert_eq!(after(&[busy.clone(), Some(observed("a"))]), is);
        assert_eq!(after(&[Some(observed("a")), busy]), is);
    }

    #[test]
    fn what_was_refused_for_good_was_decided_on_what_is_not_so() {
        let gone = Some(Outcome::Rejected(Failure::new(ErrorKind::NotFound, "404")));
        assert_eq!(after(&[gone]), Some(Trace::Unclear));
    }

    #[test]
    fn after_a_lost_answer_nothing_is_known_any_more() {
        assert_eq!(after(&[None]), Some(Trace::Unclear));
        assert_eq!(after(&[None, Some(observed("a"))]), Some(Trace::Unclear));
        let mut tracker = Tracker::new(Tracking::Outcomes);
        assert_eq!(tracker.send(std::iter::once(&update(1))), Vec::new(), "nothing is remembered yet");
        assert_eq!(tracker.finish().remove(&key()), Some(Trace::Unclear), "it is still under way");
    }
}
