//! Which laws are there?

use std::fmt;

use super::{Breach, Mapping};

/// The environment variable that says on how many cases each law is tried.
pub const CASES_VARIABLE: &str = "PROVISIO_LAW_CASES";

/// A law that every mapping shall keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Law {
    /// No rule fails, whoever fits the schema of the source.
    RulesNeverFail,
    /// Who is in scope gets everything that the target requires.
    RequiredValuesAreGiven,
    /// No two people in scope get the same value of an attribute that the target calls unique.
    UniqueValuesAreUnique,
    /// Values have the length and the characters that the target takes.
    ValuesFitTheTarget,
    /// What somebody has stays as it is when nothing changes that matters.
    ValuesAreStable,
    /// Nothing secret is in an attribute that everybody may read.
    SecretsStaySecret,
    /// Who leaves has no account that works after one cycle.
    LeaversLoseAccess,
    /// Nobody gets, or keeps, what is only for others.
    OnlyThoseMeantGetIn,
    /// Runs come to an end, and the next one has nothing to do.
    RunsComeToRest,
    /// What was sent is what is read back, and what flows back is what came.
    WhatIsSentComesBack,
    /// When everybody leaves at once, it is held back.
    LimitsHold,
}

impl Law {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::RulesNeverFail,
        Self::RequiredValuesAreGiven,
        Self::UniqueValuesAreUnique,
        Self::ValuesFitTheTarget,
        Self::ValuesAreStable,
        Self::SecretsStaySecret,
        Self::LeaversLoseAccess,
        Self::OnlyThoseMeantGetIn,
        Self::RunsComeToRest,
        Self::WhatIsSentComesBack,
        Self::LimitsHold,
    ];

    /// Returns its name: that of the function, and of the test.
    pub fn name(self) -> &'static str {
        match self {
            Self::RulesNeverFail => "rules_never_fail",
            Self::RequiredValuesAreGiven => "required_values_are_given",
            Self::UniqueValuesAreUnique => "unique_values_are_unique",
            Self::ValuesFitTheTarget => "values_fit_the_target",
            Self::ValuesAreStable => "values_are_stable",
            Self::SecretsStaySecret => "secrets_stay_secret",
            Self::LeaversLoseAccess => "leavers_lose_access",
            Self::OnlyThoseMeantGetIn => "only_those_meant_get_in",
            Self::RunsComeToRest => "runs_come_to_rest",
            Self::WhatIsSentComesBack => "what_is_sent_comes_back",
            Self::LimitsHold => "limits_hold",
        }
    }

    /// Returns how many cases it is tried on, unless somebody says otherwise. A case of a law that runs a job costs as much
    /// as a dozen of those that look at one plan.
    pub(super) fn cases(self) -> u32 {
        match self {
            Self::RulesNeverFail
            | Self::RequiredValuesAreGiven
            | Self::UniqueValuesAreUnique
            | Self::ValuesFitTheTarget
            | Self::SecretsStaySecret => 200,
            Self::ValuesAreStable
            | Self::LeaversLoseAccess
            | Self::OnlyThoseMeantGetIn
            | Self::WhatIsSentComesBack => 20,
            Self::RunsComeToRest | Self::LimitsHold => 8,
        }
    }

    /// Returns how many smaller cases are tried at most. Who exactly works for a company in which nothing stops a mass
    /// departure does not matter.
    pub(super) fn shrinking_max(self) -> usize {
        match self {
            Self::LimitsHold => 0,
            it if it.cases() < Self::RulesNeverFail.cases() => 300,
            _ => 5_000,
        }
    }

    /// Tries it.
    ///
    /// # Errors
    /// When it is broken: by whom, and how.
    pub fn check(self, mapping: &Mapping) -> Result<(), Breach> {
        match self {
            Self::RulesNeverFail => super::rules_never_fail(mapping),
            Self::RequiredValuesAreGiven => super::required_values_are_given(mapping),
            Self::UniqueValuesAreUnique => super::unique_values_are_unique(mapping),
            Self::ValuesFitTheTarget => super::values_fit_the_target(mapping),
            Self::ValuesAreStable => super::values_are_stable(mapping),
            Self::SecretsStaySecret => super::secrets_stay_secret(mapping),
            Self::LeaversLoseAccess => super::leavers_lose_access(mapping),
            Self::OnlyThoseMeantGetIn => super::only_those_meant_get_in(mapping),
            Self::RunsComeToRest => super::runs_come_to_rest(mapping),
            Self::WhatIsSentComesBack => super::what_is_sent_comes_back(mapping),
            Self::LimitsHold => super::limits_hold(mapping),
        }
    }
}

/// The law as a sentence.
impl fmt::Display for Law {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RulesNeverFail => "no rule fails, whoever is hired",
            Self::RequiredValuesAreGiven => "everybody in scope gets what the target requires",
            Self::UniqueValuesAreUnique => "no two people get the same value of a unique attribute",
            Self::ValuesFitTheTarget => "values have the length and the characters that the target takes",
            Self::ValuesAreStable => "what somebody has stays as it is when nothing changes that matters",
            Self::SecretsStaySecret => "nothing secret is in an attribute that everybody may read",
            Self::LeaversLoseAccess => "who leaves has no account that works after one cycle",
            Self::OnlyThoseMeantGetIn => "nobody has what is only for others",
            Self::RunsComeToRest => "runs come to an end, and the next one has nothing to do",
            Self::WhatIsSentComesBack => "what was sent is what is read back",
            Self::LimitsHold => "when everybody leaves at once, it is held back until somebody says yes",
        })
    }
}
