//! How does .NET do it? The parts of its library whose exact behaviour mappings rely on.

pub(crate) mod category;
pub(crate) mod culture;
pub(crate) mod date_format;
