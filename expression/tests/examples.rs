//! The examples in the descriptors are true, and an embedder can describe functions in the same way.

use bumpalo::Bump;
use provisio_expression::{
    Accepts, CompileSettings, EvalContext, Fault, Flow, Function, FunctionTable, Names, Parameter, Program,
    RegisterError, Value, Yields,
};

fn shout() -> Function {
    Function::new("Shout", Yields::Text, |arguments| {
        let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
        let times = arguments.integer(1)?.unwrap_or(1);
        let Ok(times @ 1..=3) = usize::try_from(times) else {
            return Err(Fault::out_of_range("one to three times").in_argument(1));
        };
        Ok(Value::Text(arguments.store(&format!("{text}{}", "!".repeat(times)))?))
    })
    .parameter(Parameter::required("text", Accepts::Text))
    .parameter(Parameter::optional("times", Accepts::Integer))
    .summary("Adds exclamation marks.")
    .example(r#"Shout("hi", 2)"#, "hi!!")
    .example(r#"Shout("hi", 9)"#, "error: out_of_range")
}

#[test]
fn every_example_of_every_function_is_true() {
    let mut functions = FunctionTable::standard();
    functions.register(shout()).expect("a new name");
    assert_eq!(functions.failing_examples(), Vec::<String>::new());
    functions
        .register(Function::new("Wrong", Yields::Any, |_| Ok(Value::Int(1))).example("Wrong()", "2"))
        .expect("new");
    assert_eq!(functions.failing_examples(), ["`Wrong()` gives `1`, not `2`"]);
}

#[test]
fn a_function_of_an_embedder_is_called_like_any_other() {
    let mut functions = FunctionTable::standard();
    functions.register(shout()).expect("a new name");
    let (program, _) =
        Program::compile("SHOUT([a])", &Names::new(["a"]), &functions, &CompileSettings::default())
            .expect("correct");
    let bump = Bump::new();
    let context = EvalContext::at(provisio_expression::Instant::default());
    let values = [Value::Text("hey")];
    assert_eq!(program.evaluate(&values[..], &context, &bump), Ok(Flow::Value(Value::Text("hey!"))));
}

#[test]
fn what_cannot_be_called_cannot_be_registered() {
    let mut functions = FunctionTable::standard();
    let named = |name: &'static str| Function::new(name, Yields::Any, |_| Ok(Value::Null));
    assert_eq!(functions.register(named("tolower")), Err(RegisterError::Exists("tolower".to_owned())));
    assert_eq!(functions.register(named("a b")), Err(RegisterError::Name("a b".to_owned())));
    let misplaced = named("F")
        .parameter(Parameter::repeated("x", Accepts::Any, 0))
        .parameter(Parameter::required("y", Accepts::Any));
    assert_eq!(functions.register(misplaced), Err(RegisterError::Parameter("x".to_owned())));
}
