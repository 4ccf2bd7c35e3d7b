//! What do the lines of the file say?
//!
//! ```text
//! {…,"format":"provisio-directory","version":1,"schema":"…","incarnation":"…","sequence":9,"forgotten":0,
//!    "numbers":{"group":1,"user":3}}
//! {…,"more":false,"objects":[{"object":"user","id":"user-000001","version":2,"changed":7,"attributes":{…}}],
//!    "deleted":[{"deleted":"user","id":"user-000003","changed":9}]}
//! {…,"from":10,"batch":[{"create":"user","id":"user-000004","attributes":{…}},
//!    {"change":"group","id":"group-000001","deltas":[{"add":{"members":["user-000004"]}}]},
//!    {"delete":"user","id":"user-000002"}]}
//! ```
//!
//! The first line is the header. Lines of objects follow up to the one without `more`: the state when the file was
//! last rewritten. Then comes one line for each batch of writes since, whose first entry has the sequence number
//! `from`. `numbers` are the last ids assigned, and deletions up to `forgotten` are no longer remembered.

use std::borrow::Cow;
use std::collections::BTreeMap;

use provisio_model::{AttributeDelta, Layout, Text, Values, ValuesChange};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::codec::{EncodeResult, decode_attributes, decode_values, encode_attributes, encode_values};
use crate::key::Key;
use crate::state::{Entry, State, Stored};

/// The version of the file format.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// The name of the file format.
pub(crate) const FORMAT: &str = "provisio-directory";

/// No sequence or version number of a file is larger, so that counting on never overflows.
pub(crate) const NUMBER_MAX: u64 = 1 << 53;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Header {
    pub(crate) schema: String,
    pub(crate) incarnation: Text,
    pub(crate) sequence: u64,
    pub(crate) forgotten: u64,
    pub(crate) numbers: BTreeMap<String, u64>,
}

impl Header {
    pub(crate) fn of(state: &State, incarnation: &Text, schema: &str) -> Self {
        let number = |it: &crate::state::TypeState| (it.object_type().as_str().to_owned(), it.last_number);
        Self {
            schema: schema.to_owned(),
            incarnation: incarnation.clone(),
            sequence: state.sequence,
            forgotten: state.feed.forgotten,
            numbers: state.types.iter().map(number).collect(),
        }
    }

    pub(crate) fn encode(&self, json: &mut Vec<u8>) -> EncodeResult {
        let Self { schema, incarnation, sequence, forgotten, numbers } = self;
        push(json, &format!("\"format\":\"{FORMAT}\",\"version\":{FORMAT_VERSION},\"schema\":"));
        push_text(json, schema)?;
        push(json, ",\"incarnation\":");
        push_text(json, incarnation)?;
        push(json, &format!(",\"sequence\":{sequence},\"forgotten\":{forgotten},\"numbers\":{{"));
        for (position, (object_type, number)) in numbers.iter().enumerate() {
            push(json, if position == 0 { "" } else { "," });
            push_text(json, object_type)?;
            push(json, &format!(":{number}"));
        }
        push(json, "}");
        Ok(())
    }

    pub(crate) fn decode(line: &[u8]) -> Result<Self, String> {
        let header: Self = parse(line)?;
        check_number("sequence", header.sequence)?;
        Ok(header)
    }
}

/// Whether another snapshot line comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    Follows,
    Ends,
}

/// What the next snapshot line holds.
#[derive(Debug, Default)]
pub(crate) struct SnapshotLine {
    pub(crate) objects: Vec<u8>,
    pub(crate) deleted: Vec<u8>,
}

impl SnapshotLine {
    /// Returns the body of the line, and begins the next.
    pub(crate) fn take(&mut self, more: More) -> Vec<u8> {
        let more = format!("\"more\":{},\"objects\":[", more == More::Follows);
        let parts: [&[u8]; 5] = [more.as_bytes(), &self.objects, b"],\"deleted\":[", &self.deleted, b"]"];
        let body = parts.concat();
        self.objects.clear();
        self.deleted.clear();
        body
    }
}

/// Appends an object as it is, for a snapshot line.
pub(crate) fn encode_object(state: &State, key: &Key, stored: &Stored, json: &mut Vec<u8>) -> EncodeResult {
    begin(state, "object", key, json)?;
    push(json, &format!(",\"version\":{},\"changed\":{},\"attributes\":", stored.version, stored.changed));
    encode_attributes(layout(state, key), &stored.attributes, json)?;
    push(json, "}");
    Ok(())
}

/// Appends a remembered deletion, for a snapshot line.
pub(crate) fn encode_tombstone(state: &State, key: &Key, changed: u64, json: &mut Vec<u8>) -> EncodeResult {
    begin(state, "deleted", key, json)?;
    push(json, &format!(",\"changed\":{changed}}}"));
    Ok(())
}

#[derive(Deserialize)]
struct SnapshotRecord<'l> {
    more: bool,
    #[serde(borrow)]
    objects: Vec<ObjectRecord<'l>>,
    deleted: Vec<DeletedRecord>,
}

#[derive(Deserialize)]
struct ObjectRecord<'l> {
    #[serde(borrow)]
    object: Cow<'l, str>,
    id: Text,
    version: u64,
    changed: u64,
    attributes: &'l RawValue,
}

#[derive(Deserialize)]
struct DeletedRecord {
    deleted: String,
    id: Text,
    changed: u64,
}

/// Takes the objects and deletions of a snapshot line in, and says whether it is the last.
pub(crate) fn install_snapshot(line: &[u8], state: &mut State) -> Result<More, String> {
    let record: SnapshotRecord<'_> = parse(line)?;
    for ObjectRecord { object, id, version, changed, attributes } in record.objects {
        check_number("version", version)?;
        check_changed(state, &id, changed)?;
        let key = key(state, &object, &id)?;
        let attributes = decode_attributes(layout(state, &key), attributes);
        let attributes = attributes.map_err(|why| format!("`{id}`: {why}"))?;
        state.put(&key, Stored { id, attributes, version, changed })?;
    }
    for DeletedRecord { deleted, id, changed } in record.deleted {
        check_changed(state, &id, changed)?;
        let key = key(state, &deleted, &id)?;
        state.feed.bury(key, changed);
    }
    Ok(if record.more { More::Follows } else { More::Ends })
}

/// Appends an entry of a batch.
pub(crate) fn encode_entry(state: &State, entry: &Entry, json: &mut Vec<u8>) -> EncodeResult {
    match entry {
        Entry::Create { key, attributes } => {
            begin(state, "create", key, json)?;
            push(json, ",\"attributes\":");
            encode_attributes(layout(state, key), attributes, json)?;
        }
        Entry::Change { key, deltas } => {
            begin(state, "change", key, json)?;
            push(json, ",\"deltas\":[");
            for (position, delta) in deltas.iter().enumerate() {
                push(json, if position == 0 { "" } else { "," });
                encode_delta(layout(state, key), delta, json)?;
            }
            push(json, "]");
        }
        Entry::Delete { key } => begin(state, "delete", key, json)?,
    }
    push(json, "}");
    Ok(())
}

#[derive(Deserialize)]
struct BatchRecord<'l> {
    from: u64,
    #[serde(borrow)]
    batch: Vec<EntryRecord<'l>>,
}

#[derive(Deserialize)]
struct EntryRecord<'l> {
    create: Option<String>,
    change: Option<String>,
    delete: Option<String>,
    id: Text,
    #[serde(borrow)]
    attributes: Option<&'l RawValue>,
    #[serde(default, borrow)]
    deltas: Vec<DeltaRecord<'l>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DeltaRecord<'l> {
    #[serde(borrow)]
    Set(BTreeMap<String, &'l RawValue>),
    #[serde(borrow)]
    Add(BTreeMap<String, &'l RawValue>),
    #[serde(borrow)]
    Remove(BTreeMap<String, &'l RawValue>),
    Clear(String),
}

/// Makes the entries of a batch line true, one after the other.
pub(crate) fn install_batch(line: &[u8], state: &mut State) -> Result<(), String> {
    let record: BatchRecord<'_> = parse(line)?;
    let expected = state.sequence + 1;
    if record.from != expected {
        return Err(format!("it begins with change {}, not with {expected}", record.from));
    }
    for entry in record.batch {
        let entry = decode_entry(state, entry)?;
        state.install(&entry)?;
    }
    Ok(())
}

fn decode_entry(state: &State, record: EntryRecord<'_>) -> Result<Entry, String> {
    let EntryRecord { create, change, delete, id, attributes, deltas } = record;
    let of = |why| format!("`{id}`: {why}");
    match (create, change, delete) {
        (Some(object_type), None, None) => {
            let key = key(state, &object_type, &id)?;
            let attributes = attributes.ok_or("an object has no attributes")?;
            let attributes = decode_attributes(layout(state, &key), attributes).map_err(of)?;
            Ok(Entry::Create { key, attributes })
        }
        (None, Some(object_type), None) => {
            let key = key(state, &object_type, &id)?;
            let deltas = deltas.into_iter().map(|it| decode_delta(layout(state, &key), it));
            let deltas = deltas.collect::<Result<_, _>>().map_err(of)?;
            Ok(Entry::Change { key, deltas })
        }
        (None, None, Some(object_type)) => Ok(Entry::Delete { key: key(state, &object_type, &id)? }),
        _ => Err(format!("it is not clear what happens to `{id}`")),
    }
}

fn encode_delta(layout: &Layout, delta: &AttributeDelta, json: &mut Vec<u8>) -> EncodeResult {
    let name = delta.attribute.as_str();
    let (verb, values) = match &delta.change {
        ValuesChange::Set(values) => ("set", values),
        ValuesChange::Add(values) => ("add", values),
        ValuesChange::Remove(values) => ("remove", values),
        ValuesChange::Clear => {
            push(json, "{\"clear\":");
            push_text(json, name)?;
            push(json, "}");
            return Ok(());
        }
    };
    push(json, &format!("{{\"{verb}\":{{"));
    push_text(json, name)?;
    push(json, ":");
    // INVARIANT: a decided delta names an attribute of the schema.
    if let Some(slot) = layout.slot(name) {
        encode_values(layout.attribute(slot), values, json)?;
    }
    push(json, "}}");
    Ok(())
}

fn decode_delta(layout: &Layout, record: DeltaRecord<'_>) -> Result<AttributeDelta, String> {
    let attribute = |name: &str| {
        let slot = layout.slot(name).ok_or_else(|| format!("the schema has no attribute `{name}`"))?;
        Ok::<_, String>(layout.attribute(slot))
    };
    let (values, change): (_, fn(Values) -> ValuesChange) = match record {
        DeltaRecord::Set(values) => (values, ValuesChange::Set),
        DeltaRecord::Add(values) => (values, ValuesChange::Add),
        DeltaRecord::Remove(values) => (values, ValuesChange::Remove),
        DeltaRecord::Clear(name) => {
            return Ok(AttributeDelta::new(attribute(&name)?.name.clone(), ValuesChange::Clear));
        }
    };
    let (name, values) = values.into_iter().next().ok_or("a delta names no attribute")?;
    let attribute = attribute(&name)?;
    Ok(AttributeDelta::new(attribute.name.clone(), change(decode_values(attribute, values)?)))
}

fn begin(state: &State, verb: &str, key: &Key, json: &mut Vec<u8>) -> EncodeResult {
    push(json, &format!("{{\"{verb}\":"));
    push_text(json, state.type_state(key.object_type).object_type().as_str())?;
    push(json, ",\"id\":");
    push_text(json, &key.id)
}

fn key(state: &State, object_type: &str, id: &Text) -> Result<Key, String> {
    let index = state.type_index(object_type);
    let object_type = index.ok_or_else(|| format!("the schema has no type `{object_type}`"))?;
    Ok(Key { object_type, id: id.clone() })
}

fn layout<'s>(state: &'s State, key: &Key) -> &'s Layout {
    &state.type_state(key.object_type).layout
}

fn push(json: &mut Vec<u8>, text: &str) {
    json.extend_from_slice(text.as_bytes());
}

fn push_text(json: &mut Vec<u8>, text: &str) -> EncodeResult {
    serde_json::to_writer(json, text)
}

fn parse<'l, T: Deserialize<'l>>(line: &'l [u8]) -> Result<T, String> {
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

fn check_number(name: &str, number: u64) -> Result<(), String> {
    if number <= NUMBER_MAX { Ok(()) } else { Err(format!("`{name}` is larger than {NUMBER_MAX}")) }
}

fn check_changed(state: &State, id: &str, changed: u64) -> Result<(), String> {
    if changed <= state.sequence { Ok(()) } else { Err(format!("`{id}` changed after the file was written")) }
}
