//! What is asked so that everything that is wanted is read?

use std::collections::{BTreeSet, VecDeque};

use provisio_connector::Wanted;
use provisio_model::{AttrName, ErrorKind, Text, Value};

use crate::connection::Connection;
use crate::deleted;
use crate::directory::Directory;
use crate::filter::Filter;
use crate::form::Form;
use crate::kind::{Kind, Origin};
use crate::ldap::Shared;
use crate::primary_group::{OBJECT_SID, PRIMARY_GROUP_ID, primary_group_of};
use crate::references::{IDS_IN_FILTER, locate};
use crate::request::{Scope, Search};
use crate::trouble::Trouble;
use crate::view::View;

/// What is asked of the directory, in the order in which it is asked.
pub(super) struct Questions {
    pub(super) searches: VecDeque<Question>,
    /// What is said in the evidence.
    pub(super) what: String,
    pub(super) everything: bool,
}

/// One search.
#[derive(Clone)]
pub(super) struct Question {
    pub(super) search: Search,
    /// Whether it is for what was deleted.
    pub(super) is_of_deleted: bool,
}

/// Turns what is wanted into searches.
pub(super) async fn questions(
    connection: &mut Connection,
    shared: &Shared,
    directory: &Directory,
    kind: &Kind,
    view: &View<'_>,
    wanted: &Wanted,
) -> Result<Questions, Trouble> {
    let (filters, what, everything): (Vec<Option<Filter>>, String, bool) = match wanted {
        Wanted::All => (vec![None], "all".to_owned(), true),
        Wanted::WithIds(ids) => {
            let ids: BTreeSet<&str> = ids.iter().map(|it| it.as_str()).collect();
            let ids: Vec<&str> = ids.into_iter().collect();
            let filters = ids.chunks(IDS_IN_FILTER).filter_map(|it| kind.anchor.filter(it.iter().copied()));
            (filters.map(Some).collect(), format!("{} ids", ids.len()), false)
        }
        Wanted::WithValues { attribute, values } => {
            let equal = equal(connection, directory, kind, attribute, values).await?;
            let filters = equal.chunks(IDS_IN_FILTER).map(|it| Some(Filter::Or(it.to_vec())));
            (filters.collect(), format!("{} values of `{attribute}`", values.len()), false)
        }
        other => {
            let what = format!("the directory cannot look for {other:?}");
            return Err(Trouble::Unfit(ErrorKind::Unsupported, what));
        }
    };
    let scope = match kind.config.scope {
        crate::config::TypeScope::Subtree => Scope::Subtree,
        crate::config::TypeScope::OneLevel => Scope::OneLevel,
    };
    let mut searches = VecDeque::new();
    for filter in filters {
        let within = |all: Filter| filter.clone().map_or_else(|| all.clone(), |it| all.clone().and(it));
        let search = |base: String, scope: Scope, filter: Filter| Search {
            base,
            scope,
            filter,
            attributes: view.wire.clone(),
            seconds_max: u32::try_from(shared.config.timeout_seconds).unwrap_or(0),
        };
        for base in &kind.bases {
            let search = search(base.to_string(), scope, within(kind.filter.clone()));
            searches.push_back(Question { search, is_of_deleted: false });
        }
        if kind.config.deleted_objects {
            for context in directory.contexts_of(kind) {
                let filter = within(deleted::filter(kind, &directory.root));
                let search = search(deleted::container(&context), Scope::OneLevel, filter);
                searches.push_back(Question { search, is_of_deleted: true });
            }
        }
    }
    Ok(Questions { searches, what, everything })
}

/// Makes the filters that find objects with one of some values.
async fn equal(
    connection: &mut Connection,
    directory: &Directory,
    kind: &Kind,
    attribute: &AttrName,
    values: &[Value],
) -> Result<Vec<Filter>, Trouble> {
    let found = kind.attribute(attribute.as_str()).map(|it| &it.origin);
    let by = |name: &str, form: Form| {
        // A value that the attribute cannot have is that of no object.
        let bytes = values.iter().filter_map(|it| form.encode(it).ok());
        bytes.map(|it| Filter::equal(name, it)).collect::<Vec<_>>()
    };
    match found {
        Some(Origin::Rdn { name }) => Ok(by(name, Form::Text)),
        Some(Origin::Stored { name, form: Form::Reference, searched: true }) => {
            let ids: BTreeSet<Text> = values
                .iter()
                .filter_map(|it| if let Value::Reference(id) = it { Some(id.clone()) } else { None })
                .collect();
            let wanted: &[&str] = if kind.is_group { &[OBJECT_SID, PRIMARY_GROUP_ID] } else { &[] };
            let places = locate(connection, directory, &kind.anchor, &ids, wanted).await?;
            // Where an object is that is not where this job looks, nobody knows here, and who refers to it neither.
            if let Some(id) = ids.iter().find(|it| !places.contains_key(it.as_str()) && !it.contains('=')) {
                let what = format!(
                    "objects are not found by what refers to `{id}`, which is not among those of the job"
                );
                return Err(Trouble::Unfit(ErrorKind::Unsupported, what));
            }
            let is_member = kind.is_group && name.eq_ignore_ascii_case("member");
            let primary: BTreeSet<Vec<u8>> =
                places.values().filter(|_| is_member).filter_map(primary_group_of).collect();
            let mut names: Vec<String> = places.into_values().map(|it| it.dn).collect();
            names.sort_unstable();
            // An id that is a name stands for what has no id.
            names.extend(ids.iter().filter(|it| it.contains('=')).map(|it| it.to_string()));
            let primary = primary.into_iter().map(|it| Filter::equal(OBJECT_SID, it));
            Ok(names.into_iter().map(|it| Filter::equal(name, it)).chain(primary).collect())
        }
        Some(Origin::Stored { name, form, searched: true })
            if !matches!(
                form,
                Form::Password | Form::UnicodePassword | Form::Time { .. } | Form::FileTime
            ) =>
        {
            Ok(by(name, *form))
        }
        _ => {
            let what = format!("objects are not found by `{attribute}`");
            Err(Trouble::Unfit(ErrorKind::Unsupported, what))
        }
    }
}
