//! How does the backtracking matcher see a pattern? [`Tree`] in, a list of [`Step`]s out.

use super::class::{Class, ClassTest, Item, Negation, WORD};
use super::parse::bad;
use super::tree::{Assertion, Greed, Look, Test, Tree};
use crate::error::Fault;

/// The most steps of a program; counted repetitions are written out.
const MAX_STEPS: usize = 20_000;

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) classes: Vec<ClassTest>,
    /// Two places for each group, then one for each loop whose body can be empty.
    pub(crate) places: usize,
    /// The class of `\w`.
    pub(crate) word: ClassTest,
    /// It can only match at the start of the text.
    pub(crate) starts_text: bool,
}

/// Which way the matcher moves; backward inside a look-behind, as in .NET.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

#[derive(Debug)]
pub(crate) enum Step {
    Literal(char, Direction),
    /// The index of the class.
    Class(usize, Direction),
    Assertion(Assertion),
    /// Tries the first place, and the second if that fails.
    Split(usize, usize),
    Jump(usize),
    /// Notes the position in a place.
    Save(usize),
    /// Fails if the position is still the one noted in the place.
    Progress(usize),
    /// Runs the steps after it up to their `Accept` on their own, then goes to `next`.
    Look {
        look: Look,
        next: usize,
    },
    Atomic {
        next: usize,
    },
    /// The group's index is noted by its place.
    Reference {
        groups: Vec<usize>,
        ignores_case: bool,
        direction: Direction,
    },
    /// Goes to `otherwise` unless one of the groups has matched.
    Matched {
        groups: Vec<usize>,
        otherwise: usize,
    },
    /// Runs the steps after it up to their `Accept`; goes to `yes` or `no`.
    Test {
        yes: usize,
        no: usize,
    },
    Accept,
}

/// Makes the program of a pattern.
pub(crate) fn program(tree: &Tree, groups: usize) -> Result<Program, Fault> {
    let mut compiler = Compiler { steps: Vec::new(), classes: Vec::new(), places: groups * 2 };
    compiler.compile(tree, Direction::Forward)?;
    compiler.push(Step::Accept)?;
    let word = Class::of(vec![Item::Named(Negation::Plain, WORD)]);
    Ok(Program {
        starts_text: starts_text(tree),
        steps: compiler.steps,
        classes: compiler.classes.iter().map(ClassTest::new).collect::<Result<_, _>>()?,
        places: compiler.places,
        word: ClassTest::new(&word)?,
    })
}

fn starts_text(tree: &Tree) -> bool {
    match tree {
        Tree::Assertion(Assertion::TextStart) => true,
        Tree::Concat(parts) => parts.first().is_some_and(starts_text),
        Tree::Capture(_, inner) => starts_text(inner),
        _ => false,
    }
}

struct Compiler {
    steps: Vec<Step>,
    classes: Vec<Class>,
    places: usize,
}

impl Compiler {
    fn compile(&mut self, tree: &Tree, direction: Direction) -> Result<(), Fault> {
        match tree {
            Tree::Empty => {}
            Tree::Literal(character) => self.push(Step::Literal(*character, direction))?,
            Tree::Class(class) => {
                let index = self.class(class);
                self.push(Step::Class(index, direction))?;
            }
            Tree::Assertion(assertion) => self.push(Step::Assertion(*assertion))?,
            Tree::Capture(index, inner) => {
                let (before, after) = match direction {
                    Direction::Forward => (index * 2, index * 2 + 1),
                    Direction::Backward => (index * 2 + 1, index * 2),
                };
                self.push(Step::Save(before))?;
                self.compile(inner, direction)?;
                self.push(Step::Save(after))?;
            }
            Tree::Concat(parts) => match direction {
                Direction::Forward => parts.iter().try_for_each(|part| self.compile(part, direction))?,
                Direction::Backward => {
                    parts.iter().rev().try_for_each(|part| self.compile(part, direction))?;
                }
            },
            Tree::Alternatives(parts) => self.alternatives(parts, direction)?,
            Tree::Repeat(repeat) => self.repeat(repeat, direction)?,
            Tree::Look(look, inner) => {
                let at = self.reserve()?;
                let inside = match look {
                    Look::Ahead | Look::NotAhead => Direction::Forward,
                    Look::Behind | Look::NotBehind => Direction::Backward,
                };
                self.compile(inner, inside)?;
                self.push(Step::Accept)?;
                self.steps[at] = Step::Look { look: *look, next: self.steps.len() };
            }
            Tree::Atomic(inner) => {
                let at = self.reserve()?;
                self.compile(inner, direction)?;
                self.push(Step::Accept)?;
                self.steps[at] = Step::Atomic { next: self.steps.len() };
            }
            Tree::Reference(reference) => {
                let groups = reference.groups.clone();
                self.push(Step::Reference { groups, ignores_case: reference.ignores_case, direction })?;
            }
            Tree::Conditional(conditional) => {
                let at = self.reserve()?;
                if let Test::Ahead(test) = &conditional.test {
                    self.compile(test, Direction::Forward)?;
                    self.push(Step::Accept)?;
                }
                let yes = self.steps.len();
                self.compile(&conditional.yes, direction)?;
                let over = self.reserve()?;
                let no = self.steps.len();
                self.compile(&conditional.no, direction)?;
                self.steps[over] = Step::Jump(self.steps.len());
                self.steps[at] = match &conditional.test {
                    Test::Matched(groups) => Step::Matched { groups: groups.clone(), otherwise: no },
                    Test::Ahead(_) => Step::Test { yes, no },
                };
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, parts: &[Tree], direction: Direction) -> Result<(), Fault> {
        let mut ends = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if index + 1 == parts.len() {
                self.compile(part, direction)?;
            } else {
                let split = self.reserve()?;
                self.compile(part, direction)?;
                ends.push(self.reserve()?);
                self.steps[split] = Step::Split(split + 1, self.steps.len());
            }
        }
        for end in ends {
            self.steps[end] = Step::Jump(self.steps.len());
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &super::tree::Repeat, direction: Direction) -> Result<(), Fault> {
        for _ in 0..repeat.minimum {
            self.compile(&repeat.body, direction)?;
        }
        let split = |inside, outside| match repeat.greed {
            Greed::Greedy => Step::Split(inside, outside),
            Greed::Lazy => Step::Split(outside, inside),
        };
        match repeat.maximum {
            None => {
                let start = self.reserve()?;
                let watched = repeat.body.can_be_empty().then(|| {
                    self.places += 1;
                    self.places - 1
                });
                if let Some(place) = watched {
                    self.push(Step::Save(place))?;
                }
                self.compile(&repeat.body, direction)?;
                if let Some(place) = watched {
                    self.push(Step::Progress(place))?;
                }
                self.push(Step::Jump(start))?;
                self.steps[start] = split(start + 1, self.steps.len());
            }
            Some(maximum) => {
                let mut starts = Vec::new();
                for _ in repeat.minimum..maximum {
                    starts.push(self.reserve()?);
                    self.compile(&repeat.body, direction)?;
                }
                for start in starts {
                    self.steps[start] = split(start + 1, self.steps.len());
                }
            }
        }
        Ok(())
    }

    fn class(&mut self, class: &Class) -> usize {
        match self.classes.iter().position(|known| known == class) {
            Some(index) => index,
            None => {
                self.classes.push(class.clone());
                self.classes.len() - 1
            }
        }
    }

    fn push(&mut self, step: Step) -> Result<(), Fault> {
        if self.steps.len() == MAX_STEPS {
            return Err(bad("is too large"));
        }
        self.steps.push(step);
        Ok(())
    }

    /// Leaves room for a step that is known later.
    fn reserve(&mut self) -> Result<usize, Fault> {
        self.push(Step::Accept)?;
        Ok(self.steps.len() - 1)
    }
}
