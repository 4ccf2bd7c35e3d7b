//! A saved plan: the plan document, and which job it belongs to.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use provisio::Plan;
use provisio::plan::json;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::exit::{Exit, Trouble};

/// The version of the file around the plan document.
const VERSION: u32 = 1;

/// The file.
#[derive(Serialize, Deserialize)]
struct Envelope {
    provisio_plan_file: u32,
    /// The job file, from the folder of the plan file.
    job: PathBuf,
    plan: Box<RawValue>,
}

/// Returns a plan as a JSON document.
pub(crate) fn document(plan: &Plan) -> Result<Box<RawValue>, Trouble> {
    let text = json::write(plan).map_err(|error| {
        let trouble = Trouble::of(Exit::Other, &error).under("the plan cannot be written as JSON");
        match error.help() {
            Some(help) => trouble.with_help(help),
            None => trouble,
        }
    })?;
    RawValue::from_string(text)
        .map_err(|error| Trouble::of(Exit::Other, &error).under("the plan cannot be written as JSON"))
}

/// Saves a plan of a job.
pub(crate) fn write(path: &Path, plan: &Plan, job: &Path) -> Result<(), Trouble> {
    let failed = |error: &io::Error| Trouble::file(Exit::Other, "write", path, error);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder.canonicalize().map_err(|error| failed(&error))?;
    let job = job.canonicalize().map_err(|error| failed(&error))?;
    let envelope =
        Envelope { provisio_plan_file: VERSION, job: relative(&folder, &job), plan: document(plan)? };
    let mut text = serde_json::to_string_pretty(&envelope).unwrap_or_default();
    text.push('\n');
    let written = create(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| failed(&error))
}

/// Makes a file that its owner alone can read: a plan holds personal data.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// Reads a saved plan, and the path of its job if the file knows it.
pub(crate) fn read(path: &Path) -> Result<(Plan, Option<PathBuf>), Trouble> {
    let text =
        fs::read_to_string(path).map_err(|error| Trouble::file(Exit::Configuration, "read", path, &error))?;
    let (document, job) = match serde_json::from_str::<Envelope>(&text) {
        Ok(Envelope { provisio_plan_file, .. }) if provisio_plan_file != VERSION => {
            let message = format!("`{}` was written by another version of provisio", path.display());
            return Err(Trouble::new(Exit::Configuration, message).with_help("make the plan anew"));
        }
        Ok(envelope) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            (envelope.plan.get().to_owned(), Some(folder.join(envelope.job)))
        }
        // A plan document without anything around it.
        Err(_) => (text, None),
    };
    let plan = json::read(&document).map_err(|error| {
        let help = error.help().unwrap_or("plan files are made by `provisio plan JOB --out FILE`");
        Trouble::of(Exit::Configuration, &error)
            .under(format!("`{}` is not a plan that can be carried out", path.display()))
            .with_help(help)
    })?;
    Ok((plan, job))
}

/// Reads a saved plan, and says which job it belongs to: the one that is named, or the one that the file knows.
pub(crate) fn read_with_job(path: &Path, job: Option<&Path>) -> Result<(Plan, PathBuf), Trouble> {
    let (plan, known) = read(path)?;
    match job.map(Path::to_owned).or(known) {
        Some(job) => Ok((plan, job)),
        None => {
            let message = format!("`{}` does not say which job it belongs to", path.display());
            Err(Trouble::new(Exit::Configuration, message).with_help("name it with `--job JOB`"))
        }
    }
}

/// Returns the way from a folder to a file, both absolute.
fn relative(folder: &Path, file: &Path) -> PathBuf {
    let folder: Vec<Component<'_>> = folder.components().collect();
    let file: Vec<Component<'_>> = file.components().collect();
    let common = folder.iter().zip(&file).take_while(|(left, right)| left == right).count();
    if common == 0 {
        return file.iter().collect();
    }
    let up = folder[common..].iter().map(|_| Component::ParentDir);
    up.chain(file[common..].iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_a_folder_to_a_file_goes_up_and_down() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file));
        assert_eq!(way("/a/b", "/a/b/job.toml"), Path::new("job.toml"));
        assert_eq!(way("/a/b/out", "/a/c/job.toml"), Path::new("../../c/job.toml"));
        assert_eq!(way("/", "/job.toml"), Path::new("job.toml"));
    }
}
