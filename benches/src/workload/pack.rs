//! Packing rows of text into the slots of a layout.

use std::sync::Arc;

use provisio_model::{
    Layout, Link, LinkOrigin, LinkTable, Records, RecordsBuilder, Side, Slot, SourceId, SourceSide, TargetId,
    TargetSide, ValueKind, ValueRef,
};
use provisio_planner::CompiledSpec;

use super::{TEAMS, WORKERS};
use crate::organisation::{ACCOUNT_ATTRIBUTES, WORKER_ATTRIBUTES};

/// Packs the objects of one type.
pub(super) struct Pack<S: Side> {
    builder: RecordsBuilder<S>,
    slots: Vec<Option<(Slot, ValueKind)>>,
    members: Option<Slot>,
}

impl<S: Side> Pack<S> {
    fn new(layout: &Arc<Layout>, names: &[&str]) -> Self {
        let slots =
            names.iter().map(|name| layout.slot(name).map(|slot| (slot, layout.attribute(slot).kind)));
        Self {
            slots: slots.collect(),
            members: layout.slot("members"),
            builder: RecordsBuilder::new(Arc::clone(layout)),
        }
    }

    pub(super) fn finish(self) -> Records<S> {
        self.builder.finish()
    }

    #[expect(clippy::expect_used, reason = "generated rows fit their own layout")]
    fn begin(&mut self, id: &str, values: &[Option<&str>]) {
        self.builder.begin(id).expect("ids are numbered");
        for (value, slot) in values.iter().zip(&self.slots) {
            if let (Some(value), Some((slot, kind))) = (value, slot) {
                let value = if *kind == ValueKind::Reference {
                    ValueRef::Reference(value)
                } else {
                    ValueRef::Text(value)
                };
                self.builder.set(*slot, value).expect("the value fits");
            }
        }
    }

    #[expect(clippy::expect_used, reason = "generated rows fit their own layout")]
    pub(super) fn group<'a>(&mut self, id: &str, name: &str, members: impl Iterator<Item = &'a str>) {
        self.begin(id, &[Some(id), Some(name)]);
        if let Some(slot) = self.members {
            self.builder.set_many(slot, members.map(ValueRef::Reference)).expect("the members fit");
        }
        self.builder.commit();
    }
}

impl Pack<SourceSide> {
    pub(super) fn workers(spec: &CompiledSpec) -> Self {
        Self::new(&spec.source_layouts()[0], &WORKER_ATTRIBUTES)
    }

    pub(super) fn teams(spec: &CompiledSpec) -> Self {
        Self::new(&spec.source_layouts()[1], &["groupId", "name"])
    }

    pub(super) fn worker(&mut self, values: [Option<&str>; 20]) {
        self.begin(values[0].unwrap_or_default(), &values);
        self.builder.commit();
    }
}

impl Pack<TargetSide> {
    pub(super) fn accounts(spec: &CompiledSpec) -> Self {
        Self::new(&spec.target_layouts()[0], &ACCOUNT_ATTRIBUTES)
    }

    pub(super) fn groups(spec: &CompiledSpec) -> Self {
        Self::new(&spec.target_layouts()[1], &["externalId", "displayName"])
    }

    /// Packs an account; one that is managed is linked to the worker that it names.
    pub(super) fn account(
        &mut self,
        id: &str,
        is_managed: bool,
        values: [Option<&str>; 20],
        links: &mut LinkTable,
    ) {
        self.begin(id, &values);
        self.builder.commit();
        if let (true, Some(worker)) = (is_managed, values[0]) {
            link(links, WORKERS, worker, id);
        }
    }

    /// Packs a group, linked to the team of the same id. Its members are those linked to the workers.
    pub(super) fn linked_group<'a>(
        &mut self,
        id: &str,
        name: &str,
        members: impl Iterator<Item = &'a str>,
        links: &mut LinkTable,
    ) {
        let accounts = links.of(WORKERS);
        let account = |worker: &'a str| Some(accounts?.of_source(worker)?.target.as_str());
        self.group(id, name, members.filter_map(account));
        link(links, TEAMS, id, id);
    }
}

fn link(links: &mut LinkTable, mapping: &str, source: &str, target: &str) {
    let (source, target) = (SourceId::new(source), TargetId::new(target));
    // Ids are numbered, so no two links share an end.
    let _ = links.of_mut(mapping).insert(Link { source, target, origin: LinkOrigin::Created });
}
