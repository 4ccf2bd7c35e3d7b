//! How is one type read? Page by page, and at the end it is judged whether that was everything.

mod questions;

use std::collections::{BTreeSet, VecDeque};

use provisio_connector::{Context, ReadEvent, ReadQuery, Result};
use provisio_model::{Completeness, ErrorKind, Failure, Incomplete, Text, Value};

use self::questions::{Question, Questions, questions};
use crate::config::Referrals;
use crate::connection::Connection;
use crate::control::{Control, DOMAIN_SCOPE, EXTENDED_DN, PAGED, SHOW_DELETED, page_cookie};
use crate::directory::Directory;
use crate::feed::Feed;
use crate::kind::Kind;
use crate::ldap::Shared;
use crate::primary_group::{Asking, PrimaryGroups};
use crate::references::Names;
use crate::request::{Request, Search};
use crate::response::{Answer, parse_result};
use crate::result::{LdapResult, code};
use crate::trouble::Trouble;
use crate::view::{Partly, Taken, View, add};
use crate::watermark::Mark;

/// How many entries beyond those that were asked for a page may have.
const PAGE_SLACK: usize = 100_000;
/// The most values that one attribute may have.
const VALUES_MAX: usize = 5_000_000;

/// A read that is under way.
pub(crate) struct Reading<'a> {
    context: &'a Context,
    shared: &'a Shared,
    directory: &'a Directory,
    kind: &'a Kind,
    view: View<'a>,
    questions: Questions,
    connection: Option<Connection>,
    names: Names,
    primary_groups: PrimaryGroups,
    /// The object types that attributes which are wanted refer to.
    referred: BTreeSet<&'a str>,
    /// Where changes start that may not be in this read, where the directory tells changes.
    mark: Option<Mark>,
    cookie: Vec<u8>,
    ready: VecDeque<ReadEvent>,
    objects: u64,
    pages: u64,
    /// Why the read is not complete.
    doubts: Vec<String>,
    is_over: bool,
}

impl<'a> Reading<'a> {
    /// Prepares a read.
    pub(crate) async fn begin(
        context: &'a Context,
        shared: &'a Shared,
        directory: &'a Directory,
        query: &ReadQuery,
    ) -> std::result::Result<Self, Trouble> {
        let kind = directory.kind(query.object_type().as_str())?;
        let view = View::new(kind, &query.layout);
        let mut connection = shared.pool.acquire().await?;
        let questions = questions(&mut connection, shared, directory, kind, &view, &query.wanted).await?;
        let mark = match questions.everything {
            true => {
                Feed { connection: &mut connection, config: &shared.config, directory, kind }.now().await?
            }
            false => None,
        };
        let names = Names::new(kind.config.placeholder.as_deref());
        Ok(Self {
            referred: referred(kind, &query.layout),
            context,
            shared,
            directory,
            kind,
            view,
            questions,
            connection: Some(connection),
            names,
            primary_groups: PrimaryGroups::default(),
            mark,
            cookie: Vec::new(),
            ready: VecDeque::new(),
            objects: 0,
            pages: 0,
            doubts: Vec::new(),
            is_over: false,
        })
    }

    /// Returns the next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<ReadEvent>> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            self.context.check("read")?;
            if let Err(trouble) = self.go_on().await {
                // What was under way on the connection is unknown: it is not used again.
                self.connection = None;
                self.is_over = true;
                return Err(trouble.during("read"));
            }
        }
    }

    async fn go_on(&mut self) -> std::result::Result<(), Trouble> {
        let Some(mut connection) = self.connection.take() else {
            self.is_over = true;
            return Ok(());
        };
        if let Some(question) = self.questions.searches.front().cloned() {
            let page = self.read_page(&mut connection, &question).await?;
            self.settle(&mut connection, page).await?;
            if self.cookie.is_empty() {
                self.questions.searches.pop_front();
            }
            self.connection = Some(connection);
            return Ok(());
        }
        let end = self.judge(&mut connection).await?;
        self.shared.pool.release(connection).await;
        self.ready.push_back(end);
        self.is_over = true;
        Ok(())
    }

    fn controls(&self, shows_deleted: bool) -> Vec<Control> {
        let mut controls = Vec::new();
        if shows_deleted {
            controls.push(Control::critical(SHOW_DELETED));
        }
        if self.directory.root.knows(PAGED) {
            controls.push(Control::page(self.shared.config.page_size, &self.cookie));
        }
        if self.kind.is_active_directory {
            if self.view.has_references() && self.directory.root.knows(EXTENDED_DN) {
                controls.push(Control::extended_dn());
            }
            // Other partitions of the forest hold other objects; a domain refers to them at every search from its root.
            if self.directory.root.knows(DOMAIN_SCOPE) {
                controls.push(Control::critical(DOMAIN_SCOPE));
            }
        }
        controls
    }

    /// Reads a page: everything up to the result.
    async fn read_page(
        &mut self,
        connection: &mut Connection,
        question: &Question,
    ) -> std::result::Result<Vec<Taken>, Trouble> {
        let Question { search, is_of_deleted } = question;
        let id = connection.send(&Request::Search(search), &self.controls(*is_of_deleted)).await?;
        let mut taken = Vec::new();
        let mut references = Vec::new();
        loop {
            let message = connection.receive(id).await?;
            match message.answer {
                Answer::Entry(entry) => {
                    taken.push(self.view.take(entry)?);
                    if self.directory.root.knows(PAGED)
                        && taken.len() > self.shared.config.page_size as usize + PAGE_SLACK
                    {
                        return Err(Trouble::TooMuch("the server does not end the page".to_owned()));
                    }
                }
                Answer::Reference(mut uris) => {
                    let uri =
                        uris.expect(crate::ber::OCTETS).map(|it| String::from_utf8_lossy(it).into_owned());
                    references.push(uri.unwrap_or_default());
                }
                Answer::Intermediate(_) => {}
                Answer::Done(body) => {
                    let result = parse_result(body)?;
                    self.cookie = page_cookie(message.controls)?.unwrap_or_default();
                    self.pages += 1;
                    self.note_end(search, result, &references)?;
                    return Ok(taken);
                }
            }
        }
    }

    /// Judges the end of a page.
    fn note_end(
        &mut self,
        search: &Search,
        result: LdapResult,
        references: &[String],
    ) -> std::result::Result<(), Trouble> {
        if let (Some(first), Referrals::Incomplete) = (references.first(), self.shared.config.referrals) {
            self.doubts.push(format!(
                "a part of `{}` is on another server, `{}`; set `referrals = \"ignore\"` if it does not belong to it",
                search.base,
                provisio_model::EscapedText(first)
            ));
        }
        match result.code {
            code::SUCCESS => Ok(()),
            code::SIZE_LIMIT_EXCEEDED
            | code::TIME_LIMIT_EXCEEDED
            | code::ADMIN_LIMIT_EXCEEDED
            | code::BUSY
            | code::UNAVAILABLE => {
                self.doubts.push(format!("`{}`: {}", search.base, result.failure().message));
                self.cookie.clear();
                self.questions.searches.truncate(1);
                Ok(())
            }
            code::REFERRAL => {
                self.doubts.push(format!("`{}`: {}", search.base, result.failure().message));
                Ok(())
            }
            code::NO_SUCH_OBJECT if !self.questions.everything => Ok(()),
            code::NO_SUCH_OBJECT => Err(Trouble::Unfit(
                ErrorKind::NotFound,
                format!("there is no entry `{}`, or the account may not see it", search.base),
            )),
            _ => Err(Trouble::Refused(result)),
        }
    }

    /// Adds what is missing of the objects of a page, and hands them out.
    async fn settle(
        &mut self,
        connection: &mut Connection,
        page: Vec<Taken>,
    ) -> std::result::Result<(), Trouble> {
        let mut page = page;
        for taken in &mut page {
            let Taken::Object(partly) = taken else { continue };
            if let Err(fault) = self.read_rest(connection, partly).await? {
                let id = Some(partly.object.id.clone());
                let failure = Failure::new(ErrorKind::InvalidValue, format!("`{}`: {fault}", partly.dn));
                *taken = Taken::Unreadable { id, failure };
            }
        }
        if self.kind.is_active_directory {
            let (directory, kind) = (self.directory, self.kind);
            let objects = page
                .iter_mut()
                .filter_map(|it| if let Taken::Object(partly) = it { Some(partly) } else { None });
            let mut asking = Asking { connection, directory, kind };
            self.primary_groups.complete(&mut asking, &self.view, objects).await?;
        }
        let objects =
            || page.iter().filter_map(|it| if let Taken::Object(partly) = it { Some(partly) } else { None });
        let names: BTreeSet<Text> =
            objects().flat_map(|it| &it.names).flat_map(|(_, names)| names).cloned().collect();
        self.learn(connection, &names, objects()).await?;
        for taken in page {
            self.objects += u64::from(!matches!(taken, Taken::Elsewhere));
            match taken {
                Taken::Elsewhere => {}
                Taken::Unreadable { id, failure } => {
                    self.ready.push_back(ReadEvent::Unreadable { id, failure });
                }
                Taken::Object(mut partly) => {
                    for (attribute, names) in std::mem::take(&mut partly.names) {
                        let ids =
                            names.iter().filter_map(|it| self.names.id(it)).map(Value::Reference).collect();
                        add(&mut partly.object, &attribute, ids);
                    }
                    self.ready.push_back(ReadEvent::Object(partly.object));
                }
            }
        }
        Ok(())
    }

    /// Learns which objects names mean, also from the objects of a page.
    async fn learn(
        &mut self,
        connection: &mut Connection,
        names: &BTreeSet<Text>,
        page: impl Iterator<Item = &Partly>,
    ) -> std::result::Result<(), Trouble> {
        // Active Directory shows what names mean.
        if self.kind.is_active_directory || self.referred.is_empty() {
            return self.names.learn(connection, &self.kind.anchor, names).await;
        }
        if self.referred.contains(self.kind.object_type.as_str()) {
            page.for_each(|it| self.names.note(&it.dn, &it.object.id));
        }
        if self.questions.everything && self.names.lacks_many(names) {
            // OpenLDAP keeps one list of pages for each connection, and that is the one of this read.
            let mut other = self.shared.pool.acquire().await?;
            let page_size = self.shared.config.page_size;
            self.names.learn_all(&mut other, self.directory, &self.referred, page_size).await?;
            self.shared.pool.release(other).await;
        }
        self.names.learn(connection, &self.kind.anchor, names).await
    }

    /// Reads the values of an object that the server left out, part by part.
    async fn read_rest(
        &self,
        connection: &mut Connection,
        partly: &mut Partly,
    ) -> std::result::Result<std::result::Result<(), String>, Trouble> {
        while let Some(rest) = partly.rest.pop() {
            if rest.next > VALUES_MAX {
                return Ok(Err(format!("`{}` has more than {VALUES_MAX} values", rest.attribute)));
            }
            let wanted = format!("{};range={}-*", rest.wire, rest.next);
            let search = Search::entry(partly.dn.as_str(), &[wanted.as_str()]);
            let mut controls = self.controls(self.kind.config.deleted_objects);
            controls.retain(|it| it.oid() != PAGED);
            let id = connection.send(&Request::Search(&search), &controls).await?;
            let before = partly.rest.len();
            let mut fault = Ok(());
            loop {
                let message = connection.receive(id).await?;
                match message.answer {
                    Answer::Entry(entry) => {
                        if let Err(found) = self.view.take_rest(entry, partly)? {
                            fault = Err(found);
                        }
                    }
                    Answer::Reference(_) | Answer::Intermediate(_) => {}
                    Answer::Done(body) => match parse_result(body)? {
                        result if result.is_success() => break,
                        // The object went, or lost its values, since its page was read.
                        result if result.code == code::NO_SUCH_OBJECT => {
                            return Ok(Err("it went while it was read".to_owned()));
                        }
                        result => return Err(Trouble::Refused(result)),
                    },
                }
            }
            if fault.is_err() {
                return Ok(fault);
            }
            let goes_back = |it: &crate::view::Rest| it.attribute == rest.attribute && it.next <= rest.next;
            if partly.rest.iter().skip(before).any(goes_back) {
                return Ok(Err(format!("the parts of `{}` do not go on", rest.attribute)));
            }
        }
        Ok(Ok(()))
    }

    /// Says whether everything was read.
    async fn judge(&mut self, connection: &mut Connection) -> std::result::Result<ReadEvent, Trouble> {
        let mut evidence = format!(
            "{}: {} entries in {} answers, each ended with success",
            self.questions.what, self.objects, self.pages
        );
        if self.questions.everything {
            let expect = &self.kind.config.expect;
            if let Some(minimum) = expect.minimum_objects {
                if self.objects < minimum {
                    self.doubts.push(format!("expected at least {minimum} objects, found {}", self.objects));
                } else {
                    evidence.push_str(&format!(", at least {minimum}"));
                }
            }
            for name in &expect.entries {
                let search = Search::entry(name.as_str(), &["1.1"]);
                let seen = crate::directory::one(connection, &search, |_| Ok(())).await?;
                if seen.is_none() {
                    self.doubts.push(format!("the account cannot see `{name}`, which it should"));
                }
            }
            if !expect.entries.is_empty() {
                evidence.push_str(", all expected entries seen");
            }
        }
        if self.doubts.is_empty() {
            let mut completeness = Completeness::declared(evidence);
            completeness.watermark = self.mark.as_ref().map(Mark::write);
            return Ok(ReadEvent::Complete(completeness));
        }
        Ok(ReadEvent::Incomplete(Incomplete::Doubtful(self.doubts.join("; ").into())))
    }
}

/// Returns the object types that attributes of a layout refer to.
fn referred<'a>(kind: &'a Kind, layout: &provisio_model::Layout) -> BTreeSet<&'a str> {
    let wanted = layout.whole_names();
    let attributes = kind.attributes.iter().filter(|it| wanted.contains(&&it.schema.name));
    attributes.flat_map(|it| &it.schema.references).map(provisio_model::ObjectType::as_str).collect()
}
