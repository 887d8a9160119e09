//! What stands on the wire: the only place that knows JSON and form encoding.
//!
//! Reading is lenient where servers are known to differ and nothing is at stake (content types, numbers as strings,
//! aliases), and strict where something is (tokens, addresses, sizes). The types are public for those who bring their
//! own state machine; [`DeviceFlow`](crate::DeviceFlow) uses nothing else.

mod claims;
mod depth;
mod device_authorization;
mod error;
mod extra;
pub(crate) mod form;
mod members;
mod metadata;
mod object;
mod pending_flow;
mod registration;
mod reply;
mod retry_after;
mod stored_session;
mod token;

pub use claims::Claims;
pub use device_authorization::{DeviceAuthorizationAnswer, DeviceAuthorizationResponse};
pub use metadata::{MetadataAnswer, ServerMetadata};
pub(crate) use registration::registration_body;
pub(crate) use reply::{Reply, read_claims, read_registration, read_revocation};
pub use retry_after::retry_after;
pub use token::{RefreshAnswer, TokenAnswer, TokenResponse};

use crate::failure::ProtocolErrorKind;
use crate::request::Response;
use members::Unreadable;

/// Whether a status says "not now" rather than "no": RFC 9110 section 15.5.9 (408) and 15.6 (5xx), RFC 8470 (425),
/// RFC 6585 (429).
const fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

const fn is_success(status: u16) -> bool {
    matches!(status, 200..=299)
}

const fn is_redirect(status: u16) -> bool {
    matches!(status, 300..=399)
}

/// What to say of a body that is no OAuth response.
fn unreadable(response: &Response<'_>, why: Unreadable) -> ProtocolErrorKind {
    let status = response.status();
    match why {
        Unreadable::TooDeep => ProtocolErrorKind::TooDeep,
        Unreadable::NotOAuth if is_web_page(response) => ProtocolErrorKind::WebPage { status },
        Unreadable::NotOAuth => ProtocolErrorKind::NotOAuth { status },
    }
}

fn is_web_page(response: &Response<'_>) -> bool {
    let is_html = |media: &str| {
        media
            .trim_start()
            .get(..9)
            .is_some_and(|start| start.eq_ignore_ascii_case("text/html"))
    };
    let looks_like_html = response.body().trim_ascii_start().first() == Some(&b'<');
    looks_like_html && response.content_type().is_none_or(is_html)
}
