//! A connector for doors: a folder with a card file for each person who may enter.
//!
//! `docs/writing-a-connector.md` builds it step by step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use async_trait::async_trait;
use futures_util::stream;
use provisio_connector::{
    CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream, ReadEvent, ReadQuery,
    ReadStream, Result, Source, Target, Wanted,
};
use provisio_model::{
    Applied, AttrName, AttributeSchema, Attributes, Capabilities, CompareRule, Completeness, ErrorKind,
    Failure, Object, ObjectSchema, Outcome, Retry, Schema, TargetId, Text, Value, ValueKind, Values, Write,
    WriteAction,
};

/// The folder of a door system.
pub struct Doors {
    folder: PathBuf,
    /// Writes take turns.
    turn: Mutex<()>,
}

impl Doors {
    /// Uses a folder, which must exist.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self { folder: folder.as_ref().to_owned(), turn: Mutex::new(()) }
    }
}

fn holder() -> ObjectSchema {
    let attributes = [
        AttributeSchema::text("name").required().unique().length_max(64),
        AttributeSchema::text("note"),
        AttributeSchema::new("active", ValueKind::Bool),
        AttributeSchema::text("doors").case_exact().multi_valued().length_max(40),
    ];
    ObjectSchema::new("holder", attributes)
}

#[async_trait]
impl Connector for Doors {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "doors", system: self.folder.display().to_string().into() }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::READ_WRITE;
        capabilities.read_by_id = true;
        capabilities.batch_max = 50;
        capabilities.concurrency_max = 4;
        capabilities
    }

    async fn schema(&self, _context: &Context) -> Result<Schema> {
        Ok(Schema::new([holder()]))
    }

    async fn check(&self, context: &Context) -> Result<CheckReport> {
        context.check("check")?;
        let ids = self.ids().map_err(|error| failed("check", error))?;
        Ok(CheckReport::found([format!("{} cards", ids.len())]))
    }
}

fn failed(operation: &'static str, error: io::Error) -> ConnectorError {
    let is_denied = error.kind() == io::ErrorKind::PermissionDenied;
    let kind = if is_denied { ErrorKind::PermissionDenied } else { ErrorKind::Unreachable };
    ConnectorError::new(kind, operation, error.kind().to_string()).with_source(error)
}

#[async_trait]
impl Source for Doors {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        let refused = |kind, message| Err(ConnectorError::new(kind, "read", message));
        if *query.object_type() != holder().object_type {
            return refused(ErrorKind::SchemaViolation, "there is no such object type");
        }
        let ids = match query.wanted {
            Wanted::All => self.ids().map_err(|error| failed("read", error))?,
            Wanted::WithIds(ids) => ids,
            _ => return refused(ErrorKind::Unsupported, "cards are found by their id alone"),
        };
        let mut events = Vec::new();
        for id in &ids {
            context.check("read")?;
            match self.load(id).map_err(|error| failed("read", error))? {
                Card::Whole(attributes) => {
                    let mut object = Object::new("holder", id.clone());
                    object.attributes = attributes;
                    events.push(Ok(ReadEvent::Object(object)));
                }
                Card::Damaged => {
                    let failure = Failure::new(ErrorKind::InvalidValue, "the card file is damaged");
                    events.push(Ok(ReadEvent::Unreadable { id: Some(id.clone()), failure }));
                }
                Card::Missing => {}
            }
        }
        context.check("read")?;
        let evidence = format!("each of {} card files was looked at", ids.len());
        events.push(Ok(ReadEvent::Complete(Completeness::declared(evidence))));
        Ok(Box::pin(stream::iter(events)))
    }
}

/// What a card file holds.
enum Card {
    Whole(Attributes),
    Damaged,
    Missing,
}

impl Doors {
    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.card"))
    }

    fn ids(&self) -> io::Result<Vec<Text>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            ids.extend(name.to_str().and_then(|it| it.strip_suffix(".card")).map(Text::new));
        }
        Ok(ids)
    }

    fn load(&self, id: &str) -> io::Result<Card> {
        // Any other id is nobody's, above all one that leads out of the folder.
        if id.is_empty() || !id.bytes().all(|it| it.is_ascii_digit()) {
            return Ok(Card::Missing);
        }
        let is_missing = |it: &io::Error| it.kind() == io::ErrorKind::NotFound && self.folder.exists();
        match fs::read_to_string(self.path(id)) {
            Ok(text) => Ok(parse(&text).map_or(Card::Damaged, Card::Whole)),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(Card::Damaged),
            Err(error) if is_missing(&error) => Ok(Card::Missing),
            Err(error) => Err(error),
        }
    }

    /// Counts on, so that no number is given twice, also after a card is gone.
    fn next_number(&self) -> io::Result<u64> {
        let counter = self.folder.join("last");
        let last: u64 = match fs::read_to_string(&counter) {
            Ok(text) => text.parse().map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        self.save(&counter, &(last + 1).to_string())?;
        Ok(last + 1)
    }

    /// Replaces a file as a whole, so that it is the old one or the new one, whatever happens.
    fn save(&self, path: &Path, text: &str) -> io::Result<()> {
        let new = self.folder.join("new");
        fs::write(&new, text)?;
        fs::rename(new, path)
    }
}

/// A line for each value, and a last line by which a file proves that it is whole.
fn render(attributes: &Attributes) -> String {
    let lines =
        attributes.iter().flat_map(|(name, values)| values.as_slice().iter().map(move |it| (name, it)));
    let lines = lines.map(|(name, value)| match value {
        Value::Text(text) => {
            format!("{name}: {}\n", text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r"))
        }
        other => format!("{name}: {other}\n"),
    });
    lines.collect::<String>() + "end\n"
}

fn parse(text: &str) -> Option<Attributes> {
    let mut values: BTreeMap<AttrName, Vec<Value>> = BTreeMap::new();
    for line in text.strip_suffix("end\n")?.lines() {
        let (name, written) = line.split_once(": ")?;
        let value = match holder().attribute(name)?.kind {
            ValueKind::Bool => Value::Bool(written.parse().ok()?),
            _ => Value::from(unescape(written)),
        };
        values.entry(AttrName::new(name)).or_default().push(value);
    }
    Some(values.into_iter().filter_map(|(name, values)| Some((name, Values::from_many(values)?))).collect())
}

fn unescape(written: &str) -> String {
    let parts = written.split("\\\\").map(|it| it.replace("\\n", "\n").replace("\\r", "\r"));
    parts.collect::<Vec<_>>().join("\\")
}

#[async_trait]
impl Target for Doors {
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        let again = Retry::Later { after: None };
        let outcomes = writes.into_iter().map(|write| {
            let outcome = match context.check("apply") {
                Ok(()) => self.write(&write).unwrap_or_else(|refusal| refusal),
                // Nothing was sent, so it may be sent again.
                Err(error) => Outcome::Rejected(error.failure().clone().with_retry(again)),
            };
            (write.id, outcome)
        });
        Box::pin(stream::iter(outcomes.collect::<Vec<_>>()))
    }
}

fn rejected(kind: ErrorKind, message: impl Into<Text>) -> Outcome {
    Outcome::Rejected(Failure::new(kind, message))
}

fn lost(error: io::Error) -> Outcome {
    Outcome::Rejected(failed("apply", error).failure().clone())
}

impl Doors {
    fn write(&self, write: &Write) -> std::result::Result<Outcome, Outcome> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if write.object_type != holder().object_type {
            return Err(rejected(ErrorKind::SchemaViolation, "there is no such object type"));
        }
        match &write.action {
            WriteAction::Create { attributes } => {
                self.fits(attributes, "")?;
                let id = TargetId::new(self.next_number().map_err(lost)?.to_string());
                self.save(&self.path(id.as_str()), &render(attributes)).map_err(lost)?;
                Ok(Outcome::Applied(Applied::to(id)))
            }
            WriteAction::Update { target, version: None, deltas } => {
                let Card::Whole(before) = self.load(target.as_str()).map_err(lost)? else {
                    return Err(rejected(ErrorKind::NotFound, format!("there is no card `{target}`")));
                };
                let mut attributes = before.clone();
                deltas.iter().for_each(|it| it.apply(&mut attributes));
                self.fits(&attributes, target.as_str())?;
                if attributes == before {
                    return Ok(Outcome::AlreadySatisfied);
                }
                self.save(&self.path(target.as_str()), &render(&attributes)).map_err(lost)?;
                Ok(Outcome::Applied(Applied::to(target.clone())))
            }
            WriteAction::Delete { target, version: None } => {
                if matches!(self.load(target.as_str()).map_err(lost)?, Card::Missing) {
                    return Ok(Outcome::AlreadySatisfied);
                }
                fs::remove_file(self.path(target.as_str())).map_err(lost)?;
                Ok(Outcome::Applied(Applied::to(target.clone())))
            }
            _ => Err(rejected(ErrorKind::Unsupported, "cards have no versions")),
        }
    }

    /// Refuses what the schema does not allow, and a name that another card has.
    fn fits(&self, attributes: &Attributes, own_id: &str) -> std::result::Result<(), Outcome> {
        let schema = holder();
        for (name, values) in attributes.iter() {
            let attribute = schema.attribute(name.as_str());
            let attribute = attribute
                .ok_or_else(|| rejected(ErrorKind::SchemaViolation, format!("a card has no `{name}`")))?;
            let is_long = |it: &Value| {
                it.as_text().is_some_and(|it| it.chars().count() > attribute.length_max.unwrap_or(usize::MAX))
            };
            let is_bad = |it: &Value| it.kind() != attribute.kind || is_long(it);
            if values.as_slice().iter().any(is_bad) || values.len() > 1 && !attribute.multi_valued {
                return Err(rejected(ErrorKind::InvalidValue, format!("`{name}` does not fit")));
            }
        }
        let Some(name) = attributes.get("name").and_then(Values::single).and_then(Value::as_text) else {
            return Err(rejected(ErrorKind::SchemaViolation, "`name` is required"));
        };
        for id in self.ids().map_err(lost)?.iter().filter(|it| it.as_str() != own_id) {
            let Card::Whole(other) = self.load(id).map_err(lost)? else { continue };
            let other = other.get("name").and_then(Values::single).and_then(Value::as_text);
            if other.is_some_and(|it| CompareRule::CaseIgnore.same_text(it, name)) {
                let taken = Failure::new(ErrorKind::UniquenessViolated, "`name` is taken");
                return Err(Outcome::Conflict(taken));
            }
        }
        Ok(())
    }
}
