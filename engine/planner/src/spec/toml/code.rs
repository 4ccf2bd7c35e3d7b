//! The stable codes of faults in a mapping file; `docs/mapping-format.md` lists them for users.

/// The text is not TOML.
pub(super) const SYNTAX: &str = "S0101";
/// The text, or a list in it, is larger than a limit.
pub(super) const TOO_LARGE: &str = "S0102";
/// The format number is another one.
pub(super) const FORMAT: &str = "S0103";
/// A key that means nothing here.
pub(super) const UNKNOWN_KEY: &str = "S0104";
/// A key that must be there is not.
pub(super) const MISSING_KEY: &str = "S0105";
/// A value of the wrong type.
pub(super) const TYPE: &str = "S0106";
/// A word that is none of the choices.
pub(super) const UNKNOWN_WORD: &str = "S0107";
/// A number outside its range.
pub(super) const RANGE: &str = "S0108";
/// An empty text or list, or a name that cannot be shown on one line.
pub(super) const EMPTY: &str = "S0109";
/// Something that may be said once is said again.
pub(super) const DUPLICATE: &str = "S0110";
/// An operator without its value, or with one that it does not take.
pub(super) const OPERAND: &str = "S0111";
/// An attribute mapping with no source or several.
pub(super) const SOURCE: &str = "S0112";
/// An attribute mapping of kind `none` without a default.
pub(super) const NO_DEFAULT: &str = "S0113";
/// A value that no attribute can hold.
pub(super) const VALUE: &str = "S0114";
/// Steps of deprovisioning that do not go on.
pub(super) const STEPS: &str = "S0120";
/// Two keys that say the opposite.
pub(super) const CONTRADICTION: &str = "S0121";
/// A limit without any bound.
pub(super) const NO_BOUND: &str = "S0115";
/// A clause that tests several things, or has a key that its operator does not take.
pub(super) const CLAUSE: &str = "S0116";
