//! Carrying a plan out on a target that answers at once: what is left is our own work.

use std::hint::black_box;
use std::sync::Arc;

use provisio_benches::Workload;
use provisio_benches::organisation::AS_OF;
use provisio_model::{Applied, Capabilities, Outcome, TargetId, Timestamp, Write, WriteAction};
use provisio_planner::execution::{Execution, ExecutionSettings, Recorded, Step};
use provisio_planner::{Plan, plan};

use super::{middle, show, timed};
use crate::Result;
use crate::arguments::Arguments;
use crate::bar::Bar;

pub(super) fn measure(arguments: &Arguments) -> Result<()> {
    let workload = Workload::generate(arguments.workers, arguments.seed).without_target();
    let plan = Arc::new(plan(&workload.input())?.plan);
    // What the target would name what it creates.
    let names: Vec<TargetId> =
        (0..plan.operations.len()).map(|it| TargetId::new(format!("N{it:08}"))).collect();
    let mut microseconds = Vec::new();
    for _ in 0..arguments.pairs {
        let (seconds, done) = timed(|| execute(&plan, &names))?;
        microseconds.push(seconds * 1e6 / done as f64);
    }
    let median = middle(&mut microseconds);
    let part = format!("one of {} operations, target immediate", plan.operations.len());
    show(&part, &format!("{median:.2} µs"), Some((Bar::Below(2.0, "µs"), median)));
    Ok(())
}

fn execute(plan: &Arc<Plan>, names: &[TargetId]) -> Result<usize> {
    let now: Timestamp = AS_OF.parse()?;
    let mut execution =
        Execution::new(Arc::clone(plan), Capabilities::READ_WRITE, ExecutionSettings::default());
    let mut polled = Recorded::default();
    let mut done = 0;
    loop {
        match execution.poll(now, &mut polled) {
            Step::Dispatch(writes) => {
                for write in writes {
                    let outcome = Outcome::Applied(Applied::to(answer(&write, names)));
                    done += black_box(execution.record(write.id, outcome, now)).finished.len();
                }
            }
            Step::Done if done + polled.finished.len() == plan.operations.len() => return Ok(done),
            step => return Err(format!("it stops with {step:?} after {done} operations").into()),
        }
    }
}

fn answer(write: &Write, names: &[TargetId]) -> TargetId {
    match &write.action {
        WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => target.clone(),
        _ => names[write.id.0 as usize].clone(),
    }
}
