//! Which object does a name in an attribute mean, and where is an object that is known by its id?
//!
//! Directories keep references as names; the engine knows objects by ids that stay when names change.

use std::collections::{BTreeSet, HashMap};

use provisio_model::Text;

use crate::connection::Connection;
use crate::control::{Control, PAGED, SHOW_DELETED, page_cookie};
use crate::deleted;
use crate::directory::Directory;
use crate::dn::{Dn, key_of};
use crate::filter::Filter;
use crate::form::{Form, guid_bytes};
use crate::kind::Anchor;
use crate::request::{Request, Scope, Search};
use crate::response::{Answer, Message, parse_result};
use crate::result::code;
use crate::trouble::Trouble;
use crate::view::plain_dn;

/// How many requests are under way at once.
const PIPELINE: usize = 100;
/// How many names are looked up alone before all are learnt: that costs as much as some thousand look-ups.
const LOOKED_UP_MAX: usize = 2_000;
/// How many ids one filter asks for.
pub(crate) const IDS_IN_FILTER: usize = 100;

/// What is known of names: a reader learns them once.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Ids by the keys of names.
    by_key: HashMap<String, Text>,
    /// Names as they came, and what they mean; nothing for a placeholder.
    by_text: HashMap<Text, Option<Text>>,
    placeholder: Option<String>,
    /// How many names were looked up alone.
    looked_up: usize,
    /// Whether all objects that may be referred to were asked for.
    has_all: bool,
}

impl Names {
    pub(crate) fn new(placeholder: Option<&str>) -> Self {
        Self { placeholder: placeholder.map(key_of), ..Self::default() }
    }

    /// Notes which object has a name.
    pub(crate) fn note(&mut self, dn: &str, id: &Text) {
        self.by_key.insert(key_of(dn), id.clone());
    }

    /// Tells whether so many of these names would have to be looked up alone that it is better to learn all of them.
    pub(crate) fn lacks_many(&self, names: &BTreeSet<Text>) -> bool {
        let is_open =
            |it: &&Text| !self.by_text.contains_key(it.as_str()) && !self.by_key.contains_key(&key_of(it));
        !self.has_all && self.looked_up + names.iter().filter(is_open).count() > LOOKED_UP_MAX
    }

    /// Learns the names of all objects of the types, so that no name has to be looked up alone.
    pub(crate) async fn learn_all(
        &mut self,
        connection: &mut Connection,
        directory: &Directory,
        types: &BTreeSet<&str>,
        page_size: u32,
    ) -> Result<(), Trouble> {
        self.has_all = true;
        let is_paged = directory.root.knows(PAGED);
        for kind in directory.kinds.iter().filter(|it| types.contains(it.object_type.as_str())) {
            for base in &kind.bases {
                let search = Search {
                    base: base.to_string(),
                    scope: Scope::Subtree,
                    filter: kind.filter.clone(),
                    attributes: vec![kind.anchor.attribute.clone()],
                    seconds_max: 0,
                };
                let mut cookie = Vec::new();
                loop {
                    let page = Control::page(page_size, &cookie);
                    let controls: &[Control] = if is_paged { std::slice::from_ref(&page) } else { &[] };
                    let id = connection.send(&Request::Search(&search), controls).await?;
                    cookie = self.learn_page(connection, id, &kind.anchor).await?;
                    if cookie.is_empty() {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Learns from one page, and returns the cookie of the next.
    async fn learn_page(
        &mut self,
        connection: &mut Connection,
        id: i32,
        anchor: &Anchor,
    ) -> Result<Vec<u8>, Trouble> {
        loop {
            let message = connection.receive(id).await?;
            match message.answer {
                Answer::Entry(entry) => {
                    let value = entry.first(&anchor.attribute)?.and_then(|it| anchor.id(it));
                    if let (Some(dn), Some(id)) = (entry.dn(), value) {
                        self.by_key.insert(key_of(plain_dn(dn)), id);
                    }
                }
                Answer::Reference(_) | Answer::Intermediate(_) => {}
                Answer::Done(body) => {
                    let result = parse_result(body)?;
                    return match result.code {
                        code::SUCCESS => Ok(page_cookie(message.controls)?.unwrap_or_default()),
                        // What is missing is looked up alone.
                        code::SIZE_LIMIT_EXCEEDED
                        | code::TIME_LIMIT_EXCEEDED
                        | code::ADMIN_LIMIT_EXCEEDED
                        | code::NO_SUCH_OBJECT
                        | code::REFERRAL => Ok(Vec::new()),
                        _ => Err(Trouble::Refused(result)),
                    };
                }
            }
        }
    }

    /// Learns what these names mean.
    pub(crate) async fn learn(
        &mut self,
        connection: &mut Connection,
        anchor: &Anchor,
        names: &BTreeSet<Text>,
    ) -> Result<(), Trouble> {
        let mut open = Vec::new();
        for name in names {
            if self.by_text.contains_key(name.as_str()) {
                continue;
            }
            let key = key_of(name);
            if self.placeholder.as_ref() == Some(&key) {
                self.by_text.insert(name.clone(), None);
            } else if let Some(id) = self.by_key.get(&key) {
                self.by_text.insert(name.clone(), Some(id.clone()));
            } else {
                open.push(name);
            }
        }
        self.looked_up += open.len();
        for names in open.chunks(PIPELINE) {
            let mut under_way = Vec::with_capacity(names.len());
            for name in names {
                let search = Search::entry(name.as_str(), &[anchor.attribute.as_str()]);
                under_way.push(connection.send(&Request::Search(&search), &[]).await?);
            }
            let mut found: Vec<Option<Text>> = vec![None; names.len()];
            let take = |at: usize, message: Message<'_>| take_anchor(message, anchor, found.get_mut(at));
            connection.receive_all(&under_way, take).await?;
            for (name, id) in names.iter().zip(found) {
                // What is not there, or not to be seen, is known by its name: the id of no object.
                self.by_text.insert((*name).clone(), Some(id.unwrap_or_else(|| (*name).clone())));
            }
        }
        Ok(())
    }

    /// Returns the id of what a name means, once it was learned; `None` for a placeholder.
    pub(crate) fn id(&self, name: &str) -> Option<Text> {
        self.by_text.get(name).cloned().flatten()
    }
}

/// Takes the id out of an answer to a search for one entry.
fn take_anchor(
    message: Message<'_>,
    anchor: &Anchor,
    found: Option<&mut Option<Text>>,
) -> Result<(), Trouble> {
    match message.answer {
        Answer::Entry(entry) => {
            let id = entry.first(&anchor.attribute)?.and_then(|it| anchor.id(it));
            if let Some(found) = found {
                *found = id;
            }
        }
        Answer::Reference(_) | Answer::Intermediate(_) => {}
        Answer::Done(body) => {
            let result = parse_result(body)?;
            match result.code {
                code::SUCCESS
                | code::NO_SUCH_OBJECT
                | code::INVALID_DN_SYNTAX
                | code::REFERRAL
                | code::INSUFFICIENT_ACCESS_RIGHTS => {}
                _ => return Err(Trouble::Refused(result)),
            }
        }
    }
    Ok(())
}

impl Anchor {
    /// Reads an id.
    pub(crate) fn id(&self, bytes: &[u8]) -> Option<Text> {
        self.form.decode(bytes).ok()??.as_text().filter(|it| !it.is_empty()).map(Text::from)
    }

    /// Writes an id as a filter asks for it; `None` when it is the id of no object.
    pub(crate) fn bytes(&self, id: &str) -> Option<Vec<u8>> {
        match self.form {
            Form::Guid => guid_bytes(id).map(|it| it.to_vec()),
            _ => (!id.is_empty()).then(|| id.as_bytes().to_vec()),
        }
    }

    /// Makes the filter for some ids; `None` when no object can have one of them.
    pub(crate) fn filter<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Option<Filter> {
        let equal = ids.into_iter().filter_map(|it| Some(Filter::equal(&self.attribute, self.bytes(it)?)));
        let equal: Vec<Filter> = equal.collect();
        (!equal.is_empty()).then_some(Filter::Or(equal))
    }
}

/// Where an object is, and what it holds that a write has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) dn: String,
    /// Values of the attributes that were asked for, first values only, by their names in lower case.
    pub(crate) values: HashMap<String, Vec<u8>>,
}

/// Finds out where objects are. Those that are not among the answers do not exist, or cannot be seen.
pub(crate) async fn locate(
    connection: &mut Connection,
    directory: &Directory,
    anchor: &Anchor,
    ids: &BTreeSet<Text>,
    wanted: &[&str],
) -> Result<HashMap<Text, Place>, Trouble> {
    let mut places = HashMap::new();
    let ids: Vec<&str> = ids.iter().map(|it| it.as_str()).collect();
    let bases: Vec<Dn> = directory.bases();
    let deleted: BTreeSet<String> = directory
        .kinds
        .iter()
        .filter(|it| it.config.deleted_objects)
        .flat_map(|it| directory.contexts_of(it))
        .collect();
    let mut attributes = vec![anchor.attribute.clone()];
    attributes.extend(wanted.iter().map(|&it| it.to_owned()));
    for ids in ids.chunks(IDS_IN_FILTER) {
        let Some(filter) = anchor.filter(ids.iter().copied()) else { continue };
        let search = |base: String| Search {
            base,
            scope: Scope::Subtree,
            filter: filter.clone(),
            attributes: attributes.clone(),
            seconds_max: 0,
        };
        for base in &bases {
            locate_within(connection, &search(base.to_string()), &[], anchor, &mut places).await?;
        }
        for context in &deleted {
            let mut search = search(deleted::container(context));
            search.attributes.extend(deleted::FORMER_PLACE.map(str::to_owned));
            let controls = [Control::critical(SHOW_DELETED)];
            locate_within(connection, &search, &controls, anchor, &mut places).await?;
        }
    }
    Ok(places)
}

async fn locate_within(
    connection: &mut Connection,
    search: &Search,
    controls: &[Control],
    anchor: &Anchor,
    places: &mut HashMap<Text, Place>,
) -> Result<(), Trouble> {
    let result = connection.search(search, controls, |message| {
        let Answer::Entry(mut entry) = message.answer else { return Ok(()) };
        let found = entry.first(&anchor.attribute)?.and_then(|it| anchor.id(it));
        let (Some(dn), Some(id)) = (entry.dn(), found) else { return Ok(()) };
        let mut place = Place { dn: plain_dn(dn).to_owned(), values: HashMap::new() };
        while let Some(mut attribute) = entry.next_attribute()? {
            if let Some(value) = attribute.next_value()? {
                place.values.insert(attribute.name.to_ascii_lowercase(), value.to_vec());
            }
        }
        places.insert(id, place);
        Ok(())
    });
    let result = result.await?;
    match result.code {
        code::SUCCESS | code::NO_SUCH_OBJECT => Ok(()),
        _ => Err(Trouble::Refused(result)),
    }
}
