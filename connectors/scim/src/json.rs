//! How is JSON read that others wrote as they like? Keys in any case, numbers and booleans as text.

use serde_json::{Map, Value as Json};

/// Reads an object; `None` if it is anything else.
pub(crate) fn object(bytes: &[u8]) -> Option<Json> {
    let json: Option<Json> = serde_json::from_slice(bytes).ok();
    json.filter(Json::is_object)
}

/// Finds a member of an object, without regard to case where it is not there as written (RFC 7643 section 2.1).
pub(crate) fn get<'j>(object: &'j Map<String, Json>, name: &str) -> Option<&'j Json> {
    let found = object
        .get(name)
        .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value));
    found.filter(|it| !it.is_null())
}

/// Finds a member of a value that is an object.
pub(crate) fn member<'j>(json: &'j Json, name: &str) -> Option<&'j Json> {
    get(json.as_object()?, name)
}

/// Finds a text that is not empty.
pub(crate) fn text<'j>(json: &'j Json, name: &str) -> Option<&'j str> {
    member(json, name)?.as_str().filter(|it| !it.is_empty())
}

/// Reads a boolean, or a text that says one.
pub(crate) fn boolean(json: &Json) -> Option<bool> {
    match json {
        Json::Bool(bool) => Some(*bool),
        Json::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Reads a whole number, or a text that is one.
pub(crate) fn integer(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            // Some write 5.0; beyond 2^53 a fraction is not exact.
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and within 2^53")]
            (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
        }),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a count, which is never negative.
pub(crate) fn count(json: &Json) -> Option<u64> {
    u64::try_from(integer(json)?).ok()
}

/// Returns the elements of a list; of anything else that is not null, itself.
pub(crate) fn elements(json: Option<&Json>) -> &[Json] {
    match json {
        None | Some(Json::Null) => &[],
        Some(Json::Array(list)) => list,
        Some(one) => std::slice::from_ref(one),
    }
}

/// The key under which an object holds a name, or the name itself.
pub(crate) fn key_of<'k>(object: &'k Map<String, Json>, name: &'k str) -> &'k str {
    if object.contains_key(name) {
        return name;
    }
    object.keys().find(|it| it.eq_ignore_ascii_case(name)).map_or(name, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_others_write_is_understood() {
        let answer = json!({"totalresults": "163", "Resources": null, "active": "True", "n": 5.0});
        assert_eq!(member(&answer, "totalResults").and_then(count), Some(163));
        assert_eq!(member(&answer, "Resources"), None);
        assert_eq!(member(&answer, "ACTIVE").and_then(boolean), Some(true));
        assert_eq!(member(&answer, "n").and_then(integer), Some(5));
        assert_eq!(elements(member(&answer, "n")).len(), 1);
        assert_eq!(count(&json!(-1)), None);
    }
}
