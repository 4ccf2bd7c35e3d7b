//! What the file must endure.

use std::fs;
use std::path::{Path, PathBuf};

use ::redb::{Database, TableDefinition, TableHandle as _};
use futures::executor::block_on;
use provisio_model::{SourceId, TargetId, Text};
use provisio_planner::Generation;
use tempfile::TempDir;

use super::{RedbStore, tables};
use crate::store::tests::{change_of_everything, commit, put, text_of};
use crate::store::{JobId, LinkChange, MemoryStore, Recall, StateChange, StateStore, StoreError};

struct Place {
    folder: TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.redb");
        Self { folder, path }
    }

    /// Closes a store with some state and returns that state as text.
    fn fill(&self) -> String {
        let store = RedbStore::open(&self.path).unwrap();
        let job = JobId::new("job");
        block_on(store.commit(&job, Generation(0), change_of_everything())).unwrap();
        let many = (10..500).map(|at| put("users", &at.to_string(), &format!("{at} {}", "x".repeat(90))));
        commit(&store, "job", 1, many).unwrap();
        text_of(&store, "job")
    }
}

fn refusal(path: &Path) -> StoreError {
    match RedbStore::open(path) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[test]
fn what_was_committed_is_there_when_opened_again() {
    let place = Place::new();
    let before = place.fill();
    for _ in 0..3 {
        assert_eq!(text_of(&RedbStore::open(&place.path).unwrap(), "job"), before);
    }
}

/// Many links at once go another way than few.
#[test]
fn many_links_at_once_are_taken_and_refused_as_one_by_one() {
    let all = || (0..400).map(|at| put("users", &format!("s{at}"), &format!("t{}", at * 7 % 400)));
    let gone = LinkChange::Remove { mapping: Text::new("users"), source: SourceId::new("s3") };
    let second: [Vec<LinkChange>; 6] = [
        // All of it again, under another mapping, too.
        all().chain((0..400).map(|at| put("groups", &at.to_string(), &at.to_string()))).collect(),
        // Everybody moves on to the target object of the one before, whose first link goes before.
        std::iter::once(gone.clone()).chain([put("users", "s9", "t21")]).chain(all().skip(10)).collect(),
        // One target object twice, and one source object twice.
        (0..400).map(|at| put("groups", &at.to_string(), &(at / 2).to_string())).collect(),
        (0..400).map(|at| put("groups", &(at / 2).to_string(), &at.to_string())).collect(),
        // A target object that somebody has already.
        (0..400).map(|at| put("users", &format!("new {at}"), &format!("t{at}"))).collect(),
        all().map(|it| if it == all().next().unwrap() { gone.clone() } else { it }).collect(),
    ];
    for changes in second {
        let place = Place::new();
        let (ours, plain) = (RedbStore::open(&place.path).unwrap(), MemoryStore::new());
        for (generation, changes) in [all().rev().collect(), changes].into_iter().enumerate() {
            let outcome = |store: &dyn StateStore| {
                let done = commit(store, "job", generation as u64, changes.clone());
                done.map(|it| it.to_string()).unwrap_or_else(|error| error.to_string())
            };
            assert_eq!(outcome(&ours), outcome(&plain));
            assert_eq!(text_of(&ours, "job"), text_of(&plain, "job"));
        }
        for at in [0, 3, 9, 200] {
            let asked = [Recall::LinksTo {
                target: TargetId::new(format!("t{}", at * 7 % 400)),
                mappings: vec![Text::new("users")],
            }];
            let job = JobId::new("job");
            let answers =
                [&ours as &dyn StateStore, &plain].map(|it| block_on(it.recall(&job, &asked)).unwrap());
            assert_eq!(answers[0], answers[1], "{at}");
        }
    }
}

#[test]
fn folders_are_made_and_nothing_else_is_left_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/state");
    drop(RedbStore::open(&path).unwrap());
    let names: Vec<_> =
        fs::read_dir(folder.path().join("a/b")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["state"]);
}

#[test]
fn a_process_killed_while_it_makes_the_file_leaves_no_obstacle() {
    let other = Place::new();
    other.fill();
    let whole = fs::read(&other.path).unwrap();
    for draft in [&b""[..], b"redb", &whole[..4000]] {
        let place = Place::new();
        fs::write(place.folder.path().join("state.redb.provisio-draft"), draft).unwrap();
        assert_eq!(text_of(&RedbStore::open(&place.path).unwrap(), "job"), "generation 0\n");
        assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_file_in_use_is_refused_until_it_is_closed() {
    let place = Place::new();
    let store = RedbStore::open(&place.path).unwrap();
    let error = refusal(&place.path);
    assert!(matches!(error, StoreError::InUse { .. }));
    let shown = place.path.display();
    assert_eq!(error.to_string(), format!("the state in `{shown}` is in use by another process"));
    drop(store);
    RedbStore::open(&place.path).unwrap();
}

#[test]
fn opened_by_many_at_once_one_has_it() {
    let place = Place::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| RedbStore::open(&place.path))).collect();
        let results: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
        assert!(results.iter().all(|it| matches!(it, Ok(_) | Err(StoreError::InUse { .. }))));
    });
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 1);
}

#[test]
fn a_process_killed_between_commits_leaves_the_last_one() {
    let place = Place::new();
    let store = RedbStore::open(&place.path).unwrap();
    for at in 0..12u64 {
        let before = text_of(&store, "job");
        // What is refused leaves no trace either.
        commit(&store, "job", at + 1, []).unwrap_err();
        let copy = place.folder.path().join(format!("copy {at}"));
        fs::copy(&place.path, &copy).unwrap();
        let copy = RedbStore::open(copy).unwrap();
        assert_eq!(text_of(&copy, "job"), before);
        let links = |store| {
            let many = (0..200).map(|it| put("users", &format!("{at} {it}"), &format!("{at} {it}")));
            commit(store, "job", at, many)
        };
        links(&store).unwrap();
        links(&copy).unwrap();
        assert_eq!(text_of(&copy, "job"), text_of(&store, "job"));
    }
}

#[test]
fn what_no_store_wrote_is_refused_and_stays_as_it_is() {
    let long = "x".repeat(100_000);
    for content in ["", "redb", "job = \"hr\"\n", &long] {
        let place = Place::new();
        fs::write(&place.path, content).unwrap();
        let error = refusal(&place.path);
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert_eq!(fs::read_to_string(&place.path).unwrap(), content);
    }
}

#[test]
fn a_folder_is_not_a_file() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(refusal(folder.path()), StoreError::Failed { operation: "open", .. }));
}

#[test]
fn the_file_of_another_program_is_refused() {
    let place = Place::new();
    let database = Database::create(&place.path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, u32>::new("jobs")).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let error = refusal(&place.path).to_string();
    assert!(error.ends_with("is damaged: it is a file of another program"), "{error}");
}

#[test]
fn a_newer_format_is_refused_and_named() {
    let place = Place::new();
    place.fill();
    write_format(&place.path, tables::FORMAT + 1);
    let error = refusal(&place.path);
    assert!(matches!(error, StoreError::Failed { .. }));
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "it has format 4, written by a newer version; this one knows formats up to 3");
    write_format(&place.path, tables::FORMAT);
    RedbStore::open(&place.path).unwrap();
}

fn write_format(path: &Path, format: u64) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(tables::FACTS).unwrap().insert(tables::FORMAT_KEY, format).unwrap();
    transaction.commit().unwrap();
}

/// What a file of format 1 holds, as it was written then.
mod format_1 {
    use ::redb::{Database, TableDefinition};

    type Id<'a> = (u32, &'a [u8]);

    const FACTS: TableDefinition<'_, &str, u64> = TableDefinition::new("provisio");
    const JOBS: TableDefinition<'_, &str, u64> = TableDefinition::new("jobs");
    const MAPPINGS: TableDefinition<'_, (&str, &str), u32> = TableDefinition::new("mappings");
    const LINKS: TableDefinition<'_, Id<'_>, (u8, &[u8])> = TableDefinition::new("links");
    const TARGETS: TableDefinition<'_, Id<'_>, &[u8]> = TableDefinition::new("targets");
    const WATERMARKS: TableDefinition<'_, (&str, &str), &[u8]> = TableDefinition::new("watermarks");
    const APPLIED: TableDefinition<'_, (&str, u64), (&str, i64, u32)> = TableDefinition::new("applied plans");

    pub(super) fn write(path: &std::path::Path) {
        let database = Database::create(path).unwrap();
        let transaction = database.begin_write().unwrap();
        {
            let mut facts = transaction.open_table(FACTS).unwrap();
            facts.insert("format", 1).unwrap();
            facts.insert("next mapping", 1).unwrap();
            transaction.open_table(JOBS).unwrap().insert("job", 2).unwrap();
            transaction.open_table(MAPPINGS).unwrap().insert(("job", "users"), 0).unwrap();
            transaction.open_table(LINKS).unwrap().insert((0, &b"1"[..]), (1, &b"a"[..])).unwrap();
            transaction.open_table(TARGETS).unwrap().insert((0, &b"a"[..]), &b"1"[..]).unwrap();
            transaction.open_table(WATERMARKS).unwrap().insert(("job", "worker"), &b"7"[..]).unwrap();
            let applied = ("00112233445566778899aabbccddeeff", 60, 0);
            transaction.open_table(APPLIED).unwrap().insert(("job", 1), applied).unwrap();
        }
        transaction.commit().unwrap();
    }
}

#[test]
fn a_file_of_format_1_is_upgraded_and_takes_notes() {
    let place = Place::new();
    format_1::write(&place.path);
    let expected = "generation 2\nusers 1 -> a Adopted\nwatermark worker [55]\n\
                    applied 00112233445566778899aabbccddeeff at 1970-01-01T00:01:00Z\n";
    for _ in 0..2 {
        assert_eq!(text_of(&RedbStore::open(&place.path).unwrap(), "job"), expected);
    }
    let store = RedbStore::open(&place.path).unwrap();
    block_on(store.commit(&JobId::new("job"), Generation(2), change_of_everything())).unwrap();
    let before = text_of(&store, "job");
    assert!(before.contains("note ") && before.contains("release "), "{before}");
    drop(store);
    assert_eq!(text_of(&RedbStore::open(&place.path).unwrap(), "job"), before);
}

#[test]
fn a_file_of_format_2_is_upgraded_and_takes_what_is_known() {
    let place = Place::new();
    let state = place.fill();
    let database = Database::open(&place.path).unwrap();
    let transaction = database.begin_write().unwrap();
    let newer: Vec<_> = transaction.list_tables().unwrap().filter(|it| !was_in_format_2(it.name())).collect();
    assert_eq!(newer.len(), 9, "tables that format 2 did not have");
    newer.into_iter().for_each(|it| assert!(transaction.delete_table(it).unwrap()));
    transaction.open_table(tables::FACTS).unwrap().insert(tables::FORMAT_KEY, 2).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let store = RedbStore::open(&place.path).unwrap();
    assert_eq!(text_of(&store, "job"), state);
    let job = JobId::new("job");
    let head = block_on(store.head(&job)).unwrap();
    let change =
        StateChange { records: vec![(Text::new("cycle"), Some(b"{}".to_vec()))], ..StateChange::default() };
    block_on(store.commit(&job, head.generation, change)).unwrap();
    drop(store);
    let head = block_on(RedbStore::open(&place.path).unwrap().head(&job)).unwrap();
    assert_eq!(head.records, [(Text::new("cycle"), b"{}".to_vec())]);
}

fn was_in_format_2(table: &str) -> bool {
    const TABLES: [&str; 12] = [
        "provisio",
        "jobs",
        "mappings",
        "links",
        "targets",
        "watermarks",
        "applied plans",
        "leaving",
        "sent",
        "ledger",
        "staged",
        "releases",
    ];
    TABLES.contains(&table)
}

#[test]
fn a_missing_table_and_a_senseless_value_are_damage() {
    let place = Place::new();
    place.fill();
    let database = Database::open(&place.path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(tables::LINKS).unwrap().insert((0, &b"1"[..]), (9, &b"a"[..])).unwrap();
    transaction.commit().unwrap();
    drop(database);
    let load = || block_on(RedbStore::open(&place.path).unwrap().load(&JobId::new("job")));
    let error = load().err().unwrap().to_string();
    assert!(error.ends_with("is damaged: 9 is not an origin of a link"), "{error}");

    let database = Database::open(&place.path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.delete_table(tables::LINKS).unwrap();
    transaction.commit().unwrap();
    drop(database);
    assert!(matches!(load().err().unwrap(), StoreError::Damaged { .. }));
}

#[test]
fn a_file_cut_off_anywhere_is_damaged() {
    let place = Place::new();
    place.fill();
    let whole = fs::read(&place.path).unwrap();
    let torn = place.folder.path().join("torn");
    for length in (0..400).chain((400..whole.len()).step_by(whole.len() / 150)) {
        fs::write(&torn, &whole[..length]).unwrap();
        let error = refusal(&torn);
        assert!(matches!(error, StoreError::Damaged { .. }), "{length} bytes: {error}");
    }
}

#[test]
fn a_changed_byte_is_found_or_does_not_matter() {
    let place = Place::new();
    let state = place.fill();
    let whole = fs::read(&place.path).unwrap();
    let changed = place.folder.path().join("changed");
    let mut found = 0;
    // The header, pages, and places all over.
    let pages = (0..whole.len()).step_by(3 * 4096).flat_map(|page| [page, page + 41]);
    let places = (0..whole.len()).step_by(whole.len() / 100);
    for at in (0..320).step_by(3).chain(pages).chain(places).filter(|at| *at < whole.len()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&changed, &bytes).unwrap();
        match RedbStore::open(&changed) {
            Ok(store) => assert_eq!(text_of(&store, "job"), state, "byte {at}"),
            Err(_) => found += 1,
        }
    }
    assert!(found > 20, "{found}");
}
