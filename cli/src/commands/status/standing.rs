//! What stands in the way of a job: as data, and in words.

use std::path::Path;

use provisio::control::{Escrow, EscrowKey, Paused, Quarantine, Standing};
use serde::Serialize;

use crate::output::Output;
use crate::render::{count, program};

/// How many failed operations are shown.
const SHOWN: usize = 10;

/// What stands in the way of a job.
#[derive(Serialize)]
pub(super) struct StandingFacts {
    paused: Option<PausedFacts>,
    quarantine: Option<QuarantineFacts>,
    /// How many operations failed and are tried again.
    failed_operations: usize,
    /// The first of them to be tried again.
    first_failed: Vec<FailedFacts>,
}

#[derive(Serialize)]
struct PausedFacts {
    since: String,
    by: String,
    why: String,
}

#[derive(Serialize)]
struct QuarantineFacts {
    since: String,
    reason: String,
    why: String,
    attempts: u32,
    next: String,
}

/// An operation that failed.
#[derive(Serialize)]
struct FailedFacts {
    mapping: String,
    /// The id of the source object.
    object: String,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    since: String,
    attempts: u32,
    /// When it is tried again.
    next: String,
    error: String,
}

impl StandingFacts {
    pub(super) fn of(standing: &Standing) -> Self {
        let mut failed: Vec<&(EscrowKey, Escrow)> = standing.escrows.iter().collect();
        failed.sort_by_key(|(_, it)| it.next);
        Self {
            paused: standing.control.paused.as_ref().map(PausedFacts::of),
            quarantine: standing.control.quarantine.as_ref().map(QuarantineFacts::of),
            failed_operations: failed.len(),
            first_failed: failed.iter().take(SHOWN).map(|(key, it)| FailedFacts::of(key, it)).collect(),
        }
    }

    /// Shows it; nothing if nothing stands in the way.
    pub(super) fn show(&self, job: &Path, output: &mut Output) {
        let job = job.display();
        if let Some(PausedFacts { since, by, why }) = &self.paused {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            output.line(format_args!("! Paused by {by} since {}{why}", seconds(since)));
            output.line(format_args!("  To let it go on: {} resume {job}", program()));
            output.gap();
        }
        if let Some(QuarantineFacts { since, reason, why, attempts, next }) = &self.quarantine {
            let reason = reason.replace('_', " ");
            output.line(format_args!("! In quarantine since {} ({reason}): {why}", seconds(since)));
            let tried = count(u64::from(*attempts), "try", "tries");
            output.line(format_args!("  {tried} since then; the next at {}", seconds(next)));
            output.line(format_args!("  To try now: {} run {job}", program()));
            output.gap();
        }
        if self.failed_operations == 0 {
            return;
        }
        let number = count(self.failed_operations as u64, "operation", "operations");
        output.line(format_args!("! {number} failed, to be tried again"));
        for it in &self.first_failed {
            let FailedFacts { mapping, object, action, attribute, attempts, next, error, .. } = it;
            let attribute = attribute.as_ref().map_or_else(String::new, |it| format!(" ({it})"));
            let failed = count(u64::from(*attempts), "time", "times");
            let next = seconds(next);
            output.line(format_args!("  {action} {object}{attribute} of {mapping}: {error}"));
            output.line(format_args!("    failed {failed}, not tried again before {next}"));
        }
        if let Some(more) = self.failed_operations.checked_sub(SHOWN).filter(|it| *it > 0) {
            output.line(format_args!("  and {more} more"));
        }
        output.line(format_args!("  To try all now: {} restart {job} --criteria Escrows", program()));
        output.gap();
    }
}

impl PausedFacts {
    fn of(paused: &Paused) -> Self {
        Self { since: paused.since.to_string(), by: paused.by.to_string(), why: paused.why.to_string() }
    }
}

impl QuarantineFacts {
    fn of(quarantine: &Quarantine) -> Self {
        Self {
            since: quarantine.since.to_string(),
            reason: quarantine.reason.to_string(),
            why: quarantine.why.to_string(),
            attempts: quarantine.attempts,
            next: quarantine.next.to_string(),
        }
    }
}

impl FailedFacts {
    fn of(key: &EscrowKey, escrow: &Escrow) -> Self {
        Self {
            mapping: key.mapping.to_string(),
            object: key.source.to_string(),
            action: key.action.to_string(),
            attribute: key.attribute.as_ref().map(ToString::to_string),
            since: escrow.since.to_string(),
            attempts: escrow.attempts,
            next: escrow.next.to_string(),
            error: escrow.failure.to_string(),
        }
    }
}

/// To the second: `2026-01-31T08:30:00.123Z`.
fn seconds(at: &str) -> String {
    at.split_once('.').map_or_else(|| at.to_owned(), |(seconds, _)| format!("{seconds}Z"))
}
