//! What is wrong with a text that somebody wrote: a mapping, a job file, an expression.
//!
//! A [`Diagnostic`] is data; showing it is separate. [`Diagnostic::render`] gives a plain text with the
//! offending line, enough for logs and tests; a command line may draw it in colour from the same data.

use std::fmt;
use std::ops::Range;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text is fine; it could be better.
    Advice,
    /// The text is usable; somebody should look.
    Warning,
    /// The text is refused.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Advice => "advice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One fault in a text, with its place and, where known, its cure.
///
/// Messages are lower case, without a full stop, with user text in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Stable code such as `X0102` (expression) or `S0203` (mapping spec).
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where, as byte offsets into the text that was read. Empty at the place where something is missing.
    pub span: Range<usize>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Makes a diagnostic at `span`.
    pub fn new(
        code: &'static str,
        severity: Severity,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self { code, severity, message: message.into(), span, help: None }
    }

    /// Makes an error at `span`.
    pub fn error(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, span, message)
    }

    /// Makes a warning at `span`.
    pub fn warning(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, span, message)
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Moves the span by `offset` bytes, for a text that is embedded in a larger one.
    #[must_use]
    pub fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.start + offset..self.span.end + offset;
        self
    }

    /// Shows the fault with the file name, line, column and the offending line of `text`. Of a very long line
    /// only the part around the fault is shown.
    pub fn render(&self, file: &str, text: &str) -> String {
        use fmt::Write as _;
        let place = Place::of(text, self.span.start);
        let shown = Excerpt::of(place.line_text, place.column, self.span.len());
        let mut out = format!("{}[{}]: {}\n", self.severity, self.code, self.message);
        let margin = " ".repeat(place.line.to_string().len());
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{margin}--> {file}:{}:{}", place.line, place.column);
        let _ = writeln!(out, "{margin} |");
        let _ = writeln!(out, "{} | {}", place.line, shown.text);
        let _ = writeln!(out, "{margin} | {}{}", " ".repeat(shown.before), "^".repeat(shown.marked));
        if let Some(help) = &self.help {
            let _ = writeln!(out, "{margin} = help: {help}");
        }
        out
    }
}

/// The part of a line that is shown.
struct Excerpt {
    text: String,
    /// Characters before the mark.
    before: usize,
    /// Characters marked.
    marked: usize,
}

impl Excerpt {
    /// The longest line that is shown whole, in characters.
    const LONGEST: usize = 160;
    /// Of a longer line, how much is shown before the fault.
    const LEAD: usize = 60;

    fn of(line: &str, column: usize, span_bytes: usize) -> Self {
        let characters: Vec<char> = line.chars().collect();
        let at = column - 1;
        let rest: String = characters[at.min(characters.len())..].iter().collect();
        let mut end = span_bytes.min(rest.len());
        while !rest.is_char_boundary(end) {
            end += 1;
        }
        let marked = rest[..end].chars().count().max(1);
        if characters.len() <= Self::LONGEST {
            return Self { text: line.to_owned(), before: at, marked };
        }
        let start = at.saturating_sub(Self::LEAD);
        let end = (start + Self::LONGEST).min(characters.len());
        let lead = if start > 0 { "…" } else { "" };
        let tail = if end < characters.len() { "…" } else { "" };
        let middle: String = characters[start..end].iter().collect();
        let before = at - start + lead.chars().count();
        Self {
            text: format!("{lead}{middle}{tail}"),
            before,
            marked: marked.min(end.saturating_sub(at)).max(1),
        }
    }
}

/// A line and column, both from 1, counted in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// Line number from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// The whole line, without its line end.
    pub line_text: &'a str,
}

impl<'a> Place<'a> {
    /// Finds the place of byte `offset` in `text`; an offset past the end is the end.
    pub fn of(text: &'a str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let end = text[offset..].find('\n').map_or(text.len(), |at| offset + at);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[start..].chars().count() + 1,
            line_text: text[start..end].trim_end_matches('\r'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rendering_shows_the_line_and_underlines_the_span_in_characters() {
        let text = "a = 1\nname = \"Jöin([x])\"\n";
        let start = text.find("Jöin").expect("present");
        let diagnostic = Diagnostic::error("X0101", start..start + "Jöin".len(), "unknown function `Jöin`")
            .with_help("did you mean `Join`?");
        assert_eq!(
            diagnostic.render("mapping.toml", text),
            "error[X0101]: unknown function `Jöin`\n --> mapping.toml:2:9\n  |\n2 | name = \"Jöin([x])\"\n  |         ^^^^\n  = help: did you mean `Join`?\n"
        );
    }

    #[test]
    fn a_span_past_the_end_is_shown_at_the_end() {
        let diagnostic = Diagnostic::error("X0001", 90..95, "expression ends too early");
        assert!(diagnostic.render("e", "ab").contains("--> e:1:3"));
    }

    #[test]
    fn of_a_very_long_line_the_part_around_the_fault_is_shown() {
        let text = "x".repeat(1 << 20);
        let shown = Diagnostic::error("X0001", 70_000..900_000, "too long").render("e", &text);
        assert!(shown.contains("--> e:1:70001") && shown.len() < 1_000, "{shown}");
        assert_eq!(shown.matches('^').count(), 100);
    }
}
