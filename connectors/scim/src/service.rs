//! What does a service say about itself? `ServiceProviderConfig`, `ResourceTypes` and `Schemas` (RFC 7644 section 4),
//! each of which may be missing, partial or wrong.

use provisio_connector::{Context, Result};
use provisio_model::ErrorKind;
use serde_json::Value as Json;

use crate::client::ScimClient;
use crate::json;
use crate::profile::Profile;
use crate::schema::ServiceSchema;

/// What a service is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Service {
    /// What it holds.
    pub(crate) schema: ServiceSchema,
    /// What it says that it can do.
    pub(crate) config: ServiceConfig,
    /// What was found, for people.
    pub(crate) found: Vec<String>,
}

/// What a service says that it can do. What it does not say is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ServiceConfig {
    pub(crate) patch: Option<bool>,
    pub(crate) filter: Option<bool>,
    /// The most resources of one answer.
    pub(crate) results_max: Option<usize>,
    pub(crate) etag: Option<bool>,
    /// Whether several writes may be in one request (RFC 7644 section 3.7).
    pub(crate) bulk: Option<bool>,
    /// How many.
    pub(crate) bulk_operations_max: Option<usize>,
    /// How large the request may be.
    pub(crate) bulk_bytes_max: Option<usize>,
    /// Whether lists are read by cursor (RFC 9865 section 4).
    pub(crate) cursor: Option<bool>,
    /// Whether lists are read by index.
    pub(crate) index: Option<bool>,
    /// The most resources of one page by cursor.
    pub(crate) page_max: Option<usize>,
}

impl ServiceConfig {
    fn read(document: &Json) -> Self {
        let supported = |name: &str| {
            json::member(document, name).and_then(|it| {
                json::member(it, "supported")?
                    .as_bool()
                    .or_else(|| json::boolean(json::member(it, "supported")?))
            })
        };
        let pagination = json::member(document, "pagination");
        let of_pages = |name: &str| pagination.and_then(|it| json::boolean(json::member(it, name)?));
        let number = |json: Option<&Json>| {
            let count = usize::try_from(json::count(json?)?).ok()?;
            (count > 0).then_some(count)
        };
        let of_bulk = |name: &str| number(json::member(json::member(document, "bulk")?, name));
        Self {
            patch: supported("patch"),
            filter: supported("filter"),
            results_max: number(
                json::member(document, "filter").and_then(|it| json::member(it, "maxResults")),
            ),
            etag: supported("etag"),
            bulk: supported("bulk"),
            bulk_operations_max: of_bulk("maxOperations"),
            bulk_bytes_max: of_bulk("maxPayloadSize"),
            cursor: of_pages("cursor"),
            index: of_pages("index"),
            page_max: number(pagination.and_then(|it| json::member(it, "maxPageSize"))),
        }
    }
}

/// Asks a service for everything that it says about itself.
///
/// # Errors
/// When it cannot be asked. That it has no such document is no error.
pub(crate) async fn discover(client: &ScimClient, context: &Context, profile: &Profile) -> Result<Service> {
    let mut found = Vec::new();
    let mut config = ServiceConfig::default();
    let config_paths: Vec<&str> = match profile.path("ServiceProviderConfig") {
        Some(path) => vec![path],
        None => vec!["ServiceProviderConfig", "ServiceProviderConfigs"],
    };
    let mut is_there = false;
    for path in config_paths {
        if let Some(document) = document(client, context, path).await? {
            let list = json::elements(json::member(&document, "Resources"));
            config = ServiceConfig::read(list.first().unwrap_or(&document));
            is_there = true;
            break;
        }
    }
    found.push(if is_there { shown(&config) } else { "ServiceProviderConfig: none".to_owned() });
    let resource_types =
        list(client, context, profile.path("ResourceTypes").unwrap_or("ResourceTypes")).await?;
    let schemas = list(client, context, profile.path("Schemas").unwrap_or("Schemas")).await?;
    for (name, list) in [("ResourceTypes", &resource_types), ("Schemas", &schemas)] {
        found.push(if list.is_empty() {
            format!("{name}: none, so they are as in RFC 7643")
        } else {
            format!("{name}: {}", list.len())
        });
    }
    let mut schema = ServiceSchema::read(&resource_types, &schemas, profile);
    for it in schema.types.iter_mut().filter(|it| profile.path(it.name()).is_none()) {
        it.path = client.base().relative(&it.path).to_owned();
    }
    Ok(Service { schema, config, found })
}

fn shown(config: &ServiceConfig) -> String {
    let named = [
        ("PATCH", config.patch),
        ("filters", config.filter),
        ("versions", config.etag),
        ("cursors", config.cursor),
        ("bulk requests", config.bulk),
    ];
    let list = |wanted: Option<bool>| {
        let names = named.iter().filter(|(_, it)| *it == wanted).map(|(name, _)| *name);
        names.collect::<Vec<_>>().join(", ")
    };
    let mut parts = Vec::new();
    for (text, wanted) in [("has", Some(true)), ("has no", Some(false)), ("says nothing of", None)] {
        let names = list(wanted);
        if !names.is_empty() {
            parts.push(format!("{text} {names}"));
        }
    }
    format!("ServiceProviderConfig: it {}", parts.join("; "))
}

async fn list(client: &ScimClient, context: &Context, path: &str) -> Result<Vec<Json>> {
    let document = document(client, context, path).await?;
    let list = document.as_ref().map(|it| json::elements(json::member(it, "Resources")).to_vec());
    Ok(list.unwrap_or_default())
}

/// Reads a document; `None` if there is none.
async fn document(client: &ScimClient, context: &Context, path: &str) -> Result<Option<Json>> {
    let url = client.base().address(path, None, &[]);
    match client.read(context, "schema", &url).await {
        Ok(answer) => Ok(Some(answer.body)),
        Err(error) => match error.kind() {
            // A service that cannot be asked is another thing than one that has nothing to say.
            ErrorKind::Unauthenticated
            | ErrorKind::Unreachable
            | ErrorKind::Timeout
            | ErrorKind::RateLimited
            | ErrorKind::ConfigInvalid => Err(error),
            _ => Ok(None),
        },
    }
}
