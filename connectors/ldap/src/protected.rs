//! Which objects does the directory keep as they are? Members of its privileged groups, and these groups: `adminCount` is 1, and
//! every hour they get the permissions of AdminSDHolder (MS-ADTS section 3.1.1.6.1.1), so most accounts may not change them.

use crate::connection::Connection;
use crate::control::Control;
use crate::filter::Filter;
use crate::kind::Kind;
use crate::request::{Scope, Search};
use crate::response::Answer;
use crate::trouble::Trouble;
use crate::view::plain_dn;

/// How many are counted, and how many are named.
const COUNTED_MAX: u32 = 1_000;
const NAMED_MAX: usize = 5;

/// Says which objects of a type are protected; `None` if none is.
pub(crate) async fn protected(connection: &mut Connection, kind: &Kind) -> Result<Option<String>, Trouble> {
    let mut names = Vec::new();
    for base in &kind.bases {
        let search = Search {
            base: base.to_string(),
            scope: Scope::Subtree,
            filter: kind.filter.clone().and(Filter::equal("adminCount", "1")),
            attributes: vec!["1.1".to_owned()],
            seconds_max: 0,
        };
        let controls = [Control::page(COUNTED_MAX, &[])];
        let result = connection.search(&search, &controls, |message| {
            if let Answer::Entry(entry) = message.answer {
                names.extend(entry.dn().map(|it| plain_dn(it).to_owned()));
            }
            Ok(())
        });
        let result = result.await?;
        if !result.is_success() {
            return Err(Trouble::Refused(result));
        }
    }
    if names.is_empty() {
        return Ok(None);
    }
    let count = names.len();
    let of_many = if count >= COUNTED_MAX as usize { "at least " } else { "" };
    names.truncate(NAMED_MAX);
    let named: Vec<String> =
        names.iter().map(|it| format!("`{}`", provisio_model::EscapedText(it))).collect();
    let more = if count > NAMED_MAX { ", ..." } else { "" };
    Ok(Some(format!(
        "{of_many}{count} protected by AdminSDHolder (`adminCount` is 1), which the account may not be able to change: {}{more}",
        named.join(", ")
    )))
}
