//! What does an answer mean, and what is to be done about one that says no?

use std::fmt::Write as _;
use std::time::Duration;

use provisio_connector::{ConnectorError, Context};
use provisio_model::{ErrorKind, EscapedText, Failure, Outcome, Retry, Secret, Timestamp};
use serde_json::Value as Json;

use crate::json;
use crate::limits::{DETAIL_CHARACTERS_MAX, RETRY_AFTER_MAX};
use crate::transport::{HttpResponse, Method, TransportError, Unsent};

/// Why something was not done, or may not have been.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) failure: Failure,
    /// Whether anything may have been done.
    pub(crate) certainty: Certainty,
    /// The status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// The `scimType` of the answer (RFC 7644 section 3.12), in lower case.
    pub(crate) scim_type: Option<String>,
}

/// Whether a request that failed may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It was not.
    NotDone,
    /// Nobody knows.
    Unknown,
}

impl Trouble {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let failure = Failure::new(kind, message.into());
        Self { failure, certainty: Certainty::NotDone, status: None, scim_type: None }
    }

    /// Nobody knows whether it was done.
    pub(crate) fn unknown(kind: ErrorKind, message: impl Into<String>) -> Self {
        let failure = Failure::new(kind, message.into()).with_retry(Retry::AfterReread);
        Self { failure, certainty: Certainty::Unknown, status: None, scim_type: None }
    }

    /// It was not done, and may work later.
    pub(crate) fn later(kind: ErrorKind, message: impl Into<String>, after: Option<Duration>) -> Self {
        let mut trouble = Self::new(kind, message);
        trouble.failure.retry = Retry::Later { after };
        trouble
    }

    /// Tells whether the server said that a path chooses nothing.
    pub(crate) fn is_no_target(&self) -> bool {
        self.status == Some(400) && self.scim_type.as_deref() == Some("notarget")
    }

    /// Tells whether the server said that a request is too large.
    pub(crate) fn is_too_large(&self) -> bool {
        self.status == Some(413)
    }

    /// As the outcome of a write. Secrets that were sent are not in it, even if the server repeats them.
    pub(crate) fn outcome<'s>(mut self, secrets: impl Iterator<Item = &'s Secret>) -> Outcome {
        for secret in secrets.filter(|it| !it.expose().is_empty()) {
            if self.failure.message.contains(secret.expose()) {
                let redacted = self.failure.message.replace(secret.expose(), provisio_model::REDACTED);
                self.failure.message = redacted.into();
            }
        }
        match (self.certainty, self.failure.kind) {
            (Certainty::Unknown, _) => Outcome::Unknown(self.failure),
            (
                Certainty::NotDone,
                ErrorKind::UniquenessViolated | ErrorKind::AlreadyExists | ErrorKind::PreconditionFailed,
            ) => Outcome::Conflict(self.failure),
            (Certainty::NotDone, _) => Outcome::Rejected(self.failure),
        }
    }

    /// As the error of a read.
    pub(crate) fn error(self, operation: &'static str) -> ConnectorError {
        let Failure { kind, retry, message, .. } = self.failure;
        ConnectorError::new(kind, operation, message).with_retry(retry)
    }
}

/// A request that a service was not asked, or did not answer.
pub(crate) fn of_transport(error: &TransportError, service: &str) -> Trouble {
    let (kind, message) = (kind_of(error), format!("{service}: {error}"));
    match error {
        TransportError::Unsent { cause: Unsent::Invalid | Unsent::Tls, .. } => Trouble::new(kind, message),
        TransportError::Unsent { .. } => Trouble::later(kind, message, None),
        _ => Trouble::unknown(kind, message),
    }
}

/// What kind of failure it is that there is no answer.
pub(crate) fn kind_of(error: &TransportError) -> ErrorKind {
    match error {
        TransportError::Unsent { cause: Unsent::Invalid, .. } => ErrorKind::ConfigInvalid,
        TransportError::Unsent { .. } | TransportError::Broken(_) => ErrorKind::Unreachable,
        TransportError::TimedOut(_) => ErrorKind::Timeout,
        TransportError::TooLarge(_) => ErrorKind::TooLarge,
    }
}

/// What an answer says that is no success.
pub(crate) fn of_response(context: &Context, method: Method, response: &HttpResponse) -> Trouble {
    of_answer(method, response, json::object(&response.body).as_ref(), context.now())
}

/// What an answer with this body says that is no success.
pub(crate) fn of_answer(
    method: Method,
    response: &HttpResponse,
    body: Option<&Json>,
    now: Timestamp,
) -> Trouble {
    let status = response.status;
    let scim_type = body.and_then(|it| json::text(it, "scimType")).map(str::to_ascii_lowercase);
    let message = message(method, response, body);
    let after = response.header("retry-after").and_then(|it| retry_after(it, now));
    let mut trouble = match status {
        429 => Trouble::later(ErrorKind::RateLimited, message, after),
        // Who says when to come back did nothing. A bare 503 may come from a proxy that lost the answer; that does not
        // matter where doing it twice is the same as doing it once.
        503 if after.is_some() || method != Method::Post => {
            Trouble::later(ErrorKind::Unreachable, message, after)
        }
        408 | 504 => Trouble::unknown(ErrorKind::Timeout, message),
        502 | 503 => Trouble::unknown(ErrorKind::Unreachable, message),
        // PATCH is atomic by RFC 7644 section 3.5.2, and not by gateways.
        500..=599 if !matches!(status, 501 | 505) => Trouble::unknown(ErrorKind::Unexpected, message),
        _ => Trouble::new(kind(method, status, scim_type.as_deref(), is_scim_error(body)), message),
    };
    trouble.status = Some(status);
    trouble.scim_type = scim_type;
    trouble
}

fn kind(method: Method, status: u16, scim_type: Option<&str>, is_scim: bool) -> ErrorKind {
    match (status, scim_type) {
        (_, Some("uniqueness")) => ErrorKind::UniquenessViolated,
        (400 | 403, Some("mutability")) => ErrorKind::ReadOnly,
        (400, Some("toomany")) => ErrorKind::TooLarge,
        (400, Some("invalidpath" | "invalidfilter" | "invalidsyntax")) => ErrorKind::SchemaViolation,
        (400 | 422, _) => ErrorKind::InvalidValue,
        (401, _) => ErrorKind::Unauthenticated,
        (403 | 407, _) => ErrorKind::PermissionDenied,
        // Another 404 is of a wrong path, a proxy, a verb that is not there: it says nothing about an object.
        (404 | 410, _) if is_scim => ErrorKind::NotFound,
        (405 | 501, _) => ErrorKind::Unsupported,
        (409, _) if method == Method::Post => ErrorKind::AlreadyExists,
        (409, _) => ErrorKind::UniquenessViolated,
        (412 | 428, _) => ErrorKind::PreconditionFailed,
        (413 | 414, _) => ErrorKind::TooLarge,
        _ => ErrorKind::Unexpected,
    }
}

/// Tells whether a body is an error of SCIM (RFC 7644 section 3.12): it says so, or has its status.
pub(crate) fn is_scim_error(body: Option<&Json>) -> bool {
    let Some(body) = body.filter(|it| it.is_object()) else { return false };
    let schemas = json::elements(json::member(body, "schemas"));
    schemas.iter().filter_map(Json::as_str).any(|it| it.to_ascii_lowercase().ends_with(":error"))
        || (json::member(body, "status").and_then(json::integer).is_some()
            && json::member(body, "detail").is_some())
        || json::member(body, "Errors").is_some_and(Json::is_array)
}

/// What the server says, for people: bounded, on one line.
fn message(method: Method, response: &HttpResponse, body: Option<&Json>) -> String {
    let status = response.status;
    let mut message = format!("the server answers {status} to {method}");
    if (300..400).contains(&status) {
        message.push_str(", a redirect that is not followed");
    }
    let detail = body.and_then(|body| {
        json::text(body, "detail")
            .or_else(|| json::text(body, "message"))
            .or_else(|| json::text(body, "error_description"))
            .or_else(|| {
                let first = json::elements(json::member(body, "Errors")).first()?;
                json::text(first, "description")
            })
    });
    if let Some(kind) = body.and_then(|it| json::text(it, "scimType")) {
        let _ = write!(message, " {}", shown(kind));
    }
    match detail {
        Some(detail) => {
            let _ = write!(message, ": {}", shown(detail));
        }
        None if body.is_none() && !response.body.is_empty() => {
            message.push_str(" with something that is not JSON");
        }
        None => {}
    }
    message
}

/// A text of a server as it may be shown.
pub(crate) fn shown(text: &str) -> String {
    let cut: String = text.trim().chars().take(DETAIL_CHARACTERS_MAX).collect();
    EscapedText(&cut).to_string()
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110 section 10.2.3).
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    }
    Some(http_date(value)?.since(now).min(RETRY_AFTER_MAX))
}

/// Reads a date of HTTP (RFC 9110 section 5.6.7).
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::parse(value.trim()).ok()?;
    Some(Timestamp::from_second(date.timestamp().as_second()))
}

/// A call that was cancelled or is too late, before anything was sent.
pub(crate) fn check(context: &Context, operation: &'static str) -> Result<(), Trouble> {
    context.check(operation).map_err(|error| {
        let failure = error.failure();
        Trouble::later(failure.kind, failure.message.to_string(), None)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        "1994-11-06T08:49:30Z".parse().expect("a time")
    }

    fn of(method: Method, status: u16, body: Json) -> Trouble {
        of_answer(method, &HttpResponse::new(status, body.to_string()), Some(&body), now())
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let read = |text| retry_after(text, now()).map(|it| it.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(7));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0), "that is over");
        assert_eq!(read("99999999999"), Some(86_400));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn answers_are_told_apart() {
        let kind = |method, status, body| of(method, status, body).failure.kind;
        let scim = |scim_type: &str| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": scim_type});
        assert_eq!(kind(Method::Post, 409, scim("uniqueness")), ErrorKind::UniquenessViolated);
        assert_eq!(kind(Method::Post, 409, json!({})), ErrorKind::AlreadyExists);
        assert_eq!(kind(Method::Patch, 400, scim("mutability")), ErrorKind::ReadOnly);
        assert_eq!(kind(Method::Get, 404, scim("")), ErrorKind::NotFound);
        assert_eq!(kind(Method::Get, 404, json!({"status": "404", "detail": "x"})), ErrorKind::NotFound);
        assert_eq!(kind(Method::Get, 404, json!({"error": "no route"})), ErrorKind::Unexpected);
        assert_eq!(kind(Method::Put, 412, scim("")), ErrorKind::PreconditionFailed);
    }

    #[test]
    fn what_may_have_been_done_is_unknown() {
        let certainty = |method, status| of(method, status, json!({})).certainty;
        assert_eq!(certainty(Method::Post, 500), Certainty::Unknown);
        assert_eq!(certainty(Method::Post, 503), Certainty::Unknown);
        assert_eq!(certainty(Method::Patch, 503), Certainty::NotDone);
        assert_eq!(certainty(Method::Post, 429), Certainty::NotDone);
        let busy = HttpResponse::new(503, "").with_header("Retry-After", "7");
        let busy = of_answer(Method::Post, &busy, None, now());
        assert_eq!(busy.failure.retry, Retry::Later { after: Some(Duration::from_secs(7)) });
        assert_eq!(busy.certainty, Certainty::NotDone);
    }

    #[test]
    fn a_secret_that_the_server_repeats_is_not_shown() {
        let trouble = of(Method::Post, 400, json!({"detail": "password hunter2 is too short"}));
        let outcome = trouble.outcome([Secret::new("hunter2")].iter());
        let Outcome::Rejected(failure) = outcome else { panic!("rejected") };
        assert_eq!(
            failure.message.as_str(),
            "the server answers 400 to POST: password <redacted> is too short"
        );
    }
}
