//! The list `allow`: the codes of lints that do not apply.

use provisio_model::Text;

use super::context::Context;
use super::table::Entry;
use crate::lint::{RULES, is_rule};

/// The most entries; more than there are can only be repetitions.
const CODES_MAX: usize = 100;

pub(super) fn read_allow<'t>(context: &mut Context<'t>, entry: &Entry<'t>) -> Vec<Text> {
    let items = entry.items(context, CODES_MAX, "remove `allow` to allow nothing").unwrap_or_default();
    let codes = items.iter().filter_map(|item| {
        let code = item.quoted(context)?;
        if !is_rule(code.text) {
            let known = RULES.iter().map(|it| it.code).collect();
            item.report_word(context, code.text, known, "the codes of lints are `S0301` and those after it");
            return None;
        }
        Some(Text::new(code.text))
    });
    codes.collect()
}
