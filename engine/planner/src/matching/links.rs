//! What the links say, joined to what was read.

use std::ops::Range;
use std::sync::Arc;

use provisio_model::{
    Absence, Import, Link, Links, LookUp, LookedUp, Records, Row, SourceId, SourceSide, TargetId, TargetSide,
};

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

/// Which target objects are linked, under any mapping. An incremental plan asks of so few that it looks the links up.
pub(crate) struct Claims(Vec<Vec<bool>>);

impl Claims {
    pub(crate) fn new(input: &PlanInput<'_>) -> Self {
        let read = input.target.iter().filter(|it| it.looked_up().is_none());
        Self(read.map(|it| vec![false; it.records().len()]).collect())
    }

    /// Tells whether a target object may be linked.
    pub(crate) fn may_have(&self, target: usize, row: Row<TargetSide>) -> bool {
        self.0.get(target).is_none_or(|it| it[row.position()])
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
        marks: Vec::new(),
        matched: Vec::new(),
        shields,
        members: crate::scope::memberships(input, mapping),
    };
    let Some(links) = input.links.of(&mapping.name) else { return pairs };
    let mut claims = claims.0.get_mut(mapping.target);
    let mut add = |link: &Link, (row, end): Ends| {
        let end = match end {
            Some(row) => {
                if let Some(claims) = &mut claims {
                    claims[row.position()] = true;
                }
                LinkEnd::Row(row)
            }
            None if target.prove_absent(&link.target).is_some() => LinkEnd::Gone,
            None => LinkEnd::Unseen,
        };
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
    };
    match source.looked_up() {
        Some(looked_up) => {
            planned_ends(links, looked_up, target.records()).for_each(|(link, ends)| add(link, ends));
        }
        None => {
            let found = threads.share(links.len(), |range| find_ends(links, range, source, target));
            links.iter().zip(found.into_iter().flatten()).for_each(|(link, ends)| add(link, ends));
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

/// Finds both objects of the links of those who are planned, in an incremental plan. Other links are known only for what
/// refers to them.
fn planned_ends<'l>(
    links: &'l Links,
    source: &'l LookedUp<SourceSide>,
    target: &'l Records<TargetSide>,
) -> impl Iterator<Item = (&'l Link, Ends)> {
    let found = source.iter().map(|it| (it.id_str(), Some(it.row())));
    let unknown = source.unknown().filter(|it| source.of(it) == LookUp::Unknown);
    let unseen = source.absent().chain(unknown).map(|it| (&**it, None));
    let planned = found.chain(unseen).filter_map(|(id, row)| Some((links.of_source(id)?, row)));
    planned.map(|(link, row)| (link, (row, target.find(link.target.as_str()))))
}

/// Finds which source object a target object is linked to, under any mapping to its type.
pub(super) fn holder(input: &PlanInput<'_>, target_type: usize, target: &TargetId) -> Option<SourceId> {
    let mappings = input.spec.mappings.iter().filter(|it| it.target == target_type);
    let links = mappings.filter_map(|it| input.links.of(&it.name));
    links.filter_map(|it| it.of_target(target.as_str())).map(|it| it.source.clone()).next()
}
