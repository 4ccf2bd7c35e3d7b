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
fn an_attribute_takes_two_bytes_and_those_of_its_value() {
    let names = (0..20).map(|it| AttributeSchema::text(format!("attribute {it}").as_str()));
    let mut builder = RecordsBuilder::<SourceSide>::new(Layout::new("worker", names));
    let mut bytes = 0;
    for number in 0..1000 {
        let id = format!("worker-{number}");
        let mut object = Object::new("worker", id.as_str());
        for at in 0..15 {
            object = object.with(&format!("attribute {at}"), "ten bytes.");
            bytes += 10;
        }
        bytes += id.len();
        builder.push(&object).expect("fits");
    }
    // A head, the hash of the id and an index entry for each object.
    assert!(builder.finish().memory_bytes() < bytes + 1000 * (2 * 20 + 14 + 16 + 4 + 12), "and no more");
}

#[test]
fn what_is_too_much_for_a_row_lies_beside_it() {
    let names: Vec<String> = (0..300).map(|it| format!("a{it}")).collect();
    let layout = Layout::new("worker", names.iter().map(|it| AttributeSchema::text(it.as_str())));
    let mut whole = RecordsBuilder::<SourceSide>::new(layout.clone());
    let mut joined = RecordsBuilder::<SourceSide>::new(layout);
    let mut objects = Vec::new();
    for (number, length) in [0, 1, 2, 3, 50, 54, 55, 60, 1_023, 1_024, 70_000].into_iter().enumerate() {
        let mut object = Object::new("worker", "w".repeat(number * 300 + 1));
        object.version = Some(Text::new("7".repeat(length)));
        for (at, name) in names.iter().enumerate() {
            if at % 7 != number % 7 {
                object = object.with(name, "é".repeat(length / 2) + if length % 2 == 1 { "x" } else { "" });
            }
        }
        whole.push(&object).expect("fits");
        let mut batch = RecordsBuilder::new(Arc::clone(&joined.records().layout));
        batch.push(&object).expect("fits");
        joined.append(batch.finish()).expect("the same layout");
        objects.push(object);
    }
    let (whole, joined) = (whole.finish(), joined.finish());
    for (at, object) in objects.iter().enumerate() {
        assert_eq!(whole.record(Row::at(at)).to_object(), *object);
        assert_eq!(joined.record(Row::at(at)).to_object(), *object);
        assert_eq!(joined.find(&object.id), Some(Row::at(at)));
    }
    for left in whole.iter() {
        for right in joined.iter() {
            for (from, count) in [(0, 300), (0, 1), (17, 5), (299, 1)] {
                let slots = from..from + count;
                let is_same = slots
                    .clone()
                    .all(|it| left.values(Slot(it)).to_values() == right.values(Slot(it)).to_values());
                let seen = left.same_bytes(Slot(from), right, Slot(from), count.into());
                assert!(is_same || !seen, "{left:?} {right:?}");
                let short = slots.clone().all(|it| left.text_length(Slot(it)) > 2);
                assert!(seen || !is_same || !short, "what is the same is seen: {left:?} {right:?}");
            }
        }
    }
}

#[test]
fn many_are_found_as_one_by_one() {
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    for number in 0..100 {
        builder.push(&Object::new("worker", format!("worker-{}", number * 7 % 101))).expect("fits");
    }
    let records = builder.finish();
    let in_order: Vec<String> = records.iter().map(|it| it.id_str().to_owned()).collect();
    let missing = (0..120).map(|number| format!("worker-{number}")).collect();
    let some = in_order.iter().step_by(3).cloned().collect();
    for ids in [in_order.clone(), in_order.iter().rev().cloned().collect(), missing, some, Vec::new()] {
        for start in [0, 40, 1000] {
            let (mut guess, mut found) = (Row::at(start), vec![None]);
            records.find_all(ids.iter().map(String::as_str), &mut guess, &mut found);
            assert_eq!(found, ids.iter().map(|it| records.find(it)).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_is_the_same_byte_by_byte_is_seen() {
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    let long = "a text that is too long for a cell, and longer than eight words of eight letters each";
    let pairs =
        [("w-1", "w-1", true), ("w-1", "w-2", false), (long, long, true), ("", "", true), ("", "w", false)];
    let pairs = pairs.into_iter().chain([(long, &long[1..], false), ("twelve bytes", "twelve bytez", false)]);
    for (number, (reference, text, is_same)) in pairs.enumerate() {
        let object = Object::new("worker", number.to_string())
            .with("name", text)
            .with("manager", Value::Reference(reference.into()))
            .with("active", true);
        let row = builder.push(&object).expect("fits");
        let records = builder.records();
        let [name, manager, active, age] =
            ["name", "manager", "active", "age"].map(|it| records.layout().slot(it).expect("has it"));
        let record = records.record(row);
        assert_eq!(record.same_bytes(manager, record, name, 1), is_same, "{text}");
        assert!(!is_same || record.text_length(name) == text.len());
        assert!(record.holds(name, ValueRef::Text(text)) && record.holds(active, ValueRef::Bool(true)));
        assert_eq!(record.holds(name, ValueRef::Text(reference)), is_same);
        assert!(!record.holds(manager, ValueRef::Text(reference)) && !record.holds(age, ValueRef::Int(0)));
        assert!(record.is_absent(age) && !record.is_absent(name));
        assert_eq!((record.text(manager), record.text(active)), (Some(reference), None));
    }
}

#[test]
fn a_token_is_shared_only_by_those_who_hold_the_same() {
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    for number in 0..200 {
        let name = if number % 2 == 0 { "Research and Development" } else { "Sales" };
        let mut object = full(&number.to_string()).with("age", number % 3).with("name", name);
        if number % 5 == 0 {
            object = Object::new("worker", number.to_string());
        }
        builder.push(&object).expect("fits");
    }
    let records = builder.finish();
    for (slot, _) in records.layout().clone().attributes() {
        for left in records.iter() {
            assert_ne!(left.token(slot), Some(u64::MAX));
            for right in
                records.iter().filter(|it| it.token(slot).is_some() && it.token(slot) == left.token(slot))
            {
                assert_eq!(left.values(slot).to_values(), right.values(slot).to_values());
            }
        }
    }
}

#[test]
fn attributes_may_be_set_in_any_order_and_again() {
    let object = full("w-1");
    let long = Value::from("long ".repeat(300).as_str());
    let name = |it: &str| Text::new(it);
    let mut values: Vec<(Text, Vec<Value>)> = object
        .attributes
        .iter()
        .map(|(name, values)| (Text::new(name.as_str()), values.as_slice().to_vec()))
        .collect();
    let mut builder = RecordsBuilder::<SourceSide>::new(layout());
    let mut expected = Vec::new();
    for round in 0..40 {
        values.rotate_left(round % 4);
        if round % 3 == 0 {
            values.reverse();
        }
        let id = format!("w-{round}");
        let (mut sets, mut object) = (values.clone(), Object { id: id.as_str().into(), ..full("w-1") });
        if round % 5 == 1 {
            // What comes later counts.
            sets.insert(0, (name("name"), vec![long.clone()]));
        }
        if round % 5 == 2 {
            sets.push((name("name"), vec![long.clone()]));
            object = object.with("name", long.clone());
        }
        builder.begin(&id).expect("new");
        for (attribute, values) in &sets {
            let slot = builder.records().layout().slot(attribute).expect("has it");
            builder.set_many(slot, values.iter().map(Value::borrow)).expect("fits");
        }
        if round % 2 == 0 {
            builder.set_version("7");
            object.version = Some(name("7"));
        }
        if round % 4 == 3 {
            builder.abandon();
        } else {
            builder.commit();
            expected.push(object);
        }
    }
    let records = builder.finish();
    assert_eq!(records.len(), expected.len());
    for (record, expected) in records.iter().zip(expected) {
        assert!(record.to_object() == expected, "{record:?}");
    }
}
