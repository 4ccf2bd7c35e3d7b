//! Who changed, as a domain controller tells it: by what it replicates, or by the numbers of its changes?

use super::{Cookies, Feed, Found, containers};
use crate::ber::{INTEGER, Malformed, OCTETS, SEQUENCE};
use crate::control::{Control, DIR_SYNC, PAGED, SHOW_DELETED, page_cookie, sequence};
use crate::directory::one;
use crate::filter::Filter;
use crate::form::guid;
use crate::kind::Origin;
use crate::request::{Scope, Search};
use crate::response::{Answer, Controls, Entry};
use crate::trouble::Trouble;
use crate::watermark::Mark;

/// How many parts an answer to DirSync may have.
const PARTS_MAX: usize = 1_000_000;
/// How many bytes of values one part may have: the least that Active Directory knows.
const PART_BYTES: i64 = 1_048_576;

impl Feed<'_> {
    fn contexts(&self) -> Vec<String> {
        self.directory.contexts_of(self.kind)
    }

    /// Tells whether an attribute is more than computed when somebody asks for it.
    fn is_held(&self, name: &str) -> bool {
        let origin = self.kind.attribute(name).map(|it| &it.origin);
        !matches!(origin, Some(Origin::Stored { searched: false, .. }))
    }

    /// Returns who answers, and the number of its last change.
    pub(super) async fn server(&mut self) -> Result<(String, u64), Trouble> {
        let search = Search::entry("", &["dsServiceName", "highestCommittedUSN"]);
        let root = one(self.connection, &search, |entry| {
            let service = entry.text("dsServiceName")?.unwrap_or_default().to_owned();
            let number = entry.text("highestCommittedUSN")?.and_then(|it| it.parse().ok());
            Ok((service, number.unwrap_or_default()))
        });
        let (service, number): (String, u64) = root.await?.unwrap_or_default();
        // The database: one that was restored from a backup is another one.
        let search = Search::entry(service.as_str(), &["invocationId"]);
        let database = one(self.connection, &search, |entry| Ok(entry.first("invocationId")?.and_then(guid)));
        let database = database.await?.flatten().unwrap_or_default();
        Ok((format!("{service} {database}"), number))
    }

    /// Asks for whatever may be an object of the type, was one, or holds some.
    fn candidates(&self) -> Filter {
        match self.kind.filter.needed_class() {
            Some(class) => {
                let mut classes = containers();
                classes.push(Filter::equal("objectClass", class));
                Filter::Or(classes)
            }
            None => Filter::all(),
        }
    }

    pub(super) async fn dir_sync_now(&mut self) -> Result<Option<Cookies>, Trouble> {
        let (server, _) = self.server().await?;
        let mut cookies = Vec::new();
        for context in self.contexts() {
            // Where nothing is found a cookie comes all the same: that of all changes until now. What nobody has is found not to
            // be there by the index; for a filter that nothing matches Samba looks at each object.
            let search = self.search(&context, Filter::equal("objectGUID", [0; 16]));
            let mut found = Found::default();
            match self.dir_sync(&search, Vec::new(), &mut found).await? {
                Some(cookie) => cookies.push(cookie),
                None => return Ok(None),
            }
        }
        Ok((!cookies.is_empty()).then_some((server, cookies)))
    }

    pub(super) async fn dir_sync_since(
        &mut self,
        mark: &Mark,
        wanted: &[String],
        found: &mut Found,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let contexts = self.contexts();
        // It may be behind: what it shows of an object could be older than what was read before.
        if !self.is_the_same(mark).await? {
            found.unknown = Some("another server answers");
            return Ok(Vec::new());
        }
        let mut cookies = Vec::new();
        for (context, cookie) in contexts.iter().zip(&mark.cookies) {
            let mut search = self.search(context, self.candidates());
            let own = ["objectGUID", "name", "isDeleted", "whenCreated"].map(str::to_owned);
            search.attributes =
                own.into_iter().chain(wanted.iter().filter(|it| self.is_held(it)).cloned()).collect();
            search.attributes.sort_unstable();
            search.attributes.dedup();
            match self.dir_sync(&search, cookie.clone(), found).await? {
                Some(cookie) => cookies.push(cookie),
                None => found.unknown = Some("the server does not say where to go on"),
            }
        }
        Ok(cookies)
    }

    /// Reads until the server has nothing more to tell; `None` if it gives no cookie.
    async fn dir_sync(
        &mut self,
        search: &Search,
        cookie: Vec<u8>,
        found: &mut Found,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let mut cookie = cookie;
        for _ in 0..PARTS_MAX {
            let mut next = None;
            let controls = [dir_sync_control(&cookie)];
            let result = self.connection.search(search, &controls, |message| {
                match message.answer {
                    Answer::Entry(entry) => found.take_replicated(entry)?,
                    Answer::Done(_) => next = dir_sync_cookie(message.controls)?,
                    // Other parts of the forest.
                    Answer::Reference(_) | Answer::Intermediate(_) => {}
                }
                found.check_count()
            });
            let result = result.await?;
            if !result.is_success() {
                return Err(Trouble::Refused(result));
            }
            let Some((has_more, next)) = next else { return Ok(None) };
            cookie = next;
            if !has_more {
                return Ok((!cookie.is_empty()).then_some(cookie));
            }
        }
        Err(Trouble::TooMuch("the changes of the directory do not end".to_owned()))
    }

    /// Tells whether the account sees what was deleted in a part of the directory, and by its number: an object of this kind,
    /// since many accounts see the container alone, or objects of other kinds.
    async fn sees_deleted(&mut self, context: &str) -> Result<bool, Trouble> {
        let mut filter = Filter::AtLeast("uSNChanged".to_owned(), b"1".to_vec());
        if let Some(class) = self.kind.filter.needed_class() {
            filter = filter.and(Filter::equal("objectClass", class));
        }
        let mut search = self.search(&format!("CN=Deleted Objects,{context}"), filter);
        search.scope = Scope::OneLevel;
        let mut is_seen = false;
        let controls = [Control::critical(SHOW_DELETED), Control::page(1, &[])];
        let result = self.connection.search(&search, &controls, |message| {
            is_seen |= matches!(message.answer, Answer::Entry(_));
            Ok(())
        });
        Ok(result.await?.is_success() && is_seen)
    }

    pub(super) async fn numbers_now(&mut self) -> Result<Option<Cookies>, Trouble> {
        let contexts = self.contexts();
        for context in &contexts {
            if !self.sees_deleted(context).await? {
                return Ok(None);
            }
        }
        let (server, number) = self.server().await?;
        let is_told = number > 0 && !contexts.is_empty();
        Ok(is_told.then(|| (server, vec![number.to_string().into_bytes()])))
    }

    pub(super) async fn numbers_since(
        &mut self,
        mark: &Mark,
        found: &mut Found,
    ) -> Result<Vec<Vec<u8>>, Trouble> {
        let (server, number) = self.server().await?;
        let last = mark.cookies.first().and_then(|it| std::str::from_utf8(it).ok()?.parse::<u64>().ok());
        let Some(last) = last.filter(|it| server == mark.server && *it <= number) else {
            found.unknown = Some("another server answers, or one that was set back");
            return Ok(Vec::new());
        };
        for context in self.contexts() {
            if !self.sees_deleted(&context).await? {
                found.unknown = Some("the account does not see what was deleted");
                break;
            }
            let since = Filter::AtLeast("uSNChanged".to_owned(), (last + 1).to_string().into_bytes());
            let mut search = self.search(&context, since.and(self.candidates()));
            search.attributes = ["objectGUID", "isDeleted", "uSNCreated"].map(str::to_owned).to_vec();
            let mut cookie = Vec::new();
            loop {
                let mut controls = vec![Control::critical(SHOW_DELETED)];
                if self.directory.root.knows(PAGED) {
                    controls.push(Control::page(self.config.page_size, &cookie));
                }
                let mut next = Vec::new();
                let result = self.connection.search(&search, &controls, |message| {
                    match message.answer {
                        Answer::Entry(entry) => found.take_numbered(entry, last)?,
                        Answer::Done(_) => next = page_cookie(message.controls)?.unwrap_or_default(),
                        Answer::Reference(_) | Answer::Intermediate(_) => {}
                    }
                    found.check_count()
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
        Ok(vec![number.to_string().into_bytes()])
    }
}

impl Found {
    fn take_replicated(&mut self, entry: Entry<'_>) -> Result<(), Trouble> {
        let Some(id) = entry.first("objectGUID")?.and_then(guid) else { return Ok(()) };
        let is_deleted = entry.text("isDeleted")? == Some("TRUE");
        // Of what is new everything is told, of what is not what changed.
        let is_new = entry.first("whenCreated")?.is_some();
        if entry.first("name")?.is_some() && !is_new && !is_deleted {
            self.renamed.insert(id.to_string());
        }
        self.ids.insert(id.to_string());
        Ok(())
    }

    fn take_numbered(&mut self, entry: Entry<'_>, last: u64) -> Result<(), Trouble> {
        let Some(id) = entry.first("objectGUID")?.and_then(guid) else { return Ok(()) };
        let is_deleted = entry.text("isDeleted")? == Some("TRUE");
        let created: Option<u64> = entry.text("uSNCreated")?.and_then(|it| it.parse().ok());
        if !is_deleted && created.is_none_or(|it| it <= last) {
            self.renamed.insert(id.to_string());
        }
        self.ids.insert(id.to_string());
        Ok(())
    }
}

fn dir_sync_control(cookie: &[u8]) -> Control {
    /// Of groups the members that changed, and not all of them: a number with a sign (MS-ADTS section 3.1.1.3.4.1.3).
    const INCREMENTAL_VALUES: i64 = i32::MIN as i64;
    let value = sequence(|it| {
        it.integer(INTEGER, INCREMENTAL_VALUES);
        it.integer(INTEGER, PART_BYTES);
        it.octets(OCTETS, cookie);
    });
    Control::with_value(DIR_SYNC, value)
}

/// Returns whether there is more, and where that begins.
fn dir_sync_cookie(controls: Controls<'_>) -> Result<Option<(bool, Vec<u8>)>, Malformed> {
    let Some(mut value) = controls.value(DIR_SYNC)? else { return Ok(None) };
    let mut part = value.enter(SEQUENCE)?;
    let has_more = part.integer(INTEGER)? != 0;
    part.integer(INTEGER)?;
    Ok(Some((has_more, part.expect(OCTETS)?.to_vec())))
}
