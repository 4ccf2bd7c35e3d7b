//! Filters of RFC 7644 section 3.4.2.2, all of them.

use serde_json::{Map, Value as Json};

#[derive(Debug)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Present(String),
    Compare(String, String, Json),
    Of(String, Box<Filter>),
}

/// Reads a filter.
pub(crate) fn parse(text: &str) -> Result<Filter, String> {
    let mut parser = Parser { text, at: 0 };
    let filter = parser.or()?;
    parser.space();
    if parser.at < text.len() { Err(format!("what is `{}`?", &text[parser.at..])) } else { Ok(filter) }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn take(&mut self, what: &str) -> bool {
        self.space();
        let found = self.rest().get(..what.len()).is_some_and(|it| it.eq_ignore_ascii_case(what));
        self.at += if found { what.len() } else { 0 };
        found
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut left = self.and()?;
        while self.take("or ") {
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut left = self.one()?;
        while self.take("and ") {
            left = Filter::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Filter, String> {
        if self.take("not") {
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.take("(") {
            let inner = self.or()?;
            return if self.take(")") { Ok(inner) } else { Err("`)` is missing".to_owned()) };
        }
        self.space();
        let length = self.rest().find([' ', '[', ')']).unwrap_or(self.rest().len());
        let name = self.rest()[..length].to_owned();
        if name.is_empty() {
            return Err("an attribute is missing".to_owned());
        }
        self.at += length;
        if self.take("[") {
            let inner = self.or()?;
            return if self.take("]") {
                Ok(Filter::Of(name, Box::new(inner)))
            } else {
                Err("`]` is missing".to_owned())
            };
        }
        self.space();
        let operator = self.rest().get(..2).unwrap_or_default().to_ascii_lowercase();
        self.at += operator.len();
        match operator.as_str() {
            "pr" => Ok(Filter::Present(name)),
            "eq" | "ne" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le" => {
                self.space();
                let mut values = serde_json::Deserializer::from_str(self.rest()).into_iter::<Json>();
                let value = values.next().and_then(Result::ok).ok_or("a value is missing")?;
                self.at += values.byte_offset();
                Ok(Filter::Compare(name, operator, value))
            }
            other => Err(format!("what is `{other}`?")),
        }
    }
}

impl Filter {
    /// As [`Filter::passes`], of what is kept.
    pub(crate) fn passes_object(&self, object: &Map<String, Json>, is_exact: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Or(left, right) => {
                left.passes_object(object, is_exact) || right.passes_object(object, is_exact)
            }
            // By far the most: without a copy.
            Self::Compare(name, operator, Json::String(wanted))
                if operator == "eq" && object.get(name).is_some_and(Json::is_string) =>
            {
                let held = object[name].as_str().unwrap_or_default();
                if is_exact(name) { held == wanted } else { held.to_lowercase() == wanted.to_lowercase() }
            }
            other => other.passes(&Json::Object(object.clone()), is_exact),
        }
    }

    pub(crate) fn passes(&self, json: &Json, is_exact: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Or(left, right) => left.passes(json, is_exact) || right.passes(json, is_exact),
            Self::And(left, right) => left.passes(json, is_exact) && right.passes(json, is_exact),
            Self::Not(inner) => !inner.passes(json, is_exact),
            Self::Present(name) => !values(json, name).is_empty(),
            Self::Compare(name, operator, wanted) => {
                let exact = is_exact(name);
                let mut values = values(json, name).into_iter().flat_map(simple);
                if operator == "ne" {
                    return values.all(|it| !compare("eq", it, wanted, exact));
                }
                values.any(|it| compare(operator, it, wanted, exact))
            }
            Self::Of(name, inner) => values(json, name).iter().any(|it| inner.passes(it, is_exact)),
        }
    }
}

/// A complex value compares by its `value`.
fn simple(json: &Json) -> Option<&Json> {
    match json {
        Json::Object(object) => object.get("value"),
        other => Some(other),
    }
}

fn compare(operator: &str, held: &Json, wanted: &Json, exact: bool) -> bool {
    match (held, wanted) {
        (Json::String(held), Json::String(wanted)) => {
            let fold = |it: &str| if exact { it.to_owned() } else { it.to_lowercase() };
            let (held, wanted) = (fold(held), fold(wanted));
            match operator {
                "eq" => held == wanted,
                "co" => held.contains(&wanted),
                "sw" => held.starts_with(&wanted),
                "ew" => held.ends_with(&wanted),
                "gt" => held > wanted,
                "ge" => held >= wanted,
                "lt" => held < wanted,
                _ => held <= wanted,
            }
        }
        _ => operator == "eq" && held == wanted,
    }
}

/// The values under a path, each of a list.
pub(crate) fn values<'j>(json: &'j Json, path: &str) -> Vec<&'j Json> {
    if let Some(rest) = strip_core(path) {
        return values(json, rest);
    }
    if let Some((urn, name)) = path.rsplit_once(':') {
        let of = json.as_object().and_then(|it| it.iter().find(|(key, _)| key.eq_ignore_ascii_case(urn)));
        return of.map(|(_, it)| values(it, name)).unwrap_or_default();
    }
    let mut found = vec![json];
    for name in path.split('.') {
        found = found
            .into_iter()
            .filter_map(|it| it.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)))
            .flat_map(|(_, it)| match it {
                Json::Array(list) => list.iter().collect(),
                other => vec![other],
            })
            .collect();
    }
    found
}

fn strip_core(path: &str) -> Option<&str> {
    let core =
        ["urn:ietf:params:scim:schemas:core:2.0:User:", "urn:ietf:params:scim:schemas:core:2.0:Group:"];
    core.iter().find_map(|it| path.strip_prefix(it))
}
