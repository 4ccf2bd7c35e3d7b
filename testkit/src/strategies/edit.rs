//! What happens to a source between two runs: people join, move, leave and change their name.

use proptest::collection::vec;
use proptest::prelude::*;
use provisio::model::{Object, Text, Value, Values};

use super::build::{
    DEPARTMENTS, TEAM, TEAM_NAMES, TITLES, WORKER, full_name, mail, pick, team_id, worker_id,
};
use crate::world::SystemState;

/// The most edits of one script.
const EDITS_MAX: usize = 6;

/// One thing that happens in a source that [`super::universe`] made. People and teams are meant by their place
/// among those that are there; where there are none, nothing happens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "numbers that mean a person, a team, or one of a few names")]
pub enum Edit {
    /// Somebody joins.
    Join { name: u8, department: u8, manager: u8 },
    /// Somebody leaves for good.
    Leave { who: u8 },
    /// Somebody changes the department.
    Move { who: u8, department: u8 },
    /// Somebody gets another name and mail address.
    Rename { who: u8, name: u8 },
    /// Two people exchange their names and mail addresses.
    Swap { who: u8, other: u8 },
    /// Somebody gets another title, or none.
    Promote { who: u8, title: Option<u8> },
    /// Somebody gets another manager.
    NewManager { who: u8, manager: u8 },
    /// Somebody is employed no longer, or again.
    Employ { who: u8, employed: bool },
    /// Somebody joins a team.
    JoinTeam { who: u8, team: u8 },
    /// Somebody leaves a team.
    LeaveTeam { who: u8, team: u8 },
    /// A team is founded.
    NewTeam { name: u8, member: u8 },
    /// A team is dissolved.
    DropTeam { team: u8 },
    /// A team joins another team.
    Nest { inner: u8, outer: u8 },
}

/// Gives scripts of a few edits.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let number = any::<u8>;
    let edit = prop_oneof![
        (number(), number(), number()).prop_map(|(name, department, manager)| Edit::Join {
            name,
            department,
            manager
        }),
        number().prop_map(|who| Edit::Leave { who }),
        (number(), number()).prop_map(|(who, department)| Edit::Move { who, department }),
        (number(), number()).prop_map(|(who, name)| Edit::Rename { who, name }),
        (number(), number()).prop_map(|(who, other)| Edit::Swap { who, other }),
        (number(), any::<Option<u8>>()).prop_map(|(who, title)| Edit::Promote { who, title }),
        (number(), number()).prop_map(|(who, manager)| Edit::NewManager { who, manager }),
        (number(), any::<bool>()).prop_map(|(who, employed)| Edit::Employ { who, employed }),
        (number(), number()).prop_map(|(who, team)| Edit::JoinTeam { who, team }),
        (number(), number()).prop_map(|(who, team)| Edit::LeaveTeam { who, team }),
        (number(), number()).prop_map(|(name, member)| Edit::NewTeam { name, member }),
        number().prop_map(|team| Edit::DropTeam { team }),
        (number(), number()).prop_map(|(inner, outer)| Edit::Nest { inner, outer }),
    ];
    vec(edit, 1..=EDITS_MAX)
}

impl Edit {
    /// Makes it happen.
    pub fn apply(&self, source: &mut SystemState) {
        match *self {
            Self::Join { name, department, manager } => join(source, name, department, manager),
            Self::Leave { who } => remove(source, WORKER, who),
            Self::Move { who, department } => set(source, who, "department", pick(&DEPARTMENTS, department)),
            Self::Rename { who, name } => {
                set(source, who, "name", full_name(name));
                set(source, who, "mail", mail(name));
            }
            Self::Swap { who, other } => swap(source, who, other),
            Self::Promote { who, title } => {
                if let Some(worker) = chosen(source, WORKER, who) {
                    let title = title.map(|it| Values::one(pick(&TITLES, it)));
                    worker.attributes.set_or_clear("title", title);
                }
            }
            Self::NewManager { who, manager } => {
                if let Some(manager) = chosen(source, WORKER, manager).map(|it| it.id.clone()) {
                    set(source, who, "manager", Value::Reference(manager));
                }
            }
            Self::Employ { who, employed } => set(source, who, "employed", employed),
            Self::JoinTeam { who, team } => {
                let member = chosen(source, WORKER, who).map(|it| it.id.clone());
                change_members(source, team, member, true);
            }
            Self::LeaveTeam { who, team } => {
                let member = chosen(source, WORKER, who).map(|it| it.id.clone());
                change_members(source, team, member, false);
            }
            Self::NewTeam { name, member } => {
                let member = chosen(source, WORKER, member).map(|it| Value::Reference(it.id.clone()));
                let id = new_id(source, team_id);
                let mut team = Object::new(TEAM, id).with("name", pick(&TEAM_NAMES, name));
                team.attributes.set_or_clear("members", member.map(Values::one));
                source.objects.push(team);
            }
            Self::DropTeam { team } => remove(source, TEAM, team),
            Self::Nest { inner, outer } => {
                let member = chosen(source, TEAM, inner).map(|it| it.id.clone());
                change_members(source, outer, member, true);
            }
        }
    }
}

fn join(source: &mut SystemState, name: u8, department: u8, manager: u8) {
    let manager = chosen(source, WORKER, manager).map(|it| Value::Reference(it.id.clone()));
    let id = new_id(source, worker_id);
    let mut worker = Object::new(WORKER, id.as_str())
        .with("number", format!("{}", 9000 + u32::from(name) + 256 * u32::from(department)))
        .with("mail", mail(name))
        .with("name", full_name(name))
        .with("department", pick(&DEPARTMENTS, department))
        .with("employed", true)
        .with("level", 3);
    worker.attributes.set_or_clear("manager", manager.map(Values::one));
    source.objects.push(worker);
}

/// An id that no object has.
fn new_id(source: &SystemState, id: fn(usize) -> String) -> String {
    const FIRST: usize = 100;
    let taken = |at: &usize| source.objects.iter().any(|it| *it.id == *id(*at));
    id((FIRST + source.objects.len()..).find(|at| !taken(at)).unwrap_or(FIRST))
}

fn chosen<'s>(source: &'s mut SystemState, object_type: &str, at: u8) -> Option<&'s mut Object> {
    let of_type = |it: &&mut Object| it.object_type.as_str() == object_type;
    let count = source.objects.iter().filter(|it| it.object_type.as_str() == object_type).count();
    source.objects.iter_mut().filter(of_type).nth(usize::from(at).checked_rem(count)?)
}

fn set(source: &mut SystemState, who: u8, attribute: &str, value: impl Into<Value>) {
    if let Some(worker) = chosen(source, WORKER, who) {
        worker.attributes.set(attribute, value.into());
    }
}

fn swap(source: &mut SystemState, who: u8, other: u8) {
    for attribute in ["name", "mail"] {
        let held =
            |source: &mut SystemState, who| chosen(source, WORKER, who)?.attributes.get(attribute).cloned();
        let (Some(left), Some(right)) = (held(source, who), held(source, other)) else { return };
        for (who, values) in [(who, right), (other, left)] {
            if let Some(worker) = chosen(source, WORKER, who) {
                worker.attributes.set(attribute, values);
            }
        }
    }
}

fn remove(source: &mut SystemState, object_type: &str, at: u8) {
    if let Some(id) = chosen(source, object_type, at).map(|it| it.id.clone()) {
        source.objects.retain(|it| it.id != id);
    }
}

fn change_members(source: &mut SystemState, team: u8, member: Option<Text>, joins: bool) {
    let (Some(member), Some(team)) = (member, chosen(source, TEAM, team)) else { return };
    let value = Value::Reference(member);
    let present = team.attributes.get("members").into_iter().flat_map(|it| it.as_slice().iter().cloned());
    let mut members: Vec<Value> = present.filter(|it| *it != value).collect();
    if joins {
        members.push(value);
    }
    team.attributes.set_or_clear("members", Values::from_many(members));
}
