//! SCIM 2.0 services as sources and targets (RFC 7643, RFC 7644, RFC 9865), and at home with those that deviate.
//!
//! [`Scim`] is the connector. What the RFCs leave open, and where servers deviate from them, says a [`Profile`]; what a
//! service says of itself is asked, and believed as far as nothing speaks against it.
//!
//! A read: `service` discovers what there is (`schema`), `read` goes from page to page, `paging` decides whether that was
//! all, `decode` makes objects of JSON; `lookup` finds single ones by `filter`,
//! `changes` what came, changed or went since a read. A write: `write` sends it, `patch` says
//! what changes, `encode` makes JSON of values. Below is `client`: credentials (`auth`), redirects, reads that are asked
//! again; `trouble` says what an answer means. [`HttpClient`] is the seam to HTTP itself. [`limits`] bounds all of it.

mod auth;
mod bulk;
mod changes;
mod client;
mod connector;
mod decode;
mod diagnosis;
mod encode;
mod filter;
mod json;
mod learned;
pub mod limits;
mod lookup;
mod members;
mod paging;
mod patch;
mod profile;
mod proposal;
mod read;
mod schema;
mod service;
mod transport;
mod trouble;
mod url;
mod validate;
mod write;

pub use auth::{Auth, ClientCredentials, KeyError, OAuth2};
pub use connector::{Scim, ScimSettings};
pub use learned::{Kept, WriteFinding};
pub use profile::{
    AttributeOverride, BooleanForm, Bulk, Case, Changes, ClearForm, Create, Deactivation, Delete, DeleteForm,
    EtagUse, ExtensionForm, Filter, Http, ListTrust, Manager, ManagerForm, MemberRead, MemberRemoval,
    Members, NoTarget, PROFILE_BYTES_MAX, Page, PageMode, Patch, PatchShape, Profile, RateLimit, RoleForm,
    SubAttributeForm, UpdateVerb,
};
#[cfg(feature = "reqwest")]
pub use transport::{ClientSettings, ReqwestClient};
pub use transport::{HttpClient, HttpRequest, HttpResponse, Method, TransportError, Unsent};
