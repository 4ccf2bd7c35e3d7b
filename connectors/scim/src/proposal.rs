//! Which profile may suit a service? From its address, from what it says of itself, and from what it did when it was asked.

use crate::profile::{EtagUse, Profile, UpdateVerb};
use crate::service::ServiceConfig;

/// Parts of addresses, and the profile of whoever has them: a part of the host, and one of the path.
const ADDRESSES: [(&str, &str, &str); 13] = [
    ("scim.", "amazonaws.com", "aws-iam-identity-center"),
    ("api.atlassian.com", "/scim/", "atlassian"),
    ("databricks", "/scim/", "databricks"),
    ("api.github.com", "/scim/", "github"),
    ("/api/v3/scim/", "", "github"),
    ("gitlab", "/api/scim/", "gitlab"),
    ("googleapis.com", "/scim/", "google-cloud-identity"),
    ("salesforce.com", "/scim/", "salesforce"),
    ("service-now.com", "/scim", "servicenow"),
    ("slack.com", "/scim/", "slack"),
    ("snowflakecomputing.com", "/scim/", "snowflake"),
    ("zscaler", "/scim/", "zscaler"),
    ("starlingcloud.com", "dropbox", "dropbox"),
];

/// What a service did when it was asked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// Whether a filter that nothing passes found nothing.
    pub(crate) filters: Option<bool>,
    /// Whether the same goes for two conditions joined by `or`.
    pub(crate) or: Option<bool>,
}

/// Proposes a profile, in words and lines for people; nothing where the one that is spoken seems to suit.
pub(crate) fn propose(
    url: &str,
    spoken: &Profile,
    config: &ServiceConfig,
    behaviour: Behaviour,
) -> Vec<String> {
    let url = url.to_ascii_lowercase();
    let known = ADDRESSES.iter().find(|(first, second, _)| url.contains(first) && url.contains(second));
    if let Some((_, _, name)) = known {
        return if spoken.name == *name || spoken.name != "rfc" {
            Vec::new()
        } else {
            vec![format!("by its address, the profile `{name}` suits it")]
        };
    }
    let mut lines = Vec::new();
    if config.patch == Some(false) && spoken.update == UpdateVerb::Patch && spoken.name != "rfc" {
        lines.push("update = \"put\"");
    }
    if config.etag == Some(false) && spoken.etag == EtagUse::Use {
        lines.push("etag = \"off\"");
    }
    if behaviour.filters == Some(false) && spoken.filter.supported {
        lines.push("filter.supported = false");
    } else if behaviour.or == Some(false) && spoken.filter.or {
        lines.push("filter.or = false");
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let mut proposal = vec![format!(
        "another profile suits it better: a file, named as `profile_file`, with extends = \"{}\" and",
        spoken.name
    )];
    proposal.extend(lines.into_iter().map(|it| format!("    {it}")));
    proposal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_known_by_address_is_named() {
        let propose = |url: &str, name: &str| {
            let spoken = Profile::named(name).expect("a profile");
            propose(url, &spoken, &ServiceConfig::default(), Behaviour::default())
        };
        assert_eq!(
            propose("https://api.slack.com/scim/v2", "rfc"),
            ["by its address, the profile `slack` suits it"]
        );
        assert_eq!(propose("https://api.slack.com/scim/v2", "slack"), [""; 0]);
        assert_eq!(propose("https://scim.eu-west-1.amazonaws.com/x/scim/v2", "rfc").len(), 1);
        assert_eq!(propose("https://app.example.com/scim/v2", "rfc"), [""; 0]);
    }

    #[test]
    fn every_address_names_a_profile_that_is_there() {
        let missing: Vec<_> = ADDRESSES.iter().filter(|it| Profile::named(it.2).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn what_does_not_suit_is_said_in_lines_of_a_profile() {
        let config = ServiceConfig { etag: Some(false), patch: Some(true), ..ServiceConfig::default() };
        let behaviour = Behaviour { filters: Some(true), or: Some(false) };
        let proposal = propose("https://app.example.com/scim", &Profile::default(), &config, behaviour);
        assert_eq!(proposal[1..], ["    etag = \"off\"", "    filter.or = false"]);
        let text = format!("name = \"mine\"\n{}", proposal[1..].join("\n"));
        assert!(Profile::parse(&text).is_ok(), "{text}");
    }
}
