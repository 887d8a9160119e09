//! The wall clock, for claims that name moments.

use std::time::{SystemTime, UNIX_EPOCH};

/// Whole seconds since 1970 began (the `NumericDate` of RFC 7519 §2).
pub(crate) fn unix_time() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
