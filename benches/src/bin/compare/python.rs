//! Contenders in Python: an environment of their own, with what they need.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;

/// What plans.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Library {
    DuckDb,
    Polars,
    /// None: dictionaries.
    Dicts,
}

impl Library {
    pub(crate) const ALL: [Self; 3] = [Self::DuckDb, Self::Polars, Self::Dicts];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::Polars => "polars",
            Self::Dicts => "dicts",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::DuckDb => "DuckDB, 2 threads",
            Self::Polars => "Polars, 2 threads",
            Self::Dicts => "Python dicts",
        }
    }

    pub(crate) fn script(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("contenders").join(format!("plan_{}.py", self.name()))
    }

    /// The slowest one plans once in each run: it has nothing to warm up.
    pub(crate) fn rounds(self, rounds: usize) -> usize {
        if self == Self::Dicts { 1 } else { rounds }
    }

    fn package(self) -> Option<&'static str> {
        (self != Self::Dicts).then(|| self.name())
    }
}

/// Makes the environment, if it is not there, and returns its interpreter.
pub(crate) fn prepare(folder: &Path, libraries: &[Library]) -> Result<PathBuf> {
    let environment = std::path::absolute(folder)?.join("python");
    let python = environment.join("bin/python");
    fs::create_dir_all(folder)?;
    if !python.exists() {
        let mut make = Command::new("python3");
        run(make.args(["-m", "venv"]).arg(&environment), "there is no python3 with `venv`")?;
    }
    let is_there = |package: &str| {
        let mut import = Command::new(&python);
        import.arg("-c").arg(format!("import {package}")).output().is_ok_and(|it| it.status.success())
    };
    let missing: Vec<&str> =
        libraries.iter().filter_map(|it| it.package()).filter(|it| !is_there(it)).collect();
    if !missing.is_empty() {
        eprintln!("installing {} into {}", missing.join(" and "), environment.display());
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(&missing);
        run(&mut install, "pip could not install them")?;
    }
    Ok(python)
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    // What it says goes where messages go; the report is alone on the standard output.
    let done = command.stdout(std::process::Stdio::null()).status();
    match done {
        Ok(status) if status.success() => Ok(()),
        _ => Err(format!("{what}; `--without python` compares with the ceiling alone").into()),
    }
}
