//! From genes to a world.

use std::collections::BTreeSet;

use provisio::model::{
    AttributeSchema, Link, LinkOrigin, Object, ObjectSchema, ObjectType, Schema, SourceId, TargetId, Text,
    Value, ValueKind, Values,
};

use super::genes::{Account, Genes, PersonGene, TeamGene};
use super::spec::spec;
use crate::world::{SystemState, World};

pub(super) const FIRST_NAMES: [&str; 6] = ["Adele", "Ben", "Chloé", "Dora", "Emre", "Fatima"];
pub(super) const LAST_NAMES: [&str; 2] = ["Vance", "O'Neill"];
pub(super) const DEPARTMENTS: [&str; 4] = ["Sales", "Finance", "IT", "Contractors"];
pub(super) const TITLES: [&str; 4] = ["Engineer", "Clerk", "Director", "clerk"];
pub(super) const TEAM_NAMES: [&str; 6] = ["All", "Sales", "Ops", "Nordics", "Alps", "Board"];

pub(super) const WORKER: &str = "worker";
pub(super) const TEAM: &str = "team";
const USER: &str = "user";
const GROUP: &str = "group";
const USERS: &str = "worker -> user";
const GROUPS: &str = "team -> group";

/// Builds the world that genes describe.
pub(super) fn build(genes: &Genes) -> World {
    let mut world =
        World::new(SystemState::new(source_schema()), SystemState::new(target_schema()), spec(&genes.spec));
    let mut builder = Builder { genes, world: &mut world, user_names: BTreeSet::new() };
    builder.people();
    builder.teams();
    builder.reads();
    world
}

fn source_schema() -> Schema {
    let worker = ObjectSchema::new(
        WORKER,
        [
            AttributeSchema::text("number"),
            AttributeSchema::text("mail"),
            AttributeSchema::text("name"),
            AttributeSchema::text("department"),
            AttributeSchema::text("title"),
            AttributeSchema::new("level", ValueKind::Int),
            AttributeSchema::new("employed", ValueKind::Bool),
            AttributeSchema::text("tags").multi_valued(),
            AttributeSchema::reference("manager", [WORKER]),
        ],
    );
    let members = AttributeSchema::reference("members", [WORKER, TEAM]).multi_valued();
    let parent = AttributeSchema::reference("parent", [TEAM]);
    Schema::new([worker, ObjectSchema::new(TEAM, [AttributeSchema::text("name"), parent, members])])
}

fn target_schema() -> Schema {
    let user = ObjectSchema::new(
        USER,
        [
            AttributeSchema::text("userName").required().unique(),
            AttributeSchema::text("externalId"),
            AttributeSchema::text("displayName"),
            AttributeSchema::text("title").case_exact(),
            AttributeSchema::new("level", ValueKind::Int),
            AttributeSchema::new("active", ValueKind::Bool),
            AttributeSchema::reference("manager", [USER]),
            AttributeSchema::text("tags").multi_valued(),
            AttributeSchema::new("emails", ValueKind::Complex)
                .multi_valued()
                .sub_attributes([AttributeSchema::text("type"), AttributeSchema::text("value")]),
            AttributeSchema::text("note"),
        ],
    );
    let members = AttributeSchema::reference("members", [USER, GROUP]).multi_valued();
    let group = [
        AttributeSchema::text("displayName").required(),
        AttributeSchema::reference("parent", [GROUP]).container(),
        members,
        AttributeSchema::text("note"),
    ];
    Schema::new([user, ObjectSchema::new(GROUP, group)])
}

/// Picks one of a list that is not empty.
pub(super) fn pick<'l>(list: &'l [&'l str], at: u8) -> &'l str {
    list[usize::from(at) % list.len()]
}

pub(super) fn full_name(name: u8) -> String {
    format!("{} {}", pick(&FIRST_NAMES, name), pick(&LAST_NAMES, name / 64))
}

pub(super) fn mail(name: u8) -> String {
    format!("{}@contoso.example", full_name(name).replace(' ', "."))
}

/// Makes the worker of an id from what a gene or an edit says.
pub(super) fn worker_id(at: usize) -> String {
    format!("w{at}")
}

pub(super) fn team_id(at: usize) -> String {
    format!("t{at}")
}

/// A mail address of one type.
fn address(kind: &str, value: String) -> Value {
    Value::Complex([("type", Value::from(kind)), ("value", Value::from(value))].into_iter().collect())
}

/// The tags of a number, one for each of its lowest bits: two of the source's kind, one of another.
fn tags(bits: u8) -> Option<Values> {
    let tags = ["hr:fire", "HR:aid", "it:admin"].into_iter().enumerate();
    let set = tags.filter(|(at, _)| bits & (1 << at) != 0);
    Values::from_many(set.map(|(_, tag)| Value::from(tag)))
}

struct Builder<'a> {
    genes: &'a Genes,
    world: &'a mut World,
    /// The user names of the target so far, as its schema compares them.
    user_names: BTreeSet<String>,
}

impl Builder<'_> {
    fn people(&mut self) {
        let genes = self.genes;
        for (at, gene) in genes.people.iter().enumerate() {
            if !gene.left {
                let worker = self.worker(at, gene);
                self.world.source.objects.push(worker);
            }
            if matches!(gene.account, Account::Linked | Account::Unlinked) {
                let user = self.user(at, gene);
                self.world.target.objects.push(user);
            }
            self.link(USERS, worker_id(at), format!("u{at}"), gene.account, gene.drift);
        }
        for (at, &name) in genes.strangers.iter().enumerate() {
            let user_name = if name < 100 { mail(name).to_lowercase() } else { format!("stranger{at}") };
            let user_name = self.free(user_name);
            let stranger =
                Object::new(USER, format!("s{at}")).with("userName", user_name).with("active", true);
            self.world.target.objects.push(stranger.with("note", "nobody's"));
        }
        self.rotate_user_names();
        // Managers in the target may be anybody, and who manages whom may go round in a circle.
        let users = self.ids(USER);
        for (at, gene) in genes.people.iter().enumerate() {
            let differs = gene.drift & 8 != 0;
            let manager = gene.manager.map(|it| it.wrapping_add(u8::from(differs)));
            let manager = manager.and_then(|it| users.get(usize::from(it) % users.len().max(1)).cloned());
            if let (Some(user), Some(manager)) =
                (self.world.target.object_mut(USER, &format!("u{at}")), manager)
            {
                user.attributes.set("manager", Value::Reference(manager));
            }
        }
    }

    fn worker(&self, at: usize, gene: &PersonGene) -> Object {
        let count = self.genes.people.len();
        let owner = if usize::from(gene.number) < count { usize::from(gene.number) } else { at };
        let mut worker = Object::new(WORKER, worker_id(at))
            .with("number", format!("{}", 1000 + owner))
            .with("mail", mail(gene.name))
            .with("name", full_name(gene.name));
        let attributes = &mut worker.attributes;
        attributes.set_or_clear("department", gene.department.map(|it| Values::one(pick(&DEPARTMENTS, it))));
        attributes.set_or_clear("title", gene.title.map(|it| Values::one(pick(&TITLES, it))));
        attributes.set_or_clear("level", gene.level.map(|it| Values::one(i64::from(it))));
        attributes.set_or_clear("employed", gene.employed.map(Values::one));
        attributes.set_or_clear("tags", tags(gene.level.unwrap_or(0)));
        let manager = gene.manager.map(|it| worker_id(usize::from(it) % (count + 1)));
        attributes.set_or_clear("manager", manager.map(|it| Values::one(Value::Reference(it.into()))));
        worker
    }

    fn user(&mut self, at: usize, gene: &PersonGene) -> Object {
        let drift = |bit: u8| gene.drift & (1 << bit) != 0;
        let user_name =
            if drift(0) && drift(1) { format!("old{at}@contoso.example") } else { mail(gene.name) };
        let user_name = self.free(user_name.to_lowercase());
        let display_name = if drift(2) { full_name(gene.name).to_uppercase() } else { full_name(gene.name) };
        let mut user = Object::new(USER, format!("u{at}"))
            .with("userName", user_name)
            .with("displayName", display_name)
            .with("active", !drift(4))
            .with("note", if drift(2) && drift(5) { "vip" } else { "kept" });
        if !drift(5) {
            user.attributes.set("externalId", format!("{}", 1000 + at));
        }
        let old = drift(3).then(|| address("WORK", format!("old{at}@contoso.example")));
        let home = drift(4).then(|| address("home", "home@example.org".to_owned()));
        user.attributes.set_or_clear("emails", Values::from_many(old.into_iter().chain(home)));
        // Some of the tags are ours, some somebody else's.
        user.attributes.set_or_clear("tags", tags(gene.drift >> 3));
        let title = gene.title.map(|it| it.wrapping_add(u8::from(drift(6))));
        user.attributes.set_or_clear("title", title.map(|it| Values::one(pick(&TITLES, it))));
        user
    }

    /// Makes a user name that nobody has.
    fn free(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut number = 1;
        while !self.user_names.insert(name.clone()) {
            name = format!("{number}.{wanted}");
            number += 1;
        }
        name
    }

    /// Lets linked accounts that have the user name of their worker have each other's.
    fn rotate_user_names(&mut self) {
        let people = &self.genes.people;
        let is_settled = |user: &&mut Object| {
            let at = user.id.strip_prefix('u').and_then(|it| it.parse::<usize>().ok());
            let Some(gene) = at.and_then(|it| people.get(it)) else { return false };
            let has_own = user.attributes.get("userName") == Some(&mail(gene.name).to_lowercase().into());
            user.object_type.as_str() == USER && gene.account == Account::Linked && !gene.left && has_own
        };
        let mut accounts: Vec<&mut Object> =
            self.world.target.objects.iter_mut().filter(is_settled).collect();
        let mut chosen: Vec<usize> = Vec::new();
        for at in &self.genes.rotated {
            let at = usize::from(*at) % accounts.len().max(1);
            if at < accounts.len() && !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        let names: Vec<Option<Values>> =
            chosen.iter().map(|&at| accounts[at].attributes.get("userName").cloned()).collect();
        for (&at, name) in chosen.iter().zip(names.into_iter().cycle().skip(1)) {
            accounts[at].attributes.set_or_clear("userName", name);
        }
    }

    fn teams(&mut self) {
        let genes = self.genes;
        for (at, gene) in genes.teams.iter().enumerate() {
            if !gene.left {
                let team = self.team(at, gene);
                self.world.source.objects.push(team);
            }
            if matches!(gene.account, Account::Linked | Account::Unlinked) {
                let group = Object::new(GROUP, format!("g{at}"));
                let group = group.with("displayName", pick(&TEAM_NAMES, gene.name)).with("note", "kept");
                self.world.target.objects.push(group);
            }
            self.link(GROUPS, team_id(at), format!("g{at}"), gene.account, gene.name);
        }
        let (users, groups) = (self.ids(USER), self.ids(GROUP));
        for (at, gene) in genes.teams.iter().enumerate() {
            let user = |it: &u8| users.get(usize::from(*it) % users.len().max(1));
            let group = |it: &u8| groups.get(usize::from(*it) % groups.len().max(1));
            let members: Vec<Text> = gene
                .present
                .iter()
                .filter_map(user)
                .chain(gene.present_groups.iter().filter_map(group))
                .cloned()
                .collect();
            if let Some(object) = self.world.target.object_mut(GROUP, &format!("g{at}")) {
                let values = Values::from_many(members.into_iter().map(Value::Reference));
                object.attributes.set_or_clear("members", values);
                let before = groups.iter().filter(|it| ***it < *format!("g{at}"));
                let before: Vec<&Text> = before.collect();
                let parent =
                    gene.present_parent.and_then(|it| before.get(usize::from(it) % before.len().max(1)));
                let parent = parent.map(|it| Values::one(Value::Reference((*it).clone())));
                object.attributes.set_or_clear("parent", parent);
            }
        }
    }

    fn team(&self, at: usize, gene: &TeamGene) -> Object {
        let (people, teams) = (self.genes.people.len(), self.genes.teams.len());
        let workers =
            gene.people.iter().filter(|_| people > 0).map(|it| worker_id(usize::from(*it) % people));
        let nested = gene.teams.iter().map(|it| team_id(usize::from(*it) % teams));
        let unknown = gene.unknown_member.then(|| "nobody".to_owned());
        let members = workers.chain(nested).chain(unknown).map(|it| Value::Reference(it.into()));
        let mut team = Object::new(TEAM, team_id(at)).with("name", pick(&TEAM_NAMES, gene.name));
        team.attributes.set_or_clear("members", Values::from_many(members));
        let parent = gene.parent.map(|it| team_id(usize::from(it) % teams));
        team.attributes.set_or_clear("parent", parent.map(|it| Values::one(Value::Reference(it.into()))));
        team
    }

    fn link(&mut self, mapping: &str, source: String, target: String, account: Account, odd: u8) {
        if matches!(account, Account::Linked | Account::Gone) {
            let origin = if odd.is_multiple_of(2) { LinkOrigin::Created } else { LinkOrigin::Adopted };
            let link = Link { source: SourceId::new(source), target: TargetId::new(target), origin };
            self.world.links.push((Text::new(mapping), link));
        }
    }

    fn ids(&self, object_type: &str) -> Vec<Text> {
        let objects = self.world.target.objects.iter();
        objects.filter(|it| it.object_type.as_str() == object_type).map(|it| it.id.clone()).collect()
    }

    fn reads(&mut self) {
        let reads = &self.genes.reads;
        let World { source, target, .. } = &mut *self.world;
        hide(source, WORKER, reads.workers.as_deref());
        hide(source, TEAM, reads.teams.as_deref());
        hide(target, USER, reads.users.as_deref());
        hide(target, GROUP, reads.groups.as_deref());
        make_unreadable(source, WORKER, reads.unreadable_worker);
        make_unreadable(target, USER, reads.unreadable_user);
    }
}

fn hide(side: &mut SystemState, object_type: &str, hidden: Option<&[u8]>) {
    let Some(hidden) = hidden else { return };
    let object_type = ObjectType::new(object_type);
    let ids: Vec<Text> =
        side.objects.iter().filter(|it| it.object_type == object_type).map(|it| it.id.clone()).collect();
    let chosen = hidden.iter().filter_map(|it| ids.get(usize::from(*it) % ids.len().max(1)));
    side.hidden.extend(chosen.map(|id| (object_type.clone(), id.clone())));
    side.incomplete.insert(object_type, Text::new("the connection was lost"));
}

fn make_unreadable(side: &mut SystemState, object_type: &str, chosen: Option<u8>) {
    let Some(chosen) = chosen else { return };
    let object_type = ObjectType::new(object_type);
    let ids: Vec<Text> =
        side.objects.iter().filter(|it| it.object_type == object_type).map(|it| it.id.clone()).collect();
    if let Some(id) = ids.get(usize::from(chosen) % ids.len().max(1)) {
        side.unreadable.insert((object_type, id.clone()));
    }
}
