//! Does a [`Target`](provisio::connector::Target) do what the engine asks it for?
//!
//! [`target_conformance!`](crate::target_conformance) makes one test of each requirement, those on sources among them:
//!
//! ```
//! mod my_target {
//!     use std::sync::Arc;
//!
//!     use provisio::connector::Target;
//!     use provisio_memory::{MemoryDirectory, directory_schema};
//!     use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture};
//!
//!     struct Place;
//!
//!     impl Fixture for Place {}
//!
//!     #[async_trait::async_trait]
//!     impl TargetFixture for Place {
//!         async fn target(&self) -> Prepared<Arc<dyn Target>> {
//!             Ok(Arc::new(MemoryDirectory::new(directory_schema())))
//!         }
//!     }
//!
//!     provisio_testkit::target_conformance!(Place, futures::executor::block_on, skipping ["S-15", "S-16"]);
//! }
//! ```
//!
//! [`report`] checks all of them at once, for programs that are no test.

mod at_once;
mod batches;
mod creates;
mod deletes;
mod members;
mod refusals;
mod text;
mod trial;
mod trouble;
mod updates;

use crate::conformance::source::{self, CheckFuture, Filled};
use crate::conformance::{Finding, Report, Requirement, TargetFixture, Verdict};
pub(super) use members::memberships;
pub(super) use trial::{Made, Trial, add, reference};

/// The one list of requirements. `@with [table]` makes a constant of it, `@with [tests ..]` a test of each.
#[doc(hidden)]
#[macro_export]
macro_rules! __target_requirements {
    (@with [$($with:tt)*]) => {
        $crate::__target_requirements! { @list [$($with)*]
            "T-01" creates a_create_gives_the_id
            "A create MUST be answered with the id under which reads show the object.",
            "T-02" creates what_was_created_is_there
            "A created object MUST hold every value that it was created with.",
            "T-03" creates what_is_little_is_enough
            "A create with the required attributes alone MUST succeed.",
            "T-04" creates a_write_is_seen_in_time
            "After `read_lag_seconds`, every read, and every look-up, MUST show what was written.",
            "T-05" creates what_it_says_is_what_is_read
            "What an outcome says of the object, its version and what it holds, MUST be what a read shows.",
            "T-06" creates every_kind_of_value_is_kept
            "Values of every kind MUST be kept exactly: the smallest and the largest that fit, or be refused.",
            "T-07" creates a_taken_value_is_a_conflict
            "A create or update with a value that is taken MUST be answered as `Conflict`, `UniquenessViolated` or `AlreadyExists`, and change nothing.",
            "T-08" updates the_id_stays
            "An update of any attribute, its name among them, MUST leave the id as it is.",
            "T-09" updates an_update_changes_what_it_names
            "An update MUST leave what it does not name as it was.",
            "T-10" updates set_replaces_all_values
            "`Set` MUST make the values exactly those given; `Clear` MUST leave none.",
            "T-11" updates values_are_added_and_removed_one_by_one
            "`Add` and `Remove` MUST change the values given and no others.",
            "T-12" updates what_is_there_can_be_added_again
            "Adding what is there, removing what is not, setting what is set MUST succeed and change nothing.",
            "T-13" updates a_switch_goes_off_and_on
            "A boolean MUST go to `false` and back to `true`, and MUST be read as what it is.",
            "T-14" updates what_was_read_can_be_written
            "Writing an object back as it was read MUST succeed and change nothing.",
            "T-15" updates what_is_gone_cannot_be_updated
            "An update of an object that is not there MUST be rejected as `NotFound`, and MUST NOT create it.",
            "T-16" updates an_older_version_is_a_conflict
            "With `update_with_version`, an update or delete that names another version than the object has MUST be answered as `Conflict`, `PreconditionFailed`, and change nothing.",
            "T-17" updates what_others_wrote_stays
            "An update MUST leave what others wrote meanwhile, and reads MUST show it.",
            "T-18" members members_join_and_leave
            "A reference MUST be added and removed as other values are, and be read as the id that it was written as.",
            "T-19" members a_large_group_keeps_its_members
            "A change of one member of a large group MUST leave all others.",
            "T-20" members as_many_as_is_said_change_at_once
            "A change of `values_per_change_max` values, or of many where there is no bound, MUST succeed.",
            "T-21" members an_unknown_member_is_not_dropped_in_silence
            "A reference to an object that does not exist MUST be refused, or be kept. With `dangling_references` it is kept.",
            "T-22" members a_group_survives_its_members
            "After an object is deleted, groups that it was in MUST be readable and writable.",
            "T-23" deletes what_is_deleted_is_gone
            "A deleted object MUST NOT be read any more, whether it is asked for or not.",
            "T-24" deletes a_delete_of_nothing_is_satisfied
            "A delete of what is not there MUST be answered as `AlreadySatisfied`.",
            "T-25" deletes others_stay
            "A delete MUST leave all other objects.",
            "T-26" refusals what_the_schema_does_not_have_is_refused
            "A write of a type or an attribute that the schema does not name MUST be rejected, not to be tried again.",
            "T-27" refusals what_is_required_is_required
            "A create without a required attribute, and an update that clears one, MUST be rejected.",
            "T-28" refusals values_of_another_kind_are_refused
            "A value of another kind than the schema says, and several values where it says one, MUST be rejected.",
            "T-29" refusals what_is_too_long_is_refused
            "Text that is longer than the schema says MUST be rejected.",
            "T-30" refusals what_cannot_be_written_is_refused
            "A write of a read-only attribute, and a change of an immutable one, MUST be rejected.",
            "T-31" refusals a_refused_write_changes_nothing
            "Of a write that is rejected or in conflict nothing MUST be done.",
            "T-32" refusals a_write_that_is_not_offered_is_unsupported
            "Without `create`, `update`, `delete`, `update_with_add_remove` or `update_with_version`, such a write MUST be rejected as `Unsupported`.",
            "T-33" text hostile_text_is_kept_or_refused
            "Text MUST be kept to the letter, whatever characters it is made of, or be rejected.",
            "T-34" text secrets_are_not_told
            "No outcome, error or read MUST hold a secret that was written.",
            "T-35" batches every_write_has_one_outcome
            "Each write of a batch MUST have exactly one outcome, under its id; an empty batch has none.",
            "T-36" batches one_bad_write_leaves_the_others
            "A write that is refused MUST NOT keep the others of its batch from being done.",
            "T-37" batches writes_to_one_object_keep_their_order
            "Writes of one batch to one object MUST be done in their order.",
            "T-38" batches a_batch_that_is_too_large_is_answered
            "A batch of more than `batch_max` writes MUST have one outcome for each, done or rejected.",
            "T-39" trouble a_lost_answer_is_unknown
            "Where the answer to a write is lost, the outcome MUST be `Unknown`, or missing.",
            "T-40" trouble a_target_that_is_away_is_tried_again
            "Where the target cannot be reached, writes MUST be rejected as `Unreachable`, `Timeout`, to be tried later, and not be done; or be `Unknown`.",
            "T-41" trouble wrong_credentials_stop_everything
            "Where the credentials are refused, writes MUST be rejected as `Unauthenticated` or `PermissionDenied`, not to be tried again.",
            "T-42" trouble a_request_to_slow_down_is_passed_on_to_writers
            "Where the target asks for fewer requests, writes MUST be rejected as `RateLimited`, to be tried after the time that it names; the connector MUST NOT wait or try again by itself.",
            "T-43" at_once a_write_that_is_stopped_is_not_sent
            "Writes whose context is cancelled, or whose deadline has passed, MUST NOT be done, and be rejected to be tried later, or be `Unknown`.",
            "T-44" at_once a_write_that_is_dropped_leaves_the_target_usable
            "Writes that are dropped at any point MUST leave the target usable; each is done entirely or not at all.",
            "T-45" at_once as_many_calls_as_is_said_go_at_once
            "`concurrency_max` calls of `apply` at once MUST each give what they would give alone.",
        }
    };
    (@list [table] $($number:literal $room:ident $name:ident $text:literal,)*) => {
        &[$(Check {
            requirement: Requirement::new($number, stringify!($name), $text),
            check: |trial| Box::pin($room::$name(trial)),
        }),*]
    };
    (@list [tests $check:path, $attributes:tt $fixture:expr, $run:expr, $skipping:expr]
        $($number:literal $room:ident $name:ident $text:literal,)*) => {
        $($crate::__conformance_test! { $check, $attributes $fixture, $run, $skipping, $number $name })*
    };
}

/// Makes one `#[test]` of each requirement on targets, and on sources, since a target is read as well. The first argument is
/// an expression that makes a [`TargetFixture`](crate::conformance::TargetFixture), the second a function that runs a future
/// to its end.
///
/// `skipping ["S-16"]` behind them lists what cannot be checked; the list must be right. `with [#[ignore]]` before them gives
/// every test attributes.
#[macro_export]
macro_rules! target_conformance {
    (with [$($attributes:tt)*] $fixture:expr, $run:expr $(, skipping [$($skipped:literal),* $(,)?])? $(,)?) => {
        $crate::__source_requirements! {
            @with [tests $crate::conformance::target::check,
                [$($attributes)*] $fixture, $run, [$($($skipped,)*)?] as [&str; _]]
        }
        $crate::__target_requirements! {
            @with [tests $crate::conformance::target::check,
                [$($attributes)*] $fixture, $run, [$($($skipped,)*)?] as [&str; _]]
        }
    };
    ($fixture:expr, $run:expr $(, skipping [$($skipped:literal),* $(,)?])? $(,)?) => {
        $crate::target_conformance! { with [] $fixture, $run $(, skipping [$($skipped),*])? }
    };
}

/// A requirement and how it is checked.
struct Check {
    requirement: Requirement,
    check: for<'a> fn(&'a Trial<'a>) -> CheckFuture<'a>,
}

const CHECKS: &[Check] = crate::__target_requirements!(@with [table]);

/// Returns all requirements on targets alone, by number. Those on sources are [`source::requirements`].
pub fn requirements() -> impl ExactSizeIterator<Item = &'static Requirement> {
    CHECKS.iter().map(|it| &it.requirement)
}

/// Checks one requirement on targets or sources. There is a finding for each number of the two lists; for another, it says
/// so.
pub async fn check(number: &str, fixture: &dyn TargetFixture) -> Finding {
    match CHECKS.iter().find(|it| it.requirement.number == number) {
        Some(check) => run(check, fixture).await,
        None => source::check(number, &Filled::new(fixture)).await,
    }
}

async fn run(check: &Check, fixture: &dyn TargetFixture) -> Finding {
    let checked = match Trial::open(fixture).await {
        Ok(trial) => (check.check)(&trial).await,
        Err(stop) => Err(stop),
    };
    Finding { requirement: check.requirement, verdict: Verdict::of(checked) }
}

/// Checks all requirements on sources and targets, each on a new fixture.
pub async fn report<F: TargetFixture>(mut fixture: impl FnMut() -> F) -> Report {
    let mut findings = Vec::new();
    for requirement in source::requirements() {
        findings.push(source::check(requirement.number, &Filled::new(&fixture())).await);
    }
    for check in CHECKS {
        findings.push(run(check, &fixture()).await);
    }
    Report { findings }
}
