//! What is a function? A [`Function`] descriptor: name, parameters, result, purity, profile, words, examples
//! and implementation. The language's own functions and an embedder's are described in the same way.

use crate::context::EvalContext;
use crate::error::Fault;
use crate::instant::Instant;
use crate::limits::Limit;
use crate::op::Test;
use crate::value::Value;
use bumpalo::Bump;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A function of the language, as data.
///
/// ```
/// use provisio_expression::{Accepts, Function, FunctionTable, Parameter, Value, Yields};
///
/// let shout = Function::new("Shout", Yields::Text, |arguments| {
///     let Some(text) = arguments.text(0)? else { return Ok(Value::Null) };
///     Ok(Value::Text(arguments.bump().alloc_str(&format!("{text}!"))))
/// })
/// .parameter(Parameter::required("source", Accepts::Text))
/// .summary("Adds an exclamation mark.");
///
/// let mut functions = FunctionTable::standard();
/// functions.register(shout)?;
/// # Ok::<(), provisio_expression::RegisterError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Function {
    pub(crate) name: Cow<'static, str>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) yields: Yields,
    pub(crate) purity: Purity,
    pub(crate) profile: FunctionProfile,
    pub(crate) summary: Cow<'static, str>,
    pub(crate) examples: Vec<Example>,
    pub(crate) implementation: Implementation,
}

/// A parameter of a [`Function`].
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name in documentation and, unless another is given, the key in the stored form.
    pub name: Cow<'static, str>,
    /// The key in the stored form where it differs from the name.
    pub stored_key: Option<Cow<'static, str>>,
    /// What it takes.
    pub accepts: Accepts,
    /// How often it may be given.
    pub presence: Presence,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Accepts {
    /// Any value or flow marker.
    Flow,
    /// Any value, lists included.
    Any,
    /// One value with a text form, or a flow marker.
    TextFlow,
    /// One value with a text form.
    Text,
    /// One value with a number form.
    Integer,
    /// One value; its boolean form counts.
    Boolean,
    /// One text that is a date.
    Date,
    /// `yyyy`, `m`, `d`, `ww`, `h`, `n` or `s`.
    Interval,
    /// A list; a single value counts as a list of one.
    List,
    /// One value or a list, each with a text form.
    Texts,
    /// App role assignments.
    Roles,
    /// Bytes.
    Binary,
}

/// How often a parameter may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// Once.
    Required,
    /// Once or not at all.
    Optional,
    /// At least so often; only the last parameter, or all of the last ones as a group that repeats.
    Repeated {
        /// The fewest times.
        minimum: usize,
    },
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Yields {
    /// Text or null.
    Text,
    /// A whole number or null.
    Integer,
    /// A boolean.
    Boolean,
    /// A date as text, or null.
    Date,
    /// A list of texts, or null.
    List,
    /// What its first argument, or any of those that take a flow, is.
    Argument,
    /// A list of what its first argument holds.
    Values,
    /// One of what its first argument holds.
    Element,
    /// Nothing: it always fails.
    Never,
    /// Anything.
    Any,
}

/// Whether a function may be evaluated ahead of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purity {
    /// The same arguments always give the same value.
    Pure,
    /// It reads the clock, random numbers, the tenant or the target.
    Contextual,
}

/// Which dialects document a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FunctionProfile {
    /// App provisioning and cloud sync.
    Everywhere,
    /// Cloud sync only.
    CloudSync,
    /// Known from published expressions or other pages only.
    Undocumented,
}

/// A use of a function with its result; run as a test and shown in the reference.
#[derive(Clone, Debug)]
pub struct Example {
    /// The expression.
    pub expression: Cow<'static, str>,
    /// The text form of the result; the values of a list joined with ` | `; `null`, or `error: <kind>`.
    pub result: Cow<'static, str>,
}

/// What a function of an embedder does.
pub(crate) type Evaluate = dyn for<'x, 'a> Fn(&Arguments<'x, 'a>) -> Result<Value<'a>, Fault> + Send + Sync;

#[derive(Clone)]
pub(crate) enum Implementation {
    /// Takes all arguments evaluated.
    Eager(for<'x, 'a> fn(&Arguments<'x, 'a>) -> Result<Value<'a>, Fault>),
    /// Known to the compiler: lazy, or prepared from constants, or fused with its neighbours.
    Form(Form),
    /// Registered by an embedder.
    Custom(Arc<Evaluate>),
}

/// The functions that the compiler treats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Append,
    Coalesce,
    FormatDateTime,
    IgnoreFlowIfNullOrEmpty,
    Iif,
    Join,
    Left,
    Mid,
    NormalizeDiacritics,
    Redact,
    Replace,
    SelectUniqueValue,
    StripSpaces,
    Switch,
    Test(Test),
    ToLower,
    ToUpper,
}

/// The evaluated arguments of a call.
pub struct Arguments<'x, 'a> {
    pub(crate) values: &'x [Option<Value<'a>>],
    pub(crate) context: &'a EvalContext<'a>,
    pub(crate) bump: &'a Bump,
    pub(crate) seed: u64,
    pub(crate) text_left: usize,
}

impl<'a> Arguments<'_, 'a> {
    /// Gives the number of arguments, omitted ones included.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// Says whether the argument is given, be it null or `""`.
    pub fn is_given(&self, index: usize) -> bool {
        self.values.get(index).is_some_and(Option::is_some)
    }

    /// Gives an argument; an omitted one is null.
    pub fn value(&self, index: usize) -> Value<'a> {
        self.values.get(index).copied().flatten().unwrap_or(Value::Null)
    }

    /// Gives the text form of an argument, or `None` for null.
    ///
    /// # Errors
    /// A type fault for a list, bytes or a role.
    pub fn text(&self, index: usize) -> Result<Option<&'a str>, Fault> {
        match self.value(index) {
            Value::Null => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            other => match other.text(self.bump) {
                Some(text) => Ok(Some(text)),
                None => Err(one_value_needed(other).in_argument(index)),
            },
        }
    }

    /// Gives the number form of an argument, or `None` for null.
    ///
    /// # Errors
    /// A type fault for a list, bytes or a role, a conversion fault for what has no whole-number form.
    pub fn integer(&self, index: usize) -> Result<Option<i64>, Fault> {
        let value = self.value(index);
        match value {
            Value::Null => Ok(None),
            Value::List(_) | Value::Binary(_) | Value::Role(_) => {
                Err(one_value_needed(value).in_argument(index))
            }
            _ => match value.number().and_then(crate::Decimal::to_integer) {
                Some(number) => Ok(Some(number)),
                None => Err(Fault::conversion(format!("{} is not a whole number", value.kind_name()))
                    .in_argument(index)),
            },
        }
    }

    /// Gives an argument as a list: null has no values, a single value is a list of one.
    pub fn list(&self, index: usize) -> &'a [Value<'a>] {
        match self.value(index) {
            Value::Null => &[],
            Value::List(values) => values,
            single => std::slice::from_ref(self.bump.alloc(single)),
        }
    }

    /// Gives the place for text that is produced.
    pub fn bump(&self) -> &'a Bump {
        self.bump
    }

    /// Gives the time of the evaluation.
    pub fn now(&self) -> Instant {
        self.context.now
    }

    /// Gives a number to begin a pseudo-random sequence with: the same for the same context and the same
    /// call in the expression, different for every other call.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Puts `text` where the result can live, if the limit on produced text allows it.
    ///
    /// # Errors
    /// A limit fault.
    pub fn store(&self, text: &str) -> Result<&'a str, Fault> {
        if text.len() > self.text_left {
            return Err(Fault::limit(Limit::TextBytes));
        }
        Ok(self.bump.alloc_str(text))
    }
}

pub(crate) fn one_value_needed(found: Value<'_>) -> Fault {
    Fault::type_mismatch(format!("one value is needed here, not {}", found.kind_name()))
}

impl Function {
    /// Describes a function without parameters yet; add them with [`Function::parameter`].
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        yields: Yields,
        evaluate: impl for<'x, 'a> Fn(&Arguments<'x, 'a>) -> Result<Value<'a>, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            parameters: Vec::new(),
            yields,
            purity: Purity::Pure,
            profile: FunctionProfile::Everywhere,
            summary: Cow::Borrowed(""),
            examples: Vec::new(),
            implementation: Implementation::Custom(Arc::new(evaluate)),
        }
    }

    pub(crate) fn of_language(name: &'static str, yields: Yields, implementation: Implementation) -> Self {
        Self {
            name: Cow::Borrowed(name),
            parameters: Vec::new(),
            yields,
            purity: Purity::Pure,
            profile: FunctionProfile::Everywhere,
            summary: Cow::Borrowed(""),
            examples: Vec::new(),
            implementation,
        }
    }

    pub(crate) fn only_in(mut self, profile: FunctionProfile) -> Self {
        self.profile = profile;
        self
    }

    /// Adds the next parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Says whether the function may be evaluated ahead of time; it may, unless told otherwise.
    #[must_use]
    pub fn purity(mut self, purity: Purity) -> Self {
        self.purity = purity;
        self
    }

    /// Says in one sentence what the function does.
    #[must_use]
    pub fn summary(mut self, summary: impl Into<Cow<'static, str>>) -> Self {
        self.summary = summary.into();
        self
    }

    /// Adds an example, which [`FunctionTable::failing_examples`](crate::FunctionTable::failing_examples) runs.
    #[must_use]
    pub fn example(
        mut self,
        expression: impl Into<Cow<'static, str>>,
        result: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.examples.push(Example { expression: expression.into(), result: result.into() });
        self
    }

    /// Gives the name as documented.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives the parameters in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Gives what the function yields.
    pub fn yields(&self) -> Yields {
        self.yields
    }

    /// Gives the dialects that document it.
    pub fn profile(&self) -> FunctionProfile {
        self.profile
    }

    /// Gives the sentence that says what it does.
    pub fn description(&self) -> &str {
        &self.summary
    }

    /// Gives the examples.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// Writes the call with its parameter names: `Mid(source, start, [length])`.
    pub fn signature(&self) -> String {
        let mut parts = Vec::new();
        for parameter in &self.parameters {
            parts.push(match parameter.presence {
                Presence::Required => parameter.name.to_string(),
                Presence::Optional => format!("[{}]", parameter.name),
                Presence::Repeated { .. } => format!("{}…", parameter.name),
            });
        }
        format!("{}({})", self.name, parts.join(", "))
    }
}

impl Parameter {
    /// A parameter that must be given.
    pub fn required(name: impl Into<Cow<'static, str>>, accepts: Accepts) -> Self {
        Self { name: name.into(), stored_key: None, accepts, presence: Presence::Required }
    }

    /// A parameter that may be omitted.
    pub fn optional(name: impl Into<Cow<'static, str>>, accepts: Accepts) -> Self {
        Self { name: name.into(), stored_key: None, accepts, presence: Presence::Optional }
    }

    /// A last parameter that repeats.
    pub fn repeated(name: impl Into<Cow<'static, str>>, accepts: Accepts, minimum: usize) -> Self {
        Self { name: name.into(), stored_key: None, accepts, presence: Presence::Repeated { minimum } }
    }

    /// Gives it another key in the stored form than its name.
    #[must_use]
    pub fn stored_as(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.stored_key = Some(key.into());
        self
    }

    /// Gives the key in the stored form.
    pub fn key(&self) -> &str {
        self.stored_key.as_deref().unwrap_or(&self.name)
    }
}

impl fmt::Debug for Implementation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eager(_) => formatter.write_str("Eager"),
            Self::Form(form) => write!(formatter, "Form({form:?})"),
            Self::Custom(_) => formatter.write_str("Custom"),
        }
    }
}
