//! What does a .NET pattern say? The tree that the parser makes and both engines are built from.

use super::class::Class;

/// One part of a pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tree {
    Empty,
    /// One character of a set; a literal is a set of one.
    Class(Class),
    Literal(char),
    Assertion(Assertion),
    /// A capturing group; the number counts opening parentheses from zero.
    Capture(usize, Box<Tree>),
    Concat(Vec<Tree>),
    Alternatives(Vec<Tree>),
    Repeat(Box<Repeat>),
    Look(Look, Box<Tree>),
    /// `(?>…)`
    Atomic(Box<Tree>),
    /// What one of these groups has matched last.
    Reference(Reference),
    Conditional(Box<Conditional>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assertion {
    /// `\A`, and `^` without `m`.
    TextStart,
    /// `^` with `m`.
    LineStart,
    /// `\z`
    TextEnd,
    /// `$` without `m`, and `\Z`: the end, or before a line feed that ends the text.
    TextEndOrFinalLineFeed,
    /// `$` with `m`.
    LineEnd,
    WordBoundary,
    NoWordBoundary,
    /// `\G`: where this search began.
    SearchStart,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Repeat {
    pub(crate) body: Tree,
    pub(crate) minimum: u32,
    /// `None` is without end.
    pub(crate) maximum: Option<u32>,
    pub(crate) greed: Greed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Ahead,
    NotAhead,
    Behind,
    NotBehind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reference {
    pub(crate) groups: Vec<usize>,
    pub(crate) ignores_case: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conditional {
    pub(crate) test: Test,
    pub(crate) yes: Tree,
    pub(crate) no: Tree,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    /// One of these groups has matched.
    Matched(Vec<usize>),
    /// This matches from here on.
    Ahead(Tree),
}

impl Tree {
    /// Says whether the part can match without taking a character.
    pub(crate) fn can_be_empty(&self) -> bool {
        match self {
            Self::Class(_) | Self::Literal(_) => false,
            Self::Empty | Self::Assertion(_) | Self::Look(..) | Self::Reference(_) => true,
            Self::Capture(_, inner) | Self::Atomic(inner) => inner.can_be_empty(),
            Self::Concat(parts) => parts.iter().all(Self::can_be_empty),
            Self::Alternatives(parts) => parts.iter().any(Self::can_be_empty),
            Self::Repeat(repeat) => repeat.minimum == 0 || repeat.body.can_be_empty(),
            Self::Conditional(conditional) => conditional.yes.can_be_empty() || conditional.no.can_be_empty(),
        }
    }

    /// Says whether there is a capturing group in the part.
    pub(crate) fn captures(&self) -> bool {
        match self {
            Self::Capture(..) => true,
            Self::Class(_) | Self::Literal(_) | Self::Empty | Self::Assertion(_) | Self::Reference(_) => {
                false
            }
            Self::Look(_, inner) | Self::Atomic(inner) => inner.captures(),
            Self::Concat(parts) | Self::Alternatives(parts) => parts.iter().any(Self::captures),
            Self::Repeat(repeat) => repeat.body.captures(),
            Self::Conditional(conditional) => {
                let in_test = matches!(&conditional.test, Test::Ahead(test) if test.captures());
                in_test || conditional.yes.captures() || conditional.no.captures()
            }
        }
    }
}
