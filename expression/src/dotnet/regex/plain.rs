//! Can the regex crate match this pattern? [`Tree`] in, a pattern in its syntax out, if it means the same.

use super::class::write_character;
use super::tree::{Assertion, Greed, Tree};

/// A pattern for the regex crate.
pub(crate) struct Plain {
    pub(crate) pattern: String,
    /// It has a `$`, which is the same as `\z` only where the text does not end with a line feed.
    pub(crate) has_soft_end: bool,
}

/// Writes the pattern for the regex crate; `None` when it needs what that crate does not have.
pub(crate) fn plain(tree: &Tree) -> Option<Plain> {
    let mut plain = Plain { pattern: String::new(), has_soft_end: false };
    plain.write(tree)?;
    Some(plain)
}

impl Plain {
    fn write(&mut self, tree: &Tree) -> Option<()> {
        let out = &mut self.pattern;
        match tree {
            Tree::Empty => out.push_str("(?:)"),
            Tree::Class(class) => class.write(out),
            Tree::Literal(character) => write_character(*character, out),
            Tree::Assertion(assertion) => {
                out.push_str(match assertion {
                    Assertion::TextStart => r"\A",
                    Assertion::LineStart => r"(?m:^)",
                    Assertion::TextEnd => r"\z",
                    Assertion::LineEnd => r"(?m:$)",
                    Assertion::WordBoundary => r"\b",
                    Assertion::NoWordBoundary => r"\B",
                    Assertion::TextEndOrFinalLineFeed => {
                        self.has_soft_end = true;
                        r"\z"
                    }
                    Assertion::SearchStart => return None,
                });
            }
            Tree::Capture(_, inner) => {
                out.push('(');
                self.write(inner)?;
                self.pattern.push(')');
            }
            Tree::Concat(parts) => {
                for part in parts {
                    self.write_grouped(part)?;
                }
            }
            Tree::Alternatives(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if index > 0 {
                        self.pattern.push('|');
                    }
                    self.write(part)?;
                }
            }
            Tree::Repeat(repeat) => {
                // What a group holds after empty rounds differs between engines.
                if repeat.body.captures() && repeat.body.can_be_empty() {
                    return None;
                }
                self.pattern.push_str("(?:");
                self.write(&repeat.body)?;
                self.pattern.push(')');
                let bounds = match (repeat.minimum, repeat.maximum) {
                    (minimum, None) => format!("{{{minimum},}}"),
                    (minimum, Some(maximum)) => format!("{{{minimum},{maximum}}}"),
                };
                self.pattern.push_str(&bounds);
                if repeat.greed == Greed::Lazy {
                    self.pattern.push('?');
                }
            }
            Tree::Look(..) | Tree::Atomic(_) | Tree::Reference(_) | Tree::Conditional(_) => return None,
        }
        Some(())
    }

    fn write_grouped(&mut self, tree: &Tree) -> Option<()> {
        if !matches!(tree, Tree::Alternatives(_) | Tree::Concat(_)) {
            return self.write(tree);
        }
        self.pattern.push_str("(?:");
        self.write(tree)?;
        self.pattern.push(')');
        Some(())
    }
}
