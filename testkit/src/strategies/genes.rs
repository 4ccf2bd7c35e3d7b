//! Small numbers from which a universe grows, so that a failing one shrinks to the fewest people and teams.

use proptest::collection::vec;
use proptest::prelude::*;

use super::spec::{SpecGene, spec_gene};

/// The most people, teams, and accounts of nobody in one universe.
const PEOPLE_MAX: usize = 8;
const TEAMS_MAX: usize = 4;
const STRANGERS_MAX: usize = 3;
const ROTATED_MAX: usize = 5;

/// Where a source object stands with the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// It has none.
    None,
    /// It is linked to one.
    Linked,
    /// There is one that matches, unlinked.
    Unlinked,
    /// It is linked to one that is gone.
    Gone,
}

/// One worker and the account.
#[derive(Clone, Debug)]
pub(super) struct PersonGene {
    pub(super) name: u8,
    /// Whose number it has; its own if it is large.
    pub(super) number: u8,
    pub(super) department: Option<u8>,
    pub(super) title: Option<u8>,
    pub(super) level: Option<u8>,
    pub(super) employed: Option<bool>,
    pub(super) manager: Option<u8>,
    pub(super) account: Account,
    /// What of the account differs, bit by bit.
    pub(super) drift: u8,
    /// Whether the worker left, so that only the account is there.
    pub(super) left: bool,
}

/// One team and the group.
#[derive(Clone, Debug)]
pub(super) struct TeamGene {
    pub(super) name: u8,
    pub(super) people: Vec<u8>,
    pub(super) teams: Vec<u8>,
    pub(super) unknown_member: bool,
    pub(super) account: Account,
    /// Who is a member of the group in the target, people and strangers.
    pub(super) present: Vec<u8>,
    pub(super) present_groups: Vec<u8>,
    /// Which team it is within, and which group the group is: any team, but only a group before it.
    pub(super) parent: Option<u8>,
    pub(super) present_parent: Option<u8>,
    pub(super) left: bool,
}

/// What a read does not show.
#[derive(Clone, Debug, Default)]
pub(super) struct ReadGene {
    pub(super) workers: Option<Vec<u8>>,
    pub(super) teams: Option<Vec<u8>>,
    pub(super) users: Option<Vec<u8>>,
    pub(super) groups: Option<Vec<u8>>,
    pub(super) unreadable_worker: Option<u8>,
    pub(super) unreadable_user: Option<u8>,
}

/// A universe in small numbers.
#[derive(Clone, Debug)]
pub(super) struct Genes {
    pub(super) people: Vec<PersonGene>,
    pub(super) teams: Vec<TeamGene>,
    /// Accounts of nobody, by the name that they have.
    pub(super) strangers: Vec<u8>,
    /// Whose accounts hold each other's user names: each that of the next, the last that of the first.
    pub(super) rotated: Vec<u8>,
    pub(super) spec: SpecGene,
    pub(super) reads: ReadGene,
}

/// Gives the genes of a universe.
pub(super) fn genes(reads: impl Strategy<Value = ReadGene>) -> impl Strategy<Value = Genes> {
    let people = vec(person_gene(), 0..=PEOPLE_MAX);
    let teams = vec(team_gene(), 0..=TEAMS_MAX);
    let strangers = vec(any::<u8>(), 0..=STRANGERS_MAX);
    let rotated = prop_oneof![1 => Just(Vec::new()), 1 => vec(any::<u8>(), 2..=ROTATED_MAX)];
    (people, teams, strangers, rotated, spec_gene(), reads).prop_map(
        |(people, teams, strangers, rotated, spec, reads)| Genes {
            people,
            teams,
            strangers,
            rotated,
            spec,
            reads,
        },
    )
}

fn person_gene() -> impl Strategy<Value = PersonGene> {
    let facts = (
        any::<u8>(),
        prop_oneof![9 => Just(u8::MAX), 1 => 0_u8..4],
        prop::option::weighted(0.8, 0_u8..4),
        prop::option::weighted(0.7, 0_u8..4),
        prop::option::weighted(0.8, 0_u8..6),
        prop::option::weighted(0.9, prop::bool::weighted(0.8)),
        prop::option::weighted(0.7, any::<u8>()),
    );
    let drift = prop_oneof![2 => Just(0_u8), 3 => any::<u8>()];
    (facts, account(), drift, prop::bool::weighted(0.15)).prop_map(|(facts, account, drift, left)| {
        let (name, number, department, title, level, employed, manager) = facts;
        PersonGene { name, number, department, title, level, employed, manager, account, drift, left }
    })
}

fn team_gene() -> impl Strategy<Value = TeamGene> {
    let members = (vec(any::<u8>(), 0..5), vec(any::<u8>(), 0..3), prop::bool::weighted(0.1));
    let present = (vec(any::<u8>(), 0..5), vec(any::<u8>(), 0..2));
    let parent = || prop::option::weighted(0.5, any::<u8>());
    let within = (parent(), parent());
    (any::<u8>(), members, account(), present, within, prop::bool::weighted(0.3)).prop_map(
        |(name, members, account, (present, present_groups), (parent, present_parent), left)| {
            let (people, teams, unknown_member) = members;
            TeamGene {
                name,
                people,
                teams,
                unknown_member,
                account,
                present,
                present_groups,
                parent,
                present_parent,
                left,
            }
        },
    )
}

fn account() -> impl Strategy<Value = Account> {
    prop_oneof![
        3 => Just(Account::None),
        5 => Just(Account::Linked),
        2 => Just(Account::Unlinked),
        1 => Just(Account::Gone),
    ]
}

pub(super) fn read_gene() -> impl Strategy<Value = ReadGene> {
    let hidden = || prop::option::weighted(0.15, vec(any::<u8>(), 0..4));
    let unreadable = || prop::option::weighted(0.1, any::<u8>());
    (hidden(), hidden(), hidden(), hidden(), unreadable(), unreadable()).prop_map(
        |(workers, teams, users, groups, unreadable_worker, unreadable_user)| ReadGene {
            workers,
            teams,
            users,
            groups,
            unreadable_worker,
            unreadable_user,
        },
    )
}
