//! How is an expression written in normal form? [`Node`] in, text out.
//!
//! The normal form is the one the service uses: `, ` between arguments, omitted arguments as empty
//! positions, no white space elsewhere except round operators. Reading it back gives the same tree.

use crate::ast::{Call, Node, NodeKind, Number};
use std::fmt;

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::Attribute(name) => write!(formatter, "[{name}]"),
            NodeKind::Text(text) => write_quoted(formatter, text),
            NodeKind::Number(Number::Decimal(digits)) => formatter.write_str(digits),
            NodeKind::Number(Number::Hex(value)) => write!(formatter, "&H{value:X}"),
            NodeKind::Variable(name) => write!(formatter, "%{name}%"),
            NodeKind::Word(word) => formatter.write_str(word.name()),
            NodeKind::Call(call) => write_call(formatter, call),
            NodeKind::Compare(comparison) => {
                write_operand(formatter, &comparison.left, Inside::Comparison)?;
                write!(formatter, " {} ", comparison.operator.symbol())?;
                write_operand(formatter, &comparison.right, Inside::Comparison)
            }
            NodeKind::Concat(operands) => {
                for (index, operand) in operands.iter().enumerate() {
                    if index > 0 {
                        formatter.write_str(" & ")?;
                    }
                    write_operand(formatter, operand, Inside::Concatenation)?;
                }
                Ok(())
            }
            NodeKind::Missing => Ok(()),
        }
    }
}

#[derive(PartialEq)]
enum Inside {
    Comparison,
    Concatenation,
}

fn write_operand(formatter: &mut fmt::Formatter<'_>, operand: &Node, inside: Inside) -> fmt::Result {
    let needs_parentheses = match operand.kind {
        NodeKind::Compare(_) => true,
        NodeKind::Concat(_) => inside == Inside::Concatenation,
        _ => false,
    };
    if needs_parentheses { write!(formatter, "({operand})") } else { write!(formatter, "{operand}") }
}

fn write_call(formatter: &mut fmt::Formatter<'_>, call: &Call) -> fmt::Result {
    write!(formatter, "{}(", call.name)?;
    for (index, argument) in call.arguments.iter().enumerate() {
        if index > 0 {
            formatter.write_str(", ")?;
        }
        if let Some(argument) = argument {
            write!(formatter, "{argument}")?;
        }
    }
    formatter.write_str(")")
}

/// Writes a string constant. A backslash is doubled only where it would otherwise be read as an escape,
/// so that regular expressions stay readable.
fn write_quoted(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    formatter.write_str("\"")?;
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match (character, rest.peek()) {
            ('"', _) => formatter.write_str("\\\"")?,
            ('\\', Some('\\' | '"') | None) => formatter.write_str("\\\\")?,
            (other, _) => write!(formatter, "{other}")?,
        }
    }
    formatter.write_str("\"")
}
