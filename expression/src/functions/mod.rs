//! Which functions does the language have? Their descriptors, grouped as the specification groups them.

mod cloud_sync;
mod date;
mod encoding;
mod list;
mod logic;
mod number;
mod role;
mod text;

use crate::error::Fault;
use crate::function::{Arguments, Form, Function, Implementation, Yields};
use crate::value::Value;

/// Gives all functions of the language.
pub(crate) fn all() -> Vec<Function> {
    [
        text::functions(),
        encoding::functions(),
        logic::functions(),
        number::functions(),
        date::functions(),
        list::functions(),
        role::functions(),
        cloud_sync::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn form(name: &'static str, yields: Yields, form: Form) -> Function {
    Function::of_language(name, yields, Implementation::Form(form))
}

fn eager(
    name: &'static str,
    yields: Yields,
    function: for<'x, 'a> fn(&Arguments<'x, 'a>) -> Result<Value<'a>, Fault>,
) -> Function {
    Function::of_language(name, yields, Implementation::Eager(function))
}
