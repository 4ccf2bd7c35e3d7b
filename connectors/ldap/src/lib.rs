//! LDAP directories and Active Directory, as source and target.
//!
//! [`Ldap`] is the connector, [`LdapConfig`] what a job file says. Objects are identified by `entryUUID` or `objectGUID`, so
//! they keep their identity when they are renamed or moved; references to other objects are ids too, and become names on
//! the wire only.
//!
//! From the wire upwards: `ber` puts elements into bytes, `request`, `response` and `control` are the messages of RFC 4511,
//! `connection` and `pool` carry them. `dn` and `filter` are names and filters as data: text is never put together. `form`
//! turns values into bytes, `catalogue` and `kind` say which attributes there are, `view` makes objects of entries. `reading`
//! is a read; `feed` finds out who may have changed, with `sync` and `watermark`, and `changing` what became of them. `draft`
//! and `writing` are a write, `active_directory` is what is particular there.

mod active_directory;
mod ber;
mod catalogue;
mod changing;
mod config;
mod connection;
mod control;
mod definition;
mod deleted;
mod directory;
mod dn;
mod draft;
mod feed;
mod filter;
mod form;
mod kind;
mod ldap;
mod notices;
mod pool;
mod primary_group;
mod protected;
mod reading;
mod references;
mod request;
mod response;
mod result;
mod server;
mod sync;
mod tls;
mod trouble;
mod validate;
mod view;
mod watermark;
mod writing;

pub use config::{
    BindMethod, ChangeFeed, DirectoryKind, Expect, LdapConfig, LdapType, NameCollision, Referrals, TypeScope,
};
pub use connection::MESSAGE_BYTES_MAX;
pub use ldap::Ldap;
pub use validate::ConfigFault;
