//! [`HttpClient`] on `reqwest`: connections that are reused, HTTP/2, gzip, proxies, TLS by `rustls` with `ring`.

use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use provisio_model::Secret;
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Url};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{HttpClient, HttpRequest, HttpResponse, Method, TransportError, Unsent};

/// How connections are made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientSettings {
    /// How long a connection may take to be made, TLS included.
    pub connect_timeout: Duration,
    /// PEM text with the certificates that are trusted; those of the system if there is none.
    pub root_certificates: Option<Vec<u8>>,
    /// PEM text with the client's certificate chain and private key, for mutual TLS.
    pub identity: Option<Secret>,
    /// The URL of a proxy for everything. Without, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` of the environment count.
    pub proxy: Option<Secret>,
    /// How many idle connections are kept.
    pub idle_connections_max: usize,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            root_certificates: None,
            identity: None,
            proxy: None,
            idle_connections_max: 64,
        }
    }
}

/// The HTTP client that comes with the connector. Its futures run in a tokio runtime.
#[derive(Clone, Debug)]
pub struct ReqwestClient {
    client: Client,
    /// The last address that something was posted to: new objects of a type all go to one.
    posted_to: Arc<Mutex<Option<Url>>>,
}

impl ReqwestClient {
    /// Makes a client; connects nowhere.
    ///
    /// # Errors
    /// When a certificate, key or proxy cannot be used; says which, without showing it.
    pub fn new(settings: &ClientSettings) -> Result<Self, String> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(settings.idle_connections_max)
            .pool_idle_timeout(Duration::from_secs(30))
            .retry(reqwest::retry::never())
            .tls_backend_preconfigured(tls(settings)?);
        if let Some(proxy) = &settings.proxy {
            let proxy = Proxy::all(proxy.expose()).map_err(|_| "the URL of the proxy cannot be used")?;
            builder = builder.proxy(proxy);
        }
        let client = builder.build().map_err(|error| format!("the HTTP client cannot be made: {error}"))?;
        Ok(Self { client, posted_to: Arc::default() })
    }
}

fn tls(settings: &ClientSettings) -> Result<rustls::ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    match &settings.root_certificates {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|error| format!("root certificates: {error}"))?;
                roots.add(certificate).map_err(|error| format!("root certificates: {error}"))?;
            }
            if roots.is_empty() {
                return Err("root certificates: there is none in the file".to_owned());
            }
        }
        // Those of the system that cannot be read are as if they were not there.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let mut config = match &settings.identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let pem = identity.expose().as_bytes();
            let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
            let chain = chain.map_err(|_| "the client's certificate is not PEM")?;
            let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| "the client's key is not PEM")?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("the client's certificate: {error}"))?
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[async_trait]
impl HttpClient for ReqwestClient {
    async fn send(&self, request: HttpRequest, body_max: usize) -> Result<HttpResponse, TransportError> {
        let timeout = request.timeout;
        let call = async {
            let mut response =
                self.client.execute(self.prepare(request)?).await.map_err(|error| failed(&error, timeout))?;
            let headers = response.headers().iter();
            let headers = headers.filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            });
            let (status, headers) = (response.status().as_u16(), headers.collect());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error, timeout))? {
                if body.len() + chunk.len() > body_max {
                    return Err(TransportError::TooLarge(body_max));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(HttpResponse { status, headers, body })
        };
        // Everything together: a server that sends a byte now and then would never time out otherwise.
        tokio::time::timeout(timeout, call).await.unwrap_or(Err(TransportError::TimedOut(timeout)))
    }
}

impl ReqwestClient {
    fn prepare(&self, request: HttpRequest) -> Result<reqwest::Request, TransportError> {
        let url = self.url(request.method, &request.url).ok_or_else(|| invalid("the URL cannot be used"))?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut prepared = reqwest::Request::new(method, url);
        for (name, value) in &request.headers {
            let header =
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| invalid("a header cannot be sent"))?;
            let mut value = HeaderValue::from_str(value).map_err(|_| invalid("a header cannot be sent"))?;
            value.set_sensitive(true);
            prepared.headers_mut().insert(header, value);
        }
        if !request.body.is_empty() {
            *prepared.body_mut() = Some(request.body.into());
        }
        Ok(prepared)
    }

    fn url(&self, method: Method, url: &str) -> Option<Url> {
        if method != Method::Post {
            return url.parse().ok();
        }
        let mut last = self.posted_to.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|it| it.as_str() == url) {
            return Some(last.clone());
        }
        let parsed: Url = url.parse().ok()?;
        Some(last.insert(parsed).clone())
    }
}

fn invalid(message: &str) -> TransportError {
    TransportError::Unsent { cause: Unsent::Invalid, message: message.to_owned() }
}

fn failed(error: &reqwest::Error, timeout: Duration) -> TransportError {
    // The outermost text may hold the URL, and so personal data.
    let mut causes: Vec<String> = Vec::new();
    let mut cause = error.source();
    while let Some(it) = cause {
        let text = it.to_string();
        if !causes.last().is_some_and(|last| last.ends_with(&text)) {
            causes.push(text);
        }
        cause = it.source();
    }
    let message = if causes.is_empty() { "the request failed".to_owned() } else { causes.join(": ") };
    if error.is_connect() {
        let is_tls =
            causes.iter().any(|it| it.contains("certificate") || it.contains("tls") || it.contains("TLS"));
        let cause = if error.is_dns() || message.contains("dns error") {
            Unsent::Dns
        } else if is_tls || has_tls_error(error) {
            Unsent::Tls
        } else if message.contains("tunnel") || message.contains("proxy") {
            Unsent::Proxy
        } else {
            Unsent::Connect
        };
        return TransportError::Unsent { cause, message };
    }
    if error.is_builder() {
        return TransportError::Unsent { cause: Unsent::Invalid, message };
    }
    if error.is_timeout() { TransportError::TimedOut(timeout) } else { TransportError::Broken(message) }
}

fn has_tls_error(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(it) = cause {
        let inner = it.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if it.is::<rustls::Error>() || inner.is_some_and(|it| it.is::<rustls::Error>()) {
            return true;
        }
        cause = it.source();
    }
    false
}
