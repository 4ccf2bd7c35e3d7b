//! What does the built-in directory hold?

use provisio_model::{AttributeSchema, Mutability, ObjectSchema, Schema, ValueKind};

/// Returns the schema of the built-in directory: users and groups after SCIM.
///
/// The attributes are those of RFC 7643 sections 3.1 (`externalId`), 4.1 (`user`), 4.2 (`group`) and 4.3 (the
/// enterprise user: `employeeNumber`, `costCenter`, `organization`, `department`, `manager`), with the complex
/// ones made flat: `name.givenName` is `givenName`, the work address is `city` and `country`, the first of
/// `emails` is `email`. Where RFC 7643 says `caseExact`, `required`, `uniqueness` or `mutability`, the same is
/// said here; `startDate`, `building` and `region` are not in the RFC.
///
/// `email` is not unique, as in RFC 7643 section 8.7.1; two people may share a mailbox.
pub fn directory_schema() -> Schema {
    Schema::new([ObjectSchema::new("user", user()), ObjectSchema::new("group", group())])
}

fn user() -> Vec<AttributeSchema> {
    let text = AttributeSchema::text;
    vec![
        //= RFC 7643 section 4.1.1
        //# A service provider's unique identifier for the user, typically used by the user to directly
        //# authenticate to the service provider.
        text("userName").required().unique().length_max(NAME_LENGTH_MAX),
        //= RFC 7643 section 3.1
        //# A String that is an identifier for the resource as defined by the provisioning client.
        text("externalId").case_exact().unique().length_max(NAME_LENGTH_MAX),
        AttributeSchema::new("active", ValueKind::Bool),
        text("displayName").length_max(NAME_LENGTH_MAX),
        text("givenName").length_max(NAME_LENGTH_MAX),
        text("familyName").length_max(NAME_LENGTH_MAX),
        text("email").length_max(NAME_LENGTH_MAX),
        text("title").length_max(NAME_LENGTH_MAX),
        text("userType").length_max(NAME_LENGTH_MAX),
        text("locale").length_max(NAME_LENGTH_MAX),
        text("phone").length_max(NAME_LENGTH_MAX),
        text("mobile").length_max(NAME_LENGTH_MAX),
        text("employeeNumber").length_max(NAME_LENGTH_MAX),
        text("department").length_max(NAME_LENGTH_MAX),
        text("costCenter").length_max(NAME_LENGTH_MAX),
        text("organization").length_max(NAME_LENGTH_MAX),
        text("city").length_max(NAME_LENGTH_MAX),
        text("region").length_max(NAME_LENGTH_MAX),
        text("country").length_max(NAME_LENGTH_MAX),
        text("building").length_max(NAME_LENGTH_MAX),
        AttributeSchema::new("startDate", ValueKind::Timestamp),
        AttributeSchema::reference("manager", ["user"]),
        // RFC 7643 section 8.7.1: `"mutability": "writeOnly", "returned": "never"`.
        AttributeSchema::new("password", ValueKind::Secret).mutability(Mutability::WriteOnly),
    ]
}

fn group() -> Vec<AttributeSchema> {
    let text = AttributeSchema::text;
    vec![
        //= RFC 7643 section 4.2
        //# A human-readable name for the Group. REQUIRED.
        text("displayName").required().unique().length_max(NAME_LENGTH_MAX),
        text("externalId").case_exact().unique().length_max(NAME_LENGTH_MAX),
        text("description").length_max(DESCRIPTION_LENGTH_MAX),
        AttributeSchema::reference("owner", ["user"]),
        //= RFC 7643 section 4.2
        //# A list of members of the Group.
        AttributeSchema::reference("members", ["user", "group"]).multi_valued(),
    ]
}

/// The longest name or other single line, in characters.
const NAME_LENGTH_MAX: usize = 1_024;

/// The longest description, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 16_384;
