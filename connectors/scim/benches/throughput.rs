//! How many users are created in a second, beside a bare HTTP client that sends the same bodies? And how much memory
//! does it take to read two hundred thousand?
//!
//! Server, connector and bare client share two worker threads of one process. Both clients take turns, so that
//! whatever else the machine does hits both. Beside the time that goes by stands the processor time of the process,
//! the server's included, which is the same for both clients: what else runs on the machine hardly moves it.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench stops at what it does not expect, and says what it measured"
)]

#[path = "../tests/main/net"]
mod net {
    pub(crate) mod message;
    pub(crate) mod server;
}

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use provisio::TokioClock;
use provisio_connector::{Connector as _, Context, ReadEvent, ReadQuery, Source as _, Target as _};
use provisio_model::{Attributes, Layout, Outcome, Secret, Value, Write, WriteAction, WriteId};
use provisio_scim::{Auth, ClientSettings, Scim, ScimSettings};

use net::server::{Answering, Received, Reply, Server};

/// How many requests are under way at once.
const AT_ONCE: usize = 16;
const CREATES: usize = 20_000;
const ROUNDS: usize = 7;
const USERS: usize = 200_000;
const CREATES_PER_SECOND_MIN: f64 = 5_000.0;
const GROWTH_BYTES_MAX: u64 = 16 << 20;
const RATIO_MAX: f64 = 1.5;

/// A service that holds users without holding anything.
struct Service {
    created: AtomicUsize,
    /// One of the bodies that came.
    sample: std::sync::OnceLock<Vec<u8>>,
    bytes: AtomicU64,
}

impl Answering for Arc<Service> {
    fn answer(&self, request: &Received<'_>) -> Reply {
        if !request.headers().any(|(name, value)| name == "authorization" && value == "Bearer secret") {
            return Reply::new(401, "");
        }
        match (request.method, request.target.split('?').next().unwrap_or_default()) {
            ("POST", "/v2/Users") => {
                let number = self.created.fetch_add(1, Ordering::Relaxed);
                self.bytes.fetch_add(request.body.len() as u64, Ordering::Relaxed);
                let _ = self.sample.set(request.body.to_vec());
                let meta =
                    format!(r#"{{"id":"{number:08x}","meta":{{"resourceType":"User","version":"W/\"1\""}},"#);
                let mut body = meta.into_bytes();
                body.extend_from_slice(&request.body[1..]);
                Reply::new(201, body)
            }
            ("GET", "/v2/Users") => Reply::new(200, page(request.target)),
            _ => Reply::new(404, ""),
        }
    }
}

/// A page of users that come out of their numbers.
fn page(target: &str) -> String {
    use std::fmt::Write as _;
    let number = |name: &str| {
        let value = target.split(['?', '&']).find_map(|it| it.strip_prefix(name))?;
        value.parse::<usize>().ok()
    };
    let (start, count) = (number("startIndex=").unwrap_or(1) - 1, number("count=").unwrap_or(100));
    let mut page = format!(r#"{{"totalResults":{USERS},"startIndex":{},"Resources":["#, start + 1);
    for at in start..(start + count).min(USERS) {
        let comma = if at == start { "" } else { "," };
        let _ = write!(
            page,
            r#"{comma}{{"id":"5f9c1d3e-0000-4000-8000-{at:012x}","userName":"user{at}@example.com","active":true,"externalId":"{at}","displayName":"User {at}","name":{{"givenName":"User","familyName":"{at}"}},"emails":[{{"type":"work","value":"user{at}@example.com","primary":true}}],"meta":{{"version":"W/\"{at}\""}}}}"#
        );
    }
    page.push_str("]}");
    page
}

fn user(number: usize) -> Attributes {
    let text = |text: String| Value::from(text.as_str());
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut attributes = Attributes::new();
    attributes.set("userName", text(format!("user{number}@example.com")));
    attributes.set("externalId", text(format!("{number}")));
    attributes.set("active", Value::Bool(true));
    attributes.set("displayName", text(format!("User {number}")));
    attributes.set("title", "Engineer");
    attributes.set("name.givenName", "User");
    attributes.set("name.familyName", text(format!("Number {number}")));
    attributes.set(r#"emails[type eq "work"].value"#, text(format!("user{number}@example.com")));
    attributes.set(r#"phoneNumbers[type eq "work"].value"#, text(format!("+47 {number}")));
    attributes.set(format!("{enterprise}:department").as_str(), "Sales");
    attributes
}

/// Keeps so many calls under way until all are done.
async fn all_at_once<I, F: Future<Output = ()> + Send + 'static>(
    what: Vec<I>,
    call: impl Fn(I) -> F,
) -> Spent {
    let (begin, busy) = (Instant::now(), processor_seconds());
    let mut tasks = tokio::task::JoinSet::new();
    for it in what {
        if tasks.len() == AT_ONCE {
            tasks.join_next().await.expect("some").expect("no panic");
        }
        tasks.spawn(call(it));
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("no panic");
    }
    Spent { seconds: begin.elapsed().as_secs_f64(), processor_seconds: processor_seconds() - busy }
}

/// What a round took.
struct Spent {
    seconds: f64,
    processor_seconds: f64,
}

/// How long the threads of this process were busy so far: their time in and outside of the kernel, in ticks of 10 ms.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let ticks = fields.split(' ').skip(11).take(2).map(|it| it.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / 100.0
}

async fn by_connector(scim: &Arc<Scim>) -> Spent {
    let context = Arc::new(Context::new(Arc::new(TokioClock)));
    // What is created is there before, as bodies are that the bare client sends.
    let writes = (0..CREATES)
        .map(|at| Write::new(WriteId(1), "User".into(), WriteAction::Create { attributes: user(at) }));
    all_at_once(writes.collect(), |write| {
        let (scim, context) = (Arc::clone(scim), Arc::clone(&context));
        async move {
            let outcomes: Vec<_> = scim.apply(&context, vec![write]).await.collect().await;
            assert!(matches!(&outcomes[..], [(_, Outcome::Applied(_))]), "{outcomes:?}");
        }
    })
    .await
}

async fn by_bare_client(client: &reqwest::Client, url: &str, body: &[u8]) -> Spent {
    all_at_once(vec![(); CREATES], |()| {
        let request = client
            .post(url)
            .header("accept", "application/scim+json")
            .header("authorization", "Bearer secret")
            .header("content-type", "application/scim+json")
            .timeout(Duration::from_secs(30))
            .body(body.to_vec());
        async move {
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status().as_u16(), 201);
            response.bytes().await.expect("a body");
        }
    })
    .await
}

fn bare_client() -> reqwest::Client {
    let roots = rustls::RootCertStore::empty();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("protocols")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .user_agent("provisio/0.0.0")
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(64)
        .tls_backend_preconfigured(tls)
        .build()
        .expect("a client")
}

fn median(mut list: Vec<f64>) -> f64 {
    list.sort_by(f64::total_cmp);
    list[list.len() / 2]
}

async fn creates(scim: &Arc<Scim>, service: &Arc<Service>, url: &str) {
    let (client, url) = (bare_client(), format!("{url}/Users"));
    by_connector(scim).await;
    let body = service.sample.get().expect("a body").clone();
    let bytes = service.bytes.load(Ordering::Relaxed) as f64 / CREATES as f64;
    by_bare_client(&client, &url, &body).await;
    let (mut rates, mut ratios, mut busy) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let (ours, bare) = (by_connector(scim).await, by_bare_client(&client, &url, &body).await);
        let rate = |it: &Spent| CREATES as f64 / it.seconds;
        let each = |it: &Spent| it.processor_seconds * 1e6 / CREATES as f64;
        let ratio = ours.seconds / bare.seconds;
        let busier = ours.processor_seconds / bare.processor_seconds;
        println!(
            "round {round}: connector {:.0}/s, {:.1} us busy; bare client {:.0}/s, {:.1} us busy; ratios {ratio:.2}, {busier:.2}",
            rate(&ours),
            each(&ours),
            rate(&bare),
            each(&bare)
        );
        rates.push(rate(&ours));
        ratios.push(ratio);
        busy.push(busier);
    }
    let (rate, ratio, busier) = (median(rates), median(ratios), median(busy));
    println!(
        "creates: {rate:.0}/s of {bytes:.0} bytes, {ratio:.2} times as long as the bare client and {busier:.2} times \
         its processor time (medians)"
    );
    assert!(ratio <= RATIO_MAX, "{ratio:.2} times as long as a bare client");
    assert!(rate >= CREATES_PER_SECOND_MIN, "{rate:.0} creates/s, fewer than {CREATES_PER_SECOND_MIN}");
}

/// How many bytes of memory the process has, in pages of 4 KiB.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    statm.split(' ').nth(1).and_then(|it| it.parse::<u64>().ok()).expect("a number") * 4_096
}

async fn reads(scim: &Scim) {
    let context = Context::new(Arc::new(TokioClock));
    let schema = scim.schema(&context).await.expect("a schema");
    let of_type = schema.of(&"User".into()).expect("users");
    let names = ["userName", "active", "displayName", "name", "emails"];
    let layout = Layout::new("User", names.iter().map(|it| of_type.resolve(it).expect("an attribute")));
    let begin = Instant::now();
    let mut stream = scim.read(&context, ReadQuery::all(Arc::new(layout))).await.expect("a read");
    let (mut count, mut before, mut most, mut is_complete) = (0, 0, 0, false);
    while let Some(event) = stream.next().await {
        match event.expect("an event") {
            ReadEvent::Object(_) => {
                count += 1;
                if count == USERS / 20 {
                    before = resident();
                }
                if count % 1_000 == 0 {
                    most = most.max(resident());
                }
            }
            ReadEvent::Complete(_) => is_complete = true,
            other => panic!("{other:?}"),
        }
    }
    let (seconds, growth) = (begin.elapsed().as_secs_f64(), most.saturating_sub(before));
    println!(
        "read: {count} users in {seconds:.1} s, {:.0}/s; {} KiB more at the most than after {} users, {:.1} bytes a user",
        count as f64 / seconds,
        growth / 1_024,
        USERS / 20,
        growth as f64 / count as f64
    );
    assert!(is_complete && count == USERS, "{count} users");
    assert!(growth <= GROWTH_BYTES_MAX, "memory grew by {growth} bytes");
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let service = Arc::new(Service {
            created: AtomicUsize::new(0),
            sample: std::sync::OnceLock::new(),
            bytes: AtomicU64::new(0),
        });
        let server = Server::start(Arc::clone(&service)).await;
        let mut settings = ScimSettings::new(server.url());
        settings.auth = Auth::Bearer(Secret::new("secret"));
        let scim = Arc::new(Scim::connect(settings, &ClientSettings::default()).expect("a connector"));
        reads(&scim).await;
        creates(&scim, &service, &server.url()).await;
    });
}
