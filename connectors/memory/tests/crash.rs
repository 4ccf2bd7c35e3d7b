//! A kill at any byte leaves the old or the new state of each batch, and damage is never taken for a kill.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use provisio_memory::{FileError, MemoryDirectory};
use provisio_model::{Object, Secret, Value, Write, WriteAction, WriteId};
use tempfile::TempDir;

use crate::support::*;

struct History {
    folder: TempDir,
    bytes: Vec<u8>,
    /// The length of the file after each batch, and what the directory held then; the first is the empty one.
    states: Vec<(usize, Vec<Object>)>,
}

/// Some batches of several writes each, in a file.
fn history() -> History {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("directory.jsonl");
    let directory = MemoryDirectory::open(&path, schema()).expect("opens");
    let length = || usize::try_from(fs::metadata(&path).expect("there").len()).expect("small");
    let mut states = vec![(length(), everything(&directory))];
    let secret = Value::Secret(Secret::new("hunter2"));
    let batches: Vec<Vec<(&str, WriteAction)>> = vec![
        vec![
            ("user", create([("userName", "Adèle \"A\"\n".into()), ("password", secret.into())])),
            ("user", create([("userName", "Ben".into()), ("manager", reference("user-000001").into())])),
        ],
        vec![
            (
                "group",
                create([("displayName", "All".into()), ("members", ids(["user-000001", "user-000002"]))]),
            ),
            ("user", update("user-000002", [("tags", set(texts(["x", "y"]))), ("age", set(7))])),
        ],
        vec![("user", delete("user-000001")), ("user", create([("userName", "Carl".into())]))],
    ];
    for batch in batches {
        let writes: Vec<Write> =
            batch.into_iter().map(|(it, action)| Write::new(WriteId(0), it.into(), action)).collect();
        for (_, outcome) in directory.write_all(&writes) {
            assert!(shown(&outcome).starts_with("applied"), "{outcome:?}");
        }
        states.push((length(), everything(&directory)));
    }
    drop(directory);
    let bytes = fs::read(&path).expect("readable");
    History { folder, bytes, states }
}

fn place(folder: &Path, bytes: &[u8]) -> PathBuf {
    let path = folder.join("copy.jsonl");
    fs::write(&path, bytes).expect("writable");
    path
}

#[test]
fn a_file_that_ends_anywhere_holds_the_batches_that_are_whole() {
    let History { folder, bytes, states } = history();
    let first = states[0].0;
    for end in first..=bytes.len() {
        let path = place(folder.path(), &bytes[..end]);
        let (whole, expected) = states.iter().rev().find(|(length, _)| *length <= end).expect("the first is");
        let directory =
            MemoryDirectory::open(&path, schema()).unwrap_or_else(|error| panic!("{end}: {error}"));
        assert_eq!(everything(&directory), *expected, "{end}");
        assert_eq!(fs::metadata(&path).expect("there").len(), *whole as u64, "{end}: cut to what is whole");
    }
}

#[test]
fn writing_goes_on_after_a_cut() {
    let History { folder, bytes, states } = history();
    let path = place(folder.path(), &bytes[..bytes.len() - 7]);
    let directory = MemoryDirectory::open(&path, schema()).expect("opens");
    assert_eq!(everything(&directory), states[2].1);
    directory.write("user", create([("userName", "Dora".into())]));
    let expected = everything(&directory);
    drop(directory);
    assert_eq!(everything(&MemoryDirectory::open(&path, schema()).expect("opens again")), expected);
}

#[test]
fn a_file_without_all_of_its_first_objects_is_refused() {
    let History { folder, bytes, states } = history();
    for end in 0..states[0].0 {
        let path = place(folder.path(), &bytes[..end]);
        let error = MemoryDirectory::open(&path, schema()).expect_err("refused");
        assert!(
            matches!(error, FileError::NotADirectory { .. } | FileError::Damaged { .. }),
            "{end}: {error}"
        );
        assert_eq!(fs::metadata(&path).expect("there").len(), end as u64, "left as it is");
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let History { folder, bytes, .. } = history();
    let path = place(folder.path(), &bytes);
    let mut file = fs::OpenOptions::new().write(true).open(&path).expect("writable");
    let mut put = |at: usize, byte: u8| {
        file.seek(SeekFrom::Start(at as u64)).expect("seeks");
        file.write_all(&[byte]).expect("writes");
    };
    for (at, &byte) in bytes.iter().enumerate() {
        for bit in 0..8 {
            put(at, byte ^ (1 << bit));
            let opened = MemoryDirectory::open(&path, schema());
            assert!(opened.is_err(), "bit {bit} of byte {at}");
        }
        put(at, byte);
    }
    MemoryDirectory::open(&path, schema()).expect("as it was");
}

#[test]
fn damage_is_named_by_line_and_byte() {
    let History { folder, bytes, states } = history();
    let offset = states[1].0;
    let mut damaged = bytes.clone();
    damaged[offset + 90] ^= 1;
    let error = MemoryDirectory::open(place(folder.path(), &damaged), schema()).expect_err("refused");
    let path = folder.path().canonicalize().expect("there").join("copy.jsonl");
    let expected =
        format!("`{}` is damaged in line 4 at byte {offset}: its checksum differs", path.display());
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_line_that_is_missing_twice_there_or_moved_is_refused() {
    let History { folder, bytes, .. } = history();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&it| it == b'\n').collect();
    let refused = |lines: &[&[u8]]| {
        let error =
            MemoryDirectory::open(place(folder.path(), &lines.concat()), schema()).expect_err("refused");
        assert!(error.to_string().ends_with("it has another line number"), "{error}");
    };
    let [header, objects, first, second, third] = lines[..] else { panic!("five lines") };
    refused(&[header, objects, second, third]);
    refused(&[header, objects, first, first, second, third]);
    refused(&[header, objects, second, first, third]);
    refused(&[header, first, second, third]);
}

#[test]
fn what_a_power_cut_left_unwritten_at_the_end_is_cut_off() {
    let History { folder, bytes, states } = history();
    let path = folder.path().join("directory.jsonl");
    let directory = MemoryDirectory::open(&path, schema()).expect("opens");
    let photo = Value::Binary(vec![7; 4_000]);
    directory.write("user", create([("userName", "Dora".into()), ("photo", photo.into())]));
    drop(directory);
    let longer = fs::read(&path).expect("readable");
    let hole = |from: usize, to: usize| {
        let mut holed = longer.clone();
        holed[from..to].fill(0);
        MemoryDirectory::open(place(folder.path(), &holed), schema())
    };
    let begin = bytes.len();
    let sector = begin.next_multiple_of(512);
    let last = &states.last().expect("some").1;
    for (from, to) in
        [(begin, longer.len()), (begin, sector), (sector, sector + 512), (sector + 512, longer.len())]
    {
        assert_eq!(everything(&hole(from, to).expect("opens")), *last, "{from} to {to}");
    }
    assert!(hole(sector + 1, sector + 512).is_err(), "a disk does not lose part of a sector");
    assert!(hole(states[1].0, states[2].0).is_err(), "only the last batch can be unfinished");
}
