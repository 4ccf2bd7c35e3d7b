//! How did an operation end? Result codes (RFC 4511 section 4.1.9) and the codes that Active Directory puts into its
//! messages, folded into what the engine knows.

use provisio_model::{ErrorKind, EscapedText, Failure, Retry};

/// Result codes by the names that RFC 4511 gives them.
pub(crate) mod code {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const OPERATIONS_ERROR: u32 = 1;
    pub(crate) const PROTOCOL_ERROR: u32 = 2;
    pub(crate) const TIME_LIMIT_EXCEEDED: u32 = 3;
    pub(crate) const SIZE_LIMIT_EXCEEDED: u32 = 4;
    pub(crate) const AUTH_METHOD_NOT_SUPPORTED: u32 = 7;
    pub(crate) const STRONGER_AUTH_REQUIRED: u32 = 8;
    pub(crate) const REFERRAL: u32 = 10;
    pub(crate) const ADMIN_LIMIT_EXCEEDED: u32 = 11;
    pub(crate) const UNAVAILABLE_CRITICAL_EXTENSION: u32 = 12;
    pub(crate) const CONFIDENTIALITY_REQUIRED: u32 = 13;
    pub(crate) const NO_SUCH_ATTRIBUTE: u32 = 16;
    pub(crate) const UNDEFINED_ATTRIBUTE_TYPE: u32 = 17;
    pub(crate) const INAPPROPRIATE_MATCHING: u32 = 18;
    pub(crate) const CONSTRAINT_VIOLATION: u32 = 19;
    pub(crate) const ATTRIBUTE_OR_VALUE_EXISTS: u32 = 20;
    pub(crate) const INVALID_ATTRIBUTE_SYNTAX: u32 = 21;
    pub(crate) const NO_SUCH_OBJECT: u32 = 32;
    pub(crate) const INVALID_DN_SYNTAX: u32 = 34;
    pub(crate) const INAPPROPRIATE_AUTHENTICATION: u32 = 48;
    pub(crate) const INVALID_CREDENTIALS: u32 = 49;
    pub(crate) const INSUFFICIENT_ACCESS_RIGHTS: u32 = 50;
    pub(crate) const BUSY: u32 = 51;
    pub(crate) const UNAVAILABLE: u32 = 52;
    pub(crate) const UNWILLING_TO_PERFORM: u32 = 53;
    pub(crate) const NAMING_VIOLATION: u32 = 64;
    pub(crate) const OBJECT_CLASS_VIOLATION: u32 = 65;
    pub(crate) const NOT_ALLOWED_ON_NON_LEAF: u32 = 66;
    pub(crate) const NOT_ALLOWED_ON_RDN: u32 = 67;
    pub(crate) const ENTRY_ALREADY_EXISTS: u32 = 68;
    pub(crate) const OBJECT_CLASS_MODS_PROHIBITED: u32 = 69;
    pub(crate) const ASSERTION_FAILED: u32 = 122;
}

/// What a server says at the end of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LdapResult {
    pub(crate) code: u32,
    /// The part of a name that is there.
    pub(crate) matched: String,
    /// What the server says to people.
    pub(crate) message: String,
    /// Where to ask instead.
    pub(crate) referrals: Vec<String>,
}

impl LdapResult {
    pub(crate) fn is_success(&self) -> bool {
        self.code == code::SUCCESS
    }

    /// Returns the Windows error code at the beginning of a message of Active Directory, such as `00002071: ...`.
    pub(crate) fn windows_code(&self) -> Option<u32> {
        let (digits, rest) = self.message.split_at_checked(8)?;
        let is_code = rest.starts_with(':') && digits.bytes().all(|it| it.is_ascii_hexdigit());
        if is_code { u32::from_str_radix(digits, 16).ok() } else { None }
    }

    /// Returns the reason that Active Directory has for refusing a bind: the number behind `data`, hexadecimal.
    fn bind_reason(&self) -> Option<&'static str> {
        let (_, behind) = self.message.split_once("data ")?;
        let digits = behind.split([',', ' ']).next()?;
        Some(match digits {
            "525" => "there is no such user",
            "52e" => "the password or the user is wrong",
            "530" => "the user may not log on at this time",
            "531" => "the user may not log on from this computer",
            "532" => "the password has expired",
            "533" => "the account is disabled",
            "701" => "the account has expired",
            "773" => "the password must be changed first",
            "775" => "the account is locked",
            _ => return None,
        })
    }

    /// Says what went wrong.
    pub(crate) fn failure(&self) -> Failure {
        let (kind, what) = self.reason();
        let mut message = format!("{what} (LDAP result {}", self.code);
        let said = self.message.trim();
        if !said.is_empty() {
            message.push_str(&format!(": {}", EscapedText(said)));
        }
        message.push(')');
        if !self.matched.is_empty() {
            message.push_str(&format!("; what is there: `{}`", EscapedText(&self.matched)));
        }
        if let Some(referral) = self.referrals.first() {
            message.push_str(&format!("; it refers to `{}`", EscapedText(referral)));
        }
        let failure = Failure::new(kind, message);
        match self.code {
            code::BUSY | code::UNAVAILABLE => failure.with_retry(Retry::Later { after: None }),
            _ => failure,
        }
    }

    fn reason(&self) -> (ErrorKind, &'static str) {
        if let Some(reason) = self.windows_code().and_then(windows_reason) {
            return reason;
        }
        match self.code {
            code::PROTOCOL_ERROR => (ErrorKind::Unexpected, "the server does not understand the request"),
            code::OPERATIONS_ERROR => (ErrorKind::Unexpected, "the server could not do it"),
            code::TIME_LIMIT_EXCEEDED => (ErrorKind::Timeout, "the server stopped at its time limit"),
            code::SIZE_LIMIT_EXCEEDED => (ErrorKind::TooLarge, "the server stopped at its size limit"),
            code::ADMIN_LIMIT_EXCEEDED => (ErrorKind::TooLarge, "the server stopped at a limit"),
            code::AUTH_METHOD_NOT_SUPPORTED | code::INAPPROPRIATE_AUTHENTICATION => {
                (ErrorKind::Unauthenticated, "the server does not accept this way to authenticate")
            }
            code::STRONGER_AUTH_REQUIRED | code::CONFIDENTIALITY_REQUIRED => {
                (ErrorKind::ConfigInvalid, "the server asks for TLS; use `ldaps://` or `start_tls = true`")
            }
            code::REFERRAL => (ErrorKind::Unsupported, "the entry is on another server"),
            code::UNAVAILABLE_CRITICAL_EXTENSION => {
                (ErrorKind::Unsupported, "the server does not know a control")
            }
            code::NO_SUCH_ATTRIBUTE => (ErrorKind::SchemaViolation, "there is no such attribute or value"),
            code::UNDEFINED_ATTRIBUTE_TYPE => (ErrorKind::SchemaViolation, "there is no such attribute"),
            code::INAPPROPRIATE_MATCHING => {
                (ErrorKind::Unsupported, "the attribute cannot be compared like that")
            }
            code::CONSTRAINT_VIOLATION if self.message.contains("not unique") => {
                (ErrorKind::UniquenessViolated, "another entry has the value")
            }
            code::CONSTRAINT_VIOLATION => (ErrorKind::InvalidValue, "the server does not allow the value"),
            code::ATTRIBUTE_OR_VALUE_EXISTS => (ErrorKind::InvalidValue, "the value is there already"),
            code::INVALID_ATTRIBUTE_SYNTAX => (ErrorKind::InvalidValue, "the value is not of the right form"),
            code::NO_SUCH_OBJECT => (ErrorKind::NotFound, "there is no such entry"),
            code::INVALID_DN_SYNTAX => (ErrorKind::InvalidValue, "the name is not of the right form"),
            code::INVALID_CREDENTIALS => {
                let what = self.bind_reason().unwrap_or("the server does not accept name and password");
                (ErrorKind::Unauthenticated, what)
            }
            code::INSUFFICIENT_ACCESS_RIGHTS => (ErrorKind::PermissionDenied, "the account may not do that"),
            code::BUSY => (ErrorKind::RateLimited, "the server is busy"),
            code::UNAVAILABLE => (ErrorKind::Unreachable, "the server is out of service"),
            code::UNWILLING_TO_PERFORM if self.message.contains("read-only") => {
                (ErrorKind::ReadOnly, "the server is read-only")
            }
            code::UNWILLING_TO_PERFORM => (ErrorKind::Unexpected, "the server refuses to do it"),
            code::NAMING_VIOLATION => (ErrorKind::InvalidValue, "an entry cannot have this name"),
            code::OBJECT_CLASS_VIOLATION => {
                (ErrorKind::SchemaViolation, "an attribute is missing or not allowed for this kind of entry")
            }
            code::NOT_ALLOWED_ON_NON_LEAF => (ErrorKind::Unexpected, "there are entries beneath it"),
            code::NOT_ALLOWED_ON_RDN => (ErrorKind::SchemaViolation, "the value is part of the entry's name"),
            code::ENTRY_ALREADY_EXISTS => (ErrorKind::AlreadyExists, "there is an entry of this name"),
            code::OBJECT_CLASS_MODS_PROHIBITED => {
                (ErrorKind::SchemaViolation, "the kind of an entry cannot be changed like that")
            }
            code::ASSERTION_FAILED => (ErrorKind::PreconditionFailed, "the entry has changed"),
            _ => (ErrorKind::Unexpected, "the server refuses to do it"),
        }
    }
}

/// Decodes a Windows error code (MS-ERREF section 2.2).
fn windows_reason(windows: u32) -> Option<(ErrorKind, &'static str)> {
    Some(match windows {
        0x0000_0005 | 0x2098 => (ErrorKind::PermissionDenied, "the account may not do that"),
        0x04dc => (ErrorKind::Unauthenticated, "the connection is not authenticated"),
        0x0524 => (ErrorKind::UniquenessViolated, "another account has the name"),
        0x0525 => (ErrorKind::NotFound, "there is no such account"),
        0x052d => (
            ErrorKind::InvalidValue,
            "the password does not meet the policy: its length, its complexity or its history",
        ),
        0x0561 | 0x0564 => (ErrorKind::InvalidValue, "the account name is not allowed"),
        0x200a => (ErrorKind::SchemaViolation, "there is no such attribute or value"),
        0x200b => (ErrorKind::InvalidValue, "the value is not of the right form"),
        0x200c => (ErrorKind::SchemaViolation, "there is no such attribute"),
        0x200d => (ErrorKind::InvalidValue, "the attribute takes one value, or has the value already"),
        0x200e => (ErrorKind::RateLimited, "the server is busy"),
        0x200f => (ErrorKind::Unreachable, "the server is out of service"),
        0x2014 => {
            (ErrorKind::SchemaViolation, "an attribute is missing or not allowed for this kind of entry")
        }
        0x2015 => (ErrorKind::Unexpected, "there are entries beneath it"),
        0x2016 => (ErrorKind::SchemaViolation, "the value is part of the entry's name"),
        0x202f => (ErrorKind::InvalidValue, "the server does not allow the value"),
        0x2030 | 0x208d => (ErrorKind::NotFound, "there is no such entry"),
        0x2032 => (ErrorKind::InvalidValue, "the name is not of the right form"),
        0x2071 => (ErrorKind::AlreadyExists, "there is an entry of this name"),
        0x2077 => (ErrorKind::ReadOnly, "the attribute cannot be changed like that"),
        0x2082 => (ErrorKind::InvalidValue, "the value is too long, too short, or out of range"),
        0x2083 => (ErrorKind::InvalidValue, "the value is there already"),
        0x2085 => (ErrorKind::SchemaViolation, "the attribute has no such value"),
        0x2089 => (ErrorKind::NotFound, "there is no such container"),
        0x20b1 => (ErrorKind::ReadOnly, "only the system can change the attribute"),
        0x21c7 => {
            (ErrorKind::UniquenessViolated, "another account of the forest has the service principal name")
        }
        0x21c8 => {
            (ErrorKind::UniquenessViolated, "another account of the forest has the user principal name")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(code: u32, message: &str) -> LdapResult {
        LdapResult { code, matched: String::new(), message: message.to_owned(), referrals: Vec::new() }
    }

    #[test]
    fn codes_of_windows_say_more_than_those_of_ldap() {
        let taken = result(19, "000021C8: AtrErr: DSID-03200EBC, #1: 0: 000021C8, data 0, Att 90290");
        assert_eq!(taken.failure().kind, ErrorKind::UniquenessViolated);
        let password =
            result(53, "0000052D: SvcErr: DSID-031A124C, problem 5003 (WILL_NOT_PERFORM), data 0\n");
        assert_eq!(password.failure().kind, ErrorKind::InvalidValue);
        assert!(!password.failure().message.contains('\n'));
        let denied = result(50, "00000005: SecErr: DSID-03151E07, problem 4003, data 0");
        assert_eq!(denied.failure().kind, ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_refused_bind_says_why() {
        let message =
            "80090308: LdapErr: DSID-0C09041C, comment: AcceptSecurityContext error, data 775, v4563";
        let failure = result(49, message).failure();
        assert_eq!(failure.kind, ErrorKind::Unauthenticated);
        assert!(failure.message.starts_with("the account is locked"), "{failure}");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        assert_eq!(result(51, "").failure().retry, Retry::Later { after: None });
        assert_eq!(result(52, "").failure().retry, Retry::Later { after: None });
        assert_eq!(result(53, "").failure().retry, Retry::Never);
        assert_eq!(result(4242, "").failure().kind, ErrorKind::Unexpected);
    }
}
