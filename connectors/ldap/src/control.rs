//! What is asked besides the operation itself? Controls (RFC 4511 section 4.1.11), and the answers to them.

use crate::ber::{BOOLEAN, INTEGER, Malformed, OCTETS, Reader, SEQUENCE, Writer};
use crate::response::{Controls, Entry};

/// RFC 2696.
pub(crate) const PAGED: &str = "1.2.840.113556.1.4.319";
/// RFC 4528.
pub(crate) const ASSERTION: &str = "1.3.6.1.1.12";
/// RFC 4527.
pub(crate) const POST_READ: &str = "1.3.6.1.1.13.2";
/// Adding what is there and taking out what is not succeed.
pub(crate) const PERMISSIVE_MODIFY: &str = "1.2.840.113556.1.4.1413";
/// An entry is deleted together with all beneath it.
pub(crate) const TREE_DELETE: &str = "1.2.840.113556.1.4.805";
/// Active Directory does not answer with references to other servers.
pub(crate) const DOMAIN_SCOPE: &str = "1.2.840.113556.1.4.1339";
/// What Active Directory replicates (MS-ADTS section 3.1.1.3.4.1.3).
pub(crate) const DIR_SYNC: &str = "1.2.840.113556.1.4.841";
/// Active Directory shows what was deleted too.
pub(crate) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Content synchronisation (RFC 4533).
pub(crate) const SYNC_REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";
/// Active Directory shows names with GUID and SID.
pub(crate) const EXTENDED_DN: &str = "1.2.840.113556.1.4.529";

/// A control of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    oid: &'static str,
    critical: bool,
    value: Option<Vec<u8>>,
}

impl Control {
    /// A control without a value; the operation fails where the server does not know it.
    pub(crate) fn critical(oid: &'static str) -> Self {
        Self { oid, critical: true, value: None }
    }

    /// A control with a value; the operation fails where the server does not know it.
    pub(crate) fn with_value(oid: &'static str, value: Vec<u8>) -> Self {
        Self { oid, critical: true, value: Some(value) }
    }

    /// Lets the operation fail unless the entry matches a filter.
    pub(crate) fn assertion(filter: &crate::filter::Filter) -> Self {
        let mut writer = Writer::default();
        filter.write(&mut writer);
        Self { oid: ASSERTION, critical: true, value: Some(writer.into_bytes()) }
    }

    /// Asks for a page of a search.
    pub(crate) fn page(size: u32, cookie: &[u8]) -> Self {
        let value = sequence(|it| {
            it.integer(INTEGER, i64::from(size));
            it.octets(OCTETS, cookie);
        });
        Self { oid: PAGED, critical: true, value: Some(value) }
    }

    /// Asks how an entry is after it was written.
    pub(crate) fn post_read(attributes: &[&str]) -> Self {
        let value = sequence(|it| attributes.iter().for_each(|name| it.octets(OCTETS, name.as_bytes())));
        Self { oid: POST_READ, critical: false, value: Some(value) }
    }

    /// Asks for names with GUID and SID in text.
    pub(crate) fn extended_dn() -> Self {
        Self { oid: EXTENDED_DN, critical: true, value: Some(sequence(|it| it.integer(INTEGER, 1))) }
    }

    /// Returns which control it is.
    pub(crate) fn oid(&self) -> &'static str {
        self.oid
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        writer.nested(SEQUENCE, |it| {
            it.octets(OCTETS, self.oid.as_bytes());
            if self.critical {
                it.boolean(BOOLEAN, true);
            }
            if let Some(value) = &self.value {
                it.octets(OCTETS, value);
            }
        });
    }
}

pub(crate) fn sequence(content: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, content);
    writer.into_bytes()
}

/// Returns the cookie of the page that ended; `None` when the server says nothing of pages.
pub(crate) fn page_cookie(controls: Controls<'_>) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(mut value) = controls.value(PAGED)? else { return Ok(None) };
    let mut page = value.enter(SEQUENCE)?;
    page.integer(INTEGER)?;
    Ok(Some(page.expect(OCTETS)?.to_vec()))
}

/// Returns how the entry is after it was written, where the server says so.
pub(crate) fn post_read(controls: Controls<'_>) -> Result<Option<Entry<'_>>, Malformed> {
    let Some(mut value) = controls.value(POST_READ)? else { return Ok(None) };
    let (_, content) = value.next()?;
    Entry::parse(Reader::new(content)).map(Some)
}
