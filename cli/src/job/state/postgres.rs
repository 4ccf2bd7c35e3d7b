//! A state in PostgreSQL.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use provisio::model::Diagnostic;
use provisio::store::{MemoryStore, StateStore};
use provisio_postgres::{PostgresSettings, PostgresStore, SCHEMA};
use tokio::runtime::Runtime;
use toml::Spanned;

use super::{StateSettings, StateTable};
use crate::exit::{Exit, Trouble};
use crate::job::document::Document;
use crate::job::open::Access;
use crate::job::reference::Reference;
use crate::job::{fault, resolve};

/// What a connection string must look like.
const EXAMPLE: &str = "write `postgres = \"postgresql://user@host/database\"`, or where that stands: `\"env:NAME\"` or `\"file:PATH\"`";

/// How a job reaches its state in PostgreSQL.
pub(crate) struct DatabaseSettings {
    server: Server,
    password: Option<Reference>,
    schema: String,
    root_certificates: Option<PathBuf>,
}

/// Where the connection string stands.
enum Server {
    /// In the job file, without a password.
    Here(Box<PostgresSettings>),
    /// Elsewhere, perhaps with a password.
    There(Reference),
}

impl StateSettings {
    pub(super) fn read_postgres(
        document: &mut Document<'_>,
        section: &Range<usize>,
        postgres: &Spanned<String>,
        table: StateTable,
    ) -> Option<Self> {
        let server = Server::read(document, section, postgres);
        let password = match &table.password {
            Some(password) => Reference::read(document, section, "password", password).map(Some),
            None => Some(None),
        };
        let schema = match table.schema {
            Some(schema) => read_schema(document, &schema),
            None => Some(SCHEMA.to_owned()),
        };
        let root_certificates = table.root_certificates.map(Spanned::into_inner);
        let settings =
            DatabaseSettings { server: server?, password: password?, schema: schema?, root_certificates };
        Some(Self::Postgres(Box::new(settings)))
    }
}

impl Server {
    /// Neither the text nor its line is shown in a fault: it may hold a password.
    fn read(document: &mut Document<'_>, section: &Range<usize>, text: &Spanned<String>) -> Option<Self> {
        if Reference::is_meant(text.get_ref()) {
            return Reference::read(document, section, "postgres", text).map(Self::There);
        }
        let fault = match PostgresSettings::parse(text.get_ref()) {
            Ok(settings) if !settings.has_password() => return Some(Self::Here(Box::new(settings))),
            Ok(_) => Diagnostic::error(fault::VALUE, section.clone(), "`postgres` holds a password")
                .with_help(
                    "take it out, and say with `password = \"env:NAME\"` or `\"file:PATH\"` where it stands",
                ),
            Err(_) => Diagnostic::error(fault::VALUE, section.clone(), "`postgres` is no connection string")
                .with_help(EXAMPLE),
        };
        document.report(fault);
        None
    }
}

fn read_schema(document: &mut Document<'_>, schema: &Spanned<String>) -> Option<String> {
    match PostgresSettings::check_schema(schema.get_ref()) {
        Ok(()) => Some(schema.get_ref().clone()),
        Err(error) => {
            document.report(Diagnostic::error(fault::VALUE, schema.span(), error.to_string()));
            None
        }
    }
}

impl DatabaseSettings {
    pub(super) fn open(
        &self,
        job: &Path,
        access: Access,
        runtime: &Runtime,
    ) -> Result<Arc<dyn StateStore>, Trouble> {
        let settings = self.settings(job)?;
        let opened = runtime.block_on(async {
            match access {
                // Who only looks does not wait for a server that is away.
                Access::Look => PostgresStore::look(settings.with_reconnect_timeout(Duration::ZERO)).await,
                Access::Write => PostgresStore::open(settings).await.map(Some),
            }
        });
        match opened.map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))? {
            Some(store) => Ok(Arc::new(store)),
            None => Ok(Arc::new(MemoryStore::default())),
        }
    }

    fn settings(&self, job: &Path) -> Result<PostgresSettings, Trouble> {
        let wrong = |error: provisio_postgres::SettingsError| Trouble::of(Exit::Configuration, &error);
        let settings = match &self.server {
            Server::Here(settings) => PostgresSettings::clone(settings),
            Server::There(reference) => {
                let text = reference.get(job, "the connection string of the state")?;
                PostgresSettings::parse(text.expose()).map_err(wrong)?
            }
        };
        let mut settings = settings.with_schema(self.schema.as_str()).map_err(wrong)?;
        if let Some(password) = &self.password {
            settings = settings.with_password(&password.get(job, "the password of the state")?);
        }
        if let Some(path) = &self.root_certificates {
            settings = settings.with_root_certificates(resolve(job, path));
        }
        Ok(settings)
    }
}
