//! Whom does the connector trust, and what does it show? Made once from files; certificates are always verified.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::LdapConfig;
use crate::trouble::Trouble;

/// Makes the settings of TLS connections.
pub(crate) fn connector(config: &LdapConfig) -> Result<TlsConnector, Trouble> {
    let mut roots = rustls::RootCertStore::empty();
    match &config.root_certificates {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|error| unusable(path, error))?;
            }
        }
        // What cannot be used of the system's certificates is left out: the others may do.
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Trouble::Untrusted(format!("TLS cannot be used: {error}")))?
        .with_root_certificates(roots);
    let settings = match (&config.client_certificate, &config.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates(certificate)?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable(key, error))?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| unusable(key, error))?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(settings)))
}

/// Puts a connection under TLS; the server must prove to be this host.
pub(crate) async fn secure(
    connector: &TlsConnector,
    host: &str,
    stream: TcpStream,
) -> Result<TlsStream<TcpStream>, Trouble> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Trouble::Untrusted(format!("`{host}` is no name that a certificate could be for")))?;
    connector.connect(name, stream).await.map_err(|error| {
        let is_tls = error.get_ref().is_some_and(|it| it.is::<rustls::Error>());
        if is_tls {
            Trouble::Untrusted(format!("the server does not prove that it is `{host}`: {error}"))
        } else {
            Trouble::Lost(format!("the connection broke while TLS began: {error}"))
        }
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Trouble> {
    let all = CertificateDer::pem_file_iter(path).map_err(|error| unusable(path, error))?;
    let all: Vec<_> = all.collect::<Result<_, _>>().map_err(|error| unusable(path, error))?;
    if all.is_empty() {
        return Err(unusable(path, "it holds no certificate"));
    }
    Ok(all)
}

fn unusable(path: &Path, why: impl std::fmt::Display) -> Trouble {
    Trouble::Untrusted(format!("`{}` cannot be used: {why}", path.display()))
}
