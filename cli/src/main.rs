//! The `provisio` command: reads a job file, runs the engine, prints what came of it.
//!
//! `arguments` says what can be asked; `job` turns a job file into a job; `commands` does what is asked and gives
//! facts (`facts`), except for expressions, which `eval` evaluates; `render` shows facts, plans and faults; `exit`
//! is what the caller's script sees. Results go to standard output, everything else to standard error.

mod arguments;
mod commands;
mod eval;
mod exit;
mod facts;
mod interrupt;
mod job;
mod monitoring;
mod output;
mod plan_file;
mod render;
mod request;
#[cfg(feature = "webhook")]
mod webhook;

use std::process::ExitCode;

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::output::Output;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be done about a terminal that is gone.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    start_log(&arguments);
    let mut output = Output::stdout();
    let exit = match commands::execute(&arguments, &mut output) {
        Ok(exit) => exit,
        Err(trouble) => {
            render::trouble::show(&trouble, &mut Output::stderr());
            trouble.exit()
        }
    };
    output.finish();
    exit.into()
}

fn start_log(arguments: &Arguments) {
    if let Some(level) = arguments.log {
        tracing_subscriber::fmt().with_max_level(level.filter()).with_writer(std::io::stderr).init();
    }
}
