//! Several writes in one request (RFC 7644 section 3.7).

use provisio_scim::HttpResponse;
use serde_json::{Value as Json, json};

use super::{Refusal, Seen, State, answer};

const REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// How it takes them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bulk {
    pub(crate) operations_max: usize,
    pub(crate) bytes_max: usize,
    /// The most operations that it says it takes.
    pub(crate) said_max: usize,
    /// Whether results have the names of their operations; else they stand in their order.
    pub(crate) names: bool,
    /// Whether results show the objects.
    pub(crate) shows: bool,
    /// How many results at the end are left out.
    pub(crate) forgets: usize,
}

impl Default for Bulk {
    fn default() -> Self {
        let (operations_max, said_max) = (1000, 1000);
        Self { operations_max, bytes_max: 1 << 20, said_max, names: true, shows: false, forgets: 0 }
    }
}

impl State {
    pub(super) fn bulk(&mut self, seen: &Seen) -> Result<HttpResponse, Refusal> {
        let Some(bulk) = self.quirks.bulk else { return Err(Refusal::new(501, None, "one at a time")) };
        self.check_media_type(seen)?;
        let invalid = |detail: &str| Refusal::invalid("invalidSyntax", detail);
        if seen.body["schemas"] != json!([REQUEST_URN]) {
            return Err(invalid("another schema"));
        }
        let operations = seen.body["Operations"].as_array().ok_or_else(|| invalid("no operations"))?;
        if operations.len() > bulk.operations_max || seen.body.to_string().len() > bulk.bytes_max {
            return Err(Refusal::new(413, None, "too much at once"));
        }
        let mut names: Vec<&Json> = operations.iter().filter_map(|it| it.get("bulkId")).collect();
        names.dedup();
        if names.len() != operations.len() {
            return Err(invalid("each operation has a name of its own"));
        }
        let mut results = Vec::new();
        for operation in operations {
            results.push(self.operation(seen, operation, bulk)?);
        }
        if bulk.names {
            results.reverse();
        }
        results.truncate(results.len() - bulk.forgets);
        Ok(answer(200, &json!({"schemas": [RESPONSE_URN], "Operations": results})))
    }

    fn operation(&mut self, seen: &Seen, operation: &Json, bulk: Bulk) -> Result<Json, Refusal> {
        let text = |name: &str| operation[name].as_str().unwrap_or_default().to_owned();
        let (method, path) = (text("method"), text("path"));
        if !["POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) || !path.starts_with('/') {
            return Err(Refusal::invalid("invalidSyntax", format!("{method} {path}")));
        }
        let body = operation.get("data").cloned().unwrap_or_default();
        let alone =
            Seen { method: method.clone(), target: path.clone(), headers: seen.headers.clone(), body };
        let response = self.route(&alone, &path, &[]).unwrap_or_else(|refusal| refusal.response());
        let shown: Json = serde_json::from_slice(&response.body).unwrap_or_default();
        let mut result = json!({"method": method, "status": response.status.to_string()});
        if bulk.names {
            result["bulkId"] = operation["bulkId"].clone();
        }
        let made = response.header("location").map(str::to_owned);
        if let Some(location) = made {
            result["location"] = json!(location);
        } else if method != "POST" {
            result["location"] = json!(format!("https://scim.example.com/v2{path}"));
        }
        if let Some(version) = response.header("etag") {
            result["version"] = json!(version);
        }
        if response.status >= 400 || (bulk.shows && shown.is_object()) {
            result["response"] = shown;
        }
        Ok(result)
    }
}
