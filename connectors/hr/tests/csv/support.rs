//! Reads a file that is given as text, and shows the events as text.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{
    Clock, Connector as _, Context, ReadEvent, ReadQuery, ReadStream, Result, Source as _,
};
use provisio_hr::CsvSource;
use provisio_model::{Layout, Timestamp};
use tempfile::TempDir;

/// The settings that most tests begin with; what is added belongs to the file.
pub(crate) const WORKERS: &str = r#"
    [[files]]
    object_type = "worker"
    path = "workers.csv"
    anchor = "id"
"#;

struct StoppedClock;

#[async_trait]
impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(0)
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

pub(crate) fn context() -> Context {
    Context::new(Arc::new(StoppedClock))
}

/// A folder with one export, and others beside it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn with(content: impl AsRef<[u8]>) -> Self {
        let folder = Self(tempfile::tempdir().expect("temporary folder"));
        folder.write("workers.csv", content);
        folder
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.path().join(name), content).expect("written");
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn source(&self, config: &str) -> Result<CsvSource> {
        CsvSource::new(toml::from_str(config).expect("valid TOML"), self.path())
    }

    /// Reads all workers and shows the events, one a line.
    pub(crate) fn read(&self, config: &str) -> String {
        block_on(async {
            let mut text = String::new();
            let shown = async {
                let source = self.source(config)?;
                let context = context();
                let mut events = begin(&source, &context).await?;
                while let Some(event) = events.next().await {
                    show(&event?, &mut text);
                }
                Ok::<(), provisio_connector::ConnectorError>(())
            };
            if let Err(error) = shown.await {
                text.push_str(&format!("error: {error}\n"));
            }
            text
        })
    }
}

/// Begins to read all attributes of all workers.
pub(crate) async fn begin<'a>(source: &'a CsvSource, context: &'a Context) -> Result<ReadStream<'a>> {
    let schema = source.schema(context).await?;
    let layout = Layout::new("worker", schema.types[0].attributes.clone());
    source.read(context, ReadQuery::all(layout)).await
}

/// Shows an event as lines.
pub(crate) fn show(event: &ReadEvent, text: &mut String) {
    match event {
        ReadEvent::SourceBatch(records) => {
            for record in records.iter() {
                let object = record.to_object();
                let attributes: Vec<String> =
                    object.attributes.iter().map(|(name, values)| format!("{name}: {values}")).collect();
                text.push_str(&format!("{} {}\n", object.id, attributes.join(", ")));
            }
        }
        ReadEvent::Unreadable { id, failure } => {
            let id = id.as_deref().unwrap_or("?");
            text.push_str(&format!("unreadable {id}: {}\n", failure.message));
        }
        ReadEvent::Complete(completeness) => text.push_str(&format!("complete: {}\n", completeness.evidence)),
        ReadEvent::Incomplete(why) => text.push_str(&format!("incomplete: {why}\n")),
        other => text.push_str(&format!("{other:?}\n")),
    }
}

/// Reads `content` as configured and compares the events.
#[track_caller]
pub(crate) fn check(config: &str, content: impl AsRef<[u8]>, expected: &str) {
    let actual = Folder::with(content).read(&format!("{WORKERS}{config}"));
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert!(actual == expected, "expected:\n{expected}\nactual:\n{actual}");
}
