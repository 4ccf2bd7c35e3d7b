//! The requirements of `docs/connector-spec.md`, against real servers.

use std::sync::Arc;

use async_trait::async_trait;
use provisio_connector::{Connector as _, Context, Target};
use provisio_ldap::{Ldap, LdapConfig};
use provisio_model::{AttributeSchema, ObjectType, Secret, Value};
use provisio_testkit::conformance::{Fixture, Hook, Prepared, TargetFixture, Trouble, fitting_value};
use tokio::sync::OnceCell;

use crate::active_directory;
use crate::support::{Corner, context, variable};
use crate::wire::{Framing, Wire};

/// Runs a check on a network.
fn run<T>(check: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(check)
}

/// A part of a directory, and what is particular to its server.
#[async_trait]
trait Ground: Sized + Send + Sync {
    /// The password of the administrator.
    const PASSWORD: &'static str;
    /// The attributes that checks may use.
    const USED: &'static [&'static str];
    /// How many objects do not fit on a page.
    const MORE_THAN_A_PAGE: usize;

    async fn new() -> Self;

    /// Returns a way to the server.
    async fn wire() -> Wire;

    /// Returns how to connect to it over a wire.
    fn config(&self, wire: &Wire) -> LdapConfig;

    fn value(&self, _object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        fitting_value(attribute, number)
    }
}

/// A directory with nothing in it.
struct Place<G>(OnceCell<(G, Wire)>);

impl<G> Default for Place<G> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<G: Ground> Place<G> {
    /// Opens a connector that knows its directory already.
    async fn open(&self) -> Prepared<Arc<dyn Target>> {
        let (ground, wire) = self.0.get_or_init(async || (G::new().await, G::wire().await)).await;
        let ldap = Ldap::new(ground.config(wire), Some(Secret::new(G::PASSWORD)))?;
        ldap.schema(&context()).await?;
        Ok(Arc::new(ldap))
    }
}

#[async_trait]
impl<G: Ground> Fixture for Place<G> {
    fn context(&self) -> Context {
        context()
    }

    fn may_use(&self, _: &ObjectType, attribute: &AttributeSchema) -> bool {
        G::USED.iter().any(|it| attribute.name.is(it))
    }

    fn value(&self, object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        match self.0.get() {
            Some((ground, _)) => ground.value(object_type, attribute, number),
            None => fitting_value(attribute, number),
        }
    }

    fn more_than_a_page(&self) -> usize {
        G::MORE_THAN_A_PAGE
    }

    fn secrets(&self) -> Vec<String> {
        vec![G::PASSWORD.to_owned()]
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        let is_caused = match self.0.get() {
            Some((_, wire)) => wire.cause(trouble).await,
            None => false,
        };
        Ok(if is_caused { Hook::Done } else { Hook::Absent })
    }
}

#[async_trait]
impl<G: Ground> TargetFixture for Place<G> {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        self.open().await
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        self.open().await.map(Some)
    }
}

#[async_trait]
impl Ground for Corner {
    const PASSWORD: &'static str = "secret";
    const USED: &'static [&'static str] = &[
        "cn",
        "description",
        "displayName",
        "employeeNumber",
        "givenName",
        "jpegPhoto",
        "mail",
        "manager",
        "member",
        "sn",
        "title",
        "uid",
    ];
    const MORE_THAN_A_PAGE: usize = 1_050;

    async fn new() -> Self {
        Self::new("kit")
    }

    async fn wire() -> Wire {
        Wire::to(variable("PROVISIO_TEST_SLAPD").replace("ldap://", ""), Framing::Clear).await
    }

    fn config(&self, wire: &Wire) -> LdapConfig {
        let mut config = self.config().in_clear_text();
        config.urls = vec![format!("ldap://{}", wire.address)];
        config.versions = true;
        config
    }
}

#[async_trait]
impl Ground for active_directory::Corner {
    const PASSWORD: &'static str = "Passw0rd!x";
    const USED: &'static [&'static str] = &[
        "accountExpires",
        "cn",
        "department",
        "description",
        "displayName",
        "employeeID",
        "givenName",
        "jpegPhoto",
        "mail",
        "manager",
        "member",
        "otherTelephone",
        "sAMAccountName",
        "sn",
        "title",
    ];
    const MORE_THAN_A_PAGE: usize = 25;

    async fn new() -> Self {
        let mut corner = Self::new("kit").await;
        corner.config.types.truncate(2);
        corner
    }

    async fn wire() -> Wire {
        Wire::to(variable("PROVISIO_TEST_SAMBA").replace("ldaps://", ""), Framing::Tls).await
    }

    fn config(&self, wire: &Wire) -> LdapConfig {
        let mut config = self.config.clone();
        config.page_size = 10;
        config.urls = vec![format!("ldaps://{}", wire.address)];
        config
    }

    fn value(&self, object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        // Names of accounts are unique in the domain, and groups are in it too.
        if attribute.name.is("sAMAccountName") {
            let end: String = self.logon(object_type.as_str()).chars().take(12).collect();
            return Some(Value::from(format!("{end}{number}")));
        }
        fitting_value(attribute, number)
    }
}

#[cfg(has_slapd)]
mod openldap {
    use super::*;

    provisio_testkit::target_conformance!(Place::<Corner>::default(), run, skipping [
        "S-13", "S-16", "S-17", "S-20", "S-31",
        "T-07", "T-13", "T-29", "T-30", "T-32", "T-34", "T-42"
    ]);
}

#[cfg(has_samba)]
mod samba {
    use super::*;

    provisio_testkit::target_conformance!(Place::<active_directory::Corner>::default(), run, skipping [
        "S-12", "S-13", "S-16", "S-17", "S-19", "S-20", "S-31",
        "T-13", "T-16", "T-30", "T-34", "T-39", "T-41", "T-42"
    ]);
}

#[cfg(not(has_slapd))]
#[test]
#[ignore = "PROVISIO_TEST_SLAPD is not set"]
fn every_requirement_is_met_on_openldap() {
    run(Place::<Corner>::default().target()).map(drop).expect("a target");
}

#[cfg(not(has_samba))]
#[test]
#[ignore = "PROVISIO_TEST_SAMBA is not set"]
fn every_requirement_is_met_on_samba() {
    run(Place::<active_directory::Corner>::default().target()).map(drop).expect("a target");
}
