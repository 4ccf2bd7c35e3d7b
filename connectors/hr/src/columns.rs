//! Which columns does a file have, which are wanted, and what do they become?

use provisio_connector::{ConnectorError, Result};
use provisio_model::{AttrName, AttributeSchema, ErrorKind, Layout, Mutability, ObjectSchema, Slot};

use crate::config::{ColumnKind, CsvColumn, CsvFile};
use crate::convert::Converter;
use crate::limits::SHOWN_HEADERS;
use provisio_model::closest;

/// The columns of a file, found in its header.
#[derive(Debug)]
pub(crate) struct Columns {
    /// The header, for messages and to know how many fields a row has. Without a header row, empty.
    pub(crate) headers: Vec<String>,
    /// Where the anchor stands.
    pub(crate) anchor: usize,
    /// What an anchor is that is none.
    pub(crate) anchor_nulls: Vec<String>,
    /// Where each row says how many rows there are.
    pub(crate) row_count: Option<usize>,
    /// What the columns become.
    pub(crate) attributes: Vec<Attribute>,
}

/// A column that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The slot that it goes to.
    pub(crate) slot: Slot,
    /// Which attribute it becomes.
    pub(crate) attribute: usize,
    /// The place of the column in a row.
    pub(crate) index: usize,
    /// Its fields are taken as they are.
    pub(crate) is_plain: bool,
    /// Something else than an empty field has no value.
    pub(crate) has_nulls: bool,
}

/// What a column becomes.
#[derive(Debug)]
pub(crate) struct Attribute {
    pub(crate) schema: AttributeSchema,
    /// The place of its column in a row.
    pub(crate) index: usize,
    pub(crate) converter: Converter,
    pub(crate) separator: Option<String>,
    pub(crate) nulls: Vec<String>,
    /// Its values are texts or references, one in each field: the converter would change nothing.
    pub(crate) is_plain: bool,
}

impl Columns {
    /// Finds the configured columns in the header, which is empty for a file without one.
    ///
    /// # Errors
    /// `ConfigInvalid` naming all columns that are missing, and those that are there.
    pub(crate) fn resolve(file: &CsvFile, headers: Vec<String>, operation: &'static str) -> Result<Self> {
        let invalid = |faults: Vec<String>| {
            let message = format!("{}: {}{}", file.path.display(), faults.join("; "), listing(&headers));
            ConnectorError::new(ErrorKind::ConfigInvalid, operation, message)
        };
        let all;
        let configured = if file.columns.is_empty() {
            all = columns_of_header(&headers).map_err(|fault| invalid(vec![fault]))?;
            &all
        } else {
            &file.columns
        };
        let mut faults = Vec::new();
        let mut attributes = Vec::new();
        for column in configured {
            match attribute(column, file, &headers) {
                Ok(attribute) => attributes.push(attribute),
                Err(fault) => faults.push(fault),
            }
        }
        let mut named = |name: &str| {
            let column = configured.iter().find(|it| it.name.eq_ignore_ascii_case(name));
            let found = match column {
                // That this column was not found is said already.
                Some(column) => place(column, &headers).ok(),
                None => place(&CsvColumn::new(name), &headers).map_err(|fault| faults.push(fault)).ok(),
            };
            found.unwrap_or(0)
        };
        let anchor = named(&file.anchor);
        let row_count = file.expect.row_count_column.as_deref().map(&mut named);
        if !faults.is_empty() {
            return Err(invalid(faults));
        }
        let anchor_column = configured.iter().find(|it| it.name.eq_ignore_ascii_case(&file.anchor));
        let anchor_nulls = nulls(anchor_column, file);
        Ok(Self { headers, anchor, anchor_nulls, row_count, attributes })
    }

    /// Returns what the file can hold.
    pub(crate) fn schema(&self, file: &CsvFile) -> ObjectSchema {
        ObjectSchema::new(file.object_type.as_str(), self.attributes.iter().map(|it| it.schema.clone()))
    }

    /// Returns the columns that are wanted, in the order of the slots that they go to.
    ///
    /// # Errors
    /// `SchemaViolation` when the file has no such column, or its values are of another type: both would
    /// otherwise look as if the objects had lost the value.
    pub(crate) fn wanted(&self, layout: &Layout, file: &CsvFile) -> Result<Vec<Wanted>> {
        let path = file.path.display();
        let mut wanted = Vec::new();
        let mut faults = Vec::new();
        for (slot, asked) in layout.attributes() {
            let Some(at) = self.attributes.iter().position(|it| it.schema.name == asked.name) else {
                let names = self.attributes.iter().map(|it| it.schema.name.as_str());
                let hint = did_you_mean(asked.name.as_str(), names);
                faults.push(format!("there is no column for the attribute `{}`{hint}", asked.name));
                continue;
            };
            let offered = &self.attributes[at].schema;
            if offered.kind != asked.kind {
                faults.push(format!("`{}` is {}, not {}", offered.name, offered.kind, asked.kind));
            } else if offered.multi_valued && !asked.multi_valued {
                faults.push(format!("`{}` has several values, and one is asked for", offered.name));
            }
            let Attribute { index, is_plain, ref nulls, .. } = self.attributes[at];
            wanted.push(Wanted { slot, attribute: at, index, is_plain, has_nulls: !nulls.is_empty() });
        }
        if !faults.is_empty() {
            let message = format!("{path}: {}", faults.join("; "));
            return Err(ConnectorError::new(ErrorKind::SchemaViolation, "read", message));
        }
        Ok(wanted)
    }

    /// Names a column in a message: by its header, or its place.
    pub(crate) fn title(&self, index: usize) -> String {
        match self.headers.get(index).filter(|it| !it.is_empty()) {
            Some(header) => format!("column `{header}`"),
            None => format!("column {}", index + 1),
        }
    }

    /// Returns the last place that is used, from 0.
    pub(crate) fn last(&self) -> usize {
        let places = self.attributes.iter().map(|it| it.index).chain([self.anchor]).chain(self.row_count);
        places.max().unwrap_or(0)
    }
}

/// Returns what a column becomes according to the configuration alone.
pub(crate) fn attribute_schema(column: &CsvColumn, file: &CsvFile, converter: &Converter) -> AttributeSchema {
    let mut schema = match column.kind {
        ColumnKind::Reference => {
            AttributeSchema::reference(column.name.as_str(), column.references.iter().map(String::as_str))
        }
        _ => AttributeSchema::new(column.name.as_str(), converter.value_kind()),
    };
    if column.name.eq_ignore_ascii_case(&file.anchor) {
        schema = schema.required().unique().case_exact();
    }
    if column.separator.is_some() {
        schema = schema.multi_valued();
    }
    schema.mutability(Mutability::ReadOnly)
}

fn attribute(
    column: &CsvColumn,
    file: &CsvFile,
    headers: &[String],
) -> std::result::Result<Attribute, String> {
    let index = place(column, headers)?;
    let converter = Converter::compile(column)?;
    Ok(Attribute {
        schema: attribute_schema(column, file, &converter),
        index,
        converter,
        separator: column.separator.clone(),
        nulls: nulls(Some(column), file),
        is_plain: matches!(column.kind, ColumnKind::Text | ColumnKind::Reference)
            && column.separator.is_none(),
    })
}

fn nulls(column: Option<&CsvColumn>, file: &CsvFile) -> Vec<String> {
    let own = column.and_then(|it| it.null_values.as_ref());
    own.unwrap_or(&file.null_values).clone()
}

/// Makes a text column of every header; columns without one are not offered.
fn columns_of_header(headers: &[String]) -> std::result::Result<Vec<CsvColumn>, String> {
    let mut columns: Vec<CsvColumn> = Vec::new();
    let mut sorted: Vec<AttrName> = headers.iter().filter(|it| !it.is_empty()).map(AttrName::new).collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("the header `{}` occurs twice; say with `columns` which is meant", twice[0]));
    }
    for (at, header) in headers.iter().enumerate().filter(|(_, header)| !header.is_empty()) {
        columns.push(CsvColumn { position: Some(at + 1), ..CsvColumn::new(header.as_str()) });
    }
    Ok(columns)
}

fn place(column: &CsvColumn, headers: &[String]) -> std::result::Result<usize, String> {
    if let Some(position) = column.position {
        if !headers.is_empty() && headers.len() < position {
            return Err(format!("there is no column {position} for `{}`", column.name));
        }
        return Ok(position.saturating_sub(1));
    }
    let wanted = column.from.as_deref().unwrap_or(&column.name);
    let mut found = headers.iter().enumerate().filter(|(_, header)| *header == wanted);
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => Err(format!("the header `{wanted}` occurs twice; use `position`")),
        (None, _) => {
            let hint = did_you_mean(wanted, headers.iter().map(String::as_str));
            Err(format!("there is no column `{wanted}`{hint}"))
        }
    }
}

fn did_you_mean<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    closest(wanted, names).map(|name| format!(", did you mean `{name}`?")).unwrap_or_default()
}

fn listing(headers: &[String]) -> String {
    if headers.is_empty() {
        return String::new();
    }
    let mut shown: Vec<String> = headers.iter().take(SHOWN_HEADERS).map(|it| format!("`{it}`")).collect();
    if headers.len() > SHOWN_HEADERS {
        shown.push(format!("and {} more", headers.len() - SHOWN_HEADERS));
    }
    format!("; the header has {}", shown.join(", "))
}
