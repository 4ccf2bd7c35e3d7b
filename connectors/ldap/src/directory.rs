//! What does the directory say about itself? Its root (RFC 4512 section 5.1) and its schema, read once.

use std::collections::BTreeSet;

use provisio_model::ErrorKind;

use crate::catalogue::{Catalogue, Refinement};
use crate::config::{DirectoryKind, LdapConfig};
use crate::connection::Connection;
use crate::control::{ASSERTION, Control, page_cookie};
use crate::dn::Dn;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::request::{Request, Scope, Search};
use crate::response::{Answer, Entry, parse_result};
use crate::trouble::Trouble;

/// How many attributes of Active Directory's schema are read at a time.
const SCHEMA_PAGE: u32 = 500;
/// The most pages of that schema.
const SCHEMA_PAGES_MAX: usize = 100;

/// What is known of the directory.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) root: Root,
    pub(crate) kinds: Vec<Kind>,
}

/// What the root of the directory says.
#[derive(Debug, Default)]
pub(crate) struct Root {
    pub(crate) vendor: String,
    pub(crate) contexts: Vec<String>,
    pub(crate) schema_context: Option<String>,
    /// Whether Active Directory keeps all that deleted objects held.
    pub(crate) has_recycle_bin: bool,
    configuration: Option<String>,
    /// Whether it is OpenLDAP.
    pub(crate) is_openldap: bool,
    controls: BTreeSet<String>,
    capabilities: BTreeSet<String>,
    subschema: Option<String>,
}

impl Root {
    /// Tells whether the server knows a control.
    pub(crate) fn knows(&self, oid: &str) -> bool {
        self.controls.contains(oid)
    }

    /// Tells whether it says that it is Active Directory (MS-ADTS section 3.1.1.3.4.3).
    fn is_active_directory(&self) -> bool {
        self.capabilities.contains("1.2.840.113556.1.4.800")
    }

    async fn read(connection: &mut Connection) -> Result<Self, Trouble> {
        let wanted = [
            "vendorName",
            "objectClass",
            "namingContexts",
            "schemaNamingContext",
            "configurationNamingContext",
            "supportedControl",
            "supportedCapabilities",
            "subschemaSubentry",
        ];
        let search = Search::entry("", &wanted);
        let root = one(connection, &search, |entry| {
            Ok(Self {
                vendor: entry.text("vendorName")?.unwrap_or("an LDAP directory").to_owned(),
                contexts: entry.texts("namingContexts")?,
                schema_context: entry.text("schemaNamingContext")?.map(str::to_owned),
                configuration: entry.text("configurationNamingContext")?.map(str::to_owned),
                has_recycle_bin: false,
                is_openldap: entry.texts("objectClass")?.iter().any(|it| it == "OpenLDAProotDSE"),
                controls: entry.texts("supportedControl")?.into_iter().collect(),
                capabilities: entry.texts("supportedCapabilities")?.into_iter().collect(),
                subschema: entry.text("subschemaSubentry")?.map(str::to_owned),
            })
        });
        root.await?.ok_or_else(|| unfit("the server does not show its root"))
    }
}

impl Directory {
    /// Reads what the directory says, and puts it together with what the job says.
    pub(crate) async fn read(connection: &mut Connection, config: &LdapConfig) -> Result<Self, Trouble> {
        let mut root = Root::read(connection).await?;
        let is_expected = config.directory == DirectoryKind::ActiveDirectory;
        if is_expected != root.is_active_directory() {
            let what = match is_expected {
                true => "the server is not Active Directory: use `directory = \"standard\"`",
                false => "the server is Active Directory: use `directory = \"active_directory\"`",
            };
            return Err(unfit(what));
        }
        if config.versions && !root.knows(ASSERTION) {
            return Err(unfit("`versions`: the server does not have the assertion control (RFC 4528)"));
        }
        let subschema =
            root.subschema.clone().ok_or_else(|| unfit("the server does not say where its schema is"))?;
        let mut search = Search::entry(subschema, &["attributeTypes", "objectClasses", "dITContentRules"]);
        search.filter = Filter::equal("objectClass", "subschema");
        let catalogue = one(connection, &search, |entry| {
            let classes = entry.texts("objectClasses")?;
            Ok(Catalogue::read(&entry.texts("attributeTypes")?, &classes, &entry.texts("dITContentRules")?))
        });
        let mut catalogue = catalogue.await?.ok_or_else(|| unfit("the server does not show its schema"))?;
        if let Some(base) = root.schema_context.as_ref().filter(|_| is_expected) {
            catalogue.refine(&refinements(connection, base).await?);
        }
        if let Some(base) =
            root.configuration.as_ref().filter(|_| config.types.iter().any(|it| it.deleted_objects))
        {
            root.has_recycle_bin = has_recycle_bin(connection, base).await?;
        }
        let kinds = config.types.iter().map(|it| Kind::new(config, it, &catalogue));
        let kinds = kinds.collect::<Result<_, _>>().map_err(unfit)?;
        Ok(Self { root, kinds })
    }

    /// Finds a type of objects.
    pub(crate) fn kind(&self, object_type: &str) -> Result<&Kind, Trouble> {
        self.kinds.iter().find(|it| it.object_type.as_str() == object_type).ok_or_else(|| {
            Trouble::Unfit(ErrorKind::SchemaViolation, format!("there is no object type `{object_type}`"))
        })
    }

    /// Returns the parts of the directory that hold the objects of a type.
    pub(crate) fn contexts_of(&self, kind: &Kind) -> Vec<String> {
        let contexts = self.root.contexts.iter();
        let contexts: Vec<(&String, Dn)> =
            contexts.filter_map(|it| Dn::parse(it).ok().map(|dn| (it, dn))).collect();
        let mut chosen: Vec<String> = Vec::new();
        for base in &kind.bases {
            let holding = contexts.iter().filter(|(_, dn)| dn.holds(base));
            if let Some((context, _)) = holding.max_by_key(|(_, dn)| dn.key().len())
                && !chosen.contains(context)
            {
                chosen.push((*context).clone());
            }
        }
        chosen
    }

    /// Returns all bases, without those that are beneath another one.
    pub(crate) fn bases(&self) -> Vec<Dn> {
        let all: Vec<&Dn> = self.kinds.iter().flat_map(|it| &it.bases).collect();
        let mut bases: Vec<Dn> = Vec::new();
        for (at, base) in all.iter().enumerate() {
            let is_within =
                |(other, it): (usize, &&Dn)| other != at && it.holds(base) && !(base.holds(it) && at < other);
            if !all.iter().enumerate().any(is_within) {
                bases.push((*base).clone());
            }
        }
        bases
    }
}

/// Tells whether the recycle bin of the forest is enabled (MS-ADTS section 3.1.1.9.1).
async fn has_recycle_bin(connection: &mut Connection, configuration: &str) -> Result<bool, Trouble> {
    let search = Search::entry(format!("CN=Partitions,{configuration}"), &["msDS-EnabledFeature"]);
    let is_it = |it: &String| it.to_ascii_lowercase().starts_with("cn=recycle bin feature,");
    let enabled =
        one(connection, &search, |entry| Ok(entry.texts("msDS-EnabledFeature")?.iter().any(is_it))).await?;
    Ok(enabled.unwrap_or(false))
}

/// Reads what Active Directory's schema says of each attribute (MS-ADTS section 3.1.1.2.3).
async fn refinements(connection: &mut Connection, base: &str) -> Result<Vec<Refinement>, Trouble> {
    let wanted = ["lDAPDisplayName", "rangeUpper", "systemOnly", "linkID", "systemFlags"];
    let search = Search {
        base: base.to_owned(),
        scope: Scope::OneLevel,
        filter: Filter::equal("objectClass", "attributeSchema"),
        attributes: wanted.map(str::to_owned).to_vec(),
        seconds_max: 0,
    };
    let mut found = Vec::new();
    let mut cookie = Vec::new();
    for _ in 0..SCHEMA_PAGES_MAX {
        let id = connection.send(&Request::Search(&search), &[Control::page(SCHEMA_PAGE, &cookie)]).await?;
        loop {
            let message = connection.receive(id).await?;
            match message.answer {
                Answer::Entry(entry) => found.extend(refinement(entry)?),
                Answer::Reference(_) | Answer::Intermediate(_) => {}
                Answer::Done(body) => {
                    let result = parse_result(body)?;
                    if !result.is_success() {
                        return Err(Trouble::Refused(result));
                    }
                    cookie = page_cookie(message.controls)?.unwrap_or_default();
                    break;
                }
            }
        }
        if cookie.is_empty() {
            return Ok(found);
        }
    }
    Err(Trouble::TooMuch("the schema of the directory does not end".to_owned()))
}

fn refinement(entry: Entry<'_>) -> Result<Option<Refinement>, Trouble> {
    let Some(name) = entry.text("lDAPDisplayName")? else { return Ok(None) };
    let number = |name| Ok::<_, Trouble>(entry.text(name)?.and_then(|it| it.parse::<i64>().ok()));
    /// A value is computed when it is read.
    const CONSTRUCTED: i64 = 4;
    let is_constructed = number("systemFlags")?.unwrap_or(0) & CONSTRUCTED != 0;
    Ok(Some(Refinement {
        name: name.to_owned(),
        length_max: number("rangeUpper")?.and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0),
        read_only: entry.text("systemOnly")? == Some("TRUE") || is_constructed,
        is_constructed,
        is_backlink: number("linkID")?.is_some_and(|it| it % 2 == 1),
    }))
}

/// Reads one entry; `None` if it is not there.
pub(crate) async fn one<T>(
    connection: &mut Connection,
    search: &Search,
    mut take: impl FnMut(Entry<'_>) -> Result<T, crate::ber::Malformed>,
) -> Result<Option<T>, Trouble> {
    let id = connection.send(&Request::Search(search), &[]).await?;
    let mut found = None;
    loop {
        let message = connection.receive(id).await?;
        match message.answer {
            Answer::Entry(entry) => found = Some(take(entry)?),
            Answer::Reference(_) | Answer::Intermediate(_) => {}
            Answer::Done(body) => {
                let result = parse_result(body)?;
                return match result.code {
                    crate::result::code::SUCCESS => Ok(found),
                    crate::result::code::NO_SUCH_OBJECT => Ok(None),
                    _ => Err(Trouble::Refused(result)),
                };
            }
        }
    }
}

fn unfit(what: impl Into<String>) -> Trouble {
    Trouble::Unfit(ErrorKind::ConfigInvalid, what.into())
}
