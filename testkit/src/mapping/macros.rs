//! Macros: one test for each law, and plans as snapshots.

/// Makes one test of each [`Law`](crate::mapping::Law) for a mapping.
///
/// The first argument is a spec, or the text of a mapping file; the second the schemas of source and target. A third one
/// tells what the schemas do not say, as a function of the [`Mapping`](crate::mapping::Mapping).
///
/// ```no_run
/// # mod example {
/// use provisio_testkit::mapping::{Characters, Law};
/// use provisio_testkit::mapping_laws;
/// # use provisio_testkit::provisio::model::Schema;
/// # const SPEC: &str = "";
/// # fn schemas() -> (Schema, Schema) { (Schema::default(), Schema::default()) }
///
/// mapping_laws!(SPEC, schemas(), |mapping| mapping
///     .cases(500)
///     .characters("userName", Characters::principal_name())
///     .except(Law::LimitsHold, "the job file sets the limits"));
/// # }
/// ```
///
/// Use it once in a module: the tests are called as the laws are. `PROVISIO_LAW_CASES` in the environment says how many cases
/// are tried.
#[macro_export]
macro_rules! mapping_laws {
    ($spec:expr, $schemas:expr $(,)?) => {
        $crate::mapping_laws!($spec, $schemas, |mapping| mapping);
    };
    ($spec:expr, $schemas:expr, $settings:expr $(,)?) => {
        $crate::mapping_laws!(@each $spec, $schemas, $settings;
            rules_never_fail RulesNeverFail,
            required_values_are_given RequiredValuesAreGiven,
            unique_values_are_unique UniqueValuesAreUnique,
            values_fit_the_target ValuesFitTheTarget,
            values_are_stable ValuesAreStable,
            secrets_stay_secret SecretsStaySecret,
            leavers_lose_access LeaversLoseAccess,
            only_those_meant_get_in OnlyThoseMeantGetIn,
            runs_come_to_rest RunsComeToRest,
            what_is_sent_comes_back WhatIsSentComesBack,
            limits_hold LimitsHold,
        );
    };
    (@each $spec:expr, $schemas:expr, $settings:expr; $($test:ident $law:ident,)+) => {
        $(
            #[test]
            fn $test() {
                let mapping = $crate::mapping::Mapping::new($spec, $schemas);
                mapping.with($settings).hold($crate::mapping::Law::$law);
            }
        )+
    };
}

/// Compares the plan for a [`World`](crate::world::World), with its findings, with a snapshot that was reviewed (`insta`).
///
/// ```no_run
/// # mod example {
/// # use provisio_testkit::world::World;
/// # fn world() -> World { todo!() }
/// #[test]
/// fn a_new_worker_gets_an_account() {
///     provisio_testkit::assert_plan_snapshot!(world());
/// }
/// # }
/// ```
///
/// With `@"..."` behind the world, the snapshot stands in the test itself. `cargo insta review` shows what changed.
#[macro_export]
macro_rules! assert_plan_snapshot {
    ($world:expr $(,)?) => {
        $crate::insta::assert_snapshot!($crate::mapping::plan_text(&$world))
    };
    ($world:expr, @$expected:literal $(,)?) => {
        $crate::insta::assert_snapshot!($crate::mapping::plan_text(&$world), @$expected)
    };
    ($name:expr, $world:expr $(,)?) => {
        $crate::insta::assert_snapshot!($name, $crate::mapping::plan_text(&$world))
    };
}
