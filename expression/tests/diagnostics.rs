//! What a rule author is told: code, place, words and cure.

use provisio_expression::{
    AttributeNames, CompileSettings, ExpectedResult, FunctionTable, Profile, Program, SourceAttribute,
    SourceSchema, ValueKind,
};

struct Schema;

impl SourceSchema for Schema {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let slot = self.names().position(|known| known == name)?;
        let kind = if name == "hired" { ValueKind::Timestamp } else { ValueKind::Text };
        Some(SourceAttribute {
            slot: u16::try_from(slot).ok()?,
            kind,
            multi_valued: name == "proxyAddresses",
        })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["givenName", "surname", "proxyAddresses", "hired"].into_iter())
    }
}

/// Compiles and renders all diagnostics, one after the other.
fn rendered(text: &str, names: AttributeNames, result: Option<ExpectedResult>) -> String {
    let settings = CompileSettings::new(Profile::App, names, result);
    let diagnostics = match Program::compile(text, &Schema, &FunctionTable::standard(), &settings) {
        Ok((_, warnings)) => warnings,
        Err(faults) => faults,
    };
    diagnostics.iter().map(|diagnostic| diagnostic.render("e", text)).collect()
}

/// Compares the first lines and the help of diagnostics: `code start..end message (help)`.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_with(text, AttributeNames::Strict, None, expected);
}

#[track_caller]
fn check_with(text: &str, names: AttributeNames, result: Option<ExpectedResult>, expected: &[&str]) {
    let settings = CompileSettings::new(Profile::App, names, result);
    let found = match Program::compile(text, &Schema, &FunctionTable::standard(), &settings) {
        Ok((_, warnings)) => warnings,
        Err(faults) => faults,
    };
    let lines: Vec<String> = found
        .iter()
        .map(|fault| {
            let help = fault.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} `{}` {}{help}", fault.code, &text[fault.span.clone()], fault.message)
        })
        .collect();
    assert_eq!(lines, expected, "{text}");
}

#[test]
fn all_faults_are_told_at_once() {
    assert_eq!(
        rendered("ToLowre([givenNam]) & Mid(\"x\", \"y\")", AttributeNames::Strict, None),
        "error[X0201]: unknown function `ToLowre`
 --> e:1:1
  |
1 | ToLowre([givenNam]) & Mid(\"x\", \"y\")
  | ^^^^^^^
  = help: did you mean `ToLower`?
error[X0301]: unknown attribute `[givenNam]`
 --> e:1:9
  |
1 | ToLowre([givenNam]) & Mid(\"x\", \"y\")
  |         ^^^^^^^^^^
  = help: did you mean `[givenName]`?
error[X0501]: `start` of `Mid` is not a whole number
 --> e:1:32
  |
1 | ToLowre([givenNam]) & Mid(\"x\", \"y\")
  |                                ^^^
"
    );
}

#[test]
fn the_parser_goes_on_after_a_fault() {
    check(
        "Join('', [givenName] [surname], Foo(, )",
        &[
            "X0102 `Join` `Join` has no closing `)` (add `)` after the last argument)",
            "X0101 `'` `'` has no meaning here (strings take straight double quotes: `\"text\"`)",
            "X0101 `'` `'` has no meaning here (strings take straight double quotes: `\"text\"`)",
            "X0105 `[surname]` expected `,` or `)` in the arguments of `Join`, found attribute `[surname]` (separate arguments with `,`)",
            "X0201 `Foo` unknown function `Foo` (see the expression reference for the functions there are)",
        ],
    );
    check("1 = 2 = 3", &["X0106 `=` comparisons cannot be chained (nest `IIF` calls to combine conditions)"]);
    check(
        "givenName",
        &[
            "X0107 `givenName` unknown word `givenName` (write `[givenName]` for an attribute, `\"givenName\"` for text, `givenName(…)` for a function)",
        ],
    );
    check(
        "IgnoreAtributeFlow",
        &[
            "X0107 `IgnoreAtributeFlow` unknown word `IgnoreAtributeFlow` (did you mean `IgnoreAttributeFlow`?)",
        ],
    );
    check(
        "IIF(\"a\" = , 1, 2)",
        &[
            "X0105 `,` expected an operand, found `,` (expected a function call, an attribute in `[…]`, a string in `\"…\"`, a number or a word)",
        ],
    );
}

#[test]
fn arity_names_what_is_missing_and_what_is_expected() {
    check(
        "IIF([surname], 1)",
        &[
            "X0202 `IIF([surname], 1)` `IIF` lacks its argument `valueIfFalse` (expected `IIF(condition, valueIfTrue, valueIfFalse)`)",
        ],
    );
    check("Now(1)", &["X0202 `Now(1)` `Now` takes at most no arguments, not 1 (expected `Now()`)"]);
    check(
        "Switch([surname], 1, 2)",
        &[
            "X0202 `Switch([surname], 1, 2)` `Switch` takes an even number of arguments (expected `Switch(source, [defaultValue], key…, value…)`)",
        ],
    );
}

#[test]
fn types_are_checked_against_the_schema() {
    check(
        "ToLower([proxyAddresses])",
        &[
            "X0401 `[proxyAddresses]` `source` of `ToLower` cannot be a list (pick one value with `Item`, or make one text of them with `Join`)",
        ],
    );
    check(
        "ToLower(Coalesce([surname], [proxyAddresses]))",
        &[
            "X0402 `Coalesce([surname], [proxyAddresses])` `source` of `ToLower` may turn out to be a list (pick one value with `Item`, or make one text of them with `Join`)",
        ],
    );
    check(
        "Append(IgnoreAttributeFlow, \"x\")",
        &[
            "X0401 `IgnoreAttributeFlow` `source` of `Append` cannot be a flow marker (a flow marker can only be the whole result)",
        ],
    );
    check(
        "DateAdd(\"M\", 1, [hired])",
        &[
            "X0401 `\"M\"` `interval` of `DateAdd` is `M`, which is no interval (one of `yyyy`, `m`, `d`, `ww`, `h`, `n`, `s`, in small letters)",
        ],
    );
    let one_text = Some(ExpectedResult { kind: ValueKind::Text, multi_valued: false });
    check_with(
        "[proxyAddresses]",
        AttributeNames::Strict,
        one_text,
        &[
            "X0403 `[proxyAddresses]` the target attribute takes one value, and the result is a list (pick one value with `Item`, or make one text of them with `Join`)",
        ],
    );
    let number = Some(ExpectedResult { kind: ValueKind::Int, multi_valued: false });
    check_with(
        "\"many\"",
        AttributeNames::Strict,
        number,
        &["X0403 `\"many\"` the constant is not a whole number"],
    );
}

#[test]
fn constants_that_can_never_be_used_are_refused() {
    check(
        "Replace([surname], , \"(?<-a>x)\", , \"\")",
        &["X0502 `\"(?<-a>x)\"` regular expression has a balancing group, which is not supported"],
    );
    check(
        "Replace([surname], , \"(?<ab>x)\", \"abc\", \"\")",
        &["X0502 `\"abc\"` the regular expression has no group `abc` (did you mean `ab`?)"],
    );
    check("FormatDateTime([hired], , \"Q\", \"yyyy\")", &["X0503 `\"Q\"` `Q` is no standard date format"]);
    check("CDate(\"soon\")", &["X0501 `\"soon\"` this is not a readable date"]);
    check(
        "IIF([surname] = \"x\", CDate(\"soon\"), 1)",
        &["X0602 `\"soon\"` this fails whenever it is evaluated: this is not a readable date"],
    );
    check(
        "Switch([surname], , \"a\", 1, \"a\", 2)",
        &["X0205 `\"a\"` key `a` is listed before; this one is never used"],
    );
}

#[test]
fn attribute_names_have_three_modes() {
    let unknown = "X0301 `[SURNAME]` unknown attribute `[SURNAME]`";
    check("[SURNAME]", &[&format!("{unknown} (did you mean `[surname]`?; letter case counts)")]);
    check_with(
        "[SURNAME]",
        AttributeNames::Lenient,
        None,
        &[&format!("{unknown}; it reads as null (did you mean `[surname]`?; letter case counts)")],
    );
    check_with("[SURNAME]", AttributeNames::IgnoreCase, None, &[]);
}

#[test]
fn functions_of_another_dialect_are_warned_about() {
    check("Trim([surname])", &["X0204 `Trim` `Trim` is documented for cloud sync only"]);
    check(
        "ToLower(SelectUniqueValue([surname], \"x\"))",
        &[
            "X0203 `SelectUniqueValue([surname], \"x\")` `SelectUniqueValue` may only be the outermost function (put the other functions inside each of its candidates)",
        ],
    );
}
