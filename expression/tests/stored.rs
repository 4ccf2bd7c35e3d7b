//! The stored form, as the documentation of Microsoft Graph shows it.

use provisio_expression::{FunctionTable, StoredError, StoredKind, StoredNode, parse};
use serde_json::json;

#[test]
fn the_documented_example_is_stored_as_documented() {
    let functions = FunctionTable::standard();
    let (expression, _) = parse("Replace([preferredLanguage], \"-\", , , \"_\", ,  )");
    let stored = StoredNode::of_expression(&expression, &functions);
    assert_eq!(
        serde_json::to_value(&stored).expect("JSON"),
        json!({
            "expression": "Replace([preferredLanguage], \"-\", , , \"_\", , )",
            "name": "Replace",
            "parameters": [
                { "key": "source", "value": { "expression": "[preferredLanguage]", "name": "preferredLanguage", "parameters": [], "type": "Attribute" } },
                { "key": "Find", "value": { "expression": "\"-\"", "name": "-", "parameters": [], "type": "Constant" } },
                { "key": "Replacement", "value": { "expression": "\"_\"", "name": "_", "parameters": [], "type": "Constant" } },
            ],
            "type": "Function",
        })
    );
    let back = stored.to_expression(&functions).expect("an expression");
    assert_eq!(back.to_string(), "Replace([preferredLanguage], \"-\", , , \"_\")");
}

#[test]
fn sparse_json_is_read() {
    let functions = FunctionTable::standard();
    let read = |json| {
        let stored: StoredNode = serde_json::from_value(json).expect("a stored node");
        stored.to_expression(&functions).map(|expression| expression.to_string())
    };
    assert_eq!(read(json!({ "name": "mail" })), Ok("[mail]".to_owned()));
    assert_eq!(read(json!({ "name": "8", "type": "Constant", "parameters": null })), Ok("\"8\"".to_owned()));
    let mid = json!({ "type": "Function", "name": "Mid", "parameters": [
        { "key": "length", "value": { "type": "Constant", "name": "8" } },
        { "key": "source", "value": { "name": "upn" } },
        { "key": "start", "value": { "type": "Constant", "name": "1", "expression": "\"1\"" } },
    ] });
    assert_eq!(read(mid), Ok("Mid([upn], \"1\", \"8\")".to_owned()));
    let iif = json!({ "type": "Function", "name": "IIF", "parameters": [
        { "key": "one", "value": { "type": "Function", "name": "=", "parameters": [
            { "key": "left", "value": { "name": "a" } }, { "key": "right", "value": { "type": "Constant", "expression": "True", "name": "True" } } ] } },
        { "key": "x", "value": { "type": "Constant", "name": "yes" } },
        { "key": "y", "value": { "type": "Constant", "name": "no" } },
    ] });
    assert_eq!(read(iif), Ok("IIF([a] = True, \"yes\", \"no\")".to_owned()));
    assert_eq!(read(json!({ "type": "Function" })), Err(StoredError::NoName("function")));
    assert_eq!(read(json!({ "name": "a]" })), Err(StoredError::AttributeName("a]".to_owned())));
    let deep =
        (0..500).fold(StoredNode { name: Some("a".to_owned()), ..StoredNode::default() }, |inner, _| {
            StoredNode {
                kind: StoredKind::Function,
                name: Some("ToLower".to_owned()),
                expression: None,
                parameters: vec![provisio_expression::StoredParameter {
                    key: "source".to_owned(),
                    value: inner,
                }],
            }
        });
    assert_eq!(deep.to_expression(&functions), Err(StoredError::TooDeep));
}
