//! Can the service be used as configured, and if not, what is to be looked at?

use provisio_connector::{ConnectorError, Context, Result};
use provisio_model::{ErrorKind, Layout, ObjectType};

use crate::connector::Scim;
use crate::decode;
use crate::filter;
use crate::json;
use crate::proposal::{Behaviour, propose};
use crate::read::View;
use crate::trouble::Trouble;

/// A name that nobody has. Entra asks for a random one (SCM-19); a fixed one is as unlikely and makes no noise in logs.
const NOBODY: &str = "f4e8a1d0-3b5c-4c29-9d07-6f1f3a0c7be2";

/// Tries the connection, the credentials and a filter; changes nothing.
pub(crate) async fn check(scim: &Scim, context: &Context) -> Result<Vec<String>> {
    let client = &scim.client;
    let path = scim.profile.path("ServiceProviderConfig").unwrap_or("ServiceProviderConfig");
    // Once: somebody waits for the answer.
    if let Err(trouble) = client.read_once(context, &client.base().address(path, None, &[])).await
        && is_about_connection(&trouble)
    {
        return Err(explained(trouble));
    }
    let service = scim.service(context).await?;
    let mut found = service.found.clone();
    let user = ObjectType::new("User");
    let Some(resource_type) = service.schema.of(&user).or_else(|| service.schema.types.first()) else {
        return Ok(found);
    };
    let attribute = if resource_type.find("userName").is_some() { "userName" } else { "id" };
    let filter = format!("{attribute} eq {}", filter::literal(NOBODY));
    let nothing = Layout::new(resource_type.schema.object_type.clone(), []);
    let view = View::new(scim, &service, &nothing)?;
    let mut query = view.paging_of(1).query();
    if scim.profile.filter.supported {
        query.push(("filter", filter.clone()));
    }
    let url = view.address(None, &query);
    let answer = client.read_once(context, &url).await.map_err(explained)?;
    let body = answer.body;
    let list = body.as_object().and_then(decode::resources);
    let Some(list) = list else {
        let message = format!(
            "`{}` answers, but not with a list of SCIM: is the base URL right?",
            client.base().shown()
        );
        return Err(ConnectorError::new(ErrorKind::ConfigInvalid, "check", message));
    };
    let total = json::member(&body, "totalResults").and_then(json::count);
    let mut behaviour = Behaviour::default();
    if scim.profile.filter.supported {
        behaviour.filters = Some(list.is_empty() && total.unwrap_or(0) == 0);
        behaviour.or = asks_for_two(&view, context, &filter).await;
    }
    found.push(if !scim.profile.filter.supported {
        format!("{} can be listed", resource_type.path)
    } else if behaviour.filters == Some(true) {
        format!("{} can be filtered by `{attribute}`", resource_type.path)
    } else {
        format!(
            "{}: a filter by `{attribute}` that nothing passes was not heeded, so nothing is looked up by it",
            resource_type.path
        )
    });
    let types: Vec<&str> = service.schema.types.iter().map(crate::schema::ResourceType::name).collect();
    found.push(format!("objects of type {}", types.join(", ")));
    found.push(format!("profile `{}`", scim.profile.name));
    found.extend(scim.write_findings().iter().map(ToString::to_string));
    found.extend(propose(&client.base().shown(), &scim.profile, &service.config, behaviour));
    Ok(found)
}

/// Tells whether a filter of two conditions joined by `or` is understood; `None` if that could not be told.
async fn asks_for_two(view: &View<'_>, context: &Context, filter: &str) -> Option<bool> {
    if !view.scim.profile.filter.or {
        return None;
    }
    let mut query = view.paging_of(1).query();
    query.push(("filter", format!("{filter} or {filter}")));
    let url = view.address(None, &query);
    match view.scim.client.read_once(context, &url).await {
        Ok(answer) => Some(answer.body.as_object().and_then(decode::resources)?.is_empty()),
        Err(trouble) => trouble.status.filter(|it| matches!(it, 400 | 403 | 501)).map(|_| false),
    }
}

/// Tells whether nothing else will work either.
fn is_about_connection(trouble: &Trouble) -> bool {
    matches!(
        trouble.failure.kind,
        ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::Unauthenticated | ErrorKind::ConfigInvalid
    )
}

/// Says what to look at.
fn explained(trouble: Trouble) -> ConnectorError {
    let hint = match (trouble.failure.kind, trouble.status) {
        (ErrorKind::Unauthenticated, _) => "; the credentials are missing, wrong or over",
        (ErrorKind::PermissionDenied, _) => "; the credentials are good and do not allow it",
        (ErrorKind::NotFound | ErrorKind::Unsupported, _) | (ErrorKind::Unexpected, Some(404)) => {
            "; the path of the base URL is mostly wrong then: it ends before `/Users`"
        }
        (ErrorKind::Unexpected, Some(300..400)) => "; write the URL that it leads to",
        (ErrorKind::Unexpected, Some(200..300) | None) => "; there is another service than SCIM",
        _ => "",
    };
    let message = format!("{}{hint}", trouble.failure.message);
    ConnectorError::new(trouble.failure.kind, "check", message).with_retry(trouble.failure.retry)
}
