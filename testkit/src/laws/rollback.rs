//! Laws of what is there after runs that were undone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use provisio::log::{CycleQuery, LogReader, LogSettings, ProvisioningLog};
use provisio::model::{Object, SourceId, Text, Value, Values};
use provisio::plan::LimitKind;
use provisio::rollback::{Choice, Created};
use provisio::{Finding, Plan, Planned, Released};

use super::running::story;
use super::{Broken, Verdict};
use crate::rig::Rig;
use crate::strategies::Edit;
use crate::world::World;

/// What a cycle did after an edit of the source is undone by rolling it back: the target holds what it held before, but for
/// what is listed as not undone, for what no mapping writes of objects that were deleted, and for references that the target
/// itself took away from objects when it deleted another.
/// Rolling that back as well gives what the cycle left.
///
/// `folder` is empty; the log of the runs is kept there.
pub fn rolling_back_restores(world: &World, edits: &[Edit], folder: &Path) -> Verdict {
    let mut rig = Rig::new(world)?;
    rig.released = LimitKind::ALL.into_iter().fold(Released::NOTHING, Released::and);
    rig.settle()?;
    let settings = LogSettings { folder: folder.to_owned(), ..LogSettings::default() };
    rig.observer = Arc::new(ProvisioningLog::new(settings));
    // No two cycles begin at once.
    rig.pass(1);
    let before = Directory::of(&rig);
    rig.source.edit(|source| edits.iter().for_each(|it| it.apply(source)));
    let cycle = rig.run().map_err(|it| Broken(it.to_string()))?;
    let after = Directory::of(&rig);
    let done = cycle.planned.plan.operations.len() > cycle.summary.failed.len();
    let Some(back) = undo(&mut rig, folder, CycleQuery::Last)? else {
        return if done { Err(Broken("what was done is not in the log".into())) } else { Ok(()) };
    };
    let restored = Directory::of(&rig);
    let tell = |at: &str, difference: String| {
        Broken(format!("{at}: {difference}\nthe cycle:\n{}\nthe way back:\n{}", story(&cycle), text(&back)))
    };
    before.differs(&restored, &back).map_or(Ok(()), |it| Err(tell("not as before", it)))?;
    if !back.findings.is_empty() || back.plan.operations.is_empty() {
        return Ok(());
    }
    let Some(again) = undo(&mut rig, folder, CycleQuery::Last)? else {
        return Err(Broken("the rollback is not in the log".into()));
    };
    let redone = Directory::of(&rig);
    match after.differs(&redone, &again) {
        None => Ok(()),
        Some(difference) => {
            let told = tell("not as after the cycle", difference);
            Err(Broken(format!("{told}\nand forth again:\n{}", text(&again))))
        }
    }
}

/// Rolls back what the log says of a cycle; `None` when it says nothing.
fn undo(rig: &mut Rig, folder: &Path, cycle: CycleQuery) -> Result<Option<Planned>, Broken> {
    rig.pass(1);
    let choice = Choice { cycle: Some(cycle), ..Choice::default() };
    let name = Rig::job_id();
    let deeds = LogReader::new(folder).deeds(name.as_str(), &choice).map_err(|it| Broken(it.to_string()))?;
    if deeds.deeds.is_empty() {
        return Ok(None);
    }
    let planned =
        rig.roll_back(&deeds.deeds, Created::Delete).map_err(|it| Broken(format!("{it}: {it:?}")))?;
    let summary = rig.apply_in_cycle(&planned.plan).map_err(|it| Broken(it.to_string()))?;
    if !summary.is_complete() {
        return Err(Broken(format!("it was not all done: {summary:?}\n{}", text(&planned))));
    }
    Ok(Some(planned))
}

fn text(planned: &Planned) -> String {
    let Planned { plan, findings, .. } = planned;
    let findings: String = findings.iter().map(|it| format!("?? {}\n", it.text(plan))).collect();
    format!("{}{findings}", plan.text())
}

/// What the target holds, and whose it is.
struct Directory {
    objects: BTreeMap<(Text, Text), Object>,
    /// Target objects by object mapping and source object.
    links: BTreeMap<(Text, SourceId), Text>,
    /// The target type of each object mapping.
    types: BTreeMap<Text, Text>,
    /// The attributes that mappings write as a whole, by target type, in lower case.
    written: BTreeSet<(Text, String)>,
}

impl Directory {
    fn of(rig: &Rig) -> Self {
        let key = |it: &Object| (Text::new(it.object_type.as_str()), it.id.clone());
        let links = rig.links();
        let mappings = rig.spec.objects.iter();
        let attributes =
            rig.spec.objects.iter().flat_map(|of| of.attributes.iter().map(move |it| (&of.target, it)));
        let written = attributes
            .map(|(of, it)| (Text::new(of.as_str()), it.target.as_str().to_lowercase()))
            .filter(|(_, name)| !name.contains(['[', '.']));
        Self {
            objects: rig.objects().into_iter().map(|it| (key(&it), it)).collect(),
            links: links
                .into_iter()
                .map(|(name, it)| ((name, it.source), it.target.text().clone()))
                .collect(),
            written: written.collect(),
            types: mappings.map(|it| (it.name.clone(), Text::new(it.target.as_str()))).collect(),
        }
    }

    /// Says where another directory differs, but for what is listed, and for the ids of what was created again.
    fn differs(&self, other: &Self, back: &Planned) -> Option<String> {
        let excused = excused(&back.plan, &back.findings);
        let moved: BTreeMap<(&Text, &Text), &Text> = self
            .links
            .iter()
            .filter_map(|(key, id)| Some(((self.types.get(&key.0)?, id), other.links.get(key)?)))
            .collect();
        let gone: BTreeSet<&Text> = self.objects.keys().map(|it| &it.1).collect();
        let stays: BTreeSet<&Text> = other.objects.keys().map(|it| &it.1).collect();
        let now = |id: &Text| {
            let mut types = self.types.values().filter_map(|it| moved.get(&(it, id)));
            types.next().map_or_else(|| id.clone(), |it| (*it).clone())
        };
        for ((object_type, id), object) in &self.objects {
            let owner =
                self.links.iter().find(|(key, it)| *it == id && self.types.get(&key.0) == Some(object_type));
            let is_excused = |attribute: &str| {
                owner.is_some_and(|((mapping, source), _)| {
                    [None, Some(Text::new(attribute.to_lowercase()))]
                        .into_iter()
                        .any(|it| excused.contains(&(mapping.clone(), source.clone(), it)))
                })
            };
            let id_now = moved.get(&(object_type, id)).copied().unwrap_or(id);
            let is_made_again = id_now != id;
            let id = id_now;
            let Some(found) = other.objects.get(&(object_type.clone(), id.clone())) else {
                if is_excused("") {
                    continue;
                }
                return Some(format!("{object_type} {id} is not there"));
            };
            let names: BTreeSet<&str> =
                object.attributes.iter().chain(found.attributes.iter()).map(|it| it.0.as_str()).collect();
            for name in names {
                let was = values(object.attributes.get(name), &now);
                let is = values(found.attributes.get(name), &|it| it.clone());
                // What the target took away by itself when it deleted what was referred to.
                let lost = was.iter().filter(|it| !is.contains(*it)).all(|it| {
                    it.strip_prefix("-> ")
                        .is_some_and(|id| !gone.contains(&Text::new(id)) || !self.has(id, &stays))
                });
                let is_less = is.iter().all(|it| was.contains(it)) && lost;
                // Of an object that was made again, what mappings do not write is lost.
                let is_written = self.written.contains(&(object_type.clone(), name.to_lowercase()));
                let is_unwritten = is_made_again && !is_written;
                if was != is && !is_excused(name) && !is_less && !is_unwritten {
                    return Some(format!("{object_type} {id}, {name}: {was:?} became {is:?}"));
                }
            }
        }
        let known: BTreeSet<(&Text, &Text)> = self
            .objects
            .keys()
            .map(|(object_type, id)| (object_type, moved.get(&(object_type, id)).copied().unwrap_or(id)))
            .collect();
        for (object_type, id) in other.objects.keys().filter(|(kind, id)| !known.contains(&(kind, id))) {
            let owner = other
                .links
                .iter()
                .find(|(key, it)| *it == id && other.types.get(&key.0) == Some(object_type));
            let is_excused = owner.is_some_and(|((mapping, source), _)| {
                excused.iter().any(|it| it.0 == *mapping && it.1 == *source)
            });
            if !is_excused {
                return Some(format!("{object_type} {id} is there"));
            }
        }
        None
    }

    /// Tells whether an object with this id stayed all the time.
    fn has(&self, id: &str, stays: &BTreeSet<&Text>) -> bool {
        let id = Text::new(id);
        stays.contains(&id) && self.objects.keys().any(|it| it.1 == id)
    }
}

fn values(values: Option<&Values>, id: &dyn Fn(&Text) -> Text) -> BTreeSet<String> {
    let shown = |it: &Value| match it {
        Value::Reference(reference) => format!("-> {}", id(reference)),
        other => other.to_string(),
    };
    values.map(|it| it.as_slice().iter().map(shown).collect()).unwrap_or_default()
}

/// What is listed: by mapping and source object, an attribute in lower case, or the object as a whole.
fn excused(plan: &Plan, findings: &[Finding]) -> BTreeSet<(Text, SourceId, Option<Text>)> {
    let of = findings.iter().filter_map(|it| {
        let mapping = plan.mapping(it.mapping)?.name.clone();
        let attribute = it.attribute.as_ref().map(|it| Text::new(it.as_str().to_lowercase()));
        Some((mapping, it.source.clone()?, attribute))
    });
    of.collect()
}
