//! Dates: text `M/d/yyyy h:mm:ss tt` in UTC.

use super::text::required_integer;
use super::{eager, form};
use crate::dotnet::date::{DateTime, TICKS_PER_DAY, TICKS_PER_SECOND};
use crate::dotnet::date_parse::parse_date;
use crate::error::Fault;
use crate::function::{Accepts, Arguments, Form, Function, Parameter, Purity, Yields, one_value_needed};
use crate::value::Value;

pub(super) fn functions() -> Vec<Function> {
    let date = |name| Parameter::required(name, Accepts::Date);
    let interval = || Parameter::required("interval", Accepts::Interval);
    vec![
        eager("CDate", Yields::Date, |arguments| Ok(Value::Text(date_argument(arguments, 0)?.text(arguments.bump()))))
            .parameter(date("expression"))
            .summary("Reads a date in the ways .NET does, UTC where no offset is given, and gives it as `M/d/yyyy h:mm:ss tt` in UTC.")
            .example(r#"CDate("2020-03-16-07:00")"#, "3/16/2020 7:00:00 AM")
            .example(r#"CDate("soon")"#, "error: conversion"),
        eager("Now", Yields::Date, |arguments| {
            Ok(Value::Text(DateTime::from_instant(arguments.now())?.text(arguments.bump())))
        })
        .purity(Purity::Contextual)
        .summary("Gives the time of the evaluation."),
        eager("DateAdd", Yields::Date, date_add)
            .parameter(interval())
            .parameter(Parameter::required("value", Accepts::Integer))
            .parameter(date("dateTime"))
            .summary("Adds years `yyyy`, months `m`, weeks `ww`, days `d`, hours `h`, minutes `n` or seconds `s` to a date; months keep to their last day.")
            .example(r#"DateAdd("d", -10, "2012-03-16-07:00")"#, "3/6/2012 7:00:00 AM")
            .example(r#"DateAdd("m", 1, "2024-01-31")"#, "2/29/2024 12:00:00 AM"),
        eager("DateDiff", Yields::Integer, date_diff)
            .parameter(interval())
            .parameter(date("date1"))
            .parameter(date("date2"))
            .summary(
                "Counts from the first date to the second: by number of year and month for `yyyy` and `m`, Sundays \
                 passed for `ww`, whole units of elapsed time for `d`, `h`, `n`, `s`.",
            )
            .example(r#"DateDiff("ww", "8/25/2021 5:41:18 PM", "2012-03-16-07:00")"#, "-493")
            .example(r#"DateDiff("n", "2021-08-24", "2021-08-25")"#, "1440"),
        eager("DateFromNum", Yields::Date, |arguments| {
            let Some(number) = arguments.integer(0)? else { return Ok(Value::Null) };
            Ok(Value::Text(DateTime::from_file_time(number)?.text(arguments.bump())))
        })
        .parameter(Parameter::required("value", Accepts::Integer))
        .summary("Gives the date of a FILETIME number, which counts 100 ns from 1601.")
        .example("DateFromNum(129699324000000000)", "1/1/2012 11:00:00 PM"),
        eager("NumFromDate", Yields::Integer, |arguments| Ok(Value::Int(date_argument(arguments, 0)?.to_file_time()?)))
            .parameter(date("value"))
            .summary("Gives the FILETIME number of a date.")
            .example(r#"NumFromDate("2012-01-01T23:00:00Z")"#, "129699324000000000"),
        form("FormatDateTime", Yields::Text, Form::FormatDateTime)
            .parameter(Parameter::required("source", Accepts::Text))
            .parameter(Parameter::optional("dateTimeStyles", Accepts::Text))
            .parameter(Parameter::required("inputFormat", Accepts::Text))
            .parameter(Parameter::required("outputFormat", Accepts::Text))
            .summary(
                "Reads a date exactly by one .NET format and writes it by another, in UTC; null if there is none. The \
                 form with three arguments has no styles.",
            )
            .example(r#"FormatDateTime("20150123105347.1Z", , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")"#, "2015-01-23")
            .example(r#"FormatDateTime("2020-12-31-08:00", "yyyy-MM-ddzzz", "dd/MM/yyyy HH:mm")"#, "31/12/2020 08:00"),
    ]
}

fn date_argument(arguments: &Arguments<'_, '_>, index: usize) -> Result<DateTime, Fault> {
    let value = arguments.value(index);
    let read = match value {
        Value::Text(text) => parse_date(text),
        Value::List(_) | Value::Binary(_) | Value::Role(_) => Err(one_value_needed(value)),
        other => Err(Fault::conversion(format!("{} is not a date", other.kind_name()))),
    };
    read.map_err(|fault| fault.in_argument(index))
}

fn date_add<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let interval = interval(arguments)?;
    let count = required_integer(arguments, 1)?;
    let date = date_argument(arguments, 2)?;
    let moved = match interval {
        Interval::Years => date.plus_months(count.saturating_mul(12)),
        Interval::Months => date.plus_months(count),
        Interval::Weeks => date.plus(count, 7 * TICKS_PER_DAY),
        Interval::Time(ticks) => date.plus(count, ticks),
    };
    Ok(Value::Text(moved?.text(arguments.bump())))
}

fn date_diff<'a>(arguments: &Arguments<'_, 'a>) -> Result<Value<'a>, Fault> {
    let interval = interval(arguments)?;
    let (first, second) = (date_argument(arguments, 1)?, date_argument(arguments, 2)?);
    let (from, to) = (first.date(), second.date());
    Ok(Value::Int(match interval {
        Interval::Years => to.year - from.year,
        Interval::Months => (to.year - from.year) * 12 + to.month - from.month,
        // Day 0 of the calendar is a Monday, so the weeks that begin on Sunday are one day off.
        Interval::Weeks => (to.days() + 1).div_euclid(7) - (from.days() + 1).div_euclid(7),
        Interval::Time(ticks) => (second.ticks() - first.ticks()) / ticks,
    }))
}

enum Interval {
    Years,
    Months,
    Weeks,
    /// A unit of so many ticks.
    Time(i64),
}

fn interval(arguments: &Arguments<'_, '_>) -> Result<Interval, Fault> {
    Ok(match arguments.text(0)? {
        Some("yyyy") => Interval::Years,
        Some("m") => Interval::Months,
        Some("ww") => Interval::Weeks,
        Some("d") => Interval::Time(TICKS_PER_DAY),
        Some("h") => Interval::Time(3_600 * TICKS_PER_SECOND),
        Some("n") => Interval::Time(60 * TICKS_PER_SECOND),
        Some("s") => Interval::Time(TICKS_PER_SECOND),
        _ => {
            let message = "expected the interval `yyyy`, `m`, `d`, `ww`, `h`, `n` or `s`";
            return Err(Fault::type_mismatch(message).in_argument(0));
        }
    })
}
