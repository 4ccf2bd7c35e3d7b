//! Which `DateTimeStyles` count when a date is read exactly?

use crate::error::Fault;

/// What the styles of a call allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Styles {
    leading_white: bool,
    trailing_white: bool,
}

impl Styles {
    /// What holds where no styles are given: `RoundtripKind`, `AllowLeadingWhite` and `AllowTrailingWhite`.
    pub(crate) const DEFAULT: Self = Self { leading_white: true, trailing_white: true };

    /// Reads names of styles separated by commas.
    pub(crate) fn parse(names: &str) -> Result<Self, Fault> {
        if names.is_empty() {
            return Ok(Self::DEFAULT);
        }
        let mut styles = Self { leading_white: false, trailing_white: false };
        for name in names.split([',', '|']).map(str::trim) {
            match name.to_ascii_lowercase().as_str() {
                "allowleadingwhite" => styles.leading_white = true,
                "allowtrailingwhite" => styles.trailing_white = true,
                "allowwhitespaces" => styles = Self::DEFAULT,
                // These speak of time zones and of the day where only a time is given; on a host in UTC they
                // change nothing.
                "none"
                | "allowinnerwhite"
                | "nocurrentdatedefault"
                | "adjusttouniversal"
                | "assumelocal"
                | "assumeuniversal"
                | "roundtripkind" => {}
                _ => return Err(Fault::conversion("this names no date styles")),
            }
        }
        Ok(styles)
    }

    /// Takes off the white space that may be there.
    pub(crate) fn trimmed(self, text: &str) -> &str {
        let text = if self.leading_white { text.trim_start() } else { text };
        if self.trailing_white { text.trim_end() } else { text }
    }
}
