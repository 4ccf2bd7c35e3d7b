//! What do several writes look like in one request, and which of its results is whose (RFC 7644 section 3.7)?

use serde::Serialize;
use serde_json::Value as Json;

use crate::json;
use crate::transport::Method;

/// The URN of a request.
const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// One write as it stands in a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// The path under the base URL: `/Users/2819c223`.
    pub(crate) path: String,
    /// What is written, as JSON; empty for a DELETE.
    pub(crate) data: Vec<u8>,
}

/// What came of one write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: Option<String>,
    pub(crate) version: Option<String>,
    /// What a request of its own would have been answered; empty for nothing.
    pub(crate) response: Vec<u8>,
}

/// How many of these operations fit into one request, from the beginning: one or more, unless there is none.
pub(crate) fn fitting(operations: &[Operation], operations_max: usize, bytes_max: usize) -> usize {
    // What stands around them, and around each of them.
    const HEAD_BYTES: usize = 128;
    const FRAME_BYTES: usize = 96;
    let mut bytes = HEAD_BYTES;
    let fits = |it: &&Operation| {
        bytes = bytes.saturating_add(it.data.len() + it.path.len() + FRAME_BYTES);
        bytes <= bytes_max
    };
    operations.iter().take(operations_max).take_while(fits).count().max(operations.len().min(1))
}

/// Writes a request. How many errors it bears is not said, so that everything in it is tried.
pub(crate) fn request(operations: &[Operation]) -> Vec<u8> {
    #[derive(Serialize)]
    struct Frame<'a> {
        method: &'a str,
        path: &'a str,
        #[serde(rename = "bulkId")]
        bulk_id: String,
    }
    let mut body = format!(r#"{{"schemas":["{REQUEST_URN}"],"Operations":["#).into_bytes();
    for (at, operation) in operations.iter().enumerate() {
        if at > 0 {
            body.push(b',');
        }
        let frame = Frame { method: operation.method.name(), path: &operation.path, bulk_id: bulk_id(at) };
        // Nothing here fails: memory does not refuse to be written.
        let _ = serde_json::to_writer(&mut body, &frame);
        if !operation.data.is_empty() {
            body.pop();
            body.extend_from_slice(br#","data":"#);
            body.extend_from_slice(&operation.data);
            body.push(b'}');
        }
    }
    body.extend_from_slice(b"]}");
    body
}

/// Reads what came of each operation; `None` in the place of one that has no result, or where it cannot be told which it
/// is. `None` for everything if that is no answer to a request of several.
pub(crate) fn answers(body: &[u8], operations: &[Operation]) -> Option<Vec<Option<Answer>>> {
    let body: Json = serde_json::from_slice(body).ok()?;
    let results = json::member(&body, "Operations")?.as_array()?;
    let mut answers: Vec<Option<Answer>> = vec![None; operations.len()];
    let mut is_doubtful = vec![false; operations.len()];
    for (at, result) in results.iter().enumerate() {
        let Some(place) = place(result, at, results.len(), operations) else { continue };
        // Two results of one operation: neither is believed.
        is_doubtful[place] |= answers[place].is_some();
        answers[place] = answer(result);
    }
    for (answer, is_doubtful) in answers.iter_mut().zip(is_doubtful) {
        *answer = answer.take().filter(|_| !is_doubtful);
    }
    Some(answers)
}

/// Finds the operation that a result belongs to: by its `bulkId`, by its address, or by its place, if nothing speaks
/// against it.
fn place(result: &Json, at: usize, count: usize, operations: &[Operation]) -> Option<usize> {
    let method = json::text(result, "method");
    let suits = |it: &Operation| method.is_none_or(|method| method.eq_ignore_ascii_case(it.method.name()));
    if let Some(id) = json::text(result, "bulkId") {
        let place = id.strip_prefix(BULK_ID)?.parse::<usize>().ok()?;
        return operations.get(place).filter(|it| suits(it)).map(|_| place);
    }
    let location = json::text(result, "location").map(path_of);
    if let Some(location) = location {
        let is_meant =
            |it: &Operation| it.method != Method::Post && suits(it) && location.ends_with(it.path.as_str());
        if let Some(place) = operations.iter().position(is_meant) {
            return Some(place);
        }
    }
    let operation = operations.get(at).filter(|it| count == operations.len() && suits(it))?;
    // The address of a new object is not known before; that of any other is, and would have been found.
    (location.is_none() || operation.method == Method::Post).then_some(at)
}

fn answer(result: &Json) -> Option<Answer> {
    let status = json::member(result, "status")?;
    // Some write `{"code": "201"}`, as SCIM 1.1 does.
    let status = json::integer(json::member(status, "code").unwrap_or(status))?;
    let text = |name: &str| json::text(result, name).map(str::to_owned);
    let response = json::member(result, "response").map(|it| it.to_string().into_bytes());
    Some(Answer {
        status: u16::try_from(status).ok()?,
        location: text("location"),
        version: text("version"),
        response: response.unwrap_or_default(),
    })
}

const BULK_ID: &str = "w";

fn bulk_id(at: usize) -> String {
    format!("{BULK_ID}{at}")
}

fn path_of(location: &str) -> &str {
    location.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn operations() -> Vec<Operation> {
        let operation = |method, path: &str, data: &str| Operation {
            method,
            path: path.to_owned(),
            data: data.as_bytes().to_vec(),
        };
        vec![
            operation(Method::Post, "/Users", r#"{"userName":"ada"}"#),
            operation(Method::Patch, "/Users/7", "{}"),
            operation(Method::Delete, "/Groups/a%20b", ""),
        ]
    }

    fn statuses(results: Json) -> Vec<Option<u16>> {
        let body = json!({"Operations": results}).to_string();
        let answers = answers(body.as_bytes(), &operations()).expect("an answer");
        answers.into_iter().map(|it| it.map(|it| it.status)).collect()
    }

    #[test]
    fn a_request_is_as_the_rfc_has_it() {
        let request: Json = serde_json::from_slice(&request(&operations())).expect("JSON");
        assert_eq!(
            request,
            json!({"schemas": [REQUEST_URN], "Operations": [
                {"method": "POST", "path": "/Users", "bulkId": "w0", "data": {"userName": "ada"}},
                {"method": "PATCH", "path": "/Users/7", "bulkId": "w1", "data": {}},
                {"method": "DELETE", "path": "/Groups/a%20b", "bulkId": "w2"},
            ]})
        );
    }

    #[test]
    fn results_find_their_operation() {
        // By name, in any order.
        let named = json!([
            {"method": "DELETE", "bulkId": "w2", "status": "204"},
            {"method": "POST", "bulkId": "w0", "status": 201},
            {"method": "PATCH", "location": "https://x/v2/Users/7", "status": {"code": "200"}},
        ]);
        assert_eq!(statuses(named), [Some(201), Some(200), Some(204)]);
        // By place, where nothing has a name.
        let bare = json!([{"status": "201"}, {"status": "200"}, {"status": "204"}]);
        assert_eq!(statuses(bare), [Some(201), Some(200), Some(204)]);
    }

    #[test]
    fn what_may_be_of_another_operation_is_not_believed() {
        let other_method = json!([{"method": "PATCH", "bulkId": "w0", "status": "200"}]);
        assert_eq!(statuses(other_method), [None, None, None]);
        let twice = json!([{"bulkId": "w0", "status": "201"}, {"bulkId": "w0", "status": "409"}]);
        assert_eq!(statuses(twice), [None, None, None]);
        let fewer = json!([{"status": "201"}, {"status": "200"}]);
        assert_eq!(statuses(fewer), [None, None, None]);
        let elsewhere =
            json!([{"status": "201"}, {"status": "200", "location": "/Users/8"}, {"status": "204"}]);
        assert_eq!(statuses(elsewhere), [Some(201), None, Some(204)]);
        let without = json!([{"bulkId": "w0"}, {"bulkId": "w1", "status": "x"}]);
        assert_eq!(statuses(without), [None, None, None]);
        assert_eq!(answers(b"{}", &operations()), None);
    }

    #[test]
    fn requests_are_filled() {
        let all = operations();
        assert_eq!(fitting(&all, 2, usize::MAX), 2);
        assert_eq!(fitting(&all, 9, usize::MAX), 3);
        assert_eq!(fitting(&all, 9, 400), 2);
        assert_eq!(fitting(&all, 9, 1), 1);
        assert_eq!(fitting(&[], 9, 1), 0);
        assert!(
            request(&all).len()
                <= 128 + all.iter().map(|it| it.data.len() + it.path.len() + 96).sum::<usize>()
        );
    }
}
