//! What did earlier cycles do, as far as the log tells it?

use std::collections::BTreeSet;
use std::io;

use provisio_model::{AttrName, SourceId, TargetId, Text};
use provisio_planner::{ActionKind, Deed, DeedChange, NotNoted, Noted};

use super::privacy::PSEUDONYMISED;
use super::read::{CycleQuery, LogReader, Query};
use super::record::{ObjectRecord, OperationNote, Property};
use super::values;

/// What is to be undone.
#[derive(Clone, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "plain settings")]
pub struct Choice {
    /// Of this cycle, or of it and all later ones. Without it, of the last cycle that did something to each object.
    pub cycle: Option<CycleQuery>,
    /// Only what was done to the objects with one of these ids on either side, exactly, or names, whatever their case.
    pub objects: Vec<Text>,
    /// Only the operations with one of these numbers in the plan of the cycle.
    pub operations: Vec<u32>,
}

/// What was done, and what the log cannot tell.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Deeds {
    /// What was done.
    pub deeds: Vec<Deed>,
    /// The cycles in which it was done.
    pub cycles: BTreeSet<Text>,
    /// Records that name nobody: their ids are pseudonyms.
    pub pseudonymised: usize,
    /// Operations that did something of which it is not known what: the record does not name the target object.
    pub nameless: usize,
    /// Lines that cannot be read.
    pub damaged: usize,
    /// Records that are missing, as the log itself says.
    pub lost: u64,
}

/// Nothing can be chosen from the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeedsError {
    /// A file cannot be read.
    #[error("the provisioning log cannot be read")]
    Unreadable(#[from] io::Error),
    /// The beginning of an id stands for several cycles.
    #[error("`{asked}` stands for several cycles: {}", cycles.join(", "))]
    SeveralCycles {
        /// What was asked for.
        asked: Text,
        /// The first of them.
        cycles: Vec<String>,
    },
    /// Numbers of operations mean something in one cycle only.
    #[error("operations are numbered within one cycle; say which")]
    OperationsWithoutCycle,
}

/// How many cycles are named in an error.
const CYCLES_TOLD_MAX: usize = 5;

impl LogReader {
    /// Finds what was done to objects of a job. What was not done, or is not known to be, is not among it.
    ///
    /// # Errors
    /// When the log cannot be read, or the choice has several meanings.
    pub fn deeds(&self, job: &str, choice: &Choice) -> Result<Deeds, DeedsError> {
        let of_one = matches!(choice.cycle, Some(CycleQuery::Id(_) | CycleQuery::Last));
        if !choice.operations.is_empty() && !of_one {
            return Err(DeedsError::OperationsWithoutCycle);
        }
        let found = self.find(&Query {
            job: Some(job.into()),
            objects: choice.objects.clone(),
            cycle: choice.cycle.clone(),
            ..Query::default()
        })?;
        let mut deeds = Deeds { damaged: found.damaged_count, lost: found.lost, ..Deeds::default() };
        // The cycle of the latest deed of each object: its mapping and source.
        let mut latest: Vec<(Text, Text, Text)> = Vec::new();
        for record in &found.records {
            let done = record.operations.iter().filter(|it| is_done(it));
            let done =
                done.filter(|it| choice.operations.is_empty() || choice.operations.contains(&it.number));
            let done: Vec<&OperationNote> = done.collect();
            if done.is_empty() {
                continue;
            }
            if choice.cycle.is_none() {
                let source = record.source.id.clone().unwrap_or_default();
                let is_it = |it: &&(Text, Text, Text)| (&it.0, &it.1) == (&record.mapping, &source);
                match latest.iter().find(is_it) {
                    Some((.., cycle)) if *cycle != record.cycle => continue,
                    Some(_) => {}
                    None => latest.push((record.mapping.clone(), source, record.cycle.clone())),
                }
            }
            deeds.take(record, done);
        }
        if let Some(CycleQuery::Id(asked)) = &choice.cycle
            && deeds.cycles.len() > 1
        {
            let cycles = deeds.cycles.iter().take(CYCLES_TOLD_MAX).map(ToString::to_string).collect();
            return Err(DeedsError::SeveralCycles { asked: asked.clone(), cycles });
        }
        Ok(deeds)
    }
}

/// Of what nobody knows, the target shows whether it was done.
fn is_done(operation: &OperationNote) -> bool {
    matches!(&*operation.fate, "done" | "unknown")
}

impl Deeds {
    fn take(&mut self, record: &ObjectRecord, done: Vec<&OperationNote>) {
        self.cycles.insert(record.cycle.clone());
        let is_pseudonymised = record.personal_data.as_deref() == Some(PSEUDONYMISED);
        if is_pseudonymised {
            self.pseudonymised += 1;
            return;
        }
        let (Some(source), Some(target)) = (&record.source.id, &record.target.id) else {
            self.nameless += done.len();
            return;
        };
        for operation in done {
            let Some(action) = ActionKind::ALL.into_iter().find(|it| it.name() == &*operation.action) else {
                self.nameless += 1;
                continue;
            };
            let is_of = |it: &&Property| match it.operation {
                Some(number) => number == operation.number,
                // Earlier versions did not say. Of one operation it is clear; of several, nothing is.
                None => true,
            };
            let changes = record.changes.iter().filter(is_of).map(|it| {
                let is_clear = it.operation.is_some() || record.operations.len() == 1;
                let side = |listed| match (is_clear, it.more) {
                    (false, _) => Noted::Not(NotNoted::Unknown),
                    (true, 0) => values::read(listed, is_pseudonymised),
                    (true, _) => Noted::Not(NotNoted::TooLarge),
                };
                DeedChange {
                    attribute: AttrName::new(&it.attribute),
                    old: side(&it.old),
                    new: side(&it.new),
                    by_value: it.by_value || action == ActionKind::ChangeMembers,
                }
            });
            self.deeds.push(Deed {
                cycle: record.cycle.clone(),
                number: operation.number,
                mapping: record.mapping.clone(),
                source: SourceId::new(source),
                target: TargetId::new(target),
                label: record.target.name.clone().unwrap_or_else(|| target.clone()),
                action,
                changes: changes.collect(),
            });
        }
    }
}
