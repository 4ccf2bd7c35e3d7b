//! Who is in a group without being listed there? Those whose `primaryGroupID` names it (MS-ADTS section 3.1.1.6.3.1, MS-SAMR
//! section 2.2.7.1): the number at the end of the group's security identifier, in the same domain.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use provisio_model::{Text, Value, Values};

use crate::connection::Connection;
use crate::control::{Control, DOMAIN_SCOPE, page_cookie};
use crate::directory::Directory;
use crate::filter::Filter;
use crate::form::guid;
use crate::kind::{Kind, PRIMARY_GROUP};
use crate::references::{IDS_IN_FILTER, Place};
use crate::request::{Scope, Search};
use crate::response::Answer;
use crate::trouble::Trouble;
use crate::view::{Partly, View, add};

/// What an account holds that says which group is its primary one.
pub(crate) const PRIMARY_GROUP_ID: &str = "primaryGroupID";
/// What a group holds that the number is of.
pub(crate) const OBJECT_SID: &str = "objectSid";
/// How many accounts are asked for at a time.
const PAGE: u32 = 1_000;
/// The most accounts that are listed for one page of groups.
const MEMBERS_MAX: usize = 5_000_000;

/// What is known of primary groups: a reader learns each once.
#[derive(Debug, Default)]
pub(crate) struct PrimaryGroups {
    /// Ids of groups by their security identifiers; nothing for one that cannot be seen.
    by_sid: HashMap<Vec<u8>, Option<Text>>,
}

/// Who asks, and where.
pub(crate) struct Asking<'a> {
    pub(crate) connection: &'a mut Connection,
    pub(crate) directory: &'a Directory,
    pub(crate) kind: &'a Kind,
}

/// Returns the number at the end of a security identifier.
pub(crate) fn relative_id(sid: &[u8]) -> Option<u32> {
    sid.last_chunk::<4>().map(|it| u32::from_le_bytes(*it))
}

/// Returns the security identifier of another object of the same domain.
fn sibling(sid: &[u8], relative_id: u32) -> Option<Vec<u8>> {
    let (domain, _) = sid.split_last_chunk::<4>()?;
    Some([domain, &relative_id.to_le_bytes()].concat())
}

/// Returns the security identifier of the primary group of an account that was looked at.
pub(crate) fn primary_group_of(place: &Place) -> Option<Vec<u8>> {
    let number = place.values.get("primarygroupid")?;
    sibling(place.values.get("objectsid")?, std::str::from_utf8(number).ok()?.parse().ok()?)
}

impl PrimaryGroups {
    /// Adds to the objects of a page what primary groups make of them.
    pub(crate) async fn complete<'p>(
        &mut self,
        asking: &mut Asking<'_>,
        view: &View<'_>,
        page: impl Iterator<Item = &'p mut Partly>,
    ) -> Result<(), Trouble> {
        if let Some(members) = view.primary_members() {
            let mut groups: BTreeMap<u32, &mut Partly> = BTreeMap::new();
            groups.extend(page.filter_map(|it| Some((relative_id(it.primary.sid.as_deref()?)?, it))));
            let numbers: Vec<u32> = groups.keys().copied().collect();
            for numbers in numbers.chunks(IDS_IN_FILTER) {
                for (number, accounts) in asking.accounts(numbers).await? {
                    if let Some(group) = groups.get_mut(&number) {
                        add(&mut group.object, members, accounts);
                    }
                }
            }
        } else if view.has_primary_group() {
            let group = |it: &Partly| sibling(it.primary.sid.as_deref()?, it.primary.group?);
            let page: Vec<(&mut Partly, Vec<u8>)> =
                page.filter_map(|it| group(it).map(|sid| (it, sid))).collect();
            let open: BTreeSet<&Vec<u8>> =
                page.iter().map(|(_, sid)| sid).filter(|it| !self.by_sid.contains_key(*it)).collect();
            let open: Vec<Vec<u8>> = open.into_iter().cloned().collect();
            for sids in open.chunks(IDS_IN_FILTER) {
                let mut found = asking.groups(sids).await?;
                self.by_sid.extend(sids.iter().map(|it| (it.clone(), found.remove(it))));
            }
            for (account, sid) in page {
                if let Some(Some(id)) = self.by_sid.get(&sid) {
                    account.object.attributes.set(PRIMARY_GROUP, Values::one(Value::Reference(id.clone())));
                }
            }
        }
        Ok(())
    }
}

impl Asking<'_> {
    /// Returns the accounts that have one of some primary groups, by its number.
    async fn accounts(&mut self, numbers: &[u32]) -> Result<BTreeMap<u32, Vec<Value>>, Trouble> {
        let equal = numbers.iter().map(|it| Filter::equal(PRIMARY_GROUP_ID, it.to_string().into_bytes()));
        let mut found: BTreeMap<u32, Vec<Value>> = BTreeMap::new();
        let mut count = 0;
        self.search(Filter::Or(equal.collect()), PRIMARY_GROUP_ID, |id, number| {
            let number = number.and_then(|it| std::str::from_utf8(it).ok()?.parse().ok());
            if let Some(number) = number {
                found.entry(number).or_default().push(Value::Reference(id));
                count += 1;
            }
            match count {
                0..=MEMBERS_MAX => Ok(()),
                _ => Err(Trouble::TooMuch(format!("groups with more than {MEMBERS_MAX} members"))),
            }
        })
        .await?;
        Ok(found)
    }

    /// Returns the ids of groups by their security identifiers.
    async fn groups(&mut self, sids: &[Vec<u8>]) -> Result<HashMap<Vec<u8>, Text>, Trouble> {
        let equal = sids.iter().map(|it| Filter::equal(OBJECT_SID, it.clone()));
        let mut found = HashMap::new();
        self.search(Filter::Or(equal.collect()), OBJECT_SID, |id, sid| {
            found.extend(sid.map(|sid| (sid.to_vec(), id)));
            Ok(())
        })
        .await?;
        Ok(found)
    }

    /// Looks in the whole domain, and hands over the id and one value of each object that is found.
    async fn search(
        &mut self,
        filter: Filter,
        wanted: &str,
        mut take: impl FnMut(Text, Option<&[u8]>) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let attributes = vec![self.kind.anchor.attribute.clone(), wanted.to_owned()];
        for base in self.directory.contexts_of(self.kind) {
            let search = Search {
                base,
                scope: Scope::Subtree,
                filter: filter.clone(),
                attributes: attributes.clone(),
                seconds_max: 0,
            };
            let mut cookie = Vec::new();
            loop {
                let mut controls = vec![Control::page(PAGE, &cookie)];
                if self.directory.root.knows(DOMAIN_SCOPE) {
                    controls.push(Control::critical(DOMAIN_SCOPE));
                }
                let mut next = Vec::new();
                let result = self.connection.search(&search, &controls, |message| {
                    match message.answer {
                        Answer::Entry(entry) => {
                            if let Some(id) = entry.first("objectGUID")?.and_then(guid) {
                                take(id, entry.first(wanted)?)?;
                            }
                        }
                        Answer::Done(_) => next = page_cookie(message.controls)?.unwrap_or_default(),
                        Answer::Reference(_) | Answer::Intermediate(_) => {}
                    }
                    Ok(())
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_primary_group_is_in_the_domain_of_the_account() {
        let account = b"\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x4f\x04\0\0";
        let group = sibling(account, 513).expect("a security identifier");
        assert_eq!(relative_id(&group), Some(513));
        assert_eq!(group[..group.len() - 4], account[..account.len() - 4]);
        assert_eq!(relative_id(b"\x01"), None);
    }
}
