//! How long does it take to plan W(N), from packed snapshots to the ordered plan?

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench stops at what it does not expect, and says what it measured"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use provisio_benches::Workload;
use provisio_planner::{ActionKind, plan};

fn plan_workload(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan");
    group.sample_size(10);
    for workers in [10_000_u64, 100_000] {
        let workload = Workload::generate(workers, 42);
        let planned = plan(&workload.input()).expect("the workload can be planned");
        let counts = planned.plan.counts();
        for kind in [ActionKind::Create, ActionKind::Update, ActionKind::Disable, ActionKind::ChangeMembers] {
            assert!(counts.get(kind) > 0, "{counts}");
        }
        assert!(planned.plan.unchanged > workers / 2, "{counts}");
        let (objects, memory, values) = (workload.objects(), workload.memory_bytes(), workload.value_bytes());
        let beyond = memory.saturating_sub(values) / objects;
        println!(
            "plan/{workers}: {counts}, {} unchanged, {} skipped",
            planned.plan.unchanged,
            planned.plan.skipped.len()
        );
        println!(
            "plan/{workers}: {objects} objects in {memory} bytes, {values} of them values: {beyond} bytes an object beyond its values"
        );
        group.throughput(Throughput::Elements(workers));
        group.bench_function(BenchmarkId::from_parameter(workers), |bencher| {
            bencher.iter(|| black_box(plan(&workload.input())));
        });
    }
    group.finish();
}

criterion_group!(benches, plan_workload);
criterion_main!(benches);
