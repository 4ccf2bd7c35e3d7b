//! What is asked of a server in `filter`? Conditions with `eq`, joined by `or`, with literals that cannot be anything
//! else (RFC 7644 section 3.4.2.2).

use provisio_model::Value;

/// Writes a condition: an attribute has a value. `None` for a value that cannot be asked for.
pub(crate) fn equals(attribute: &str, value: &Value) -> Option<String> {
    let literal = match value {
        Value::Text(text) | Value::Reference(text) => literal(text),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Timestamp(timestamp) => literal(&timestamp.to_string()),
        _ => return None,
    };
    Some(format!("{attribute} eq {literal}"))
}

/// Writes a text as a JSON string, which is what a literal is: nothing in it can end it.
pub(crate) fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Joins conditions, at most so many and so many bytes in each filter.
pub(crate) fn batches(conditions: &[String], most: usize, bytes_max: usize) -> Vec<String> {
    let mut batches: Vec<String> = Vec::new();
    let mut joined = 0;
    for condition in conditions {
        match batches.last_mut() {
            Some(last) if joined < most && encoded(last) + encoded(condition) + 8 <= bytes_max => {
                last.push_str(" or ");
                last.push_str(condition);
                joined += 1;
            }
            _ => {
                batches.push(condition.clone());
                joined = 1;
            }
        }
    }
    batches
}

/// How long a text is in a URL.
fn encoded(text: &str) -> usize {
    text.bytes().map(|it| if it.is_ascii_alphanumeric() { 1 } else { 3 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_cannot_end_its_literal() {
        let hostile = r#"x" or userName pr or "\"#;
        let filter = equals("userName", &Value::from(hostile)).expect("text can be asked for");
        assert_eq!(filter, r#"userName eq "x\" or userName pr or \"\\""#);
        assert_eq!(equals("active", &Value::Bool(true)).as_deref(), Some("active eq true"));
        assert_eq!(equals("photo", &Value::Binary(vec![1])), None);
    }

    proptest! {
        #[test]
        fn a_literal_is_read_back_as_it_was(text in ".*") {
            prop_assert_eq!(serde_json::from_str::<String>(&literal(&text)).ok(), Some(text));
        }

        #[test]
        fn batches_hold_every_condition_once(count in 0_usize..60, most in 1_usize..9, bytes_max in 20_usize..400) {
            let conditions: Vec<String> = (0..count).map(|it| format!("id eq \"{it}\"")).collect();
            let batches = batches(&conditions, most, bytes_max);
            let all: Vec<&str> = batches.iter().flat_map(|it| it.split(" or ")).collect();
            prop_assert_eq!(all, conditions.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert!(batches.iter().all(|it| it.split(" or ").count() <= most));
        }
    }
}
