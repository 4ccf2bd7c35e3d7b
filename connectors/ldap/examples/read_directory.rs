//! Reads the people of a directory, drops them, and says how long that took and how much memory was needed.
//! `benches/README.md` says how it is compared with `ldapsearch`.
//!
//! ```sh
//! cargo run --release -p provisio-ldap --example read_directory -- ldap://127.0.0.1:389 ou=people,dc=example,dc=org uid cn sn mail
//! ```
//!
//! Authenticates as `LDAP_BIND_DN` with `LDAP_PASSWORD`.

#![expect(clippy::print_stdout, reason = "a program prints")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use provisio_connector::{Clock, Connector as _, Context, ReadEvent, ReadQuery, Source as _};
use provisio_ldap::{ChangeFeed, Ldap, LdapConfig, LdapType};
use provisio_model::{Layout, Secret, Timestamp};

/// Nothing here waits, so time stands still.
struct NoClock;

#[async_trait]
impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(0)
    }

    async fn sleep_until(&self, _: Timestamp) {}
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::disallowed_methods, reason = "it measures time")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(base)) = (arguments.next(), arguments.next()) else {
        return Err("usage: read_directory URL BASE ATTRIBUTE...".into());
    };
    let wanted: Vec<String> = arguments.collect();
    let mut config =
        LdapConfig::new([url], [LdapType::new("user", base, "inetOrgPerson", "uid")]).in_clear_text();
    config.bind_dn = Some(std::env::var("LDAP_BIND_DN")?);
    config.changes = ChangeFeed::None;
    let ldap = Ldap::new(config, Some(Secret::new(std::env::var("LDAP_PASSWORD")?)))?;
    let context = Context::new(Arc::new(NoClock));
    let schema = ldap.schema(&context).await?;
    let attributes = schema.of(&"user".into()).ok_or("no type")?.attributes.clone();
    let is_wanted = |name: &str| wanted.iter().any(|it| it.eq_ignore_ascii_case(name));
    let layout = Layout::new("user", attributes.into_iter().filter(|it| is_wanted(it.name.as_str())));

    let start = Instant::now();
    let (mut objects, mut values, mut end) = (0_usize, 0_usize, "no end".to_owned());
    let mut events = ldap.read(&context, ReadQuery::all(layout)).await?;
    while let Some(event) = events.next().await {
        match event? {
            ReadEvent::Object(object) => {
                objects += 1;
                values += object.attributes.iter().map(|(_, it)| it.as_slice().len()).sum::<usize>();
            }
            ReadEvent::Complete(completeness) => end = completeness.evidence.to_string(),
            other => return Err(format!("{other:?}").into()),
        }
    }
    println!("{objects} objects with {values} values in {:.2?}: {end}", start.elapsed());
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|it| it.starts_with("VmHWM")).for_each(|it| println!("{it}"));
    }
    Ok(())
}
