//! Who is a member of a group, where a list of groups does not say?

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt as _};
use provisio_connector::{ConnectorError, Context, Result};
use provisio_model::{ErrorKind, Layout, ObjectType};
use serde_json::{Value as Json, json};

use crate::decode;
use crate::filter;
use crate::json;
use crate::lookup::collect;
use crate::paging::Next;
use crate::profile::MemberRead;
use crate::read::{View, facts, resources, take_resources};

impl View<'_> {
    /// Puts the members of groups in, where the list does not show them.
    pub(crate) async fn with_members(
        &self,
        context: &Context,
        resources: Vec<Json>,
        by_user: &mut MembersByUser,
    ) -> Result<Vec<Json>> {
        let Some((_, name)) = self.member_attribute().filter(|_| self.wants_members()) else {
            return Ok(resources);
        };
        let has = |it: &Json| json::member(it, name).is_some_and(|it| !json::elements(Some(it)).is_empty());
        let lists_have = match self.scim.profile.members.read {
            MemberRead::List | MemberRead::Never => return Ok(resources),
            MemberRead::ByUser => {
                let known = by_user.ask(self, context).await?;
                return Ok(resources.into_iter().map(|it| known.put_in(it, name)).collect());
            }
            MemberRead::Each => Some(false),
            MemberRead::Auto => {
                if resources.iter().any(has) {
                    self.scim.learned().member_lists = Some(true);
                }
                self.scim.learned().member_lists
            }
        };
        if lists_have == Some(true) {
            return Ok(resources);
        }
        // One after the other until one has members that the list did not show; then that is how it is.
        let mut whole: Vec<Json> = Vec::with_capacity(resources.len());
        let mut rest = resources.into_iter();
        if lists_have.is_none() {
            for listed in rest.by_ref() {
                let single = self.single(context, listed).await?;
                let found = has(&single);
                whole.push(single);
                if found {
                    self.scim.learned().member_lists = Some(false);
                    break;
                }
            }
        }
        let concurrency = self.scim.profile.http.concurrency.max(1);
        // A closure that is kept while waiting would keep the whole read from going to another thread.
        let reads: Vec<_> = rest.map(|it| self.single(context, it)).collect();
        let read: Vec<Result<Json>> = stream::iter(reads).buffered(concurrency).collect().await;
        for resource in read {
            whole.push(resource?);
        }
        Ok(whole)
    }

    /// Reads a listed resource alone; one that is gone meanwhile stays as it was listed.
    async fn single(&self, context: &Context, listed: Json) -> Result<Json> {
        let Some(id) = decode::id_of(&listed) else { return Ok(listed) };
        match self.scim.client.read(context, "read", &self.address(Some(id), &[])).await {
            Ok(answer) => Ok(answer.body),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(listed),
            Err(error) => Err(error),
        }
    }
}

/// The groups of each user, asked for one user after the other.
///
/// If one of the answers is missing, or may not be all of it, nothing is known: whoever is not found would be taken for
/// somebody who left.
#[derive(Debug, Default)]
pub(crate) struct MembersByUser(Option<HashMap<String, Vec<String>>>);

impl MembersByUser {
    /// Asks, unless it is known.
    async fn ask(&mut self, groups: &View<'_>, context: &Context) -> Result<&Self> {
        if self.0.is_none() {
            self.0 = Some(ask(groups, context).await?);
        }
        Ok(self)
    }

    /// Puts the members of a group in.
    fn put_in(&self, mut group: Json, name: &str) -> Json {
        let members = decode::id_of(&group).and_then(|id| self.0.as_ref()?.get(id));
        let members: Vec<Json> = members.into_iter().flatten().map(|id| json!({"value": id})).collect();
        if let Json::Object(group) = &mut group {
            let key = json::key_of(group, name).to_owned();
            group.insert(key, Json::Array(members));
        }
        group
    }
}

async fn ask(groups: &View<'_>, context: &Context) -> Result<HashMap<String, Vec<String>>> {
    let unknown = |why: String| ConnectorError::new(ErrorKind::Unexpected, "read", why);
    let nothing = Layout::new(ObjectType::new("User"), []);
    let users = View::new(groups.scim, groups.service, &nothing)?;
    let mut ids: Vec<String> = Vec::new();
    let mut paging = users.paging();
    loop {
        context.check("read")?;
        let page = users.page(context, &paging.query()).await?;
        let taken = paging.take(&facts(&page, resources(&page)?));
        let listed = take_resources(page);
        let new = listed.iter().zip(taken.is_new).filter(|(_, is_new)| *is_new);
        ids.extend(new.filter_map(|(it, _)| decode::id_of(it)).map(str::to_owned));
        match taken.next {
            Next::Page => {}
            Next::Complete(_) => break,
            Next::Doubtful(why) => return Err(unknown(format!("who is a member is not known: {why}"))),
        }
    }
    let concurrency = groups.scim.profile.http.concurrency.max(1);
    let questions: Vec<_> = ids.into_iter().map(|id| groups_of(groups, context, id)).collect();
    let mut answers = stream::iter(questions).buffered(concurrency);
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    while let Some(answer) = answers.next().await {
        let (user, of) = answer?;
        for group in of {
            members.entry(group).or_default().push(user.clone());
        }
    }
    Ok(members)
}

/// The groups of a user.
async fn groups_of(groups: &View<'_>, context: &Context, user: String) -> Result<(String, Vec<String>)> {
    let filter = format!("members.value eq {}", filter::literal(&user));
    match collect(groups, context, &filter).await? {
        (found, Next::Complete(_)) => {
            Ok((user, found.iter().filter_map(decode::id_of).map(str::to_owned).collect()))
        }
        (_, Next::Doubtful(why)) => {
            let message = format!("of which groups somebody is a member is not known: {why}");
            Err(ConnectorError::new(ErrorKind::Unexpected, "read", message).with_object(user))
        }
        (_, Next::Page) => Err(ConnectorError::new(ErrorKind::Unexpected, "read", "a list without an end")),
    }
}
