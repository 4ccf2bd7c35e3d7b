//! Logic and flow: which value flows, and whether one does.

use super::{eager, form};
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Form, Function, FunctionProfile, Parameter, Purity, Yields};
use crate::op::Test;
use crate::value::Value;

pub(super) fn functions() -> Vec<Function> {
    let expression = || Parameter::required("expression", Accepts::Any);
    vec![
        form("IIF", Yields::Argument, Form::Iif)
            .parameter(Parameter::required("condition", Accepts::Boolean).stored_as("one"))
            .parameter(Parameter::required("valueIfTrue", Accepts::Flow).stored_as("two"))
            .parameter(Parameter::required("valueIfFalse", Accepts::Flow).stored_as("three"))
            .summary("Chooses between two values; only the chosen one is evaluated.")
            .example(r#"IIF("USA" = "USA", "yes", "no")"#, "yes")
            .example(r#"IIF(3 > 10, "more", "less")"#, "less"),
        form("Switch", Yields::Argument, Form::Switch)
            .parameter(Parameter::required("source", Accepts::Text))
            .parameter(Parameter::optional("defaultValue", Accepts::Flow))
            .parameter(Parameter::repeated("key", Accepts::Text, 0).stored_as("switchValue"))
            .parameter(Parameter::repeated("value", Accepts::Flow, 0).stored_as("switchValue"))
            .summary(
                "Gives the value of the first key that equals the source, else the default; a null source \
                 equals the key `\"\"`.",
            )
            .example(r#"Switch("QLD", "Sydney", "NSW", "Sydney", "QLD", "Brisbane")"#, "Brisbane")
            .example(r#"Switch("", , "", "none")"#, "none"),
        form("Coalesce", Yields::Argument, Form::Coalesce)
            .parameter(Parameter::repeated("source", Accepts::Flow, 1))
            .summary("Gives the first argument that is not null; an empty text is not null.")
            .example(r#"Coalesce(NULL, "", "last")"#, ""),
        form("Not", Yields::Boolean, Form::Test(Test::Not))
            .parameter(Parameter::required("source", Accepts::Boolean))
            .summary("Gives false for true or `\"True\"`, and true for everything else, null included.")
            .example(r#"Not("True")"#, "False")
            .example(r#"Not("yes")"#, "True"),
        eager("CBool", Yields::Boolean, |arguments| Ok(Value::Bool(arguments.value(0).is_true())))
            .parameter(Parameter::required("expression", Accepts::Boolean))
            .summary("Gives the boolean form: true for true, a number other than 0 and `\"true\"`.")
            .example(r#"CBool("a" = "a")"#, "True")
            .example("CBool(0)", "False"),
        form("IsNull", Yields::Boolean, Form::Test(Test::IsNull))
            .parameter(expression())
            .summary("Says whether there is no value; an empty text is one.")
            .example(r#"IsNull("")"#, "False"),
        form("IsNullOrEmpty", Yields::Boolean, Form::Test(Test::IsNullOrEmpty))
            .parameter(expression())
            .summary("Says whether there is no value or an empty one.")
            .example(r#"IsNullOrEmpty("")"#, "True"),
        form("IsPresent", Yields::Boolean, Form::Test(Test::IsPresent))
            .parameter(expression())
            .summary("Says whether there is a value that is not empty.")
            .example(r#"IsPresent("x")"#, "True"),
        eager("IsString", Yields::Boolean, |arguments| {
            let single = matches!(
                arguments.value(0),
                Value::Text(_) | Value::Int(_) | Value::Decimal(_) | Value::Bool(_)
            );
            Ok(Value::Bool(single))
        })
        .parameter(expression())
        .summary(
            "Says whether the value can be text: texts, numbers and booleans can, null and lists cannot.",
        )
        .example(r#"IsString("")"#, "True")
        .example("IsString(NULL)", "False"),
        form("IgnoreFlowIfNullOrEmpty", Yields::Argument, Form::IgnoreFlowIfNullOrEmpty)
            .parameter(Parameter::required("expression", Accepts::Flow))
            .summary("Gives the value, or leaves the attribute alone when there is none or an empty one.")
            .example(r#"IgnoreFlowIfNullOrEmpty("Sales")"#, "Sales")
            .example(r#"IgnoreFlowIfNullOrEmpty("")"#, "IgnoreAttributeFlow"),
        form("Redact", Yields::Argument, Form::Redact)
            .parameter(Parameter::required("value", Accepts::Flow))
            .summary("Gives the value itself; logs and traces show `[Redact]` instead.")
            .example(r#"Redact("x")"#, "x"),
        form("SelectUniqueValue", Yields::Argument, Form::SelectUniqueValue)
            .parameter(Parameter::repeated("rule", Accepts::TextFlow, 2))
            .purity(Purity::Contextual)
            .summary(
                "Gives the first candidate that the target does not use yet; may only be the outermost call.",
            )
            .example(r#"SelectUniqueValue("a.lee", "an.lee")"#, "a.lee"),
        eager("Error", Yields::Never, error)
            .parameter(Parameter::required("message", Accepts::Text))
            .purity(Purity::Contextual)
            .only_in(FunctionProfile::CloudSync)
            .summary("Fails the object with a message.")
            .example(r#"IIF(IsPresent("x"), "x", Error("name is required"))"#, "x")
            .example(r#"Error("name is required")"#, "error: user_error"),
    ]
}

fn error<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    Err(Fault::user_error(arguments.text(0)?.unwrap_or_default()))
}
