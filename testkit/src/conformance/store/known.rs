//! What is known of single objects, and the questions about it.

use std::fmt::Write as _;

use proptest::prelude::*;
use provisio::incremental::{Footprint, MatchKey, Scoped, SourceKey, TargetKey};
use provisio::model::{AttrName, ObjectType, SourceId, TargetId, Text};
use provisio::plan::MappingId;
use provisio::store::{
    JobId, KnownSource, KnownTarget, KnownValue, Recall, Recalled, StateChange, StateStore, StoreError,
};
use provisio::{Fingerprint, Generation};

use super::sample::{IDS, NAMES, load, put};
use super::{Checked, StorePlace, ensure_eq};

// Stores may keep names of attributes in lower case.
const ATTRIBUTES: [&str; 2] = ["mail", "username"];

fn source_key(object_type: &str, id: &str) -> SourceKey {
    SourceKey { object_type: ObjectType::new(object_type), id: SourceId::new(id) }
}

fn target_key(object_type: &str, id: &str) -> TargetKey {
    TargetKey { object_type: ObjectType::new(object_type), id: TargetId::new(id) }
}

fn match_key(mapping: u16, precedence: u16, key: &str) -> MatchKey {
    MatchKey { mapping: MappingId(mapping), precedence, key: Text::new(key) }
}

fn value(attribute: &str, key: &str) -> KnownValue {
    KnownValue { attribute: AttrName::new(attribute), key: Text::new(key) }
}

fn known_source<'a>(
    number: usize,
    refers_to: impl IntoIterator<Item = &'a str>,
    matching: impl IntoIterator<Item = MatchKey>,
) -> KnownSource {
    let mut footprint = Footprint::default();
    footprint.scoped = [Scoped::In, Scoped::Out, Scoped::Unclear][..number % 4].to_vec();
    footprint.refers_to = refers_to.into_iter().map(SourceId::new).collect();
    footprint.refers_to.sort_unstable();
    footprint.refers_to.dedup();
    footprint.matching = matching.into_iter().collect();
    footprint.matching.sort_unstable();
    footprint.matching.dedup();
    KnownSource { digest: Fingerprint::of(number.to_string()), footprint }
}

fn known_target(number: usize, values: impl IntoIterator<Item = KnownValue>) -> KnownTarget {
    let body = vec![number as u8; number];
    let mut values: Vec<KnownValue> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    KnownTarget { digest: Fingerprint::of(&body), body, values }
}

/// What is known of objects appears, changes and goes, and with it what leads to them.
pub(super) async fn what_is_known_of_objects_comes_and_goes(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let job = JobId::new("job");
    let ann = known_source(1, ["boss", "team"], [match_key(0, 0, "1001"), match_key(0, 1, "ann@x.example")]);
    let bob = known_source(2, ["boss"], [match_key(0, 0, "1002")]);
    let ann_there = known_target(3, [value("mail", "ann@x.example"), value("userName", "ann")]);
    let change = StateChange {
        sources: vec![
            (source_key("worker", "ann"), Some(ann.clone())),
            (source_key("worker", "bob"), Some(bob.clone())),
        ],
        targets: vec![(target_key("user", "1"), Some(ann_there.clone()))],
        links: vec![put("users", "ann", "1")],
        ..StateChange::default()
    };
    store.commit(&job, Generation(0), change).await?;
    ensure_eq!(store.head(&job).await?.sources, 2);
    let asked = [
        Recall::Referrers(SourceId::new("boss")),
        Recall::Referrers(SourceId::new("team")),
        Recall::Referrers(SourceId::new("bos")),
        Recall::Alike(match_key(0, 0, "1002")),
        Recall::Alike(match_key(0, 1, "1002")),
        Recall::Alike(match_key(0, 0, "100")),
        Recall::Target(target_key("user", "1")),
        Recall::Target(target_key("group", "1")),
        Recall::TargetsWith { object_type: ObjectType::new("user"), value: value("USERNAME", "ann") },
        Recall::TargetsWith { object_type: ObjectType::new("user"), value: value("mail", "ann") },
    ];
    let both = vec![source_key("worker", "ann"), source_key("worker", "bob")];
    let user = vec![(target_key("user", "1"), ann_there.clone())];
    let expected = vec![
        Recalled::Sources(both),
        Recalled::Sources(vec![source_key("worker", "ann")]),
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![source_key("worker", "bob")]),
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![]),
        Recalled::Targets(user.clone()),
        Recalled::Targets(vec![]),
        Recalled::Targets(user),
        Recalled::Targets(vec![]),
    ];
    ensure_eq!(store.recall(&job, &asked).await?, expected);
    // One changes what it refers to, one goes.
    let ann = known_source(3, ["team"], []);
    let change = StateChange {
        sources: vec![
            (source_key("worker", "ann"), Some(ann.clone())),
            (source_key("worker", "bob"), None),
            (source_key("worker", "never seen"), None),
        ],
        targets: vec![(target_key("user", "1"), Some(known_target(4, [])))],
        ..StateChange::default()
    };
    store.commit(&job, Generation(1), change).await?;
    ensure_eq!(store.head(&job).await?.sources, 1);
    let expected = vec![
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![source_key("worker", "ann")]),
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![]),
        Recalled::Sources(vec![]),
        Recalled::Targets(vec![(target_key("user", "1"), known_target(4, []))]),
        Recalled::Targets(vec![]),
        Recalled::Targets(vec![]),
        Recalled::Targets(vec![]),
    ];
    ensure_eq!(store.recall(&job, &asked).await?, expected);
    ensure_eq!(store.known_sources(&job).await?, vec![(source_key("worker", "ann"), ann.digest)]);
    Ok(())
}

/// The runtime's own records are kept as they are, by name.
pub(super) async fn records_are_kept_as_they_are(place: &dyn StorePlace) -> Checked {
    let store = &*place.open().await?;
    let job = JobId::new("job");
    let all_bytes: Vec<u8> = (0..=255).collect();
    let record = |name: &str, value: Option<&[u8]>| (Text::new(name), value.map(<[u8]>::to_vec));
    let change = |records| StateChange { records, ..StateChange::default() };
    let first = vec![record("b", Some(&all_bytes)), record("", Some(b"")), record("a", Some(b"1"))];
    store.commit(&job, Generation(0), change(first)).await?;
    let kept = |name: &str, value: &[u8]| (Text::new(name), value.to_vec());
    let expected = vec![kept("", b""), kept("a", b"1"), kept("b", &all_bytes)];
    ensure_eq!(store.head(&job).await?.records, expected);
    ensure_eq!(load(store, "job").await?.records, expected);
    let second = vec![record("a", None), record("b", Some(b"2")), record("never", None)];
    store.commit(&job, Generation(1), change(second)).await?;
    ensure_eq!(store.head(&job).await?.records, vec![kept("", b""), kept("b", b"2")]);
    Ok(())
}

/// Writes down what every question about the names and ids of the sample is answered, a line each; questions with an
/// empty answer are left out.
pub(super) async fn answers_of(store: &dyn StateStore, job: &str) -> Result<String, StoreError> {
    let job = JobId::new(job);
    let mappings: Vec<Text> = NAMES.iter().map(Text::new).collect();
    let mut asked = Vec::new();
    for id in IDS {
        asked.push(Recall::Referrers(SourceId::new(id)));
        asked.push(Recall::LinksTo { target: TargetId::new(id), mappings: mappings.clone() });
        asked.extend(
            (0..2)
                .flat_map(|it| [(it, 0), (it, 1)])
                .map(|(mapping, precedence)| Recall::Alike(match_key(mapping, precedence, id))),
        );
        for name in NAMES {
            asked.push(Recall::Source { key: source_key(name, id), mappings: mappings.clone() });
            asked.push(Recall::Target(target_key(name, id)));
            asked.extend(
                ATTRIBUTES.map(|it| Recall::TargetsWith {
                    object_type: ObjectType::new(name),
                    value: value(it, id),
                }),
            );
        }
    }
    let answers = store.recall(&job, &asked).await?;
    let mut text = String::new();
    if answers.len() != asked.len() {
        let _ = writeln!(text, "{} questions, {} answers", asked.len(), answers.len());
    }
    for (question, answer) in asked.iter().zip(answers) {
        let is_empty = match &answer {
            Recalled::Source { known, links, notes } => {
                known.is_none() && links.is_empty() && notes.is_empty()
            }
            Recalled::Sources(all) => all.is_empty(),
            Recalled::Links(all) => all.is_empty(),
            Recalled::Targets(all) => all.is_empty(),
        };
        if !is_empty {
            let _ = writeln!(text, "{question:?} {answer:?}");
        }
    }
    let head = store.head(&job).await?;
    let _ = writeln!(text, "{head:?}");
    let _ = writeln!(text, "{:?}", store.known_sources(&job).await?);
    let _ = writeln!(text, "{:?}", store.known_targets(&job).await?);
    Ok(text)
}

type Sources = Vec<(SourceKey, Option<KnownSource>)>;
type Targets = Vec<(TargetKey, Option<KnownTarget>)>;
type Records = Vec<(Text, Option<Vec<u8>>)>;

/// Changes of what is known.
pub(super) fn changes() -> impl Strategy<Value = (Sources, Targets, Records)> {
    let name = || prop::sample::select(&NAMES[..]);
    let id = || prop::sample::select(&IDS[..]);
    let matching =
        (0..2u16, 0..2u16, id()).prop_map(|(mapping, precedence, id)| match_key(mapping, precedence, id));
    let known = (0..6usize, prop::collection::vec(id(), 0..3), prop::collection::vec(matching, 0..3))
        .prop_map(|(number, refers_to, matching)| known_source(number, refers_to, matching));
    let source = (name(), id(), prop::option::weighted(0.7, known))
        .prop_map(|(name, id, known)| (source_key(name, id), known));
    let values = (prop::sample::select(&ATTRIBUTES[..]), id()).prop_map(|(name, id)| value(name, id));
    let known = (0..6usize, prop::collection::vec(values, 0..3))
        .prop_map(|(number, values)| known_target(number, values));
    let target = (name(), id(), prop::option::weighted(0.7, known))
        .prop_map(|(name, id, known)| (target_key(name, id), known));
    let record = (name(), prop::option::weighted(0.7, any::<Vec<u8>>()))
        .prop_map(|(name, value)| (Text::new(name), value));
    (
        prop::collection::vec(source, 0..4),
        prop::collection::vec(target, 0..3),
        prop::collection::vec(record, 0..2),
    )
}
