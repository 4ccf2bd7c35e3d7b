//! A thousand changes of W(N), planned alone: questions, their answers from hash maps in memory, and the plan.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a bench stops at what it does not expect, and reads the clock"
)]

use std::collections::HashMap;
use std::time::{Duration, Instant};

use provisio_model::{
    Change, Import, LinkTable, Object, Record, Side, SourceId, SourceSide, TargetSide, Text, Value, ValueRef,
};
use provisio_planner::{
    Answer, Baseline, Open, PlanInput, Planned, Question, QuestionCounts, Remembered, Scoped, Selection,
    SelectionLimits, SourceKey, Standing, Step, TargetKnowledge, Totals,
};

use crate::Workload;

/// How many changes.
pub const CHANGES: usize = 1_000;

/// What a store and two systems would answer from.
pub struct Library<'w> {
    workload: &'w Workload,
    scoped: [Vec<Vec<Scoped>>; 2],
    referrers: HashMap<String, Vec<SourceKey>>,
    /// By object type of the target: who has an external id.
    external: [HashMap<String, u32>; 2],
}

fn key(import: &Import<SourceSide>, id: &str) -> SourceKey {
    SourceKey { object_type: import.object_type().clone(), id: SourceId::new(id) }
}

fn find<'r, S: Side>(import: &'r Import<S>, id: &str) -> Option<Record<'r, S>> {
    import.records().find(id).map(|row| import.records().record(row))
}

fn one<S: Side>(import: &Import<S>, id: &str) -> Answer {
    find(import, id).map_or(Answer::Absent, |it| Answer::Object(it.to_object()))
}

impl<'w> Library<'w> {
    /// Remembers all of the workload.
    #[must_use]
    pub fn new(workload: &'w Workload) -> Self {
        let now = workload.input().now;
        let mut referrers: HashMap<String, Vec<SourceKey>> = HashMap::new();
        let mut scoped = [Vec::new(), Vec::new()];
        for (import, scoped) in workload.source.iter().zip(&mut scoped) {
            for record in import.records().iter() {
                let footprint = workload.spec.footprint(record, now);
                for id in &footprint.refers_to {
                    referrers.entry(id.to_string()).or_default().push(key(import, record.id_str()));
                }
                scoped.push(footprint.scoped);
            }
        }
        let external = |import: &Import<TargetSide>| {
            let slot = import.records().layout().slot("externalId").expect("mapped");
            let rows = import.records().iter().filter_map(|it| match it.single(slot) {
                Some(ValueRef::Text(text)) => {
                    Some((text.to_owned(), u32::try_from(it.row().position()).ok()?))
                }
                _ => None,
            });
            rows.collect()
        };
        let external = [external(&workload.target[0]), external(&workload.target[1])];
        Self { workload, scoped, referrers, external }
    }

    fn source(&self, object_type: &str) -> usize {
        usize::from(object_type != "worker")
    }

    fn target(&self, object_type: &str) -> usize {
        usize::from(object_type != "account")
    }

    fn answer(&self, question: &Question) -> Answer {
        let Workload { source, target, links, .. } = self.workload;
        match question {
            Question::Remembered(key) => {
                let at = self.source(key.object_type.as_str());
                let standing = match source[at].records().find(key.id.as_str()) {
                    Some(row) => Standing::There(self.scoped[at][row.position()].clone()),
                    None => Standing::Gone,
                };
                let mapping = ["worker -> account", "team -> group"][at];
                let link = links.of(mapping).and_then(|it| it.of_source(key.id.as_str()));
                Answer::Remembered(Remembered::new(standing, link.map(|it| (Text::new(mapping), it.clone()))))
            }
            Question::Source(key) => one(&source[self.source(key.object_type.as_str())], key.id.as_str()),
            Question::Referrers(id) => {
                Answer::Sources(self.referrers.get(id.as_str()).cloned().unwrap_or_default())
            }
            // Workers and teams are matched by what is their id, too.
            Question::Alike(value) => {
                let import = &source[usize::from(value.mapping.0)];
                let found = find(import, &value.key).map(|it| key(import, it.id_str()));
                Answer::Sources(found.into_iter().collect())
            }
            Question::Target(key) => one(&target[self.target(key.object_type.as_str())], key.id.as_str()),
            Question::TargetWith { object_type, attribute, value } if attribute.is("externalId") => {
                let at = self.target(object_type.as_str());
                let row = self.external[at].get(value.key());
                let found =
                    row.map(|&row| target[at].records().record(provisio_model::Row::at(row as usize)));
                Answer::Objects(found.map(|it| it.to_object()).into_iter().collect())
            }
            Question::LinksTo(key) => {
                let mapping = ["worker -> account", "team -> group"][self.target(key.object_type.as_str())];
                let link = links.of(mapping).and_then(|it| it.of_target(key.id.as_str()));
                Answer::Links(link.map(|it| (Text::new(mapping), it.clone())).into_iter().collect())
            }
            _ => Answer::Unknown,
        }
    }
}

/// What is remembered of the workload as a whole.
#[must_use]
pub fn baseline(workload: &Workload) -> Baseline {
    let totals = workload.links.iter().map(|(_, it)| Totals::new(it.len() as u64, it.len() as u64));
    let objects = workload.source.iter().map(|it| it.records().len() as u64).sum();
    Baseline::new(workload.spec.fingerprint(), objects, totals, Open::Objects(Vec::new()))
}

/// Movers, people with another manager, joiners and leavers, spread over all workers.
#[must_use]
pub fn changes(workload: &Workload) -> Vec<Change> {
    let workers = workload.source[0].records();
    let step = workers.len() / CHANGES;
    let each = (0..CHANGES).map(|at| {
        let record = workers.record(provisio_model::Row::at(at * step));
        let mut object: Object = record.to_object();
        match at % 10 {
            0 => {
                return Change::Deleted { object_type: object.object_type.clone(), id: record.id() };
            }
            1 => {
                object.id = Text::new(format!("J{at:07}"));
                object.attributes.set("workerId", object.id.as_str());
            }
            2 => {
                let manager = workers.record(provisio_model::Row::at(at * step / 2));
                object.attributes.set("managerId", Value::Reference(manager.id_str().into()));
            }
            _ => {
                object.attributes.set("department", "Another one");
            }
        }
        Change::Upsert(object)
    });
    each.collect()
}

/// What planning the changes took.
pub struct Timed {
    /// The plan.
    pub planned: Planned,
    /// What was asked.
    pub counts: QuestionCounts,
    /// In how many rounds.
    pub rounds: usize,
    /// How many source objects were planned.
    pub selected: usize,
    /// The plan alone: from the changes, over every question, to the ordered operations.
    pub planning: Duration,
    /// The library, which answers the questions.
    pub answering: Duration,
}

/// Plans changes.
#[inline(never)]
#[must_use]
pub fn run(library: &Library<'_>, baseline: &Baseline, changes: Vec<Change>) -> Timed {
    let nothing = LinkTable::new();
    let frame = PlanInput { source: &[], target: &[], links: &nothing, ..library.workload.input() };
    let limits = SelectionLimits::default();
    let begun = Instant::now();
    let (mut answering, mut rounds) = (Duration::ZERO, 0);
    let mut selection = Selection::new(frame, baseline, changes, TargetKnowledge::LookUp, limits);
    loop {
        match selection.step().expect("it can be planned") {
            Step::Ask(questions) => {
                rounds += 1;
                let asked = Instant::now();
                let answers: Vec<Answer> = questions.iter().map(|it| library.answer(it)).collect();
                answering += asked.elapsed();
                for (question, answer) in questions.iter().zip(answers) {
                    selection.answer(question, answer).expect("an answer to the question");
                }
            }
            Step::Planned(planned) => {
                let planning = begun.elapsed().saturating_sub(answering);
                let (counts, selected) = (selection.counts(), selection.selected().count());
                return Timed { planned: *planned, counts, rounds, selected, planning, answering };
            }
            Step::Full(why) => unreachable!("{why}"),
        }
    }
}
