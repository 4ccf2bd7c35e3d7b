//! Which writes go into one request, and what came of each?
//!
//! Only what is a request of one step goes there: a new object together with its members, a PATCH that needs no look at
//! the object, a DELETE. A write that holds for one version goes alone, under `If-Match`: whether a server compares
//! versions within a request of several, nobody can tell. What a result asks to be done in another way is done alone, too.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use provisio_connector::Context;
use provisio_model::{ErrorKind, ObjectType, Outcome, Retry, TargetId, Write, WriteAction, WriteId};

use super::create::Prepared;
use super::{Done, Writing, names_version, one, secrets};
use crate::bulk::{self, Operation};
use crate::client::Written;
use crate::connector::Scim;
use crate::decode::Shown;
use crate::encode::Purpose;
use crate::limits::REQUEST_BYTES_MAX;
use crate::service::Service;
use crate::transport::{HttpResponse, Method};
use crate::trouble::{self, Certainty, Trouble};
use crate::url;

type Outcomes = Vec<(WriteId, Outcome)>;

/// Sends writes: together as far as that can be done, then the others.
pub(super) async fn many(scim: &Scim, context: &Context, writes: Vec<Write>) -> Outcomes {
    let service = match scim.service(context).await {
        Ok(service) => service,
        // Nothing was sent.
        Err(error) => {
            let failed = |it: &Write| (it.id, Outcome::Rejected(error.failure().clone()));
            return writes.iter().map(failed).collect();
        }
    };
    let mut together = Together {
        scim,
        context,
        service: &service,
        outcomes: Vec::new(),
        returned: Vec::new(),
        alone: Vec::new(),
    };
    if scim.bulk_max(&service) > 1 {
        together.send(writes).await;
    } else {
        together.alone = writes;
    }
    let Together { mut outcomes, mut returned, alone, .. } = together;
    // Of the writes to one object, those that were to go together are the first.
    returned.extend(alone);
    outcomes.extend(one_by_one(scim, context, returned).await);
    outcomes
}

/// Sends each write on its own, those to one object one after the other.
async fn one_by_one(scim: &Scim, context: &Context, writes: Vec<Write>) -> Outcomes {
    let mut lanes: Vec<Vec<Write>> = Vec::new();
    let mut known: BTreeMap<(ObjectType, TargetId), usize> = BTreeMap::new();
    for write in writes {
        let lane = target(&write).map(|it| *known.entry(it).or_insert(lanes.len()));
        match lane.and_then(|it| lanes.get_mut(it)) {
            Some(lane) => lane.push(write),
            None => lanes.push(vec![write]),
        }
    }
    let lanes = lanes.into_iter().map(|lane| async move {
        let mut outcomes = Vec::with_capacity(lane.len());
        for write in lane {
            outcomes.push((write.id, one(scim, context, &write).await));
        }
        outcomes
    });
    stream::iter(lanes).buffer_unordered(scim.alone_at_once()).concat().await
}

/// The object that a write changes.
fn target(write: &Write) -> Option<(ObjectType, TargetId)> {
    match &write.action {
        WriteAction::Update { target, .. } | WriteAction::Delete { target, .. } => {
            Some((write.object_type.clone(), target.clone()))
        }
        _ => None,
    }
}

/// A write that goes with others.
struct Part<'a> {
    write: Write,
    writing: Writing<'a>,
    step: Step,
}

/// What is done about a result.
enum Step {
    Create(Prepared),
    /// With the attributes that have a value afterwards.
    Update(Vec<usize>),
    Delete,
}

struct Together<'a> {
    scim: &'a Scim,
    context: &'a Context,
    service: &'a Service,
    outcomes: Outcomes,
    /// What was to go with others, and goes alone after all.
    returned: Vec<Write>,
    /// What has to go alone.
    alone: Vec<Write>,
}

impl<'a> Together<'a> {
    async fn send(&mut self, writes: Vec<Write>) {
        let (mut operations, mut parts) = self.divide(writes);
        while !parts.is_empty() {
            let bytes_max = self.service.config.bulk_bytes_max.unwrap_or(usize::MAX).min(REQUEST_BYTES_MAX);
            let size = bulk::fitting(&operations, self.scim.bulk_max(self.service), bytes_max);
            if size < 2 {
                // One is no more than a request of its own.
                operations.remove(0);
                self.returned.push(parts.remove(0).write);
                continue;
            }
            let more = (operations.split_off(size), parts.split_off(size));
            match self.ask(&operations).await {
                Asked::Smaller => {
                    // Nothing was done: in smaller requests once more.
                    operations.extend(more.0);
                    parts.extend(more.1);
                    continue;
                }
                Asked::Alone => self.returned.extend(parts.into_iter().map(|it| it.write)),
                Asked::Failed(trouble) => {
                    let failed = |it: Part<'_>| (it.write.id, refused(trouble.clone(), &it.write));
                    self.outcomes.extend(parts.into_iter().map(failed));
                }
                Asked::Answered(answers) => {
                    for ((part, operation), answer) in parts.into_iter().zip(&operations).zip(answers) {
                        self.conclude(part, operation.method, answer).await;
                    }
                }
            }
            (operations, parts) = more;
        }
    }

    /// Makes operations of the writes that can go together. Of the writes to one object only the first does.
    fn divide(&mut self, writes: Vec<Write>) -> (Vec<Operation>, Vec<Part<'a>>) {
        let (mut operations, mut parts, mut touched) = (Vec::new(), Vec::new(), BTreeSet::new());
        for write in writes {
            let is_first = target(&write).is_none_or(|it| touched.insert(it));
            // What cannot be written says so when it goes alone.
            match self.prepared(&write).filter(|_| is_first) {
                Some((operation, writing, step)) => {
                    operations.push(operation);
                    parts.push(Part { write, writing, step });
                }
                None => self.alone.push(write),
            }
        }
        (operations, parts)
    }

    fn prepared(&self, write: &Write) -> Option<(Operation, Writing<'a>, Step)> {
        let resource_type = self.service.schema.of(&write.object_type)?;
        let writing =
            Writing { scim: self.scim, context: self.context, service: self.service, resource_type };
        if names_version(&write.action) {
            return None;
        }
        let mut path = format!("/{}", resource_type.path);
        let mut at = |id: &TargetId| {
            path.push('/');
            url::encode(id.as_str(), &mut path);
        };
        let (method, data, step) = match &write.action {
            WriteAction::Create { attributes } => {
                let mut prepared = writing.acceptable(attributes).ok()?;
                if !writing.later(&mut prepared.whole).is_empty() {
                    return None;
                }
                let data = writing.encoder(Purpose::Resource).body(&prepared.whole);
                (Method::Post, data, Step::Create(prepared))
            }
            WriteAction::Update { target, deltas, .. } => {
                at(target);
                let (data, given) = writing.single_patch(deltas)?;
                (Method::Patch, data, Step::Update(given))
            }
            WriteAction::Delete { target, .. } if self.scim.deletes() => {
                at(target);
                (Method::Delete, Vec::new(), Step::Delete)
            }
            _ => return None,
        };
        Some((Operation { method, path, data }, writing, step))
    }

    async fn ask(&self, operations: &[Operation]) -> Asked {
        let client = &self.scim.client;
        let url = client.base().address(self.scim.profile.path("Bulk").unwrap_or("Bulk"), None, &[]);
        let trouble =
            match client.write(self.context, Method::Post, &url, bulk::request(operations), None).await {
                Ok(written) => match bulk::answers(&written.body, operations) {
                    Some(answers) => return Asked::Answered(answers),
                    None => {
                        let message = format!(
                            "the server answers {} to several writes without saying what came of them",
                            written.status
                        );
                        Trouble::unknown(ErrorKind::Unexpected, message)
                    }
                },
                Err(trouble) => trouble,
            };
        if trouble.is_too_large() && operations.len() > 1 {
            self.scim.learned().bulk_max = Some(operations.len() / 2);
            return Asked::Smaller;
        }
        let is_passing = matches!(trouble.failure.retry, Retry::Later { .. });
        if trouble.certainty == Certainty::NotDone
            && (is_passing || trouble.failure.kind == ErrorKind::Unauthenticated)
        {
            return Asked::Failed(trouble);
        }
        // Once is enough: what a server says of itself is not always so.
        tracing::warn!(failure = %trouble.failure, "several writes in one request do not work; each is sent alone");
        self.scim.learned().bulk_max = Some(1);
        match trouble.certainty {
            Certainty::NotDone => Asked::Alone,
            Certainty::Unknown => Asked::Failed(trouble),
        }
    }

    async fn conclude(&mut self, part: Part<'_>, method: Method, answer: Option<bulk::Answer>) {
        let Part { write, writing, step } = part;
        let result = match answer {
            Some(answer) => self.result(method, answer),
            None => {
                let message = "the server does not say what came of it, among others in one request";
                Err(Trouble::unknown(ErrorKind::Unexpected, message))
            }
        };
        let done: Done = match (&write.action, step) {
            (_, Step::Create(Prepared { whole, held })) => writing.created(result, &whole, &held, &[]).await,
            (WriteAction::Update { target, .. }, Step::Update(given)) => match result {
                Ok(written) => {
                    let shown = Shown::read(writing.resource_type, &written.body);
                    Ok(Outcome::Applied(writing.applied(target.clone(), written, shown, &given)))
                }
                Err(trouble)
                    if trouble.is_no_target() || trouble.is_too_large() || is_unsupported(&trouble) =>
                {
                    self.returned.push(write);
                    return;
                }
                Err(trouble) => Err(trouble),
            },
            (WriteAction::Delete { target, .. }, _) => writing.deleted(target, result).await,
            _ => Err(Trouble::unknown(ErrorKind::Unexpected, "the result is of another kind of write")),
        };
        if let Ok(Outcome::Applied(applied)) = &done {
            writing.read_back(&applied.id, &write.action).await;
        }
        let outcome = done.unwrap_or_else(|trouble| refused(trouble, &write));
        self.outcomes.push((write.id, outcome));
    }

    /// The result as a request of its own would have had it.
    fn result(&self, method: Method, answer: bulk::Answer) -> Result<Written, Trouble> {
        let bulk::Answer { status, location, version, response: body } = answer;
        if (200..300).contains(&status) {
            return Ok(Written { status, body, etag: version, location });
        }
        Err(trouble::of_response(self.context, method, &HttpResponse::new(status, body)))
    }
}

/// Tells whether the server does not know the verb, or the path.
fn is_unsupported(trouble: &Trouble) -> bool {
    trouble.failure.kind == ErrorKind::Unsupported
}

/// How several writes in one request went.
enum Asked {
    /// This is what came of each.
    Answered(Vec<Option<bulk::Answer>>),
    /// The request was too large.
    Smaller,
    /// The server does not take such requests.
    Alone,
    /// The same came of all of them.
    Failed(Trouble),
}

fn refused(trouble: Trouble, write: &Write) -> Outcome {
    trouble.outcome(secrets(&write.action).into_iter())
}
