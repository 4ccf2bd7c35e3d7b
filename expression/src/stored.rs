//! How does Microsoft Graph store an expression? As a tree of [`StoredNode`]s with type, name and parameters.
//!
//! The stored form knows attributes, constants and functions only, and omitted arguments are simply missing,
//! so the position of an argument is found by its key. Operators are stored as functions named by their
//! symbol; bare words and variables as constants whose `expression` has no quotes.

use crate::ast::{Call, Comparison, Expression, Node, NodeKind, Operator, Word};
use crate::function::{Function, Presence};
use crate::lexer::is_attribute_name;
use crate::limits::MAX_DEPTH;
use crate::parser::parse;
use crate::table::FunctionTable;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

/// A node of the stored form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredNode {
    /// What kind of node it is.
    #[serde(rename = "type", default)]
    pub kind: StoredKind,
    /// The attribute without brackets, the constant without quotes, or the function.
    #[serde(default)]
    pub name: Option<String>,
    /// The node as text, in normal form.
    #[serde(default)]
    pub expression: Option<String>,
    /// The arguments of a function that are not omitted.
    #[serde(default, deserialize_with = "null_as_empty")]
    pub parameters: Vec<StoredParameter>,
}

/// The kind of a [`StoredNode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredKind {
    /// An attribute of the source.
    #[default]
    #[serde(alias = "attribute")]
    Attribute,
    /// A constant; every constant is text.
    #[serde(alias = "constant")]
    Constant,
    /// A call.
    #[serde(alias = "function")]
    Function,
}

/// An argument by the key of its parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredParameter {
    /// The key.
    pub key: String,
    /// The argument.
    pub value: StoredNode,
}

/// Why a stored node is no expression.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoredError {
    /// A node that needs a name has none.
    #[error("stored {0} has no name")]
    NoName(&'static str),
    /// The name of an attribute cannot be written between brackets.
    #[error("stored attribute has the name `{0}`, which cannot be written in an expression")]
    AttributeName(String),
    /// An operator without its operands.
    #[error("stored operator `{0}` lacks operands")]
    Operands(String),
    /// Deeper than expressions may be nested.
    #[error("stored expression is nested more than {MAX_DEPTH} levels deep")]
    TooDeep,
}

fn null_as_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StoredParameter>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

const LEFT: &str = "left";
const RIGHT: &str = "right";
const OPERAND: &str = "operand";
const CONCAT: &str = "&";
/// The key of an argument whose parameter is not known.
const ARGUMENT: &str = "argument";

impl StoredNode {
    /// Makes the stored form of an expression.
    ///
    /// ```
    /// use provisio_expression::{FunctionTable, StoredNode, parse};
    ///
    /// let functions = FunctionTable::standard();
    /// let (expression, _) = parse(r#"Replace([mail], "-", , , "_", , )"#);
    /// let stored = StoredNode::of_expression(&expression, &functions);
    /// let keys: Vec<&str> = stored.parameters.iter().map(|parameter| parameter.key.as_str()).collect();
    /// assert_eq!(keys, ["source", "Find", "Replacement"]);
    ///
    /// let back = stored.to_expression(&functions)?;
    /// assert_eq!(back.to_string(), r#"Replace([mail], "-", , , "_")"#);
    /// # Ok::<(), provisio_expression::StoredError>(())
    /// ```
    pub fn of_expression(expression: &Expression, functions: &FunctionTable) -> Self {
        store(&expression.root, functions)
    }

    /// Makes the expression of a stored form from kinds, names and parameters.
    ///
    /// The text of a function or attribute is not looked at; where it is trusted more, [`parse`] it instead.
    ///
    /// # Errors
    /// When a part is missing that an expression needs.
    pub fn to_expression(&self, functions: &FunctionTable) -> Result<Expression, StoredError> {
        self.to_node(functions, 0).map(|root| Expression { root })
    }

    fn to_node(&self, functions: &FunctionTable, depth: usize) -> Result<Node, StoredError> {
        if depth == MAX_DEPTH {
            return Err(StoredError::TooDeep);
        }
        let kind = match self.kind {
            StoredKind::Attribute => match self.name.as_deref() {
                None => return Err(StoredError::NoName("attribute")),
                Some(name) if !is_attribute_name(name) => {
                    return Err(StoredError::AttributeName(name.to_owned()));
                }
                Some(name) => NodeKind::Attribute(name.to_owned()),
            },
            StoredKind::Constant => self.constant(),
            StoredKind::Function => {
                let Some(name) = self.name.as_deref() else { return Err(StoredError::NoName("function")) };
                let arguments = self.parameters.iter();
                let arguments = arguments.map(|parameter| parameter.value.to_node(functions, depth + 1));
                let arguments = arguments.collect::<Result<Vec<Node>, _>>()?;
                self.call(name, arguments, functions)?
            }
        };
        Ok(Node::synthetic(kind))
    }

    fn constant(&self) -> NodeKind {
        let written = self.expression.as_deref().map(parse);
        match written {
            Some((
                Expression { root: Node { kind: kind @ (NodeKind::Word(_) | NodeKind::Variable(_)), .. } },
                faults,
            )) if faults.is_empty() => kind,
            _ => NodeKind::Text(self.name.clone().unwrap_or_default()),
        }
    }

    fn call(
        &self,
        name: &str,
        mut arguments: Vec<Node>,
        functions: &FunctionTable,
    ) -> Result<NodeKind, StoredError> {
        let lacks_operands = || StoredError::Operands(name.to_owned());
        if name == CONCAT {
            return if arguments.len() < 2 { Err(lacks_operands()) } else { Ok(NodeKind::Concat(arguments)) };
        }
        if let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.symbol() == name) {
            let (Some(right), Some(left), 0) = (arguments.pop(), arguments.pop(), arguments.len()) else {
                return Err(lacks_operands());
            };
            return Ok(NodeKind::Compare(Box::new(Comparison { operator, left, right })));
        }
        let keys = self.parameters.iter().map(|parameter| parameter.key.as_str());
        let arguments = match functions.find(name) {
            Some(function) => place(function, keys.zip(arguments)),
            None => arguments.into_iter().map(Some).collect(),
        };
        Ok(NodeKind::Call(Call { name: name.to_owned(), name_span: Default::default(), arguments }))
    }
}

/// Puts arguments into the positions that their keys name.
fn place<'k>(function: &Function, given: impl Iterator<Item = (&'k str, Node)>) -> Vec<Option<Node>> {
    let fixed: Vec<&crate::function::Parameter> =
        function.parameters.iter().filter(|parameter| !is_repeated(parameter.presence)).collect();
    let mut places: Vec<Option<Node>> = vec![None; fixed.len()];
    let mut repeated = Vec::new();
    for (key, node) in given {
        let is_named = |name: &str| name.eq_ignore_ascii_case(key);
        let named = fixed.iter().position(|parameter| is_named(parameter.key()) || is_named(&parameter.name));
        let place = named.filter(|place| places[*place].is_none()).or_else(|| {
            let is_repeated_key = function.parameters.iter().any(|parameter| {
                is_repeated(parameter.presence) && (is_named(parameter.key()) || is_named(&parameter.name))
            });
            // A key that the descriptor does not know stands for the next position.
            if is_repeated_key { None } else { places.iter().position(Option::is_none) }
        });
        match place {
            Some(place) => places[place] = Some(node),
            None => repeated.push(Some(node)),
        }
    }
    // The positions before repeated arguments must all exist, even if nothing is repeated.
    let has_repeated = fixed.len() < function.parameters.len();
    while !has_repeated && places.last().is_some_and(Option::is_none) {
        places.pop();
    }
    places.extend(repeated);
    places
}

fn is_repeated(presence: Presence) -> bool {
    matches!(presence, Presence::Repeated { .. })
}

fn store(node: &Node, functions: &FunctionTable) -> StoredNode {
    let mut stored = StoredNode { expression: Some(node.to_string()), ..StoredNode::default() };
    let parameter =
        |key: &str, node: &Node| StoredParameter { key: key.to_owned(), value: store(node, functions) };
    match &node.kind {
        NodeKind::Attribute(name) => stored.name = Some(name.clone()),
        NodeKind::Text(text) => {
            stored.kind = StoredKind::Constant;
            stored.name = Some(text.clone());
        }
        NodeKind::Number(number) => {
            // The service stores numbers as quoted constants.
            stored.kind = StoredKind::Constant;
            stored.expression = Some(Node::synthetic(NodeKind::Text(number.text())).to_string());
            stored.name = Some(number.text());
        }
        NodeKind::Variable(_) | NodeKind::Word(_) => {
            stored.kind = StoredKind::Constant;
            stored.name = stored.expression.clone();
        }
        NodeKind::Compare(comparison) => {
            stored.kind = StoredKind::Function;
            stored.name = Some(comparison.operator.symbol().to_owned());
            stored.parameters = vec![parameter(LEFT, &comparison.left), parameter(RIGHT, &comparison.right)];
        }
        NodeKind::Concat(operands) => {
            stored.kind = StoredKind::Function;
            stored.name = Some(CONCAT.to_owned());
            stored.parameters = operands.iter().map(|operand| parameter(OPERAND, operand)).collect();
        }
        NodeKind::Call(call) => {
            stored.kind = StoredKind::Function;
            let function = functions.find(&call.name);
            stored.name = Some(function.map_or(call.name.as_str(), Function::name).to_owned());
            stored.parameters = store_arguments(call, function, functions);
        }
        NodeKind::Missing => stored.kind = StoredKind::Constant,
    }
    stored
}

fn store_arguments(
    call: &Call,
    function: Option<&Function>,
    functions: &FunctionTable,
) -> Vec<StoredParameter> {
    let keys = function.map(|function| keys(function, call.arguments.len())).unwrap_or_default();
    let mut stored = Vec::new();
    for (index, argument) in call.arguments.iter().enumerate() {
        let (key, omitted) = keys.get(index).copied().unwrap_or((ARGUMENT, Omitted::Missing));
        let value = match (argument, omitted) {
            (Some(argument), _) => store(argument, functions),
            (None, Omitted::Missing) => continue,
            (None, Omitted::Null) => store(&Node::synthetic(NodeKind::Word(Word::Null)), functions),
        };
        stored.push(StoredParameter { key: key.to_owned(), value });
    }
    stored
}

/// What stands in the stored form for an omitted argument.
#[derive(Clone, Copy)]
enum Omitted {
    Missing,
    /// It cannot be missing, because what follows would move.
    Null,
}

/// Gives the key of each of so many arguments.
fn keys(function: &Function, count: usize) -> Vec<(&str, Omitted)> {
    let fixed = function.parameters.iter().filter(|parameter| !is_repeated(parameter.presence));
    let mut keys: Vec<(&str, Omitted)> = fixed.map(|parameter| (parameter.key(), Omitted::Missing)).collect();
    // The old form of `FormatDateTime` has no styles.
    if count == 3 && function.name == "FormatDateTime" {
        keys.remove(1);
    }
    let group: Vec<&str> = function
        .parameters
        .iter()
        .filter(|parameter| is_repeated(parameter.presence))
        .map(crate::function::Parameter::key)
        .collect();
    let omitted = if group.len() > 1 { Omitted::Null } else { Omitted::Missing };
    while keys.len() < count && !group.is_empty() {
        keys.extend(group.iter().map(|key| (*key, omitted)));
    }
    keys
}
