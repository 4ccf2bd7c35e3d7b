//! What does a job say about its directory? Plain data, as a job file holds it.
//!
//! Nothing here was checked yet: [`LdapConfig::faults`] finds what is wrong with it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A directory and the objects in it that a job reads and writes.
///
/// ```
/// let config: provisio_ldap::LdapConfig = toml::from_str(r#"
///     urls = ["ldaps://ldap.example.org"]
///     bind_dn = "cn=provisio,ou=services,dc=example,dc=org"
///
///     [[types]]
///     name = "user"
///     base = "ou=people,dc=example,dc=org"
///     object_classes = ["inetOrgPerson"]
///     rdn = "uid"
/// "#).unwrap();
/// assert!(config.faults().is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LdapConfig {
    /// Where the directory is: `ldaps://host:port`, `ldap://host:port`, `ldapi:///path/of/socket`. When the first does not
    /// answer, the next is tried; all must be servers of one directory.
    pub urls: Vec<String>,
    /// What kind of directory it is.
    #[serde(default)]
    pub directory: DirectoryKind,
    /// Whether a connection to `ldap://` is put under TLS before anything else is sent.
    #[serde(default)]
    pub start_tls: bool,
    /// Whether a connection without TLS may be used: names, passwords and all else are readable on the network.
    #[serde(default)]
    pub allow_clear_text: bool,
    /// A PEM file with the certificates of the authorities that are trusted. Default: those of the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_certificates: Option<PathBuf>,
    /// A PEM file with the certificate that is shown to the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_certificate: Option<PathBuf>,
    /// A PEM file with the key of `client_certificate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PathBuf>,
    /// How the connector says who it is.
    #[serde(default)]
    pub bind: BindMethod,
    /// Who it is, for `bind = "simple"`: a distinguished name, and for Active Directory also `user@domain` or `DOMAIN\user`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bind_dn: Option<String>,
    /// How many seconds a server may take for one answer.
    #[serde(default = "default_timeout_seconds")]
    pub timeout_seconds: u64,
    /// How many entries are read at a time. Active Directory sends at most 1000.
    #[serde(default = "default_page_size")]
    pub page_size: u32,
    /// What happens when the directory says that a part of it is on another server.
    #[serde(default)]
    pub referrals: Referrals,
    /// How it is found out what changed since the last cycle. Nobody asks a target that: [`ChangeFeed::None`] saves the
    /// questions that each full read begins with.
    #[serde(default)]
    pub changes: ChangeFeed,
    /// Whether an object is only written while it is as it was when the plan was made: with the assertion control (RFC 4528).
    #[serde(default)]
    pub versions: bool,
    /// Identifies objects: an attribute with one value that never changes. Default: `entryUUID`, or `objectGUID`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// The kinds of objects, each name once.
    pub types: Vec<LdapType>,
}

/// What kind of directory it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DirectoryKind {
    /// A directory that keeps to the LDAP standards, with an operational attribute that identifies entries.
    #[default]
    Standard,
    /// Active Directory.
    ActiveDirectory,
}

/// How the connector says who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BindMethod {
    /// By name and password.
    #[default]
    Simple,
    /// By what the connection proves already: the client's certificate, or the user behind a local socket (SASL EXTERNAL).
    External,
    /// Not at all.
    Anonymous,
}

/// What happens when the directory says that a part of it is on another server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Referrals {
    /// The read is not complete.
    #[default]
    Incomplete,
    /// That part does not belong to what is read.
    Ignore,
}

/// How it is found out what changed in the directory since the last cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChangeFeed {
    /// As the server offers it; where it offers nothing, everything is read and compared.
    #[default]
    Auto,
    /// Everything is read and compared.
    None,
    /// By content synchronisation (RFC 4533).
    Sync,
    /// By what Active Directory replicates. The account needs the right `Replicating Directory Changes`.
    DirSync,
    /// By the numbers that a domain controller gives to its changes, `uSNChanged`. The account has to see deleted objects.
    Usn,
    /// By `modifyTimestamp`, for servers that tell nothing: all entries are listed with it, and compared with the list before.
    Timestamps,
}

/// One kind of objects: where they are, how they are known, and how new ones are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LdapType {
    /// The object type in mappings.
    pub name: String,
    /// Beneath which entry the objects are.
    pub base: String,
    /// Further entries beneath which they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more_bases: Vec<String>,
    /// How far beneath.
    #[serde(default)]
    pub scope: TypeScope,
    /// Which entries there are such objects, as RFC 4515 writes filters. Default: those with the first of `object_classes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The object classes of new objects. Their attributes are what the objects may have.
    pub object_classes: Vec<String>,
    /// Object classes whose attributes objects may have besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub auxiliary_classes: Vec<String>,
    /// The attribute that names an object within its container.
    pub rdn: String,
    /// In which entry new objects are made. Default: `base`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Whether containers named by `ou` that are not there are made for new objects and for those that move.
    #[serde(default)]
    pub create_containers: bool,
    /// What happens when another object has the name within the container.
    #[serde(default)]
    pub name_collision: NameCollision,
    /// Whether an object is deleted together with whatever is beneath it. Else one that has something beneath it is not
    /// deleted.
    #[serde(default)]
    pub delete_trees: bool,
    /// Whether objects that were deleted and can be restored belong to the type, with `isDeleted`: in Active Directory.
    #[serde(default)]
    pub deleted_objects: bool,
    /// To which object types attributes refer, such as `manager = ["user"]`. Default: to all of them.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub references: std::collections::BTreeMap<String, Vec<String>>,
    /// A name that stands in attributes that must refer to something, such as the members of an empty group. It is never
    /// shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// What must hold so that a read counts as whole.
    #[serde(default)]
    pub expect: Expect,
}

/// How far beneath its base objects are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TypeScope {
    /// At any depth.
    #[default]
    Subtree,
    /// Directly beneath it.
    OneLevel,
}

/// What happens when another object has the name within the container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NameCollision {
    /// The write is refused.
    #[default]
    Refuse,
    /// A number is put behind the name: `Ann Lee 2`. For names that are mapped on create only.
    Number,
}

/// What must hold so that a read counts as whole, besides what the protocol proves.
///
/// A directory does not say what it hides from an account. Only what is known beforehand can show it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Expect {
    /// At least so many objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_objects: Option<u64>,
    /// Names of entries that the account can see when it sees all that it should, such as one in each part of the tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<String>,
}

impl LdapConfig {
    /// Uses these servers, and reads and writes objects of these types.
    pub fn new<U: Into<String>>(
        urls: impl IntoIterator<Item = U>,
        types: impl IntoIterator<Item = LdapType>,
    ) -> Self {
        Self {
            urls: urls.into_iter().map(Into::into).collect(),
            directory: DirectoryKind::default(),
            start_tls: false,
            allow_clear_text: false,
            root_certificates: None,
            client_certificate: None,
            client_key: None,
            bind: BindMethod::default(),
            bind_dn: None,
            timeout_seconds: default_timeout_seconds(),
            page_size: default_page_size(),
            referrals: Referrals::default(),
            changes: ChangeFeed::default(),
            versions: false,
            anchor: None,
            types: types.into_iter().collect(),
        }
    }

    /// Uses the network without TLS too: only for tests on one machine.
    #[must_use]
    pub fn in_clear_text(mut self) -> Self {
        self.allow_clear_text = true;
        self
    }
}

impl LdapType {
    /// Makes a type of the objects of one class beneath an entry.
    pub fn new(
        name: impl Into<String>,
        base: impl Into<String>,
        object_class: impl Into<String>,
        rdn: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            base: base.into(),
            more_bases: Vec::new(),
            scope: TypeScope::default(),
            filter: None,
            object_classes: vec![object_class.into()],
            auxiliary_classes: Vec::new(),
            rdn: rdn.into(),
            container: None,
            create_containers: false,
            name_collision: NameCollision::default(),
            delete_trees: false,
            deleted_objects: false,
            references: std::collections::BTreeMap::new(),
            placeholder: None,
            expect: Expect::default(),
        }
    }

    pub(crate) fn bases(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.base).chain(&self.more_bases).map(String::as_str)
    }
}

fn default_timeout_seconds() -> u64 {
    30
}

fn default_page_size() -> u32 {
    1_000
}
