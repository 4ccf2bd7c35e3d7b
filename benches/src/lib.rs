//! What the benchmarks measure: one workload, generated, so that everybody measures the same.

pub mod ceiling;
pub mod changes;
pub mod contest;
pub mod files;
pub mod organisation;
pub mod reading;
mod words;
pub mod workload;

pub use workload::Workload;
