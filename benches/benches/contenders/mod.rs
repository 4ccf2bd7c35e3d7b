//! The same mappings by hand and in two general languages.

use crate::{AS_OF, ATTRIBUTES, COMMON, REGIONS, Row};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Computes one mapping as one would write it: a value of its own, borrowed where nothing changes.
pub(crate) fn by_hand(which: usize, row: &Row) -> Cow<'_, str> {
    match which {
        2 => {
            let terminated = row[4].as_deref();
            Cow::Borrowed(if terminated.is_none_or(|date| date > AS_OF) { "true" } else { "false" })
        }
        3 => Cow::Borrowed(region(row[5].as_deref().unwrap_or_default())),
        4 => Cow::Borrowed(cut_text(row[6].as_deref().unwrap_or_default(), 2, 4)),
        _ => {
            let mut out = String::new();
            by_hand_into(which, row, &mut out);
            Cow::Owned(out)
        }
    }
}

/// Computes one mapping and appends it to a buffer that is used again and again.
pub(crate) fn by_hand_into(which: usize, row: &Row, out: &mut String) {
    let [first, last, preferred, worker, terminated, country, location, hired, phone, department] =
        row.each_ref().map(|value| value.as_deref());
    let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
    match which {
        0 => {
            push_lower_plain(first, out);
            out.push('.');
            push_lower_plain(last, out);
            out.push_str(&worker.unwrap_or_default()[1..]);
        }
        1 => {
            out.push_str(preferred.unwrap_or(first));
            out.push(' ');
            out.push_str(last);
        }
        2 => out.push_str(if terminated.is_none_or(|date| date > AS_OF) { "true" } else { "false" }),
        3 => out.push_str(region(country.unwrap_or_default())),
        4 => out.push_str(cut_text(location.unwrap_or_default(), 2, 4)),
        5 => {
            let date = hired.unwrap_or_default();
            if is_date(date) {
                out.push_str(&date[8..10]);
                out.push('/');
                out.push_str(&date[5..7]);
                out.push('/');
                out.push_str(&date[..4]);
            }
        }
        6 => out.extend(phone.unwrap_or_default().chars().filter(char::is_ascii_digit)),
        7 => {
            for name in [first, ".", last] {
                name.split(' ').for_each(|piece| push_lower_plain(piece, out));
            }
            out.push_str("@contoso.com");
        }
        8 => {
            let mut name = String::new();
            push_plain(first.get(..1).unwrap_or(first), &mut name);
            push_plain(last, &mut name);
            name.retain(|letter| !" /\\[]:;|=,+*?<>".contains(letter));
            out.push_str(name.get(..20).unwrap_or(&name).trim_end_matches('.'));
        }
        _ => {
            if terminated.is_some_and(|date| date > "2020") {
                out.push_str("OU=Leavers");
                return;
            }
            out.push_str(match department {
                Some("Finance") => "OU=Finance",
                Some("Sales") => "OU=Sales",
                _ => "OU=Other",
            });
            out.push_str(",DC=contoso,DC=com");
        }
    }
}

/// Says whether the text is a day, written `yyyy-MM-dd`.
fn is_date(text: &str) -> bool {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return false };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2];
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let pair = |tens: u8, ones: u8| u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    let (year, month, day) = (pair(y1, y2) * 100 + pair(y3, y4), pair(m1, m2), pair(d1, d2));
    let days = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=days).contains(&day)
}

fn cut_text(text: &str, start: usize, length: usize) -> &str {
    let offset = |text: &str, count: usize| text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    let rest = &text[offset(text, start)..];
    &rest[..offset(rest, length)]
}

fn push_plain(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.push_str(text);
    } else {
        out.extend(text.nfd().filter(|letter| !is_combining_mark(*letter)));
    }
}

fn push_lower_plain(text: &str, out: &mut String) {
    let start = out.len();
    push_plain(text, out);
    out[start..].make_ascii_lowercase();
}

fn region(country: &str) -> &'static str {
    static BY_COUNTRY: LazyLock<std::collections::HashMap<&str, &str>> =
        LazyLock::new(|| REGIONS.into_iter().collect());
    BY_COUNTRY.get(country).copied().unwrap_or("OTHER")
}

fn strip(text: &str) -> String {
    let mut out = String::new();
    push_plain(text, &mut out);
    out
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn cut(text: &str, start: i64, length: i64) -> String {
    let (start, length) = (usize::try_from(start).unwrap_or(0), usize::try_from(length).unwrap_or(0));
    text.chars().skip(start).take(length).collect()
}

fn day_first(date: &str) -> String {
    format!("{}/{}/{}", &date[8..10], &date[5..7], &date[..4])
}

/// The mappings in CEL.
pub(crate) struct CelRows {
    programs: Vec<cel::Program>,
    host: cel::Context<'static, 'static>,
}

impl CelRows {
    pub(crate) fn new() -> Self {
        let regions: Vec<String> =
            REGIONS.iter().map(|(country, region)| format!("\"{country}\": \"{region}\"")).collect();
        let regions = regions.join(", ");
        let sources = [
            "lower(strip(firstName) + '.' + strip(lastName)) + cut(workerId, 1, 20)".to_owned(),
            "(preferredName != null ? preferredName : firstName) + ' ' + lastName".to_owned(),
            format!("terminationDate == null || terminationDate > '{AS_OF}' ? 'true' : 'false'"),
            "countryCode in regions ? regions[countryCode] : 'OTHER'".to_owned(),
            "cut(locationId, 2, 4)".to_owned(),
            "dayFirst(hireDate)".to_owned(),
            "digits(phone)".to_owned(),
        ];
        let mut host = cel::Context::default();
        host.add_function("strip", |text: Arc<String>| strip(&text)).expect("a new name");
        host.add_function("lower", |text: Arc<String>| text.to_lowercase()).expect("a new name");
        host.add_function("digits", |text: Arc<String>| digits(&text)).expect("a new name");
        host.add_function("dayFirst", |text: Arc<String>| day_first(&text)).expect("a new name");
        host.add_function("cut", |text: Arc<String>, start: i64, length: i64| cut(&text, start, length))
            .expect("a new name");
        let regions =
            cel::Program::compile(&format!("{{{regions}}}")).expect("a map").execute(&host).expect("a map");
        host.add_variable_from_value("regions", regions);
        let programs =
            sources.iter().map(|source| cel::Program::compile(source).expect("a CEL program")).collect();
        Self { programs, host }
    }

    fn scope(&self, row: &Row) -> cel::Context<'_, '_> {
        let mut scope = self.host.new_inner_scope();
        for (name, value) in ATTRIBUTES.iter().zip(row) {
            let value =
                value.as_ref().map_or(cel::Value::Null, |text| cel::Value::String(Arc::new(text.clone())));
            scope.add_variable_from_value(*name, value);
        }
        scope
    }

    fn run(&self, which: usize, scope: &cel::Context<'_, '_>) -> Arc<String> {
        match self.programs[which].execute(scope).expect("a value") {
            cel::Value::String(text) => text,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn evaluate(&self, which: usize, row: &Row) -> String {
        self.run(which, &self.scope(row)).to_string()
    }

    pub(crate) fn evaluate_common(&self, row: &Row) -> usize {
        let scope = self.scope(row);
        (0..COMMON).map(|which| self.run(which, &scope).len()).sum()
    }
}

/// The mappings in rhai.
pub(crate) struct RhaiRows {
    engine: rhai::Engine,
    programs: Vec<rhai::AST>,
}

impl RhaiRows {
    pub(crate) fn new() -> Self {
        let regions: Vec<String> =
            REGIONS.iter().map(|(country, region)| format!("\"{country}\" => \"{region}\"")).collect();
        let regions = regions.join(", ");
        let sources = [
            "lower(strip(firstName) + \".\" + strip(lastName)) + cut(workerId, 1, 20)".to_owned(),
            "(if preferredName != () { preferredName } else { firstName }) + \" \" + lastName".to_owned(),
            format!(
                "if terminationDate == () || terminationDate > \"{AS_OF}\" {{ \"true\" }} else {{ \"false\" }}"
            ),
            format!("switch countryCode {{ {regions}, _ => \"OTHER\" }}"),
            "cut(locationId, 2, 4)".to_owned(),
            "day_first(hireDate)".to_owned(),
            "digits(phone)".to_owned(),
        ];
        let mut engine = rhai::Engine::new();
        engine.register_fn("strip", |text: &str| strip(text));
        engine.register_fn("lower", |text: &str| text.to_lowercase());
        engine.register_fn("digits", |text: &str| digits(text));
        engine.register_fn("day_first", |text: &str| day_first(text));
        engine.register_fn("cut", |text: &str, start: i64, length: i64| cut(text, start, length));
        let programs = sources.iter().map(|source| engine.compile(source).expect("a rhai program")).collect();
        Self { engine, programs }
    }

    fn scope(row: &Row) -> rhai::Scope<'static> {
        let mut scope = rhai::Scope::new();
        for (name, value) in ATTRIBUTES.iter().zip(row) {
            match value {
                Some(text) => scope.push_constant(*name, rhai::ImmutableString::from(text.as_str())),
                None => scope.push_constant(*name, ()),
            };
        }
        scope
    }

    fn run(&self, which: usize, scope: &mut rhai::Scope<'_>) -> rhai::ImmutableString {
        let before = scope.len();
        let value = self.engine.eval_ast_with_scope(scope, &self.programs[which]).expect("a value");
        scope.rewind(before);
        value
    }

    pub(crate) fn evaluate(&self, which: usize, row: &Row) -> String {
        self.run(which, &mut Self::scope(row)).to_string()
    }

    pub(crate) fn evaluate_common(&self, row: &Row) -> usize {
        let mut scope = Self::scope(row);
        (0..COMMON).map(|which| self.run(which, &mut scope).len()).sum()
    }
}
