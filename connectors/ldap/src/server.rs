//! Where is a server? The addresses that a job file may name.

use std::fmt;
use std::path::PathBuf;

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    /// `ldaps://`
    Tls { host: String, port: u16 },
    /// `ldap://`
    Clear { host: String, port: u16 },
    /// `ldapi://`: a socket of this machine.
    Local { path: PathBuf },
}

impl Server {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it: the rest of a sentence that begins with the address.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let expected = "is no address such as `ldaps://ldap.example.org:636`";
        let Some((scheme, rest)) = url.split_once("://") else { return Err(expected.to_owned()) };
        if scheme == "ldapi" {
            return match decoded(rest) {
                Some(path) if path.starts_with('/') => Ok(Self::Local { path: path.into() }),
                _ => Err("is no address such as `ldapi:///run/slapd/ldapi`".to_owned()),
            };
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '@', '%']) {
            return Err("has more than a host and a port; what is read is said elsewhere".to_owned());
        }
        let (host, port) = split(rest).ok_or_else(|| expected.to_owned())?;
        match scheme {
            "ldaps" => Ok(Self::Tls { host, port: port.unwrap_or(636) }),
            "ldap" => Ok(Self::Clear { host, port: port.unwrap_or(389) }),
            _ => Err(expected.to_owned()),
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        match self {
            Self::Tls { host, port } => write!(formatter, "ldaps://{}:{port}", bracketed(host)),
            Self::Clear { host, port } => write!(formatter, "ldap://{}:{port}", bracketed(host)),
            Self::Local { path } => write!(formatter, "ldapi://{}", path.display()),
        }
    }
}

/// Splits `host`, `host:port`, `[address]` and `[address]:port`.
fn split(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, behind) = bracketed.split_once(']')?;
            (host, if behind.is_empty() { None } else { Some(behind.strip_prefix(':')?) })
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => Some(port.parse().ok().filter(|&it| it != 0)?),
        None => None,
    };
    let is_good = !host.is_empty() && !host.contains(|it: char| it.is_whitespace() || it.is_control());
    is_good.then(|| (host.to_owned(), port))
}

/// Reads percent-encoded text, as the path of a socket may be written.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let tls = |host: &str, port| Server::Tls { host: host.to_owned(), port };
        assert_eq!(Server::parse("ldaps://dc1.example.org"), Ok(tls("dc1.example.org", 636)));
        assert_eq!(Server::parse("ldaps://dc1.example.org:3636/"), Ok(tls("dc1.example.org", 3636)));
        assert_eq!(Server::parse("ldaps://[::1]:1636"), Ok(tls("::1", 1636)));
        assert_eq!(Server::parse("ldapi://%2frun%2fldapi"), Ok(Server::Local { path: "/run/ldapi".into() }));
        for url in [
            "ldap.example.org",
            "http://x",
            "ldap://",
            "ldap://x:0",
            "ldap://x:99999",
            "ldap://x/dc=y",
            "ldapi://x",
        ] {
            assert!(Server::parse(url).is_err(), "{url}");
        }
    }
}
