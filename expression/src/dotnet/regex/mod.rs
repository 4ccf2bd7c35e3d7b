//! How does .NET match regular expressions? A [`Pattern`]: read by .NET's rules, matched by the regex crate
//! where that means the same, else by a backtracking search with a budget.

mod class;
mod escape;
mod matcher;
mod parse;
mod plain;
mod program;
mod set;
mod tree;

pub(crate) use matcher::Budget;
pub(crate) use parse::Groups;

use crate::error::Fault;
use crate::limits::Limit;
use class::ClassTest;
use matcher::Matcher;
use program::Program;
use regex::{CaptureLocations, Regex, RegexBuilder};
use tree::{Greed, Tree};

/// The largest program that is handed to the regex crate, whose worst case grows with it.
const PLAIN_SIZE_BYTES: usize = 128 << 10;
/// What a search by the regex crate costs in steps: it reads so many bytes in the time of one step.
const BYTES_PER_STEP: usize = 4;
/// How much of the budget the regex crate may use up before the search with exact costs takes over.
const PLAIN_SHARE: u32 = 2;

/// A .NET regular expression, ready to match; also for filters that use the same dialect.
///
/// ```
/// let pattern = provisio_expression::Pattern::compile(r"^(?<user>\w+)@(?=contoso)")?;
/// assert_eq!(pattern.is_match("ann@contoso.com"), Ok(true));
/// # Ok::<(), provisio_expression::Fault>(())
/// ```
#[derive(Debug)]
pub struct Pattern {
    plain: Option<PlainPattern>,
    program: Program,
    groups: Groups,
    single: Option<SingleClass>,
}

#[derive(Debug)]
struct PlainPattern {
    regex: Regex,
    has_soft_end: bool,
}

/// A pattern that is one set of characters, once or as long as possible.
#[derive(Clone, Debug)]
pub(crate) struct SingleClass {
    class: ClassTest,
    pub(crate) repeats: bool,
}

impl SingleClass {
    pub(crate) fn holds(&self, byte: u8) -> bool {
        self.class.holds_ascii(byte)
    }
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A conversion fault when .NET would refuse the pattern, or it uses balancing groups or is too large.
    pub fn compile(pattern: &str) -> Result<Self, Fault> {
        let parsed = parse::parse(pattern)?;
        let program = program::program(&parsed.tree, parsed.groups.all.len())?;
        let plain = plain::plain(&parsed.tree).and_then(|plain| {
            // What is too large for the regex crate is left to the search with a budget.
            let regex = RegexBuilder::new(&plain.pattern)
                .size_limit(PLAIN_SIZE_BYTES)
                .dfa_size_limit(1 << 20)
                .nest_limit(1_000)
                .build()
                .ok()?;
            Some(PlainPattern { regex, has_soft_end: plain.has_soft_end })
        });
        let single = single_class(&parsed.tree);
        Ok(Self { plain, program, groups: parsed.groups, single })
    }

    /// Says whether the pattern matches somewhere in the text.
    ///
    /// # Errors
    /// When the search takes too many steps.
    pub fn is_match(&self, text: &str) -> Result<bool, Limit> {
        self.search(text, Captures::Unwanted).next().map(|found| found.is_some())
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Gives the set if the pattern is nothing else.
    pub(crate) fn single_class(&self) -> Option<&SingleClass> {
        self.single.as_ref()
    }

    /// Begins to look for matches in a text.
    pub(crate) fn search<'m>(&'m self, text: &'m str, captures: Captures) -> Search<'m> {
        let usable = self.plain.as_ref().filter(|plain| !(plain.has_soft_end && text.ends_with('\n')));
        let engine = match usable {
            Some(plain) => Engine::Plain(
                &plain.regex,
                match captures {
                    Captures::Wanted => Some(plain.regex.capture_locations()),
                    Captures::Unwanted => None,
                },
            ),
            None => Engine::Budgeted(Matcher::new(&self.program, text)),
        };
        Search { pattern: self, text, engine, next: Some(0), budget: Budget::STANDARD }
    }
}

/// Whether anybody wants to know what groups hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Captures {
    Wanted,
    Unwanted,
}

/// The matches in one text, one after the other.
pub(crate) struct Search<'m> {
    pattern: &'m Pattern,
    text: &'m str,
    engine: Engine<'m>,
    next: Option<usize>,
    budget: Budget,
}

enum Engine<'m> {
    Plain(&'m Regex, Option<CaptureLocations>),
    Budgeted(Matcher<'m>),
}

impl Search<'_> {
    /// Finds the next match; an empty one right behind a match counts, as in .NET.
    pub(crate) fn next(&mut self) -> Result<Option<(usize, usize)>, Limit> {
        let Some(start) = self.next else { return Ok(None) };
        let found = self.find(start)?;
        self.next = match found {
            None => None,
            Some((start, end)) if start == end => {
                self.text[end..].chars().next().map(|skipped| end + skipped.len_utf8())
            }
            Some((_, end)) => Some(end),
        };
        Ok(found)
    }

    fn find(&mut self, start: usize) -> Result<Option<(usize, usize)>, Limit> {
        if let Engine::Plain(regex, locations) = &mut self.engine {
            // The regex crate may read to the end of the text to find a match that ends early.
            let cost = u32::try_from(1 + (self.text.len() - start) / BYTES_PER_STEP).unwrap_or(u32::MAX);
            match self.budget.steps.checked_sub(cost) {
                Some(left) if left > Budget::STANDARD.steps / PLAIN_SHARE => {
                    self.budget.steps = left;
                    let found = match locations {
                        Some(locations) => regex.captures_read_at(locations, self.text, start),
                        None => regex.find_at(self.text, start),
                    };
                    return Ok(found.map(|found| (found.start(), found.end())));
                }
                _ => self.engine = Engine::Budgeted(Matcher::new(&self.pattern.program, self.text)),
            }
        }
        match &mut self.engine {
            Engine::Budgeted(matcher) => matcher.find(start, &mut self.budget),
            Engine::Plain(..) => Ok(None),
        }
    }

    /// Gives what a group, by the order of opening parentheses, holds after a match.
    pub(crate) fn group(&self, group: usize) -> Option<(usize, usize)> {
        match &self.engine {
            Engine::Plain(_, locations) => locations.as_ref()?.get(group + 1),
            Engine::Budgeted(matcher) => Some((matcher.places[group * 2]?, matcher.places[group * 2 + 1]?))
                .filter(|(start, end)| start <= end),
        }
    }

    /// Gives what the last of several groups with one name holds.
    pub(crate) fn last_of(&self, groups: &[usize]) -> Option<(usize, usize)> {
        groups.iter().rev().find_map(|group| self.group(*group))
    }
}

fn single_class(tree: &Tree) -> Option<SingleClass> {
    let (class, repeats) = match tree {
        Tree::Class(class) => (class, false),
        Tree::Repeat(repeat)
            if repeat.minimum == 1 && repeat.maximum.is_none() && repeat.greed == Greed::Greedy =>
        {
            match &repeat.body {
                Tree::Class(class) => (class, true),
                _ => return None,
            }
        }
        // One group round it all changes nothing where the group is not asked for.
        Tree::Capture(_, inner) => return single_class(inner),
        _ => return None,
    };
    ClassTest::new(class).ok().map(|class| SingleClass { class, repeats })
}

#[cfg(test)]
mod tests;
