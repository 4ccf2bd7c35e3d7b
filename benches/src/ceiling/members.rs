//! Who joins and who leaves the groups.

use std::hint::black_box;
use std::ops::Range;

use super::Sides;
use super::index::{Index, hash};
use super::join::{Found, Moved};

/// Compares a range of the teams with their groups. There is one index, or one for each first bit of the hash.
pub(super) fn compare(sides: &Sides, indexes: &[Index], teams: Range<usize>, found: &mut Found) {
    let groups = sides.groups.by_id();
    let bits = u32::from(indexes.len() > 1);
    let place = |key: u64| {
        let hash = hash(key);
        (&indexes[if bits == 0 { 0 } else { (hash >> 63) as usize }], hash << bits)
    };
    let is_in_scope = |&key: &u64| {
        let (index, hash) = place(key);
        index.entry(index.slot(hash, key)).is_in_scope()
    };
    let (mut wanted, mut there): (Vec<u64>, Vec<u64>) = (Vec::new(), Vec::new());
    for team in teams {
        wanted.clear();
        there.clear();
        let members = sides.teams.members(team);
        let touched = members.iter().fold(0, |all, &key| {
            let (index, hash) = place(key);
            all ^ index.touch(hash)
        });
        black_box(touched);
        wanted.extend(members.iter().copied().filter(is_in_scope));
        wanted.sort_unstable();
        match groups.get(&sides.teams.ids[team]) {
            Some(&group) => {
                there.extend_from_slice(sides.groups.members(group));
                there.sort_unstable();
            }
            None => found.new_groups.push(team as u32),
        }
        if let Some(joins) = only_in(&wanted, &there, team, &mut found.members) {
            found.joins.push(joins);
        }
        if let Some(leaves) = only_in(&there, &wanted, team, &mut found.members) {
            found.leaves.push(leaves);
        }
    }
}

/// Appends what is in the first of two sorted lists and not in the second.
fn only_in(list: &[u64], other: &[u64], team: usize, out: &mut Vec<u64>) -> Option<Moved> {
    let first = out.len();
    let mut other = other.iter().copied().peekable();
    for &key in list {
        while other.next_if(|it| *it < key).is_some() {}
        if other.peek() != Some(&key) {
            out.push(key);
        }
    }
    let count = (out.len() - first) as u32;
    (count > 0).then_some(Moved { team: team as u32, first: first as u32, count })
}
