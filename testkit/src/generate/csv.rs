//! How does an organisation look as an HR export? Two CSV files (RFC 4180 quoting, UTF-8, line feeds).

use std::fmt::{self, Write as _};
use std::io::{self, BufWriter, Write as _};

use super::{Group, Organisation, Person};

/// The header of the worker export.
pub const WORKER_COLUMNS: [&str; 19] = [
    "workerId",
    "firstName",
    "lastName",
    "preferredName",
    "department",
    "departmentId",
    "title",
    "city",
    "countryCode",
    "hireDate",
    "terminationDate",
    "managerId",
    "costCentre",
    "phone",
    "mobile",
    "locationId",
    "employeeType",
    "company",
    "grade",
];

/// The header of the group export.
pub const GROUP_COLUMNS: [&str; 6] = ["groupId", "name", "kind", "parentId", "description", "members"];

/// The last line of both exports, by which a reader knows that nothing is missing.
pub const TRAILER: &str = "# end of export";

impl Organisation {
    /// Writes all workers, ordered by id.
    ///
    /// # Errors
    /// Returns what `out` returns.
    pub fn write_workers_csv(&self, out: impl io::Write) -> io::Result<()> {
        write_export(&WORKER_COLUMNS, &self.people, worker_row, out)
    }

    /// Writes all groups, ordered by id; the members of a group are ids with `|` between them.
    ///
    /// # Errors
    /// Returns what `out` returns.
    pub fn write_groups_csv(&self, out: impl io::Write) -> io::Result<()> {
        write_export(&GROUP_COLUMNS, &self.groups, group_row, out)
    }
}

fn write_export<T>(
    columns: &[&str],
    things: &[T],
    fill: impl Fn(&T, &mut Row),
    out: impl io::Write,
) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    let mut row = Row::default();
    for column in columns {
        row.text(column);
    }
    out.write_all(row.end().as_bytes())?;
    for thing in things {
        fill(thing, &mut row);
        out.write_all(row.end().as_bytes())?;
    }
    writeln!(out, "{TRAILER}")?;
    out.flush()
}

fn worker_row(person: &Person, row: &mut Row) {
    row.shown(person.id);
    row.text(&person.first_name);
    row.text(&person.last_name);
    row.optional_text(person.preferred_name.as_deref());
    row.text(&person.department);
    row.text(&person.department_id);
    row.text(&person.title);
    row.text(&person.city);
    row.text(&person.country_code);
    row.shown(person.hire_date);
    row.optional(person.termination_date);
    row.optional(person.manager);
    row.text(&person.cost_centre);
    row.optional_text(person.phone.as_deref());
    row.optional_text(person.mobile.as_deref());
    row.optional_text(person.location_id.as_deref());
    row.text(person.employee_type.as_str());
    row.text(&person.company);
    row.text(&person.grade);
}

fn group_row(group: &Group, row: &mut Row) {
    row.shown(group.id);
    row.text(&group.name);
    row.text(group.kind.as_str());
    row.optional(group.parent);
    row.text(&group.description);
    row.joined(&group.members);
}

/// A line that is being written; every call adds one cell.
#[derive(Default)]
struct Row {
    line: String,
    started: bool,
    ended: bool,
}

impl Row {
    fn text(&mut self, text: &str) {
        self.begin_cell();
        if text.contains([',', '"', '\n', '\r']) || text.starts_with([' ', '#']) || text.ends_with(' ') {
            self.line.push('"');
            self.line.push_str(&text.replace('"', "\"\""));
            self.line.push('"');
        } else {
            self.line.push_str(text);
        }
    }

    fn optional_text(&mut self, text: Option<&str>) {
        self.text(text.unwrap_or_default());
    }

    /// Adds a value whose text never needs quoting.
    fn shown(&mut self, value: impl fmt::Display) {
        self.begin_cell();
        self.push(value);
    }

    fn optional(&mut self, value: Option<impl fmt::Display>) {
        self.begin_cell();
        if let Some(value) = value {
            self.push(value);
        }
    }

    fn joined<T: fmt::Display>(&mut self, values: &[T]) {
        self.begin_cell();
        for (place, value) in values.iter().enumerate() {
            if place > 0 {
                self.line.push('|');
            }
            self.push(value);
        }
    }

    fn push(&mut self, value: impl fmt::Display) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.line, "{value}");
    }

    fn begin_cell(&mut self) {
        if self.ended {
            self.line.clear();
            self.ended = false;
        } else if self.started {
            self.line.push(',');
        }
        self.started = true;
    }

    /// Ends the line and returns it; the next cell begins a new one.
    fn end(&mut self) -> &str {
        self.line.push('\n');
        self.ended = true;
        &self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let mut row = Row::default();
        row.text("");
        row.text("Head of \"Zero Trust\"");
        row.text("Team Lead, Optics");
        row.optional(None::<u8>);
        row.joined(&[1, 2]);
        assert_eq!(row.end(), ",\"Head of \"\"Zero Trust\"\"\",\"Team Lead, Optics\",,1|2\n");
        row.text("next");
        assert_eq!(row.end(), "next\n");
    }
}
