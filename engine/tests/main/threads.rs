//! An executor may take a run from thread to thread.

use provisio::connector::Context;
use provisio::{Fleet, Job, OpenCycle, Plan, Released};

fn is_send<T: Send>(_: T) {}

/// That it compiles is all.
fn futures(job: &Job, (fleet, cycle): (&Fleet, &OpenCycle<'_>), context: &Context, plan: &Plan) {
    is_send(job.read(context));
    is_send(job.apply(context, plan));
    is_send(job.run(context, Released::NOTHING));
    is_send(job.run_showing(context, Released::NOTHING, |_| {}));
    is_send(cycle.read());
    is_send(cycle.apply(plan));
    is_send(fleet.turn(context, Released::NOTHING));
    is_send(fleet.work(context, Released::NOTHING, |_, _| {}));
}

#[test]
fn runs_may_go_from_thread_to_thread() {
    let _ = futures;
}
