//! What is asked of a server? Requests (RFC 4511 section 4) and how they are written.

use provisio_model::Secret;

use crate::ber::{BOOLEAN, ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET, Writer, context, context_of};
use crate::control::Control;
use crate::filter::Filter;

/// RFC 4511 section 4.14.1.
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// How far below its base a search looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Base,
    OneLevel,
    Subtree,
}

/// A search.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) base: String,
    pub(crate) scope: Scope,
    pub(crate) filter: Filter,
    /// What is wanted of each entry; `1.1` alone for nothing.
    pub(crate) attributes: Vec<String>,
    /// How many seconds the server may take; 0 for as long as it likes.
    pub(crate) seconds_max: u32,
}

impl Search {
    /// Looks at one entry.
    pub(crate) fn entry(base: impl Into<String>, attributes: &[&str]) -> Self {
        let attributes = attributes.iter().map(|&it| it.to_owned()).collect();
        Self { base: base.into(), scope: Scope::Base, filter: Filter::all(), attributes, seconds_max: 0 }
    }
}

/// What happens to the values of one attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Add,
    Delete,
    Replace,
}

/// One change of one attribute. Values may be secret: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Modification {
    pub(crate) operation: Operation,
    pub(crate) attribute: String,
    pub(crate) values: Vec<Vec<u8>>,
}

/// What is asked of a server. It may hold secrets: it has no `Debug`.
pub(crate) enum Request<'a> {
    SimpleBind { name: &'a str, password: &'a Secret },
    ExternalBind,
    StartTls,
    Unbind,
    Search(&'a Search),
    Modify { dn: &'a str, changes: &'a [Modification] },
    Add { dn: &'a str, attributes: &'a [(String, Vec<Vec<u8>>)] },
    Delete { dn: &'a str },
    ModifyDn { dn: &'a str, rdn: &'a str, parent: Option<&'a str> },
}

impl Request<'_> {
    /// Returns the bytes of the message that asks it.
    pub(crate) fn message(&self, id: i32, controls: &[Control]) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.nested(SEQUENCE, |it| {
            it.integer(INTEGER, i64::from(id));
            self.write(it);
            if !controls.is_empty() {
                it.nested(context_of(0), |it| controls.iter().for_each(|control| control.write(it)));
            }
        });
        writer.into_bytes()
    }

    fn write(&self, writer: &mut Writer) {
        match self {
            Self::SimpleBind { name, password } => bind(writer, name, |it| {
                it.octets(context(0), password.expose().as_bytes());
            }),
            Self::ExternalBind => bind(writer, "", |it| {
                it.nested(context_of(3), |it| {
                    it.octets(OCTETS, b"EXTERNAL");
                    it.octets(OCTETS, b"");
                });
            }),
            Self::StartTls => {
                writer.nested(application_of(23), |it| it.octets(context(0), START_TLS.as_bytes()));
            }
            Self::Unbind => writer.octets(application(2), &[]),
            Self::Search(search) => writer.nested(application_of(3), |it| search.write(it)),
            Self::Modify { dn, changes } => writer.nested(application_of(6), |it| {
                it.octets(OCTETS, dn.as_bytes());
                it.nested(SEQUENCE, |it| changes.iter().for_each(|change| change.write(it)));
            }),
            Self::Add { dn, attributes } => writer.nested(application_of(8), |it| {
                it.octets(OCTETS, dn.as_bytes());
                it.nested(SEQUENCE, |it| {
                    attributes.iter().for_each(|(name, values)| write_attribute(it, name, values));
                });
            }),
            Self::Delete { dn } => writer.octets(application(10), dn.as_bytes()),
            Self::ModifyDn { dn, rdn, parent } => writer.nested(application_of(12), |it| {
                it.octets(OCTETS, dn.as_bytes());
                it.octets(OCTETS, rdn.as_bytes());
                it.boolean(BOOLEAN, true);
                if let Some(parent) = parent {
                    it.octets(context(0), parent.as_bytes());
                }
            }),
        }
    }
}

impl Search {
    fn write(&self, writer: &mut Writer) {
        let scope = match self.scope {
            Scope::Base => 0,
            Scope::OneLevel => 1,
            Scope::Subtree => 2,
        };
        writer.octets(OCTETS, self.base.as_bytes());
        writer.integer(ENUMERATED, scope);
        // Aliases are entries like others: what they point to has a place of its own.
        writer.integer(ENUMERATED, 0);
        writer.integer(INTEGER, 0);
        writer.integer(INTEGER, i64::from(self.seconds_max));
        writer.boolean(BOOLEAN, false);
        self.filter.write(writer);
        writer.nested(SEQUENCE, |it| {
            self.attributes.iter().for_each(|name| it.octets(OCTETS, name.as_bytes()));
        });
    }
}

impl Modification {
    pub(crate) fn new(
        operation: Operation,
        attribute: impl Into<String>,
        values: impl IntoIterator<Item = Vec<u8>>,
    ) -> Self {
        Self { operation, attribute: attribute.into(), values: values.into_iter().collect() }
    }

    fn write(&self, writer: &mut Writer) {
        let operation = match self.operation {
            Operation::Add => 0,
            Operation::Delete => 1,
            Operation::Replace => 2,
        };
        writer.nested(SEQUENCE, |it| {
            it.integer(ENUMERATED, operation);
            write_attribute(it, &self.attribute, &self.values);
        });
    }
}

fn write_attribute(writer: &mut Writer, name: &str, values: &[Vec<u8>]) {
    writer.nested(SEQUENCE, |it| {
        it.octets(OCTETS, name.as_bytes());
        it.nested(SET, |it| values.iter().for_each(|value| it.octets(OCTETS, value)));
    });
}

fn bind(writer: &mut Writer, name: &str, how: impl FnOnce(&mut Writer)) {
    writer.nested(application_of(0), |it| {
        it.integer(INTEGER, 3);
        it.octets(OCTETS, name.as_bytes());
        how(it);
    });
}

const fn application(number: u8) -> u8 {
    0x40 | number
}

const fn application_of(number: u8) -> u8 {
    0x60 | number
}
