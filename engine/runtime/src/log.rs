//! The provisioning log: what happened to which object, in which cycle, and why.
//!
//! [`ProvisioningLog`] is an observer that writes one record for each object that a cycle did something with, failed
//! with, or left alone for a new reason, as lines of JSON ([`record`](ObjectRecord), format 1). [`LogReader`] finds
//! records. `file` keeps the files, `draft` makes records from events, `privacy` decides who can be recognised.

mod advice;
mod deeds;
mod draft;
mod file;
mod privacy;
mod read;
mod record;
mod standing;
mod steps;
mod values;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use provisio_connector::CancelToken;
use provisio_model::{SourceId, Text, Timestamp};
use provisio_planner::execution::Fate;
use provisio_planner::{Finding, MappingId, Operation, Plan, SkipReason, TargetKnowledge};

use self::draft::{Draft, Drafting};
use self::file::LogFile;
use self::standing::Standing;
use crate::alert::Alert;
use crate::event::{Course, Event, NoObserver, Observer};
use crate::report::CycleReport;

pub use deeds::{Choice, Deeds, DeedsError};
pub use file::{CURRENT, Rotation};
pub use privacy::{PSEUDONYM_KEY_BYTES_MIN, PersonalData, PseudonymKey, PseudonymKeyError};
pub use read::{CycleQuery, DAMAGED_KEPT_MAX, Damaged, Found, LogReader, Query};
pub use record::{
    Category, CycleStart, Entry, ErrorNote, FORMAT, FindingNote, Gap, Identity, Line, LogValue, ObjectRecord,
    OperationNote, Property, Status, Step, StepNote,
};
pub(crate) use standing::replace;
pub use values::{CHARACTERS_MAX, VALUES_MAX};

/// The file that knows who is left alone.
const STANDING: &str = "standing";

/// How the log is kept.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "plain settings")]
pub struct LogSettings {
    /// The folder that holds it. One job writes into it.
    pub folder: PathBuf,
    /// When files are set aside, and how long they are kept.
    pub rotation: Rotation,
    /// How much of personal data it holds.
    pub personal_data: PersonalData,
    /// Which objects that are left alone are recorded.
    pub skips: Skips,
    /// Stands in every record, where several organisations write into one place.
    pub tenant: Option<Text>,
    /// What happens when it cannot be written.
    pub on_failure: OnFailure,
}

/// Which objects that are left alone on purpose are recorded. Failures always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Skips {
    /// Those that were not left alone before, or for another reason.
    #[default]
    Changes,
    /// All, in every cycle.
    All,
    /// None.
    None,
}

/// What happens when the log cannot be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnFailure {
    /// The run goes on, and says so.
    #[default]
    Continue,
    /// The run stops at the next safe point.
    Stop,
}

/// Writes the provisioning log. It is told of cycles by [`Job::run`](crate::Job::run) or
/// [`OpenCycle`](crate::OpenCycle); what happens outside of cycles is not recorded.
///
/// Nothing is written to the disk between two batches but what was collected, and nothing waits for the disk before
/// the cycle ends. A process that is killed loses at most the records of the batch that was under way.
pub struct ProvisioningLog {
    settings: LogSettings,
    upstream: Arc<dyn Observer>,
    stop: Option<CancelToken>,
    inner: Mutex<Inner>,
}

struct Inner {
    file: LogFile,
    standing: Standing,
    cycle: Option<Logged>,
    /// Why the log could not be written, since it last could.
    failure: Option<Text>,
}

/// A cycle that is being logged.
struct Logged {
    drafting: Drafting,
    report: CycleReport,
    plan: Option<Planned>,
    /// Whether every read of the source was complete so far.
    saw_everything: bool,
}

/// What is still to come of a plan.
struct Planned {
    /// By operation: the object that it belongs to.
    object_of: Vec<u32>,
    /// By object: how many operations on it have no fate yet.
    open: Vec<u32>,
    /// Objects of which some operations have their fate.
    drafts: HashMap<u32, Draft>,
    /// What is wrong with objects that operations belong to.
    findings: BTreeMap<(MappingId, SourceId), Vec<Finding>>,
}

impl ProvisioningLog {
    /// Prepares a log. Nothing is touched before the first cycle begins.
    pub fn new(settings: LogSettings) -> Self {
        let folder = settings.folder.clone();
        let inner = Inner {
            file: LogFile::new(folder.clone(), settings.rotation),
            standing: Standing::load(folder.join(STANDING)),
            cycle: None,
            failure: None,
        };
        Self { settings, upstream: Arc::new(NoObserver), stop: None, inner: Mutex::new(inner) }
    }

    /// Tells an observer when the log cannot be written: [`Alert::LogUnwritable`].
    #[must_use]
    pub fn with_observer(mut self, upstream: Arc<dyn Observer>) -> Self {
        self.upstream = upstream;
        self
    }

    /// Says how a run is stopped, for [`OnFailure::Stop`].
    #[must_use]
    pub fn with_stop(mut self, stop: CancelToken) -> Self {
        self.stop = Some(stop);
        self
    }

    /// Returns why the log cannot be written; `None` when it can.
    pub fn failure(&self) -> Option<Text> {
        self.lock().failure.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        // Nothing under the lock can panic; were it poisoned, writing on is better than silence.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deals with a failure to write: the first of several is told.
    fn settle(
        &self,
        inner: &mut Inner,
        written: std::io::Result<()>,
        at: Timestamp,
    ) -> Option<(Alert, Timestamp)> {
        let Err(error) = written else {
            if !inner.file.has_lost() {
                inner.failure = None;
            }
            return None;
        };
        let is_first = inner.failure.is_none();
        let why = Text::from(error.to_string());
        inner.failure = Some(why.clone());
        if self.settings.on_failure == OnFailure::Stop
            && let Some(stop) = &self.stop
        {
            stop.cancel();
        }
        let file = inner.file.path().display().to_string().into();
        is_first.then_some((Alert::LogUnwritable { file, why }, at))
    }
}

impl Observer for ProvisioningLog {
    fn event(&self, event: &Event<'_>) {
        let mut inner = self.lock();
        let (written, at) = inner.take(event, &self.settings);
        let alert = at.and_then(|at| self.settle(&mut inner, written, at));
        drop(inner);
        if let Some((alert, at)) = alert {
            let event = Event::Alert { alert: &alert, at };
            crate::telemetry::emit(&event);
            self.upstream.event(&event);
        }
    }
}

impl Inner {
    /// Takes an event. Gives an instant if something was to be written.
    fn take(
        &mut self,
        event: &Event<'_>,
        settings: &LogSettings,
    ) -> (std::io::Result<()>, Option<Timestamp>) {
        if let Event::CycleStarted { cycle, job, at, initiator, source, target } = event {
            let initiated_by = settings.personal_data.initiator(initiator);
            let drafting = Drafting {
                tenant: settings.tenant.clone(),
                job: job.as_str().into(),
                cycle: cycle.text().clone(),
                initiated_by: initiated_by.clone(),
                source: draft::system(source),
                target: draft::system(target),
                mappings: Vec::new(),
                plan: None,
                privacy: settings.personal_data.clone(),
                changes: 0,
            };
            let start = CycleStart {
                at: *at,
                job: drafting.job.clone(),
                cycle: drafting.cycle.clone(),
                initiated_by: initiated_by.clone(),
            };
            let report = CycleReport::begin(cycle, job, *at, &initiated_by);
            self.standing.begin();
            self.cycle = Some(Logged { drafting, report, plan: None, saw_everything: true });
            let written = self.file.push(Entry::CycleStarted(start), *at);
            return (written.and_then(|()| self.file.flush(*at)), Some(*at));
        }
        let Some(mut logged) = self.cycle.take() else { return (Ok(()), None) };
        logged.report.count(event);
        let result = self.take_within(event, settings, &mut logged);
        if !matches!(event, Event::CycleFinished { .. }) {
            self.cycle = Some(logged);
        }
        result
    }

    fn take_within(
        &mut self,
        event: &Event<'_>,
        settings: &LogSettings,
        logged: &mut Logged,
    ) -> (std::io::Result<()>, Option<Timestamp>) {
        match event {
            Event::ReadFinished { side: "source", incomplete: Some(_), .. }
            | Event::CourseChosen { why_everything: None } => logged.saw_everything = false,
            Event::ObjectUnreadable { side, object_type, id, failure, at } => {
                let draft = logged.drafting.unreadable(side, object_type.as_str(), *id, failure, *at);
                return (self.write(logged, draft, *at), Some(*at));
            }
            Event::PlanReady { plan, findings, at } => {
                logged.drafting.mappings.clone_from(&plan.mappings);
                // A plan from changes says nothing of the objects that did not change.
                logged.saw_everything &= plan.target_known_by == TargetKnowledge::Listing;
                return (self.plan(logged, plan, findings, settings, *at), Some(*at));
            }
            Event::ApplyStarted { fingerprint, .. } => {
                logged.drafting.plan = Some(fingerprint.to_string().into());
            }
            Event::OperationFinished { operation, fate, course } => {
                return (self.operation(logged, operation, *fate, course), Some(course.ended));
            }
            // After each batch of writes: what a killed process did is known up to the last one.
            Event::Progress(progress) => return (self.file.flush(progress.at), Some(progress.at)),
            Event::ApplyFinished { at, .. } => return (self.unsent(logged, *at), Some(*at)),
            Event::CycleFinished { at, .. } => {
                if !settings.personal_data.is_plain() {
                    logged.report.error = None;
                }
                let report = Entry::Cycle(Box::new(std::mem::take(&mut logged.report)));
                let written = self.file.push(report, *at).and_then(|()| self.file.sync(*at));
                let saved = match logged.plan {
                    Some(_) => self.standing.end(logged.saw_everything),
                    None => Ok(()),
                };
                return (written.and(saved), Some(*at));
            }
            _ => {}
        }
        (Ok(()), None)
    }

    fn write(&mut self, logged: &mut Logged, draft: Draft, at: Timestamp) -> std::io::Result<()> {
        let record = logged.drafting.seal(draft);
        self.file.push(Entry::Object(Box::new(record)), at)
    }

    /// Records what is left alone, and prepares for the operations.
    fn plan(
        &mut self,
        logged: &mut Logged,
        plan: &Plan,
        findings: &[Finding],
        settings: &LogSettings,
        at: Timestamp,
    ) -> std::io::Result<()> {
        let mut planned = Planned::new(plan);
        let mut by_object: BTreeMap<(MappingId, Option<&SourceId>), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            by_object.entry((finding.mapping, finding.source.as_ref())).or_default().push(finding);
        }
        for operation in &plan.operations {
            if by_object.is_empty() {
                break;
            }
            if let Some(of_object) = by_object.remove(&(operation.mapping, Some(&operation.source))) {
                // The record of the operation tells it; it is no news in the next cycle.
                let object = [name_of(plan, operation.mapping), operation.source.as_str()];
                self.is_wanted(settings.skips, object, &why_of(&of_object));
                let key = (operation.mapping, operation.source.clone());
                planned.findings.insert(key, of_object.into_iter().cloned().collect());
            }
        }
        let mut written = Ok(());
        for held in &plan.held {
            for operation in held.each() {
                let of_object = by_object.remove(&(operation.mapping, Some(&operation.source)));
                let object = [name_of(plan, operation.mapping), operation.source.as_str()];
                if self.is_wanted(settings.skips, object, held.limit.name()) {
                    let draft =
                        logged.drafting.held(held.limit, operation, at, of_object.unwrap_or_default());
                    written = written.and(self.write(logged, draft, at));
                }
            }
        }
        for skip in &plan.skipped {
            let of_object = by_object.remove(&(skip.mapping, Some(&skip.source))).unwrap_or_default();
            let object = [name_of(plan, skip.mapping), skip.source.as_str()];
            let is_wanted = self.is_wanted(settings.skips, object, &standing_reason(&skip.why));
            if is_wanted || !of_object.is_empty() {
                let draft = logged.drafting.skipped(skip, at, of_object);
                written = written.and(self.write(logged, draft, at));
            }
        }
        for ((mapping, source), of_object) in by_object {
            let is_failure = of_object.iter().any(|it| steps::step_of(&it.kind).1 == Status::Failure);
            let why = why_of(&of_object);
            let object = [name_of(plan, mapping), source.map_or("", SourceId::as_str)];
            if (is_failure || self.is_wanted(settings.skips, object, &why))
                && let Some(draft) = logged.drafting.findings(of_object, at)
            {
                written = written.and(self.write(logged, draft, at));
            }
        }
        logged.plan = Some(planned);
        written.and(self.file.flush(at))
    }

    fn is_wanted(&mut self, skips: Skips, object: [&str; 2], why: &str) -> bool {
        match skips {
            Skips::Changes => self.standing.is_news(object, why),
            Skips::All => true,
            Skips::None => false,
        }
    }

    /// Records an object when the last of its operations has its fate.
    fn operation(
        &mut self,
        logged: &mut Logged,
        operation: &Operation,
        fate: Option<&Fate>,
        course: &Course<'_>,
    ) -> std::io::Result<()> {
        let Some(planned) = &mut logged.plan else { return Ok(()) };
        let Some(object) = planned.object_of.get(operation.id.position()).copied() else { return Ok(()) };
        let key = (operation.mapping, operation.source.clone());
        let draft = match planned.drafts.remove(&object) {
            Some(mut draft) => {
                logged.drafting.add(&mut draft, operation, fate, course);
                draft
            }
            None => {
                let findings = planned.findings.remove(&key).unwrap_or_default();
                logged.drafting.operation(operation, fate, course, findings.iter().collect())
            }
        };
        let open = planned.open.get_mut(object as usize);
        let is_last = open.is_none_or(|open| {
            *open = open.saturating_sub(1);
            *open == 0
        });
        if !is_last {
            planned.drafts.insert(object, draft);
            return Ok(());
        }
        let mapping = logged.drafting.mappings.get(usize::from(operation.mapping.0));
        self.standing.forget([mapping.map_or("", |it| &it.name), operation.source.as_str()]);
        self.write(logged, draft, course.ended)
    }

    /// Records the objects of which only a part was done: of operations that were never sent, nothing was told.
    fn unsent(&mut self, logged: &mut Logged, at: Timestamp) -> std::io::Result<()> {
        let Some(planned) = &mut logged.plan else { return Ok(()) };
        let mut drafts: Vec<(u32, Draft)> = planned.drafts.drain().collect();
        drafts.sort_unstable_by_key(|it| it.0);
        let mut written = Ok(());
        for (_, mut draft) in drafts {
            draft.cut_off(at);
            written = written.and(self.write(logged, draft, at));
        }
        written.and(self.file.flush(at))
    }
}

fn name_of(plan: &Plan, mapping: MappingId) -> &str {
    plan.mapping(mapping).map_or("", |it| &it.name)
}

fn why_of(findings: &[&Finding]) -> String {
    findings.iter().map(|it| it.kind.to_string()).collect()
}

/// Why an object is left alone, without what may differ from day to day.
fn standing_reason(why: &SkipReason) -> String {
    match why {
        SkipReason::OutOfScope(failed) => format!("out of scope {}", failed.text),
        SkipReason::Filtered(failed) => format!("not looked at {}", failed.text),
        other => other.to_string(),
    }
}

impl Planned {
    fn new(plan: &Plan) -> Self {
        let mut objects: HashMap<(MappingId, &str), u32> = HashMap::with_capacity(plan.operations.len());
        let mut object_of = Vec::with_capacity(plan.operations.len());
        let mut open: Vec<u32> = Vec::with_capacity(plan.operations.len());
        for operation in &plan.operations {
            let next = u32::try_from(open.len()).unwrap_or(u32::MAX);
            let object = *objects.entry((operation.mapping, operation.source.as_str())).or_insert(next);
            if object == next {
                open.push(0);
            }
            if let Some(open) = open.get_mut(object as usize) {
                *open += 1;
            }
            object_of.push(object);
        }
        Self { object_of, open, drafts: HashMap::new(), findings: BTreeMap::new() }
    }
}

/// Returns the folder in which the log of a job lies, within a folder for logs: by its name, if that can be a file
/// name, else by a pseudonym of it.
pub fn folder_of(logs: &Path, job: &str) -> PathBuf {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    if !job.starts_with('.') && !job.is_empty() && job.chars().all(is_plain) {
        return logs.join(job);
    }
    logs.join(format!("job-{}", provisio_planner::Fingerprint::of(job).short()))
}
