//! What the benchmarks measure: one workload, generated, so that everybody measures the same.

mod words;
pub mod workload;

pub use workload::Workload;
