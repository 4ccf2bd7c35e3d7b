//! When is there so much trouble that the job should be tried less often? (Entra QUA-01 to QUA-14.)

use std::fmt;
use std::time::Duration;

use provisio_model::{ErrorKind, Text, Timestamp};
use provisio_planner::execution::{Fate, Summary};
use serde::{Deserialize, Serialize};

use super::{Control, Paused, Quarantine};
use crate::alert::Alert;
use crate::error::RunError;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// When a job goes into quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuarantineSettings {
    /// Failed operations of one cycle are not weighed before there are so many of them.
    pub failures_min: usize,
    /// From then on, more failures than so many in a hundred operations lead to quarantine,
    pub percent_max: usize,
    /// or more than so many failures,
    pub failures_max: usize,
    /// or more than so many failures and references that could not be set.
    pub total_max: usize,
    /// So many cycles in a row that could not be carried out lead to quarantine. Credentials that are refused do at once.
    pub cycles_max: u32,
    /// After so long in quarantine the job is paused, and somebody has to resume it. Nothing is forgotten.
    pub give_up_after: Duration,
}

impl QuarantineSettings {
    /// Returns what Entra does: nothing is weighed below 5,000 failures.
    pub fn entra() -> Self {
        Self { failures_min: 5_000, ..Self::default() }
    }
}

/// From 50 failures: 40 in a hundred, 40,000, or 60,000 with references; three cycles; 28 days.
impl Default for QuarantineSettings {
    fn default() -> Self {
        Self {
            failures_min: 50,
            percent_max: 40,
            failures_max: 40_000,
            total_max: 60_000,
            cycles_max: 3,
            give_up_after: HOUR * 24 * 28,
        }
    }
}

/// Why a job is in quarantine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum QuarantineReason {
    /// A system refuses the credentials, or is not what the job says.
    Credentials,
    /// Several cycles in a row could not be carried out.
    Cycles,
    /// Too large a share of the operations failed.
    FailureShare,
    /// Too many operations failed.
    FailureCount,
    /// Too many operations failed, or lack references.
    TotalCount,
}

impl fmt::Display for QuarantineReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Credentials => "credentials",
            Self::Cycles => "cycles",
            Self::FailureShare => "failure_share",
            Self::FailureCount => "failure_count",
            Self::TotalCount => "total_count",
        })
    }
}

/// How a cycle went, as far as quarantine cares.
pub(crate) enum Trouble {
    /// It says nothing: somebody stopped it, or somebody else works on the job.
    Nothing,
    /// It was carried out, well enough.
    None,
    /// It could not be carried out.
    Failed(Text),
    /// It is a reason for quarantine.
    Severe(QuarantineReason, Text),
}

impl Trouble {
    /// Weighs a cycle.
    pub(crate) fn of(result: Result<(&Summary, usize), &RunError>, settings: &QuarantineSettings) -> Self {
        let (summary, operations) = match result {
            Ok(of) => of,
            Err(error) => return Self::of_error(error),
        };
        let refused = summary.failed.iter().find_map(|it| match &it.fate {
            Fate::Failed(failure) if failure.kind == ErrorKind::Unauthenticated => Some(failure),
            _ => None,
        });
        if let Some(failure) = refused {
            return Self::Severe(QuarantineReason::Credentials, failure.to_string().into());
        }
        let failures = summary.count_failed(|it| matches!(it, Fate::Failed(_) | Fate::Postponed(_)));
        let references = summary.left_out.iter().map(|it| it.1).sum();
        Self::weigh(failures, references, operations, settings)
    }

    fn weigh(failures: usize, references: usize, operations: usize, settings: &QuarantineSettings) -> Self {
        let severe = |reason, why: String| Self::Severe(reason, why.into());
        if failures + references > settings.total_max {
            let why = format!("{failures} operations failed, and {references} references could not be set");
            severe(QuarantineReason::TotalCount, why)
        } else if failures < settings.failures_min {
            Self::None
        } else if failures > settings.failures_max {
            severe(QuarantineReason::FailureCount, format!("{failures} operations failed"))
        } else if failures * 100 > operations * settings.percent_max {
            let why = format!("{failures} of {operations} operations failed");
            severe(QuarantineReason::FailureShare, why)
        } else {
            Self::None
        }
    }

    fn of_error(error: &RunError) -> Self {
        match error {
            RunError::Connect { source, .. } => match source.kind() {
                ErrorKind::Unauthenticated | ErrorKind::PermissionDenied | ErrorKind::ConfigInvalid => {
                    Self::Severe(QuarantineReason::Credentials, error.whole().into())
                }
                _ => Self::Failed(error.whole().into()),
            },
            RunError::Mapping(_) | RunError::Plan(_) | RunError::Unsound(_) | RunError::Answer(_) => {
                Self::Failed(error.whole().into())
            }
            // The state cannot be written, or the cycle says nothing about the systems.
            _ => Self::Nothing,
        }
    }
}

/// Decides what follows from a cycle: how the job stands now, and who has to be told.
pub(crate) fn judge(
    control: &Control,
    trouble: Trouble,
    settings: &QuarantineSettings,
    now: Timestamp,
) -> (Control, Option<Alert>) {
    let mut next = control.clone();
    let (reason, why) = match trouble {
        Trouble::Nothing => return (next, None),
        Trouble::None => {
            next.failed_cycles = 0;
            let left = next.quarantine.take().map(|_| Alert::QuarantineLeft);
            return (next, left);
        }
        Trouble::Failed(why) => {
            next.failed_cycles = next.failed_cycles.saturating_add(1);
            if next.failed_cycles < settings.cycles_max && next.quarantine.is_none() {
                return (next, None);
            }
            (QuarantineReason::Cycles, why)
        }
        Trouble::Severe(reason, why) => (reason, why),
    };
    let entered = next.quarantine.as_ref().is_none_or(|it| it.reason != reason);
    let (since, attempts) = next.quarantine.as_ref().map_or((now, 0), |it| (it.since, it.attempts + 1));
    if now >= since.plus(settings.give_up_after) {
        let days = settings.give_up_after.as_secs() / 86_400;
        let text = format!("in quarantine for {days} days: {why}");
        next.paused = Some(Paused::new(now, "provisio", text));
        next.quarantine = None;
        return (next, Some(Alert::QuarantineEntered { why, next: None }));
    }
    let due = next_attempt(since, now);
    let alert = entered.then(|| Alert::QuarantineEntered { why: why.clone(), next: Some(due) });
    next.quarantine = Some(Quarantine { since, at: now, attempts, next: due, reason, why });
    (next, alert)
}

/// 6, 12 and 24 hours after it began, and then every 24 hours (Entra QUA-09).
fn next_attempt(since: Timestamp, now: Timestamp) -> Timestamp {
    let first = [6, 12, 24].map(|hours| since.plus(HOUR * hours));
    first.into_iter().find(|it| *it > now).unwrap_or_else(|| now.plus(HOUR * 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: u32) -> Timestamp {
        Timestamp::from_second(1_767_225_600).plus(HOUR * hours)
    }

    fn refused() -> Trouble {
        Trouble::Severe(QuarantineReason::Credentials, "refused".into())
    }

    #[test]
    fn attempts_follow_the_schedule_and_end_with_a_pause() {
        let settings = QuarantineSettings::default();
        let mut control = Control::default();
        let (mut now, mut tried, mut alerts) = (at(0), Vec::new(), Vec::new());
        while control.paused.is_none() {
            let (next, alert) = judge(&control, refused(), &settings, now);
            alerts.extend(alert);
            control = next;
            if let Some(quarantine) = &control.quarantine {
                tried.push((quarantine.next.since(at(0)).as_secs() / 3600) as u32);
                now = quarantine.next;
            }
        }
        assert_eq!(tried[..6], [6, 12, 24, 48, 72, 96]);
        assert_eq!(tried.last(), Some(&(28 * 24)));
        let nexts: Vec<bool> =
            alerts.iter().map(|it| matches!(it, Alert::QuarantineEntered { next: Some(_), .. })).collect();
        assert_eq!(nexts, [true, false], "told when it begins and when it is given up");
    }

    #[test]
    fn one_cycle_that_goes_well_ends_it() {
        let settings = QuarantineSettings::default();
        let (control, _) = judge(&Control::default(), refused(), &settings, at(0));
        let (control, alert) = judge(&control, Trouble::None, &settings, at(6));
        assert_eq!((control, alert), (Control::default(), Some(Alert::QuarantineLeft)));
    }

    #[test]
    fn a_system_that_is_away_for_a_cycle_or_two_is_no_reason() {
        let settings = QuarantineSettings::default();
        let mut control = Control::default();
        for cycle in 0..3 {
            let (next, alert) = judge(&control, Trouble::Failed("away".into()), &settings, at(cycle));
            assert_eq!(alert.is_some(), cycle == 2);
            control = next;
        }
        assert_eq!(control.quarantine.map(|it| it.reason), Some(QuarantineReason::Cycles));
    }

    #[test]
    fn failures_are_weighed_as_entra_does() {
        let settings = QuarantineSettings::entra();
        let weigh = |failures, operations| match Trouble::weigh(failures, 0, operations, &settings) {
            Trouble::Severe(reason, _) => Some(reason),
            _ => None,
        };
        assert_eq!(weigh(4_000, 4_000), None, "QUA-05");
        assert_eq!(weigh(45_000, 1_000_000), Some(QuarantineReason::FailureCount), "QUA-08");
        assert_eq!(weigh(30_000, 35_000), Some(QuarantineReason::FailureShare), "QUA-08");
        assert_eq!(weigh(20_000, 120_000), None, "QUA-08");
        let with_references = Trouble::weigh(40_000, 21_000, 1_000_000, &settings);
        assert!(matches!(with_references, Trouble::Severe(QuarantineReason::TotalCount, _)), "QUA-07");
    }
}
