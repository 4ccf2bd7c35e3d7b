//! What did a clause say of this value before?
//!
//! What scopes ask about takes few values: a type, a company, a status. So nearly every question was answered before,
//! however much it takes to answer it.

use std::cell::RefCell;

use super::clause::Answer;
use crate::compiled::CompiledClause;

/// The answers of clauses, by what the attribute held that they test. All of it is of one set of records.
#[derive(Default)]
pub(super) struct Known(RefCell<Vec<Option<Entry>>>);

#[derive(Clone, Copy)]
struct Entry {
    clause: usize,
    token: u64,
    answer: Answer,
}

const PLACES: usize = 256;

impl Known {
    /// Returns what a clause says of a value that has this token, and asks if that is not known.
    #[inline]
    pub(super) fn or_ask(&self, clause: &CompiledClause, token: u64, ask: impl FnOnce() -> Answer) -> Answer {
        let mut known = self.0.borrow_mut();
        if known.is_empty() {
            known.resize(PLACES, None);
        }
        // Where a clause is in memory says which one it is, and nothing else.
        let clause = std::ptr::from_ref(clause).addr();
        let place = &mut known[place(clause, token)];
        match place {
            Some(entry) if entry.clause == clause && entry.token == token => entry.answer,
            _ => place.insert(Entry { clause, token, answer: ask() }).answer,
        }
    }
}

fn place(clause: usize, token: u64) -> usize {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = (token.wrapping_mul(SPREAD).rotate_left(29) ^ clause as u64).wrapping_mul(SPREAD);
    (mixed >> 56) as usize % PLACES
}
