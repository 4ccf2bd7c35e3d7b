//! The profiles that come with the connector: their files, embedded.

/// Names and texts.
pub(super) const PROFILES: &[(&str, &str)] = &[
    ("rfc", include_str!("../../profiles/rfc.toml")),
    ("entra", include_str!("../../profiles/entra.toml")),
    ("entra-2020", include_str!("../../profiles/entra-2020.toml")),
    ("atlassian", include_str!("../../profiles/atlassian.toml")),
    ("aws-iam-identity-center", include_str!("../../profiles/aws-iam-identity-center.toml")),
    ("databricks", include_str!("../../profiles/databricks.toml")),
    ("dropbox", include_str!("../../profiles/dropbox.toml")),
    ("github", include_str!("../../profiles/github.toml")),
    ("gitlab", include_str!("../../profiles/gitlab.toml")),
    ("google-cloud-identity", include_str!("../../profiles/google-cloud-identity.toml")),
    ("okta-like", include_str!("../../profiles/okta-like.toml")),
    ("salesforce", include_str!("../../profiles/salesforce.toml")),
    ("servicenow", include_str!("../../profiles/servicenow.toml")),
    ("slack", include_str!("../../profiles/slack.toml")),
    ("snowflake", include_str!("../../profiles/snowflake.toml")),
    ("zscaler", include_str!("../../profiles/zscaler.toml")),
];

/// Finds the text of a profile.
pub(super) fn find(name: &str) -> Option<&'static str> {
    PROFILES.iter().find(|(it, _)| *it == name).map(|(_, text)| *text)
}
