//! How is a request sent, and how far did it come? The seam between the connector and an HTTP client.
//!
//! [`HttpClient`] sends one request and gives back one answer, whatever its status. It follows no redirects, retries
//! nothing, keeps no cookies. With the feature `reqwest`, `ReqwestClient` is one.

#[cfg(feature = "reqwest")]
mod reqwest;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

#[cfg(feature = "reqwest")]
pub use self::reqwest::{ClientSettings, ReqwestClient};

/// Sends requests.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// Sends a request and takes its whole answer in, at most `body_max` bytes of it.
    ///
    /// # Errors
    /// When there is no answer, or none that can be taken in whole; [`TransportError::Unsent`] only if it is sure that
    /// the server did not see the request.
    async fn send(&self, request: HttpRequest, body_max: usize) -> Result<HttpResponse, TransportError>;
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the methods of RFC 7644 section 3.2, each client knows them all"
)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, and asks for tokens.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One request.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The absolute URL, percent-encoded.
    pub url: String,
    /// The headers, each name once; some hold credentials.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// How long everything may take, from the first byte sent to the last one taken in.
    pub timeout: Duration,
}

impl HttpRequest {
    /// Makes a request without headers and body.
    pub fn new(method: Method, url: impl Into<String>, timeout: Duration) -> Self {
        Self { method, url: url.into(), headers: Vec::new(), body: Vec::new(), timeout }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }
}

/// Shows neither headers nor body: both hold secrets and personal data.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One answer.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers that can be read as text, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body, decompressed.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// Makes an answer without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.into()));
        self
    }

    /// Finds a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Shows no body: it holds personal data.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The server never saw the request.
    #[error("{message}")]
    Unsent {
        /// What did not work.
        cause: Unsent,
        /// In words, without secrets.
        message: String,
    },
    /// The request may have been seen; no answer came in time.
    #[error("no answer came in {} s", .0.as_secs_f32())]
    TimedOut(Duration),
    /// The request may have been seen; the connection broke, or what came is no HTTP.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is larger than what is taken in.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Why a request could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsent {
    /// The name of the server is not known.
    Dns,
    /// Nobody answers there, or not in time.
    Connect,
    /// The certificate is not good, or no protocol or cipher is shared.
    Tls,
    /// The proxy does not let it through.
    Proxy,
    /// The request cannot be written, such as a header with a line break in it.
    Invalid,
}
