//! What makes two plans the same? Everything in the document except the time: how they are shown does not
//! count, since a name may stand for several objects.

use provisio_model::Text;
use serde::Serialize;

use super::document::MappingDocument;
use super::{encode, remember, words};
use crate::fingerprint::Fingerprint;
use crate::plan::Plan;

/// What stands first in what is hashed.
#[derive(Serialize)]
struct Header {
    name: Text,
    spec: String,
    parent: u64,
    unchanged: u64,
    mappings: Vec<MappingDocument>,
}

/// Hashes the content of a plan: the hashes of its parts in their order, so that a large plan is never in memory as
/// text. A secret counts by being there, not by its value: a hash of a password helps to guess it.
pub(in crate::plan) fn fingerprint(plan: &Plan) -> Fingerprint {
    let header = Header {
        name: plan.name.clone(),
        spec: plan.spec.to_string(),
        parent: plan.parent.0,
        unchanged: plan.unchanged,
        mappings: encode::mappings(plan),
    };
    let mut parts = Parts::default();
    parts.add("plan", &header);
    for operation in &plan.operations {
        parts.add("operation", &encode::operation(operation));
    }
    for held in &plan.held {
        parts.add("held", &encode::held(held));
    }
    for skipped in &plan.skipped {
        parts.add("skipped", &encode::skipped(skipped));
    }
    if let Some(word) = words::knowledge(plan.target_known_by) {
        parts.add("target_known_by", &word);
    }
    for fact in &plan.memory {
        parts.add("memory", &remember::document(fact));
    }
    Fingerprint::of(parts.hashes)
}

#[derive(Default)]
struct Parts {
    hashes: String,
    buffer: Vec<u8>,
}

impl Parts {
    fn add(&mut self, what: &str, part: &impl Serialize) {
        self.buffer.clear();
        let written = serde_json::to_writer(&mut self.buffer, part);
        // INVARIANT: a buffer takes everything, and all keys are text.
        debug_assert!(written.is_ok());
        self.hashes.push_str(what);
        self.hashes.push(' ');
        self.hashes.push_str(&Fingerprint::of(&self.buffer).to_string());
        self.hashes.push('\n');
    }
}
