//! The file: it is made whole or not at all, and no other file is taken for it.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase as _, TableError};

use super::error::{Fault, NewerFormat};
use super::tables::{self, FACTS, FORMAT, FORMAT_KEY};

/// How much of the file is held in memory between uses, at most.
const CACHE_BYTES_MAX: usize = 64 << 20;

pub(super) fn open(path: &Path) -> Result<Database, Fault> {
    if !path.try_exists()? {
        make(path)?;
    }
    // Without the check redb trusts a file that was closed in good order, and may panic on a damaged one.
    let database =
        Builder::new().set_cache_size(CACHE_BYTES_MAX).set_check_integrity_on_open(true).open(path)?;
    check_format(&database)?;
    Ok(database)
}

fn check_format(database: &Database) -> Result<(), Fault> {
    let transaction = database.begin_read()?;
    let facts = match transaction.open_table(FACTS) {
        Err(TableError::TableDoesNotExist(_)) => {
            return Err(Fault::damaged("it is a file of another program"));
        }
        other => other?,
    };
    match facts.get(FORMAT_KEY)?.map(|it| it.value()) {
        Some(FORMAT) => Ok(()),
        Some(found) if found > FORMAT => Err(Fault::Newer(NewerFormat { found, known: FORMAT })),
        Some(found) => Err(Fault::damaged(format_args!("it has format {found}, which never was"))),
        None => Err(Fault::damaged("it does not tell its format")),
    }
}

/// Makes a file beside the place where it shall be, then gives it its name: a crash leaves no half-made file
/// there. Somebody else's file that appears meanwhile stays.
fn make(path: &Path) -> Result<(), Fault> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = draft_of(path);
    OpenOptions::new().write(true).create_new(true).open(&draft)?;
    let made = fill(&draft).and_then(|()| Ok(publish(&draft, path)?));
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound && made.is_ok() => return Err(error.into()),
        _ => made?,
    }
    sync_folder(folder)?;
    Ok(())
}

fn fill(draft: &Path) -> Result<(), Fault> {
    let database = Builder::new().set_cache_size(CACHE_BYTES_MAX).create(draft)?;
    tables::make(&database)?;
    Ok(database.close()?)
}

fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links.
        Err(_) if !path.try_exists()? => fs::rename(draft, path),
        other => other,
    }
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(format!(".{:016x}.new", RandomState::new().hash_one(path)));
    path.with_file_name(name)
}

/// Without it a power cut may take the name of the new file away.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
