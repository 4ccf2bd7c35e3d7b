//! Credentials and connections, each against somebody in this process who checks them: tokens of an authorisation
//! server, signed by a key or asked for with a secret; client certificates; a proxy; HTTP/2.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures::future::join_all;
use provisio::TokioClock;
use provisio_connector::{Clock as _, Connector as _, Context};
use provisio_model::{ErrorKind, Secret};
use provisio_scim::{
    Auth, ClientCredentials, ClientSettings, HttpClient as _, HttpRequest, Method, OAuth2, ReqwestClient,
    Scim, ScimSettings,
};
use provisio_testkit::rig::VirtualClock;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::net::server::{Received, Reply, Server, converse};

const EMPTY: &str =
    r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0}"#;

fn header<'r>(request: &Received<'r>, name: &str) -> Option<&'r str> {
    request.headers().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The value of a parameter of a form, without percent-encoding.
fn parameter(form: &str, name: &str) -> Option<String> {
    let value = form.split('&').find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
    Some(crate::fake::http::decode(value))
}

/// A SCIM service and the authorisation server whose tokens it takes; each new token ends the one before.
#[derive(Default)]
struct Issuer {
    issued: AtomicUsize,
    /// How many requests came without the token that counts.
    refused: AtomicUsize,
}

impl Issuer {
    fn answer(&self, request: &Received<'_>, proves: impl Fn(&Received<'_>) -> bool) -> Reply {
        if request.target == "/token" {
            if !proves(request) {
                return Reply::new(401, r#"{"error": "invalid_client"}"#);
            }
            let number = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
            let token =
                json!({"access_token": format!("t{number}"), "token_type": "Bearer", "expires_in": 100});
            return Reply::new(200, token.to_string());
        }
        let current = format!("Bearer t{}", self.issued.load(Ordering::Relaxed));
        if header(request, "authorization") != Some(&current) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Reply::new(401, "");
        }
        Reply::new(200, EMPTY)
    }
}

fn with_oauth(server: &Server, credentials: ClientCredentials) -> Scim {
    let mut settings = ScimSettings::new(server.url());
    let mut oauth = OAuth2::new(format!("http://{}/token", server.address), "the client", credentials);
    oauth.scope = Some("scim".to_owned());
    settings.auth = Auth::OAuth2(oauth);
    Scim::connect(settings, &ClientSettings::default()).expect("a connector")
}

#[tokio::test]
async fn a_token_is_replaced_before_it_ends_and_when_it_is_refused() {
    let issuer = Arc::new(Issuer::default());
    let answering = Arc::clone(&issuer);
    let server = Server::start(move |request: &Received<'_>| {
        answering.answer(request, |request| {
            let form = std::str::from_utf8(request.body).unwrap_or_default();
            let expected = format!("Basic {}", STANDARD.encode("the%20client:s%26cret"));
            header(request, "authorization") == Some(&expected)
                && parameter(form, "grant_type").as_deref() == Some("client_credentials")
                && parameter(form, "scope").as_deref() == Some("scim")
        })
    })
    .await;
    let scim = with_oauth(&server, ClientCredentials::SecretBasic(Secret::new("s&cret")));
    let clock = Arc::new(VirtualClock::default());
    let context = Context::new(Arc::clone(&clock) as Arc<_>);
    let counts = || (issuer.issued.load(Ordering::Relaxed), issuer.refused.load(Ordering::Relaxed));
    scim.check(&context).await.expect("it works");
    scim.check(&context).await.expect("it works");
    assert_eq!(counts(), (1, 0), "one token for all requests");
    clock.sleep_until(clock.now().plus(Duration::from_secs(75))).await;
    scim.check(&context).await.expect("it works");
    assert_eq!(counts(), (2, 0), "30 s before its end it is replaced, and nobody had to refuse it");
    issuer.issued.fetch_add(1, Ordering::Relaxed);
    scim.check(&context).await.expect("it works");
    assert_eq!(counts(), (4, 1), "one that was withdrawn is replaced once it is refused");
    let wrong = with_oauth(&server, ClientCredentials::SecretBasic(Secret::new("hunter2")));
    let error = wrong.check(&context).await.expect_err("a wrong secret").to_string();
    assert!(error.contains("the token endpoint answers 401") && !error.contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_client_signs_for_itself() {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let pair =
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).expect("a key");
    let public = pair.public_key().as_ref().to_vec();
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(key.as_ref())
    );
    let issuer = Issuer::default();
    let server = Server::start(move |request: &Received<'_>| {
        issuer.answer(request, |request| {
            let form = std::str::from_utf8(request.body).unwrap_or_default();
            let assertion = parameter(form, "client_assertion").unwrap_or_default();
            let (signed, signature) = assertion.rsplit_once('.').unwrap_or_default();
            let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
            let is_signed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &public)
                .verify(signed.as_bytes(), &signature)
                .is_ok();
            let part = |at: usize| -> Json {
                let part = signed.split('.').nth(at).and_then(|it| URL_SAFE_NO_PAD.decode(it).ok());
                serde_json::from_slice(&part.unwrap_or_default()).unwrap_or_default()
            };
            let (head, claims) = (part(0), part(1));
            let audience = claims["aud"].as_str().unwrap_or_default();
            is_signed
                && head["kid"] == "k1"
                && claims["iss"] == "the client"
                && claims["sub"] == "the client"
                && audience.ends_with("/token")
                && claims["exp"].as_i64() > claims["iat"].as_i64()
                && header(request, "authorization").is_none()
        })
    })
    .await;
    let credentials =
        |pem: &str| ClientCredentials::PrivateKey { key: Secret::new(pem), key_id: Some("k1".to_owned()) };
    let context = Context::new(Arc::new(VirtualClock::default()));
    with_oauth(&server, credentials(&pem)).check(&context).await.expect("it works");
    let other = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let other = pem.replace(&STANDARD.encode(key.as_ref()), &STANDARD.encode(other.as_ref()));
    with_oauth(&server, credentials(&other)).check(&context).await.expect_err("another key");
}

/// An authority, and what it vouches for.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).expect("parameters");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(parameters, key).expect("an authority"))
    }

    /// A certificate and its key, as PEM.
    fn vouch(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let parameters = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        let certificate = parameters.signed_by(&key, &self.0).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    fn pem(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    fn roots(&self) -> Arc<rustls::RootCertStore> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&self.pem()).expect("PEM")).expect("a certificate");
        Arc::new(roots)
    }

    /// TLS for a server that speaks these protocols, and wants to know its clients if it is told to.
    fn acceptor(&self, protocols: &[&[u8]], knows_clients: bool) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (certificate, key) = self.vouch("localhost");
        let builder = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = if knows_clients {
            let verifier = WebPkiClientVerifier::builder_with_provider(self.roots(), provider);
            builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            builder.with_no_client_auth()
        };
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("PEM")];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("PEM");
        let mut config = builder.with_single_cert(chain, key).expect("a configuration");
        config.alpn_protocols = protocols.iter().map(|it| it.to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn get(client: &ReqwestClient, url: String) -> Result<Vec<u8>, String> {
    let request = HttpRequest::new(Method::Get, url, Duration::from_secs(20));
    client.send(request, 1 << 20).await.map(|it| it.body).map_err(|it| it.to_string())
}

/// Takes connections; returns the address, and counts them.
async fn listen<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(tokio::net::TcpStream) -> F + Send + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (address, count) = (listener.local_addr().expect("an address"), Arc::new(AtomicUsize::new(0)));
    let counting = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counting.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(serve(stream));
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let acceptor = authority.acceptor(&[b"http/1.1"], true);
    let (address, _) = listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                let who = stream.get_ref().1.peer_certificates().map_or(0, <[_]>::len);
                let _ =
                    converse(stream, &move |_: &Received<'_>| Reply::new(200, format!("{who} certificate")))
                        .await;
            }
        }
    })
    .await;
    let url = format!("https://localhost:{}/", address.port());
    let client = |roots: &Authority, identity: Option<&Authority>| {
        let mut settings = ClientSettings::default();
        settings.root_certificates = Some(roots.pem());
        settings.identity = identity.map(|it| {
            let (certificate, key) = it.vouch("client");
            Secret::new(format!("{certificate}{key}"))
        });
        ReqwestClient::new(&settings).expect("a client")
    };
    assert_eq!(get(&client(&authority, Some(&authority)), url.clone()).await, Ok(b"1 certificate".to_vec()));
    get(&client(&authority, None), url.clone()).await.expect_err("no certificate");
    get(&client(&authority, Some(&stranger)), url.clone()).await.expect_err("another authority");
    let error =
        get(&client(&stranger, Some(&authority)), url).await.expect_err("a server nobody vouches for");
    assert!(error.contains("certificate"), "{error}");
}

#[tokio::test]
async fn many_requests_share_one_connection_of_http_2() {
    const REQUESTS: usize = 50;
    let authority = Authority::new();
    let acceptor = authority.acceptor(&[b"h2"], false);
    let (address, connections) = listen(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let stream = acceptor.accept(stream).await.expect("TLS");
            let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let path = request.uri().path().to_owned();
                let mut body = respond.send_response(http::Response::new(()), false).expect("an answer");
                body.send_data(path.into_bytes().into(), true).expect("a body");
            }
        }
    })
    .await;
    let mut settings = ClientSettings::default();
    settings.root_certificates = Some(authority.pem());
    let client = ReqwestClient::new(&settings).expect("a client");
    let url = |at: usize| format!("https://localhost:{}/{at}", address.port());
    assert_eq!(get(&client, url(0)).await, Ok(b"/0".to_vec()));
    let answers = join_all((1..=REQUESTS).map(|it| get(&client, url(it)))).await;
    let expected: Vec<_> = (1..=REQUESTS).map(|it| Ok(format!("/{it}").into_bytes())).collect();
    assert_eq!(answers, expected);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn requests_go_through_a_proxy() {
    let proxy = Server::start(|request: &Received<'_>| {
        let is_known = header(request, "proxy-authorization")
            == Some(&format!("Basic {}", STANDARD.encode("me:secret")));
        match request.target {
            target if is_known => Reply::new(200, target.to_owned()),
            _ => Reply::new(407, ""),
        }
    })
    .await;
    let mut settings = ClientSettings::default();
    settings.proxy = Some(Secret::new(format!("http://me:secret@{}", proxy.address)));
    let client = ReqwestClient::new(&settings).expect("a client");
    let url = "http://scim.example/v2/Users";
    assert_eq!(get(&client, url.to_owned()).await, Ok(url.as_bytes().to_vec()));
}

#[tokio::test]
async fn a_server_that_never_answers_is_reported_with_its_url() {
    // It takes connections and what comes through them, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let silent = tokio::spawn(async move {
        let mut connections = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            connections.push(connection);
        }
    });
    let mut settings = ScimSettings::new(format!("http://{address}/v2"));
    settings.timeout = Duration::from_millis(200);
    let scim = Scim::connect(settings, &ClientSettings::default()).expect("settings that are right");
    let context = Context::new(Arc::new(TokioClock));
    let error = scim.check(&context).await.expect_err("nobody answers");
    silent.abort();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let message = error.to_string();
    assert!(message.contains(&format!("http://{address}/v2: no answer came in 0.2 s")), "{message}");
    // Somebody waits for it, so it is asked once.
    assert_eq!(scim.requests(), 1);
}
