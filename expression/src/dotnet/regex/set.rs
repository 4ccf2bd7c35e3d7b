//! How is a set `[…]` of a .NET pattern read?

use super::class::{Class, Item};
use super::escape;
use super::parse::{MAX_GROUP_DEPTH, Parser, bad};
use crate::error::Fault;

impl Parser<'_> {
    /// Reads a set after its `[`.
    pub(super) fn class(&mut self, depth: usize) -> Result<Class, Fault> {
        if depth > MAX_GROUP_DEPTH {
            return Err(bad("is nested too deep"));
        }
        let negated = self.eat('^');
        let mut class = Class { negated, ignores_case: self.ignores_case(), ..Class::of(Vec::new()) };
        let mut is_first = true;
        loop {
            let first = match self.next() {
                None => return Err(bad("has a `[` without `]`")),
                Some(']') if !is_first => return Ok(class),
                Some('-') if self.rest.starts_with('[') && !is_first => {
                    self.rest = &self.rest[1..];
                    class.without = Some(Box::new(self.class(depth + 1)?));
                    if !self.eat(']') {
                        return Err(bad("has a subtraction that is not the last thing in its set"));
                    }
                    return Ok(class);
                }
                Some('\\') => match escape::set(self)? {
                    Ok(item) => {
                        class.items.push(item);
                        is_first = false;
                        continue;
                    }
                    Err(character) => character,
                },
                Some(character) => character,
            };
            is_first = false;
            let is_range =
                self.rest.starts_with('-') && !self.rest.starts_with("-]") && !self.rest.starts_with("-[");
            let last = if is_range {
                self.rest = &self.rest[1..];
                match self.next() {
                    None => return Err(bad("has a `[` without `]`")),
                    Some('\\') => match escape::set(self)? {
                        Ok(_) => return Err(bad("has a range that ends with a set")),
                        Err(character) => character,
                    },
                    Some(character) => character,
                }
            } else {
                first
            };
            if last < first {
                return Err(bad("has a range in reverse order"));
            }
            class.items.push(Item::Range(first, last));
        }
    }
}
