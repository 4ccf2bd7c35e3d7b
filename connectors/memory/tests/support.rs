//! What the tests share: a schema with one attribute of each sort, short ways to write, a clock that stands.

use std::sync::Arc;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::executor::block_on;
use provisio_connector::{ChangeEvent, Clock, Context, ReadEvent, ReadQuery, Source as _};
use provisio_memory::MemoryDirectory;
use provisio_model::{
    AttributeDelta, AttributeSchema, Attributes, Completeness, Layout, Mutability, Object, ObjectSchema,
    Outcome, Schema, TargetId, Timestamp, Value, ValueKind, Values, ValuesChange, Watermark, WriteAction,
};

/// A clock that stands.
pub(crate) struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(0)
    }

    async fn sleep_until(&self, _instant: Timestamp) {}
}

pub(crate) fn context() -> Context {
    Context::new(Arc::new(Still))
}

pub(crate) fn schema() -> Schema {
    let new = AttributeSchema::new;
    let mut address = new("address", ValueKind::Complex);
    address.sub_attributes =
        vec![AttributeSchema::text("city").required(), AttributeSchema::reference("host", ["user"])];
    Schema::new([
        ObjectSchema::new(
            "user",
            [
                AttributeSchema::text("userName").required().unique().length_max(20),
                AttributeSchema::text("code").case_exact().unique(),
                AttributeSchema::text("title"),
                AttributeSchema::text("tags").multi_valued(),
                new("age", ValueKind::Int),
                new("ratio", ValueKind::Decimal),
                new("photo", ValueKind::Binary),
                new("hired", ValueKind::Timestamp),
                AttributeSchema::text("created").mutability(Mutability::ReadOnly),
                AttributeSchema::text("badge").mutability(Mutability::Immutable),
                AttributeSchema::text("pin").mutability(Mutability::WriteOnly),
                new("password", ValueKind::Secret).mutability(Mutability::WriteOnly),
                AttributeSchema::reference("manager", ["user"]),
                new("open", ValueKind::Complex).multi_valued(),
                address,
            ],
        ),
        ObjectSchema::new(
            "group",
            [
                AttributeSchema::text("displayName").required(),
                AttributeSchema::reference("owner", ["user"]),
                AttributeSchema::reference("members", ["user", "group"]).multi_valued(),
            ],
        ),
        ObjectSchema::new("desk", [AttributeSchema::reference("keeper", ["user"]).required()]),
    ])
}

pub(crate) fn create(attributes: impl IntoIterator<Item = (&'static str, Values)>) -> WriteAction {
    WriteAction::Create { attributes: attributes.into_iter().collect() }
}

pub(crate) fn update(
    id: &str,
    deltas: impl IntoIterator<Item = (&'static str, ValuesChange)>,
) -> WriteAction {
    let deltas = deltas.into_iter().map(|(name, change)| AttributeDelta::new(name, change)).collect();
    WriteAction::Update { target: TargetId::new(id), version: None, deltas }
}

pub(crate) fn delete(id: &str) -> WriteAction {
    WriteAction::Delete { target: TargetId::new(id), version: None }
}

pub(crate) fn set(values: impl Into<Values>) -> ValuesChange {
    ValuesChange::Set(values.into())
}

pub(crate) fn texts<const N: usize>(texts: [&str; N]) -> Values {
    Values::from_many(texts.into_iter().map(Value::from)).expect("some")
}

pub(crate) fn ids<const N: usize>(ids: [&str; N]) -> Values {
    Values::from_many(ids.into_iter().map(reference)).expect("some")
}

pub(crate) fn reference(id: &str) -> Value {
    Value::Reference(id.into())
}

/// Writes an outcome in one line: `applied user-000001 v1`, `rejected invalid value: …`.
pub(crate) fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied(it) => format!("applied {} v{}", it.id, it.version.as_deref().unwrap_or("-")),
        Outcome::AlreadySatisfied => "already satisfied".to_owned(),
        Outcome::Rejected(failure) => format!("rejected {failure}"),
        Outcome::Conflict(failure) => format!("conflict {failure}"),
        Outcome::Unknown(failure) => format!("unknown {failure}"),
    }
}

/// All that can be read of the types of [`schema`].
pub(crate) fn everything(directory: &MemoryDirectory) -> Vec<Object> {
    ["user", "group", "desk"].into_iter().flat_map(|it| directory.objects(it)).collect()
}

pub(crate) fn layout(object_type: &str) -> Layout {
    let schema = schema();
    let attributes = schema.of(&object_type.into()).expect("known").attributes.clone();
    Layout::new(object_type, attributes)
}

pub(crate) fn read(directory: &MemoryDirectory, layout: Layout) -> (Vec<Object>, Completeness) {
    let context = context();
    let stream = block_on(directory.read(&context, ReadQuery::all(layout))).expect("readable");
    let mut events: Vec<ReadEvent> =
        block_on(stream.collect::<Vec<_>>()).into_iter().collect::<Result<_, _>>().expect("no error");
    let Some(ReadEvent::Complete(completeness)) = events.pop() else {
        panic!("the last event is not `Complete`")
    };
    let objects = events.into_iter().map(|event| match event {
        ReadEvent::Object(object) => object,
        other => panic!("{other:?}"),
    });
    (objects.collect(), completeness)
}

pub(crate) fn changes(directory: &MemoryDirectory, object_type: &str, since: &Watermark) -> Vec<ChangeEvent> {
    let context = context();
    let query = ReadQuery::all(layout(object_type));
    let stream = block_on(directory.changes(&context, query, since)).expect("readable");
    block_on(stream.collect::<Vec<_>>()).into_iter().collect::<Result<_, _>>().expect("no error")
}

pub(crate) fn attributes<const N: usize>(attributes: [(&str, Values); N]) -> Attributes {
    attributes.into_iter().collect()
}
