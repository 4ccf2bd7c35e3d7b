//! How is `FormatDateTime` evaluated?

use super::tracer::Tracer;
use super::{Evaluator, Raised, raise};
use crate::dotnet::date::DateTime;
use crate::dotnet::date_format::DateFormat;
use crate::dotnet::date_styles::Styles;
use crate::op::{FormatDateTime, FormatSource, Op, StyleSource};
use crate::record::Record;
use crate::value::Value;
use bumpalo::collections::String as BumpString;
use std::borrow::Cow;

/// Enough for most dates without growing.
const TYPICAL_DATE: usize = 32;

impl<'a, R: Record + ?Sized, T: Tracer> Evaluator<'a, R, T> {
    #[inline(never)]
    pub(super) fn format_date_time(
        &mut self,
        op: &'a Op,
        format: &'a FormatDateTime,
    ) -> Result<Value<'a>, Raised> {
        let source = self.text(&format.source)?;
        let Some(source) = source.filter(|source| !source.is_empty()) else { return Ok(Value::Null) };
        let mut out = BumpString::with_capacity_in(TYPICAL_DATE, self.bump);
        let copied = format.copy.as_ref().is_some_and(|copy| copy.copy(source, &mut out));
        if !copied {
            self.reformat(format, source, &mut out)?;
        }
        self.charge(op, out.len())?;
        Ok(Value::Text(out.into_bump_str()))
    }

    fn reformat(
        &mut self,
        format: &'a FormatDateTime,
        source: &str,
        out: &mut BumpString<'a>,
    ) -> Result<(), Raised> {
        let styles = match &format.styles {
            StyleSource::Prepared(styles) => *styles,
            StyleSource::Evaluated(op) => {
                let names = self.text(op)?.unwrap_or_default();
                Styles::parse(names).map_err(|fault| raise(fault, op))?
            }
        };
        let input = self.date_format(&format.input, DateFormat::parse_for_input)?;
        let output = self.date_format(&format.output, DateFormat::parse)?;
        let read = || {
            let source = styles.trimmed(source);
            // Only a format without a year needs today.
            let today = if input.lacks_year() {
                DateTime::from_instant(self.context.now)?.date()
            } else {
                DateTime::FIRST_DAY
            };
            input.read(source, today)
        };
        let date = read().map_err(|fault| raise(fault, &format.source))?;
        output.write(date, out);
        Ok(())
    }

    fn date_format(
        &mut self,
        source: &'a FormatSource,
        parse: fn(&str) -> Result<DateFormat, crate::error::Fault>,
    ) -> Result<Cow<'a, DateFormat>, Raised> {
        match source {
            FormatSource::Prepared(format) => Ok(Cow::Borrowed(format)),
            FormatSource::Evaluated(op) => {
                let text = self.text(op)?.unwrap_or_default();
                parse(text).map(Cow::Owned).map_err(|fault| raise(fault, op))
            }
        }
    }
}
