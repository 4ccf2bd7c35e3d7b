//! A SCIM service as a connector: what it is, what it can do, whether it can be used.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use provisio_connector::{
    ChangeStream, CheckReport, Connector, ConnectorError, ConnectorInfo, Context, OutcomeStream, ReadQuery,
    ReadStream, Result, Source, Target, Wanted,
};
use provisio_model::{Capabilities, ErrorKind, ObjectType, Schema, Secret, Text, Watermark, Write};

use crate::auth::{Auth, Authenticator};
use crate::client::ScimClient;
use crate::encode::{Encoder, Purpose};
use crate::learned::{Learned, WriteFinding};
use crate::profile::{DeleteForm, EtagUse, Profile};
use crate::schema::ResourceType;
use crate::service::{Service, discover};
use crate::transport::HttpClient;
use crate::url::BaseUrl;
use crate::{changes, diagnosis, lookup, read, write};

/// The word in a tenant URL of Entra that asks for requests as RFC 7644 has them.
const ENTRA_FLAG: &str = "aadOptscim062020";

/// The word in a tenant URL of Entra that asks for requests as they were before.
const ENTRA_OLD_FLAG: &str = "AzureAdScimPatch2017";

/// How many requests of several writes are under way at once.
const BATCHES_AT_ONCE: usize = 2;

/// How a service is found and talked to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScimSettings {
    /// The base URL: `https://scim.example.com/v2`. With the profile `entra` it may end with `?aadOptscim062020`, as a
    /// tenant URL does.
    pub url: String,
    /// How the server wants to be talked to.
    pub profile: Profile,
    /// How requests prove who sends them.
    pub auth: Auth,
    /// Further headers of every request. Keys of services stand in headers, too.
    pub headers: Vec<(String, Secret)>,
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether a server on another machine may be talked to without TLS.
    pub plain_http: bool,
}

impl ScimSettings {
    /// Talks to this service as the RFCs have it, without credentials.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            profile: Profile::default(),
            auth: Auth::None,
            headers: Vec::new(),
            timeout: Duration::from_secs(30),
            plain_http: false,
        }
    }

    /// Says what is wrong with the URL; connects nowhere.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn check_url(&self) -> std::result::Result<(), String> {
        BaseUrl::parse(&self.url, self.plain_http).map(drop)
    }
}

/// A SCIM 2.0 service, as source and as target.
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use provisio_scim::{Auth, ClientSettings, Scim, ScimSettings};
/// use provisio_model::Secret;
///
/// let mut settings = ScimSettings::new("https://scim.example.com/v2");
/// settings.auth = Auth::Bearer(Secret::new("secret"));
/// let service = Scim::connect(settings, &ClientSettings::default())?;
/// # }
/// # Ok::<(), provisio_connector::ConnectorError>(())
/// ```
pub struct Scim {
    pub(crate) client: ScimClient,
    pub(crate) profile: Profile,
    service: Mutex<Option<Arc<Service>>>,
    learned: Mutex<Learned>,
}

impl Scim {
    /// Talks to a service through an HTTP client. Connects nowhere yet.
    ///
    /// # Errors
    /// `ConfigInvalid` when the URL or the credentials cannot be used.
    pub fn new(settings: ScimSettings, http: Arc<dyn HttpClient>) -> Result<Self> {
        let wrong = |message: String| ConnectorError::new(ErrorKind::ConfigInvalid, "configure", message);
        let ScimSettings { url, mut profile, auth, headers, timeout, plain_http } = settings;
        let mut base = BaseUrl::parse(&url, plain_http).map_err(wrong)?;
        if profile.name.starts_with("entra") {
            // Both are words of the tenant URL for Entra itself, and not for the application.
            if base.take_flag(ENTRA_FLAG) && profile.name == "entra" {
                profile = Profile::named("entra-2020").unwrap_or(profile);
            }
            if base.take_flag(ENTRA_OLD_FLAG) && profile.name == "entra-2020" {
                profile = Profile::named("entra").unwrap_or(profile);
            }
        }
        let authenticator = Authenticator::new(&auth, plain_http).map_err(wrong)?;
        let agent = Secret::new(concat!("provisio/", env!("CARGO_PKG_VERSION")));
        let mut all = vec![("user-agent".to_owned(), agent)];
        for (name, value) in headers {
            all.retain(|(it, _)| !it.eq_ignore_ascii_case(&name));
            all.push((name, value));
        }
        let content_type = profile.http.content_type.clone();
        let client = ScimClient::new(http, base, authenticator, all, content_type, timeout);
        Ok(Self { client, profile, service: Mutex::default(), learned: Mutex::default() })
    }

    /// Talks to a service through the HTTP client that comes with the connector. Connects nowhere yet.
    ///
    /// # Errors
    /// `ConfigInvalid` when the URL, the credentials, a certificate or the proxy cannot be used.
    #[cfg(feature = "reqwest")]
    pub fn connect(settings: ScimSettings, client: &crate::ClientSettings) -> Result<Self> {
        let http = crate::ReqwestClient::new(client)
            .map_err(|message| ConnectorError::new(ErrorKind::ConfigInvalid, "configure", message))?;
        Self::new(settings, Arc::new(http))
    }

    /// Returns how many requests were sent so far.
    pub fn requests(&self) -> u64 {
        self.client.requests()
    }

    /// Returns the profile that is spoken.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Returns the attributes that the service took and did not keep as they were written, as far as that was noticed: an
    /// object is read once after the first write of each attribute, unless the profile says `read_back = false`.
    pub fn write_findings(&self) -> Vec<WriteFinding> {
        self.learned().findings().to_vec()
    }

    /// Returns what the service says about itself; it is asked once, and again whenever its schema is asked for.
    pub(crate) async fn service(&self, context: &Context) -> Result<Arc<Service>> {
        let known = self.known();
        match known {
            Some(service) => Ok(service),
            None => self.ask(context).await,
        }
    }

    /// Returns what is known of the service without asking it.
    pub(crate) fn known(&self) -> Option<Arc<Service>> {
        self.service.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask(&self, context: &Context) -> Result<Arc<Service>> {
        let service = Arc::new(discover(&self.client, context, &self.profile).await?);
        *self.service.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&service));
        Ok(service)
    }

    /// Tells whether objects are deleted: of all types or of none, since the engine knows no difference.
    pub(crate) fn deletes(&self) -> bool {
        !self.profile.delete.forms.values().any(|it| *it == DeleteForm::Refuse)
    }

    /// How many writes go into one request, as the profile and the service have it.
    fn bulk_offered(&self, service: &Service) -> usize {
        let (profile, config) = (&self.profile, &service.config);
        if !profile.bulk.supported || profile.http.rate.is_some() || config.bulk != Some(true) {
            return 1;
        }
        profile.bulk.operations_max.min(config.bulk_operations_max.unwrap_or(usize::MAX))
    }

    /// How many writes go into one request, as far as that works.
    pub(crate) fn bulk_max(&self, service: &Service) -> usize {
        self.bulk_offered(service).min(self.learned().bulk_max.unwrap_or(usize::MAX))
    }

    /// How many calls of `apply` may be under way at once, with several writes each or with one.
    fn concurrency(&self, batch_max: usize) -> usize {
        let concurrency = self.profile.http.concurrency.max(1);
        if batch_max > 1 { concurrency.min(BATCHES_AT_ONCE) } else { concurrency }
    }

    /// How many writes of one batch are sent alone at once, so that all batches together keep to the limit.
    pub(crate) fn alone_at_once(&self) -> usize {
        (self.profile.http.concurrency / BATCHES_AT_ONCE).max(1)
    }

    /// What was found out about the service by using it.
    pub(crate) fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the form of values depends on.
    pub(crate) fn encoder<'a>(
        &'a self,
        service: &'a Service,
        resource_type: &'a ResourceType,
        purpose: Purpose,
    ) -> Encoder<'a> {
        let users = service.schema.of(&ObjectType::new("User")).map_or("Users", |it| it.path.as_str());
        Encoder { profile: &self.profile, resource_type, base: self.client.base(), users, purpose }
    }
}

impl fmt::Debug for Scim {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Scim")
            .field("client", &self.client)
            .field("profile", &self.profile.name)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Connector for Scim {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo { kind: "scim", system: Text::from(self.client.base().shown()) }
    }

    fn capabilities(&self) -> Capabilities {
        let profile = &self.profile;
        let mut capabilities = Capabilities::READ_WRITE;
        capabilities.delete = self.deletes();
        capabilities.update_with_version = profile.etag == EtagUse::Use;
        capabilities.changes = changes::are_offered(profile);
        capabilities.read_by_id = true;
        capabilities.read_by_value = profile.filter.supported;
        capabilities.read_max = profile.filter.values_max;
        capabilities.read_lag_seconds = profile.read_lag_seconds;
        // Before the service was asked what it is, nobody knows whether it takes several writes at once.
        capabilities.batch_max = self.known().map_or(1, |it| self.bulk_offered(&it));
        capabilities.concurrency_max = self.concurrency(capabilities.batch_max);
        capabilities.rate = profile.http.rate.map(crate::profile::RateLimit::rate);
        capabilities.values_per_change_max = profile.members.per_patch_max;
        capabilities
    }

    async fn schema(&self, context: &Context) -> Result<Schema> {
        Ok(self.ask(context).await?.schema.schema())
    }

    /// Asks for an object that cannot exist, as Entra does: the answer must be an empty list.
    async fn check(&self, context: &Context) -> Result<CheckReport> {
        diagnosis::check(self, context).await.map(CheckReport::found)
    }
}

#[async_trait]
impl Source for Scim {
    async fn read<'a>(&'a self, context: &'a Context, query: ReadQuery) -> Result<ReadStream<'a>> {
        context.check("read")?;
        let service = self.service(context).await?;
        if service.schema.of(query.object_type()).is_none() {
            let message = format!("there is no resource type `{}`", query.object_type());
            return Err(ConnectorError::new(ErrorKind::SchemaViolation, "read", message));
        }
        match query.wanted {
            Wanted::All => Ok(read::all(self, context, service, query.layout)),
            Wanted::WithIds(ids) => lookup::with_ids(self, context, service, query.layout, &ids).await,
            Wanted::WithValues { attribute, values } => {
                lookup::with_values(self, context, service, query.layout, &attribute, &values).await
            }
            other => {
                let message = format!("the service cannot be asked for {other:?}");
                Err(ConnectorError::new(ErrorKind::Unsupported, "read", message))
            }
        }
    }

    /// Asks for what was modified since, and counts, so that what is gone is noticed.
    async fn changes<'a>(
        &'a self,
        context: &'a Context,
        query: ReadQuery,
        since: &Watermark,
    ) -> Result<ChangeStream<'a>> {
        context.check("changes")?;
        let service = self.service(context).await?;
        changes::since(self, context, &service, &query.layout, since).await
    }
}

#[async_trait]
impl Target for Scim {
    /// Sends writes when their outcomes are asked for: several in one request where the service takes that.
    async fn apply<'a>(&'a self, context: &'a Context, writes: Vec<Write>) -> OutcomeStream<'a> {
        write::apply(self, context, writes)
    }
}
