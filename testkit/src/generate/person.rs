//! Who works here? One worker as the HR system holds one.

use std::fmt;

use super::{Date, Text};

/// The number of a worker, which never changes and prints as `W000001`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub u32);

impl fmt::Display for WorkerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "W{:06}", self.0)
    }
}

/// The contract under which somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmployeeType {
    /// Employed without an end.
    Employee,
    /// Employed for a time.
    Temp,
    /// Learning on the job.
    Intern,
    /// Employed by another company; usually not provisioned.
    Contractor,
}

impl EmployeeType {
    /// Returns the word that the export uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Employee => "Employee",
            Self::Temp => "Temp",
            Self::Intern => "Intern",
            Self::Contractor => "Contractor",
        }
    }
}

/// One worker.
///
/// Texts that the HR system leaves out are `None`; the two names are empty instead, because a person with a
/// single name has no other one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The number of the worker.
    pub id: WorkerId,
    /// The given name or names. Empty for some people with a single name.
    pub first_name: Text,
    /// The family name or names, with particles. Empty for other people with a single name.
    pub last_name: Text,
    /// What colleagues call the person instead of the first name.
    pub preferred_name: Option<Text>,
    /// The department by name.
    pub department: Text,
    /// The department by id, such as `D41`.
    pub department_id: Text,
    /// The job title, in English. May contain commas and quotation marks.
    pub title: Text,
    /// The city of the site, as people there write it.
    pub city: Text,
    /// The country of the site, ISO 3166-1 alpha-2.
    pub country_code: Text,
    /// The first day of work.
    pub hire_date: Date,
    /// The last day of work, for leavers.
    pub termination_date: Option<Date>,
    /// Who the worker reports to.
    pub manager: Option<WorkerId>,
    /// The four digits of the cost centre; the first two are those of the department.
    pub cost_centre: Text,
    /// The desk telephone.
    pub phone: Option<Text>,
    /// The mobile telephone.
    pub mobile: Option<Text>,
    /// Country, building and floor, such as `DE-BER3-04`. None for people without a desk.
    pub location_id: Option<Text>,
    /// The contract.
    pub employee_type: EmployeeType,
    /// The company that the worker is employed by; for contractors the agency.
    pub company: Text,
    /// The pay grade, such as `P3` or `M1`.
    pub grade: Text,
}

/// Returns the id of the worker with this index.
pub(super) fn worker_id(worker: usize) -> WorkerId {
    WorkerId(u32::try_from(worker + 1).unwrap_or(u32::MAX))
}
