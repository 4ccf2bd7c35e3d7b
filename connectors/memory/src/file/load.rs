//! What does a file hold, and where does what is whole end?

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use provisio_model::{Mutability, Schema, Text, ValueKind, Values};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::FileError;
use super::frame::{LINE_BYTES_MAX, Line, has_unwritten_sector, hex, inspect};
use super::record::{FORMAT, FORMAT_VERSION, Header, More, NUMBER_MAX, install_batch, install_snapshot};
use crate::accept::{check_count, check_values};
use crate::decide::unresolved;
use crate::state::State;

/// What a file holds.
pub(crate) struct Loaded {
    pub(crate) state: State,
    pub(crate) incarnation: Text,
    /// How many whole lines there are.
    pub(crate) lines: u64,
    /// Where the header and the snapshot end, in bytes.
    pub(crate) snapshot_bytes: u64,
    /// Where the last whole line ends, in bytes.
    pub(crate) whole_bytes: u64,
    /// How many bytes follow it: a batch that was not written to its end.
    pub(crate) torn_bytes: u64,
    /// Whether the file was written with another schema, which what it holds fits nevertheless.
    pub(crate) is_of_other_schema: bool,
}

/// Returns what tells one schema from another.
pub(crate) fn fingerprint(schema: &Schema) -> String {
    hex(Sha256::digest(format!("{:?}", schema.types)).as_slice())
}

/// Reads a file to its end.
pub(crate) fn load(file: &File, path: &Path, schema: &Schema) -> Result<Loaded, FileError> {
    let mut reader = BufReader::with_capacity(READ_BYTES, file);
    let mut loaded = Loaded {
        state: State::new(schema),
        incarnation: Text::default(),
        lines: 0,
        snapshot_bytes: 0,
        whole_bytes: 0,
        torn_bytes: 0,
        is_of_other_schema: false,
    };
    let mut expected = Expected::Header;
    let mut piece = Vec::new();
    let not_read = |source| FileError::Io { operation: "read", path: path.into(), source };
    loop {
        let (number, offset) = (loaded.lines + 1, loaded.whole_bytes);
        let damaged =
            |why: &str| FileError::Damaged { path: path.into(), line: number, offset, why: why.into() };
        piece.clear();
        let limit = LINE_BYTES_MAX as u64 + 1;
        reader.by_ref().take(limit).read_until(b'\n', &mut piece).map_err(not_read)?;
        if piece.is_empty() {
            break;
        }
        if expected == Expected::Header {
            check_format(&piece, path)?;
        }
        if piece.len() > LINE_BYTES_MAX {
            return Err(damaged(&format!("it is longer than {LINE_BYTES_MAX} bytes")));
        }
        match inspect(number, &piece) {
            Line::Whole => {}
            Line::Torn if expected == Expected::Batch => {
                loaded.torn_bytes = piece.len() as u64;
                break;
            }
            // The header and the objects were on disk before the file got its name.
            Line::Torn => return Err(damaged("it ends too early")),
            Line::Damaged(why) => {
                let is_last = reader.fill_buf().map_err(not_read)?.is_empty();
                if expected == Expected::Batch && is_last && has_unwritten_sector(offset, &piece) {
                    loaded.torn_bytes = piece.len() as u64;
                    break;
                }
                return Err(damaged(why));
            }
        }
        let installed = match expected {
            Expected::Header => Header::decode(&piece).map(|header| {
                loaded.is_of_other_schema = header.schema != fingerprint(schema);
                take_header(header, &mut loaded);
                Expected::Snapshot
            }),
            Expected::Snapshot => install_snapshot(&piece, &mut loaded.state).map(|more| match more {
                More::Follows => Expected::Snapshot,
                More::Ends => Expected::Batch,
            }),
            Expected::Batch => install_batch(&piece, &mut loaded.state).map(|()| Expected::Batch),
        };
        loaded.lines = number;
        loaded.whole_bytes += piece.len() as u64;
        if expected != Expected::Batch {
            loaded.snapshot_bytes = loaded.whole_bytes;
        }
        expected = installed.map_err(|why| match loaded.is_of_other_schema {
            true => FileError::OtherSchema { path: path.into(), why },
            false => damaged(&why),
        })?;
    }
    match expected {
        Expected::Header => {
            return Err(FileError::NotADirectory { path: path.into(), why: "it is empty".to_owned() });
        }
        Expected::Snapshot => {
            let (line, offset) = (loaded.lines + 1, loaded.whole_bytes);
            let why = "it is missing".to_owned();
            return Err(FileError::Damaged { path: path.into(), line, offset, why });
        }
        Expected::Batch => {}
    }
    if loaded.is_of_other_schema
        && let Some(why) = misfit(&loaded.state)
    {
        return Err(FileError::OtherSchema { path: path.into(), why });
    }
    Ok(loaded)
}

/// What the next line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Header,
    Snapshot,
    Batch,
}

/// How much is read at once, in bytes.
const READ_BYTES: usize = 1 << 20;

fn take_header(header: Header, loaded: &mut Loaded) {
    loaded.incarnation = header.incarnation;
    loaded.state.sequence = header.sequence;
    loaded.state.feed.forgotten = header.forgotten;
    for (object_type, number) in header.numbers {
        if let Some(type_state) =
            loaded.state.types.iter_mut().find(|it| *it.object_type().as_str() == object_type)
        {
            type_state.last_number = number.min(NUMBER_MAX);
        }
    }
}

/// Tells files of another kind and of another version from damaged ones.
fn check_format(piece: &[u8], path: &Path) -> Result<(), FileError> {
    let not_a_directory = |why: &str| FileError::NotADirectory { path: path.into(), why: why.to_owned() };
    let header: Json =
        serde_json::from_slice(piece).map_err(|_| not_a_directory("its first line is not a header"))?;
    if header.get("format").and_then(Json::as_str) != Some(FORMAT) {
        return Err(not_a_directory("its first line is not a header"));
    }
    match header.get("version").and_then(Json::as_u64) {
        Some(FORMAT_VERSION) => Ok(()),
        Some(found) => Err(FileError::OtherVersion { path: path.into(), found, expected: FORMAT_VERSION }),
        None => Err(not_a_directory("its header has no version")),
    }
}

/// Finds what the schema does not allow, whatever was allowed when it was written.
fn misfit(state: &State) -> Option<String> {
    for type_state in &state.types {
        for stored in type_state.objects.values() {
            for (slot, attribute) in type_state.layout.attributes() {
                let values = stored.attributes.get(attribute.name.as_str());
                let count = values.map_or(0, Values::len);
                let is_writable = attribute.mutability != Mutability::ReadOnly;
                let counted = if is_writable || count > 0 { check_count(attribute, count) } else { Ok(()) };
                // What is kept of a secret is not as long as the secret was.
                let is_secret = attribute.kind == ValueKind::Secret;
                let checked = match values {
                    Some(values) if !is_secret => check_values(attribute, values),
                    _ => Ok(()),
                };
                let unique = type_state.unique.iter().find(|it| it.slot == slot);
                let is_shared = values.zip(unique).is_some_and(|(values, unique)| {
                    values.iter().any(|value| unique.is_taken(value, &stored.id))
                });
                let shared = is_shared.then(|| format!("`{}` is not unique", attribute.name));
                let why = counted.and(checked).err().map(|it| it.message.as_str().to_owned()).or(shared);
                if let Some(why) = why {
                    return Some(format!("{} `{}`: {why}", type_state.object_type(), stored.id));
                }
            }
        }
    }
    unresolved(state).map(|failure| failure.message.as_str().to_owned())
}
