//! Who may have changed since a watermark? Their ids, as the server tells them; what became of them is looked up.
//!
//! A server may tell more than what changed, and things that were never read: a look-up takes care of that. What it must
//! not do is keep something back, so wherever that could be, the answer is [`Since::Unknown`], and everything is read.

mod active_directory;
mod content;
mod timestamps;

use std::collections::BTreeSet;

use crate::config::{ChangeFeed, DirectoryKind, LdapConfig, TypeScope};
use crate::connection::Connection;
use crate::control::{DIR_SYNC, SHOW_DELETED, SYNC_REQUEST};
use crate::directory::Directory;
use crate::dn::Dn;
use crate::filter::Filter;
use crate::form::Form;
use crate::kind::Kind;
use crate::references::IDS_IN_FILTER;
use crate::request::{Scope, Search};
use crate::response::{Answer, Entry};
use crate::result::code;
use crate::trouble::Trouble;
use crate::watermark::{Mark, Method};

/// The most objects that are told one by one; where more changed, everything is read.
const CHANGED_MAX: usize = 1_000_000;

/// Which server answered, if that matters, and what it said for each part of what is read.
type Cookies = (String, Vec<Vec<u8>>);

/// Who may have changed.
pub(crate) enum Since {
    /// These, and nobody else; and where to go on from.
    These { ids: BTreeSet<String>, mark: Mark },
    /// The server does not know, or does not say everything.
    Unknown,
}

/// One conversation about changes.
pub(crate) struct Feed<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) config: &'a LdapConfig,
    pub(crate) directory: &'a Directory,
    pub(crate) kind: &'a Kind,
}

/// What is known before anything was looked up.
#[derive(Default)]
struct Found {
    ids: BTreeSet<String>,
    /// Those that may have other entries beneath them, and another name than before.
    renamed: BTreeSet<String>,
    /// Why only a full read can tell.
    unknown: Option<&'static str>,
}

impl Feed<'_> {
    /// Returns where changes start from now on; `None` where the server does not tell them to this account.
    pub(crate) async fn now(&mut self) -> Result<Option<Mark>, Trouble> {
        for method in self.methods() {
            let cookies = match method {
                Method::Sync => self.sync_now().await,
                Method::DirSync => self.dir_sync_now().await,
                Method::UpdateNumbers => self.numbers_now().await,
                Method::Timestamps => self.times_now().await,
            };
            match cookies {
                Ok(Some((server, cookies))) => {
                    return Ok(Some(Mark { method, content: self.content(), server, cookies }));
                }
                Ok(None) => {}
                Err(Trouble::Refused(result)) => {
                    let why = result.failure();
                    tracing::debug!(method = method.name(), %why, "the server does not tell changes like that");
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(None)
    }

    /// Finds out who may have changed. `wanted` are the attributes that matter.
    ///
    /// After [`Since::Unknown`] something may be under way on the connection: it is not to be used again.
    pub(crate) async fn since(&mut self, mark: &Mark, wanted: &[String]) -> Result<Since, Trouble> {
        if mark.content != self.content() || !self.methods().contains(&mark.method) {
            return Ok(self.unknown(mark, "the job or the server is not as it was"));
        }
        let mut found = Found::default();
        let cookies = match mark.method {
            Method::Sync => self.sync_since(mark, &mut found).await,
            Method::DirSync => self.dir_sync_since(mark, wanted, &mut found).await,
            Method::UpdateNumbers => self.numbers_since(mark, &mut found).await,
            Method::Timestamps => self.times_since(mark, &mut found).await,
        };
        if let Some(why) = found.unknown {
            return Ok(self.unknown(mark, why));
        }
        let cookies = match cookies {
            Ok(cookies) => cookies,
            Err(Trouble::Refused(result)) => {
                return Ok(self.unknown(mark, &result.failure().message));
            }
            Err(trouble) => return Err(trouble),
        };
        if self.may_have_moved_others(&found.renamed).await? {
            return Ok(self.unknown(mark, "a container changed, and with it the names of what is in it"));
        }
        Ok(Since::These { ids: found.ids, mark: Mark { cookies, ..mark.clone() } })
    }

    fn unknown(&self, mark: &Mark, why: &str) -> Since {
        let (object_type, method) = (&self.kind.object_type, mark.method.name());
        tracing::info!(%object_type, method, why, "what changed is not known; everything is to be read");
        Since::Unknown
    }

    /// Tells whether the server is still the one that a mark is of.
    pub(crate) async fn is_the_same(&mut self, mark: &Mark) -> Result<bool, Trouble> {
        Ok(mark.server.is_empty() || mark.server == self.server().await?.0)
    }

    /// Returns how changes can be asked for, best first.
    fn methods(&self) -> Vec<Method> {
        let is_active_directory = self.config.directory == DirectoryKind::ActiveDirectory;
        let wanted: &[Method] = match self.config.changes {
            ChangeFeed::None => &[],
            ChangeFeed::Auto if is_active_directory => &[Method::DirSync, Method::UpdateNumbers],
            ChangeFeed::Auto | ChangeFeed::Sync => &[Method::Sync],
            ChangeFeed::DirSync => &[Method::DirSync],
            ChangeFeed::Usn => &[Method::UpdateNumbers],
            ChangeFeed::Timestamps => &[Method::Timestamps],
        };
        let root = &self.directory.root;
        let is_offered = |method: &Method| match method {
            // What it tells are these ids and no others.
            Method::Sync => {
                root.knows(SYNC_REQUEST) && self.kind.anchor.attribute.eq_ignore_ascii_case("entryUUID")
            }
            Method::DirSync => root.knows(DIR_SYNC) && self.kind.anchor.form == Form::Guid,
            Method::UpdateNumbers => root.knows(SHOW_DELETED) && self.kind.anchor.form == Form::Guid,
            // Domain controllers do not replicate when something changed.
            Method::Timestamps => !is_active_directory,
        };
        wanted.iter().copied().filter(is_offered).collect()
    }

    /// Says what is read: changes of something else mean nothing.
    fn content(&self) -> String {
        let bases: Vec<String> = self.kind.bases.iter().map(Dn::key).collect();
        format!("{:?} {} {}", self.kind.config.scope, self.kind.filter, bases.join(" | "))
    }

    /// Tells whether one of these is a container that has another name or place than before: then whatever is beneath it has
    /// too, and nobody tells that.
    async fn may_have_moved_others(&mut self, ids: &BTreeSet<String>) -> Result<bool, Trouble> {
        if self.kind.config.scope == TypeScope::OneLevel {
            return Ok(false);
        }
        let (directory, kind) = (self.directory, self.kind);
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        for ids in ids.chunks(IDS_IN_FILTER) {
            let Some(mut filter) = kind.anchor.filter(ids.iter().copied()) else { continue };
            if kind.is_active_directory {
                filter = filter.and(Filter::Or(containers()));
            }
            for base in &directory.root.contexts {
                let mut search = self.search(base, filter.clone());
                search.attributes =
                    ["hasSubordinates", "createTimestamp", "modifyTimestamp"].map(str::to_owned).to_vec();
                let mut is_moved = false;
                let result = self.connection.search(&search, &[], |message| {
                    if let Answer::Entry(entry) = message.answer {
                        is_moved |= kind.is_active_directory || is_changed_container(entry)?;
                    }
                    Ok(())
                });
                let result = result.await?;
                if is_moved {
                    return Ok(true);
                }
                if !result.is_success() && result.code != code::NO_SUCH_OBJECT {
                    return Err(Trouble::Refused(result));
                }
            }
        }
        Ok(false)
    }

    fn search(&self, base: &str, filter: Filter) -> Search {
        Search {
            base: base.to_owned(),
            scope: Scope::Subtree,
            filter,
            attributes: vec!["1.1".to_owned()],
            seconds_max: 0,
        }
    }
}

impl Found {
    fn check_count(&mut self) -> Result<(), Trouble> {
        if self.ids.len() <= CHANGED_MAX {
            return Ok(());
        }
        self.unknown = Some("too many objects changed");
        Err(Trouble::TooMuch(format!("more than {CHANGED_MAX} objects changed")))
    }
}

/// Returns what objects are in, in Active Directory.
fn containers() -> Vec<Filter> {
    ["organizationalUnit", "container"].map(|it| Filter::equal("objectClass", it)).to_vec()
}

/// Tells whether an entry has others beneath it and was changed after it was made.
fn is_changed_container(entry: Entry<'_>) -> Result<bool, Trouble> {
    let has_others = entry.text("hasSubordinates")?.is_some_and(|it| it.eq_ignore_ascii_case("TRUE"));
    Ok(has_others && entry.first("createTimestamp")? != entry.first("modifyTimestamp")?)
}
