//! How are all resources of a type read? Page by page, each resource once, and declared complete only when the pages
//! prove it.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream;
use provisio_connector::{ConnectorError, Context, ReadEvent, ReadStream, Result};
use provisio_model::{
    AttributeSchema, Completeness, ErrorKind, Failure, Incomplete, Layout, Mutability, Object, ObjectType,
    Watermark,
};
use serde_json::Value as Json;

use crate::changes::Horizon;
use crate::client::Answer;
use crate::connector::Scim;
use crate::decode::{self, Unreadable};
use crate::json;
use crate::members::MembersByUser;
use crate::paging::{Mode, Next, PageFacts, Paging, Taken};
use crate::profile::{ListTrust, PageMode};
use crate::schema::ResourceType;
use crate::service::Service;

/// How often a list is read again from its beginning when it changed while it was read.
const PASSES_MAX: u8 = 3;

/// What is wanted of resources of one type.
pub(crate) struct View<'a> {
    pub(crate) scim: &'a Scim,
    pub(crate) service: &'a Service,
    pub(crate) resource_type: &'a ResourceType,
    /// Which attributes of the type are wanted, by their place.
    wanted: Vec<bool>,
}

impl<'a> View<'a> {
    /// Makes a view; the type must be one of the service.
    pub(crate) fn new(scim: &'a Scim, service: &'a Service, layout: &'a Layout) -> Result<Self> {
        let Some(resource_type) = service.schema.of(layout.object_type()) else {
            let message = format!("there is no resource type `{}`", layout.object_type());
            return Err(ConnectorError::new(ErrorKind::SchemaViolation, "read", message));
        };
        let names = layout.whole_names();
        let wanted = resource_type.attributes().map(|(it, _)| names.contains(&&it.name)).collect();
        Ok(Self { scim, service, resource_type, wanted })
    }

    fn wants(&self, attribute: &AttributeSchema) -> bool {
        let mut wanted = self.resource_type.attributes().zip(&self.wanted);
        wanted.any(|((it, _), wanted)| *wanted && it.name == attribute.name)
    }

    /// The attribute that lists others, if the type has one that is large and can be left out.
    pub(crate) fn member_attribute(&self) -> Option<(&AttributeSchema, &str)> {
        let attributes = self.resource_type.attributes();
        let mut lists = attributes.filter(|(it, field)| {
            field.is_flat_reference
                && it.multi_valued
                && it.mutability != Mutability::ReadOnly
                && field.extension.is_none()
        });
        lists.next().map(|(it, field)| (it, field.name.as_str()))
    }

    /// Tells whether members are wanted, and can be read at all.
    pub(crate) fn wants_members(&self) -> bool {
        self.member_attribute()
            .is_some_and(|(it, _)| it.mutability != Mutability::WriteOnly && self.wants(it))
    }

    /// What every request for resources of the type has in its query.
    pub(crate) fn projection(&self) -> Vec<(&'static str, String)> {
        let on_request =
            self.resource_type.attributes().any(|(it, field)| field.on_request && self.wants(it));
        if on_request {
            // Naming one attribute leaves out all others (RFC 7644 section 3.4.2.5).
            let wanted = self.resource_type.attributes().filter(|(it, _)| self.wants(it));
            let names: Vec<&str> = wanted.map(|(it, _)| it.name.as_str()).collect();
            return vec![("attributes", names.join(","))];
        }
        match self.member_attribute() {
            Some((_, name)) if !self.wants_members() && self.scim.profile.filter.excluded_attributes => {
                vec![("excludedAttributes", name.to_owned())]
            }
            _ => Vec::new(),
        }
    }

    /// The address of the list, or of one resource.
    pub(crate) fn address(&self, id: Option<&str>, query: &[(&'static str, String)]) -> String {
        let mut all: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let projection = self.projection();
        all.extend(projection.iter().map(|(name, value)| (*name, value.as_str())));
        self.scim.client.base().address(&self.resource_type.path, id, &all)
    }

    /// Reads a resource.
    pub(crate) fn object(&self, resource: &Json) -> std::result::Result<Object, Unreadable> {
        decode::object(self.resource_type, resource, &|at| self.wanted.get(at) == Some(&true))
    }

    /// Makes an event of a resource.
    pub(crate) fn event(&self, resource: &Json) -> ReadEvent {
        match self.object(resource) {
            Ok(object) => ReadEvent::Object(object),
            Err(Unreadable { id, why }) => {
                ReadEvent::Unreadable { id, failure: Failure::new(ErrorKind::InvalidValue, why) }
            }
        }
    }

    /// Reads a page of the list.
    pub(crate) async fn page(&self, context: &Context, query: &[(&'static str, String)]) -> Result<Json> {
        Ok(self.answer(context, query).await?.body)
    }

    /// Reads a page of the list, with what the answer says besides.
    pub(crate) async fn answer(&self, context: &Context, query: &[(&'static str, String)]) -> Result<Answer> {
        self.scim.client.read(context, "read", &self.address(None, query)).await
    }

    /// How pages are asked for.
    pub(crate) fn paging(&self) -> Paging {
        self.paging_of(self.scim.profile.page.size)
    }

    /// How pages of at most so many are asked for.
    pub(crate) fn paging_of(&self, size: usize) -> Paging {
        let config = &self.service.config;
        let page = &self.scim.profile.page;
        let mode = match page.mode {
            PageMode::Auto if config.cursor == Some(true) => Mode::Cursor,
            PageMode::Auto | PageMode::Index => Mode::Index,
            PageMode::Cursor => Mode::Cursor,
            PageMode::Single => Mode::Single,
        };
        let cap =
            config.results_max.into_iter().chain(config.page_max.filter(|_| mode == Mode::Cursor)).min();
        Paging::new(mode, size.min(cap.unwrap_or(usize::MAX)))
    }
}

/// What a page says.
pub(crate) fn facts<'j>(page: &'j Json, resources: &'j [Json]) -> PageFacts<'j> {
    PageFacts {
        ids: resources.iter().map(decode::id_of).collect(),
        total: json::member(page, "totalResults").and_then(json::count),
        next_cursor: json::text(page, "nextCursor"),
    }
}

/// Takes the resources out of a page that has them.
pub(crate) fn take_resources(page: Json) -> Vec<Json> {
    let Json::Object(mut page) = page else { return Vec::new() };
    let key = json::key_of(&page, "Resources").to_owned();
    match page.remove(&key) {
        Some(Json::Array(resources)) => resources,
        _ => Vec::new(),
    }
}

/// Returns the resources of a page.
///
/// # Errors
/// When it is no list.
pub(crate) fn resources(page: &Json) -> Result<&[Json]> {
    let list = page.as_object().and_then(decode::resources);
    list.ok_or_else(|| {
        ConnectorError::new(
            ErrorKind::Unexpected,
            "read",
            "the server answers with something that is no list of SCIM",
        )
    })
}

/// Reads all resources of a type.
pub(crate) fn all<'a>(
    scim: &'a Scim,
    context: &'a Context,
    service: Arc<Service>,
    layout: Arc<Layout>,
) -> ReadStream<'a> {
    let reading = Reading {
        scim,
        context,
        service,
        layout,
        paging: None,
        horizon: None,
        members: MembersByUser::default(),
        events: VecDeque::new(),
        is_over: false,
    };
    Box::pin(stream::try_unfold(reading, |mut reading| async move {
        Ok(reading.next().await?.map(|event| (event, reading)))
    }))
}

/// A list that is being read.
struct Reading<'a> {
    scim: &'a Scim,
    context: &'a Context,
    service: Arc<Service>,
    layout: Arc<Layout>,
    /// Where it is; `None` before the first page.
    paging: Option<Paging>,
    /// Where changes can be read from afterwards, if they can.
    horizon: Option<Horizon>,
    /// Who is where, if each user has to be asked for.
    members: MembersByUser,
    events: VecDeque<ReadEvent>,
    is_over: bool,
}

impl Reading<'_> {
    async fn next(&mut self) -> Result<Option<ReadEvent>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            self.context.check("read")?;
            self.page().await?;
        }
    }

    async fn page(&mut self) -> Result<()> {
        let service = Arc::clone(&self.service);
        let layout = Arc::clone(&self.layout);
        let view = View::new(self.scim, &service, &layout)?;
        let is_first = self.paging.is_none();
        let paging = self.paging.get_or_insert_with(|| view.paging());
        let answer = view.answer(self.context, &paging.query()).await?;
        if is_first {
            self.horizon = Horizon::begin(&self.scim.profile, &answer);
        }
        let page = answer.body;
        let Taken { is_new, next } = paging.take(&facts(&page, resources(&page)?));
        let fresh = take_resources(page).into_iter().zip(is_new).filter(|(_, is_new)| *is_new);
        let fresh: Vec<Json> = fresh.map(|(resource, _)| resource).collect();
        if let Some(horizon) = &mut self.horizon {
            fresh.iter().for_each(|it| horizon.note(it));
        }
        for resource in view.with_members(self.context, fresh, &mut self.members).await? {
            self.events.push_back(view.event(&resource));
        }
        match next {
            Next::Page => {}
            Next::Complete(evidence) => {
                let watermark = match self.horizon.take() {
                    Some(horizon) => Some(horizon.watermark(&view, self.context).await?),
                    None => None,
                };
                self.end(&evidence, layout.object_type(), watermark);
            }
            Next::Doubtful(why)
                if paging.passes() < PASSES_MAX && self.scim.profile.page.list_trust == ListTrust::Full =>
            {
                // Mostly somebody else changed something meanwhile.
                tracing::debug!(why, "the list is read again");
                paging.restart();
            }
            Next::Doubtful(why) => self.finish(ReadEvent::Incomplete(Incomplete::Doubtful(why.into()))),
        }
        Ok(())
    }

    fn end(&mut self, evidence: &str, object_type: &ObjectType, watermark: Option<Watermark>) {
        self.finish(match self.scim.profile.page.list_trust {
            ListTrust::Full => {
                let declared = Completeness::declared(format!("list of {object_type}: {evidence}"));
                ReadEvent::Complete(match watermark {
                    Some(watermark) => declared.with_watermark(watermark),
                    None => declared,
                })
            }
            ListTrust::ManagedOnly | ListTrust::None => {
                let name = &self.scim.profile.name;
                let why = format!("by the profile `{name}` a list of this server does not show everything");
                ReadEvent::Incomplete(Incomplete::Doubtful(why.into()))
            }
        });
    }

    fn finish(&mut self, last: ReadEvent) {
        self.events.push_back(last);
        self.is_over = true;
    }
}
