//! What do `[source]` and `[target]` say of an LDAP directory?

use std::path::{Path, PathBuf};

use provisio::model::Diagnostic;
use provisio_ldap::{ChangeFeed, Ldap, LdapConfig};
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::reference::Reference;
use super::{fault, resolve};
use crate::exit::{Exit, Trouble};

/// The settings of an LDAP directory.
pub(super) struct LdapSettings {
    config: LdapConfig,
    password: Option<Reference>,
}

/// The places of what faults of [`LdapConfig`] are about.
#[derive(Default, Deserialize)]
struct Places {
    #[serde(default)]
    types: Vec<TypePlaces>,
}

#[derive(Deserialize)]
struct TypePlaces {
    name: Spanned<String>,
}

impl LdapSettings {
    /// Reads the settings.
    pub(super) fn read(document: &mut Document<'_>, mut section: Section<'_>) -> Option<Self> {
        let span = section.span();
        let text = section.take_optional_text(document, "password", "password = \"env:LDAP_PASSWORD\"");
        let places: Places = section.read_silently().unwrap_or_default();
        let config: LdapConfig = section.read(document, &["connector", "password"])?;
        let password = match text {
            Some(text) => Some(Reference::read(document, &span, "password", &text)?),
            None => None,
        };
        let faults = config.faults();
        for fault in &faults {
            let place = fault.of_type.and_then(|it| places.types.get(it)).map(|it| it.name.span());
            let place = place.unwrap_or_else(|| span.clone());
            document.report(Diagnostic::error(fault::CONTRADICTION, place, fault.message.clone()));
        }
        faults.is_empty().then_some(Self { config, password })
    }

    /// Opens the directory as a source. Nothing is connected to.
    pub(super) fn open_source(&self, job: &Path) -> Result<Ldap, Trouble> {
        self.open(job, "source", self.config.clone())
    }

    /// Opens the directory as a target. Nothing is connected to.
    pub(super) fn open_target(&self, job: &Path) -> Result<Ldap, Trouble> {
        let mut config = self.config.clone();
        // Nobody asks a target what changed in it.
        config.changes = ChangeFeed::None;
        self.open(job, "target", config)
    }

    fn open(&self, job: &Path, side: &str, mut config: LdapConfig) -> Result<Ldap, Trouble> {
        let at_the_job = |path: &mut Option<PathBuf>| {
            if let Some(path) = path {
                *path = resolve(job, path);
            }
        };
        at_the_job(&mut config.root_certificates);
        at_the_job(&mut config.client_certificate);
        at_the_job(&mut config.client_key);
        let password = self.password.as_ref().map(|it| it.get(job, &format!("the password of the {side}")));
        let ldap = Ldap::new(config, password.transpose()?);
        ldap.map_err(|error| {
            Trouble::of(Exit::Configuration, &error).under(format!("the {side} cannot be used"))
        })
    }
}
