//! Which anchors occurred already, and in which line?

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

/// The anchors of the rows so far. Memory: their text, and some 40 bytes for each.
#[derive(Default)]
pub(crate) struct Anchors {
    /// All anchors, one behind the other.
    text: String,
    seen: Vec<Seen>,
    table: HashTable<Entry>,
    hasher: RandomState,
}

/// The hash is kept so that the table grows without looking at the text.
struct Entry {
    hash: u64,
    at: u32,
}

struct Seen {
    end: usize,
    line: u32,
}

impl Anchors {
    /// Remembers an anchor; when it occurred before, returns the line where.
    pub(crate) fn insert(&mut self, anchor: &str, line: u64) -> Result<(), u64> {
        let Self { text, seen, table, hasher } = self;
        let hash = hasher.hash_one(anchor);
        let same = |entry: &Entry| entry.hash == hash && anchor_at(text, seen, entry.at) == anchor;
        if let Some(entry) = table.find(hash, same) {
            return Err(u64::from(seen[entry.at as usize].line));
        }
        // INVARIANT: there are at most `ROWS_MAX` rows, which fits.
        let at = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        text.push_str(anchor);
        seen.push(Seen { end: text.len(), line: u32::try_from(line).unwrap_or(u32::MAX) });
        table.insert_unique(hash, Entry { hash, at }, |entry| entry.hash);
        Ok(())
    }
}

fn anchor_at<'a>(text: &'a str, seen: &[Seen], at: u32) -> &'a str {
    let at = at as usize;
    let start = at.checked_sub(1).map_or(0, |before| seen[before].end);
    text.get(start..seen[at].end).unwrap_or_default()
}
