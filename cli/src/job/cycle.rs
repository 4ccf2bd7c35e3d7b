//! What does `[cycle]` say?

use std::ops::Range;
use std::time::Duration;

use provisio::CycleSettings;
use provisio::incremental::REMEMBERED_FOR_MAX;
use provisio::model::Diagnostic;
use provisio::plan::TargetKnowledge;
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::fault;
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
    target: Option<Spanned<TargetWord>>,
    full_every_hours: Positive,
    interval_minutes: Positive,
}

impl Default for CycleTable {
    fn default() -> Self {
        Self {
            from: FromWord::Everything,
            target: None,
            full_every_hours: Positive(24),
            interval_minutes: Positive(40),
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FromWord {
    Everything,
    Changes,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TargetWord {
    Listed,
    LookedUp,
    Remembered,
}

/// Returns the word of `target` for a way of knowing the target.
pub(crate) fn target_word(known_by: TargetKnowledge) -> &'static str {
    match known_by {
        TargetKnowledge::Listing => "listed",
        TargetKnowledge::LookUp => "looked-up",
        TargetKnowledge::Remembered => "remembered",
    }
}

impl CycleFile {
    /// Reads the section, which need not be there.
    pub(super) fn read(document: &mut Document<'_>, section: Option<Section<'_>>) -> Option<Self> {
        let mut full_every_at = None;
        let table: CycleTable = match section {
            Some(section) => {
                full_every_at = section.integer("full_every_hours").map(|(_, span)| span);
                section.read(document, &[])?
            }
            None => CycleTable::default(),
        };
        let cycles = match table.from {
            FromWord::Everything => CycleSettings::everything(),
            FromWord::Changes => CycleSettings::changes(),
        };
        let full_every = Duration::from_secs(u64::from(table.full_every_hours.0) * HOUR);
        let mut cycles = cycles.with_full_every(full_every);
        if let Some(target) = table.target {
            let span = target.span();
            cycles.target = match (table.from, target.into_inner()) {
                (_, TargetWord::Listed) => TargetKnowledge::Listing,
                (FromWord::Everything, _) => {
                    let message = "a cycle from everything lists the target";
                    let help = "leave `target` out, or write `from = \"changes\"`";
                    return contradiction(document, span, message, help);
                }
                (FromWord::Changes, TargetWord::LookedUp) => TargetKnowledge::LookUp,
                (FromWord::Changes, TargetWord::Remembered) => TargetKnowledge::Remembered,
            };
            if cycles.full_after() < full_every {
                let most = REMEMBERED_FOR_MAX.as_secs() / HOUR;
                let message =
                    format!("a target that is remembered is read in full after {most} hours at the latest");
                let span = full_every_at.unwrap_or(span);
                return contradiction(
                    document,
                    span,
                    &message,
                    "write a smaller number, or another `target`",
                );
            }
        }
        let interval = Duration::from_secs(u64::from(table.interval_minutes.0) * MINUTE);
        Some(Self { cycles, interval })
    }
}

fn contradiction<T>(document: &mut Document<'_>, span: Range<usize>, message: &str, help: &str) -> Option<T> {
    document.report(Diagnostic::error(fault::CONTRADICTION, span, message).with_help(help));
    None
}
