//! How the values that a mapping gives meet those that the target holds.

/// How the values that a mapping gives meet those that an existing target object holds (MAP-05). A new object holds
/// nothing yet, so it gets all of them in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowType {
    /// They become all that the attribute holds (Entra's `Always`).
    #[default]
    Always,
    /// They join the values that the attribute holds. Of those, only what this mapping owns leaves when it is no
    /// longer given; what somebody else put there stays (R2). For multi-valued attributes; Entra has no such type.
    Merge,
    /// They join the values that the attribute holds, and none ever leaves (Entra's `MultiValueAddOnly` and
    /// `ValueAddOnly`). For multi-valued attributes: a single value could only be added by taking another away.
    Add,
    /// They are written only if the attribute holds nothing at all (Entra's `AttributeAddOnly`).
    Fill,
}

/// When a value is part of an update (MAP-06).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Export {
    /// When it differs from what the target holds (Entra's `FlowWhenChanged`).
    #[default]
    WhenChanged,
    /// Whenever anything of the object is updated, changed or not: for targets that need a key in every update
    /// (Entra's `FlowAlways`, MAP-07). It alone is no reason for an update.
    Always,
}
