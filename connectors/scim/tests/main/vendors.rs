//! Does each profile suit a service with the limits and defects that the documentation of its vendor has?
//!
//! These are services in this process, made of the documents that the profiles name. None was tried against the vendor.

use std::sync::Arc;

use async_trait::async_trait;
use futures::executor::block_on;
use provisio_connector::{ReadQuery, Target};
use provisio_model::{AttributeSchema, ObjectType, Outcome, Value, WriteAction};
use provisio_scim::Profile;
use provisio_testkit::conformance::{Fixture, Hook, Prepared, TargetFixture, Trouble, fitting_value, target};

use crate::fake::{Demand, Fake, Quirks, TOKEN, Total};
use crate::support::{attributes, connect, create, layout, read, write};

/// A vendor's service.
struct Vendor {
    /// The profile.
    name: &'static str,
    quirks: Quirks,
    /// What cannot hold.
    broken: &'static [&'static str],
}

/// Nothing is deleted, and this check wants that.
const WITHOUT_DELETE: &[&str] = &["S-25"];

/// No list is believed, so no read of all objects is complete.
const WITHOUT_LISTS: &[&str] = &[
    "S-03", "S-04", "S-05", "S-06", "S-07", "S-08", "S-09", "S-10", "S-11", "S-12", "S-13", "S-15", "S-17",
    "S-18", "S-19", "S-20", "S-23", "S-24", "S-25", "S-26", "S-28", "S-29", "T-01", "T-04", "T-07", "T-08",
    "T-23", "T-25", "T-31", "T-35", "T-38", "T-39", "T-40", "T-41", "T-42", "T-43", "T-44", "T-45",
];

/// What the kit fills with three values, of which these services take one.
const SINGLE: [(&str, &str); 3] = [
    ("aws-iam-identity-center", "emails"),
    ("aws-iam-identity-center", "phoneNumbers"),
    ("aws-iam-identity-center", "addresses"),
];

fn vendors() -> Vec<Vendor> {
    // What has no versions and no `or` is most of them.
    let plain = || Quirks { etag: false, no_or: true, page_max: 20, ..Quirks::default() };
    vec![
        Vendor {
            name: "aws-iam-identity-center",
            quirks: Quirks {
                cursor: true,
                total: Total::Missing,
                eq_only: true,
                excluded_attributes: false,
                members_hidden: true,
                members_replaced: false,
                members_exist: true,
                members_max: 100,
                demands: &[
                    ("Users", "displayName", Demand::Required),
                    ("Users", "name.givenName", Demand::Required),
                    ("Users", "name.familyName", Demand::Required),
                    ("Users", "emails", Demand::One),
                    ("Users", "phoneNumbers", Demand::One),
                    ("Users", "addresses", Demand::One),
                    ("Users", "userName", Demand::Without("\t\n\r<>;:%")),
                ],
                ..plain()
            },
            broken: &[],
        },
        Vendor {
            name: "atlassian",
            quirks: Quirks {
                filters: &[("Users", &["userName", "externalId"]), ("Groups", &["displayName"])],
                eq_only: true,
                ..plain()
            },
            broken: WITHOUT_DELETE,
        },
        Vendor {
            name: "databricks",
            quirks: Quirks {
                etag: false,
                filters: &[("Users", &["userName"])],
                eq_only: true,
                ..Quirks::default()
            },
            broken: &[],
        },
        Vendor {
            name: "dropbox",
            quirks: Quirks { patch: false, filters: &[("Users", &[]), ("Groups", &[])], ..plain() },
            broken: &[],
        },
        Vendor {
            name: "github",
            quirks: Quirks { value_paths: false, user_agent: true, users_stay: true, ..plain() },
            broken: WITHOUT_DELETE,
        },
        Vendor { name: "gitlab", quirks: gitlab(), broken: WITHOUT_LISTS },
        Vendor {
            name: "google-cloud-identity",
            quirks: Quirks {
                put: false,
                unpaged: true,
                operations_max: 20,
                values_per_operation_max: 1,
                members_max: 1,
                members_on_create: false,
                members_replaced: false,
                ..plain()
            },
            broken: &[],
        },
        Vendor {
            name: "okta-like",
            quirks: Quirks {
                patch: false,
                users_stay: true,
                eq_only: true,
                filters: &[("Users", &["userName"]), ("Groups", &["displayName"])],
                ..plain()
            },
            broken: WITHOUT_DELETE,
        },
        Vendor { name: "salesforce", quirks: Quirks { users_stay: true, ..plain() }, broken: WITHOUT_DELETE },
        Vendor { name: "servicenow", quirks: plain(), broken: &[] },
        Vendor {
            name: "slack",
            quirks: Quirks {
                media_type: "application/json",
                delete_deactivates: true,
                filters: &[("Users", &["userName"])],
                demands: &[("Users", "userName", Demand::LengthMax(20))],
                ..plain()
            },
            broken: WITHOUT_DELETE,
        },
        Vendor {
            name: "snowflake",
            quirks: Quirks {
                phantom: true,
                eq_only: true,
                filters: &[("Users", &["userName"]), ("Groups", &["displayName"])],
                ..plain()
            },
            broken: WITHOUT_LISTS,
        },
        Vendor { name: "zscaler", quirks: plain(), broken: &[] },
    ]
}

/// What was not provisioned through it is in no list, whatever is asked for.
fn gitlab() -> Quirks {
    Quirks {
        etag: false,
        no_or: true,
        page_max: 20,
        eq_only: true,
        provisioned_only: true,
        filters: &[("Users", &["id", "externalId", "userName"])],
        ..Quirks::default()
    }
}

#[test]
fn who_is_in_no_list_is_neither_taken_for_gone_nor_made_twice() {
    let fake = Fake::with(gitlab());
    let scim = connect(&fake, "gitlab");
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    fake.insert("Users", serde_json::json!({"schemas": [user], "userName": "ann"}));
    let bob = create(&scim, "User", attributes([("userName", "bob".into())]));
    let layout = layout(&scim, "User", &["userName"]);
    let (objects, end) = read(&scim, ReadQuery::all(layout)).expect("a read");
    let ids: Vec<&str> = objects.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(ids, [bob.as_str()]);
    assert!(end.starts_with("incomplete"), "{end}");
    let ann = attributes([("userName", "ann".into())]);
    let outcome = write(&scim, "User", WriteAction::Create { attributes: ann });
    assert!(matches!(outcome, Outcome::Conflict(_)), "{outcome:?}");
    assert_eq!(fake.resources("Users").len(), 2);
}

struct Service {
    fake: Fake,
    name: &'static str,
}

#[async_trait]
impl Fixture for Service {
    fn secrets(&self) -> Vec<String> {
        vec![TOKEN.to_owned()]
    }

    fn more_than_a_page(&self) -> usize {
        45
    }

    fn value(&self, _object_type: &ObjectType, attribute: &AttributeSchema, number: u64) -> Option<Value> {
        let is_single = SINGLE.iter().any(|(name, it)| *name == self.name && attribute.name.is(it));
        fitting_value(attribute, number).filter(|_| !is_single)
    }

    async fn cause(&self, trouble: Trouble) -> Prepared<Hook> {
        match trouble {
            Trouble::Over => self.fake.cause(None),
            Trouble::WatermarksForgotten | Trouble::CountIsWrong => return Ok(Hook::Absent),
            // There are no numbers of pages.
            Trouble::ReadsBreakOff { .. }
                if matches!(self.name, "aws-iam-identity-center" | "google-cloud-identity") =>
            {
                return Ok(Hook::Absent);
            }
            other => self.fake.cause(Some(other)),
        }
        Ok(Hook::Done)
    }
}

#[async_trait]
impl TargetFixture for Service {
    async fn target(&self) -> Prepared<Arc<dyn Target>> {
        Ok(Arc::new(connect(&self.fake, self.name)))
    }

    async fn elsewhere(&self) -> Prepared<Option<Arc<dyn Target>>> {
        Ok(Some(Arc::new(connect(&self.fake, self.name))))
    }
}

fn suits(name: &str) {
    let vendor = vendors().into_iter().find(|it| it.name == name).expect("a vendor");
    let (name, quirks) = (vendor.name, vendor.quirks);
    let report = block_on(target::report(|| Service { fake: Fake::with(quirks.clone()), name }));
    assert_eq!(report.broken().collect::<Vec<_>>(), vendor.broken, "{report}");
}

/// A test of each, so that they run at the same time.
macro_rules! suits {
    ($($test:ident: $name:literal),*) => {
        $(#[test]
        fn $test() {
            suits($name);
        })*

        const TESTED: &[&str] = &[$($name),*];
    };
}

suits!(
    atlassian_is_suited: "atlassian",
    aws_is_suited: "aws-iam-identity-center",
    databricks_is_suited: "databricks",
    dropbox_is_suited: "dropbox",
    github_is_suited: "github",
    gitlab_is_suited: "gitlab",
    google_is_suited: "google-cloud-identity",
    okta_applications_are_suited: "okta-like",
    salesforce_is_suited: "salesforce",
    servicenow_is_suited: "servicenow",
    slack_is_suited: "slack",
    snowflake_is_suited: "snowflake",
    zscaler_is_suited: "zscaler"
);

#[test]
fn every_profile_of_a_vendor_has_a_service() {
    let own = ["rfc", "entra", "entra-2020"];
    let missing: Vec<&str> =
        Profile::names().filter(|it| !own.contains(it) && !TESTED.contains(it)).collect();
    assert_eq!(missing, [""; 0]);
}
