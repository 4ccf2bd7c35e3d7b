//! What does the target hold, told so that two runs can be compared?

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use provisio::MappingSpec;
use provisio::model::{Attributes, Link, Object, Text, ValueRef, Values};
use provisio::store::StateStore as _;

use super::Rig;

/// The names of linked target objects: `worker -> user 17`, by object type and id.
type Names = BTreeMap<(Text, Text), String>;

impl Rig {
    /// Returns everything that the target holds, one object a line, sorted.
    ///
    /// A linked object is called by its link, not by its id, and so is one that is referred to: ids depend on the
    /// order in which objects were created, which an interruption changes.
    pub fn directory(&self) -> Vec<String> {
        lines(&self.spec, &self.objects(), &self.links())
    }

    /// Returns all objects of the target.
    pub fn objects(&self) -> Vec<Object> {
        let mut types: Vec<&str> = self.spec.objects.iter().map(|it| it.target.as_str()).collect();
        types.sort_unstable();
        types.dedup();
        types.into_iter().flat_map(|it| self.target.objects(it)).collect()
    }

    /// Returns the links, each with the name of its object mapping, sorted.
    pub fn links(&self) -> Vec<(Text, Link)> {
        let Ok(state) = block_on(self.store.load(&Self::job_id())) else { return Vec::new() };
        let mut links: Vec<(Text, Link)> = Vec::new();
        for mapping in &self.spec.objects {
            let of_mapping = state.links.of(&mapping.name).into_iter().flat_map(|it| it.iter());
            links.extend(of_mapping.map(|it| (mapping.name.clone(), it.clone())));
        }
        links.sort_by(|(left_name, left), (right_name, right)| {
            (left_name, &left.source).cmp(&(right_name, &right.source))
        });
        links
    }

    /// Returns the ids of the linked target objects, by object type.
    pub fn linked(&self) -> BTreeSet<(Text, Text)> {
        names(&self.spec, &self.links()).into_keys().collect()
    }
}

/// Shows objects, one a line, sorted; those that are linked are called by their links.
pub(crate) fn lines(spec: &MappingSpec, objects: &[Object], links: &[(Text, Link)]) -> Vec<String> {
    let shown = Shown { objects, names: names(spec, links) };
    let mut lines: Vec<String> = objects.iter().map(|it| shown.line(it)).collect();
    lines.sort_unstable();
    lines
}

fn names(spec: &MappingSpec, links: &[(Text, Link)]) -> Names {
    let named = links.iter().filter_map(|(name, link)| {
        let mapping = spec.objects.iter().find(|it| it.name == *name)?;
        let key = (Text::new(mapping.target.as_str()), link.target.text().clone());
        Some((key, format!("{name} {}", link.source)))
    });
    named.collect()
}

/// Objects, and what they are called.
struct Shown<'o> {
    objects: &'o [Object],
    names: Names,
}

impl Shown<'_> {
    fn line(&self, object: &Object) -> String {
        format!("{} {}: {}", object.object_type, self.name_of(object), self.attributes(&object.attributes))
    }

    fn attributes(&self, attributes: &Attributes) -> String {
        let shown = attributes.iter().map(|(name, values)| format!("{name}={}", self.values(values)));
        shown.collect::<Vec<_>>().join(" ")
    }

    fn values(&self, values: &Values) -> String {
        let shown = values.iter().map(|it| match it {
            ValueRef::Reference(id) => {
                let object = self.objects.iter().find(|it| *it.id == *id);
                object.map_or_else(|| id.to_owned(), |it| self.name_of(it))
            }
            ValueRef::Complex(parts) => format!("{{{}}}", self.attributes(parts)),
            other => other.to_string(),
        });
        let mut shown: Vec<String> = shown.collect();
        shown.sort_unstable();
        shown.join("|")
    }

    fn name_of(&self, object: &Object) -> String {
        let key = (Text::new(object.object_type.as_str()), object.id.clone());
        self.names.get(&key).cloned().unwrap_or_else(|| object.id.to_string())
    }
}
