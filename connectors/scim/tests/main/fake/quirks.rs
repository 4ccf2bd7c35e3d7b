//! What a service does wrong, or in a way of its own.

/// The service's ways.
#[derive(Clone, Debug)]
pub(crate) struct Quirks {
    pub(crate) discovery: bool,
    pub(crate) patch: bool,
    pub(crate) etag: bool,
    /// Lists are read by cursor alone.
    pub(crate) cursor: bool,
    pub(crate) page_max: usize,
    pub(crate) total: Total,
    pub(crate) start_index_ignored: bool,
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
    /// It understands what Entra sends: `Replace`, booleans as text, a manager in a list.
    pub(crate) entra: bool,
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
            cursor: false,
            page_max: 100,
            total: Total::Right,
            start_index_ignored: false,
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
            entra: false,
        }
    }
}
