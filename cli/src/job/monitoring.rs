//! What do `[log]`, `[metrics]` and `[alerts]` say?

use std::path::{Path, PathBuf};
use std::time::Duration;

use provisio::log::{
    LogSettings, OnFailure, PSEUDONYM_KEY_BYTES_MIN, PersonalData, PseudonymKey, Rotation, Skips, folder_of,
};
use provisio::model::{Diagnostic, Secret};
use provisio::monitor::Alert;
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::positive::Positive;
use super::reference::Reference;
use super::{fault, folder, message, resolve};
use crate::exit::{Exit, Trouble};

/// The folder for logs, beside the state.
const LOGS: &str = "log";
const MEGABYTE: u64 = 1 << 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// What is told of runs, and where.
#[derive(Default)]
pub(crate) struct MonitoringSettings {
    log: LogTable,
    key: Option<Reference>,
    metrics: Option<PathBuf>,
    #[cfg_attr(not(feature = "webhook"), expect(dead_code, reason = "nothing sends them in this build"))]
    pub(crate) alerts: Option<AlertSettings>,
}

/// `[log]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LogTable {
    enabled: bool,
    folder: Option<PathBuf>,
    tenant: Option<String>,
    skips: SkipsWord,
    personal_data: PersonalDataWord,
    key: Option<Spanned<String>>,
    file_megabytes: Positive,
    file_hours: Positive,
    keep_days: Positive,
    keep_megabytes: Positive,
    on_failure: OnFailureWord,
}

impl Default for LogTable {
    fn default() -> Self {
        Self {
            enabled: true,
            folder: None,
            tenant: None,
            skips: SkipsWord::Changes,
            personal_data: PersonalDataWord::Plain,
            key: None,
            file_megabytes: Positive(64),
            file_hours: Positive(24),
            keep_days: Positive(90),
            keep_megabytes: Positive(2048),
            on_failure: OnFailureWord::Continue,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SkipsWord {
    Changes,
    All,
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum PersonalDataWord {
    Plain,
    Pseudonymised,
    Omitted,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OnFailureWord {
    Continue,
    Stop,
}

/// `[metrics]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricsTable {
    file: PathBuf,
}

/// `[alerts]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertsTable {
    url: Spanned<String>,
    secret: Option<Spanned<String>>,
    #[serde(default)]
    only: Vec<Spanned<String>>,
    #[serde(default = "ten")]
    timeout_seconds: Positive,
    #[serde(default = "five")]
    attempts: Positive,
}

fn ten() -> Positive {
    Positive(10)
}

fn five() -> Positive {
    Positive(5)
}

/// Where alerts go.
#[cfg_attr(not(feature = "webhook"), expect(dead_code, reason = "nothing sends them in this build"))]
pub(crate) struct AlertSettings {
    pub(crate) url: Reference,
    pub(crate) secret: Option<Reference>,
    /// Their names; empty for all.
    pub(crate) only: Vec<String>,
    pub(crate) timeout: Duration,
    pub(crate) attempts: u32,
}

impl MonitoringSettings {
    /// Reads the sections, none of which needs to be there.
    pub(super) fn read(
        document: &mut Document<'_>,
        log: Option<Section<'_>>,
        metrics: Option<Section<'_>>,
        alerts: Option<Section<'_>>,
    ) -> Option<Self> {
        let log_span = log.as_ref().map(Section::span);
        let log: Option<LogTable> = match log {
            Some(section) => section.read(document, &[]),
            None => Some(LogTable::default()),
        };
        let metrics: Option<Option<MetricsTable>> = match metrics {
            Some(section) => section.read(document, &[]).map(Some),
            None => Some(None),
        };
        let alerts = match alerts {
            Some(section) => AlertSettings::read(document, section).map(Some),
            None => Some(None),
        };
        let log = log?;
        let log_span = log_span.unwrap_or(0..0);
        let key = match (&log.key, log.personal_data) {
            (Some(key), PersonalDataWord::Pseudonymised) => {
                Some(Reference::read(document, &log_span, "key", key)?)
            }
            (Some(key), _) => {
                document.report(
                    Diagnostic::error(
                        fault::CONTRADICTION,
                        key.span(),
                        "`key` is for `personal_data = \"pseudonymised\"`",
                    )
                    .with_help("leave it out, or say what it is for"),
                );
                return None;
            }
            (None, PersonalDataWord::Pseudonymised) => {
                document.report(
                    Diagnostic::error(
                        fault::MISSING_KEY,
                        log_span,
                        "`[log]` has no `key` to make pseudonyms with",
                    )
                    .with_help("add `key = \"env:PROVISIO_LOG_KEY\"` or `key = \"file:PATH\"`"),
                );
                return None;
            }
            (None, _) => None,
        };
        Some(Self { log, key, metrics: metrics?.map(|it| it.file), alerts: alerts? })
    }

    /// Returns the folder that the log of a job lies in; `None` when there is no log.
    pub(crate) fn log_folder(&self, job: &Path, name: &str, state: &Path) -> Option<PathBuf> {
        let is_wanted = self.log.enabled;
        is_wanted.then(|| match &self.log.folder {
            Some(folder) => resolve(job, folder),
            None => folder_of(&folder(state).join(LOGS), name),
        })
    }

    /// Returns how much of personal data is told; gets the key for pseudonyms.
    pub(crate) fn personal_data(&self, job: &Path) -> Result<PersonalData, Trouble> {
        Ok(match (self.log.personal_data, &self.key) {
            (PersonalDataWord::Plain, _) => PersonalData::Plain,
            (PersonalDataWord::Omitted, _) => PersonalData::Omitted,
            (PersonalDataWord::Pseudonymised, key) => {
                let what = "the key of the log";
                let key: Secret = match key {
                    Some(key) => key.get(job, what)?,
                    None => {
                        return Err(Trouble::new(Exit::Configuration, format!("{what} is not configured")));
                    }
                };
                let key = PseudonymKey::new(key.expose().as_bytes());
                let help = format!("use at least {PSEUDONYM_KEY_BYTES_MIN} random characters");
                PersonalData::Pseudonymised(
                    key.map_err(|error| Trouble::of(Exit::Configuration, &error).with_help(help))?,
                )
            }
        })
    }

    /// Returns how the log in a folder is kept.
    pub(crate) fn log(&self, folder: PathBuf, personal_data: PersonalData) -> LogSettings {
        let log = &self.log;
        LogSettings {
            folder,
            rotation: Rotation {
                file_bytes: u64::from(log.file_megabytes.0) * MEGABYTE,
                file_age: HOUR * log.file_hours.0,
                keep_age: HOUR * 24 * log.keep_days.0,
                keep_bytes: u64::from(log.keep_megabytes.0) * MEGABYTE,
            },
            personal_data,
            skips: match log.skips {
                SkipsWord::Changes => Skips::Changes,
                SkipsWord::All => Skips::All,
                SkipsWord::None => Skips::None,
            },
            tenant: log.tenant.as_deref().map(Into::into),
            on_failure: match log.on_failure {
                OnFailureWord::Continue => OnFailure::Continue,
                OnFailureWord::Stop => OnFailure::Stop,
            },
        }
    }

    /// Returns the file that metrics are written to.
    pub(crate) fn metrics(&self, job: &Path) -> Option<PathBuf> {
        self.metrics.as_ref().map(|it| resolve(job, it))
    }
}

impl AlertSettings {
    fn read(document: &mut Document<'_>, section: Section<'_>) -> Option<Self> {
        let span = section.span();
        let table: AlertsTable = section.read(document, &[])?;
        if cfg!(not(feature = "webhook")) {
            document.report(
                Diagnostic::error(fault::VALUE, span.clone(), "this build of provisio sends no alerts")
                    .with_help("build it with the feature `webhook`, or leave `[alerts]` out"),
            );
            return None;
        }
        let url = Reference::read(document, &span, "url", &table.url);
        let secret = match &table.secret {
            Some(secret) => Reference::read(document, &span, "secret", secret).map(Some),
            None => Some(None),
        };
        let mut is_clean = true;
        for name in table.only.iter().filter(|it| !Alert::NAMES.contains(&it.get_ref().as_str())) {
            document.report(message::unknown_word("only", name.get_ref(), &Alert::NAMES, name.span()));
            is_clean = false;
        }
        let settings = Self {
            url: url?,
            secret: secret?,
            only: table.only.into_iter().map(Spanned::into_inner).collect(),
            timeout: Duration::from_secs(u64::from(table.timeout_seconds.0)),
            attempts: table.attempts.0,
        };
        is_clean.then_some(settings)
    }
}
