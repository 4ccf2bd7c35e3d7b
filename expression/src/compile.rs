//! How does a tree become a program? Names, arguments and constants are checked, constants folded, patterns
//! prepared. [`Expression`] in, [`Op`] tree and all diagnostics out; it never fails.

mod arguments;
mod forms;
mod prepared;

use crate::ast::{Call, Expression, Node, NodeKind, Span, Word};
use crate::context::EvalContext;
use crate::error::{ErrorKind, EvalError, Fault, code};
use crate::eval::Evaluator;
use crate::eval::tracer::Untraced;
use crate::function::{Accepts, Function, FunctionProfile, Implementation, Purity};
use crate::instant::Instant;
use crate::limits::MAX_DEPTH;
use crate::op::{self, Constant, Ignored, Op, OpKind};
use crate::record::{Slot, SourceAttribute, SourceSchema};
use crate::settings::{AttributeNames, CompileSettings, Needs, Profile};
use crate::shape::Shape;
use crate::table::FunctionTable;
use crate::value::{Flow, Value, integer};
use bumpalo::Bump;
use provisio_model::Diagnostic;
use provisio_model::closest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest text that folding may put into a program.
const FOLDED_BYTES: usize = 64 << 10;

pub(crate) struct Compiled {
    pub(crate) root: Op,
    pub(crate) slots: Vec<Slot>,
    pub(crate) needs: Needs,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

pub(crate) fn compile(
    expression: &Expression,
    schema: &dyn SourceSchema,
    functions: &FunctionTable,
    settings: &CompileSettings,
) -> Compiled {
    let mut compiler = Compiler {
        schema,
        functions,
        settings,
        diagnostics: Vec::new(),
        slots: BTreeSet::new(),
        needs: Needs::default(),
        sites: 0,
        depth: 0,
        conditional: 0,
    };
    let root = match &expression.root.kind {
        NodeKind::Call(call) => compiler.call(&expression.root, call, Place::Top),
        _ => compiler.lower(&expression.root),
    };
    compiler.check_result(&root);
    Compiled {
        root: root.op,
        slots: compiler.slots.into_iter().collect(),
        needs: compiler.needs,
        diagnostics: compiler.diagnostics,
    }
}

struct Compiler<'c> {
    schema: &'c dyn SourceSchema,
    functions: &'c FunctionTable,
    settings: &'c CompileSettings,
    diagnostics: Vec<Diagnostic>,
    slots: BTreeSet<Slot>,
    needs: Needs,
    /// Calls so far that may draw random numbers.
    sites: u32,
    depth: usize,
    /// How many enclosing parts may leave this one unevaluated.
    conditional: usize,
}

/// An operation and what is known about its value.
struct Lowered {
    op: Op,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Top,
    Inside,
}

impl Compiler<'_> {
    fn lower(&mut self, node: &Node) -> Lowered {
        if self.depth == MAX_DEPTH {
            let message = format!("expression is nested more than {MAX_DEPTH} levels deep");
            self.error(code::TOO_DEEP, node.span, message, None);
            return unknown(node.span);
        }
        self.depth += 1;
        let lowered = self.lower_node(node);
        self.depth -= 1;
        lowered
    }

    fn lower_node(&mut self, node: &Node) -> Lowered {
        let span = node.span;
        match &node.kind {
            NodeKind::Attribute(name) => self.attribute(span, name),
            NodeKind::Text(text) => constant(span, Constant::Text(text.as_str().into())),
            NodeKind::Number(number) => constant(span, Constant::Text(number.text().into())),
            NodeKind::Variable(name) => {
                self.needs.variables = true;
                Lowered { op: plain(span, OpKind::Variable(name.as_str().into())), shape: Shape::TEXT }
            }
            NodeKind::Word(word) => lower_word(span, *word),
            NodeKind::Call(call) => self.call(node, call, Place::Inside),
            NodeKind::Compare(comparison) => {
                let left = self.operand(&comparison.left);
                let right = self.operand(&comparison.right);
                let kind = OpKind::Compare(comparison.operator, Box::new([left.op, right.op]));
                let op = self.fold(compound(span, kind));
                Lowered { op, shape: Shape::BOOLEAN }
            }
            NodeKind::Concat(operands) => {
                let operands: Vec<Op> = operands.iter().map(|operand| self.operand(operand).op).collect();
                let op = self.fold(compound(span, OpKind::Concat(operands.into())));
                Lowered { op, shape: Shape::TEXT }
            }
            // The parser has reported what is missing.
            NodeKind::Missing => unknown(span),
        }
    }

    fn attribute(&mut self, span: Span, name: &str) -> Lowered {
        let found = self.schema.attribute(name).map(|attribute| (attribute, name.to_owned())).or_else(|| {
            let ignore_case = self.settings.names == AttributeNames::IgnoreCase;
            if ignore_case { self.attribute_ignoring_case(name) } else { None }
        });
        let Some((attribute, name)) = found else { return self.unknown_attribute(span, name) };
        self.slots.insert(attribute.slot);
        let op = Op { span, secret: self.schema.is_secret(&name), kind: OpKind::Attribute(attribute.slot) };
        Lowered { op, shape: Shape::of_attribute(attribute) }
    }

    fn attribute_ignoring_case(&self, name: &str) -> Option<(SourceAttribute, String)> {
        let wanted = name.to_lowercase();
        let known = self.schema.names().find(|known| known.to_lowercase() == wanted)?;
        self.schema.attribute(known).map(|attribute| (attribute, known.to_owned()))
    }

    fn unknown_attribute(&mut self, span: Span, name: &str) -> Lowered {
        if name.is_empty() {
            return unknown(span);
        }
        let message = format!("unknown attribute `[{name}]`");
        let help = closest(name, self.schema.names()).map(|known| {
            let case_only = known.to_lowercase() == name.to_lowercase();
            let note = if case_only { "; letter case counts" } else { "" };
            format!("did you mean `[{known}]`?{note}")
        });
        match self.settings.names {
            AttributeNames::Strict | AttributeNames::IgnoreCase => {
                self.error(code::UNKNOWN_ATTRIBUTE, span, message, help);
                unknown(span)
            }
            AttributeNames::Lenient => {
                self.warning(code::UNKNOWN_ATTRIBUTE, span, format!("{message}; it reads as null"), help);
                Lowered { op: plain(span, OpKind::Absent), shape: Shape::NULL }
            }
        }
    }

    /// Lowers an operand of a comparison or of `&`.
    fn operand(&mut self, node: &Node) -> Lowered {
        let operand = self.lower(node);
        self.check_shape(&operand, Accepts::Text, "an operand");
        operand
    }

    fn call(&mut self, node: &Node, call: &Call, place: Place) -> Lowered {
        let Some(function) = self.functions.find(&call.name) else {
            let help = match self.functions.closest(&call.name) {
                Some(known) => format!("did you mean `{known}`?"),
                None => "see the expression reference for the functions there are".to_owned(),
            };
            let message = format!("unknown function `{}`", call.name);
            self.error(code::UNKNOWN_FUNCTION, call.name_span, message, Some(help));
            // The arguments may have faults of their own.
            for argument in call.arguments.iter().flatten() {
                self.lower(argument);
            }
            return unknown(node.span);
        };
        let function = function.clone();
        if function.profile == FunctionProfile::CloudSync && self.settings.profile == Profile::App {
            let message = format!("`{}` is documented for cloud sync only", function.name);
            self.warning(code::PROFILE, call.name_span, message, None);
        }
        self.note_needs(&function);
        let Some(arguments) = self.arrange(node, call, &function) else {
            for argument in call.arguments.iter().flatten() {
                self.lower(argument);
            }
            return unknown(node.span);
        };
        match function.implementation {
            Implementation::Form(form) => self.form(node, &function, form, &arguments, place),
            Implementation::Eager(_) | Implementation::Custom(_) => self.eager(node, function, &arguments),
        }
    }

    fn note_needs(&mut self, function: &Function) {
        if function.purity == Purity::Pure {
            return;
        }
        match &*function.name {
            "Now" => self.needs.clock = true,
            "Guid" | "RandomString" => self.needs.random = true,
            "SelectUniqueValue" => self.needs.uniqueness = true,
            "DefaultDomain" => self.needs.default_domain = true,
            "Error" => {}
            _ => {
                self.needs.clock = true;
                self.needs.random = true;
            }
        }
    }

    /// Lowers a function that takes all its arguments evaluated.
    fn eager(&mut self, node: &Node, function: Function, arguments: &[Option<&Node>]) -> Lowered {
        let mut first = Shape::NULL;
        let mut ops = Vec::with_capacity(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            ops.push(argument.map(|argument| {
                let lowered = self.argument(argument, &function, index);
                if index == 0 {
                    first = lowered.shape;
                }
                lowered.op
            }));
        }
        let shape = Shape::of_result(function.yields, first);
        let pure = function.purity == Purity::Pure;
        if !pure {
            self.sites += 1;
        }
        let call = op::Call { function: Arc::new(function), arguments: ops.into(), site: self.sites };
        let op = compound(node.span, OpKind::Call(Box::new(call)));
        Lowered { op: if pure { self.fold(op) } else { op }, shape }
    }

    /// Lowers an argument and checks it against the parameter at `index`.
    fn argument(&mut self, node: &Node, function: &Function, index: usize) -> Lowered {
        let parameter = arguments::parameter(function, index);
        let what = format!("`{}` of `{}`", parameter.name, function.name);
        let accepts = parameter.accepts;
        let mut lowered = self.lower(node);
        self.check_shape(&lowered, accepts, &what);
        if accepts == Accepts::Integer {
            lowered = self.integer_constant(lowered, &what);
        }
        if accepts == Accepts::Interval {
            lowered = self.interval_constant(lowered, &what);
        }
        lowered
    }

    fn integer_constant(&mut self, mut lowered: Lowered, what: &str) -> Lowered {
        match lowered.op.constant() {
            Some(Constant::Text(text)) => match integer(text) {
                Some(number) => lowered.op.kind = OpKind::Constant(Constant::Int(number)),
                None => {
                    let fault = Fault::conversion(format!("{what} is not a whole number"));
                    lowered.op = self.always_fails(fault.at(lowered.op.span));
                }
            },
            Some(Constant::Bool(_) | Constant::Decimal(_)) => {
                let fault = Fault::conversion(format!("{what} is not a whole number"));
                lowered.op = self.always_fails(fault.at(lowered.op.span));
            }
            Some(Constant::Null | Constant::Int(_)) | None => {}
        }
        lowered
    }

    fn interval_constant(&mut self, lowered: Lowered, what: &str) -> Lowered {
        const INTERVALS: [&str; 7] = ["yyyy", "m", "d", "ww", "h", "n", "s"];
        if let Some(text) = lowered.op.constant_text()
            && !INTERVALS.contains(&text)
        {
            let message = format!("{what} is `{text}`, which is no interval");
            let help = "one of `yyyy`, `m`, `d`, `ww`, `h`, `n`, `s`, in small letters".to_owned();
            self.error(code::TYPE, lowered.op.span, message, Some(help));
            return unknown(lowered.op.span);
        }
        lowered
    }

    /// Reports a value of a kind that `accepts` does not take: an error if it can be no other, else a warning.
    fn check_shape(&mut self, lowered: &Lowered, accepts: Accepts, what: &str) {
        let accepted = Shape::accepted(accepts);
        let wrong = lowered.shape.outside(accepted);
        if wrong.is_empty() {
            return;
        }
        let definite = lowered.shape.outside(wrong).is_empty();
        let span = lowered.op.span;
        let help = match accepts {
            Accepts::Text | Accepts::Integer | Accepts::Boolean | Accepts::Date | Accepts::Interval
                if !wrong.outside(Shape::MARKER).is_empty() =>
            {
                Some("pick one value with `Item`, or make one text of them with `Join`".to_owned())
            }
            _ if !wrong.outside(Shape::LIST).is_empty() && wrong == Shape::MARKER => {
                Some("a flow marker can only be the whole result".to_owned())
            }
            _ => None,
        };
        if definite {
            self.error(code::TYPE, span, format!("{what} cannot be {}", wrong.describe()), help);
        } else {
            self.warning(
                code::MAYBE_TYPE,
                span,
                format!("{what} may turn out to be {}", wrong.describe()),
                help,
            );
        }
    }

    fn check_result(&mut self, root: &Lowered) {
        let Some(expected) = self.settings.result else { return };
        if !expected.multi_valued {
            let wrong = root.shape.outside(Shape::one_value());
            if !wrong.is_empty() {
                let message =
                    format!("the target attribute takes one value, and the result {{}} {}", wrong.describe());
                let definite = root.shape.outside(wrong).is_empty();
                let help =
                    Some("pick one value with `Item`, or make one text of them with `Join`".to_owned());
                if definite {
                    self.error(code::RESULT, root.op.span, message.replace("{}", "is"), help);
                } else {
                    self.warning(code::MAYBE_TYPE, root.op.span, message.replace("{}", "may be"), help);
                }
            }
        }
        if let Some(constant) = root.op.constant()
            && !arguments::fits(constant, expected.kind)
        {
            let message = format!("the constant is not {}", arguments::kind_name(expected.kind));
            self.error(code::RESULT, root.op.span, message, None);
        }
    }

    /// Evaluates an operation ahead of time if everything below it is constant.
    fn fold(&mut self, op: Op) -> Op {
        if !arguments::has_constant_operands(&op) {
            return op;
        }
        let bump = Bump::new();
        let context = EvalContext::at(Instant::default());
        let record: [Value<'_>; 0] = [];
        let outcome = Evaluator::new(&record[..], &context, &bump, Untraced).flow(&op);
        let folded = match outcome {
            Ok(Flow::Value(Value::Text(text))) if text.len() > FOLDED_BYTES => None,
            Ok(Flow::Value(value)) => Constant::of(value).map(Ok),
            Ok(Flow::IgnoreAttribute | Flow::IgnoreObject) => None,
            Err(error) => match error.kind() {
                ErrorKind::Limit => None,
                _ => Some(Err(error)),
            },
        };
        match folded {
            None => op,
            Some(Ok(constant)) => Op { span: op.span, secret: op.secret, kind: OpKind::Constant(constant) },
            Some(Err(error)) => self.always_fails(*error),
        }
    }

    /// Reports a part that fails for every object: an error where it is always evaluated, else a warning.
    fn always_fails(&mut self, error: EvalError) -> Op {
        let span = error.span();
        let message = error.to_string();
        if self.conditional == 0 {
            let code = match error.kind() {
                ErrorKind::Type => code::TYPE,
                ErrorKind::OutOfRange => code::OUT_OF_RANGE,
                _ => code::CONVERSION,
            };
            self.error(code, span, message, None);
        } else {
            let message = format!("this fails whenever it is evaluated: {message}");
            self.warning(code::ALWAYS_FAILS, span, message, None);
        }
        plain(span, OpKind::Fail(Box::new(error)))
    }

    fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut diagnostic = Diagnostic::error(code, span.range(), message);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    fn warning(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: Option<String>) {
        let mut diagnostic = Diagnostic::warning(code, span.range(), message);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }
}

fn lower_word(span: Span, word: Word) -> Lowered {
    let marker = |ignored| Lowered { op: plain(span, OpKind::Ignore(ignored)), shape: Shape::MARKER };
    match word {
        Word::IgnoreAttributeFlow => marker(Ignored::Attribute),
        Word::IgnoreObjectFlow => marker(Ignored::Object),
        Word::True => constant(span, Constant::Bool(true)),
        Word::False => constant(span, Constant::Bool(false)),
        Word::Null | Word::AuthoritativeNull => constant(span, Constant::Null),
        Word::VbTextCompare | Word::VbBinaryCompare | Word::Unicode | Word::Utf8 | Word::Ascii => {
            constant(span, Constant::Text(word.name().into()))
        }
    }
}

fn constant(span: Span, constant: Constant) -> Lowered {
    let shape = Shape::of_constant(&constant);
    Lowered { op: plain(span, OpKind::Constant(constant)), shape }
}

/// Stands for what has been reported already.
fn unknown(span: Span) -> Lowered {
    let error = EvalError::Type { span, message: "this part could not be compiled".to_owned() };
    Lowered { op: plain(span, OpKind::Fail(Box::new(error))), shape: Shape::UNKNOWN }
}

fn plain(span: Span, kind: OpKind) -> Op {
    Op { span, secret: false, kind }
}

/// Makes an operation that is as secret as what it is made of.
fn compound(span: Span, kind: OpKind) -> Op {
    let mut op = Op { span, secret: false, kind };
    let mut secret = matches!(op.kind, OpKind::Redact(_));
    op.operands(&mut |operand| secret |= operand.secret);
    op.secret = secret;
    op
}
