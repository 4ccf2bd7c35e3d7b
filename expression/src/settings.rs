//! How is an expression compiled, and what does the result need?

use crate::record::ValueKind;

/// What a program needs besides the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Needs {
    /// It reads the clock.
    pub clock: bool,
    /// It draws random numbers.
    pub random: bool,
    /// It asks which values are taken in the target.
    pub uniqueness: bool,
    /// It reads `%Name%` variables.
    pub variables: bool,
    /// It reads the tenant's default domain.
    pub default_domain: bool,
}

/// How an expression is compiled.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CompileSettings {
    /// The dialect; functions of another one are warned about.
    pub profile: Profile,
    /// What happens to attribute names that the schema does not have.
    pub names: AttributeNames,
    /// What the target attribute can hold, if it is known.
    pub result: Option<ExpectedResult>,
}

/// A dialect of the language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Provisioning to applications and from HR systems.
    #[default]
    App,
    /// Entra Cloud Sync.
    CloudSync,
    /// Entra Connect Sync, as far as it is shared.
    Connect,
}

/// How attribute names are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AttributeNames {
    /// Names are exact, and an unknown one is an error.
    #[default]
    Strict,
    /// Names are exact; an unknown one is null, with a warning.
    Lenient,
    /// Letter case does not count where no name is exact; an unknown one is an error.
    IgnoreCase,
}

/// What the target attribute of an expression can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedResult {
    /// The kind of its values.
    pub kind: ValueKind,
    /// Whether it takes a list.
    pub multi_valued: bool,
}

impl CompileSettings {
    /// Makes settings from their parts.
    pub fn new(profile: Profile, names: AttributeNames, result: Option<ExpectedResult>) -> Self {
        Self { profile, names, result }
    }
}
