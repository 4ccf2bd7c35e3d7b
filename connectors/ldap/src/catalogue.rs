//! Which attributes and object classes does a directory have? What its subschema says (RFC 4512 section 4.2).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::definition::Definition;

/// The most definitions that one class may inherit from.
const CLASSES_MAX: usize = 1_000;

/// An attribute of the directory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AttributeDefinition {
    /// The name that the directory gives it first.
    pub(crate) name: String,
    /// The OID of its syntax.
    pub(crate) syntax: String,
    /// The longest value, where the schema says so.
    pub(crate) length_max: Option<usize>,
    pub(crate) single_valued: bool,
    /// Whether text differs by upper and lower case.
    pub(crate) case_exact: bool,
    /// Whether only the directory itself sets it.
    pub(crate) read_only: bool,
    /// Whether the values are computed from those of other entries, such as `memberOf`.
    pub(crate) is_backlink: bool,
    /// Whether the schema says how values are compared: else a search for one finds nothing, and says so to nobody.
    pub(crate) has_equality: bool,
}

/// Everything that the subschema defines. Names and OIDs are found without regard to case.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    attributes: HashMap<String, Arc<AttributeDefinition>>,
    classes: HashMap<String, Arc<Definition>>,
    /// What objects of a class may have besides, by the class.
    rules: HashMap<String, Arc<Definition>>,
}

/// The attributes of objects of some classes, in lower case.
#[derive(Debug, Default)]
pub(crate) struct ClassAttributes {
    pub(crate) required: BTreeSet<String>,
    pub(crate) allowed: BTreeSet<String>,
}

/// What Active Directory's schema says beyond the subschema.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refinement {
    pub(crate) name: String,
    pub(crate) length_max: Option<usize>,
    pub(crate) read_only: bool,
    pub(crate) is_backlink: bool,
    /// Whether values are computed when they are read: a search for one finds nothing.
    pub(crate) is_constructed: bool,
}

impl Catalogue {
    /// Reads definitions. What cannot be read is left out: it then is not there, and a mapping that needs it says so.
    pub(crate) fn read(attributes: &[String], classes: &[String], rules: &[String]) -> Self {
        let attributes: Vec<Definition> = attributes.iter().filter_map(|it| Definition::parse(it)).collect();
        let by_name: HashMap<String, &Definition> =
            attributes.iter().flat_map(|it| keys(it).map(move |key| (key, it))).collect();
        let mut catalogue = Self::default();
        for definition in &attributes {
            let attribute = Arc::new(attribute(definition, &by_name));
            for key in keys(definition) {
                catalogue.attributes.insert(key, Arc::clone(&attribute));
            }
        }
        let by_key = |definitions: &[String]| {
            let mut map = HashMap::new();
            for definition in definitions.iter().filter_map(|it| Definition::parse(it)).map(Arc::new) {
                for key in keys(&definition) {
                    map.insert(key, Arc::clone(&definition));
                }
            }
            map
        };
        catalogue.classes = by_key(classes);
        catalogue.rules = by_key(rules);
        catalogue
    }

    /// Adds what another part of the schema says.
    pub(crate) fn refine(&mut self, refinements: &[Refinement]) {
        for refinement in refinements {
            if let Some(attribute) = self.attributes.get_mut(&refinement.name.to_ascii_lowercase()) {
                let attribute = Arc::make_mut(attribute);
                attribute.length_max = refinement.length_max.or(attribute.length_max);
                attribute.read_only |= refinement.read_only;
                attribute.is_backlink |= refinement.is_backlink;
                // Active Directory compares by syntax, and does not publish rules.
                attribute.has_equality = !refinement.is_constructed;
            }
        }
    }

    /// Finds an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&AttributeDefinition> {
        self.attributes.get(&name.to_ascii_lowercase()).map(|it| &**it)
    }

    /// Finds an object class.
    pub(crate) fn has_class(&self, name: &str) -> bool {
        self.classes.contains_key(&name.to_ascii_lowercase())
    }

    /// Collects the attributes of objects that have all of these classes.
    pub(crate) fn attributes_of<'a>(&self, classes: impl IntoIterator<Item = &'a str>) -> ClassAttributes {
        let mut found = ClassAttributes::default();
        let mut open: Vec<String> = classes.into_iter().map(str::to_ascii_lowercase).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if seen.len() > CLASSES_MAX || !seen.insert(name.clone()) {
                continue;
            }
            let definitions = [self.classes.get(&name), self.rules.get(&name)];
            for definition in definitions.into_iter().flatten() {
                let lower = |it: &String| it.to_ascii_lowercase();
                found.required.extend(definition.all("MUST").iter().map(lower));
                found.allowed.extend(definition.all("MAY").iter().map(lower));
                open.extend(definition.all("SUP").iter().chain(definition.all("AUX")).map(lower));
            }
        }
        found
    }
}

fn keys(definition: &Definition) -> impl Iterator<Item = String> + '_ {
    let names = definition.all("NAME").iter().map(|it| it.to_ascii_lowercase());
    names.chain([definition.oid.to_ascii_lowercase()])
}

/// Reads an attribute; what it does not say itself, the attribute that it is derived from says.
fn attribute(definition: &Definition, all: &HashMap<String, &Definition>) -> AttributeDefinition {
    let mut syntax = definition.one("SYNTAX");
    let mut equality = definition.one("EQUALITY");
    let mut ancestor = definition;
    for _ in 0..CLASSES_MAX {
        if syntax.is_some() && equality.is_some() {
            break;
        }
        let Some(next) = ancestor.one("SUP").and_then(|it| all.get(&it.to_ascii_lowercase())) else { break };
        ancestor = next;
        syntax = syntax.or_else(|| ancestor.one("SYNTAX"));
        equality = equality.or_else(|| ancestor.one("EQUALITY"));
    }
    // Behind the brace stands the length that servers have to support at least, not one that they enforce.
    let syntax = syntax.and_then(|it| it.split('{').next()).unwrap_or_default();
    AttributeDefinition {
        name: definition.one("NAME").unwrap_or(&definition.oid).to_owned(),
        syntax: syntax.to_owned(),
        length_max: None,
        single_valued: definition.has("SINGLE-VALUE"),
        case_exact: equality.is_some_and(|it| it.to_ascii_lowercase().starts_with("caseexact")),
        read_only: definition.has("NO-USER-MODIFICATION"),
        is_backlink: false,
        has_equality: equality.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let texts = |texts: &[&str]| texts.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        Catalogue::read(
            &texts(&[
                "( 2.5.4.41 NAME 'name' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15{32768} )",
                "( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )",
                "( 2.5.4.99 NAME 'a' SUP b )",
                "( 2.5.4.98 NAME 'b' SUP a )",
            ]),
            &texts(&[
                "( 2.5.6.0 NAME 'top' ABSTRACT MUST objectClass )",
                "( 2.5.6.6 NAME 'person' SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( description ) )",
                "( 2.5.6.7 NAME 'employee' SUP person STRUCTURAL MAY title )",
                "( 2.5.6.8 NAME 'mail' AUXILIARY MAY mail )",
            ]),
            &texts(&["( 2.5.6.7 NAME 'employee' AUX ( mail ) MAY extra )"]),
        )
    }

    #[test]
    fn an_attribute_has_what_it_is_derived_from() {
        let catalogue = catalogue();
        let cn = catalogue.attribute("COMMONNAME").expect("it is there");
        assert_eq!((cn.name.as_str(), cn.syntax.as_str()), ("cn", "1.3.6.1.4.1.1466.115.121.1.15"));
        assert!(!cn.case_exact);
        assert!(catalogue.attribute("a").is_some(), "a circle ends");
    }

    #[test]
    fn objects_have_the_attributes_of_all_their_classes() {
        let found = catalogue().attributes_of(["Employee"]);
        let texts = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(texts(&found.required), "cn objectclass sn");
        assert_eq!(texts(&found.allowed), "description extra mail title");
    }
}
