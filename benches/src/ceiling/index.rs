//! A hash table of workers: open addressing, grown never.

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
    /// Key and entry; a key of 0 is free.
    slots: Vec<[u64; 2]>,
    shift: u32,
}

impl Index {
    pub(super) fn with_room_for(count: usize) -> Self {
        let slots = (count * 3 / 2 + 16).next_power_of_two();
        Self { slots: vec![[0; 2]; slots], shift: 64 - slots.trailing_zeros() }
    }

    /// Reads where a key would be, so that many come from memory at once.
    #[inline(always)]
    pub(super) fn touch(&self, hash: u64) -> u64 {
        self.slots[(hash >> self.shift) as usize][0]
    }

    /// Finds the slot of a key, or the free one where it would be.
    #[inline(always)]
    pub(super) fn slot(&self, hash: u64, key: u64) -> usize {
        let mut at = (hash >> self.shift) as usize;
        loop {
            match self.slots[at][0] {
                found if found == key || found == 0 => return at,
                _ => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    pub(super) fn put_account(&mut self, hash: u64, key: u64, account: usize, is_active: bool) {
        let at = self.slot(hash, key);
        let active = if is_active { ACTIVE } else { 0 };
        self.slots[at] = [key, (account as u64 + 1) | active];
    }

    #[inline(always)]
    pub(super) fn entry(&self, slot: usize) -> Entry {
        Entry(self.slots[slot][1])
    }

    #[inline(always)]
    pub(super) fn put_in_scope(&mut self, slot: usize, key: u64) {
        self.slots[slot][0] = key;
        self.slots[slot][1] |= IN_SCOPE;
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = Entry> {
        self.slots.iter().map(|it| Entry(it[1]))
    }
}

#[inline(always)]
pub(super) fn hash(key: u64) -> u64 {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93)
}
