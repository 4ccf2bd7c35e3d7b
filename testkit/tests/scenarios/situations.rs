//! Every situation occurs in a scenario, and whatever tells of an object tells the same.

use std::collections::BTreeSet;

use provisio::model::Text;
use provisio::planner::{Situation, explain};
use provisio::{Planned, model::ObjectType};
use provisio_testkit::scenario::read_scenarios;
use provisio_testkit::world::World;

#[test]
fn scenarios_show_every_situation() {
    let scenarios = read_scenarios(super::FOLDER).expect("scenarios can be read");
    let mut shown = BTreeSet::new();
    for scenario in &scenarios {
        let Ok(world) = &scenario.world else { continue };
        let Ok(planning) = world.plan() else { continue };
        let told = situations(world, &planning.planned);
        for operation in &planning.planned.plan.operations {
            let object = (usize::from(operation.mapping.0), operation.source.text().clone());
            let story = told.iter().find(|it| it.0.as_ref() == Some(&object)).map(|it| it.1);
            assert_eq!(story, Some(operation.situation), "{}: {object:?}", scenario.name);
        }
        for skipped in &planning.planned.plan.skipped {
            let object = (usize::from(skipped.mapping.0), skipped.source.text().clone());
            let story = told.iter().find(|it| it.0.as_ref() == Some(&object)).map(|it| it.1);
            assert_eq!(story, Some(skipped.situation), "{}: {object:?}", scenario.name);
        }
        shown.extend(told.into_iter().map(|it| it.1));
    }
    let missing: Vec<Situation> = Situation::ALL.into_iter().filter(|it| !shown.contains(it)).collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
}

/// The situation of everything that a world knows: of source objects by object mapping and id, of others without.
#[expect(clippy::expect_used, reason = "a test")]
fn situations(world: &World, planned: &Planned) -> Vec<(Option<(usize, Text)>, Situation)> {
    let (spec, _) = world.compile().expect("it was planned");
    let of_source = world.source.objects.iter().map(|it| it.id.clone());
    let of_links = world.links.iter().map(|(_, link)| link.source.text().clone());
    let of_target = world.target.objects.iter().map(|it| it.id.clone());
    let ids: BTreeSet<Text> = of_source.chain(of_links).chain(of_target).collect();
    let told = world.with_input(&spec, |input| {
        let mut told = Vec::new();
        for id in &ids {
            let explanation = explain(input, planned, id);
            for story in &explanation.stories {
                let object = (usize::from(story.mapping.0), story.source.text().clone());
                told.push((Some(object), story.situation));
            }
            let is_of_type =
                |it: &ObjectType| spec.target_layouts().iter().any(|layout| layout.object_type() == it);
            assert!(explanation.unmanaged.iter().all(|it| is_of_type(&it.object_type)));
            told.extend(explanation.unmanaged.iter().map(|_| (None, Situation::Unmanaged)));
        }
        told
    });
    told.expect("it was planned")
}
