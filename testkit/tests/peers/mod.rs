//! What went wrong elsewhere goes wrong with the naive engine, and not with ours.

use provisio_testkit::peers::{Engine, stories};

#[test]
fn ours_survives_every_story() {
    let broken: Vec<String> = stories()
        .iter()
        .filter_map(|it| Some(format!("{} {}: {}", it.number, it.name, it.play(Engine::Ours).err()?)))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

/// A story that the control survives shows nothing. It must go wrong as reported, and not before it begins.
#[test]
fn the_naive_engine_survives_none() {
    for story in stories() {
        match story.play(Engine::Naive) {
            Ok(()) => panic!("{} {} goes well with the naive engine", story.number, story.name),
            Err(broken) => assert!(
                !broken.0.contains("the story"),
                "{} {} goes wrong for another reason: {broken}",
                story.number,
                story.name
            ),
        }
    }
}

#[test]
fn the_table_lists_every_story() {
    let source = include_str!("../../src/peers.rs");
    for story in stories() {
        assert!(source.contains(&format!("//! | {} |", story.number)), "{} is not listed", story.number);
    }
    assert_eq!(stories().len(), 27);
}

/// How it goes wrong is what was reported.
#[test]
fn the_naive_engine_fails_as_reported() {
    let told = |it: &provisio_testkit::peers::Story| {
        let how = it.play(Engine::Naive).err().map(|it| it.0).unwrap_or_default();
        format!("{} {}: {how}\n", it.number, it.name)
    };
    let told: String = stories().iter().map(told).collect();
    provisio_testkit::insta::assert_snapshot!(told, @r#"
    1 a list that is not complete: whoever was not read lost the account
    2 an empty answer: an empty answer deleted everybody
    3 an empty answer that broke off: an empty answer deleted everybody
    4 somebody who could not be read: who could not be read once lost the account
    5 groups of the vendor: what was nobody's was deleted
    6 a renamed group: the group with the rights is gone
    8 most are gone: three in four were deleted in one run
    22 an emptied group: everybody lost the account because one group was emptied
    24 the last member leaves: who left is a member still
    26 a removal that is ignored: it is told that all is done, and somebody is a member still
    27 a large group that is shown in part: who was not shown was taken out
    28 a stale read: who joined in the meantime was taken out
    31 a member whom nobody knows: one member whom nobody knows emptied the group
    41 a rename: the vault is gone
    42 a renamed unit: everybody has a new account, and what was in the old one is gone
    43 swapped names: somebody else has the account with the vault
    45 one collision: one name that is taken kept others out
    47 an account that was there: an account that was there kept others out
    58 a value that is never read back: 3 writes in a run in which nothing changed
    66 throttled after the deed: one answer that was lost kept others out
    72 all bad records at once: 1 of three bad records were told in one run
    81 a dry run names who goes: the dry run does not name who would be deleted
    83 a dry run before the first run: the dry run fails: no such user: -> w1
    84 a dry run finds bad values: the dry run does not say that the title is too long
    100 missing pages: who was on the missing pages lost the account
    102 a cut group: members beyond the first answer were lost
    121 one request for each: 62 reads for 60 people of whom nothing changed
    "#);
}
