//! How does an entry become an object? What was asked for, attribute by attribute.

use provisio_model::{AttrName, ErrorKind, Failure, Layout, Mutability, Object, Text, Value, Values};

use crate::active_directory::{group_scope, group_type, is_security_group};
use crate::ber::Malformed;
use crate::deleted::{FORMER_PLACE, Former, IS_DELETED, former};
use crate::dn::Dn;
use crate::form::{Form, guid};
use crate::kind::{Kind, Origin};
use crate::response::{AttributeValues, Entry};

/// The longest name of an entry that is read, in bytes.
const DN_BYTES_MAX: usize = 64 * 1024;

/// What is taken of the entries of one type.
pub(crate) struct View<'a> {
    kind: &'a Kind,
    columns: Vec<Column<'a>>,
    /// What is asked of the server.
    pub(crate) wire: Vec<String>,
}

/// One attribute that is wanted.
struct Column<'a> {
    name: AttrName,
    origin: &'a Origin,
    /// The attribute of the directory that it is read from; empty for names.
    wire: &'a str,
}

/// What became of an entry.
pub(crate) enum Taken {
    Object(Partly),
    /// It was deleted somewhere else.
    Elsewhere,
    Unreadable {
        id: Option<Text>,
        failure: Failure,
    },
}

/// An object that may still lack values.
pub(crate) struct Partly {
    pub(crate) object: Object,
    pub(crate) dn: String,
    /// Names of entries that attributes refer to, and whose ids are not known yet.
    pub(crate) names: Vec<(AttrName, Vec<Text>)>,
    /// Attributes of which the server sent a part only, and where the next part begins.
    pub(crate) rest: Vec<Rest>,
    /// What tells primary groups, where that is wanted.
    pub(crate) primary: Primary,
}

/// What tells primary groups.
#[derive(Debug, Default)]
pub(crate) struct Primary {
    /// The object's `objectSid`.
    pub(crate) sid: Option<Vec<u8>>,
    /// Its `primaryGroupID`.
    pub(crate) group: Option<u32>,
}

/// What is missing of an attribute.
pub(crate) struct Rest {
    pub(crate) attribute: AttrName,
    pub(crate) wire: String,
    pub(crate) next: usize,
}

/// An attribute as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Described<'a> {
    pub(crate) name: &'a str,
    /// Where the next values begin, if there are more (MS-ADTS section 3.1.1.3.1.3.3).
    pub(crate) next: Option<usize>,
}

impl<'a> View<'a> {
    /// Chooses what a layout wants and the directory has.
    pub(crate) fn new(kind: &'a Kind, layout: &Layout) -> Self {
        let mut columns = Vec::new();
        let mut wire = vec![kind.anchor.attribute.clone()];
        wire.extend(kind.version.clone());
        for name in layout.whole_names() {
            let Some(attribute) = kind.attribute(name.as_str()) else { continue };
            if attribute.schema.mutability == Mutability::WriteOnly {
                continue;
            }
            let read = match &attribute.origin {
                Origin::Stored { name, .. } | Origin::Rdn { name } => name.as_str(),
                Origin::Dn | Origin::ParentDn => "",
                Origin::Flag { .. } => "userAccountControl",
                Origin::GroupScope | Origin::GroupSecurity => "groupType",
                Origin::MustChangePassword => "pwdLastSet",
                Origin::PrimaryGroup => "primaryGroupID",
                Origin::Deleted => "",
            };
            if !read.is_empty() && !wire.iter().any(|it| it.eq_ignore_ascii_case(read)) {
                wire.push(read.to_owned());
            }
            columns.push(Column { name: name.clone(), origin: &attribute.origin, wire: read });
        }
        if kind.config.deleted_objects {
            let missing = |it: &&str| !wire.iter().any(|held| held.eq_ignore_ascii_case(it));
            let missing: Vec<&str> = FORMER_PLACE.into_iter().filter(missing).collect();
            wire.extend(missing.into_iter().map(str::to_owned));
        }
        let view = Self { kind, columns, wire };
        if view.primary_members().is_none() && !view.has_primary_group() {
            return view;
        }
        let sid = "objectSid".to_owned();
        let has_sid = view.wire.iter().any(|it| it.eq_ignore_ascii_case(&sid));
        let wire = if has_sid { view.wire } else { [view.wire, vec![sid]].concat() };
        Self { wire, ..view }
    }

    /// Returns the attribute of groups that holds members, if it is wanted.
    pub(crate) fn primary_members(&self) -> Option<&AttrName> {
        let members = self.columns.iter().find(|it| it.wire.eq_ignore_ascii_case("member"));
        members.filter(|_| self.kind.is_group).map(|it| &it.name)
    }

    /// Tells whether the primary group of accounts is wanted.
    pub(crate) fn has_primary_group(&self) -> bool {
        self.columns.iter().any(|it| *it.origin == Origin::PrimaryGroup)
    }

    /// Tells whether an attribute that is wanted refers to other entries.
    pub(crate) fn has_references(&self) -> bool {
        self.columns.iter().any(|it| matches!(it.origin, Origin::Stored { form: Form::Reference, .. }))
    }

    /// Makes an object of an entry.
    pub(crate) fn take(&self, mut entry: Entry<'_>) -> Result<Taken, Malformed> {
        let id = entry.first(&self.kind.anchor.attribute)?;
        let id = id.and_then(|it| self.kind.anchor.form.decode(it).ok().flatten());
        let id = id.and_then(|it| it.as_text().filter(|it| !it.is_empty()).map(Text::from));
        let unreadable = |id: Option<Text>, kind, message: String| {
            let failure = Failure::new(kind, message);
            Ok(Taken::Unreadable { id, failure })
        };
        let Some(dn) = entry.dn().filter(|it| it.len() <= DN_BYTES_MAX).map(plain_dn) else {
            return unreadable(id, ErrorKind::InvalidValue, "its name cannot be read".to_owned());
        };
        let Some(id) = id else {
            let message = format!("`{}` has no readable `{}`", shown(dn), self.kind.anchor.attribute);
            return unreadable(None, ErrorKind::InvalidValue, message);
        };
        let is_deleted = self.kind.config.deleted_objects && entry.text(IS_DELETED)? == Some("TRUE");
        let former = if is_deleted { former(entry, dn, self.kind)? } else { None };
        if is_deleted && former.is_none() {
            return Ok(Taken::Elsewhere);
        }
        if is_conflict(dn) {
            let message = format!("`{}` is left of a conflict of two entries of one name", shown(dn));
            return unreadable(Some(id), ErrorKind::InvalidValue, message);
        }
        let mut partly = Partly {
            object: Object::new(self.kind.object_type.clone(), id),
            dn: dn.to_owned(),
            names: Vec::new(),
            rest: Vec::new(),
            primary: Primary::default(),
        };
        if let Some(version) = &self.kind.version {
            partly.object.version = entry.text(version)?.map(Text::from);
        }
        if self.kind.is_active_directory {
            partly.primary.sid = entry.first("objectSid")?.map(<[u8]>::to_vec);
        }
        if let Err(fault) = self.take_names(&mut partly, former.as_ref()) {
            return unreadable(Some(partly.object.id), ErrorKind::InvalidValue, fault);
        }
        while let Some(values) = entry.next_attribute()? {
            let described = describe(values.name);
            for column in self.columns.iter().filter(|it| it.wire.eq_ignore_ascii_case(described.name)) {
                match take_values(column, values, &described, &mut partly) {
                    Ok(()) => {}
                    Err(Fault::Malformed(malformed)) => return Err(malformed),
                    Err(Fault::Value(expected)) => {
                        let message =
                            format!("`{}`: a value of `{}` is not {expected}", shown(dn), column.name);
                        return unreadable(Some(partly.object.id), ErrorKind::InvalidValue, message);
                    }
                }
            }
        }
        Ok(Taken::Object(partly))
    }

    /// Adds values that came later to an object.
    pub(crate) fn take_rest(
        &self,
        entry: Entry<'_>,
        partly: &mut Partly,
    ) -> Result<Result<(), String>, Malformed> {
        let mut entry = entry;
        while let Some(values) = entry.next_attribute()? {
            let described = describe(values.name);
            for column in self.columns.iter().filter(|it| it.wire.eq_ignore_ascii_case(described.name)) {
                match take_values(column, values, &described, partly) {
                    Ok(()) => {}
                    Err(Fault::Malformed(malformed)) => return Err(malformed),
                    Err(Fault::Value(expected)) => {
                        return Ok(Err(format!("a value of `{}` is not {expected}", column.name)));
                    }
                }
            }
        }
        Ok(Ok(()))
    }

    /// Takes what the name of an object says; what it said before, if it was deleted.
    fn take_names(&self, partly: &mut Partly, former: Option<&Former>) -> Result<(), String> {
        let mut parsed: Option<Dn> = None;
        for column in &self.columns {
            let was = match (column.origin, former) {
                (Origin::Deleted, _) => Some(Value::Bool(former.is_some())),
                (Origin::Rdn { .. }, Some(former)) => Some(Value::from(former.name.as_str())),
                (Origin::ParentDn, Some(former)) => Some(Value::Text(former.parent.to_string().into())),
                _ => None,
            };
            if let Some(value) = was {
                partly.object.attributes.set(column.name.clone(), value);
                continue;
            }
            if *column.origin == Origin::Dn {
                partly.object.attributes.set(column.name.clone(), Value::Text(partly.dn.as_str().into()));
                continue;
            }
            if !matches!(column.origin, Origin::ParentDn | Origin::Rdn { .. }) {
                continue;
            }
            let dn = match &mut parsed {
                Some(dn) => &*dn,
                none => {
                    none.insert(Dn::parse(&partly.dn).map_err(|fault| format!("its name is none: {fault}"))?)
                }
            };
            let value = match column.origin {
                Origin::Rdn { name } => dn.rdn().and_then(|it| it.value(name)).map(Text::from),
                _ => dn.parent().map(|it| it.to_string().into()),
            };
            partly
                .object
                .attributes
                .set_or_clear(column.name.clone(), value.map(|it| Values::one(Value::Text(it))));
        }
        Ok(())
    }
}

enum Fault {
    Malformed(Malformed),
    Value(&'static str),
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

fn take_values(
    column: &Column<'_>,
    mut values: AttributeValues<'_>,
    described: &Described<'_>,
    partly: &mut Partly,
) -> Result<(), Fault> {
    let form = match column.origin {
        Origin::Stored { form, .. } => *form,
        // The name says it; what else the attribute holds is said nowhere. Objects that something else names come here.
        Origin::Rdn { .. } if partly.object.attributes.get(column.name.as_str()).is_some() => return Ok(()),
        Origin::Rdn { .. } => Form::Text,
        Origin::Dn | Origin::ParentDn | Origin::Deleted => return Ok(()),
        Origin::PrimaryGroup => {
            let number = values.next_value()?.map(|it| std::str::from_utf8(it).ok()?.parse().ok());
            partly.primary.group = number.map(|it| it.ok_or(Fault::Value("a number"))).transpose()?;
            return Ok(());
        }
        Origin::Flag { .. } | Origin::GroupScope | Origin::GroupSecurity | Origin::MustChangePassword => {
            if let Some(bytes) = values.next_value()?
                && let Some(value) = derived(column.origin, bytes).map_err(Fault::Value)?
            {
                partly.object.attributes.set(column.name.clone(), value);
            }
            return Ok(());
        }
    };
    if let Some(next) = described.next {
        let (attribute, wire) = (column.name.clone(), described.name.to_owned());
        partly.rest.push(Rest { attribute, wire, next });
    }
    let mut held: Vec<Value> = Vec::new();
    let mut names: Vec<Text> = Vec::new();
    while let Some(bytes) = values.next_value()? {
        if bytes.len() > provisio_model::VALUE_BYTES_MAX {
            return Err(Fault::Value("short enough"));
        }
        if form == Form::Reference {
            let text = std::str::from_utf8(bytes).map_err(|_| Fault::Value("UTF-8 text"))?;
            match extended_guid(text) {
                Some(id) => held.push(Value::Reference(id)),
                None => names.push(plain_dn(text).into()),
            }
        } else if let Some(value) = form.decode(bytes).map_err(Fault::Value)? {
            held.push(value);
            if matches!(column.origin, Origin::Rdn { .. }) {
                break;
            }
        }
    }
    if !names.is_empty() {
        partly.names.push((column.name.clone(), names));
    }
    add(&mut partly.object, &column.name, held);
    Ok(())
}

/// Adds values to those that an object has.
pub(crate) fn add(object: &mut Object, name: &AttrName, values: Vec<Value>) {
    if values.is_empty() {
        return;
    }
    let values = match object.attributes.remove(name.as_str()) {
        Some(held) => Values::from_many(held.as_slice().iter().cloned().chain(values)),
        None => Values::from_many(values),
    };
    object.attributes.set_or_clear(name.clone(), values);
}

/// Reads what an attribute of Active Directory says besides.
fn derived(origin: &Origin, bytes: &[u8]) -> Result<Option<Value>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "a number")?;
    let number = || text.parse::<i64>().map_err(|_| "a number");
    Ok(match origin {
        Origin::Flag { bit } => Some(Value::Bool(number()? & bit != 0)),
        Origin::GroupScope => group_scope(group_type(text).ok_or("a number")?).map(Value::from),
        Origin::GroupSecurity => Some(Value::Bool(is_security_group(group_type(text).ok_or("a number")?))),
        Origin::MustChangePassword => Some(Value::Bool(number()? == 0)),
        _ => None,
    })
}

/// Reads the name of an attribute and its options: `member;range=0-1499`.
pub(crate) fn describe(text: &str) -> Described<'_> {
    let (name, options) = text.split_once(';').unwrap_or((text, ""));
    let mut described = Described { name, next: None };
    for option in options.split(';').filter(|it| !it.is_empty()) {
        let range = option.split_at_checked(6).filter(|(it, _)| it.eq_ignore_ascii_case("range="));
        match range.and_then(|(_, range)| range.split_once('-')) {
            // The last part ends with an asterisk.
            Some((_, "*")) => {}
            Some((_, end)) => described.next = end.parse::<usize>().ok().and_then(|it| it.checked_add(1)),
            // Values of another kind, such as those in one language.
            None if option.eq_ignore_ascii_case("binary") => {}
            None => described.name = text,
        }
    }
    described
}

/// Takes GUID and SID off a name: `<GUID=...>;<SID=...>;CN=...`.
pub(crate) fn plain_dn(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with('<')
        && let Some((_, behind)) = rest.split_once(">;")
    {
        rest = behind;
    }
    rest
}

/// Returns the GUID of a name with one.
fn extended_guid(text: &str) -> Option<Text> {
    let (id, _) = text.strip_prefix("<GUID=")?.split_once('>')?;
    // Some servers write the bytes in hexadecimal digits.
    if id.len() == 32 {
        let bytes = (0..16).map(|at| u8::from_str_radix(id.get(2 * at..2 * at + 2)?, 16).ok());
        return guid(&bytes.collect::<Option<Vec<u8>>>()?);
    }
    crate::form::guid_bytes(id).map(|_| Text::from(id.to_ascii_lowercase()))
}

/// Tells whether an entry lost its name to another one when two servers met (MS-ADTS section 3.1.1.1.4).
fn is_conflict(dn: &str) -> bool {
    dn.contains("\\0ACNF:") || dn.contains("\\0acnf:") || dn.contains("\nCNF:")
}

fn shown(dn: &str) -> String {
    provisio_model::EscapedText(dn).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_says_where_the_next_begins() {
        assert_eq!(describe("member"), Described { name: "member", next: None });
        assert_eq!(describe("member;range=0-1499"), Described { name: "member", next: Some(1500) });
        assert_eq!(describe("member;Range=1500-*"), Described { name: "member", next: None });
        assert_eq!(describe("cn;lang-de").name, "cn;lang-de");
        assert_eq!(describe("userCertificate;binary").name, "userCertificate");
    }

    #[test]
    fn a_name_with_a_guid_is_a_reference() {
        let text =
            "<GUID=14749200-2A6B-4aab-834a-c526a38a0d9d>;<SID=S-1-5-21-1>;CN=Bulk 102,OU=Bulk,DC=ad,DC=test";
        assert_eq!(extended_guid(text).as_deref(), Some("14749200-2a6b-4aab-834a-c526a38a0d9d"));
        assert_eq!(plain_dn(text), "CN=Bulk 102,OU=Bulk,DC=ad,DC=test");
        assert_eq!(plain_dn("cn=<a>,dc=b"), "cn=<a>,dc=b");
        let text = "<GUID=009274146b2aab4a834ac526a38a0d9d>;CN=x";
        assert_eq!(extended_guid(text).as_deref(), Some("14749200-2a6b-4aab-834a-c526a38a0d9d"));
    }
}
