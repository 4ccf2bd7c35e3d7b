//! When is a file whole?

use std::fs::{self, File};
use std::io::Write as _;

use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::ReadEvent;
use sha2::{Digest as _, Sha256};

use crate::support::{Folder, WORKERS, begin, check, context, show};

#[test]
fn a_file_without_rows_is_whole_only_when_that_is_allowed() {
    let no_row = "incomplete: workers.csv: there is no row; if it may be empty, set `minimum_rows = 0`";
    check("", "id,name\n", no_row);
    check(
        "expect.minimum_rows = 0",
        "id,name\n",
        "complete: 0 rows, allowed by `minimum_rows = 0`, size and time unchanged",
    );
    let empty = "incomplete: workers.csv: the file is empty, there is not even a header";
    check("columns = [{ name = 'id' }]", "", empty);
    check("columns = [{ name = 'id' }]\nexpect.minimum_rows = 0", "\n\n", empty);
    check("", "", "error: schema: unreachable: workers.csv: the file is empty, there is not even a header");
}

#[test]
fn a_last_line_without_a_line_break_may_be_cut_off() {
    check(
        "",
        "id,name\n1,Ann\n2,Bo",
        r#"
        1 id: "1", name: "Ann"
        unreadable 2: workers.csv:3: the last line has no line break, so it may be cut off
        incomplete: workers.csv: the last line (3) has no line break, so the file may be cut off; if it is written like that, expect a `trailer`, or set `final_line_break = false`
        "#,
    );
    check(
        "expect.final_line_break = false",
        "id,name\n1,Ann\n2,Bo",
        r#"
        1 id: "1", name: "Ann"
        2 id: "2", name: "Bo"
        complete: 2 rows, size and time unchanged
        "#,
    );
    check(
        "expect.final_line_break = false",
        "id,name\n1,Ann\n2",
        r#"
        1 id: "1", name: "Ann"
        unreadable ?: workers.csv:3: the last line has no line break, so it may be cut off
        incomplete: workers.csv: the last line (3) has no line break, so the file may be cut off
        "#,
    );
}

#[test]
fn a_quote_that_is_never_closed_makes_the_file_doubtful() {
    check(
        "",
        "id,name\n1,Ann\n2,\"Bob\n3,Cid\n",
        r#"
        1 id: "1", name: "Ann"
        incomplete: workers.csv: the file ends within quotes; the row began in line 3
        "#,
    );
}

#[test]
fn expectations_hold_or_say_what_was_found() {
    let content = "id,total\n1,2\n2,2\n";
    let rows = "1 id: \"1\", total: \"2\"\n2 id: \"2\", total: \"2\"\n";
    let with = |line: &str| format!("{rows}{line}");
    check("expect.minimum_rows = 2", content, &with("complete: 2 rows, at least 2, size and time unchanged"));
    check(
        "expect.minimum_rows = 3",
        content,
        &with("incomplete: workers.csv: expected at least 3 rows, found 2"),
    );
    check(
        "expect.row_count_column = 'total'",
        content,
        &with("complete: 2 rows, as many as each row says, size and time unchanged"),
    );
    check(
        "expect.row_count_column = 'total'",
        "id,total\n1,3\n2,3\n",
        "1 id: \"1\", total: \"3\"\n2 id: \"2\", total: \"3\"\n\
         incomplete: workers.csv: every row says that there are 3 rows, and there are 2",
    );
    check(
        "expect.row_count_column = 'total'",
        "id,total\n1,2\n2,\n",
        "1 id: \"1\", total: \"2\"\n2 id: \"2\"\n\
         incomplete: workers.csv: line 3 does not say how many rows there are",
    );
    check(
        "expect.row_count_file = 'workers.count'",
        content,
        &with("incomplete: workers.csv: `workers.count` cannot be read: there is no such file"),
    );
}

#[test]
fn the_trailer_is_no_row() {
    let content = "id,name\n1,Ann\n# rows: 1\n\n";
    let row = "1 id: \"1\", name: \"Ann\"\n";
    check(
        "expect.trailer = '# rows: {rows}'",
        content,
        &format!("{row}complete: 1 row, trailer found, size and time unchanged"),
    );
    check(
        "expect.trailer = '# rows: 1'",
        content,
        &format!("{row}complete: 1 row, trailer found, size and time unchanged"),
    );
    check(
        "expect.trailer = '# end of export'",
        content,
        &format!("{row}incomplete: workers.csv: expected the last line `# end of export`, found `# rows: 1`"),
    );
    check(
        "expect.trailer = '# rows: {rows}'",
        "id,name\n1,Ann\n# rows: 2",
        &format!("{row}incomplete: workers.csv: the last line says that there are 2 rows, and there are 1"),
    );
    check(
        "encoding = 'latin-1'\nexpect.trailer = 'Schluß'",
        b"id,name\n1,Ann\nSchlu\xdf",
        &format!("{row}complete: 1 row, trailer found, size and time unchanged"),
    );
}

#[test]
fn sidecars_hold_a_row_count_or_a_checksum() {
    let folder = Folder::with("id,name\n1,Ann\n");
    let counted = format!("{WORKERS}expect.row_count_file = 'workers.count'");
    let row = "1 id: \"1\", name: \"Ann\"\n";
    folder.write("workers.count", "1\n");
    let whole = format!("{row}complete: 1 row, as many as `workers.count` says, size and time unchanged\n");
    assert_eq!(folder.read(&counted), whole);
    folder.write("workers.count", "2");
    let doubtful = format!(
        "{row}incomplete: workers.csv: `workers.count` says that there are 2 rows, and there are 1\n"
    );
    assert_eq!(folder.read(&counted), doubtful);

    let sealed = format!("{WORKERS}expect.checksum_file = 'SHA256SUMS'");
    let digest: String =
        Sha256::digest(b"id,name\n1,Ann\n").iter().map(|byte| format!("{byte:02x}")).collect();
    let whole = format!("{row}complete: 1 row, checksum verified, size and time unchanged\n");
    for list in
        [format!("{digest}  workers.csv\n"), format!("00  a\n{digest} *out/workers.csv\n"), digest.clone()]
    {
        folder.write("SHA256SUMS", list);
        assert_eq!(folder.read(&sealed), whole);
    }
    folder.write("SHA256SUMS", "00  workers.csv\n");
    let refused = format!(
        "incomplete: workers.csv: `SHA256SUMS` does not agree: the SHA-256 of the file is {digest}; nothing was read\n"
    );
    assert_eq!(folder.read(&sealed), refused);
    folder.write("SHA256SUMS", format!("{digest}  other.csv\n"));
    let refused = "incomplete: workers.csv: `SHA256SUMS` has no line for `workers.csv`; nothing was read\n";
    assert_eq!(folder.read(&sealed), refused);
}

/// Reads a file of many batches, does `change` after the first event, and returns the last.
fn read_while(change: impl FnOnce(&Folder)) -> String {
    let rows: String = (0..50_000).map(|row| format!("{row},worker {row}\n")).collect();
    let folder = Folder::with(format!("id,name\n{rows}"));
    let source = folder.source(WORKERS).expect("valid");
    let context = context();
    block_on(async {
        let mut events = begin(&source, &context).await.expect("begins");
        let first = events.next().await;
        assert!(matches!(first, Some(Ok(ReadEvent::SourceBatch(_)))));
        change(&folder);
        let mut last = String::new();
        while let Some(event) = events.next().await {
            last.clear();
            show(&event.expect("read"), &mut last);
        }
        last
    })
}

#[test]
fn a_file_that_changes_while_it_is_read_is_doubtful() {
    let check = |change: fn(&Folder), expected: &str| {
        let expected = format!("incomplete: workers.csv: the file changed while it was read: {expected}\n");
        assert_eq!(read_while(change), expected);
    };
    let append = |folder: &Folder| {
        let mut file = File::options().append(true).open(folder.path().join("workers.csv")).expect("opens");
        file.write_all(b"50000,one more\n").expect("written");
    };
    check(append, "its size changed");
    let replace = |folder: &Folder| {
        folder.write("new.csv", "id,name\n1,Ann\n");
        fs::rename(folder.path().join("new.csv"), folder.path().join("workers.csv")).expect("renamed");
    };
    check(replace, "it was replaced");
    let touch = |folder: &Folder| {
        let file = File::options().write(true).open(folder.path().join("workers.csv")).expect("opens");
        file.set_modified(std::time::UNIX_EPOCH).expect("touched");
    };
    check(touch, "its modification time changed");
    let remove = |folder: &Folder| fs::remove_file(folder.path().join("workers.csv")).expect("removed");
    assert!(read_while(remove).starts_with("incomplete: "));
    let cut = |folder: &Folder| {
        let file = File::options().write(true).open(folder.path().join("workers.csv")).expect("opens");
        file.set_len(600_000).expect("cut");
    };
    assert!(read_while(cut).contains("it became shorter"));
}

#[test]
fn a_file_that_does_not_change_is_whole() {
    assert_eq!(read_while(|_| ()), "complete: 50000 rows, size and time unchanged\n");
}

/// Cuts a whole file at every byte; returns the lengths at which it still counts as whole.
fn lengths_that_are_whole(config: &str, content: &str) -> Vec<usize> {
    let folder = Folder::with("");
    let config = format!("{WORKERS}{config}");
    (0..=content.len())
        .filter(|&length| {
            folder.write("workers.csv", &content[..length]);
            folder.read(&config).contains("complete: ") && !folder.read(&config).contains("incomplete: ")
        })
        .collect()
}

#[test]
fn a_file_cut_at_any_byte_is_not_whole() {
    let rows = "id,name,note\r\n1,Ann,\"a \"\"b\"\"\r\nc\"\r\n12,Bob,\r\n3,Cid,x\r\n";
    let end = rows.len();
    let with_trailer = format!("{rows}# rows: 3\r\n");
    let last = with_trailer.len();
    assert_eq!(
        lengths_that_are_whole("expect.trailer = '# rows: {rows}'", &with_trailer),
        [last - 2, last - 1, last],
        "the line break behind the trailer is no part of it"
    );
    assert_eq!(
        lengths_that_are_whole("expect.trailer = '# rows: 3'", &with_trailer),
        [last - 2, last - 1, last]
    );
    // CR alone ends a row as well, so a file that lost the last LF is whole.
    assert_eq!(lengths_that_are_whole("expect.minimum_rows = 3", rows), [end - 1, end]);
    let counted = "id,total\n1,2\n2,2\n";
    assert_eq!(lengths_that_are_whole("expect.row_count_column = 'total'", counted), [counted.len()]);
}

#[test]
fn without_expectations_only_a_cut_between_rows_goes_unseen() {
    let rows = "id,name\n1,Ann\n2,\"B\nb\"\n";
    assert_eq!(lengths_that_are_whole("", rows), ["id,name\n1,Ann\n".len(), rows.len()]);
}
