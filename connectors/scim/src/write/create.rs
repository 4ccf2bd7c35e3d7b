//! How is an object created? And if its name is taken, whose is it?

use std::sync::Arc;

use provisio_model::{
    AttrName, AttributeDelta, Attributes, ErrorKind, Layout, Mutability, Outcome, TargetId, Uniqueness,
    Value, ValuesChange,
};

use super::{Done, Writing, is_empty_text};
use crate::client::Written;
use crate::decode::Shown;
use crate::encode::Purpose;
use crate::limits::ID_BYTES_MAX;
use crate::lookup;
use crate::transport::Method;
use crate::trouble::{Certainty, Trouble};

/// A new object as it is written.
pub(super) struct Prepared {
    /// Its attributes, put together of their parts.
    pub(super) whole: Attributes,
    /// The attributes that have values, by their place in the schema.
    pub(super) held: Vec<usize>,
}

impl Writing<'_> {
    pub(super) async fn create(&self, attributes: &Attributes) -> Done {
        let Prepared { mut whole, held } = self.acceptable(attributes)?;
        let later = self.later(&mut whole);
        let body = self.encoder(Purpose::Resource).body(&whole);
        let result = self.send(Method::Post, None, body, None).await;
        self.created(result, &whole, &held, &later).await
    }

    /// Says what came of a create, and adds what comes later.
    pub(super) async fn created(
        &self,
        result: Result<Written, Trouble>,
        whole: &Attributes,
        held: &[usize],
        later: &[AttributeDelta],
    ) -> Done {
        let answer = match result {
            Ok(answer) => answer,
            Err(trouble) if self.is_duplicate(&trouble) => return Err(self.conflict(trouble, whole).await),
            Err(trouble) => return Err(trouble),
        };
        let shown = Shown::read(self.resource_type, &answer.body);
        let id = match id_of(&answer, &shown) {
            Some(id) => id,
            None => self.look_up(whole).await.ok_or_else(|| {
                let message =
                    format!("the server answers {} without saying which object it made", answer.status);
                Trouble::unknown(ErrorKind::Unexpected, message)
            })?,
        };
        if later.is_empty() {
            return Ok(Outcome::Applied(self.applied(id, answer, shown, held)));
        }
        // What joins comes after; if it does not come, the next read shows it.
        let unfinished = |mut trouble: Trouble| {
            trouble.certainty = Certainty::Unknown;
            trouble.failure.retry = provisio_model::Retry::AfterReread;
            trouble
        };
        Ok(match self.update(&id, None, later).await.map_err(unfinished)? {
            Outcome::AlreadySatisfied => Outcome::Applied(self.applied(id, answer, shown, held)),
            Outcome::Applied(after) => Outcome::Applied(after),
            Outcome::Rejected(failure) | Outcome::Conflict(failure) | Outcome::Unknown(failure) => {
                Outcome::Unknown(failure)
            }
        })
    }

    /// Puts parts together, and refuses what cannot be written.
    pub(super) fn acceptable(&self, attributes: &Attributes) -> Result<Prepared, Trouble> {
        let refused = |message: String| Trouble::new(ErrorKind::SchemaViolation, message);
        let names: Vec<&AttrName> = attributes.iter().map(|(name, _)| name).collect();
        let known = self.resource_type.known(&names).map_err(|fault| refused(fault.to_string()))?;
        let (mut whole, mut held) =
            (Attributes::with_capacity(attributes.len()), Vec::with_capacity(attributes.len()));
        for (name, values) in attributes.iter() {
            let Some(named) = known.get(name) else { continue };
            let attribute = &named.attribute;
            if attribute.mutability == Mutability::ReadOnly {
                let message = format!("`{name}` is set by the server alone");
                return Err(Trouble::new(ErrorKind::ReadOnly, message));
            }
            self.check(name.as_str(), attribute, values)?;
            match &attribute.path {
                Some(path) => path.apply(&ValuesChange::Set(values.clone()), &mut whole),
                // A text without a character is no value (RFC 7643 section 2.5).
                None if is_empty_text(values) => continue,
                None => {
                    whole.set(name.clone(), values.clone());
                }
            }
            if !held.contains(&named.whole) {
                held.push(named.whole);
            }
        }
        for at in &self.resource_type.required {
            let (attribute, _) = self.resource_type.at(*at);
            let name = attribute.name.as_str();
            if !held.contains(at) || whole.get(name).is_none_or(is_empty_text) {
                return Err(refused(format!("`{name}` is required")));
            }
        }
        Ok(Prepared { whole, held })
    }

    /// Takes out what the server does not take with a new object: members, and more members than one request may have.
    pub(super) fn later(&self, whole: &mut Attributes) -> Vec<AttributeDelta> {
        let members = &self.scim.profile.members;
        let mut later = Vec::new();
        for at in &self.resource_type.memberships {
            let (attribute, _) = self.resource_type.at(*at);
            let name = attribute.name.as_str();
            let Some(values) = whole.get(name) else { continue };
            if !members.on_create || members.per_patch_max.is_some_and(|most| values.len() > most) {
                later.push(AttributeDelta::new(attribute.name.clone(), ValuesChange::Add(values.clone())));
                whole.remove(name);
            }
        }
        later
    }

    fn is_duplicate(&self, trouble: &Trouble) -> bool {
        matches!(trouble.failure.kind, ErrorKind::AlreadyExists | ErrorKind::UniquenessViolated)
            || trouble.status.is_some_and(|it| self.scim.profile.create.duplicate_status.contains(&it))
    }

    /// Says which value is taken. What is done about it is not decided here.
    async fn conflict(&self, trouble: Trouble, whole: &Attributes) -> Trouble {
        let mut asked = 0;
        for (name, value) in self.unique_values(whole) {
            if let Some(holders) = self.holders(&name, &value).await {
                asked += 1;
                if !holders.is_empty() {
                    let object_type = self.resource_type.name();
                    let message =
                        format!("`{name}` is taken by another {object_type}: {}", trouble.failure.message);
                    return Trouble {
                        status: trouble.status,
                        ..Trouble::new(ErrorKind::UniquenessViolated, message)
                    };
                }
            }
        }
        let is_said =
            matches!(trouble.failure.kind, ErrorKind::AlreadyExists | ErrorKind::UniquenessViolated);
        if is_said && asked > 0 {
            let message = format!(
                "{}; none of the objects that the server shows has these values",
                trouble.failure.message
            );
            return Trouble {
                status: trouble.status,
                ..Trouble::new(ErrorKind::UniquenessViolated, message)
            };
        }
        trouble
    }

    /// Finds the object that was just made by its unique values.
    async fn look_up(&self, whole: &Attributes) -> Option<TargetId> {
        for (name, value) in self.unique_values(whole) {
            if let Some([id]) = self.holders(&name, &value).await.as_deref() {
                return Some(TargetId::new(id.as_str()));
            }
        }
        None
    }

    async fn holders(&self, name: &AttrName, value: &Value) -> Option<Vec<provisio_model::Text>> {
        let (attribute, _) = self.resource_type.find(name.as_str())?;
        let layout =
            Arc::new(Layout::new(self.resource_type.schema.object_type.clone(), [attribute.clone()]));
        lookup::holders(self.scim, self.context, self.service, &layout, name, value).await
    }

    fn unique_values(&self, whole: &Attributes) -> Vec<(AttrName, Value)> {
        let attributes = self.resource_type.schema.attributes.iter();
        let unique = attributes.filter(|it| it.uniqueness != Uniqueness::None || it.name.is("externalId"));
        unique
            .filter_map(|it| Some((it.name.clone(), whole.get(it.name.as_str())?.single()?.clone())))
            .collect()
    }
}

/// The id of what was made: from the body, else the last segment of its address, which is never followed.
fn id_of(answer: &Written, shown: &Shown) -> Option<TargetId> {
    if let Some(id) = &shown.id {
        return Some(TargetId::new(id.as_str()));
    }
    let location = answer.location.as_deref()?;
    let path = location.split(['?', '#']).next()?.trim_end_matches('/');
    let last = path.rsplit('/').next().filter(|it| !it.is_empty() && it.len() <= ID_BYTES_MAX)?;
    Some(TargetId::new(decoded(last)?))
}

/// Takes percent-encoding away.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_in_the_body_or_in_the_address() {
        let id = |body: Option<&str>, location: &str| {
            let shown = Shown { id: body.map(Into::into), ..Shown::default() };
            let location = Some(location.to_owned());
            let answer = Written { status: 201, body: Vec::new(), etag: None, location };
            id_of(&answer, &shown).map(|it| it.as_str().to_owned())
        };
        assert_eq!(id(Some("7"), "https://x/Users/8").as_deref(), Some("7"));
        assert_eq!(id(None, "https://internal.example/v2/Users/a%40x/").as_deref(), Some("a@x"));
        assert_eq!(id(None, ""), None);
    }
}
