//! How is an object changed: by PATCH, by PUT, or by a DELETE that makes it inactive?

use provisio_model::path::whole_deltas;
use provisio_model::{
    Applied, AttributeDelta, Attributes, ErrorKind, Mutability, Outcome, Retry, TargetId, Value, ValuesChange,
};
use serde_json::{Map, Value as Json};

use super::{Done, Writing, is_empty_text};
use crate::decode::{self, Shown};
use crate::encode::Purpose;
use crate::json;
use crate::patch::{self, Batch, Obstacle, Operation};
use crate::profile::{Deactivation, UpdateVerb};
use crate::transport::Method;
use crate::trouble::{Certainty, Trouble};

impl Writing<'_> {
    pub(super) async fn update(
        &self,
        target: &TargetId,
        version: Option<&str>,
        deltas: &[AttributeDelta],
    ) -> Done {
        let given = self.acceptable_deltas(deltas)?;
        if self.scim.profile.deactivate == Deactivation::Delete
            && let Some(at) = deltas.iter().position(deactivates)
        {
            return self.deactivate(target, version, deltas, at, &given).await;
        }
        self.change(target, version, deltas, &given).await
    }

    /// Tells whether objects are written whole.
    fn puts(&self) -> bool {
        // What the service says of itself, or does, counts where the profile is that of the RFCs.
        let has_no_patch = || self.service.config.patch == Some(false) || self.scim.learned().has_no_patch;
        self.scim.profile.update == UpdateVerb::Put || (self.scim.profile.name == "rfc" && has_no_patch())
    }

    /// Tells whether PATCH is not there at all, on a service that did not say that it is; then it is not tried again.
    fn lacks_patch(&self, trouble: &Trouble) -> bool {
        let lacks = matches!(trouble.status, Some(405 | 501))
            && self.service.config.patch.is_none()
            && self.scim.profile.name == "rfc";
        if lacks {
            self.scim.learned().has_no_patch = true;
        }
        lacks
    }

    /// The one PATCH that these deltas are, and the attributes that have a value afterwards; `None` if they are several
    /// requests, or need a look at the object, or cannot be written.
    pub(super) fn single_patch(&self, deltas: &[AttributeDelta]) -> Option<(Vec<u8>, Vec<usize>)> {
        let deletes = self.scim.profile.deactivate == Deactivation::Delete && deltas.iter().any(deactivates);
        if deletes || self.puts() {
            return None;
        }
        let given = self.acceptable_deltas(deltas).ok()?;
        let operations = patch::operations(&self.encoder(Purpose::Patch), deltas, None).ok()?;
        match &self.batches(operations)[..] {
            [batch] => Some((self.patch_body(batch), given)),
            _ => None,
        }
    }

    fn patch_body(&self, batch: &Batch) -> Vec<u8> {
        patch::request(batch, self.scim.profile.patch.op_case).to_string().into_bytes()
    }

    async fn change(
        &self,
        target: &TargetId,
        version: Option<&str>,
        deltas: &[AttributeDelta],
        given: &[usize],
    ) -> Done {
        if self.puts() {
            return self.put(target, version, deltas, given).await;
        }
        self.patch(target, version, deltas, given).await
    }

    /// Refuses what cannot be written. Returns the attributes that have a value afterwards, by their place in the schema.
    fn acceptable_deltas(&self, deltas: &[AttributeDelta]) -> Result<Vec<usize>, Trouble> {
        let names: Vec<_> = deltas.iter().map(|it| &it.attribute).collect();
        let known = self
            .resource_type
            .known(&names)
            .map_err(|fault| Trouble::new(ErrorKind::SchemaViolation, fault.to_string()))?;
        let mut given = Vec::new();
        for delta in deltas {
            let name = &delta.attribute;
            let Some(named) = known.get(name) else { continue };
            let attribute = &named.attribute;
            let is_read_only = attribute.mutability == Mutability::ReadOnly;
            // A member itself never changes, but it joins and leaves.
            let is_immutable = attribute.mutability == Mutability::Immutable && !attribute.multi_valued;
            if is_read_only || is_immutable {
                let what = if is_read_only {
                    "is set by the server alone"
                } else {
                    "is set once, when the object is created"
                };
                return Err(Trouble::new(ErrorKind::ReadOnly, format!("`{name}` {what}")));
            }
            if let ValuesChange::Set(values) | ValuesChange::Add(values) | ValuesChange::Remove(values) =
                &delta.change
            {
                self.check(name.as_str(), attribute, values)?;
            }
            match &delta.change {
                ValuesChange::Clear if attribute.required => {
                    return Err(Trouble::new(ErrorKind::SchemaViolation, format!("`{name}` is required")));
                }
                ValuesChange::Set(values) | ValuesChange::Add(values) if !is_empty_text(values) => {
                    given.push(named.whole);
                }
                _ => {}
            }
        }
        Ok(given)
    }

    /// Makes somebody inactive by DELETE, after everything else was written.
    async fn deactivate(
        &self,
        target: &TargetId,
        version: Option<&str>,
        deltas: &[AttributeDelta],
        at: usize,
        given: &[usize],
    ) -> Done {
        let others: Vec<AttributeDelta> =
            deltas.iter().enumerate().filter(|(it, _)| *it != at).map(|(_, it)| it.clone()).collect();
        let mut version = version.map(str::to_owned);
        if !others.is_empty()
            && let Outcome::Applied(applied) = self.change(target, version.as_deref(), &others, given).await?
        {
            version = applied.version.map(|it| it.as_str().to_owned());
        }
        self.send(Method::Delete, Some(target.as_str()), Vec::new(), version.as_deref()).await?;
        Ok(Outcome::Applied(Applied::to(target.clone())))
    }

    async fn patch(
        &self,
        target: &TargetId,
        version: Option<&str>,
        deltas: &[AttributeDelta],
        given: &[usize],
    ) -> Done {
        let encoder = self.encoder(Purpose::Patch);
        let (operations, mut is_informed) = match patch::operations(&encoder, deltas, None) {
            Ok(operations) => (operations, false),
            Err(Obstacle::NeedsResource) => (self.informed(target, deltas).await?, true),
            Err(Obstacle::Refused(message)) => return Err(Trouble::new(ErrorKind::SchemaViolation, message)),
        };
        let mut batches = self.batches(operations);
        let mut version = version.map(str::to_owned);
        let mut applied: Option<Applied> = None;
        while let Some(batch) = batches.pop() {
            let body = self.patch_body(&batch);
            let answer = self.send(Method::Patch, Some(target.as_str()), body, version.as_deref()).await;
            let trouble = match answer {
                Ok(answer) => {
                    let shown = Shown::read(self.resource_type, &answer.body);
                    let done = self.applied(target.clone(), answer, shown, given);
                    version = done.version.as_ref().map(|it| it.as_str().to_owned());
                    applied = Some(done);
                    continue;
                }
                Err(trouble) => trouble,
            };
            if applied.is_none() && self.lacks_patch(&trouble) {
                return self.put(target, version.as_deref(), deltas, given).await;
            }
            if trouble.is_no_target() && !is_informed {
                // Something is not there that a path chooses. PATCH is atomic, so nothing of this request was done.
                is_informed = true;
                batches = self.batches(self.informed(target, deltas).await?);
            } else if trouble.is_too_large()
                && let Some((first, second)) = patch::halves(batch)
            {
                batches.extend([second, first]);
            } else {
                return Err(if applied.is_some() { half_done(trouble) } else { trouble });
            }
        }
        Ok(applied.map_or(Outcome::AlreadySatisfied, Outcome::Applied))
    }

    /// Makes operations with what the resource holds now.
    async fn informed(
        &self,
        target: &TargetId,
        deltas: &[AttributeDelta],
    ) -> Result<Vec<Operation>, Trouble> {
        let resource = self.resource(target.as_str()).await?;
        let encoder = self.encoder(Purpose::Patch);
        patch::operations(&encoder, deltas, Some(&resource)).map_err(|obstacle| match obstacle {
            Obstacle::Refused(message) => Trouble::new(ErrorKind::InvalidValue, message),
            Obstacle::NeedsResource => {
                Trouble::new(ErrorKind::Unexpected, "the resource was read and is still needed")
            }
        })
    }

    /// Puts operations into requests, the last one first.
    fn batches(&self, operations: Vec<Operation>) -> Vec<Batch> {
        let profile = &self.scim.profile;
        let (patch, members) = (&profile.patch, &profile.members);
        let mut batches = patch::batches(
            operations,
            patch.operations_max,
            members.per_patch_max,
            members.values_per_operation_max,
        );
        batches.reverse();
        batches
    }

    /// Reads the object, changes what it says, and writes it whole.
    async fn put(
        &self,
        target: &TargetId,
        version: Option<&str>,
        deltas: &[AttributeDelta],
        given: &[usize],
    ) -> Done {
        let resource = self.resource(target.as_str()).await?;
        let Some(body) = self.replaced(&resource, deltas)? else { return Ok(Outcome::AlreadySatisfied) };
        let held = decode::version_of(&resource);
        if let (Some(expected), Some(held)) = (version, held)
            && expected != held
        {
            let message = format!("the object has version {held}, not {expected}");
            return Err(Trouble::new(ErrorKind::PreconditionFailed, message));
        }
        // Without a version to compare, what others write in between would be lost; with one, it is noticed.
        let version = self.version(held.map(provisio_model::Text::new).as_ref()).map(str::to_owned);
        let body = Json::Object(body).to_string().into_bytes();
        let answer = self.send(Method::Put, Some(target.as_str()), body, version.as_deref()).await?;
        let shown = Shown::read(self.resource_type, &answer.body);
        Ok(Outcome::Applied(self.applied(target.clone(), answer, shown, given)))
    }

    /// A resource after deltas, as it is written; `None` if nothing changes.
    fn replaced(
        &self,
        resource: &Json,
        deltas: &[AttributeDelta],
    ) -> Result<Option<Map<String, Json>>, Trouble> {
        let refused = |message: String| Trouble::new(ErrorKind::SchemaViolation, message);
        let encoder = self.encoder(Purpose::Resource);
        let before = decode::attributes(self.resource_type, resource, &|_| true).map_err(refused)?;
        let schema = &self.resource_type.schema.attributes;
        let whole = whole_deltas(schema, &before, deltas).map_err(|fault| refused(fault.to_string()))?;
        let mut after: Attributes = before.clone();
        whole.iter().for_each(|it| it.apply(&mut after));
        let mut body = resource.as_object().cloned().unwrap_or_default();
        let mut is_changed = false;
        for (attribute, field) in self.resource_type.attributes() {
            let name = attribute.name.as_str();
            let is_touched = whole.iter().any(|it| it.attribute.is(name));
            // What cannot be read back is sent whenever it is asked for.
            let is_same =
                before.get(name) == after.get(name) && attribute.mutability != Mutability::WriteOnly;
            let json = match after.get(name).filter(|it| !is_empty_text(it)) {
                _ if attribute.mutability == Mutability::ReadOnly => None,
                _ if !is_touched || is_same => continue,
                None => None,
                Some(values) => Some(patch::preserving(&encoder, attribute, field, values, resource)),
            };
            is_changed |= is_touched;
            match &field.extension {
                None => put_in(&mut body, &field.name, json),
                Some(urn) => {
                    let key = json::key_of(&body, urn).to_owned();
                    let extension = body.entry(key).or_insert_with(|| Json::Object(Map::new()));
                    if let Json::Object(extension) = extension {
                        put_in(extension, &field.name, json);
                    }
                }
            }
        }
        if !is_changed {
            return Ok(None);
        }
        self.list_schemas(&mut body);
        if let Some(id) = decode::id_of(resource) {
            body.insert("id".to_owned(), Json::from(id));
        }
        Ok(Some(body))
    }

    /// Makes `schemas` say exactly which extensions have values (RFC 7643 section 3).
    fn list_schemas(&self, body: &mut Map<String, Json>) {
        let mut schemas: Vec<String> = json::elements(json::get(body, "schemas"))
            .iter()
            .filter_map(Json::as_str)
            .map(str::to_owned)
            .collect();
        if schemas.is_empty() {
            schemas.push(self.resource_type.core.clone());
        }
        for urn in &self.resource_type.extensions {
            let key = json::key_of(body, urn).to_owned();
            let is_empty = body.get(&key).is_none_or(|it| it.as_object().is_none_or(Map::is_empty));
            if is_empty {
                body.remove(&key);
                schemas.retain(|it| !it.eq_ignore_ascii_case(urn));
            } else if !schemas.iter().any(|it| it.eq_ignore_ascii_case(urn)) {
                schemas.push(urn.clone());
            }
        }
        let key = json::key_of(body, "schemas").to_owned();
        body.insert(key, Json::from(schemas));
    }
}

fn put_in(object: &mut Map<String, Json>, name: &str, json: Option<Json>) {
    let key = json::key_of(object, name).to_owned();
    match json {
        Some(json) => {
            object.insert(key, json);
        }
        None => {
            object.remove(&key);
        }
    }
}

/// Tells whether a delta makes somebody inactive.
fn deactivates(delta: &AttributeDelta) -> bool {
    delta.attribute.is("active")
        && matches!(&delta.change, ValuesChange::Set(values) if values.single() == Some(&Value::Bool(false)))
}

/// Requests before this one were carried out. Where the server only asks to come back later, they may be sent again,
/// since they change nothing the second time; otherwise the object has to be looked at.
fn half_done(mut trouble: Trouble) -> Trouble {
    if !matches!(trouble.failure.retry, Retry::Later { .. }) {
        trouble.certainty = Certainty::Unknown;
        trouble.failure.retry = Retry::AfterReread;
    }
    trouble
}
