//! What do the cycles of a job read, and when do they read everything? As data, and in words.

use provisio::StartFrom;
use provisio::control::Standing;
use serde::Serialize;

use crate::job::{JobFile, target_word};
use crate::output::Output;
use crate::render::{count, instant};

const HOUR: u64 = 60 * 60;

/// What cycles read.
#[derive(Serialize)]
pub(super) struct ReadingFacts {
    /// `everything` or `changes`.
    from: &'static str,
    /// How cycles know the target: `listed`, `looked-up` or `remembered`.
    target: &'static str,
    /// With `changes`: after how many hours everything is read all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    full_every_hours: Option<u64>,
    /// When everything was read last; absent if the next cycle reads everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    full_at: Option<String>,
    /// From when on a cycle reads everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    full_due: Option<String>,
}

impl ReadingFacts {
    pub(super) fn of(file: &JobFile, standing: Option<&Standing>) -> Self {
        let cycles = &file.cycle.cycles;
        let from_changes = cycles.from == StartFrom::Changes;
        let continues = standing.and_then(|it| it.continues).filter(|_| from_changes);
        Self {
            from: if from_changes { "changes" } else { "everything" },
            target: target_word(cycles.target),
            full_every_hours: from_changes.then(|| cycles.full_after().as_secs() / HOUR),
            full_at: continues.map(|it| instant(it.full_at)),
            full_due: continues.map(|it| instant(it.full_at.plus(cycles.full_after()))),
        }
    }

    /// Shows it; nothing if each cycle reads everything.
    pub(super) fn show(&self, output: &mut Output) {
        let Some(hours) = self.full_every_hours else { return };
        let every = count(hours, "hour", "hours");
        output.line(format_args!("Reading what changed, the target {}", self.target.replace('-', " ")));
        match (&self.full_at, &self.full_due) {
            (Some(at), Some(due)) => {
                output.line(format_args!("  everything  {at}, again from {due} on (every {every})"));
            }
            _ => output.line(format_args!("  everything  in the next cycle, then every {every}")),
        }
        output.gap();
    }
}
