//! What comes before what: managers before those who report to them, and everything else by its id.

use std::collections::HashMap;

use super::account::{ID, MANAGER};
use super::join::{Changed, Found, Moved};
use super::rows::key;
use super::{Plan, Sides};

/// What is done.
#[derive(Clone, Copy)]
pub(super) enum Operation {
    CreateGroup {
        team: u32,
    },
    /// Of workers who lead each other, without the manager.
    CreateUser {
        user: Changed,
        is_in_circle: bool,
    },
    SetManager {
        worker: u32,
    },
    Update(Changed),
    Join(Moved),
    Leave(Moved),
    Disable {
        account: u32,
    },
}

pub(super) fn order(sides: &Sides, mut found: Found) -> Plan {
    let id = |team: u32| sides.teams.ids[team as usize];
    let account_id = |account: u32| key(sides.accounts.row(account as usize).field(ID).bytes());
    found.new_groups.sort_unstable_by_key(|it| id(*it));
    found.updates.sort_unstable_by_key(|it| it.key);
    found.joins.sort_unstable_by_key(|it| id(it.team));
    found.leaves.sort_unstable_by_key(|it| id(it.team));
    found.disables.sort_unstable_by_key(|it| account_id(*it));
    let levels = levels(sides, &found.creates);
    let mut creates: Vec<(Level, Changed)> = levels.into_iter().zip(found.creates).collect();
    creates.sort_unstable_by_key(|(level, it)| (level.number, it.key));
    let mut circles: Vec<Changed> = creates.iter().filter(|it| it.0.is_in_circle).map(|it| it.1).collect();
    circles.sort_unstable_by_key(|it| it.key);
    let mut operations = Vec::with_capacity(
        found.new_groups.len()
            + creates.len()
            + circles.len()
            + found.updates.len()
            + found.joins.len()
            + found.leaves.len()
            + found.disables.len(),
    );
    operations.extend(found.new_groups.into_iter().map(|team| Operation::CreateGroup { team }));
    let create =
        |(level, user): (Level, Changed)| Operation::CreateUser { user, is_in_circle: level.is_in_circle };
    operations.extend(creates.into_iter().map(create));
    operations.extend(circles.into_iter().map(|it| Operation::SetManager { worker: it.worker }));
    operations.extend(found.updates.into_iter().map(Operation::Update));
    operations.extend(found.joins.into_iter().map(Operation::Join));
    operations.extend(found.leaves.into_iter().map(Operation::Leave));
    operations.extend(found.disables.into_iter().map(|account| Operation::Disable { account }));
    Plan { operations, changes: found.changes, bytes: found.bytes, members: found.members }
}

/// How many managers have to be created before.
#[derive(Clone, Copy, Default)]
struct Level {
    number: u32,
    is_in_circle: bool,
}

fn levels(sides: &Sides, creates: &[Changed]) -> Vec<Level> {
    let places: HashMap<u64, usize> = creates.iter().enumerate().map(|(at, it)| (it.key, at)).collect();
    let manager = |at: usize| {
        let manager = sides.workers.row(creates[at].worker as usize).field(MANAGER);
        places.get(&key(manager.bytes())).copied()
    };
    let mut levels: Vec<Option<Level>> = vec![None; creates.len()];
    let mut seen_from = vec![usize::MAX; creates.len()];
    let mut path = Vec::new();
    for start in 0..creates.len() {
        path.clear();
        let mut next = Some(start);
        while let Some(at) = next
            && levels[at].is_none()
            && seen_from[at] != start
        {
            seen_from[at] = start;
            path.push(at);
            next = manager(at);
        }
        // The number of the manager above the path; nobody is below the first.
        let mut below = next.and_then(|at| levels[at]).map_or(0, |it| it.number + 1);
        if let Some(at) = next
            && levels[at].is_none()
            && let Some(begin) = path.iter().position(|it| *it == at)
        {
            for at in path.drain(begin..) {
                levels[at] = Some(Level { number: 0, is_in_circle: true });
            }
            below = 1;
        }
        for &at in path.iter().rev() {
            levels[at] = Some(Level { number: below, is_in_circle: false });
            below += 1;
        }
    }
    levels.into_iter().map(Option::unwrap_or_default).collect()
}
