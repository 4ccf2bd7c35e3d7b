//! A CSV source, under the requirements of `docs/connector-spec.md`.

use std::fs;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::executor::block_on;
use provisio_connector::Source;
use provisio_hr::CsvSource;
use provisio_model::{Object, Text, Value};
use provisio_testkit::conformance::{Fixture, Hook, Prepared, SourceFixture, Trouble};
use tempfile::TempDir;

/// One column of each type, and a last line that says how many rows there are.
const CONFIG: &str = r#"
    [[files]]
    object_type = "worker"
    path = "workers.csv"
    anchor = "id"
    trim = false
    columns = [
        { name = "id" },
        { name = "note" },
        { name = "active", type = "bool" },
        { name = "floor", type = "int" },
        { name = "share", type = "decimal" },
        { name = "hired", type = "timestamp" },
        { name = "tags", separator = "|" },
        { name = "manager", type = "reference", references = ["worker"] },
    ]
    expect = { minimum_rows = 0, trailer = "END {rows}" }
"#;

const COLUMNS: [&str; 8] = ["id", "note", "active", "floor", "share", "hired", "tags", "manager"];

/// A folder with one export.
struct Export {
    folder: TempDir,
    rows: Mutex<Vec<Object>>,
}

impl Export {
    fn new() -> Self {
        let export = Self { folder: tempfile::tempdir().expect("a folder"), rows: Mutex::default() };
        export.write(&Trouble::Over);
        export
    }

    /// Writes the file, as trouble makes it.
    fn write(&self, trouble: &Trouble) {
        let rows = self.rows.lock().expect("not poisoned");
        let mut text = format!("{}\n", COLUMNS.join(","));
        let lines = rows.iter().map(|object| match trouble {
            Trouble::Unreadable { id, .. } if *id == object.id => {
                row(object).replace(",true,", ",maybe,").replace(",false,", ",maybe,")
            }
            _ => row(object),
        });
        match trouble {
            Trouble::ReadsBreakOff { after } => text.extend(lines.take(*after)),
            Trouble::CountIsWrong => {
                text.extend(lines);
                text.push_str(&format!("END {}\n", rows.len() + 1));
            }
            _ => {
                text.extend(lines);
                text.push_str(&format!("END {}\n", rows.len()));
            }
        }
        let path = self.folder.path().join("workers.csv");
        match trouble {
            Trouble::Unreachable => fs::remove_file(path).expect("it was there"),
            _ => fs::write(path, text).expect("written"),
        }
    }
}

fn row(object: &Object) -> String {
    let fields = COLUMNS.map(|name| {
        let values = object.attributes.get(name).into_iter().flat_map(|it| it.as_slice());
        let texts: Vec<String> = values.map(text).collect();
        format!("\"{}\"", texts.join("|").replace('"', "\"\""))
            .replace("\"true\"", "true")
            .replace("\"false\"", "false")
    });
    format!("{}\n", fields.join(","))
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Reference(text) => text.to_string(),
        other => other.to_string(),
    }
}

#[async_trait]
impl Fixture for Export {
    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        if matches!(trouble, Trouble::CredentialsRefused | Trouble::Throttled { .. }) {
            return Ok(Hook::Absent);
        }
        self.write(&trouble);
        Ok(Hook::Done)
    }
}

#[async_trait]
impl SourceFixture for Export {
    async fn source(&self) -> Prepared<Arc<dyn Source>> {
        Ok(Arc::new(CsvSource::new(toml::from_str(CONFIG)?, self.folder.path())?))
    }

    async fn hold(&self, objects: &[Object]) -> Prepared<Vec<Text>> {
        let mut rows = objects.to_vec();
        for object in &mut rows {
            object.id =
                object.attributes.get("id").and_then(|it| it.single()?.as_text()).unwrap_or_default().into();
        }
        let ids = rows.iter().map(|it| it.id.clone()).collect();
        *self.rows.lock().expect("not poisoned") = rows;
        self.write(&Trouble::Over);
        Ok(ids)
    }
}

provisio_testkit::source_conformance!(
    Export::new(),
    block_on,
    skipping [
        // Rows have no versions and no complex attributes.
        "S-12", "S-13",
        // A file knows no credentials, and nobody who asks to slow down.
        "S-19", "S-20", "S-21",
        // Nor does it answer questions about single rows or changes.
        "S-25", "S-26", "S-27", "S-28", "S-29", "S-30", "S-32", "S-33", "S-34", "S-35", "S-36", "S-37",
    ]
);
