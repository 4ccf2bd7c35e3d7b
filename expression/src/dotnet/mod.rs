//! How does .NET do it? The parts of its library whose exact behaviour mappings rely on.

pub(crate) mod category;
pub(crate) mod culture;
pub(crate) mod date;
pub(crate) mod date_copy;
pub(crate) mod date_exact;
pub(crate) mod date_format;
pub(crate) mod date_parse;
pub(crate) mod date_styles;
pub(crate) mod regex;
pub(crate) mod replacement;
