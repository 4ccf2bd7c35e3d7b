//! The rules of `ARCHITECTURE.md` that a machine can check.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The longest source file, in lines; a longer one is probably two rooms.
const LINES_MAX: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The packages in the normal dependency tree of a package, itself left out.
fn dependencies(package: &str, depth: Option<usize>) -> BTreeSet<String> {
    let depth = depth.map(|it| vec!["--depth".to_owned(), it.to_string()]).unwrap_or_default();
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            package,
        ])
        .args(depth)
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let names =
        text.lines().filter_map(|line| line.split(' ').next()).filter(|it| !it.is_empty() && *it != package);
    names.map(str::to_owned).collect()
}

#[test]
fn the_pure_crates_know_no_executor_no_io_and_no_randomness() {
    let impure = [
        "async-trait",
        "async-std",
        "futures",
        "futures-core",
        "futures-util",
        "futures-executor",
        "tokio",
        "smol",
        "mio",
        "hyper",
        "reqwest",
        "socket2",
        "rustls",
        "redb",
        "rand",
        "rand_core",
        "getrandom",
        "fastrand",
        "tempfile",
        "tracing",
        "chrono",
        "time",
        "rayon",
    ];
    for package in ["provisio-model", "provisio-expression", "provisio-planner"] {
        let found: Vec<String> =
            dependencies(package, None).into_iter().filter(|it| impure.contains(&it.as_str())).collect();
        assert!(found.is_empty(), "{package} depends on {found:?}");
    }
}

#[test]
fn dependencies_point_down_the_table() {
    let mut allowed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    allowed.insert("provisio-model", vec![]);
    allowed.insert("provisio-expression", vec!["provisio-model"]);
    allowed.insert("provisio-planner", vec!["provisio-model", "provisio-expression"]);
    allowed.insert("provisio-connector", vec!["provisio-model"]);
    allowed.insert(
        "provisio-runtime",
        vec!["provisio-model", "provisio-expression", "provisio-planner", "provisio-connector"],
    );
    allowed.insert("provisio-postgres", vec!["provisio-model", "provisio-planner", "provisio-runtime"]);
    allowed.insert("provisio-memory", vec!["provisio-model", "provisio-connector"]);
    allowed.insert("provisio-hr", vec!["provisio-model", "provisio-connector"]);
    allowed.insert("provisio-ldap", vec!["provisio-model", "provisio-connector"]);
    allowed.insert(
        "provisio",
        vec![
            "provisio-model",
            "provisio-expression",
            "provisio-planner",
            "provisio-connector",
            "provisio-runtime",
        ],
    );
    for (package, allowed) in allowed {
        let direct = dependencies(package, Some(1));
        let ours = direct.iter().filter(|it| it.starts_with("provisio"));
        let wrong: Vec<&String> = ours.filter(|it| !allowed.contains(&it.as_str())).collect();
        assert!(wrong.is_empty(), "{package} must not depend on {wrong:?}");
    }
}

#[test]
fn the_pure_crates_repeat_the_common_lints() {
    let common = std::fs::read_to_string(root().join("clippy.toml")).expect("the root has lints");
    let rules: Vec<&str> = common.lines().filter(|line| line.trim_start().starts_with("{ path")).collect();
    assert!(!rules.is_empty());
    for folder in ["engine/model", "expression", "engine/planner"] {
        let own =
            std::fs::read_to_string(root().join(folder).join("clippy.toml")).expect("a pure crate has lints");
        for rule in &rules {
            assert!(own.contains(rule), "{folder}/clippy.toml lacks {rule}");
        }
    }
}

#[test]
fn a_file_answers_one_question() {
    let mut folders = vec![root()];
    let mut long = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder can be read") {
            let path = entry.expect("an entry can be read").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if name.ends_with(".rs") {
                let lines = std::fs::read_to_string(&path).unwrap_or_default().lines().count();
                if lines > LINES_MAX {
                    long.push(format!("{} ({lines} lines)", path.display()));
                }
            }
        }
    }
    assert!(long.is_empty(), "longer than {LINES_MAX} lines: {long:#?}");
}
