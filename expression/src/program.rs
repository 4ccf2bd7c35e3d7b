//! What can be done with a compiled expression? A [`Program`]: compile once, evaluate for every object.

use crate::ast::Expression;
use crate::compile::compile;
use crate::context::EvalContext;
use crate::error::{EvalError, code};
use crate::eval::Evaluator;
use crate::eval::tracer::Untraced;
use crate::op::Op;
use crate::parser::parse;
use crate::record::{Record, Slot, SourceSchema};
use crate::settings::{CompileSettings, Needs};
use crate::short::Short;
use crate::table::FunctionTable;
use crate::trace::{Recorder, Trace};
use crate::value::Flow;
use bumpalo::Bump;
use provisio_model::{Diagnostic, Severity};
use std::ops::Range;

/// A compiled expression: immutable, to be shared between threads.
///
/// ```
/// use bumpalo::Bump;
/// use provisio_expression::{
///     CompileSettings, EvalContext, Flow, FunctionTable, Instant, Names, Program, Value,
/// };
///
/// let schema = Names::new(["first", "last"]);
/// let (program, warnings) = Program::compile(
///     r#"ToLower(Join(".", [first], [last]))"#,
///     &schema,
///     &FunctionTable::standard(),
///     &CompileSettings::default(),
/// )
/// .expect("a correct expression");
/// assert!(warnings.is_empty());
///
/// let record = [Value::Text("Ann"), Value::Text("Lee")];
/// let bump = Bump::new();
/// let context = EvalContext::at(Instant::from_unix(0));
/// let result = program.evaluate(&record[..], &context, &bump);
/// assert_eq!(result, Ok(Flow::Value(Value::Text("ann.lee"))));
/// ```
#[derive(Debug)]
pub struct Program {
    pub(crate) root: Op,
    pub(crate) text: Box<str>,
    pub(crate) slots: Box<[Slot]>,
    pub(crate) needs: Needs,
    pub(crate) short: Option<Short>,
}

impl Program {
    /// Reads, checks and compiles an expression.
    ///
    /// Gives the program with warnings about it.
    ///
    /// # Errors
    /// All faults of the expression, at least one of them an error.
    pub fn compile(
        text: &str,
        schema: &dyn SourceSchema,
        functions: &FunctionTable,
        settings: &CompileSettings,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        let (expression, mut faults) = parse(text);
        let compiled = compile(&expression, schema, functions, settings);
        // Arguments that could not be read need not be counted.
        let unread: Vec<Range<usize>> = faults.iter().map(|fault| fault.span.clone()).collect();
        let is_about_unread = |found: &Diagnostic| {
            let inside = |span: &Range<usize>| found.span.start <= span.start && span.end <= found.span.end;
            found.code == code::ARITY && unread.iter().any(inside)
        };
        faults.extend(compiled.diagnostics.into_iter().filter(|found| !is_about_unread(found)));
        faults.sort_by_key(|fault| (fault.span.start, fault.span.end));
        if faults.iter().any(|fault| fault.severity == Severity::Error) {
            return Err(faults);
        }
        let program = Self {
            short: Short::find(&compiled.root),
            root: compiled.root,
            text: text.into(),
            slots: compiled.slots.into(),
            needs: compiled.needs,
        };
        Ok((program, faults))
    }

    /// Evaluates the expression for one object.
    ///
    /// Text that has to be produced goes into `bump`, which the caller resets between objects; a result that
    /// is a source value or a constant is lent as it is.
    ///
    /// # Errors
    /// When a part that is needed fails, with the place of that part.
    pub fn evaluate<'a, R: Record + ?Sized>(
        &'a self,
        record: &'a R,
        context: &'a EvalContext<'a>,
        bump: &'a Bump,
    ) -> Result<Flow<'a>, EvalError> {
        if let Some(short) = &self.short
            && let Some(flow) = short.flow(record, &context.limits, bump)
        {
            return Ok(flow);
        }
        self.evaluate_in_full(record, context, bump)
    }

    /// Tells whether the expression is seen to give this text for one record, without making the text if that can be.
    /// `false` says nothing: it may give the text all the same, or another value, or fail.
    #[inline]
    pub fn is_seen_to_give<'a, R: Record + ?Sized>(
        &'a self,
        text: &str,
        record: &'a R,
        context: &'a EvalContext<'a>,
        bump: &'a Bump,
    ) -> bool {
        match &self.short {
            Some(short) => short.is_text(record, &context.limits, bump, text) == Some(true),
            None => false,
        }
    }

    /// Does the same for whatever may be in the record.
    #[inline(never)]
    fn evaluate_in_full<'a, R: Record + ?Sized>(
        &'a self,
        record: &'a R,
        context: &'a EvalContext<'a>,
        bump: &'a Bump,
    ) -> Result<Flow<'a>, EvalError> {
        Evaluator::new(record, context, bump, Untraced).flow(&self.root).map_err(|raised| *raised)
    }

    /// Checks and compiles an expression that was not read from a text, such as one in the stored form.
    ///
    /// Places in diagnostics and errors are those in its normal form, which [`Program::text`] gives.
    ///
    /// # Errors
    /// All faults of the expression, at least one of them an error.
    pub fn compile_expression(
        expression: &Expression,
        schema: &dyn SourceSchema,
        functions: &FunctionTable,
        settings: &CompileSettings,
    ) -> Result<(Self, Vec<Diagnostic>), Vec<Diagnostic>> {
        Self::compile(&expression.to_string(), schema, functions, settings)
    }

    /// Evaluates the expression and records every part with its value; secrets are not shown.
    pub fn trace<'a, R: Record + ?Sized>(
        &'a self,
        record: &'a R,
        context: &'a EvalContext<'a>,
        bump: &'a Bump,
    ) -> Trace {
        let mut evaluator = Evaluator::new(record, context, bump, Recorder::new(&self.text));
        // The outcome is the one of the outermost part.
        let _ = evaluator.flow(&self.root);
        evaluator.tracer.finish()
    }

    /// Gives the text it was compiled from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives the attributes it reads, in ascending order.
    pub fn source_slots(&self) -> &[Slot] {
        &self.slots
    }

    /// Gives what it needs besides the record.
    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Says whether it reads the clock.
    pub fn uses_clock(&self) -> bool {
        self.needs.clock
    }

    /// Says whether it draws random numbers.
    pub fn uses_random(&self) -> bool {
        self.needs.random
    }

    /// Says whether it asks which values are taken in the target.
    pub fn needs_uniqueness(&self) -> bool {
        self.needs.uniqueness
    }

    /// Says whether logs must show `[Redact]` instead of the value: the result comes from `Redact` or from a
    /// secret attribute.
    pub fn is_redacted(&self) -> bool {
        self.root.secret
    }
}
