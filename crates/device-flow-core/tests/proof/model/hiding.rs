//! What must not be seen, and what a machine looks like without it.

use std::fmt::Debug;

use device_flow_core::Request;

use crate::answer::PLANTED;

/// The credentials that a request carries, each with a space in front.
pub(super) fn secrets_of(request: &Request<'_>) -> String {
    let body = std::str::from_utf8(request.body()).unwrap();
    let parameters = body.split('&').filter_map(|it| it.split_once('='));
    let named = parameters
        .filter(|(name, _)| matches!(*name, "client_secret" | "device_code" | "refresh_token" | "token"))
        .map(|(_, value)| value);
    let bearer = request.headers().filter_map(|(_, value)| value.strip_prefix("Bearer "));
    named.chain(bearer).flat_map(|it| [" ", it]).collect()
}

/// The machine as it shows itself, without the latest time it was told: that time has come is no change.
pub(super) fn masked(machine: &impl Debug) -> String {
    let shown = format!("{machine:?}");
    let mut parts = shown.split("clock: Timestamp(");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    masked.extend(parts.filter_map(|it| it.split_once(')')).map(|(_, rest)| rest));
    masked
}

pub(crate) fn hides_secrets(shown: &str) {
    if let Some((before, _)) = shown.split_once(PLANTED) {
        let before: Vec<&str> = before.rsplitn(20, ' ').collect();
        panic!("a secret is shown, after (backwards) {before:?}");
    }
}
