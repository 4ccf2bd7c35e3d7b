//! Why a command ended early.

use crate::exit::Trouble;
use crate::output::Output;
use crate::render::{count, diagnostic};

/// Shows why a command ended early.
pub(crate) fn show(trouble: &Trouble, output: &mut Output) {
    match trouble {
        Trouble::Faults(files) => {
            let number: u64 = files.iter().map(|it| it.faults.len() as u64).sum();
            for file in files {
                diagnostic::show(&file.faults, &file.path, &file.text, output);
            }
            output.line(format_args!("{}; nothing was done", count(number, "fault", "faults")));
        }
        Trouble::Message(message) => {
            output.line(format_args!("error: {}", message.text));
            for cause in &message.causes {
                output.line(format_args!("  because: {cause}"));
            }
            if let Some(help) = &message.help {
                output.line(format_args!("  help: {help}"));
            }
        }
    }
}
