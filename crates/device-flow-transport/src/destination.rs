//! Where an address leads.

use http::Uri;
use http::uri::Scheme;

/// Whether TLS is spoken there.
pub(crate) fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

/// The port that goes without saying.
pub(crate) fn usual_port(uri: &Uri) -> u16 {
    if is_https(uri) { 443 } else { 80 }
}

/// The port.
pub(crate) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(usual_port(uri))
}
