//! How is the service reached, with a socket and without? URLs, taken apart.

use std::time::Duration;

use async_trait::async_trait;
use provisio_scim::{HttpClient, HttpRequest, HttpResponse, Method, TransportError, Unsent};
use provisio_testkit::conformance::Trouble;

use super::{Fake, Refusal};
use crate::net::server::{Answering, Received, Reply};

/// With a socket.
impl Answering for Fake {
    fn answer(&self, request: &Received<'_>) -> Reply {
        let method = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
        let Some(method) = method.into_iter().find(|it| it.name() == request.method) else {
            return Reply::new(405, "");
        };
        let url = format!("http://localhost{}", request.target);
        let mut received = HttpRequest::new(method, url, Duration::MAX).with_body(request.body.to_vec());
        for (name, value) in request.headers() {
            received = received.with_header(name, value);
        }
        let response = self.handle(&received);
        Reply { status: response.status, headers: response.headers, body: response.body }
    }
}

/// Without a socket.
#[async_trait]
impl HttpClient for Fake {
    async fn send(&self, request: HttpRequest, body_max: usize) -> Result<HttpResponse, TransportError> {
        let trouble = self.0.lock().expect("not poisoned").trouble.clone();
        let response = match trouble {
            Some(Trouble::Unreachable) => {
                return Err(TransportError::Unsent {
                    cause: Unsent::Connect,
                    message: "nobody is there".to_owned(),
                });
            }
            Some(Trouble::CredentialsRefused) => Refusal::new(401, None, "no").response(),
            Some(Trouble::Throttled { retry_after }) => {
                let refused = Refusal::new(429, None, "slowly").response();
                match retry_after {
                    Some(after) => refused.with_header("retry-after", after.as_secs().to_string()),
                    None => refused,
                }
            }
            Some(Trouble::AnswersLost) if request.method != Method::Get => {
                self.handle(&request);
                return Err(TransportError::TimedOut(request.timeout));
            }
            Some(Trouble::ReadsBreakOff { after }) if is_beyond(&request.url, after) => {
                return Err(TransportError::Broken("reset".to_owned()));
            }
            _ => self.handle(&request),
        };
        if response.body.len() > body_max {
            return Err(TransportError::TooLarge(body_max));
        }
        Ok(response)
    }
}

/// Tells whether a request is for a page of a list that holds objects after so many.
fn is_beyond(url: &str, after: usize) -> bool {
    let (_, query) = split(url);
    let number =
        |name: &str| query.iter().find(|(it, _)| it == name).and_then(|(_, it)| it.parse::<usize>().ok());
    number("startIndex").is_some_and(|start| start + 100 > after)
}

/// Returns the path under `/v2`, and the query, decoded.
pub(crate) fn split(url: &str) -> (String, Vec<(String, String)>) {
    let rest = url.split_once("://").map_or(url, |it| it.1);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.strip_prefix("/v2").unwrap_or(path).to_owned();
    let query = query.split('&').filter(|it| !it.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    });
    (path, query.collect())
}

/// Takes percent-encoding away, as strict as can be: a `+` is a plus.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().expect("two digits"), rest.next().expect("two digits")];
            let digits = std::str::from_utf8(&digits).expect("digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("digits"));
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
