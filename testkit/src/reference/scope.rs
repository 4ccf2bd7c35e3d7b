//! Who is in scope: by the input filter, the assignment and the scoping filter. Each says yes, no, or that nobody can
//! tell, and what nobody can tell is never taken for yes or no.

use provisio::model::{Object, Value};
use provisio::spec::{Clause, ScopingFilter};

use super::clause;
use super::members::{Groups, is_member};
use super::place;
use super::rules::{ObjectRules, Rules};

/// What is said of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

impl Answer {
    pub(super) fn of(passes: bool) -> Self {
        if passes { Self::Yes } else { Self::No }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Yes if all are; no if one is.
    pub(super) fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let answers: Vec<Self> = answers.into_iter().collect();
        match () {
            () if answers.contains(&Self::No) => Self::No,
            () if answers.contains(&Self::Unknown) => Self::Unknown,
            () => Self::Yes,
        }
    }

    /// Yes if one is; no if none may be.
    pub(super) fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::all(answers.into_iter().map(Self::not)).not()
    }
}

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    In,
    Out,
    /// It is in scope, and says that it is disabled.
    Disabled,
    /// It is not looked at, or cannot be judged: it is left alone.
    Aside,
}

pub(super) fn scope(rules: &Rules<'_>, mapping: &ObjectRules<'_>, object: &Object) -> Scope {
    if filter(rules, mapping, &mapping.spec.input, object) != Answer::Yes {
        return Scope::Aside;
    }
    let passes = [is_assigned(rules, mapping, object), filter(rules, mapping, &mapping.spec.scope, object)];
    match Answer::all(passes) {
        Answer::Yes => disabled(rules, mapping, object),
        Answer::No => Scope::Out,
        Answer::Unknown => Scope::Aside,
    }
}

fn disabled(rules: &Rules<'_>, mapping: &ObjectRules<'_>, object: &Object) -> Scope {
    let clauses = &mapping.spec.deprovisioning.source_disabled_when;
    if clauses.is_empty() {
        return Scope::In;
    }
    match Answer::all(clauses.iter().map(|it| clause::answer(rules, mapping, it, object))) {
        Answer::Yes => Scope::Disabled,
        Answer::No => Scope::In,
        Answer::Unknown => Scope::Aside,
    }
}

/// Some group of which every clause is true; everybody passes if there is no group.
fn filter(rules: &Rules<'_>, mapping: &ObjectRules<'_>, filter: &ScopingFilter, object: &Object) -> Answer {
    if filter.groups.is_empty() {
        return Answer::Yes;
    }
    Answer::any(
        filter.groups.iter().map(|group| {
            Answer::all(group.clauses.iter().map(|it| clause::answer(rules, mapping, it, object)))
        }),
    )
}

/// Asks a filter over target attributes.
pub(super) fn privileged(
    rules: &Rules<'_>,
    mapping: &ObjectRules<'_>,
    filter: &ScopingFilter,
    group: &Object,
) -> Answer {
    let answer = |it: &Clause| match mapping.target.resolve(&it.attribute) {
        Ok(attribute) => clause::of_attribute(it, &attribute, &group.attributes, rules.world.now),
        Err(_) => Answer::Unknown,
    };
    Answer::any(filter.groups.iter().map(|it| Answer::all(it.clauses.iter().map(answer))))
}

fn is_assigned(rules: &Rules<'_>, mapping: &ObjectRules<'_>, object: &Object) -> Answer {
    let Some(assignment) = &mapping.spec.assignment else { return Answer::Yes };
    let is_marked = assignment.attribute.as_ref().is_some_and(|name| {
        let attribute = mapping.source.resolve(name);
        let values: Vec<Value> = attribute.map(|it| place::read(&it, &object.attributes)).unwrap_or_default();
        values.first().is_some_and(|it| clause::is_bool(it, true))
    });
    if is_marked || assignment.ids.contains(&object.id) {
        return Answer::Yes;
    }
    let Some(groups) = &assignment.groups else { return Answer::No };
    let meant =
        Groups { through: &groups.through, ids: groups.ids.clone(), attribute: groups.attribute.as_ref() };
    is_member(rules, mapping, &meant, object)
}
