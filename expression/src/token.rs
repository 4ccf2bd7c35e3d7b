//! What are the smallest parts of an expression? The [`Token`]s that the lexer makes.

use crate::ast::{Number, Operator, Span};

/// One token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) span: Span,
    pub(crate) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// `[name]`
    Attribute(String),
    /// `"text"`, unescaped.
    Text(String),
    Number(Number),
    /// `%name%`
    Variable(String),
    /// A function name or a bare word.
    Name(String),
    Open,
    Close,
    Comma,
    Ampersand,
    Operator(Operator),
    /// Something that cannot begin or continue anything; a fault has been reported.
    Unreadable,
    End,
}

impl TokenKind {
    /// Names the token in a message.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Attribute(name) => format!("attribute `[{name}]`"),
            Self::Text(_) => "a string".to_owned(),
            Self::Number(number) => format!("number `{}`", number.text()),
            Self::Variable(name) => format!("variable `%{name}%`"),
            Self::Name(name) => format!("`{name}`"),
            Self::Open => "`(`".to_owned(),
            Self::Close => "`)`".to_owned(),
            Self::Comma => "`,`".to_owned(),
            Self::Ampersand => "`&`".to_owned(),
            Self::Operator(operator) => format!("`{}`", operator.symbol()),
            Self::Unreadable => "unreadable text".to_owned(),
            Self::End => "the end of the expression".to_owned(),
        }
    }
}
