//! How far a run is, for a person who waits for it.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use provisio::{Event, Observer, Phase};

use super::{count, duration, number};

/// How often a spinner moves.
const TICK: Duration = Duration::from_millis(100);

/// A line on standard error that shows how far a run is; nothing when that is no terminal.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows progress on standard error.
    pub(crate) fn on_stderr() -> Self {
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.set_style(style("{spinner} {msg}"));
        Self { bar }
    }

    /// Removes the line.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn event(&self, event: &Event<'_>) {
        match event {
            Event::RunStarted { .. } => {
                self.bar.enable_steady_tick(TICK);
                self.bar.set_message("reading");
            }
            Event::Progress(progress) => {
                if let Phase::Reading { side, objects, .. } = progress.phase {
                    self.bar
                        .set_message(format!("reading: {} objects of the {side} so far", number(objects)));
                }
                let left = progress.remaining().map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX));
                let left = left.map(|it| format!(", about {} left", duration(it)));
                self.bar.set_prefix(left.unwrap_or_default());
            }
            Event::ReadFinished { side, object_type, objects, .. } => {
                self.bar.set_message(format!(
                    "reading: {} {object_type} objects of the {side}",
                    number(*objects)
                ));
            }
            Event::ApplyStarted { plan, .. } => {
                let operations = plan.operations.len() as u64;
                self.bar.reset();
                self.bar.set_length(operations);
                self.bar.set_style(style("applying {wide_bar} {pos} of {len}{msg}{prefix}"));
                self.bar.set_message("");
            }
            Event::OperationFinished { fate, .. } => {
                self.bar.inc(1);
                if fate.is_some() {
                    let failed = self
                        .bar
                        .message()
                        .trim_matches(|it: char| !it.is_ascii_digit())
                        .parse()
                        .unwrap_or(0_u64);
                    self.bar.set_message(format!(", {} not done", failed + 1));
                }
            }
            Event::ApplyFinished { summary, .. } => {
                self.bar.set_message(format!(
                    ", {} done",
                    count(summary.done.total(), "operation", "operations")
                ));
            }
            _ => {}
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; a wrong one would show the default.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
