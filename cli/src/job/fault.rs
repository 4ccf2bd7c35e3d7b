//! The stable codes of faults in a job file; `docs/job-format.md` lists them for users.

/// The text is not TOML.
pub(super) const SYNTAX: &str = "J0101";
/// The format number is another one.
pub(super) const FORMAT: &str = "J0102";
/// A key that means nothing here.
pub(super) const UNKNOWN_KEY: &str = "J0103";
/// A key that must be there is not.
pub(super) const MISSING_KEY: &str = "J0104";
/// A value of the wrong type.
pub(super) const TYPE: &str = "J0105";
/// A word that is none of the choices.
pub(super) const UNKNOWN_WORD: &str = "J0106";
/// A value that cannot be used.
pub(super) const VALUE: &str = "J0107";
/// A setting that contradicts another.
pub(super) const CONTRADICTION: &str = "J0108";
