//! How much of a file is taken in at most: every limit by its name.

/// The largest file that is read (64 GiB).
pub const FILE_BYTES_MAX: u64 = 64 << 30;

/// The longest row, over all its lines (16 MiB). A quote that is never closed is given up here.
pub const ROW_BYTES_MAX: usize = 16 << 20;

/// The longest field of a wanted column (8 MiB). One value is bounded by
/// [`provisio_model::VALUE_BYTES_MAX`]; a field may hold several.
pub const FIELD_BYTES_MAX: usize = 8 << 20;

/// The most fields of a row.
pub const COLUMNS_MAX: usize = 4_096;

/// The most values of one field.
pub const VALUES_MAX: usize = 100_000;

/// The most rows of a file.
pub const ROWS_MAX: u64 = 1_000_000_000;

/// The longest anchor, in bytes.
pub const ANCHOR_BYTES_MAX: usize = 1_024;

/// The longest trailer line, in bytes.
pub const TRAILER_BYTES_MAX: usize = 64 << 10;

/// The largest file with a row count or checksums (1 MiB).
pub const SIDECAR_BYTES_MAX: u64 = 1 << 20;

/// How many rows are handed over at once.
pub(crate) const BATCH_ROWS: usize = 1_000;

/// After so many bytes of rows a batch is handed over, however few rows it has.
pub(crate) const BATCH_BYTES: usize = 8 << 20;

/// How many bytes are read at once.
pub(crate) const CHUNK_BYTES: usize = 128 << 10;

/// How much of a value is shown in a message, in characters.
pub(crate) const SHOWN_CHARACTERS: usize = 40;

/// How many headers a message lists.
pub(crate) const SHOWN_HEADERS: usize = 40;

/// Years before this are taken for a fault: two digits that a `%Y` was given, mostly.
pub(crate) const YEAR_MIN: i16 = 1000;
