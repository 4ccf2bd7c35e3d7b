//! Which functions are there? A [`FunctionTable`], looked up without regard to letter case.

use crate::function::{Function, Presence};
use crate::functions;
use provisio_model::closest;
use std::cmp::Ordering;
use thiserror::Error;

/// The functions that expressions may call.
#[derive(Clone, Debug)]
pub struct FunctionTable {
    /// Sorted by name without regard to letter case.
    functions: Vec<Function>,
}

/// Why a function cannot be registered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is taken.
    #[error("function `{0}` exists already")]
    Exists(String),
    /// The name cannot be written in an expression.
    #[error("`{0}` cannot be the name of a function")]
    Name(String),
    /// A repeated parameter stands before another one, or an optional one before a required one.
    #[error("parameter `{0}` of a function stands in the wrong place")]
    Parameter(String),
}

impl FunctionTable {
    /// Makes the table of the language's own functions.
    pub fn standard() -> Self {
        let mut functions = functions::all();
        functions.sort_by(|left, right| compare(&left.name, &right.name));
        Self { functions }
    }

    /// Adds a function of the embedder.
    ///
    /// # Errors
    /// When the name is taken or cannot be written, or the parameters are in an order that cannot be called.
    pub fn register(&mut self, function: Function) -> Result<(), RegisterError> {
        let mut letters = function.name.chars();
        let valid = letters.next().is_some_and(crate::lexer::is_name_start)
            && letters.all(crate::lexer::is_name_part);
        if !valid {
            return Err(RegisterError::Name(function.name.into_owned()));
        }
        for pair in function.parameters.windows(2) {
            let misplaced = match (pair[0].presence, pair[1].presence) {
                (Presence::Repeated { .. }, _) | (Presence::Optional, Presence::Required) => true,
                (Presence::Required | Presence::Optional, _) => false,
            };
            if misplaced {
                return Err(RegisterError::Parameter(pair[0].name.clone().into_owned()));
            }
        }
        match self.position(&function.name) {
            Ok(_) => Err(RegisterError::Exists(function.name.into_owned())),
            Err(place) => {
                self.functions.insert(place, function);
                Ok(())
            }
        }
    }

    /// Finds a function without regard to letter case.
    pub fn find(&self, name: &str) -> Option<&Function> {
        self.position(name).ok().map(|place| &self.functions[place])
    }

    /// Gives all functions by name.
    pub fn iter(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter()
    }

    /// Finds the function that a misspelt name probably means.
    pub(crate) fn closest(&self, name: &str) -> Option<&str> {
        let foreign = [("concat", "Append"), ("concatenate", "Append"), ("if", "IIF"), ("substring", "Mid")];
        if let Some((_, ours)) = foreign.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name)) {
            return Some(ours);
        }
        closest(name, self.functions.iter().map(|function| &*function.name))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.functions.binary_search_by(|function| compare(&function.name, name))
    }
}

fn compare(left: &str, right: &str) -> Ordering {
    let lower = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    lower(left).cmp(&lower(right))
}
