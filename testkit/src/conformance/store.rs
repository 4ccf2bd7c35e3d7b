//! Does a [`StateStore`] do what jobs rely on?
//!
//! Say where an empty store comes from, as a [`StorePlace`], and let [`store_conformance!`](crate::store_conformance)
//! make one test of each requirement:
//!
//! ```
//! mod my_store {
//!     use provisio_testkit::conformance::store::MemoryPlace;
//!
//!     provisio_testkit::store_conformance!(MemoryPlace::default(), futures::executor::block_on);
//! }
//! ```
//!
//! [`report`] checks all of them at once, for programs that are no test.

mod known;
mod lease;
mod notes;
mod reference;
mod sample;
mod state;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::future::LocalBoxFuture;
use provisio::connector::Clock;
use provisio::store::{MemoryStore, StateStore, StoreError};

use crate::rig::VirtualClock;

/// A place for one store, empty at first.
#[async_trait]
pub trait StorePlace: Send + Sync {
    /// Opens the store there: what an earlier one committed, which is closed by now, is in it.
    ///
    /// # Errors
    /// When it cannot be opened.
    async fn open(&self) -> Result<Arc<dyn StateStore>, StoreError>;

    /// Returns the clock by which leases end. Waiting for it must really let their time pass: for a store that counts
    /// by a clock of its own this is the time of the machine.
    fn clock(&self) -> &dyn Clock;
}

/// What is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(String);

impl Fault {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            text.push_str(&format!(": {error}"));
            source = error.source();
        }
        Self(text)
    }
}

/// Ends a check with a fault unless the condition holds.
macro_rules! ensure {
    ($condition:expr) => {
        $crate::conformance::store::ensure!($condition, "untrue: {}", stringify!($condition));
    };
    ($condition:expr, $($text:tt)+) => {
        if !$condition {
            return Err($crate::conformance::store::Fault::new(format!($($text)+)));
        }
    };
}

/// Ends a check with a fault unless both are equal.
macro_rules! ensure_eq {
    ($found:expr, $expected:expr) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if found != expected {
                    let text = format!("expected {expected:?}, found {found:?}");
                    return Err($crate::conformance::store::Fault::new(text));
                }
            }
        }
    };
}
use {ensure, ensure_eq};

/// What a check gives.
type Checked = Result<(), Fault>;

/// One requirement.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// Its number in `docs/connector-spec.md`.
    pub number: &'static str,
    /// The sentence that must be true, with underscores.
    pub name: &'static str,
    check: for<'a> fn(&'a dyn StorePlace) -> LocalBoxFuture<'a, Checked>,
}

impl Requirement {
    /// Checks it on an empty place.
    ///
    /// # Errors
    /// When it does not hold; says what was found.
    pub async fn check(&self, place: &dyn StorePlace) -> Result<(), Fault> {
        (self.check)(place).await
    }
}

/// The one list of requirements. `@with [table]` makes a constant of it, `@with [tests ..]` a test of each.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_requirements {
    (@with [$($with:tt)*]) => {
        $crate::__store_requirements! { @list [$($with)*]
            "R-01" state a_job_that_was_never_committed_is_empty,
            "R-02" state each_commit_counts,
            "R-03" state a_conflict_changes_nothing,
            "R-04" state links_appear_change_and_go,
            "R-05" state links_come_in_the_order_of_their_sources,
            "R-06" state a_change_is_carried_out_in_its_order,
            "R-07" state a_target_has_one_link_in_its_mapping,
            "R-08" state a_refused_change_leaves_no_part,
            "R-09" state watermarks_move_one_by_one,
            "R-10" state the_last_applied_plans_are_remembered,
            "R-11" state jobs_do_not_see_each_other,
            "R-12" state names_and_ids_may_be_anything,
            "R-13" notes notes_come_and_go,
            "R-14" state of_many_writers_one_wins,
            "R-15" state what_was_committed_is_there_when_opened_again,
            "R-16" reference it_answers_as_the_memory_store_does,
            "R-17" lease a_lease_has_one_holder,
            "R-18" lease a_later_lease_has_a_higher_fence,
            "R-19" lease a_lease_ends_when_its_time_is_over,
            "R-20" lease a_lease_that_is_renewed_goes_on,
            "R-21" lease a_lease_that_nobody_took_can_be_renewed_late,
            "R-22" lease who_lost_the_lease_can_do_nothing_with_it,
            "R-23" lease a_commit_without_a_lease_needs_none,
            "R-24" lease of_many_who_ask_one_gets_the_lease,
            "R-25" lease jobs_are_listed_with_who_works_on_them,
            "R-26" known what_is_known_of_objects_comes_and_goes,
            "R-27" known records_are_kept_as_they_are,
        }
    };
    (@list [table] $($number:literal $room:ident $name:ident,)*) => {
        &[$(Requirement {
            number: $number,
            name: stringify!($name),
            check: |place| Box::pin($room::$name(place)),
        }),*]
    };
    (@list [tests $attributes:tt $place:expr, $run:expr] $($number:literal $room:ident $name:ident,)*) => {
        $($crate::__store_requirements! { @test $attributes $place, $run, $number $name })*
    };
    (@test [$($attribute:tt)*] $place:expr, $run:expr, $number:literal $name:ident) => {
        #[test]
        $($attribute)*
        fn $name() {
            let checked = ($run)(async { $crate::conformance::store::check($number, &$place).await });
            if let Err(fault) = checked {
                panic!("{} {}: {fault}", $number, stringify!($name));
            }
        }
    };
}

const REQUIREMENTS: &[Requirement] = crate::__store_requirements!(@with [table]);

/// Returns all requirements, by number.
pub fn requirements() -> &'static [Requirement] {
    REQUIREMENTS
}

/// Checks one requirement on an empty place.
///
/// # Errors
/// When it does not hold, or there is none of this number.
pub async fn check(number: &str, place: &dyn StorePlace) -> Result<(), Fault> {
    let requirement = REQUIREMENTS.iter().find(|it| it.number == number);
    let requirement = requirement.ok_or_else(|| Fault::new(format!("there is no requirement {number}")))?;
    requirement.check(place).await
}

/// Makes one `#[test]` of each requirement. The first argument is an expression that makes an empty [`StorePlace`], the
/// second a function that runs a future to its end. `with [...]` before them gives every test attributes.
#[macro_export]
macro_rules! store_conformance {
    (with [$($attributes:tt)*] $place:expr, $run:expr) => {
        $crate::__store_requirements! { @with [tests [$($attributes)*] $place, $run] }
    };
    ($place:expr, $run:expr) => {
        $crate::__store_requirements! { @with [tests [] $place, $run] }
    };
}

/// What was found, requirement by requirement.
#[derive(Clone)]
pub struct Report {
    /// Each requirement, with its fault if it has one.
    pub findings: Vec<(Requirement, Option<Fault>)>,
}

impl Report {
    /// Tells whether all requirements hold.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|(_, fault)| fault.is_none())
    }
}

/// `R-01 ok    a job that was never committed is empty`
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (Requirement { number, name, .. }, fault) in &self.findings {
            let name = name.replace('_', " ");
            match fault {
                None => writeln!(formatter, "{number} ok    {name}")?,
                Some(fault) => writeln!(formatter, "{number} FAULT {name}\n           {fault}")?,
            }
        }
        Ok(())
    }
}

/// Checks all requirements, each on a new empty place.
pub async fn report<P: StorePlace>(mut place: impl FnMut() -> P) -> Report {
    let mut findings = Vec::with_capacity(REQUIREMENTS.len());
    for requirement in REQUIREMENTS {
        findings.push((*requirement, requirement.check(&place()).await.err()));
    }
    Report { findings }
}

/// A place for a [`MemoryStore`], with virtual time.
#[derive(Default)]
pub struct MemoryPlace {
    store: MemoryStore,
    clock: VirtualClock,
}

#[async_trait]
impl StorePlace for MemoryPlace {
    async fn open(&self) -> Result<Arc<dyn StateStore>, StoreError> {
        Ok(Arc::new(self.store.clone()))
    }

    fn clock(&self) -> &dyn Clock {
        &self.clock
    }
}
