//! What does a job say about a SCIM service?

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use provisio::model::{Diagnostic, Secret};
use provisio_scim::{Auth, ClientCredentials, ClientSettings, OAuth2, Profile, Scim, ScimSettings};
use serde::Deserialize;
use toml::Spanned;

use super::document::{Document, Section};
use super::reference::Reference;
use super::{fault, message, resolve};
use crate::exit::{Exit, Trouble};

/// The largest file with certificates.
const CERTIFICATES_BYTES_MAX: u64 = 4 << 20;

/// The settings of a SCIM service.
pub(crate) struct ServiceSettings {
    url: UrlPlace,
    profile: ProfilePlace,
    credentials: Credentials,
    headers: BTreeMap<String, String>,
    secret_headers: Vec<(String, Reference)>,
    root_certificates: Option<PathBuf>,
    identity: Option<Reference>,
    proxy: Option<Reference>,
    timeout: Duration,
    plain_http: bool,
}

enum UrlPlace {
    Written(String),
    /// Where it stands, for addresses that differ from machine to machine.
    Elsewhere(Reference),
}

enum ProfilePlace {
    Named(Box<Profile>),
    File(PathBuf),
}

enum Credentials {
    None,
    Token(Reference),
    Password { user: String, password: Reference },
    OAuth2(Box<TokenSettings>),
}

struct TokenSettings {
    token_url: String,
    client_id: String,
    proof: Proof,
    scope: Option<String>,
    parameters: BTreeMap<String, String>,
}

enum Proof {
    SecretBasic(Reference),
    SecretPost(Reference),
    PrivateKey { key: Reference, key_id: Option<String> },
}

/// `[source]` or `[target]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceTable {
    url: Spanned<String>,
    profile: Option<Spanned<String>>,
    profile_file: Option<Spanned<PathBuf>>,
    token: Option<Spanned<String>>,
    user: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    oauth2: Option<Spanned<TokenTable>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    secret_headers: BTreeMap<String, Spanned<String>>,
    root_certificates: Option<PathBuf>,
    client_certificate: Option<Spanned<String>>,
    proxy: Option<Spanned<String>>,
    timeout_seconds: Option<Spanned<u64>>,
    #[serde(default)]
    plain_http: bool,
}

/// `oauth2`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenTable {
    token_url: String,
    client_id: String,
    client_secret: Option<Spanned<String>>,
    #[serde(default)]
    secret_in: SecretPlace,
    private_key: Option<Spanned<String>>,
    key_id: Option<String>,
    scope: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// Where the secret of a client stands in a request for a token.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum SecretPlace {
    #[default]
    Header,
    Body,
}

impl ServiceSettings {
    /// Reads the table of a service.
    pub(super) fn read(document: &mut Document<'_>, section: Section<'_>) -> Option<Self> {
        let span = section.span();
        let table: ServiceTable = section.read(document, &["connector"])?;
        let mut report = |span: Range<usize>, message: String, help: &str| {
            document.report(Diagnostic::error(fault::CONTRADICTION, span, message).with_help(help));
        };
        let kinds = [
            table.token.as_ref().map(|it| ("token", it.span())),
            table.user.as_ref().map(|it| ("user", it.span())),
            table.oauth2.as_ref().map(|it| ("oauth2", it.span())),
        ];
        let mut given = kinds.into_iter().flatten();
        if let (Some((first, _)), Some((second, place))) = (given.next(), given.next()) {
            report(
                place,
                format!("`{first}` and `{second}` are two ways to prove who asks"),
                "leave one of them out",
            );
            return None;
        }
        if table.user.is_some() != table.password.is_some() {
            let place = table.user.as_ref().or(table.password.as_ref()).map_or(span.clone(), Spanned::span);
            report(place, "`user` and `password` belong together".to_owned(), "write both of them");
            return None;
        }
        if let (Some(_), Some(file)) = (&table.profile, &table.profile_file) {
            report(
                file.span(),
                "the profile has a name or is in a file".to_owned(),
                "leave out `profile` or `profile_file`; in the file, `extends` names the profile that it is based on",
            );
            return None;
        }
        Self::settings(document, &span, table)
    }

    fn settings(document: &mut Document<'_>, span: &Range<usize>, table: ServiceTable) -> Option<Self> {
        let profile = match (table.profile, table.profile_file) {
            (_, Some(file)) => ProfilePlace::File(file.into_inner()),
            (None, None) => ProfilePlace::Named(Box::default()),
            (Some(name), None) => match Profile::named(name.get_ref()) {
                Some(profile) => ProfilePlace::Named(Box::new(profile)),
                None => {
                    let known: Vec<&str> = Profile::names().collect();
                    document.report(message::unknown_word("profile", name.get_ref(), &known, name.span()));
                    return None;
                }
            },
        };
        let mut refer = |key: &str, text: &Spanned<String>| Reference::read(document, span, key, text);
        let credentials = match (table.token, table.user, table.password, table.oauth2) {
            (Some(token), ..) => Credentials::Token(refer("token", &token)?),
            (_, Some(user), Some(password), _) => {
                Credentials::Password { user: user.into_inner(), password: refer("password", &password)? }
            }
            (.., Some(oauth2)) => Credentials::OAuth2(Box::new(TokenSettings::of(document, oauth2)?)),
            _ => Credentials::None,
        };
        let mut refer = |key: &str, text: &Spanned<String>| Reference::read(document, span, key, text);
        let mut secret_headers = Vec::new();
        for (name, text) in &table.secret_headers {
            secret_headers.push((name.clone(), refer(name, text)?));
        }
        let identity = match &table.client_certificate {
            Some(text) => Some(refer("client_certificate", text)?),
            None => None,
        };
        let proxy = match &table.proxy {
            Some(text) => Some(refer("proxy", text)?),
            None => None,
        };
        let timeout = match &table.timeout_seconds {
            Some(seconds) if *seconds.get_ref() == 0 => {
                document.report(Diagnostic::error(
                    fault::VALUE,
                    seconds.span(),
                    "`timeout_seconds` is 1 or more".to_owned(),
                ));
                return None;
            }
            Some(seconds) => Duration::from_secs(*seconds.get_ref()),
            None => Duration::from_secs(30),
        };
        let url = if Reference::is_meant(table.url.get_ref()) {
            UrlPlace::Elsewhere(refer("url", &table.url)?)
        } else {
            let mut settings = ScimSettings::new(table.url.get_ref());
            settings.plain_http = table.plain_http;
            if let Err(fault) = settings.check_url() {
                let message = format!("`url` cannot be used: {fault}");
                document.report(Diagnostic::error(fault::VALUE, table.url.span(), message));
                return None;
            }
            UrlPlace::Written(table.url.into_inner())
        };
        Some(Self {
            url,
            profile,
            credentials,
            headers: table.headers,
            secret_headers,
            root_certificates: table.root_certificates,
            identity,
            proxy,
            timeout,
            plain_http: table.plain_http,
        })
    }

    /// Makes the connector; connects nowhere yet.
    pub(super) fn open(&self, job: &Path) -> Result<Scim, Trouble> {
        let url = match &self.url {
            UrlPlace::Written(url) => url.clone(),
            UrlPlace::Elsewhere(reference) => {
                reference.get(job, "the URL of the service")?.expose().to_owned()
            }
        };
        let mut settings = ScimSettings::new(url);
        settings.profile = match &self.profile {
            ProfilePlace::Named(profile) => (**profile).clone(),
            ProfilePlace::File(file) => {
                let path = resolve(job, file);
                let trouble = |error: &dyn std::fmt::Display| {
                    let message = format!("the profile `{}` cannot be used: {error}", path.display());
                    Trouble::new(Exit::Configuration, message)
                };
                let text = read(&path, provisio_scim::PROFILE_BYTES_MAX as u64).map_err(|it| trouble(&it))?;
                let text = String::from_utf8(text).map_err(|it| trouble(&it))?;
                Profile::parse(&text).map_err(|it| trouble(&it))?
            }
        };
        settings.auth = self.credentials.get(job)?;
        settings.headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), Secret::new(value))));
        for (name, reference) in &self.secret_headers {
            let secret = reference.get(job, &format!("the header `{name}`"))?;
            settings.headers.push((name.clone(), secret));
        }
        settings.timeout = self.timeout;
        settings.plain_http = self.plain_http;
        let mut client = ClientSettings::default();
        if let Some(file) = &self.root_certificates {
            let path = resolve(job, file);
            let pem = read(&path, CERTIFICATES_BYTES_MAX);
            let pem = pem.map_err(|error| Trouble::file(Exit::Configuration, "read", &path, &error))?;
            client.root_certificates = Some(pem);
        }
        let secret = |reference: &Option<Reference>, what: &str| -> Result<Option<Secret>, Trouble> {
            reference.as_ref().map(|it| it.get(job, what)).transpose()
        };
        client.identity = secret(&self.identity, "the client's certificate")?;
        client.proxy = secret(&self.proxy, "the address of the proxy")?;
        Scim::connect(settings, &client).map_err(|error| Trouble::of(Exit::Configuration, &error))
    }
}

impl TokenSettings {
    fn of(document: &mut Document<'_>, table: Spanned<TokenTable>) -> Option<Self> {
        let span = table.span();
        let TokenTable {
            token_url,
            client_id,
            client_secret,
            secret_in,
            private_key,
            key_id,
            scope,
            parameters,
        } = table.into_inner();
        let proof = match (client_secret, private_key) {
            (Some(secret), None) => {
                let secret = Reference::read(document, &span, "client_secret", &secret)?;
                match secret_in {
                    SecretPlace::Header => Proof::SecretBasic(secret),
                    SecretPlace::Body => Proof::SecretPost(secret),
                }
            }
            (None, Some(key)) => {
                Proof::PrivateKey { key: Reference::read(document, &span, "private_key", &key)?, key_id }
            }
            _ => {
                document.report(
                    Diagnostic::error(
                        fault::CONTRADICTION,
                        span,
                        "`oauth2` has a `client_secret` or a `private_key`",
                    )
                    .with_help("write one of them"),
                );
                return None;
            }
        };
        Some(Self { token_url, client_id, proof, scope, parameters })
    }
}

impl Credentials {
    fn get(&self, job: &Path) -> Result<Auth, Trouble> {
        Ok(match self {
            Self::None => Auth::None,
            Self::Token(token) => Auth::Bearer(token.get(job, "the token")?),
            Self::Password { user, password } => {
                Auth::Basic { user: user.clone(), password: password.get(job, "the password")? }
            }
            Self::OAuth2(settings) => {
                let what = "the client's secret";
                let credentials = match &settings.proof {
                    Proof::SecretBasic(secret) => ClientCredentials::SecretBasic(secret.get(job, what)?),
                    Proof::SecretPost(secret) => ClientCredentials::SecretPost(secret.get(job, what)?),
                    Proof::PrivateKey { key, key_id } => ClientCredentials::PrivateKey {
                        key: key.get(job, "the client's private key")?,
                        key_id: key_id.clone(),
                    },
                };
                let mut oauth2 = OAuth2::new(&settings.token_url, &settings.client_id, credentials);
                oauth2.scope.clone_from(&settings.scope);
                oauth2.parameters = settings.parameters.clone().into_iter().collect();
                Auth::OAuth2(oauth2)
            }
        })
    }
}

fn read(path: &Path, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let length = fs::metadata(path)?.len();
    if length > bytes_max {
        return Err(std::io::Error::other(format!("it has {length} bytes, more than {bytes_max}")));
    }
    fs::read(path)
}
