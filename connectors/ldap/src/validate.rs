//! Does a configuration contradict itself? All faults at once, as sentences.

use std::collections::BTreeSet;
use std::fmt;

use crate::config::{BindMethod, DirectoryKind, LdapConfig, LdapType, NameCollision};
use crate::dn::Dn;
use crate::filter;
use crate::server::Server;

/// The largest page that is asked for.
const PAGE_SIZE_MAX: u32 = 100_000;

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigFault {
    /// The place among [`LdapConfig::types`] of the type that it is about, if it is about one.
    pub of_type: Option<usize>,
    /// A sentence that names the key, and the type.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl LdapConfig {
    /// Returns everything that is wrong.
    pub fn faults(&self) -> Vec<ConfigFault> {
        let own = self.own_faults().into_iter();
        let mut faults: Vec<ConfigFault> =
            own.map(|message| ConfigFault { of_type: None, message }).collect();
        let names: BTreeSet<&str> = self.types.iter().map(|it| it.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (at, object_type) in self.types.iter().enumerate() {
            let mut about = object_type.faults(&names, self.directory);
            if !seen.insert(&object_type.name) {
                about.push("another type has this name".to_owned());
            }
            faults.extend(about.into_iter().map(|fault| ConfigFault {
                of_type: Some(at),
                message: format!("type `{}`: {fault}", object_type.name),
            }));
        }
        faults
    }

    /// Returns what is wrong besides the types.
    fn own_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.urls.is_empty() {
            faults.push("`urls` is empty".to_owned());
        }
        for url in &self.urls {
            match Server::parse(url) {
                Err(fault) => faults.push(format!("`urls`: `{url}` {fault}")),
                Ok(Server::Clear { .. }) if !self.start_tls && !self.allow_clear_text => faults.push(format!(
                    "`urls`: `{url}` is not under TLS; write `ldaps://`, or `start_tls = true`, or `allow_clear_text = \
                     true` if everybody on the network may read names and passwords"
                )),
                Ok(Server::Tls { .. }) if self.start_tls => {
                    faults.push(format!("`start_tls` is for `ldap://`, and `{url}` is under TLS already"));
                }
                Ok(_) => {}
            }
        }
        match (self.bind, &self.bind_dn) {
            (BindMethod::Simple, None) => faults.push("`bind_dn` says who authenticates".to_owned()),
            (BindMethod::Simple, Some(name)) if name.is_empty() => {
                faults.push(
                    "`bind_dn` is empty; write `bind = \"anonymous\"` if nobody authenticates".to_owned(),
                );
            }
            (BindMethod::External | BindMethod::Anonymous, Some(_)) => {
                faults.push("`bind_dn` is for `bind = \"simple\"`".to_owned());
            }
            _ => {}
        }
        if self.client_certificate.is_some() != self.client_key.is_some() {
            faults.push("`client_certificate` and `client_key` belong together".to_owned());
        }
        if self.timeout_seconds == 0 {
            faults.push("`timeout_seconds` is 0".to_owned());
        }
        if self.page_size == 0 || self.page_size > PAGE_SIZE_MAX {
            faults.push(format!("`page_size` is not between 1 and {PAGE_SIZE_MAX}"));
        }
        if self.versions && self.directory == DirectoryKind::ActiveDirectory {
            faults.push("`versions`: Active Directory does not compare versions".to_owned());
        }
        if let Some(anchor) = self.anchor.as_ref().filter(|it| !is_attribute(it)) {
            faults.push(format!("`anchor`: `{anchor}` is no name of an attribute"));
        }
        if self.types.is_empty() {
            faults.push("`types` is empty".to_owned());
        }
        faults
    }
}

impl LdapType {
    fn faults(&self, types: &BTreeSet<&str>, directory: DirectoryKind) -> Vec<String> {
        let mut faults = Vec::new();
        if self.name.is_empty() {
            faults.push("`name` is empty".to_owned());
        }
        let mut check_dn = |key: &str, text: &str| match Dn::parse(text) {
            Ok(dn) if dn == Dn::default() => faults.push(format!("`{key}` is empty")),
            Ok(_) => {}
            Err(fault) => faults.push(format!("`{key}` is no distinguished name: {fault}")),
        };
        check_dn("base", &self.base);
        self.more_bases.iter().for_each(|it| check_dn("more_bases", it));
        self.expect.entries.iter().for_each(|it| check_dn("expect.entries", it));
        if let Some(container) = &self.container {
            check_dn("container", container);
        }
        if let Some(placeholder) = &self.placeholder {
            check_dn("placeholder", placeholder);
        }
        let bases: Vec<Dn> = self.bases().filter_map(|it| Dn::parse(it).ok()).collect();
        for (at, base) in bases.iter().enumerate() {
            if bases.iter().enumerate().any(|(other, it)| other != at && it.holds(base)) {
                faults.push(format!(
                    "the base `{base}` is within another one: its objects would be read twice"
                ));
            }
        }
        if let Some(container) = self.container.as_deref().and_then(|it| Dn::parse(it).ok())
            && !bases.iter().any(|it| it.holds(&container))
        {
            faults.push(
                "`container` is not beneath a base: what is made there would not be found again".to_owned(),
            );
        }
        if let Some(Err(fault)) = self.filter.as_deref().map(filter::parse) {
            faults.push(format!("`filter` is no filter: {fault}"));
        }
        if self.object_classes.is_empty() {
            faults.push("`object_classes` is empty".to_owned());
        }
        for name in self.object_classes.iter().chain(&self.auxiliary_classes) {
            if !is_attribute(name) {
                faults.push(format!("`{name}` is no name of an object class"));
            }
        }
        if self.deleted_objects && directory != DirectoryKind::ActiveDirectory {
            faults.push("`deleted_objects` is for `directory = \"active_directory\"`".to_owned());
        }
        if !is_attribute(&self.rdn) {
            faults.push(format!("`rdn`: `{}` is no name of an attribute", self.rdn));
        }
        for (attribute, targets) in &self.references {
            if targets.is_empty() {
                faults.push(format!("`references`: `{attribute}` refers to no type"));
            }
            for target in targets.iter().filter(|it| !types.contains(it.as_str())) {
                faults.push(format!(
                    "`references`: `{attribute}` refers to `{target}`, and there is no such type"
                ));
            }
        }
        if directory == DirectoryKind::ActiveDirectory && self.placeholder.is_some() {
            faults.push(
                "`placeholder` is not needed in Active Directory, where groups may be empty".to_owned(),
            );
        }
        if self.name_collision == NameCollision::Number && self.rdn.eq_ignore_ascii_case("ou") {
            faults.push("`name_collision` is not for containers".to_owned());
        }
        faults
    }
}

fn is_attribute(name: &str) -> bool {
    filter::is_description(name) && !name.contains(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> LdapConfig {
        let user = LdapType::new("user", "ou=people,dc=example,dc=org", "inetOrgPerson", "uid");
        let mut config = LdapConfig::new(["ldaps://ldap.example.org"], [user]);
        config.bind_dn = Some("cn=provisio,dc=example,dc=org".to_owned());
        config
    }

    #[test]
    fn a_plain_configuration_has_no_fault() {
        assert_eq!(config().faults(), []);
    }

    #[test]
    fn credentials_do_not_go_over_the_network_in_clear() {
        let mut config = config();
        config.urls = vec!["ldap://ldap.example.org".to_owned()];
        assert!(config.faults()[0].message.contains("is not under TLS"));
        config.start_tls = true;
        assert_eq!(config.faults(), []);
        config.start_tls = false;
        assert_eq!(config.in_clear_text().faults(), []);
    }

    #[test]
    fn every_fault_is_found_at_once() {
        let mut config = config();
        config.urls.push("http://x".to_owned());
        config.bind_dn = None;
        config.client_key = Some("key.pem".into());
        config.page_size = 0;
        let user = &mut config.types[0];
        user.more_bases = vec!["ou=a,ou=people,dc=example,dc=org".to_owned(), "nonsense".to_owned()];
        user.container = Some("ou=elsewhere,dc=example,dc=org".to_owned());
        user.filter = Some("(cn=*".to_owned());
        user.references.insert("manager".to_owned(), vec!["person".to_owned()]);
        let faults = config.faults();
        assert_eq!(faults.len(), 9, "{faults:#?}");
        assert_eq!(faults.iter().filter(|it| it.of_type == Some(0)).count(), 5, "{faults:#?}");
    }
}
