//! A connector that talks to the service in this process, and what tests ask of it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::executor::block_on;
use futures::{StreamExt as _, TryStreamExt as _};
use provisio_connector::{Clock, Connector as _, Context, ReadEvent, ReadQuery, Source as _, Target as _};
use provisio_model::{
    AttributeDelta, Attributes, Layout, Object, Outcome, Schema, Secret, TargetId, Timestamp, Value, Values,
    ValuesChange, Write, WriteAction, WriteId,
};
use provisio_scim::{Auth, Profile, Scim, ScimSettings};

use crate::fake::{Fake, TOKEN};

pub(crate) const BASE: &str = "https://scim.example.com/v2";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Time that passes when somebody waits.
pub(crate) struct TestClock(Mutex<Timestamp>);

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("not poisoned")
    }

    async fn sleep_until(&self, instant: Timestamp) {
        let mut now = self.0.lock().expect("not poisoned");
        *now = instant.max(*now);
    }
}

pub(crate) fn context() -> Context {
    Context::new(Arc::new(TestClock(Mutex::new(Timestamp::from_second(1_767_225_600)))))
}

pub(crate) fn settings(profile: &str) -> ScimSettings {
    let mut settings = ScimSettings::new(BASE);
    settings.profile = Profile::named(profile).or_else(|| Profile::parse(profile).ok()).expect("a profile");
    settings.auth = Auth::Bearer(Secret::new(TOKEN));
    settings
}

/// Talks to a service in this process, by the name or the text of a profile.
pub(crate) fn connect(fake: &Fake, profile: &str) -> Scim {
    Scim::new(settings(profile), Arc::new(fake.clone())).expect("settings that are right")
}

pub(crate) fn schema(scim: &Scim) -> Schema {
    block_on(scim.schema(&context())).expect("a schema")
}

/// The layout of these attributes and parts.
pub(crate) fn layout(scim: &Scim, object_type: &str, names: &[&str]) -> Arc<Layout> {
    let schema = schema(scim);
    let of_type = schema.of(&object_type.into()).expect("a type");
    let attributes =
        names.iter().map(|it| of_type.resolve(it).unwrap_or_else(|error| panic!("{it}: {error}")));
    Arc::new(Layout::new(object_type, attributes))
}

/// What a read gives, in order.
pub(crate) fn events(scim: &Scim, query: ReadQuery) -> Result<Vec<ReadEvent>, String> {
    let context = context();
    block_on(async {
        let stream = scim.read(&context, query).await.map_err(|it| it.to_string())?;
        stream.map(|it| it.map_err(|it| it.to_string())).try_collect().await
    })
}

/// What a read gives: its objects in order, and how it ended.
pub(crate) fn read(scim: &Scim, query: ReadQuery) -> Result<(Vec<Object>, String), String> {
    let (mut objects, mut end) = (Vec::new(), "nothing".to_owned());
    for event in events(scim, query)? {
        match event {
            ReadEvent::Object(object) => objects.push(object),
            ReadEvent::Complete(completeness) => end = format!("complete: {}", completeness.evidence),
            ReadEvent::Incomplete(why) => end = format!("incomplete: {why}"),
            ReadEvent::Unreadable { id, failure } => end = format!("unreadable {id:?}: {failure}"),
            other => end = format!("{other:?}"),
        }
    }
    Ok((objects, end))
}

pub(crate) fn write(scim: &Scim, object_type: &str, action: WriteAction) -> Outcome {
    let context = context();
    let writes = vec![Write::new(WriteId(1), object_type.into(), action)];
    let outcomes: Vec<_> = block_on(async { scim.apply(&context, writes).await.collect().await });
    let [(WriteId(1), outcome)] = &outcomes[..] else { panic!("one outcome, not {outcomes:?}") };
    outcome.clone()
}

pub(crate) fn attributes<const N: usize>(list: [(&str, Values); N]) -> Attributes {
    list.into_iter().collect()
}

pub(crate) fn create(scim: &Scim, object_type: &str, attributes: Attributes) -> String {
    match write(scim, object_type, WriteAction::Create { attributes }) {
        Outcome::Applied(applied) => applied.id.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn set(name: &str, values: impl Into<Values>) -> AttributeDelta {
    AttributeDelta::new(name, ValuesChange::Set(values.into()))
}

pub(crate) fn clear(name: &str) -> AttributeDelta {
    AttributeDelta::new(name, ValuesChange::Clear)
}

pub(crate) fn references<'i>(ids: impl IntoIterator<Item = &'i str>) -> Values {
    Values::from_many(ids.into_iter().map(|it| Value::Reference(it.into()))).expect("some")
}

pub(crate) fn update(scim: &Scim, object_type: &str, id: &str, deltas: Vec<AttributeDelta>) -> Outcome {
    write(scim, object_type, WriteAction::Update { target: TargetId::new(id), version: None, deltas })
}

pub(crate) fn delete(scim: &Scim, object_type: &str, id: &str) -> Outcome {
    write(scim, object_type, WriteAction::Delete { target: TargetId::new(id), version: None })
}
