//! What does the directory hold, and how does an entry change it?
//!
//! [`State`] is changed by [`State::install`] alone. What is installed was decided before ([`crate::decide`]) or
//! comes from a file that kept what was decided, so installing looks at nothing but whether the object is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisio_model::{
    AttrName, AttributeDelta, Attributes, Layout, Mutability, Object, ObjectType, Schema, Slot, Text,
    ValueKind, Values, ValuesChange,
};

use crate::feed::Feed;
use crate::key::{Key, TypeIndex};
use crate::reference::ReferenceIndex;
use crate::unique::UniqueIndex;

/// What is kept of one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) id: Text,
    pub(crate) attributes: Attributes,
    /// Begins at 1 and grows by 1 with every change of the object.
    pub(crate) version: u64,
    /// The sequence number of its last change.
    pub(crate) changed: u64,
}

/// One change of one object: exactly what is different afterwards.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Create {
        key: Key,
        attributes: Attributes,
    },
    /// `Add` names only values that are not there, `Remove` only values as they are kept.
    Change {
        key: Key,
        deltas: Vec<AttributeDelta>,
    },
    Delete {
        key: Key,
    },
}

/// All objects of one type.
#[derive(Debug)]
pub(crate) struct TypeState {
    pub(crate) layout: Arc<Layout>,
    pub(crate) objects: BTreeMap<Text, Arc<Stored>>,
    pub(crate) unique: Vec<UniqueIndex>,
    /// The attributes whose values are unique or refer to objects.
    indexed: Vec<AttrName>,
    /// The number in the last id that was assigned or could be mistaken for an assigned one.
    pub(crate) last_number: u64,
}

impl TypeState {
    fn new(layout: Layout) -> Self {
        let unique = layout.attributes().filter_map(|(slot, attribute)| UniqueIndex::of(slot, attribute));
        let unique: Vec<UniqueIndex> = unique.collect();
        let is_indexed = |slot, kind| {
            unique.iter().any(|it| it.slot == slot)
                || matches!(kind, ValueKind::Reference | ValueKind::Complex)
        };
        let indexed = layout.attributes().filter(|(slot, attribute)| is_indexed(*slot, attribute.kind));
        let indexed = indexed.map(|(_, attribute)| attribute.name.clone()).collect();
        Self { layout: Arc::new(layout), objects: BTreeMap::new(), unique, indexed, last_number: 0 }
    }

    pub(crate) fn object_type(&self) -> &ObjectType {
        self.layout.object_type()
    }

    /// Returns the id that the next created object gets.
    pub(crate) fn next_id(&self) -> Text {
        Text::from(format!("{}-{:06}", self.object_type(), self.last_number.saturating_add(1)))
    }

    /// Keeps assigned ids from being assigned again, also when an object came with such an id.
    fn note_id(&mut self, id: &str) {
        let number = id.strip_prefix(self.object_type().as_str()).and_then(|it| it.strip_prefix('-'));
        if let Some(number) = number.and_then(|it| it.parse::<u64>().ok()) {
            self.last_number = self.last_number.max(number);
        }
    }

    /// Returns what may be read of an object: everything but secrets and what is write-only.
    pub(crate) fn visible(&self, stored: &Stored) -> Object {
        let readable = |name: &str| self.layout.slot(name).is_some_and(|slot| self.is_readable(slot));
        let attributes = stored.attributes.iter().filter(|(name, _)| readable(name.as_str()));
        object(self.object_type(), stored, attributes.map(|(name, values)| (name.clone(), values.clone())))
    }

    pub(crate) fn is_readable(&self, slot: Slot) -> bool {
        let attribute = self.layout.attribute(slot);
        attribute.kind != ValueKind::Secret && attribute.mutability != Mutability::WriteOnly
    }

    fn holds_references(&self, slot: Slot) -> bool {
        matches!(self.layout.attribute(slot).kind, ValueKind::Reference | ValueKind::Complex)
    }
}

/// Makes an object with these attributes, and the version of what is kept.
pub(crate) fn object<'a, N: Into<AttrName> + 'a>(
    object_type: &ObjectType,
    stored: &Stored,
    attributes: impl Iterator<Item = (N, Values)>,
) -> Object {
    let mut object = Object::new(object_type.clone(), stored.id.clone());
    object.attributes = attributes.collect();
    object.version = Some(Text::from(stored.version.to_string()));
    object
}

/// Everything that the directory holds.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) types: Vec<TypeState>,
    pub(crate) references: ReferenceIndex,
    pub(crate) feed: Feed,
    /// How many entries were ever installed: the sequence number of the last one.
    pub(crate) sequence: u64,
}

impl State {
    /// Makes an empty directory. Of two types with the same name the first counts, and the same for attributes.
    pub(crate) fn new(schema: &Schema) -> Self {
        let mut types: Vec<TypeState> = Vec::new();
        for it in schema.types.iter().take(usize::from(u16::MAX)) {
            if types.iter().all(|known| *known.object_type() != it.object_type) {
                types
                    .push(TypeState::new(Layout::new(it.object_type.clone(), it.attributes.iter().cloned())));
            }
        }
        Self { types, references: ReferenceIndex::default(), feed: Feed::default(), sequence: 0 }
    }

    pub(crate) fn type_index(&self, object_type: &str) -> Option<TypeIndex> {
        let position = self.types.iter().position(|it| it.object_type().as_str() == object_type)?;
        u16::try_from(position).ok().map(TypeIndex)
    }

    pub(crate) fn type_state(&self, object_type: TypeIndex) -> &TypeState {
        &self.types[usize::from(object_type.0)]
    }

    pub(crate) fn indexed_types(&self) -> impl Iterator<Item = (TypeIndex, &TypeState)> {
        (0_u16..).map(TypeIndex).zip(&self.types)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.type_state(key.object_type).objects.get(key.id.as_str())
    }

    /// Makes an entry true, as the next in the sequence.
    ///
    /// # Errors
    /// When the object is there that must not be, or is not there that must: says which. Nothing has changed
    /// then. Entries that were decided on this state never fail.
    pub(crate) fn install(&mut self, entry: &Entry) -> Result<(), String> {
        let changed = self.sequence + 1;
        match entry {
            Entry::Create { key, attributes } => {
                let stored =
                    Stored { id: key.id.clone(), attributes: attributes.clone(), version: 1, changed };
                self.put(key, stored)?;
            }
            Entry::Change { key, deltas } => self.change(key, deltas, changed)?,
            Entry::Delete { key } => {
                let stored = self.types[usize::from(key.object_type.0)].objects.remove(key.id.as_str());
                let stored = stored.ok_or_else(|| format!("`{}` is not there", key.id))?;
                for name in self.type_state(key.object_type).indexed.clone() {
                    if let Some(values) = stored.attributes.get(name.as_str()) {
                        self.unindex(key, name.as_str(), values);
                    }
                }
                self.feed.deleted(key, stored.changed, changed);
            }
        }
        self.sequence = changed;
        Ok(())
    }

    /// Takes an object in as it is, with its version and sequence number.
    ///
    /// # Errors
    /// When an object with its id is there.
    pub(crate) fn put(&mut self, key: &Key, stored: Stored) -> Result<(), String> {
        if self.get(key).is_some() {
            return Err(format!("`{}` is there already", key.id));
        }
        for name in self.type_state(key.object_type).indexed.clone() {
            if let Some(values) = stored.attributes.get(name.as_str()) {
                self.index(key, name.as_str(), values);
            }
        }
        self.feed.changed(key, None, stored.changed);
        let type_state = &mut self.types[usize::from(key.object_type.0)];
        type_state.note_id(&key.id);
        type_state.objects.insert(key.id.clone(), Arc::new(stored));
        Ok(())
    }

    fn change(&mut self, key: &Key, deltas: &[AttributeDelta], changed: u64) -> Result<(), String> {
        let objects = &mut self.types[usize::from(key.object_type.0)].objects;
        let Some(mut stored) = objects.remove(key.id.as_str()) else {
            return Err(format!("`{}` is not there", key.id));
        };
        // A reader that still holds the old object keeps it; nobody else pays for a copy.
        let object = Arc::make_mut(&mut stored);
        for delta in deltas {
            let name = delta.attribute.as_str();
            match &delta.change {
                ValuesChange::Add(values) => self.index(key, name, values),
                ValuesChange::Remove(values) => self.unindex(key, name, values),
                ValuesChange::Set(_) | ValuesChange::Clear => {
                    if let Some(values) = object.attributes.get(name) {
                        self.unindex(key, name, values);
                    }
                    if let ValuesChange::Set(values) = &delta.change {
                        self.index(key, name, values);
                    }
                }
            }
            delta.apply(&mut object.attributes);
        }
        self.feed.changed(key, Some(object.changed), changed);
        object.version += 1;
        object.changed = changed;
        self.types[usize::from(key.object_type.0)].objects.insert(key.id.clone(), stored);
        Ok(())
    }

    fn index(&mut self, key: &Key, name: &str, values: &Values) {
        let type_state = &mut self.types[usize::from(key.object_type.0)];
        let Some(slot) = type_state.layout.slot(name) else { return };
        if let Some(unique) = type_state.unique.iter_mut().find(|it| it.slot == slot) {
            unique.add(values, &key.id);
        }
        if type_state.holds_references(slot) {
            self.references.add(values, key);
        }
    }

    fn unindex(&mut self, key: &Key, name: &str, values: &Values) {
        let type_state = &mut self.types[usize::from(key.object_type.0)];
        let Some(slot) = type_state.layout.slot(name) else { return };
        if let Some(unique) = type_state.unique.iter_mut().find(|it| it.slot == slot) {
            unique.remove(values, &key.id);
        }
        if type_state.holds_references(slot) {
            self.references.remove(values, key);
        }
    }
}
