//! What does `[cycle]` say?

use std::time::Duration;

use provisio::CycleSettings;
use serde::Deserialize;

use super::document::{Document, Section};
use super::positive::Positive;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// How a job goes on from cycle to cycle.
pub(crate) struct CycleFile {
    /// What cycles start from.
    pub(crate) cycles: CycleSettings,
    /// How long `run --watch` waits from the end of a cycle to the beginning of the next.
    pub(crate) interval: Duration,
}

/// `[cycle]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct CycleTable {
    from: FromWord,
    full_every_hours: Positive,
    interval_minutes: Positive,
}

impl Default for CycleTable {
    fn default() -> Self {
        Self { from: FromWord::Everything, full_every_hours: Positive(24), interval_minutes: Positive(40) }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FromWord {
    Everything,
    Changes,
}

impl CycleFile {
    /// Reads the section, which need not be there.
    pub(super) fn read(document: &mut Document<'_>, section: Option<Section<'_>>) -> Option<Self> {
        let table: CycleTable = match section {
            Some(section) => section.read(document, &[])?,
            None => CycleTable::default(),
        };
        let cycles = match table.from {
            FromWord::Everything => CycleSettings::everything(),
            FromWord::Changes => CycleSettings::changes(),
        };
        let full_every = Duration::from_secs(u64::from(table.full_every_hours.0) * HOUR);
        let interval = Duration::from_secs(u64::from(table.interval_minutes.0) * MINUTE);
        Some(Self { cycles: cycles.with_full_every(full_every), interval })
    }
}
