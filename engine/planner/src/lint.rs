//! What will surprise whoever runs this mapping? A compiled spec in, [`Diagnostic`]s out.
//!
//! A lint is about a mapping that compiles and can be planned with, and that does, or will one day do, what its
//! author did not mean. Each rule has a stable code, a severity and one function; `docs/mapping-format.md` lists them.
//! A rule that does not apply is allowed with `allow = ["S0305"]`, in the file or in one object mapping.

mod identity;
mod policy;
mod references;
mod scope;
mod secrets;
mod values;

use provisio_model::{AttributeSchema, Diagnostic, Layout, Severity, Slot};

use crate::compiled::{CompiledAttribute, CompiledObject, CompiledSpec};
use crate::spec::{AttributeMapping, MappingSpec, ObjectMapping, Span};

/// One rule.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LintRule {
    /// Its stable code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it finds, in one sentence.
    pub finds: &'static str,
    check: fn(&Subject<'_>, &mut Findings),
}

const fn rule(
    code: &'static str,
    severity: Severity,
    finds: &'static str,
    check: fn(&Subject<'_>, &mut Findings),
) -> LintRule {
    LintRule { code, severity, finds, check }
}

/// All rules, by their codes.
pub const RULES: [LintRule; 15] = {
    use Severity::{Advice, Error, Warning};
    [
        rule(
            "S0301",
            Warning,
            "objects or members are taken away, and no limit holds it back",
            policy::unlimited,
        ),
        rule("S0302", Warning, "clauses of a group contradict each other", scope::contradiction),
        rule(
            "S0303",
            Warning,
            "a group does nothing, because another passes whenever it does",
            scope::implied_group,
        ),
        rule("S0304", Advice, "a clause stands twice in its group", scope::duplicate_clause),
        rule("S0305", Warning, "a value changes with every run", values::never_converges),
        rule("S0306", Warning, "a value is always refused by the target", values::always_refused),
        rule("S0307", Advice, "a unique attribute has a value that need not be unique", identity::not_unique),
        rule("S0308", Error, "all objects get the same value of what tells them apart", identity::constant),
        rule("S0309", Advice, "all matching attributes can change in the source", identity::mutable_match),
        rule("S0310", Advice, "a reference can lead to objects that nothing maps", references::unmapped),
        rule("S0311", Error, "a secret flows into an attribute that is not secret", secrets::leak),
        rule("S0312", Warning, "a secret stands in the mapping file", secrets::written),
        rule(
            "S0313",
            Warning,
            "objects are adopted by a value that need not be unique",
            identity::doubtful_adoption,
        ),
        rule(
            "S0314",
            Advice,
            "a negative clause excludes whoever lacks the attribute",
            scope::absent_excluded,
        ),
        rule("S0315", Warning, "a clause can never be true of its attribute", scope::never_true),
    ]
};

/// Tells whether a code is that of a rule.
pub(crate) fn is_rule(code: &str) -> bool {
    RULES.iter().any(|it| it.code == code)
}

/// Applies all rules that the spec does not allow, to the spec and what [`compile`](fn@crate::compile) made of it.
///
/// What is found is sorted by its place. An error is as bad as a fault: the spec can be planned with, and should
/// not be.
pub fn lint(spec: &MappingSpec, compiled: &CompiledSpec) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (object, mapping) in spec.objects.iter().zip(&compiled.mappings) {
        let subject = Subject { spec: compiled, object, mapping };
        let is_allowed = |it: &&LintRule| {
            let mut allowed = spec.allow.iter().chain(&object.allow);
            !allowed.any(|code| code.as_str() == it.code)
        };
        for rule in RULES.iter().filter(is_allowed) {
            let mut findings = Findings(Vec::new());
            (rule.check)(&subject, &mut findings);
            found.extend(findings.0.into_iter().map(|it| {
                let severity = rule.severity;
                Diagnostic::new(rule.code, severity, it.span, it.message).with_help(it.help)
            }));
        }
    }
    found.sort_by_key(|it| (it.span.start, it.code));
    found
}

/// One object mapping: as it was written, and compiled.
struct Subject<'a> {
    spec: &'a CompiledSpec,
    object: &'a ObjectMapping,
    mapping: &'a CompiledObject,
}

impl<'a> Subject<'a> {
    fn source(&self) -> &'a Layout {
        &self.spec.sources[self.mapping.source]
    }

    /// Returns what the target says of an attribute.
    fn target(&self, slot: Slot) -> &'a AttributeSchema {
        self.spec.targets[self.mapping.target].attribute(slot)
    }

    /// Returns the attribute mappings: as they were written, and compiled.
    fn attributes(&self) -> impl Iterator<Item = (&'a AttributeMapping, &'a CompiledAttribute)> {
        self.object.attributes.iter().zip(&self.mapping.attributes)
    }
}

/// What one rule finds.
struct Findings(Vec<Found>);

struct Found {
    span: Span,
    message: String,
    help: String,
}

impl Findings {
    fn add(&mut self, span: &Span, message: impl Into<String>, help: impl Into<String>) {
        self.0.push(Found { span: span.clone(), message: message.into(), help: help.into() });
    }
}

#[cfg(test)]
mod tests;
