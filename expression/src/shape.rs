//! What may an expression turn out to be? A [`Shape`]: the set of kinds of value that are possible.

use crate::function::{Accepts, Yields};
use crate::op::Constant;
use crate::record::{SourceAttribute, ValueKind};
use std::ops::BitOr;

/// A set of kinds. Null is taken everywhere; attributes may be null without it being said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(u16);

impl Shape {
    pub(crate) const NULL: Self = Self(1 << 10);
    pub(crate) const TEXT: Self = Self(1);
    pub(crate) const NUMBER: Self = Self(1 << 1);
    pub(crate) const BOOLEAN: Self = Self(1 << 2);
    pub(crate) const BINARY: Self = Self(1 << 3);
    pub(crate) const ROLE: Self = Self(1 << 4);
    /// A list of texts, numbers or booleans.
    pub(crate) const LIST: Self = Self(1 << 5);
    pub(crate) const BINARIES: Self = Self(1 << 6);
    pub(crate) const ROLES: Self = Self(1 << 7);
    pub(crate) const MARKER: Self = Self(1 << 8);
    /// Nothing is known: there is no point in warning.
    pub(crate) const UNKNOWN: Self = Self(1 << 9);

    const SINGLE: Self = Self(Self::TEXT.0 | Self::NUMBER.0 | Self::BOOLEAN.0);
    const LISTS: Self = Self(Self::LIST.0 | Self::BINARIES.0 | Self::ROLES.0);

    pub(crate) fn of_constant(constant: &Constant) -> Self {
        match constant {
            Constant::Null => Self::NULL,
            Constant::Text(_) => Self::TEXT,
            Constant::Int(_) | Constant::Decimal(_) => Self::NUMBER,
            Constant::Bool(_) => Self::BOOLEAN,
        }
    }

    pub(crate) fn of_attribute(attribute: SourceAttribute) -> Self {
        let single = match attribute.kind {
            ValueKind::Text | ValueKind::Timestamp | ValueKind::Reference => Self::TEXT,
            ValueKind::Int | ValueKind::Decimal => Self::NUMBER,
            ValueKind::Bool => Self::BOOLEAN,
            ValueKind::Binary => Self::BINARY,
            ValueKind::Role => Self::ROLE,
            ValueKind::Any => Self::UNKNOWN,
        };
        if attribute.multi_valued { single.as_list() } else { single }
    }

    pub(crate) fn of_result(yields: Yields, arguments: Self) -> Self {
        match yields {
            Yields::Text | Yields::Date => Self::TEXT,
            Yields::Integer => Self::NUMBER,
            Yields::Boolean => Self::BOOLEAN,
            Yields::List => Self::LIST,
            Yields::Argument => arguments,
            Yields::Values => arguments.as_list(),
            Yields::Element => arguments.as_element(),
            Yields::Never => Self::NULL,
            Yields::Any => Self::UNKNOWN,
        }
    }

    /// Gives the kinds that a parameter takes.
    pub(crate) fn accepted(accepts: Accepts) -> Self {
        let kinds = match accepts {
            Accepts::Flow => Self(u16::MAX),
            Accepts::Any => Self(!Self::MARKER.0),
            Accepts::List => {
                Self(Self::SINGLE.0 | Self::LISTS.0 | Self::BINARY.0 | Self::ROLE.0 | Self::UNKNOWN.0)
            }
            Accepts::Text | Accepts::Integer | Accepts::Boolean | Accepts::Date | Accepts::Interval => {
                Self(Self::SINGLE.0 | Self::UNKNOWN.0)
            }
            Accepts::TextFlow => Self(Self::SINGLE.0 | Self::MARKER.0 | Self::UNKNOWN.0),
            Accepts::Texts => Self(Self::SINGLE.0 | Self::LIST.0 | Self::UNKNOWN.0),
            Accepts::Roles => Self(Self::ROLE.0 | Self::ROLES.0 | Self::UNKNOWN.0),
            Accepts::Binary => Self(Self::BINARY.0 | Self::TEXT.0 | Self::UNKNOWN.0),
        };
        kinds | Self::NULL
    }

    /// Gives the kinds that one attribute value can be.
    pub(crate) fn one_value() -> Self {
        Self(Self::SINGLE.0 | Self::BINARY.0 | Self::ROLE.0 | Self::MARKER.0 | Self::UNKNOWN.0 | Self::NULL.0)
    }

    /// Gives the kinds that are not in `accepted`.
    pub(crate) fn outside(self, accepted: Self) -> Self {
        Self(self.0 & !accepted.0)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names the kinds in a message.
    pub(crate) fn describe(self) -> String {
        const NAMES: [(Shape, &str); 9] = [
            (Shape::TEXT, "text"),
            (Shape::NUMBER, "a number"),
            (Shape::BOOLEAN, "a boolean"),
            (Shape::BINARY, "bytes"),
            (Shape::ROLE, "a role"),
            (Shape::LIST, "a list"),
            (Shape::BINARIES, "a list of bytes"),
            (Shape::ROLES, "a list of roles"),
            (Shape::MARKER, "a flow marker"),
        ];
        let found: Vec<&str> =
            NAMES.iter().filter(|(kind, _)| self.0 & kind.0 != 0).map(|(_, name)| *name).collect();
        if found.is_empty() { "null".to_owned() } else { found.join(" or ") }
    }

    fn as_list(self) -> Self {
        let mut list = self.0 & (Self::LISTS.0 | Self::UNKNOWN.0 | Self::NULL.0);
        if self.0 & Self::SINGLE.0 != 0 {
            list |= Self::LIST.0;
        }
        if self.0 & Self::BINARY.0 != 0 {
            list |= Self::BINARIES.0;
        }
        if self.0 & Self::ROLE.0 != 0 {
            list |= Self::ROLES.0;
        }
        Self(list)
    }

    fn as_element(self) -> Self {
        let mut element =
            self.0 & (Self::SINGLE.0 | Self::BINARY.0 | Self::ROLE.0 | Self::UNKNOWN.0 | Self::NULL.0);
        if self.0 & Self::LIST.0 != 0 {
            element |= Self::SINGLE.0;
        }
        if self.0 & Self::BINARIES.0 != 0 {
            element |= Self::BINARY.0;
        }
        if self.0 & Self::ROLES.0 != 0 {
            element |= Self::ROLE.0;
        }
        Self(element)
    }
}

impl BitOr for Shape {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}
