//! Entra attribute-mapping expressions: parse, check, evaluate.
//!
//! ```text
//! text --parse--> Expression --Program::compile--> Program --evaluate(record, context, bump)--> Flow
//! ```
//!
//! * [`parse`] reads a text into an [`Expression`] tree with places; it never fails and reports all faults.
//! * [`Program::compile`] checks names, arguments and constants against a [`SourceSchema`] and a
//!   [`FunctionTable`] and prepares everything that does not depend on an object.
//! * [`Program::evaluate`] reads one [`Record`] and yields a [`Flow`]: a value, or a marker that leaves the
//!   attribute or the object alone. Time, randomness, variables and uniqueness come from an [`EvalContext`],
//!   so the same input gives the same result. Every evaluation is bounded by [`Limits`].
//!
//! Embedders add functions with [`FunctionTable::register`].

mod ast;
mod compile;
mod context;
mod decimal;
mod dotnet;
mod error;
mod eval;
mod function;
mod functions;
mod instant;
mod lexer;
mod limits;
mod names;
mod op;
mod parser;
mod print;
mod program;
mod random;
mod record;
mod reference;
mod replace;
mod settings;
mod shape;
mod short;
mod stored;
mod switch_table;
mod table;
mod token;
mod trace;
mod transform;
mod value;

pub use ast::{Call, Comparison, Expression, Node, NodeKind, Number, Operator, Span, Word};
pub use context::{EvalContext, NothingTaken, UniqueOracle, Variables};
pub use decimal::Decimal;
pub use dotnet::regex::Pattern;
pub use error::{ErrorKind, EvalError, Fault, code};
pub use function::{
    Accepts, Arguments, Example, Function, FunctionProfile, Parameter, Presence, Purity, Yields,
};
pub use instant::Instant;
pub use limits::{Limit, Limits, MAX_CHARACTERS, MAX_DEPTH};
pub use names::Names;
pub use parser::parse;
pub use program::Program;
pub use random::Random;
pub use record::{Record, Slot, SourceAttribute, SourceSchema, ValueKind};
pub use settings::{AttributeNames, CompileSettings, ExpectedResult, Needs, Profile};
pub use stored::{StoredError, StoredKind, StoredNode, StoredParameter};
pub use table::{FunctionTable, RegisterError};
pub use trace::{Trace, TraceStep};
pub use value::{Flow, Role, Value};
