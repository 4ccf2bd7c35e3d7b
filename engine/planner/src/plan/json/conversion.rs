//! How does a plan become a text, and a text a plan?

use super::document::{AnyVersion, PlanDocument};
use super::error::PlanJsonError;
use super::{BYTES_MAX, VERSION, decode, encode, escape, structure};
use crate::plan::Plan;

impl PlanDocument {
    /// Converts a plan.
    ///
    /// # Errors
    /// When the plan holds a secret, or is not sound in itself.
    pub fn of(plan: &Plan) -> Result<Self, PlanJsonError> {
        structure::check(plan)?;
        Ok(encode::document(plan))
    }

    /// Converts back.
    ///
    /// # Errors
    /// When the document contradicts itself, or was changed after it was made.
    pub fn into_plan(self) -> Result<Plan, PlanJsonError> {
        decode::plan(self)
    }

    /// Writes the document as indented JSON with a line end at its end.
    ///
    /// # Errors
    /// When the text would be longer than [`BYTES_MAX`].
    pub fn to_json(&self) -> Result<String, PlanJsonError> {
        let text = escape::to_json(self)?;
        if text.len() > BYTES_MAX { Err(PlanJsonError::too_large(text.len())) } else { Ok(text) }
    }

    /// Reads a document, without judging what it says.
    ///
    /// # Errors
    /// When the text is too long, is not JSON, or does not have the form of a version 1 document.
    pub fn parse(text: &str) -> Result<Self, PlanJsonError> {
        if text.len() > BYTES_MAX {
            return Err(PlanJsonError::too_large(text.len()));
        }
        let parsed = serde_json::from_str(text).map_err(|error| PlanJsonError::malformed(text, &error));
        // A document of another version fails in some odd place: the version explains more.
        let version = match &parsed {
            Ok(Self(content)) => Some(content.version.0),
            Err(_) => serde_json::from_str::<AnyVersion>(text).ok().map(|it| it.version.0),
        };
        match version {
            Some(found) if found != VERSION => Err(PlanJsonError::version(found)),
            _ => parsed,
        }
    }
}
