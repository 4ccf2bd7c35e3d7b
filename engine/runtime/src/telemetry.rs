//! Events as `tracing` events, in one place, so that field names agree.

use provisio_model::ObjectType;
use provisio_planner::Fingerprint;
use tracing::{Span, debug, info, info_span, warn};

use crate::event::Event;
use crate::progress::Phase;
use crate::store::JobId;

/// Emits an event. Fields: `mapping`, `source`, `target`, `job`, `why`, `changes`, `cycle`, `side`, `object_type`, `objects`, `object`, `operations`, `findings`,
/// `held`, `skipped`, `plan`, `operation`, `action`, `label`, `ms`, `writes`, `fate`, `finished`, `total`,
/// `under_way`, `done`, `failed`, `alert`, `end`, `fence`, `holder`.
pub(crate) fn emit(event: &Event<'_>) {
    match event {
        Event::LeaseTaken { job, fence, holder } => {
            debug!(job = job.as_str(), fence = fence.0, holder, "lease taken");
        }
        Event::LeaseLost { job, fence } => warn!(job = job.as_str(), fence = fence.0, "lease lost"),
        Event::LeaseReleased { job, fence } => {
            debug!(job = job.as_str(), fence = fence.0, "lease released");
        }
        Event::RunStarted { job, at } => info!(job = job.as_str(), at = %at, "run started"),
        Event::ReadFinished { side, object_type, objects, incomplete } => match incomplete {
            None => info!(side, object_type = %object_type, objects, "read finished"),
            Some(why) => warn!(side, object_type = %object_type, objects, why = %why, "read is incomplete"),
        },
        Event::CourseChosen { why_everything } => match why_everything {
            None => info!("cycle starts from changes"),
            Some(why) => info!(why = %why, "cycle reads everything"),
        },
        Event::CreateRecovered { mapping, source, target, .. } => match target {
            Some(target) => info!(mapping, source = %source, target = %target, "lost create found"),
            None => info!(mapping, source = %source, "lost create was never done"),
        },
        Event::ChangesRead { object_type, changes } => {
            info!(object_type = %object_type, changes, "changes read");
        }
        Event::ObjectUnreadable { side, object_type, id, failure, .. } => {
            warn!(side, object_type = %object_type, object = id, failure = %failure, "object unreadable");
        }
        Event::PlanReady { plan, findings, .. } => {
            let (operations, findings) = (plan.operations.len(), findings.len());
            info!(operations, findings, held = plan.held.len(), skipped = plan.skipped.len(), "plan ready");
        }
        Event::ApplyStarted { plan, fingerprint } => {
            info!(plan = %fingerprint, operations = plan.operations.len(), "apply started");
        }
        Event::OperationFinished { operation, fate, course } => {
            let (id, action, label) = (operation.id.0, operation.action.kind().name(), &*operation.label);
            let (ms, writes) = (millis(course.ended.since(course.began)), course.writes);
            match fate {
                None => debug!(operation = id, action, label, ms, writes, "operation done"),
                Some(fate) => {
                    warn!(operation = id, action, label, ms, writes, fate = ?fate, "operation not done");
                }
            }
        }
        Event::Progress(progress) => match progress.phase {
            Phase::Reading { side, objects } => debug!(side, objects, "reading"),
            Phase::Applying { finished, total, under_way, .. } => {
                debug!(finished, total, under_way, "applying");
            }
        },
        Event::Alert { alert, .. } => warn!(alert = alert.name(), "{alert}"),
        Event::CycleStarted { cycle, job, at, .. } => {
            info!(cycle = %cycle, job = job.as_str(), at = %at, "cycle started");
        }
        Event::CycleFinished { cycle, end, .. } => info!(cycle = %cycle, end = end.name(), "cycle finished"),
        Event::ApplyFinished { summary, .. } => {
            info!(done = summary.done.total(), failed = summary.failed.len(), "apply finished");
        }
    }
}

/// Returns a duration in whole milliseconds.
fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The span of a whole run; `import`, `plan` and `apply` are within it.
pub(crate) fn run_span(job: &JobId) -> Span {
    info_span!("run", job = job.as_str())
}

/// The span of reading one object type of one side.
pub(crate) fn import_span(side: &'static str, object_type: &ObjectType) -> Span {
    info_span!("import", side, object_type = %object_type)
}

/// The span of planning.
pub(crate) fn plan_span() -> Span {
    info_span!("plan")
}

/// The span of carrying a plan out.
pub(crate) fn apply_span(plan: Fingerprint) -> Span {
    info_span!("apply", plan = %plan)
}
