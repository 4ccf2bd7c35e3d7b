//! Laws of the generator, and statistics that show that the hard cases occur.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

const SEEDS: [u64; 4] = [1, 2, 3, 100];

fn organisations() -> impl Iterator<Item = Organisation> {
    SEEDS
        .into_iter()
        .map(|seed| Organisation::generate(&Settings { seed, workers: 1200, ..Settings::default() }))
}

fn exports(organisation: &Organisation) -> [String; 2] {
    let (mut workers, mut groups) = (Vec::new(), Vec::new());
    organisation.write_workers_csv(&mut workers).unwrap();
    organisation.write_groups_csv(&mut groups).unwrap();
    [workers, groups].map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn quickstart_files_are_what_the_generator_writes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart");
    let organisation = Organisation::generate(&Settings::quickstart());
    for (name, text) in ["workers.csv", "groups.csv"].into_iter().zip(exports(&organisation)) {
        let committed = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(
            committed == text,
            "examples/quickstart/{name} is not current: run \
             `cargo run -p provisio-testkit --example quickstart_data -- examples/quickstart`"
        );
    }
}

#[test]
fn same_seed_same_organisation() {
    for organisation in organisations().zip(organisations()) {
        assert_eq!(organisation.0, organisation.1);
    }
    let [first, second] =
        [1, 2].map(|seed| Organisation::generate(&Settings { seed, ..Settings::default() }));
    assert_ne!(first, second);
}

#[test]
fn any_size_is_generated() {
    for workers in [0, 1, 2, 3, 5, 12, 13, 40, 100, 3000] {
        let organisation = Organisation::generate(&Settings { workers, ..Settings::default() });
        assert_eq!(organisation.people.len(), workers as usize);
        assert_references_resolve(&organisation);
    }
}

#[test]
fn ids_names_and_references_are_sound() {
    for organisation in organisations() {
        assert_references_resolve(&organisation);
        let names: BTreeSet<_> = organisation.groups.iter().map(|group| &group.name).collect();
        assert_eq!(names.len(), organisation.groups.len(), "two groups share a name");
        for person in &organisation.people {
            assert!(!person.first_name.is_empty() || !person.last_name.is_empty(), "{}", person.id);
            assert!(person.manager != Some(person.id), "{} reports to themselves", person.id);
            assert!(person.termination_date.is_none_or(|left| left > person.hire_date), "{}", person.id);
        }
    }
}

fn assert_references_resolve(organisation: &Organisation) {
    let workers: BTreeSet<_> = organisation.people.iter().map(|person| person.id).collect();
    let groups: BTreeMap<_, _> = organisation.groups.iter().map(|group| (group.id, group)).collect();
    assert_eq!(workers.len(), organisation.people.len());
    assert_eq!(groups.len(), organisation.groups.len());
    assert!(organisation.people.iter().filter_map(|person| person.manager).all(|id| workers.contains(&id)));
    for group in &organisation.groups {
        let distinct: BTreeSet<_> = group.members.iter().collect();
        assert_eq!(distinct.len(), group.members.len(), "{} has a member twice", group.id);
        for member in &group.members {
            match member {
                Member::Worker(worker) => assert!(workers.contains(worker)),
                Member::Group(nested) => assert_eq!(groups[nested].parent, Some(group.id)),
            }
        }
    }
}

#[test]
fn one_cycle_of_two_and_otherwise_a_tree() {
    for organisation in organisations() {
        let manager: BTreeMap<_, _> =
            organisation.people.iter().map(|person| (person.id, person.manager)).collect();
        let mut in_cycles = BTreeSet::new();
        for worker in manager.keys() {
            let mut above = manager[worker];
            for _ in 0..manager.len() {
                if above == Some(*worker) {
                    in_cycles.insert(*worker);
                    break;
                }
                let Some(next) = above else { break };
                above = manager[&next];
            }
        }
        assert_eq!(in_cycles.len(), 2, "{in_cycles:?}");
        assert_eq!(manager.values().filter(|manager| manager.is_none()).count(), 1, "one chief");
    }
}

#[test]
fn hard_cases_occur_at_1200_workers() {
    for (seed, organisation) in SEEDS.into_iter().zip(organisations()) {
        for (case, count, enough) in count_cases(&organisation) {
            assert!(enough.contains(&count), "seed {seed}: {case}: {count} is not in {enough:?}");
        }
    }
}

/// Counts the hard cases: name, how many there are, how many there should be.
fn count_cases(organisation: &Organisation) -> Vec<(&'static str, usize, std::ops::Range<usize>)> {
    let many = 1200;
    let people = &organisation.people;
    let count = |holds: &dyn Fn(&Person) -> bool| people.iter().filter(|person| holds(person)).count();
    let named = |holds: &dyn Fn(&str) -> bool| count(&|p| holds(&p.first_name) || holds(&p.last_name));
    let letters = |person: &Person| person.first_name.chars().chain(person.last_name.chars()).count();
    let own_script = |letter: char| letter.is_alphabetic() && !is_latin(letter);
    let particles =
        ["van ", "von ", "vom ", "zur ", "de ", "de la ", "da ", "dos ", "al-", "el-", "bin ", "op "];

    let mut by_name: BTreeMap<_, usize> = BTreeMap::new();
    for person in people {
        *by_name.entry((&person.first_name, &person.last_name)).or_default() += 1;
    }
    let managers: BTreeSet<_> = people.iter().filter_map(|person| person.manager).collect();
    let leads = |person: &Person| managers.contains(&person.id);
    let is_contractor = |person: &Person| person.employee_type == EmployeeType::Contractor;
    let left: BTreeSet<_> = people.iter().filter(|p| p.termination_date.is_some()).map(|p| p.id).collect();
    let teams = organisation.groups.iter().filter(|group| group.kind == GroupKind::Team);
    let sizes: Vec<_> = teams.clone().map(|team| team.members.len()).collect();
    let stale = teams
        .flat_map(|team| &team.members)
        .filter(|member| matches!(member, Member::Worker(worker) if left.contains(worker)));
    let nested =
        organisation.groups.iter().filter(|g| g.members.iter().any(|m| matches!(m, Member::Group(_))));
    let size = |extreme: Option<&usize>| extreme.copied().unwrap_or_default();
    let countries: BTreeSet<_> = people.iter().map(|person| &person.country_code).collect();

    vec![
        ("name with letters beyond ASCII", named(&|name| !name.is_ascii()), 300..many),
        ("apostrophe '", named(&|name| name.contains('\'')), 10..many),
        ("apostrophe ’", named(&|name| name.contains('’')), 4..many),
        ("particle", count(&|p| particles.iter().any(|it| p.last_name.starts_with(it))), 20..many),
        ("hyphenated given name", count(&|p| p.first_name.contains('-')), 8..many),
        ("hyphenated family name", count(&|p| p.last_name.contains('-')), 20..many),
        ("family name with a space", count(&|p| p.last_name.contains(' ')), 60..many),
        ("no family name", count(&|p| p.last_name.is_empty()), 6..many),
        ("no given name", count(&|p| p.first_name.is_empty()), 1..many),
        ("one-letter family name", count(&|p| p.last_name.len() == 1), 1..many),
        ("own script", named(&|name| name.contains(own_script)), 10..60),
        ("dotless or dotted i", named(&|name| name.contains(['ı', 'İ'])), 10..many),
        (
            "combining marks",
            named(&|name| name.contains(['\u{300}', '\u{301}', '\u{302}', '\u{308}'])),
            1..many,
        ),
        ("name over 64 letters", count(&|p| letters(p) > 64), 2..many),
        ("preferred name", count(&|p| p.preferred_name.is_some()), 60..300),
        ("shared name", by_name.values().filter(|count| **count > 1).count(), 5..40),
        ("leaver", left.len(), 25..60),
        ("contractor", count(&is_contractor), 40..80),
        ("contractor who manages", count(&|p| is_contractor(p) && leads(p)), 1..8),
        ("leaver who manages", count(&|p| left.contains(&p.id) && leads(p)), 1..8),
        ("leaver in a team", stale.count(), 3..many),
        ("group with groups", nested.count(), 13..14),
        ("team", sizes.len(), 55..70),
        ("smallest team", size(sizes.iter().min()), 2..15),
        ("largest team", size(sizes.iter().max()), 25..60),
        ("title with a comma", count(&|p| p.title.contains(',')), 40..many),
        ("title with quotes", count(&|p| p.title.contains('"')), 1..many),
        ("company with a comma", count(&|p| p.company.contains(',')), 40..many),
        ("no desk", count(&|p| p.location_id.is_none()), 40..200),
        ("country", countries.len(), 25..26),
    ]
}

fn is_latin(letter: char) -> bool {
    letter <= '\u{24f}' || ('\u{1e00}'..='\u{1eff}').contains(&letter)
}

#[test]
fn exports_begin_with_a_header_and_end_with_the_trailer() {
    let organisation = Organisation::generate(&Settings { workers: 3, seed: 5, ..Settings::default() });
    let [workers, groups] = exports(&organisation);
    assert_eq!(workers.lines().next(), Some(WORKER_COLUMNS.join(",").as_str()));
    assert_eq!(groups.lines().next(), Some(GROUP_COLUMNS.join(",").as_str()));
    assert_eq!(workers.lines().count(), 5);
    assert!(workers.ends_with("\n# end of export\n") && groups.ends_with("\n# end of export\n"));
}
