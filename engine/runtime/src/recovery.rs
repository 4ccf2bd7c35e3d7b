//! What became of creates whose answers were lost?
//!
//! A create is noted before it is sent. A note that is there when a cycle begins tells of a run that was killed, or of an
//! answer that never came: there may be an object that nobody is linked to. It is looked for by the values that it was
//! sent with, before anything is planned (R9): found, it is linked; proved not to be there, it may be created again;
//! otherwise the source object waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use provisio_connector::{Context, ReadQuery};
use provisio_model::{
    CompareRule, Import, Layout, Link, LinkOrigin, ObjectType, Schema, SourceId, TargetSide,
};
use provisio_model::{TargetId, Text};
use provisio_planner::{MemoryChange, Note, SourceKey, Unanswered};

use crate::apply::Remembered;
use crate::error::RunError;
use crate::event::Event;
use crate::import::import_query;
use crate::incremental::Journal;
use crate::job::Job;
use crate::lease::Held;
use crate::store::{Head, LinkChange, Recall, Recalled, StateChange};

/// A create without an answer.
struct Lost {
    mapping: Text,
    source: SourceId,
    unanswered: Unanswered,
}

/// What is found out about it.
enum Found {
    /// Its object is there.
    There(TargetId),
    /// It is proved that there is none.
    Nowhere,
    /// The target does not tell, or tells of several.
    Unclear,
}

impl Job {
    /// Looks for the objects of creates without an answer.
    pub(crate) async fn recover(
        &self,
        context: &Context,
        held: &Held<'_>,
        head: &mut Head,
    ) -> Result<(), RunError> {
        let lost = head.memory.unanswered().map(|(mapping, source, unanswered)| Lost {
            mapping: mapping.clone(),
            source: source.clone(),
            unanswered: unanswered.clone(),
        });
        let mut by_type: BTreeMap<ObjectType, Vec<Lost>> = BTreeMap::new();
        for lost in lost {
            // What a mapping created that is not there any more is nobody's business now.
            if let Some(mapping) = self.spec().objects.iter().find(|it| it.name == lost.mapping) {
                by_type.entry(mapping.target.clone()).or_default().push(lost);
            }
        }
        if by_type.is_empty() {
            return Ok(());
        }
        let connect = |source| RunError::Connect { side: "target", source };
        let schema = self.target().schema(context).await.map_err(connect)?;
        let mut links: Vec<LinkChange> = Vec::new();
        let mut memory = MemoryChange::default();
        for (object_type, lost) in by_type {
            let mut listing = None;
            for lost in lost {
                let found = self.find(context, &schema, &object_type, &lost, &mut listing).await?;
                let Lost { mapping, source, .. } = lost;
                let target = match &found {
                    Found::There(target) => Some(target),
                    Found::Nowhere => None,
                    Found::Unclear => continue,
                };
                self.tell(&Event::CreateRecovered {
                    mapping: &mapping,
                    source: &source,
                    target,
                    at: context.now(),
                });
                let settle = |note: &mut Note| note.unanswered = None;
                memory.edit_note(&head.memory, &mapping, &source, settle);
                if let Some(target) = target.cloned() {
                    let link = Link { source, target, origin: LinkOrigin::Created };
                    links.push(LinkChange::Put { mapping, link });
                }
            }
        }
        if memory.is_empty() {
            return Ok(());
        }
        let mut journal = Journal::find(&head.records, self.id())?;
        journal.extend(self.referrers(&links).await?);
        let (name, value) = journal.to_record();
        head.records.retain(|(it, _)| *it != name);
        head.records.extend(value.clone().map(|it| (name.clone(), it)));
        head.memory.apply(&memory);
        let mut known = Remembered { generation: head.generation, memory: std::mem::take(&mut head.memory) };
        let change = StateChange { links, memory, records: vec![(name, value)], ..StateChange::default() };
        self.commit(held, &mut known, change).await?;
        (head.generation, head.memory) = (known.generation, known.memory);
        Ok(())
    }

    /// Who refers to what was found again: a plan asks for them where a link comes of itself, and this one came before it.
    async fn referrers(&self, links: &[LinkChange]) -> Result<Vec<SourceKey>, RunError> {
        let found = links.iter().filter_map(|it| match it {
            LinkChange::Put { link, .. } => Some(Recall::Referrers(link.source.clone())),
            LinkChange::Remove { .. } => None,
        });
        let found: Vec<Recall> = found.collect();
        let keys = self.store().recall(self.id(), &found).await?.into_iter().map(|it| match it {
            Recalled::Sources(keys) => keys,
            _ => Vec::new(),
        });
        Ok(keys.flatten().collect())
    }

    async fn find(
        &self,
        context: &Context,
        schema: &Schema,
        object_type: &ObjectType,
        lost: &Lost,
        listing: &mut Option<Import<TargetSide>>,
    ) -> Result<Found, RunError> {
        let values = &lost.unanswered.values;
        let Some(of_type) = schema.of(object_type) else { return Ok(Found::Unclear) };
        let attributes: Option<Vec<_>> =
            values.iter().map(|it| of_type.resolve(it.attribute.as_str()).ok()).collect();
        let Some(attributes) = attributes.filter(|it| !it.is_empty()) else { return Ok(Found::Unclear) };
        let layout = Arc::new(Layout::new(object_type.clone(), attributes));
        let mut looked_up = None;
        if self.target().capabilities().read_by_value
            && let Some((value, name)) = values.first().and_then(|it| Some((it.to_value()?, &it.attribute)))
        {
            let query = ReadQuery::with_values(Arc::clone(&layout), name.clone(), [value]);
            looked_up = import_query::<TargetSide>(self.target(), context, query).await.map(|it| it.import);
        }
        let import = match &looked_up {
            Some(import) => import,
            None => match listing {
                Some(listing) if *listing.records().layout() == layout => listing,
                _ => listing.insert(self.import_one::<TargetSide>(self.target(), context, &layout).await.0),
            },
        };
        if import.complete().is_none_or(|it| !it.unreadable().is_empty()) {
            return Ok(Found::Unclear);
        }
        let mut targets = Vec::new();
        for record in import.records().iter() {
            let has = |it: &provisio_planner::SentValue| {
                let Some(slot) = layout.slot(it.attribute.as_str()) else { return false };
                let rule = CompareRule::of(layout.attribute(slot));
                record.values(slot).iter().any(|value| it.is(value, rule))
            };
            if values.iter().all(has) {
                targets.push(record.id());
            }
        }
        self.nobodys(object_type, &lost.source, targets).await
    }

    /// Decides among objects with the values that were sent: those that somebody is linked to are not meant.
    async fn nobodys(
        &self,
        object_type: &ObjectType,
        source: &SourceId,
        targets: Vec<TargetId>,
    ) -> Result<Found, RunError> {
        if targets.is_empty() {
            return Ok(Found::Nowhere);
        }
        let of_type = self.spec().objects.iter().filter(|it| it.target == *object_type);
        let mappings: Vec<Text> = of_type.map(|it| it.name.clone()).collect();
        let asked =
            targets.iter().map(|it| Recall::LinksTo { target: it.clone(), mappings: mappings.clone() });
        let asked: Vec<Recall> = asked.collect();
        let answers = self.store().recall(self.id(), &asked).await?;
        let is_free = |answer: &Recalled| match answer {
            Recalled::Links(links) => links.iter().all(|(_, link)| link.source == *source),
            _ => false,
        };
        let mut free = targets.into_iter().zip(&answers).filter(|(_, answer)| is_free(answer));
        Ok(match (free.next(), free.next()) {
            (None, _) => Found::Nowhere,
            (Some((target, _)), None) => Found::There(target),
            (Some(_), Some(_)) => Found::Unclear,
        })
    }
}
