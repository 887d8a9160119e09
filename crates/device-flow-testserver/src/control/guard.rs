//! Who may call: this machine, no web page, and who knows the token.

use std::net::IpAddr;

use hyper::header::{AUTHORIZATION, HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;
use subtle::ConstantTimeEq as _;

use super::{self as control, Steering};
use crate::answer::Answer;

/// Refuses a request by its head. The token comes last, so that a web page learns nothing about it, and before
/// everything else that a request says.
pub(super) fn refusal(steering: &Steering, head: &Parts) -> Option<Answer> {
    let text = |name: &HeaderName| head.headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // A name that was rebound to this machine would make a foreign page same-origin with this API.
    if !text(&HOST).is_some_and(|host| is_own(host, steering.port)) {
        let message =
            format!("the host header has to name localhost or a loopback address, and port {}", steering.port);
        return Some(control::refusal(421, "foreign_host", &message));
    }
    let is_foreign = text(&ORIGIN).is_some_and(|origin| {
        !origin.strip_prefix("http://").is_some_and(|authority| is_own(authority, steering.port))
    });
    let site = HeaderName::from_static("sec-fetch-site");
    if is_foreign || text(&site).is_some_and(|site| !["same-origin", "none"].contains(&site)) {
        return Some(control::refusal(403, "foreign_origin", "no web page may call this"));
    }
    let bearer = text(&AUTHORIZATION).and_then(|value| value.split_once(' '));
    let is_known = bearer.is_some_and(|(scheme, token)| {
        scheme.eq_ignore_ascii_case("bearer") && bool::from(token.as_bytes().ct_eq(steering.token.as_bytes()))
    });
    (!is_known).then(|| {
        let message = "the header `Authorization: Bearer …` with the token of this start is missing or wrong";
        control::refusal(401, "wrong_token", message).header("www-authenticate", "Bearer realm=\"control\"")
    })
}

/// Whether a host and port are this listener, as callers on this machine may call it.
fn is_own(authority: &str, port: u16) -> bool {
    let Some((host, given)) = authority.rsplit_once(':') else {
        return false;
    };
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    given.parse() == Ok(port)
        && (host.eq_ignore_ascii_case("localhost") || address.is_some_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_with_the_own_port_are_ours() {
        for own in ["localhost:80", "LOCALHOST:80", "127.0.0.1:80", "127.9.9.9:80", "[::1]:80"] {
            assert!(is_own(own, 80), "{own}");
        }
        for foreign in [
            "localhost",
            "localhost:81",
            "evil.example:80",
            "localhost.evil.example:80",
            "192.0.2.1:80",
            "",
            ":80",
            "a:b",
        ] {
            assert!(!is_own(foreign, 80), "{foreign}");
        }
    }
}
