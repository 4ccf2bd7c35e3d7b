//! What does an evaluation need besides the record? An [`EvalContext`]: time, randomness, variables and the
//! uniqueness of the target, all given by the caller, so that the same input gives the same result.

use crate::instant::Instant;
use crate::limits::Limits;
use std::collections::BTreeMap;

/// Knows which values the target already uses; asked by `SelectUniqueValue`.
pub trait UniqueOracle {
    /// Says whether another object has this value, compared as the target compares.
    fn is_taken(&self, candidate: &str) -> bool;
}

/// Nothing is taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingTaken;

impl UniqueOracle for NothingTaken {
    fn is_taken(&self, _candidate: &str) -> bool {
        false
    }
}

impl<F: Fn(&str) -> bool> UniqueOracle for F {
    fn is_taken(&self, candidate: &str) -> bool {
        self(candidate)
    }
}

/// Gives values to `%Name%` variables.
pub trait Variables {
    /// Finds the value of a variable.
    fn variable(&self, name: &str) -> Option<&str>;
}

/// Pairs of name and value; the first of a name counts.
impl<const N: usize> Variables for [(&str, &str); N] {
    fn variable(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

impl Variables for BTreeMap<String, String> {
    fn variable(&self, name: &str) -> Option<&str> {
        self.get(name).map(String::as_str)
    }
}

/// What an evaluation may ask for besides the record.
#[derive(Clone, Copy)]
pub struct EvalContext<'a> {
    /// What `Now()` says.
    pub now: Instant,
    /// Where `Guid()` and `RandomString(…)` begin. Give each object and attribute its own.
    pub seed: u64,
    /// The values of `%Name%` variables.
    pub variables: &'a dyn Variables,
    /// Which values the target already uses.
    pub unique: &'a dyn UniqueOracle,
    /// What `DefaultDomain()` says; null if `None`.
    pub default_domain: Option<&'a str>,
    /// What the evaluation may cost.
    pub limits: Limits,
}

impl EvalContext<'static> {
    /// Makes a context with nothing but a clock: no variables, nothing taken, seed zero.
    pub fn at(now: Instant) -> Self {
        Self {
            now,
            seed: 0,
            variables: &NO_VARIABLES,
            unique: &NothingTaken,
            default_domain: None,
            limits: Limits::STANDARD,
        }
    }
}

struct NoVariables;

impl Variables for NoVariables {
    fn variable(&self, _name: &str) -> Option<&str> {
        None
    }
}

static NO_VARIABLES: NoVariables = NoVariables;
