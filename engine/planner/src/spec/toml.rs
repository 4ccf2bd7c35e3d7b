//! What does a mapping file say? A TOML text in, a [`MappingSpec`] or everything that is wrong with it out.
//!
//! The format is described in `docs/mapping-format.md`. The text is parsed once with places and walked by hand,
//! so that one run reports all faults: `text -> TOML tables -> Table, Entry -> MappingSpec`.

mod allow;
mod assignment;
mod attribute;
mod clause;
mod code;
mod context;
mod deprovisioning;
mod leaving;
mod limit;
mod object;
mod protection;
mod scope;
mod suggest;
mod syntax;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use ::toml::de::DeTable;
use provisio_model::{Diagnostic, Text};

use self::context::Context;
use self::table::{Table, echo};
use super::{Limits, MappingSpec, ObjectMapping};

/// The largest text that is read: room for more than ten thousand attribute mappings.
const TEXT_BYTES_MAX: usize = 1024 * 1024;
/// The most object mappings of one spec.
const OBJECTS_MAX: usize = 1_000;
/// The one version of the format that this library reads.
const FORMAT: u64 = 1;
/// What a mapping without a name is called.
const DEFAULT_NAME: &str = "mapping";

/// Reads a mapping spec from TOML.
///
/// The spans of the result are places in `text`. A spec is only given when nothing is wrong with the text, so
/// that no half-read scope or limit can be planned with.
///
/// # Errors
/// Everything that is wrong, in the order of the text, each with its place and a help line; show it with
/// [`Diagnostic::render`]. When the text is not TOML only that is reported, since nothing else can be said.
pub fn load(text: &str) -> Result<MappingSpec, Vec<Diagnostic>> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("the text has {} bytes, more than {TEXT_BYTES_MAX}", text.len());
        return Err(vec![
            Diagnostic::error(code::TOO_LARGE, 0..0, message)
                .with_help("split it into several mapping files, one for each job"),
        ]);
    }
    let mut context = Context::new(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        syntax::report(&mut context, &errors);
        return context.finish(None);
    }
    let spec = read_spec(&mut context, document.get_ref());
    context.finish(spec)
}

fn read_spec<'t>(context: &mut Context<'t>, document: &'t DeTable<'t>) -> Option<MappingSpec> {
    let mut table = Table::of_file(document);
    if !format_is_known(context, &table) {
        return None;
    }
    table.expect_keys(context, &["format", "name", "limits", "allow", "object"]);
    let name = table.get("name").map(|entry| entry.name(context));
    let limits = table
        .get("limits")
        .and_then(|entry| limit::read_limits(context, &entry, "`[limits]`", &Limits::default()))
        .unwrap_or_default();
    let allow = table.get("allow").map(|entry| allow::read_allow(context, &entry));
    let objects = read_objects(context, &table, &limits);
    Some(MappingSpec {
        name: name.flatten().map_or_else(|| Text::new(DEFAULT_NAME), |it| Text::new(it.text)),
        objects,
        limits,
        allow: allow.unwrap_or_default(),
    })
}

/// Tells whether the rest of the file can be read: what another format means is not known here.
fn format_is_known<'t>(context: &mut Context<'t>, table: &Table<'t>) -> bool {
    let Some(entry) = table.required(context, "format", "format = 1") else { return true };
    match entry.integer(context, 0) {
        Some(FORMAT) | None => true,
        Some(other) => {
            context.report(
                Diagnostic::error(code::FORMAT, entry.span.clone(), format!("format {other} is not known"))
                    .with_help(format!("write `format = {FORMAT}`, the only one that this version reads")),
            );
            false
        }
    }
}

fn read_objects<'t>(context: &mut Context<'t>, table: &Table<'t>, limits: &Limits) -> Vec<ObjectMapping> {
    let Some(entry) = table.required(context, "object", "[[object]]") else { return Vec::new() };
    let Some(items) = entry.tables(context, "[[object]]", OBJECTS_MAX) else { return Vec::new() };
    let mut names = BTreeSet::new();
    let mut objects = Vec::new();
    for mut item in items {
        let (object, name) = object::read_object(context, &mut item, limits);
        objects.extend(object);
        if let Some(name) = name.filter(|name| !names.insert(name.text.clone())) {
            let message = format!("more than one object mapping is called `{}`", echo(&name.text));
            context.report(
                Diagnostic::error(code::DUPLICATE, name.span, message)
                    .with_help("give each its own `name`; links are remembered by it"),
            );
        }
    }
    objects
}
