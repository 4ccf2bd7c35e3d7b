//! How is a secret kept, so that it can be checked and never be read?
//!
//! As a directory does: the SHA-256 of a random salt and the secret. The clear text is forgotten at once; it is
//! neither in memory nor in the file. One round of SHA-256 resists reading, not a long attack on weak
//! passwords: whoever holds the file should hold it as closely as a password file.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use provisio_model::Secret;
use sha2::{Digest as _, Sha256};

/// Begins every kept secret, so that another way of keeping it can be told apart later.
const SCHEME: &str = "{SSHA256}";

/// Returns what is kept of a secret.
pub(crate) fn seal(secret: &Secret) -> Secret {
    let salt = BASE64.encode(random_u128().to_be_bytes());
    Secret::new(format!("{SCHEME}{salt}${}", digest(&salt, secret)))
}

/// Tells whether `candidate` is the secret of which `kept` was kept.
pub(crate) fn matches(kept: &Secret, candidate: &Secret) -> bool {
    let parts = kept.expose().strip_prefix(SCHEME).and_then(|it| it.split_once('$'));
    parts.is_some_and(|(salt, kept)| same_in_constant_time(kept, &digest(salt, candidate)))
}

/// Tells whether a text read from a file can be a kept secret.
pub(crate) fn is_sealed(text: &str) -> bool {
    text.strip_prefix(SCHEME).is_some_and(|it| it.contains('$'))
}

/// Returns a number that no other call and no other process returns, as far as chance goes.
///
/// The standard library seeds every process's hash maps from the operating system; that seed is what is used.
pub(crate) fn random_u128() -> u128 {
    let random_u64 = || RandomState::new().build_hasher().finish();
    u128::from(random_u64()) << 64 | u128::from(random_u64())
}

fn digest(salt: &str, secret: &Secret) -> String {
    let mut hasher = Sha256::new();
    hasher.update(salt.as_bytes());
    hasher.update([0]);
    hasher.update(secret.expose().as_bytes());
    BASE64.encode(hasher.finalize())
}

fn same_in_constant_time(left: &str, right: &str) -> bool {
    let differing =
        left.bytes().zip(right.bytes()).fold(0, |differing, (left, right)| differing | (left ^ right));
    left.len() == right.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_secret_tells_only_whether_a_candidate_is_right() {
        let secret = Secret::new("hunter2");
        let (kept, again) = (seal(&secret), seal(&secret));
        assert!(matches(&kept, &secret) && matches(&again, &secret));
        assert!(!matches(&kept, &Secret::new("hunter3")));
        assert!(!matches(&secret, &secret), "clear text is not a kept secret");
        assert_ne!(kept, again, "the salt differs");
        assert!(!kept.expose().contains("hunter2") && is_sealed(kept.expose()));
    }
}
