//! What can be wrong with an expression, and what can go wrong in it? Codes for diagnostics, [`EvalError`]
//! for evaluations, one [`ErrorKind`] over both.

use crate::ast::Span;
use crate::limits::Limit;
use thiserror::Error;

/// The stable codes of diagnostics.
pub mod code {
    /// Longer than the limit.
    pub const TOO_LONG: &str = "X0001";
    /// Nested deeper than the limit.
    pub const TOO_DEEP: &str = "X0002";
    /// A character without meaning.
    pub const UNREADABLE: &str = "X0101";
    /// A string, attribute, variable or call without end.
    pub const UNTERMINATED: &str = "X0102";
    /// `[]`.
    pub const EMPTY_ATTRIBUTE: &str = "X0103";
    /// A malformed number.
    pub const NUMBER: &str = "X0104";
    /// Something is missing.
    pub const EXPECTED: &str = "X0105";
    /// Something stands where nothing should.
    pub const UNEXPECTED: &str = "X0106";
    /// A bare word that is not one of the language.
    pub const UNKNOWN_WORD: &str = "X0107";
    /// No such function.
    pub const UNKNOWN_FUNCTION: &str = "X0201";
    /// Too few or too many arguments, or a combination that has no meaning.
    pub const ARITY: &str = "X0202";
    /// A function that may only be the outermost.
    pub const NESTING: &str = "X0203";
    /// A function of another profile.
    pub const PROFILE: &str = "X0204";
    /// A key of `Switch` that is listed twice.
    pub const REPEATED_KEY: &str = "X0205";
    /// No such attribute.
    pub const UNKNOWN_ATTRIBUTE: &str = "X0301";
    /// A value of a kind that can never be right here.
    pub const TYPE: &str = "X0401";
    /// A value that may turn out to be of the wrong kind.
    pub const MAYBE_TYPE: &str = "X0402";
    /// The result does not fit the target attribute.
    pub const RESULT: &str = "X0403";
    /// A constant that cannot be read as what is needed.
    pub const CONVERSION: &str = "X0501";
    /// A regular expression that cannot be used.
    pub const REGEX: &str = "X0502";
    /// A date format that cannot be used.
    pub const DATE_FORMAT: &str = "X0503";
    /// A constant outside the allowed range.
    pub const OUT_OF_RANGE: &str = "X0601";
    /// A part that fails whenever it is evaluated, but is not always evaluated.
    pub const ALWAYS_FAILS: &str = "X0602";
}

/// The kinds of fault that the specification names, static and dynamic, and a few of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Not a sentence of the grammar.
    Parse,
    /// Too many characters.
    TooLong,
    /// No such function.
    UnknownFunction,
    /// Too few or too many arguments.
    Arity,
    /// A function that may only be the outermost.
    Nesting,
    /// No such attribute (strict mode).
    UnknownAttribute,
    /// A list, marker or other kind where one value is needed.
    Type,
    /// An unreadable date, number, base64 text or regular expression.
    Conversion,
    /// An index or quantity outside the allowed range.
    OutOfRange,
    /// All candidates are taken.
    NotUnique,
    /// More than one role where one is supported.
    MultipleRoles,
    /// `Error(message)` was reached.
    UserError,
    /// `%Name%` without a value.
    UnknownVariable,
    /// A limit was reached.
    Limit,
}

impl ErrorKind {
    /// Gives the name that vector files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parse => "parse",
            Self::TooLong => "too_long",
            Self::UnknownFunction => "unknown_function",
            Self::Arity => "arity",
            Self::Nesting => "nesting",
            Self::UnknownAttribute => "unknown_attribute",
            Self::Type => "type",
            Self::Conversion => "conversion",
            Self::OutOfRange => "out_of_range",
            Self::NotUnique => "not_unique",
            Self::MultipleRoles => "multiple_roles",
            Self::UserError => "user_error",
            Self::UnknownVariable => "unknown_variable",
            Self::Limit => "limit",
        }
    }

    /// Finds the kind of a diagnostic's code; `None` for a code that only warns.
    pub fn of_code(diagnostic_code: &str) -> Option<Self> {
        Some(match diagnostic_code {
            code::TOO_LONG => Self::TooLong,
            code::UNKNOWN_FUNCTION => Self::UnknownFunction,
            code::ARITY => Self::Arity,
            code::NESTING => Self::Nesting,
            code::UNKNOWN_ATTRIBUTE => Self::UnknownAttribute,
            code::TYPE | code::RESULT => Self::Type,
            code::CONVERSION | code::REGEX | code::DATE_FORMAT => Self::Conversion,
            code::OUT_OF_RANGE => Self::OutOfRange,
            code::TOO_DEEP => Self::Parse,
            parse if parse.starts_with("X01") => Self::Parse,
            _ => return None,
        })
    }
}

/// Why an evaluation failed, and where.
///
/// Messages never contain values of the record, which may be secret; the span shows which part of the
/// expression failed. The enum is exhaustive on purpose: whoever tests rules matches on it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EvalError {
    /// A list, marker or other kind of value where one value is needed, or an unknown interval name.
    #[error("{message}")]
    Type {
        /// The failing part.
        span: Span,
        /// What was wrong.
        message: String,
    },
    /// An unreadable date, number, base64 text or regular expression.
    #[error("{message}")]
    Conversion {
        /// The failing part.
        span: Span,
        /// What was wrong.
        message: String,
    },
    /// An index or quantity outside the allowed range.
    #[error("{message}")]
    OutOfRange {
        /// The failing part.
        span: Span,
        /// What was wrong.
        message: String,
    },
    /// All candidates of `SelectUniqueValue` are taken.
    #[error("none of the {candidates} candidates is unused")]
    NotUnique {
        /// The failing part.
        span: Span,
        /// How many there were.
        candidates: usize,
    },
    /// More than one role where one is supported.
    #[error("{roles} app roles are assigned where one is supported")]
    MultipleRoles {
        /// The failing part.
        span: Span,
        /// How many there were.
        roles: usize,
    },
    /// `Error(message)` was reached.
    #[error("{message}")]
    UserError {
        /// The failing part.
        span: Span,
        /// What the author of the expression wants to say.
        message: String,
    },
    /// `%Name%` without a value.
    #[error("variable `%{name}%` has no value")]
    UnknownVariable {
        /// The failing part.
        span: Span,
        /// The variable.
        name: String,
    },
    /// A limit was reached.
    #[error("limit reached: {}", limit.name())]
    Limit {
        /// The failing part.
        span: Span,
        /// The limit.
        limit: Limit,
    },
}

impl EvalError {
    /// Gives the kind, whose name is the specification's.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Type { .. } => ErrorKind::Type,
            Self::Conversion { .. } => ErrorKind::Conversion,
            Self::OutOfRange { .. } => ErrorKind::OutOfRange,
            Self::NotUnique { .. } => ErrorKind::NotUnique,
            Self::MultipleRoles { .. } => ErrorKind::MultipleRoles,
            Self::UserError { .. } => ErrorKind::UserError,
            Self::UnknownVariable { .. } => ErrorKind::UnknownVariable,
            Self::Limit { .. } => ErrorKind::Limit,
        }
    }

    /// Gives the place of the failing part in the text of the expression.
    pub fn span(&self) -> Span {
        match self {
            Self::Type { span, .. }
            | Self::Conversion { span, .. }
            | Self::OutOfRange { span, .. }
            | Self::NotUnique { span, .. }
            | Self::MultipleRoles { span, .. }
            | Self::UserError { span, .. }
            | Self::UnknownVariable { span, .. }
            | Self::Limit { span, .. } => *span,
        }
    }
}

/// Why a function failed; the evaluator adds the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
    /// The argument that is to blame, if one is.
    pub(crate) argument: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Type,
    Conversion,
    OutOfRange,
    MultipleRoles(usize),
    UserError,
    Limit(Limit),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    fn new(kind: FaultKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), argument: None }
    }

    /// A value of the wrong kind.
    pub fn type_mismatch(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Type, message)
    }

    /// A value that cannot be read as what is needed.
    pub fn conversion(message: impl Into<String>) -> Self {
        Self::new(FaultKind::Conversion, message)
    }

    /// An index or quantity outside the allowed range.
    pub fn out_of_range(message: impl Into<String>) -> Self {
        Self::new(FaultKind::OutOfRange, message)
    }

    /// A failure that the author of the expression asked for.
    pub fn user_error(message: impl Into<String>) -> Self {
        Self::new(FaultKind::UserError, message)
    }

    pub(crate) fn multiple_roles(roles: usize) -> Self {
        Self::new(FaultKind::MultipleRoles(roles), String::new())
    }

    pub(crate) fn limit(limit: Limit) -> Self {
        Self::new(FaultKind::Limit(limit), String::new())
    }

    /// Blames the argument at `index`.
    #[must_use]
    pub fn in_argument(mut self, index: usize) -> Self {
        self.argument = Some(index);
        self
    }

    pub(crate) fn at(self, span: Span) -> EvalError {
        let message = self.message;
        match self.kind {
            FaultKind::Type => EvalError::Type { span, message },
            FaultKind::Conversion => EvalError::Conversion { span, message },
            FaultKind::OutOfRange => EvalError::OutOfRange { span, message },
            FaultKind::MultipleRoles(roles) => EvalError::MultipleRoles { span, roles },
            FaultKind::UserError => EvalError::UserError { span, message },
            FaultKind::Limit(limit) => EvalError::Limit { span, limit },
        }
    }
}
