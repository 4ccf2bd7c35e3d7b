//! What was promised, and whether it is kept: two cells of a Markdown table, from one number.

use std::fmt;

/// How a measured number should be.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
    /// Below so many of a unit.
    Below(f64, &'static str),
}

impl Bar {
    fn is_met(self, found: f64) -> bool {
        match self {
            Self::AtMost(most) => found <= most,
            Self::AtLeast(least) => found >= least,
            Self::Below(limit, _) => found < limit,
        }
    }
}

impl fmt::Display for Bar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(out, "at most {most}"),
            Self::AtLeast(least) => write!(out, "at least {least}"),
            Self::Below(limit, unit) => write!(out, "below {limit} {unit}"),
        }
    }
}

/// What is wanted, and whether it is met; nothing where nothing was promised.
pub(crate) fn cells(bar: Option<Bar>, found: f64) -> (String, &'static str) {
    match bar {
        Some(bar) => (bar.to_string(), if bar.is_met(found) { "yes" } else { "no" }),
        None => (String::new(), ""),
    }
}
