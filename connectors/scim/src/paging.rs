//! Which page comes next, and was that all? Pages in, a verdict out; nothing is read here.
//!
//! That a list was read to its end is not enough to say that it was whole: servers count wrongly, repeat pages, and
//! objects move from page to page when others go. So the counters have to agree.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use crate::limits::PAGES_MAX;

/// How the pages of a list follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// By `startIndex`.
    Index,
    /// By `cursor`.
    Cursor,
    /// There is one.
    Single,
}

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageFacts<'p> {
    /// The ids of its resources, in their order; `None` for one without.
    pub(crate) ids: Vec<Option<&'p str>>,
    /// `totalResults`, if it says it.
    pub(crate) total: Option<u64>,
    /// `nextCursor`, if it says it.
    pub(crate) next_cursor: Option<&'p str>,
}

/// What a page is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// For each of its resources, whether it came for the first time in all passes.
    pub(crate) is_new: Vec<bool>,
    /// What follows.
    pub(crate) next: Next,
}

/// What follows from a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// There is another page.
    Page,
    /// That was all, and why.
    Complete(String),
    /// That was the last page, and something is missing or does not agree.
    Doubtful(String),
}

/// A list that is read, in one pass or several.
#[derive(Debug)]
pub(crate) struct Paging {
    mode: Mode,
    size: usize,
    passes: u8,
    seen: Seen,
    pass: Pass,
}

/// One pass over a list.
#[derive(Debug)]
struct Pass {
    /// The index of the next page, from 1.
    start: u64,
    cursor: String,
    pages: usize,
    /// How many different ids came.
    distinct: u64,
    nameless: u64,
    total: Option<u64>,
    /// Whether a later page said a smaller total: something went, and what came after it moved up.
    has_shrunk: bool,
}

impl Pass {
    fn new() -> Self {
        Self {
            start: 1,
            cursor: String::new(),
            pages: 0,
            distinct: 0,
            nameless: 0,
            total: None,
            has_shrunk: false,
        }
    }
}

/// Which ids came, and in which pass last. This is all that grows with a list, so of an id only a fingerprint is kept:
/// 128 bits with keys of this process, so that no two ids have the same one by chance or on purpose.
#[derive(Debug, Default)]
struct Seen {
    keys: [RandomState; 2],
    passes: HashMap<[u8; 16], u8>,
}

impl Seen {
    /// Notes an id, and returns the pass in which it came before.
    fn note(&mut self, id: &str, pass: u8) -> Option<u8> {
        let mut fingerprint = [0; 16];
        let (first, second) = fingerprint.split_at_mut(8);
        first.copy_from_slice(&self.keys[0].hash_one(id).to_ne_bytes());
        second.copy_from_slice(&self.keys[1].hash_one(id).to_ne_bytes());
        self.passes.insert(fingerprint, pass)
    }
}

/// Page sizes that servers do not exceed, whatever they are asked for. A page that is exactly so large, and says that
/// it is everything, may be one of a server that takes the size of the page for the total.
const USUAL_CAPS: [usize; 12] = [10, 15, 20, 25, 30, 50, 100, 200, 250, 500, 1_000, 2_000];

impl Paging {
    pub(crate) fn new(mode: Mode, size: usize) -> Self {
        Self { mode, size: size.max(1), passes: 1, seen: Seen::default(), pass: Pass::new() }
    }

    /// Starts again from the beginning.
    pub(crate) fn restart(&mut self) {
        self.passes = self.passes.saturating_add(1);
        self.pass = Pass::new();
    }

    /// Returns how often the list was begun.
    pub(crate) fn passes(&self) -> u8 {
        self.passes
    }

    /// Returns what the next page is asked for with.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        let size = self.size.to_string();
        match self.mode {
            Mode::Single => Vec::new(),
            Mode::Index => vec![("startIndex", self.pass.start.to_string()), ("count", size)],
            Mode::Cursor => vec![("cursor", self.pass.cursor.clone()), ("count", size)],
        }
    }

    /// Takes a page in.
    pub(crate) fn take(&mut self, page: &PageFacts<'_>) -> Taken {
        let mut is_repeated = !page.ids.is_empty();
        let mut is_new = Vec::with_capacity(page.ids.len());
        for id in &page.ids {
            let before = id.and_then(|it| self.seen.note(it, self.passes));
            is_new.push(before.is_none());
            if id.is_none() {
                self.pass.nameless += 1;
                // One without an id looks like those of the page before: a whole page of them is read on from once.
                is_repeated &= self.pass.pages > 0;
            } else if before != Some(self.passes) {
                self.pass.distinct += 1;
                is_repeated = false;
            }
        }
        Taken { is_new, next: self.pass.next(self.mode, self.size, page, is_repeated) }
    }
}

impl Pass {
    fn next(&mut self, mode: Mode, size: usize, page: &PageFacts<'_>, is_repeated: bool) -> Next {
        self.pages += 1;
        let received = page.ids.len();
        if let Some(total) = page.total {
            self.has_shrunk |= self.total.is_some_and(|it| total < it);
            self.total = Some(total);
        }
        if self.pages >= PAGES_MAX {
            return Next::Doubtful(format!("there are more than {PAGES_MAX} pages"));
        }
        match mode {
            Mode::Single => self.verdict(mode, false),
            Mode::Cursor => match page.next_cursor {
                None => self.verdict(mode, false),
                Some(cursor) if cursor == self.cursor => {
                    Next::Doubtful("the cursor of the next page is that of this one".to_owned())
                }
                Some(cursor) => {
                    self.cursor = cursor.to_owned();
                    Next::Page
                }
            },
            Mode::Index => {
                // By what came, never by what was asked for: servers give fewer.
                self.start += received as u64;
                // A first page that says it is everything may be the first of several.
                let may_be_cut = self.pages == 1 && (received == size || USUAL_CAPS.contains(&received));
                let is_end = self.total.is_some_and(|total| self.start > total) && !may_be_cut;
                if received == 0 || is_repeated || is_end {
                    self.verdict(mode, is_repeated)
                } else {
                    Next::Page
                }
            }
        }
    }

    fn verdict(&self, mode: Mode, is_repeated: bool) -> Next {
        let (pages, seen) = (self.pages, self.distinct + self.nameless);
        let shown = if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
        match self.total {
            Some(total) if self.has_shrunk => Next::Doubtful(format!(
                "the list became shorter while it was read, to {total}; objects may have moved past the reader"
            )),
            Some(total) if seen == total => Next::Complete(format!("{shown}, {seen} of {total} objects")),
            Some(total) if is_repeated => {
                Next::Doubtful(format!("a page was repeated after {seen} of {total} objects"))
            }
            Some(total) => Next::Doubtful(format!("{seen} objects were read and the server counts {total}")),
            None if is_repeated => Next::Doubtful(format!(
                "a page was repeated after {seen} objects, and the server does not count them"
            )),
            None if mode == Mode::Single => {
                Next::Doubtful("the server does not say how many objects there are".to_owned())
            }
            None => Next::Complete(format!("{shown} up to the last, {seen} objects")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a server that gives `cap` objects a page, and says its total as `total` tells.
    fn read(count: usize, size: usize, cap: usize, total: impl Fn(usize) -> Option<u64>) -> (usize, Next) {
        let ids: Vec<String> = (0..count).map(|it| it.to_string()).collect();
        let mut paging = Paging::new(Mode::Index, size);
        for pages in 1.. {
            let start = usize::try_from(paging.pass.start).expect("small") - 1;
            let page = ids.iter().skip(start).take(size.min(cap));
            let page: Vec<Option<&str>> = page.map(|it| Some(it.as_str())).collect();
            let total = total(page.len());
            let next = paging.take(&PageFacts { ids: page, total, next_cursor: None }).next;
            if next != Next::Page {
                return (pages, next);
            }
        }
        unreachable!("there is an end")
    }

    fn complete(next: &Next) -> bool {
        matches!(next, Next::Complete(_))
    }

    #[test]
    fn one_request_for_each_page_where_the_server_counts() {
        let (pages, next) = read(503, 100, 1_000, |_| Some(503));
        assert_eq!((pages, next), (6, Next::Complete("6 pages, 503 of 503 objects".to_owned())));
        assert_eq!(read(7, 100, 1_000, |_| Some(7)).0, 1);
        assert_eq!(read(0, 100, 1_000, |_| Some(0)).0, 1);
    }

    #[test]
    fn pages_of_objects_without_an_id_come_to_an_end() {
        let mut paging = Paging::new(Mode::Index, 100);
        let mut take = || paging.take(&PageFacts { ids: vec![None], total: None, next_cursor: None }).next;
        assert_eq!(take(), Next::Page);
        assert!(matches!(take(), Next::Doubtful(_)));
    }

    #[test]
    fn a_server_that_takes_the_page_for_the_total_is_found_out() {
        let (pages, next) = read(503, 200, 100, |received| Some(received as u64));
        assert!(pages > 1 && !complete(&next), "{pages} {next:?}");
    }

    #[test]
    fn without_a_total_the_list_is_read_to_an_empty_page() {
        let (pages, next) = read(25, 10, 10, |_| None);
        assert_eq!((pages, next), (4, Next::Complete("4 pages up to the last, 25 objects".to_owned())));
    }

    #[test]
    fn a_repeated_page_is_no_page() {
        let mut paging = Paging::new(Mode::Index, 2);
        let page = |total| PageFacts { ids: vec![Some("a"), Some("b")], total, next_cursor: None };
        assert_eq!(paging.take(&page(Some(5))).next, Next::Page);
        assert!(matches!(paging.take(&page(Some(5))).next, Next::Doubtful(_)));
        // Another pass is not a repetition, and tells nothing twice.
        paging.restart();
        let again = paging.take(&page(Some(5)));
        assert_eq!(again, Taken { is_new: vec![false, false], next: Next::Page });
        // Past the end some give the first page again.
        let mut paging = Paging::new(Mode::Index, 2);
        assert_eq!(paging.take(&page(Some(2))).next, Next::Page);
        assert!(complete(&paging.take(&page(Some(2))).next));
    }

    #[test]
    fn what_went_while_it_was_read_makes_the_list_doubtful() {
        let mut paging = Paging::new(Mode::Index, 2);
        let page = |ids: [&'static str; 2], total| PageFacts {
            ids: ids.map(Some).to_vec(),
            total,
            next_cursor: None,
        };
        assert_eq!(paging.take(&page(["a", "b"], Some(5))).next, Next::Page);
        // `a` went, so `c` moved to the first page, where nobody saw it.
        let next = paging.take(&page(["d", "e"], Some(4))).next;
        assert!(matches!(next, Next::Doubtful(_)), "{next:?}");
    }

    #[test]
    fn cursors_are_followed_to_the_last() {
        let mut paging = Paging::new(Mode::Cursor, 2);
        assert_eq!(paging.query()[0], ("cursor", String::new()));
        let page =
            |id: &'static str, next_cursor| PageFacts { ids: vec![Some(id)], total: None, next_cursor };
        assert_eq!(paging.take(&page("a", Some("x"))).next, Next::Page);
        assert_eq!(paging.query()[0], ("cursor", "x".to_owned()));
        assert!(
            matches!(paging.take(&page("b", Some("x"))).next, Next::Doubtful(_)),
            "the cursor does not move"
        );
        assert!(complete(&paging.take(&page("c", None)).next));
    }

    proptest! {
        #[test]
        fn whoever_counts_right_is_believed_and_nobody_loses_an_object(
            count in 0_usize..400, size in 1_usize..60, cap in 1_usize..60, says in any::<bool>(),
        ) {
            let (_, next) = read(count, size, cap, |_| says.then_some(count as u64));
            prop_assert!(complete(&next), "{:?}", next);
            // One object less than the server counts is never everything.
            let (_, next) = read(count, size, cap, |_| Some(count as u64 + 1));
            prop_assert!(!complete(&next), "{:?}", next);
        }
    }
}
