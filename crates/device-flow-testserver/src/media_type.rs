//! Content types.

/// Whether a `content-type` header names this type, with whatever parameters.
pub(crate) fn is(content_type: Option<&str>, wanted: &str) -> bool {
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
