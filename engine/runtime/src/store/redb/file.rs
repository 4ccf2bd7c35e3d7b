//! The file: it is made whole or not at all, and no other file is taken for it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use redb::{Builder, Database, ReadableDatabase as _, TableError};

use super::error::{Fault, NewerFormat};
use super::tables::{self, FACTS, FORMAT, FORMAT_KEY};

/// How much of the file is held in memory between uses, at most.
const CACHE_BYTES_MAX: usize = 64 << 20;

pub(super) fn open(path: &Path) -> Result<Database, Fault> {
    if !path.try_exists()?
        && let Some(database) = make(path)?
    {
        return Ok(database);
    }
    let database = builder().open(path)?;
    if check_format(&database)? < FORMAT {
        tables::upgrade(&database)?;
    }
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    // Without the check redb trusts a file that was closed in good order, and may panic on a damaged one.
    builder.set_cache_size(CACHE_BYTES_MAX).set_check_integrity_on_open(true);
    builder
}

/// Returns the format of the file, which is not newer than this one's.
fn check_format(database: &Database) -> Result<u64, Fault> {
    let transaction = database.begin_read()?;
    let facts = match transaction.open_table(FACTS) {
        Err(TableError::TableDoesNotExist(_)) => {
            return Err(Fault::damaged("it is a file of another program"));
        }
        other => other?,
    };
    match facts.get(FORMAT_KEY)?.map(|it| it.value()) {
        Some(found @ 1..=FORMAT) => Ok(found),
        Some(found) if found > FORMAT => Err(Fault::Newer(NewerFormat { found, known: FORMAT })),
        Some(found) => Err(Fault::damaged(format_args!("it has format {found}, which never was"))),
        None => Err(Fault::damaged("it does not tell its format")),
    }
}

/// Makes a file as a draft and then gives it its name: a crash leaves no half-made file in its place, and the
/// draft of a crash is taken up. Returns nothing when meanwhile somebody else made the file.
fn make(path: &Path) -> Result<Option<Database>, Fault> {
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let draft = draft_of(path);
    let database = match builder().create(&draft).map_err(Fault::from) {
        Err(fault) if fault.is_damage() => {
            fs::remove_file(&draft)?;
            builder().create(&draft)?
        }
        other => other?,
    };
    // INVARIANT: only who has the draft open names it, and redb lets one have it open at a time. So if the file is
    // not there now, it will not be there before this draft becomes it.
    if path.try_exists()? {
        drop(database);
        return match fs::remove_file(&draft) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(None),
        };
    }
    tables::make(&database)?;
    fs::rename(&draft, path)?;
    sync_folder(folder)?;
    Ok(Some(database))
}

fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".provisio-draft");
    path.with_file_name(name)
}

/// Without it a power cut may take the name of the new file away.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
