//! How much of an answer is taken in at most, and how much is asked for at once: every limit by its name.

use std::time::Duration;

/// The largest body of an answer, after decompression (64 MiB).
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// The largest body of a request (16 MiB), where the profile has no smaller limit.
pub const REQUEST_BYTES_MAX: usize = 16 << 20;

/// The most pages of one list.
pub const PAGES_MAX: usize = 1_000_000;

/// The most objects of a type that are created within the overlap of two reads of changes; where there are more,
/// everything is read.
pub const RECENT_MAX: usize = 2_000;

/// The longest URL of a look-up, in bytes: of several values as many go into one filter as fit.
pub const URL_BYTES_MAX: usize = 6_000;

/// The longest id of a resource, in bytes.
pub const ID_BYTES_MAX: usize = 1_024;

/// The longest wait that a `Retry-After` may ask for; a longer one is cut to it.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);

/// How often a read is asked for again when there was no answer, or none that could be used.
pub const READ_ATTEMPTS: u32 = 6;

/// How long a read waits between two attempts at most; a system that asks for more is left alone.
pub const READ_WAIT_MAX: Duration = Duration::from_secs(5);

/// How many redirects within the same origin are followed.
pub const REDIRECTS_MAX: usize = 3;

/// How much of a message from a server is kept, in characters.
pub const DETAIL_CHARACTERS_MAX: usize = 300;

/// How deep JSON may be nested; what is deeper is no answer.
pub const JSON_DEPTH_MAX: usize = 128;
