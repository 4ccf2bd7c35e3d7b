//! How is a plan kept in a file? As a JSON document of version 1, which refactoring this crate never changes:
//! it has its own structs and words, and both directions are converted by hand.
//!
//! [`write()`] turns a [`Plan`] into text, [`read`] turns text into the same plan again, and trusts nothing in it.
//! `docs/plan-format.md` describes the document for people who read plans with other tools.

mod conversion;
mod decode;
mod document;
mod encode;
mod error;
mod escape;
mod fingerprint;
mod objects;
mod path;
mod place;
mod remember;
mod structure;
#[cfg(test)]
pub(in crate::plan) mod tests;
mod value;
mod words;

use provisio_model::Text;

use super::{Plan, Reason, SkipReason};

pub(super) use fingerprint::fingerprint;

pub use document::PlanDocument;
pub use error::{PlanJsonError, PlanJsonErrorKind};

/// The version of the format that is written and read.
pub const VERSION: u64 = 1;

/// The longest document that is written and read: room for some million operations.
pub const BYTES_MAX: usize = 1 << 30;

/// How deep complex values may stand in complex values.
pub const COMPLEX_DEPTH_MAX: usize = 16;

/// Returns the word that documents have for a reason: `no_match`, `out_of_scope`. It stays when its text changes.
pub fn reason_word(reason: &Reason) -> Text {
    words::reason(reason).kind
}

/// Returns the word that documents have for why an object is left alone: `out_of_scope`, `not_allowed`.
pub fn skip_word(why: &SkipReason) -> Text {
    words::skip(why).kind
}

/// Writes a plan as a JSON document, with a line end at its end. The same plan gives the same text.
///
/// # Errors
/// A plan that holds a secret is not written (R11), nor is one that [`read`] would refuse.
pub fn write(plan: &Plan) -> Result<String, PlanJsonError> {
    PlanDocument::of(plan)?.to_json()
}

/// Reads a plan that [`write()`] wrote: `read(&write(&plan)?)? == plan`.
///
/// The text may come from anywhere. What is accepted is a plan that is sound in itself and is the one that
/// was written; whether it may still be carried out (state generation, spec, done before) is for the caller
/// to ask.
///
/// # Errors
/// When the text is not a version 1 document, contradicts itself, or was changed after it was written.
pub fn read(text: &str) -> Result<Plan, PlanJsonError> {
    PlanDocument::parse(text)?.into_plan()
}
