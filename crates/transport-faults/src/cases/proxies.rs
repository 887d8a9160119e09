//! What is wrong with the proxy itself.

use super::{CLOSED, SHORT, TIMEOUT};
use crate::case::{Case, Group, Stated, Trouble, Ways};
use crate::gate::Conduct;
use crate::proxies::Guarded;
use device_flow_core::{ProxyCause, ProxySchemes, TransportFailure};

const NO_CONNECTION: TransportFailure = TransportFailure::Proxy(Some(ProxyCause::NoConnection));
const NOT_HTTP: TransportFailure = TransportFailure::Proxy(Some(ProxyCause::NotHttp));
const SOCKS_REFUSED: TransportFailure = TransportFailure::Proxy(Some(ProxyCause::SocksRefused));

/// What a proxy says that does not know its client.
const WANTS_PASSWORD: &str =
    "HTTP/1.1 407 No\r\nproxy-authenticate: Basic realm=\"x\", Digest\r\ncontent-length: 0\r\n\r\n";

pub(super) fn group() -> Group {
    let mut cases = broken();
    cases.extend(guarded());
    Group { title: "Proxies", cases }
}

fn broken() -> Vec<Case> {
    let proxy = |name, conduct| Case::new(name, Trouble::Proxy(conduct));
    let says = |name, text: &str| proxy(name, Conduct::Say(text.as_bytes().to_vec()));
    let refused = |status, schemes: &[&str]| {
        let schemes: ProxySchemes = schemes.iter().copied().collect();
        TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes }))
    };
    let lasting = |case: Case, ways, failure| case.on(ways, Stated::fails(failure), Stated::again(failure));
    vec![
        proxy("no proxy listens", Conduct::Refuse)
            .both(Ways::TINYPROXY, Stated::again(NO_CONNECTION))
            .both(Ways::SOCKS, Stated::again(NO_CONNECTION)),
        proxy("the proxy closes at once", Conduct::Close)
            .both(Ways::HTTPS_TINYPROXY, Stated::again(NOT_HTTP))
            .both(Ways::RELAYED, Stated::again(CLOSED)),
        proxy("the proxy says nothing", Conduct::Silent)
            .request_timeout(SHORT)
            .both(Ways::TINYPROXY, Stated::again(TIMEOUT))
            .both(Ways::SOCKS, Stated::again(TIMEOUT)),
        says("the proxy speaks another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n")
            .both(Ways::HTTPS_TINYPROXY, Stated::again(NOT_HTTP)),
        lasting(
            says("the proxy wants to know who asks", WANTS_PASSWORD),
            Ways::TINYPROXY,
            refused(407, &["Basic", "Digest"]),
        ),
        lasting(
            says("the proxy forbids the tunnel", "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n"),
            Ways::HTTPS_TINYPROXY,
            refused(403, &[]),
        ),
        says("the proxy is busy", "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
            .both(Ways::HTTPS_TINYPROXY, Stated::again(refused(503, &[])))
            .both(Ways::RELAYED, Stated::status(503)),
    ]
}

fn guarded() -> Vec<Case> {
    let guarded = |name, guarded| Case::new(name, Trouble::Guarded(guarded));
    let refused = |status, schemes: &[&str]| {
        let schemes: ProxySchemes = schemes.iter().copied().collect();
        Stated::fails(TransportFailure::Proxy(Some(ProxyCause::Refused { status, schemes })))
    };
    vec![
        guarded("tinyproxy with a password, none given", Guarded::Http { is_password_given: false }).on(
            Ways::TINYPROXY,
            refused(407, &["Basic"]),
            None,
        ),
        guarded("tinyproxy with a password, the right one", Guarded::Http { is_password_given: true }).on(
            Ways::TINYPROXY,
            Stated::Unnoticed,
            None,
        ),
        guarded("tinyproxy for port 443 alone", Guarded::HttpForPort443)
            .on(Ways::HTTPS_TINYPROXY, refused(403, &[]), None)
            .on(Ways::RELAYED, Stated::Unnoticed, None)
            .note("plain requests are passed on to any port"),
        guarded("SOCKS with a password, none given", Guarded::Socks { is_password_given: false }).on(
            Ways::SOCKS,
            Stated::GivesUp(SOCKS_REFUSED),
            None,
        ),
        guarded("SOCKS with a password, the right one", Guarded::Socks { is_password_given: true }).on(
            Ways::SOCKS,
            Stated::Unnoticed,
            None,
        ),
    ]
}
