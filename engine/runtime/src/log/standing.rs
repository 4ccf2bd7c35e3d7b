//! Which objects are known to be left alone, so that only changes of that are recorded?
//!
//! A hundred thousand users out of scope are recorded once, when that is new, and not in every cycle. What is known is
//! kept beside the log: for each object a hash of who it is and one of why it is left alone. Should the file be lost,
//! everybody is recorded once more.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

const MAGIC: &[u8] = b"provisio standing 1\n";
const ENTRY_BYTES: usize = 16;

/// What is known, and what this cycle saw.
pub(super) struct Standing {
    path: PathBuf,
    known: BTreeMap<u64, u64>,
    seen: BTreeMap<u64, u64>,
    done: Vec<u64>,
}

impl Standing {
    /// Loads what is known; a file that is missing or damaged knows nothing.
    pub(super) fn load(path: PathBuf) -> Self {
        let known = fs::read(&path).ok().and_then(|it| decode(&it)).unwrap_or_default();
        Self { path, known, seen: BTreeMap::new(), done: Vec::new() }
    }

    /// Begins a cycle.
    pub(super) fn begin(&mut self) {
        self.seen.clear();
        self.done.clear();
    }

    /// Notes that an object is left alone, and tells whether that, or why, is new.
    pub(super) fn is_news(&mut self, object: [&str; 2], why: &str) -> bool {
        let (key, value) = (hash(&object), hash(&[why]));
        self.seen.insert(key, value);
        self.known.get(&key) != Some(&value)
    }

    /// Notes that something was done with an object.
    pub(super) fn forget(&mut self, object: [&str; 2]) {
        if !self.known.is_empty() {
            self.done.push(hash(&object));
        }
    }

    /// Ends a cycle that made a plan, and saves what is known from now on. Only a cycle that saw every object replaces
    /// what was known before.
    pub(super) fn end(&mut self, saw_everything: bool) -> io::Result<()> {
        let seen = std::mem::take(&mut self.seen);
        let mut next = if saw_everything { BTreeMap::new() } else { self.known.clone() };
        for key in self.done.drain(..) {
            next.remove(&key);
        }
        next.extend(seen);
        if next == self.known {
            return Ok(());
        }
        self.known = next;
        replace(&self.path, &encode(&self.known))
    }
}

/// Writes a file anew, all or nothing.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    private().create(true).write(true).truncate(true).open(&new)?.write_all(content)?;
    fs::rename(&new, path)
}

/// Opens files that only their owner may read: they tell of people.
pub(super) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn hash(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    digest.iter().take(8).fold(0, |hash, byte| (hash << 8) | u64::from(*byte))
}

fn encode(known: &BTreeMap<u64, u64>) -> Vec<u8> {
    let mut content = Vec::with_capacity(MAGIC.len() + known.len() * ENTRY_BYTES);
    content.extend_from_slice(MAGIC);
    for (key, value) in known {
        content.extend_from_slice(&key.to_le_bytes());
        content.extend_from_slice(&value.to_le_bytes());
    }
    content
}

fn decode(content: &[u8]) -> Option<BTreeMap<u64, u64>> {
    let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
    let entries = content.strip_prefix(MAGIC)?.chunks(ENTRY_BYTES);
    entries.map(|it| Some((number(it.get(..8)?)?, number(it.get(8..16)?)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_news() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("standing");
        let mut standing = Standing::load(path.clone());
        standing.begin();
        assert!(standing.is_news(["m", "1"], "out of scope"));
        assert!(standing.is_news(["m", "2"], "out of scope"));
        standing.end(true).expect("saved");

        let mut standing = Standing::load(path.clone());
        standing.begin();
        assert!(!standing.is_news(["m", "1"], "out of scope"));
        assert!(standing.is_news(["m", "2"], "ignored"), "another reason");
        assert!(standing.is_news(["n", "1"], "out of scope"), "another mapping");
        standing.end(true).expect("saved");

        // An object that something was done with is news when it is left alone again.
        standing.begin();
        standing.forget(["m", "1"]);
        standing.end(false).expect("saved");
        standing.begin();
        assert!(standing.is_news(["m", "1"], "out of scope"));
        assert!(!standing.is_news(["n", "1"], "out of scope"), "not seen, and not forgotten");

        fs::write(&path, b"rubbish").expect("written");
        let mut standing = Standing::load(path);
        assert!(standing.is_news(["m", "2"], "ignored"), "a damaged file knows nothing");
    }
}
