//! How does .NET read and write dates by a custom format string?

#[derive(Debug)]
pub(crate) struct DateFormat;
