//! What is wrong with a configuration, before any file is opened?

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::{ColumnKind, CsvColumn, CsvConfig, CsvFile};
use crate::convert::Converter;
use crate::limits::COLUMNS_MAX;

impl CsvConfig {
    /// Returns everything that is wrong with it, each as one sentence that says where; nothing when it can be
    /// used.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.files.is_empty() {
            faults.push("no file is configured".to_owned());
        }
        let mut types = BTreeSet::new();
        for file in &self.files {
            if !types.insert(file.object_type.as_str()) {
                faults.push(format!("two files hold objects of type `{}`", file.object_type));
            }
            let at = format!("file `{}`", file.path.display());
            faults.extend(file_faults(file).into_iter().map(|fault| format!("{at}: {fault}")));
            for column in &file.columns {
                let at = format!("{at}, column `{}`", column.name);
                faults.extend(column_faults(column, file).into_iter().map(|fault| format!("{at}: {fault}")));
            }
        }
        faults
    }
}

fn file_faults(file: &CsvFile) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |is_fault: bool, fault: &str| {
        if is_fault {
            faults.push(fault.to_owned());
        }
    };
    check(file.path == Path::new(""), "`path` is empty");
    check(file.object_type.is_empty(), "`object_type` is empty");
    check(file.anchor.is_empty(), "`anchor` is empty");
    check(!is_plain(file.delimiter), "`delimiter` must be one ASCII character and no line break");
    check(!is_plain(file.quote), "`quote` must be one ASCII character and no line break");
    check(matches!(file.quote, ' ' | '\t'), "`quote` must not be a blank");
    check(file.delimiter == file.quote, "`delimiter` and `quote` are the same");
    check(file.columns.len() > COLUMNS_MAX, "there are too many columns");
    let mut names = BTreeSet::new();
    let twice = file.columns.iter().find(|it| !names.insert(it.name.to_ascii_lowercase()));
    if let Some(column) = twice {
        check(true, &format!("two columns have the name `{}`", column.name));
    }
    if !file.header {
        let anchor = file.columns.iter().any(|it| it.name.eq_ignore_ascii_case(&file.anchor));
        check(!anchor, "without a header, `anchor` must be the name of one of `columns`");
    }
    if let Some(trailer) = &file.expect.trailer {
        check(trailer.is_empty(), "`trailer` is empty");
        check(trailer.contains(['\n', '\r']), "`trailer` must be one line");
        check(trailer.matches("{rows}").count() > 1, "`{rows}` occurs twice in `trailer`");
    }
    faults
}

fn column_faults(column: &CsvColumn, file: &CsvFile) -> Vec<String> {
    let mut faults = Vec::new();
    let kind = column.kind;
    let mut check = |is_fault: bool, fault: &str| {
        if is_fault {
            faults.push(fault.to_owned());
        }
    };
    check(column.name.is_empty(), "`name` is empty");
    check(column.from.is_some() && column.position.is_some(), "`from` and `position` exclude each other");
    check(column.position == Some(0), "`position` counts from 1");
    check(column.position.is_some_and(|it| it > COLUMNS_MAX), "`position` is too large");
    check(!file.header && column.position.is_none(), "without a header, `position` is needed");
    let is_time = matches!(kind, ColumnKind::Date | ColumnKind::Timestamp);
    check(column.format.is_some() && !is_time, "`format` is for the types `date` and `timestamp`");
    check(
        column.time_zone.is_some() && kind != ColumnKind::Timestamp,
        "`time_zone` is for the type `timestamp`",
    );
    let is_reference = kind == ColumnKind::Reference;
    check(!column.references.is_empty() && !is_reference, "`references` is for the type `reference`");
    check(
        column.references.is_empty() && is_reference,
        "`references` must name the object types it points to",
    );
    let has_bools = column.true_values.is_some() || column.false_values.is_some();
    check(has_bools && kind != ColumnKind::Bool, "`true_values` and `false_values` are for the type `bool`");
    check(column.separator.as_deref() == Some(""), "`separator` is empty");
    let is_anchor = column.name.eq_ignore_ascii_case(&file.anchor);
    check(column.separator.is_some() && is_anchor, "the anchor has one value, so it takes no `separator`");
    if kind == ColumnKind::Bool {
        let list = |values: &Option<Vec<String>>, default: [&str; 2]| -> BTreeSet<String> {
            match values {
                Some(values) => values.iter().map(|it| it.to_ascii_lowercase()).collect(),
                None => default.map(str::to_owned).into(),
            }
        };
        let yes = list(&column.true_values, ["true", "1"]);
        let no = list(&column.false_values, ["false", "0"]);
        check(!yes.is_disjoint(&no), "a text is both true and false");
    }
    if let Err(fault) = Converter::compile(column) {
        check(true, &fault);
    }
    faults
}

fn is_plain(character: char) -> bool {
    character.is_ascii() && !matches!(character, '\n' | '\r' | '\0')
}
