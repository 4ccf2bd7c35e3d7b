//! What changed in the source since the last cycle?

use std::sync::Arc;

use futures_util::StreamExt as _;
use provisio_connector::{ChangeEvent, Context, ReadQuery};
use provisio_model::{Change, Import, Layout, SourceSide, Text, Watermark};
use provisio_planner::{CompiledSpec, Fingerprint, SourceKey};

use super::settings::WhyEverything;
use super::settle::unread;
use crate::error::RunError;
use crate::event::Event;
use crate::job::{Job, UnreadableObjects};
use crate::store::Head;

/// What is known to have changed.
#[derive(Default)]
pub(crate) struct Changed {
    pub(crate) changes: Vec<Change>,
    /// Where the next feed of each type starts.
    pub(crate) watermarks: Vec<(Text, Watermark)>,
    /// What was read in full, by source layout.
    pub(crate) read: Vec<Option<Import<SourceSide>>>,
    /// What could not be read, of that.
    pub(crate) unreadable: Vec<UnreadableObjects>,
    /// Who could not be read, of that.
    pub(crate) unread: Vec<SourceKey>,
    /// Whether all of what was read in full was read to its end.
    pub(crate) is_whole: bool,
}

impl Job {
    /// Finds out what changed since the last cycle: from the feed of a type if the source has one, else by reading all
    /// of it and comparing.
    pub(crate) async fn changed(
        &self,
        context: &Context,
        spec: &CompiledSpec,
        head: &Head,
    ) -> Result<Result<Changed, WhyEverything>, RunError> {
        let mut changed = Changed { is_whole: true, ..Changed::default() };
        let mut known = None;
        for layout in spec.source_layouts() {
            let object_type = layout.object_type();
            let since = head.watermarks.iter().find(|(name, _)| name.as_str() == object_type.as_str());
            match since {
                Some((_, since)) if self.source().capabilities().changes => {
                    if let Err(why) = self.feed(context, layout, since, &mut changed).await {
                        return Ok(Err(why));
                    }
                    changed.read.push(None);
                }
                _ => {
                    let known = match &known {
                        Some(known) => known,
                        None => known.insert(self.store().known_sources(self.id()).await?),
                    };
                    let import = self.compare(context, spec, layout, known, &mut changed).await;
                    changed.read.push(Some(import));
                }
            }
        }
        Ok(Ok(changed))
    }

    async fn feed(
        &self,
        context: &Context,
        layout: &Arc<Layout>,
        since: &Watermark,
        changed: &mut Changed,
    ) -> Result<(), WhyEverything> {
        let object_type = layout.object_type();
        let failed = |_| WhyEverything::FeedFailed(object_type.clone());
        let query = ReadQuery::all(Arc::clone(layout));
        let mut stream = self.source().changes(context, query, since).await.map_err(failed)?;
        let before = changed.changes.len();
        let mut watermark = None;
        while let Some(event) = stream.next().await {
            match event.map_err(failed)? {
                ChangeEvent::Change(change) => changed.changes.push(change),
                ChangeEvent::Checkpoint(reached) => watermark = Some(reached),
                // A kind of event that this version does not know: nothing is concluded from what came before it.
                _ => return Err(WhyEverything::FeedExpired(object_type.clone())),
            }
        }
        // Without a checkpoint the same changes come again.
        if let Some(watermark) = watermark.filter(|it| it != since) {
            changed.watermarks.push((Text::new(object_type.as_str()), watermark));
        }
        self.tell(&Event::ChangesRead { object_type, changes: changed.changes.len() - before });
        Ok(())
    }

    async fn compare(
        &self,
        context: &Context,
        spec: &CompiledSpec,
        layout: &Arc<Layout>,
        known: &[(SourceKey, Fingerprint)],
        changed: &mut Changed,
    ) -> Import<SourceSide> {
        let object_type = layout.object_type();
        let (import, unreadable) = self.import_one::<SourceSide>(self.source(), context, layout).await;
        changed.unreadable.extend(unreadable);
        changed.unread.extend(unread(&import));
        changed.is_whole &= import.complete().is_some();
        let start = known.partition_point(|(key, _)| key.object_type < *object_type);
        let end = known.partition_point(|(key, _)| key.object_type <= *object_type);
        let known = &known[start..end];
        let before = changed.changes.len();
        let mut seen = vec![false; known.len()];
        let now = context.now();
        for record in import.records().iter() {
            let place = known.binary_search_by(|(key, _)| key.id.as_str().cmp(record.id_str()));
            let digest = place.ok().map(|at| {
                seen[at] = true;
                known[at].1
            });
            if digest != Some(spec.digest(record, now)) {
                changed.changes.push(Change::Upsert(record.to_object()));
            }
        }
        for ((key, _), _) in known.iter().zip(&seen).filter(|(_, seen)| !**seen) {
            if import.prove_absent(&key.id).is_some() {
                let SourceKey { object_type, id } = key.clone();
                changed.changes.push(Change::Deleted { object_type, id });
            }
        }
        self.tell(&Event::ChangesRead { object_type, changes: changed.changes.len() - before });
        import
    }
}
