//! The story of one object: what was read, whether it is in scope, what it belongs to, what flows, and what
//! comes of it; for planned, skipped and untouched objects alike (R10).

mod display;
mod scope;

use bumpalo::Bump;
use provisio_model::{
    AttrName, ObjectType, Record, Side, SourceId, SourceSide, TargetId, TargetSide, Text, Values,
};

pub use self::scope::{AssignmentStory, ClauseStory, GroupStory, ScopeStory, ScopeVerdict};
use crate::compiled::CompiledObject;
use crate::expressions::ExpressionRecord;
use crate::finding::{Finding, FindingKind};
use crate::flow::{Flowed, flow};
use crate::input::PlanInput;
use crate::parallel::Threads;
use crate::plan::{LimitKind, MappingId, Operation, Plan, SkipReason};
use crate::planning::{Planned, evaluation};
use crate::policy::Response;
use crate::reference::{References, Resolved, label_text};
use crate::situation::Situation;
use crate::spec::Apply;
use crate::{matching, matching::Pair, returning};

/// The story of one object under one object mapping.
#[derive(Debug)]
#[non_exhaustive]
pub struct Story<'a> {
    /// The plan that the story is about.
    pub plan: &'a Plan,
    /// Under which object mapping.
    pub mapping: MappingId,
    /// Which source object.
    pub source: SourceId,
    /// What was read of it; `None` if it was not read.
    pub import: Option<Vec<(AttrName, Values)>>,
    /// Whether it is in scope, and what says so; `None` if it was not read.
    pub scope: Option<ScopeStory>,
    /// Which target object it belongs to, and why.
    pub matching: MatchStory,
    /// What it is, seen from both sides.
    pub situation: Situation,
    /// What the mapping answers to that.
    pub response: Response,
    /// What flows, attribute by attribute.
    pub flow: Vec<FlowStory>,
    /// The operations that are planned for it.
    pub operations: Vec<&'a Operation>,
    /// The operations that a limit holds back.
    pub held: Vec<(LimitKind, &'a Operation)>,
    /// Why it is left alone on purpose.
    pub skipped: Option<&'a SkipReason>,
    /// What is wrong with it.
    pub findings: Vec<&'a Finding>,
}

/// Which target object it belongs to, and why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MatchStory {
    /// It is linked to this object.
    Linked(TargetId),
    /// It is linked to this object, which is gone from the target.
    LinkedToGone(TargetId),
    /// It is linked to this object, which was not seen in an incomplete read.
    LinkedUnseen(TargetId),
    /// It has no link, and this object has the same value of this attribute.
    Matches(TargetId, AttrName),
    /// It has no link, and nothing matches.
    NoMatch,
    /// It has no link, and what was found is in the findings.
    Unclear,
    /// It has no link and is not in scope, so nothing was looked for.
    NotLooked,
}

/// What flows into one target attribute.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FlowStory {
    /// Which target attribute.
    pub attribute: AttrName,
    /// Where the value comes from, as it was written.
    pub rule: Text,
    /// What comes of it, in words or as a value.
    pub result: Text,
    /// What the target holds.
    pub current: Option<Values>,
    /// Whether it applies only when an object is created.
    pub only_on_create: bool,
}

/// Everything that can be told of an object.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// Its story under each object mapping that knows it.
    pub stories: Vec<Story<'a>>,
    /// The target objects that somebody may mean and that nothing is done to, because they are nobody's (R2).
    pub unmanaged: Vec<Unmanaged>,
}

impl Explanation<'_> {
    /// Tells whether nothing is known of the object.
    pub fn is_empty(&self) -> bool {
        self.stories.is_empty() && self.unmanaged.is_empty()
    }
}

/// A target object that is linked to nothing and that nothing in scope takes over: it is not touched.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Unmanaged {
    /// Its type.
    pub object_type: ObjectType,
    /// Its id.
    pub target: TargetId,
    /// What was read of it: the attributes that the mapping knows.
    pub attributes: Vec<(AttrName, Values)>,
}

/// Tells what is known of an object: by its source id, its target id, or the name that a plan shows.
pub fn explain<'a>(input: &PlanInput<'_>, planned: &'a Planned, object: &str) -> Explanation<'a> {
    let context = evaluation(input);
    let pairs = matching::pair(input, &context, Threads::ONE, &mut Vec::new());
    let mut stories = Vec::new();
    for (at, mapping) in input.spec.mappings.iter().enumerate() {
        for source in sources(input, at, mapping, &planned.plan, object) {
            let teller =
                Teller { input, at, mapping, references: References { input, pairs: &pairs }, planned };
            stories.push(teller.tell(source));
        }
    }
    let unmanaged = if stories.is_empty() { unmanaged(input, &pairs, object) } else { Vec::new() };
    Explanation { stories, unmanaged }
}

/// The target objects that somebody may mean and that are nobody's.
fn unmanaged(input: &PlanInput<'_>, pairs: &[matching::Pairs], object: &str) -> Vec<Unmanaged> {
    let mut found = Vec::new();
    for (target, import) in input.target.iter().enumerate() {
        let records = import.records();
        let mappings = || input.spec.mappings.iter().zip(pairs).filter(move |(it, _)| it.target == target);
        let is_meant = |record: &Record<'_, TargetSide>| {
            record.id_str() == object || mappings().any(|(it, _)| has_label(*record, it, object))
        };
        let is_managed = |record: &Record<'_, TargetSide>| {
            mappings().any(|(mapping, pairs)| {
                let links = input.links.of(&mapping.name);
                links.is_some_and(|it| it.of_target(record.id_str()).is_some())
                    || pairs.matched.binary_search(&record.row()).is_ok()
            })
        };
        for record in records.iter().filter(|it| is_meant(it) && !is_managed(it)) {
            found.push(Unmanaged {
                object_type: import.object_type().clone(),
                target: record.id(),
                attributes: read(record),
            });
        }
    }
    found.sort_by(|left, right| (&left.object_type, &left.target).cmp(&(&right.object_type, &right.target)));
    found
}

/// Tells whether people call a target object so.
fn has_label(record: Record<'_, TargetSide>, mapping: &CompiledObject, name: &str) -> bool {
    record.single(mapping.label).is_some_and(|it| label_text(it).eq_ignore_ascii_case(name))
}

/// The source objects of a mapping that somebody may mean.
fn sources(
    input: &PlanInput<'_>,
    at: usize,
    mapping: &CompiledObject,
    plan: &Plan,
    object: &str,
) -> Vec<SourceId> {
    let source = SourceId::new(object);
    let links = input.links.of(&mapping.name);
    let linked = links.is_some_and(|it| it.of_source(object).is_some());
    if linked || input.source[mapping.source].records().find(object).is_some() {
        return vec![source];
    }
    let records = input.target[mapping.target].records();
    let by_label =
        records.iter().filter(|it| has_label(*it, mapping, object)).map(|it| it.id_str().to_owned());
    let targets = records.find(object).map(|_| object.to_owned()).into_iter().chain(by_label);
    let linked = targets.filter_map(|target| Some(links?.of_target(&target)?.source.clone()));
    let is_planned =
        |it: &&Operation| usize::from(it.mapping.0) == at && it.label.eq_ignore_ascii_case(object);
    let planned = plan.operations.iter().filter(is_planned).map(|it| it.source.clone());
    let mut sources: Vec<SourceId> = linked.chain(planned).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

struct Teller<'a, 'p> {
    input: &'a PlanInput<'a>,
    at: usize,
    mapping: &'a CompiledObject,
    references: References<'a>,
    planned: &'p Planned,
}

impl<'p> Teller<'_, 'p> {
    fn tell(&self, source: SourceId) -> Story<'p> {
        let records = self.input.source[self.mapping.source].records();
        let record = records.find(source.as_str()).map(|row| records.record(row));
        let mapping = MappingId(u16::try_from(self.at).unwrap_or(u16::MAX));
        let plan = &self.planned.plan;
        let is_ours = |it: &&'p Operation| it.mapping == mapping && it.source == source;
        let situation = self.situation(&source, record);
        let held = plan.held.iter().flat_map(|held| held.each().map(|it| (held.limit, it)));
        Story {
            plan,
            mapping,
            import: record.map(read),
            scope: record.map(|it| self.scope(it)),
            matching: self.matching(&source, record),
            situation,
            response: self.mapping.respond(situation, self.input.operations(self.mapping)),
            flow: record.map(|it| self.flow(it)).unwrap_or_default(),
            operations: plan.operations.iter().filter(is_ours).collect(),
            held: held.filter(|(_, it)| is_ours(it)).collect(),
            skipped: plan
                .skipped
                .iter()
                .find(|it| it.mapping == mapping && it.source == source)
                .map(|it| &it.why),
            findings: self.findings(mapping, &source),
            source,
        }
    }

    fn situation(&self, source: &SourceId, record: Option<Record<'_, SourceSide>>) -> Situation {
        let pairs = &self.references.pairs[self.at];
        match record {
            Some(record) => match pairs.situation_of(pairs.of(record.row())) {
                Situation::Unmatched
                    if returning::former(self.input, self.mapping, source.as_str()).is_some() =>
                {
                    Situation::Rehired
                }
                situation => situation,
            },
            None => {
                let link =
                    self.input.links.of(&self.mapping.name).and_then(|it| it.of_source(source.as_str()));
                let orphan =
                    pairs.orphans.iter().find(|it| link.is_some_and(|link| link.target == it.target));
                orphan.map_or(Situation::SourceUnproved, |it| pairs.situation_of_orphan(it))
            }
        }
    }

    fn findings(&self, mapping: MappingId, source: &SourceId) -> Vec<&'p Finding> {
        let is_ours = |it: &&Finding| {
            it.mapping == mapping
                && match &it.source {
                    Some(id) => id == source,
                    None => !matches!(it.kind, FindingKind::SourceIncomplete { missing: 0, .. }),
                }
        };
        self.planned.findings.iter().filter(is_ours).collect()
    }

    fn scope(&self, record: Record<'_, SourceSide>) -> ScopeStory {
        let pairs = &self.references.pairs[self.at];
        scope::tell(self.input, self.mapping, &pairs.members, record)
    }

    fn matching(&self, source: &SourceId, record: Option<Record<'_, SourceSide>>) -> MatchStory {
        let target = &self.input.target[self.mapping.target];
        let links = self.input.links.of(&self.mapping.name);
        if let Some(link) = links.and_then(|it| it.of_source(source.as_str())) {
            let id = link.target.clone();
            return if target.records().find(id.as_str()).is_some() {
                MatchStory::Linked(id)
            } else if target.prove_absent(&id).is_some() {
                MatchStory::LinkedToGone(id)
            } else {
                MatchStory::LinkedUnseen(id)
            };
        }
        let pair = record.map_or(Pair::OutOfScope, |it| self.references.pairs[self.at].of(it.row()));
        match pair {
            Pair::Matched(row, by) => MatchStory::Matches(
                target.records().record(row).id(),
                self.mapping.matching[usize::from(by)].name.clone(),
            ),
            Pair::Missing => MatchStory::NoMatch,
            Pair::OutOfScope | Pair::Unassigned | Pair::Filtered | Pair::Undecided | Pair::Disabled => {
                MatchStory::NotLooked
            }
            _ => MatchStory::Unclear,
        }
    }

    fn flow(&self, record: Record<'_, SourceSide>) -> Vec<FlowStory> {
        let target = self.input.target[self.mapping.target].records();
        let current = match self.references.pairs[self.at].of(record.row()) {
            Pair::Linked(row) | Pair::Matched(row, _) => Some(target.record(row)),
            Pair::Leaving(_, end) => crate::reference::writable(end).map(|row| target.record(row)),
            _ => None,
        };
        let context = evaluation(self.input);
        let bump = Bump::new();
        let expression_record = ExpressionRecord(record);
        let stories = self.mapping.attributes.iter().map(|attribute| {
            let result = match flow(attribute, &expression_record, &context, &bump) {
                Ok(flowed) => self.result(attribute, flowed),
                Err(kind) => kind.to_string().into(),
            };
            FlowStory {
                attribute: attribute.name.clone(),
                rule: attribute.written.clone(),
                result,
                current: current.and_then(|it| it.values(attribute.slot).to_values()),
                only_on_create: attribute.apply == Apply::OnCreate,
            }
        });
        stories.collect()
    }

    fn result(&self, attribute: &crate::compiled::CompiledAttribute, flowed: Flowed<'_>) -> Text {
        match flowed {
            Flowed::Nothing => Text::new("no value"),
            Flowed::Keep => Text::new("leave the attribute as it is"),
            Flowed::IgnoreObject => Text::new("leave the object as it is"),
            Flowed::One(_) | Flowed::Many(_) if attribute.write_only => Text::new(provisio_model::REDACTED),
            Flowed::One(_) | Flowed::Many(_) if attribute.is_reference() => {
                let shown = flowed.values().iter().map(|value| match value {
                    provisio_model::ValueRef::Reference(id) => match self.references.resolve(attribute, id) {
                        Ok(Resolved::Existing(target, mapping)) => {
                            format!("{id} is {} ({target})", self.references.label(mapping, target))
                        }
                        Ok(Resolved::Created(..)) => format!("{id} is created by this plan"),
                        Err(why) => format!("{id} {why}"),
                    },
                    other => other.to_string(),
                });
                shown.collect::<Vec<_>>().join("; ").into()
            }
            flowed => flowed.to_values().map(|it| it.to_string()).unwrap_or_default().into(),
        }
    }
}

fn read<S: Side>(record: Record<'_, S>) -> Vec<(AttrName, Values)> {
    let values =
        record.layout().attributes().map(|(slot, it)| (it.name.clone(), record.values(slot).to_values()));
    values.filter_map(|(name, values)| Some((name, values?))).collect()
}
