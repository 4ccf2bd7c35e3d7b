//! How is a job, for machines: counters and gauges in the text format of Prometheus.
//!
//! [`Metrics`] is an observer. [`Metrics::render`] gives text for an HTTP endpoint or for a file that the node
//! exporter's textfile collector reads; `docs/metrics.md` lists names and labels. Labels have few values: jobs,
//! sides, object types, mappings, and the words of our enums; never an object.
//!
//! The text is written here and not by a crate: what is kept renders OpenMetrics, whose counters the textfile
//! collector takes for untyped.

mod text;

use std::sync::{Mutex, PoisonError};

use provisio_model::{Text, Timestamp};

use self::text::Page;
use crate::event::{Event, Observer};
use crate::progress::Phase;
use crate::report::{CycleReport, fate_word};
use crate::status::{JobStatus, Totals};
use crate::store::JobId;

/// The upper bounds of the histogram of how long operations take, in seconds.
const BOUNDS: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Counts what a job does.
pub struct Metrics {
    job: Text,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    totals: Totals,
    report: Option<CycleReport>,
    last: Option<CycleReport>,
    last_successful: Option<Timestamp>,
    steady: Option<Timestamp>,
    failures_in_a_row: u64,
    /// By upper bound, then those above all bounds.
    seconds: [u64; BOUNDS.len() + 1],
    seconds_sum: f64,
    writes: u64,
    outstanding: u64,
    under_way: u64,
    remaining: Option<f64>,
}

impl Metrics {
    /// Counts from zero.
    pub fn new(job: &JobId) -> Self {
        Self { job: job.as_str().into(), inner: Mutex::default() }
    }

    /// Goes on counting where an earlier process ended, so that counters never go back.
    #[must_use]
    pub fn resuming(self, status: &JobStatus) -> Self {
        let inner = Inner {
            totals: status.totals.clone(),
            last: status.last.clone(),
            last_successful: status.last_successful.as_ref().map(|it| it.ended),
            steady: status.steady_last,
            failures_in_a_row: status.failures_in_a_row,
            ..Inner::default()
        };
        Self { inner: Mutex::new(inner), ..self }
    }

    /// Renders everything in the text format of Prometheus, version 0.0.4.
    pub fn render(&self) -> String {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = Page::new(&self.job);
        inner.totals(&mut page);
        inner.now(&mut page);
        if let Some(last) = &inner.last {
            last_cycle(last, &mut page);
        }
        page.finish()
    }
}

impl Inner {
    fn totals(&self, page: &mut Page<'_>) {
        page.counter("provisio_cycles_total", "Cycles, by how they ended.");
        for (end, number) in &self.totals.cycles {
            page.sample(&[("end", end)], *number as f64);
        }
        page.counter("provisio_operations_total", "Operations, by action and by what became of them.");
        for (action, fates) in &self.totals.operations {
            for (fate, number) in fates {
                page.sample(&[("action", action), ("fate", fate)], *number as f64);
            }
        }
        page.counter("provisio_alerts_total", "Alerts, by name.");
        for (alert, number) in &self.totals.alerts {
            page.sample(&[("alert", alert)], *number as f64);
        }
        page.counter("provisio_writes_total", "Writes sent by this process, repeated ones included.");
        page.sample(&[], self.writes as f64);
        page.histogram(
            "provisio_operation_seconds",
            "From the first write of an operation to its fate, in this process.",
            &BOUNDS,
            &self.seconds,
            self.seconds_sum,
        );
    }

    fn now(&self, page: &mut Page<'_>) {
        page.gauge("provisio_running", "Whether a cycle is under way.");
        page.sample(&[], f64::from(u8::from(self.report.is_some())));
        page.gauge("provisio_operations_outstanding", "Operations of the current plan without a fate.");
        page.sample(&[], self.outstanding as f64);
        page.gauge("provisio_operations_under_way", "Operations that were sent and have no fate.");
        page.sample(&[], self.under_way as f64);
        if let Some(seconds) = self.remaining {
            page.gauge("provisio_remaining_seconds", "How long the current plan will still take.");
            page.sample(&[], seconds);
        }
        page.gauge(
            "provisio_failures_in_a_row",
            "Cycles in a row that ended before their plan was carried out.",
        );
        page.sample(&[], self.failures_in_a_row as f64);
        let instants = [
            (
                "provisio_last_success_timestamp_seconds",
                "When a cycle last finished with nothing failed.",
                self.last_successful,
            ),
            ("provisio_steady_timestamp_seconds", "When there was last nothing left to do.", self.steady),
        ];
        for (name, help, at) in instants {
            if let Some(at) = at {
                page.gauge(name, help);
                page.sample(&[], seconds_of(at));
            }
        }
    }

    fn end(&mut self, report: CycleReport, at: Timestamp) {
        *self.totals.cycles.entry(report.end.clone()).or_default() += 1;
        // Operations that were never sent are known only now; the others were counted as they came.
        for (action, fates) in &report.operations {
            if let Some(number) = fates.get("not_sent") {
                self.add(action.clone(), "not_sent", *number);
            }
        }
        match &*report.end {
            "failed" | "abandoned" => self.failures_in_a_row += 1,
            _ => self.failures_in_a_row = 0,
        }
        let failures = report.statuses().get("failure").copied().unwrap_or(0);
        if &*report.end == "finished" && failures == 0 {
            self.last_successful = Some(at);
        }
        if report.is_steady {
            self.steady = Some(at);
        }
        (self.outstanding, self.under_way, self.remaining) = (0, 0, None);
        self.last = Some(report);
    }

    fn add(&mut self, action: Text, fate: &'static str, number: u64) {
        let fates = self.totals.operations.entry(action).or_default();
        *fates.entry(fate.into()).or_default() += number;
    }
}

/// The last cycle in gauges.
fn last_cycle(report: &CycleReport, page: &mut Page<'_>) {
    page.gauge("provisio_last_cycle_timestamp_seconds", "When the last cycle ended.");
    page.sample(&[("end", &report.end)], report.ended.map_or(0.0, seconds_of));
    if let (Some(began), Some(ended)) = (report.began, report.ended) {
        page.gauge("provisio_last_cycle_seconds", "How long the last cycle took.");
        page.sample(&[], ended.since(began).as_secs_f64());
    }
    page.gauge("provisio_objects_read", "Objects that the last cycle read.");
    for read in &report.reads {
        page.sample(&[("side", &read.side), ("type", &read.object_type)], read.objects as f64);
    }
    page.gauge("provisio_read_complete", "Whether a read of the last cycle was complete.");
    for read in &report.reads {
        let is_complete = f64::from(u8::from(read.is_complete));
        page.sample(&[("side", &read.side), ("type", &read.object_type)], is_complete);
    }
    page.gauge("provisio_operations_planned", "Operations of the last plan.");
    page.sample(&[], report.planned as f64);
    page.gauge("provisio_objects_unchanged", "Linked objects that were as they should be.");
    page.sample(&[], report.unchanged as f64);
    page.gauge("provisio_objects_skipped", "Objects that were left alone on purpose, by reason.");
    for (reason, number) in &report.skipped {
        page.sample(&[("reason", reason)], *number as f64);
    }
    page.gauge("provisio_findings", "What was wrong with single objects, by kind.");
    for (kind, number) in &report.findings {
        page.sample(&[("finding", kind)], *number as f64);
    }
    page.gauge("provisio_held_back", "What limits hold back, in single acts.");
    for held in &report.held {
        page.sample(&[("limit", &held.limit), ("mapping", &held.mapping)], held.number as f64);
    }
}

fn seconds_of(at: Timestamp) -> f64 {
    at.second() as f64 + f64::from(at.nanosecond()) / 1e9
}

impl Observer for Metrics {
    fn event(&self, event: &Event<'_>) {
        let mut guard = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let inner = &mut *guard;
        if let Some(report) = &mut inner.report {
            report.count(event);
        }
        match event {
            Event::CycleStarted { cycle, job, at, initiator, .. } => {
                inner.report = Some(CycleReport::begin(cycle, job, *at, initiator));
            }
            Event::PlanReady { plan, .. } => inner.outstanding = plan.operations.len() as u64,
            Event::OperationFinished { operation, fate, course } => {
                inner.add(operation.action.kind().name().into(), fate_word(*fate), 1);
                inner.writes += u64::from(course.writes);
                let seconds = course.ended.since(course.began).as_secs_f64();
                let place = BOUNDS.iter().position(|it| seconds <= *it).unwrap_or(BOUNDS.len());
                inner.seconds[place] += 1;
                inner.seconds_sum += seconds;
            }
            Event::Progress(progress) => {
                if let Phase::Applying { finished, total, under_way, .. } = progress.phase {
                    inner.outstanding = total.saturating_sub(finished) as u64;
                    inner.under_way = under_way as u64;
                    inner.remaining = progress.remaining().map(|it| it.as_secs_f64());
                }
            }
            Event::Alert { alert, .. } => {
                *inner.totals.alerts.entry(alert.name().into()).or_default() += 1;
            }
            Event::CycleFinished { at, .. } => {
                if let Some(report) = inner.report.take() {
                    inner.end(report, *at);
                }
            }
            _ => {}
        }
    }
}
