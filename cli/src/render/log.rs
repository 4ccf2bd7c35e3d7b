//! Records of the provisioning log, for people: one block each, the latest first.

use provisio::log::{Identity, LogValue, ObjectRecord, Property, Status};
use provisio::model::EscapedText;

use super::{count, duration, instant, number};
use crate::commands::LogDocument;
use crate::output::Output;

/// How many changes of a record, and how many values of a change, are shown.
const SHOWN: usize = 12;

/// Shows records; all of long lists, and the steps, if `verbose`.
pub(crate) fn show(document: &LogDocument, verbose: bool, output: &mut Output) {
    if document.records.is_empty() {
        output.line("No records.");
    }
    for record in &document.records {
        show_record(record, verbose, output);
        output.gap();
    }
    if document.is_cut {
        let shown = count(document.records.len() as u64, "record", "records");
        output.line(format_args!("{shown} shown; there are more (--limit shows them)"));
    }
    if document.lost > 0 {
        let lost = count(document.lost, "record is", "records are");
        output.line(format_args!("! {lost} missing: the log could not be written then"));
    }
    for damaged in &document.damaged {
        let place = format_args!("{} at byte {}", damaged.file, number(damaged.offset));
        output.line(format_args!("! {place}: {}", EscapedText(&damaged.why)));
    }
    if let Some(more) = document.damaged_count.checked_sub(document.damaged.len()).filter(|it| *it > 0) {
        output.line(format_args!("! and {} more lines that cannot be read", number(more)));
    }
}

fn show_record(record: &ObjectRecord, verbose: bool, output: &mut Output) {
    let most = if verbose { usize::MAX } else { SHOWN };
    let status = match record.status {
        Status::Success => "success",
        Status::Failure => "FAILURE",
        Status::Skipped => "skipped",
        Status::Warning => "WARNING",
        other => other.name(),
    };
    let action = match &*record.action {
        "none" => "left alone",
        action => action,
    };
    output.line(format_args!("{action} {}  {status}", name(record)));
    let took = record.duration_ms.map(|it| format!(", took {}", duration(it))).unwrap_or_default();
    let (at, cycle, change) = (instant(record.at), &record.cycle, record.change);
    output.line(format_args!("When:   {at}{took}, cycle {cycle}, change {change}"));
    output.line(format_args!("Object: {} -> {}", identity(&record.source), identity(&record.target)));
    let situation = record.situation.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
    output.line(format_args!("Why:    {}{situation}", EscapedText(&record.why)));
    for change in record.changes.iter().take(most) {
        show_change(change, most, output);
    }
    if let Some(more) = record.changes.len().checked_sub(most).filter(|it| *it > 0) {
        output.line(format_args!("    and {} more (--verbose shows them)", number(more)));
    }
    for finding in &record.findings {
        let attribute = finding.attribute.as_ref().map(|it| format!("{it}: ")).unwrap_or_default();
        output.line(format_args!("  ! {attribute}{}", EscapedText(&finding.text)));
    }
    if let Some(error) = &record.error {
        let category = error.category.name();
        output.line(format_args!("Error:  {} ({category}): {}", error.code, EscapedText(&error.reason)));
        output.line(format_args!("Help:   {}", error.recommended_action));
    }
    if verbose {
        for step in &record.steps {
            let (name, status) = (step.step.name(), step.status.name());
            output.line(format_args!("  {name:10} {status:8} {}", EscapedText(&step.details)));
        }
        for operation in &record.operations {
            let (number, fate, writes) = (operation.number, &operation.fate, operation.writes);
            let writes = count(u64::from(writes), "write", "writes");
            output.line(format_args!("  #{number} {} {fate}, {writes}", operation.action));
        }
    }
}

fn name(record: &ObjectRecord) -> String {
    let (source, target) = (&record.source, &record.target);
    let object_type = if target.object_type.is_empty() { &source.object_type } else { &target.object_type };
    let all = [&target.name, &source.name, &source.id, &target.id];
    let name = all.into_iter().find_map(|it| it.as_deref()).unwrap_or("without a known id");
    format!("{object_type} {}", EscapedText(name))
}

fn identity(identity: &Identity) -> String {
    match (&*identity.object_type, &identity.id) {
        ("", None) => "(nothing)".to_owned(),
        (object_type, Some(id)) => format!("{object_type} {}", EscapedText(id)),
        (object_type, None) => format!("{object_type} (none)"),
    }
}

fn show_change(change: &Property, most: usize, output: &mut Output) {
    let side = |values: &[LogValue]| {
        let shown: Vec<String> = values.iter().take(most).map(value).collect();
        match values.len().saturating_sub(most) {
            0 if shown.is_empty() => "(none)".to_owned(),
            0 => shown.join(", "),
            more => format!("{} and {} more", shown.join(", "), number(more)),
        }
    };
    let (old, new) = (side(&change.old), side(&change.new));
    let more = match change.more {
        0 => String::new(),
        more => format!(" ({} more values are not in the log)", number(more)),
    };
    output.line(format_args!("    {}  {old} -> {new}{more}", change.attribute));
}

fn value(value: &LogValue) -> String {
    match value {
        LogValue::Bool(bool) => bool.to_string(),
        LogValue::Int(int) => int.to_string(),
        LogValue::Decimal(decimal) => format!("{decimal:?}"),
        LogValue::Text(text) => format!("\"{}\"", EscapedText(text)),
        LogValue::Timestamp { timestamp } => timestamp.to_string(),
        LogValue::Binary { bytes, .. } => format!("<{bytes} bytes>"),
        LogValue::Complex { complex, .. } => complex.to_string(),
        LogValue::Withheld { withheld } => format!("<{withheld}>"),
        LogValue::Reference { reference, name } => {
            let name = name.as_ref().or(reference.as_ref()).map_or("?", |it| &**it);
            EscapedText(name).to_string()
        }
        _ => "?".to_owned(),
    }
}
