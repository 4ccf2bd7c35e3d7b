//! What a system can hold: object types, their attributes, and what each attribute allows.

use serde::{Deserialize, Serialize};

use crate::{AttrName, AttrPath, ObjectType, ValueKind};

/// Everything that a system says about the objects it holds.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Schema {
    /// The object types, each once.
    pub types: Vec<ObjectSchema>,
}

impl Schema {
    /// Makes a schema of these types.
    pub fn new(types: impl IntoIterator<Item = ObjectSchema>) -> Self {
        Self { types: types.into_iter().collect() }
    }

    /// Finds the schema of an object type.
    pub fn of(&self, object_type: &ObjectType) -> Option<&ObjectSchema> {
        self.types.iter().find(|it| it.object_type == *object_type)
    }
}

/// The attributes of one object type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ObjectSchema {
    /// Which type.
    pub object_type: ObjectType,
    /// Its attributes, each name once.
    pub attributes: Vec<AttributeSchema>,
}

impl ObjectSchema {
    /// Makes the schema of a type.
    pub fn new(
        object_type: impl Into<ObjectType>,
        attributes: impl IntoIterator<Item = AttributeSchema>,
    ) -> Self {
        Self { object_type: object_type.into(), attributes: attributes.into_iter().collect() }
    }

    /// Finds an attribute, without regard to case.
    pub fn attribute(&self, name: &str) -> Option<&AttributeSchema> {
        self.attributes.iter().find(|it| it.name.is(name))
    }
}

/// Whether an attribute can be written (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mutability {
    /// Read and written at any time.
    #[default]
    ReadWrite,
    /// Set by the system alone.
    ReadOnly,
    /// Written once, when the object is created.
    Immutable,
    /// Written, never read back.
    WriteOnly,
}

/// Whether two objects may share a value (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uniqueness {
    /// They may.
    #[default]
    None,
    /// Unique within the object type of this system.
    System,
}

/// What one attribute allows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeSchema {
    /// Its name.
    pub name: AttrName,
    /// The type of its values.
    pub kind: ValueKind,
    /// Whether it may hold several values; they are a set.
    pub multi_valued: bool,
    /// Whether upper and lower case differ when text is compared.
    pub case_exact: bool,
    /// Whether an object must have it.
    pub required: bool,
    /// Whether it can be written.
    pub mutability: Mutability,
    /// Whether its values are unique.
    pub uniqueness: Uniqueness,
    /// For references: the object types they may point to.
    pub references: Vec<ObjectType>,
    /// For a single-valued reference: it points to the object that this one is in, such as the organisational unit of
    /// a person. A container is there before what is in it, is empty before it goes, and is never in itself.
    pub container: bool,
    /// The longest text it takes, in characters.
    pub length_max: Option<usize>,
    /// For complex values: the sub-attributes. Empty when unknown.
    pub sub_attributes: Vec<AttributeSchema>,
    /// Which part of a complex attribute it is; `None` for an attribute of its own. Only [`ObjectSchema::resolve`]
    /// makes parts; the schema of a system has none.
    pub path: Option<Box<AttrPath>>,
}

impl AttributeSchema {
    /// Makes a single-valued, optional, writable attribute. Text compares without regard to case, as
    /// RFC 7643 section 2.2 has it by default; see [`AttributeSchema::case_exact`].
    pub fn new(name: impl Into<AttrName>, kind: ValueKind) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            case_exact: false,
            required: false,
            mutability: Mutability::ReadWrite,
            uniqueness: Uniqueness::None,
            references: Vec::new(),
            container: false,
            length_max: None,
            sub_attributes: Vec::new(),
            path: None,
        }
    }

    /// Makes a text attribute.
    pub fn text(name: impl Into<AttrName>) -> Self {
        Self::new(name, ValueKind::Text)
    }

    /// Makes a reference to objects of these types.
    pub fn reference<T: Into<ObjectType>>(
        name: impl Into<AttrName>,
        types: impl IntoIterator<Item = T>,
    ) -> Self {
        let references = types.into_iter().map(Into::into).collect();
        Self { references, case_exact: true, ..Self::new(name, ValueKind::Reference) }
    }

    /// Lets it hold several values.
    #[must_use]
    pub fn multi_valued(mut self) -> Self {
        self.multi_valued = true;
        self
    }

    /// Makes upper and lower case differ.
    #[must_use]
    pub fn case_exact(mut self) -> Self {
        self.case_exact = true;
        self
    }

    /// Requires it on every object.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Makes its values unique within the object type.
    #[must_use]
    pub fn unique(mut self) -> Self {
        self.uniqueness = Uniqueness::System;
        self
    }

    /// Says whether it can be written.
    #[must_use]
    pub fn mutability(mut self, mutability: Mutability) -> Self {
        self.mutability = mutability;
        self
    }

    /// Gives a complex attribute its sub-attributes.
    #[must_use]
    pub fn sub_attributes(mut self, sub_attributes: impl IntoIterator<Item = Self>) -> Self {
        self.sub_attributes = sub_attributes.into_iter().collect();
        self
    }

    /// Makes the reference point to the object that this one is in. Each object is in one, so an object type has one
    /// such attribute.
    #[must_use]
    pub fn container(mut self) -> Self {
        self.container = true;
        self
    }

    /// Bounds its text to this many characters.
    #[must_use]
    pub fn length_max(mut self, characters: usize) -> Self {
        self.length_max = Some(characters);
        self
    }
}
