//! What is to be done to some objects, with everything that has to be done before.

use std::collections::BTreeSet;

use provisio_model::SourceId;

use super::{ChangeWrite, MappingId, OpId, Operation, Plan, TargetRef};
use crate::draft::each_target;

/// The objects cannot be provisioned by themselves: too many others have to be written first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{others} other objects have to be written first, and at most {most} may be")]
#[expect(clippy::exhaustive_structs, reason = "a number and its limit")]
pub struct PartTooLarge {
    /// How many others there are.
    pub others: usize,
    /// How many there may be.
    pub most: usize,
}

impl Plan {
    /// Returns the part of the plan that is about these source objects, each under an object mapping: their operations, and
    /// what those wait for, directly or not. It is a plan by itself for the same state, and says the same about the same
    /// operations. What a limit holds back in the whole plan is not in the part; nothing is told of other objects.
    ///
    /// # Errors
    /// When more than `others_max` other objects would have to be written.
    pub fn part_of(
        &self,
        objects: &[(MappingId, SourceId)],
        others_max: usize,
    ) -> Result<Self, PartTooLarge> {
        let wanted: BTreeSet<(MappingId, &SourceId)> = objects.iter().map(|(at, id)| (*at, id)).collect();
        let kept = self.closure(&wanted);
        let others: BTreeSet<(MappingId, &SourceId)> = self
            .operations
            .iter()
            .filter(|it| kept[it.id.position()])
            .map(|it| (it.mapping, &it.source))
            .filter(|it| !wanted.contains(it))
            .collect();
        if others.len() > others_max {
            return Err(PartTooLarge { others: others.len(), most: others_max });
        }
        let mut place = vec![None; self.operations.len()];
        let mut operations: Vec<Operation> = Vec::new();
        for operation in self.operations.iter().filter(|it| kept[it.id.position()]) {
            let id = OpId(u32::try_from(operations.len()).unwrap_or(u32::MAX));
            place[operation.id.position()] = Some(id);
            operations.push(operation.clone());
        }
        // INVARIANT: what an operation names is kept with it, so it has a place.
        let place_of = |id: OpId| place.get(id.position()).copied().flatten().unwrap_or(OpId(u32::MAX));
        for operation in &mut operations {
            operation.id = place_of(operation.id);
            operation.after.iter_mut().for_each(|it| it.operation = place_of(it.operation));
            each_target(operation, |target, _| {
                if let TargetRef::Created(id) = target {
                    *id = place_of(*id);
                }
            });
        }
        let memory = self.memory.iter().filter_map(|it| {
            let once = place.get(it.once?.position()).copied().flatten()?;
            let mut known = it.clone();
            known.once = Some(once);
            Some(known)
        });
        Ok(Self {
            name: self.name.clone(),
            spec: self.spec,
            parent: self.parent,
            at: self.at,
            mappings: self.mappings.clone(),
            memory: memory.collect(),
            operations,
            held: Vec::new(),
            skipped: Vec::new(),
            unchanged: 0,
            target_known_by: self.target_known_by,
        })
    }

    /// Which operations the objects need.
    fn closure(&self, wanted: &BTreeSet<(MappingId, &SourceId)>) -> Vec<bool> {
        let mut kept = vec![false; self.operations.len()];
        let is_wanted = |it: &&Operation| wanted.contains(&(it.mapping, &it.source));
        let mut open: Vec<OpId> = self.operations.iter().filter(is_wanted).map(|it| it.id).collect();
        while let Some(id) = open.pop() {
            let Some(operation) = self.operations.get(id.position()) else { continue };
            if std::mem::replace(&mut kept[id.position()], true) {
                continue;
            }
            open.extend(operation.after.iter().map(|it| it.operation));
            // A temporary value must not stay: what replaces it belongs to it.
            if operation.action.changes().iter().any(|it| it.write == ChangeWrite::Temporary) {
                let same =
                    |it: &&Operation| (it.mapping, &it.source) == (operation.mapping, &operation.source);
                open.extend(self.operations.iter().filter(same).map(|it| it.id));
            }
        }
        kept
    }
}
