//! Which groups are there? Everyone, the departments in it, and the teams in those.

use super::departments::DEPARTMENTS;
use super::person::worker_id;
use super::staffing::{Staffing, TeamPlan};
use super::{Group, GroupId, GroupKind, Member, Text};

/// The group of everyone; the departments follow, then the teams.
const EVERYONE: GroupId = GroupId(1);

/// Of those who have left, one in this many is still listed in the team.
const FORGOTTEN_EVERY: usize = 4;

/// Returns the name of a team, which no other team has.
pub(super) fn team_name(team: &TeamPlan) -> Text {
    let name = DEPARTMENTS[team.department].topics[team.topic].name;
    match team.round {
        0 => name.into(),
        round => format!("{name} {}", round + 1).into(),
    }
}

/// Returns all groups, ordered by id.
pub(super) fn groups(staffing: &Staffing) -> Vec<Group> {
    let mut groups = Vec::with_capacity(1 + DEPARTMENTS.len() + staffing.teams.len());
    let departments = (0..DEPARTMENTS.len()).map(|department| Member::Group(department_id(department)));
    groups.push(Group {
        id: EVERYONE,
        name: "Everyone at Nordhalm".into(),
        kind: GroupKind::Everyone,
        parent: None,
        description: "All departments, and the chief executive.".into(),
        members: departments.chain(worker(staffing.chief)).collect(),
    });
    for (department, it) in DEPARTMENTS.iter().enumerate() {
        let first = staffing.teams.partition_point(|team| team.department < department);
        let end = staffing.teams.partition_point(|team| team.department <= department);
        let teams = (first..end).map(|team| Member::Group(team_id(team)));
        groups.push(Group {
            id: department_id(department),
            name: it.name.into(),
            kind: GroupKind::Department,
            parent: Some(EVERYONE),
            description: format!("All teams of {}, and the head of the department.", it.name).into(),
            members: teams.chain(worker(staffing.heads[department])).collect(),
        });
    }
    for (index, team) in staffing.teams.iter().enumerate() {
        let department = &DEPARTMENTS[team.department];
        let listed = team
            .members
            .iter()
            .filter(|member| staffing.posts[**member].left.is_none() || *member % FORGOTTEN_EVERY == 0);
        groups.push(Group {
            id: team_id(index),
            name: team_name(team),
            kind: GroupKind::Team,
            parent: Some(department_id(team.department)),
            description: format!("A team of {}, at home in {}.", department.name, team.home.site().city)
                .into(),
            members: listed.map(|member| Member::Worker(worker_id(*member))).collect(),
        });
    }
    groups
}

fn worker(worker: Option<usize>) -> Option<Member> {
    worker.map(|worker| Member::Worker(worker_id(worker)))
}

fn department_id(department: usize) -> GroupId {
    group_id(1 + department)
}

fn team_id(team: usize) -> GroupId {
    group_id(1 + DEPARTMENTS.len() + team)
}

fn group_id(index: usize) -> GroupId {
    GroupId(u32::try_from(index + 1).unwrap_or(u32::MAX))
}
