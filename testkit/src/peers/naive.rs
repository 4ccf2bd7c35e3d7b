//! The engine that is written first, and that the reports are about. It does what looks right:
//!
//! * it takes what a read delivered for what there is, whether the read came to its end or not;
//! * it knows people by their user name and groups by their name;
//! * it deletes whoever is in the target and not in the source, whoever they are and however many;
//! * it writes all attributes when one differs, and those that it cannot read each time;
//! * it writes the whole list of members: those that it read and those that it wants;
//! * it believes what it noted of itself, sends again what was not answered, and stops at the first error;
//! * it asks for each person by itself.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio::connector::{Context, ReadEvent, ReadQuery, Source, Target};
use provisio::model::{
    AttributeDelta, Attributes, Layout, Object, ObjectType, Outcome, TargetId, Text, Value, Values,
    ValuesChange, Write, WriteAction, WriteId,
};

use super::theatre::{Report, attributes, text};

/// What it notes of itself.
#[derive(Default)]
pub(super) struct Naive {
    /// Whether it leaves alone whoever is in the target alone: an option that such engines get in the end.
    pub(super) keeps_strangers: bool,
    scope: Option<Text>,
    /// The members that it gave each group.
    given: Mutex<BTreeMap<String, Vec<Value>>>,
}

/// Everything that was read.
struct Seen {
    workers: Vec<Object>,
    teams: Vec<Object>,
    users: Vec<Object>,
    groups: Vec<Object>,
}

impl Naive {
    /// Provisions the members of this team alone.
    pub(super) fn only_members_of(&mut self, team: &str) {
        self.scope = Some(Text::new(team));
    }

    /// Runs a cycle.
    pub(super) fn cycle(&self, context: &Context, source: &dyn Source, target: &dyn Target) -> Report {
        match self.try_cycle(context, source, target) {
            Ok(()) => Report::default(),
            Err(error) => Report { problems: vec![error], is_open: true },
        }
    }

    /// Shows what it would create, after it looked everybody up.
    pub(super) fn dry_run(
        &self,
        context: &Context,
        source: &dyn Source,
        target: &dyn Target,
    ) -> Result<String, String> {
        let seen = self.see(context, source, target)?;
        for member in seen.teams.iter().flat_map(members) {
            let worker = seen.workers.iter().find(|it| Value::Reference(it.id.clone()) == member);
            if worker.is_none_or(|it| user_of(&seen.users, it).is_none()) {
                return Err(format!("no such user: {member}"));
            }
        }
        let new = seen.workers.iter().filter(|it| user_of(&seen.users, it).is_none()).count();
        Ok(format!("{new} users to create"))
    }

    fn see(&self, context: &Context, source: &dyn Source, target: &dyn Source) -> Result<Seen, String> {
        let mut seen = Seen {
            workers: list(context, source, "worker")?,
            teams: list(context, source, "team")?,
            users: list(context, target, "user")?,
            groups: list(context, target, "group")?,
        };
        if let Some(scope) = &self.scope {
            let meant: Vec<Value> =
                seen.teams.iter().filter(|it| it.id == *scope).flat_map(members).collect();
            seen.workers.retain(|it| meant.contains(&Value::Reference(it.id.clone())));
        }
        Ok(seen)
    }

    fn try_cycle(&self, context: &Context, source: &dyn Source, target: &dyn Target) -> Result<(), String> {
        let seen = self.see(context, source, target)?;
        let write = |object_type: &str, action: WriteAction| send(context, target, object_type, &action);
        for user in &seen.users {
            let is_wanted = seen.workers.iter().any(|it| text(it, "mail") == text(user, "userName"));
            if !is_wanted && !self.keeps_strangers {
                write("user", delete(user))?;
            }
        }
        for worker in &seen.workers {
            let users = list(context, target, "user")?;
            let wanted = wanted(worker);
            match user_of(&users, worker) {
                None => write("user", WriteAction::Create { attributes: wanted })?,
                Some(user) => {
                    let differs = |(name, values): (&provisio::model::AttrName, &Values)| {
                        user.attributes.get(name.as_str()) != Some(values)
                    };
                    if wanted.iter().any(differs) {
                        write("user", set(user, &wanted))?;
                    }
                }
            }
        }
        for group in &seen.groups {
            if !seen.teams.iter().any(|it| text(it, "name") == text(group, "displayName")) {
                write("group", delete(group))?;
            }
        }
        for team in &seen.teams {
            self.team(context, target, team, &seen.workers)?;
        }
        Ok(())
    }

    fn team(
        &self,
        context: &Context,
        target: &dyn Target,
        team: &Object,
        workers: &[Object],
    ) -> Result<(), String> {
        let users = list(context, target, "user")?;
        let wanted: Vec<Value> = members(team)
            .map(|member| {
                let worker = workers.iter().find(|it| Value::Reference(it.id.clone()) == member);
                let user = worker.and_then(|it| user_of(&users, it));
                user.map_or(member, |it| Value::Reference(it.id.clone()))
            })
            .collect();
        let name = text(team, "name").to_owned();
        let groups = list(context, target, "group")?;
        let Some(group) = groups.iter().find(|it| text(it, "displayName") == name) else {
            let all = attributes([
                ("displayName", Some(Values::one(name.as_str()))),
                ("members", Values::from_many(wanted.iter().cloned())),
            ]);
            send(context, target, "group", &WriteAction::Create { attributes: all })?;
            self.remember(name, wanted);
            return Ok(());
        };
        if self.given.lock().unwrap_or_else(PoisonError::into_inner).get(&name) == Some(&wanted) {
            return Ok(());
        }
        // Who is a member and who shall be: nobody gets lost.
        let all = members(group).chain(wanted.iter().cloned());
        if let Some(all) = Values::from_many(all) {
            let all: Attributes = [("members", all)].into_iter().collect();
            send(context, target, "group", &set(group, &all))?;
        }
        self.remember(name, wanted);
        Ok(())
    }

    fn remember(&self, name: String, members: Vec<Value>) {
        self.given.lock().unwrap_or_else(PoisonError::into_inner).insert(name, members);
    }
}

fn wanted(worker: &Object) -> Attributes {
    attributes([
        ("userName", Some(Values::one(text(worker, "mail")))),
        ("displayName", Some(Values::one(text(worker, "name")))),
        ("title", worker.attributes.get("title").cloned()),
        ("password", worker.attributes.get("secret").cloned()),
    ])
}

fn members(group: &Object) -> impl Iterator<Item = Value> + use<> {
    let members = group.attributes.get("members").map(|it| it.as_slice().to_vec());
    members.unwrap_or_default().into_iter()
}

fn user_of<'u>(users: &'u [Object], worker: &Object) -> Option<&'u Object> {
    users.iter().find(|it| text(it, "userName") == text(worker, "mail"))
}

fn delete(object: &Object) -> WriteAction {
    WriteAction::Delete { target: TargetId::new(&object.id), version: None }
}

fn set(object: &Object, all: &Attributes) -> WriteAction {
    let deltas =
        all.iter().map(|(name, values)| AttributeDelta::new(name.clone(), ValuesChange::Set(values.clone())));
    WriteAction::Update { target: TargetId::new(&object.id), version: None, deltas: deltas.collect() }
}

/// Lists what a read delivers. How the read ended does not matter to it.
fn list(context: &Context, system: &dyn Source, object_type: &str) -> Result<Vec<Object>, String> {
    let schema = block_on(system.schema(context)).map_err(|it| it.to_string())?;
    let schema = schema.of(&ObjectType::new(object_type)).cloned().ok_or("no such type")?;
    let readable = schema.attributes.into_iter().filter(|it| it.name.as_str() != "password");
    let layout = Layout::new(object_type, readable);
    block_on(async {
        let mut events = system.read(context, ReadQuery::all(layout)).await.map_err(|it| it.to_string())?;
        let mut objects = Vec::new();
        while let Some(event) = events.next().await {
            if let Ok(ReadEvent::Object(object)) = event {
                objects.push(object);
            }
        }
        Ok(objects)
    })
}

/// Sends a write, and once more if the answer does not say what became of it.
fn send(
    context: &Context,
    target: &dyn Target,
    object_type: &str,
    action: &WriteAction,
) -> Result<(), String> {
    let once = || {
        let write = Write::new(WriteId(0), ObjectType::new(object_type), action.clone());
        let outcomes: Vec<_> = block_on(async { target.apply(context, vec![write]).await.collect().await });
        outcomes.into_iter().next().map(|(_, outcome)| outcome)
    };
    let mut outcome = once();
    if matches!(outcome, None | Some(Outcome::Unknown(_))) {
        outcome = once();
    }
    match outcome {
        Some(Outcome::Applied(_) | Outcome::AlreadySatisfied) => Ok(()),
        Some(Outcome::Rejected(failure) | Outcome::Conflict(failure) | Outcome::Unknown(failure)) => {
            Err(failure.to_string())
        }
        None => Err("no answer".to_owned()),
    }
}
