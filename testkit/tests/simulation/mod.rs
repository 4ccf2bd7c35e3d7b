//! The job keeps its word in any weather.

mod soak;

use provisio_testkit::sim::simulate;

/// Runs this seed alone.
const SEED: &str = "PROVISIO_SIMULATION_SEED";

#[test]
fn a_job_keeps_its_word_in_any_weather() {
    if let Some(seed) = std::env::var(SEED).ok().and_then(|it| it.parse().ok()) {
        simulate(seed).unwrap_or_else(|it| panic!("seed {seed}: {it}"));
        return;
    }
    let seeds = if std::env::var_os("PROVISIO_MANY_CASES").is_some() { 2_000 } else { 300 };
    for seed in 0..seeds {
        if let Err(broken) = simulate(seed) {
            panic!("{broken}\nto see it again: {SEED}={seed} cargo test -p provisio-testkit simulation");
        }
    }
}
