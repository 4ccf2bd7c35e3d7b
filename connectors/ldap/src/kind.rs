//! What is known of the objects of one type? What the job says, together with what the directory's schema says.

use provisio_model::{AttributeSchema, Mutability, ObjectSchema, ObjectType, Uniqueness, ValueKind};

use crate::active_directory::{ACCOUNT_FLAGS, is_file_time, is_kept_by_the_directory};
use crate::catalogue::{AttributeDefinition, Catalogue};
use crate::config::{DirectoryKind, LdapConfig, LdapType};
use crate::deleted::IS_DELETED;
use crate::dn::Dn;
use crate::filter::{self, Filter};
use crate::form::Form;

/// The name of the attribute that holds an object's distinguished name.
pub(crate) const DN: &str = "distinguishedName";
/// The name of the attribute that holds the distinguished name of an object's container.
pub(crate) const PARENT_DN: &str = "parentDistinguishedName";
/// The name of the attribute that holds the group an account counts as a member of without being listed there.
pub(crate) const PRIMARY_GROUP: &str = "primaryGroup";

/// The objects of one type.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) config: LdapType,
    pub(crate) object_type: ObjectType,
    pub(crate) bases: Vec<Dn>,
    /// Where new objects are made.
    pub(crate) container: Dn,
    pub(crate) filter: Filter,
    pub(crate) anchor: Anchor,
    /// The attribute that is another one after each change, if writes are to depend on it.
    pub(crate) version: Option<String>,
    pub(crate) is_active_directory: bool,
    /// Whether objects are accounts: they have a password and bits that say how they may be used.
    pub(crate) is_account: bool,
    /// Whether objects are groups of Active Directory.
    pub(crate) is_group: bool,
    /// Attributes that must refer to something, and where the placeholder stands.
    pub(crate) held_open: Vec<String>,
    /// By name.
    pub(crate) attributes: Vec<Attribute>,
}

/// The attribute that identifies objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) attribute: String,
    pub(crate) form: Form,
}

/// An attribute as mappings see it.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) schema: AttributeSchema,
    pub(crate) origin: Origin,
}

/// Where the values of an attribute come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An attribute of the directory, by whose values the directory searches or not.
    Stored { name: String, form: Form, searched: bool },
    /// The attribute that names the object.
    Rdn { name: String },
    /// The object's name.
    Dn,
    /// The name of the container.
    ParentDn,
    /// A bit of `userAccountControl`.
    Flag { bit: i64 },
    /// A part of `groupType`.
    GroupScope,
    /// Another part of `groupType`.
    GroupSecurity,
    /// Whether `pwdLastSet` is 0.
    MustChangePassword,
    /// The group of `primaryGroupID`.
    PrimaryGroup,
    /// Whether the object was deleted.
    Deleted,
}

impl Kind {
    /// Puts together what is known.
    ///
    /// # Errors
    /// What in the configuration does not go together with the directory, as a sentence.
    pub(crate) fn new(config: &LdapConfig, own: &LdapType, catalogue: &Catalogue) -> Result<Self, String> {
        let about = |fault: String| format!("type `{}`: {fault}", own.name);
        let classes = || own.object_classes.iter().chain(&own.auxiliary_classes);
        if let Some(unknown) = classes().find(|it| !catalogue.has_class(it)) {
            return Err(about(format!("the directory has no object class `{unknown}`")));
        }
        let is_active_directory = config.directory == DirectoryKind::ActiveDirectory;
        let found = catalogue.attributes_of(classes().map(String::as_str));
        let has = |name: &str| found.required.contains(name) || found.allowed.contains(name);
        let rdn = catalogue.attribute(&own.rdn).ok_or_else(|| {
            about(format!("the directory has no attribute `{}`, which is to name objects", own.rdn))
        })?;
        let is_computer = classes().any(|it| it.eq_ignore_ascii_case("computer"));
        let anchor = anchor(config, is_active_directory, catalogue).map_err(about)?;
        let mut kind = Self {
            object_type: ObjectType::new(&own.name),
            bases: own.bases().map(Dn::parse).collect::<Result<_, _>>().map_err(about)?,
            container: Dn::parse(own.container.as_ref().unwrap_or(&own.base)).map_err(about)?,
            filter: match &own.filter {
                Some(text) => filter::parse(text).map_err(about)?,
                None => Filter::equal("objectClass", own.object_classes.first().cloned().unwrap_or_default()),
            },
            anchor,
            version: version(config, catalogue).map_err(about)?,
            is_active_directory,
            is_account: is_active_directory && has("useraccountcontrol") && !is_computer,
            is_group: is_active_directory && has("grouptype"),
            config: own.clone(),
            held_open: Vec::new(),
            attributes: Vec::new(),
        };
        let operational = ["createtimestamp", "modifytimestamp", "memberof"].map(str::to_owned);
        let names: std::collections::BTreeSet<&String> =
            found.required.iter().chain(&found.allowed).chain(&operational).collect();
        for name in names {
            let Some(definition) = catalogue.attribute(name) else { continue };
            if definition.name.eq_ignore_ascii_case(&rdn.name)
                || definition.name.eq_ignore_ascii_case("objectClass")
            {
                continue;
            }
            let is_required = found.required.contains(name);
            let attribute = kind.stored(config, definition, is_required);
            kind.attributes.push(attribute);
        }
        kind.add_own(config, rdn);
        kind.attributes.sort_by(|left, right| left.schema.name.cmp(&right.schema.name));
        kind.attributes.dedup_by(|left, right| left.schema.name == right.schema.name);
        Ok(kind)
    }

    /// Finds an attribute, without regard to case.
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute> {
        let at = self
            .attributes
            .binary_search_by(|it| provisio_model::AttrName::compare(it.schema.name.as_str(), name));
        at.ok().and_then(|at| self.attributes.get(at))
    }

    /// Returns what objects may have.
    pub(crate) fn schema(&self) -> ObjectSchema {
        ObjectSchema::new(self.object_type.clone(), self.attributes.iter().map(|it| it.schema.clone()))
    }

    /// Tells whether an entry of this name is where objects of the type are.
    pub(crate) fn is_place(&self, dn: &Dn) -> bool {
        self.bases.iter().any(|it| it.holds(dn))
    }

    fn stored(
        &mut self,
        config: &LdapConfig,
        definition: &AttributeDefinition,
        is_required: bool,
    ) -> Attribute {
        let name = &definition.name;
        let form = form(definition, self.is_active_directory);
        let mut schema = match form.kind() {
            ValueKind::Reference => self.reference(config, name),
            kind => AttributeSchema::new(name.as_str(), kind),
        };
        schema.multi_valued = !definition.single_valued && form.kind() != ValueKind::Secret;
        schema.case_exact |= definition.case_exact || matches!(form, Form::Guid | Form::Sid);
        schema.length_max = definition.length_max.filter(|_| form == Form::Text);
        if form.kind() == ValueKind::Secret {
            schema.mutability = Mutability::WriteOnly;
        } else if definition.read_only
            || definition.is_backlink
            || is_operational(name)
            || (self.is_active_directory && is_kept_by_the_directory(name))
        {
            schema.mutability = Mutability::ReadOnly;
        }
        // The placeholder stands where nothing else does; Active Directory gives what it requires by itself.
        let has_placeholder = form == Form::Reference && self.config.placeholder.is_some();
        schema.required = is_required && !self.is_active_directory && !has_placeholder;
        if is_required && has_placeholder {
            self.held_open.push(name.clone());
        }
        // The schema lets it have several values, and the account manager does not (MS-SAMR section 3.1.1.6).
        if (self.is_account || self.is_group) && name.eq_ignore_ascii_case("description") {
            schema.multi_valued = false;
        }
        if (self.is_account || self.is_group) && name.eq_ignore_ascii_case("sAMAccountName") {
            // Active Directory would make one up, and never lets it go.
            schema.required = true;
            schema.length_max = if self.is_account { Some(20) } else { schema.length_max };
        }
        if self.is_active_directory
            && ["sAMAccountName", "userPrincipalName"].iter().any(|it| it.eq_ignore_ascii_case(name))
        {
            schema.uniqueness = Uniqueness::System;
        }
        let searched = definition.has_equality;
        Attribute { schema, origin: Origin::Stored { name: name.clone(), form, searched } }
    }

    /// Describes an attribute that refers to what the job says it does, or else to anything.
    fn reference(&self, config: &LdapConfig, name: &str) -> AttributeSchema {
        match self.config.references.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)) {
            Some((_, targets)) => AttributeSchema::reference(name, targets.iter().map(String::as_str)),
            None => AttributeSchema::reference(name, config.types.iter().map(|it| it.name.as_str())),
        }
    }

    /// Adds the attributes that are none of the directory's own.
    fn add_own(&mut self, config: &LdapConfig, rdn: &AttributeDefinition) {
        let mut named = AttributeSchema::text(rdn.name.as_str()).required();
        named.case_exact = rdn.case_exact;
        named.length_max = rdn.length_max;
        let anchor = AttributeSchema::text(self.anchor.attribute.as_str()).case_exact();
        let primary_group = self.reference(config, PRIMARY_GROUP);
        let mut add = |schema: AttributeSchema, origin: Origin| {
            self.attributes.retain(|it| it.schema.name != schema.name);
            self.attributes.push(Attribute { schema, origin });
        };
        add(
            anchor.mutability(Mutability::ReadOnly),
            Origin::Stored { name: self.anchor.attribute.clone(), form: self.anchor.form, searched: true },
        );
        add(named, Origin::Rdn { name: rdn.name.clone() });
        add(AttributeSchema::text(DN).mutability(Mutability::ReadOnly), Origin::Dn);
        add(AttributeSchema::text(PARENT_DN), Origin::ParentDn);
        if self.config.deleted_objects {
            add(AttributeSchema::new(IS_DELETED, ValueKind::Bool), Origin::Deleted);
        }
        if self.is_account {
            for (name, bit) in ACCOUNT_FLAGS {
                add(AttributeSchema::new(name, ValueKind::Bool), Origin::Flag { bit });
            }
            add(AttributeSchema::new("mustChangePassword", ValueKind::Bool), Origin::MustChangePassword);
            add(primary_group, Origin::PrimaryGroup);
        }
        if self.is_group {
            add(AttributeSchema::text("groupScope"), Origin::GroupScope);
            add(AttributeSchema::new("securityEnabled", ValueKind::Bool), Origin::GroupSecurity);
        }
    }
}

fn anchor(config: &LdapConfig, is_active_directory: bool, catalogue: &Catalogue) -> Result<Anchor, String> {
    let default = if is_active_directory { "objectGUID" } else { "entryUUID" };
    let attribute = config.anchor.as_deref().unwrap_or(default);
    let form = if attribute.eq_ignore_ascii_case("objectGUID") { Form::Guid } else { Form::Text };
    match catalogue.attribute(attribute) {
        Some(definition) => Ok(Anchor { attribute: definition.name.clone(), form }),
        None => Err(format!(
            "the directory has no attribute `{attribute}` to identify objects; set `anchor` to one that has a value for \
             each of them and never changes"
        )),
    }
}

/// Chooses the attribute that is another one after each change: OpenLDAP and ApacheDS have the one, OpenDJ the other.
fn version(config: &LdapConfig, catalogue: &Catalogue) -> Result<Option<String>, String> {
    if !config.versions {
        return Ok(None);
    }
    let found = ["entryCSN", "etag"].into_iter().find_map(|it| catalogue.attribute(it));
    let fault =
        "`versions`: the directory has neither `entryCSN` nor `etag`, by which versions are told apart";
    found.map(|it| Some(it.name.clone())).ok_or_else(|| fault.to_owned())
}

/// Attributes that the directory sets, whether or not its schema says so.
fn is_operational(name: &str) -> bool {
    ["createTimestamp", "modifyTimestamp", "memberOf"].iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// Tells how the values of an attribute look, by its name and its syntax (RFC 4517 section 3.3, MS-ADTS section 3.1.1.2.2.2).
fn form(definition: &AttributeDefinition, is_active_directory: bool) -> Form {
    let name = definition.name.as_str();
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is("userPassword") {
        return Form::Password;
    }
    if is_active_directory {
        if is("unicodePwd") {
            return Form::UnicodePassword;
        }
        if is("objectGUID") || is("attributeSecurityGUID") || is("schemaIDGUID") || is("parentGUID") {
            return Form::Guid;
        }
        if is("objectSid") || is("sIDHistory") || is("securityIdentifier") || is("tokenGroups") {
            return Form::Sid;
        }
        if is_file_time(name) {
            return Form::FileTime;
        }
    }
    let standard = definition.syntax.strip_prefix("1.3.6.1.4.1.1466.115.121.1.");
    match standard {
        Some("7") => Form::Bool,
        Some("27") => Form::Int,
        Some("24") => Form::Time { fraction: is_active_directory },
        Some("12") => Form::Reference,
        // Pictures, certificates, octet strings.
        Some("4" | "5" | "8" | "9" | "10" | "23" | "28" | "40" | "49") => Form::Binary,
        Some(_) => Form::Text,
        None => match definition.syntax.as_str() {
            "1.2.840.113556.1.4.906" => Form::Int,
            "1.2.840.113556.1.4.907" => Form::Binary,
            _ => Form::Text,
        },
    }
}
