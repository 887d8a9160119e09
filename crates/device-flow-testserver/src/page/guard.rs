//! Who may talk to the page: the right host, our own forms, a browser with a session.

use std::net::IpAddr;

use crate::reply::Reply;
use crate::state::Shared;
use crate::transcript::Request;

use super::view;

/// Refuses a request for another host. A page that a hostile name was rebound to would otherwise be same-origin with
/// that name's scripts.
pub(super) fn foreign_host(shared: &Shared, request: &Request) -> Option<Reply> {
    let host = host_of(request.header("host").unwrap_or_default());
    (!is_own_host(shared, host)).then(|| {
        let text = "This server does not answer to the name in the address. Use the address that your device shows.";
        view::message(shared, 421, "Wrong address", text).into()
    })
}

fn is_own_host(shared: &Shared, host: &str) -> bool {
    if host.eq_ignore_ascii_case("localhost") || host.eq_ignore_ascii_case(host_of(&shared.place.authority)) {
        return true;
    }
    // Only names can be rebound, so where any address of the machine is served any address will do.
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    address.is_some_and(|address| address.is_loopback() || shared.options.listen.ip().is_unspecified())
}

/// The host of `host:port`, with the brackets of an IPv6 address.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Says whether a browser states that a post came from elsewhere.
///
/// Under `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own form too; `Sec-Fetch-Site`, where
/// they send it, tells the difference, and the form token does in any case.
pub(super) fn is_foreign_origin(shared: &Shared, request: &Request) -> bool {
    if request.header("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return true;
    }
    let own = format!("{}://{}", shared.place.scheme, request.header("host").unwrap_or_default());
    request.header("origin").is_some_and(|origin| origin != "null" && !origin.eq_ignore_ascii_case(&own))
}

/// The name carries the port, because cookies do not tell ports apart.
fn cookie_name(shared: &Shared) -> String {
    format!("device_flow_{}", shared.place.port)
}

pub(super) fn session_cookie<'a>(shared: &Shared, request: &'a Request) -> &'a str {
    let name = cookie_name(shared);
    let headers = request.headers.iter().filter(|(header, _)| header == "cookie");
    let mut cookies = headers.flat_map(|(_, value)| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    cookies.find(|(key, _)| *key == name).map_or("", |(_, value)| value)
}

pub(super) fn set_cookie(shared: &Shared, session_id: &str) -> String {
    let secure = if shared.place.scheme == "https" { "; Secure" } else { "" };
    let path = &shared.place.path;
    format!("{}={session_id}; Path={path}/device; HttpOnly; SameSite=Strict{secure}", cookie_name(shared))
}
