//! The engine keeps every law on every universe.

use proptest::prelude::*;
use provisio::plan::TargetKnowledge;
use provisio::spec::Adoption;
use provisio_testkit::laws::{self, hold};
use provisio_testkit::rig::{Interruption, TargetForm};
use provisio_testkit::strategies::{adopting_universe, complete_universe, edits, universe};

#[test]
fn plan_does_not_depend_on_order() {
    hold(600, (universe(), any::<u64>()), |(world, seed)| laws::plan_does_not_depend_on_order(&world, seed));
}

#[test]
fn plan_passes_the_check() {
    hold(1_500, universe(), |world| laws::plan_passes_the_check(&world));
}

#[test]
fn partial_read_takes_nothing_more_away() {
    hold(1_000, universe(), |world| laws::partial_read_takes_nothing_more_away(&world));
}

#[test]
fn limits_are_kept() {
    hold(1_000, universe(), |world| laws::limits_are_kept(&world));
}

#[test]
fn runs_converge() {
    hold(800, complete_universe(), |world| laws::runs_converge(&world));
}

#[test]
fn runs_on_a_target_with_its_own_form_converge() {
    let forms = [TargetForm::LowerCase, TargetForm::CutTo(5), TargetForm::Replaced("x")];
    hold(300, (complete_universe(), prop::sample::select(forms.to_vec())), |(world, form)| {
        laws::runs_on_a_target_with_its_own_form_converge(&world, form)
    });
}

#[test]
fn edits_converge() {
    hold(500, (complete_universe(), edits()), |(world, edits)| laws::edits_converge(&world, &edits));
}

#[test]
fn rolling_back_restores() {
    hold(150, (complete_universe(), edits()), |(world, edits)| {
        let folder = tempfile::tempdir().expect("a folder");
        laws::rolling_back_restores(&world, &edits, folder.path())
    });
}

#[test]
fn time_converges() {
    hold(300, (complete_universe(), prop::collection::vec(any::<u8>(), 0..3)), |(world, pauses)| {
        laws::time_converges(&world, &pauses)
    });
}

#[test]
fn strangers_are_untouched() {
    hold(600, complete_universe(), |world| laws::strangers_are_untouched(&world));
}

#[test]
fn runs_on_partial_reads_converge() {
    hold(300, universe(), |world| laws::runs_on_partial_reads_converge(&world));
}

#[test]
fn run_that_was_stopped_converges() {
    hold(300, (adopting_universe(), 1_u64..20), |(world, writes)| {
        laws::interrupted_run_converges(&world, Interruption::StopAfterWrites(writes))
    });
}

#[test]
fn run_that_lost_an_answer_converges() {
    hold(300, (adopting_universe(), 0_u64..12), |(world, write)| {
        laws::interrupted_run_converges(&world, Interruption::LoseAnswer(write))
    });
}

#[test]
fn run_that_lost_a_write_converges() {
    hold(300, (adopting_universe(), 0_u64..12), |(world, write)| {
        laws::interrupted_run_converges(&world, Interruption::LoseWrite(write))
    });
}

#[test]
fn run_that_was_killed_before_a_commit_converges() {
    hold(300, (adopting_universe(), 0_u64..8), |(world, commit)| {
        laws::interrupted_run_converges(&world, Interruption::FailCommit(commit))
    });
}

#[test]
fn run_that_lost_an_answer_converges_without_adopting() {
    let interruption = prop_oneof![
        (0_u64..12).prop_map(Interruption::LoseAnswer),
        (0_u64..12).prop_map(Interruption::LoseWrite),
        (0_u64..8).prop_map(Interruption::FailCommit),
    ];
    hold(300, (adopting_universe(), interruption), |(mut world, interruption)| {
        world.spec.objects.iter_mut().for_each(|it| it.adoption = Adoption::Report);
        laws::interrupted_run_converges(&world, interruption)
    });
}

/// So many cases; of `scripts/test`, which has time and optimised code, so many more.
fn cases(few: u32, many: u32) -> u32 {
    if std::env::var_os("PROVISIO_MANY_CASES").is_some() { many } else { few }
}

#[test]
fn agrees_with_the_reference() {
    hold(cases(150, 8_000), complete_universe(), |world| laws::agrees_with_the_reference(&world));
}

#[test]
fn agrees_with_the_reference_when_adopting() {
    hold(cases(50, 4_000), adopting_universe(), |world| laws::agrees_with_the_reference(&world));
}

#[test]
fn agrees_with_the_reference_after_edits() {
    hold(cases(150, 8_000), (complete_universe(), edits()), |(world, edits)| {
        laws::agrees_with_the_reference_after_edits(&world, &edits)
    });
}

#[test]
fn delta_equals_full() {
    let scripts = proptest::collection::vec(edits(), 1..=4);
    hold(cases(100, 8_000), (complete_universe(), scripts), |(world, scripts)| {
        laws::delta_equals_full(&world, &scripts)
    });
}

#[test]
fn delta_depends_on_the_last_changes_only() {
    hold(80, (complete_universe(), edits(), any::<u64>()), |(world, edits, seed)| {
        laws::delta_depends_on_the_last_changes_only(&world, &edits, seed)
    });
}

#[test]
fn nothing_changed_asks_nothing() {
    hold(40, complete_universe(), |world| laws::nothing_changed_asks_nothing(&world));
}

#[test]
fn cycles_from_changes_do_what_full_ones_do() {
    let scripts = proptest::collection::vec(edits(), 1..=4);
    hold(cases(100, 3_000), (complete_universe(), scripts), |(world, scripts)| {
        laws::cycles_from_changes_do_what_full_ones_do(&world, &scripts)
    });
}

#[test]
fn remembering_cycles_do_what_full_ones_do() {
    let scripts = proptest::collection::vec(edits(), 1..=4);
    hold(cases(100, 3_000), (complete_universe(), scripts), |(world, scripts)| {
        laws::remembering_cycles_do_what_full_ones_do(&world, &scripts)
    });
}

#[test]
fn what_is_not_remembered_waits_for_everything() {
    let scripts = proptest::collection::vec(edits(), 1..=3);
    hold(cases(60, 2_000), (complete_universe(), scripts), |(world, scripts)| {
        laws::what_is_not_remembered_waits_for_everything(&world, &scripts)
    });
}

#[test]
fn cycle_from_changes_that_was_interrupted_converges() {
    let interruption = prop_oneof![
        (1_u64..12).prop_map(Interruption::StopAfterWrites),
        (0_u64..8).prop_map(Interruption::LoseAnswer),
        (0_u64..8).prop_map(Interruption::LoseWrite),
        (0_u64..8).prop_map(Interruption::FailCommit),
    ];
    let known_by = prop_oneof![Just(TargetKnowledge::LookUp), Just(TargetKnowledge::Remembered)];
    let cases = cases(200, 2_000);
    hold(
        cases,
        (adopting_universe(), edits(), interruption, known_by),
        |(world, edits, interruption, by)| {
            laws::interrupted_cycle_from_changes_converges(&world, &edits, interruption, by)
        },
    );
}
