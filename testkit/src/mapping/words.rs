//! Which values do the rules and filters of a mapping ask for? People who are drawn often have them.

use provisio::model::Value;
use provisio::spec::{Clause, MappingSource, ObjectMapping, ScopingFilter};

use super::trial::Trial;
use crate::strategies::Population;

/// Returns the population of the source, with the words of the mapping.
pub(super) fn population(trial: &Trial<'_>) -> Population {
    let mut population = Population::of(&trial.schemas.source);
    for object in &trial.spec.objects {
        let clauses = clauses_of(&object.input)
            .chain(clauses_of(&object.scope))
            .chain(&object.deprovisioning.source_disabled_when);
        for clause in clauses {
            population = population.words(&clause.attribute, clause.values.iter().cloned());
        }
        for attribute in &object.attributes {
            if let MappingSource::Expression { text, .. } = &attribute.source {
                let (names, literals) = parts_of(text);
                for name in names {
                    let literals = literals.iter().map(|it| Value::from(it.as_str()));
                    population = population.words(&name, literals);
                }
            }
        }
        for (target, value) in trial.mapping.grants.iter().filter_map(|it| it.named()) {
            for name in read_by(object, target.as_str()) {
                population = population.words(&name, [value.clone()]);
            }
        }
    }
    for (name, values) in &trial.mapping.words {
        population = population.words(name, values.iter().cloned());
    }
    population
}

fn clauses_of(filter: &ScopingFilter) -> impl Iterator<Item = &Clause> {
    filter.groups.iter().flat_map(|it| &it.clauses)
}

/// The source attributes that a target attribute of an object mapping is computed from.
pub(super) fn read_by(object: &ObjectMapping, target: &str) -> Vec<String> {
    let rule = object.attributes.iter().find(|it| it.target.is(target));
    match rule.map(|it| &it.source) {
        Some(MappingSource::Attribute { name, .. }) => vec![name.to_string()],
        Some(MappingSource::Expression { text, .. }) => parts_of(text).0,
        _ => Vec::new(),
    }
}

/// The attributes in brackets, and the texts in quotes that somebody may have: switches and comparisons ask for them. What
/// looks like a pattern, a separator or a format is left out.
fn parts_of(expression: &str) -> (Vec<String>, Vec<String>) {
    let (mut names, mut literals) = (Vec::new(), Vec::new());
    let mut rest = expression;
    while let Some(start) = rest.find(['[', '"']) {
        let (open, after) = rest[start..].split_at(1);
        let close = if open == "[" { ']' } else { '"' };
        let Some(end) = after.find(close) else { break };
        let part = after[..end].to_owned();
        if open == "[" {
            names.push(part);
        } else if part.chars().any(char::is_alphanumeric) && !part.contains(['[', '\\', '(', '@']) {
            literals.push(part);
        }
        rest = &after[end + 1..];
    }
    names.sort_unstable();
    names.dedup();
    (names, literals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_names_attributes_and_words() {
        let text = r#"IIF([type]="Temp", Replace([name], , "[^a-z]", , "", , ), Append([name], "@contoso.example"))"#;
        let (names, literals) = parts_of(text);
        assert_eq!(names, ["name", "type"]);
        assert_eq!(literals, ["Temp"]);
    }
}
