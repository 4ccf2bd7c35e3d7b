//! What the benchmarks measure: one workload, generated, so that everybody measures the same.

pub mod ceiling;
pub mod contest;
pub mod files;
pub mod organisation;
mod words;
pub mod workload;

pub use workload::Workload;
