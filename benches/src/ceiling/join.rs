//! Workers and their accounts, by hash.

use std::hint::black_box;
use std::io;

use super::Sides;
use super::account;
use super::index::{Index, hash};
use super::rows::{IS_ACTIVE, IS_MANAGED, Row};

/// One attribute and what it should be.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) attribute: u8,
    /// The bytes of the value; none clears the attribute.
    pub(super) length: u16,
    pub(super) start: u32,
}

/// A worker, and which changes are theirs.
#[derive(Clone, Copy)]
pub(super) struct Changed {
    pub(super) key: u64,
    pub(super) worker: u32,
    pub(super) first: u32,
    pub(super) count: u32,
}

/// A group, and which members are meant.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    pub(super) team: u32,
    pub(super) first: u32,
    pub(super) count: u32,
}

/// What one thread found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) creates: Vec<Changed>,
    pub(super) updates: Vec<Changed>,
    /// Accounts.
    pub(super) disables: Vec<u32>,
    pub(super) changes: Vec<Change>,
    pub(super) bytes: Vec<u8>,
    pub(super) new_groups: Vec<u32>,
    pub(super) joins: Vec<Moved>,
    pub(super) leaves: Vec<Moved>,
    pub(super) members: Vec<u64>,
}

impl Found {
    pub(super) fn append(&mut self, other: Self) {
        let (changes, bytes) = (self.changes.len() as u32, self.bytes.len() as u32);
        let members = self.members.len() as u32;
        let changed = |it: Changed| Changed { first: it.first + changes, ..it };
        let moved = |it: Moved| Moved { first: it.first + members, ..it };
        self.creates.extend(other.creates.into_iter().map(changed));
        self.updates.extend(other.updates.into_iter().map(changed));
        self.disables.extend(other.disables);
        self.changes.extend(other.changes.into_iter().map(|it| Change { start: it.start + bytes, ..it }));
        self.bytes.extend(other.bytes);
        self.new_groups.extend(other.new_groups);
        self.joins.extend(other.joins.into_iter().map(moved));
        self.leaves.extend(other.leaves.into_iter().map(moved));
        self.members.extend(other.members);
    }

    fn emit(&mut self, worker: Row<'_>, attributes: u32) -> (u32, u32) {
        let first = self.changes.len() as u32;
        for attribute in (0..20).filter(|it| attributes >> it & 1 == 1) {
            let start = self.bytes.len();
            account::make(worker, attribute, &mut self.bytes);
            let length = (self.bytes.len() - start) as u16;
            self.changes.push(Change { attribute: attribute as u8, length, start: start as u32 });
        }
        (first, self.changes.len() as u32 - first)
    }
}

/// Which workers are looked at: all, or those whose hash begins with a bit.
#[derive(Clone, Copy)]
pub(super) struct Share {
    /// How many bits of the hash say which share.
    bits: u32,
    which: u64,
}

impl Share {
    pub(super) const ALL: Self = Self { bits: 0, which: 0 };

    pub(super) fn half(which: u64) -> Self {
        Self { bits: 1, which }
    }

    /// The hash within the share, if it is of the share.
    #[inline(always)]
    fn hash(self, key: u64) -> Option<u64> {
        let hash = hash(key);
        let is_mine = self.bits == 0 || hash >> 63 == self.which;
        is_mine.then_some(hash << self.bits)
    }
}

/// How many workers are under way at once: enough to wait for memory together.
const BATCH: usize = 32;
const ALL_ATTRIBUTES: u32 = 0xf_ffff;

pub(super) fn join(sides: &Sides, share: Share) -> io::Result<(Index, Found)> {
    let (workers, accounts) = (&sides.workers, &sides.accounts);
    let most = workers.keys.len().max(accounts.keys.len());
    let mut index = Index::with_room_for((most >> share.bits) * 9 / 8)?;
    let managed = accounts.flags.iter().zip(&accounts.keys).enumerate();
    let mut batch: Vec<(u64, u64, usize)> = Vec::with_capacity(BATCH);
    let mut managed = managed.filter(|(_, (flags, _))| **flags & IS_MANAGED != 0);
    loop {
        batch.clear();
        let mut touched = 0;
        for (at, (_, &key)) in managed.by_ref() {
            let Some(hash) = share.hash(key) else { continue };
            touched ^= index.touch(hash);
            batch.push((hash, key, at));
            if batch.len() == BATCH {
                break;
            }
        }
        black_box(touched);
        for &(hash, key, at) in &batch {
            index.put_account(hash, key, at, accounts.flags[at] & IS_ACTIVE != 0);
        }
        if batch.len() < BATCH {
            break;
        }
    }
    let mut found = Found::default();
    let mut buffer = Vec::new();
    let mut keys = workers.keys.iter().enumerate();
    let mut slots = [0; BATCH];
    loop {
        batch.clear();
        let mut touched = 0;
        for (at, &key) in keys.by_ref() {
            let Some(hash) = share.hash(key) else { continue };
            touched ^= index.touch(hash);
            batch.push((hash, key, at));
            if batch.len() == BATCH {
                break;
            }
        }
        black_box(touched);
        let mut touched = 0;
        for (&(hash, key, worker), slot) in batch.iter().zip(&mut slots) {
            *slot = index.slot(hash, key);
            if let Some(account) = index.entry(*slot).account() {
                touched ^= accounts.touch(account);
            }
            if share.bits > 0 {
                touched ^= workers.touch(worker);
            }
        }
        black_box(touched);
        for (&(hash, key, at), &slot) in batch.iter().zip(&slots) {
            let worker = workers.row(at);
            if !account::is_in_scope(worker) {
                continue;
            }
            let account = index.entry(slot).account();
            // Another worker of the batch may have taken the free slot.
            let slot = if account.is_some() { slot } else { index.slot(hash, key) };
            index.put_in_scope(slot, key);
            let attributes = match account {
                Some(account) => account::compare(worker, accounts.row(account), &mut buffer),
                None => ALL_ATTRIBUTES,
            };
            if attributes != 0 {
                let (first, count) = found.emit(worker, attributes);
                let changed = Changed { key, worker: at as u32, first, count };
                if account.is_some() { &mut found.updates } else { &mut found.creates }.push(changed);
            }
        }
        if batch.len() < BATCH {
            break;
        }
    }
    found.disables = index.entries().filter_map(|it| it.left_active()).map(|it| it as u32).collect();
    Ok((index, found))
}
