//! A small world: workers and teams in the source, users and groups in the target.

use provisio_expression::FunctionTable;
use provisio_model::{
    AttributeSchema, Capabilities, Completeness, Import, Incomplete, Layout, Link, LinkOrigin, LinkTable,
    Mutability, Object, ObjectSchema, Partial, Records, RecordsBuilder, Schema, Side, Snapshot, SourceId,
    TargetId, Text, Timestamp, Value, ValueKind, Values,
};
use provisio_planner::spec::{
    AttributeMapping, Clause, Deprovision, FilterGroup, FlowType, MappingSpec, ObjectMapping, Operator,
    Status, Step, Steps,
};
use provisio_planner::{Generation, Memory, MemoryChange, Note, PlanInput, Released, Unanswered, compile};

pub(super) const USERS: &str = "worker -> user";
pub(super) const GROUPS: &str = "team -> group";
pub(super) const GUESTS: &str = "guest -> user";

/// Everything that a plan is made from, easy to change.
pub(super) struct Universe {
    pub(super) spec: MappingSpec,
    pub(super) source: Vec<Object>,
    pub(super) target: Vec<Object>,
    /// Mapping, source id, target id.
    pub(super) links: Vec<(&'static str, String, String)>,
    /// Whether everything was read.
    pub(super) source_complete: bool,
    pub(super) target_complete: bool,
    /// Target objects that are there and could not be read.
    pub(super) unreadable: Vec<Text>,
    /// Source objects whose create was not answered.
    pub(super) unanswered: Vec<String>,
    pub(super) now: Timestamp,
    pub(super) released: Released,
    pub(super) memory: Memory,
}

impl Universe {
    /// Makes a world without objects.
    pub(super) fn empty() -> Self {
        Self {
            spec: spec(),
            source: Vec::new(),
            target: Vec::new(),
            links: Vec::new(),
            source_complete: true,
            target_complete: true,
            unreadable: Vec::new(),
            unanswered: Vec::new(),
            memory: Memory::default(),
            now: Timestamp::from_second(1_780_000_000),
            released: Released::NOTHING,
        }
    }

    /// Makes a world in which every kind of operation is due.
    pub(super) fn new() -> Self {
        let mut it = Self::empty();
        // A new pair that manage each other.
        it.worker(worker("w1", "DE").with("manager", reference("w2")));
        it.worker(worker("w2", "DE").with("manager", reference("w1")));
        // An update that refers to a new object, and nothing to do.
        it.worker(worker("w3", "DE").with("manager", reference("w1")).with("tags", "b"));
        it.source("w3").attributes.set("aliases", several(["smtp:3", "smtp:three"]));
        it.source("w3").attributes.set("phone", "333");
        it.user(
            user("3")
                .with("tags", several(["a", "b"]))
                .with("proxies", several(["smtp:3", "smtp:old", "x500:3"])),
        );
        it.worker(worker("w4", "DE").with("manager", reference("w12")));
        it.user(user("4").with("manager", reference("u12")));
        // Enabled, disabled, gone.
        it.worker(worker("w5", "DE"));
        it.user(user("5").with("active", false));
        it.worker(worker("w6", "SE"));
        it.user(user("6"));
        it.user(user("7").with("manager", reference("u12")));
        // Taken over, created again, forgotten, out of scope, and nothing to do.
        it.worker(worker("w8", "DE").with("manager", reference("w4")));
        it.user(user("8").with("userName", "eight"));
        it.worker(worker("w9", "DE"));
        it.worker(worker("w11", "SE"));
        it.worker(worker("w12", "DE").with("manager", reference("w4")));
        it.user(user("12").with("manager", reference("u4")));
        for id in ["3", "4", "5", "6", "7", "9", "10", "12"] {
            it.link(USERS, &format!("w{id}"), &format!("u{id}"));
        }
        // Not managed here.
        it.user(Object::new("user", "x1").with("userName", "x1").with("nickname", "x"));
        it.user(Object::new("user", "x2").with("userName", "x2"));

        it.source.push(team("t1", "Sales", ["w1", "w4", "t2"]));
        it.target.push(group("1", "Sales", ["u4", "u6", "u7", "x1"]));
        it.source.push(team("t2", "Field sales", ["w2", "w3"]).with("owner", reference("w3")));
        it.source.push(team("t3", "Finance", ["w12"]).with("owner", reference("w4")));
        it.target.push(group("3", "Finance", ["u12"]).with("owner", reference("u4")));
        it.source.push(team("t4", "Board", ["w4"]));
        it.target.push(group("4", "Board", ["u4"]));
        for id in ["1", "3", "4"] {
            it.link(GROUPS, &format!("t{id}"), &format!("g{id}"));
        }
        it
    }

    /// Makes a world in which so many leave that every limit trips.
    pub(super) fn with_leavers() -> Self {
        let mut it = Self::empty();
        let mut members = Vec::new();
        for at in 0..16 {
            let (source, target) = (format!("w{at}"), format!("u{at}"));
            match at {
                0..4 => it.worker(worker(&source, "DE")),
                4..10 => it.worker(worker(&source, "SE")),
                _ => {}
            }
            it.user(user(&at.to_string()));
            it.link(USERS, &source, &target);
            members.push(target);
        }
        it.source.push(team("t1", "Sales", ["w0"]));
        it.target.push(group("1", "Sales", members.iter().map(String::as_str).skip(1)));
        it.link(GROUPS, "t1", "g1");
        it
    }

    /// Makes a world in which three join a group and five leave it.
    pub(super) fn with_many_members() -> Self {
        let mut it = Self::empty();
        it.spec.limits.member_removals = provisio_planner::spec::Limit::OFF;
        for at in 0..8 {
            let id = at.to_string();
            it.worker(worker(&format!("w{id}"), "DE"));
            it.user(user(&id));
            it.link(USERS, &format!("w{id}"), &format!("u{id}"));
        }
        it.source.push(team("t1", "Sales", ["w0", "w1", "w2"]));
        it.target.push(group("1", "Sales", ["u3", "u4", "u5", "u6", "u7"]));
        it.link(GROUPS, "t1", "g1");
        it
    }

    /// Makes a world in which unique values change hands, and groups their places.
    pub(super) fn exchanging() -> Self {
        let mut it = Self::empty();
        it.mapping(GROUPS).deprovisioning.source_deleted = Some(Deprovision::Delete.into());
        // Two swap, one takes what another gives up, and one what somebody leaves who is deleted.
        for (id, login) in [("1", "login2"), ("2", "login1"), ("3", "three"), ("4", "login3"), ("5", "five")]
        {
            it.worker(worker(&format!("w{id}"), "DE"));
            it.user(user(id).with("userName", login));
        }
        it.user(user("7").with("userName", "login5"));
        // Leaves a group that somebody joins who is created.
        it.worker(worker("w6", "SE"));
        it.user(user("6").with("active", false));
        it.worker(worker("w9", "DE"));
        it.source.push(team("t1", "Sales", ["w9"]).with("parent", reference("t2")));
        it.target.push(group("1", "Sales", ["u6"]));
        // A new container, one that moves before something moves into what is in it, and two that go.
        it.source.push(team("t2", "Field", []));
        it.source.push(team("t3", "North", []).with("parent", reference("t4")));
        it.target.push(group("3", "North", []));
        it.source.push(team("t4", "South", []).with("parent", reference("t5")));
        it.target.push(group("4", "South", []).with("parent", reference("g3")));
        it.source.push(team("t5", "East", []));
        it.target.push(group("5", "East", []));
        it.target.push(group("6", "Outer", []));
        it.target.push(group("7", "Inner", []).with("parent", reference("g6")));
        for id in ["1", "2", "3", "4", "5", "6", "7"] {
            it.link(USERS, &format!("w{id}"), &format!("u{id}"));
        }
        for id in ["1", "3", "4", "5", "6", "7"] {
            it.link(GROUPS, &format!("t{id}"), &format!("g{id}"));
        }
        it
    }

    /// Makes a world in which some are disabled in the source, some left, and badge and phone match together, before the
    /// number does.
    pub(super) fn with_policies() -> Self {
        let mut it = Self::empty();
        let users = it.mapping(USERS);
        let gone = Clause::new("country", Operator::Equals, Some("GONE".into()));
        users.deprovisioning.source_disabled_when = vec![gone];
        let step = |action, after_days| Step { action, after_days };
        users.deprovisioning.out_of_scope =
            Steps::new([step(Deprovision::Disable, 0), step(Deprovision::Delete, 30)]);
        for attribute in &mut users.attributes {
            attribute.matching = attribute.matching.map(|it| it + 1);
        }
        let status = AttributeMapping::expression("active", "Switch([country], \"True\", \"NO\", \"False\")");
        *users = users.clone().matching_all(["badge", "mobile"], 1).with(status);
        // New, disabled in the source, taken over, to be updated, out of scope and disabled already, out of scope, new.
        let countries =
            [("1", "DE"), ("2", "GONE"), ("3", "DE"), ("4", "DE"), ("5", "SE"), ("6", "SE"), ("8", "DE")];
        for (id, country) in countries {
            it.worker(worker(&format!("w{id}"), country).with("phone", id.repeat(3)));
        }
        for id in ["2", "3", "4", "5", "6"] {
            it.user(user(id).with("mobile", id.repeat(3)));
        }
        it.target("u3").attributes.set("externalId", "other");
        it.target("u4").attributes.set("displayName", "Other");
        it.target("u5").attributes.set("active", false);
        for id in ["2", "4", "5", "6"] {
            it.link(USERS, &format!("w{id}"), &format!("u{id}"));
        }
        it
    }

    pub(super) fn worker(&mut self, worker: Object) {
        self.source.push(worker);
    }

    pub(super) fn user(&mut self, user: Object) {
        self.target.push(user);
    }

    pub(super) fn link(&mut self, mapping: &'static str, source: &str, target: &str) {
        self.links.push((mapping, source.to_owned(), target.to_owned()));
    }

    /// Returns one object of the source.
    pub(super) fn source(&mut self, id: &str) -> &mut Object {
        self.source.iter_mut().find(|it| &*it.id == id).expect("there")
    }

    /// Returns one object of the target.
    pub(super) fn target(&mut self, id: &str) -> &mut Object {
        self.target.iter_mut().find(|it| &*it.id == id).expect("there")
    }

    /// Returns the mapping with a name.
    pub(super) fn mapping(&mut self, name: &str) -> &mut ObjectMapping {
        self.spec.objects.iter_mut().find(|it| &*it.name == name).expect("there")
    }

    /// Reads the world and gives it to `act`.
    pub(super) fn with<T>(&self, act: impl FnOnce(&PlanInput<'_>) -> T) -> T {
        let compiled = compile(&self.spec, &source_schema(), &target_schema(), &FunctionTable::standard());
        let (spec, _) = compiled.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let source = spec
            .source_layouts()
            .iter()
            .map(|layout| import(records(layout, &self.source), self.source_complete, Vec::new()));
        let source: Vec<_> = source.collect();
        let target = spec.target_layouts().iter().map(|layout| {
            import(records(layout, &self.target), self.target_complete, self.unreadable.clone())
        });
        let target: Vec<_> = target.collect();
        let mut links = LinkTable::new();
        for (mapping, source, target) in &self.links {
            let (source, target) = (SourceId::new(source), TargetId::new(target));
            let link = Link { source, target, origin: LinkOrigin::Created };
            links.of_mut(mapping).insert(link).expect("one link an end");
        }
        let mut memory = self.memory.clone();
        let notes = self.unanswered.iter().map(|source| {
            let mut note = Note::default();
            note.unanswered = Some(Unanswered::new(self.now, []));
            (Text::new(USERS), SourceId::new(source), note)
        });
        memory.apply(&MemoryChange { notes: notes.collect(), ..MemoryChange::default() });
        act(&PlanInput {
            spec: &spec,
            source: &source,
            target: &target,
            links: &links,
            memory: &memory,
            capabilities: Capabilities::READ_WRITE,
            now: self.now,
            parent: Generation(7),
            released: self.released,
            evidence: None,
        })
    }
}

/// Makes a worker: number 3 has the name that user 3 holds.
pub(super) fn worker(id: &str, country: &str) -> Object {
    let number = id.trim_start_matches('w');
    Object::new("worker", id)
        .with("number", number)
        .with("login", format!("login{number}"))
        .with("name", format!("Name {number}"))
        .with("country", country)
        .with("badge", format!("B{number}"))
        .with("password", Value::Secret(provisio_model::Secret::new("hunter2")))
}

/// Makes a user that holds what the worker with the same number gives.
pub(super) fn user(number: &str) -> Object {
    let mut user = Object::new("user", format!("u{number}"))
        .with("userName", format!("login{number}"))
        .with("externalId", number)
        .with("displayName", format!("NAME {number}"))
        .with("badge", format!("B{number}"))
        .with("active", true);
    user.version = Some("v1".into());
    user
}

/// Makes a team: number 1 is the source of group 1.
pub(super) fn team<'i>(id: &str, name: &str, members: impl IntoIterator<Item = &'i str>) -> Object {
    let mut team = Object::new("team", id).with("name", name);
    team.attributes.set_or_clear("members", references(members));
    team
}

/// Makes a group that holds what the team with the same number gives.
pub(super) fn group<'i>(number: &str, name: &str, members: impl IntoIterator<Item = &'i str>) -> Object {
    let mut group = Object::new("group", format!("g{number}"))
        .with("displayName", name)
        .with("externalId", format!("t{number}"));
    group.attributes.set_or_clear("members", references(members));
    group
}

pub(super) fn reference(id: &str) -> Value {
    Value::Reference(id.into())
}

pub(super) fn references<'i>(ids: impl IntoIterator<Item = &'i str>) -> Option<Values> {
    Values::from_many(ids.into_iter().map(reference))
}

pub(super) fn several<'i>(texts: impl IntoIterator<Item = &'i str>) -> Values {
    Values::from_many(texts.into_iter().map(Value::from)).expect("at least one")
}

fn records<S: Side>(layout: &std::sync::Arc<Layout>, objects: &[Object]) -> Records<S> {
    let mut builder = RecordsBuilder::new(std::sync::Arc::clone(layout));
    for object in objects.iter().filter(|it| it.object_type == *layout.object_type()) {
        let mut object = object.clone();
        // Keeps the team's own id as an attribute, which is what groups match by.
        if object.object_type.as_str() == "team" {
            object.attributes.set("number", object.id.as_str());
        }
        builder.push(&object).expect("fits the schema");
    }
    builder.finish()
}

fn import<S: Side>(records: Records<S>, is_complete: bool, unreadable: Vec<Text>) -> Import<S> {
    if is_complete {
        Import::Complete(Snapshot::complete(records, Completeness::declared("all"), unreadable))
    } else {
        Import::Partial(Partial::new(records, Incomplete::NotDeclared))
    }
}

fn spec() -> MappingSpec {
    let mut users = ObjectMapping::new("worker", "user")
        .with(AttributeMapping::direct("userName", "login"))
        .with(AttributeMapping::direct("externalId", "number").matching(1).always_exported())
        .with(AttributeMapping::expression("displayName", "ToUpper([name])"))
        .with(AttributeMapping::direct("badge", "badge").only_on_create())
        .with(AttributeMapping::direct("password", "password").only_on_create())
        .with(AttributeMapping::direct("pin", "number"))
        .with(AttributeMapping::direct("tags", "tags").clear_when_null())
        .with(AttributeMapping::direct("proxies", "aliases").merging("^smtp:"))
        .with(AttributeMapping::direct("mobile", "phone").flow(FlowType::Fill))
        .with(AttributeMapping::direct("manager", "manager").clear_when_null());
    let mut scope = FilterGroup::default();
    scope.clauses.push(Clause::new("country", Operator::NotEquals, Some("SE".into())));
    users.scope.groups.push(scope);
    users.deprovisioning.status = Some(Status::new("active"));
    users.deprovisioning.source_deleted = Some(Deprovision::Delete.into());
    let groups = ObjectMapping::new("team", "group")
        .with(AttributeMapping::direct("displayName", "name"))
        .with(AttributeMapping::direct("externalId", "number").matching(1))
        .with(AttributeMapping::direct("owner", "owner").clear_when_null())
        .with(AttributeMapping::direct("parent", "parent").clear_when_null())
        .with(AttributeMapping::direct("members", "members"));
    let guests = ObjectMapping::new("guest", "user")
        .with(AttributeMapping::direct("userName", "login"))
        .with(AttributeMapping::direct("nickname", "login").matching(1));
    let mut spec = MappingSpec::default();
    spec.name = "hr".into();
    spec.objects = vec![users, groups, guests];
    spec
}

fn source_schema() -> Schema {
    let text = |name: &str| AttributeSchema::text(name);
    Schema::new([
        ObjectSchema::new(
            "worker",
            [
                text("number"),
                text("login"),
                text("name"),
                text("country"),
                text("badge"),
                text("tags").multi_valued(),
                text("aliases").multi_valued(),
                text("phone"),
                AttributeSchema::new("password", ValueKind::Secret),
                AttributeSchema::new("enabled", ValueKind::Bool),
                AttributeSchema::reference("manager", ["worker"]),
            ],
        ),
        ObjectSchema::new(
            "team",
            [
                text("number"),
                text("name"),
                AttributeSchema::reference("owner", ["worker"]),
                AttributeSchema::reference("parent", ["team"]),
                AttributeSchema::reference("members", ["worker", "team"]).multi_valued(),
            ],
        ),
        ObjectSchema::new("guest", [text("login")]),
    ])
}

fn target_schema() -> Schema {
    let text = |name: &str| AttributeSchema::text(name);
    Schema::new([
        ObjectSchema::new(
            "user",
            [
                text("userName").required().unique(),
                text("externalId").case_exact(),
                text("displayName").length_max(30),
                text("nickname"),
                text("badge").mutability(Mutability::Immutable),
                text("tags").multi_valued(),
                text("proxies").multi_valued(),
                text("mobile"),
                AttributeSchema::new("active", ValueKind::Bool),
                AttributeSchema::new("password", ValueKind::Secret).mutability(Mutability::WriteOnly),
                text("pin").mutability(Mutability::WriteOnly),
                AttributeSchema::reference("manager", ["user"]),
            ],
        ),
        ObjectSchema::new(
            "group",
            [
                text("displayName").required().unique(),
                text("externalId").case_exact(),
                AttributeSchema::reference("owner", ["user"]),
                AttributeSchema::reference("parent", ["group"]).container(),
                AttributeSchema::reference("members", ["user", "group"]).multi_valued(),
            ],
        ),
    ])
}
