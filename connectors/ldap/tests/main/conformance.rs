//! The requirements of `docs/connector-spec.md`, against real servers.

use std::sync::Arc;

use async_trait::async_trait;
use provisio_connector::{Connector as _, Context, Target};
use provisio_ldap::Ldap;
use provisio_model::{AttributeSchema, ObjectType, Secret, Value};
use provisio_testkit::conformance::{Fixture, Prepared, TargetFixture, fitting_value};
use tokio::sync::OnceCell;

use crate::active_directory;
use crate::support::{Corner, context};

/// Runs a check on a network.
fn run<T>(check: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(check)
}

/// Opens a connector that knows its directory already.
async fn opened(ldap: Ldap) -> Prepared<Arc<dyn Target>> {
    ldap.schema(&context()).await?;
    Ok(Arc::new(ldap))
}

mod openldap {
    use super::*;

    /// A part of OpenLDAP.
    #[derive(Default)]
    struct Place(OnceCell<Corner>);

    impl Place {
        async fn open(&self) -> Prepared<Arc<dyn Target>> {
            let corner = self.0.get_or_init(async || Corner::new("kit")).await;
            opened(Ldap::new(corner.config(), Some(Secret::new("secret")))?).await
        }
    }

    #[async_trait]
    impl Fixture for Place {
        fn context(&self) -> Context {
            context()
        }

        fn may_use(&self, _: &ObjectType, attribute: &AttributeSchema) -> bool {
            let used = [
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
            used.iter().any(|it| attribute.name.is(it))
        }

        fn more_than_a_page(&self) -> usize {
            1_050
        }

        fn secrets(&self) -> Vec<String> {
            vec!["secret".to_owned()]
        }
    }

    #[async_trait]
    impl TargetFixture for Place {
        async fn target(&self) -> Prepared<Arc<dyn Target>> {
            self.open().await
        }

        async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
            self.open().await.map(Some)
        }
    }

    #[cfg(has_slapd)]
    provisio_testkit::target_conformance!(Place::default(), run, skipping [
        "S-12", "S-13", "S-15", "S-16", "S-17", "S-18", "S-19", "S-20", "S-31",
        "S-37", "T-07", "T-13", "T-16", "T-29", "T-30", "T-34", "T-39", "T-40", "T-41", "T-42"
    ]);

    #[cfg(not(has_slapd))]
    #[test]
    #[ignore = "PROVISIO_TEST_SLAPD is not set"]
    fn every_requirement_is_met() {
        run(Place::default().target()).map(drop).expect("a target");
    }
}

mod samba {
    use super::*;

    /// A part of a domain.
    #[derive(Default)]
    struct Place(OnceCell<active_directory::Corner>);

    impl Place {
        async fn open(&self) -> Prepared<Arc<dyn Target>> {
            let corner = self.0.get_or_init(async || active_directory::Corner::new("kit").await).await;
            opened(corner.open().ldap).await
        }
    }

    #[async_trait]
    impl Fixture for Place {
        fn context(&self) -> Context {
            context()
        }

        fn may_use(&self, object_type: &ObjectType, attribute: &AttributeSchema) -> bool {
            let used = [
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
            object_type.as_str() != "unit" && used.iter().any(|it| attribute.name.is(it))
        }

        fn value(&self, object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
            // Names of accounts are unique in the domain, and groups are in it too.
            if attribute.name.is("sAMAccountName") {
                let corner = self.0.get().map(|it| it.logon(object_type.as_str())).unwrap_or_default();
                let end: String = corner.chars().take(12).collect();
                return Some(Value::from(format!("{end}{number}")));
            }
            fitting_value(attribute, number)
        }

        fn more_than_a_page(&self) -> usize {
            60
        }

        fn secrets(&self) -> Vec<String> {
            vec!["Passw0rd!x".to_owned()]
        }
    }

    #[async_trait]
    impl TargetFixture for Place {
        async fn target(&self) -> Prepared<Arc<dyn Target>> {
            self.open().await
        }

        async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
            self.open().await.map(Some)
        }
    }

    #[cfg(has_samba)]
    provisio_testkit::target_conformance!(Place::default(), run, skipping [
        "S-12", "S-13", "S-15", "S-16", "S-17", "S-18", "S-19", "S-20", "S-31",
        "S-37", "T-13", "T-16", "T-30", "T-34", "T-39", "T-40", "T-41", "T-42"
    ]);

    #[cfg(not(has_samba))]
    #[test]
    #[ignore = "PROVISIO_TEST_SAMBA is not set"]
    fn every_requirement_is_met() {
        run(Place::default().target()).map(drop).expect("a target");
    }
}
