//! How is a SCIM service asked? Requests with credentials, redirects within the origin, reads that are asked again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use provisio_connector::{ConnectorError, Context, Result};
use provisio_model::{ErrorKind, Retry, Secret};
use serde_json::Value as Json;

use crate::auth::Authenticator;
use crate::json;
use crate::limits::{BODY_BYTES_MAX, READ_ATTEMPTS, READ_WAIT_MAX, REDIRECTS_MAX, REQUEST_BYTES_MAX};
use crate::transport::{HttpClient, HttpRequest, HttpResponse, Method};
use crate::trouble::{self, Trouble};
use crate::url::BaseUrl;

/// What is accepted, the right one first.
const ACCEPT: &str = "application/scim+json, application/json;q=0.9";

/// Asks one service.
pub(crate) struct ScimClient {
    http: Arc<dyn HttpClient>,
    base: BaseUrl,
    authenticator: Authenticator,
    headers: Vec<(String, Secret)>,
    content_type: String,
    timeout: Duration,
    requests: AtomicU64,
    /// Whether it ever answered.
    is_known: AtomicBool,
}

/// An answer to a write, with a status of success.
pub(crate) struct Written {
    /// The status.
    pub(crate) status: u16,
    /// The body, whatever it is.
    pub(crate) body: Vec<u8>,
    /// The header `ETag`.
    pub(crate) etag: Option<String>,
    /// The header `Location`.
    pub(crate) location: Option<String>,
}

/// An answer to a read, with a status of success.
pub(crate) struct Answer {
    /// The body: an object.
    pub(crate) body: Json,
    /// The header `Date`: the server's time.
    pub(crate) date: Option<String>,
}

impl ScimClient {
    pub(crate) fn new(
        http: Arc<dyn HttpClient>,
        base: BaseUrl,
        authenticator: Authenticator,
        headers: Vec<(String, Secret)>,
        content_type: String,
        timeout: Duration,
    ) -> Self {
        let (requests, is_known) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { http, base, authenticator, headers, content_type, timeout, requests, is_known }
    }

    pub(crate) fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Returns how many requests were sent so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a write once. What is not a success is trouble.
    pub(crate) async fn write(
        &self,
        context: &Context,
        method: Method,
        url: &str,
        body: Vec<u8>,
        version: Option<&str>,
    ) -> std::result::Result<Written, Trouble> {
        trouble::check(context, "apply")?;
        if body.len() > REQUEST_BYTES_MAX {
            let message = format!("the request has {} bytes, more than {REQUEST_BYTES_MAX}", body.len());
            return Err(Trouble::new(ErrorKind::TooLarge, message));
        }
        let response = self.send(context, method, url, body, version).await?;
        if !(200..300).contains(&response.status) {
            return Err(trouble::of_response(context, method, &response));
        }
        let header = |name| response.header(name).map(str::to_owned);
        let (etag, location) = (header("etag"), header("location"));
        Ok(Written { status: response.status, etag, location, body: response.body })
    }

    /// Reads, and asks again if there is no answer or none that can be used: a read changes nothing, and nobody else
    /// can ask again for a page of a list. A service that never answered is not there, and is not waited for.
    pub(crate) async fn read(&self, context: &Context, operation: &'static str, url: &str) -> Result<Answer> {
        let mut attempt = 1;
        loop {
            context.check(operation)?;
            let trouble = match self.read_once(context, url).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let is_over =
                attempt >= READ_ATTEMPTS || !is_passing(&trouble) || !self.is_known.load(Ordering::Relaxed);
            if is_over {
                return Err(trouble.error(operation));
            }
            // A system that asks for fewer requests is left alone, unless it names a time that is short.
            let wait = match trouble.failure.retry {
                Retry::Later { after: Some(after) } if after <= READ_WAIT_MAX => after,
                Retry::Later { after: Some(_) } => return Err(trouble.error(operation)),
                _ if trouble.failure.kind == ErrorKind::RateLimited => return Err(trouble.error(operation)),
                _ => Duration::from_millis(100 << attempt).min(READ_WAIT_MAX),
            };
            tracing::debug!(attempt, wait_ms = wait.as_millis() as u64, failure = %trouble.failure, "read again");
            context.clock().sleep_until(context.now().plus(wait)).await;
            attempt += 1;
        }
    }

    /// Reads once.
    pub(crate) async fn read_once(
        &self,
        context: &Context,
        url: &str,
    ) -> std::result::Result<Answer, Trouble> {
        let response = self.send(context, Method::Get, url, Vec::new(), None).await?;
        let is_empty = response.body.is_empty();
        if !(200..300).contains(&response.status) {
            return Err(trouble::of_response(context, Method::Get, &response));
        }
        let Some(body) = json::object(&response.body) else {
            let what = if is_empty { "nothing" } else { "something that is not JSON" };
            let message = format!("the server answers {} to GET with {what}", response.status);
            return Err(Trouble::later(ErrorKind::Unexpected, message, None));
        };
        Ok(Answer { body, date: response.header("date").map(str::to_owned) })
    }

    /// Sends a request with credentials, and follows redirects within the origin.
    async fn send(
        &self,
        context: &Context,
        method: Method,
        url: &str,
        body: Vec<u8>,
        version: Option<&str>,
    ) -> std::result::Result<HttpResponse, Trouble> {
        let mut redirected: Option<String> = None;
        let (mut redirects, mut renewed) = (0, false);
        loop {
            let header = self.authenticator.header(&self.http, context, self.timeout).await;
            let header = header.map_err(|error| of_error(&error))?;
            let mut request = HttpRequest::new(method, redirected.as_deref().unwrap_or(url), self.timeout);
            request.headers.reserve_exact(self.headers.len() + 4);
            request = request.with_header("accept", ACCEPT);
            for (name, value) in &self.headers {
                request = request.with_header(name, value.expose());
            }
            if let Some(header) = &header {
                request = request.with_header("authorization", header.expose());
            }
            if let Some(version) = version {
                request = request.with_header("if-match", version);
            }
            if !body.is_empty() {
                request = request.with_header("content-type", self.content_type.as_str());
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let response = self.http.send(request.with_body(body.clone()), BODY_BYTES_MAX).await;
            let response = response.map_err(|error| trouble::of_transport(&error, &self.base.shown()))?;
            self.is_known.store(true, Ordering::Relaxed);
            tracing::trace!(%method, status = response.status, "request");
            match response.status {
                // The token may have been withdrawn before its end. Nothing was done, so it may be sent again.
                401 if !renewed => {
                    let Some(header) = &header else { return Ok(response) };
                    if !self.authenticator.refused(header).await {
                        return Ok(response);
                    }
                    renewed = true;
                }
                status @ (301 | 302 | 303 | 307 | 308) if redirects < REDIRECTS_MAX => {
                    let keeps_method = matches!(status, 307 | 308) || method == Method::Get;
                    let next = response.header("location").and_then(|it| self.base.redirect(it));
                    let Some(next) = next.filter(|_| keeps_method) else { return Ok(response) };
                    redirected = Some(next);
                    redirects += 1;
                }
                _ => return Ok(response),
            }
        }
    }
}

/// Tells whether a read may work when it is asked for again.
fn is_passing(trouble: &Trouble) -> bool {
    match trouble.failure.kind {
        ErrorKind::RateLimited | ErrorKind::Unreachable | ErrorKind::Timeout => true,
        ErrorKind::Unexpected => {
            trouble.status.is_some_and(|it| it >= 500) || matches!(trouble.failure.retry, Retry::Later { .. })
        }
        _ => false,
    }
}

/// An error of asking for a token: the request itself was not sent.
fn of_error(error: &ConnectorError) -> Trouble {
    let failure = error.failure();
    let mut trouble = Trouble::new(failure.kind, failure.message.to_string());
    if matches!(failure.kind, ErrorKind::Unreachable | ErrorKind::Timeout | ErrorKind::RateLimited) {
        trouble = Trouble::later(failure.kind, failure.message.to_string(), None);
    }
    trouble
}

impl fmt::Debug for ScimClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ScimClient")
            .field("base", &self.base.shown())
            .field("authenticator", &self.authenticator)
            .finish_non_exhaustive()
    }
}
