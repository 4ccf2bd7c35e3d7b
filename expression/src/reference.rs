//! What does a rule author look up? The reference page, and whether its examples are true; both made from the
//! descriptors.

use crate::context::EvalContext;
use crate::error::ErrorKind;
use crate::function::{Accepts, Function, FunctionProfile, Implementation, Presence, Purity, Yields};
use crate::instant::Instant;
use crate::names::Names;
use crate::program::Program;
use crate::settings::{CompileSettings, Profile};
use crate::table::FunctionTable;
use crate::value::{Flow, Value};
use bumpalo::Bump;
use provisio_model::Severity;
use std::fmt::Write as _;

const INTRODUCTION: &str = "\
# Expression reference

Made from the function descriptors; do not edit. `UPDATE_REFERENCE=1 cargo test -p provisio-expression` makes it anew.

Parameters in brackets may be omitted by leaving their position empty: `Replace([mail], \"-\", , , \"_\", , )`. One
with `…` may be given several times. Names of functions and words ignore letter case; names of attributes do not.

Beside calls there are attributes `[name]`, strings `\"text\"` with the escapes `\\\"` and `\\\\`, numbers, `&H` hexadecimal
numbers, variables `%Name%`, the words `True`, `False`, `NULL`, `AuthoritativeNull`, `IgnoreAttributeFlow`,
`IgnoreObjectFlow`, `vbTextCompare`, `vbBinaryCompare`, `Unicode`, `UTF8`, `ASCII`, the comparisons `=` `<>` `<` `<=` `>`
`>=` (not chained), joining with `&`, and parentheses. A comparison with null is false; two numbers compare as numbers,
everything else as text, letter case counting.
";

impl FunctionTable {
    /// Writes the reference page as Markdown.
    pub fn reference(&self) -> String {
        let mut page = INTRODUCTION.to_owned();
        for function in self.iter() {
            // Writing to a string cannot fail.
            let _ = write_function(&mut page, function);
        }
        page
    }

    /// Runs the examples of all functions and tells which are not true.
    pub fn failing_examples(&self) -> Vec<String> {
        let mut failing = Vec::new();
        for function in self.iter() {
            for example in function.examples() {
                let found = self.run_example(&example.expression);
                if found != example.result {
                    failing
                        .push(format!("`{}` gives `{found}`, not `{}`", example.expression, example.result));
                }
            }
        }
        failing
    }

    fn run_example(&self, expression: &str) -> String {
        let settings = CompileSettings { profile: Profile::CloudSync, ..CompileSettings::default() };
        let program = match Program::compile(expression, &Names::default(), self, &settings) {
            Ok((program, _)) => program,
            Err(faults) => {
                let errors = faults.iter().filter(|fault| fault.severity == Severity::Error);
                let kind = errors.filter_map(|fault| ErrorKind::of_code(fault.code)).next();
                return format!("error: {}", kind.map_or("unknown", ErrorKind::name));
            }
        };
        let bump = Bump::new();
        let record: [Value<'_>; 0] = [];
        let context = EvalContext::at(Instant::default());
        match program.evaluate(&record[..], &context, &bump) {
            Ok(Flow::Value(value)) => shown(value, &bump),
            Ok(Flow::IgnoreAttribute) => "IgnoreAttributeFlow".to_owned(),
            Ok(Flow::IgnoreObject) => "IgnoreObjectFlow".to_owned(),
            Err(error) => format!("error: {}", error.kind().name()),
        }
    }
}

fn shown<'a>(value: Value<'a>, bump: &'a Bump) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::List(values) => values.iter().map(|value| shown(*value, bump)).collect::<Vec<_>>().join(" | "),
        other => other.text(bump).unwrap_or(other.kind_name()).to_owned(),
    }
}

fn write_function(page: &mut String, function: &Function) -> std::fmt::Result {
    writeln!(page, "\n## {}\n", function.name())?;
    writeln!(page, "`{}` gives {}.\n", function.signature(), yields_name(function.yields()))?;
    writeln!(page, "{}", function.description())?;
    match function.profile() {
        FunctionProfile::Everywhere => {}
        FunctionProfile::CloudSync => writeln!(page, "\nDocumented for cloud sync only.")?,
        FunctionProfile::Undocumented => {
            writeln!(page, "\nKnown from published expressions; not documented.")?;
        }
    }
    if function.purity == Purity::Contextual && !matches!(function.implementation, Implementation::Custom(_))
    {
        writeln!(page, "\nDepends on more than its arguments.")?;
    }
    if !function.parameters().is_empty() {
        writeln!(page, "\n| parameter | takes | |\n|---|---|---|")?;
        for parameter in function.parameters() {
            let presence = match parameter.presence {
                Presence::Required => String::new(),
                Presence::Optional => "may be omitted".to_owned(),
                Presence::Repeated { minimum: 0 } => "any number".to_owned(),
                Presence::Repeated { minimum } => format!("at least {minimum}"),
            };
            writeln!(page, "| {} | {} | {presence} |", parameter.name, accepts_name(parameter.accepts))?;
        }
    }
    if !function.examples().is_empty() {
        writeln!(page, "\n| example | result |\n|---|---|")?;
        for example in function.examples() {
            // A bar would end the cell even inside backticks.
            let cell = |text: &str| text.replace('|', "\\|");
            let result = if example.result.is_empty() {
                "(empty)".to_owned()
            } else {
                format!("`{}`", cell(&example.result))
            };
            writeln!(page, "| `{}` | {result} |", cell(&example.expression))?;
        }
    }
    Ok(())
}

fn accepts_name(accepts: Accepts) -> &'static str {
    match accepts {
        Accepts::Flow => "any value or flow marker",
        Accepts::TextFlow => "text or flow marker",
        Accepts::Any => "any value",
        Accepts::Text => "text",
        Accepts::Integer => "whole number",
        Accepts::Boolean => "condition",
        Accepts::Date => "date",
        Accepts::Interval => "`yyyy`, `m`, `d`, `ww`, `h`, `n` or `s`",
        Accepts::List => "list or single value",
        Accepts::Texts => "text or list of texts",
        Accepts::Roles => "app role assignments",
        Accepts::Binary => "bytes",
    }
}

fn yields_name(yields: Yields) -> &'static str {
    match yields {
        Yields::Text => "text",
        Yields::Integer => "a whole number",
        Yields::Boolean => "a boolean",
        Yields::Date => "a date as text",
        Yields::List => "a list",
        Yields::Argument => "one of its arguments",
        Yields::Values => "a list of the values of its argument",
        Yields::Element => "one value of its argument",
        Yields::Never => "nothing",
        Yields::Any => "a value",
    }
}
