//! Files that nobody wrote in good faith: no panic, no unbounded memory, nothing declared whole that is not.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{Folder, WORKERS};

#[test]
fn an_endless_quote_is_given_up() {
    let mut content = b"id,name\n1,\"".to_vec();
    content.resize(50 << 20, b'x');
    let actual = Folder::with(content).read(WORKERS);
    assert_eq!(
        actual,
        "incomplete: workers.csv: the row that begins in line 2 is too long; a quote may be missing; \
         what follows was not read\n"
    );
}

#[test]
fn more_columns_than_are_bearable_are_refused() {
    let content = format!("id{}\n", ",x".repeat(5_000));
    let actual = Folder::with(&content).read(WORKERS);
    assert_eq!(actual, "error: schema: wrong configuration: workers.csv: there are too many columns\n");
    let content = format!("id,name\n1{}\n2,Bob\n", ",".repeat(1_000_000));
    let actual = Folder::with(content).read(WORKERS);
    assert!(actual.contains("unreadable ?: workers.csv:2: more than 4096 fields\n"), "{actual}");
    assert!(actual.contains("2 id: \"2\", name: \"Bob\"\n"), "{actual}");
}

#[test]
fn long_anchors_values_and_lists_are_refused_with_their_limit() {
    let long = "x".repeat(2_000);
    let huge = "y".repeat(5 << 20);
    let many = "1|".repeat(200_000);
    let content = format!("id,name,list\n{long},,\n2,{huge},\n3,,{many}\n4,,\n");
    let config = format!(
        "{WORKERS}columns = [{{ name = 'id' }}, {{ name = 'name' }}, {{ name = 'list', separator = '|' }}]"
    );
    let actual = Folder::with(content).read(&config);
    assert_eq!(
        actual,
        "4 id: \"4\"\n\
         unreadable ?: workers.csv:2: column `id`: the anchor is longer than 1024 bytes\n\
         unreadable 2: workers.csv:3: column `name`: `name` is longer than 4194303 bytes\n\
         unreadable 3: workers.csv:4: column `list`: there are more than 100000 values\n\
         complete: 4 rows, size and time unchanged\n"
    );
}

#[test]
fn values_in_messages_cannot_forge_lines() {
    let content = "id,n\n1,\"x\n9 - \u{202e}\"\n";
    let config = format!("{WORKERS}columns = [{{ name = 'id' }}, {{ name = 'n', type = 'int' }}]");
    let actual = Folder::with(content).read(&config);
    let expected =
        "unreadable 1: workers.csv:2: column `n`: `x\\n9 - \\u{202e}` is not a whole number of 64 bits\n";
    assert!(actual.starts_with(expected), "{actual}");
}

/// Bytes that mean something to the scanner, among others.
fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        3 => prop::sample::select(&b",\"\n\r |"[..]),
        3 => prop::sample::select(&b"12ab-"[..]),
        1 => any::<u8>(),
    ];
    vec(byte, 0..200)
}

const TYPED: &str = r#"
    columns = [
        { name = "id" },
        { name = "d", type = "date", separator = "|" },
        { name = "n", type = "int" },
        { name = "m", separator = "|" },
    ]
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_a_read_panic(
        content in csv_like(),
        encoding in prop::sample::select(&["utf-8", "latin-1", "windows-1252"][..]),
        trim in any::<bool>(),
    ) {
        let bytes = [&b"id,d,n,m\n"[..], &content].concat();
        let config = format!("{WORKERS}encoding = '{encoding}'\ntrim = {trim}\n{TYPED}");
        let folder = Folder::with(&bytes);
        prop_assert!(!folder.read(&config).is_empty());
        folder.write("workers.csv", &content);
        let config = format!("{WORKERS}encoding = '{encoding}'");
        prop_assert!(!folder.read(&config).is_empty());
    }

    #[test]
    fn whatever_the_csv_crate_writes_is_read_as_it_was(
        // Zeros count as damage.
        rows in vec(vec("[^\x00\n]{0,12}|[,\"\r\n ]{0,4}", 2), 0..8),
        is_crlf in any::<bool>(),
    ) {
        let terminator = if is_crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        let mut expected = String::new();
        writer.write_record(["id", "a", "b"]).expect("written");
        for (at, row) in rows.iter().enumerate() {
            writer.write_record([&at.to_string(), &row[0], &row[1]]).expect("written");
            let shown = |name: &str, value: &String| {
                if value.is_empty() { String::new() } else { format!("{name}: {}, ", provisio_model::Value::from(value.as_str())) }
            };
            expected.push_str(&format!("{at} {}{}id: \"{at}\"\n", shown("a", &row[0]), shown("b", &row[1])));
        }
        let content = writer.into_inner().expect("flushed");
        let actual = Folder::with(content).read(&format!("{WORKERS}trim = false\nexpect.minimum_rows = 0"));
        let objects: String = actual.split_inclusive('\n').filter(|line| !line.starts_with("complete: ")).collect();
        prop_assert_eq!(objects, expected);
        prop_assert!(actual.contains("\ncomplete: ") || actual.starts_with("complete: "));
    }
}
