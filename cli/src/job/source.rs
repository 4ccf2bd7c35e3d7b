//! What does `[source]` say?

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use provisio::connector::Source;
use provisio::model::Diagnostic;
use provisio_hr::{CsvConfig, CsvSource};
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::target::DirectorySettings;
use super::{fault, folder, message};
use crate::exit::{Exit, Trouble};

/// The connectors that can be a source.
const CONNECTORS: &[&str] = &[
    "csv",
    "directory",
    #[cfg(feature = "ldap")]
    "ldap",
    #[cfg(feature = "scim")]
    "scim",
];

/// The settings of a source.
pub(super) enum SourceSettings {
    /// CSV files.
    Csv(CsvConfig),
    /// An embedded directory.
    Directory(DirectorySettings),
    /// An LDAP directory.
    #[cfg(feature = "ldap")]
    Ldap(Box<super::ldap::LdapSettings>),
    /// A SCIM service.
    #[cfg(feature = "scim")]
    Scim(Box<super::scim::ServiceSettings>),
}

impl SourceSettings {
    pub(super) fn read(document: &mut Document<'_>, mut section: Section<'_>) -> Option<Self> {
        let connector = section.take_text(document, "connector", "connector = \"csv\"")?;
        match connector.get_ref().as_str() {
            "csv" => read_csv(document, section).map(Self::Csv),
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

    /// Opens the source of a job file.
    pub(super) fn open(&self, job: &Path) -> Result<Arc<dyn Source>, Trouble> {
        match self {
            Self::Csv(config) => {
                let source = CsvSource::new(config.clone(), folder(job));
                Ok(Arc::new(source.map_err(|error| Trouble::of(Exit::Configuration, &error))?))
            }
            Self::Directory(settings) => settings.open_source(job),
            #[cfg(feature = "ldap")]
            Self::Ldap(settings) => Ok(Arc::new(settings.open_source(job)?)),
            #[cfg(feature = "scim")]
            Self::Scim(settings) => Ok(Arc::new(settings.open(job)?)),
        }
    }
}

/// The places of what faults of [`CsvConfig`] are about.
#[derive(Default, Deserialize)]
struct Places {
    #[serde(default)]
    files: Vec<FilePlaces>,
}

#[derive(Deserialize)]
struct FilePlaces {
    path: Spanned<String>,
    #[serde(default)]
    columns: Vec<BTreeMap<String, Spanned<toml::Value>>>,
}

fn read_csv(document: &mut Document<'_>, section: Section<'_>) -> Option<CsvConfig> {
    let span = section.span();
    let places: Places = section.read_silently().unwrap_or_default();
    let config: CsvConfig = section.read(document, &["connector"])?;
    let faults = config.faults();
    for fault in &faults {
        let place = places.of(fault).unwrap_or_else(|| span.clone());
        document.report(Diagnostic::error(fault::CONTRADICTION, place, fault.clone()));
    }
    faults.is_empty().then_some(config)
}

impl Places {
    /// Finds what a fault is about: it begins with the file, and the column if it is about one.
    fn of(&self, fault: &str) -> Option<Range<usize>> {
        let file =
            self.files.iter().find(|it| fault.starts_with(&format!("file `{}`", it.path.get_ref())))?;
        let named = |column: &&BTreeMap<String, Spanned<toml::Value>>| {
            let name = column.get("name").and_then(|it| it.get_ref().as_str());
            name.is_some_and(|name| fault.contains(&format!(", column `{name}`: ")))
        };
        let column = file.columns.iter().find(named);
        // The first key that the fault names, else the name of the column.
        let key = column.and_then(|column| {
            let named = column.iter().find(|(key, _)| fault.contains(&format!("`{key}`")) && *key != "name");
            named.map(|(_, value)| value.span()).or_else(|| column.get("name").map(Spanned::span))
        });
        Some(key.unwrap_or_else(|| file.path.span()))
    }
}
