//! Where does a pattern match that the regex crate cannot do? A backtracking search with a budget.
//!
//! The order of attempts is .NET's, so are look-behind (matched backward) and what groups hold. Every step
//! is paid for from a [`Budget`], so no pattern can run for long: measured, a general backtracking crate with
//! a limit on backtracks still spends seconds in the searches between them.

use super::program::{Direction, Program, Step};
use super::tree::{Assertion, Look};
use crate::dotnet::culture::Culture;
use crate::limits::Limit;

/// The most positions to come back to that are kept at one time.
const MAX_PENDING: usize = 250_000;

/// What is left to spend on regular expressions in one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) steps: u32,
}

impl Budget {
    /// Enough for any sensible pattern, spent within a few hundredths of a second.
    pub(crate) const STANDARD: Self = Self { steps: 1_500_000 };

    fn spend(&mut self, steps: u32) -> Result<(), Limit> {
        self.steps = self.steps.checked_sub(steps).ok_or(Limit::RegexSteps)?;
        Ok(())
    }
}

/// A search in one text; reused from match to match.
pub(crate) struct Matcher<'m> {
    program: &'m Program,
    text: &'m str,
    /// Where groups and loops are.
    pub(crate) places: Vec<Option<usize>>,
    pending: Vec<Pending>,
    search_start: usize,
}

enum Pending {
    /// Go on here if what was tried fails.
    Try { step: usize, at: usize },
    /// Put this back before going on.
    Restore { place: usize, old: Option<usize> },
}

impl<'m> Matcher<'m> {
    pub(crate) fn new(program: &'m Program, text: &'m str) -> Self {
        Self { program, text, places: vec![None; program.places], pending: Vec::new(), search_start: 0 }
    }

    /// Finds the first match at or after `start`; the groups are in `places`.
    pub(crate) fn find(
        &mut self,
        start: usize,
        budget: &mut Budget,
    ) -> Result<Option<(usize, usize)>, Limit> {
        self.search_start = start;
        let mut at = start;
        loop {
            self.places.fill(None);
            self.pending.clear();
            if let Some(end) = self.run(0, at, budget)? {
                return Ok(Some((at, end)));
            }
            match self.text[at..].chars().next() {
                Some(next) if !self.program.starts_text => at += next.len_utf8(),
                _ => return Ok(None),
            }
        }
    }

    /// Runs from a step to the `Accept` that belongs to it.
    fn run(&mut self, step: usize, at: usize, budget: &mut Budget) -> Result<Option<usize>, Limit> {
        let program = self.program;
        let base = self.pending.len();
        let (mut step, mut at) = (step, at);
        loop {
            budget.spend(1)?;
            let goes_on = match &program.steps[step] {
                Step::Accept => return Ok(Some(at)),
                Step::Literal(wanted, direction) => match self.character(at, *direction) {
                    Some((found, next)) if found == *wanted => {
                        at = next;
                        true
                    }
                    _ => false,
                },
                Step::Class(class, direction) => match self.character(at, *direction) {
                    Some((found, next)) => {
                        let class = &program.classes[*class];
                        budget.spend(class.steps(found))?;
                        at = next;
                        class.holds(found)
                    }
                    None => false,
                },
                Step::Assertion(assertion) => self.holds(*assertion, at),
                Step::Split(first, second) => {
                    self.push(Pending::Try { step: *second, at })?;
                    step = *first;
                    continue;
                }
                Step::Jump(target) => {
                    step = *target;
                    continue;
                }
                Step::Save(place) => {
                    self.save(*place, at)?;
                    true
                }
                Step::Progress(place) => self.places[*place] != Some(at),
                Step::Look { look, next } => {
                    let wanted = matches!(look, Look::Ahead | Look::Behind);
                    let found = self.separately(step + 1, at, wanted, budget)?.is_some();
                    if found == wanted {
                        step = *next;
                        continue;
                    }
                    false
                }
                Step::Atomic { next } => match self.separately(step + 1, at, true, budget)? {
                    Some(end) => {
                        at = end;
                        step = *next;
                        continue;
                    }
                    None => false,
                },
                Step::Test { yes, no } => {
                    let found = self.separately(step + 1, at, true, budget)?.is_some();
                    step = if found { *yes } else { *no };
                    continue;
                }
                Step::Matched { groups, otherwise } => {
                    if groups.iter().all(|group| self.group(*group).is_none()) {
                        step = *otherwise;
                        continue;
                    }
                    true
                }
                Step::Reference { groups, ignores_case, direction } => {
                    match groups.iter().rev().find_map(|group| self.group(*group)) {
                        Some((start, end)) => {
                            budget.spend(u32::try_from(end - start).unwrap_or(u32::MAX))?;
                            match self.repeats(start..end, at, *ignores_case, *direction) {
                                Some(next) => {
                                    at = next;
                                    true
                                }
                                None => false,
                            }
                        }
                        None => false,
                    }
                }
            };
            if goes_on {
                step += 1;
                continue;
            }
            match self.back_to(base) {
                Some(pending) => (step, at) = pending,
                None => return Ok(None),
            }
        }
    }

    /// Runs steps of which nothing is tried again afterwards; keeps what groups hold if `keeps` is wanted.
    fn separately(
        &mut self,
        step: usize,
        at: usize,
        keeps: bool,
        budget: &mut Budget,
    ) -> Result<Option<usize>, Limit> {
        let base = self.pending.len();
        let found = self.run(step, at, budget)?;
        if found.is_some() && keeps {
            let mut kept = base;
            for index in base..self.pending.len() {
                if matches!(self.pending[index], Pending::Restore { .. }) {
                    self.pending.swap(kept, index);
                    kept += 1;
                }
            }
            self.pending.truncate(kept);
        } else {
            while self.back_to(base).is_some() {}
        }
        Ok(found)
    }

    /// Takes back what was done since the last choice above `base`.
    fn back_to(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.pending.len() > base {
            match self.pending.pop()? {
                Pending::Try { step, at } => return Some((step, at)),
                Pending::Restore { place, old } => self.places[place] = old,
            }
        }
        None
    }

    fn save(&mut self, place: usize, at: usize) -> Result<(), Limit> {
        let old = self.places[place].replace(at);
        self.push(Pending::Restore { place, old })
    }

    fn push(&mut self, pending: Pending) -> Result<(), Limit> {
        if self.pending.len() == MAX_PENDING {
            return Err(Limit::RegexSteps);
        }
        self.pending.push(pending);
        Ok(())
    }

    /// Gives what a group has matched.
    fn group(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.places[group * 2]?, self.places[group * 2 + 1]?);
        // A group that is being matched anew has one place of each round.
        Some((start.min(end), end))
    }

    fn character(&self, at: usize, direction: Direction) -> Option<(char, usize)> {
        match direction {
            Direction::Forward => {
                let byte = *self.text.as_bytes().get(at)?;
                if byte.is_ascii() {
                    return Some((char::from(byte), at + 1));
                }
                self.text[at..].chars().next().map(|next| (next, at + next.len_utf8()))
            }
            Direction::Backward => {
                self.text[..at].chars().next_back().map(|last| (last, at - last.len_utf8()))
            }
        }
    }

    fn holds(&self, assertion: Assertion, at: usize) -> bool {
        let (before, after) = (&self.text[..at], &self.text[at..]);
        match assertion {
            Assertion::TextStart => at == 0,
            Assertion::LineStart => at == 0 || before.ends_with('\n'),
            Assertion::TextEnd => after.is_empty(),
            Assertion::TextEndOrFinalLineFeed => after.is_empty() || after == "\n",
            Assertion::LineEnd => after.is_empty() || after.starts_with('\n'),
            Assertion::WordBoundary => self.is_word_boundary(before, after),
            Assertion::NoWordBoundary => !self.is_word_boundary(before, after),
            Assertion::SearchStart => at == self.search_start,
        }
    }

    fn is_word_boundary(&self, before: &str, after: &str) -> bool {
        let is_word =
            |character: Option<char>| character.is_some_and(|character| self.program.word.holds(character));
        is_word(before.chars().next_back()) != is_word(after.chars().next())
    }

    /// Says whether the text at `at` repeats `part`; gives where it goes on.
    fn repeats(
        &self,
        part: std::ops::Range<usize>,
        at: usize,
        ignores_case: bool,
        direction: Direction,
    ) -> Option<usize> {
        let part = &self.text[part];
        let fold = |character| Culture::Invariant.lower(Culture::Invariant.upper(character));
        let same = |left, right| left == right || (ignores_case && fold(left) == fold(right));
        let mut here = at;
        let mut step = |wanted: char| match self.character(here, direction) {
            Some((found, next)) if same(found, wanted) => {
                here = next;
                true
            }
            _ => false,
        };
        let all = match direction {
            Direction::Forward => part.chars().all(&mut step),
            Direction::Backward => part.chars().rev().all(&mut step),
        };
        all.then_some(here)
    }
}
