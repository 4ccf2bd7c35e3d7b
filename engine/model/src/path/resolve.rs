//! What does a path mean in a schema?

use super::{AttrPath, PathClause, PathError, PathLiteral};
use crate::{AttrName, AttributeSchema, CompareRule, Mutability, ObjectSchema, Text, ValueKind};

/// A schema does not have what a path names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// The text is no path, and no attribute has it as its name.
    #[error(transparent)]
    NoPath(#[from] PathError),
    /// There is no such attribute.
    #[error("there is no attribute `{attribute}`")]
    UnknownAttribute {
        /// Its name.
        attribute: AttrName,
    },
    /// The attribute has no such sub-attribute.
    #[error("`{attribute}` has no sub-attribute `{sub_attribute}`")]
    UnknownSubAttribute {
        /// Which attribute.
        attribute: AttrName,
        /// The name that it does not have.
        sub_attribute: AttrName,
    },
    /// The attribute has no parts.
    #[error("`{attribute}` holds {kind}, which has no parts")]
    NotComplex {
        /// Which attribute.
        attribute: AttrName,
        /// What it holds.
        kind: ValueKind,
    },
    /// A filter chooses among several values, and the attribute takes one.
    #[error("`{attribute}` takes one value, so there is nothing to choose from")]
    NotSeveral {
        /// Which attribute.
        attribute: AttrName,
    },
    /// A filter compares a sub-attribute with a value that it cannot have.
    #[error("`{sub_attribute}` holds {kind}, so it is never {value}")]
    WrongLiteral {
        /// Which sub-attribute.
        sub_attribute: AttrName,
        /// What it holds.
        kind: ValueKind,
        /// What it is compared with.
        value: Text,
    },
}

impl ObjectSchema {
    /// Finds an attribute or a part of a complex attribute by its path.
    ///
    /// An attribute that has the text as its name comes first: flat schemas name attributes as they like. The result
    /// has the normalised path as its name, spelt as the schema spells it, and the path itself in
    /// [`AttributeSchema::path`]. It takes several values where the sub-attribute does, and where nothing chooses
    /// one of several values.
    ///
    /// # Errors
    /// When the schema does not have what the path names.
    pub fn resolve(&self, text: &str) -> Result<AttributeSchema, PathFault> {
        resolve(&self.attributes, text)
    }
}

/// Finds an attribute or a part of a complex attribute by its path, as [`ObjectSchema::resolve`].
///
/// # Errors
/// When the schema does not have what the path names.
pub fn resolve(schema: &[AttributeSchema], text: &str) -> Result<AttributeSchema, PathFault> {
    let named = |name: &str| schema.iter().find(|it| it.name.is(name));
    if let Some(attribute) = named(text) {
        return Ok(attribute.clone());
    }
    let mut path = AttrPath::parse(text)?;
    // Flat schemas may write the same path in another way.
    let same = schema.iter().find(|it| {
        it.name.as_str().contains(['[', '.', ':'])
            && AttrPath::parse(it.name.as_str()).is_ok_and(|it| it == path)
    });
    if let Some(attribute) = same {
        return Ok(attribute.clone());
    }
    let Some(attribute) = named(path.attribute.as_str()) else {
        return Err(PathFault::UnknownAttribute { attribute: path.attribute });
    };
    path.attribute = attribute.name.clone();
    if path.is_whole() {
        return Ok(attribute.clone());
    }
    if attribute.kind != ValueKind::Complex {
        return Err(PathFault::NotComplex { attribute: path.attribute, kind: attribute.kind });
    }
    if !path.filter.is_empty() && !attribute.multi_valued {
        return Err(PathFault::NotSeveral { attribute: path.attribute });
    }
    for clause in &mut path.filter {
        fit(clause, attribute)?;
    }
    let part = match path.sub_attribute.take() {
        None => AttributeSchema { multi_valued: false, required: false, ..attribute.clone() },
        Some(name) => {
            let sub_attribute = part_of(attribute, &name)?;
            path.sub_attribute = Some(sub_attribute.name.clone());
            path.holds_element =
                sub_attribute.required || (attribute.multi_valued && sub_attribute.name.is("value"));
            AttributeSchema {
                multi_valued: sub_attribute.multi_valued
                    || (attribute.multi_valued && path.filter.is_empty()),
                required: attribute.required && sub_attribute.required && !attribute.multi_valued,
                mutability: stricter(attribute.mutability, sub_attribute.mutability),
                ..sub_attribute.clone()
            }
        }
    };
    Ok(AttributeSchema { name: AttrName::new(path.to_string()), path: Some(Box::new(path)), ..part })
}

fn part_of<'s>(attribute: &'s AttributeSchema, name: &AttrName) -> Result<&'s AttributeSchema, PathFault> {
    attribute.sub_attributes.iter().find(|it| it.name == *name).ok_or_else(|| {
        PathFault::UnknownSubAttribute { attribute: attribute.name.clone(), sub_attribute: name.clone() }
    })
}

/// Makes a condition one of this attribute: `"True"`, as Entra writes it, is a boolean where one is held.
fn fit(clause: &mut PathClause, attribute: &AttributeSchema) -> Result<(), PathFault> {
    let tested = part_of(attribute, &clause.attribute)?;
    let fitting = match (tested.kind, &clause.value) {
        (ValueKind::Text, PathLiteral::Text(_))
        | (ValueKind::Bool, PathLiteral::Bool(_))
        | (ValueKind::Int, PathLiteral::Int(_)) => Some(clause.value.clone()),
        (ValueKind::Bool, PathLiteral::Text(text)) if text.eq_ignore_ascii_case("true") => {
            Some(PathLiteral::Bool(true))
        }
        (ValueKind::Bool, PathLiteral::Text(text)) if text.eq_ignore_ascii_case("false") => {
            Some(PathLiteral::Bool(false))
        }
        (ValueKind::Int, PathLiteral::Text(text)) => text.parse().ok().map(PathLiteral::Int),
        _ => None,
    };
    clause.attribute = tested.name.clone();
    clause.rule = CompareRule::of(tested);
    clause.value = fitting.ok_or_else(|| PathFault::WrongLiteral {
        sub_attribute: tested.name.clone(),
        kind: tested.kind,
        value: Text::new(clause.value.to_string()),
    })?;
    Ok(())
}

/// What holds for the whole attribute holds for its parts.
fn stricter(whole: Mutability, part: Mutability) -> Mutability {
    match (whole, part) {
        (Mutability::ReadWrite, part) => part,
        (whole, Mutability::ReadWrite) => whole,
        (Mutability::ReadOnly, _) | (_, Mutability::ReadOnly) => Mutability::ReadOnly,
        (whole, _) => whole,
    }
}
