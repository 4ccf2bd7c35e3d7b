//! A value that must not be seen: redacted by construction.

use std::fmt;

use crate::Text;

/// A password, token or other secret. It prints as `<redacted>` and cannot be serialised (R11).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Text);

/// What stands in the place of a secret wherever something is shown.
pub const REDACTED: &str = "<redacted>";

impl Secret {
    /// Takes a secret in.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(Text::new(secret))
    }

    /// Gives the secret out, for the one place that has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {secret:#?}"), "<redacted> <redacted> <redacted>");
        assert_eq!(secret.expose(), "hunter2");
    }
}
