//! Which URL is asked? The base URL of a service, and the addresses under it.

use std::fmt::Write as _;

/// The base URL of a SCIM service: `https://scim.example.com/v2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Scheme, host and port, in lower case.
    origin: String,
    /// The path, without a slash at its end.
    path: String,
    /// What every request has behind the question mark.
    query: String,
}

impl BaseUrl {
    /// Reads a URL. Without TLS it must be one of this machine, unless `plain` says otherwise.
    pub(crate) fn parse(text: &str, plain: bool) -> Result<Self, String> {
        let text = text.trim();
        if text.contains(|it: char| it.is_control() || it.is_whitespace()) {
            return Err("a URL has no space in it".to_owned());
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("a URL begins with `https://`".to_owned());
        };
        let scheme = scheme.to_ascii_lowercase();
        let rest = rest.split('#').next().unwrap_or_default();
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err("a URL with a user name or password in it is not accepted; credentials have keys of their own"
                .to_owned());
        }
        if authority.is_empty() {
            return Err("the URL has no host".to_owned());
        }
        match scheme.as_str() {
            "https" => {}
            "http" if plain || is_local(authority) => {}
            "http" => {
                return Err(
                    "without TLS, credentials and names of people go over the network for everyone to read; \
                    write `https://`"
                        .to_owned(),
                );
            }
            other => return Err(format!("`{other}` is not `https`")),
        }
        let origin = format!("{scheme}://{}", authority.to_ascii_lowercase());
        Ok(Self { origin, path: path.trim_end_matches('/').to_owned(), query: query.to_owned() })
    }

    /// Takes out a word of the query, such as a compatibility flag; tells whether it was there.
    pub(crate) fn take_flag(&mut self, flag: &str) -> bool {
        let before = self.query.len();
        let is_flag = |it: &&str| it.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case(flag));
        let kept: Vec<&str> = self.query.split('&').filter(|it| !is_flag(it)).collect();
        self.query = kept.join("&");
        self.query.len() != before
    }

    /// Returns the URL for people.
    pub(crate) fn shown(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }

    /// Returns the address of a path under it; the path may have several segments and is taken as it is.
    pub(crate) fn address(&self, path: &str, id: Option<&str>, query: &[(&str, &str)]) -> String {
        let mut url = format!("{}{}/{}", self.origin, self.path, path.trim_matches('/'));
        if let Some(id) = id {
            url.push('/');
            encode(id, &mut url);
        }
        let mut separator = '?';
        if !self.query.is_empty() {
            url.push(separator);
            url.push_str(&self.query);
            separator = '&';
        }
        for (name, value) in query {
            url.push(separator);
            separator = '&';
            encode(name, &mut url);
            // RFC 9865 section 2 asks for the first page by a `cursor` without a value.
            if !value.is_empty() {
                url.push('=');
                encode(value, &mut url);
            }
        }
        url
    }

    /// Returns a path as one under this URL: some services name the paths of their resources from the root of the host.
    pub(crate) fn relative<'p>(&self, path: &'p str) -> &'p str {
        let own = self.path.trim_matches('/');
        let rest = path.strip_prefix(own).filter(|_| !own.is_empty());
        rest.and_then(|it| it.strip_prefix('/')).filter(|it| !it.is_empty()).unwrap_or(path)
    }

    /// Returns the address that a redirect leads to, if it is of the same origin.
    pub(crate) fn redirect(&self, location: &str) -> Option<String> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(format!("{}{location}", self.origin));
        }
        let rest = location.get(..self.origin.len())?;
        let follows = location.get(self.origin.len()..)?;
        (rest.eq_ignore_ascii_case(&self.origin) && (follows.is_empty() || follows.starts_with(['/', '?'])))
            .then(|| location.to_owned())
    }
}

/// Tells whether a host is this machine.
fn is_local(authority: &str) -> bool {
    let host = authority.strip_prefix('[').and_then(|it| it.split(']').next());
    let host = host.unwrap_or_else(|| authority.split(':').next().unwrap_or_default());
    host == "::1"
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|it| it.is_loopback())
}

/// Appends text percent-encoded: everything but the unreserved characters of RFC 3986 section 2.3, so that neither
/// `+` nor `%` nor `/` can be read as something else.
pub(crate) fn encode(text: &str, url: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> BaseUrl {
        BaseUrl::parse(text, false).expect("a URL")
    }

    #[test]
    fn addresses_are_encoded() {
        let base = base("https://SCIM.example.com:8443/v2/");
        assert_eq!(
            base.address("Users", Some("a/b ü?"), &[]),
            "https://scim.example.com:8443/v2/Users/a%2Fb%20%C3%BC%3F"
        );
        assert_eq!(
            base.address("Users", None, &[("filter", "userName eq \"a+b@x\"")]),
            "https://scim.example.com:8443/v2/Users?filter=userName%20eq%20%22a%2Bb%40x%22"
        );
    }

    #[test]
    fn paths_from_the_root_are_paths_under_the_base() {
        let base = base("https://x.example/scim/v2/");
        assert_eq!(base.relative("scim/v2/Users"), "Users");
        assert_eq!(base.relative("Users"), "Users");
        assert_eq!(base.relative("scim/v2"), "scim/v2");
        assert_eq!(base.relative("scim/v2x/Users"), "scim/v2x/Users");
        assert_eq!(BaseUrl::parse("https://x.example", false).expect("a URL").relative("Users"), "Users");
    }

    #[test]
    fn a_query_of_the_base_stays_and_flags_go() {
        let mut base = base("https://x.example/scim?aadOptscim062020&tenant=1");
        assert!(base.take_flag("aadoptscim062020"));
        assert!(!base.take_flag("aadOptscim062020"));
        assert_eq!(
            base.address("Users", None, &[("count", "1")]),
            "https://x.example/scim/Users?tenant=1&count=1"
        );
    }

    #[test]
    fn what_would_give_credentials_away_is_refused() {
        let refused = |text| BaseUrl::parse(text, false).expect_err("must be refused");
        assert!(refused("http://scim.example.com").contains("TLS"));
        assert!(refused("https://me:secret@scim.example.com").contains("not accepted"));
        assert!(refused("ftp://x").contains("ftp"));
        assert!(refused("scim.example.com").contains("https://"));
        assert!(BaseUrl::parse("http://scim.example.com", true).is_ok());
        for local in ["http://127.0.0.1:80/v2", "http://localhost:1", "http://[::1]:8080"] {
            assert!(BaseUrl::parse(local, false).is_ok(), "{local}");
        }
        assert!(BaseUrl::parse("http://localhost.example.com", false).is_err());
    }

    #[test]
    fn redirects_stay_at_home() {
        let base = base("https://scim.example.com/v2");
        assert_eq!(base.redirect("/v3/Users").as_deref(), Some("https://scim.example.com/v3/Users"));
        assert_eq!(
            base.redirect("https://SCIM.example.com/v3").as_deref(),
            Some("https://SCIM.example.com/v3")
        );
        for other in [
            "https://scim.example.com.evil.example/",
            "https://scim.example.com:444/",
            "//evil.example/",
            "http://scim.example.com/v2",
        ] {
            assert_eq!(base.redirect(other), None, "{other}");
        }
    }
}
