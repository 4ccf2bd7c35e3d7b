//! What do the lines of the file say?
//!
//! ```text
//! {…,"format":"provisio-directory","version":1,"schema":"…","incarnation":"…","sequence":9,"forgotten":0,
//!    "numbers":{"user":3,"group":1}}
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

use provisio_model::{AttributeDelta, Layout, Text, ValuesChange};
use serde_json::Value as Json;

use crate::codec::{EncodeResult, decode_attributes, decode_values, encode_attributes, encode_values};
use crate::state::{Entry, Key, State, Stored};

/// The version of the file format.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// The name of the file format.
pub(crate) const FORMAT: &str = "provisio-directory";

/// No sequence or version number of a file is larger, so that counting on never overflows.
pub(crate) const NUMBER_MAX: u64 = 1 << 53;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) schema: String,
    pub(crate) incarnation: Text,
    pub(crate) sequence: u64,
    pub(crate) forgotten: u64,
    pub(crate) numbers: Vec<(String, u64)>,
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

    pub(crate) fn decode(line: &Json) -> Result<Self, String> {
        let numbers = line.get("numbers").and_then(Json::as_object).ok_or("it has no `numbers`")?;
        let numbers = numbers.keys().map(|name| Ok((name.clone(), number(&line["numbers"], name)?)));
        Ok(Self {
            schema: text(line, "schema")?.to_owned(),
            incarnation: text(line, "incarnation")?.into(),
            sequence: number(line, "sequence")?,
            forgotten: number(line, "forgotten")?,
            numbers: numbers.collect::<Result<_, String>>()?,
        })
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

/// Takes the objects and deletions of a snapshot line in, and says whether it is the last.
pub(crate) fn install_snapshot(line: &Json, state: &mut State) -> Result<More, String> {
    for json in list(line, "objects")? {
        let key = key(state, json, "object")?;
        let attributes =
            decode_attributes(layout(state, &key), json.get("attributes").unwrap_or(&Json::Null));
        let attributes = attributes.map_err(|why| format!("`{}`: {why}", key.id))?;
        let (version, changed) = (number(json, "version")?, number(json, "changed")?);
        if changed > state.sequence {
            return Err(format!("`{}` changed later than the file was written", key.id));
        }
        state.put(&key, Stored { id: key.id.clone(), attributes, version, changed })?;
    }
    for json in list(line, "deleted")? {
        let key = key(state, json, "deleted")?;
        state.feed.bury(key, number(json, "changed")?);
    }
    match line.get("more").and_then(Json::as_bool) {
        Some(true) => Ok(More::Follows),
        Some(false) => Ok(More::Ends),
        None => Err("it has no `more`".to_owned()),
    }
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

/// Makes the entries of a batch line true, one after the other.
pub(crate) fn install_batch(line: &Json, state: &mut State) -> Result<(), String> {
    let expected = state.sequence + 1;
    let from = number(line, "from")?;
    if from != expected {
        return Err(format!("it begins with change {from}, not with {expected}"));
    }
    for json in list(line, "batch")? {
        let entry = decode_entry(state, json)?;
        state.install(&entry)?;
    }
    Ok(())
}

fn decode_entry(state: &State, json: &Json) -> Result<Entry, String> {
    if json.get("create").is_some() {
        let key = key(state, json, "create")?;
        let attributes =
            decode_attributes(layout(state, &key), json.get("attributes").unwrap_or(&Json::Null));
        let attributes = attributes.map_err(|why| format!("`{}`: {why}", key.id))?;
        return Ok(Entry::Create { key, attributes });
    }
    if json.get("change").is_some() {
        let key = key(state, json, "change")?;
        let deltas = list(json, "deltas")?.iter().map(|json| decode_delta(layout(state, &key), json));
        let deltas = deltas.collect::<Result<_, _>>().map_err(|why| format!("`{}`: {why}", key.id))?;
        return Ok(Entry::Change { key, deltas });
    }
    Ok(Entry::Delete { key: key(state, json, "delete")? })
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

fn decode_delta(layout: &Layout, json: &Json) -> Result<AttributeDelta, String> {
    let members = json.as_object().ok_or("a delta is not an object")?;
    let (verb, what) = members.iter().next().ok_or("a delta is empty")?;
    let attribute = |name: &str| {
        let slot = layout.slot(name).ok_or_else(|| format!("the schema has no attribute `{name}`"))?;
        Ok::<_, String>(layout.attribute(slot))
    };
    if verb == "clear" {
        let attribute = attribute(what.as_str().ok_or("a delta names no attribute")?)?;
        return Ok(AttributeDelta::new(attribute.name.clone(), ValuesChange::Clear));
    }
    let (name, values) =
        what.as_object().and_then(|it| it.iter().next()).ok_or("a delta names no attribute")?;
    let attribute = attribute(name)?;
    let values = decode_values(attribute, values)?;
    let change = match verb.as_str() {
        "set" => ValuesChange::Set(values),
        "add" => ValuesChange::Add(values),
        "remove" => ValuesChange::Remove(values),
        other => return Err(format!("there is no delta `{other}`")),
    };
    Ok(AttributeDelta::new(attribute.name.clone(), change))
}

fn begin(state: &State, verb: &str, key: &Key, json: &mut Vec<u8>) -> EncodeResult {
    push(json, &format!("{{\"{verb}\":"));
    push_text(json, state.type_state(key.object_type).object_type().as_str())?;
    push(json, ",\"id\":");
    push_text(json, &key.id)
}

fn key(state: &State, json: &Json, verb: &str) -> Result<Key, String> {
    let object_type = text(json, verb)?;
    let object_type =
        state.type_index(object_type).ok_or_else(|| format!("the schema has no type `{object_type}`"))?;
    Ok(Key { object_type, id: text(json, "id")?.into() })
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

fn text<'j>(json: &'j Json, name: &str) -> Result<&'j str, String> {
    json.get(name).and_then(Json::as_str).ok_or_else(|| format!("it has no `{name}`"))
}

pub(crate) fn number(json: &Json, name: &str) -> Result<u64, String> {
    let number = json.get(name).and_then(Json::as_u64).ok_or_else(|| format!("it has no `{name}`"))?;
    if number <= NUMBER_MAX { Ok(number) } else { Err(format!("`{name}` is larger than {NUMBER_MAX}")) }
}

fn list<'j>(json: &'j Json, name: &str) -> Result<&'j [Json], String> {
    json.get(name).and_then(Json::as_array).map(Vec::as_slice).ok_or_else(|| format!("it has no `{name}`"))
}
