//! What came of a check, and how it is told.

use std::fmt;

use provisio::connector::ConnectorError;

/// One requirement of `docs/connector-spec.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// Its number.
    pub number: &'static str,
    /// Its name, with underscores.
    pub name: &'static str,
    /// What must be true, as the document says it.
    pub text: &'static str,
}

impl Requirement {
    pub(crate) const fn new(number: &'static str, name: &'static str, text: &'static str) -> Self {
        Self { number, name, text }
    }
}

/// What is wrong with a connector.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What a connector that conforms shows.
    pub expected: String,
    /// What this one shows.
    pub seen: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected: {}\n    seen: {}", self.expected, self.seen)
    }
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The requirement holds.
    Holds,
    /// It could not be checked, for this reason.
    Skipped(String),
    /// It does not hold.
    Broken(Fault),
}

impl Verdict {
    pub(crate) fn of(checked: Checked) -> Self {
        match checked {
            Ok(()) => Self::Holds,
            Err(Stop::Skip(why)) => Self::Skipped(why),
            Err(Stop::Fault(fault)) => Self::Broken(fault),
        }
    }

    /// Judges a test of the requirement, given the numbers that are said to be skipped.
    ///
    /// # Errors
    /// When the requirement does not hold, when it was skipped and is not in the list, and when it is in the list and was
    /// not skipped: so the list is always true. Says what to do.
    pub fn judge(&self, requirement: &Requirement, skipping: &[&str]) -> Result<(), String> {
        let Requirement { number, text, .. } = requirement;
        let is_listed = skipping.contains(number);
        match self {
            Self::Holds if is_listed => Err(format!(
                "{number} is in the list of what is skipped, and could be checked: take it out of the list"
            )),
            Self::Skipped(why) if !is_listed => Err(format!(
                "{number} was not checked: {why}.\nEither change that, or say that it is meant so: `skipping [\"{number}\"]`"
            )),
            Self::Broken(fault) => Err(format!("{number} does not hold.\n{fault}\nrequired: {text}")),
            _ => Ok(()),
        }
    }
}

/// A requirement and what came of its check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Which requirement.
    pub requirement: Requirement,
    /// What came of it.
    pub verdict: Verdict,
}

/// What was found, requirement by requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// All of them, in their order.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Tells whether everything that could be checked holds.
    pub fn is_clean(&self) -> bool {
        self.broken().next().is_none()
    }

    /// Returns the numbers of the requirements that do not hold.
    pub fn broken(&self) -> impl Iterator<Item = &'static str> {
        self.numbers(|it| matches!(it, Verdict::Broken(_)))
    }

    /// Returns the numbers of the requirements that could not be checked: the list for `skipping [...]`.
    pub fn skipped(&self) -> impl Iterator<Item = &'static str> {
        self.numbers(|it| matches!(it, Verdict::Skipped(_)))
    }

    fn numbers(&self, which: impl Fn(&Verdict) -> bool) -> impl Iterator<Item = &'static str> {
        self.findings.iter().filter(move |it| which(&it.verdict)).map(|it| it.requirement.number)
    }
}

/// A line for each requirement; below one that does not hold what was expected, what was seen and what is required; below
/// one that was skipped the reason. The last line counts.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { requirement: Requirement { number, name, text }, verdict } in &self.findings {
            let name = name.replace('_', " ");
            match verdict {
                Verdict::Holds => writeln!(formatter, "{number} ok      {name}")?,
                Verdict::Skipped(why) => writeln!(formatter, "{number} skipped {name}\n             {why}")?,
                Verdict::Broken(Fault { expected, seen }) => {
                    writeln!(formatter, "{number} BROKEN  {name}")?;
                    writeln!(formatter, "   expected: {expected}\n       seen: {seen}\n   required: {text}")?;
                }
            }
        }
        let (broken, skipped) = (self.broken().count(), self.skipped().count());
        let ok = self.findings.len() - broken - skipped;
        writeln!(formatter, "{ok} hold, {broken} broken, {skipped} skipped")
    }
}

/// What a check gives.
pub(crate) type Checked = Result<(), Stop>;

/// Why a check ended before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    Skip(String),
    Fault(Fault),
}

impl Stop {
    pub(crate) fn skip(why: impl Into<String>) -> Self {
        Self::Skip(why.into())
    }

    pub(crate) fn fault(expected: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::Fault(Fault { expected: expected.into(), seen: seen.into() })
    }

    /// For a call that a connector has to answer, in fair weather.
    pub(crate) fn refused(call: &str, error: &ConnectorError) -> Self {
        Self::fault(format!("{call} works"), format!("it fails: {error}"))
    }

    /// For a fixture that does not do what it should.
    pub(crate) fn fixture(error: &(dyn std::error::Error + Send + Sync)) -> Self {
        Self::fault("the fixture does what it is asked for", format!("it fails: {error}"))
    }
}

/// Ends a check with a fault unless the condition holds: what is expected, then what is seen as a format string.
macro_rules! ensure {
    ($condition:expr, $expected:expr, $($seen:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Stop::fault($expected, format!($($seen)+)));
        }
    };
}
pub(crate) use ensure;
