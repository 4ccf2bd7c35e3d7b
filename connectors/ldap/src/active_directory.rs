//! What is particular to Active Directory? Bits that are attributes of their own, names that it does not take, passwords.

use provisio_model::Secret;

use crate::trouble::Trouble;

/// Attributes that hold a FILETIME (MS-ADA1 to MS-ADA3); their syntax says only that they are large numbers.
const FILE_TIMES: [&str; 9] = [
    "accountExpires",
    "badPasswordTime",
    "lastLogoff",
    "lastLogon",
    "lastLogonTimestamp",
    "lockoutTime",
    "msDS-UserPasswordExpiryTimeComputed",
    "ms-Mcs-AdmPwdExpirationTime",
    "pwdLastSet",
];

/// Tells whether an attribute holds a FILETIME.
pub(crate) fn is_file_time(name: &str) -> bool {
    FILE_TIMES.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// Attributes that the directory sees to although its schema would let them be written.
const KEPT_BY_THE_DIRECTORY: [&str; 10] = [
    "cn",
    "distinguishedName",
    "groupType",
    "instanceType",
    "name",
    "objectCategory",
    "objectClass",
    "primaryGroupID",
    "pwdLastSet",
    "userAccountControl",
];

/// Tells whether an attribute cannot be mapped, because something else stands for it or the directory sets it.
pub(crate) fn is_kept_by_the_directory(name: &str) -> bool {
    KEPT_BY_THE_DIRECTORY.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// A bit of `userAccountControl` that is an attribute of its own (MS-ADTS section 2.2.16).
pub(crate) const ACCOUNT_FLAGS: [(&str, i64); 7] = [
    ("accountDisabled", ACCOUNT_DISABLED),
    ("passwordNotRequired", 0x20),
    ("passwordNeverExpires", 0x1_0000),
    ("smartcardLogonRequired", 0x4_0000),
    ("trustedForDelegation", 0x8_0000),
    ("accountNotDelegated", 0x10_0000),
    ("preauthenticationNotRequired", 0x40_0000),
];

/// The account is disabled.
pub(crate) const ACCOUNT_DISABLED: i64 = 0x2;
/// The account needs no password.
pub(crate) const PASSWORD_NOT_REQUIRED: i64 = 0x20;
/// An account of a person.
pub(crate) const NORMAL_ACCOUNT: i64 = 0x200;

/// Who may be in a group, and where it counts (MS-ADTS section 2.2.12).
const GROUP_SCOPES: [(&str, i64); 3] = [("global", 0x2), ("domainLocal", 0x4), ("universal", 0x8)];
/// Rights may be given to the group.
const SECURITY_GROUP: i64 = 0x8000_0000;
/// A new group: global, for rights.
pub(crate) const NEW_GROUP: i64 = 0x2 | SECURITY_GROUP;

/// Returns the scope of a group.
pub(crate) fn group_scope(group_type: i64) -> Option<&'static str> {
    GROUP_SCOPES.iter().find(|(_, bit)| group_type & bit != 0).map(|(name, _)| *name)
}

/// Tells whether rights may be given to a group.
pub(crate) fn is_security_group(group_type: i64) -> bool {
    group_type & SECURITY_GROUP != 0
}

/// Returns the type of a group that has another scope.
///
/// # Errors
/// What the scope is not.
pub(crate) fn with_scope(group_type: i64, scope: &str) -> Result<i64, String> {
    let Some((_, bit)) = GROUP_SCOPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(scope)) else {
        return Err(format!("`{scope}` is none of `global`, `domainLocal`, `universal`"));
    };
    Ok(group_type & !0xe | bit)
}

/// Returns the type of a group to which rights may be given, or not.
pub(crate) fn with_security(group_type: i64, security: bool) -> i64 {
    if security { group_type | SECURITY_GROUP } else { group_type & !SECURITY_GROUP }
}

/// Writes the type of a group: a signed number of 32 bits.
pub(crate) fn group_type_text(group_type: i64) -> String {
    let signed = if is_security_group(group_type) { group_type - 0x1_0000_0000 } else { group_type };
    signed.to_string()
}

/// Reads the type of a group.
pub(crate) fn group_type(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().map(|it| it & 0xffff_ffff)
}

/// Says what is wrong with the logon name of older systems (MS-ADTS section 3.1.1.8.1.6, MS-SAMR section 3.1.1.6).
pub(crate) fn account_name_fault(name: &str) -> Option<&'static str> {
    if name.contains(|it: char| it.is_control() || "\"/\\[]:;|=,+*?<>@".contains(it)) {
        return Some(
            r#"has one of the characters " / \ [ ] : ; | = , + * ? < > @, which account names may not have"#,
        );
    }
    if name.ends_with('.') {
        return Some("ends with a full stop, which account names may not");
    }
    if name.trim_matches([' ', '.']).is_empty() {
        return Some("has no letter or digit");
    }
    None
}

/// How many characters a generated password has.
const PASSWORD_CHARACTERS: usize = 24;
/// Kinds of characters of which each password has some, without those that look alike.
const PASSWORD_KINDS: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#$%*+-=?_"];

/// Makes a password that nobody knows: 24 random characters, some of each of four kinds, which every usual policy takes.
pub(crate) fn random_password() -> Result<Secret, Trouble> {
    let random = rustls::crypto::ring::default_provider().secure_random;
    let all: Vec<u8> = PASSWORD_KINDS.concat();
    loop {
        let mut password = String::with_capacity(PASSWORD_CHARACTERS);
        while password.len() < PASSWORD_CHARACTERS {
            let mut bytes = [0; 64];
            random.fill(&mut bytes).map_err(|_| {
                Trouble::Unfit(
                    provisio_model::ErrorKind::Unexpected,
                    "there is no source of randomness".to_owned(),
                )
            })?;
            // A byte beyond the last whole round would make the first characters likelier.
            let round = all.len() * (256 / all.len());
            let chosen = bytes.iter().map(|&it| usize::from(it)).filter(|&it| it < round);
            let chosen = chosen.filter_map(|it| all.get(it % all.len())).map(|&it| char::from(it));
            password.extend(chosen.take(PASSWORD_CHARACTERS - password.len()));
        }
        let has = |kind: &&[u8]| password.bytes().any(|it| kind.contains(&it));
        if PASSWORD_KINDS.iter().all(has) {
            return Ok(Secret::new(password));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_group_is_a_signed_number() {
        assert_eq!(group_type("-2147483646"), Some(NEW_GROUP));
        assert_eq!(group_type_text(NEW_GROUP), "-2147483646");
        let universal = with_scope(with_security(NEW_GROUP, false), "Universal").expect("a scope");
        assert_eq!(group_type_text(universal), "8");
        assert_eq!(group_scope(universal), Some("universal"));
        assert!(with_scope(NEW_GROUP, "local").is_err());
    }

    #[test]
    fn account_names_are_what_active_directory_takes() {
        for name in ["alee", "o'neil", "müller-lüdenscheidt", "a.b", "svc$"] {
            assert_eq!(account_name_fault(name), None, "{name}");
        }
        for name in ["a/b", "a,b", "ann.", "...", " ", "a@b", "a\"b", "a\nb"] {
            assert!(account_name_fault(name).is_some(), "{name}");
        }
    }

    #[test]
    fn no_two_passwords_are_the_same() {
        let passwords: Vec<Secret> = (0..50).map(|_| random_password().expect("randomness")).collect();
        for (at, password) in passwords.iter().enumerate() {
            assert_eq!(password.expose().len(), PASSWORD_CHARACTERS);
            assert!(!passwords[..at].contains(password));
        }
    }
}
