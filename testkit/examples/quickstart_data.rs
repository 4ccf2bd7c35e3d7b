//! Writes the data of the quickstart again: `workers.csv` and `groups.csv`.
//!
//! ```text
//! cargo run -p provisio-testkit --example quickstart_data -- examples/quickstart
//! ```
//!
//! A number after the folder asks for that many workers instead, for example `-- /tmp/large 100000`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

use provisio_testkit::generate::{Organisation, Settings};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder =
        PathBuf::from(arguments.next().ok_or_else(|| invalid("which folder shall hold the files?"))?);
    let mut settings = Settings::quickstart();
    if let Some(workers) = arguments.next() {
        settings.workers = workers.parse().map_err(|_| invalid("the number of workers is not a number"))?;
    }

    let organisation = Organisation::generate(&settings);
    fs::create_dir_all(&folder)?;
    organisation.write_workers_csv(File::create(folder.join("workers.csv"))?)?;
    organisation.write_groups_csv(File::create(folder.join("groups.csv"))?)?;

    let (people, groups) = (organisation.people.len(), organisation.groups.len());
    writeln!(io::stdout(), "{people} workers and {groups} groups in {}", folder.display())
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}
