//! What must be true of every plan and every run?
//!
//! A law is a function of a [`World`](crate::world::World) that says in a sentence how it is broken. Run one on
//! the worlds of [`crate::strategies`] or on your own, with [`hold`] or with any proptest runner:
//!
//! ```
//! use provisio_testkit::{laws, strategies};
//!
//! laws::hold(20, strategies::universe(), |world| laws::plan_does_not_depend_on_order(&world, 7));
//! ```
//!
//! * `planning`: of one plan, without carrying it out;
//! * `running`: of what is there after runs, undisturbed;
//! * `agreement`: of what is there after runs, compared with [`crate::reference`](mod@crate::reference);
//! * `delta`: of plans that are made from changes alone;
//! * `interruption`: of what is there after runs that were interrupted;
//! * `rollback`: of what is there after runs that were undone.

mod agreement;
mod cycles;
mod delta;
mod interruption;
mod planning;
mod rollback;
mod running;

pub use agreement::{agrees_with_the_reference, agrees_with_the_reference_after_edits};
pub use cycles::{
    cycles_from_changes_do_what_full_ones_do, interrupted_cycle_from_changes_converges,
    remembering_cycles_do_what_full_ones_do, what_is_not_remembered_waits_for_everything,
};
pub use delta::{delta_depends_on_the_last_changes_only, delta_equals_full, nothing_changed_asks_nothing};
pub use interruption::{interrupted_run_converges, runs_on_partial_reads_converge};
pub use planning::{
    limits_are_kept, partial_read_takes_nothing_more_away, plan_does_not_depend_on_order,
    plan_passes_the_check,
};
pub use rollback::rolling_back_restores;
pub use running::{
    edits_converge, runs_converge, runs_on_a_target_with_its_own_form_converge, strangers_are_untouched,
    time_converges,
};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRng, TestRunner};

use crate::world::WorldError;

/// The environment variable of proptest that sets how many cases are tried; with it, they are drawn anew.
const CASES_VARIABLE: &str = "PROPTEST_CASES";

/// The environment variable of proptest that sets how long a smaller case is looked for.
const SHRINKING_VARIABLE: &str = "PROPTEST_MAX_SHRINK_ITERS";

/// How a law is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Broken(pub String);

impl From<WorldError> for Broken {
    fn from(error: WorldError) -> Self {
        match error {
            WorldError::Refused(faults) => Self(format!("the mapping is refused: {faults:?}")),
            other => Self(other.to_string()),
        }
    }
}

impl From<String> for Broken {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// What a law says of one world.
pub type Verdict = Result<(), Broken>;

/// Tries a law on so many cases, the same ones each time; with `PROPTEST_CASES` in the environment on that many
/// new ones.
///
/// # Panics
/// When a case breaks the law: with the smallest one that was found, and how.
#[expect(clippy::panic, reason = "a broken law fails the test that asked for it")]
#[track_caller]
pub fn hold<S: Strategy>(cases: u32, strategy: S, law: impl Fn(S::Value) -> Verdict) {
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os(SHRINKING_VARIABLE).is_none() {
        config.max_shrink_iters = 2_000;
    }
    let mut runner = if std::env::var_os(CASES_VARIABLE).is_some() {
        TestRunner::new(config)
    } else {
        let random = TestRng::deterministic_rng(config.rng_algorithm);
        TestRunner::new_with_rng(Config { cases, ..config }, random)
    };
    let result = runner.run(&strategy, |case| law(case).map_err(|it| TestCaseError::fail(it.0)));
    if let Err(error) = result {
        panic!("{error}");
    }
}
