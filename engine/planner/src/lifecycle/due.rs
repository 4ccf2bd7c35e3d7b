//! Which step is it time for?

use provisio_model::Timestamp;

use super::step_of;
use crate::memory::{LeavingStep, Note};
use crate::plan::{ActionKind, Waiting};
use crate::spec::{Deprovision, Step, Steps};

/// The step that a target object should have reached, and the one after it.
pub(super) struct Due {
    /// It is to be as after this step; `None` while the first one still waits.
    pub(super) step: Option<Step>,
    next: Option<Step>,
    /// What was noted, and since when.
    noted: Option<(LeavingStep, Timestamp)>,
    /// Since when the next step waits, unless it waits for this plan.
    since: Option<Timestamp>,
}

/// Finds the step that it is time for. A step waits for the one before it to be done, so that whoever was disabled
/// late, since a limit held it back, is deleted late as well.
pub(super) fn of(steps: &Steps, note: Option<&Note>, target: &str, now: Timestamp) -> Due {
    let leaving = note.and_then(|it| it.leaving.as_ref()).filter(|it| it.target.as_str() == target);
    let done = leaving.filter(|it| it.step != LeavingStep::Noticed).and_then(|it| {
        // The steps may be others than they were: it came as far as the last one that does not go further.
        let at = steps.iter().rposition(|step| step_of(step.action) <= it.step)?;
        Some((at, it.at))
    });
    let (next, since) = match done {
        Some((at, since)) => (at + 1, since),
        None => (0, leaving.map_or(now, |it| it.since)),
    };
    let noted = leaving.map(|it| (it.step, it.at));
    match steps.get(next) {
        Some(step) if since.plus(step.after()) <= now => {
            Due { step: Some(step), next: steps.get(next + 1), noted, since: None }
        }
        step => Due { step: done.and_then(|(at, _)| steps.get(at)), next: step, noted, since: Some(since) },
    }
}

impl Due {
    /// Says what comes next and when, if anything does.
    pub(super) fn waiting(&self, now: Timestamp) -> Option<Waiting> {
        let next = self.next?;
        let since = self.since.unwrap_or(now);
        let step = match self.step {
            Some(step) => step_of(step.action),
            None => LeavingStep::Noticed,
        };
        let noted = self.noted.filter(|it| it.0 == step).map(|it| it.1);
        let next_kind = match next.action {
            Deprovision::Leave | Deprovision::Delete => ActionKind::Delete,
            Deprovision::Disable => ActionKind::Disable,
            Deprovision::SoftDelete => ActionKind::SoftDelete,
        };
        Some(Waiting {
            step,
            since: noted.unwrap_or(since),
            next: next_kind,
            until: since.plus(next.after()),
        })
    }
}

#[cfg(test)]
mod tests {
    use provisio_model::TargetId;

    use super::*;
    use crate::memory::{Leaving, Trigger};

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400)
    }

    fn note(step: LeavingStep, since: i64, at: i64) -> Note {
        let mut leaving = Leaving::new(Trigger::OutOfScope, step, TargetId::new("u1"), day(at));
        leaving.since = day(since);
        Note { leaving: Some(leaving), ..Note::default() }
    }

    fn steps(steps: &[(Deprovision, u32)]) -> Steps {
        let steps = steps.iter().map(|&(action, after_days)| Step { action, after_days });
        Steps::new(steps).expect("they go on")
    }

    #[test]
    fn a_step_is_due_when_the_one_before_it_was_done_long_enough_ago() {
        use Deprovision::{Delete, Disable, SoftDelete};
        let all = steps(&[(Disable, 0), (SoftDelete, 10), (Delete, 30)]);
        let due = |note: Option<&Note>, now| {
            let due = of(&all, note, "u1", day(now));
            (due.step.map(|it| it.action), due.waiting(day(now)).map(|it| (it.step, it.since, it.until)))
        };
        use LeavingStep as S;
        assert_eq!(due(None, 1), (Some(Disable), Some((S::Disabled, day(1), day(11)))));
        let disabled = note(S::Disabled, 1, 3);
        assert_eq!(due(Some(&disabled), 12), (Some(Disable), Some((S::Disabled, day(3), day(13)))));
        assert_eq!(due(Some(&disabled), 13).0, Some(SoftDelete));
        assert_eq!(due(Some(&disabled), 1000).0, Some(SoftDelete), "one step at a time");
        let marked = note(S::SoftDeleted, 1, 13);
        assert_eq!(due(Some(&marked), 42).0, Some(SoftDelete));
        assert_eq!(due(Some(&marked), 43), (Some(Delete), None));
    }

    #[test]
    fn the_first_step_may_wait_and_the_note_of_another_object_says_nothing() {
        let late = steps(&[(Deprovision::Delete, 7)]);
        let noticed = note(LeavingStep::Noticed, 1, 1);
        assert_eq!(of(&late, None, "u1", day(1)).step, None);
        assert_eq!(of(&late, Some(&noticed), "u1", day(7)).step, None);
        assert!(of(&late, Some(&noticed), "u1", day(8)).step.is_some());
        assert_eq!(of(&late, Some(&noticed), "u2", day(8)).step, None);
    }

    #[test]
    fn steps_that_changed_go_on_from_how_far_it_came() {
        let now = steps(&[(Deprovision::Disable, 0), (Deprovision::Delete, 5)]);
        let marked = note(LeavingStep::SoftDeleted, 1, 2);
        assert_eq!(
            of(&now, Some(&marked), "u1", day(6)).step.map(|it| it.action),
            Some(Deprovision::Disable)
        );
        assert_eq!(of(&now, Some(&marked), "u1", day(7)).step.map(|it| it.action), Some(Deprovision::Delete));
        assert_eq!(Steps::new([]), None);
        let back = [Deprovision::Delete, Deprovision::Disable].map(|action| Step { action, after_days: 1 });
        assert_eq!(Steps::new(back), None);
        let at_once =
            [Deprovision::Disable, Deprovision::Delete].map(|action| Step { action, after_days: 0 });
        assert_eq!(Steps::new(at_once), None);
    }
}
