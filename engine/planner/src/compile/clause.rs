//! One clause that tests an attribute: operands are read once, for the kind of the attribute.

use provisio_expression::Pattern;
use provisio_model::{Diagnostic, Slot, Text, Timestamp, Value, ValueKind};

use crate::compiled::{Moment, Number, Place, Test, Tested, ValueClause};
use crate::convert::convert_owned;
use crate::scope::{folded, text_form};
use crate::spec::{Clause, Operator, Quantifier};

/// Compiles a test of an attribute.
pub(super) fn compile(clause: &Clause, slot: Slot, kind: ValueKind) -> Result<Tested, Diagnostic> {
    let operand = Operand { clause, kind };
    let test = match clause.operator {
        Operator::IsNull => return Ok(Tested::Null { slot, is_null: true }),
        Operator::IsNotNull => return Ok(Tested::Null { slot, is_null: false }),
        Operator::IsTrue => Test::Bool(true),
        Operator::IsFalse => Test::Bool(false),
        Operator::Equals | Operator::NotEquals => {
            Test::Equals { text: operand.text()?, ignore_case: clause.ignore_case }
        }
        Operator::In | Operator::NotIn | Operator::MemberOf | Operator::NotMemberOf => operand.list()?,
        Operator::Includes => operand.part(Place::Anywhere)?,
        Operator::StartsWith => operand.part(Place::Start)?,
        Operator::EndsWith => operand.part(Place::End)?,
        Operator::RegexMatch | Operator::NotRegexMatch => operand.pattern()?,
        Operator::GreaterThan | Operator::LessThanOrEquals => {
            Test::Above { number: operand.number()?, or_equal: false }
        }
        Operator::GreaterThanOrEquals | Operator::LessThan => {
            Test::Above { number: operand.number()?, or_equal: true }
        }
        Operator::BitsSet | Operator::BitsNotSet => Test::Bits(operand.bits()?),
        Operator::Before | Operator::NotBefore => Test::Before(operand.moment()?),
        Operator::After | Operator::NotAfter => Test::After(operand.moment()?),
    };
    let is_membership = clause.operator.is_membership();
    Ok(Tested::Values(ValueClause {
        slot,
        test,
        quantifier: match clause.operator {
            Operator::MemberOf => Quantifier::Any,
            Operator::NotMemberOf => Quantifier::None,
            _ => clause.quantifier,
        },
        negated: !is_membership && is_negative(clause.operator),
        absent_passes: clause.operator == Operator::NotMemberOf,
    }))
}

/// Tells whether a value passes the operator that fails its test.
fn is_negative(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::NotEquals
            | Operator::NotIn
            | Operator::NotRegexMatch
            | Operator::LessThan
            | Operator::LessThanOrEquals
            | Operator::BitsNotSet
            | Operator::NotBefore
            | Operator::NotAfter
    )
}

/// Reads an id of a group.
pub(super) fn id(value: &Value, clause: &Clause) -> Result<Text, Diagnostic> {
    match value {
        Value::Text(id) => Ok(id.clone()),
        Value::Int(id) => Ok(Text::new(id.to_string())),
        other => {
            let message = format!("{} takes ids, not {other}", clause.operator);
            Err(Diagnostic::error("S0215", clause.span.clone(), message).with_help("write ids as text"))
        }
    }
}

/// What a clause tests against.
struct Operand<'c> {
    clause: &'c Clause,
    kind: ValueKind,
}

impl Operand<'_> {
    fn value(&self) -> Result<&Value, Diagnostic> {
        let Some(value) = self.clause.values.first() else {
            let message = format!("{} needs a value", self.clause.operator);
            return Err(self.fault("S0215", message).with_help("add `value = …`"));
        };
        Ok(value)
    }

    fn fault(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.clause.span.clone(), message)
    }

    fn text(&self) -> Result<Text, Diagnostic> {
        self.value().and_then(|it| self.text_of(it))
    }

    /// The text that values of the attribute would have: 1 is `1.0` where decimals are held.
    fn text_of(&self, value: &Value) -> Result<Text, Diagnostic> {
        match value {
            Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Decimal(_) | Value::Timestamp(_) => {
                let converts = matches!(self.kind, ValueKind::Decimal | ValueKind::Timestamp);
                let converted = converts.then(|| convert_owned(value, self.kind).ok()).flatten();
                Ok(Text::new(text_form(converted.as_ref().unwrap_or(value).borrow())))
            }
            other => Err(self.fault("S0215", format!("{} takes text, not {other}", self.clause.operator))),
        }
    }

    fn list(&self) -> Result<Test, Diagnostic> {
        self.value()?;
        let ignore_case = self.clause.ignore_case;
        let mut texts = Vec::with_capacity(self.clause.values.len());
        for value in &self.clause.values {
            let text = self.text_of(value)?;
            texts.push(if ignore_case { Text::from(folded(&text)) } else { text });
        }
        texts.sort_unstable();
        Ok(Test::OneOf { texts, ignore_case })
    }

    fn part(&self, place: Place) -> Result<Test, Diagnostic> {
        let (text, ignore_case) = (self.text()?, self.clause.ignore_case);
        let text = if ignore_case { Text::from(folded(&text)) } else { text };
        Ok(Test::Part { place, text, ignore_case })
    }

    fn pattern(&self) -> Result<Test, Diagnostic> {
        let written = self.text()?;
        let fault = |error: provisio_expression::Fault| {
            let message = format!("`{written}` is not a pattern: {error}");
            self.fault("S0217", message).with_help("patterns are those of .NET, as in expressions")
        };
        let mut pattern = Pattern::compile(&written).map_err(fault)?;
        if self.clause.whole || self.clause.ignore_case {
            let case = if self.clause.ignore_case { "(?i)" } else { "" };
            let (start, end) = if self.clause.whole { ("\\A", "\\z") } else { ("", "") };
            pattern = Pattern::compile(&format!("{case}{start}(?:{written}){end}")).map_err(fault)?;
        }
        Ok(Test::Pattern(Box::new(pattern)))
    }

    fn number(&self) -> Result<Number, Diagnostic> {
        self.expect_kind(&[ValueKind::Int, ValueKind::Decimal, ValueKind::Text], "numbers")?;
        let number = match self.value()? {
            Value::Int(int) => Some(Number::Int(*int)),
            Value::Decimal(decimal) => Some(Number::Decimal(*decimal)),
            Value::Text(text) => Number::parse(text),
            _ => None,
        };
        number.ok_or_else(|| self.unfit("numbers"))
    }

    fn bits(&self) -> Result<i64, Diagnostic> {
        self.expect_kind(&[ValueKind::Int, ValueKind::Text], "the bits of whole numbers")?;
        let mask = match self.value()? {
            Value::Int(int) => Some(*int),
            Value::Text(text) => text.trim().parse().ok(),
            _ => None,
        };
        match mask {
            Some(0) => Err(self
                .fault("S0216", format!("{} asks for no bit", self.clause.operator))
                .with_help("write the sum of the bits, such as 2 for the second")),
            Some(mask) => Ok(mask),
            None => Err(self.unfit("the bits of whole numbers")),
        }
    }

    fn moment(&self) -> Result<Moment, Diagnostic> {
        self.expect_kind(&[ValueKind::Timestamp, ValueKind::Text], "instants")?;
        let moment = match self.value()? {
            Value::Timestamp(instant) => Some(Moment::At(*instant)),
            Value::Text(text) => relative(text).map(Moment::Now).or_else(|| {
                let instant: Option<Timestamp> = text.trim().parse().ok();
                instant.map(Moment::At)
            }),
            _ => None,
        };
        moment.ok_or_else(|| {
            self.unfit("instants").with_help(
                "write an instant such as 2026-01-31T00:00:00Z, a date such as \"2026-01-31\", or \"now + 14 days\"",
            )
        })
    }

    /// Refuses an attribute whose values can never be compared.
    fn expect_kind(&self, kinds: &[ValueKind], what: &str) -> Result<(), Diagnostic> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        let Clause { operator, attribute, .. } = self.clause;
        let message = format!("{operator} compares {what}, and `{attribute}` holds {}", self.kind);
        Err(self.fault("S0223", message).with_help("choose an operator that fits the attribute"))
    }

    fn unfit(&self, what: &str) -> Diagnostic {
        let value = self.clause.values.first().map(ToString::to_string).unwrap_or_default();
        self.fault("S0216", format!("{} compares {what}, and {value} is none", self.clause.operator))
    }
}

/// Reads `now`, `now + 14 days`, `now - 6 hours`: seconds after the time of the plan.
fn relative(text: &str) -> Option<i64> {
    let rest = text.trim().strip_prefix("now")?.trim_start();
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (number, unit) = rest.trim().split_once(' ')?;
    let seconds = match unit.trim() {
        "second" | "seconds" => 1,
        "minute" | "minutes" => 60,
        "hour" | "hours" => 60 * 60,
        "day" | "days" => 24 * 60 * 60,
        "week" | "weeks" => 7 * 24 * 60 * 60,
        _ => return None,
    };
    let number: u32 = number.parse().ok()?;
    i64::from(number).checked_mul(seconds).map(|it| sign * it)
}
