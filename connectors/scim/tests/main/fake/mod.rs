//! A SCIM service in this process: strict where the RFCs are, and wrong where a test wants it to be.
//!
//! It shares no code with the connector but the text of the schemas of RFC 7643.

mod bulk;
pub(crate) mod filter;
pub(crate) mod http;
mod patch;
mod quirks;
mod schema;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use provisio_scim::{HttpRequest, HttpResponse};
use provisio_testkit::conformance::Trouble;
use serde_json::{Map, Value as Json, json};

pub(crate) use bulk::Bulk;
pub(crate) use quirks::{Demand, Quirks, Total};
use schema::Schemas;

pub(crate) const TOKEN: &str = "secret";
const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// One request as the service saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: String,
    /// The path under the base, with its query, decoded.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Json,
}

impl Seen {
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// The service.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<State>>);

struct State {
    quirks: Quirks,
    schemas: Schemas,
    /// By endpoint, then in the order in which they were made.
    resources: BTreeMap<String, Vec<Map<String, Json>>>,
    /// The ids of those that somebody else made.
    foreign: Vec<String>,
    next_id: u64,
    clock: u64,
    seen: Vec<Seen>,
    /// Answers that are given instead of the right one, to requests that begin with this line.
    scripted: Vec<(String, HttpResponse)>,
    trouble: Option<Trouble>,
}

/// An error of SCIM.
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) scim_type: Option<&'static str>,
    pub(crate) detail: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, scim_type: Option<&'static str>, detail: impl Into<String>) -> Self {
        Self { status, scim_type, detail: detail.into() }
    }

    pub(crate) fn invalid(scim_type: &'static str, detail: impl Into<String>) -> Self {
        Self::new(400, Some(scim_type), detail)
    }

    fn response(&self) -> HttpResponse {
        let mut body =
            json!({"schemas": [ERROR_URN], "status": self.status.to_string(), "detail": self.detail});
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type);
        }
        answer(self.status, &body)
    }
}

fn answer(status: u16, body: &Json) -> HttpResponse {
    HttpResponse::new(status, body.to_string()).with_header("content-type", "application/scim+json")
}

impl Fake {
    pub(crate) fn new() -> Self {
        Self::with(Quirks::default())
    }

    pub(crate) fn with(quirks: Quirks) -> Self {
        Self(Arc::new(Mutex::new(State {
            quirks,
            schemas: Schemas::rfc(),
            resources: BTreeMap::new(),
            foreign: Vec::new(),
            next_id: 0,
            clock: 0,
            seen: Vec::new(),
            scripted: Vec::new(),
            trouble: None,
        })))
    }

    /// Answers requests that begin with a line with something else, once.
    pub(crate) fn script(&self, line: &str, response: HttpResponse) {
        self.0.lock().expect("not poisoned").scripted.push((line.to_owned(), response));
    }

    /// Causes trouble, instead of any that was caused before.
    pub(crate) fn cause(&self, trouble: Option<Trouble>) {
        self.0.lock().expect("not poisoned").trouble = trouble;
    }

    /// Returns what was asked since the last time.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().expect("not poisoned").seen)
    }

    /// Returns the resources of an endpoint.
    pub(crate) fn resources(&self, endpoint: &str) -> Vec<Json> {
        let state = self.0.lock().expect("not poisoned");
        state.resources.get(endpoint).into_iter().flatten().map(|it| Json::Object(it.clone())).collect()
    }

    /// Makes a resource as if somebody else had.
    pub(crate) fn insert(&self, endpoint: &str, resource: Json) -> String {
        let mut state = self.0.lock().expect("not poisoned");
        let Json::Object(resource) = resource else { panic!("a resource is an object") };
        let made = state.create(endpoint, resource).unwrap_or_else(|it| panic!("{}", it.detail));
        let id = made["id"].as_str().expect("an id").to_owned();
        state.foreign.push(id.clone());
        id
    }

    /// Changes a resource as if somebody else had.
    pub(crate) fn edit(&self, endpoint: &str, id: &str, change: impl FnOnce(&mut Map<String, Json>)) {
        let mut state = self.0.lock().expect("not poisoned");
        let now = state.now();
        let resource = state.find_mut(endpoint, id).expect("is there");
        change(resource);
        resource["meta"]["lastModified"] = json!(now);
    }

    /// Removes a resource as if somebody else had.
    pub(crate) fn remove(&self, endpoint: &str, id: &str) {
        let mut state = self.0.lock().expect("not poisoned");
        state.resources.entry(endpoint.to_owned()).or_default().retain(|it| it["id"] != id);
    }

    /// Lets so many seconds go by.
    pub(crate) fn pass(&self, seconds: u64) {
        self.0.lock().expect("not poisoned").clock += seconds;
    }

    /// Answers a request.
    pub(crate) fn handle(&self, request: &HttpRequest) -> HttpResponse {
        let mut state = self.0.lock().expect("not poisoned");
        let (path, query) = http::split(&request.url);
        let target = if query.is_empty() {
            path.clone()
        } else {
            let shown: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{path}?{}", shown.join("&"))
        };
        let body: Json = serde_json::from_slice(&request.body).unwrap_or_default();
        let method = request.method.name().to_owned();
        let seen = Seen { method, target, headers: request.headers.clone(), body };
        let line = seen.line();
        state.seen.push(seen.clone());
        let says_who = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("user-agent"));
        if state.quirks.user_agent && !says_who {
            return Refusal::new(403, None, "who are you?").response();
        }
        if let Some(at) = state.scripted.iter().position(|(it, _)| line.starts_with(it)) {
            return state.scripted.remove(at).1;
        }
        let is_authorized = request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("authorization") && *value == format!("Bearer {TOKEN}")
        });
        if !is_authorized {
            return Refusal::new(401, None, "no").response();
        }
        let response = state.route(&seen, &path, &query).unwrap_or_else(|refusal| refusal.response());
        if state.quirks.timeless { response } else { response.with_header("date", state.date()) }
    }
}

impl State {
    fn route(
        &mut self,
        seen: &Seen,
        path: &str,
        query: &[(String, String)],
    ) -> Result<HttpResponse, Refusal> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        let missing = || Refusal::new(404, None, "there is nothing here");
        match (seen.method.as_str(), &segments[..]) {
            ("GET", ["ServiceProviderConfig"]) if self.quirks.discovery => Ok(answer(200, &self.config())),
            ("GET", [name @ ("ResourceTypes" | "Schemas")]) if self.quirks.discovery => {
                Ok(answer(200, &self.schemas.document(name)))
            }
            ("POST", ["Bulk"]) => self.bulk(seen),
            (method, [endpoint @ ("Users" | "Groups"), rest @ ..]) => {
                let endpoint = (*endpoint).to_owned();
                match (method, rest) {
                    ("GET", []) => self.list(&endpoint, query),
                    ("POST", []) => self.post(&endpoint, seen),
                    ("GET", [id]) => self.get(&endpoint, &http::decode(id), query),
                    ("PUT", [id]) => self.put(&endpoint, &http::decode(id), seen),
                    ("PATCH", [id]) => self.patch(&endpoint, &http::decode(id), seen),
                    ("DELETE", [id]) => self.delete(&endpoint, &http::decode(id), seen),
                    _ => Err(Refusal::new(405, None, "that verb is not for this")),
                }
            }
            _ if self.quirks.html_errors => {
                Ok(HttpResponse::new(404, "<html>not found</html>").with_header("content-type", "text/html"))
            }
            _ => Err(missing()),
        }
    }

    fn config(&self) -> Json {
        let yes = json!({"supported": true});
        let mut config = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            "patch": {"supported": self.quirks.patch}, "bulk": {"supported": false}, "sort": {"supported": false},
            "filter": {"supported": true, "maxResults": 1000}, "changePassword": yes,
            "etag": {"supported": self.quirks.etag}, "authenticationSchemes": [],
        });
        if let Some(bulk) = self.quirks.bulk {
            config["bulk"] = json!({
                "supported": true, "maxOperations": bulk.said_max, "maxPayloadSize": bulk.bytes_max,
            });
        }
        if self.quirks.cursor {
            config["pagination"] = json!({"cursor": true, "index": false});
        }
        config
    }

    fn find_mut(&mut self, endpoint: &str, id: &str) -> Option<&mut Map<String, Json>> {
        self.resources.get_mut(endpoint)?.iter_mut().find(|it| it["id"] == id)
    }

    fn existing(&self, endpoint: &str, id: &str) -> Result<Map<String, Json>, Refusal> {
        let found = self.resources.get(endpoint).and_then(|it| it.iter().find(|it| it["id"] == id)).cloned();
        found.ok_or_else(|| Refusal::new(404, None, format!("{id} is not there")))
    }

    fn list(&self, endpoint: &str, query: &[(String, String)]) -> Result<HttpResponse, Refusal> {
        let value = |name: &str| query.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str());
        let mut found: Vec<&Map<String, Json>> = self.resources.get(endpoint).into_iter().flatten().collect();
        if self.quirks.provisioned_only {
            found.retain(|it| !self.foreign.iter().any(|id| it["id"] == *id));
        }
        if let Some(text) = value("filter").filter(|_| !self.quirks.filter_ignored) {
            let filter = filter::parse(text).map_err(|it| Refusal::invalid("invalidFilter", it))?;
            self.quirks.check_filter(endpoint, &filter)?;
            let known = std::cell::RefCell::new(BTreeMap::<String, bool>::new());
            let is_exact = |name: &str| {
                *known.borrow_mut().entry(name.to_owned()).or_insert_with(|| self.is_exact(name))
            };
            found.retain(|it| filter.passes_object(it, &is_exact));
        }
        let total = found.len() + usize::from(matches!(self.trouble, Some(Trouble::CountIsWrong)));
        let number = |name: &str| value(name).and_then(|it| it.parse::<usize>().ok());
        let count = if self.quirks.unpaged {
            total
        } else {
            number("count").unwrap_or(100).min(self.quirks.page_max)
        };
        let mut list = json!({"schemas": [LIST_URN], "totalResults": total});
        let start = if self.quirks.cursor {
            let cursor = value("cursor").ok_or_else(|| Refusal::invalid("invalidCursor", "ask by cursor"))?;
            let start = if cursor.is_empty() { 0 } else { cursor.parse().unwrap_or(usize::MAX) };
            if start + count < total {
                list["nextCursor"] = json!((start + count).to_string());
            }
            start
        } else if self.quirks.start_index_ignored || self.quirks.unpaged {
            0
        } else {
            number("startIndex").unwrap_or(1).max(1) - 1
        };
        let mut page: Vec<Json> =
            found.into_iter().skip(start).take(count).map(|it| self.shown(it, query, true)).collect();
        if self.quirks.phantom && endpoint == "Users" && value("filter").is_none() {
            page = vec![json!({"id": "0", "userName": "nobody", "active": true})];
            list["totalResults"] = json!(1);
        }
        match self.quirks.total {
            Total::Right => {}
            Total::Missing => drop(list.as_object_mut().and_then(|it| it.remove("totalResults"))),
            Total::Text => list["totalResults"] = json!(total.to_string()),
            Total::OfPage => list["totalResults"] = json!(page.len()),
        }
        if !page.is_empty() {
            list["itemsPerPage"] = json!(page.len());
            list["startIndex"] = json!(start + 1);
            list["Resources"] = Json::Array(page);
        }
        Ok(answer(200, &list))
    }

    fn is_exact(&self, name: &str) -> bool {
        self.quirks.filter_case_exact || self.schemas.is_case_exact(name)
    }

    /// A resource as it is returned.
    fn shown(&self, resource: &Map<String, Json>, query: &[(String, String)], in_list: bool) -> Json {
        let mut shown = resource.clone();
        shown.remove("password");
        if self.quirks.members_hidden || (in_list && !self.quirks.members_in_list) {
            shown.remove("members");
        }
        let names = |wanted: &str| -> Option<Vec<String>> {
            let value = &query.iter().find(|(it, _)| it == wanted)?.1;
            Some(value.split(',').map(|it| it.trim().to_ascii_lowercase()).collect())
        };
        if let Some(excluded) = names("excludedAttributes").filter(|_| self.quirks.excluded_attributes) {
            shown.retain(|name, _| !excluded.contains(&name.to_ascii_lowercase()));
        }
        if let Some(wanted) = names("attributes") {
            shown.retain(|name, _| {
                name == "id" || name == "schemas" || wanted.contains(&name.to_ascii_lowercase())
            });
        }
        if let Some(Trouble::Unreadable { id, .. }) = &self.trouble
            && shown.get("id").and_then(Json::as_str) == Some(id)
        {
            shown.insert("active".to_owned(), json!({"who": "knows"}));
            shown.insert("displayName".to_owned(), json!({"who": "knows"}));
        }
        if !self.quirks.etag
            && let Some(meta) = shown.get_mut("meta").and_then(Json::as_object_mut)
        {
            meta.remove("version");
        }
        Json::Object(shown)
    }

    fn get(&self, endpoint: &str, id: &str, query: &[(String, String)]) -> Result<HttpResponse, Refusal> {
        let resource = self.existing(endpoint, id)?;
        Ok(answer(200, &self.shown(&resource, query, false)))
    }

    fn post(&mut self, endpoint: &str, seen: &Seen) -> Result<HttpResponse, Refusal> {
        self.check_media_type(seen)?;
        let Json::Object(resource) = seen.body.clone() else {
            return Err(Refusal::invalid("invalidSyntax", "no object"));
        };
        let members = resource.get("members").and_then(Json::as_array).map_or(0, Vec::len);
        if members > 0 && !self.quirks.members_on_create {
            return Err(Refusal::invalid("invalidValue", "a group is made without members"));
        }
        self.check_members_max(members)?;
        let made = self.create(endpoint, resource)?;
        let location = made["meta"]["location"].as_str().unwrap_or_default().to_owned();
        let response = if self.quirks.create_without_body {
            HttpResponse::new(201, "")
        } else {
            answer(201, &self.shown(&made, &[], false))
        };
        Ok(self.versioned(response.with_header("location", location), &made))
    }

    fn create(&mut self, endpoint: &str, resource: Map<String, Json>) -> Result<Map<String, Json>, Refusal> {
        let mut resource = self.schemas.accept(endpoint, resource)?;
        self.quirks.check(endpoint, &resource)?;
        self.check_unique(endpoint, &resource, None)?;
        self.quirks.keep(&mut resource);
        self.next_id += 1;
        let id = format!("{}-{}", endpoint.trim_end_matches('s').to_ascii_lowercase(), self.next_id);
        let location = format!("https://internal.example/v2/{endpoint}/{id}");
        resource.insert("id".to_owned(), json!(id));
        let time = self.now();
        let resource_type = endpoint.trim_end_matches('s');
        resource.insert(
            "meta".to_owned(),
            json!({"resourceType": resource_type, "created": time, "lastModified": time, "location": location, "version": "W/\"1\""}),
        );
        self.resources.entry(endpoint.to_owned()).or_default().push(resource.clone());
        Ok(resource)
    }

    fn now(&mut self) -> String {
        self.clock += 1;
        let (day, second) = (self.clock / 86_400 + 1, self.clock % 86_400);
        format!("2026-01-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
    }

    /// The time as HTTP has it.
    fn date(&self) -> String {
        let (day, second) = (self.clock / 86_400 + 1, self.clock % 86_400);
        format!("{day:02} Jan 2026 {:02}:{:02}:{:02} GMT", second / 3600, second / 60 % 60, second % 60)
    }

    fn check_unique(
        &self,
        endpoint: &str,
        resource: &Map<String, Json>,
        id: Option<&str>,
    ) -> Result<(), Refusal> {
        let name = resource.get("userName").and_then(Json::as_str).filter(|_| !self.quirks.twins);
        let Some(name) = name else { return Ok(()) };
        let others = self.resources.get(endpoint).into_iter().flatten();
        let mut others = others.filter(|it| id.is_none_or(|id| it["id"] != id));
        if others.any(|it| it["userName"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(name))) {
            return Err(Refusal::new(self.quirks.duplicate_status, Some("uniqueness"), "userName is taken"));
        }
        Ok(())
    }

    fn check_media_type(&self, seen: &Seen) -> Result<(), Refusal> {
        let media_type = seen.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case("content-type"));
        match media_type {
            Some((_, value)) if value == self.quirks.media_type => Ok(()),
            _ => Err(Refusal::new(415, None, format!("{} only", self.quirks.media_type))),
        }
    }

    fn check_members_max(&self, members: usize) -> Result<(), Refusal> {
        if members > self.quirks.members_max {
            return Err(Refusal::new(self.quirks.members_max_status, None, "too many members at once"));
        }
        Ok(())
    }

    fn check_version(&self, seen: &Seen, held: &Map<String, Json>) -> Result<(), Refusal> {
        let wanted = seen.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case("if-match"));
        match wanted {
            Some((_, wanted)) if self.quirks.etag && held["meta"]["version"] != *wanted => {
                Err(Refusal::new(412, None, "changed meanwhile"))
            }
            _ => Ok(()),
        }
    }

    fn patch(&mut self, endpoint: &str, id: &str, seen: &Seen) -> Result<HttpResponse, Refusal> {
        self.check_media_type(seen)?;
        if !self.quirks.patch {
            return Err(Refusal::new(501, None, "PATCH is not there"));
        }
        let before = self.existing(endpoint, id)?;
        self.check_version(seen, &before)?;
        self.check_members_max(patch::members(&seen.body))?;
        patch::check_limits(&seen.body, &self.quirks)?;
        let after = patch::apply(&before, &seen.body, &self.quirks, &self.schemas)?;
        self.store(endpoint, id, &before, after)
    }

    fn put(&mut self, endpoint: &str, id: &str, seen: &Seen) -> Result<HttpResponse, Refusal> {
        if !self.quirks.put {
            return Ok(HttpResponse::new(404, "<html>there is nothing here</html>"));
        }
        self.check_media_type(seen)?;
        let before = self.existing(endpoint, id)?;
        self.check_version(seen, &before)?;
        let Json::Object(resource) = seen.body.clone() else {
            return Err(Refusal::invalid("invalidSyntax", "no object"));
        };
        if resource.get("id").is_some_and(|it| *it != before["id"]) {
            return Err(Refusal::invalid("mutability", "another id"));
        }
        if resource.contains_key("meta") {
            return Err(Refusal::invalid("mutability", "meta is read only"));
        }
        let mut after = resource;
        // What is never returned cannot have been read.
        if let Some(password) = before.get("password") {
            after.entry("password".to_owned()).or_insert_with(|| password.clone());
        }
        self.store(endpoint, id, &before, after)
    }

    fn store(
        &mut self,
        endpoint: &str,
        id: &str,
        before: &Map<String, Json>,
        after: Map<String, Json>,
    ) -> Result<HttpResponse, Refusal> {
        let mut after = self.schemas.accept(endpoint, after)?;
        self.quirks.check(endpoint, &after)?;
        let members = |of: &Map<String, Json>| -> Vec<Json> {
            let members = of.get("members").and_then(Json::as_array).into_iter().flatten();
            members.map(|it| it["value"].clone()).collect()
        };
        let users = self.resources.get("Users").map_or(&[][..], Vec::as_slice);
        let (known, is_there) = (members(before), |id: &Json| users.iter().any(|it| it["id"] == *id));
        if self.quirks.members_exist && !members(&after).iter().all(|it| known.contains(it) || is_there(it)) {
            return Err(Refusal::invalid("invalidValue", "who is that?"));
        }
        self.check_unique(endpoint, &after, Some(id))?;
        self.quirks.keep(&mut after);
        let mut meta = before["meta"].clone();
        after.insert("id".to_owned(), before["id"].clone());
        let is_changed = {
            let mut compared = before.clone();
            compared.remove("meta");
            after.remove("meta");
            compared != after
        };
        if is_changed {
            let version: u64 = meta["version"]
                .as_str()
                .map_or("1", |it| it.trim_matches(['W', '/', '"']))
                .parse()
                .unwrap_or(1);
            meta["version"] = json!(format!("W/\"{}\"", version + 1));
            meta["lastModified"] = json!(self.now());
        }
        after.insert("meta".to_owned(), meta);
        if let Some(held) = self.find_mut(endpoint, id) {
            *held = after.clone();
        }
        let response = if self.quirks.patch_without_body {
            HttpResponse::new(204, "")
        } else {
            answer(200, &self.shown(&after, &[], false))
        };
        Ok(self.versioned(response, &after))
    }

    fn versioned(&self, response: HttpResponse, resource: &Map<String, Json>) -> HttpResponse {
        match resource["meta"]["version"].as_str().filter(|_| self.quirks.etag) {
            Some(version) => response.with_header("etag", version),
            None => response,
        }
    }

    fn delete(&mut self, endpoint: &str, id: &str, seen: &Seen) -> Result<HttpResponse, Refusal> {
        let held = self.existing(endpoint, id)?;
        self.check_version(seen, &held)?;
        if self.quirks.users_stay && endpoint == "Users" {
            return Err(Refusal::new(405, None, "users stay"));
        }
        if self.quirks.delete_deactivates && endpoint == "Users" {
            if let Some(held) = self.find_mut(endpoint, id) {
                held.insert("active".to_owned(), json!(false));
            }
        } else {
            self.resources.entry(endpoint.to_owned()).or_default().retain(|it| it["id"] != id);
        }
        Ok(HttpResponse::new(204, ""))
    }
}
