//! How is a .NET pattern read? Text in, [`Tree`] and the numbers and names of its groups out.
//!
//! What .NET refuses is refused here, and so are balancing groups, which nothing else has.

use super::class::{Class, DIGIT, Item, Negation, SPACE, WORD};
use super::escape;
use super::tree::{Assertion, Conditional, Greed, Look, Reference, Repeat, Test, Tree};
use crate::error::Fault;

/// The deepest nesting of groups.
pub(super) const MAX_GROUP_DEPTH: usize = 100;

/// A pattern that has been read.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) tree: Tree,
    pub(crate) groups: Groups,
}

/// The capturing groups by the order of their opening parentheses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups {
    /// The number and the name of each.
    pub(crate) all: Vec<(u32, Option<Box<str>>)>,
}

impl Groups {
    /// Finds the groups with this number.
    pub(crate) fn numbered(&self, number: u32) -> Vec<usize> {
        self.positions(|(own, _)| *own == number)
    }

    /// Finds the groups with this name, or this number if it is one.
    pub(crate) fn named(&self, name: &str) -> Vec<usize> {
        match name.parse() {
            Ok(number) => self.numbered(number),
            Err(_) => self.positions(|(_, own)| own.as_deref() == Some(name)),
        }
    }

    fn positions(&self, wanted: impl Fn(&(u32, Option<Box<str>>)) -> bool) -> Vec<usize> {
        self.all.iter().enumerate().filter(|(_, group)| wanted(group)).map(|(index, _)| index).collect()
    }
}

/// Reads a pattern.
pub(crate) fn parse(pattern: &str) -> Result<Parsed, Fault> {
    // References may stand before their groups, so the groups are counted first.
    let mut counter = Parser::new(pattern, Groups::default(), Pass::CountGroups);
    counter.alternatives(0)?;
    let groups = number_groups(counter.opened);
    let mut parser = Parser::new(pattern, groups, Pass::Read);
    let tree = parser.alternatives(0)?;
    match parser.peek() {
        None => Ok(Parsed { tree, groups: parser.groups }),
        Some(_) => Err(bad("has a `)` that closes nothing")),
    }
}

/// Numbers unnamed groups first and named ones after them, as .NET does.
fn number_groups(opened: Vec<Option<Box<str>>>) -> Groups {
    let explicit = |name: &Option<Box<str>>| name.as_deref().and_then(|name| name.parse::<u32>().ok());
    let mut next = 1;
    let mut all: Vec<(u32, Option<Box<str>>)> = Vec::new();
    for name in opened {
        let number = match (&name, explicit(&name)) {
            (None, _) => {
                next += 1;
                next - 1
            }
            (Some(_), Some(number)) => number,
            (Some(_), None) => 0,
        };
        all.push((number, name));
    }
    for index in 0..all.len() {
        if all[index].0 != 0 {
            continue;
        }
        let same = all[..index].iter().find(|(_, name)| *name == all[index].1).map(|(number, _)| *number);
        all[index].0 = match same {
            Some(number) => number,
            None => {
                while all.iter().any(|(number, _)| *number == next) {
                    next += 1;
                }
                next
            }
        };
    }
    Groups { all }
}

pub(super) fn bad(what: &str) -> Fault {
    Fault::conversion(format!("regular expression {what}"))
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    CountGroups,
    Read,
}

#[derive(Clone, Copy, Default)]
struct Options {
    ignore_case: bool,
    multi_line: bool,
    single_line: bool,
    explicit_capture: bool,
    ignore_white_space: bool,
}

pub(super) struct Parser<'p> {
    pub(super) rest: &'p str,
    groups: Groups,
    pass: Pass,
    options: Options,
    /// The names of the groups so far.
    opened: Vec<Option<Box<str>>>,
}

impl<'p> Parser<'p> {
    fn new(pattern: &'p str, groups: Groups, pass: Pass) -> Self {
        Self { rest: pattern, groups, pass, options: Options::default(), opened: Vec::new() }
    }

    fn alternatives(&mut self, depth: usize) -> Result<Tree, Fault> {
        if depth > MAX_GROUP_DEPTH {
            return Err(bad("is nested too deep"));
        }
        let mut found = vec![self.sequence(depth)?];
        while self.eat('|') {
            found.push(self.sequence(depth)?);
        }
        Ok(if found.len() == 1 { found.swap_remove(0) } else { Tree::Alternatives(found) })
    }

    fn sequence(&mut self, depth: usize) -> Result<Tree, Fault> {
        let mut parts = Vec::new();
        loop {
            self.skip_ignored()?;
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(_) => {}
            }
            let Some(part) = self.part(depth)? else { continue };
            parts.push(self.quantified(part)?);
        }
        Ok(match parts.len() {
            0 => Tree::Empty,
            1 => parts.swap_remove(0),
            _ => Tree::Concat(parts),
        })
    }

    /// Reads one part; options that stand alone are none.
    fn part(&mut self, depth: usize) -> Result<Option<Tree>, Fault> {
        Ok(Some(match self.next() {
            Some('(') => return self.group(depth),
            Some('[') => Tree::Class(self.class(0)?),
            Some('.') if self.options.single_line => Tree::Class(Class::everything()),
            Some('.') => Tree::Class(Class::not_line_feed()),
            Some('^') if self.options.multi_line => Tree::Assertion(Assertion::LineStart),
            Some('^') => Tree::Assertion(Assertion::TextStart),
            Some('$') if self.options.multi_line => Tree::Assertion(Assertion::LineEnd),
            Some('$') => Tree::Assertion(Assertion::TextEndOrFinalLineFeed),
            Some('\\') => self.escape()?,
            Some('*' | '+' | '?') => return Err(bad("has a quantifier after nothing")),
            Some('{') if quantifier(self.rest).is_some() => {
                return Err(bad("has a quantifier after nothing"));
            }
            Some(literal) => self.literal(literal),
            None => Tree::Empty,
        }))
    }

    fn literal(&self, character: char) -> Tree {
        let has_case = character.to_lowercase().ne(character.to_uppercase());
        if self.options.ignore_case && has_case {
            let class = Class::of(vec![Item::Range(character, character)]);
            return Tree::Class(Class { ignores_case: true, ..class });
        }
        Tree::Literal(character)
    }

    fn quantified(&mut self, body: Tree) -> Result<Tree, Fault> {
        self.skip_ignored()?;
        let Some((minimum, maximum, length)) = self.quantifier() else { return Ok(body) };
        self.rest = &self.rest[length..];
        if maximum.is_some_and(|maximum| maximum < minimum) {
            return Err(bad("has a quantifier `{x,y}` with x > y"));
        }
        let greed = if self.eat('?') { Greed::Lazy } else { Greed::Greedy };
        self.skip_ignored()?;
        if self.quantifier().is_some() {
            return Err(bad("has a quantifier after a quantifier"));
        }
        Ok(Tree::Repeat(Box::new(Repeat { body, minimum, maximum, greed })))
    }

    fn quantifier(&self) -> Option<(u32, Option<u32>, usize)> {
        match self.peek()? {
            '*' => Some((0, None, 1)),
            '+' => Some((1, None, 1)),
            '?' => Some((0, Some(1), 1)),
            '{' => {
                quantifier(&self.rest[1..]).map(|(minimum, maximum, length)| (minimum, maximum, length + 1))
            }
            _ => None,
        }
    }

    /// Reads what follows a `(`; options that hold for the rest of the group are nothing of their own.
    fn group(&mut self, depth: usize) -> Result<Option<Tree>, Fault> {
        let outside = self.options;
        if !self.eat('?') {
            let tree = if self.options.explicit_capture {
                self.alternatives(depth + 1)?
            } else {
                self.capture(None, depth)?
            };
            return self.close(tree, outside).map(Some);
        }
        let tree = match self.next() {
            Some(':') => self.alternatives(depth + 1)?,
            Some('=') => self.look(Look::Ahead, depth)?,
            Some('!') => self.look(Look::NotAhead, depth)?,
            Some('>') => Tree::Atomic(Box::new(self.alternatives(depth + 1)?)),
            Some('<') if self.eat('=') => self.look(Look::Behind, depth)?,
            Some('<') if self.eat('!') => self.look(Look::NotBehind, depth)?,
            Some('<') => self.named_group('>', depth)?,
            Some('\'') => self.named_group('\'', depth)?,
            Some('(') => self.conditional(depth)?,
            Some(letter @ ('i' | 'm' | 'n' | 's' | 'x' | '-' | '+')) => {
                if !self.inline_options(letter)? {
                    return Ok(None);
                }
                self.alternatives(depth + 1)?
            }
            _ => return Err(bad("has an unknown group `(?`")),
        };
        self.close(tree, outside).map(Some)
    }

    fn close(&mut self, tree: Tree, outside: Options) -> Result<Tree, Fault> {
        self.options = outside;
        if self.eat(')') { Ok(tree) } else { Err(bad("has a `(` without `)`")) }
    }

    fn look(&mut self, look: Look, depth: usize) -> Result<Tree, Fault> {
        Ok(Tree::Look(look, Box::new(self.alternatives(depth + 1)?)))
    }

    fn capture(&mut self, name: Option<Box<str>>, depth: usize) -> Result<Tree, Fault> {
        let index = self.opened.len();
        self.opened.push(name);
        Ok(Tree::Capture(index, Box::new(self.alternatives(depth + 1)?)))
    }

    fn named_group(&mut self, end: char, depth: usize) -> Result<Tree, Fault> {
        let name = self.name(end)?;
        if name.contains('-') {
            return Err(bad("has a balancing group, which is not supported"));
        }
        let valid = name.parse::<u32>().map_or_else(|_| is_group_name(name), |number| number > 0);
        if !valid {
            return Err(bad("has a group without a proper name"));
        }
        self.capture(Some(name.into()), depth)
    }

    /// Reads up to `end`.
    fn name(&mut self, end: char) -> Result<&'p str, Fault> {
        let Some((name, rest)) = self.rest.split_once(end) else {
            return Err(bad("has a group name without end"));
        };
        self.rest = rest;
        Ok(name)
    }

    fn conditional(&mut self, depth: usize) -> Result<Tree, Fault> {
        let test = match self.rest.split_once(')') {
            Some((name, rest)) if self.is_known_group(name) => {
                self.rest = rest;
                Test::Matched(self.groups.named(name))
            }
            _ => {
                // Any other parenthesis is looked ahead for, whatever it would mean elsewhere.
                let outside = self.options;
                let test = self.alternatives(depth + 1)?;
                Test::Ahead(self.close(test, outside)?)
            }
        };
        let (yes, no) = match self.alternatives(depth + 1)? {
            Tree::Alternatives(parts) if parts.len() > 2 => {
                return Err(bad("has a conditional with more than two branches"));
            }
            Tree::Alternatives(mut parts) => {
                let no = parts.pop().unwrap_or(Tree::Empty);
                (parts.pop().unwrap_or(Tree::Empty), no)
            }
            only => (only, Tree::Empty),
        };
        Ok(Tree::Conditional(Box::new(Conditional { test, yes, no })))
    }

    fn is_known_group(&self, name: &str) -> bool {
        match self.pass {
            // Whether the name is known does not change how many groups there are.
            Pass::CountGroups => is_group_name(name),
            Pass::Read => !self.groups.named(name).is_empty(),
        }
    }

    /// Reads options; says whether a group with them follows.
    fn inline_options(&mut self, first: char) -> Result<bool, Fault> {
        let mut on = true;
        let mut letter = first;
        loop {
            match letter {
                'i' => self.options.ignore_case = on,
                'm' => self.options.multi_line = on,
                's' => self.options.single_line = on,
                'n' => self.options.explicit_capture = on,
                'x' => self.options.ignore_white_space = on,
                '-' => on = false,
                '+' => on = true,
                ':' => return Ok(true),
                ')' => return Ok(false),
                _ => return Err(bad("has an unknown group `(?`")),
            }
            letter = self.next().unwrap_or('\0');
        }
    }

    fn escape(&mut self) -> Result<Tree, Fault> {
        let named = |negation, set| Tree::Class(Class::of(vec![Item::Named(negation, set)]));
        Ok(match self.peek() {
            None => return Err(bad("ends with a backslash")),
            Some('0'..='9') => return self.number_escape(),
            Some('k') => return self.name_reference(),
            Some(letter) => {
                let tree = match letter {
                    'd' => named(Negation::Plain, DIGIT),
                    'D' => named(Negation::Negated, DIGIT),
                    'w' => named(Negation::Plain, WORD),
                    'W' => named(Negation::Negated, WORD),
                    's' => named(Negation::Plain, SPACE),
                    'S' => named(Negation::Negated, SPACE),
                    'b' => Tree::Assertion(Assertion::WordBoundary),
                    'B' => Tree::Assertion(Assertion::NoWordBoundary),
                    'A' => Tree::Assertion(Assertion::TextStart),
                    'z' => Tree::Assertion(Assertion::TextEnd),
                    'Z' => Tree::Assertion(Assertion::TextEndOrFinalLineFeed),
                    'G' => Tree::Assertion(Assertion::SearchStart),
                    'p' | 'P' => {
                        self.rest = &self.rest[1..];
                        let item = escape::property(self, letter)?;
                        let class = Class::of(vec![item]);
                        return Ok(Tree::Class(Class { ignores_case: self.options.ignore_case, ..class }));
                    }
                    _ => {
                        let character = escape::character(self)?;
                        return Ok(self.literal(character));
                    }
                };
                self.rest = &self.rest[letter.len_utf8()..];
                tree
            }
        })
    }

    /// Reads a reference `\1`, or an octal character.
    fn number_escape(&mut self) -> Result<Tree, Fault> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let digits = &self.rest[..length];
        if !digits.starts_with('0') {
            let groups = digits.parse().map(|number| self.groups.numbered(number)).unwrap_or_default();
            if length == 1 || !groups.is_empty() {
                self.rest = &self.rest[length..];
                return self.reference(groups);
            }
        }
        let character = escape::octal(self)?;
        Ok(self.literal(character))
    }

    fn name_reference(&mut self) -> Result<Tree, Fault> {
        let end = match self.rest.as_bytes().get(1) {
            Some(b'<') => '>',
            Some(b'\'') => '\'',
            _ => return Err(bad("has a `\\k` without a group name")),
        };
        self.rest = &self.rest[2..];
        let name = self.name(end)?;
        let groups = self.groups.named(name);
        self.reference(groups)
    }

    fn reference(&self, groups: Vec<usize>) -> Result<Tree, Fault> {
        if groups.is_empty() && self.pass == Pass::Read {
            return Err(bad("refers to a group that it does not have"));
        }
        Ok(Tree::Reference(Reference { groups, ignores_case: self.options.ignore_case }))
    }

    /// Skips comments, and white space where it is ignored.
    fn skip_ignored(&mut self) -> Result<(), Fault> {
        loop {
            if let Some(comment) = self.rest.strip_prefix("(?#") {
                let Some((_, rest)) = comment.split_once(')') else {
                    return Err(bad("has a comment without end"));
                };
                self.rest = rest;
            } else if self.options.ignore_white_space && self.rest.starts_with(char::is_whitespace) {
                self.rest = self.rest.trim_start();
            } else if self.options.ignore_white_space && self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn ignores_case(&self) -> bool {
        self.options.ignore_case
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    pub(super) fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }
}

fn is_group_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter == '_' || letter.is_alphanumeric())
}

/// Reads `n}`, `n,}` or `n,m}`; gives the bounds and the length.
fn quantifier(text: &str) -> Option<(u32, Option<u32>, usize)> {
    let (inside, _) = text.split_once('}')?;
    let number = |digits: &str| {
        let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| digits.parse().unwrap_or(u32::MAX))
    };
    let (minimum, maximum) = match inside.split_once(',') {
        None => (number(inside)?, Some(number(inside)?)),
        Some((minimum, "")) => (number(minimum)?, None),
        Some((minimum, maximum)) => (number(minimum)?, Some(number(maximum)?)),
    };
    Some((minimum, maximum, inside.len() + 1))
}
