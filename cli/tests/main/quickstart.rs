//! The quickstart of the README, copied to a folder of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_quickstart_runs_and_a_second_run_has_nothing_to_do() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/quickstart");
    let folder = tempfile::tempdir().expect("a temporary folder");
    for file in ["job.toml", "mapping.toml", "workers.csv", "groups.csv"] {
        fs::copy(examples.join(file), folder.path().join(file)).expect("copied");
    }
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_provisio"));
        let output = command.arg("run").arg(folder.path()).output().expect("started");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    let first = run();
    assert!(first.contains("users created") && first.contains("What to try next"), "{first}");
    let second = run();
    assert!(second.contains("nothing was written"), "{second}");
}
