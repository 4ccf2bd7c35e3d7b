//! What does a server answer? Messages (RFC 4511 section 4), borrowed from the bytes that came.

use crate::ber::{ENUMERATED, INTEGER, Malformed, OCTETS, Reader, SEQUENCE, SET, context, context_of};
use crate::result::LdapResult;

/// The most referrals that are kept of a result.
const REFERRALS_MAX: usize = 16;

/// A message of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// Which request it answers; 0 for none.
    pub(crate) id: i32,
    pub(crate) answer: Answer<'a>,
    pub(crate) controls: Controls<'a>,
}

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer<'a> {
    /// An entry that a search found.
    Entry(Entry<'a>),
    /// Where a search would have to go on.
    Reference(Reader<'a>),
    /// Something between entries, such as the progress of a synchronisation (RFC 4511 section 4.13).
    Intermediate(Reader<'a>),
    /// The end of an operation.
    Done(Reader<'a>),
}

impl<'a> Message<'a> {
    /// Reads one message.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut message = Reader::new(bytes).enter(SEQUENCE)?;
        let id = i32::try_from(message.integer(INTEGER)?).map_err(|_| Malformed("the id of a message"))?;
        let (tag, content) = message.next()?;
        let body = Reader::new(content);
        let answer = match tag {
            0x64 => Answer::Entry(Entry::parse(body)?),
            0x73 => Answer::Reference(body),
            0x79 => Answer::Intermediate(body),
            // Results of bind, search, modify, add, delete, modifyDN, compare, extended operations.
            0x61 | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x78 => Answer::Done(body),
            _ => return Err(Malformed("an answer of an unknown kind")),
        };
        // What is behind and no control is left alone: Active Directory puts the name of a notice there.
        let controls = if message.is_empty() { None } else { message.optional(context_of(0))? };
        Ok(Self { id, answer, controls: Controls(controls.map(Reader::new).unwrap_or_default()) })
    }
}

/// Reads a result: code, name, message, referrals.
pub(crate) fn parse_result(mut body: Reader<'_>) -> Result<LdapResult, Malformed> {
    let code = u32::try_from(body.integer(ENUMERATED)?).map_err(|_| Malformed("a result code"))?;
    let matched = lossy(body.expect(OCTETS)?);
    let message = lossy(body.expect(OCTETS)?);
    let mut referrals = Vec::new();
    if let Some(list) = body.optional(context_of(3))? {
        let mut list = Reader::new(list);
        while !list.is_empty() && referrals.len() < REFERRALS_MAX {
            referrals.push(lossy(list.expect(OCTETS)?));
        }
    }
    Ok(LdapResult { code, matched, message, referrals })
}

fn lossy(bytes: &[u8]) -> String {
    // Active Directory ends its messages with a zero.
    String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned()
}

/// An entry: its name, and its attributes with their values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    dn: &'a [u8],
    attributes: Reader<'a>,
}

impl<'a> Entry<'a> {
    /// Reads an entry, also within a control.
    pub(crate) fn parse(mut body: Reader<'a>) -> Result<Self, Malformed> {
        let dn = body.expect(OCTETS)?;
        let attributes = body.enter(SEQUENCE)?;
        Ok(Self { dn, attributes })
    }

    /// Returns its name; `None` if that is no text.
    pub(crate) fn dn(&self) -> Option<&'a str> {
        std::str::from_utf8(self.dn).ok()
    }

    /// Returns the next attribute.
    pub(crate) fn next_attribute(&mut self) -> Result<Option<AttributeValues<'a>>, Malformed> {
        if self.attributes.is_empty() {
            return Ok(None);
        }
        let mut attribute = self.attributes.enter(SEQUENCE)?;
        let name = std::str::from_utf8(attribute.expect(OCTETS)?)
            .map_err(|_| Malformed("the name of an attribute is no text"))?;
        Ok(Some(AttributeValues { name, values: attribute.enter(SET)? }))
    }

    /// Returns the values of an attribute, without regard to case.
    pub(crate) fn values(mut self, name: &str) -> Result<Vec<&'a [u8]>, Malformed> {
        while let Some(attribute) = self.next_attribute()? {
            if attribute.name.eq_ignore_ascii_case(name) {
                return attribute.all();
            }
        }
        Ok(Vec::new())
    }

    /// Returns the first value of an attribute.
    pub(crate) fn first(self, name: &str) -> Result<Option<&'a [u8]>, Malformed> {
        Ok(self.values(name)?.first().copied())
    }

    /// Returns the first value of an attribute if it is text.
    pub(crate) fn text(self, name: &str) -> Result<Option<&'a str>, Malformed> {
        Ok(self.first(name)?.and_then(|it| std::str::from_utf8(it).ok()))
    }

    /// Returns the values of an attribute that are text.
    pub(crate) fn texts(self, name: &str) -> Result<Vec<String>, Malformed> {
        let texts = self.values(name)?.into_iter().filter_map(|it| std::str::from_utf8(it).ok());
        Ok(texts.map(str::to_owned).collect())
    }
}

/// An attribute of an entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeValues<'a> {
    /// Its name, with options behind semicolons.
    pub(crate) name: &'a str,
    values: Reader<'a>,
}

impl<'a> AttributeValues<'a> {
    /// Returns the next value.
    pub(crate) fn next_value(&mut self) -> Result<Option<&'a [u8]>, Malformed> {
        if self.values.is_empty() { Ok(None) } else { self.values.expect(OCTETS).map(Some) }
    }

    fn all(mut self) -> Result<Vec<&'a [u8]>, Malformed> {
        let mut values = Vec::new();
        while let Some(value) = self.next_value()? {
            values.push(value);
        }
        Ok(values)
    }
}

/// The controls of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Controls<'a>(Reader<'a>);

impl<'a> Controls<'a> {
    /// Finds the value of a control.
    pub(crate) fn value(self, oid: &str) -> Result<Option<Reader<'a>>, Malformed> {
        let mut controls = self.0;
        while !controls.is_empty() {
            let mut control = controls.enter(SEQUENCE)?;
            let name = control.expect(OCTETS)?;
            control.boolean_or(crate::ber::BOOLEAN, false)?;
            if name == oid.as_bytes() {
                return Ok(control.optional(OCTETS)?.map(Reader::new));
            }
        }
        Ok(None)
    }
}

/// Returns the OID of a message that nobody asked for, if it has one.
pub(crate) fn notice_name(mut body: Reader<'_>) -> Option<String> {
    while !body.is_empty() {
        let (tag, content) = body.next().ok()?;
        if tag == context(10) {
            return Some(lossy(content));
        }
    }
    None
}
