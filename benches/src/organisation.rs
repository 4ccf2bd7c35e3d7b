//! The organisation of W(N): its workers and teams, and the accounts and groups that a target holds for them.
//!
//! Everything follows from the number of workers and a seed, object by object.

mod draw;
mod groups;
mod person;

pub use groups::Group;

use draw::{Draw, shuffled};
use person::Person;

use crate::words::EMPLOYEE_TYPES;

/// The day that the workload is planned for.
pub const AS_OF: &str = "2026-01-01";
/// What every account holds in `source`.
pub const CONSTANT: &str = "hr-core";
/// The attributes of workers, in the order of their file.
pub const WORKER_ATTRIBUTES: [&str; 20] = [
    "workerId",
    "firstName",
    "lastName",
    "preferredName",
    "email",
    "department",
    "title",
    "city",
    "countryCode",
    "hireDate",
    "terminationDate",
    "managerId",
    "costCentre",
    "phone",
    "mobile",
    "locationId",
    "employeeType",
    "active",
    "company",
    "grade",
];
/// The mapped attributes of accounts, in the order of the mapping: twelve copies, seven expressions, a constant.
pub const ACCOUNT_ATTRIBUTES: [&str; 20] = [
    "externalId",
    "givenName",
    "familyName",
    "email",
    "department",
    "title",
    "city",
    "country",
    "manager",
    "costCenter",
    "mobile",
    "grade",
    "userName",
    "displayName",
    "active",
    "region",
    "building",
    "hired",
    "phone",
    "source",
];

/// Where `active` is among the attributes of accounts.
const ACTIVE: usize = 14;
const USER_NAME: usize = 12;

/// The values of a worker or an account; `None` is null.
pub type Values = [Option<String>; 20];

/// An account of the target.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id in the target.
    pub id: String,
    /// Whether it is ours. This stands for the link to the worker that `externalId` names.
    pub is_managed: bool,
    /// What it holds, as [`ACCOUNT_ATTRIBUTES`].
    pub values: Values,
}

/// Makes the objects of W(N).
pub struct Organisation {
    workers: u64,
    draw: Draw,
    /// The numbers in the workers' ids, which say nothing about who leads whom.
    numbers: Vec<u32>,
}

impl Organisation {
    /// An organisation of so many workers.
    pub fn new(workers: u64, seed: u64) -> Self {
        Self { workers, draw: Draw { seed }, numbers: shuffled(workers, draw::mix(seed ^ 0xabc)) }
    }

    /// Makes the workers, as [`WORKER_ATTRIBUTES`].
    pub fn workers(&self) -> impl Iterator<Item = Values> {
        shuffled(self.workers, draw::mix(self.draw.seed ^ 1))
            .into_iter()
            .map(|at| self.person(u64::from(at)).into_worker())
    }

    /// Makes the accounts: for nearly all workers, 1 % orphans, 2 % that are not ours.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        let count = self.workers + self.workers / 100 + self.workers / 50;
        let places = (0_u64..).zip(shuffled(count, draw::mix(self.draw.seed ^ 2)));
        places.filter_map(|(place, at)| {
            let id = format!("T{:08}", (place * 7919) % 100_000_000);
            match u64::from(at) {
                at if at >= self.workers => Some(self.stray(at, id)),
                at if self.is_missing(at) => None,
                at => Some(Account { id, is_managed: true, values: self.account(at) }),
            }
        })
    }

    fn person(&self, at: u64) -> Person {
        Person::new(self, at)
    }

    fn worker_id(&self, at: u64) -> String {
        format!("W{:08}", self.numbers[at as usize] + 1)
    }

    /// An 8-ary tree; some first siblings and the next ones lead each other.
    fn manager(&self, at: u64) -> Option<u64> {
        let leads_next = |at: u64| self.draw.of(40, at).is_multiple_of(20);
        match at.checked_sub(1)? % 8 {
            0 if at > 8 && at + 1 < self.workers && leads_next(at) => Some(at + 1),
            1 if at > 9 && leads_next(at - 1) => Some(at - 1),
            _ => Some((at - 1) / 8),
        }
    }

    fn employee_type(&self, at: u64) -> &'static str {
        let [employee, temporary, contractor, intern] = EMPLOYEE_TYPES;
        match self.draw.of(17, at) % 100 {
            0..=69 => employee,
            70..=81 => temporary,
            82..=91 => contractor,
            _ => intern,
        }
    }

    fn company(&self, at: u64) -> usize {
        (self.draw.of(19, at) % 12) as usize
    }

    fn is_in_scope(&self, at: u64) -> bool {
        self.employee_type(at) != "Contractor" && self.company(at) < crate::words::COMPANIES_IN_SCOPE
    }

    /// Who has no account, 1 % in all: single workers, new managers, and all who report to new managers.
    fn is_missing(&self, at: u64) -> bool {
        let is_new = |at: u64| at > 8 && self.draw.of(31, at).is_multiple_of(300);
        let leads = |at: u64| self.workers.checked_sub(2).is_some_and(|it| at <= it / 8);
        self.draw.of(30, at).is_multiple_of(150)
            || at.checked_sub(1).is_some_and(|it| is_new(it / 8))
            || (is_new(at) && leads(at))
    }

    /// What the account of a worker holds: of 5 % of those in scope one to three values differ, and some who left the
    /// scope are not disabled yet.
    fn account(&self, at: u64) -> Values {
        let mut values = self.person(at).into_account();
        if !self.is_in_scope(at) {
            values[ACTIVE] = Some(self.draw.of(52, at).is_multiple_of(50).to_string());
            return values;
        }
        let draw = self.draw.of(50, at);
        if !draw.is_multiple_of(20) {
            return values;
        }
        let count = 1 + (draw >> 8) % 3;
        let mut spoilt = Vec::new();
        let mut streams = 51..;
        while let (true, Some(stream)) = ((spoilt.len() as u64) < count, streams.next()) {
            let draw = self.draw.of(stream, at);
            let which = 1 + (draw % 19) as usize;
            if !spoilt.contains(&which) {
                spoilt.push(which);
                values[which] = spoil(which, values[which].take(), draw);
            }
        }
        values
    }

    /// An account that belongs to no worker: one whose worker is gone, or one that is not ours.
    fn stray(&self, at: u64, id: String) -> Account {
        let mut values = self.person(self.draw.of(60, at) % self.workers).into_account();
        if let Some(name) = &mut values[USER_NAME] {
            name.push_str(&format!("x{at}"));
        }
        let number = at - self.workers;
        let is_managed = number < self.workers / 100;
        let is_active = !is_managed || !self.draw.of(61, at).is_multiple_of(10);
        values[0] = match is_managed {
            true => Some(format!("W9{number:07}")),
            false => (number % 2 == 1).then(|| format!("X{number:08}")),
        };
        values[ACTIVE] = Some(is_active.to_string());
        Account { id, is_managed, values }
    }
}

/// Makes a value another one.
fn spoil(which: usize, value: Option<String>, draw: u64) -> Option<String> {
    match value {
        Some(value) if which == ACTIVE => Some((value != "true").to_string()),
        Some(_) if (draw >> 16).is_multiple_of(4) => None,
        Some(value) => Some(value + "~"),
        None => Some("stale-value".to_owned()),
    }
}
