//! What does a whole organisation look like? Seeded, realistic workers and groups, of any size.
//!
//! [`Settings`] go in, an [`Organisation`] of plain [`Person`] and [`Group`] values comes out, always the same
//! for the same settings. It is an HR system's view: names from two dozen cultures as people write them,
//! contractors, leavers, a tree of managers with one cycle in it, teams inside departments. Two writers turn it
//! into the CSV files that an HR system would export.
//!
//! ```
//! use provisio_testkit::generate::{Organisation, Settings};
//!
//! let organisation = Organisation::generate(&Settings { workers: 300, seed: 7, ..Settings::default() });
//! assert_eq!(organisation.people.len(), 300);
//!
//! let mut workers = Vec::new();
//! organisation.write_workers_csv(&mut workers)?;
//! assert!(workers.ends_with(b"# end of export\n"));
//! # Ok::<(), std::io::Error>(())
//! ```

mod csv;
mod date;
mod departments;
mod group;
mod names;
mod people;
mod person;
mod places;
mod random;
mod staffing;
mod teams;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use csv::{GROUP_COLUMNS, TRAILER, WORKER_COLUMNS};
pub use date::Date;
pub use group::{Group, GroupId, GroupKind, Member};
pub use person::{EmployeeType, Person, WorkerId};

/// A text that is borrowed where it comes from a list, and owned where it was put together or edited.
pub type Text = Cow<'static, str>;

/// What the organisation shall be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Another seed gives other people.
    pub seed: u64,
    /// How many workers the export lists, leavers and contractors included.
    ///
    /// All the hard cases occur from about a thousand on. The largest possible number is that of a `u32`.
    pub workers: u32,
    /// The day of the export: everybody has been hired before, and all leavers have left before.
    pub as_of: Date,
    /// How many of a thousand workers have left.
    pub leavers_permille: u32,
    /// How many of a thousand workers are contractors.
    pub contractors_permille: u32,
}

impl Settings {
    /// Returns the settings of the files in `examples/quickstart`.
    pub fn quickstart() -> Self {
        Self { seed: 100, workers: 1248, ..Self::default() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            workers: 1000,
            as_of: Date::from_days(20_454),
            leavers_permille: 34,
            contractors_permille: 48,
        }
    }
}

/// Workers and groups as an HR system holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// All workers, ordered by id.
    pub people: Vec<Person>,
    /// All groups, ordered by id: everyone, the departments, the teams.
    pub groups: Vec<Group>,
}

impl Organisation {
    /// Generates the organisation. The same settings give the same organisation on every machine.
    pub fn generate(settings: &Settings) -> Self {
        let staffing = staffing::Staffing::draw(settings);
        Self { people: people::people(settings, &staffing), groups: teams::groups(&staffing) }
    }
}
