//! The workload as files, which every contender reads: CSV without any quotes, an empty field is null.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::organisation::{ACCOUNT_ATTRIBUTES, AS_OF, CONSTANT, Group, Organisation, WORKER_ATTRIBUTES};
use crate::words::{COMPANIES, COMPANIES_IN_SCOPE, COUNTRIES};

/// The files of the source.
pub(crate) struct Source;

impl Source {
    pub(crate) const WORKERS: &str = "workers.csv";
    pub(crate) const TEAMS: &str = "groups.csv";
    pub(crate) const MEMBERS: &str = "group_members.csv";
}

/// The files of the target.
pub(crate) struct Target;

impl Target {
    pub(crate) const ACCOUNTS: &str = "accounts.csv";
    pub(crate) const GROUPS: &str = "tgroups.csv";
    pub(crate) const MEMBERS: &str = "tgroup_members.csv";
}

/// Writes the files of an organisation into a folder:
///
/// * `workers.csv`, `groups.csv`, `group_members.csv`: the source;
/// * `accounts.csv`, `tgroups.csv`, `tgroup_members.csv`: the target; the column `managed` says which accounts are linked;
/// * `spec.json`: what a mapping needs to know besides.
///
/// # Errors
/// When the folder cannot be written to.
pub fn write(organisation: &Organisation, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let file = |name: &str| File::create(folder.join(name)).map(|it| BufWriter::with_capacity(1 << 20, it));
    let mut out = file(Source::WORKERS)?;
    writeln!(out, "{}", WORKER_ATTRIBUTES.join(","))?;
    for worker in organisation.workers() {
        row(&mut out, worker.iter().map(Option::as_deref))?;
    }
    out.flush()?;
    let mut out = file(Target::ACCOUNTS)?;
    writeln!(out, "id,managed,{}", ACCOUNT_ATTRIBUTES.join(","))?;
    for account in organisation.accounts() {
        let managed = if account.is_managed { "true" } else { "false" };
        let own = [Some(account.id.as_str()), Some(managed)];
        row(&mut out, own.into_iter().chain(account.values.iter().map(Option::as_deref)))?;
    }
    out.flush()?;
    groups(organisation.teams(), file(Source::TEAMS)?, file(Source::MEMBERS)?)?;
    groups(organisation.groups(), file(Target::GROUPS)?, file(Target::MEMBERS)?)?;
    fs::write(folder.join("spec.json"), spec())
}

fn groups(
    groups: impl Iterator<Item = Group>,
    mut out: impl Write,
    mut members: impl Write,
) -> io::Result<()> {
    writeln!(out, "groupId,name")?;
    writeln!(members, "groupId,memberId")?;
    for group in groups {
        writeln!(out, "{},{}", group.id, group.name)?;
        for member in &group.members {
            writeln!(members, "{},{member}", group.id)?;
        }
    }
    out.flush()?;
    members.flush()
}

fn row<'a>(out: &mut impl Write, values: impl Iterator<Item = Option<&'a str>>) -> io::Result<()> {
    for (at, value) in values.enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        out.write_all(value.unwrap_or_default().as_bytes())?;
    }
    out.write_all(b"\n")
}

fn spec() -> String {
    let mut regions = String::new();
    for (country, region) in COUNTRIES {
        let comma = if regions.is_empty() { "" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(regions, "{comma}\"{country}\":\"{region}\"");
    }
    let companies = COMPANIES[..COMPANIES_IN_SCOPE].join("\",\"");
    format!(
        "{{\"asOf\":\"{AS_OF}\",\"const\":\"{CONSTANT}\",\"regions\":{{{regions}}},\"companies\":[\"{companies}\"]}}\n"
    )
}
