//! What was deleted and can be restored? Active Directory keeps it in a container of its own (MS-ADTS section 3.1.1.5.5): with
//! the recycle bin all that it held, without it little more than what identifies it.

use crate::ber::Malformed;
use crate::config::TypeScope;
use crate::directory::Root;
use crate::dn::{Dn, Rdn};
use crate::filter::Filter;
use crate::kind::Kind;
use crate::request::{Modification, Operation};
use crate::response::Entry;

/// The name of the attribute that says that an object was deleted.
pub(crate) const IS_DELETED: &str = "isDeleted";
/// What is asked of objects besides, to know where they were.
pub(crate) const FORMER_PLACE: [&str; 3] = [IS_DELETED, "lastKnownParent", "msDS-LastKnownRDN"];

/// Where an object was before it was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Former {
    /// The value that named it.
    pub(crate) name: String,
    /// What it is named now, by which attribute.
    pub(crate) rdn: Rdn,
    pub(crate) parent: Dn,
}

/// Returns the container of what was deleted in a part of the directory.
pub(crate) fn container(context: &str) -> String {
    format!("CN=Deleted Objects,{context}")
}

/// Asks for what was deleted and can be restored. What the filter of the type asks for besides, such an object may have lost.
pub(crate) fn filter(kind: &Kind, root: &Root) -> Filter {
    let class = kind.filter.needed_class().map(<[u8]>::to_vec);
    let class = class.or_else(|| Some(kind.config.object_classes.first()?.clone().into_bytes()));
    let mut parts = vec![Filter::equal(IS_DELETED, "TRUE")];
    parts.extend(class.map(|it| Filter::equal("objectClass", it)));
    // Computers are accounts, too.
    if kind.is_account {
        parts.push(Filter::Not(Box::new(Filter::equal("objectClass", "computer"))));
    }
    // Without the recycle bin everything that was deleted is marked like this, and can be restored all the same.
    if root.has_recycle_bin {
        parts.push(Filter::Not(Box::new(Filter::equal("isRecycled", "TRUE"))));
    }
    Filter::And(parts)
}

/// Returns where an object was; `None` if that was not where objects of its type are, or is not known any more.
pub(crate) fn former(entry: Entry<'_>, dn: &str, kind: &Kind) -> Result<Option<Former>, Malformed> {
    let known = entry.text("msDS-LastKnownRDN")?.map(str::to_owned);
    let parent = entry.text("lastKnownParent")?.and_then(|it| Dn::parse(crate::view::plain_dn(it)).ok());
    Ok(place(known, parent, dn).filter(|it| match kind.config.scope {
        TypeScope::Subtree => kind.is_place(&it.parent),
        TypeScope::OneLevel => kind.bases.iter().any(|base| base.key() == it.parent.key()),
    }))
}

/// Puts together where an object was: its name now is its name then, a line break, `DEL:` and its GUID.
pub(crate) fn place(known: Option<String>, parent: Option<Dn>, dn: &str) -> Option<Former> {
    let now = Dn::parse(dn).ok()?;
    let rdn = now.rdn()?.clone();
    let name = known.or_else(|| Some(rdn.only_value()?.split_once("\nDEL:")?.0.to_owned()))?;
    Some(Former { name, rdn, parent: parent? })
}

/// What brings an object back (MS-ADTS section 3.1.1.5.3.7).
pub(crate) fn undelete(dn: &Dn) -> [Modification; 2] {
    [
        Modification::new(Operation::Delete, IS_DELETED, []),
        Modification::new(Operation::Replace, "distinguishedName", [dn.to_string().into_bytes()]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_object_says_where_it_was() {
        let dn = r"CN=Lee\, Ann\0ADEL:2b336c65-0b50-4133-a3d4-bb0facc63d2a,CN=Deleted Objects,DC=ad,DC=test";
        let parent = Dn::parse("OU=People,DC=ad,DC=test").expect("a name");
        let former = place(None, Some(parent.clone()), dn).expect("it says so");
        assert_eq!(former.name, "Lee, Ann");
        assert_eq!(parent.within(former.rdn.with("cn", "Ann")).to_string(), "CN=Ann,OU=People,DC=ad,DC=test");
        let known = place(Some("Ann".to_owned()), Some(parent.clone()), dn).expect("it says so");
        assert_eq!(known.name, "Ann");
        assert_eq!(place(None, None, dn), None);
        assert_eq!(place(None, Some(parent), "CN=Ann,DC=ad,DC=test"), None);
    }
}
