//! The connector against servers that others wrote: all that the engine relies on, and an organisation that changes.
//!
//! `scripts/test` starts them and says where they are. Without, these tests are ignored.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use async_trait::async_trait;
use provisio::TokioClock;
use provisio_connector::{Context, Target};
use provisio_model::{AttributeSchema, ObjectType, Secret, Value};
use provisio_scim::{
    Auth, ClientSettings, HttpClient as _, HttpRequest, Method, Profile, ReqwestClient, Scim, ScimSettings,
};
use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture, fitting_value, target};
use serde_json::Value as Json;

use crate::organisation;

const TOKEN: &str = "secret";

/// A server, one test at a time.
struct Server {
    url: String,
    profile: &'static str,
    _turn: Turn,
}

/// Whose turn it is with a server; there is one of each for all tests.
struct Turn(String);

static TAKEN: (Mutex<BTreeSet<String>>, Condvar) = (Mutex::new(BTreeSet::new()), Condvar::new());

impl Turn {
    fn take(url: &str) -> Self {
        let taken = TAKEN.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = TAKEN.1.wait_while(taken, |it| it.contains(url));
        taken.unwrap_or_else(PoisonError::into_inner).insert(url.to_owned());
        Self(url.to_owned())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        TAKEN.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
        TAKEN.1.notify_all();
    }
}

impl Server {
    fn new(variable: &str, profile: &'static str) -> Self {
        let url = std::env::var(variable).unwrap_or_else(|_| panic!("{variable} names a server"));
        let turn = Turn::take(&url);
        Self { url, profile, _turn: turn }
    }

    fn connect(&self) -> Scim {
        let mut settings = ScimSettings::new(&self.url);
        settings.profile = Profile::parse(self.profile).expect("a profile");
        settings.auth = Auth::Bearer(Secret::new(TOKEN));
        Scim::connect(settings, &ClientSettings::default()).expect("settings that are right")
    }

    /// Removes everything, without the help of the connector.
    async fn empty(&self) {
        let client = ReqwestClient::new(&ClientSettings::default()).expect("a client");
        let send = async |method: Method, url: String| {
            let request = HttpRequest::new(method, url, std::time::Duration::from_secs(30));
            let request = request.with_header("authorization", format!("Bearer {TOKEN}"));
            client.send(request, usize::MAX).await.expect("an answer").body
        };
        for endpoint in ["Groups", "Users"] {
            loop {
                let list =
                    send(Method::Get, format!("{}/{endpoint}?count=100&attributes=id", self.url)).await;
                let list: Json = serde_json::from_slice(&list).expect("JSON");
                let ids: Vec<&str> = list["Resources"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|it| it["id"].as_str())
                    .collect();
                if ids.is_empty() {
                    break;
                }
                for id in ids {
                    send(Method::Delete, format!("{}/{endpoint}/{id}", self.url)).await;
                }
            }
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

#[async_trait]
impl Fixture for Server {
    fn context(&self) -> Context {
        Context::new(Arc::new(TokioClock))
    }

    fn value(&self, _object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        let value = fitting_value(attribute, number)?;
        // What these are, the RFC says in words, and servers check: addresses, types, languages.
        let url = || format!("https://kit.example/{number}");
        Some(match (attribute.name.as_str(), value) {
            ("profileUrl", _) => Value::from(url()),
            (name, Value::Complex(mut parts)) => {
                parts.remove("type");
                match name {
                    "emails" => drop(parts.set("value", format!("kit-{number}@kit.example").as_str())),
                    "photos" => drop(parts.set("value", url().as_str())),
                    _ => {}
                }
                Value::Complex(parts)
            }
            (_, value) => value,
        })
    }

    fn more_than_a_page(&self) -> usize {
        30
    }

    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }
}

#[async_trait]
impl TargetFixture for Server {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        self.empty().await;
        Ok(Arc::new(self.connect()))
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(Arc::new(self.connect())))
    }
}

/// Checks all requirements; `exceptions` are those that the server itself cannot hold, with the reason.
fn conforms(variable: &'static str, profile: &'static str, exceptions: &[(&str, &str)]) {
    let report = block_on(target::report(|| Server::new(variable, profile)));
    let broken: Vec<&str> = report.broken().collect();
    let expected: Vec<&str> = exceptions.iter().map(|(number, _)| *number).collect();
    assert_eq!(broken, expected, "{report}");
}

const SMALL_PAGES: &str = "name = \"x\"\n[page]\nsize = 12";
const SMALL_PAGES_WITHOUT_VERSIONS: &str = "name = \"x\"\netag = \"off\"\n[page]\nsize = 12";

#[test]
#[cfg_attr(not(has_scim2_server), ignore = "PROVISIO_TEST_SCIM2_SERVER is not set")]
fn scim2_server_conforms() {
    conforms("PROVISIO_TEST_SCIM2_SERVER", SMALL_PAGES, &[]);
}

#[test]
#[cfg_attr(not(has_scimmy), ignore = "PROVISIO_TEST_SCIMMY is not set")]
fn scimmy_conforms() {
    conforms("PROVISIO_TEST_SCIMMY", SMALL_PAGES_WITHOUT_VERSIONS, &[]);
}

fn converges(variable: &str) {
    let server = Server::new(variable, "name = \"rfc\"");
    block_on(async {
        server.empty().await;
        let scim = Arc::new(server.connect());
        organisation::converges(scim, Arc::new(TokioClock), 60, 100).await;
    });
}

#[test]
#[cfg_attr(not(has_scim2_server), ignore = "PROVISIO_TEST_SCIM2_SERVER is not set")]
fn an_organisation_converges_on_scim2_server() {
    converges("PROVISIO_TEST_SCIM2_SERVER");
}

#[test]
#[cfg_attr(not(has_scim2_server_cursor), ignore = "PROVISIO_TEST_SCIM2_SERVER_CURSOR is not set")]
fn an_organisation_converges_page_by_page_with_cursors() {
    converges("PROVISIO_TEST_SCIM2_SERVER_CURSOR");
}

#[test]
#[cfg_attr(not(has_scimmy), ignore = "PROVISIO_TEST_SCIMMY is not set")]
fn an_organisation_converges_on_scimmy() {
    converges("PROVISIO_TEST_SCIMMY");
}
