//! What reading carries along: the text, and what was found wrong with it so far.

use provisio_model::Diagnostic;

use super::code;

/// The most faults that are kept; the rest is counted. Showing a fault costs a pass over the text.
const FAULTS_MAX: usize = 500;

/// The text that is being read and the faults found in it.
pub(super) struct Context<'t> {
    /// The whole text; every span is a place in it.
    pub(super) text: &'t str,
    faults: Vec<Diagnostic>,
    left_out: usize,
}

impl<'t> Context<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, faults: Vec::new(), left_out: 0 }
    }

    pub(super) fn report(&mut self, fault: Diagnostic) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.left_out += 1;
        }
    }

    /// Tells whether nothing was found wrong so far.
    pub(super) fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// Returns `result` if nothing was wrong, else the faults in the order of the text.
    pub(super) fn finish<T>(mut self, result: Option<T>) -> Result<T, Vec<Diagnostic>> {
        if let Some(result) = result.filter(|_| self.is_clean()) {
            return Ok(result);
        }
        self.faults.sort_by_key(|fault| fault.span.start);
        if self.left_out > 0 {
            let end = self.text.len();
            let message = format!("{} more faults are not shown", self.left_out);
            self.faults.push(
                Diagnostic::error(code::TOO_LARGE, end..end, message)
                    .with_help("mend the ones above and load the file again"),
            );
        }
        Err(self.faults)
    }
}
