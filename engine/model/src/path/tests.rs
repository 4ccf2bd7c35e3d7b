use proptest::prelude::*;

use super::*;
use crate::{
    AttributeDelta, AttributeSchema, Object, ObjectSchema, RecordsBuilder, ValueKind, Values, ValuesChange,
};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn schema() -> ObjectSchema {
    let text = AttributeSchema::text;
    let typed = || [text("type"), text("display"), AttributeSchema::new("primary", ValueKind::Bool)];
    let complex = |name: &str| AttributeSchema::new(name, ValueKind::Complex);
    ObjectSchema::new(
        "user",
        [
            text("userName"),
            complex("name").sub_attributes([text("givenName"), text("familyName")]),
            complex("emails").multi_valued().sub_attributes(typed().into_iter().chain([text("value")])),
            complex("addresses")
                .multi_valued()
                .sub_attributes(typed().into_iter().chain([text("locality"), text("streetAddress")])),
            complex(&format!("{ENTERPRISE}:manager"))
                .sub_attributes([AttributeSchema::reference("value", ["user"]), text("displayName")]),
            text(&format!("{ENTERPRISE}:department")),
            text("phoneNumbers[type eq \"work\"].value"),
        ],
    )
}

fn shown(text: &str) -> String {
    match schema().resolve(text) {
        Ok(attribute) => {
            let several = if attribute.multi_valued { " several" } else { "" };
            format!("{}: {}{several}", attribute.name, attribute.kind)
        }
        Err(fault) => fault.to_string(),
    }
}

#[test]
fn paths_resolve_to_parts_under_one_name() {
    let check = |text: &str, expected: &str| assert_eq!(shown(text), expected, "{text}");
    check("USERNAME", "userName: text");
    check("urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName: text");
    check("name.givenname", "name.givenName: text");
    check("Urn:ietf:params:scim:schemas:core:2.0:user:Name.GivenName", "name.givenName: text");
    check("emails[type eq \"work\"].value", "emails[type eq \"work\"].value: text");
    check(" Emails[ TYPE EQ \"work\" ].Value ", "emails[type eq \"work\"].value: text");
    check("emails.value", "emails.value: text several");
    check("emails[type eq \"work\"]", "emails[type eq \"work\"]: complex");
    check(
        "addresses[type eq \"work\" and primary eq \"True\"].locality",
        "addresses[primary eq true and type eq \"work\"].locality: text",
    );
    check(
        "addresses[primary eq true and type eq \"work\"].locality",
        "addresses[primary eq true and type eq \"work\"].locality: text",
    );
    check(&format!("{ENTERPRISE}:department"), &format!("{ENTERPRISE}:department: text"));
    check(&format!("{ENTERPRISE}:Manager.VALUE"), &format!("{ENTERPRISE}:manager.value: reference"));
    // A flat schema may have the path as a name.
    check("phoneNumbers[ type  eq \"work\" ].value", "phoneNumbers[type eq \"work\"].value: text");
}

#[test]
fn what_does_not_resolve_says_why() {
    let check = |text: &str, expected: &str| assert_eq!(shown(text), expected, "{text}");
    check("mails.value", "there is no attribute `mails`");
    check("emails.vlaue", "`emails` has no sub-attribute `vlaue`");
    check("emails[tpye eq \"work\"].value", "`emails` has no sub-attribute `tpye`");
    check("userName.value", "`userName` holds text, which has no parts");
    check("name[type eq \"x\"].givenName", "`name` takes one value, so there is nothing to choose from");
    check("emails[primary eq \"maybe\"].value", "`primary` holds bool, so it is never \"maybe\"");
    check("emails[type ne \"work\"].value", "`eq` is expected at character 13");
    check(
        "emails[type eq work].value",
        "text in double quotes, `true`, `false` or a whole number is expected at character 16",
    );
    check("emails[type eq \"work\" or primary eq true].value", "`and` or `]` is expected at character 23");
    check("emails[type eq \"work\"", "`and` or `]` is expected at character 22");
    check("emails[type eq \"work].value", "`\"` is expected at character 28");
    check("emails[type eq \"a\" and TYPE eq \"b\"].value", "its filter tests `TYPE` twice");
    check("emails[]", "the name of a sub-attribute is expected at character 8");
    check("emails.a.b", "`[`, `.` or the end is expected at character 9");
    check("", "the name of an attribute is expected at character 1");
    check(&format!("e{}", "x".repeat(PATH_BYTES_MAX)), "it is longer than 1024 bytes");
    let clauses: Vec<String> = (0..9).map(|at| format!("a{at} eq 1")).collect();
    check(&format!("emails[{}]", clauses.join(" and ")), "its filter has more than 8 conditions");
}

#[test]
fn paths_that_can_mean_the_same_value_overlap() {
    let path = |text: &str| AttrPath::parse(text).expect("a path");
    let check = |left: &str, right: &str, expected: bool| {
        assert_eq!(path(left).overlaps(&path(right)), expected, "{left} and {right}");
        assert_eq!(path(right).overlaps(&path(left)), expected, "{right} and {left}");
    };
    check("emails", "emails[type eq \"work\"].value", true);
    check("manager", "Manager.value", true);
    check("name.givenName", "name.familyName", false);
    check("name.givenName", "name.GivenName", true);
    check("name.givenName", "nickname", false);
    check("emails[type eq \"work\"].value", "emails[type eq \"home\"].value", false);
    check("emails[type eq \"work\"].value", "emails[type eq \"WORK\"].value", true);
    check("emails[type eq \"work\"].value", "emails[type eq \"work\"].display", false);
    check("emails[type eq \"work\"].value", "emails[primary eq true].value", true);
    check("emails[type eq \"work\"].value", "emails[primary eq true].type", true);
    check("emails[type eq \"work\"]", "emails[type eq \"work\"].value", true);
    check("emails[type eq \"work\"]", "emails[type eq \"home\"].value", false);
    check("emails.value", "emails[type eq \"home\"].value", true);
}

fn element(parts: &[(&str, Value)]) -> Value {
    Value::Complex(parts.iter().map(|(name, value)| (*name, value.clone())).collect())
}

fn emails(values: Vec<Value>) -> Attributes {
    let mut attributes = Attributes::new();
    attributes.set_or_clear("emails", Values::from_many(values));
    attributes
}

fn path(text: &str) -> AttrPath {
    *schema().resolve(text).expect("resolves").path.expect("is a part")
}

#[test]
fn a_value_is_set_in_the_element_that_the_filter_chooses() {
    let home = element(&[("type", "home".into()), ("value", "h@x".into())]);
    let work = |value: &str| element(&[("type", "WORK".into()), ("value", value.into())]);
    let set = |text: &str| ValuesChange::Set(Values::one(text));
    let work_value = path("emails[type eq \"work\"].value");

    let mut held = emails(vec![home.clone(), work("old")]);
    work_value.apply(&set("new"), &mut held);
    assert_eq!(held, emails(vec![home.clone(), work("new")]));
    assert_eq!(work_value.values(&held), [&Value::from("new")]);

    work_value.apply(&ValuesChange::Clear, &mut held);
    assert_eq!(held, emails(vec![home.clone()]), "an address without a value is none");

    work_value.apply(&set("again"), &mut held);
    let added = element(&[("type", "work".into()), ("value", "again".into())]);
    assert_eq!(held, emails(vec![home, added]), "an element is added that the filter chooses");
}

#[test]
fn clearing_leaves_what_others_put_there() {
    let street = path("addresses[type eq \"work\"].streetAddress");
    let locality = path("addresses[type eq \"work\"].locality");
    let mut held = Attributes::new();
    let parts = [("type", "work"), ("locality", "Bergen"), ("streetAddress", "1 Quay")];
    held.set("addresses", element(&parts.map(|(name, value)| (name, Value::from(value)))));
    street.apply(&ValuesChange::Clear, &mut held);
    assert_eq!(locality.values(&held), [&Value::from("Bergen")]);
    locality.apply(&ValuesChange::Clear, &mut held);
    assert!(held.is_empty(), "nothing but the type was left: {held:?}");

    let given = path("name.givenName");
    given.apply(&ValuesChange::Set(Values::one("Adele")), &mut held);
    path("name.familyName").apply(&ValuesChange::Set(Values::one("Vance")), &mut held);
    given.apply(&ValuesChange::Clear, &mut held);
    assert_eq!(held.get("name"), Some(&Values::one(element(&[("familyName", "Vance".into())]))));
}

#[test]
fn parts_are_put_together_for_systems_that_write_whole_attributes() {
    let schema = schema();
    let mut attributes = Attributes::new();
    attributes.set("userName", "adele");
    attributes.set("name.givenName", "Adele");
    attributes.set("NAME.familyName", "Vance");
    attributes.set("emails[type eq \"work\"].value", "a@x");
    attributes.set("emails[type eq \"work\"].primary", true);
    let whole = whole_attributes(&schema.attributes, &attributes).expect("resolves");
    let name = element(&[("givenName", "Adele".into()), ("familyName", "Vance".into())]);
    let mail = element(&[("type", "work".into()), ("primary", true.into()), ("value", "a@x".into())]);
    let expected: Attributes =
        [("userName", "adele".into()), ("name", name.clone()), ("emails", mail)].into_iter().collect();
    assert_eq!(whole, expected);

    let deltas = [
        AttributeDelta::new("name.givenName", ValuesChange::Clear),
        AttributeDelta::new("userName", ValuesChange::Set("ben".into())),
        AttributeDelta::new("emails[type eq \"work\"].value", ValuesChange::Clear),
    ];
    let changed = whole_deltas(&schema.attributes, &whole, &deltas).expect("resolves");
    let texts: Vec<String> = changed.iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["userName = \"ben\"", "name = {familyName: \"Vance\"}", "emails cleared"]);
}

#[test]
fn records_hold_parts_of_whole_attributes() {
    let schema = schema();
    let parts = ["emails[type eq \"work\"].value", "emails.value", "name.givenName", "userName"];
    let layout = crate::Layout::new("user", parts.map(|it| schema.resolve(it).expect("resolves")));
    let names: Vec<&str> = layout.whole_names().into_iter().map(AttrName::as_str).collect();
    assert_eq!(names, ["emails", "name", "userName"]);
    let mail = |kind: &str, value: &str| element(&[("type", kind.into()), ("value", value.into())]);
    let mut object = Object::new("user", "1").with("name.givenName", "Adele");
    let mails = [mail("home", "h@x"), mail("work", "w@x"), mail("work", "second@x")];
    object.attributes.set_or_clear("emails", Values::from_many(mails));
    let mut builder = RecordsBuilder::<crate::TargetSide>::new(layout);
    let row = builder.push(&object).expect("fits");
    let records = builder.finish();
    let record = records.record(row);
    let held = |slot: u16| record.values(crate::Slot(slot)).to_values().map(|it| it.to_string());
    assert_eq!(held(0).as_deref(), Some("\"w@x\""));
    assert_eq!(held(1).as_deref(), Some("[\"h@x\", \"w@x\", \"second@x\"]"));
    assert_eq!(held(2).as_deref(), Some("\"Adele\""));
    assert_eq!(held(3), None);
}

proptest! {
    #[test]
    fn any_text_is_a_path_or_a_fault(text in "\\PC*") {
        let _ = AttrPath::parse(&text);
        let _ = schema().resolve(&text);
    }

    #[test]
    fn what_is_shown_reads_as_the_same_path(
        attribute in "[a-z]{1,8}",
        filter in proptest::collection::btree_map("[a-z]{1,4}", "[ -~]{0,6}", 0..4),
        sub_attribute in proptest::option::of("[a-z$][a-zA-Z]{0,6}"),
        space in "[ \t]{0,3}",
    ) {
        let clauses: Vec<String> = filter
            .iter()
            .rev()
            .map(|(name, value)| {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                format!("{space}{name}{space} eq {space}\"{value}\"{space}")
            })
            .collect();
        let filter = if clauses.is_empty() { String::new() } else { format!("[{}]", clauses.join(" and ")) };
        let sub_attribute = sub_attribute.map(|it| format!(".{it}")).unwrap_or_default();
        let parsed = AttrPath::parse(&format!("{space}{attribute}{filter}{sub_attribute}")).expect("a path");
        prop_assert_eq!(AttrPath::parse(&parsed.to_string()), Ok(parsed));
    }

    #[test]
    fn what_is_set_is_there_and_what_is_cleared_is_not(
        kinds in proptest::collection::vec(proptest::sample::select(vec!["work", "home", "other"]), 0..4),
        value in "[a-z]{1,4}",
    ) {
        let elements: Vec<Value> = kinds
            .iter()
            .enumerate()
            .map(|(at, kind)| element(&[("type", (*kind).into()), ("value", format!("v{at}").into())]))
            .collect();
        let before = emails(elements);
        let path = path("emails[type eq \"work\"].value");
        let mut after = before.clone();
        path.apply(&ValuesChange::Set(Values::one(value.as_str())), &mut after);
        let values = path.values(&after);
        prop_assert!(!values.is_empty() && values.iter().all(|it| **it == Value::from(value.as_str())));
        let mut again = after.clone();
        path.apply(&ValuesChange::Set(Values::one(value.as_str())), &mut again);
        prop_assert_eq!(&again, &after);
        path.apply(&ValuesChange::Clear, &mut after);
        prop_assert!(path.values(&after).is_empty());
        let others = |attributes: &Attributes| {
            let held = attributes.get("emails").map(Values::as_slice).unwrap_or_default().to_vec();
            held.into_iter().filter(|it| !path.chooses(it)).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&after), others(&before));
    }
}
