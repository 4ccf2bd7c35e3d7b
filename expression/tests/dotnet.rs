//! Dates as .NET reads, moves and writes them.

use crate::check::check;
use provisio_expression::Value;

#[test]
fn dates_move_by_the_calendar() {
    check("DateAdd(\"m\", 1, \"2023-01-31\")", &[], r#""2/28/2023 12:00:00 AM""#);
    check("DateAdd(\"m\", -1, \"2024-03-31\")", &[], r#""2/29/2024 12:00:00 AM""#);
    check("DateAdd(\"yyyy\", 1, \"2024-02-29\")", &[], r#""2/28/2025 12:00:00 AM""#);
    check("DateAdd(\"ww\", -1, \"2024-03-01\")", &[], r#""2/23/2024 12:00:00 AM""#);
    check("DateAdd(\"h\", \"-25\", \"2024-03-01 1:00 PM\")", &[], r#""2/29/2024 12:00:00 PM""#);
    check("DateAdd(\"yyyy\", 8000, \"2024-03-01\")", &[], "refused out_of_range");
    check("DateAdd(\"d\", 9223372036854775807, \"2024-03-01\")", &[], "refused out_of_range");
    check("DateAdd(\"m\", -9223372036854775807, \"2024-03-01\")", &[], "refused out_of_range");
    check("DateAdd(\"D\", 1, \"2024-03-01\")", &[], "refused type");
    check("DateAdd([i], 1, \"2024-03-01\")", &[("i", Value::Text("q"))], "error type");
    check("DateAdd(\"d\", 1, [d])", &[("d", Value::Null)], "error conversion");
    check("DateAdd(\"d\", 1.5, \"2024-03-01\")", &[], "refused conversion");
}

#[test]
fn differences_follow_visual_basic_for_weeks_only() {
    check("DateDiff(\"ww\", \"2021-08-21\", \"2021-08-22\")", &[], "1");
    check("DateDiff(\"ww\", \"2021-08-22\", \"2021-08-28\")", &[], "0");
    check("DateDiff(\"ww\", \"2021-08-22\", \"2021-08-21\")", &[], "-1");
    check("DateDiff(\"yyyy\", \"2020-12-31\", \"2021-01-01\")", &[], "1");
    check("DateDiff(\"m\", \"2020-12-31\", \"2021-01-01\")", &[], "1");
    check("DateDiff(\"d\", \"2020-12-31 23:00:00\", \"2021-01-01 22:59:59\")", &[], "0");
    check("DateDiff(\"d\", \"2021-01-01 22:59:59\", \"2020-12-30 23:00:00\")", &[], "-1");
    check("DateDiff(\"h\", \"2020-12-31 00:59:59\", \"2020-12-31 01:00:00\")", &[], "0");
    check("DateDiff(\"s\", \"0001-01-01\", \"9999-12-31\")", &[], "315537811200");
}

#[test]
fn file_times_begin_in_1601() {
    check("DateFromNum(\"129699324000000000\")", &[], r#""1/1/2012 11:00:00 PM""#);
    check("DateFromNum(9223372036854775807)", &[], "refused out_of_range");
    check("DateFromNum(-1)", &[], "refused out_of_range");
    check("DateFromNum([n])", &[("n", Value::Null)], "null");
    check("NumFromDate(\"1600-12-31\")", &[], "refused out_of_range");
    check("NumFromDate(\"1601-01-01\")", &[], "0");
    check("NumFromDate(Now())", &[], "133983720000000000");
    check("NumFromDate(\"2020-01-01T00:00:00.0000001Z\")", &[], "132223104000000001");
}

#[test]
fn formats_are_exact() {
    let attributes = &[("null", Value::Null), ("empty", Value::Text("")), ("d", Value::Text(" 2025-03-09 "))];
    check("FormatDateTime([null], , \"yyyy\", \"yyyy\")", attributes, "null");
    check("FormatDateTime([empty], , \"yyyy\", \"yyyy\")", attributes, "null");
    check("FormatDateTime([d], , \"yyyy-MM-dd\", \"dd/MM/yyyy\")", attributes, r#""09/03/2025""#);
    check("FormatDateTime([d], \"None\", \"yyyy-MM-dd\", \"dd/MM/yyyy\")", attributes, "error conversion");
    check(
        "FormatDateTime([d], \"AllowWhiteSpaces\", \"yyyy-MM-dd\", \"dd/MM/yyyy\")",
        attributes,
        r#""09/03/2025""#,
    );
    check(
        "FormatDateTime([d], \"Whatever\", \"yyyy-MM-dd\", \"dd/MM/yyyy\")",
        attributes,
        "refused conversion",
    );
    check(
        "FormatDateTime([d], \"yyyy-MM-dd\", [f])",
        &[("d", Value::Text("2025-03-09")), ("f", Value::Text("d MMM"))],
        r#""9 Mar""#,
    );
    check(
        "FormatDateTime([d], \"yyyy-MM-dd\", [f])",
        &[("d", Value::Text("2025-03-09")), ("f", Value::Text("'x"))],
        "error conversion",
    );
    check(r#"FormatDateTime([d], "", "yyyy-MM-dd", "dd/MM/yyyy")"#, attributes, r#""09/03/2025""#);
    check("FormatDateTime([d], , \"yyyy-MM-dd\", \"'x\")", attributes, "refused conversion");
    check("FormatDateTime(\"10:30\", , \"HH:mm\", \"M/d H.m\")", attributes, r#""7/30 10.30""#);
    check("FormatDateTime(\"12:30 AM\", , \"h:mm tt\", \"HH:mm\")", attributes, r#""00:30""#);
    check("FormatDateTime(\"13:30 AM\", , \"HH:mm tt\", \"HH:mm\")", attributes, "error conversion");
    check(
        "FormatDateTime(\"2025-03-09T10:00:00Z\", , \"yyyy-MM-ddTHH:mm:ssZ\", \"s\")",
        attributes,
        r#""2025-03-09T10:00:00""#,
    );
    check(
        "FormatDateTime(\"2025-03-09T10:00:00.12+05:30\", , \"yyyy-MM-ddTHH:mm:ss.FFFK\", \"o\")",
        attributes,
        r#""2025-03-09T04:30:00.1200000+00:00""#,
    );
    check("FormatDateTime(Now(), , \"M/d/yyyy h:mm:ss tt\", \"yyyy-MM-dd\")", attributes, r#""2025-07-30""#);
}
