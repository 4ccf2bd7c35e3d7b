//! Where text goes: a locked stream that may be closed by its reader at any time.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal as _, Write};

/// Standard output or standard error. Once its reader is gone, what is written is dropped: a run that is under
/// way must not end because somebody looked at its first lines only.
pub(crate) struct Output {
    stream: BufWriter<Box<dyn Write>>,
    is_gone: bool,
    is_terminal: bool,
}

impl Output {
    /// Writes to standard output.
    pub(crate) fn stdout() -> Self {
        let stream = io::stdout();
        let is_terminal = stream.is_terminal();
        Self::of(Box::new(stream.lock()), is_terminal)
    }

    /// Writes to standard error.
    pub(crate) fn stderr() -> Self {
        let stream = io::stderr();
        let is_terminal = stream.is_terminal();
        Self::of(Box::new(stream), is_terminal)
    }

    fn of(stream: Box<dyn Write>, is_terminal: bool) -> Self {
        Self { stream: BufWriter::new(stream), is_gone: false, is_terminal }
    }

    /// Tells whether a person reads it.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes text as it is.
    pub(crate) fn text(&mut self, text: impl fmt::Display) {
        self.print(format_args!("{text}"));
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: impl fmt::Display) {
        self.print(format_args!("{line}\n"));
    }

    /// Writes an empty line.
    pub(crate) fn gap(&mut self) {
        self.print(format_args!("\n"));
    }

    /// Writes a JSON document.
    pub(crate) fn json(&mut self, document: &impl serde::Serialize) {
        // What is written here is made of text and numbers, which JSON can always hold.
        let text = serde_json::to_string_pretty(document).unwrap_or_default();
        self.line(text);
    }

    /// Sends what is buffered.
    pub(crate) fn finish(&mut self) {
        if !self.is_gone {
            self.is_gone = self.stream.flush().is_err();
        }
    }

    fn print(&mut self, text: fmt::Arguments<'_>) {
        if !self.is_gone {
            self.is_gone = self.stream.write_fmt(text).is_err();
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_gone {
            self.is_gone = self.stream.write_all(bytes).is_err();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.finish();
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.finish();
    }
}
