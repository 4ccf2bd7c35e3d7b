//! Strategies, laws, scenarios and generators: how a mapping, a connector or the engine itself is tested.
//!
//! Which part you need:
//!
//! * You wrote a **mapping** and want to know that its rules hold for everybody who may ever be hired: [`mapping`], and
//!   [`mapping_laws!`], which makes one test of each law. Tables of people are in [`mapping::table`].
//! * You want to see what a mapping does in one situation, and keep it so: [`scenario`]. A folder of small files, and the
//!   plan that comes of them; or [`assert_plan_snapshot!`].
//! * You want to know that the **engine** keeps its word whatever the data: [`laws`], on the worlds of [`strategies`] or on
//!   your own.
//! * You test something **of your own** on a plan or a run: [`world`] holds everything that a plan is made from as
//!   plain data, and [`rig`] carries it out with a real job, interrupted where you like.
//! * You want to know what a mapping **comes to in the end**, told by something that is no planner: [`reference`](mod@reference).
//! * You wrote a **connector** or a **state store** of your own: [`conformance`] checks all that a job relies on.
//! * You want to know what becomes of a job **when its systems fail**: [`fault`] lets mishaps befall any connector, and
//!   [`sim`] runs jobs for years among them.
//! * You want to see what the engine does where others lost accounts: [`peers`].
//! * You need a **large organisation** that is the same each time: [`generate`].
//!
//! ```
//! use provisio_testkit::{laws, scenario::Scenario, strategies};
//!
//! // One case, looked at.
//! let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/leaver_is_disabled");
//! let scenario = Scenario::read(folder)?;
//! assert!(scenario.render().contains("x user adele@contoso.example"));
//!
//! // Many cases, judged.
//! laws::hold(10, strategies::universe(), |world| laws::plan_passes_the_check(&world));
//! # Ok::<(), provisio_testkit::scenario::ScenarioError>(())
//! ```

mod chance;
pub mod conformance;
pub mod fault;
pub mod generate;
pub mod incremental;
pub mod laws;
pub mod mapping;
pub mod peers;
pub mod reference;
pub mod rig;
pub mod scenario;
pub mod sim;
pub mod strategies;
pub mod world;

/// The pages that readers copy from are compiled and run.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    struct Readme;

    #[doc = include_str!("../../docs/testing-mappings.md")]
    struct TestingMappings;
}

#[doc(hidden)]
pub use insta;
pub use provisio;
