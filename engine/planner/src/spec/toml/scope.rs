//! The groups of clauses of `[[object.scope]]` and `[[object.input]]`.

use provisio_model::Text;

use super::clause::read_clause;
use super::context::Context;
use super::table::{Entry, Table};
use crate::spec::{Clause, FilterGroup, ScopingFilter};

/// The most groups of one filter.
const GROUPS_MAX: usize = 1_000;
/// The most clauses of one group.
const CLAUSES_MAX: usize = 1_000;

/// Reads a filter whose groups are written with `header`.
pub(super) fn read_filter<'t>(context: &mut Context<'t>, entry: &Entry<'t>, header: &str) -> ScopingFilter {
    let mut groups = entry.tables(context, header, GROUPS_MAX).unwrap_or_default();
    ScopingFilter { groups: groups.iter_mut().map(|group| read_group(context, group)).collect() }
}

fn read_group<'t>(context: &mut Context<'t>, table: &mut Table<'t>) -> FilterGroup {
    const EMPTY_HELP: &str = "add a clause: a group without clauses would let everything pass";
    table.expect_keys(context, &["name", "all"]);
    let name = table.get("name").and_then(|entry| entry.name(context));
    let clauses = table
        .required(context, "all", "all = [{ attribute = \"department\", operator = \"IS NOT NULL\" }]")
        .and_then(|entry| entry.items(context, CLAUSES_MAX, EMPTY_HELP))
        .unwrap_or_default();
    FilterGroup {
        name: name.map_or_else(Text::default, |it| Text::new(it.text)),
        clauses: clauses.iter().filter_map(|entry| read_clause(context, entry)).collect(),
    }
}

/// Reads a list of clauses that stands by itself.
pub(super) fn read_clauses<'t>(
    context: &mut Context<'t>,
    entry: &Entry<'t>,
    empty_help: &str,
) -> Vec<Clause> {
    let items = entry.items(context, CLAUSES_MAX, empty_help).unwrap_or_default();
    items.iter().filter_map(|entry| read_clause(context, entry)).collect()
}
