//! From a job file to a job: `path -> text -> JobFile -> Opened`.
//!
//! `document` reads TOML with all its faults, `source` and `target` the settings of connectors, `open` opens what
//! they name. `docs/job-format.md` describes the file.

mod cycle;
mod document;
mod fault;
#[cfg(feature = "ldap")]
mod ldap;
mod mending;
mod message;
mod monitoring;
mod open;
mod positive;
mod reference;
#[cfg(feature = "scim")]
mod scim;
mod source;
mod state;
mod target;

use std::fs;
use std::path::{Path, PathBuf};

use provisio::MappingSpec;
use provisio::model::Diagnostic;
use serde::Deserialize;
use toml::Spanned;

use self::cycle::CycleFile;
pub(crate) use self::cycle::target_word;
use self::document::{Document, Section};
use crate::exit::{Exit, FileFaults, Trouble};
use crate::request::RequestFile;

#[cfg(feature = "webhook")]
pub(crate) use monitoring::AlertSettings;
use monitoring::MonitoringSettings;
pub(crate) use open::{Access, OpenState, Opened, open};
use source::SourceSettings;
use state::StateSettings;
use target::TargetSettings;

/// The one version of the format that this program reads.
const FORMAT: u64 = 1;
/// What a folder is searched for.
const FILE_NAME: &str = "job.toml";
/// The tables that say how runs follow each other, and who is told of them; all may be missing.
const OPTIONAL: [&str; 4] = ["cycle", "log", "metrics", "alerts"];
/// The largest file that is read.
const BYTES_MAX: u64 = 1024 * 1024;

/// A job file and the mapping that it names, both without faults.
pub(crate) struct JobFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Names the job in the state.
    pub(crate) name: String,
    /// Where the mapping is.
    pub(crate) mapping_path: PathBuf,
    /// The text of the mapping.
    pub(crate) mapping_text: String,
    /// The mapping.
    pub(crate) mapping: MappingSpec,
    source: SourceSettings,
    target: TargetSettings,
    state: StateSettings,
    /// How runs follow each other.
    pub(crate) cycle: CycleFile,
    /// Who is told of runs.
    pub(crate) monitoring: MonitoringSettings,
}

/// What stands at the top of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Top {
    #[serde(rename = "format")]
    _format: u64,
    name: Spanned<String>,
    #[serde(rename = "mapping")]
    _mapping: String,
}

impl JobFile {
    /// Reads a job file, or the `job.toml` of a folder, and its mapping.
    pub(crate) fn load(path: &Path) -> Result<Self, Trouble> {
        let path = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
        let text = read(&path).map_err(|error| {
            let help = "name a job file, or a folder with a `job.toml`; docs/job-format.md describes it";
            Trouble::file(Exit::Configuration, "read", &path, &error).with_help(help)
        })?;
        let mut all = Vec::new();
        let mut document = Document::new(&text);
        let job = Self::read(&mut document, &path, &mut all);
        let faults = document.finish();
        if !faults.is_empty() {
            all.insert(0, FileFaults { path, text: text.clone(), faults });
        }
        job.filter(|_| all.is_empty()).ok_or(Trouble::Faults(all))
    }

    fn read(document: &mut Document<'_>, path: &Path, others: &mut Vec<FileFaults>) -> Option<Self> {
        let mut root = document.parse()?;
        if !format_is_known(document, &root) {
            return None;
        }
        // Also when something else is wrong: all faults of both files are shown at once.
        let mapping = root.text("mapping").and_then(|it| load_mapping(document, path, it, others));
        let source = root.take_table(document, "source", "[source]");
        let target = root.take_table(document, "target", "[target]");
        let state = root.take_table(document, "state", "[state]` with `file = \"out/state.redb\"");
        let [cycle, log, metrics, alerts] = OPTIONAL.map(|key| root.take_optional_table(document, key));
        let known = ["source", "target", "state"].into_iter().chain(OPTIONAL).collect::<Vec<_>>();
        let top: Option<Top> = root.read(document, &known);
        let source = source.and_then(|it| SourceSettings::read(document, it));
        let target = target.and_then(|it| TargetSettings::read(document, it));
        let state = state.and_then(|it| StateSettings::read(document, it));
        let cycle = CycleFile::read(document, cycle);
        let monitoring = MonitoringSettings::read(document, log, metrics, alerts);
        let Top { name, .. } = top?;
        let name = check_name(document, name);
        let MappingFile { path: mapping_path, text: mapping_text, spec } = mapping?;
        Some(Self {
            path: path.to_owned(),
            name: name?,
            mapping_path,
            mapping_text,
            mapping: spec,
            source: source?,
            target: target?,
            state: state?,
            cycle: cycle?,
            monitoring: monitoring?,
        })
    }

    /// Returns the file that the state is kept in, if it is in one.
    pub(crate) fn state_file(&self) -> Option<PathBuf> {
        self.state.file(&self.path)
    }

    /// Returns where a request to the run that is under way is left.
    pub(crate) fn request(&self) -> RequestFile {
        RequestFile::of(&self.state.beside(&self.path), &self.name)
    }

    /// Returns the folder that the log lies in; `None` when there is no log.
    pub(crate) fn log_folder(&self) -> Option<PathBuf> {
        self.monitoring.log_folder(&self.path, &self.name, &self.state.beside(&self.path))
    }
}

/// A mapping file that was read.
pub(crate) struct MappingFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// What it says.
    pub(crate) spec: MappingSpec,
}

impl MappingFile {
    /// Reads a mapping file.
    pub(crate) fn load(path: &Path) -> Result<Self, Trouble> {
        let path = path.to_owned();
        let text = read(&path).map_err(|error| Trouble::file(Exit::Configuration, "read", &path, &error))?;
        match provisio::spec::load(&text) {
            Ok(spec) => Ok(Self { path, text, spec }),
            Err(faults) => Err(Trouble::Faults(vec![FileFaults { path, text, faults }])),
        }
    }

    /// Shows faults of the mapping in its file.
    pub(crate) fn trouble(&self, faults: Vec<Diagnostic>) -> Trouble {
        Trouble::Faults(vec![FileFaults { path: self.path.clone(), text: self.text.clone(), faults }])
    }
}

fn load_mapping(
    document: &mut Document<'_>,
    job: &Path,
    name: Spanned<String>,
    others: &mut Vec<FileFaults>,
) -> Option<MappingFile> {
    let path = resolve(job, Path::new(name.get_ref()));
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) => {
            document.report(
                Diagnostic::error(
                    fault::VALUE,
                    name.span(),
                    format!("cannot read `{}`: {error}", path.display()),
                )
                .with_help("a relative path starts at the folder of the job file"),
            );
            return None;
        }
    };
    match provisio::spec::load(&text) {
        Ok(spec) => Some(MappingFile { path, text, spec }),
        Err(faults) => {
            others.push(FileFaults { path, text, faults });
            None
        }
    }
}

/// Tells whether the rest of the file can be read: what another format means is not known here. A format that is
/// missing or no number is reported with everything else.
fn format_is_known(document: &mut Document<'_>, root: &Section<'_>) -> bool {
    match root.integer("format") {
        Some((format, span)) if format != FORMAT => {
            document.report(
                Diagnostic::error(fault::FORMAT, span, format!("format {format} is not known"))
                    .with_help(format!("write `format = {FORMAT}`, the only one that this version reads")),
            );
            false
        }
        _ => true,
    }
}

fn check_name(document: &mut Document<'_>, name: Spanned<String>) -> Option<String> {
    let is_good = !name.get_ref().trim().is_empty() && !name.get_ref().contains(char::is_control);
    if !is_good {
        document.report(
            Diagnostic::error(fault::VALUE, name.span(), "`name` is empty, or has a line break in it")
                .with_help("give the job a short name; its state is kept under it"),
        );
    }
    is_good.then(|| name.into_inner())
}

/// Returns a path that is written in the job file, which starts at its folder.
fn resolve(job: &Path, path: &Path) -> PathBuf {
    folder(job).join(path)
}

/// Returns the folder that a file lies in.
fn folder(file: &Path) -> &Path {
    file.parent().unwrap_or(Path::new(""))
}

fn read(path: &Path) -> std::io::Result<String> {
    let length = fs::metadata(path)?.len();
    if length > BYTES_MAX {
        return Err(std::io::Error::other(format!("it has {length} bytes, more than {BYTES_MAX}")));
    }
    fs::read_to_string(path)
}
