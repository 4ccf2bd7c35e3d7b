//! Which programs have a short form, and what is it?

use super::line::{LINE_BYTES, Letters, Line, Out as _};
use super::{Choose, Cut, Date, Find, IfNull, Part, Piece, Question, Short, Without};
use crate::op::{Constant, Integer, Join, Op, OpKind, Switch, SwitchKeys};
use bumpalo::Bump;

/// The deepest nesting of parts; transforms, and what is put together first, are no parts of their own.
const DEPTH_MAX: usize = 5;

impl Short {
    /// Finds the short form of a program, if it has one.
    pub(crate) fn find(root: &Op) -> Option<Self> {
        let operations = count(root);
        let lines_bytes = usize::try_from(operations).ok()?.checked_mul(LINE_BYTES)?;
        let root = part(root)?;
        (root.depth() <= DEPTH_MAX).then_some(Self { root, operations, lines_bytes })
    }
}

fn count(op: &Op) -> u32 {
    let mut operations: u32 = 1;
    op.operands(&mut |operand| operations = operations.saturating_add(count(operand)));
    operations
}

/// Prepares an operation that is always evaluated.
fn part(op: &Op) -> Option<Part> {
    Some(match &op.kind {
        OpKind::Constant(constant) => Part::Constant(constant.clone()),
        OpKind::Attribute(slot) => Part::Attribute(*slot),
        OpKind::Absent => Part::Constant(Constant::Null),
        OpKind::Ignore(ignored) => Part::Ignore(*ignored),
        OpKind::IgnoreIfEmpty(inner) => Part::IgnoreIfEmpty(Box::new(part(inner)?)),
        OpKind::Redact(inner) => part(inner)?,
        OpKind::Test(..) | OpKind::Compare(..) => Part::Answer(Box::new(question(op)?)),
        OpKind::Iif(parts) => {
            let [condition, yes, no] = &**parts;
            let question = question(condition)?;
            Part::Choose(Box::new(Choose { question, yes: branch(yes), no: branch(no) }))
        }
        OpKind::Switch(switch) => Part::Find(Box::new(find(switch)?)),
        OpKind::Coalesce(sources) => Part::First(sources.iter().map(branch).collect()),
        OpKind::Mid(mid) => {
            let skipped = whole_number(&mid.start)?.checked_sub(1)?;
            let length = mid.length.as_ref().map_or(Some(usize::MAX), whole_number)?;
            Part::Cut(Box::new(Cut { source: part(&mid.source)?, skipped, length, if_null: None }))
        }
        OpKind::Left(left) => {
            let (source, length) = (part(&left.source)?, whole_number(&left.count)?);
            Part::Cut(Box::new(Cut { source, skipped: 0, length, if_null: Some("") }))
        }
        OpKind::Replace(replace) => {
            let removed = replace.removed()?.clone();
            Part::Without(Box::new(Without { source: part(&replace.source)?, removed }))
        }
        OpKind::FormatDateTime(format) => {
            let copy = format.copy.clone()?;
            Part::Date(Box::new(Date { source: part(&format.source)?, copy }))
        }
        OpKind::Concat(_) | OpKind::Append(_) | OpKind::Join(_) | OpKind::Transform(..) => {
            let mut pieces = Vec::new();
            begin(op, Letters::AS_THEY_ARE, &mut pieces)?;
            let is_joined = pieces.iter().all(|piece| piece.letters == Letters::AS_THEY_ARE);
            if is_joined { Part::Joined(pieces.into()) } else { Part::Line(pieces.into()) }
        }
        OpKind::Variable(_) | OpKind::Unique(_) | OpKind::CaseIn(..) | OpKind::Call(_) | OpKind::Fail(_) => {
            return None;
        }
    })
}

/// Prepares an operation that is not always evaluated.
fn branch(op: &Op) -> Part {
    part(op).unwrap_or(Part::Unusual)
}

fn question(op: &Op) -> Option<Question> {
    Some(match &op.kind {
        OpKind::Test(test, inner) => Question::Test(*test, part(inner)?),
        OpKind::Compare(operator, operands) => {
            let [left, right] = &**operands;
            Question::Compare(*operator, part(left)?, part(right)?)
        }
        _ => Question::IsTrue(part(op)?),
    })
}

fn find(switch: &Switch) -> Option<Find> {
    let SwitchKeys::Table(keys) = &switch.keys else { return None };
    let branch = |op: Option<&Op>| op.map_or(Part::Constant(Constant::Null), branch);
    Some(Find {
        source: part(&switch.source)?,
        keys: keys.clone(),
        values: switch.values.iter().map(|value| branch(value.as_ref())).collect(),
        default: branch(switch.default.as_ref()),
    })
}

/// Gives a number that was written in the expression and is not negative.
fn whole_number(integer: &Integer) -> Option<usize> {
    match integer {
        Integer::Constant(number, _) => usize::try_from(*number).ok(),
        Integer::Evaluated(_) => None,
    }
}

/// Finds the pieces of a text from its beginning, so that nothing is before them.
fn begin(op: &Op, letters: Letters, pieces: &mut Vec<Piece>) -> Option<()> {
    match &op.kind {
        OpKind::Transform(transform, inner) => return begin(inner, letters.after(*transform)?, pieces),
        OpKind::Append(parts) => {
            let [source, suffix] = &**parts;
            begin(source, letters, pieces)?;
            pieces.push(piece(suffix, letters, None)?);
        }
        OpKind::Concat(operands) => {
            for operand in operands {
                pieces.push(piece(operand, letters, None)?);
            }
        }
        OpKind::Join(join) => begin_join(join, letters, pieces)?,
        _ => pieces.push(Piece { if_null: IfNull::Null, ..piece(op, letters, None)? }),
    }
    Some(())
}

fn begin_join(join: &Join, letters: Letters, pieces: &mut Vec<Piece>) -> Option<()> {
    let separator = match join.separator.constant()? {
        Constant::Text(text) => changed(text, letters)?,
        Constant::Null => "".into(),
        _ => return None,
    };
    for (index, source) in join.sources.iter().enumerate() {
        let separator = (index > 0 && !separator.is_empty()).then(|| separator.clone());
        pieces.push(piece(source, letters, separator)?);
    }
    Some(())
}

/// Makes one piece of an operation, whose letters change in what it is put into as `around` says.
fn piece(op: &Op, around: Letters, separator: Option<Box<str>>) -> Option<Piece> {
    let (mut op, mut letters, mut own_letters) = (op, around, Letters::AS_THEY_ARE);
    while let OpKind::Transform(transform, inner) = &op.kind {
        (letters, own_letters) = (letters.after(*transform)?, own_letters.after(*transform)?);
        op = inner;
    }
    if let Some(text) = op.constant_text() {
        // What is refused for every record has no short form.
        changed(text, letters)?;
    }
    Some(Piece { source: part(op)?, letters, own_letters, separator, if_null: IfNull::Empty })
}

/// Changes the letters of a constant.
fn changed(text: &str, letters: Letters) -> Option<Box<str>> {
    let bump = Bump::new();
    let mut line = Line::new_in(&bump);
    line.put(text, letters)?;
    line.finish().map(Into::into)
}
