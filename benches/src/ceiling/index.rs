//! A hash table of workers: open addressing, grown never.

use std::io;

use super::large::Large;

/// What is known of a worker: a state, and the account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry(u64);

const IN_SCOPE: u64 = 1 << 63;
const ACTIVE: u64 = 1 << 62;
const ACCOUNT: u64 = 0xffff_ffff;

impl Entry {
    pub(super) fn is_in_scope(self) -> bool {
        self.0 & IN_SCOPE != 0
    }

    pub(super) fn account(self) -> Option<usize> {
        (self.0 & ACCOUNT).checked_sub(1).map(|it| it as usize)
    }

    /// The account that is active and has no worker in scope.
    pub(super) fn left_active(self) -> Option<usize> {
        if self.0 & (IN_SCOPE | ACTIVE) == ACTIVE { self.account() } else { None }
    }
}

pub(super) struct Index {
    /// Of each slot key and entry, eight bytes each; a key of 0 is free.
    slots: Large,
    mask: usize,
    shift: u32,
}

impl Index {
    pub(super) fn with_room_for(count: usize) -> io::Result<Self> {
        let count = (count * 3 / 2 + 16).next_power_of_two();
        let slots = Large::zeroed(count * 16)?;
        Ok(Self { slots, mask: count - 1, shift: 64 - count.trailing_zeros() })
    }

    #[inline(always)]
    fn half(&self, slot: usize, half: usize) -> u64 {
        let bytes = &self.slots[16 * slot + 8 * half..];
        bytes.first_chunk().map_or(0, |it| u64::from_le_bytes(*it))
    }

    #[inline(always)]
    fn put(&mut self, slot: usize, key: u64, entry: u64) {
        let bytes = &mut self.slots[16 * slot..16 * slot + 16];
        bytes[..8].copy_from_slice(&key.to_le_bytes());
        bytes[8..].copy_from_slice(&entry.to_le_bytes());
    }

    /// Reads where a key would be, so that many come from memory at once.
    #[inline(always)]
    pub(super) fn touch(&self, hash: u64) -> u64 {
        self.half((hash >> self.shift) as usize, 0)
    }

    /// Finds the slot of a key, or the free one where it would be.
    #[inline(always)]
    pub(super) fn slot(&self, hash: u64, key: u64) -> usize {
        let mut at = (hash >> self.shift) as usize;
        loop {
            match self.half(at, 0) {
                found if found == key || found == 0 => return at,
                _ => at = (at + 1) & self.mask,
            }
        }
    }

    pub(super) fn put_account(&mut self, hash: u64, key: u64, account: usize, is_active: bool) {
        let at = self.slot(hash, key);
        let active = if is_active { ACTIVE } else { 0 };
        self.put(at, key, (account as u64 + 1) | active);
    }

    #[inline(always)]
    pub(super) fn entry(&self, slot: usize) -> Entry {
        Entry(self.half(slot, 1))
    }

    #[inline(always)]
    pub(super) fn put_in_scope(&mut self, slot: usize, key: u64) {
        let entry = self.half(slot, 1) | IN_SCOPE;
        self.put(slot, key, entry);
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        (0..=self.mask).map(|it| self.entry(it))
    }
}

#[inline(always)]
pub(super) fn hash(key: u64) -> u64 {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}
