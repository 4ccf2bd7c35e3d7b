//! Who changed, where a server tells nothing? All entries are listed with their `modifyTimestamp` alone, and compared with the
//! list of the time before: what has another time changed, and what is not on the list any more went.
//!
//! Times are in seconds. What changed again in the second that was the last one on a list has the same time on the next: whoever
//! has that time is told again, until something else changed.

use std::collections::BTreeMap;

use super::{Cookies, Feed, Found};
use crate::ber::{Malformed, OCTETS, Reader, SEQUENCE, Writer};
use crate::config::{Referrals, TypeScope};
use crate::control::{Control, PAGED, page_cookie};
use crate::filter::Filter;
use crate::request::Scope;
use crate::response::Answer;
use crate::trouble::Trouble;
use crate::watermark::Mark;

/// How many entries a list may have: it is kept from cycle to cycle, with some 60 bytes for each.
const ENTRIES_MAX: usize = 250_000;

const TIME: &str = "modifyTimestamp";

/// When entries were last changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct List {
    /// By id; times as the server writes them.
    times: BTreeMap<String, String>,
}

impl List {
    fn last(&self) -> &str {
        self.times.values().map(String::as_str).max().unwrap_or_default()
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.nested(SEQUENCE, |it| {
            for (id, time) in &self.times {
                it.octets(OCTETS, id.as_bytes());
                it.octets(OCTETS, time.as_bytes());
            }
        });
        writer.into_bytes()
    }

    fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| Malformed("a list of times"));
        let mut list = Reader::new(bytes).enter(SEQUENCE)?;
        let mut read = Self::default();
        while !list.is_empty() {
            let (id, time) = (text(list.expect(OCTETS)?)?, text(list.expect(OCTETS)?)?);
            read.times.insert(id, time);
        }
        Ok(read)
    }

    /// Notes who may have changed since an earlier list.
    fn compare(&self, before: &Self, found: &mut Found) {
        let last = before.last();
        for (id, time) in &self.times {
            match before.times.get(id) {
                Some(earlier) if earlier == time && time != last => {}
                earlier => {
                    // What is new has no other name than before.
                    found.renamed.extend(earlier.filter(|it| *it != time).map(|_| id.clone()));
                    found.ids.insert(id.clone());
                }
            }
        }
        found.ids.extend(before.times.keys().filter(|it| !self.times.contains_key(*it)).cloned());
    }
}

impl Feed<'_> {
    pub(super) async fn times_now(&mut self) -> Result<Option<Cookies>, Trouble> {
        Ok(self.list().await?.map(|it| (String::new(), vec![it.write()])))
    }

    pub(super) async fn times_since(
        &mut self,
        mark: &Mark,
        found: &mut Found,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let before = mark.cookies.first().and_then(|it| List::read(it).ok());
        let (Some(before), Some(now)) = (before, self.list().await?) else {
            found.unknown = Some("the server does not say of all entries when they changed");
            return Ok(Vec::new());
        };
        now.compare(&before, found);
        Ok(vec![now.write()])
    }

    /// Lists all entries beneath the bases; `None` if that is not everything.
    async fn list(&mut self) -> Result<Option<List>, Trouble> {
        let mut list = List::default();
        let mut is_whole = true;
        for base in &self.kind.bases {
            let mut search = self.search(&base.to_string(), Filter::all());
            search.attributes = vec![self.kind.anchor.attribute.clone(), TIME.to_owned()];
            if self.kind.config.scope == TypeScope::OneLevel {
                search.scope = Scope::OneLevel;
            }
            let mut cookie = Vec::new();
            loop {
                let mut controls = Vec::new();
                if self.directory.root.knows(PAGED) {
                    controls.push(Control::page(self.config.page_size, &cookie));
                }
                let mut next = Vec::new();
                let (referrals, anchor) = (self.config.referrals, &self.kind.anchor);
                let result = self.connection.search(&search, &controls, |message| {
                    match message.answer {
                        Answer::Entry(entry) => {
                            let id = entry.first(&anchor.attribute)?.and_then(|it| anchor.id(it));
                            match (id, entry.text(TIME)?) {
                                (Some(id), Some(time)) => {
                                    list.times.insert(id.to_string(), time.to_owned());
                                }
                                _ => is_whole = false,
                            }
                        }
                        Answer::Reference(_) => is_whole &= referrals == Referrals::Ignore,
                        Answer::Done(_) => next = page_cookie(message.controls)?.unwrap_or_default(),
                        Answer::Intermediate(_) => {}
                    }
                    match list.times.len() {
                        0..=ENTRIES_MAX => Ok(()),
                        _ => Err(Trouble::TooMuch(format!(
                            "`changes = \"timestamps\"` is for {ENTRIES_MAX} entries at most"
                        ))),
                    }
                });
                let result = result.await?;
                if !result.is_success() {
                    return Err(Trouble::Refused(result));
                }
                cookie = next;
                if cookie.is_empty() {
                    break;
                }
            }
        }
        Ok(is_whole.then_some(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(times: &[(&str, &str)]) -> List {
        let times = times.iter().map(|(id, time)| ((*id).to_owned(), (*time).to_owned()));
        List { times: times.collect() }
    }

    fn told(before: &List, now: &List) -> String {
        let mut found = Found::default();
        now.compare(before, &mut found);
        found.ids.into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_tell_who_changed_came_and_went() {
        let before = list(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "1")]);
        assert_eq!(List::read(&before.write()), Ok(before.clone()));
        let now = list(&[("a", "1"), ("b", "4"), ("c", "3"), ("e", "0")]);
        // `c` was changed in the last second of the list, and maybe again.
        assert_eq!(told(&before, &now), "b c d e");
        // What changed last is told again, until something else changed.
        assert_eq!(told(&now, &now), "b");
        assert_eq!(told(&now, &list(&[("a", "5"), ("b", "4"), ("c", "3"), ("e", "0")])), "a b");
        assert_eq!(told(&list(&[("a", "5"), ("b", "4")]), &list(&[("a", "5"), ("b", "4")])), "a");
    }
}
