//! What the links say, joined to what was read.

use std::ops::Range;
use std::sync::Arc;

use provisio_model::{Absence, Import, Link, Links, LookUp, Row, SourceId, SourceSide, TargetId, TargetSide};

use super::{Departure, Pair, Pairs};
use crate::compiled::CompiledObject;
use crate::input::PlanInput;
use crate::parallel::Threads;
use crate::protect::Shields;
use crate::situation::Situation;

/// The target object of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkEnd {
    /// It is there.
    Row(Row<TargetSide>),
    /// It is proved to be gone.
    Gone,
    /// It was not seen, which proves nothing.
    Unseen,
}

/// A link whose source object was not read.
#[derive(Clone, Debug)]
pub(crate) struct Orphan {
    /// The proof that the source object is gone; without it, nothing is concluded (R1).
    pub(crate) absence: Option<Absence<SourceSide>>,
    pub(crate) target: TargetId,
    pub(crate) end: LinkEnd,
}

impl Orphan {
    /// Returns the situation that the link is in.
    pub(crate) fn situation(&self) -> Situation {
        match (&self.absence, self.end) {
            (None, _) => Situation::SourceUnproved,
            (Some(_), LinkEnd::Row(_)) => Situation::SourceDeleted,
            (Some(_), LinkEnd::Gone) => Situation::SourceDeletedGone,
            (Some(_), LinkEnd::Unseen) => Situation::SourceDeletedUnseen,
        }
    }
}

/// Which target objects are linked, under any mapping.
pub(crate) struct Claims(Vec<Vec<bool>>);

impl Claims {
    pub(crate) fn new(input: &PlanInput<'_>) -> Self {
        Self(input.target.iter().map(|it| vec![false; it.records().len()]).collect())
    }

    pub(crate) fn has(&self, target: usize, row: Row<TargetSide>) -> bool {
        self.0[target][row.position()]
    }
}

/// So many links are joined at once.
const TOGETHER: usize = 256;

/// Joins the links of one mapping. Whether a source object is in scope is not known yet, so every linked row
/// starts as [`Pair::Leaving`].
pub(super) fn join(
    input: &PlanInput<'_>,
    mapping: &CompiledObject,
    shields: Arc<Shields>,
    claims: &mut Claims,
    threads: Threads,
) -> Pairs {
    let (source, target) = (&input.source[mapping.source], &input.target[mapping.target]);
    let mut pairs = Pairs {
        of_row: vec![Pair::OutOfScope; source.records().len()],
        orphans: Vec::new(),
        matched: Vec::new(),
        shields,
        members: crate::scope::memberships(input, mapping),
    };
    let Some(links) = input.links.of(&mapping.name) else { return pairs };
    let found = threads.share(links.len(), |range| find_ends(links, range, source, target));
    for (link, (row, end)) in links.iter().zip(found.into_iter().flatten()) {
        let end = match end {
            Some(row) => {
                claims.0[mapping.target][row.position()] = true;
                LinkEnd::Row(row)
            }
            None if target.prove_absent(&link.target).is_some() => LinkEnd::Gone,
            None => LinkEnd::Unseen,
        };
        if row.is_none() && is_not_planned(source, &link.source) {
            continue;
        }
        if end == LinkEnd::Unseen {
            input.ask_target(mapping.target, link.target.as_str());
        }
        match row {
            Some(row) => pairs.of_row[row.position()] = Pair::Leaving(Departure::OutOfScope, end),
            None => pairs.orphans.push(Orphan {
                absence: source.prove_absent(&link.source),
                target: link.target.clone(),
                end,
            }),
        }
    }
    pairs
}

/// Where both objects of a link are, if they were read.
type Ends = (Option<Row<SourceSide>>, Option<Row<TargetSide>>);

/// Finds both objects of some links.
fn find_ends(
    links: &Links,
    range: Range<usize>,
    source: &Import<SourceSide>,
    target: &Import<TargetSide>,
) -> Vec<Ends> {
    let (source, target) = (source.records(), target.records());
    // Links come in the order of their sources, and so do objects, more often than not.
    let (mut source_near, mut target_near) = (Row::at(range.start), Row::at(range.start));
    let (mut sources, mut targets) = (Vec::new(), Vec::new());
    let mut found = Vec::with_capacity(range.len());
    let mut links = links.iter().skip(range.start).take(range.len());
    while links.len() > 0 {
        let some: Vec<&Link> = links.by_ref().take(TOGETHER).collect();
        target.find_all(some.iter().map(|it| it.target.as_str()), &mut target_near, &mut targets);
        source.find_all(some.iter().map(|it| it.source.as_str()), &mut source_near, &mut sources);
        found.extend(sources.iter().copied().zip(targets.iter().copied()));
    }
    found
}

/// Tells whether an incremental plan knows the link of a source object only for what refers to it.
fn is_not_planned(source: &Import<SourceSide>, id: &SourceId) -> bool {
    source.looked_up().is_some_and(|it| it.of(id.as_str()) == LookUp::NotAsked)
}

/// Finds which source object a target object is linked to, under any mapping to its type.
pub(super) fn holder(input: &PlanInput<'_>, target_type: usize, target: &TargetId) -> Option<SourceId> {
    let mappings = input.spec.mappings.iter().filter(|it| it.target == target_type);
    let links = mappings.filter_map(|it| input.links.of(&it.name));
    links.filter_map(|it| it.of_target(target.as_str())).map(|it| it.source.clone()).next()
}
