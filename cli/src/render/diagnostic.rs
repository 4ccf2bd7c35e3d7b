//! Faults in a text, with the line and what to do about it.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use provisio::model::{Diagnostic, Severity};

use crate::output::Output;

/// Shows faults of a file: in colour to a person, plainly to anything else.
pub(crate) fn show(faults: &[Diagnostic], path: &Path, text: &str, output: &mut Output) {
    let path = path.display().to_string();
    for fault in faults {
        if output.is_terminal() {
            output.line(styled(fault, &path, text));
        } else {
            output.text(fault.render(&path, text));
        }
        output.gap();
    }
}

fn styled(fault: &Diagnostic, path: &str, text: &str) -> String {
    let level = match fault.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => Level::NOTE,
    };
    // A place outside of the text would be a fault of ours: show the end of the text then.
    let boundary = |at: usize| (at <= text.len() && text.is_char_boundary(at)).then_some(at);
    let start = boundary(fault.span.start).unwrap_or(text.len());
    let end = boundary(fault.span.end).unwrap_or(start).max(start);
    // What is missing in the file has its beginning as its place, and what goes over lines its first line.
    let end = text[start..end].find('\n').map_or(end, |length| start + length);
    let snippet = Snippet::source(text).path(path).annotation(AnnotationKind::Primary.span(start..end));
    let mut group = level.primary_title(&*fault.message).id(fault.code).element(snippet);
    if let Some(help) = &fault.help {
        group = group.element(Level::HELP.message(&**help));
    }
    Renderer::styled().render(&[group])
}
