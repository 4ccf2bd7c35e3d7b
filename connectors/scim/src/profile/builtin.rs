//! The profiles that come with the connector: their files, embedded.

/// Names and texts.
pub(super) const PROFILES: &[(&str, &str)] = &[
    ("rfc", include_str!("../../profiles/rfc.toml")),
    ("entra", include_str!("../../profiles/entra.toml")),
    ("entra-2020", include_str!("../../profiles/entra-2020.toml")),
];

/// Finds the text of a profile.
pub(super) fn find(name: &str) -> Option<&'static str> {
    PROFILES.iter().find(|(it, _)| *it == name).map(|(_, text)| *text)
}
