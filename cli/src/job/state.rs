//! What does `[state]` say?

#[cfg(feature = "postgres")]
mod postgres;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use provisio::model::Diagnostic;
use provisio::store::{MemoryStore, RedbStore, StateStore};
use serde::Deserialize;
use tokio::runtime::Runtime;
use toml::Spanned;

use super::document::{Document, Section};
use super::open::{Access, make_folder};
use super::{fault, resolve};
use crate::exit::Trouble;

/// Where a job keeps its state.
pub(crate) enum StateSettings {
    /// In a file; its path starts at the folder of the job file.
    File(PathBuf),
    /// In a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::DatabaseSettings>),
}

/// `[state]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateTable {
    file: Option<Spanned<PathBuf>>,
    postgres: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    schema: Option<Spanned<String>>,
    root_certificates: Option<Spanned<PathBuf>>,
}

impl StateSettings {
    pub(super) fn read(document: &mut Document<'_>, section: Section<'_>) -> Option<Self> {
        let span = section.span();
        let mut table: StateTable = section.read(document, &[])?;
        let Some(postgres) = table.postgres.take() else {
            let password = table.password.as_ref().map(|it| ("password", it.span()));
            let schema = table.schema.as_ref().map(|it| ("schema", it.span()));
            let certificates = table.root_certificates.as_ref().map(|it| ("root_certificates", it.span()));
            if let Some((key, span)) = password.or(schema).or(certificates) {
                let message = format!("`{key}` is for a state in PostgreSQL");
                document.report(
                    Diagnostic::error(fault::CONTRADICTION, span, message)
                        .with_help("leave it out, or say with `postgres` where the database is"),
                );
                return None;
            }
            let Some(file) = table.file else {
                document.report(
                    Diagnostic::error(fault::MISSING_KEY, span, "`state` has no `file`")
                        .with_help("add `file = \"out/state.redb\"`"),
                );
                return None;
            };
            return Some(Self::File(file.into_inner()));
        };
        if let Some(file) = table.file {
            document.report(
                Diagnostic::error(
                    fault::CONTRADICTION,
                    file.span(),
                    "the state is in a file or in PostgreSQL",
                )
                .with_help("leave out `file` or `postgres`"),
            );
            return None;
        }
        Self::read_postgres(document, &span, &postgres, table)
    }

    /// Returns the file, if it is in one.
    pub(super) fn file(&self, job: &Path) -> Option<PathBuf> {
        match self {
            Self::File(file) => Some(resolve(job, file)),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Returns the file beside which other files of the job are put.
    pub(super) fn beside(&self, job: &Path) -> PathBuf {
        match self {
            Self::File(file) => resolve(job, file),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => job.to_owned(),
        }
    }

    /// Opens the state.
    pub(super) fn open(
        &self,
        job: &Path,
        access: Access,
        #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "a file needs none"))]
        runtime: &Runtime,
    ) -> Result<Arc<dyn StateStore>, Trouble> {
        match self {
            Self::File(file) => {
                let file = resolve(job, file);
                if access == Access::Look && !file.exists() {
                    return Ok(Arc::new(MemoryStore::default()));
                }
                make_folder(&file)?;
                let store = RedbStore::open(&file)
                    .map_err(|error| Trouble::of_run(error.into(), Path::new(""), ""))?;
                Ok(Arc::new(store))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(settings) => settings.open(job, access, runtime),
        }
    }
}

#[cfg(not(feature = "postgres"))]
impl StateSettings {
    fn read_postgres(
        document: &mut Document<'_>,
        section: &std::ops::Range<usize>,
        _: &Spanned<String>,
        _: StateTable,
    ) -> Option<Self> {
        let message = "this build of provisio keeps no state in PostgreSQL";
        // Not the line itself, which may hold a password.
        document.report(
            Diagnostic::error(fault::VALUE, section.clone(), message)
                .with_help("build it with the feature `postgres`, or keep the state in a `file`"),
        );
        None
    }
}
