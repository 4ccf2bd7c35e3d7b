//! What does `Replace` do? The arguments that are present choose one of five [`Mode`]s.

use crate::dotnet::regex::{Captures, Pattern, SingleClass};
use crate::dotnet::replacement::Replacement;
use crate::limits::Limit;
use crate::op::Op;
use bumpalo::Bump;
use bumpalo::collections::String as BumpString;

/// A call of `Replace`, with what is constant prepared.
#[derive(Debug)]
pub(crate) struct Replace {
    pub(crate) source: Op,
    pub(crate) mode: Mode,
}

#[derive(Debug)]
pub(crate) enum Mode {
    /// Every `old` in the source becomes `new`.
    Literal { old: Op, new: Op },
    /// Every `old` in the template becomes the source.
    Template { old: Op, template: Op },
    /// Every match in the source becomes the replacement.
    Regex { pattern: PatternSource, replacement: ReplacementSource },
    /// In every match in the source, what the group holds becomes `new`.
    Group { pattern: PatternSource, group: GroupSource, new: Op },
    /// The source if it has a value, else what the group of the first match in another text holds.
    Fallback { pattern: PatternSource, group: GroupSource, other: Op },
}

#[derive(Debug)]
pub(crate) enum PatternSource {
    Prepared(Box<Pattern>),
    Evaluated(Op),
}

#[derive(Debug)]
pub(crate) enum ReplacementSource {
    Prepared(Replacement),
    Evaluated(Op),
}

#[derive(Debug)]
pub(crate) enum GroupSource {
    /// The groups of that name in the prepared pattern.
    Prepared(Vec<usize>),
    Evaluated(Op),
}

impl Replace {
    /// Gives the set of characters that is taken out of the source, if that is all that is done.
    #[inline]
    pub(crate) fn removed(&self) -> Option<&SingleClass> {
        match &self.mode {
            Mode::Regex {
                pattern: PatternSource::Prepared(pattern),
                replacement: ReplacementSource::Prepared(replacement),
            } if replacement.literal() == Some("") => pattern.single_class(),
            _ => None,
        }
    }

    /// Calls `visit` for every operation directly below the call.
    pub(crate) fn operands<'o>(&'o self, visit: &mut dyn FnMut(&'o Op)) {
        visit(&self.source);
        match &self.mode {
            Mode::Literal { old, new: other } | Mode::Template { old, template: other } => {
                visit(old);
                visit(other);
            }
            Mode::Regex { pattern, replacement } => {
                pattern.operand(visit);
                if let ReplacementSource::Evaluated(op) = replacement {
                    visit(op);
                }
            }
            Mode::Group { pattern, group, new: op } | Mode::Fallback { pattern, group, other: op } => {
                pattern.operand(visit);
                if let GroupSource::Evaluated(op) = group {
                    visit(op);
                }
                visit(op);
            }
        }
    }
}

impl PatternSource {
    fn operand<'o>(&'o self, visit: &mut dyn FnMut(&'o Op)) {
        if let Self::Evaluated(op) = self {
            visit(op);
        }
    }
}

/// Where replaced text goes, and how much of it may be made.
#[derive(Clone, Copy)]
pub(crate) struct Output<'a> {
    pub(crate) bump: &'a Bump,
    pub(crate) bytes_max: usize,
}

impl<'a> Output<'a> {
    fn begin(self, text: &str) -> Result<BumpString<'a>, Limit> {
        let out = BumpString::with_capacity_in(text.len(), self.bump);
        self.checked(&out)?;
        Ok(out)
    }

    fn checked(self, out: &BumpString<'_>) -> Result<(), Limit> {
        if out.len() > self.bytes_max { Err(Limit::TextBytes) } else { Ok(()) }
    }
}

/// Puts `new` in the place of every `old`; lends the text back if there is none.
pub(crate) fn replace_text<'a>(
    text: &'a str,
    old: &str,
    new: &str,
    output: Output<'a>,
) -> Result<&'a str, Limit> {
    if old.is_empty() || !text.contains(old) {
        return Ok(text);
    }
    let mut out = output.begin(text)?;
    for (index, piece) in text.split(old).enumerate() {
        if index > 0 {
            out.push_str(new);
        }
        out.push_str(piece);
        output.checked(&out)?;
    }
    Ok(out.into_bump_str())
}

/// Puts the replacement in the place of every match; lends the text back if there is none.
pub(crate) fn replace_matches<'a>(
    text: &'a str,
    pattern: &Pattern,
    replacement: &Replacement,
    output: Output<'a>,
) -> Result<&'a str, Limit> {
    if let (Some(class), Some(new)) = (pattern.single_class(), replacement.literal())
        && text.is_ascii()
    {
        return replace_class(text, class, new, output);
    }
    let mut search = pattern.search(text, replacement.captures());
    let Some(mut found) = search.next()? else { return Ok(text) };
    let mut out = output.begin(text)?;
    let mut copied = 0;
    loop {
        out.push_str(&text[copied..found.0]);
        replacement.expand(&search, text, found, |piece| out.push_str(piece));
        output.checked(&out)?;
        copied = found.1;
        match search.next()? {
            Some(next) => found = next,
            None => break,
        }
    }
    out.push_str(&text[copied..]);
    Ok(out.into_bump_str())
}

/// Does the same for ASCII text and a set of characters, without a regular expression.
fn replace_class<'a>(
    text: &'a str,
    class: &SingleClass,
    new: &str,
    output: Output<'a>,
) -> Result<&'a str, Limit> {
    let bytes = text.as_bytes();
    let Some(first) = bytes.iter().position(|byte| class.holds(*byte)) else { return Ok(text) };
    if new.is_empty() {
        return remove_class(text, first, class, output);
    }
    let mut out = output.begin(text)?;
    out.push_str(&text[..first]);
    let mut in_run = false;
    for byte in &bytes[first..] {
        let holds = class.holds(*byte);
        if !holds {
            out.push(char::from(*byte));
        } else if !(in_run && class.repeats) {
            out.push_str(new);
            output.checked(&out)?;
        }
        in_run = holds;
    }
    Ok(out.into_bump_str())
}

/// Takes the characters of the set out of ASCII text, of which the first stands at `first`.
fn remove_class<'a>(
    text: &'a str,
    first: usize,
    class: &SingleClass,
    output: Output<'a>,
) -> Result<&'a str, Limit> {
    if text.len() > output.bytes_max {
        return Err(Limit::TextBytes);
    }
    let kept = output.bump.alloc_slice_copy(text.as_bytes());
    let mut length = first;
    for byte in &text.as_bytes()[first..] {
        // Written in any case and kept by counting it, which needs no branch.
        kept[length] = *byte;
        length += usize::from(!class.holds(*byte));
    }
    // INVARIANT: any part of ASCII text is text.
    Ok(std::str::from_utf8(&kept[..length]).unwrap_or(text))
}

/// Puts `new` in the place of what the group holds in every match; lends the text back if there is none.
pub(crate) fn replace_group<'a>(
    text: &'a str,
    pattern: &Pattern,
    group: &[usize],
    new: &str,
    output: Output<'a>,
) -> Result<&'a str, Limit> {
    let mut search = pattern.search(text, Captures::Wanted);
    let mut out = output.begin(text)?;
    let mut copied = 0;
    while search.next()?.is_some() {
        // A group inside a look-around may lie in text that has been copied already.
        let Some((start, end)) = search.last_of(group).filter(|(start, _)| *start >= copied) else {
            continue;
        };
        out.push_str(&text[copied..start]);
        out.push_str(new);
        output.checked(&out)?;
        copied = end;
    }
    out.push_str(&text[copied..]);
    Ok(out.into_bump_str())
}

/// Gives what the group holds in the first match.
pub(crate) fn first_group<'a>(
    text: &'a str,
    pattern: &Pattern,
    group: &[usize],
) -> Result<Option<&'a str>, Limit> {
    let mut search = pattern.search(text, Captures::Wanted);
    if search.next()?.is_none() {
        return Ok(None);
    }
    Ok(search.last_of(group).map(|(start, end)| &text[start..end]))
}
