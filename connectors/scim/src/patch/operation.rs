//! What is an operation of a PATCH, and how is it written?

use serde_json::{Map, Value as Json, json};

use crate::profile::Case;

/// The URN of a PATCH.
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Add,
    Replace,
    Remove,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) op: Op,
    pub(crate) path: Option<String>,
    pub(crate) value: Option<Json>,
    /// Whether its value is a list that may be cut into several operations.
    pub(crate) is_divisible: bool,
}

impl Operation {
    pub(super) fn new(op: Op, path: impl Into<String>, value: Option<Json>) -> Self {
        Self { op, path: Some(path.into()), value, is_divisible: false }
    }

    pub(super) fn divisible(mut self) -> Self {
        self.is_divisible = true;
        self
    }

    fn json(&self, case: Case) -> Json {
        let op = match (self.op, case) {
            (Op::Add, Case::Lower) => "add",
            (Op::Replace, Case::Lower) => "replace",
            (Op::Remove, Case::Lower) => "remove",
            (Op::Add, Case::Pascal) => "Add",
            (Op::Replace, Case::Pascal) => "Replace",
            (Op::Remove, Case::Pascal) => "Remove",
        };
        let mut json = Map::new();
        json.insert("op".to_owned(), Json::from(op));
        if let Some(path) = &self.path {
            json.insert("path".to_owned(), Json::from(path.as_str()));
        }
        if let Some(value) = &self.value {
            json.insert("value".to_owned(), value.clone());
        }
        Json::Object(json)
    }
}

/// Writes a request.
pub(crate) fn request(operations: &[Operation], case: Case) -> Json {
    let operations: Vec<Json> = operations.iter().map(|it| it.json(case)).collect();
    json!({"schemas": [PATCH_URN], "Operations": operations})
}
