//! What does `[target]` say? And what does an embedded directory hold?

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use provisio::connector::{Source, Target};
use provisio::model::{AttributeSchema, Diagnostic, Mutability, ObjectSchema, Schema, Uniqueness, ValueKind};
use provisio_memory::{FileError, MemoryDirectory, directory_schema};
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::open::{Access, make_folder};
use super::{fault, message, resolve};
use crate::exit::{Exit, Trouble};

/// The connectors that can be a target.
const CONNECTORS: &[&str] = &[
    "directory",
    #[cfg(feature = "ldap")]
    "ldap",
    #[cfg(feature = "scim")]
    "scim",
];

/// The settings of a target.
pub(super) enum TargetSettings {
    /// An embedded directory.
    Directory(DirectorySettings),
    /// An LDAP directory.
    #[cfg(feature = "ldap")]
    Ldap(Box<super::ldap::LdapSettings>),
    /// A SCIM service.
    #[cfg(feature = "scim")]
    Scim(Box<super::scim::ServiceSettings>),
}

impl TargetSettings {
    /// Reads `[target]`.
    pub(super) fn read(document: &mut Document<'_>, mut section: Section<'_>) -> Option<Self> {
        let connector = section.take_text(document, "connector", "connector = \"directory\"")?;
        match connector.get_ref().as_str() {
            "directory" => DirectorySettings::read(document, section).map(Self::Directory),
            #[cfg(feature = "ldap")]
            "ldap" => super::ldap::LdapSettings::read(document, section).map(|it| Self::Ldap(Box::new(it))),
            #[cfg(feature = "scim")]
            "scim" => {
                super::scim::ServiceSettings::read(document, section).map(|it| Self::Scim(Box::new(it)))
            }
            other => {
                document.report(message::unknown_word("connector", other, CONNECTORS, connector.span()));
                None
            }
        }
    }

    /// Opens the target of a job file.
    pub(super) fn open(&self, job: &Path, access: Access) -> Result<Arc<dyn Target>, Trouble> {
        match self {
            Self::Directory(settings) => settings.open_target(job, access),
            #[cfg(feature = "ldap")]
            Self::Ldap(settings) => Ok(Arc::new(settings.open_target(job)?)),
            #[cfg(feature = "scim")]
            Self::Scim(settings) => Ok(Arc::new(settings.open(job)?)),
        }
    }
}

/// The settings of an embedded directory.
pub(super) struct DirectorySettings {
    file: PathBuf,
    schema: Schema,
}

/// The table of an embedded directory.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryTable {
    file: PathBuf,
    #[serde(default)]
    types: Vec<TypeTable>,
}

/// One object type: `[[target.types]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeTable {
    name: Spanned<String>,
    attributes: Vec<AttributeTable>,
}

/// One attribute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeTable {
    name: Spanned<String>,
    #[serde(default, rename = "type")]
    kind: AttributeKind,
    #[serde(default)]
    multi_valued: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    case_exact: bool,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    mutability: Mutability,
    length_max: Option<usize>,
}

/// What an attribute of a directory may hold.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AttributeKind {
    #[default]
    Text,
    Bool,
    Int,
    Decimal,
    Timestamp,
    Reference,
    Secret,
}

impl DirectorySettings {
    /// Reads the settings of a directory.
    pub(super) fn read(document: &mut Document<'_>, section: Section<'_>) -> Option<Self> {
        let table: DirectoryTable = section.read(document, &["connector"])?;
        let schema = match table.types.as_slice() {
            [] => directory_schema(),
            types => schema(document, types)?,
        };
        Some(Self { file: table.file, schema })
    }

    /// Opens the directory as a target.
    fn open_target(&self, job: &Path, access: Access) -> Result<Arc<dyn Target>, Trouble> {
        let path = resolve(job, &self.file);
        if access == Access::Look && !path.exists() {
            // There is nothing yet to look at, and looking must not make it.
            return Ok(Arc::new(MemoryDirectory::new(self.schema.clone())));
        }
        make_folder(&path)?;
        Ok(Arc::new(MemoryDirectory::open(&path, self.schema.clone()).map_err(|it| trouble("target", &it))?))
    }

    /// Opens the directory as a source. It must be there: that a file is missing does not mean that its objects
    /// are gone.
    pub(super) fn open_source(&self, job: &Path) -> Result<Arc<dyn Source>, Trouble> {
        let path = resolve(job, &self.file);
        if !path.exists() {
            let message = format!("the source cannot be used: there is no file `{}`", path.display());
            return Err(Trouble::new(Exit::Connection, message));
        }
        Ok(Arc::new(MemoryDirectory::open(&path, self.schema.clone()).map_err(|it| trouble("source", &it))?))
    }
}

fn trouble(side: &str, error: &FileError) -> Trouble {
    let exit = match error {
        FileError::NotADirectory { .. } | FileError::OtherSchema { .. } => Exit::Configuration,
        _ => Exit::Connection,
    };
    let trouble = Trouble::of(exit, error).under(format!("the {side} cannot be used"));
    match error {
        FileError::InUse { .. } => trouble.with_help("wait until the other run has ended, and try again"),
        FileError::OtherSchema { .. } => {
            trouble.with_help("mend `types` in the job file, or begin a new directory in another file")
        }
        _ => trouble,
    }
}

/// Makes the schema of own object types.
fn schema(document: &mut Document<'_>, types: &[TypeTable]) -> Option<Schema> {
    let mut faults = Vec::new();
    let mut report = |name: &Spanned<String>, message: String| {
        faults.push(Diagnostic::error(fault::CONTRADICTION, name.span(), message));
    };
    let all: BTreeSet<&str> = types.iter().map(|it| it.name.get_ref().as_str()).collect();
    let mut seen = BTreeSet::new();
    for TypeTable { name, attributes } in types {
        if name.get_ref().is_empty() {
            report(name, "the object type has an empty name".to_owned());
        }
        if !seen.insert(name.get_ref()) {
            report(name, format!("two object types are called `{}`", name.get_ref()));
        }
        let mut seen = BTreeSet::new();
        for attribute in attributes {
            let name = &attribute.name;
            if name.get_ref().is_empty() {
                report(name, "the attribute has an empty name".to_owned());
            }
            if !seen.insert(name.get_ref().to_lowercase()) {
                report(name, format!("two attributes are called `{}`", name.get_ref()));
            }
            for fault in attribute_faults(attribute, &all) {
                report(name, format!("attribute `{}`: {fault}", name.get_ref()));
            }
        }
    }
    let is_clean = faults.is_empty();
    faults.into_iter().for_each(|it| document.report(it));
    is_clean.then(|| {
        Schema::new(types.iter().map(|it| {
            ObjectSchema::new(it.name.get_ref().as_str(), it.attributes.iter().map(attribute_schema))
        }))
    })
}

fn attribute_faults(attribute: &AttributeTable, types: &BTreeSet<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    let is_reference = attribute.kind == AttributeKind::Reference;
    if is_reference && attribute.references.is_empty() {
        faults.push("a reference says in `references` which object types it may point to".to_owned());
    }
    if !is_reference && !attribute.references.is_empty() {
        faults.push("`references` is for the type `reference`".to_owned());
    }
    for unknown in attribute.references.iter().filter(|it| !types.contains(it.as_str())) {
        faults.push(format!("there is no object type `{unknown}` to point to"));
    }
    let is_text = matches!(attribute.kind, AttributeKind::Text | AttributeKind::Secret);
    if attribute.length_max.is_some() && !is_text {
        faults.push("`length_max` is for the types `text` and `secret`".to_owned());
    }
    faults
}

fn attribute_schema(table: &AttributeTable) -> AttributeSchema {
    let kind = match table.kind {
        AttributeKind::Text => ValueKind::Text,
        AttributeKind::Bool => ValueKind::Bool,
        AttributeKind::Int => ValueKind::Int,
        AttributeKind::Decimal => ValueKind::Decimal,
        AttributeKind::Timestamp => ValueKind::Timestamp,
        AttributeKind::Reference => ValueKind::Reference,
        AttributeKind::Secret => ValueKind::Secret,
    };
    let name = table.name.get_ref().as_str();
    let mut schema = match kind {
        ValueKind::Reference => AttributeSchema::reference(name, table.references.iter().map(String::as_str)),
        kind => AttributeSchema::new(name, kind),
    };
    schema.multi_valued = table.multi_valued;
    schema.required = table.required;
    schema.case_exact |= table.case_exact;
    schema.length_max = table.length_max;
    // A secret is never read back, whatever else is said.
    schema.mutability = if kind == ValueKind::Secret { Mutability::WriteOnly } else { table.mutability };
    if table.unique {
        schema.uniqueness = Uniqueness::System;
    }
    schema
}
