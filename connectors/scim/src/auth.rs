//! How does a request prove who sends it?

mod jwt;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::lock::Mutex;
use provisio_connector::{ConnectorError, Context, Result};
use provisio_model::{ErrorKind, Secret, Timestamp};
use serde_json::Value as Json;

pub use self::jwt::KeyError;
use self::jwt::SigningKey;
use crate::transport::{HttpClient, HttpRequest, Method};
use crate::url::{BaseUrl, encode};
use crate::{json, trouble};

/// The largest answer of a token endpoint.
const TOKEN_BYTES_MAX: usize = 256 << 10;

/// How long before its end a token is replaced.
const TOKEN_SKEW: Duration = Duration::from_secs(30);

/// How long a token counts if the server does not say.
const TOKEN_LIFETIME: Duration = Duration::from_secs(300);

/// How requests prove who sends them. A client certificate is a setting of the HTTP client.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Auth {
    /// Not at all, or by a client certificate.
    #[default]
    None,
    /// By a token that was given out for long.
    Bearer(Secret),
    /// By name and password (RFC 7617).
    Basic {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// By tokens of an authorisation server, OAuth 2.0 client credentials (RFC 6749 section 4.4).
    OAuth2(OAuth2),
}

/// Where tokens come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OAuth2 {
    /// The token endpoint.
    pub token_url: String,
    /// The client.
    pub client_id: String,
    /// How the client proves that it is the client.
    pub credentials: ClientCredentials,
    /// The scope that is asked for.
    pub scope: Option<String>,
    /// Further parameters, such as `audience` or `resource`.
    pub parameters: Vec<(String, String)>,
}

impl OAuth2 {
    /// Asks this endpoint as this client.
    pub fn new(
        token_url: impl Into<String>,
        client_id: impl Into<String>,
        credentials: ClientCredentials,
    ) -> Self {
        Self {
            token_url: token_url.into(),
            client_id: client_id.into(),
            credentials,
            scope: None,
            parameters: Vec::new(),
        }
    }
}

/// How a client proves that it is the client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClientCredentials {
    /// By its secret, in the `Authorization` header (RFC 6749 section 2.3.1).
    SecretBasic(Secret),
    /// By its secret, in the body.
    SecretPost(Secret),
    /// By a token that it signs with its private key (RFC 7523 section 2.2): PEM, RSA of 2048 bits or more, or
    /// elliptic on P-256; PKCS #8, for RSA also PKCS #1.
    PrivateKey {
        /// The key.
        key: Secret,
        /// Its name.
        key_id: Option<String>,
    },
}

/// Gives requests their `Authorization` header.
pub(crate) struct Authenticator {
    kind: Kind,
}

enum Kind {
    None,
    Fixed(Secret),
    OAuth2(Box<Endpoint>),
}

/// Where tokens are asked for, and the last one.
struct Endpoint {
    settings: OAuth2,
    key: Option<SigningKey>,
    token: Mutex<Option<Token>>,
}

struct Token {
    header: Secret,
    until: Timestamp,
}

impl Authenticator {
    /// Prepares credentials; asks nobody.
    pub(crate) fn new(auth: &Auth, plain: bool) -> std::result::Result<Self, String> {
        let kind = match auth {
            Auth::None => Kind::None,
            Auth::Bearer(token) => Kind::Fixed(Secret::new(format!("Bearer {}", token.expose()))),
            Auth::Basic { user, password } => {
                if user.contains(':') {
                    return Err("a user name for basic authentication has no colon in it".to_owned());
                }
                Kind::Fixed(basic(user, password))
            }
            Auth::OAuth2(settings) => {
                let base = BaseUrl::parse(&settings.token_url, plain);
                base.map_err(|error| format!("the token endpoint: {error}"))?;
                let key = match &settings.credentials {
                    ClientCredentials::PrivateKey { key, key_id } => {
                        Some(SigningKey::read(key, key_id.clone()).map_err(|error| error.to_string())?)
                    }
                    _ => None,
                };
                Kind::OAuth2(Box::new(Endpoint { settings: settings.clone(), key, token: Mutex::new(None) }))
            }
        };
        Ok(Self { kind })
    }

    /// Returns the header, if there is one; a token that ends soon is replaced first.
    pub(crate) async fn header(
        &self,
        http: &Arc<dyn HttpClient>,
        context: &Context,
        timeout: Duration,
    ) -> Result<Option<Secret>> {
        let Endpoint { settings, key, token } = match &self.kind {
            Kind::None => return Ok(None),
            Kind::Fixed(header) => return Ok(Some(header.clone())),
            Kind::OAuth2(endpoint) => &**endpoint,
        };
        // One asks, the others wait.
        let mut token = token.lock().await;
        if let Some(known) = token.as_ref().filter(|it| context.now() < it.until) {
            return Ok(Some(known.header.clone()));
        }
        let fresh = ask(settings, key.as_ref(), http, context, timeout).await?;
        let header = fresh.header.clone();
        *token = Some(fresh);
        Ok(Some(header))
    }

    /// Forgets a token that was refused; tells whether another one can be had.
    pub(crate) async fn refused(&self, header: &Secret) -> bool {
        let Kind::OAuth2(endpoint) = &self.kind else { return false };
        let mut token = endpoint.token.lock().await;
        // Somebody else may have replaced it meanwhile.
        if token.as_ref().is_some_and(|it| it.header == *header) {
            *token = None;
        }
        true
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            Kind::None => "none",
            Kind::Fixed(_) => "fixed",
            Kind::OAuth2(_) => "OAuth 2.0",
        })
    }
}

fn basic(user: &str, password: &Secret) -> Secret {
    let pair = BASE64.encode(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {pair}"))
}

async fn ask(
    settings: &OAuth2,
    key: Option<&SigningKey>,
    http: &Arc<dyn HttpClient>,
    context: &Context,
    timeout: Duration,
) -> Result<Token> {
    let failed = |kind, message: String| ConnectorError::new(kind, "authenticate", message);
    let mut form = Form::default();
    form.add("grant_type", "client_credentials");
    if let Some(scope) = &settings.scope {
        form.add("scope", scope);
    }
    for (name, value) in &settings.parameters {
        form.add(name, value);
    }
    let mut request = HttpRequest::new(Method::Post, &settings.token_url, timeout)
        .with_header("accept", "application/json")
        .with_header("content-type", "application/x-www-form-urlencoded");
    match (&settings.credentials, key) {
        (ClientCredentials::SecretBasic(secret), _) => {
            // Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
            let (mut user, mut password) = (String::new(), String::new());
            encode(&settings.client_id, &mut user);
            encode(secret.expose(), &mut password);
            request = request.with_header("authorization", basic(&user, &Secret::new(password)).expose());
        }
        (ClientCredentials::SecretPost(secret), _) => {
            form.add("client_id", &settings.client_id);
            form.add("client_secret", secret.expose());
        }
        (ClientCredentials::PrivateKey { .. }, Some(key)) => {
            let assertion = key.assertion(&settings.client_id, &settings.token_url, context.now());
            let assertion = assertion.map_err(|error| failed(ErrorKind::ConfigInvalid, error.to_string()))?;
            form.add("client_id", &settings.client_id);
            form.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            form.add("client_assertion", assertion.expose());
        }
        (ClientCredentials::PrivateKey { .. }, None) => {
            return Err(failed(ErrorKind::ConfigInvalid, "there is no private key".to_owned()));
        }
    }
    let request = request.with_body(form.0.into_bytes());
    let answer = http.send(request, TOKEN_BYTES_MAX).await.map_err(|error| {
        let kind = trouble::kind_of(&error);
        failed(kind, format!("the token endpoint: {error}"))
    })?;
    let parsed: Option<Json> = serde_json::from_slice(&answer.body).ok();
    let parsed = parsed.unwrap_or_default();
    if answer.status != 200 {
        let code = json::text(&parsed, "error").map(trouble::shown).unwrap_or_default();
        let kind = match answer.status {
            400 | 401 | 403 => ErrorKind::Unauthenticated,
            429 => ErrorKind::RateLimited,
            500.. => ErrorKind::Unreachable,
            _ => ErrorKind::Unexpected,
        };
        return Err(failed(
            kind,
            format!("the token endpoint answers {} {code}", answer.status).trim().to_owned(),
        ));
    }
    let Some(token) = json::text(&parsed, "access_token") else {
        return Err(failed(ErrorKind::Unexpected, "the token endpoint gives no token".to_owned()));
    };
    let lifetime = json::member(&parsed, "expires_in").and_then(json::count).map(Duration::from_secs);
    let lifetime = lifetime.unwrap_or(TOKEN_LIFETIME);
    // A token that lives shorter than the skew is used for half its life.
    let lifetime = lifetime.checked_sub(TOKEN_SKEW).unwrap_or_default().max(lifetime / 2);
    Ok(Token { header: Secret::new(format!("Bearer {token}")), until: context.now().plus(lifetime) })
}

/// A body of `application/x-www-form-urlencoded`.
#[derive(Default)]
struct Form(String);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        encode(name, &mut self.0);
        self.0.push('=');
        encode(value, &mut self.0);
    }
}
