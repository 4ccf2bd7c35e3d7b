//! Random expressions: trees that call real functions with arguments that are often right, and records.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use provisio_expression::{
    Call, Comparison, Expression, FunctionTable, Node, NodeKind, Number, Operator, Presence, Role,
    SourceAttribute, SourceSchema, Span, Value, ValueKind, Word,
};
use std::sync::LazyLock;

/// The functions that random expressions call.
pub(crate) static FUNCTIONS: LazyLock<FunctionTable> = LazyLock::new(FunctionTable::standard);

/// The attributes of random records, with what they hold.
pub(crate) const ATTRIBUTES: [(&str, ValueKind, bool); 8] = [
    ("name", ValueKind::Text, false),
    ("Job Title", ValueKind::Text, false),
    ("emails[type eq \"work\"].value", ValueKind::Text, true),
    ("number", ValueKind::Int, false),
    ("enabled", ValueKind::Bool, false),
    ("hired", ValueKind::Timestamp, false),
    ("sid", ValueKind::Binary, false),
    ("roles", ValueKind::Role, true),
];

/// A schema of [`ATTRIBUTES`].
pub(crate) struct Schema;

impl SourceSchema for Schema {
    fn attribute(&self, name: &str) -> Option<SourceAttribute> {
        let slot = ATTRIBUTES.iter().position(|(known, ..)| *known == name)?;
        let (_, kind, multi_valued) = ATTRIBUTES[slot];
        Some(SourceAttribute { slot: u16::try_from(slot).ok()?, kind, multi_valued })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(ATTRIBUTES.iter().map(|(name, ..)| *name))
    }
}

const TEXTS: [&str; 48] = [
    "",
    "a",
    "Ann",
    "ÅSA Öberg",
    "o'neill",
    "  x y ",
    "1",
    "0",
    "-5",
    "2",
    "256",
    "True",
    "false",
    ".",
    "@",
    ", ",
    "d",
    "m",
    "ww",
    "yyyy",
    "h",
    "2024-02-29",
    "2020-12-31 23:59:59-08:00",
    "12/31/9999 12:00:00 AM",
    "yyyy-MM-dd",
    "dd/MM/yyyy",
    "HH:mm tt",
    "M/d/yyyy h:mm:ss tt",
    "[a-z]+",
    "(?<n>\\w)(.*)$",
    "\\s",
    "(?=a)",
    "(a+)+$",
    "n",
    "${n}-$1$&",
    "$",
    "a\\b\"c",
    "\\",
    "\"",
    "[x]",
    "cn=Joe,ou=Sales",
    "SABlAGwAbABvAA==",
    "tr-TR",
    "ﬀǅß",
    "9223372036854775807",
    "129699324000000000",
    "\n",
    "😀e\u{301}",
];

/// Texts of record values.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![4 => select(&TEXTS[..]).prop_map(str::to_owned), 1 => ".{0,12}"]
}

/// Owned values of a record that fits [`Schema`].
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) texts: Vec<Option<String>>,
    pub(crate) emails: Vec<String>,
    pub(crate) number: Option<i64>,
    pub(crate) enabled: Option<bool>,
    pub(crate) sid: Option<Vec<u8>>,
    pub(crate) roles: Vec<(String, String, String)>,
}

pub(crate) fn record() -> impl Strategy<Value = Record> {
    (
        vec(option::weighted(0.8, text()), 3),
        vec(text(), 0..3),
        option::of(prop_oneof![-3_i64..300, any::<i64>()]),
        any::<Option<bool>>(),
        option::of(prop_oneof![Just(vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), vec(any::<u8>(), 0..16)]),
        vec((text(), text(), text()), 0..3),
    )
        .prop_map(|(texts, emails, number, enabled, sid, roles)| Record {
            texts,
            emails,
            number,
            enabled,
            sid,
            roles,
        })
}

impl Record {
    /// Calls `use_values` with the values by slot.
    pub(crate) fn with_values<T>(&self, use_values: impl FnOnce(&[Value<'_>]) -> T) -> T {
        fn single(text: Option<&String>) -> Value<'_> {
            text.map_or(Value::Null, |text| Value::Text(text))
        }
        let emails: Vec<Value<'_>> = self.emails.iter().map(|text| Value::Text(text)).collect();
        let roles: Vec<Role<'_>> =
            self.roles.iter().map(|(id, value, name)| Role { id, value, display_name: name }).collect();
        let roles: Vec<Value<'_>> = roles.iter().map(Value::Role).collect();
        use_values(&[
            single(self.texts[0].as_ref()),
            single(self.texts[1].as_ref()),
            if emails.is_empty() { Value::Null } else { Value::List(&emails) },
            self.number.map_or(Value::Null, Value::Int),
            self.enabled.map_or(Value::Null, Value::Bool),
            single(self.texts[2].as_ref()),
            self.sid.as_deref().map_or(Value::Null, Value::Binary),
            if roles.is_empty() { Value::Null } else { Value::List(&roles) },
        ])
    }
}

fn node(kind: NodeKind) -> Node {
    Node { span: Span::default(), kind }
}

fn leaf() -> impl Strategy<Value = Node> {
    prop_oneof![
        4 => (0..ATTRIBUTES.len()).prop_map(|index| NodeKind::Attribute(ATTRIBUTES[index].0.to_owned())),
        6 => text().prop_map(NodeKind::Text),
        2 => (-3_i64..40).prop_map(|number| NodeKind::Number(Number::Decimal(number.to_string()))),
        1 => any::<i64>().prop_map(|number| NodeKind::Number(Number::Hex(number))),
        1 => select(&Word::ALL[..]).prop_map(NodeKind::Word),
        1 => select(&["Domain", "nope"][..]).prop_map(|name| NodeKind::Variable(name.to_owned())),
    ]
    .prop_map(node)
}

/// Any expression that can be written; functions are called with arguments that fit in number.
pub(crate) fn expression() -> impl Strategy<Value = Expression> {
    leaf()
        .prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                8 => (any::<Index>(), vec(option::weighted(0.9, inner.clone()), 0..9), any::<bool>()).prop_map(call),
                1 => (select(&Operator::ALL[..]), inner.clone(), inner.clone()).prop_map(|(operator, left, right)| {
                    node(NodeKind::Compare(Box::new(Comparison { operator, left, right })))
                }),
                1 => vec(inner, 2..4).prop_map(|operands| node(NodeKind::Concat(operands))),
            ]
        })
        .prop_map(|root| Expression { root })
}

fn call((function, mut arguments, upper): (Index, Vec<Option<Node>>, bool)) -> Node {
    let all: Vec<_> = FUNCTIONS.iter().collect();
    let function = function.get(&all);
    let filler = || Some(node(NodeKind::Text("a".to_owned())));
    let fixed = function
        .parameters()
        .iter()
        .filter(|parameter| !matches!(parameter.presence, Presence::Repeated { .. }))
        .count();
    let repeats = function.parameters().len() > fixed;
    if !repeats {
        arguments.truncate(fixed);
    }
    let least: usize = match function.parameters().last().map(|last| last.presence) {
        Some(Presence::Repeated { minimum }) => fixed + minimum,
        _ => function
            .parameters()
            .iter()
            .take_while(|parameter| parameter.presence == Presence::Required)
            .count(),
    };
    while arguments.len() < least {
        arguments.push(filler());
    }
    for (argument, parameter) in arguments.iter_mut().zip(function.parameters()) {
        if parameter.presence == Presence::Required && argument.is_none() {
            *argument = filler();
        }
    }
    // `Switch` takes keys and values in pairs.
    if function.parameters().len() > fixed + 1 && arguments.len() % 2 == 1 {
        arguments.push(filler());
    }
    for argument in arguments.iter_mut().skip(fixed) {
        if argument.is_none() {
            *argument = filler();
        }
    }
    let name = if upper { function.name().to_uppercase() } else { function.name().to_owned() };
    node(NodeKind::Call(Call { name, name_span: Span::default(), arguments }))
}
