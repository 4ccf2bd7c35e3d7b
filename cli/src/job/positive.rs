//! Numbers of which there must be at least one.

use serde::Deserialize;

/// A whole number from 1.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u32")]
pub(super) struct Positive(pub(super) u32);

impl TryFrom<u32> for Positive {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == 0 { Err("it must be at least 1") } else { Ok(Self(number)) }
    }
}
