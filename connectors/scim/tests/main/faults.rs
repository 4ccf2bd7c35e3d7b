//! Does a service follow an organisation through a network that loses, cuts, delays and replaces three of ten requests?
//! And what becomes of an answer that is too large?

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use provisio::store::{JobId, MemoryStore};
use provisio::{Job, Released};
use provisio_connector::{Clock, Context, ReadQuery};
use provisio_memory::MemoryDirectory;
use provisio_model::{Object, Timestamp, Value};
use provisio_scim::{
    ClientSettings, HttpClient as _, HttpRequest, Method, ReqwestClient, Scim, TransportError,
};
use serde_json::Value as Json;

use crate::fake::{Fake, Quirks, Seen};
use crate::net::proxy::{Proxy, Weather};
use crate::net::server::{Received, Reply, Server};
use crate::organisation::{Organisation, snapshot, source_schema};
use crate::support::{context, layout, read, settings};

/// What is true of the organisation: who is there, and who is in which team, by their numbers.
struct Truth {
    active: BTreeSet<String>,
    everybody: BTreeSet<String>,
    teams: BTreeMap<String, BTreeSet<String>>,
}

impl Truth {
    fn of(objects: &[Object]) -> Self {
        let number = |it: &Object| text(it, "number").expect("everybody has a number");
        let numbers: BTreeMap<&str, String> = objects.iter().map(|it| (it.id.as_str(), number(it))).collect();
        let workers = || objects.iter().filter(|it| it.object_type.as_str() == "worker");
        let teams = objects.iter().filter(|it| it.object_type.as_str() == "team").map(|team| {
            let members = team.attributes.get("members").into_iter().flat_map(|it| it.as_slice());
            let members = members.filter_map(|it| match it {
                Value::Reference(id) => numbers.get(id.as_str()).cloned(),
                _ => None,
            });
            (number(team), members.collect())
        });
        let active: BTreeSet<String> =
            workers().filter(|it| text(it, "left").is_none()).map(number).collect();
        // Whoever left is in no team.
        let teams = teams.map(|(team, members): (String, BTreeSet<String>)| {
            (team, members.intersection(&active).cloned().collect())
        });
        Self { teams: teams.collect(), everybody: workers().map(number).collect(), active }
    }
}

fn text(object: &Object, name: &str) -> Option<String> {
    object.attributes.get(name)?.single()?.as_text().map(str::to_owned)
}

/// The numbers of what a service holds, by id.
fn numbers(fake: &Fake, endpoint: &str) -> BTreeMap<String, String> {
    let number = |it: &Json| (it["id"].as_str().unwrap_or_default().to_owned(), external_id(it));
    fake.resources(endpoint).iter().map(number).collect()
}

fn external_id(resource: &Json) -> String {
    resource["externalId"].as_str().expect("everything has a number").to_owned()
}

/// Nobody is deleted, made inactive or taken out of a team who is not to be.
fn takes_nothing_from_anybody(seen: &[Seen], fake: &Fake, truth: &Truth) {
    let (users, groups) = (numbers(fake, "Users"), numbers(fake, "Groups"));
    for request in seen {
        assert_ne!(request.method, "DELETE", "{}", request.line());
        if request.method != "PATCH" {
            continue;
        }
        let (endpoint, id) = request.target.trim_start_matches('/').split_once('/').expect("an id");
        for operation in request.body["Operations"].as_array().into_iter().flatten() {
            let path = operation["path"].as_str().unwrap_or_default();
            if endpoint == "Users" && path == "active" && operation["value"] == false {
                assert!(!truth.active.contains(&users[id]), "{} is there", users[id]);
            }
            if endpoint == "Groups" && operation["op"] != "add" && path.starts_with("members") {
                let member = path.strip_prefix("members[value eq \"").and_then(|it| it.strip_suffix("\"]"));
                let member = &users[member.unwrap_or_else(|| panic!("not everybody: {operation}"))];
                assert!(!truth.teams[&groups[id]].contains(member), "{member} is in {}", groups[id]);
            }
        }
    }
}

/// Tells whether the service holds what is true. That somebody is there twice never ends well.
fn holds(fake: &Fake, truth: &Truth) -> bool {
    let (users, groups) = (fake.resources("Users"), fake.resources("Groups"));
    let ids = numbers(fake, "Users");
    let known: BTreeSet<String> = ids.values().cloned().collect();
    assert_eq!(known.len(), users.len(), "somebody is there twice");
    assert!(known.is_subset(&truth.everybody));
    let teams: BTreeMap<String, BTreeSet<String>> = groups
        .iter()
        .map(|group| {
            let members = group["members"].as_array().into_iter().flatten();
            let members = members.map(|it| ids[it["value"].as_str().expect("an id")].clone());
            (external_id(group), members.collect())
        })
        .collect();
    assert_eq!(teams.len(), groups.len(), "a team is there twice");
    let active: BTreeSet<String> = users.iter().filter(|it| it["active"] == true).map(external_id).collect();
    active == truth.active && teams == truth.teams
}

/// Time that passes a hundred times as fast, and jumps when nothing is under way.
struct FastClock {
    begin: tokio::time::Instant,
    jumped: AtomicU64,
}

impl FastClock {
    const FACTOR: u32 = 100;

    fn jump(&self, hours: u64) {
        self.jumped.fetch_add(hours * 3_600, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = self.begin.elapsed() * Self::FACTOR;
        let jumped = Duration::from_secs(self.jumped.load(Ordering::Relaxed));
        Timestamp::from_second(1_767_225_600).plus(passed + jumped)
    }

    async fn sleep_until(&self, instant: Timestamp) {
        tokio::time::sleep(instant.since(self.now()) / Self::FACTOR).await;
    }
}

/// Lets an organisation change through bad weather, until so many operations were planned.
async fn weathers(seed: u64, people: usize, operations: usize) {
    let fake = Fake::with(Quirks { twins: true, ..Quirks::default() });
    let server = Server::start(fake.clone()).await;
    let proxy = Proxy::start(server.address, Weather::foul(seed)).await;
    let clock = Arc::new(FastClock { begin: tokio::time::Instant::now(), jumped: AtomicU64::new(0) });
    let store = Arc::new(MemoryStore::new());
    let context = Context::new(Arc::clone(&clock) as Arc<_>);
    let mut organisation = Organisation::new(people);
    let (mut planned, mut cycles, mut broken) = (0, 0, 0);
    while planned < operations {
        let objects = snapshot(&organisation.source).await;
        let truth = Truth::of(&objects);
        let mut settings = settings("rfc");
        settings.url = proxy.url();
        settings.timeout = Duration::from_secs(1);
        let scim = Scim::connect(settings, &ClientSettings::default()).expect("a connector");
        let copy = MemoryDirectory::new(source_schema()).with_incarnation("test");
        let job = Job::new(
            JobId::new("test"),
            Arc::new(copy.with_objects(objects).expect("objects that fit")),
            Arc::new(scim),
            Organisation::spec(),
            Arc::clone(&store) as Arc<_>,
            Arc::clone(&clock) as Arc<_>,
        );
        for attempt in 1.. {
            assert!(attempt <= 40, "it does not converge");
            let cycle = job.run(&context, Released::default()).await;
            cycles += 1;
            takes_nothing_from_anybody(&fake.seen(), &fake, &truth);
            clock.jump(6);
            match cycle {
                Ok(cycle) if cycle.planned.plan.is_empty() && holds(&fake, &truth) => break,
                Ok(cycle) => planned += cycle.planned.plan.operations.len(),
                // A read that went wrong six times.
                Err(_) => broken += 1,
            }
        }
        // What was given up in this round is not to arrive in the next one, where something else is true.
        drop(job);
        proxy.settle().await;
        takes_nothing_from_anybody(&fake.seen(), &fake, &truth);
        assert!(holds(&fake, &truth));
        (0..people / 4).for_each(|_| organisation.edit());
    }
    let (requests, faults) = proxy.counts();
    assert!(
        faults * 4 > requests,
        "{planned} operations in {cycles} cycles, {broken} of them broken off; {faults} of {requests} requests went wrong"
    );
}

#[test]
fn an_organisation_is_followed_through_bad_weather() {
    let (people, operations) =
        if std::env::var_os("PROVISIO_MANY_CASES").is_some() { (2_000, 10_000) } else { (80, 400) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(weathers(7, people, operations));
}

/// So many zeros, in a few bytes.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..mebibytes {
        bomb.write_all(&[b'0'; 1 << 20]).expect("memory");
    }
    bomb.finish().expect("memory")
}

#[tokio::test]
async fn an_answer_is_taken_in_up_to_its_limit() {
    let bombs = [(false, vec![b'0'; 9 << 20]), (true, bomb(9))];
    for (is_packed, body) in bombs {
        let server = Server::start(move |_: &Received<'_>| {
            let mut reply = Reply::new(200, body.clone());
            if is_packed {
                reply.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
            }
            reply
        })
        .await;
        let client = ReqwestClient::new(&ClientSettings::default()).expect("a client");
        let send = async |most: usize| {
            let request = HttpRequest::new(Method::Get, server.url(), Duration::from_secs(30));
            client.send(request, most).await
        };
        assert_eq!(send(8 << 20).await.map(|it| it.body.len()), Err(TransportError::TooLarge(8 << 20)));
        assert_eq!(send(9 << 20).await.map(|it| it.body.len()), Ok(9 << 20));
    }
}

#[test]
fn a_list_that_never_ends_is_no_list() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _inside = runtime.enter();
    let body = bomb(65);
    let server = runtime.block_on(Server::start(move |request: &Received<'_>| {
        if !request.target.starts_with("/v2/Users") {
            return Reply::new(404, "");
        }
        let mut reply = Reply::new(200, body.clone());
        reply.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
        reply
    }));
    let mut settings = settings("rfc");
    settings.url = server.url();
    let scim = Scim::connect(settings, &ClientSettings::default()).expect("a connector");
    let _ = context();
    let layout = layout(&scim, "User", &["userName"]);
    let error = read(&scim, ReadQuery::all(layout)).expect_err("no list");
    assert!(error.contains("larger than 67108864 bytes"), "{error}");
}
