//! How much may an expression cost? All limits of the language, with names.

/// The most characters in one expression.
pub const MAX_CHARACTERS: usize = 10_000;

/// The deepest nesting of calls and parentheses.
pub const MAX_DEPTH: usize = 128;

/// The longest random string.
pub(crate) const MAX_RANDOM_LENGTH: i64 = 256;

/// What one evaluation may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Calls and operators evaluated.
    pub fuel: u32,
    /// Bytes of text produced, intermediate results included.
    pub text_bytes: usize,
    /// Bytes of text that a regular expression may be matched against.
    pub regex_input_bytes: usize,
}

impl Limits {
    /// The usual limits.
    pub const STANDARD: Self = Self { fuel: 100_000, text_bytes: 1 << 20, regex_input_bytes: 64 << 10 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// A limit that an evaluation has reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// [`Limits::fuel`].
    Fuel,
    /// [`Limits::text_bytes`].
    TextBytes,
    /// [`Limits::regex_input_bytes`].
    RegexInputBytes,
    /// Steps of a regular expression that backtracks.
    RegexSteps,
}

impl Limit {
    /// Names the limit in a message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fuel => "number of evaluated calls",
            Self::TextBytes => "bytes of produced text",
            Self::RegexInputBytes => "length of text for a regular expression",
            Self::RegexSteps => "steps of a regular expression",
        }
    }
}
