//! What is an attribute about? Its name says so, in most systems.

/// What the texts of an attribute are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Given,
    Family,
    Name,
    Address,
    Login,
    Number,
    Country,
    Phone,
    Date,
    Other,
}

impl Meaning {
    /// Guesses it from the name of the attribute.
    pub(super) fn of(name: &str) -> Self {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let is = |words: &[&str]| words.iter().any(|it| name == *it);
        let has = |words: &[&str]| words.iter().any(|it| name.contains(it));
        if has(&["firstname", "givenname", "preferredname", "forename"]) {
            Self::Given
        } else if has(&["lastname", "familyname", "surname"]) || is(&["sn"]) {
            Self::Family
        } else if has(&["mail", "principalname", "upn", "address"]) && !has(&["street", "postal"]) {
            Self::Address
        } else if has(&["login", "username", "accountname", "nickname", "userid"]) {
            Self::Login
        } else if is(&["id"]) {
            Self::Number
        } else if has(&["displayname", "fullname"]) || is(&["name", "cn"]) {
            Self::Name
        } else if has(&["date"]) || name.ends_with("day") {
            Self::Date
        } else if has(&["country"]) {
            Self::Country
        } else if has(&["phone", "mobile", "fax"]) {
            Self::Phone
        } else if has(&["number", "code"]) || name.ends_with("id") {
            Self::Number
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_attributes_are_about() {
        let cases = [
            ("firstName", Meaning::Given),
            ("name.familyName", Meaning::Family),
            ("sn", Meaning::Family),
            ("displayName", Meaning::Name),
            ("work_email", Meaning::Address),
            ("userName", Meaning::Login),
            ("workerId", Meaning::Number),
            ("id", Meaning::Number),
            ("hireDate", Meaning::Date),
            ("countryCode", Meaning::Country),
            ("mobile", Meaning::Phone),
            ("department", Meaning::Other),
        ];
        for (name, meaning) in cases {
            assert_eq!(Meaning::of(name), meaning, "{name}");
        }
    }
}
