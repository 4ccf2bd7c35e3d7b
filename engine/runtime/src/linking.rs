//! Which target object belongs to which source object, changed by hand.
//!
//! Links decide alone (R7), so a link that somebody gets wrong would change or remove somebody else's object. Every change
//! is therefore judged before any is made: both objects must have been seen, and neither may be linked elsewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use provisio_connector::{Context, Source};
use provisio_model::{Import, Layout, Link, LinkTable, ObjectType, Side, SourceId, SourceSide, TargetId};
use provisio_model::{TargetSide, Text};
use provisio_planner::MemoryChange;

use crate::apply::Remembered;
use crate::error::RunError;
use crate::import::{ImportSide, import};
use crate::incremental::CONTINUATION_RECORD;
use crate::job::Job;
use crate::store::{LinkChange, State, StateChange};

/// How many faults of changes are told; all are counted.
const FAULTS_TOLD_MAX: usize = 100;

/// What is wrong with one change of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkFault {
    /// The position of the change among all that were asked for.
    pub change: usize,
    /// What is wrong with it.
    pub kind: LinkFaultKind,
}

/// Why a link cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkFaultKind {
    /// The mapping spec has no object mapping of this name.
    UnknownMapping(Text),
    /// The source object has no link that could go.
    NotLinked(SourceId),
    /// The source object is linked to this target object already.
    SourceLinked(SourceId, TargetId),
    /// The target object is linked to this source object already.
    TargetLinked(TargetId, SourceId),
    /// A target object may have been created for the source object, and no answer has come yet.
    Unanswered(SourceId),
    /// It is proved that there is no such source object.
    NoSuchSource(SourceId),
    /// It is proved that there is no such target object.
    NoSuchTarget(TargetId),
    /// The source object was not seen, in a read that was not complete.
    SourceUnseen(SourceId),
    /// The target object was not seen, in a read that was not complete.
    TargetUnseen(TargetId),
}

impl fmt::Display for LinkFaultKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMapping(name) => write!(formatter, "there is no object mapping `{name}`"),
            Self::NotLinked(source) => write!(formatter, "the source object `{source}` has no link"),
            Self::SourceLinked(source, target) => {
                write!(
                    formatter,
                    "the source object `{source}` is linked to `{target}`; remove that link first"
                )
            }
            Self::TargetLinked(target, source) => write!(
                formatter,
                "the target object `{target}` belongs to the source object `{source}`; remove that link first"
            ),
            Self::Unanswered(source) => write!(
                formatter,
                "an object may have been created for `{source}`, and no answer came; run the job first"
            ),
            Self::NoSuchSource(source) => write!(formatter, "the source has no object `{source}`"),
            Self::NoSuchTarget(target) => write!(formatter, "the target has no object `{target}`"),
            Self::SourceUnseen(source) => {
                write!(
                    formatter,
                    "the source object `{source}` was not seen, in a read that was not complete"
                )
            }
            Self::TargetUnseen(target) => {
                write!(
                    formatter,
                    "the target object `{target}` was not seen, in a read that was not complete"
                )
            }
        }
    }
}

impl Job {
    /// Returns the links of the job.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub async fn links(&self) -> Result<LinkTable, RunError> {
        Ok(self.store().load(self.id()).await?.links)
    }

    /// Changes links by hand, in this order and all or nothing, and returns how many were changed: a link that is there
    /// already changes nothing. What was noted of the objects is forgotten with their links, and the next cycle reads
    /// everything.
    ///
    /// The objects of a new link are read first: a link to an object that is not there would have its other end created
    /// again, or removed. Meanwhile the lease of the job is held.
    ///
    /// # Errors
    /// [`RunError::Links`] with everything that is wrong with the changes; [`RunError::Leased`] when somebody else works on
    /// the job; when a system or the state cannot be used. Nothing is changed then.
    pub async fn edit_links(&self, context: &Context, changes: &[LinkChange]) -> Result<usize, RunError> {
        let held = self.hold(context).await?;
        let edit = async {
            let state = self.store().load(self.id()).await?;
            let mut judge = Judge::new(self, &state);
            changes.iter().enumerate().for_each(|(at, change)| judge.take(at, change));
            if !judge.sought.is_empty() {
                self.seek(context, &mut judge).await?;
            }
            let Judge { mut faults, made, .. } = judge;
            if !faults.is_empty() {
                faults.sort_by_key(|it| it.change);
                let count = faults.len();
                faults.truncate(FAULTS_TOLD_MAX);
                return Err(RunError::Links { faults, count });
            }
            if made.is_empty() {
                return Ok(0);
            }
            let mut memory = MemoryChange::default();
            for change in &made {
                let (mapping, source) = key_of(change);
                memory.edit_note(&state.memory, mapping, source, |note| {
                    note.leaving = None;
                    note.sent.clear();
                });
            }
            let count = made.len();
            let records = vec![(Text::new(CONTINUATION_RECORD), None)];
            let mut known = Remembered { generation: state.generation, memory: state.memory };
            let change = StateChange { links: made, memory, records, ..StateChange::default() };
            self.commit(&held, &mut known, change).await?;
            Ok(count)
        };
        held.during(edit).await
    }

    /// Looks whether the objects of new links are there.
    async fn seek(&self, context: &Context, judge: &mut Judge<'_>) -> Result<(), RunError> {
        let (spec, _) = self.compile(context).await?;
        let sought = std::mem::take(&mut judge.sought);
        let types = |of: fn(&Sought) -> &ObjectType| sought.iter().map(of).cloned().collect::<BTreeSet<_>>();
        let (sources, targets) = (types(|it| &it.source_type), types(|it| &it.target_type));
        let sources = read::<SourceSide>(self.source(), context, spec.source_layouts(), &sources).await;
        let targets = read::<TargetSide>(self.target(), context, spec.target_layouts(), &targets).await;
        for Sought { change, source_type, target_type, link } in sought {
            let kind = match (
                look(&sources, &source_type, &link.source),
                look(&targets, &target_type, &link.target),
            ) {
                (Looked::Absent, _) => LinkFaultKind::NoSuchSource(link.source),
                (_, Looked::Absent) => LinkFaultKind::NoSuchTarget(link.target),
                (Looked::Unseen, _) => LinkFaultKind::SourceUnseen(link.source),
                (_, Looked::Unseen) => LinkFaultKind::TargetUnseen(link.target),
                (Looked::There, Looked::There) => continue,
            };
            judge.faults.push(LinkFault { change, kind });
        }
        Ok(())
    }
}

/// Reads the objects of some types.
async fn read<S: ImportSide>(
    system: &(impl Source + ?Sized),
    context: &Context,
    layouts: &[std::sync::Arc<Layout>],
    types: &BTreeSet<ObjectType>,
) -> Vec<Import<S>> {
    let mut imports = Vec::new();
    for layout in layouts.iter().filter(|it| types.contains(it.object_type())) {
        imports.push(import::<S>(system, context, layout).await.import);
    }
    imports
}

enum Looked {
    There,
    Absent,
    Unseen,
}

fn look<S: Side>(imports: &[Import<S>], object_type: &ObjectType, id: &provisio_model::Id<S>) -> Looked {
    let of_type = |it: &&Import<S>| it.object_type() == object_type;
    let Some(import) = imports.iter().find(of_type) else { return Looked::Unseen };
    if import.records().find(id.as_str()).is_some() {
        Looked::There
    } else if import.prove_absent(id).is_some() {
        Looked::Absent
    } else if import.complete().is_some() {
        // It is there, and cannot be read.
        Looked::There
    } else {
        Looked::Unseen
    }
}

fn key_of(change: &LinkChange) -> (&Text, &SourceId) {
    match change {
        LinkChange::Put { mapping, link } => (mapping, &link.source),
        LinkChange::Remove { mapping, source } => (mapping, source),
    }
}

/// A new link whose objects must be there.
struct Sought {
    change: usize,
    source_type: ObjectType,
    target_type: ObjectType,
    link: Link,
}

/// Judges changes one after the other, as if those before were made.
struct Judge<'a> {
    job: &'a Job,
    state: &'a State,
    /// What the changes so far made of links, by object mapping and end.
    by_source: BTreeMap<(Text, SourceId), Option<Link>>,
    by_target: BTreeMap<(Text, TargetId), Option<SourceId>>,
    made: Vec<LinkChange>,
    sought: Vec<Sought>,
    faults: Vec<LinkFault>,
}

impl<'a> Judge<'a> {
    fn new(job: &'a Job, state: &'a State) -> Self {
        Self {
            job,
            state,
            by_source: BTreeMap::new(),
            by_target: BTreeMap::new(),
            made: Vec::new(),
            sought: Vec::new(),
            faults: Vec::new(),
        }
    }

    fn link_of(&self, mapping: &Text, source: &SourceId) -> Option<Link> {
        match self.by_source.get(&(mapping.clone(), source.clone())) {
            Some(link) => link.clone(),
            None => self.state.links.of(mapping)?.of_source(source.as_str()).cloned(),
        }
    }

    fn holder_of(&self, mapping: &Text, target: &TargetId) -> Option<SourceId> {
        match self.by_target.get(&(mapping.clone(), target.clone())) {
            Some(source) => source.clone(),
            None => Some(self.state.links.of(mapping)?.of_target(target.as_str())?.source.clone()),
        }
    }

    fn take(&mut self, at: usize, change: &LinkChange) {
        if let Err(kind) = self.judge(at, change) {
            self.faults.push(LinkFault { change: at, kind });
        }
    }

    fn judge(&mut self, at: usize, change: &LinkChange) -> Result<(), LinkFaultKind> {
        let (mapping, source) = key_of(change);
        let of_spec = self.job.spec().objects.iter().find(|it| it.name == *mapping);
        let is_unanswered =
            self.state.memory.note(mapping, source.as_str()).is_some_and(|it| it.unanswered.is_some());
        if is_unanswered {
            return Err(LinkFaultKind::Unanswered(source.clone()));
        }
        let known = self.link_of(mapping, source);
        match change {
            LinkChange::Put { link, .. } => {
                let Some(of_spec) = of_spec else {
                    return Err(LinkFaultKind::UnknownMapping(mapping.clone()));
                };
                if known.as_ref() == Some(link) {
                    return Ok(());
                }
                if let Some(known) = known.filter(|it| it.target != link.target) {
                    return Err(LinkFaultKind::SourceLinked(source.clone(), known.target));
                }
                if let Some(holder) = self.holder_of(mapping, &link.target).filter(|it| it != source) {
                    return Err(LinkFaultKind::TargetLinked(link.target.clone(), holder));
                }
                let (source_type, target_type) = (of_spec.source.clone(), of_spec.target.clone());
                self.sought.push(Sought { change: at, source_type, target_type, link: link.clone() });
                self.by_source.insert((mapping.clone(), source.clone()), Some(link.clone()));
                self.by_target.insert((mapping.clone(), link.target.clone()), Some(source.clone()));
            }
            // Also of an object mapping that is not in the spec any more.
            LinkChange::Remove { .. } => {
                let Some(known) = known else {
                    let is_known = of_spec.is_some() || self.state.links.of(mapping).is_some();
                    return Err(if is_known {
                        LinkFaultKind::NotLinked(source.clone())
                    } else {
                        LinkFaultKind::UnknownMapping(mapping.clone())
                    });
                };
                self.by_source.insert((mapping.clone(), source.clone()), None);
                self.by_target.insert((mapping.clone(), known.target), None);
            }
        }
        self.made.push(change.clone());
        Ok(())
    }
}
