use super::*;
use crate::{AttributeSchema, SourceSide, Text, Timestamp, Value, ValueKind};

fn layout() -> Layout {
    Layout::new(
        "worker",
        [
            AttributeSchema::text("name"),
            AttributeSchema::new("age", ValueKind::Int),
            AttributeSchema::new("active", ValueKind::Bool),
            AttributeSchema::new("hired", ValueKind::Timestamp),
            AttributeSchema::text("mails").multi_valued(),
            AttributeSchema::reference("manager", ["worker"]),
            AttributeSchema::new("photo", ValueKind::Binary),
            AttributeSchema::new("score", ValueKind::Decimal),
            AttributeSchema::new("address", ValueKind::Complex),
        ],
    )
}

fn full(id: &str) -> Object {
    let mails = Values::from_many([Value::from("a@example.org"), Value::from("b")]).expect("two");
    let mut address = crate::Attributes::new();
    address.set("city", "Zürich");
    Object::new("worker", id)
        .with("name", "Renée Ångström-Müller")
        .with("age", i64::MIN)
        .with("active", false)
        .with("hired", Timestamp::from_parts(-1, 5))
        .with("mails", mails)
        .with("manager", Value::Reference("w-1".into()))
        .with("photo", Value::Binary(vec![0, 255]))
        .with("score", Value::Decimal(0.1))
        .with("address", Value::Complex(address))
}

#[test]
fn an_object_comes_back_as_it_was_packed() {
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    let mut object = full("worker-0000001");
    object.version = Some(Text::new("W/\"7\""));
    let empty = Object::new("worker", "2");
    builder.push(&empty).expect("fits");
    let row = builder.push(&object).expect("fits");
    let records = builder.finish();
    assert_eq!(records.record(row).to_object(), object);
    assert_eq!(records.record(records.find("2").expect("there")).to_object(), empty);
    assert_eq!(records.find("3"), None);
}

#[test]
fn a_refused_object_leaves_nothing_behind() {
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    builder.push(&Object::new("worker", "1").with("name", "Ann")).expect("fits");
    let twice = builder.push(&Object::new("worker", "1"));
    assert_eq!(twice, Err(PackError::DuplicateId { id: "1".into() }));
    let wrong = builder.push(&Object::new("worker", "2").with("age", "old"));
    assert_eq!(wrong.map_err(|it| it.to_string()), Err("`age` must be int, not text".to_owned()));
    let several = Values::from_many([Value::from("a"), Value::from("b")]).expect("two");
    assert!(builder.push(&Object::new("worker", "3").with("name", several)).is_err());
    builder.push(&Object::new("worker", "4").with("AGE", 7)).expect("fits");
    let records = builder.finish();
    assert_eq!(records.iter().map(|it| it.id_str().to_owned()).collect::<Vec<_>>(), ["1", "4"]);
    let age = records.layout().slot("age").expect("has it");
    assert!(matches!(records.record(Row::at(1)).single(age), Some(ValueRef::Int(7))));
}

#[test]
fn batches_join_to_the_same_records() {
    let mut whole = RecordsBuilder::<SourceSide>::new(layout());
    let mut first = RecordsBuilder::<SourceSide>::new(layout());
    let mut second = RecordsBuilder::<SourceSide>::new(layout());
    for number in 0..20 {
        let mut object = full(&format!("worker-{number:07}"));
        object.version = (number % 3 == 0).then(|| Text::new(format!("version {number}")));
        whole.push(&object).expect("fits");
        if number < 9 { &mut first } else { &mut second }.push(&object).expect("fits");
    }
    second.push(&full("worker-0000003")).expect("fits");
    assert_eq!(
        first.append(second.finish()).ok(),
        Some(vec![PackError::DuplicateId { id: "worker-0000003".into() }])
    );
    let (whole, joined) = (whole.finish(), first.finish());
    assert_eq!(whole.len(), joined.len());
    for (left, right) in whole.iter().zip(joined.iter()) {
        assert_eq!(left.to_object(), right.to_object());
    }
}

#[test]
fn repeated_text_is_stored_once() {
    let mut builder =
        RecordsBuilder::<SourceSide>::new(Layout::new("worker", [AttributeSchema::text("department")]));
    for number in 0..1000 {
        builder
            .push(&Object::new("worker", number.to_string()).with("department", "Research and Development"))
            .expect("fits");
    }
    // Two cells and an index entry for each object, and the text once.
    assert!(builder.finish().memory_bytes() < 1000 * 30, "one copy of the department");
}
