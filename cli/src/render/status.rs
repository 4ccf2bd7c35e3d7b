//! How a job is, in words.

use provisio::monitor::{CycleReport, JobStatus, Running};

use super::{count, duration, instant, number, report::plural};
use crate::output::Output;

/// Shows what a job does now, and what its last cycle did.
pub(crate) fn show(status: &JobStatus, is_running: bool, output: &mut Output) {
    if let Some(running) = &status.running {
        show_running(running, is_running, output);
    }
    if let Some(last) = &status.last {
        show_cycle(last, output);
    }
    let since = |at: Option<provisio::model::Timestamp>| at.map_or_else(|| "never".to_owned(), instant);
    output.line("Nothing left to do");
    output.line(format_args!("  first  {}", since(status.steady_first)));
    output.line(format_args!("  last   {}", since(status.steady_last)));
    if status.failures_in_a_row > 0 {
        let times = count(status.failures_in_a_row, "cycle has", "cycles in a row have");
        let success = since(status.last_successful.as_ref().map(|it| it.ended));
        output.line(format_args!("! The last {times} failed; the last success was: {success}"));
    }
    output.gap();
}

fn show_running(running: &Running, is_running: bool, output: &mut Output) {
    let Running { cycle, began, phase, .. } = running;
    if !is_running {
        output.line(format_args!("! Cycle {cycle} was cut off while {phase}; the next run goes on"));
        output.gap();
        return;
    }
    output.line(format_args!("Running since {}: {phase}", instant(*began)));
    output.line(format_args!("  {} read", count(running.objects_read, "object", "objects")));
    if running.operations > 0 {
        let left = match running.remaining_seconds {
            Some(seconds) => format!(", about {} left", duration(seconds * 1_000)),
            None => String::new(),
        };
        let (finished, all) = (number(running.operations_finished), number(running.operations));
        output.line(format_args!("  {finished} of {all} operations{left}"));
        let left = count(running.requests_left, "request", "requests");
        output.line(format_args!("  {} answered, {left} left", number(running.requests)));
    }
    output.gap();
}

fn show_cycle(report: &CycleReport, output: &mut Output) {
    output.line(format_args!("Last cycle  {}", report.cycle));
    if let (Some(began), Some(ended)) = (report.began, report.ended) {
        let milliseconds = u64::try_from(ended.since(began).as_millis()).unwrap_or(u64::MAX);
        let (began, took) = (instant(began), duration(milliseconds));
        output.line(format_args!("  began {began}, took {took}: {}", report.end));
    }
    if let Some(error) = &report.error {
        output.line(format_args!("  ! {error}"));
    }
    for read in &report.reads {
        let what = if read.objects == 1 { read.object_type.to_string() } else { plural(&read.object_type) };
        let unreadable = match read.unreadable {
            0 => String::new(),
            unreadable => format!(", {} unreadable", number(unreadable)),
        };
        let incomplete = if read.is_complete { "" } else { ", NOT COMPLETE" };
        let (side, objects) = (&read.side, number(read.objects));
        output.line(format_args!("  {side}  {objects:>9} {what}{unreadable}{incomplete}"));
    }
    for (action, fates) in &report.operations {
        for (fate, operations) in fates {
            output.line(format_args!("  {action}  {:>9} {}", number(*operations), fate.replace('_', " ")));
        }
    }
    let statuses = report.statuses();
    let statuses: Vec<String> = ["success", "warning", "failure", "skipped"]
        .into_iter()
        .map(|it| format!("{} {it}", number(statuses.get(it).copied().unwrap_or(0))))
        .collect();
    output.line(format_args!("  in all {}; {} unchanged", statuses.join(", "), number(report.unchanged)));
    for (kind, findings) in &report.findings {
        output.line(format_args!("  ! {} {}", number(*findings), kind.replace('_', " ")));
    }
    for held in &report.held {
        let (limit, mapping) = (&held.limit, &held.mapping);
        let (acts, of) = (number(held.number), number(held.of));
        output.line(format_args!("  ! held back by the limit on {limit} of {mapping}: {acts} of {of}"));
    }
    output.gap();
}
