//! An organisation in which people come, move and go, and a service that follows it.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio::store::{JobId, MemoryStore};
use provisio::{Job, MappingSpec, Released};
use provisio_connector::{Clock, Connector as _, Context, ReadEvent, ReadQuery, Source as _};
use provisio_memory::MemoryDirectory;
use provisio_model::{
    AttributeDelta, AttributeSchema, Attributes, Layout, Object, ObjectSchema, Outcome, Schema, TargetId,
    Value, Values, ValuesChange, WriteAction,
};
use provisio_scim::Scim;
use provisio_testkit::rig::VirtualClock;

use crate::fake::{Fake, Quirks};
use crate::support::connect;

const MAPPING: &str = r#"
format = 1
name = "HR to SCIM"

[limits]
disables = { free = 1000, percent = 100 }
member_removals = { free = 10000, percent = 100 }
group_removals = { free = 10000, percent = 100 }

[[object]]
source = "worker"
target = "User"

[[object.scope]]
all = [{ attribute = "left", operator = "IS NULL" }]

[object.deprovisioning]
out_of_scope = "disable"
source_deleted = "disable"
status = { attribute = "active", enabled = true, disabled = false }

[object.attributes]
externalId = { attribute = "number", matching = 1 }
userName = { expression = 'Append([number], "@x.example")' }
"name.givenName" = { attribute = "firstName" }
"name.familyName" = { attribute = "lastName" }
title = { attribute = "title", null = "clear" }
'emails[type eq "work"].value' = { expression = 'Append([number], "@mail.example")' }
'phoneNumbers[type eq "work"].value' = { attribute = "phone", null = "clear" }
'addresses[type eq "work"].locality' = { attribute = "city", null = "clear" }
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department" = { attribute = "department", null = "clear" }
"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager" = { attribute = "manager", null = "clear" }

[[object]]
source = "team"
target = "Group"

[object.attributes]
externalId = { attribute = "number", matching = 1 }
displayName = { attribute = "name" }
members = { attribute = "members" }
"#;

pub(crate) fn source_schema() -> Schema {
    let text = AttributeSchema::text;
    Schema::new([
        ObjectSchema::new(
            "worker",
            [
                text("number").required().unique(),
                text("firstName"),
                text("lastName"),
                text("title"),
                text("phone"),
                text("city"),
                text("department"),
                text("left"),
                AttributeSchema::reference("manager", ["worker"]),
            ],
        ),
        ObjectSchema::new(
            "team",
            [
                text("number").required().unique(),
                text("name"),
                AttributeSchema::reference("members", ["worker"]).multi_valued(),
            ],
        ),
    ])
}

/// The same numbers for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % most.max(1)
    }
}

pub(crate) struct Organisation {
    pub(crate) source: MemoryDirectory,
    people: Vec<String>,
    teams: Vec<String>,
    chance: Chance,
    count: usize,
}

impl Organisation {
    pub(crate) fn new(people: usize) -> Self {
        let mut organisation = Self {
            source: MemoryDirectory::new(source_schema()),
            people: Vec::new(),
            teams: Vec::new(),
            chance: Chance(0x5eed_1234_5678_9abc),
            count: 0,
        };
        for at in 0..people / 12 + 1 {
            let attributes =
                [("number", format!("T{at}")), ("name", format!("Team {at}"))].into_iter().collect();
            let id = organisation.create("team", attributes);
            organisation.teams.push(id);
        }
        for _ in 0..people {
            organisation.join();
        }
        organisation
    }

    fn create(&self, object_type: &str, attributes: Attributes) -> String {
        match self.source.write(object_type, WriteAction::Create { attributes }) {
            Outcome::Applied(applied) => applied.id.as_str().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    fn change(&self, object_type: &str, id: &str, attribute: &str, change: ValuesChange) {
        let deltas = vec![AttributeDelta::new(attribute, change)];
        let outcome = self
            .source
            .write(object_type, WriteAction::Update { target: TargetId::new(id), version: None, deltas });
        assert!(matches!(outcome, Outcome::Applied(_) | Outcome::AlreadySatisfied), "{outcome:?}");
    }

    fn join(&mut self) {
        self.count += 1;
        let number = self.count;
        let mut attributes: Attributes = [
            ("number", format!("W{number}")),
            ("firstName", format!("First \"{number}\"")),
            ("lastName", "O'Neil \\ Ünal".to_owned()),
            ("title", "Engineer".to_owned()),
            ("department", format!("D{}", number % 7)),
        ]
        .into_iter()
        .collect();
        if self.chance.below(2) == 0 {
            attributes.set("phone", format!("+47 {number}").as_str());
        }
        if !self.people.is_empty() {
            let manager = self.chance.below(self.people.len());
            attributes.set("manager", Value::Reference(self.people[manager].as_str().into()));
        }
        let id = self.create("worker", attributes);
        let team = self.chance.below(self.teams.len());
        let member = Values::one(Value::Reference(id.as_str().into()));
        self.change("team", &self.teams[team], "members", ValuesChange::Add(member));
        self.people.push(id);
    }

    /// Something happens to somebody.
    pub(crate) fn edit(&mut self) {
        let at = self.chance.below(self.people.len());
        let who = self.people[at].clone();
        let member = Values::one(Value::Reference(who.as_str().into()));
        let set = |text: String| ValuesChange::Set(Values::one(text.as_str()));
        match self.chance.below(9) {
            0 | 1 => self.join(),
            2 => self.change("worker", &who, "title", set(format!("Title {}", self.count))),
            3 => self.change("worker", &who, "phone", set(format!("+49 {at}"))),
            4 => self.change("worker", &who, "phone", ValuesChange::Clear),
            5 => {
                let city = self.chance.below(5);
                self.change("worker", &who, "city", set(format!("City {city}")));
            }
            6 => {
                for team in self.teams.clone() {
                    self.change("team", &team, "members", ValuesChange::Remove(member.clone()));
                }
                let team = self.chance.below(self.teams.len());
                self.change("team", &self.teams[team], "members", ValuesChange::Add(member));
                let boss = self.chance.below(self.people.len());
                if boss != at {
                    let boss = Values::one(Value::Reference(self.people[boss].as_str().into()));
                    self.change("worker", &who, "manager", ValuesChange::Set(boss));
                }
            }
            7 => self.change("worker", &who, "left", set("2026-01-01".to_owned())),
            _ => self.change("worker", &who, "left", ValuesChange::Clear),
        }
    }

    pub(crate) fn spec() -> MappingSpec {
        provisio::spec::load(MAPPING).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }
}

/// Everything of a type that a service holds.
async fn all(scim: &Scim, context: &Context, object_type: &str, names: &[&str]) -> Vec<Object> {
    let schema = scim.schema(context).await.expect("a schema");
    let of_type = schema.of(&object_type.into()).expect("a type");
    let attributes = names.iter().map(|it| of_type.resolve(it).expect("an attribute"));
    let layout = Arc::new(Layout::new(object_type, attributes));
    let events: Vec<_> = scim.read(context, ReadQuery::all(layout)).await.expect("a read").collect().await;
    assert!(matches!(events.last(), Some(Ok(ReadEvent::Complete(_)))), "{:?}", events.last());
    let objects = events.into_iter().filter_map(|it| match it {
        Ok(ReadEvent::Object(object)) => Some(object),
        _ => None,
    });
    objects.collect()
}

/// Lets an organisation of so many people change so often, and wants the service to follow: each cycle does what is to be
/// done, the one after it nothing, and with as few requests as can be.
pub(crate) async fn converges(scim: Arc<Scim>, clock: Arc<dyn Clock>, people: usize, edits: usize) {
    const AT_ONCE: usize = 20;
    let mut organisation = Organisation::new(people);
    let store = Arc::new(MemoryStore::new());
    let context = Context::new(Arc::clone(&clock));
    let (mut changes, mut spent) = (0, 0);
    for round in 0..=edits.div_ceil(AT_ONCE) {
        if round > 0 {
            (0..AT_ONCE).for_each(|_| organisation.edit());
        }
        let copy = MemoryDirectory::new(source_schema()).with_incarnation("test");
        let copy = copy.with_objects(snapshot(&organisation.source).await).expect("objects that fit");
        let job = Job::new(
            JobId::new("test"),
            Arc::new(copy),
            Arc::clone(&scim) as Arc<_>,
            Organisation::spec(),
            Arc::clone(&store) as Arc<_>,
            Arc::clone(&clock),
        );
        let before = scim.requests();
        let cycle = job.run(&context, Released::default()).await.expect("a cycle");
        assert_eq!(cycle.summary.failed.len(), 0, "{:#?}", cycle.summary.failed);
        let first = scim.requests() - before;
        let again = job.run(&context, Released::default()).await.expect("a cycle");
        assert!(again.planned.plan.is_empty(), "round {round}: {}", again.planned.plan.text());
        let idle = scim.requests() - before - first;
        if round > 0 {
            changes += cycle.planned.plan.operations.len();
            spent += usize::try_from(first.saturating_sub(idle)).expect("few");
        }
    }
    // One request for each change; two more where an element of a list was not there yet.
    assert!(spent <= changes * 2, "{spent} requests for {changes} changes");
    let users = all(&scim, &context, "User", &["externalId", "active", "title"]).await;
    let active = users.iter().filter(|it| it.attributes.get("active") == Some(&Values::one(true))).count();
    let expected = snapshot(&organisation.source)
        .await
        .into_iter()
        .filter(|it| it.object_type.as_str() == "worker" && it.attributes.get("left").is_none())
        .count();
    assert_eq!(active, expected);
    let mut names: Vec<String> =
        users.iter().filter_map(|it| it.attributes.get("externalId").map(ToString::to_string)).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), users.len(), "nobody twice");
}

/// Everything that a directory holds.
pub(crate) async fn snapshot(directory: &MemoryDirectory) -> Vec<Object> {
    let context = Context::new(Arc::new(VirtualClock::default()));
    let mut objects = Vec::new();
    for of_type in source_schema().types {
        let layout = Arc::new(Layout::new(of_type.object_type.clone(), of_type.attributes.clone()));
        let mut stream = directory.read(&context, ReadQuery::all(layout)).await.expect("a read");
        while let Some(event) = stream.next().await {
            if let Ok(ReadEvent::Object(mut object)) = event {
                object.version = None;
                objects.push(object);
            }
        }
    }
    objects
}

#[test]
fn an_organisation_converges() {
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::default());
    for (quirks, profile) in
        [(Quirks::default(), "rfc"), (Quirks::entra(), "entra"), (Quirks::entra(), "entra-2020")]
    {
        let fake = Fake::with(quirks);
        let scim = Arc::new(connect(&fake, profile));
        block_on(converges(scim, Arc::clone(&clock), 150, 100));
    }
}
