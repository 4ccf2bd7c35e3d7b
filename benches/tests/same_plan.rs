//! Our plan and that of the ceiling are the same text.
#![expect(clippy::expect_used, reason = "a test stops at what it does not expect")]

use std::num::NonZeroUsize;

use provisio_benches::organisation::Organisation;
use provisio_benches::{Workload, ceiling, contest, files};
use provisio_planner::{Threads, plan_on};

fn ours(workload: &Workload, threads: usize) -> String {
    let threads = Threads::most(NonZeroUsize::new(threads).expect("not 0"));
    let planned = plan_on(&workload.input(), threads).expect("it can be planned");
    let mut text = Vec::new();
    contest::write_ours(&planned.plan, &workload.links, &mut text).expect("it can be said");
    String::from_utf8(text).expect("text")
}

fn ceiling(sides: &ceiling::Sides, threads: usize) -> String {
    let mut text = Vec::new();
    sides.plan(threads).expect("memory").write(sides, &mut text).expect("it can be said");
    String::from_utf8(text).expect("text")
}

#[test]
fn ours_and_the_ceiling_give_the_same_plan() {
    for (workers, seed) in [(100, 1), (3_000, 7), (20_000, 5)] {
        let folder = tempfile::tempdir().expect("a folder");
        files::write(&Organisation::new(workers, seed), folder.path()).expect("written");
        let workload = Workload::read(folder.path()).expect("read");
        let sides = ceiling::Sides::read(folder.path()).expect("read");
        let wanted = ceiling(&sides, 1);
        // Two who lead each other are rare; among the most they are created, too.
        let kinds: &[&str] =
            if workers < 20_000 { &["U\t"] } else { &["CG", "C\t", "SM", "U\t", "AM", "RM", "D\t"] };
        for kind in kinds {
            assert!(wanted.lines().any(|it| it.starts_with(kind)), "no {kind:?} among {workers}");
        }
        let same = |text: String, who: &str| {
            let mut pairs = text.lines().zip(wanted.lines());
            if let Some((found, wanted)) = pairs.find(|(left, right)| left != right) {
                assert_eq!(found, wanted, "{who} of {workers} with seed {seed}");
            }
            assert_eq!(text.lines().count(), wanted.lines().count(), "{who} of {workers} with seed {seed}");
        };
        same(ceiling(&sides, 2), "the ceiling on two threads");
        same(ours(&workload, 1), "ours");
        same(ours(&workload, 2), "ours on two threads");
        same(ours(&Workload::generate(workers, seed), 1), "what is generated and not read");
    }
}
