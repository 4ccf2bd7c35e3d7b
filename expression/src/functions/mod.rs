//! Which functions does the language have? Their descriptors, grouped as the specification groups them.

mod logic;
mod text;

use crate::function::{Arguments, Form, Function, Implementation, Yields};
use crate::error::Fault;
use crate::value::Value;

/// Gives all functions of the language.
pub(crate) fn all() -> Vec<Function> {
    let mut functions = text::functions();
    functions.extend(logic::functions());
    functions
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
