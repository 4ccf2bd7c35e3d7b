//! What the benchmarks measure: one workload, generated, so that everybody measures the same.

pub mod workload;
mod words;

pub use workload::Workload;
