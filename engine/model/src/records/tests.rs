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

/// Packs ids in batches of `size`.
fn in_batches(ids: impl IntoIterator<Item = String>, size: usize) -> Vec<Records<SourceSide>> {
    let mut builder = RecordsBuilder::in_batches(layout());
    let mut batches = Vec::new();
    for id in ids {
        builder.push(&Object::new("worker", id.as_str()).with("name", id.as_str())).expect("new");
        if builder.records().len() == size {
            batches.push(builder.take_batch());
        }
    }
    batches.push(builder.take_batch());
    batches
}

fn worker(number: usize) -> String {
    format!("worker-{}{number}", if number.is_multiple_of(3) { "with-a-long-number-" } else { "" })
}

#[test]
fn what_is_in_a_batch_is_there_for_the_next() {
    let mut builder = RecordsBuilder::<SourceSide>::in_batches(layout());
    for number in 0..10 {
        builder.push(&Object::new("worker", worker(number))).expect("new");
    }
    let batch = builder.take_batch();
    assert!((0..10).all(|it| batch.find(&worker(it)) == Some(Row::at(it))), "gone through");
    assert_eq!(batch.find("worker-10"), None);
    let mut found = Vec::new();
    batch.find_all([worker(3), worker(99)].iter().map(String::as_str), &mut Row::at(0), &mut found);
    assert_eq!(found, [Some(Row::at(3)), None]);
    let id: Text = worker(4).into();
    assert_eq!(builder.begin(&id), Err(PackError::DuplicateId { id: id.clone() }));
    builder.push(&Object::new("worker", worker(10))).expect("new");
    assert_eq!(builder.position(&id), Some(4));
    assert_eq!(builder.position(&worker(10)), Some(10));
    let (again, other) = (Object::new("worker", id), Object::new("worker", "other"));
    let mut foreign = RecordsBuilder::new(Arc::clone(batch.layout()));
    foreign.push(&again).expect("new there");
    foreign.push(&other).expect("new there");
    assert_eq!(builder.append(foreign.finish()).map(|it| it.len()), Ok(1));
    assert_eq!(builder.push(&other).ok(), None, "it came with the other batch");
    let ids: Vec<String> = builder.finish().iter().map(|it| it.id_str().to_owned()).collect();
    assert_eq!(ids, [worker(10), "other".to_owned()]);
}

#[test]
fn batches_join_whether_or_not_their_ids_are_looked_up() {
    let batches = || in_batches((0..50).map(worker), 13).into_iter().collect::<Vec<_>>();
    let of_many = |order: [usize; 5]| order.map(|at| batches().swap_remove(at));
    let cases: [(&str, Vec<Records<SourceSide>>, usize); 4] = [
        ("one after the other, of one builder", batches(), 0),
        ("without the first", batches().into_iter().skip(1).collect(), 0),
        ("of several builders, of which nothing is known", of_many([0, 1, 2, 3, 0]).into(), 13),
        ("and in another order", of_many([2, 3, 1, 1, 2]).into(), 26),
    ];
    for (case, batches, refused) in cases {
        let mut plain = RecordsBuilder::<SourceSide>::new(layout());
        let mut asked = RecordsBuilder::<SourceSide>::new(layout());
        let mut mixed = RecordsBuilder::<SourceSide>::new(layout());
        let mut expected: Vec<String> = Vec::new();
        let mut counts = [0; 3];
        for (at, batch) in batches.into_iter().enumerate() {
            let came: Vec<String> = batch.iter().map(|it| it.id_str().to_owned()).collect();
            expected.extend(came.iter().filter(|it| !expected.contains(it)).cloned().collect::<Vec<_>>());
            let copies = [&mut plain, &mut asked, &mut mixed];
            for (builder, count) in copies.into_iter().zip(&mut counts) {
                *count += builder.append(copy(&batch)).expect("the same layout").len();
            }
            let last = expected.len() - 1;
            assert_eq!(asked.position(&expected[last]), Some(last), "{case}");
            if at == 1 {
                mixed.push(&Object::new("worker", "extra")).expect("new");
                assert!(mixed.push(&Object::new("worker", came[3].as_str())).is_err(), "{case}");
            }
        }
        assert_eq!(counts, [refused; 3], "{case}");
        for (builder, extra) in [(plain, 0), (asked, 0), (mixed, 1)] {
            let records = builder.finish();
            assert_eq!(records.len(), expected.len() + extra, "{case}");
            let ids = records.iter().map(Record::id_str).filter(|it| *it != "extra");
            assert_eq!(ids.collect::<Vec<_>>(), expected, "{case}");
            for record in records.iter() {
                assert_eq!(records.find(record.id_str()), Some(record.row()), "{case}");
            }
        }
    }
}

/// Copies a batch as it is: it comes from where the other one came from.
fn copy(batch: &Records<SourceSide>) -> Records<SourceSide> {
    let mut builder = RecordsBuilder::in_batches(Arc::clone(&batch.layout));
    for record in batch.iter() {
        builder.push(&record.to_object()).expect("new");
    }
    let mut copy = builder.take_batch();
    copy.origin.clone_from(&batch.origin);
    copy
}

proptest::proptest! {
    #[test]
    fn parts_of_a_text_are_set_as_they_are_one_by_one(
        text in "[a-zé☂ ]{0,90}",
        long in 0_usize..3,
        cuts in proptest::collection::vec((0_u32..120, 0_u32..60), 8),
        before in 0_usize..2,
    ) {
        let text = text + &"long ".repeat(long * 220);
        let names: Vec<String> = (0..10).map(|it| format!("a{it}")).collect();
        let attributes = names.iter().map(|it| match it.as_str() {
            "a4" => AttributeSchema::reference("a4", ["worker"]),
            name => AttributeSchema::text(name),
        });
        let layout = Arc::new(Layout::new("worker", attributes));
        let is_part = |it: &Range<u32>| text.get(it.start as usize..it.end as usize).is_some();
        let parts = cuts.iter().map(|(start, length)| *start..start + length * if *start == 3 { 30 } else { 1 });
        let parts: Vec<Range<u32>> = parts.map(|it| if is_part(&it) { it } else { 0..0 }).collect();
        let mut builder = RecordsBuilder::<SourceSide>::new(Arc::clone(&layout));
        let mut object = Object::new("worker", "1");
        builder.begin("1").expect("new");
        if before == 1 {
            builder.set(Slot(9), ValueRef::Text("out of order")).expect("fits");
            object = object.with("a9", "out of order");
        }
        let first = |done: usize| Slot(u16::try_from(1 + done).expect("few"));
        let mut done = 0;
        while done < parts.len() {
            done += builder.set_texts(first(done), &text, &parts[done..]);
            if let Some(part) = parts.get(done) {
                if !part.is_empty() {
                    builder.set_text(first(done), &text, part.start as usize..part.end as usize).expect("fits");
                }
                done += 1;
            }
        }
        builder.commit();
        for (at, part) in parts.iter().enumerate().filter(|it| !it.1.is_empty()) {
            let value = &text[part.start as usize..part.end as usize];
            let value = if at == 3 { Value::Reference(value.into()) } else { Value::from(value) };
            object = object.with(&names[at + 1], value);
        }
        proptest::prop_assert_eq!(builder.finish().record(Row::at(0)).to_object(), object);
    }
}
