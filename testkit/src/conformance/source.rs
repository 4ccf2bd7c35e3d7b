//! Does a [`Source`] give the engine what it relies on?
//!
//! [`source_conformance!`](crate::source_conformance) makes one test of each requirement:
//!
//! ```
//! mod my_source {
//!     use std::sync::Arc;
//!
//!     use provisio::connector::Source;
//!     use provisio::model::{Object, Text};
//!     use provisio_memory::{MemoryDirectory, directory_schema};
//!     use provisio_testkit::conformance::{Fixture, Prepared, SourceFixture};
//!
//!     struct Place(Arc<MemoryDirectory>);
//!
//!     impl Fixture for Place {}
//!
//!     #[async_trait::async_trait]
//!     impl SourceFixture for Place {
//!         async fn source(&self) -> Prepared<Arc<dyn Source>> {
//!             Ok(self.0.clone())
//!         }
//!
//!         async fn hold(&self, objects: &[Object]) -> Prepared<Vec<Text>> {
//!             // Write the file, fill the table, tell the fake server.
//! #           unimplemented!("{objects:?}")
//!         }
//!     }
//!
//!     provisio_testkit::source_conformance!(
//!         Place(Arc::new(MemoryDirectory::new(directory_schema()))),
//!         futures::executor::block_on,
//!         skipping ["S-10"]
//!     );
//! }
//! ```
//!
//! [`report`] checks all of them at once, for programs that are no test.

mod at_once;
mod changes;
mod filled;
mod look_up;
mod reading;
mod trial;
mod trouble;

use futures::future::LocalBoxFuture;
use provisio::connector::Source;

use crate::conformance::{Checked, Finding, Report, Requirement, SourceFixture, Stop, Verdict};
pub(super) use filled::Filled;
use trial::Trial;

/// The one list of requirements. `@with [table]` makes a constant of it, `@with [tests ..]` a test of each.
#[doc(hidden)]
#[macro_export]
macro_rules! __source_requirements {
    (@with [$($with:tt)*]) => {
        $crate::__source_requirements! { @list [$($with)*]
            "S-01" reading the_schema_is_sound
            "The schema MUST name each object type once, and each attribute of a type once whatever its case. What references point to MUST be types of the schema.",
            "S-02" reading the_capabilities_are_sound
            "The capabilities MUST be the same whenever they are asked for after the schema was. Their bounds MUST be at least 1.",
            "S-03" reading the_connection_can_be_tried
            "`check` MUST succeed where a read does, and MUST NOT change anything.",
            "S-04" reading what_is_not_there_is_read_completely
            "A read of a type without objects MUST end with `Complete`.",
            "S-05" reading every_object_comes_once
            "A read MUST deliver every object, also where there are more than one page holds, and none twice.",
            "S-06" reading nothing_comes_after_the_end
            "`Complete`, `Incomplete` or an error MUST be the last event of a read.",
            "S-07" reading what_is_read_fits_the_schema
            "Every object MUST have an id and the type that was asked for, and values that fit its schema: attributes that it names, of their kind, several only where it says so. What is write-only or secret MUST NOT be read.",
            "S-08" reading values_are_read_as_they_are_held
            "Every value MUST be read as the system holds it, and no value that it does not hold.",
            "S-09" reading hostile_text_is_read_to_the_letter
            "Text MUST be read to the letter, whatever characters it is made of.",
            "S-10" reading a_narrow_read_gives_every_object
            "A read that asks for few attributes, or none, MUST deliver every object, also those that have none of them.",
            "S-11" reading ids_stay
            "An object MUST have the same id in every read, also after its values changed.",
            "S-12" reading versions_follow_changes
            "Where objects have versions, an object that changed MUST have another one, and one that did not the same.",
            "S-13" reading parts_of_complex_attributes_are_given
            "Where a part of a complex attribute is asked for, the whole attribute or the part under its path MUST be delivered.",
            "S-14" reading an_unknown_type_is_refused
            "A read of an object type that the schema does not name MUST fail, and MUST NOT be declared complete.",
            "S-15" trouble a_read_that_breaks_off_is_not_complete
            "A read that breaks off MUST NOT be declared complete.",
            "S-16" trouble a_wrong_count_is_not_complete
            "Where the system says how many objects there are, and fewer came, the read MUST NOT be declared complete.",
            "S-17" trouble what_cannot_be_read_is_reported
            "An object that is there and cannot be read MUST be reported as `Unreadable`, with its id if that is known, and MUST NOT keep others from being read; else the read MUST NOT be declared complete.",
            "S-18" trouble a_system_that_is_away_is_unreachable
            "Where the system cannot be reached, reads and `check` MUST fail as `Unreachable` or `Timeout`, to be tried again.",
            "S-19" trouble wrong_credentials_are_no_trouble_of_the_line
            "Where the credentials are refused, reads and `check` MUST fail as `Unauthenticated` or `PermissionDenied`, not to be tried again.",
            "S-20" trouble a_request_to_slow_down_is_passed_on
            "Where the system asks for fewer requests, a read MUST fail as `RateLimited`, with the time that the system names. Only within a list, and for a time that the system names and that is no longer than 5 seconds, MAY the connector wait by itself.",
            "S-21" trouble errors_hold_no_secret
            "Neither `info` nor `check`, neither an error nor its `Debug` form, MUST hold a password or token.",
            "S-22" at_once a_read_that_is_stopped_ends
            "A read whose context is cancelled, or whose deadline has passed, MUST fail, and MUST NOT be declared complete.",
            "S-23" at_once a_read_that_is_dropped_leaves_no_trace
            "A read that is dropped at any point MUST leave the source usable, and the system as it was.",
            "S-24" at_once reads_at_once_do_not_disturb_each_other
            "Several reads at once MUST each give what they would give alone.",
            "S-25" look_up objects_are_found_by_id
            "With `read_by_id`, a read of ids MUST deliver each of these objects that exists, and end with `Complete`.",
            "S-26" look_up as_many_are_found_as_is_said
            "A read of `read_max` ids, or values, MUST be possible, and deliver all of them.",
            "S-27" look_up a_hostile_id_hides_nobody
            "Whatever an id that is asked for is made of, the others that are asked for MUST be delivered, or the read MUST fail.",
            "S-28" look_up objects_are_found_by_value
            "With `read_by_value`, a read of values MUST deliver every object that has one of them, or be refused as `Unsupported`; it is not refused for every attribute.",
            "S-29" look_up values_are_compared_as_the_schema_says
            "A read of values MUST find what the schema calls the same value: without regard to case unless it is exact.",
            "S-30" look_up hostile_values_are_found
            "A read of values MUST find objects whatever characters the value is made of, and MUST NOT be led to hide others.",
            "S-31" look_up what_is_not_offered_is_unsupported
            "Without `read_by_id`, `read_by_value` or `changes`, such a read MUST be refused as `Unsupported`.",
            "S-32" changes a_complete_read_says_where_changes_start
            "With `changes`, a complete read of all objects MUST come with a watermark.",
            "S-33" changes what_changed_since_is_told
            "A read of changes MUST deliver every object that came, changed or went since its watermark, as it is now, then a checkpoint.",
            "S-34" changes changes_go_on_from_a_checkpoint
            "From a checkpoint on, no change MUST be missed, also of those that come while others are read.",
            "S-35" changes where_nothing_changed_there_is_a_checkpoint
            "A read of changes MUST end with a checkpoint also where nothing changed.",
            "S-36" changes a_watermark_that_is_not_known_asks_for_a_full_read
            "For a watermark that the system does not know, or no longer knows, the answer MUST be `ResyncRequired`, and no checkpoint.",
            "S-37" changes changes_that_break_off_confirm_nothing_more
            "After changes that broke off, a read from the last checkpoint MUST deliver what is missing.",
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

/// One test of one requirement.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_test {
    ($check:path, [$($attribute:tt)*] $fixture:expr, $run:expr, $skipping:expr, $number:literal $name:ident) => {
        #[test]
        $($attribute)*
        fn $name() {
            let finding = ($run)(async { $check($number, &$fixture).await });
            if let Err(message) = finding.verdict.judge(&finding.requirement, &$skipping) {
                panic!("{message}");
            }
        }
    };
}

/// Makes one `#[test]` of each requirement on sources. The first argument is an expression that makes a
/// [`SourceFixture`](crate::conformance::SourceFixture), the second a function that runs a future to its end.
///
/// `skipping ["S-16"]` behind them lists what cannot be checked; the list must be right. `with [#[ignore]]` before them gives
/// every test attributes.
#[macro_export]
macro_rules! source_conformance {
    (with [$($attributes:tt)*] $fixture:expr, $run:expr $(, skipping [$($skipped:literal),* $(,)?])? $(,)?) => {
        $crate::__source_requirements! {
            @with [tests $crate::conformance::source::check,
                [$($attributes)*] $fixture, $run, [$($($skipped,)*)?] as [&str; _]]
        }
    };
    ($fixture:expr, $run:expr $(, skipping [$($skipped:literal),* $(,)?])? $(,)?) => {
        $crate::source_conformance! { with [] $fixture, $run $(, skipping [$($skipped),*])? }
    };
}

pub(super) type CheckFuture<'a> = LocalBoxFuture<'a, Checked>;

/// A requirement and how it is checked.
struct Check {
    requirement: Requirement,
    check: for<'a> fn(&'a Trial<'a>) -> CheckFuture<'a>,
}

const CHECKS: &[Check] = crate::__source_requirements!(@with [table]);

/// Returns all requirements on sources, by number.
pub fn requirements() -> impl ExactSizeIterator<Item = &'static Requirement> {
    CHECKS.iter().map(|it| &it.requirement)
}

/// Checks one requirement. There is a finding for each number that [`requirements`] has; for another, it says so.
pub async fn check(number: &str, fixture: &dyn SourceFixture) -> Finding {
    match CHECKS.iter().find(|it| it.requirement.number == number) {
        Some(check) => run(check, fixture).await,
        None => no_such_requirement(number),
    }
}

pub(super) fn no_such_requirement(number: &str) -> Finding {
    let requirement = Requirement::new("?", "there_is_such_a_requirement", "");
    let verdict = Verdict::of(Err(Stop::fault("a number of `docs/connector-spec.md`", number)));
    Finding { requirement, verdict }
}

async fn run(check: &Check, fixture: &dyn SourceFixture) -> Finding {
    let checked = match Trial::open(fixture).await {
        Ok(trial) => (check.check)(&trial).await,
        Err(stop) => Err(stop),
    };
    Finding { requirement: check.requirement, verdict: Verdict::of(checked) }
}

/// Checks all requirements, each on a new fixture.
pub async fn report<F: SourceFixture>(mut fixture: impl FnMut() -> F) -> Report {
    let mut findings = Vec::with_capacity(CHECKS.len());
    for check in CHECKS {
        findings.push(run(check, &fixture()).await);
    }
    Report { findings }
}

/// What a check of one call takes, for messages.
fn name_of(source: &dyn Source) -> String {
    let info = source.info();
    format!("{} {}", info.kind, info.system)
}
