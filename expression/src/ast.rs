//! What does an expression look like once it has been read? Text in, [`Expression`] out.

use std::fmt;
use std::ops::Range;

/// A place in the text of an expression, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// Makes a span; offsets past four gigabytes are cut.
    pub fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// Gives the span as a range, as [`Diagnostic`](provisio_model::Diagnostic) wants it.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Joins two spans into the one that covers both.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { start: self.start.min(end.start), end: self.end.max(end.end) }
    }
}

/// A whole expression: the tree under its root.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    /// The outermost node.
    pub root: Node,
}

/// One node of the tree. Equality looks at the content and not at the place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it was written.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `[name]`, without the brackets.
    Attribute(String),
    /// `"text"`, without quotes and escapes.
    Text(String),
    /// An unquoted number: the same constant as its quoted text.
    Number(Number),
    /// `%name%`, without the signs.
    Variable(String),
    /// A bare word.
    Word(Word),
    /// `Name(argument, , argument)`; an omitted argument is `None`.
    Call(Call),
    /// `left = right` and its kin.
    Compare(Box<Comparison>),
    /// `a & b & c`, two operands or more.
    Concat(Vec<Node>),
    /// A hole where something should have been; only where the parser has reported a fault.
    Missing,
}

/// A call of a function.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name as written.
    pub name: String,
    /// Where the name stands.
    pub name_span: Span,
    /// The arguments in order; `None` is an omitted one, which is different from `""`.
    pub arguments: Vec<Option<Node>>,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.arguments == other.arguments
    }
}

/// Two operands and how they are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The operator.
    pub operator: Operator,
    /// The left operand.
    pub left: Node,
    /// The right operand.
    pub right: Node,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

impl Operator {
    /// All operators.
    pub const ALL: [Self; 6] =
        [Self::Equal, Self::NotEqual, Self::Greater, Self::GreaterOrEqual, Self::Less, Self::LessOrEqual];

    /// Gives the operator as it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}

/// An unquoted number, kept as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Number {
    /// `12`, `-3`, `1.5`: the digits as written are the constant's text.
    Decimal(String),
    /// `&H1F`: the value, two's complement above `&H7FFFFFFFFFFFFFFF`.
    Hex(i64),
}

impl Number {
    /// Gives the text of the constant that this number is.
    pub fn text(&self) -> String {
        match self {
            Self::Decimal(digits) => digits.clone(),
            Self::Hex(value) => value.to_string(),
        }
    }
}

/// A bare word with a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// Leave this attribute alone.
    IgnoreAttributeFlow,
    /// Leave this object alone.
    IgnoreObjectFlow,
    /// Compare without regard to letter case.
    VbTextCompare,
    /// Compare exactly.
    VbBinaryCompare,
    /// UTF-16, little endian.
    Unicode,
    /// UTF-8.
    Utf8,
    /// Seven-bit text.
    Ascii,
    /// The boolean.
    True,
    /// The boolean.
    False,
    /// No value.
    Null,
    /// No value, as Connect Sync writes it where the attribute shall be cleared.
    AuthoritativeNull,
}

impl Word {
    /// All words.
    pub const ALL: [Self; 11] = [
        Self::IgnoreAttributeFlow,
        Self::IgnoreObjectFlow,
        Self::VbTextCompare,
        Self::VbBinaryCompare,
        Self::Unicode,
        Self::Utf8,
        Self::Ascii,
        Self::True,
        Self::False,
        Self::Null,
        Self::AuthoritativeNull,
    ];

    /// Gives the word as it is usually written.
    pub fn name(self) -> &'static str {
        match self {
            Self::IgnoreAttributeFlow => "IgnoreAttributeFlow",
            Self::IgnoreObjectFlow => "IgnoreObjectFlow",
            Self::VbTextCompare => "vbTextCompare",
            Self::VbBinaryCompare => "vbBinaryCompare",
            Self::Unicode => "Unicode",
            Self::Utf8 => "UTF8",
            Self::Ascii => "ASCII",
            Self::True => "True",
            Self::False => "False",
            Self::Null => "NULL",
            Self::AuthoritativeNull => "AuthoritativeNull",
        }
    }

    /// Finds a word without regard to letter case.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.name().eq_ignore_ascii_case(name))
    }
}

impl Expression {
    /// Calls `visit` for every node, parents before children, in the order they are written.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Node)) {
        self.root.visit(visit);
    }
}

impl Node {
    /// Makes a node that was not read from a text.
    pub fn synthetic(kind: NodeKind) -> Self {
        Self { span: Span::default(), kind }
    }

    /// Calls `visit` for this node and every node below it, in the order they are written.
    pub fn visit<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.kind {
            NodeKind::Call(call) => call.arguments.iter().flatten().for_each(|node| node.visit(visit)),
            NodeKind::Compare(comparison) => {
                comparison.left.visit(visit);
                comparison.right.visit(visit);
            }
            NodeKind::Concat(operands) => operands.iter().for_each(|node| node.visit(visit)),
            NodeKind::Attribute(_)
            | NodeKind::Text(_)
            | NodeKind::Number(_)
            | NodeKind::Variable(_)
            | NodeKind::Word(_)
            | NodeKind::Missing => {}
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root, formatter)
    }
}
