//! The grammar, values and comparisons.

use crate::check::check;
use provisio_expression::{Decimal, Value, parse};

#[test]
fn white_space_is_free_between_tokens() {
    check("\t Append (\r\n [a] , \"z\"\n) ", &[("a", Value::Text("x"))], r#""xz""#);
    check("Now ( )", &[], r#""7/30/2025 6:00:00 PM""#);
}

#[test]
fn a_backslash_escapes_only_a_quote_or_a_backslash() {
    check(r#""a\"b\\c\d\,""#, &[], r#""a\"b\\c\\d\\,""#);
    check("\"line\nbreak\"", &[], r#""line\nbreak""#);
}

#[test]
fn attribute_names_are_taken_as_they_are() {
    for name in
        ["Job Title", "a.b", "urn:x:1.0:User:a", "a\"b", " a ", "<x>", "emails[type eq \"a]b\"].value"]
    {
        check(&format!("[{name}]"), &[(name, Value::Text("v"))], r#""v""#);
    }
    check("[description]", &[("Description", Value::Text("D"))], "null");
}

#[test]
fn numbers_are_the_text_that_they_are_written_as() {
    check("007", &[], r#""007""#);
    check("-1.50", &[], r#""-1.50""#);
    check("&hFf", &[], r#""255""#);
    check("&HFFFFFFFFFFFFFFFF", &[], r#""-1""#);
    check("Mid(\"abcdef\", \"2\", 3)", &[], r#""bcd""#);
    check("Mid(\"abcdef\", 2.5, 3)", &[], "refused conversion");
    check("BitAnd(9223372036854775807, &HF)", &[], "15");
    check("BitAnd(9223372036854775808, 1)", &[], "refused conversion");
}

#[test]
fn what_is_not_a_sentence_is_refused() {
    for text in [
        "",
        "  ",
        "Join(\"\"",
        "\"a",
        "[a",
        "[]",
        "a",
        "mail",
        "1 2",
        "[a] [b]",
        "1 = 2 = 3",
        "a(",
        "()",
        ")",
        ",",
        "Append(\"a\" \"b\")",
        "'a'",
        "%x",
        "%%",
        "\"a\" &",
        "= 1",
        "1a",
        "&H",
        "&HFFFFFFFFFFFFFFFFF",
        "\"a\" + \"b\"",
        "Not(!True)",
        "{a}",
        "Append(\"a\", \"b\"))",
    ] {
        check(text, &[], "refused parse");
    }
    check(&"(".repeat(9_000), &[], "refused parse");
    check(&format!("\"{}\"", "é".repeat(9_998)), &[], &format!("{:?}", "é".repeat(9_998)));
    check(&format!("\"{}\"", "é".repeat(9_999)), &[], "refused too_long");
}

#[test]
fn omitted_arguments_are_different_from_empty_ones() {
    check("ToLower(\"A\", )", &[], r#""a""#);
    check("ToLower(\"A\", , )", &[], "refused arity");
    check("Append(\"a\", )", &[], "refused arity");
    check("Switch(\"x\", , \"x\", )", &[], "null");
    check("Switch(\"x\", \"d\", , \"v\")", &[], "refused arity");
    check("Replace(\"a.b\", \".\", , , \"\")", &[], r#""ab""#);
    check("Replace(\"a.b\", \".\", , , , , )", &[], "refused arity");
    check("Join(\"-\", \"a\", , \"b\", )", &[], r#""a-b""#);
    check("Join(\"-\", )", &[], "refused arity");
    check("Now(,)", &[], "refused arity");
}

#[test]
fn words_and_function_names_ignore_letter_case() {
    check("SWITCH(true, \"n\", \"True\", toLOWER(\"Y\"))", &[], r#""y""#);
    check("null", &[], "null");
    check("authoritativenull", &[], "null");
    check("ignoreATTRIBUTEflow", &[], "IgnoreAttributeFlow");
    check("IgnoreObjectFlow", &[], "IgnoreObjectFlow");
}

#[test]
fn variables_come_from_the_host() {
    check("Append(\"a@\", %Domain%)", &[], r#""a@contoso.com""#);
    check("Append(\"a@\", %domain%)", &[], "error unknown_variable");
    check("IIF(\"a\" = \"b\", %nope%, \"x\")", &[], r#""x""#);
}

#[test]
fn an_ampersand_joins_and_reads_null_as_empty() {
    check("[a] & 1 & [b] & True", &[("a", Value::Text("x")), ("b", Value::Null)], r#""x1True""#);
    check("(\"a\" = \"a\") & \"!\"", &[], r#""True!""#);
    check("\"a\" & \"b\" = \"ab\"", &[], "true");
}

#[test]
fn comparisons_are_numeric_where_both_sides_are_numbers() {
    let attributes = &[
        ("n", Value::Int(5)),
        ("d", Value::Decimal(Decimal::parse("1.5").expect("a decimal"))),
        ("b", Value::Bool(true)),
        ("null", Value::Null),
    ];
    check("[n] = \"05\"", attributes, "true");
    check("[n] > \"10\"", attributes, "false");
    check("\"9\" < \"10\"", attributes, "true");
    check("\"9x\" < \"10\"", attributes, "false");
    check("\"9223372036854775808\" > \"9223372036854775807\"", attributes, "true");
    check("\"-92233720368547758080\" < 3", attributes, "true");
    check("[d] = \"1.5\"", attributes, "true");
    check("[d] > 1", attributes, "true");
    check("[d] <> 2", attributes, "true");
    check("[b] = \"True\"", attributes, "true");
    check("[b] = \"true\"", attributes, "false");
    check("[b] = 1", attributes, "false");
    check("\"a\" > \"B\"", attributes, "true");
    check("\"\u{ffff}\" > \"\u{10000}\"", attributes, "true");
    for operator in ["=", "<>", ">", ">=", "<", "<="] {
        check(&format!("[null] {operator} \"\""), attributes, "false");
        check(&format!("[null] {operator} [null]"), attributes, "false");
    }
}

#[test]
fn only_what_is_needed_is_evaluated() {
    check("IIF(\"a\" = \"a\", \"x\", Error(\"no\"))", &[], r#""x""#);
    check("IIF(\"a\" = \"b\", CDate(\"no\"), \"x\")", &[], r#""x""#);
    check("Switch(\"k\", Error(\"no\"), \"k\", \"v\", \"l\", Error(\"no\"))", &[], r#""v""#);
    check("Switch([a], \"d\", [a], \"v\", Error(\"no\"), \"w\")", &[("a", Value::Text("k"))], r#""v""#);
    check("Coalesce(\"x\", Error(\"no\"))", &[], r#""x""#);
    check("SelectUniqueValue(\"free\", Error(\"no\"))", &[], r#""free""#);
    check("SelectUniqueValue(\"taken\", Error(\"no\"))", &[], "error user_error");
}

#[test]
fn a_list_or_marker_cannot_stand_for_one_value() {
    let attributes = &[("l", Value::List(&[Value::Text("a")])), ("r", Value::Binary(&[1]))];
    check("ToLower([l])", attributes, "error type");
    check("[l] = \"a\"", attributes, "error type");
    check("IIF([l], 1, 2)", attributes, "error type");
    check("Switch([l], \"d\")", attributes, "error type");
    check("Append([r], \"\")", attributes, "error type");
    check("Append(Split(\"a\", \",\"), \"\")", attributes, "refused type");
    check("Append(IgnoreAttributeFlow, \"\")", attributes, "refused type");
    check("IsNull(IgnoreObjectFlow)", attributes, "refused type");
    check("ToLower(IgnoreFlowIfNullOrEmpty([x]))", &[("x", Value::Null)], "error type");
    check("ToLower(IIF([x] = 1, NULL, IgnoreAttributeFlow))", &[("x", Value::Text("1"))], "null");
    check("ToLower(IgnoreFlowIfNullOrEmpty(\"X\"))", attributes, r#""x""#);
    check("Coalesce(IgnoreAttributeFlow, \"\")", attributes, "IgnoreAttributeFlow");
}

#[test]
fn the_normal_form_is_that_of_the_service() {
    let normal = |text| parse(text).0.to_string();
    assert_eq!(normal("Replace( [a],\"-\", , , \"_\", ,  )"), "Replace([a], \"-\", , , \"_\", , )");
    assert_eq!(normal("((\"a\"&[b])=\"\\c\\\\\")"), "\"a\" & [b] = \"\\c\\\\\"");
    assert_eq!(normal("(\"a\" = \"b\") & (\"c\" & 1)"), "(\"a\" = \"b\") & (\"c\" & 1)");
    assert_eq!(normal("iif(&Hff,TRUE,)"), "iif(&HFF, True, )");
}
