//! What does the target hold, told so that two runs can be compared?

use std::collections::{BTreeMap, BTreeSet};

use futures::executor::block_on;
use provisio::model::{Object, Text, ValueRef, Values};
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
        let names = self.names();
        let mut lines: Vec<String> = self.objects().iter().map(|object| self.line(object, &names)).collect();
        lines.sort_unstable();
        lines
    }

    /// Returns all objects of the target.
    pub fn objects(&self) -> Vec<Object> {
        let types = self.target_types();
        types.iter().flat_map(|it| self.target.objects(it)).collect()
    }

    /// Returns the ids of the linked target objects, by object type.
    pub fn linked(&self) -> BTreeSet<(Text, Text)> {
        self.names().into_keys().collect()
    }

    fn target_types(&self) -> Vec<Text> {
        let mut types: Vec<Text> = self.spec.objects.iter().map(|it| Text::new(it.target.as_str())).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    fn names(&self) -> Names {
        let mut names = Names::new();
        let Ok(state) = block_on(self.store.load(&Self::job_id())) else { return names };
        for mapping in &self.spec.objects {
            for link in state.links.of(&mapping.name).into_iter().flat_map(|it| it.iter()) {
                let key = (Text::new(mapping.target.as_str()), link.target.text().clone());
                names.insert(key, format!("{} {}", mapping.name, link.source));
            }
        }
        names
    }

    fn line(&self, object: &Object, names: &Names) -> String {
        let name = name_of(object.object_type.as_str(), &object.id, names);
        let attributes = object
            .attributes
            .iter()
            .map(|(attribute, values)| format!("{attribute}={}", self.values(values, names)));
        format!("{} {name}: {}", object.object_type, attributes.collect::<Vec<_>>().join(" "))
    }

    fn values(&self, values: &Values, names: &Names) -> String {
        let shown = values.iter().map(|it| match it {
            ValueRef::Reference(id) => {
                let types = self.target_types();
                let of_type = types.iter().find(|it| self.target.get(it, id).is_some());
                of_type.map_or_else(|| id.to_owned(), |it| name_of(it, id, names))
            }
            other => other.to_string(),
        });
        let mut shown: Vec<String> = shown.collect();
        shown.sort_unstable();
        shown.join("|")
    }
}

fn name_of(object_type: &str, id: &str, names: &Names) -> String {
    names.get(&(Text::new(object_type), Text::new(id))).cloned().unwrap_or_else(|| id.to_owned())
}
