//! How do the two sides stand to each other, before anything is planned? ([`PlanInput`]) to [`Preflight`]: how many
//! objects of each object mapping are in which situation, some of them by name, and which target objects nobody owns.
//!
//! It is what somebody wants to read before the first run on an existing system: who would be taken over, who would get
//! a second account, and who cannot be matched without a guess.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use provisio_model::{EscapedText, ObjectType, Row, TargetSide, Text};

use crate::finding::Finding;
use crate::input::{PlanError, PlanInput};
use crate::matching::{self, LinkEnd, Pair, Pairs};
use crate::parallel::Threads;
use crate::plan::MappingId;
use crate::planning::evaluation;
use crate::reference::label_text;
use crate::situation::Situation;

/// How many objects of one group are named.
pub const PREFLIGHT_SAMPLES_MAX: usize = 10;

/// How the two sides stand to each other.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Preflight {
    /// The source objects of each object mapping, in the order of the spec, and those that only links know.
    pub mappings: Vec<MappingPreflight>,
    /// The target objects of each type that is written.
    pub targets: Vec<TargetPreflight>,
}

/// The source objects of one object mapping.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MappingPreflight {
    /// The name of the object mapping.
    pub name: Text,
    /// The groups that are not empty, in the order of [`Situation::ALL`].
    pub groups: Vec<PreflightGroup>,
}

impl MappingPreflight {
    /// Returns how many objects are in a situation.
    pub fn count(&self, situation: Situation) -> u64 {
        self.groups.iter().find(|it| it.situation == situation).map_or(0, |it| it.count)
    }
}

/// The target objects of one type.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TargetPreflight {
    /// Which type.
    pub object_type: ObjectType,
    /// How many were read.
    pub count: u64,
    /// Why there may be more; nothing if everything was read.
    pub incomplete: Option<Text>,
    /// Those that nobody owns: not linked under any mapping, and not matched.
    pub unmanaged: PreflightGroup,
}

/// Objects in the same situation.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PreflightGroup {
    /// Which situation.
    pub situation: Situation,
    /// How many there are.
    pub count: u64,
    /// Those with the first ids, at most [`PREFLIGHT_SAMPLES_MAX`].
    pub samples: Vec<PreflightSample>,
}

/// One object of a group.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PreflightSample {
    /// Its id: in the source, or in the target for what only the target has.
    pub id: Text,
    /// What people call its target object, where there is one.
    pub label: Option<Text>,
    /// What was found about it, such as who else matches.
    pub why: Option<Text>,
}

/// Says how the two sides stand to each other.
///
/// # Errors
/// When the input as a whole cannot be planned from.
pub fn preflight(input: &PlanInput<'_>) -> Result<Preflight, PlanError> {
    input.validate()?;
    let mut findings = Vec::new();
    let pairs = matching::pair(input, &evaluation(input), Threads::ONE, &mut findings);
    let mappings = pairs.iter().enumerate().map(|(at, pairs)| of_mapping(input, at, pairs, &findings));
    let targets = (0..input.spec.targets.len()).map(|at| of_target(input, at, &pairs));
    Ok(Preflight { mappings: mappings.collect(), targets: targets.collect() })
}

/// Counts objects and keeps those with the first ids.
struct Collected<'a, T> {
    count: u64,
    first: BTreeSet<(&'a str, T)>,
}

impl<'a, T: Ord> Collected<'a, T> {
    fn new() -> Self {
        Self { count: 0, first: BTreeSet::new() }
    }

    fn add(&mut self, id: &'a str, what: T) {
        self.count += 1;
        let is_late = self.first.last().is_some_and(|(last, _)| *last <= id);
        if self.first.len() < PREFLIGHT_SAMPLES_MAX || !is_late {
            self.first.insert((id, what));
            if self.first.len() > PREFLIGHT_SAMPLES_MAX {
                self.first.pop_last();
            }
        }
    }
}

fn of_mapping(input: &PlanInput<'_>, at: usize, pairs: &Pairs, findings: &[Finding]) -> MappingPreflight {
    let mapping = &input.spec.mappings[at];
    let id = MappingId(u16::try_from(at).unwrap_or(u16::MAX));
    let records = input.source[mapping.source].records();
    let mut groups: BTreeMap<Situation, Collected<'_, Option<Row<TargetSide>>>> = BTreeMap::new();
    let mut add = |situation, id, row| groups.entry(situation).or_insert_with(Collected::new).add(id, row);
    for record in records.iter() {
        let pair = pairs.of(record.row());
        let row = match pair {
            Pair::Linked(row) | Pair::Matched(row, _) | Pair::Leaving(_, LinkEnd::Row(row)) => Some(row),
            _ => None,
        };
        add(pairs.situation_of(pair), record.id_str(), row);
    }
    let links = input.links.of(&mapping.name);
    for orphan in &pairs.orphans {
        let link = links.and_then(|it| it.of_target(orphan.target.as_str()));
        let row = crate::reference::writable(orphan.end);
        add(pairs.situation_of_orphan(orphan), link.map_or("", |it| it.source.as_str()), row);
    }
    let why = |source: &str| {
        let about =
            |it: &&Finding| it.mapping == id && it.source.as_ref().is_some_and(|it| it.as_str() == source);
        findings.iter().find(about).map(|it| Text::new(it.kind.to_string()))
    };
    let groups = groups.into_iter().map(|(situation, collected)| PreflightGroup {
        situation,
        count: collected.count,
        samples: collected
            .first
            .into_iter()
            .map(|(id, row)| PreflightSample {
                id: id.into(),
                label: row.and_then(|row| label(input, mapping.target, mapping.label, row)),
                why: why(id),
            })
            .collect(),
    });
    MappingPreflight { name: mapping.name.clone(), groups: groups.collect() }
}

fn of_target(input: &PlanInput<'_>, at: usize, pairs: &[Pairs]) -> TargetPreflight {
    let records = input.target[at].records();
    let mut owned = vec![false; records.len()];
    let mut slot = None;
    for (mapping, pairs) in input.spec.mappings.iter().zip(pairs).filter(|(it, _)| it.target == at) {
        slot.get_or_insert(mapping.label);
        let linked = input.links.of(&mapping.name).into_iter().flat_map(|it| it.iter());
        let linked = linked.filter_map(|it| records.find(it.target.as_str()));
        for row in linked.chain(pairs.matched.iter().copied()) {
            owned[row.position()] = true;
        }
    }
    let mut unmanaged = Collected::new();
    for record in records.iter().filter(|it| !owned[it.row().position()]) {
        unmanaged.add(record.id_str(), record.row());
    }
    let samples = unmanaged.first.into_iter().map(|(id, row)| PreflightSample {
        id: id.into(),
        label: slot.and_then(|slot| label(input, at, slot, row)),
        why: None,
    });
    TargetPreflight {
        object_type: input.spec.targets[at].object_type().clone(),
        count: records.len() as u64,
        incomplete: input.target[at].incomplete().map(|it| Text::new(it.to_string())),
        unmanaged: PreflightGroup {
            situation: Situation::Unmanaged,
            count: unmanaged.count,
            samples: samples.collect(),
        },
    }
}

fn label(
    input: &PlanInput<'_>,
    target: usize,
    slot: provisio_model::Slot,
    row: Row<TargetSide>,
) -> Option<Text> {
    let value = input.target[target].records().record(row).single(slot);
    value.map(label_text).filter(|it| !it.is_empty())
}

impl fmt::Display for Preflight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mapping in &self.mappings {
            writeln!(formatter, "{}", mapping.name)?;
            for group in &mapping.groups {
                // Who is linked or out of scope needs no look.
                let named = !matches!(group.situation, Situation::Linked | Situation::OutOfScope);
                write_group(formatter, group, named)?;
            }
        }
        for target in &self.targets {
            write!(formatter, "{}: {} in the target", target.object_type, target.count)?;
            match &target.incomplete {
                Some(why) => writeln!(formatter, ", and perhaps more ({why})")?,
                None => writeln!(formatter)?,
            }
            if target.unmanaged.count > 0 {
                write_group(formatter, &target.unmanaged, true)?;
            }
        }
        Ok(())
    }
}

fn write_group(formatter: &mut fmt::Formatter<'_>, group: &PreflightGroup, named: bool) -> fmt::Result {
    let PreflightGroup { situation, count, samples } = group;
    writeln!(formatter, "  {count:>7} {}: {}", situation, situation.meaning())?;
    for sample in samples.iter().filter(|_| named) {
        write!(formatter, "          {}", EscapedText(&sample.id))?;
        if let Some(label) = &sample.label {
            write!(formatter, " ({})", EscapedText(label))?;
        }
        if let Some(why) = &sample.why {
            write!(formatter, ": {why}")?;
        }
        writeln!(formatter)?;
    }
    match count.saturating_sub(samples.len() as u64) {
        more if named && more > 0 => writeln!(formatter, "          .. {more} more"),
        _ => Ok(()),
    }
}
