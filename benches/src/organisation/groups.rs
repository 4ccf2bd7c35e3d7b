//! Teams, and the groups that the target holds for them.

use super::Organisation;
use super::draw::{mix, shuffled};
use crate::words::DEPARTMENTS;

const MEMBERS: usize = 50;

/// A team of the source or a group of the target.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its id on both sides.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of the workers in it, as the source has them.
    pub members: Vec<String>,
}

impl Organisation {
    /// Makes the teams: one for each hundred workers, each of 50.
    pub fn teams(&self) -> impl Iterator<Item = Group> {
        shuffled(self.workers / 100, mix(self.draw.seed ^ 3)).into_iter().map(|at| {
            let at = u64::from(at);
            self.group(at, self.members(at).into_iter().map(|it| self.worker_id(it)).collect())
        })
    }

    /// Makes the groups of the target: 1 % are missing, and of the others 1 % of the members, and as many are in
    /// them that should not be.
    pub fn groups(&self) -> impl Iterator<Item = Group> {
        let all = shuffled(self.workers / 100, mix(self.draw.seed ^ 4)).into_iter().map(u64::from);
        let there = all.filter(|&at| !self.draw.of(71, at).is_multiple_of(100));
        there.map(|at| self.group(at, self.members_in_target(at)))
    }

    fn group(&self, at: u64, members: Vec<String>) -> Group {
        let department = DEPARTMENTS[(at % 20) as usize].to_lowercase().replace(' ', "-");
        Group { id: format!("G{:07}", at + 1), name: format!("grp-{department}-{}", at + 1), members }
    }

    fn members(&self, group: u64) -> Vec<u64> {
        let mut members = Vec::with_capacity(MEMBERS);
        let draws = (0_u64..).map(|it| self.draw.of(70 ^ (it << 8), group) % self.workers);
        // As many as there are at most, of a small organisation.
        let count = MEMBERS.min(self.workers as usize);
        for member in draws {
            if members.len() == count {
                break;
            }
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members
    }

    /// In another order than in the source.
    fn members_in_target(&self, group: u64) -> Vec<String> {
        let wanted = self.members(group);
        let mut members: Vec<String> = Vec::new();
        for (place, &member) in (0_u64..).zip(&wanted) {
            let draw = |stream: u64| self.draw.of(stream, group * 64 + place);
            if self.is_in_scope(member) && !self.is_missing(member) && !draw(72).is_multiple_of(100) {
                members.push(self.worker_id(member));
            }
            let draw = draw(73);
            let stray = (draw >> 8) % self.workers;
            let is_free = !wanted.contains(&stray) && !self.is_missing(stray);
            if draw.is_multiple_of(100) && is_free && !members.contains(&self.worker_id(stray)) {
                members.push(self.worker_id(stray));
            }
        }
        let place = |place: u64| self.draw.of(74, group * 128 + place);
        let mut placed: Vec<(u64, String)> = (0_u64..).map(place).zip(members).collect();
        placed.sort_unstable();
        placed.into_iter().map(|it| it.1).collect()
    }
}
