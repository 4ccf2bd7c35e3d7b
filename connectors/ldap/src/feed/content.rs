//! Who changed, by content synchronisation (RFC 4533)?

use super::{Cookies, Feed, Found};
use crate::config::{Referrals, TypeScope};
use crate::dn::Dn;
use crate::filter::Filter;
use crate::request::{Scope, Search};
use crate::response::{Answer, Message};
use crate::sync::{self, Info};
use crate::trouble::Trouble;
use crate::watermark::Mark;

impl Feed<'_> {
    fn sync_search(&self, base: &Dn) -> Search {
        let mut search = self.search(&base.to_string(), Filter::all());
        if self.kind.config.scope == TypeScope::OneLevel {
            search.scope = Scope::OneLevel;
        }
        search
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
            let mut cookie = None;
            let controls = [sync::request(&[])];
            let result = self.connection.search(&search, &controls, |message| {
                if let Answer::Done(_) = message.answer {
                    cookie = sync::done(message.controls)?.cookie;
                }
                Ok(())
            });
            let result = result.await?;
            if !result.is_success() {
                return Err(Trouble::Refused(result));
            }
            match cookie.filter(|it| !it.is_empty()) {
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
            let referrals = self.config.referrals;
            let mut next = sync::Done::default();
            let controls = [sync::request(cookie)];
            let result = self.connection.search(&search, &controls, |message| {
                found.take_sync(message, referrals)?;
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
    fn take_sync(&mut self, message: Message<'_>, referrals: Referrals) -> Result<(), Trouble> {
        match message.answer {
            Answer::Entry(_) => match sync::entry_state(message.controls)? {
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
