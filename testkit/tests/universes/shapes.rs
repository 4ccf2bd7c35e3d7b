//! Hard shapes of a world, told from what it holds and not from what is planned.

use std::collections::BTreeMap;

use provisio::model::{Object, Value};
use provisio_testkit::world::World;

/// The shapes that a world has.
pub(crate) fn shapes(world: &World) -> Vec<&'static str> {
    let mut shapes = Vec::new();
    let mut note = |shape, occurs: bool| {
        if occurs {
            shapes.push(shape);
        }
    };
    let managers = references(world, "worker", "manager");
    note("circle of managers", longest_circle(&managers) > 1);
    note("own manager", managers.iter().any(|(who, of)| of.contains(who)));
    let members = references(world, "team", "members");
    note("nested group", members.values().flatten().any(|it| it.starts_with('t')));
    note("circle of groups", longest_circle(&members) > 1);
    let names = held_by_another(world);
    note("user names swapped", longest_circle(&names) == 2);
    note("user names rotated", longest_circle(&names) > 2);
    note("user name wanted by somebody else", !names.is_empty());
    shapes
}

/// Who refers to whom, in the source.
fn references(world: &World, object_type: &str, attribute: &str) -> BTreeMap<String, Vec<String>> {
    let of_type = world.source.objects.iter().filter(|it| it.object_type.as_str() == object_type);
    let edges = of_type.map(|object| {
        let values = object.attributes.get(attribute).into_iter().flat_map(|it| it.as_slice());
        let ids = values.filter_map(|it| match it {
            Value::Reference(id) => Some(id.to_string()),
            _ => None,
        });
        (object.id.to_string(), ids.collect())
    });
    edges.collect()
}

/// Of linked accounts: whose user name is held by which other linked account.
fn held_by_another(world: &World) -> BTreeMap<String, Vec<String>> {
    let linked: Vec<(&Object, &Object)> = world
        .links
        .iter()
        .filter_map(|(_, link)| {
            let worker = world.source.object("worker", link.source.as_str())?;
            Some((worker, world.target.object("user", link.target.as_str())?))
        })
        .collect();
    let text = |object: &Object, name: &str| {
        let value = object.attributes.get(name).and_then(|it| it.single());
        value.and_then(Value::as_text).map(str::to_lowercase)
    };
    let mut edges = BTreeMap::new();
    for (worker, user) in &linked {
        let wanted = text(worker, "mail");
        let holds =
            |(_, other): &&(&Object, &Object)| other.id != user.id && text(other, "userName") == wanted;
        if let Some((_, holder)) = linked.iter().find(holds).filter(|_| wanted.is_some()) {
            edges.insert(user.id.to_string(), vec![holder.id.to_string()]);
        }
    }
    edges
}

/// The number of nodes on the longest of the shortest ways from a node back to itself; 0 if there is none.
fn longest_circle(edges: &BTreeMap<String, Vec<String>>) -> usize {
    edges.keys().filter_map(|node| way_back(edges, node)).max().unwrap_or(0)
}

fn way_back(edges: &BTreeMap<String, Vec<String>>, node: &String) -> Option<usize> {
    let mut reached: Vec<&String> = vec![node];
    for steps in 1..=edges.len() {
        reached = reached.into_iter().flat_map(|it| edges.get(it).into_iter().flatten()).collect();
        reached.sort_unstable();
        reached.dedup();
        if reached.contains(&node) {
            return Some(steps);
        }
    }
    None
}
