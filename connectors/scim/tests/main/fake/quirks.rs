//! What a service does wrong, or in a way of its own.

use serde_json::{Map, Value as Json};

use super::filter::{Filter, values};
use super::{Bulk, Refusal};

/// The service's ways.
#[derive(Clone, Debug)]
pub(crate) struct Quirks {
    pub(crate) discovery: bool,
    pub(crate) patch: bool,
    pub(crate) etag: bool,
    /// Several writes may be in one request.
    pub(crate) bulk: Option<Bulk>,
    /// Lists are read by cursor alone.
    pub(crate) cursor: bool,
    pub(crate) page_max: usize,
    pub(crate) total: Total,
    pub(crate) start_index_ignored: bool,
    /// A list has one page.
    pub(crate) unpaged: bool,
    pub(crate) filter_ignored: bool,
    pub(crate) filter_case_exact: bool,
    pub(crate) no_or: bool,
    pub(crate) excluded_attributes: bool,
    pub(crate) members_in_list: bool,
    pub(crate) members_on_create: bool,
    pub(crate) members_max: usize,
    pub(crate) members_max_status: u16,
    /// Members are removed by a list, as Entra does it.
    pub(crate) members_removed_by_list: bool,
    pub(crate) value_paths: bool,
    /// A path that chooses nothing makes what it chooses.
    pub(crate) add_makes_elements: bool,
    pub(crate) create_without_body: bool,
    pub(crate) patch_without_body: bool,
    pub(crate) duplicate_status: u16,
    pub(crate) delete_deactivates: bool,
    pub(crate) html_errors: bool,
    /// It does not say what time it is.
    pub(crate) timeless: bool,
    /// Two users may have the same `userName`.
    pub(crate) twins: bool,
    /// What lists can be filtered by: endpoint and attributes; anything where an endpoint is not named.
    pub(crate) filters: &'static [(&'static str, &'static [&'static str])],
    /// Filters know no operator but `eq`.
    pub(crate) eq_only: bool,
    /// Nothing shows members.
    pub(crate) members_hidden: bool,
    pub(crate) members_replaced: bool,
    /// Whoever becomes a member has to be there.
    pub(crate) members_exist: bool,
    pub(crate) put: bool,
    pub(crate) operations_max: usize,
    /// How many members one operation may hold.
    pub(crate) values_per_operation_max: usize,
    /// What is wanted of attributes, by endpoint and path.
    pub(crate) demands: &'static [(&'static str, &'static str, Demand)],
    pub(crate) media_type: &'static str,
    /// Who does not say what they are is refused.
    pub(crate) user_agent: bool,
    /// Without a filter, a list of users shows somebody who does not exist.
    pub(crate) phantom: bool,
    /// Lists show only what was made through them.
    pub(crate) provisioned_only: bool,
    /// What is taken and not kept.
    pub(crate) ignored: &'static [&'static str],
    /// What is kept in capital letters.
    pub(crate) shouted: &'static [&'static str],
    /// Users cannot be deleted.
    pub(crate) users_stay: bool,
    /// It understands what Entra sends: `Replace`, booleans as text, a manager in a list.
    pub(crate) entra: bool,
}

/// What is wanted of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Demand {
    Required,
    One,
    LengthMax(usize),
    Without(&'static str),
}

/// What `totalResults` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Total {
    Right,
    Missing,
    Text,
    /// How many there are on the page.
    OfPage,
}

impl Quirks {
    /// Checks a resource against what is wanted of its attributes.
    pub(crate) fn check(&self, endpoint: &str, resource: &Map<String, Json>) -> Result<(), Refusal> {
        let whole = Json::Object(resource.clone());
        for (_, path, demand) in self.demands.iter().filter(|it| it.0 == endpoint) {
            let found = values(&whole, path);
            let mut texts = found.iter().filter_map(|it| it.as_str());
            let is_met = match demand {
                Demand::Required => !found.is_empty(),
                Demand::One => found.len() <= 1,
                Demand::LengthMax(most) => texts.all(|it| it.chars().count() <= *most),
                Demand::Without(characters) => !texts.any(|it| it.contains(|it| characters.contains(it))),
            };
            if !is_met {
                return Err(Refusal::invalid("invalidValue", format!("{path}: {demand:?}")));
            }
        }
        Ok(())
    }

    /// Keeps what is kept of a resource, as it is kept.
    pub(crate) fn keep(&self, resource: &mut Map<String, Json>) {
        resource.retain(|name, _| !self.ignored.contains(&name.as_str()));
        for name in self.shouted {
            if let Some(Json::String(text)) = resource.get_mut(*name) {
                *text = text.to_uppercase();
            }
        }
    }

    /// Checks a filter against what it may ask for.
    pub(crate) fn check_filter(&self, endpoint: &str, filter: &Filter) -> Result<(), Refusal> {
        let refused =
            |what: &str| Err(Refusal::invalid("invalidFilter", format!("{what} is not understood")));
        let allowed = self.filters.iter().find(|it| it.0 == endpoint).map(|it| it.1);
        let may = |name: &str| allowed.is_none_or(|it| it.iter().any(|it| it.eq_ignore_ascii_case(name)));
        match filter {
            Filter::Or(..) if self.no_or => refused("`or`"),
            Filter::Or(left, right) | Filter::And(left, right) => {
                self.check_filter(endpoint, left)?;
                self.check_filter(endpoint, right)
            }
            Filter::Not(_) if self.eq_only => refused("`not`"),
            Filter::Not(inner) => self.check_filter(endpoint, inner),
            Filter::Present(_) if self.eq_only => refused("`pr`"),
            Filter::Compare(_, operator, _) if self.eq_only && operator != "eq" => refused(operator),
            Filter::Present(name) | Filter::Compare(name, ..) | Filter::Of(name, _) if !may(name) => {
                refused(name)
            }
            _ => Ok(()),
        }
    }

    /// An application that was built for Entra, and for nobody else.
    pub(crate) fn entra() -> Self {
        Self {
            etag: false,
            no_or: true,
            members_on_create: false,
            members_removed_by_list: true,
            add_makes_elements: true,
            entra: true,
            ..Self::default()
        }
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            discovery: true,
            patch: true,
            etag: true,
            bulk: None,
            cursor: false,
            page_max: 100,
            total: Total::Right,
            start_index_ignored: false,
            unpaged: false,
            filter_ignored: false,
            filter_case_exact: false,
            no_or: false,
            excluded_attributes: true,
            members_in_list: true,
            members_on_create: true,
            members_max: usize::MAX,
            members_max_status: 400,
            members_removed_by_list: false,
            value_paths: true,
            add_makes_elements: false,
            create_without_body: false,
            patch_without_body: true,
            duplicate_status: 409,
            delete_deactivates: false,
            html_errors: false,
            timeless: false,
            twins: false,
            filters: &[],
            eq_only: false,
            members_hidden: false,
            members_replaced: true,
            members_exist: false,
            put: true,
            operations_max: usize::MAX,
            values_per_operation_max: usize::MAX,
            demands: &[],
            media_type: "application/scim+json",
            user_agent: false,
            phantom: false,
            provisioned_only: false,
            ignored: &[],
            shouted: &[],
            users_stay: false,
            entra: false,
        }
    }
}
