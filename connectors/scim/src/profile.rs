//! How does this server want to be talked to? What the RFCs leave open, and where servers deviate from them.
//!
//! A profile is data: a TOML file that says only what differs from `rfc`. [`Profile::named`] gives one that comes with
//! the connector, [`Profile::parse`] reads one of yours.

mod builtin;
mod members;
mod overrides;
mod reading;
mod switches;
mod writing;

use serde::Deserialize as _;
use toml::{Table, Value as Toml};

pub use self::members::{MemberRead, MemberRemoval, Members};
pub use self::overrides::AttributeOverride;
pub use self::reading::{Changes, Filter, ListTrust, Page, PageMode};
pub use self::switches::{Http, Profile, RateLimit};
pub use self::writing::{
    BooleanForm, Bulk, Case, ClearForm, Create, Deactivation, Delete, DeleteForm, EtagUse, ExtensionForm,
    Manager, ManagerForm, NoTarget, Patch, PatchShape, RoleForm, SubAttributeForm, UpdateVerb,
};

/// The longest text of a profile, in bytes.
pub const PROFILE_BYTES_MAX: usize = 256 << 10;

/// The key of a profile that names the one it is based on.
const BASE_KEY: &str = "extends";

impl Profile {
    /// Returns a profile that comes with the connector.
    pub fn named(name: &str) -> Option<Self> {
        let text = builtin::find(name)?;
        // A test reads all of them.
        Self::parse(text).ok()
    }

    /// Returns the names of the profiles that come with the connector.
    pub fn names() -> impl Iterator<Item = &'static str> {
        builtin::PROFILES.iter().map(|(name, _)| *name)
    }

    /// Reads a profile: what it does not say is as in the profile that it `extends`, which is `rfc` if it names none.
    ///
    /// # Errors
    /// When it is not TOML, has a key or a word that means nothing, or extends a profile that does not exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > PROFILE_BYTES_MAX {
            return Err(format!("it is larger than {PROFILE_BYTES_MAX} bytes"));
        }
        let table = with_base(text, 0)?;
        let profile = Self::deserialize(Toml::Table(table)).map_err(|error| error.message().to_owned())?;
        profile.faults().map_or(Ok(profile), Err)
    }
}

/// Reads a table and what it is based on.
fn with_base(text: &str, depth: usize) -> Result<Table, String> {
    const DEPTH_MAX: usize = 4;
    if depth > DEPTH_MAX {
        return Err("profiles extend each other".to_owned());
    }
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let mut base = match table.remove(BASE_KEY) {
        None => return Ok(table),
        Some(Toml::String(name)) => {
            let text =
                builtin::find(&name).ok_or_else(|| format!("there is no profile `{name}` to extend"))?;
            with_base(text, depth + 1)?
        }
        Some(_) => return Err(format!("`{BASE_KEY}` is the name of a profile")),
    };
    overlay(&mut base, table);
    Ok(base)
}

/// Puts what one table says over another: tables are joined, everything else is replaced.
fn overlay(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Toml::Table(base)), Toml::Table(over)) => overlay(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_that_come_along_can_be_read() {
        for name in Profile::names() {
            let profile = Profile::parse(builtin::find(name).expect("is there"));
            let profile = profile.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(profile.name, name);
            assert!(name == "rfc" || !profile.sources.is_empty(), "{name} says where its facts are from");
        }
    }

    #[test]
    fn a_profile_says_only_what_differs() {
        let profile = Profile::parse("name = \"acme\"\nextends = \"entra\"\n[patch]\nop_case = \"lower\"");
        let profile = profile.expect("a profile");
        assert_eq!(profile.patch.op_case, Case::Lower);
        assert_eq!(profile.members.remove, MemberRemoval::ValueArray);
        assert_eq!(Profile::parse("name = \"x\"").map(|it| it.patch), Ok(Profile::default().patch));
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let refused = |text| Profile::parse(text).expect_err("must be refused");
        assert!(refused("[patch]\ncase = 1").contains("unknown field `case`"));
        assert!(refused("extends = \"none\"").contains("no profile `none`"));
        assert!(refused("x").contains("TOML") || !refused("x").is_empty());
        assert!(refused("[members]\nper_patch_max = 0").contains("per_patch_max"));
    }
}
