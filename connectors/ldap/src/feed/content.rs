//! Who changed, by content synchronisation (RFC 4533)?

use super::{Cookies, Feed, Found};
use crate::ber::Malformed;
use crate::config::{Referrals, TypeScope};
use crate::dn::Dn;
use crate::filter::Filter;
use crate::kind::Anchor;
use crate::request::{Scope, Search};
use crate::response::{Answer, Controls, Entry, Message};
use crate::sync::{self, Info};
use crate::trouble::Trouble;
use crate::watermark::Mark;

impl Feed<'_> {
    fn sync_search(&self, base: &Dn) -> Search {
        let mut search = self.search(&base.to_string(), Filter::all());
        search.attributes = vec![self.kind.anchor.attribute.clone()];
        if self.kind.config.scope == TypeScope::OneLevel {
            search.scope = Scope::OneLevel;
        }
        search
    }

    /// Returns a search for each base, by which changes are told.
    pub(crate) fn sync_searches(&self) -> Vec<Search> {
        self.kind.bases.iter().map(|it| self.sync_search(it)).collect()
    }

    pub(super) async fn sync_now(&mut self) -> Result<Option<Cookies>, Trouble> {
        let mut cookies = Vec::new();
        for base in &self.kind.bases {
            let mut search = self.sync_search(base);
            // There a cookie is of the directory and not of a search, so nothing needs to be found for it.
            if self.directory.root.is_openldap {
                search.scope = Scope::Base;
                search.filter = Filter::Not(Box::new(Filter::all()));
            }
            let anchor = &self.kind.anchor;
            let (mut cookie, mut is_seen, mut is_foreign) = (None, self.directory.root.is_openldap, false);
            let controls = [sync::request(&[])];
            let result = self.connection.search(&search, &controls, |message| {
                match message.answer {
                    // 389 Directory Server tells ids that are in no `entryUUID`.
                    Answer::Entry(entry) => {
                        is_seen = true;
                        is_foreign |= told_id(entry, message.controls, anchor)?.is_none();
                    }
                    Answer::Done(_) => cookie = sync::done(message.controls)?.cookie,
                    Answer::Reference(_) | Answer::Intermediate(_) => {}
                }
                Ok(())
            });
            let result = result.await?;
            if !result.is_success() {
                return Err(Trouble::Refused(result));
            }
            match cookie.filter(|it| is_seen && !is_foreign && !it.is_empty()) {
                Some(cookie) => cookies.push(cookie),
                None => return Ok(None),
            }
        }
        Ok(Some((String::new(), cookies)))
    }

    pub(super) async fn sync_since(
        &mut self,
        mark: &Mark,
        found: &mut Found,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let mut cookies = Vec::new();
        for (base, cookie) in self.kind.bases.iter().zip(&mark.cookies) {
            let search = self.sync_search(base);
            let (referrals, anchor) = (self.config.referrals, &self.kind.anchor);
            let mut next = sync::Done::default();
            let controls = [sync::request(cookie)];
            let result = self.connection.search(&search, &controls, |message| {
                found.take_sync(message, referrals, anchor)?;
                if let Answer::Done(_) = message.answer {
                    next = sync::done(message.controls)?;
                }
                Ok(())
            });
            let result = result.await?;
            if !result.is_success() {
                return Err(Trouble::Refused(result));
            }
            let next_cookie = next.cookie.unwrap_or_else(|| cookie.clone());
            // OpenLDAP answers what is no cookie of its own with everything, and an empty one.
            if !next.deletes_told || next_cookie.is_empty() {
                found.unknown = Some("the server does not know any more what went");
                break;
            }
            cookies.push(next_cookie);
        }
        found.renamed.clone_from(&found.ids);
        Ok(cookies)
    }
}

impl Found {
    fn take_sync(
        &mut self,
        message: Message<'_>,
        referrals: Referrals,
        anchor: &Anchor,
    ) -> Result<(), Trouble> {
        match message.answer {
            Answer::Entry(entry) => match told_id(entry, message.controls, anchor)? {
                Some((id, true)) => {
                    self.ids.insert(id);
                }
                // Who is there is told, and not who went.
                Some((_, false)) | None => {
                    self.unknown = Some("the server tells who is there, and not who went");
                }
            },
            Answer::Reference(_) if referrals == Referrals::Ignore => {}
            Answer::Reference(_) => self.unknown = Some("a part of the directory is on another server"),
            Answer::Intermediate(body) => match sync::info(body)? {
                Info::Deleted(ids) => self.ids.extend(ids),
                Info::Present => self.unknown = Some("the server tells who is there, and not who went"),
                Info::Other => {}
            },
            Answer::Done(_) => return Ok(()),
        }
        match self.unknown {
            // Everything that is there would be told now.
            Some(why) => Err(Trouble::TooMuch(why.to_owned())),
            None => self.check_count(),
        }
    }
}

/// Returns the id that an entry is told with, and whether it is told for a change; `None` if that is not its id.
fn told_id(
    entry: Entry<'_>,
    controls: Controls<'_>,
    anchor: &Anchor,
) -> Result<Option<(String, bool)>, Malformed> {
    let held = entry.first(&anchor.attribute)?;
    let is_held = |id: &str| held.is_some_and(|it| it.eq_ignore_ascii_case(id.as_bytes()));
    Ok(sync::entry_state(controls)?.filter(|(id, _)| is_held(id)))
}
